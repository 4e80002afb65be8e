//! From bytes to a [`Tree`]: one walker over the table, and a straight way for what nearly all messages are.
//!
//! Decoding never fails. Whatever the bytes are, the leaves of the tree tile them, and what does not fit is a [`Problem`].
//!
//! ```
//! use pgscope_proto::{Context, Direction, Tree, decode, messages};
//!
//! let bytes = b"Q\0\0\0\x0eSELECT 1;\0";
//! let mut tree = Tree::new();
//! decode(&messages::simple_query::QUERY, bytes, Context::new(Direction::Frontend), &mut tree);
//! assert!(tree.problems.is_empty());
//! assert_eq!(tree.path(3), "query.query");
//! ```

mod inside;
mod lists;
#[cfg(feature = "straight")]
mod straight;
mod values;

pub use values::{decode_value, open_values, open_values_at};

use crate::cursor::{Cursor, signed, unsigned};
use crate::messages::{self, unknown};
use crate::problem::{self, Problem};
use crate::sasl_text;
use crate::schema::*;
use crate::tree::{Node, Reading, Tree, code_value};
use crate::{Direction, Span};

/// What the CopyData messages of a connection carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyContent {
    /// Not known: the command was not seen.
    #[default]
    Unknown,
    /// COPY in the text or CSV format.
    Text,
    /// COPY in the binary format.
    Binary,
    /// Physical replication: write-ahead log.
    Physical,
    /// Logical replication through the pgoutput plugin.
    Logical,
    /// Logical replication through another plugin.
    OtherPlugin,
    /// A base backup.
    BaseBackup,
}

/// What must be known of the connection to read a message.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// Who sent it.
    pub direction: Direction,
    /// What CopyData carries.
    pub copy: CopyContent,
    /// Whether it stands between Stream Start and Stream Stop.
    pub streamed: bool,
    /// Whether the message is known to be incomplete: then a field that is cut off is no news.
    pub incomplete: bool,
}

impl Context {
    /// A message from `direction`, outside COPY.
    pub const fn new(direction: Direction) -> Self {
        Self { direction, copy: CopyContent::Unknown, streamed: false, incomplete: false }
    }
}

/// Problems that one message may have: more say nothing new.
const MOST_PROBLEMS: usize = 20;
/// Fields that one message is taken apart into: a node has 32 bytes, and a message may have a gigabyte.
const MOST_NODES: usize = 1 << 20;
/// Fields by which a message is measured: it is done for each message with a broken length, and must stay cheap.
const MOST_MEASURED: usize = 1 << 11;

/// Decodes `bytes`, which are one whole `message`, into `tree`, whose former content is thrown away.
pub fn decode(message: &'static Message, bytes: &[u8], context: Context, tree: &mut Tree) {
    #[cfg(feature = "straight")]
    {
        tree.clear();
        let reached = straight::begin(message, bytes, context, &mut tree.nodes);
        if reached.fields < message.fields.len() || reached.at < bytes.len() {
            Walk::new(message, bytes, context, tree, MOST_NODES).go_on(message, reached);
        }
    }
    #[cfg(not(feature = "straight"))]
    walk(message, bytes, context, tree);
}

/// The same by the walk alone, from the first field on: what [`decode()`] is held to, whatever the bytes.
pub fn walk(message: &'static Message, bytes: &[u8], context: Context, tree: &mut Tree) {
    tree.clear();
    Walk::new(message, bytes, context, tree, MOST_NODES).message(message, 0);
}

/// How long `message` is by its own fields, if the length word is not believed and `bytes` may go on behind it.
///
/// None if it ends in a field that takes all that is left, cannot be read, or has more than some thousand fields.
pub fn natural_length(message: &'static Message, bytes: &[u8], context: Context, scratch: &mut Tree) -> Option<usize> {
    scratch.clear();
    let mut walk = Walk::new(message, bytes, context, scratch, MOST_MEASURED);
    let whole = walk.fields(message.fields, 0).is_ok();
    let length = walk.cursor.at();
    (whole && !walk.open_ended && scratch.problems.is_empty()).then_some(length)
}

/// The message ended where a field should be.
struct Stopped;
type Step = Result<(), Stopped>;

struct Walk<'a, 't> {
    cursor: Cursor<'a>,
    tree: &'t mut Tree,
    context: Context,
    message: &'static Message,
    /// The field that gave the length of what is being read.
    length: Option<Span>,
    /// Whether a field took all that was left.
    open_ended: bool,
    /// Into how many nodes it may be taken apart.
    most_nodes: usize,
    /// Whether it has more.
    abridged: bool,
    /// What reads by the type of a value, where that is known.
    by_type: Option<ByType>,
    /// The value whose parts are being read.
    value: values::Open,
}

