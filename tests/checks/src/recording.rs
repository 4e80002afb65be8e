//! A capture file is the same however it comes, what is missing has its place, and what is told of all of it in numbers adds up.

use pgscope_view::Indexed;
use pgscope_view::capture::{Options, read, recording};
use pgscope_view::overview::{Overview, Within};
use pgscope_view::proto::{Direction, Exchange};

/// Reads a capture file at once and in pieces.
///
/// The first byte says how long the pieces are, less one; the file follows.
pub fn capture_file(input: &[u8]) {
    let Some((size, file)) = input.split_first() else { return };
    let options = Options::default();
    let Some(mut by_pieces) = recording(file, &options) else { return };
    let Some(mut until_over) = recording(file, &options) else { return };
    let whole = read(file, &options);
    let mut taken = Vec::new();
    for piece in file.chunks(usize::from(*size) + 1) {
        by_pieces.more(piece);
        until_over.more(piece);
        taken.extend(until_over.closed());
    }
    assert_eq!(by_pieces.finish(), whole, "it is the same in pieces");
    let (numbers, rest) = until_over.finish_numbered();
    taken.extend(numbers.into_iter().zip(rest.exchanges));
    taken.sort_by_key(|(number, _)| *number);
    assert!(taken.windows(2).all(|pair| pair[0].0 < pair[1].0), "each connection is given out once");
    let mut overview = Overview::default();
    for (number, exchange) in taken {
        assert_gaps(&exchange);
        let Indexed { exchange, index, .. } = Indexed::new(exchange);
        overview.add(number, &exchange, &index);
    }
    adds_up(&overview);
}

fn assert_gaps(exchange: &Exchange) {
    for direction in Direction::BOTH {
        let (gaps, length) = (exchange.gaps(direction), exchange.stream(direction).len());
        assert!(gaps.windows(2).all(|pair| pair[0].at < pair[1].at), "gaps are in order: {gaps:?}");
        assert!(gaps.iter().all(|gap| gap.at <= length && gap.bytes > 0 && gap.behind <= exchange.segments.len()));
    }
}

fn adds_up(overview: &Overview) {
    let (all, connections) = (overview.statistics(None), overview.connections());
    let (statements, messages) = (overview.statements(Within::default()), all.messages.iter().sum::<usize>());
    assert_eq!(connections.iter().map(|one| one.messages).sum::<usize>(), messages);
    assert_eq!(statements.iter().map(|one| one.count).sum::<usize>() + all.carried, all.queries);
    assert!(statements.iter().all(|one| one.unanswered <= one.count));
    assert_eq!(all.kinds.iter().map(|kind| kind.count).sum::<usize>(), messages);
    for statement in &statements {
        assert_eq!(overview.occurrences(statement.id, Within::default()).count(), statement.count);
    }
    if let Some(span) = overview.whole() {
        let line = overview.time_line(span, 7, None);
        assert!(line.iter().all(|stretch| stretch.connections <= connections.len()));
    }
}
