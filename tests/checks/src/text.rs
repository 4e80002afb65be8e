//! Any text or bytes can be read, each byte has its place in the input, and what was read can be shown.

use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture, Form, Options};
use pgscope_view::print::{self, Colour, json, pqtrace};
use pgscope_view::proto::{Direction, Exchange, Tree};

/// How many frames of an exchange are printed, each in one of the ways.
const PRINTED: usize = 8;

/// Reads what somebody pasted.
///
/// The five lower bits of the first byte choose the form, 0 has it recognised. The two bits above say the direction: 0 the
/// backend, 1 the frontend, others nothing. So `@` in front of an input says nothing at all. The input follows.
pub fn text(input: &[u8]) {
    let Some((bits, input)) = input.split_first() else { return };
    let form = usize::from(bits & 31).checked_sub(1).and_then(|at| Form::ALL.get(at)).copied();
    let direction = match (bits >> 5) & 3 {
        0 => Some(Direction::Backend),
        1 => Some(Direction::Frontend),
        _ => None,
    };
    let Capture { exchanges, problems, .. } = capture::read(input, &Options { form, direction, ..Options::default() });
    for problem in problems {
        assert!(problem.span.end <= input.len(), "{problem:?}");
    }
    for exchange in exchanges {
        exchange_of(exchange, input.len());
    }
}

/// The promises of an exchange that was read from an input of so many bytes.
pub(crate) fn exchange_of(exchange: Exchange, length: usize) {
    assert_has_sources(&exchange, length);
    let indexed = Indexed::new(exchange);
    crate::session::indexed(&indexed);
    show(&indexed);
}

fn assert_has_sources(exchange: &Exchange, length: usize) {
    let mut ends = [0; 2];
    for segment in &exchange.segments {
        let end = &mut ends[segment.direction.index()];
        assert_eq!(segment.span.start, *end, "{segment:?} leaves a gap or overlaps");
        *end = segment.span.end;
    }
    for direction in Direction::BOTH {
        let stream = exchange.stream(direction);
        assert_eq!(stream.len(), ends[direction.index()], "segments cover the stream");
        assert_eq!(stream.len(), stream.map.len(), "every byte has a source");
        for at in 0..stream.len() {
            let source = stream.map.source(at).expect("every byte has a source");
            assert!(source.end <= length, "byte {at} comes from {source:?} of {length}");
        }
    }
}

fn show(indexed: &Indexed) {
    let mut tree = Tree::new();
    for (nth, number) in crate::session::some(indexed.index.len(), PRINTED).enumerate() {
        let Some((entry, problems)) = indexed.check(number, &mut tree) else { return };
        match nth % 4 {
            0 => drop(print::tree_of(indexed, &entry, &tree, &problems, Colour::Never)),
            1 => drop(print::list_of(indexed, &entry, &tree, &problems, Colour::Never)),
            2 => drop(json::message(indexed, &entry, &tree, problems)),
            _ => {
                let (phase, bytes) = (indexed.index.phase(number), indexed.bytes(&entry));
                drop(pqtrace::line(&entry, phase, &tree, bytes, pqtrace::Libpq::V18));
            }
        }
    }
}
