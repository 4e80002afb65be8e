//! Recorded messages, broken as people break them: the mend that is offered gives the recorded bytes back.

use std::collections::{BTreeMap, HashSet};

use pgscope_proto::schema::Kind;
use pgscope_proto::{Direction, Edit, Exchange, Fix, Node, Severity, Span, Stream, Tree};
use pgscope_view::Indexed;

use crate::captures::all;

/// How often one message of a recording is broken in one way, and how long it is at most.
const MOST: usize = 6;
const LONGEST: usize = 4096;

/// How often messages were broken in one way, and mended to what was recorded.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    tried: usize,
    mended: usize,
}

/// A message as it was recorded, and where its parts are.
struct Recorded<'a> {
    bytes: &'a [u8],
    tree: &'a Tree,
}

/// Whether the length word is what a writer counts who makes the mistake, or what the right message has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Counted,
    Right,
}

impl Recorded<'_> {
    fn nodes(&self, fits: impl Fn(&Node) -> bool) -> Vec<(usize, Node)> {
        self.tree.nodes.iter().copied().enumerate().filter(|(_, node)| fits(node)).collect()
    }

    /// The length words of the values in lists, and whether they say NULL.
    fn values(&self) -> Vec<(Span, bool)> {
        let values =
            self.nodes(|node| matches!(node.field.kind, Kind::Sized { nullable: true, .. }) && node.depth == 2);
        let word = |(_, node): (usize, Node)| {
            let word = Span::new(node.start as usize, node.start as usize + 4);
            (word, word.of(self.bytes) == [0xff; 4])
        };
        values.into_iter().map(word).collect()
    }

    fn named(&self, id: &str) -> Vec<Span> {
        self.nodes(|node| node.field.id == id && node.depth == 3).into_iter().map(|(_, node)| node.span()).collect()
    }

    fn counts(&self) -> Vec<Span> {
        self.nodes(|node| node.field.id == "count" && node.depth == 2 && node.end - node.start == 2)
            .into_iter()
            .map(|(_, node)| node.span())
            .collect()
    }

    fn broken(&self, edits: &[Edit], length: Length) -> Vec<u8> {
        let mut bytes = Edit::all_made(edits, self.bytes);
        if length == Length::Counted {
            let counted = (bytes.len() as u32 - 1).to_be_bytes();
            bytes[1..5].copy_from_slice(&counted);
        }
        bytes
    }
}

/// Puts `broken` in the place of message `number`, and gives the mend that is offered for it.
fn offered(indexed: &Indexed, number: usize, broken: &[u8]) -> (Vec<u8>, Option<Fix>) {
    let entry = indexed.index.entry(number).unwrap();
    let at = indexed
        .exchange
        .segments
        .iter()
        .position(|segment| segment.direction == entry.direction && segment.span.contains(entry.span.start));
    // Enough of the exchange to know the phase, and what follows.
    let mut exchange = Exchange { order: indexed.exchange.order, sides: indexed.exchange.sides, ..Exchange::default() };
    let behind = at.unwrap() + 12;
    for segment in indexed.exchange.segments.iter().take(behind) {
        let stream = &indexed.exchange.stream(segment.direction).bytes;
        let mut part = segment.span.of(stream).to_vec();
        if segment.direction == entry.direction {
            let inside = |at: usize| at.clamp(segment.span.start, segment.span.end) - segment.span.start;
            let own = if segment.span.contains(entry.span.start) { broken } else { &[] };
            part.splice(inside(entry.span.start)..inside(entry.span.end), own.iter().copied());
        }
        exchange.push(segment.direction, &Stream::raw(part), None);
    }
    let again = Indexed::new(exchange);
    let mut tree = Tree::new();
    let Some(entry) = again.index.frame_at(entry.direction, entry.span.start) else { return (Vec::new(), None) };
    let (entry, problems) = again.open(entry.number, &mut tree).unwrap();
    (again.bytes(&entry).to_vec(), problems.into_iter().find_map(|problem| problem.fix))
}

