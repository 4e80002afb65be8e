//! What the table of the conversation says, for those who print it: the grammar of an answer as an outline, where a message
//! stands in answers and what may follow it, and which rules speak of it.

use std::sync::LazyLock;

use pgscope_proto::conversation::{ANYTIME, Answer, Failure, GRAMMAR, NEVER, REQUESTS, Request, UNANSWERED};
use pgscope_proto::{Direction, Message};
use pgscope_session::rules::{self, Rule};

use crate::Indexed;

/// A part of an answer, in words: what is said, or how often and which of what is inside it.
#[derive(Debug)]
pub(crate) struct Part {
    /// How often, or in which order: `any number of`, `one of these`; often nothing.
    pub(crate) words: &'static str,
    /// Who says one of these.
    pub(crate) said: Option<(Direction, &'static [&'static Message])>,
    /// What is inside it, in order.
    pub(crate) parts: Vec<Part>,
}

/// The parts of an answer, one after the other.
pub(crate) fn outline(answer: &'static Answer) -> Vec<Part> {
    let within = |words, parts| vec![Part { words, said: None, parts }];
    let often = |words, of: &'static Answer| match of.said() {
        Some(said) => vec![Part { words, said: Some(said), parts: Vec::new() }],
        None => match outline(of).as_mut_slice() {
            [Part { words: "one of these", parts, .. }] => within(of_these(words), std::mem::take(parts)),
            _ => within(words, outline(of)),
        },
    };
    match answer {
        Answer::Say(_) | Answer::Hear(_) => vec![Part { words: "", said: answer.said(), parts: Vec::new() }],
        Answer::Then(parts) => parts.iter().flat_map(outline).collect(),
        Answer::Any(parts) => within("one of these", parts.iter().flat_map(alternative).collect()),
        Answer::Many(of) if of.said().is_none() => often("any number of times", of),
        Answer::Many(of) => often("any number of", of),
        Answer::Some(of) => often("once or more", of),
        Answer::Maybe(of) => often("perhaps", of),
        Answer::Nothing => within("nothing", Vec::new()),
    }
}

/// How often one of several is said.
fn of_these(words: &'static str) -> &'static str {
    match words {
        "perhaps" => "perhaps one of these",
        "any number of times" => "any number of times, one of these each time",
        _ => "once or more, one of these each time",
    }
}

/// An alternative is one part, however many it has.
fn alternative(answer: &'static Answer) -> Vec<Part> {
    let parts = outline(answer);
    if parts.len() == 1 { parts } else { vec![Part { words: "in this order", said: None, parts }] }
}

/// What an ErrorResponse leaves behind.
pub(crate) fn failure(fails: Failure) -> &'static str {
    match fails {
        Failure::SkipToSync => {
            "If it fails, an ErrorResponse takes the place of what is left, and the server throws away what it reads up to the next Sync."
        }
        Failure::Ready => "If it fails, an ErrorResponse takes the place of what is left, and ReadyForQuery follows.",
        Failure::Close => "If it fails, an ErrorResponse takes the place of what is left, and the server closes.",
    }
}

/// The requests that a message makes.
pub(crate) fn requests(message: &'static Message) -> impl Iterator<Item = &'static Request> {
    REQUESTS.iter().filter(move |request| *request.by == *message)
}

/// Where a message stands in an answer.
#[derive(Debug)]
pub(crate) struct Standing {
    /// The request whose answer it is.
    pub(crate) request: &'static Request,
    /// What may stand behind it there.
    pub(crate) behind: Vec<&'static Message>,
    /// Whether the answer may be whole with it.
    pub(crate) may_end: bool,
}

/// The answers in which a message stands, and what may follow it in each.
pub(crate) fn standings(message: &'static Message) -> Vec<Standing> {
    let sides = Direction::BOTH.into_iter().filter(|side| message.sender.allows(*side));
    let places = sides.fold(0, |set, side| set | GRAMMAR.said_by(side, GRAMMAR.takes(side, message)));
    let standing = |request: &'static Request| {
        let own = places & GRAMMAR.of(request.asks);
        let behind = GRAMMAR.behind(own);
        let may_end = behind & pgscope_proto::conversation::END != 0;
        (own != 0).then(|| Standing { request, behind: GRAMMAR.messages(behind), may_end })
    };
    REQUESTS.iter().filter_map(standing).collect()
}

