//! What a message has of the fields of an expression.

use std::borrow::Cow;

use pgscope_proto::messages::{errors, extended_query, simple_query};
use pgscope_proto::{Direction, Severity, Tree, read};
use pgscope_session::Entry;
use pgscope_session::survey::{Asked, NEVER};

use super::{Subject, What};
use crate::find::row;

/// A message that is held against an expression.
pub(super) struct Met<'a> {
    pub(super) subject: Subject<'a>,
    entry: Entry,
}

impl<'a> Met<'a> {
    pub(super) fn new(subject: Subject<'a>, entry: Entry) -> Self {
        Met { subject, entry }
    }

    fn bytes(&self) -> &[u8] {
        self.subject.indexed.bytes(&self.entry)
    }

    pub(super) fn asked(&self) -> Option<&Asked> {
        let asked = &self.subject.survey?.asked;
        let at = asked.binary_search_by_key(&(self.subject.number as u32), |asked| asked.message).ok()?;
        asked.get(at)
    }

    /// The number that it has of that field.
    pub(super) fn number(&self, what: What) -> Option<i64> {
        let known = |duration: u32| (duration != NEVER).then_some(i64::from(duration));
        match what {
            What::Connection => Some(self.subject.connection as i64 + 1),
            What::Number => Some(self.subject.number as i64 + 1),
            What::Length => Some(self.entry.span.len() as i64),
            What::Duration => known(self.asked()?.done),
            What::First => known(self.asked()?.first),
            What::Rows => Some(i64::from(self.asked()?.rows)),
            What::Failed => Some(i64::from(self.asked()?.failed)),
            What::Time => {
                let (survey, indexed) = (self.subject.survey?, self.subject.indexed);
                let (begin, _) = survey.about.seen_us?;
                let at = survey.seen_us(&indexed.exchange, &indexed.index, self.subject.number)?;
                Some(at.saturating_sub(begin))
            }
            _ => None,
        }
    }

    /// Whether one of the texts that it has of that field is like that; nothing if it has none.
    pub(super) fn meets(&self, what: What, tree: &mut Tree, is_like: &mut dyn FnMut(&str) -> bool) -> Option<bool> {
        if what != What::Finding {
            return self.text(what, tree).map(|text| is_like(&text));
        }
        let found = self.subject.indexed.open(self.subject.number, tree);
        let problems = found.map(|(_, problems)| problems).unwrap_or_default();
        let mut above = problems.iter().filter(|problem| problem.severity > Severity::Note).peekable();
        above.peek()?;
        Some(above.any(|problem| is_like(problem.rule)))
    }

    fn text(&self, what: What, tree: &mut Tree) -> Option<Cow<'_, str>> {
        let Subject { indexed, survey, .. } = self.subject;
        let bytes = self.bytes();
        let is_said = *self.entry.message == errors::ERROR_RESPONSE || *self.entry.message == errors::NOTICE_RESPONSE;
        let part =
            |letter: u8| is_said.then(|| read::error_field(bytes, letter)).flatten().map(String::from_utf8_lossy);
        match what {
            What::Tag => self.entry.message.tag().map(|tag| char::from(tag).to_string().into()),
            What::Name => Some(indexed.named(&self.entry).name().into()),
            What::Direction => Some(self.entry.direction.name().into()),
            What::Sqlstate => part(b'C'),
            What::Severity => part(b'V').or_else(|| part(b'S')),
            What::Error => part(b'M'),
            What::Query => self.query(),
            What::User => survey?.about.user.as_deref().map(Cow::from),
            What::Database => survey?.about.database.as_deref().map(Cow::from),
            What::Application => survey?.about.application.as_deref().map(Cow::from),
            What::Comment => {
                let remarks = indexed.exchange.remarks(self.entry.direction, self.entry.span);
                (!remarks.is_empty()).then(|| remarks.join("\n").into())
            }
            What::Text => Some(row(indexed, &self.entry, tree).into()),
            What::Bytes => Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ").into()),
            _ => None,
        }
    }

    /// The SQL that a request is about.
    pub(super) fn query(&self) -> Option<Cow<'_, str>> {
        let Subject { indexed, number, .. } = self.subject;
        if self.entry.direction == Direction::Backend {
            return None;
        }
        let text_of = |parse: usize| {
            let parse = indexed.index.entry(parse)?;
            read::second_text(indexed.bytes(&parse)).map(String::from_utf8_lossy)
        };
        let message = self.entry.message;
        if *message == simple_query::QUERY {
            return read::first_text(self.bytes()).map(String::from_utf8_lossy);
        }
        if *message == extended_query::PARSE {
            return text_of(number);
        }
        let bind = if *message == extended_query::BIND { Some(number) } else { indexed.index.bind_of(number) };
        bind.and_then(|bind| indexed.index.parse_of(bind))
            .or_else(|| indexed.index.parse_described(number))
            .and_then(text_of)
    }
}
