//! What one goes to from one to the next: slow answers, and what opens a transaction.

use pgscope_proto::messages::simple_query::READY_FOR_QUERY;
use pgscope_proto::{Direction, read};
use pgscope_session::survey::{Asked, NEVER};

use super::{Engine, Landmark, Survey};
use crate::overview::{Connection, duration};

impl Engine {
    /// The nearest of the connection that is shown, or why there is none.
    pub(super) fn nearest(&self, number: usize, landmark: Landmark, forward: bool) -> Survey {
        let nearest = match landmark {
            Landmark::Slow => self.slow(number, forward),
            Landmark::Transaction => self.transaction(number, forward),
        };
        match nearest {
            Ok((number, words)) => Survey::Nearest { number: Some(number), words },
            Err(words) => Survey::Nearest { number: None, words },
        }
    }

    /// The next connection with an error or a problem, as far as they were looked for, or that there is none.
    pub(super) fn next_bad(&self, forward: bool) -> Survey {
        let rows = self.overview.as_deref().map(|overview| overview.overview().connections()).unwrap_or_default();
        let is_bad = |row: &&Connection| row.errors + row.findings > 0;
        let own = self.connection + 1;
        let found = match forward {
            true => rows.iter().find(|row| row.number > own && is_bad(row)),
            false => rows.iter().rev().find(|row| row.number < own && is_bad(row)),
        };
        let side = if forward { "behind" } else { "before" };
        let own = self.indexed().map_or(0, |indexed| indexed.index.len());
        let is_searched = self.check.looked() >= own;
        let are_all = self.overview.as_deref().is_some_and(|overview| overview.at() >= self.connections.len());
        let so_far = if is_searched && (are_all || rows.len() < 2) { "" } else { ", as far as was searched" };
        let words = match found {
            Some(row) => {
                format!("No more errors or problems {side} this message{so_far}: on to connection {}.", row.number)
            }
            None if rows.len() > 1 => {
                format!("No more errors or problems {side} this message, nor on a connection {side} this one{so_far}.")
            }
            None => format!("No more errors or problems {side} this message{so_far}."),
        };
        Survey::Bad { found: found.map(|row| (row.number - 1, row.messages.saturating_sub(1))), words }
    }

    /// The nearest that was answered as slowly as at most one in twenty is, with how long that took; else why there is none.
    fn slow(&self, number: usize, forward: bool) -> Result<(usize, String), String> {
        let survey = self.overview.as_deref().and_then(|overview| overview.overview().survey(self.connection));
        let asked = survey.map(|survey| survey.asked.as_slice()).unwrap_or_default();
        let mut all: Vec<u32> = asked.iter().map(|one| one.done).filter(|done| *done != NEVER).collect();
        all.sort_unstable();
        let twentieth = all.len().checked_sub((all.len() / 20).max(1)).and_then(|at| all.get(at));
        let Some((slow, median)) = twentieth.copied().zip(all.get(all.len() / 2).copied()) else {
            return Err("Nothing tells how long an answer took here.".to_owned());
        };
        // Where most take the same, that is not slow.
        let slow = if all.len() > 1 { slow.max(median.saturating_add(1)) } else { slow };
        let is_slow = |one: &&Asked| one.done != NEVER && one.done >= slow;
        let found = match forward {
            true => asked.iter().find(|one| one.message as usize > number && is_slow(one)),
            false => asked.iter().rev().find(|one| (one.message as usize) < number && is_slow(one)),
        };
        let side = if forward { "behind" } else { "before" };
        let (many, limit) = (all.iter().filter(|done| **done >= slow).count(), duration(slow.into()));
        found
            .map(|one| {
                let took = duration(one.done.into());
                (one.message as usize, format!("took {took}; {many} of {} answers took {limit} or more", all.len()))
            })
            .ok_or_else(|| format!("No answer {side} this message took {limit}, as {many} of {} did.", all.len()))
    }

