//! Connections of a large capture file that nobody looks at: what they said stands in the file, and is read again when somebody does.
//!
//! ```text
//! Recording ──▶ closed, or where it stands ──▶ one connection after the other: frames, survey ──▶ on the shelf
//!                                                                   bring ◀── who looks at it, or looks for something
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Debug;
use std::rc::Rc;

use pgscope_capture::{Capture, Recording, Shelved};
use pgscope_proto::{Direction, Exchange, Sides, Span};
use pgscope_session::Course;
use pgscope_session::survey::Times;

use super::Engine;
use crate::Indexed;
use crate::outline::Outline;

/// So many bytes are held of connections that go on while the file is read, and so many are then read again at once,
const MOST_OPEN: usize = if cfg!(test) { 4 << 10 } else { 128 << 20 };
/// of connections that are over or were brought back, with what is known of them,
const ROOM: usize = if cfg!(test) { 256 << 10 } else { 96 << 20 };
/// and so many of them are brought back at once, where one after the other is looked at.
const AHEAD: usize = ROOM / 2;
/// What a frame costs in an index, and a segment in an exchange.
const FRAME: usize = 40;
const SEGMENT: usize = 48;

/// The file, for who reads it again.
pub trait Fetches: Debug {
    /// These bytes of it; nothing where it has no more so many.
    fn fetch(&self, span: Span) -> Option<Vec<u8>>;
}

/// What is to be read of a file that cannot be read any more.
pub(super) const LOST: &str =
    "The file could not be read again: it was changed, moved or removed meanwhile. Open it again.";

/// The connections of a file, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Vec<Slot>,
    /// The places of those that are here, the one that was looked at last behind, and what they cost.
    recent: BTreeMap<u64, usize>,
    held: usize,
    looks: u64,
    /// Those that were not looked through yet, and the place of the one that is.
    rest: VecDeque<(usize, Left)>,
    current: Option<usize>,
    /// How many bytes of all were looked through, and how many bytes and messages those have that are finished.
    through: usize,
    messages: usize,
    /// How many connections could not be read again.
    pub(super) lost: usize,
    /// Whether it was not said of one of them who is who.
    sides_unknown: bool,
}

#[derive(Debug)]
struct Slot {
    place: usize,
    shelved: Shelved,
    messages: usize,
    /// What it costs, while it is here, and when it was looked at.
    cost: usize,
    look: u64,
    /// When each of its messages was seen.
    times: Times,
}

/// What was not looked through.
#[derive(Debug)]
enum Left {
    Here(Exchange, Option<Shelved>),
    Away(Shelved),
}

impl Left {
    fn len(&self) -> usize {
        match self {
            Left::Here(exchange, _) => length(exchange),
            Left::Away(shelved) => shelved.len(),
        }
    }
}

fn length(exchange: &Exchange) -> usize {
    exchange.streams.iter().map(|stream| stream.bytes.len()).sum()
}

/// What reads a capture file while it comes. Behind a trait, so that who only drops it need not have the reader.
pub(super) trait Records: Debug {
    fn more(&mut self, bytes: &[u8]);
    fn closed(&mut self) -> Vec<(usize, Exchange)>;
    /// Holds no more than so many bytes.
    fn hold(&mut self, most: usize);
    fn shelved(&mut self) -> Vec<(usize, Shelved)>;
    fn finish(self: Box<Self>) -> (Vec<usize>, Capture);
}

impl Records for Recording {
    fn more(&mut self, bytes: &[u8]) {
        Recording::more(self, bytes);
    }

    fn closed(&mut self) -> Vec<(usize, Exchange)> {
        Recording::closed(self)
    }

    fn hold(&mut self, most: usize) {
        if self.held() > most {
            self.shelve(most / 2);
        }
    }

    fn shelved(&mut self) -> Vec<(usize, Shelved)> {
        Recording::shelved(self)
    }

    fn finish(self: Box<Self>) -> (Vec<usize>, Capture) {
        self.finish_numbered()
    }
}

