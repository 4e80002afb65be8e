//! What comes next, as a question: choices, and what the table of the conversation says of each.

use pgscope_proto::conversation::states::ASKED;
use pgscope_proto::conversation::{Client, Server};
use pgscope_proto::messages::{authentication, copy, errors, extended_query, simple_query, startup};
use pgscope_proto::{Direction, Message};
use pgscope_session::{Course, Ends, Entry, Instant, Piece};
use serde::{Deserialize, Serialize};

use super::{Scene, both, few, page_of};
use crate::Indexed;

/// How many choices a question has at least, “nobody” left out.
const CHOICES: usize = 4;

/// How many messages are named of those that may come.
const MOST_EXPECTED: usize = 7;

/// A question about what comes next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub asks: String,
    /// What can be chosen: one of it is right.
    pub choices: Vec<Choice>,
}

/// An answer that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What it says.
    pub label: String,
    /// What it is.
    pub verdict: Verdict,
    /// Why.
    pub why: String,
    /// The page of the state that it is about; empty where it is about none. What that state is belongs to the reason.
    pub page: String,
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// That is what comes.
    Right,
    /// It could come, and does not here.
    Possible,
    /// It cannot come.
    Impossible,
}

/// What either end may be believed to say by somebody who learns.
const BELIEVED: &[(Direction, &Message)] = &[
    (Direction::Backend, &simple_query::READY_FOR_QUERY),
    (Direction::Frontend, &simple_query::QUERY),
    (Direction::Backend, &authentication::AUTHENTICATION_OK),
    (Direction::Frontend, &startup::STARTUP_MESSAGE),
    (Direction::Backend, &simple_query::DATA_ROW),
    (Direction::Backend, &simple_query::COMMAND_COMPLETE),
    (Direction::Frontend, &copy::COPY_DATA),
    (Direction::Backend, &extended_query::BIND_COMPLETE),
    (Direction::Frontend, &extended_query::SYNC),
];