/// Each way to break a message: its name, and the bytes.
fn breakages(recorded: &Recorded<'_>, name: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut broken = Vec::new();
    let values = recorded.values();
    let nulls: Vec<Edit> = values
        .iter()
        .filter(|(_, null)| *null)
        .map(|(word, _)| Edit::new(Span::new(word.start, word.start + 2), []))
        .collect();
    let short: Vec<Edit> =
        values.iter().map(|(word, _)| Edit::new(Span::new(word.start, word.start + 2), [])).collect();
    for (length, null, two) in [
        (Length::Counted, "NULL in two bytes", "lengths in two bytes"),
        (Length::Right, "NULL in two bytes, length right", "lengths in two bytes, length right"),
    ] {
        if !nulls.is_empty() {
            broken.push((null, recorded.broken(&nulls, length)));
        }
        if !short.is_empty() {
            broken.push((two, recorded.broken(&short, length)));
        }
    }
    for (how, by) in [("each length counts itself", 4), ("each length counts a zero byte", 1)] {
        let given = values.iter().filter(|(_, null)| !null).map(|(word, _)| *word);
        let long = given.map(|word| {
            let stated = i32::from_be_bytes(word.of(recorded.bytes).try_into().unwrap());
            Edit::new(word, (stated + by).to_be_bytes())
        });
        let long: Vec<Edit> = long.collect();
        if long.len() > 1 {
            broken.push((how, recorded.broken(&long, Length::Right)));
        }
    }
    if name == "RowDescription" && !recorded.named("modifier").is_empty() {
        let all = |id: &str| -> Vec<Edit> { recorded.named(id).iter().map(|span| Edit::new(*span, [])).collect() };
        let is_usual = |id: &str, usual: &[u8]| recorded.named(id).iter().all(|span| span.of(recorded.bytes) == usual);
        if is_usual("modifier", &[0xff; 4]) {
            broken.push(("no type modifier", recorded.broken(&all("modifier"), Length::Counted)));
            broken.push(("no type modifier, length right", recorded.broken(&all("modifier"), Length::Right)));
        }
        if is_usual("table", &[0; 4]) {
            broken.push(("no table oid", recorded.broken(&all("table"), Length::Counted)));
        }
        if is_usual("format", &[0; 2]) {
            broken.push(("no format", recorded.broken(&all("format"), Length::Counted)));
        }
        let more: Vec<Edit> =
            recorded.named("format").iter().map(|span| Edit::new(Span::new(span.end, span.end), [0, 0])).collect();
        if more.len() > 1 {
            broken.push(("two bytes too many in each column", recorded.broken(&more, Length::Counted)));
        }
    }
    for (word, _) in values.iter().filter(|(_, null)| !null) {
        let stated = i32::from_be_bytes(word.of(recorded.bytes).try_into().unwrap());
        for (name, wrong) in [
            ("length of a value from behind", stated.swap_bytes()),
            ("length of a value far too large", stated | 0x10_0000),
        ] {
            broken.push((name, recorded.broken(&[Edit::new(*word, wrong.to_be_bytes())], Length::Right)));
        }
        for (name, off) in [("value one short", -1), ("value one long", 1), ("value two long", 2)] {
            if stated + off >= 0 {
                broken.push((name, recorded.broken(&[Edit::new(*word, (stated + off).to_be_bytes())], Length::Right)));
            }
        }
    }
    for word in recorded.counts() {
        let stated = u16::from_be_bytes(word.of(recorded.bytes).try_into().unwrap());
        for (name, wrong) in [("count from behind", stated.swap_bytes()), ("count far too large", stated | 0x4000)] {
            broken.push((name, recorded.broken(&[Edit::new(word, wrong.to_be_bytes())], Length::Right)));
        }
        for (name, wrong) in [("count one short", stated.checked_sub(1)), ("count one long", stated.checked_add(1))] {
            let wrong = wrong.map(|wrong| Edit::new(word, wrong.to_be_bytes()));
            broken.extend(wrong.map(|edit| (name, recorded.broken(&[edit], Length::Right))));
        }
    }
    if ENDED.contains(&name) {
        let end = Span::new(recorded.bytes.len(), recorded.bytes.len());
        for (how, more) in [("a zero byte too many", &[0][..]), ("bytes behind the last field", &[0xde, 0xad, 0xbe])] {
            broken.push((how, recorded.broken(&[Edit::new(end, more)], Length::Counted)));
        }
    }
    if recorded.bytes.ends_with(&[0]) && matches!(name, "Query" | "Parse" | "CommandComplete" | "PasswordMessage") {
        let end = recorded.bytes.len();
        if name != "Parse" {
            broken.push(("no zero byte", recorded.broken(&[Edit::new(Span::new(end - 1, end), [])], Length::Counted)));
        }
    }
    broken
}

