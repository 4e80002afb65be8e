//! Connections of a large capture file that nobody looks at: what they said stands in the file, and is read again when somebody does.
//!
//! ```text
//! Recording ── news, piece by piece ──▶ a survey, and where it stands in the file: on the shelf
//!                                                     bring ◀── who looks at a connection, or looks for something
//! ```

mod share;

use std::collections::VecDeque;
use std::fmt::Debug;
use std::rc::Rc;

use pgscope_capture::{Capture, News, Recording, Shelved};
use pgscope_proto::{Direction, Exchange, Sides, Span};
use pgscope_session::Course;
use pgscope_session::survey::Times;

use super::Engine;
use super::surveyed::Surveys;
use crate::Indexed;
use crate::live::{Going, Watched};
use crate::outline::Outline;
pub use share::Share;

/// So many bytes are held of connections that were brought back, with what is known of them,
const ROOM: usize = if cfg!(test) { 256 << 10 } else { 96 << 20 };
/// and so many of them are brought back at once, where one after the other is looked at.
const AHEAD: usize = ROOM / 2;
/// What a frame costs in an index, and a segment in an exchange.
const FRAME: usize = 40;
const SEGMENT: usize = 48;
/// While the file is read, a connection is kept up to the next moment at which nothing is owed and no transaction open, if it has said so
/// much; then up to the next at which nothing is owed; then up to any.
const SOME: usize = if cfg!(test) { 1 << 10 } else { 64 << 10 };
const MUCH: usize = if cfg!(test) { 3 << 10 } else { 512 << 10 };
const MOST: usize = if cfg!(test) { 6 << 10 } else { 8 << 20 };

/// The file, for who reads it again.
pub trait Fetches: Debug {
    /// These bytes of it; nothing where it has no more so many.
    fn fetch(&self, span: Span) -> Option<Vec<u8>>;
}

/// What is said of a file that cannot be read any more.
pub(super) const LOST: &str =
    "The file could not be read again: it was changed, moved or removed meanwhile. Open it again.";

/// The connections of a file, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    slots: Vec<Slot>,
    /// Looks at those that are here, the last one behind, each with the place; of a place only the last look counts.
    recent: VecDeque<(u64, usize)>,
    /// What those cost.
    held: usize,
    looks: u64,
    /// How many messages were found.
    messages: usize,
    /// Whether it was not said of one of them who is who.
    sides_unknown: bool,
    /// Whether the file could not be read again.
    is_lost: bool,
    /// What others have found of their connections.
    shares: Vec<Share>,
}

/// The shelf, where there is one. Behind a trait, so that who only drops it need not have what it is made of.
#[derive(Debug, Default)]
pub(super) struct MayBeShelf(Option<Box<dyn IsShelf>>);

trait IsShelf: Debug {
    fn shelf(&self) -> &Shelf;
    fn shelf_mut(&mut self) -> &mut Shelf;
}

impl IsShelf for Shelf {
    fn shelf(&self) -> &Shelf {
        self
    }

    fn shelf_mut(&mut self) -> &mut Shelf {
        self
    }
}

impl MayBeShelf {
    /// One on which nothing stands.
    pub(super) fn empty() -> Self {
        Self(Some(Box::<Shelf>::default()))
    }

    pub(super) fn as_ref(&self) -> Option<&Shelf> {
        self.0.as_deref().map(IsShelf::shelf)
    }

    pub(super) fn as_mut(&mut self) -> Option<&mut Shelf> {
        self.0.as_deref_mut().map(IsShelf::shelf_mut)
    }

    pub(super) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

#[derive(Debug)]
struct Slot {
    place: usize,
    shelved: Shelved,
    /// What it goes on from, while the file is read.
    watched: Option<Box<Watched>>,
    messages: usize,
    /// What it costs, while it is here, and when it was looked at.
    cost: usize,
    look: u64,
    /// When each of its messages was seen.
    times: Times,
}

impl Slot {
    /// What it costs while it is here, as far as that is known before.
    fn size(&self) -> usize {
        self.shelved.len() + self.messages * FRAME
    }
}

/// What reads a capture file while it comes. Behind a trait, so that who only drops it need not have the reader.
pub(super) trait Records: Debug {
    fn more(&mut self, bytes: &[u8]);
    fn news(&mut self) -> Vec<News>;
    fn finish_news(self: Box<Self>) -> (Vec<News>, Capture);
    fn finish(self: Box<Self>) -> Capture;
}

impl Records for Recording {
    fn more(&mut self, bytes: &[u8]) {
        Recording::more(self, bytes);
    }

