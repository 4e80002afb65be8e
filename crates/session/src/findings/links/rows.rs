//! RowDescription and the rows under it.

use memchr::memchr;
use pgscope_proto::conversation::Asks;
use pgscope_proto::{Problem, Span, Tree, read};

use super::{Case, entries, format_of, number, numbers, odd, some};
use crate::findings::head;
use crate::index::Entry;

/// Where the count of columns stands, in DataRow and in RowDescription.
const COUNT: Span = Span { start: 5, end: 7 };

fn count_in(bytes: &[u8]) -> Option<usize> {
    COUNT.of(bytes).try_into().ok().map(|count| usize::from(u16::from_be_bytes(count)))
}

/// A row has as many values as there are columns.
pub(super) fn count(case: &Case) -> Option<Problem> {
    let by =
        case.index.row_description(case.entry.number).filter(|_| case.index.is_sure(case.entry.number))?.by as usize;
    let (_, description) = case.other(by)?;
    let (values, columns) = (count_in(case.bytes)?, count_in(description)?);
    if values == columns {
        return None;
    }
    let message = format!(
        "the row has {}, but {} has {}: libpq says “unexpected field count in \"D\" message”",
        some(values, "value"),
        case.name_of(by),
        some(columns, "column")
    );
    Some(Problem::error("L28", COUNT, message, some(columns, "value")).because(by, "the description of its columns"))
}

/// Text ends where a zero byte stands, for nearly every client. Most values have none, and what their columns are need not be read.
pub(super) fn zero_byte(case: &Case) -> Option<Problem> {
    if has_zero(case.bytes) { odd(case) } else { None }
}

pub(super) fn odd_row(case: &Case) -> Option<Problem> {
    let described = case.index.row_description(case.entry.number)?;
    if !case.index.are_formats_known(case.entry.number, described) {
        return None;
    }
    let formats = formats(case, described.by as usize, described.bind.map(|bind| bind as usize));
    let is_text = |nth: usize| format_of_column(&formats, nth) == Some(0);
    let at = text_with_zero(case.tree, case.bytes, "columns", is_text)?;
    let message = "a zero byte stands in a text: most clients end the text there, and PostgreSQL never sends one";
    Some(Problem::error("L51", at, message, "no byte 00 in a value in text format").warning())
}

/// Whether a value of a row holds a zero byte. A row that cannot be read has none.
fn has_zero(row: &[u8]) -> bool {
    let mut rest = row.get(COUNT.end..).unwrap_or_default();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0);
        let Some((value, next)) = behind.split_at_checked(length) else { return false };
        if memchr(0, value).is_some() {
            return true;
        }
        rest = next;
    }
    false
}

fn format_of_column(formats: &[i64], nth: usize) -> Option<i64> {
    formats.get(nth).copied()
}

/// The format of each column: as the description says, or as the Bind asked.
fn formats(case: &Case, by: usize, bind: Option<usize>) -> Vec<i64> {
    let Some((_, bytes)) = case.other(by) else { return Vec::new() };
    let tree = case.tree_of(by);
    let told: Vec<i64> = columns(&tree).map(|node| number(&tree, bytes, node)).collect();
    let Some((_, asking)) = bind.and_then(|bind| case.other(bind)) else { return told };
    let asked = numbers(&case.tree_of(bind.unwrap_or_default()), asking, "result_formats");
    (0..told.len()).map(|nth| format_of(&asked, nth)).collect()
}

/// The nodes of the formats in a RowDescription.
fn columns(tree: &Tree) -> impl Iterator<Item = usize> + '_ {
    (0..tree.nodes.len()).filter(|node| tree.nodes.get(*node).is_some_and(|node| node.field.id == "format"))
}

/// The first zero byte in a value that is text.
pub(super) fn text_with_zero(tree: &Tree, bytes: &[u8], list: &str, is_text: impl Fn(usize) -> bool) -> Option<Span> {
    entries(tree, list).enumerate().filter(|(nth, _)| is_text(*nth)).find_map(|(_, node)| {
        let value = tree.children(node).nth(1).and_then(|value| tree.nodes.get(value))?.span();
        let zero = memchr(0, value.of(bytes))?;
        Some(Span::new(value.start + zero, value.start + zero + 1))
    })
}

fn answers(case: &Case) -> Option<(usize, Asks)> {
    let request = case.index.request(case.entry.number)?;
    Some((request, case.index.asked(request)?))
}

fn format_at(case: &Case, is_wrong: impl Fn(usize, i64) -> bool) -> Option<(Span, usize)> {
    let mut nodes = columns(case.tree).enumerate();
    let (nth, node) = nodes.find(|(nth, node)| is_wrong(*nth, number(case.tree, case.bytes, *node)))?;
    Some((case.tree.nodes.get(node)?.span(), nth))
}