/// Messages whose last field has an end of its own, and is no value.
const ENDED: [&str; 11] = [
    "Query",
    "Parse",
    "Describe",
    "Close",
    "Execute",
    "Sync",
    "CommandComplete",
    "ReadyForQuery",
    "ParameterStatus",
    "ParseComplete",
    "RowDescription",
];

#[test]
fn a_broken_message_is_mended_to_what_was_recorded() {
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut seen = HashSet::new();
    let mut wrongly = Vec::new();
    for recording in all() {
        let indexed = recording.indexed();
        let mut tree = Tree::new();
        let mut tried: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for number in 0..indexed.index.len() {
            let (entry, problems) = indexed.open(number, &mut tree).unwrap();
            let (name, bytes) = (entry.message.name(), indexed.bytes(&entry));
            let is_new = seen.insert((entry.direction == Direction::Frontend, bytes.to_vec()));
            if !problems.is_empty() || bytes.len() > LONGEST || entry.message.tag().is_none() || !is_new {
                continue;
            }
            for (how, broken) in breakages(&Recorded { bytes, tree: &tree }, name) {
                let times = tried.entry((how, name)).or_insert(0);
                *times += 1;
                if broken == bytes || *times > MOST {
                    continue;
                }
                let tally = tallies.entry(how).or_default();
                tally.tried += 1;
                let (read, fix) = offered(&indexed, number, &broken);
                match fix.map(|fix| Edit::all_made(&fix.edits, &read)) {
                    Some(mended) if mended == bytes => tally.mended += 1,
                    Some(mended) => wrongly.push(format!("{} {name} {number}, {how}: {mended:02x?}", recording.name)),
                    None => {}
                }
            }
        }
    }
    assert!(wrongly.is_empty(), "{}", wrongly.join("\n"));
    assert_eq!(tallies.keys().copied().collect::<Vec<_>>(), SHARES.map(|(how, ..)| how));
    for (how, least, percent) in SHARES {
        let Tally { tried, mended } = tallies[how];
        assert!(tried >= least, "{how}: only {tried} were tried");
        assert!(mended * 100 >= tried * percent, "{how}: {mended} of {tried} were mended");
    }
}

/// In each way to break a message, how many were tried at least, and how many of a hundred are mended. What is not can be
/// read in several ways. None is mended to anything but what was recorded.
const SHARES: [(&str, usize, usize); 23] = [
    ("NULL in two bytes", 50, 100),
    ("NULL in two bytes, length right", 50, 98),
    ("a zero byte too many", 700, 100),
    ("bytes behind the last field", 700, 100),
    ("count far too large", 700, 96),
    ("count from behind", 600, 99),
    ("count one long", 700, 94),
    ("count one short", 600, 98),
    ("each length counts a zero byte", 200, 100),
    ("each length counts itself", 200, 97),
    ("length of a value far too large", 500, 95),
    ("length of a value from behind", 500, 96),
    ("lengths in two bytes", 350, 99),
    ("lengths in two bytes, length right", 350, 96),
    ("no format", 100, 100),
    ("no table oid", 70, 100),
    ("no type modifier", 100, 100),
    ("no type modifier, length right", 100, 99),
    ("no zero byte", 400, 100),
    ("two bytes too many in each column", 70, 86),
    ("value one long", 500, 99),
    ("value one short", 500, 99),
    ("value two long", 500, 83),
];

