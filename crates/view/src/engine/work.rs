//! Reading an input in slices, so that a screen can show how far it is, ask other things in between, and stop it.
//!
//! ```text
//! pieces of a file ──▶ the bytes of the exchanges ──▶ frames, slice by slice ──▶ Loaded
//! ```

use std::rc::Rc;

use pgscope_capture::{self as capture, Begun, Capture, Form, Options, Reading};
use pgscope_proto::{Beginning, Direction, Exchange, Sides};
use pgscope_session::{Course, is_settled};

use super::load::tell_guesses;
use super::shelf::{LOST, MayBeShelf, Records};
use super::text::Text;
use super::{Engine, Input, Kept, Load, Loaded, Reply, Underway};
use crate::Indexed;
use crate::missing;
use crate::outline::Outline;

/// How many bytes are searched for frames at a time.
const SLICE: usize = 1 << 20;
/// Capture files of more bytes are not held whole: they are read while they come.
const LARGE: usize = if cfg!(test) { 256 << 10 } else { 32 << 20 };
/// A byte of text costs more: how many times as much.
const TEXT: usize = 4;

/// What is left to do.
#[derive(Debug)]
pub(super) struct Work {
    stage: Stage,
    /// A text that is being read.
    reading: Option<Box<dyn Reads>>,
    /// A capture file that is read while its pieces come, and how many bytes of it have come.
    recording: Option<Box<dyn Records>>,
    reached: usize,
    is_stopped: bool,
    /// How many bytes were read of how many, where a person stopped that.
    partial: Option<(usize, usize)>,
}

/// What reads a text. Behind a trait, so that who only drops it need not have the readers of all forms.
trait Reads: std::fmt::Debug {
    fn more(&mut self, text: &str, bytes: usize) -> bool;
    fn reached(&self) -> usize;
    fn finish(self: Box<Self>, text: &str) -> Capture;
}

impl Reads for Reading {
    fn more(&mut self, text: &str, bytes: usize) -> bool {
        Reading::more(self, text, bytes)
    }

    fn reached(&self) -> usize {
        Reading::reached(self)
    }

    fn finish(self: Box<Self>, text: &str) -> Capture {
        Reading::finish(*self, text)
    }
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// So many bytes are to come in pieces.
    Pieces(usize),
    /// The bytes of the exchanges are to be found in the input.
    Bytes,
    /// They are being found in a text.
    Text,
    /// Frames are to be found, in this connection and in those behind it.
    Frames(usize),
}

impl Engine {
    /// Reads an input at once.
    pub(super) fn load(&mut self, load: Load) -> Loaded {
        self.take(load);
        while self.work.is_some() {
            self.step(usize::MAX);
        }
        self.connect(0)
    }

    /// Reads text that is plain hex and leaves nothing to guess at once, and gives back any other.
    #[allow(clippy::result_large_err, reason = "who asked gets back what was asked")]
    pub(super) fn load_plain(&mut self, load: Load) -> Result<Loaded, Load> {
        let Load { input: Input::Text(text), form: None, .. } = &load else { return Err(load) };
        if !load.turn.is_empty() || load.split.is_some() {
            return Err(load);
        }
        let Some(capture) = capture::plain(text, &options(&load)) else { return Err(load) };
        if !capture.exchanges.iter().all(is_settled) {
            return Err(load);
        }
        self.options = options(&load);
        self.turn.clear();
        self.tells_guesses = None;
        self.is_long = false;
        self.begin_anew();
        // A text it is: anything else was given back.
        if let Input::Text(text) = load.input {
            self.found(capture, Kept::Text(text), Indexed::settled);
        }
        (0..self.connections.len()).for_each(|nth| {
            self.find_frames(nth, usize::MAX);
        });
        Ok(self.connect(0))
    }

    /// Begins to read an input that may be large.
    pub(super) fn begin(&mut self, load: Load) -> Reply {
        let all = if let Input::Pieces(all) = load.input { all } else { 0 };
        self.take(load);
        if all <= LARGE && !self.has_room(all) {
            return self.refuse();
        }
        self.progress()
    }

