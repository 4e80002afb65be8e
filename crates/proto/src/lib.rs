//! The PostgreSQL frontend/backend protocol, described once.

mod exchange;
mod span;
mod stream;

pub use exchange::{Direction, Exchange, Order, Segment, Sides};
pub use span::Span;
pub use stream::{SourceMap, Stream};