    fn news(&mut self) -> Vec<News> {
        Recording::news(self)
    }

    fn finish_news(self: Box<Self>) -> (Vec<News>, Capture) {
        Recording::finish_news(*self)
    }

    fn finish(self: Box<Self>) -> Capture {
        Recording::finish(*self)
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
        slot.look = self.looks;
        self.recent.push_back((slot.look, slot.place));
        if self.recent.len() > 2 * self.slots.len() + 64 {
            let mut recent = std::mem::take(&mut self.recent);
            recent.retain(|look| self.is_last(look).is_some());
            self.recent = recent;
        }
    }

    /// Which connection it is, if it was not looked at since.
    fn is_last(&self, (look, place): &(u64, usize)) -> Option<usize> {
        let nth = self.at(*place)?;
        self.slots.get(nth).is_some_and(|slot| slot.look == *look).then_some(nth)
    }

    fn put_away(&mut self, nth: usize) {
        if let Some(slot) = self.slots.get_mut(nth) {
            self.held = self.held.saturating_sub(slot.cost);
            (slot.cost, slot.look) = (0, 0);
        }
    }

    /// One that has to go so that there is room, but for some, which are in order.
    fn too_much(&mut self, keep: &[usize]) -> Option<usize> {
        for _ in 0..self.recent.len() {
            if self.held <= ROOM {
                return None;
            }
            let look = self.recent.pop_front()?;
            match self.is_last(&look) {
                Some(nth) if keep.binary_search(&nth).is_ok() => self.recent.push_back(look),
                Some(nth) => return Some(nth),
                None => {}
            }
        }
        None
    }

    /// Whether the file says of all of them who is who.
    pub(super) fn knows_sides(&self) -> bool {
        !self.sides_unknown
    }

    /// How many messages were found.
    pub(super) fn found(&self) -> usize {
        self.messages
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

    /// What was said on connections since, while the file is read: it is surveyed, and where it stands is kept.
    pub(super) fn take_news(&mut self, news: Vec<News>) {
        for News { connection: place, exchange, is_over } in news {
            let nth = self.note_news(place, &exchange);
            if !self.is_surveyed_here(place) {
                continue;
            }
            let slot = self.shelf.as_mut().and_then(|shelf| shelf.slots.get_mut(nth));
            let Some(mut watched) = slot.and_then(|slot| slot.watched.take()) else { continue };
            if let Some(going) = watched.append(exchange, is_over) {
                self.survey_going(nth, going, is_over);
            }
            if is_over {
                self.settle_one(nth);
            } else if let Some(slot) = self.shelf.as_mut().and_then(|shelf| shelf.slots.get_mut(nth)) {
                slot.watched = Some(watched);
            }
        }
    }

    /// Notes where it stands; which connection of those that are here it is.
    fn note_news(&mut self, place: usize, exchange: &Exchange) -> usize {
        let Some(shelf) = self.shelf.as_mut() else { return 0 };
        shelf.sides_unknown |= exchange.sides != Sides::Given;
        let nth = shelf.slots.partition_point(|slot| slot.place < place);
        if let Some(slot) = shelf.slots.get_mut(nth).filter(|slot| slot.place == place) {
            slot.shelved.put(exchange);
            return nth;
        }
        let (shelved, watched) = (Shelved::of(exchange), Some(Box::default()));
        let slot = Slot { place, shelved, watched, messages: 0, cost: 0, look: 0, times: Times::default() };
        shelf.slots.insert(nth, slot);
        self.watch(place, exchange);
        self.courses.insert(nth, Course::default());
        self.outlines.insert(nth, Rc::default());
        self.connections.insert(nth, Indexed::default());
        nth
    }

    /// Surveys what has become whole, and keeps it no longer than it is needed.
    fn survey_going(&mut self, nth: usize, going: &mut Going, is_over: bool) {
        let (Some(overview), Some(shelf)) = (&mut self.overview, self.shelf.as_mut()) else { return };
        let forget = |going: &mut Going, overview: &mut dyn Surveys, is_one_sided: bool| {
            if let Some(Indexed { exchange, index, .. }) = going.forget(is_one_sided) {
                overview.forget(nth, &index, exchange.segments.len() - going.indexed.exchange.segments.len());
            }
        };
        if going.is_outgrown() {
            forget(going, &mut **overview, false);
        }
        going.find(is_over);
        let Indexed { exchange, index, forgotten, .. } = &going.indexed;
        overview.more(nth, exchange, index);
        let (kept, rests, is_one_sided) = (going.indexed.len(), index.is_at_rest(), index.is_one_sided());
        let messages = forgotten.messages + index.len();
        if let Some(slot) = shelf.slots.get_mut(nth) {
            shelf.messages += messages - slot.messages;
            slot.messages = messages;
        }
        let has_some = !is_over && !index.is_empty();
        let may = kept > MOST || rests && (kept > MUCH || kept > SOME && overview.is_idle(nth));
        if has_some && may {
            forget(going, &mut **overview, is_one_sided);
        }
    }

    /// Nothing more will be said on it.
    fn settle_one(&mut self, nth: usize) {
        let slot = self.shelf.as_mut().and_then(|shelf| shelf.slots.get_mut(nth));
        if let Some((slot, overview)) = slot.zip(self.overview.as_mut()) {
            slot.times = overview.settle(nth, slot.shelved.shell().closing());
        }
    }

    /// Puts away what has not been looked at for long, but for what is shown and these.
    fn make_room(&mut self, keep: &[usize]) {
        let mut keep: Vec<usize> = keep.iter().copied().chain([self.connection]).collect();
        keep.sort_unstable();
        while let Some(nth) = self.shelf.as_mut().and_then(|shelf| shelf.too_much(&keep)) {
            self.put_away(nth);
        }
    }

    fn put_away(&mut self, nth: usize) {
        if let Some(shelf) = self.shelf.as_mut() {
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
        match self.shelf.as_mut() {
            Some(shelf) if !shelf.is_away(nth) => {
                shelf.touch(nth);
                true
            }
            _ => self.bring_all(&[nth]),
        }
    }

    /// Whether a connection has to be brought back before one can look at it.
    pub(super) fn is_away(&self, nth: usize) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| shelf.is_away(nth))
    }