    /// Whether there is memory for so many bytes of input.
    fn has_room(&mut self, bytes: usize) -> bool {
        if let Kept::Bytes(kept) = &mut self.input { kept.try_reserve_exact(bytes).is_ok() } else { true }
    }

    fn refuse(&mut self) -> Reply {
        self.work = None;
        Reply::Refused("There is not enough memory for an input of this size.".to_owned())
    }

    /// The next bytes of the input.
    pub(super) fn take_in(&mut self, piece: &[u8]) -> Reply {
        let Some(Work { stage: Stage::Pieces(all), reached: 0, .. }) = self.work else { return self.take_on(piece) };
        // The first piece shows what it is.
        let recording = capture::recording(piece, &self.options).filter(|_| all > LARGE);
        if recording.is_some() {
            self.input = Kept::Elsewhere(all);
            // What can be read again need not be held. Pieces that are turned round are counted from the first.
            // Who only surveys some of it shows nothing, and reads nothing again.
            if (self.file.is_some() || self.share.0 > 0) && self.turn.is_empty() {
                self.shelf = MayBeShelf::empty();
            }
        } else if all > LARGE && self.share.0 == 0 && !self.has_room(all) {
            return self.refuse();
        }
        if let Some(work) = &mut self.work {
            let is_held = !self.shelf.is_some();
            let (from, every) = self.share;
            work.recording = recording.map(|mut recording| -> Box<dyn Records> {
                if !is_held {
                    recording.gives_news();
                }
                // The first knows of all where they stand.
                if from > 0 {
                    recording.hears(from, every);
                }
                Box::new(recording)
            });
        }
        self.take_on(piece)
    }

    fn take_on(&mut self, piece: &[u8]) -> Reply {
        let mut recording = None;
        if let Some(work) = &mut self.work
            && let Stage::Pieces(all) = work.stage
        {
            match (work.recording.take(), &mut self.input) {
                (Some(mut own), _) => {
                    own.more(piece);
                    recording = Some(own);
                }
                (None, Kept::Bytes(bytes)) => bytes.extend_from_slice(piece),
                _ => {}
            }
            work.reached += piece.len();
            if work.reached >= all {
                work.stage = Stage::Bytes;
            }
        }
        if let Some(recording) = recording.as_deref_mut().filter(|_| self.shelf.is_some()) {
            self.take_news(recording.news());
        }
        if let Some(work) = &mut self.work {
            work.recording = recording;
        }
        self.progress()
    }

    /// Goes on for a moment.
    pub(super) fn more(&mut self) -> Reply {
        self.step(SLICE);
        if self.work.is_some() { self.progress() } else { self.turn_loaded(0) }
    }

    /// Turns to one of the connections, which may have to be read again.
    pub(super) fn turn_loaded(&mut self, connection: usize) -> Reply {
        if self.shelf.is_some() {
            let connection = connection.min(self.connections.len().saturating_sub(1));
            if !self.bring(connection) {
                return Reply::Refused(LOST.to_owned());
            }
            self.find_frames(connection, usize::MAX);
        }
        Reply::Loaded(Box::new(self.connect(connection)))
    }

    /// Reads no more of a file, but takes apart what was read; looks for no more messages, if it was at that.
    pub(super) fn stop(&mut self) -> Reply {
        let Some(work) = &mut self.work else { return Reply::Nothing };
        match (work.stage, &mut self.input) {
            (Stage::Pieces(all), Kept::Bytes(bytes)) => {
                cut(bytes);
                work.partial = Some((bytes.len(), all));
                work.stage = Stage::Bytes;
            }
            (Stage::Pieces(all), Kept::Elsewhere(_)) => {
                work.partial = Some((work.reached, all));
                work.stage = Stage::Bytes;
            }
            _ => work.is_stopped = true,
        }
        self.progress()
    }