    /// The nearest that opens a transaction: what is asked first behind a round that left none, of a round that leaves one.
    fn transaction(&self, number: usize, forward: bool) -> Result<(usize, String), String> {
        let mut last = (None, None);
        let mut opening = Vec::new();
        if let Some(indexed) = self.indexed() {
            let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
            for ready in entries.filter(|entry| *entry.message == READY_FOR_QUERY) {
                let (status, asked) = (read::first_byte(indexed.bytes(&ready)), indexed.index.request(ready.number));
                let (was, before) = std::mem::replace(&mut last, (status, asked));
                if was == Some(b'I') && matches!(status, Some(b'T' | b'E')) {
                    let behind = before.map_or(0, |before| before + 1)..ready.number;
                    let is_asked = |number: &usize| {
                        indexed.index.entry(*number).is_some_and(|entry| entry.direction == Direction::Frontend)
                    };
                    opening.extend(behind.into_iter().find(is_asked));
                }
            }
        }
        let found = match forward {
            true => opening.iter().position(|one| *one > number),
            false => opening.iter().rposition(|one| *one < number),
        };
        let side = if forward { "behind" } else { "before" };
        match found.and_then(|nth| Some((nth, opening.get(nth).copied()?))) {
            Some((nth, one)) => Ok((one, format!("opens transaction {} of {}", nth + 1, opening.len()))),
            None => Err(format!("No transaction is opened {side} this message that goes on behind its round.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::Exchange;

    use super::*;
    use crate::engine::{Input, Load, Request, Surveyed};

    fn nearest(engine: &mut Engine, number: usize, landmark: Landmark, forward: bool) -> (Option<usize>, String) {
        match engine.survey(Surveyed::Nearest { number, landmark, forward }) {
            Survey::Nearest { number, words } => (number, words),
            other => panic!("{other:?}"),
        }
    }

    /// A round: what is asked, and a ReadyForQuery with this status.
    fn round(status: u8) -> [(Direction, Vec<u8>); 2] {
        let answer = [b"I\0\0\0\x04Z\0\0\0\x05".as_slice(), &[status]].concat();
        [(Direction::Frontend, b"Q\0\0\0\x06;\0".to_vec()), (Direction::Backend, answer)]
    }

    #[test]
    fn what_opens_a_transaction_is_gone_to() {
        let said: Vec<_> = b"ITEIITTI".iter().flat_map(|status| round(*status)).collect();
        let line = |(direction, bytes): &(Direction, Vec<u8>)| {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{}: {hex}\n", direction.letter())
        };
        let text: String = said.iter().map(line).collect();
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(text), ..Load::default() }));
        // The second round opens one, which fails, and the sixth the other.
        assert_eq!(nearest(&mut engine, 0, Landmark::Transaction, true), (Some(3), "opens transaction 1 of 2".into()));
        assert_eq!(nearest(&mut engine, 3, Landmark::Transaction, true), (Some(15), "opens transaction 2 of 2".into()));
        assert_eq!(nearest(&mut engine, 15, Landmark::Transaction, true).0, None);
        assert_eq!(nearest(&mut engine, 15, Landmark::Transaction, false).0, Some(3));
        let (none, words) = nearest(&mut engine, 0, Landmark::Slow, true);
        assert_eq!((none, words.as_str()), (None, "Nothing tells how long an answer took here."));
    }

    #[test]
    fn slow_answers_are_gone_to() {
        let mut exchange = Exchange::default();
        let mut at = 0;
        for nth in 0..40 {
            for (direction, bytes) in round(b'I') {
                let took = if nth % 20 == 7 { 50_000 + nth } else { 1_000 };
                at += if direction == Direction::Frontend { 5_000 } else { took };
                exchange.push_run(direction, &bytes, 0, Some(at));
            }
        }
        let mut engine = Engine::default();
        engine.read_at_once(vec![exchange]);
        engine.turn_to(0);
        let (number, words) = nearest(&mut engine, 0, Landmark::Slow, true);
        assert_eq!((number, words.as_str()), (Some(21), "took 50.0 ms; 2 of 40 answers took 50.0 ms or more"));
        assert_eq!(nearest(&mut engine, 21, Landmark::Slow, true).0, Some(81));
        assert_eq!(nearest(&mut engine, 81, Landmark::Slow, false).0, Some(21));
        assert_eq!(nearest(&mut engine, 81, Landmark::Slow, true).0, None);
    }
}