impl Shelf {
    fn at(&self, place: usize) -> Option<usize> {
        self.slots.binary_search_by_key(&place, |slot| slot.place).ok()
    }

    fn is_away(&self, nth: usize) -> bool {
        self.slots.get(nth).is_some_and(|slot| slot.cost == 0)
    }

    /// It is here, and costs so much.
    fn keep(&mut self, nth: usize, cost: usize) {
        if let Some(slot) = self.slots.get_mut(nth) {
            let cost = cost.max(1);
            self.held = self.held + cost - slot.cost;
            slot.cost = cost;
        }
        self.touch(nth);
    }

    /// It was looked at now.
    fn touch(&mut self, nth: usize) {
        let Some(slot) = self.slots.get_mut(nth).filter(|slot| slot.look == 0 || slot.look < self.looks) else {
            return;
        };
        self.looks += 1;
        self.recent.remove(&slot.look);
        slot.look = self.looks;
        self.recent.insert(slot.look, slot.place);
    }

    fn put_away(&mut self, nth: usize) {
        if let Some(slot) = self.slots.get_mut(nth) {
            self.recent.remove(&slot.look);
            self.held = self.held.saturating_sub(slot.cost);
            (slot.cost, slot.look) = (0, 0);
        }
    }

    /// One that has to go so that there is room, but for some.
    fn too_much(&self, keep: &[usize]) -> Option<usize> {
        let mut oldest = self.recent.values().filter_map(|place| self.at(*place));
        if self.held > ROOM { oldest.find(|at| !keep.contains(at)) } else { None }
    }

    /// Whether the file says of all of them who is who.
    pub(super) fn knows_sides(&self) -> bool {
        !self.sides_unknown
    }

    /// How many messages were found, how many bytes were looked through for that, and of how many.
    pub(super) fn reached(&self) -> (usize, usize, usize) {
        let rest: usize = self.rest.iter().map(|(_, left)| left.len()).sum();
        (self.messages, self.through, self.through + rest)
    }

    /// How many messages a connection has, and when they were seen.
    pub(super) fn messages(&self, nth: usize) -> usize {
        self.slots.get(nth).map_or(0, |slot| slot.messages)
    }

    pub(super) fn times(&self, nth: usize) -> Option<&Times> {
        self.slots.get(nth).map(|slot| &slot.times)
    }
}

impl Engine {
    /// The file of a large input can be read again: what nobody looks at need not be held.
    pub fn fetches(&mut self, file: Box<dyn Fetches>) {
        self.file = Some(file);
    }

    /// Connections that are over, while the file is read.
    pub(super) fn take_closed(&mut self, recording: &mut dyn Records) {
        for (place, exchange) in recording.closed() {
            self.begin_one(place, Left::Here(exchange, None));
            while self.go_through(usize::MAX) {}
        }
        recording.hold(MOST_OPEN);
    }

    /// What is left when the file was read.
    pub(super) fn take_rest(&mut self, mut recording: Box<dyn Records>) -> Capture {
        let shelved = recording.shelved();
        let (places, mut capture) = recording.finish();
        let exchanges = std::mem::take(&mut capture.exchanges);
        let here = places.into_iter().zip(exchanges).map(|(place, one)| (place, Left::Here(one, None)));
        let away = shelved.into_iter().map(|(place, one)| (place, Left::Away(one)));
        if let Some(shelf) = &mut self.shelf {
            shelf.rest = here.chain(away).collect();
        }
        capture
    }

    /// Looks through some more bytes of what is left; says whether there is still more.
    pub(super) fn look_through(&mut self, bytes: usize) -> bool {
        if self.go_through(bytes) {
            return true;
        }
        let Some(shelf) = &mut self.shelf else { return false };
        let Some((_, left)) = shelf.rest.front() else { return false };
        if matches!(left, Left::Away(_)) {
            self.fetch_rest();
        } else if let Some((place, left)) = shelf.rest.pop_front() {
            self.begin_one(place, left);
        }
        true
    }

