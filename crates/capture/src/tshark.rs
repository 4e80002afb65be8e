//! The packets that `tshark -T json -x` and its kin write among fields: `"frame_raw": ["4500…", 0, 77, 0, 1]`.

use crate::lines::Line;
use crate::sink::{Side, Sink};
use crate::{hex, literal, words};

/// The name of the field that has all bytes of a packet.
const NAME: &str = "frame_raw\"";
/// So far behind its name its value stands.
const NEAR: usize = 64;

/// How many packets there are.
pub(crate) fn count(text: &str) -> usize {
    packets(text).count()
}

/// Reads them, each as a block.
pub(crate) fn read(text: &str, sink: &mut Sink) {
    for digits in packets(text) {
        sink.turn(Side::Unknown, None);
        hex::read_line(digits, sink);
    }
}

/// The digits of each packet.
fn packets(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.match_indices(NAME).filter_map(move |(at, name)| {
        let start = at + name.len();
        let quote = text.get(start..)?.find('"').filter(|near| *near < NEAR)?;
        let string = Line { text: text.get(start + quote..)?, start: start + quote };
        let span = literal::strings(string.text).next()?;
        Some(string.part(span.start, span.end)).filter(|digits| words::is_all(*digits))
    })
}
