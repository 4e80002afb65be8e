//! Recordings that are looked at while they go on: what is told is what is told of the whole, and no more is kept than must be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Exchange, Stream};
use pgscope_view::Indexed;
use pgscope_view::capture::{Options, read, recording};
use pgscope_view::live::{Live, Seen};
use pgscope_view::print::pcapng;
use pgscope_view::proto::Tree;

/// A message as it is told: who said it, where, which it is, when it was seen, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    number: usize,
    is_backend: bool,
    offset: usize,
    length: usize,
    name: &'static str,
    says: String,
    problems: Vec<(&'static str, String)>,
}

fn files() -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            match entry.extension().and_then(|end| end.to_str()) {
                _ if entry.is_dir() => walk(&entry, found),
                Some("pcap" | "pcapng") => found.push(entry),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures"), &mut found);
    found.sort();
    found
}

fn told(seen: &Seen<'_>) -> Told {
    let Seen { indexed, entry, tree, problems, .. } = seen;
    Told {
        number: indexed.number_of(entry),
        is_backend: entry.direction == Direction::Backend,
        offset: indexed.offset_of(entry),
        length: entry.span.len(),
        name: entry.message.name(),
        says: indexed.says(entry, tree),
        problems: problems.iter().map(|problem| (problem.rule, problem.message.clone())).collect(),
    }
}

/// What is told of a file that comes in pieces of so many bytes, connection by connection, and how many bytes were kept of one at most.
fn live(file: &[u8], piece: usize) -> (Vec<Vec<Told>>, usize) {
    let mut recording = recording(file, &Options::default()).expect("a capture file");
    recording.gives_news();
    let (mut live, mut all, mut most) = (Live::default(), BTreeMap::<usize, Vec<Told>>::new(), 0);
    let mut each = |seen: Seen<'_>| {
        most = most.max(seen.indexed.len());
        all.entry(seen.connection).or_default().push(told(&seen));
    };
    for piece in file.chunks(piece) {
        recording.more(piece);
        recording.news().into_iter().for_each(|news| live.take(news, &mut each));
    }
    recording.finish_news().0.into_iter().for_each(|news| live.take(news, &mut each));
    let mut all: Vec<_> = all.into_values().collect();
    all.sort();
    (all, most)
}

fn whole(file: &[u8]) -> Vec<Vec<Told>> {
    let of = |exchange: Exchange| {
        let indexed = Indexed::new(exchange);
        let mut tree = Tree::new();
        let all = (0..indexed.index.len()).filter_map(|number| {
            let (entry, problems) = indexed.open(number, &mut tree)?;
            Some(told(&Seen { connection: 0, indexed: &indexed, entry, tree: &tree, problems, seen_us: None }))
        });
        all.collect::<Vec<_>>()
    };
    let mut all: Vec<_> = read(file, &Options::default()).exchanges.into_iter().map(of).collect();
    all.sort();
    all
}

/// What does not depend on what is said later: the type of a value, or the SQL of a COPY, may be known only then.
fn bare(all: &[Vec<Told>]) -> Vec<Vec<Told>> {
    let bare = |one: &Told| Told { problems: Vec::new(), says: String::new(), ..one.clone() };
    let mut all: Vec<Vec<Told>> = all.iter().map(|one| one.iter().map(bare).collect()).collect();
    all.sort();
    all
}

/// Each end by itself.
fn by_end(all: &mut [Vec<Told>]) {
    for one in all.iter_mut() {
        one.iter_mut().for_each(|told| told.number = 0);
        one.sort_by_key(|told| (told.is_backend, told.offset));
    }
    all.sort();
}

#[test]
fn what_comes_at_once_is_told_like_the_whole() {
    let mut messages = 0;
    for path in files() {
        let file = std::fs::read(&path).expect("a file");
        let whole = whole(&file);
        let (all, _) = live(&file, usize::MAX);
        messages += all.iter().map(Vec::len).sum::<usize>();
        assert!(all == whole, "{}: {:?}", path.display(), first_difference(&all, &whole));
    }
    assert!(messages > 20_000, "{messages}");
}