/// A field of a value, or a value inside one, of so many bytes. It is not called directly, since a program may do without.
type ByType = fn(&mut Walk<'_, '_>, &'static Field, Option<u32>, u8, usize) -> Step;

impl<'a, 't> Walk<'a, 't> {
    fn new(
        message: &'static Message,
        bytes: &'a [u8],
        context: Context,
        tree: &'t mut Tree,
        most_nodes: usize,
    ) -> Self {
        let cursor = Cursor::new(bytes);
        Self {
            cursor,
            tree,
            context,
            message,
            length: None,
            open_ended: false,
            most_nodes,
            abridged: false,
            by_type: None,
            value: values::Open::NONE,
        }
    }

    /// The rest of a message that was begun.
    #[cfg(feature = "straight")]
    #[inline(never)]
    fn go_on(&mut self, message: &'static Message, reached: straight::Reached) {
        self.cursor.take(reached.at);
        self.length = (reached.fields > 0).then_some(straight::LENGTH);
        let step = self.fields(message.fields.get(reached.fields..).unwrap_or_default(), 1);
        self.leftovers(step, 1);
    }

    fn message(&mut self, message: &'static Message, depth: u8) {
        let outer = std::mem::replace(&mut self.message, message);
        let node = self.open(&message.field, None, depth);
        let step = self.fields(message.fields, depth + 1);
        self.leftovers(step, depth + 1);
        self.close(node);
        self.message = outer;
    }

    /// What stands behind the last field that could be read.
    fn leftovers(&mut self, step: Step, depth: u8) {
        if self.cursor.is_at_end() {
            return;
        }
        let start = self.cursor.at();
        let left = self.cursor.left();
        match step {
            Err(Stopped) => self.leaf(&unknown::CUT, None, depth, left, Reading::Cut),
            Ok(()) => {
                self.leaf(&unknown::EXTRA, None, depth, left, Reading::Wrong);
                let name = self.message.name();
                self.problem("L04", Span::new(start, start + left), &|| {
                    (
                        format!(
                            "{} {} behind the last field of {name}",
                            problem::bytes(left),
                            if left == 1 { "stands" } else { "stand" }
                        ),
                        format!("{name} to end at its byte {start}"),
                    )
                });
            }
        }
    }

    fn fields(&mut self, fields: &'static [Field], depth: u8) -> Step {
        for field in fields {
            self.field(field, None, depth)?;
        }
        Ok(())
    }

    fn field(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) -> Step {
        match &field.kind {
            Kind::Tag => self.number(field, ordinal, depth, 1).map(drop),
            Kind::Length | Kind::Following => {
                let start = self.cursor.at();
                self.number(field, ordinal, depth, 4)?;
                self.length = Some(self.cursor.span_from(start));
                Ok(())
            }
            Kind::Int(width, _) => self.number(field, ordinal, depth, width.bytes()).map(drop),
            Kind::Code(width, codes, unlisted) => self.code(field, ordinal, depth, *width, codes, *unlisted),
            Kind::Str => self.string(field, ordinal, depth),
            Kind::Fixed(count, _) => self.number(field, ordinal, depth, *count).map(drop),
            Kind::Rest(inside) => self.rest(field, ordinal, depth, *inside),
            Kind::Sized { length, value, nullable } => self.sized(field, ordinal, depth, (length, value, *nullable)),
            Kind::Counted { count, of } => self.counted(field, ordinal, depth, count, of),
            Kind::UntilZero { of, end } => self.until_zero(field, ordinal, depth, of, end),
            Kind::Repeat(of) => self.repeat(field, ordinal, depth, of),
            Kind::Times(_) | Kind::Unless(_) => self.by_type(field, ordinal, depth, 0),
            Kind::Group(fields) => {
                let node = self.open(field, ordinal, depth);
                let step = self.fields(fields, depth + 1);
                self.close_with(node, step)
            }
            Kind::Choice(choices) => self.choice(field, ordinal, depth, choices),
            Kind::When(condition, fields) => self.when(field, ordinal, depth, *condition, fields),
        }
    }

    fn by_type(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, count: usize) -> Step {
        self.by_type.map_or(Ok(()), |read| read(self, field, ordinal, depth, count))
    }

    /// A field of fixed width; its bytes.
    #[inline(always)]
    fn number(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        count: usize,
    ) -> Result<&'a [u8], Stopped> {
        let start = self.cursor.at();
        let Some(bytes) = self.cursor.take(count) else {
            return Err(self.cut(field, count));
        };
        self.push(field, ordinal, depth, start, Reading::Whole);
        Ok(bytes)
    }

    fn code(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        width: Width,
        codes: &'static [Code],
        unlisted: Unlisted,
    ) -> Step {
        let start = self.cursor.at();
        let value = code_value(self.number(field, ordinal, depth, width.bytes())?);
        if unlisted == Unlisted::Wrong && codes.iter().all(|code| code.value != value) {
            self.wrong_code(field, start, value, &mut codes.iter());
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn wrong_code(
        &mut self,
        field: &'static Field,
        start: usize,
        value: i64,
        codes: &mut dyn Iterator<Item = &'static Code>,
    ) {
        self.mark_wrong();
        let span = self.cursor.span_from(start);
        let known: Vec<String> = codes.map(|code| format!("{} ({})", shown(code.value), code.name)).collect();
        self.problem("D02", span, &|| (format!("{} is no {}", shown(value), field.name), known.join(" or ")));
    }

    fn string(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) -> Step {
        let start = self.cursor.at();
        if self.cursor.text().is_some() {
            self.push(field, ordinal, depth, start, Reading::Whole);
            return Ok(());
        }
        let left = self.cursor.left();
        if left > 0 {
            self.leaf(field, ordinal, depth, left, Reading::Cut);
        }
        let (span, length) = (Span::new(start, start + left), self.length);
        self.problem_about("L05", span, length, &|| {
            let message = match left {
                0 => format!("the message ends where {} should begin", field.name),
                _ => format!("{} is not ended by a zero byte inside the message", field.name),
            };
            (message, "text and a zero byte".to_owned())
        });
        Err(Stopped)
    }

    // Nodes. They are inlined by force: a call costs as much as the node, most of all in a browser.

    #[inline(always)]
    fn push(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, start: usize, reading: Reading) {
        let (start, end) = (start as u32, self.cursor.at() as u32);
        self.tree.nodes.push(Node { field, start, end, ordinal, depth, reading });
    }

    #[inline(always)]
    fn leaf(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8, count: usize, reading: Reading) {
        let start = self.cursor.at();
        self.cursor.take(count);
        self.push(field, ordinal, depth, start, reading);
    }

    #[inline(always)]
    fn open(&mut self, field: &'static Field, ordinal: Option<u32>, depth: u8) -> usize {
        let at = self.cursor.at();
        self.push(field, ordinal, depth, at, Reading::Whole);
        self.tree.nodes.len() - 1
    }

    #[inline(always)]
    fn close(&mut self, node: usize) {
        let end = self.cursor.at() as u32;
        if let Some(node) = self.tree.nodes.get_mut(node) {
            node.end = end;
        }
    }

    fn close_with(&mut self, node: usize, step: Step) -> Step {
        if step.is_err() {
            // What is left belongs to the innermost field that could not be read.
            if !self.cursor.is_at_end() {
                let depth = self.tree.nodes.get(node).map_or(0, |node| node.depth);
                self.leaf(&unknown::CUT, None, depth + 1, self.cursor.left(), Reading::Cut);
            }
            if let Some(node) = self.tree.nodes.get_mut(node) {
                node.reading = if self.abridged { Reading::Part } else { Reading::Cut };
            }
        }
        self.close(node);
        step
    }

    fn mark_wrong(&mut self) {
        if let Some(node) = self.tree.nodes.last_mut() {
            node.reading = Reading::Wrong;
        }
    }

    // Problems.

    #[cold]
    #[inline(never)]
    fn cut(&mut self, field: &'static Field, wanted: usize) -> Stopped {
        let (start, left, length) = (self.cursor.at(), self.cursor.left(), self.length);
        self.problem_about("L04", Span::new(start, start + left), length, &|| {
            (
                format!(
                    "the message ends where {} should be: {} left, {wanted} needed",
                    field.name,
                    problem::bytes(left)
                ),
                format!("{} of {}", problem::bytes(wanted), field.name),
            )
        });
        Stopped
    }

    fn problem(&mut self, rule: &'static str, span: Span, words: &dyn Fn() -> (String, String)) {
        self.problem_about(rule, span, None, words);
    }

    #[cold]
    #[inline(never)]
    fn problem_about(
        &mut self,
        rule: &'static str,
        span: Span,
        supplied_by: Option<Span>,
        words: &dyn Fn() -> (String, String),
    ) {
        if self.context.incomplete || self.tree.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let (message, expected) = words();
        let section = Some(self.message.section);
        let problem = Problem { section, ..Problem::error(rule, span, message, expected) };
        self.tree.problems.push(problem.supplied_by(supplied_by));
    }
}

/// A code as a person writes it: a letter in quotes, or a number.
fn shown(value: i64) -> String {
    match u8::try_from(value) {
        Ok(byte) if byte.is_ascii_graphic() => format!("‘{}’", byte as char),
        _ => value.to_string(),
    }
}