    /// Takes an input in, and notes what is to be done with it.
    fn take(&mut self, load: Load) {
        let mut stage = Stage::Bytes;
        let split = self.options.split;
        self.options = options(&load);
        if let Input::Changed(change) = &load.input {
            // Where the other end's bytes begin moves with what is changed before it.
            self.options.split = split.map(|split| change.moves(split));
        }
        self.turn.clone_from(&load.turn);
        self.tells_guesses = Some(tell_guesses);
        self.is_long = matches!(load.input, Input::Bytes(_) | Input::Pieces(_))
            || self.is_long && matches!(load.input, Input::Same | Input::Changed(_));
        match load.input {
            Input::Text(text) => self.input = Kept::Text(text),
            Input::Bytes(bytes) => self.input = Kept::Bytes(bytes),
            Input::Pieces(all) => {
                self.input = Kept::Bytes(Vec::new());
                stage = if all > 0 { Stage::Pieces(all) } else { Stage::Bytes };
            }
            Input::Same => match self.input {
                Kept::Elsewhere(all) => {
                    self.input = Kept::Bytes(Vec::new());
                    stage = Stage::Pieces(all);
                }
                _ => self.take_back(),
            },
            Input::Changed(change) => {
                self.take_back();
                self.change(&change);
            }
        }
        self.begin_anew();
        self.work = Some(Work { stage, reading: None, recording: None, reached: 0, is_stopped: false, partial: None });
    }

    /// Nothing is known yet of the input.
    fn begin_anew(&mut self) {
        self.about = Loaded::default();
        self.text = Text::default();
        self.work = None;
        self.hold(Vec::new());
    }

    /// Holds these connections, of which nothing is shown yet.
    pub(super) fn hold(&mut self, connections: Vec<Indexed>) {
        self.forget();
        self.overview = None;
        self.shelf = MayBeShelf::default();
        self.courses = connections.iter().map(|_| Course::default()).collect();
        let is_answered = |one: &Indexed| !one.exchange.stream(Direction::Backend).is_empty();
        self.outlines = connections.iter().map(|one| Rc::new(Outline::begin(is_answered(one)))).collect();
        self.connections = connections;
    }

    /// Holds exchanges that are not large.
    pub(super) fn read_at_once(&mut self, exchanges: Vec<Exchange>) {
        self.work = None;
        self.is_long = false;
        self.hold(exchanges.into_iter().map(Indexed::begin).collect());
        (0..self.connections.len()).for_each(|nth| {
            self.find_frames(nth, usize::MAX);
        });
    }

    /// Raw bytes back from the exchange that took them.
    fn take_back(&mut self) {
        if let (Kept::InExchange, Some(indexed)) = (&self.input, self.connections.first_mut()) {
            let streams = indexed.exchange.streams.iter_mut();
            let bytes = streams.map(|stream| std::mem::take(&mut stream.bytes)).find(|bytes| !bytes.is_empty());
            self.input = Kept::Bytes(bytes.unwrap_or_default());
        }
    }

    /// Does a piece of what is left; about so many bytes of it, where it can be divided.
    fn step(&mut self, bytes: usize) {
        let Some(mut work) = self.work.take() else { return };
        match work.stage {
            Stage::Pieces(_) => {}
            Stage::Bytes if work.recording.is_some() && self.shelf.is_some() => {
                if let Some(recording) = work.recording.take() {
                    let (news, capture) = recording.finish_news();
                    self.take_news(news);
                    self.put_together();
                    self.is_long &= !self.source().is_empty();
                    self.about = self.about(&capture);
                }
                self.about.partial = work.partial;
                self.about.sides_given = self.shelf.as_ref().is_some_and(|shelf| shelf.knows_sides());
                return;
            }
            Stage::Bytes if work.recording.is_some() => {
                if let Some(recording) = work.recording.take() {
                    let kept = std::mem::take(&mut self.input);
                    self.found(recording.finish(), kept, Indexed::begin);
                }
                work.stage = Stage::Frames(0);
            }
            Stage::Bytes => {
                work.reading = self.find_bytes();
                work.stage = if work.reading.is_some() { Stage::Text } else { Stage::Frames(0) };
            }
            Stage::Text => {
                let is_more =
                    work.reading.as_mut().is_some_and(|reading| reading.more(self.source(), bytes.div_ceil(TEXT)));
                if !is_more || work.is_stopped {
                    self.finish_text(&mut work);
                    work.stage = Stage::Frames(0);
                }
            }
            Stage::Frames(nth) => {
                let is_more = self.find_frames(nth, bytes);
                self.survey_one(nth);
                if nth + 1 >= self.connections.len() && !is_more {
                    self.about.partial = work.partial;
                    return;
                }
                if work.is_stopped {
                    self.outlines.iter_mut().for_each(|outline| Rc::make_mut(outline).finish());
                    let reached = |of: fn(&Indexed) -> usize| self.connections.iter().map(of).sum();
                    self.about.partial = Some((reached(Indexed::reached), reached(Indexed::len)));
                    return;
                }
                work.stage = Stage::Frames(if is_more { nth } else { nth + 1 });
            }
        }
        self.work = Some(work);
    }