    /// Reads the next of those that were not held again, as many as there is room for, in the order of the file.
    fn fetch_rest(&mut self) {
        let (Some(shelf), Some(file)) = (&mut self.shelf, &self.file) else { return };
        let (mut places, mut group, mut bytes) = (Vec::new(), Vec::new(), 0);
        while bytes < MOST_OPEN
            && let Some((place, Left::Away(shelved))) = shelf.rest.pop_front()
        {
            bytes += shelved.len();
            places.push(place);
            group.push(shelved);
        }
        let all: Vec<&Shelved> = group.iter().collect();
        match Shelved::fetch(&all, &mut |span| file.fetch(span)) {
            Some(exchanges) => {
                let here = places.into_iter().zip(exchanges).zip(group);
                for ((place, exchange), shelved) in here.rev() {
                    shelf.rest.push_front((place, Left::Here(exchange, Some(shelved))));
                }
            }
            None => shelf.lost += group.len(),
        }
    }

    /// One more connection.
    fn begin_one(&mut self, place: usize, left: Left) {
        let Some(shelf) = &mut self.shelf else { return };
        let (exchange, shelved) = match left {
            Left::Here(exchange, shelved) => (exchange, shelved),
            Left::Away(shelved) => (shelved.shell().clone(), Some(shelved)),
        };
        let shelved = shelved.unwrap_or_else(|| Shelved::of(&exchange));
        shelf.sides_unknown |= exchange.sides != Sides::Given;
        let at = shelf.slots.partition_point(|slot| slot.place < place);
        shelf.slots.insert(at, Slot { place, shelved, messages: 0, cost: 1, look: 0, times: Times::default() });
        shelf.held += 1;
        shelf.current = Some(place);
        let indexed = Indexed::begin(turned(exchange, &self.turn));
        self.begin_survey(place, &indexed.exchange);
        self.courses.insert(at, Course::default());
        self.outlines.insert(at, Rc::new(Outline::begin(is_answered(&indexed))));
        self.connections.insert(at, indexed);
    }

    /// Goes on with the one that was begun; says whether there is more of it.
    fn go_through(&mut self, bytes: usize) -> bool {
        let Some(place) = self.shelf.as_ref().and_then(|shelf| shelf.current) else { return false };
        let Some(nth) = self.shelf.as_ref().and_then(|shelf| shelf.at(place)) else { return false };
        let Some(indexed) = self.connections.get_mut(nth) else { return false };
        let is_more = indexed.more(bytes);
        self.survey_one(nth);
        if !is_more {
            self.finish_one(nth);
        }
        is_more
    }

    fn finish_one(&mut self, nth: usize) {
        let times = self.settle_survey(nth);
        let (Some(shelf), Some(indexed)) = (&mut self.shelf, self.connections.get(nth)) else { return };
        shelf.current = None;
        shelf.messages += indexed.index.len();
        let cost = cost(indexed);
        if let Some(slot) = shelf.slots.get_mut(nth) {
            slot.messages = indexed.index.len();
            slot.times = times;
            shelf.through += slot.shelved.len();
        }
        shelf.keep(nth, cost);
        self.make_room(&[]);
    }

    /// A person has stopped it: what was not looked through is on the shelf, too.
    pub(super) fn shelve_rest(&mut self) {
        let current = self.shelf.as_ref().and_then(|shelf| shelf.at(shelf.current?));
        if let Some(nth) = current {
            self.finish_one(nth);
            self.put_away(nth);
        }
        while let Some((place, left)) = self.shelf.as_mut().and_then(|shelf| shelf.rest.pop_front()) {
            let left = match left {
                Left::Here(exchange, shelved) => Left::Away(shelved.unwrap_or_else(|| Shelved::of(&exchange))),
                left => left,
            };
            self.begin_one(place, left);
            let begun = self.shelf.as_mut().and_then(|shelf| shelf.current.take());
            if let Some(nth) = begun.and_then(|place| self.shelf.as_ref()?.at(place)) {
                self.put_away(nth);
            }
        }
    }