/// The packets without a tag, with the bytes of their version or code in each other order.
#[test]
fn a_version_whose_bytes_are_in_another_order_is_mended() {
    let mut tried = 0;
    for recording in all() {
        let indexed = recording.indexed();
        let mut tree = Tree::new();
        let Some((entry, problems)) = indexed.open(0, &mut tree) else { continue };
        let bytes = indexed.bytes(&entry);
        // Of a version that nobody speaks yet nobody knows the order.
        let is_known = bytes.get(4..8).is_some_and(|code| code[..2] != [0, 3] || matches!(code[2..], [0, 0 | 2]));
        let names = ["StartupMessage", "SSLRequest", "CancelRequest", "GSSENCRequest"];
        let is_packet = is_known && names.contains(&entry.message.name());
        if !is_packet || !problems.is_empty() {
            continue;
        }
        for order in [[2, 3, 0, 1], [3, 2, 1, 0], [1, 0, 3, 2]] {
            let mut broken = bytes.to_vec();
            order.iter().enumerate().for_each(|(at, from)| broken[4 + at] = bytes[4 + from]);
            let (read, fix) = offered(&indexed, 0, &broken);
            let fix = fix.unwrap_or_else(|| panic!("{} {order:?}", recording.name));
            assert_eq!(Edit::all_made(&fix.edits, &read), bytes, "{} {order:?}", recording.name);
            tried += 1;
        }
    }
    assert!(tried > 300, "{tried}");
}

/// SQL with a zero byte in it: nobody but its writer knows what was meant, so that it is named and not mended.
#[test]
fn a_zero_byte_inside_a_text_is_named() {
    let (mut tried, mut named) = (0, 0);
    for recording in all() {
        let indexed = recording.indexed();
        let mut tree = Tree::new();
        for number in 0..indexed.index.len().min(200) {
            let (entry, problems) = indexed.open(number, &mut tree).unwrap();
            let bytes = indexed.bytes(&entry);
            let text = tree.nodes.iter().rfind(|node| matches!(node.field.kind, Kind::Str) && node.depth == 1);
            let is_sql = matches!(entry.message.name(), "Query" | "Parse") && problems.is_empty();
            let Some(text) = text.filter(|text| is_sql && text.end - text.start > 8) else { continue };
            let middle = (text.start as usize + text.end as usize) / 2;
            let recorded = Recorded { bytes, tree: &tree };
            let is_inside_letter = !bytes[middle].is_ascii() || !bytes[middle - 1].is_ascii();
            if is_inside_letter || bytes.len() > LONGEST {
                continue;
            }
            let broken = recorded.broken(&[Edit::new(Span::new(middle, middle), [0])], Length::Counted);
            let mut exchange = Exchange { beginning: pgscope_proto::Beginning::Queries, ..Exchange::default() };
            exchange.push(entry.direction, &Stream::raw(broken), None);
            exchange.push(entry.direction, &Stream::raw(b"S\0\0\0\x04S\0\0\0\x04".to_vec()), None);
            let again = Indexed::new(exchange);
            let (_, problems) = again.open(0, &mut Tree::new()).unwrap();
            tried += 1;
            named += usize::from(problems.iter().any(|problem| {
                problem.span == Span::new(middle, middle + 1) && problem.message.contains("zero byte stands inside")
            }));
            assert!(problems.iter().all(|problem| problem.fix.is_none()), "{} {number}: {problems:?}", recording.name);
        }
    }
    assert!(tried > 300 && named * 100 >= tried * 99, "{named} of {tried}");
}

#[test]
fn nothing_is_mended_that_is_not_wrong() {
    for recording in all() {
        let indexed = recording.indexed();
        let mut tree = Tree::new();
        for number in 0..indexed.index.len() {
            let (_, problems) = indexed.open(number, &mut tree).unwrap();
            let is_wrong = problems.iter().any(|problem| problem.severity == Severity::Error);
            let is_mended = problems.iter().any(|problem| problem.fix.is_some());
            assert!(is_wrong || !is_mended, "{} {number}: {problems:?}", recording.name);
        }
    }
}
