//! Changing bytes of a message: how the input has to be written so that it says the new bytes, and copies of bytes.
//!
//! A change is made of the input, not of what was read from it, so that everything goes the one road again. Whether the
//! changed input says what it should is found out by reading it.

use pgscope_capture::{self as capture, Capture, Form, Options};
use pgscope_proto::messages::unknown;
use pgscope_proto::{Direction, Edit, Exchange, Segment, Span, Stream};

use super::{Engine, Kept, Reply, Written, pieces};
use crate::Indexed;
use crate::change::Change;
use crate::copy;
use crate::edit::{changed, spliced, written};

/// How many bytes can be copied as text at once.
const MOST_COPIED: usize = 4 << 20;
/// A message has a type and a length at least.
const SHORTEST: usize = 5;

/// What is to be written.
struct Wish<'a> {
    direction: Direction,
    /// Where the message begins.
    message: usize,
    /// In the bytes of the direction.
    edits: &'a [Edit],
}

impl Engine {
    /// How to write `bytes` in place of bytes `start..end` of a message.
    pub(super) fn write(&self, number: usize, start: usize, end: usize, bytes: &[u8]) -> Reply {
        self.write_all(number, &[Edit::new(Span { start, end }, bytes)])
    }

    /// How to write all of some edits of a message.
    fn write_all(&self, number: usize, edits: &[Edit]) -> Reply {
        let found = self.indexed().and_then(|indexed| Some((indexed, indexed.index.entry(number)?)));
        let Some((indexed, entry)) = found else { return Reply::Nothing };
        if matches!(self.input, Kept::Elsewhere(_)) {
            return Reply::Refused(
                "A file of this size is not changed here. Copy the bytes and paste them as hex.".to_owned(),
            );
        }
        let inside = |edit: &Edit| {
            let [start, end] = [edit.span.start, edit.span.end].map(|at| at.min(entry.span.len()));
            let span = (start <= end).then_some(Span { start, end })?;
            Some(Edit::new(span.shifted(entry.span.start), edit.bytes.clone()))
        };
        let Some(edits) = edits.iter().map(inside).collect::<Option<Vec<Edit>>>() else { return Reply::Nothing };
        let wish = Wish { direction: entry.direction, message: entry.span.start, edits: &edits };
        if let Some(change) = self.in_file(&wish) {
            return Reply::Written(Written::Change(change));
        }
        let wanted = changed(&indexed.exchange, wish.direction, wish.message, &edits);
        for way in [Self::in_place, Self::in_same_form] {
            let said = way(self, &wish, &wanted).and_then(|input| Some((self.says(&input, &wanted)?, input)));
            if let Some((turn, input)) = said {
                let change = Change::between(self.kept(), input.as_bytes()).unwrap_or_default();
                let is_same = turn == self.turn;
                return Reply::Written(if is_same { Written::Change(change) } else { Written::Turned(change, turn) });
            }
        }
        if self.connections.len() == 1 && indexed.len() <= MOST_COPIED {
            return Reply::Written(Written::Anew(written(&wanted)));
        }
        Reply::Refused(
            "This input has no place for that change: it holds several connections, or is too long to be written anew. \
             Copy the bytes and paste them as hex."
                .to_owned(),
        )
    }

    /// How to mend the `nth` problem of a message.
    pub(super) fn mend(&mut self, number: usize, nth: usize) -> Reply {
        let fix = self.open(number).and_then(|open| open.problems.get(nth)?.fix.clone());
        fix.map_or(Reply::Nothing, |fix| self.write_all(number, &fix.edits))
    }

    /// The input as bytes.
    pub(super) fn kept(&self) -> &[u8] {
        match &self.input {
            Kept::Nothing | Kept::Elsewhere(_) => &[],
            Kept::Text(text) => text.as_bytes(),
            Kept::Bytes(bytes) => bytes,
            Kept::InExchange => {
                let streams = self.connections.first().map(|indexed| indexed.exchange.streams.as_slice());
                streams.unwrap_or_default().iter().find(|one| !one.is_empty()).map_or(&[], |stream| &stream.bytes)
            }
        }
    }

