//! SQL that is still SQL: key words, operators and brackets stay; texts, numbers and comments are masked, and so are names that
//! do not come with every server. How many statements and parameters there are, and which texts are quoted how, stays.

use pgscope_proto::Span;
use pgscope_proto::privacy::Secret;
use pgscope_session::sql::{Kind, Token, tokens};

use super::text::Style;
use super::words;

/// What becomes of a part of some SQL.
pub(super) enum Part {
    Text(Secret, Style),
    Name,
}

/// The parts of some SQL that are hidden, in order; what lies between them stays.
pub(super) fn hidden(sql: &[u8], each: &mut dyn FnMut(Span, Part)) {
    let mut before = Before::default();
    let mut at = 0;
    for token in tokens(sql) {
        comments(sql, Span::new(at, token.span.start), each);
        one(sql, token, &before, each);
        before.take(sql, token);
        at = token.span.end;
    }
    comments(sql, Span::new(at, sql.len()), each);
}

/// What stood before a text and tells whether it is an option's.
#[derive(Default)]
struct Before {
    /// Whether the last word is an option that says how the answer is read.
    is_option: bool,
    /// Whether the statement is a COPY.
    is_copy: bool,
    is_begun: bool,
    /// Whether the last word is NULL, as an option of COPY.
    is_null: bool,
}

impl Before {
    fn take(&mut self, sql: &[u8], token: Token) {
        let text = token.span.of(sql);
        match token.kind {
            Kind::Word | Kind::Name => {
                let word = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text);
                // TO and AS may stand between an option and its value.
                if word.eq_ignore_ascii_case(b"as") || word.eq_ignore_ascii_case(b"to") {
                    return;
                }
                self.is_copy = self.is_copy || !self.is_begun && word.eq_ignore_ascii_case(b"copy");
                self.is_option = words::is_option(word);
                self.is_null = word.eq_ignore_ascii_case(b"null");
                self.is_begun = true;
            }
            Kind::Mark if text == b"=" => {}
            Kind::Mark if text == b";" => *self = Self::default(),
            _ => (self.is_option, self.is_null) = (false, false),
        }
    }

    /// Whether the text is no more than a word that says how the answer is read.
    fn keeps(&self, inside: &[u8]) -> bool {
        let is_small = self.is_copy && inside.len() < SMALL;
        (self.is_option || self.is_copy && self.is_null) && (is_small || is_known_value(inside))
    }
}

/// Whether this way to write NULL stays where COPY's SQL says it.
pub(super) fn keeps_null(text: &[u8]) -> bool {
    text.len() < SMALL || is_known_value(text)
}

/// Delimiters, quotes and the usual ways to write NULL are shorter.
const SMALL: usize = 4;

/// Values of options that everybody has.
fn is_known_value(value: &[u8]) -> bool {
    let is_number = value.len() <= 2 && value.iter().all(u8::is_ascii_digit);
    is_number || KNOWN_VALUES.iter().any(|known| value.eq_ignore_ascii_case(known.as_bytes()))
}

const KNOWN_VALUES: [&str; 12] =
    ["binary", "csv", "false", "null", "off", "on", "parallel", "text", "true", "utf-8", "utf8", "iso"];

fn one(sql: &[u8], token: Token, before: &Before, each: &mut dyn FnMut(Span, Part)) {
    let Span { start, end } = token.span;
    let text = token.span.of(sql);
    match token.kind {
        Kind::Word if text.first().is_some_and(u8::is_ascii_digit) => {
            each(token.span, Part::Text(Secret::Literal, Style::Text));
        }
        Kind::Word if words::is_public(text) => {}
        Kind::Word => each(token.span, Part::Name),
        Kind::Name => {
            let inside = Span::new(start + 1, if text.len() > 1 && text.ends_with(b"\"") { end - 1 } else { end });
            if !words::is_public(inside.of(sql)) {
                each(inside, Part::Name);
            }
        }
        Kind::Text { has_escapes } => {
            let open = start + 1 + usize::from(has_escapes);
            let inside = Span::new(open.min(end), if end > open && text.ends_with(b"'") { end - 1 } else { end });
            let style = if has_escapes { Style::Escaped } else { Style::Text };
            if !before.keeps(inside.of(sql)) {
                each(inside, Part::Text(Secret::Literal, style));
            }
        }
        Kind::Dollar { tag } => dollar(sql, token.span, tag, each),
        Kind::Parameter(_) | Kind::Mark => {}
    }
}

/// `$tag$ … $tag$`: the tag is a name, twice.
fn dollar(sql: &[u8], span: Span, tag: usize, each: &mut dyn FnMut(Span, Part)) {
    let name = |from: usize| Span::new(from + 1, from + tag - 1);
    each(name(span.start), Part::Name);
    let is_ended = span.len() >= 2 * tag
        && Span::new(span.end - tag, span.end).of(sql) == Span::new(span.start, span.start + tag).of(sql);
    let end = if is_ended { span.end - tag } else { span.end };
    each(Span::new(span.start + tag, end), Part::Text(Secret::Literal, Style::Text));
    if is_ended {
        each(name(end), Part::Name);
    }
}

/// The comments in what is between two tokens.
fn comments(sql: &[u8], between: Span, each: &mut dyn FnMut(Span, Part)) {
    if !between.of(sql).iter().all(u8::is_ascii_whitespace) {
        each(between, Part::Text(Secret::Literal, Style::Text));
    }
}