#[test]
fn what_comes_in_pieces_are_the_same_messages_and_nobody_is_blamed_for_what_is_yet_to_come() {
    for path in files() {
        let mut file = std::fs::read(&path).expect("a file");
        // Some end in the middle of a message.
        if path.to_string_lossy().len().is_multiple_of(3) {
            file.truncate(file.len() * 2 / 3);
        }
        let whole = whole(&file);
        let has_gaps = read(&file, &Options::default()).exchanges.iter().any(Exchange::has_gaps);
        for piece in [97, 1500] {
            let (all, _) = live(&file, piece);
            let (mut ours, mut theirs) = (bare(&all), bare(&whole));
            if has_gaps {
                // That something is missing shows later than what the other end says behind it.
                by_end(&mut ours);
                by_end(&mut theirs);
            }
            assert!(ours == theirs, "{} by {piece}: {:?}", path.display(), first_difference(&ours, &theirs));
            let known: Vec<_> = whole.iter().flatten().flat_map(|one| &one.problems).collect();
            for one in all.iter().flatten() {
                let new = one.problems.iter().find(|problem| !known.contains(problem));
                assert!(new.is_none(), "{} by {piece}: {one:?}", path.display());
            }
        }
    }
}

fn first_difference(ours: &[Vec<Told>], theirs: &[Vec<Told>]) -> Option<(Option<Told>, Option<Told>)> {
    let (mut ours, mut theirs) = (ours.iter().flatten(), theirs.iter().flatten());
    loop {
        match (ours.next(), theirs.next()) {
            (None, None) => return None,
            (one, other) if one != other => return Some((one.cloned(), other.cloned())),
            _ => {}
        }
    }
}

fn startup(exchange: &mut Exchange) {
    let mut say = |side, bytes: &[u8]| exchange.push(side, &Stream::raw(bytes.to_vec()), Some(0));
    say(Direction::Frontend, b"\0\0\0\x16\0\x03\0\0user\0someone\0\0");
    say(Direction::Backend, b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
}

/// A connection that never rests for long, and one that never rests.
#[test]
fn a_long_connection_is_forgotten_while_it_goes_on() {
    let mut queries = Exchange::default();
    startup(&mut queries);
    for round in 0..60_000 {
        let query = format!("SELECT name FROM people WHERE id = {round:07}\0");
        let query = [b"Q", &(query.len() as u32 + 4).to_be_bytes()[..], query.as_bytes()].concat();
        queries.push(Direction::Frontend, &Stream::raw(query), Some(round));
        let answer = b"T\0\0\0\x1d\0\x01name\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0D\0\0\0\x0d\0\x01\0\0\0\x03AdaC\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";
        queries.push(Direction::Backend, &Stream::raw(answer.to_vec()), Some(round));
    }
    let mut copy = Exchange::default();
    startup(&mut copy);
    copy.push(Direction::Frontend, &Stream::raw(b"Q\0\0\0\x16COPY t FROM STDIN\0".to_vec()), Some(1));
    copy.push(Direction::Backend, &Stream::raw(b"G\0\0\0\x07\0\0\0".to_vec()), Some(1));
    for round in 0..5_000 {
        let data = [b"d", &10_004_u32.to_be_bytes()[..], &[b'x'; 9_999], b"\n"].concat();
        copy.push(Direction::Frontend, &Stream::raw(data), Some(round));
    }
    copy.push(Direction::Frontend, &Stream::raw(b"c\0\0\0\x04".to_vec()), Some(6_000));
    copy.push(Direction::Backend, &Stream::raw(b"C\0\0\0\x0eCOPY 5000\0Z\0\0\0\x05I".to_vec()), Some(6_000));
    for (exchange, least) in [(queries, 300_000), (copy, 5_000)] {
        let file = pcapng::file(&[&exchange]);
        let (whole, (all, most)) = (whole(&file), live(&file, 64 << 10));
        let bad = all.iter().flatten().find(|one| !one.problems.is_empty());
        assert!(bad.is_none(), "{bad:?}");
        let (ours, theirs) = (bare(&all), bare(&whole));
        assert!(ours == theirs, "{:?}", first_difference(&ours, &theirs));
        assert!(all.iter().flatten().count() > least);
        assert!(most < 34 << 20, "{most} bytes were kept of {}", file.len());
    }
}