    /// The input with a change made; nothing happens if it does not fit.
    pub(super) fn change(&mut self, change: &Change) {
        self.input = match std::mem::take(&mut self.input) {
            kept @ (Kept::Nothing | Kept::InExchange | Kept::Elsewhere(_)) => kept,
            Kept::Bytes(mut bytes) => {
                change.apply(&mut bytes);
                Kept::Bytes(bytes)
            }
            Kept::Text(text) => {
                let mut bytes = text.into_bytes();
                change.apply(&mut bytes);
                String::from_utf8(bytes).map_or_else(|error| Kept::Bytes(error.into_bytes()), Kept::Text)
            }
        };
    }

    /// Bytes of a file that are themselves. It may be large: it is neither copied nor read again.
    fn in_file(&self, wish: &Wish) -> Option<Change> {
        if !matches!(self.input, Kept::Bytes(_) | Kept::InExchange) || self.about.form != Form::Raw.id() {
            return None;
        }
        let (start, end) = (wish.edits.first()?.span.start, wish.edits.last()?.span.end);
        // One end's bytes may stand behind the other's.
        let first = self.indexed()?.exchange.segments.first()?.direction;
        let base = self.options.split.filter(|_| first != wish.direction).unwrap_or(0);
        let was = self.kept().get(base + start..base + end)?.to_vec();
        let here =
            |edit: &Edit| Edit::new(Span::new(edit.span.start - start, edit.span.end - start), edit.bytes.clone());
        let edits: Vec<Edit> = wish.edits.iter().map(here).collect();
        Some(Change { start: base + start, new: Edit::all_made(&edits, &was), was })
    }

    /// Each byte where it is written, as it is written there.
    fn in_place(&self, wish: &Wish, _: &Exchange) -> Option<String> {
        let stream = self.indexed()?.exchange.stream(wish.direction);
        spliced(self.source(), stream, wish.message, wish.edits)
    }

    /// A text in which no byte has a place of its own.
    fn in_same_form(&self, wish: &Wish, wanted: &Exchange) -> Option<String> {
        let is_alone = wanted.stream(wish.direction.other()).is_empty();
        if self.about.form != Form::Base64.id() || !is_alone {
            return None;
        }
        copy::written(&wanted.stream(wish.direction).bytes, "base64")
    }

    /// Which pieces have to be turned round where a text, read as the input was, says what is wanted and has nothing more to
    /// complain of; nothing where it does not.
    fn says(&self, text: &str, wanted: &Exchange) -> Option<Vec<String>> {
        let Capture { exchanges, problems, form, .. } = capture::read(text.as_bytes(), &self.options);
        let Some(read) = exchanges.get(self.connection) else {
            return wanted.streams.iter().all(Stream::is_empty).then(|| self.turn.clone());
        };
        let is_read = form.id() == self.about.form
            && exchanges.len() == self.connections.len()
            && problems.len() <= self.about.problems.len();
        if !is_read {
            return None;
        }
        if self.indexed().is_some_and(|indexed| pieces::count(&indexed.exchange) > 0) {
            return self.turned(read, wanted);
        }
        let [one, other] = &read.streams;
        let is_wanted = |pair: [&Stream; 2]| pair.iter().zip(&wanted.streams).all(|(a, b)| a.bytes == b.bytes);
        (is_wanted([one, other]) || is_wanted([other, one])).then(|| self.turn.clone())
    }

    /// Which pieces have to be turned round so that each was sent by whom it is wanted to be, if they have the same bytes.
    fn turned(&self, read: &Exchange, wanted: &Exchange) -> Option<Vec<String>> {
        if !bytes_by_pieces(read).eq(bytes_by_pieces(wanted)) {
            return None;
        }
        let mut turn = self.turn.clone();
        let mut read = read.clone();
        for which in &turn {
            read.turn(which);
        }
        let taken = Indexed::new(read).exchange;
        let pairs = taken.segments.iter().zip(&wanted.segments).enumerate();
        for (nth, (taken, wanted)) in pairs.filter(|(_, (taken, wanted))| taken.direction != wanted.direction) {
            // What it says of its pieces itself is no guess.
            if taken.span.len() != wanted.span.len() {
                return None;
            }
            let number = (nth + 1).to_string();
            match turn.iter().position(|known| *known == number) {
                Some(at) => drop(turn.remove(at)),
                None => turn.push(number),
            }
        }
        Some(turn)
    }

