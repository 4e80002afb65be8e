//! Whatever a person writes in a line is understood, or said to be wrong at a place in it.

use pgscope_view::filter::{Expression, completions};
use pgscope_view::link::Link;
use pgscope_view::proto::written;
use pgscope_view::session::rules::matching;
use pgscope_view::session::sql;
use pgscope_view::sim::{Choices, Scenario};

/// Reads a text as one of the things that people write by hand.
///
/// The first byte says as what: 0 a message in a line, as its lowest bit but one says of which end, 1 a scenario, 2 the
/// fragment of an address, 3 the words of a program, 4 SQL, 5 an expression that chooses messages; the text follows.
pub fn words(input: &[u8]) {
    let Some((bits, text)) = input.split_first() else { return };
    let text = &*String::from_utf8_lossy(text);
    match (bits >> 1) % 6 {
        0 => message(*bits, text),
        1 => drop(Scenario::read(text, &Choices::default())),
        2 => link(text),
        3 => drop(matching(text)),
        5 => expression(text),
        _ => {
            let mut at = 0;
            for token in sql::tokens(text.as_bytes()) {
                assert!(at <= token.span.start && token.span.end <= text.len(), "{token:?}");
                at = token.span.end;
            }
        }
    }
}

/// A line that writes a message writes one that can be shown as a line, and that line the same message.
fn expression(text: &str) {
    if let Err(mistake) = Expression::parse(text) {
        assert!(text.is_char_boundary(mistake.at), "{mistake:?} is in the text");
    }
    assert!(completions(text).iter().all(|next| !next.is_empty()));
}

fn message(bits: u8, line: &str) {
    let side = crate::direction(bits);
    match written::bytes(side, line) {
        Err(error) => assert!(error.span.end <= line.len() && !error.message.is_empty(), "{error:?}"),
        Ok(bytes) => {
            let name = line.split_whitespace().next().unwrap_or_default();
            let Some(message) = written::said_by(side).find(|known| known.name().eq_ignore_ascii_case(name)) else {
                return;
            };
            let Some(shown) = written::show(message, &bytes) else { return };
            assert_eq!(written::bytes(side, &shown).as_deref(), Ok(&*bytes), "{shown}");
        }
    }
}

/// What a link says is written as a link that says the same.
fn link(fragment: &str) {
    let link = Link::read(fragment);
    if link.trouble.is_none() {
        let again = Link::read(&link.write());
        assert_eq!(again, link, "{}", link.write());
    }
}
