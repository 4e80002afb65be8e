//! A connection that is read while it comes says what the index of the whole says, however it is cut.

use pgscope_proto::{Direction, Exchange, Sides, Stream};
use pgscope_session::Index;
use pgscope_session::flow::Flow;
use proptest::prelude::*;

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], (body.len() as u32 + 4).to_be_bytes().as_slice(), body].concat()
}

/// What each end says, in the order of it.
fn said() -> Vec<(Direction, Vec<u8>)> {
    let (client, server) = (Direction::Frontend, Direction::Backend);
    vec![
        (client, vec![0, 0, 0, 8, 4, 210, 22, 47]),
        (server, b"N".to_vec()),
        (client, b"\0\0\0\x14\0\x03\0\0user\0alice\0\0".to_vec()),
        (server, [message(b'R', b"\0\0\0\x03")].concat()),
        (client, message(b'p', b"secret\0")),
        (server, [message(b'R', b"\0\0\0\0"), message(b'Z', b"I")].concat()),
        (client, message(b'Q', b"SELECT 1\0")),
        (server, [message(b'D', b"\0\x01\0\0\0\x011"), message(b'C', b"SELECT 1\0"), message(b'Z', b"I")].concat()),
        (client, message(b'X', b"")),
    ]
}

type Met = Vec<(Direction, usize, &'static str, usize)>;

fn by_index(said: &[(Direction, Vec<u8>)]) -> Met {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    said.iter().for_each(|(side, bytes)| exchange.push(*side, &Stream::raw(bytes.clone()), None));
    let index = Index::new(&exchange);
    let entries = (0..index.len()).filter_map(|number| index.entry(number));
    entries.map(|entry| (entry.direction, entry.span.start, entry.message.name(), entry.span.len())).collect()
}

fn of_end(all: &Met, side: Direction) -> Met {
    all.iter().filter(|met| met.0 == side).copied().collect()
}

proptest! {
    #[test]
    fn pieces_of_any_size_give_the_messages_of_the_whole(sizes in prop::collection::vec(1usize..9, 1..40)) {
        let (said, mut flow, mut met) = (said(), Flow::default(), Met::new());
        let mut sizes = sizes.iter().cycle();
        for (side, bytes) in &said {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                let (piece, behind) = rest.split_at((*sizes.next().unwrap()).min(rest.len()));
                flow.push(*side, piece, &mut |whole| met.push((whole.direction, whole.offset, whole.message.name(), whole.bytes.len())));
                rest = behind;
            }
        }
        flow.end(&mut |whole| met.push((whole.direction, whole.offset, whole.message.name(), whole.bytes.len())));
        let whole = by_index(&said);
        for side in Direction::BOTH {
            prop_assert_eq!(of_end(&met, side), of_end(&whole, side));
        }
        prop_assert_eq!(flow.waiting(), [0, 0]);
    }

    #[test]
    fn any_bytes_come_out_again(pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..40)), 0..20)) {
        let (mut flow, mut out) = (Flow::default(), [Vec::new(), Vec::new()]);
        let mut sent = [Vec::new(), Vec::new()];
        let mut keep = |whole: pgscope_session::flow::Whole<'_>| out[whole.direction.index()].extend_from_slice(whole.bytes);
        for (is_client, bytes) in &pieces {
            let side = if *is_client { Direction::Frontend } else { Direction::Backend };
            sent[side.index()].extend_from_slice(bytes);
            flow.push(side, bytes, &mut keep);
        }
        flow.end(&mut keep);
        prop_assert_eq!(out, sent);
    }
}