    /// Surveys what is left of a capture file of which no more comes.
    pub(super) fn survey_rest(&mut self) {
        let work = self.work.take();
        if let Some(recording) = work.and_then(|work| work.recording).filter(|_| self.shelf.is_some()) {
            self.take_news(recording.finish_news().0);
        }
    }

    /// Finds the bytes of the exchanges in the input, or begins to. It is given away where it is raw, so that it is not
    /// held twice.
    fn find_bytes(&mut self) -> Option<Box<dyn Reads>> {
        let input = match std::mem::take(&mut self.input) {
            Kept::Nothing | Kept::InExchange | Kept::Elsewhere(_) => Vec::new(),
            Kept::Text(text) => text.into_bytes(),
            Kept::Bytes(bytes) => bytes,
        };
        match capture::begin(input, &self.options) {
            Begun::Text(text, reading) => {
                self.keep_text(text);
                return Some(reading);
            }
            Begun::Read(capture, None) => self.found(capture, Kept::InExchange, Indexed::begin),
            Begun::Read(capture, Some(bytes)) if capture.form == Form::Raw => {
                self.found(capture, Kept::Bytes(bytes), Indexed::begin)
            }
            Begun::Read(capture, Some(bytes)) => self.found(capture, text_or_bytes(bytes), Indexed::begin),
        }
        None
    }

    fn keep_text(&mut self, text: String) {
        self.text = Text::new(&text, self.is_long);
        self.input = Kept::Text(text);
    }

    /// What was read of a text goes on as exchanges.
    fn finish_text(&mut self, work: &mut Work) {
        let Some(reading) = work.reading.take() else { return };
        let (reached, all) = (reading.reached(), self.source().len());
        if reached < all {
            // Of the file, where that was not read to its end before.
            work.partial = Some((reached, work.partial.map_or(all, |(_, all)| all)));
        }
        work.is_stopped = false;
        let mut capture = reading.finish(self.source());
        missing::locate(&mut capture, self.source(), &self.options);
        let input = std::mem::take(&mut self.input);
        self.found(capture, input, Indexed::begin);
    }

    /// Takes over what was found in the input.
    fn found(&mut self, capture: Capture, input: Kept, begin: fn(Exchange) -> Indexed) {
        match input {
            Kept::Text(text) if self.text.lines() == 0 => self.keep_text(text),
            input => self.input = input,
        }
        self.is_long &= !self.source().is_empty();
        self.about = self.about(&capture);
        let Capture { mut exchanges, .. } = capture;
        for which in &self.turn {
            exchanges.iter_mut().for_each(|exchange| {
                exchange.turn(which);
            });
        }
        self.about.sides_given = exchanges.iter().all(|one| one.sides == Sides::Given);
        self.hold(exchanges.into_iter().map(begin).collect());
    }

    /// Finds some frames of a connection, where both ends are at them, and what belongs together; says whether there are more.
    fn find_frames(&mut self, nth: usize, bytes: usize) -> bool {
        let (Some(indexed), Some(course), Some(outline)) =
            (self.connections.get_mut(nth), self.courses.get_mut(nth), self.outlines.get_mut(nth))
        else {
            return false;
        };
        let is_more = indexed.more(bytes);
        course.more(&indexed.exchange, &indexed.index);
        let outline = Rc::make_mut(outline);
        outline.more(&indexed.exchange, &indexed.index);
        if !is_more {
            outline.finish();
        }
        is_more
    }

