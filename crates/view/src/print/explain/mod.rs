//! What something means: a rule, a message and what answers it, a state, an SQLSTATE, or words that a program said.
//!
//! All of it is told from the tables: messages, the conversation, the catalogue of mistakes, SQLSTATEs.

mod lists;
mod near;
mod rule;
mod said;
mod state;
#[cfg(test)]
mod tests;
mod words;

pub(super) use rule::told;
pub(super) use state::leads;

use std::fmt::Write;

use pgscope_proto::codes::sqlstate::{Condition, sqlstate};
use pgscope_proto::conversation::REQUESTS;
use pgscope_proto::messages::by_name;
use pgscope_proto::{Direction, Message};
use pgscope_session::rules::{by_id, matching};

use super::conversation::{self, Part};
use super::moves::Stands;
use super::reference::{message_page, wrapped};
use super::{Colour, Ink};

/// Nothing is known under this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// What was asked for.
    pub given: String,
    /// Names that it may have meant.
    pub near: Vec<String>,
}

impl std::fmt::Display for NotFound {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let given = self.given.lines().next().unwrap_or_default();
        write!(formatter, "nothing is known of “{given}”")?;
        match self.near.as_slice() {
            [] => write!(formatter, "; `pgscope explain rules` lists what can be wrong"),
            near => write!(formatter, "; near it are {}", near.join(", ")),
        }
    }
}

impl std::error::Error for NotFound {}

/// Explains what is named, or what a program said.
pub fn explain(what: &str, colour: Colour) -> Result<String, NotFound> {
    let what = what.trim();
    let found = lists::list(what)
        .or_else(|| by_id(what).map(|rule| rule::page(rule, colour)))
        .or_else(|| condition(what).map(|condition| of_condition(condition, what, colour)))
        .or_else(|| state::whole(what).map(|stands| state::pages(&stands, colour)))
        .or_else(|| message(what).map(|message| of_message(message, colour)))
        .or_else(|| state::named(what).map(|stands| state::pages(&stands, colour)))
        .or_else(|| Some(matching(what)).filter(|found| !found.is_empty()).map(|found| said::page(&found, colour)))
        .or_else(|| words::condition(what).map(|condition| of_condition(condition, condition.code, colour)));
    found.ok_or_else(|| NotFound { given: what.to_owned(), near: near::near(what) })
}

/// A message by its name, or by that of a request that it makes.
fn message(what: &str) -> Option<&'static Message> {
    let is_request = |name: &str| name.eq_ignore_ascii_case(what);
    let request = || REQUESTS.iter().find(|request| is_request(request.id) || is_request(request.name));
    by_name(what).or_else(|| request().map(|request| request.by))
}

fn of_message(message: &'static Message, colour: Colour) -> String {
    let mut out = message_page(message);
    for request in conversation::requests(message) {
        let _ = writeln!(out, "\n{}\n", colour.paint(Ink::Bold, &format!("What answers {}", request.name)));
        parts(&conversation::outline(&request.answer), 1, &mut out);
        let _ = writeln!(out, "\n{}\n{}", wrapped(request.doc, 2), wrapped(conversation::failure(request.fails), 2));
    }
    standings(message, colour, &mut out);
    let rules = conversation::rules_about(message);
    if !rules.is_empty() {
        let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, "Mistakes that are made with it"));
        rules.iter().for_each(|rule| lists::line(rule, &mut out));
    }
    let states = state::named(message.name());
    if let Some(one) = states.and_then(|states| states.first().copied()) {
        let _ = writeln!(out, "\nA state has this name, too: pgscope explain {} {}", one.end(), one.name());
    }
    out
}

fn standings(message: &'static Message, colour: Colour, out: &mut String) {
    let found = conversation::standings(message);
    let remark = conversation::remark(message);
    if found.is_empty() && remark.is_none() {
        return;
    }
    let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, "Where it stands"));
    remark.iter().for_each(|remark| {
        let _ = writeln!(out, "{}", wrapped(remark, 2));
    });
    for standing in found {
        let names: Vec<&str> = standing.behind.iter().map(|message| message.name()).collect();
        let behind = match (names.join(", "), standing.may_end) {
            (names, true) if names.is_empty() => "it ends there".to_owned(),
            (names, true) => format!("it may end there, or go on with {names}"),
            (names, false) => format!("behind it may come {names}"),
        };
        let _ = writeln!(out, "{}", wrapped(&format!("In the answer to {}: {behind}.", standing.request.name), 2));
    }
}

/// An answer as an outline.
fn parts(list: &[Part], depth: usize, out: &mut String) {
    for part in list {
        let indent = "  ".repeat(depth);
        let said = part.said.map(|(by, messages)| {
            let names: Vec<&str> = messages.iter().map(|message| message.name()).collect();
            let who = if by == Direction::Frontend { "the client says " } else { "" };
            format!("{who}{}", names.join(" or "))
        });
        let line = match (part.words, said) {
            ("", Some(said)) => said,
            (words, Some(said)) => format!("{words} {said}"),
            ("nothing", None) => "nothing: the server closes".to_owned(),
            (words, None) => format!("{words}:"),
        };
        let _ = writeln!(out, "{indent}· {line}");
        parts(&part.parts, depth + 1, out);
    }
}

/// An SQLSTATE as a program prints it; a word of five letters is none.
fn condition(what: &str) -> Option<&'static Condition> {
    let is_code = what.len() == 5
        && what.bytes().all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase())
        && what.bytes().any(|letter| letter.is_ascii_digit());
    is_code.then(|| sqlstate(what.as_bytes())).flatten()
}

fn of_condition(condition: &'static Condition, code: &str, colour: Colour) -> String {
    let mut out = format!(
        "{}  {}\n\n{}\n",
        colour.paint(Ink::Bold, code),
        condition.meaning().name,
        wrapped(&condition.told(), 0)
    );
    let rules: Vec<_> =
        pgscope_session::rules::all().filter(|rule| rule.says.iter().any(|says| says.sqlstate == code)).collect();
    if !rules.is_empty() {
        let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, "Mistakes on the wire that end in it"));
        rules.iter().for_each(|rule| lists::line(rule, &mut out));
    }
    out
}

/// The states with this id or name.
fn states(is_it: impl Fn(Stands) -> bool) -> Option<Vec<Stands>> {
    let found: Vec<Stands> = Stands::all().filter(|stands| is_it(*stands)).collect();
    (!found.is_empty()).then_some(found)
}
