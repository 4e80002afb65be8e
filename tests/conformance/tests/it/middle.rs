//! A recording that begins in the middle, even inside a message: the reader finds its place again.

use pgscope_proto::{Direction, Exchange, Sides, Stream};
use pgscope_view::Indexed;

use crate::captures::all;

fn starts(direction: Direction, bytes: &[u8]) -> Vec<usize> {
    let indexed = Indexed::new(Exchange::one_sided(direction, Stream::raw(bytes.to_vec()), Sides::Given));
    (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)).map(|entry| entry.span.start).collect()
}

/// Of the messages behind a cut, the share whose beginnings are found, over all recordings and some cuts in each.
#[test]
fn most_messages_behind_a_cut_are_found_again() {
    let (mut found, mut all_behind, mut worst) = (0, 0, Vec::new());
    for recording in all() {
        let is_plain =
            !["gss/", "tls", "ssl", "raw/bad_length", "raw/startup"].iter().any(|part| recording.name.contains(part));
        for direction in Direction::BOTH.into_iter().filter(|_| is_plain) {
            let bytes = recording.bytes(direction);
            let true_starts = starts(direction, &bytes);
            for cut in (1..bytes.len().min(4000)).step_by(97) {
                let behind: Vec<usize> =
                    true_starts.iter().filter(|start| **start >= cut).map(|start| start - cut).collect();
                let ours = starts(direction, &bytes[cut..]);
                let hit = behind.iter().filter(|start| ours.binary_search(start).is_ok()).count();
                if behind.len() > 8 && hit * 10 < behind.len() * 8 {
                    worst.push(format!(
                        "{} {} cut at {cut}: {hit} of {}",
                        recording.name,
                        direction.name(),
                        behind.len()
                    ));
                }
                found += hit;
                all_behind += behind.len();
            }
        }
    }
    let share = found as f64 / all_behind as f64;
    assert!(share > 0.995, "{found} of {all_behind} messages:\n{}", worst.join("\n"));
}
