//! An exchange as text: for people, for programs, and in the grammar of PQtrace.

#[cfg(all(feature = "docs", feature = "sim"))]
mod conversation;
#[cfg(all(feature = "docs", feature = "sim"))]
mod explain;
pub(crate) mod html;
pub mod json;
pub mod layout;
pub mod lint;
pub mod messages;
#[cfg(all(feature = "docs", feature = "sim"))]
pub(crate) mod moves;
pub mod overview;
#[cfg(all(feature = "docs", feature = "sim"))]
mod pages;
pub mod pcapng;
pub mod pqtrace;
#[cfg(feature = "authentication")]
mod proof;
mod reference;
pub mod sequence;
pub mod steps;
pub mod streamed;
pub mod table;
pub mod times;
mod tree;

use pgscope_proto::{Exchange, Segment};

#[cfg(all(feature = "docs", feature = "sim"))]
pub use explain::{NotFound, explain};
#[cfg(all(feature = "docs", feature = "sim"))]
pub use pages::{Page, pages};
#[cfg(feature = "authentication")]
pub use proof::proof_of;
pub use reference::{message_page, message_table, page_name, rule_page_name};
pub use tree::{list_into, list_of, tree_of};

/// An exchange as hex that is read again as the same: who said it, a segment a line.
pub fn hex_of(exchange: &Exchange) -> String {
    let line = |segment: &Segment| {
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
        let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{}: {}\n", segment.direction.letter(), digits.join(" "))
    };
    exchange.segments.iter().map(line).collect()
}

/// Whether colour may be used: it never carries meaning alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    Never,
    /// ANSI escapes.
    Ansi,
}

#[derive(Clone, Copy)]
enum Ink {
    Frontend,
    Backend,
    Faint,
    Bold,
    Bad,
    Warning,
}

impl Colour {
    fn paint(self, ink: Ink, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 12);
        self.begin(ink, &mut out);
        out.push_str(text);
        self.end(&mut out);
        out
    }

    /// What follows is in this colour, until the [end](Self::end).
    fn begin(self, ink: Ink, out: &mut String) {
        let code = match ink {
            Ink::Frontend => "34",
            Ink::Backend => "33",
            Ink::Faint => "2",
            Ink::Bold => "1",
            Ink::Bad => "1;31",
            Ink::Warning => "35",
        };
        if self == Colour::Ansi {
            ["\u{1b}[", code, "m"].iter().for_each(|part| out.push_str(part));
        }
    }

    fn end(self, out: &mut String) {
        if self == Colour::Ansi {
            out.push_str("\u{1b}[0m");
        }
    }
}