    /// Brings a connection back, and with it some that stand behind it: for who looks at one after the other.
    pub(super) fn bring_next(&mut self, nth: usize) -> bool {
        let Some(shelf) = self.shelf.as_ref().filter(|shelf| shelf.is_away(nth)) else { return self.bring(nth) };
        let mut bytes = shelf.slots.get(nth).map_or(0, Slot::size);
        let fits = |nth: &usize| {
            bytes += shelf.slots.get(*nth).map_or(0, Slot::size);
            bytes <= AHEAD
        };
        let behind = (nth + 1..shelf.slots.len()).filter(|nth| shelf.is_away(*nth)).take_while(fits);
        let group: Vec<usize> = std::iter::once(nth).chain(behind).collect();
        self.bring_all(&group)
    }

    /// Of these connections, in order, as many from the first on as there is room for at once.
    pub(super) fn at_once<'a>(&self, group: &'a [usize]) -> &'a [usize] {
        let mut bytes = 0;
        let fits = |nth: &&usize| {
            bytes += self.shelf.as_ref().and_then(|shelf| shelf.slots.get(**nth)).map_or(0, Slot::size);
            bytes <= AHEAD
        };
        let count = group.iter().take_while(fits).count().max(1);
        group.get(..count).unwrap_or(group)
    }

    /// Brings connections back, those that are away, reading the file once; says whether all are here.
    pub(super) fn bring_all(&mut self, group: &[usize]) -> bool {
        let Some(shelf) = self.shelf.as_mut() else { return true };
        let away: Vec<usize> = group.iter().copied().filter(|nth| shelf.is_away(*nth)).collect();
        let all: Vec<&Shelved> =
            away.iter().filter_map(|nth| shelf.slots.get(*nth)).map(|slot| &slot.shelved).collect();
        let file = self.file.as_ref().filter(|_| !shelf.is_lost && !all.is_empty());
        let Some(exchanges) = file.and_then(|file| Shelved::fetch(&all, &mut |span| file.fetch(span))) else {
            shelf.is_lost |= !away.is_empty();
            group.iter().filter(|nth| !away.contains(nth)).for_each(|nth| shelf.touch(*nth));
            return away.is_empty();
        };
        for (nth, exchange) in away.into_iter().zip(exchanges) {
            let indexed = Indexed::new(exchange);
            let outline = Rc::new(Outline::begin(is_answered(&indexed)));
            if let Some(slot) = shelf.slots.get_mut(nth) {
                shelf.messages = (shelf.messages + indexed.index.len()).saturating_sub(slot.messages);
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

fn is_answered(indexed: &Indexed) -> bool {
    !indexed.exchange.stream(Direction::Backend).is_empty()
}

fn cost(indexed: &Indexed) -> usize {
    length(&indexed.exchange) + indexed.index.len() * FRAME + indexed.exchange.segments.len() * SEGMENT
}

fn length(exchange: &Exchange) -> usize {
    exchange.streams.iter().map(|stream| stream.bytes.len()).sum()
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

    fn begin(engine: &mut Engine, file: &[u8]) -> Reply {
        engine.answer(Request::Begin(Load { input: Input::Pieces(file.len()), ..Load::default() }))
    }

    /// Reads so much of a file, and stops.
    fn read_up_to(engine: &mut Engine, file: &[u8], most: usize, piece: usize) -> Reply {
        let (mut reply, mut at) = (begin(engine, file), 0);
        loop {
            reply = match reply {
                Reply::Underway(progress) if progress.wants_piece && at < most => {
                    let piece = file[at..(at + piece).min(file.len())].to_vec();
                    at += piece.len();
                    engine.answer(Request::Piece(piece))
                }
                Reply::Underway(progress) if progress.wants_piece => engine.answer(Request::Stop),
                Reply::Underway(_) => engine.answer(Request::More),
                reply => return reply,
            };
            if engine.shelf.is_some() {
                let held: usize = engine.connections.iter().map(cost).sum();
                assert!(held <= ROOM, "{held} held");
            }
        }
    }

    fn read(engine: &mut Engine, file: &[u8]) -> Loaded {
        match read_up_to(engine, file, file.len(), 30_000) {
            Reply::Loaded(loaded) => *loaded,
            other => panic!("{other:?}"),
        }
    }

    fn messages(engine: &mut Engine, like: &str) -> Vec<crate::engine::Said> {
        let (count, rows) = first_messages(engine, like, 1_000_000);
        assert_eq!(count, rows.len());
        rows
    }

    fn first_messages(engine: &mut Engine, like: &str, to: usize) -> (usize, Vec<crate::engine::Said>) {
        for _ in 0..100_000 {
            let asked = Surveyed::Messages { like: like.to_owned(), span: None, from: 0, to, messages: 5000 };
            match engine.survey(asked) {
                Survey::Messages { is_done: true, count, rows, mistake, .. } => {
                    assert_eq!(mistake, "");
                    return (count, rows);
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
        assert_eq!(read(&mut held, &file), read(&mut shelved, &file));
        assert!(!held.shelf.is_some() && held.connections.len() > 60, "{}", held.connections.len());
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
        let (one, two) = (statements(&mut held), statements(&mut shelved));
        assert_eq!(one.len(), two.len());
        one.iter().zip(&two).for_each(|(one, two)| assert_eq!(one, two));
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
            // Few are kept, until more of them are wanted.
            for to in [15, 100] {
                let (count, first) = first_messages(&mut shelved, like, to);
                assert_eq!(count, one.len(), "{like}");
                first.iter().zip(&one).for_each(|(some, all)| assert_eq!(some, all));
                assert_eq!(first.len(), to.min(count), "{like}");
            }
        }
        for nth in [3, 0, 40, 41, 3, held.connections.len() - 1, held.connections.len()] {
            let connect = || Request::Connection(nth);
            assert_eq!(held.answer(connect()), shelved.answer(connect()));
            let lines = || Request::Lines { from: 0, to: 500 };
            assert_eq!(held.answer(lines()), shelved.answer(lines()), "{nth}");
            let times = || Surveyed::Times { from: 0, to: 500, since: crate::engine::Since::Request };
            assert_eq!(held.survey(times()), shelved.survey(times()), "{nth}");
            let last = held.connections[held.connection].index.len() - 1;
            let message = || Request::Message(last);
            assert_eq!(held.answer(message()), shelved.answer(message()), "{nth}");
        }
        assert_eq!(elsewhere(&mut held), elsewhere(&mut shelved));
    }

    /// However small the pieces are, the survey says the same.
    #[test]
    fn pieces_of_any_size_are_surveyed_alike() {
        let file = capture();
        let mut held = Engine::default();
        read(&mut held, &file);
        let asked = || Surveyed::Connections(Wanted { to: 1000, ..Wanted::default() });
        let wanted = held.survey(asked());
        for piece in [700, 5_000, 1 << 20] {
            let mut shelved = Engine::default();
            shelved.fetches(Box::new(File(file.clone())));
            read_up_to(&mut shelved, &file, file.len(), piece);
            assert_eq!(shelved.survey(asked()), wanted, "{piece}");
        }
    }

    /// However many share the work, and wherever they are stopped, what is found is the same to the last number.
    #[test]
    fn several_find_together_what_one_finds() {
        let file = capture();
        let asked = || {
            let wanted = || Wanted { to: 1000, ..Wanted::default() };
            [
                Surveyed::Connections(wanted()),
                Surveyed::Statements { connection: None, wanted: wanted() },
                Surveyed::Statements { connection: Some(7), wanted: wanted() },
                Surveyed::Statistics { connection: None },
                Surveyed::TimeLine { span: None, stretches: 50, connection: None },
            ]
        };
        let piece = 30_000;
        for most in [file.len(), file.len() / 2] {
            let mut alone = Engine::default();
            alone.fetches(Box::new(File(file.clone())));
            let wanted = read_up_to(&mut alone, &file, most, piece);
            let told = asked().map(|asked| alone.survey(asked));
            let said = messages(&mut alone, "select");
            for every in [2, 3, 5] {
                let mut engines: Vec<Engine> = (0..every).map(|_| Engine::default()).collect();
                engines[0].fetches(Box::new(File(file.clone())));
                for (from, engine) in engines.iter_mut().enumerate() {
                    engine.shares(from, every);
                    assert!(!engine.can_share());
                    begin(engine, &file);
                }
                for piece in file[..most.next_multiple_of(piece).min(file.len())].chunks(piece) {
                    for engine in &mut engines {
                        engine.answer(Request::Piece(piece.to_vec()));
                        assert!(engine.can_share());
                    }
                }
                let (first, others) = engines.split_first_mut().expect("there is one");
                for engine in others {
                    let (mut portions, mut connections) = (0, 0);
                    loop {
                        let share = engine.share(500);
                        if share.is_empty() {
                            break;
                        }
                        assert!(share.slots.iter().all(|(place, ..)| place % every == engine.share.0));
                        (portions, connections) = (portions + 1, connections + share.slots.len());
                        let letters = serde_json::to_string(&share).expect("it can be written down");
                        first.take_share(serde_json::from_str(&letters).expect("and read"));
                    }
                    assert!(portions > 1 && connections > 5, "{portions} {connections}");
                }
                let mut reply = if most < file.len() { engines[0].answer(Request::Stop) } else { Reply::Nothing };
                while !matches!(reply, Reply::Loaded(_)) {
                    reply = engines[0].answer(Request::More);
                }
                assert_eq!(reply, wanted);
                let first = &mut engines[0];
                assert_eq!(asked().map(|asked| first.survey(asked)), told, "{every}");
                assert_eq!(messages(first, "select"), said);
                assert_eq!(first.messages(), alone.messages());
                for nth in [3, 0, 41] {
                    assert_eq!(first.answer(Request::Connection(nth)), alone.answer(Request::Connection(nth)));
                }
            }
        }
    }

    #[test]
    fn one_may_stop_and_still_look_at_what_was_read() {
        let file = capture();
        let mut engine = Engine::default();
        engine.fetches(Box::new(File(file.clone())));
        let Reply::Loaded(loaded) = read_up_to(&mut engine, &file, file.len() / 2, 30_000) else {
            panic!("it is read")
        };
        assert!(loaded.partial.is_some() && loaded.connections > 20, "{loaded:?}");
        for nth in (0..loaded.connections).rev() {
            let Reply::Loaded(one) = engine.answer(Request::Connection(nth)) else { panic!("{nth}") };
            assert_eq!(one.messages, engine.shelf.as_ref().unwrap().messages(nth), "{nth}");
        }
    }

    #[test]
    fn a_file_that_is_gone_is_told() {
        let file = capture();
        let mut engine = Engine::default();
        engine.fetches(Box::new(File(Vec::new())));
        assert_eq!(read_up_to(&mut engine, &file, file.len(), 30_000), Reply::Refused(LOST.to_owned()));
        assert_eq!(engine.answer(Request::Connection(3)), Reply::Refused(LOST.to_owned()));
    }
}
