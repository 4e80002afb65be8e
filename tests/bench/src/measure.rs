//! The loops that are measured, and how.

use std::hint::black_box;

use pgscope_proto::frame::{Framer, Next, Shape, message_of};
use pgscope_proto::{Context, Direction, Exchange, Sides, Span, Stream, Tree, decode};
use pgscope_session::Index;

use crate::Load;

/// Seconds since some moment.
pub type Clock<'a> = &'a dyn Fn() -> f64;

/// Something that goes once through a load and says how many seconds that took.
pub struct Contender<'a> {
    /// What it does.
    pub name: &'static str,
    /// Goes through the load once, or more often, and gives the time for once.
    pub run: Box<dyn FnMut(Clock<'_>) -> f64 + 'a>,
}

impl<'a> Contender<'a> {
    /// Work on something that is made and freed outside the measured time, done so many times in a row. It gives the
    /// number of messages that it met.
    pub fn new<T>(
        name: &'static str,
        load: &'a Load,
        passes: usize,
        prepare: impl Fn() -> T + 'a,
        mut work: impl FnMut(&mut T) -> usize + 'a,
    ) -> Self {
        let run = move |clock: Clock<'_>| {
            let mut prepared = prepare();
            let start = clock();
            let met: usize = (0..passes).map(|_| black_box(work(black_box(&mut prepared)))).sum();
            let seconds = clock() - start;
            assert_eq!(met, load.messages * passes, "{name} missed messages");
            seconds / passes as f64
        };
        Self { name, run: Box::new(run) }
    }
}

/// The median time of one contender.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// What it does.
    pub name: &'static str,
    /// The median of all rounds.
    pub seconds: f64,
}

/// Lets all contenders run in turn, so that what disturbs the machine disturbs all of them.
pub fn measure(clock: Clock<'_>, rounds: usize, contenders: &mut [Contender<'_>]) -> Vec<Figure> {
    let mut times = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let seconds = (contender.run)(clock);
            // The first round warms caches and grows buffers.
            if round > 0 {
                times.push(seconds);
            }
        }
    }
    let figures = contenders.iter().zip(&mut times).map(|(contender, times)| {
        times.sort_by(f64::total_cmp);
        Figure { name: contender.name, seconds: times.get(times.len() / 2).copied().unwrap_or_default() }
    });
    figures.collect()
}

/// What Pgscope does with a stream: framing alone, the index, and the spans of every frame.
pub fn own(load: &Load) -> Vec<Contender<'_>> {
    let exchange = exchange(load);
    let mut tree = Tree::new();
    vec![
        Contender::new("framing", load, load.passes, || (), |_| framing(load)),
        Contender::new("index", load, load.passes, || (), move |_| Index::new(&exchange).len()),
        Contender::new("spans", load, load.passes, || (), move |_| spans(load, &mut tree)),
    ]
}

fn framing(load: &Load) -> usize {
    let mut framer = Framer::new(Direction::Backend);
    let mut met = 0;
    while let Next::Frame(frame) = framer.next(Shape::Tagged, rest(load, &framer), true) {
        black_box(frame);
        met += 1;
    }
    met
}

/// Frames, the message that each is, and its fields: all that is done from bytes to a tree.
fn spans(load: &Load, tree: &mut Tree) -> usize {
    let mut framer = Framer::new(Direction::Backend);
    let mut met = 0;
    while let Next::Frame(frame) = framer.next(Shape::Tagged, rest(load, &framer), true) {
        let bytes = frame.span.of(&load.bytes);
        decode(message_of(&frame, Direction::Backend, bytes), bytes, Context::new(Direction::Backend), tree);
        black_box(&tree);
        met += 1;
    }
    met
}

fn rest<'a>(load: &'a Load, framer: &Framer) -> &'a [u8] {
    Span::new(framer.position(), load.bytes.len()).of(&load.bytes)
}

fn exchange(load: &Load) -> Exchange {
    Exchange::one_sided(Direction::Backend, Stream::raw(load.bytes.clone()), Sides::Given)
}

/// How many bytes the index of the load takes.
pub fn index_bytes(load: &Load) -> usize {
    Index::new(&exchange(load)).size_in_bytes()
}