    fn progress(&self) -> Reply {
        let Some(work) = &self.work else { return Reply::Nothing };
        let sum = |of: fn(&Indexed) -> usize| self.connections.iter().map(of).sum();
        let (what, done, all) = match work.stage {
            Stage::Pieces(all) => ("Reading the file", work.reached, all),
            Stage::Bytes => ("Taking the text apart", 0, 0),
            Stage::Text => {
                let reached = work.reading.as_ref().map_or(0, |reading| reading.reached());
                ("Taking the text apart", reached, self.source().len())
            }
            Stage::Frames(_) => ("Finding messages", sum(Indexed::reached), sum(Indexed::len)),
        };
        let messages = self.messages();
        let wants_piece = matches!(work.stage, Stage::Pieces(_));
        Reply::Underway(Underway { what: what.into(), done, all, messages, wants_piece })
    }
}

/// What a person says about the input.
fn options(load: &Load) -> Options {
    let direction = match load.direction.as_deref() {
        Some("frontend") => Some(Direction::Frontend),
        Some("backend") => Some(Direction::Backend),
        _ => None,
    };
    let beginning = load.beginning.as_deref().and_then(Beginning::from_id).unwrap_or_default();
    Options { form: load.form.as_deref().and_then(Form::from_id), direction, beginning, split: load.split }
}

fn text_or_bytes(bytes: Vec<u8>) -> Kept {
    String::from_utf8(bytes).map_or_else(|error| Kept::Bytes(error.into_bytes()), Kept::Text)
}

/// Leaves out a character of which only the beginning is there.
fn cut(bytes: &mut Vec<u8>) {
    let begun = bytes.iter().rev().take(4).position(|byte| *byte >= 0xc0).map(|back| bytes.len() - back - 1);
    let is_cut = |at: &usize| std::str::from_utf8(bytes.get(*at..).unwrap_or_default()).is_err();
    if let Some(at) = begun.filter(is_cut) {
        bytes.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Request;

    /// A capture of one packet with these bytes from a client, again and again.
    fn capture(packets: usize) -> Vec<u8> {
        let mut file = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65_535, 101].map(u32::to_be_bytes).concat();
        for nth in 0..packets {
            let payload = b"Q\0\0\0\x0eSELECT 1;\0";
            let length = 40 + payload.len();
            file.extend([nth as u32, 0, length as u32, length as u32].map(u32::to_be_bytes).concat());
            let ip = [0x4500, length as u16, 7, 0, 0x4006, 0, 0x7f00, 1, 0x7f00, 1].map(u16::to_be_bytes).concat();
            let seq = (1 + nth * payload.len()) as u32;
            let ports = [4001_u16, 5432].map(u16::to_be_bytes).concat();
            file.extend([ip, ports, [seq, 0].map(u32::to_be_bytes).concat()].concat());
            file.extend([0x50, 0x18, 1, 0, 0, 0, 0, 0]);
            file.extend(payload);
        }
        file
    }

    fn loaded(engine: &mut Engine, mut reply: Reply, file: &[u8]) -> Box<Loaded> {
        let mut at = 0;
        loop {
            reply = match reply {
                Reply::Underway(progress) if progress.wants_piece => {
                    let end = (at + (64 << 10)).min(file.len());
                    let piece = file[at..end].to_vec();
                    at = end;
                    engine.answer(Request::Piece(piece))
                }
                Reply::Underway(_) => engine.answer(Request::More),
                Reply::Loaded(loaded) => return loaded,
                other => panic!("{other:?}"),
            };
        }
    }

    #[test]
    fn a_large_capture_is_not_held_and_can_be_read_again() {
        let file = capture(LARGE / 70 + 1000);
        assert!(file.len() > LARGE);
        let mut engine = Engine::default();
        let load = |input| Load { input, ..Load::default() };
        let reply = engine.answer(Request::Begin(load(Input::Pieces(file.len()))));
        let first = loaded(&mut engine, reply, &file);
        assert!(matches!(engine.input, Kept::Elsewhere(_)) && first.messages == LARGE / 70 + 1000);
        let reply = engine.answer(Request::Begin(load(Input::Same)));
        assert_eq!(loaded(&mut engine, reply, &file).messages, first.messages);
        assert!(matches!(engine.write(0, 0, 1, b"X"), Reply::Refused(_)));
    }
}
