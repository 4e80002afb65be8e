//! The loops that are measured, and how.

use std::hint::black_box;

use pgscope_proto::frame::{Frame, Framer, Next, Shape, message_of};
use pgscope_proto::{Context, Direction, Exchange, Sides, Stream, Tree, decode};
use pgscope_session::Index;

use crate::Load;

/// Seconds since some moment.
pub type Clock<'a> = &'a dyn Fn() -> f64;

/// How much comes at once where a stream comes in pieces.
pub const PIECE: usize = 64 << 10;

/// Something that goes once through a load and says how many seconds that took.
pub struct Contender<'a> {
    /// What it does.
    pub name: &'static str,
    /// Goes through the load once and gives the time for it.
    pub run: Box<dyn FnMut(Clock<'_>) -> f64 + 'a>,
}

impl<'a> Contender<'a> {
    /// Work on what is made of a load, outside the measured time: a copy of its bytes, which nobody has read yet. It gives the
    /// number of messages that it met.
    pub fn new<T>(
        name: &'static str,
        load: &'a Load,
        prepare: impl Fn(&[u8]) -> T + 'a,
        work: impl FnMut(&mut T) -> usize + 'a,
    ) -> Self {
        Self::counting(name, load.messages, move || prepare(&load.bytes), work)
    }

    /// The same on anything that has so many messages.
    pub fn counting<T>(
        name: &'static str,
        messages: usize,
        prepare: impl Fn() -> T + 'a,
        mut work: impl FnMut(&mut T) -> usize + 'a,
    ) -> Self {
        let run = move |clock: Clock<'_>| {
            let mut prepared = prepare();
            let start = clock();
            let met = black_box(work(black_box(&mut prepared)));
            let seconds = clock() - start;
            assert_eq!(met, messages, "{name} missed messages");
            seconds
        };
        Self { name, run: Box::new(run) }
    }
}

/// The times of one contender.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What it does.
    pub name: &'static str,
    /// Its time in each round.
    pub seconds: Vec<f64>,
}

impl Figure {
    /// The median time.
    pub fn median(&self) -> f64 {
        Spread::of(self.seconds.clone()).median
    }

    /// How many times the time of another it takes: both are compared round by round, so that what slows the machine down slows
    /// both.
    pub fn beside(&self, other: &Figure) -> Spread {
        Spread::of(self.seconds.iter().zip(&other.seconds).map(|(own, other)| own / other).collect())
    }
}

/// What some rounds gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// The least.
    pub least: f64,
    /// The one in the middle.
    pub median: f64,
    /// The most.
    pub most: f64,
}

impl Spread {
    fn of(mut all: Vec<f64>) -> Self {
        all.sort_by(f64::total_cmp);
        let at = |index: usize| all.get(index).copied().unwrap_or_default();
        Self { least: at(0), median: at(all.len() / 2), most: at(all.len().saturating_sub(1)) }
    }
}

/// Lets all contenders run in turn, each round another one first, so that what disturbs the machine disturbs all of them.
pub fn measure(clock: Clock<'_>, rounds: usize, contenders: &mut [Contender<'_>]) -> Vec<Figure> {
    let mut figures: Vec<Figure> = contenders
        .iter()
        .map(|contender| Figure { name: contender.name, seconds: Vec::with_capacity(rounds) })
        .collect();
    // The first round grows what is kept.
    contenders.iter_mut().for_each(|contender| {
        (contender.run)(clock);
    });
    for round in 0..rounds {
        let turn = round % contenders.len().max(1);
        let mut both: Vec<_> = contenders.iter_mut().zip(&mut figures).collect();
        both.rotate_left(turn);
        both.into_iter().for_each(|(contender, figure)| figure.seconds.push((contender.run)(clock)));
    }
    figures
}

/// What Pgscope does with a stream: framing alone, the spans of every field, and the index.
pub fn own(load: &Load) -> Vec<Contender<'_>> {
    let (mut tree, mut pieces) = (Tree::new(), Tree::new());
    vec![
        Contender::new(FRAMING, load, <[u8]>::to_vec, |bytes| whole(bytes, seen)),
        Contender::new(FRAMING_PIECES, load, <[u8]>::to_vec, |bytes| in_pieces(bytes, seen)),
        Contender::new(SPANS, load, <[u8]>::to_vec, move |bytes| {
            whole(bytes, |frame, bytes| spans(frame, bytes, &mut tree))
        }),
        Contender::new(SPANS_PIECES, load, <[u8]>::to_vec, move |bytes| {
            in_pieces(bytes, |frame, bytes| spans(frame, bytes, &mut pieces))
        }),
        Contender::new(INDEX, load, exchange, |exchange| Index::new(exchange).len()),
    ]
}

/// Names of [`own`]'s contenders.
pub const FRAMING: &str = "framing";
/// See [`FRAMING`].
pub const FRAMING_PIECES: &str = "framing-in-pieces";
/// See [`FRAMING`].
pub const SPANS: &str = "spans";
/// See [`FRAMING`].
pub const SPANS_PIECES: &str = "spans-in-pieces";
/// See [`FRAMING`].
pub const INDEX: &str = "index";

/// All frames of a stream that is there.
fn whole(bytes: &[u8], each: impl FnMut(&Frame, &[u8])) -> usize {
    frames(&mut Framer::new(Direction::Backend), bytes, true, each)
}

/// All frames of a stream that comes in pieces, as from a socket: what is left of one stands before the next.
fn in_pieces(bytes: &[u8], mut each: impl FnMut(&Frame, &[u8])) -> usize {
    let mut framer = Framer::new(Direction::Backend);
    let mut buffer: Vec<u8> = Vec::with_capacity(2 * PIECE);
    let mut pieces = bytes.chunks(PIECE).peekable();
    let mut met = 0;
    while let Some(piece) = pieces.next() {
        buffer.extend_from_slice(piece);
        let base = framer.position();
        met += frames(&mut framer, &buffer, pieces.peek().is_none(), &mut each);
        buffer.drain(..framer.position() - base);
    }
    met
}

/// The frames in these bytes, which are those from the framer's position on.
fn frames(framer: &mut Framer, bytes: &[u8], ended: bool, mut each: impl FnMut(&Frame, &[u8])) -> usize {
    let (mut own, base) = (framer.clone(), framer.position());
    let mut met = 0;
    while let Next::Frame(frame) =
        own.next(Shape::Tagged, bytes.get(own.position() - base..).unwrap_or_default(), ended)
    {
        each(&frame, bytes.get(frame.span.start - base..frame.span.end - base).unwrap_or_default());
        met += 1;
    }
    *framer = own;
    met
}

/// A look at a frame.
fn seen(frame: &Frame, _: &[u8]) {
    black_box(frame);
}

/// The message that a frame is, its fields, and a look at each of them.
fn spans(frame: &Frame, bytes: &[u8], tree: &mut Tree) {
    decode(message_of(frame, Direction::Backend, bytes), bytes, Context::new(Direction::Backend), tree);
    for node in &tree.nodes {
        black_box(node.start as usize..node.end as usize);
    }
}

fn exchange(bytes: &[u8]) -> Exchange {
    Exchange::one_sided(Direction::Backend, Stream::raw(bytes.to_vec()), Sides::Given)
}

/// How many bytes the index of the load takes.
pub fn index_bytes(load: &Load) -> usize {
    Index::new(&exchange(&load.bytes)).size_in_bytes()
}