/// What the table says of a message beside answers: that it may come at any time, or is not answered.
pub(crate) fn remark(message: &'static Message) -> Option<&'static str> {
    let unanswered = UNANSWERED.iter().find(|(known, _)| **known == *message).map(|(_, why)| *why);
    let anytime = ANYTIME.iter().any(|known| **known == *message);
    let never = NEVER.iter().any(|known| **known == *message);
    unanswered
        .or(anytime.then_some("It may come between any two messages, once the client was let in."))
        .or(never.then_some(
            "It stands in no answer by itself: it is carried by another message, or is no message of the conversation.",
        ))
}

/// The rules that speak of a message, or find mistakes in it.
pub(crate) fn rules_about(message: &'static Message) -> Vec<&'static Rule> {
    rules::all().filter(|rule| is_about(rule, message)).collect()
}

/// Whether a rule speaks of a message, or finds mistakes in it.
pub(crate) fn is_about(rule: &Rule, message: &'static Message) -> bool {
    let texts = [rule.title, rule.doc, rule.mend];
    texts.iter().any(|text| names(text, message.name())) || found_in(rule).contains(&message.field.id)
}

/// Whether a text names a message, and not a word that begins a sentence.
fn names(text: &str, name: &str) -> bool {
    let is_word = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
    let is_plain = !name.chars().skip(1).any(char::is_uppercase);
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + name.len()..).unwrap_or_default());
        let begins = before.is_empty() || before.ends_with(". ") || before.ends_with("? ");
        !(is_word(before.chars().last()) || is_word(after.chars().next()) || (is_plain && begins))
    })
}

/// In which messages a rule's own wrong exchange has it.
fn found_in(rule: &Rule) -> &'static [&'static str] {
    static FOUND: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
        let of = |rule: &'static Rule| {
            let indexed = Indexed::new(rules::exchange(rule.wrong).unwrap_or_default());
            let mut tree = pgscope_proto::Tree::new();
            let found = (0..indexed.index.len()).filter_map(|number| {
                let (entry, problems) = indexed.check(number, &mut tree)?;
                problems.iter().any(|problem| problem.rule == rule.id).then_some(entry.message.field.id)
            });
            (rule.id, found.collect())
        };
        rules::all().map(of).collect()
    });
    FOUND.iter().find(|(id, _)| *id == rule.id).map_or(&[], |(_, found)| found.as_slice())
}

#[cfg(test)]
mod tests {
    use pgscope_proto::messages::{extended_query, simple_query};

    use super::*;

    fn ids(message: &'static Message) -> Vec<&'static str> {
        rules_about(message).into_iter().map(|rule| rule.id).collect()
    }

    #[test]
    fn where_a_message_stands_is_read_off_the_grammar() {
        let standings = standings(&extended_query::PORTAL_SUSPENDED);
        assert_eq!(standings.iter().map(|standing| standing.request.id).collect::<Vec<_>>(), ["execute"]);
        assert!(standings.iter().all(|standing| standing.may_end && standing.behind.is_empty()));
        assert!(super::standings(&extended_query::SYNC).is_empty(), "its letter is also another's");
        let of_row = super::standings(&simple_query::DATA_ROW);
        assert_eq!(of_row.iter().map(|standing| standing.request.id).collect::<Vec<_>>(), ["query", "execute"]);
        assert!(of_row.iter().all(|standing| standing.behind.contains(&&simple_query::COMMAND_COMPLETE)));
    }

    #[test]
    fn rules_that_name_a_message_are_found_and_words_are_not() {
        assert!(ids(&simple_query::DATA_ROW).contains(&"L28"));
        assert!(ids(&extended_query::CLOSE).contains(&"L48"));
        assert!(!names("Close the connection. Close it.", "Close") && names("behind a Close", "Close"));
        assert!(!names("ParseComplete", "Parse"));
    }

    #[test]
    fn an_outline_has_every_message_of_its_answer() {
        fn messages(parts: &[Part]) -> usize {
            parts.iter().map(|part| part.said.map_or(0, |(_, said)| said.len()) + messages(&part.parts)).sum()
        }
        for request in &REQUESTS {
            let places = GRAMMAR.all().filter(|(_, position)| position.asks == request.asks);
            let count: usize = places.map(|(_, position)| position.messages.len()).sum();
            assert_eq!(messages(&outline(&request.answer)), count, "{}", request.name);
        }
    }
}