    /// Puts away what has not been looked at for long, but for what is shown and these.
    fn make_room(&mut self, keep: &[usize]) {
        let keep: Vec<usize> = keep.iter().copied().chain([self.connection]).collect();
        while let Some(nth) = self.shelf.as_ref().and_then(|shelf| shelf.too_much(&keep)) {
            self.put_away(nth);
        }
    }

    fn put_away(&mut self, nth: usize) {
        if let Some(shelf) = &mut self.shelf {
            shelf.put_away(nth);
        }
        if let (Some(indexed), Some(course), Some(outline)) =
            (self.connections.get_mut(nth), self.courses.get_mut(nth), self.outlines.get_mut(nth))
        {
            (*indexed, *course, *outline) = Default::default();
        }
    }

    /// Brings a connection back, if it is away; says whether it is here.
    pub(super) fn bring(&mut self, nth: usize) -> bool {
        match &mut self.shelf {
            Some(shelf) if !shelf.is_away(nth) => {
                shelf.touch(nth);
                true
            }
            _ => self.bring_all(&[nth]),
        }
    }

    /// Brings a connection back, and with it some that stand behind it: for who looks at one after the other.
    pub(super) fn bring_next(&mut self, nth: usize) -> bool {
        let Some(shelf) = self.shelf.as_ref().filter(|shelf| shelf.is_away(nth)) else { return self.bring(nth) };
        let mut bytes = 0;
        let fits = |nth: &usize| {
            let slot = shelf.slots.get(*nth);
            bytes += slot.map_or(0, |slot| slot.shelved.len() + slot.messages * FRAME);
            bytes <= AHEAD
        };
        let behind = (nth + 1..shelf.slots.len()).filter(|nth| shelf.is_away(*nth)).take_while(fits);
        let group: Vec<usize> = std::iter::once(nth).chain(behind).collect();
        self.bring_all(&group)
    }

    /// Brings connections back, those that are away, reading the file once; says whether all are here.
    pub(super) fn bring_all(&mut self, group: &[usize]) -> bool {
        let Some(shelf) = &mut self.shelf else { return true };
        let away: Vec<usize> = group.iter().copied().filter(|nth| shelf.is_away(*nth)).collect();
        let all: Vec<&Shelved> =
            away.iter().filter_map(|nth| shelf.slots.get(*nth)).map(|slot| &slot.shelved).collect();
        let Some(exchanges) = self.file.as_ref().and_then(|file| Shelved::fetch(&all, &mut |span| file.fetch(span)))
        else {
            return away.is_empty();
        };
        for (nth, exchange) in away.into_iter().zip(exchanges) {
            let indexed = Indexed::new(turned(exchange, &self.turn));
            let outline = Rc::new(Outline::begin(is_answered(&indexed)));
            if let Some(slot) = shelf.slots.get_mut(nth) {
                slot.messages = indexed.index.len();
            }
            shelf.keep(nth, cost(&indexed));
            if let (Some(own), Some(course), Some(known)) =
                (self.connections.get_mut(nth), self.courses.get_mut(nth), self.outlines.get_mut(nth))
            {
                (*own, *course, *known) = (indexed, Course::default(), outline);
            }
        }
        group.iter().for_each(|nth| shelf.touch(*nth));
        self.make_room(group);
        true
    }
}

fn turned(mut exchange: Exchange, turn: &[String]) -> Exchange {
    for which in turn {
        exchange.turn(which);
    }
    exchange
}

fn is_answered(indexed: &Indexed) -> bool {
    !indexed.exchange.stream(Direction::Backend).is_empty()
}