    /// Bytes `start..end` of a message as text that can be put into a program.
    pub(super) fn copied(&self, number: usize, start: usize, end: usize, form: &str) -> Reply {
        match self.bytes_of(number, start, end) {
            Some(bytes) if bytes.len() > MOST_COPIED => {
                Reply::Refused("More than 4 MB do not fit into a clipboard well: save the bytes as a file.".to_owned())
            }
            Some(bytes) => copy::written(bytes, form).map_or(Reply::Nothing, Reply::Text),
            None => Reply::Nothing,
        }
    }

    /// Bytes `start..end` of a message.
    pub(super) fn bytes_of(&self, number: usize, start: usize, end: usize) -> Option<&[u8]> {
        let indexed = self.indexed()?;
        let bytes = indexed.bytes(&indexed.index.entry(number)?);
        bytes.get(start..end.min(bytes.len()))
    }
}

/// All bytes in the order in which they stand in the input.
fn bytes_by_pieces(exchange: &Exchange) -> impl Iterator<Item = &u8> {
    let of = |segment: &Segment| {
        let Span { start, end } = segment.span;
        exchange.stream(segment.direction).bytes.get(start..end).unwrap_or_default()
    };
    exchange.segments.iter().flat_map(of)
}

/// The bytes that a person typed, as hex or in any other form, or why they could not be read.
pub(super) fn typed(text: &str) -> Reply {
    let is_quoted = text.trim_start().starts_with(['"', '\'']);
    let form = Some(if is_quoted { Form::EscapedString } else { Form::Hex });
    let mut capture = capture::read_text(text, &Options { form, ..Options::default() });
    if !capture.problems.is_empty() {
        capture = capture::read_text(text, &Options::default());
    }
    if let Some(problem) = capture.problems.first() {
        return Reply::Refused(format!(
            "column {}: met {}, expected {}",
            problem.column, problem.met, problem.expected
        ));
    }
    let bytes = capture.exchanges.into_iter().flat_map(|exchange| exchange.streams).flat_map(|stream| stream.bytes);
    Reply::Bytes(bytes.collect())
}

/// How many bytes a text holds that is a dump by itself: one that begins with a message, whatever may be wrong with it.
/// What goes on with another dump, or is some bytes of a message, is none.
pub(super) fn dumped(text: &str) -> Option<usize> {
    let capture = capture::read_text(text, &Options::default());
    let indexed = Indexed::new(capture.exchanges.into_iter().next()?);
    let first = indexed.index.entry(0)?;
    // What stands for a message's body alone is a part, too.
    let is_message =
        indexed.guess.body_of.is_none() && ![&unknown::UNREADABLE, &unknown::UNKNOWN_MESSAGE].contains(&first.message);
    (is_message && first.span.len() >= SHORTEST).then(|| indexed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_with_a_message_is_a_dump_by_itself() {
        for dump in [
            "58 00 00 00 04",
            "B: 5a 00 00 00 05 49\nF: 58 00 00 00 04",
            "00000000: 5100 0000 0e53 454c 4543 5420 313b 00    Q....SELECT 1;.",
            // Its length is wrong, or it is cut.
            "51 00 00 00 0d 53 45 4c 45 43 54 20 31 3b 00",
            "51 00 00 00 20 53 45 4c 45 43 54",
            "[81, 0, 0, 0, 14, 83, 69, 76, 69, 67, 84, 32, 49, 59, 0]",
        ] {
            assert!(dumped(dump).is_some(), "{dump}");
        }
        for part in ["", "53", "20 31 3b 00", "0d", "no bytes at all", "00000010: 4c45 4354 2031 3b00", "00 00 00"] {
            assert_eq!(dumped(part), None, "{part}");
        }
    }
}
