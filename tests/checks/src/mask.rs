//! What is masked says nothing of what it was, and is otherwise the same; or it is refused.

use arbitrary::{Arbitrary, Unstructured};
use pgscope_view::Indexed;
use pgscope_view::mask::{self, Key, Kinds};
use pgscope_view::proto::messages::ALL;
use pgscope_view::proto::privacy::{Privacy, Secret};
use pgscope_view::proto::{Direction, Exchange, Sides, Stream, Tree};

/// How much is said.
const MOST_PIECES: usize = 12;
const LONGEST_PIECE: usize = 100;

/// What is said: samples of the table with other letters in them, and any bytes at all.
#[derive(Arbitrary, Debug)]
enum Piece {
    Sample { message: u8, letters: Vec<u8> },
    Bytes { is_backend: bool, bytes: Vec<u8> },
}

/// Masks an exchange that is made of the fuzzer's bytes.
pub fn mask(input: &[u8]) {
    let Ok(pieces) = Vec::<Piece>::arbitrary_take_rest(Unstructured::new(input)) else { return };
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    for piece in pieces.iter().take(MOST_PIECES) {
        let (direction, bytes) = said(piece);
        exchange.push(direction, &Stream::raw(bytes), None);
    }
    let connections = [Indexed::new(exchange)];
    let Ok(masked) = mask::exchanges(&connections, Kinds::ALL, &Key::of_seed("checks")) else { return };
    let [indexed] = &connections;
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let (entry, _) = indexed.check(number, &mut tree).expect("the index has it");
        let stream = &masked.first().expect("as many as there were").stream(entry.direction).bytes;
        let (was, now) = (indexed.bytes(&entry), entry.span.of(stream));
        assert_eq!(was.len(), now.len());
        for (index, leaf) in tree.leaves() {
            let Privacy::Hidden(secret) = leaf.field.privacy else { continue };
            let (was, now) = (leaf.span().of(was), leaf.span().of(now));
            assert!(!says_something(secret, was) || was != now, "{} still says {was:?}", tree.path(index));
        }
    }
}

/// Whether it is a value that must have been hidden. Names may be words that everybody says; a column may be NULL.
fn says_something(secret: Secret, value: &[u8]) -> bool {
    let letters = value.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    let is_bare = matches!(secret, Secret::Name | Secret::Column | Secret::Proof | Secret::Other);
    letters >= 4 && (!is_bare || letters >= 24)
}

fn said(piece: &Piece) -> (Direction, Vec<u8>) {
    match piece {
        Piece::Bytes { is_backend, bytes } => {
            (crate::direction(u8::from(*is_backend)), bytes.get(..LONGEST_PIECE).unwrap_or(bytes).to_vec())
        }
        Piece::Sample { message, letters } => {
            let message = ALL[usize::from(*message) % ALL.len()];
            let mut bytes = message.sample.to_vec();
            let mut letters = letters.iter().filter(|letter| letter.is_ascii_alphanumeric());
            // The head says which message it is, and how long.
            for place in bytes.iter_mut().skip(8).filter(|byte| byte.is_ascii_lowercase()) {
                *place = letters.next().copied().unwrap_or(*place);
            }
            let direction =
                if message.sender.allows(Direction::Frontend) { Direction::Frontend } else { Direction::Backend };
            (direction, bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    /// Made-up exchanges, the same each time.
    #[test]
    fn made_up_exchanges_say_nothing_when_they_are_masked() {
        let mut state = 7u64;
        for _ in 0..300 {
            let mut input = Vec::new();
            for _ in 0..400 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                input.push((state >> 33) as u8);
            }
            super::mask(&input);
        }
    }
}