fn cost(indexed: &Indexed) -> usize {
    length(&indexed.exchange) + indexed.index.len() * FRAME + indexed.exchange.segments.len() * SEGMENT
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::engine::{Input, Load, Loaded, Reply, Request, Survey, Surveyed, Wanted};

    #[derive(Debug)]
    struct File(Vec<u8>);

    impl Fetches for File {
        fn fetch(&self, span: Span) -> Option<Vec<u8>> {
            self.0.get(span.start..span.end).map(<[u8]>::to_vec)
        }
    }

    fn recordings(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                _ if path.is_dir() => recordings(&path, found),
                Some("pcap") => found.push(path),
                _ => {}
            }
        }
    }

    /// The packets of recordings by turns, each between hosts of its own: many connections that go on side by side.
    fn capture() -> Vec<u8> {
        const HEADER: usize = 24;
        const RECORD: usize = 16;
        let mut paths = Vec::new();
        recordings(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/drivers").as_ref(), &mut paths);
        paths.sort();
        let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).expect("it is there")).collect();
        let header = files[0][..HEADER].to_vec();
        let alike = files.iter().filter(|file| file[..HEADER] == header);
        let mut rest: Vec<(usize, &[u8])> = alike.map(|file| &file[HEADER..]).enumerate().take(250).collect();
        let mut capture = header;
        while !rest.is_empty() {
            for (nth, file) in rest.iter_mut().take(12) {
                for _ in 0..3 {
                    let Some(length) = file.get(8..12) else { break };
                    let length = RECORD + u32::from_le_bytes(length.try_into().expect("four bytes")) as usize;
                    let mut packet = file[..length].to_vec();
                    let ip = RECORD;
                    assert_eq!(packet[ip], 0x45, "a packet of IPv4");
                    // Both are on a network of their own.
                    (packet[ip + 13], packet[ip + 17]) = (*nth as u8, *nth as u8);
                    capture.extend(packet);
                    *file = &file[length..];
                }
            }
            rest.retain(|(_, file)| !file.is_empty());
        }
        capture
    }

    fn read(engine: &mut Engine, file: &[u8], mut stops: bool) -> Loaded {
        let load = Load { input: Input::Pieces(file.len()), ..Load::default() };
        let (mut reply, mut at) = (engine.answer(Request::Begin(load)), 0);
        loop {
            reply = match reply {
                Reply::Underway(progress) if progress.wants_piece => {
                    let piece = file[at..(at + 30_000).min(file.len())].to_vec();
                    at += piece.len();
                    engine.answer(Request::Piece(piece))
                }
                Reply::Underway(_) if std::mem::take(&mut stops) => engine.answer(Request::Stop),
                Reply::Underway(_) => engine.answer(Request::More),
                Reply::Loaded(loaded) => return *loaded,
                other => panic!("{other:?}"),
            };
            if let Some(shelf) = &engine.shelf {
                let held: usize = engine.connections.iter().map(cost).sum();
                let largest = engine.connections.iter().map(cost).max().unwrap_or(0);
                assert!(held <= ROOM + largest, "{held} held, {} at once", shelf.slots.len());
            }
        }
    }

    fn messages(engine: &mut Engine, like: &str) -> Vec<crate::engine::Said> {
        for _ in 0..100_000 {
            let asked = Surveyed::Messages { like: like.to_owned(), from: 0, to: 1_000_000, messages: 5000 };
            match engine.survey(asked) {
                Survey::Messages { is_done: true, rows, mistake, .. } => {
                    assert_eq!(mistake, "");
                    return rows;
                }
                Survey::Messages { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        panic!("it never ends")
    }

    fn elsewhere(engine: &mut Engine) -> Vec<usize> {
        engine.answer(Request::Find("SELECT".to_owned()));
        loop {
            match engine.answer(Request::Elsewhere { messages: 500 }) {
                Reply::Elsewhere(found) if found.is_done => return found.connections,
                Reply::Elsewhere(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Whatever is asked, what is not held is told like what is.
    #[test]
    fn what_is_on_a_shelf_is_told_like_what_is_held() {
        let file = capture();
        let (mut held, mut shelved) = (Engine::default(), Engine::default());
        shelved.fetches(Box::new(File(file.clone())));
        assert_eq!(read(&mut held, &file, false), read(&mut shelved, &file, false));
        assert!(held.shelf.is_none() && held.connections.len() > 60, "{}", held.connections.len());
        let away = (0..held.connections.len()).filter(|nth| shelved.shelf.as_ref().unwrap().is_away(*nth)).count();
        assert!(away > held.connections.len() / 2, "only {away} are away");
        let wanted = || Wanted { to: 1000, ..Wanted::default() };
        let statements = || Surveyed::Statements { connection: None, wanted: wanted() };
        let line = || Surveyed::TimeLine { span: None, stretches: 50, connection: None };
        for asked in [
            || Surveyed::Connections(Wanted { to: 1000, ..Wanted::default() }),
            || Surveyed::Statistics { connection: None },
            || Surveyed::Statistics { connection: Some(7) },
        ] {
            assert_eq!(held.survey(asked()), shelved.survey(asked()), "{:?}", asked());
        }
        let statements = |engine: &mut Engine| match engine.survey(statements()) {
            // Their numbers tell in which order they were met.
            Survey::Statements { mut rows, .. } => {
                rows.iter_mut().for_each(|row| row.id = 0);
                rows.sort_by(|one, other| one.text.cmp(&other.text));
                rows
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(statements(&mut held), statements(&mut shelved));
        assert_eq!(held.survey(line()), shelved.survey(line()));
        loop {
            let asked = || Surveyed::Findings { messages: 700 };
            let (one, two) = (held.survey(asked()), shelved.survey(asked()));
            assert_eq!(one, two);
            if matches!(one, Survey::Findings { looked, all } if looked == all) {
                break;
            }
        }
        let connections = || Surveyed::Connections(wanted());
        assert_eq!(held.survey(connections()), shelved.survey(connections()));
        for like in ["", "tag == \"E\"", "select", "duration > 1ms"] {
            let (one, two) = (messages(&mut held, like), messages(&mut shelved, like));
            assert_eq!(one.len(), two.len(), "{like}");
            assert!(!one.is_empty() && one == two, "{like}");
        }
        for nth in [3, 0, 40, 41, 3, held.connections.len() - 1] {
            let connect = || Request::Connection(nth);
            assert_eq!(held.answer(connect()), shelved.answer(connect()));
            let lines = || Request::Lines { from: 0, to: 500 };
            assert_eq!(held.answer(lines()), shelved.answer(lines()), "{nth}");
            let last = held.connections[nth].index.len() - 1;
            let message = || Request::Message(last);
            assert_eq!(held.answer(message()), shelved.answer(message()), "{nth}");
        }
        assert_eq!(elsewhere(&mut held), elsewhere(&mut shelved));
    }

    #[test]
    fn one_may_stop_and_still_look_at_all() {
        let file = capture();
        let mut engine = Engine::default();
        engine.fetches(Box::new(File(file.clone())));
        let loaded = read(&mut engine, &file, true);
        assert!(loaded.partial.is_some(), "{:?}", loaded.partial);
        let mut held = Engine::default();
        let whole = read(&mut held, &file, false);
        assert_eq!(loaded.connections, whole.connections);
        for nth in (0..whole.connections).rev() {
            let connect = || Request::Connection(nth);
            let (Reply::Loaded(one), Reply::Loaded(two)) = (engine.answer(connect()), held.answer(connect())) else {
                panic!("{nth}")
            };
            assert_eq!((one.messages, one.ends), (two.messages, two.ends), "{nth}");
        }
    }

    #[test]
    fn a_file_that_is_gone_is_told() {
        let file = capture();
        let mut engine = Engine::default();
        engine.fetches(Box::new(File(Vec::new())));
        let loaded = read(&mut engine, &file, false);
        assert!(loaded.problems.iter().any(|problem| problem.met.contains("could not be read again")), "{loaded:?}");
        let away = (0..engine.connections.len()).find(|nth| engine.shelf.as_ref().unwrap().is_away(*nth)).unwrap();
        assert_eq!(engine.answer(Request::Connection(away)), Reply::Refused(LOST.to_owned()));
    }
}