/// Who speaks next behind a message, and what: none where nothing can be asked.
pub fn what_comes(indexed: &Indexed, course: &Course, at: &Instant) -> Option<Question> {
    let scene = Scene::new(indexed, course, at)?;
    // As the message has left them, whatever has arrived with it.
    let ends = course.after(&indexed.exchange, &indexed.index, at.number);
    let next = indexed.index.entry(at.number + 1);
    let right = next.map(|entry| (entry.direction, indexed.named(&entry)));
    let possible = possible(indexed, &scene.entry);
    let judge = |(side, message): (Direction, &'static Message)| judged(&ends, &possible, right, side, message);
    let mut said: Vec<(Direction, &'static Message)> = right.into_iter().collect();
    let others = possible.iter().copied().filter(|other| Some(*other) != right).take(2);
    said.extend(others);
    let wrong = BELIEVED.iter().copied().cycle().skip(at.number % BELIEVED.len()).take(BELIEVED.len());
    for other in wrong {
        let is_same = said.iter().any(|(side, known)| (*side, known.name()) == (other.0, other.1.name()));
        if said.len() < CHOICES && !is_same && judge(other).verdict == Verdict::Impossible {
            said.push(other);
        }
    }
    let turned = (at.number * 5 + 2) % said.len().max(1);
    said.rotate_left(turned);
    let mut choices: Vec<Choice> = said.into_iter().map(judge).collect();
    choices.push(nobody(indexed, course, at, right.is_none()));
    Some(Question { asks: "Who speaks next, and what?".to_owned(), choices })
}

fn nobody(indexed: &Indexed, course: &Course, at: &Instant, is_right: bool) -> Choice {
    let both = both(indexed, course, at);
    let ends = format!("The client: {}. The server: {}.", both.client.does, both.server.does);
    let (verdict, why) = match (is_right, both.is_stuck) {
        (true, true) => (Verdict::Right, format!("Both read, and nothing is under way. {ends}")),
        (true, false) => (Verdict::Right, format!("Nothing more is said. {ends}")),
        (false, _) => (Verdict::Impossible, format!("Not both of them wait for the other. {ends}")),
    };
    let label = if both.is_stuck { "nobody: both wait" } else { "nobody: that was all" };
    let label = if is_right { label } else { "nobody: both wait" };
    Choice { label: label.to_owned(), verdict, why, page: String::new() }
}

/// What an answer is worth.
fn judged(
    ends: &Ends,
    possible: &[(Direction, &'static Message)],
    right: Option<(Direction, &'static Message)>,
    side: Direction,
    message: &'static Message,
) -> Choice {
    let (end, state) = match side {
        Direction::Frontend => ("client", ends.client.state()),
        Direction::Backend => ("server", ends.server.state()),
    };
    let here = format!("The {end} is in the state “{}”.", state.name);
    let page = page_of(state, ends.server == Server::CopyInExtended);
    let is_free = matches!(ends.client, Client::Ready | Client::Busy);
    let may_go_on = side == Direction::Frontend && is_free && ASKED.contains(&message);
    let (verdict, why) = match () {
        () if right == Some((side, message)) => (Verdict::Right, here),
        () if possible.contains(&(side, message)) => {
            (Verdict::Possible, format!("It may come here, and would be in order. {here}"))
        }
        () if may_go_on => {
            (Verdict::Possible, "A client may ask on without waiting for answers: that is a pipeline.".to_owned())
        }
        () => (Verdict::Impossible, expected(right, possible) + &here),
    };
    Choice { label: format!("{end}: {}", message.name()), verdict, why, page }
}

/// What may come: `Here may come ErrorResponse, ParseComplete. `
fn expected(right: Option<(Direction, &'static Message)>, possible: &[(Direction, &'static Message)]) -> String {
    let mut names: Vec<&str> = possible.iter().chain(&right).map(|(_, message)| message.name()).collect();
    few::sort(&mut names, |name| *name);
    names.dedup();
    names.truncate(MOST_EXPECTED);
    if names.is_empty() { String::new() } else { format!("Here may come {}. ", names.join(", ")) }
}

/// What may be said behind a message, as the grammar of the answers has it; before anybody is let in, as start-up goes.
pub(crate) fn possible(indexed: &Indexed, entry: &Entry) -> Vec<(Direction, &'static Message)> {
    use Direction::{Backend, Frontend};
    let of = |side: Direction, messages: &[&'static Message]| -> Vec<_> {
        messages.iter().map(|message| (side, *message)).collect()
    };
    match entry.message.field.id {
        "sslrequest" => of(Backend, &[&startup::SSL_ACCEPTED, &startup::ENCRYPTION_REFUSED, &errors::ERROR_RESPONSE]),
        "gssencrequest" => {
            of(Backend, &[&startup::GSS_ACCEPTED, &startup::ENCRYPTION_REFUSED, &errors::ERROR_RESPONSE])
        }
        "encryptionrefused" => of(Frontend, &[&startup::STARTUP_MESSAGE, &startup::SSL_REQUEST]),
        "startup" => of(
            Backend,
            &[
                &authentication::AUTHENTICATION_OK,
                &authentication::AUTHENTICATION_SASL,
                &authentication::AUTHENTICATION_MD5_PASSWORD,
                &authentication::AUTHENTICATION_CLEARTEXT_PASSWORD,
                &errors::ERROR_RESPONSE,
            ],
        ),
        _ => indexed.index.next_after(entry.number).map_or(Vec::new(), |next| {
            of(Backend, &next.server).into_iter().chain(of(Frontend, &next.client)).collect()
        }),
    }
}

/// How many bytes the next read wants of the end that reads on; none where none does.
pub fn how_many(indexed: &Indexed, course: &Course, at: &Instant, next: &Instant) -> Option<Question> {
    let scene = Scene::new(indexed, course, at)?;
    let reader = indexed.index.entry(next.number)?.direction.other();
    let ends = scene.ends(reader);
    let inbox = ends.inbox(reader, &indexed.exchange, &indexed.index, at);
    let (piece, wants) = inbox.read.filter(|(piece, _)| *piece != Piece::End)?;
    let why = match piece {
        Piece::PacketLength => "A packet of start-up has no type: its length comes first, four bytes.".to_owned(),
        Piece::Packet | Piece::Body => {
            format!("The length says {}, and counts its own four bytes: {} − 4.", wants + 4, wants + 4)
        }
        Piece::Byte => "The answer to a request for encryption is one bare byte, and no message.".to_owned(),
        Piece::Tag => "A message begins with its type: one byte.".to_owned(),
        Piece::Length => "The length is a word of four bytes.".to_owned(),
        Piece::RecordHead | Piece::Record => "A record has a head of its own, and says how long it is.".to_owned(),
        Piece::End => String::new(),
    };
    let mut counts: Vec<usize> = vec![wants];
    for other in [wants + 4, 4, 1, wants + 1, 5, 8] {
        if counts.len() < CHOICES && !counts.contains(&other) {
            counts.push(other);
        }
    }
    few::sort(&mut counts, |count| *count);
    let choice = |count: usize| {
        let verdict = if count == wants { Verdict::Right } else { Verdict::Impossible };
        Choice { label: count.to_string(), verdict, why: why.clone(), page: String::new() }
    };
    let end = reader.end();
    let server_is_busy = ends.server == Server::Closed && reader == Direction::Backend;
    (!server_is_busy).then(|| Question {
        asks: format!("How many bytes does the next read() of the {end} want?"),
        choices: counts.into_iter().map(choice).collect(),
    })
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use pgscope_session::{instant_after, instants};

    use super::*;

    /// At every step of every scenario there is one right answer, and what is said of the others is not of what comes.
    #[test]
    fn one_answer_is_right() {
        let (mut asked, mut counted) = (0, 0);
        for shipped in pgscope_sim::shipped::ALL {
            let played = crate::play(shipped.text, shipped.narration, Vec::new()).expect("it is shipped");
            let indexed = Indexed::new(played.exchanges[0].clone());
            let course = Course::new(&indexed.exchange, &indexed.index);
            for entry in (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)) {
                let at = instant_after(&indexed.exchange, &entry);
                let question = what_comes(&indexed, &course, &at).expect("a question");
                let right: Vec<_> = question.choices.iter().filter(|one| one.verdict == Verdict::Right).collect();
                assert_eq!(right.len(), 1, "{} {}: {question:?}", shipped.name, entry.number);
                let mut labels: Vec<&str> = question.choices.iter().map(|one| one.label.as_str()).collect();
                labels.sort_unstable();
                labels.dedup();
                assert_eq!(labels.len(), question.choices.len(), "{} {}: {labels:?}", shipped.name, entry.number);
                assert!(question.choices.len() >= 3, "{} {}: {labels:?}", shipped.name, entry.number);
                asked += 1;
            }
            let all = instants(&indexed.exchange, &indexed.index);
            for pair in all.windows(2) {
                let Some(question) = how_many(&indexed, &course, &pair[0], &pair[1]) else { continue };
                assert_eq!(question.choices.iter().filter(|one| one.verdict == Verdict::Right).count(), 1);
                counted += 1;
            }
        }
        assert!(asked > 800 && counted > 800, "{asked} {counted}");
    }
}
