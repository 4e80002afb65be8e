//! A message that is broken as people break them is read; what is offered to mend it makes a message that fits.

use arbitrary::{Arbitrary, Unstructured};
use pgscope_view::Indexed;
use pgscope_view::proto::messages::ALL;
use pgscope_view::proto::{Context, Direction, Edit, Exchange, Message, Sides, Span, Stream, Tree, decode};

/// How many breaks one message has.
const MOST: usize = 3;
/// What a message says that cannot be read as it stands: none of it is left where one of these was mended.
const UNFIT: [&str; 7] = ["D02", "D05", "L04", "L05", "L06", "L11", "L29"];

/// Where the length of a message stands.
const LENGTH: Span = Span::new(1, 5);

/// A message, broken.
#[derive(Arbitrary, Debug)]
struct Broken {
    /// The sample of a message, by its place in the table.
    message: u8,
    is_backend: bool,
    breaks: Vec<Break>,
    /// Whether the length counts what is there, as a writer counts who makes the mistake, or what should be.
    is_counted: bool,
    /// The sample of what follows, if it can.
    follows: Option<u8>,
}

/// What is done to a node of the message's tree, by its number.
#[derive(Arbitrary, Debug)]
enum Break {
    Remove(u8),
    Twice(u8),
    /// Its first two bytes are left out: of a length or a count, a wider one is made a narrower one.
    Narrow(u8),
    /// Two zero bytes stand in front of it.
    Widen(u8),
    /// A number is so much more.
    Add(u8, i8),
    /// Its last byte is left out: of a text, the zero byte.
    Unended(u8),
    Reverse(u8),
    Byte(u8, u8),
}

/// Breaks a message, opens all that is read of it, and mends it.
///
/// The bytes are those of a `Broken`, as `arbitrary` makes them.
pub fn mends(input: &[u8]) {
    let Ok(broken) = Broken::arbitrary(&mut Unstructured::new(input)) else { return };
    let message = ALL[usize::from(broken.message) % ALL.len()];
    if message.tag().is_none() {
        return;
    }
    let asked = crate::direction(u8::from(broken.is_backend));
    let direction = if message.sender.allows(asked) { asked } else { asked.other() };
    let mut bytes = message.sample.to_vec();
    for one in broken.breaks.iter().take(MOST) {
        bytes = one.made(message, direction, bytes);
    }
    if broken.is_counted && bytes.len() >= 5 {
        let length = (bytes.len() as u32 - 1).to_be_bytes();
        bytes.splice(1..5, length);
    }
    let follows = broken.follows.map_or(&[][..], |choice| ALL[usize::from(choice) % ALL.len()].sample);
    let indexed = alone(direction, &bytes, follows);
    crate::session::indexed(&indexed);
    let mut tree = Tree::new();
    let Some((entry, problems)) = indexed.open(0, &mut tree) else { return };
    let read = indexed.bytes(&entry).to_vec();
    for problem in problems.iter().filter(|problem| UNFIT.contains(&problem.rule)) {
        let Some(fix) = &problem.fix else { continue };
        let mended = Edit::all_made(&fix.edits, &read);
        let again = alone(direction, &mended, &[]);
        let Some((entry, left)) = again.open(0, &mut tree) else { continue };
        assert_eq!(entry.span.len(), mended.len(), "the mend of {problem:?} gives another message: {mended:02x?}");
        // Where a message ends is known by what follows it, whatever its fields say.
        let is_of_length = fix.edits.iter().all(|edit| edit.span == LENGTH);
        let unfit = left.iter().find(|left| UNFIT.contains(&left.rule) && !is_of_length);
        assert!(unfit.is_none(), "{problem:?} mended leaves {unfit:?}: {mended:02x?}");
    }
}

fn alone(direction: Direction, bytes: &[u8], follows: &[u8]) -> Indexed {
    let stream = Stream::raw([bytes, follows].concat());
    Indexed::new(Exchange::one_sided(direction, stream, Sides::Given))
}

impl Break {
    fn made(&self, message: &'static Message, direction: Direction, mut bytes: Vec<u8>) -> Vec<u8> {
        let mut tree = Tree::new();
        decode(message, &bytes, Context::new(direction), &mut tree);
        let node = |nth: &u8| {
            let node = tree.nodes.get(usize::from(*nth) % tree.nodes.len().max(1))?;
            Some(node.span()).filter(|span| span.start > 0)
        };
        let (span, put) = match self {
            Break::Remove(nth) => (node(nth), Vec::new()),
            Break::Twice(nth) => (node(nth), node(nth).map(|span| span.of(&bytes).repeat(2)).unwrap_or_default()),
            Break::Narrow(nth) => {
                (node(nth).map(|span| Span::new(span.start, span.end.min(span.start + 2))), Vec::new())
            }
            Break::Widen(nth) => (node(nth).map(|span| Span::new(span.start, span.start)), vec![0, 0]),
            Break::Add(nth, by) => {
                let last = node(nth).and_then(|span| Some(Span::new(span.end.checked_sub(1)?, span.end)));
                let byte = last.and_then(|last| last.of(&bytes).first().copied()).unwrap_or_default();
                (last, vec![byte.wrapping_add_signed(*by)])
            }
            Break::Unended(nth) => {
                (node(nth).and_then(|span| Some(Span::new(span.end.checked_sub(1)?, span.end))), Vec::new())
            }
            Break::Reverse(nth) => {
                (node(nth), node(nth).map(|span| span.of(&bytes).iter().rev().copied().collect()).unwrap_or_default())
            }
            Break::Byte(nth, byte) => (node(nth).map(|span| Span::new(span.start, span.start + 1)), vec![*byte]),
        };
        if let Some(span) = span.filter(|span| span.end <= bytes.len()) {
            bytes.splice(span.start..span.end, put);
        }
        bytes
    }
}
