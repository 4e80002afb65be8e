//! How fast bytes become frames, an index and spans: generated streams, and the loops over them.
//!
//! The same code runs natively and in a browser, so that its figures can be compared: the clock is given. What Pgscope is
//! measured beside (`benches/decode.rs`) is natively there only.

mod load;
mod measure;
mod recording;
mod report;

pub use load::{ALL, Load};
pub use measure::{
    Clock, Contender, FRAMING, FRAMING_PIECES, Figure, INDEX, PIECE, SPANS, SPANS_PIECES, Spread, index_bytes, measure,
    own,
};
pub use recording::{ROW, ROWS, recording};
pub use report::{ROUNDS, report, table, times};
