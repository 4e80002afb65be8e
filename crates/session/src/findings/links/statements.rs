//! Parse, ParameterDescription and Bind.

use pgscope_proto::{Problem, Span, read};

use super::commands::first_word;
use super::names::answer_to;
use super::rows::text_with_zero;
use super::{Case, entries, format_of, numbers, odd, some};

/// Where a list's count stands: before its first entry.
fn count_of(case: &Case, list: &str) -> Option<Span> {
    let list = case.tree.find(list)?;
    let count = case.tree.children(list).next()?;
    case.tree.nodes.get(count).map(|node| node.span())
}

/// How many parameters the statement takes, and which message says so: its description, or else its SQL.
fn needed(case: &Case) -> Option<(usize, usize)> {
    let by = case.index.parameter_description(case.entry.number)?;
    let (told, bytes) = case.other(by)?;
    let typed = numbers(&case.tree_of(by), bytes, "types").len();
    match told.message.field.id {
        "parameterdescription" => Some((by, typed)),
        _ => Some((by, parameters_of(read::second_text(bytes)?)?.max(typed))),
    }
}

/// The highest number behind a $ in SQL. None where quotes or comments might hide or make one.
fn parameters_of(sql: &[u8]) -> Option<usize> {
    // A command that keeps SQL for later keeps its $ with it: PREPARE, CREATE FUNCTION, BEGIN ATOMIC.
    if sql.contains(&b'$') && !takes_parameters(sql) {
        return None;
    }
    let hides = |two: &[u8]| matches!(two, [b'\'' | b'"' | b'\\', _] | b"--" | b"/*" | b"$$");
    if sql.windows(2).any(hides) || sql.last().is_some_and(|last| matches!(last, b'\'' | b'"')) {
        return None;
    }
    let mut highest = 0;
    for part in sql.split(|byte| *byte == b'$').skip(1) {
        let digits = part.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(part.get(..digits)?).ok()?.parse().ok()?;
        highest = highest.max(number);
    }
    Some(highest)
}

fn takes_parameters(sql: &[u8]) -> bool {
    const FIRST: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "VALUES", "TABLE"];
    let begin = sql.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != b'(').unwrap_or(sql.len());
    let word = first_word(sql.get(begin..).unwrap_or_default());
    FIRST.iter().any(|first| first.as_bytes().eq_ignore_ascii_case(word))
}

/// A Bind gives a value to each parameter of its statement.
pub(super) fn parameter_count(case: &Case) -> Option<Problem> {
    let (_, needed) = needed(case)?;
    if entries(case.tree, "parameters").count() == needed { None } else { odd(case) }
}

/// What is said where it does not.
pub(super) fn other_count(case: &Case) -> Option<Problem> {
    let (by, needed) = needed(case)?;
    let given = entries(case.tree, "parameters").count();
    if given == needed {
        return None;
    }
    // What could not be prepared takes nothing, and is not bound either.
    if answer_to(case, by).is_some_and(|(_, answer)| answer.first() == Some(&b'E')) {
        return None;
    }
    let message = format!(
        "Bind gives {}, but the statement takes {needed}: the server says “bind message supplies {given} parameters, but prepared statement requires {needed}” (08P01)",
        some(given, "value"),
    );
    let count = count_of(case, "parameters").unwrap_or_default();
    Some(Problem::error("L31", count, message, some(needed, "value")).because(by, "what the statement takes"))
}

/// Result formats are none, one for all, or one for each column.
pub(super) fn result_formats(case: &Case) -> Option<Problem> {
    let by = case.index.described_by(case.entry.number)?;
    let (_, bytes) = case.other(by)?;
    let columns = usize::from(u16::from_be_bytes(bytes.get(5..7)?.try_into().ok()?));
    let given = entries(case.tree, "result_formats").count();
    if given < 2 || given == columns || !case.tree.problems.is_empty() {
        return None;
    }
    let message = format!(
        "there are {given} result formats for {}: the server says “bind message has {given} result formats but query has {columns} columns”",
        some(columns, "column")
    );
    let expected = if columns < 2 { "0 or 1".to_owned() } else { format!("0, 1 or {columns}") };
    let count = count_of(case, "result_formats").unwrap_or_default();
    Some(Problem::error("L30", count, message, expected).because(by, "the description of the columns"))
}

/// No text of a database has a zero byte.
pub(super) fn zero_byte(case: &Case) -> Option<Problem> {
    let formats = numbers(case.tree, case.bytes, "parameter_formats");
    let at = text_with_zero(case.tree, case.bytes, "parameters", |nth| format_of(&formats, nth) == 0)?;
    let message = "a zero byte stands in a parameter in text format: the server says “invalid byte sequence for encoding” (22021)";
    Some(Problem::error("L51", at, message, "no byte 00 in a value in text format"))
}

/// A statement has at least the parameters whose types Parse gave, if it gave any.
pub(super) fn declared(case: &Case) -> Option<Problem> {
    let parse = case.index.parse_described(case.index.request(case.entry.number)?)?;
    let (_, bytes) = case.other(parse)?;
    if has_types(bytes) { odd(case) } else { None }
}

/// Whether something stands behind both texts of a Parse but a count of none.
fn has_types(parse: &[u8]) -> bool {
    let texts = parse.get(5..).unwrap_or_default().splitn(3, |byte| *byte == 0);
    texts.last().is_none_or(|types| types != [0, 0])
}

/// What is wrong with the types.
pub(super) fn fewer_than_declared(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    let parse = case.index.parse_described(request)?;
    let (_, bytes) = case.other(parse)?;
    let declared = numbers(&case.tree_of(parse), bytes, "types");
    let told = numbers(case.tree, case.bytes, "types");
    let problem = |span: Span, message: String, expected: String| {
        Problem::error("L27", span, message, expected).warning().because(parse, "the Parse of the statement")
    };
    if told.len() < declared.len() {
        let message = format!("Parse gave types to {}, and here are {}", some(declared.len(), "parameter"), told.len());
        return Some(problem(count_of(case, "types")?, message, format!("at least {}", declared.len())));
    }
    let differs =
        declared.iter().zip(&told).position(|(declared, told)| !OPEN.contains(declared) && declared != told)?;
    let node = entries(case.tree, "types").nth(differs)?;
    let span = case.tree.nodes.get(node)?.span();
    let wanted = declared.get(differs)?;
    Some(problem(span, "this is not the type that Parse gave to the parameter".to_owned(), format!("oid {wanted}")))
}

/// Types that leave it to the server: none given, and `unknown`.
const OPEN: [i64; 2] = [0, 705];
