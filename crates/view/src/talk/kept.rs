//! What was said as a scenario: the person's pieces with their times, and the peer as it was. It plays again to the same bytes.

use pgscope_proto::{Direction, Exchange};

/// What one end said, as the lines of a scenario: when it was over, each piece with the time behind the one before, and what was
/// said on further connections, each with its time.
pub fn says(exchanges: &[&Exchange], side: Direction) -> String {
    let pieces = |exchange: &&Exchange| -> Vec<(i64, String)> {
        let own = exchange.segments.iter().filter(|segment| segment.direction == side);
        own.map(|segment| (segment.at_us.unwrap_or_default(), hex(segment.span.of(&exchange.stream(side).bytes))))
            .collect()
    };
    let ends = exchanges.iter().flat_map(|exchange| &exchange.segments).filter_map(|segment| segment.at_us);
    let mut lines = format!("until = {}us\n", ends.max().unwrap_or_default());
    let mut before = 0;
    for (at, bytes) in exchanges.iter().take(1).flat_map(pieces) {
        lines += &format!("says {}us {bytes}\n", at - before);
        before = at;
    }
    for (at, bytes) in exchanges.iter().skip(1).flat_map(pieces) {
        lines += &format!("beside {at}us {bytes}\n");
    }
    lines
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// The scenario of a talk: what was said, as [`says`] gives it, to the peer of this scenario.
pub fn scenario(world: &str, is_client: bool, says: &str) -> String {
    let (until, says) = says.split_once('\n').unwrap_or((says, ""));
    let [own, peer] = if is_client { ["client", "server"] } else { ["server", "client"] };
    let mut text =
        format!("title   = What was said\nsummary = A talk, played again\n{until}\n\n[{own}]\n{says}\n[{peer}]\n");
    let of_peer = world.lines().skip_while(|line| *line != format!("[{peer}]")).skip(1);
    for line in of_peer.take_while(|line| !line.starts_with('[')) {
        text += line;
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    text + "\n\n[wire]\nlatency = 0us\n"
}