/// A description that has a binary format, is asked for behind a Bind, or stands before a COPY.
pub(super) fn description(case: &Case) -> Option<Problem> {
    let (_, asks) = answers(case)?;
    if copy_behind(case).is_some() {
        return odd(case);
    }
    let has_binary = format_at(case, |_, format| format != 0).is_some();
    if has_binary || asks == Asks::DescribePortal { odd(case) } else { None }
}

/// What is wrong with its formats.
pub(super) fn odd_description(case: &Case) -> Option<Problem> {
    let formats = || binary_in_simple(case).or_else(|| format_before_bind(case)).or_else(|| not_as_bound(case));
    before_copy(case).or_else(formats)
}

/// The answer to a COPY that stands right behind it, in the answer to the same request.
fn copy_behind(case: &Case) -> Option<usize> {
    let next = |entry: &Entry| case.index.frame_at(entry.direction, entry.span.end);
    let mut behind = next(&case.entry)?;
    // What may come at any time says nothing of it.
    for _ in 0..MOST_BETWEEN {
        if !matches!(behind.message.tag(), Some(b'N' | b'S' | b'A')) {
            break;
        }
        behind = next(&behind)?;
    }
    let begins = matches!(behind.message.tag(), Some(b'G' | b'H' | b'W'));
    // What describes a statement is followed by the answer to another request.
    let is_own = || case.index.request(behind.number) == case.index.request(case.entry.number);
    (begins && is_own()).then_some(behind.number)
}

const MOST_BETWEEN: usize = 8;

/// The answer to a COPY tells its columns itself.
fn before_copy(case: &Case) -> Option<Problem> {
    let behind = copy_behind(case)?;
    let message = "a RowDescription stands before the answer to a COPY, whose columns are told in that answer alone";
    let expected = "CopyInResponse, CopyOutResponse or CopyBothResponse alone";
    let problem = Problem::error("L47", head(case.bytes), message, expected).warning();
    let whole = Span::new(0, case.bytes.len());
    Some(problem.because(behind, case.name_of(behind)).fix("take it out", whole, []))
}

/// The simple protocol gives text, but for a cursor that was declared binary.
fn binary_in_simple(case: &Case) -> Option<Problem> {
    let (request, _) = answers(case).filter(|(_, asks)| *asks == Asks::Query)?;
    let (_, bytes) = case.other(request)?;
    let sql = read::first_text(bytes)?.to_ascii_lowercase();
    if [b"fetch".as_slice(), b"execute", b"binary"].iter().any(|word| sql.windows(word.len()).any(|some| some == *word))
    {
        return None;
    }
    let (span, _) = format_at(case, |_, format| format == 1)?;
    let message = "a column in binary format answers a Query: the simple protocol has text alone, and a client reads the bytes as text";
    Some(Problem::error("L46", span, message, "0 (text)").warning().because(request, "the Query").fix(
        "write 0",
        span,
        [0, 0],
    ))
}

/// Before Bind nobody knows the formats.
fn format_before_bind(case: &Case) -> Option<Problem> {
    let (request, _) = answers(case).filter(|(_, asks)| *asks == Asks::DescribeStatement)?;
    let (span, _) = format_at(case, |_, format| format != 0)?;
    let message = "a statement is described before Bind asks for formats: they are not known yet, and always 0";
    Some(Problem::error("L46", span, message, "0").warning().because(request, "the Describe").fix(
        "write 0",
        span,
        [0, 0],
    ))
}

/// A portal is described in the formats that its Bind asked for.
fn not_as_bound(case: &Case) -> Option<Problem> {
    let (request, _) = answers(case).filter(|(_, asks)| *asks == Asks::DescribePortal)?;
    let bind = case.index.bind_of(request)?;
    let (_, bytes) = case.other(bind)?;
    let asked = numbers(&case.tree_of(bind), bytes, "result_formats");
    let (span, nth) = format_at(case, |nth, format| format != format_of(&asked, nth))?;
    let wanted = format_of(&asked, nth);
    let message = format!("the format of this column is not the one that {} asked for", case.name_of(bind));
    let problem = Problem::error("L46", span, message, wanted.to_string()).warning();
    Some(problem.because(bind, "the Bind of the portal"))
}

/// Binary COPY data end between two rows, or behind the trailer.
pub(super) fn copy_cut(case: &Case) -> Option<Problem> {
    let last = case.index.binary_cut(case.entry.number)?;
    let message = "the COPY data end inside a row: the server says “unexpected EOF in COPY data” (22P04)";
    let problem = Problem::error("L38", Span::new(0, 1), message, "the rest of the row, and the trailer ff ff");
    Some(problem.because(last, "the last data"))
}
