//! The commands of a text: which was run, which may be, and how many there are.
//!
//! SQL is taken apart only where something looks odd at a glance: of a program that is fetched in parts, what takes it apart comes then.

use pgscope_proto::conversation::Asks;
use pgscope_proto::schema::Chapter;
use pgscope_proto::{Problem, Span, read};

use super::tags::TAG;
use super::{Case, names, odd};
use crate::copy_text;
use crate::findings::head;
use crate::sql::{Kind, tokens};

/// A CommandComplete that does not name the command at a glance, or that stands where few commands may run, or of a portal that nobody has made.
pub(super) fn completed(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    if names::is_nothing(case, request).is_some() {
        return odd(case);
    }
    let (_, sql) = text_of(case, request)?;
    if is_blank(sql) {
        return odd(case);
    }
    if !is_begun(case) {
        return None;
    }
    let tag = first_word(read::first_text(case.bytes)?);
    let is_named = first_word(sql).eq_ignore_ascii_case(tag);
    if is_named && !has_failed(case, request) && (tag != b"COPY" || has_copied(case, request)) {
        None
    } else {
        odd(case)
    }
}

/// How many messages before the end of a COPY one of it stands, at most.
const NEAR_COPY: usize = 32;

/// Whether anything of a COPY was said before its end; also where too much was said to be looked at.
fn has_copied(case: &Case, request: usize) -> bool {
    let end = case.entry.number;
    let mut before = (request + 1..end).rev().take(NEAR_COPY).filter_map(|number| case.index.entry(number));
    end - request > NEAR_COPY || before.any(|entry| entry.message.chapter == Chapter::Copy)
}

/// A COPY from or to the client begins with a response that says so.
pub(super) fn copied_unannounced(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number).filter(|_| is_begun(case))?;
    let is_copy = read::first_text(case.bytes)?.starts_with(b"COPY");
    let (by, sql) = text_of(case, request).filter(|_| is_copy && !has_copied(case, request))?;
    only_command(sql).filter(|word| word == "copy")?;
    let copies = copy_text::commands(sql);
    let [copy] = copies.as_slice() else { return None };
    let (expected, waits) = match copy.is_from {
        true => (
            "CopyInResponse before it",
            "COPY FROM STDIN without CopyInResponse: a client waits for that before it sends its data",
        ),
        false => (
            "CopyOutResponse, the data as CopyData, and CopyDone before it",
            "COPY TO STDOUT without CopyOutResponse: a client takes the data from CopyData alone",
        ),
    };
    let message = format!("this ends a {waits}");
    Some(Problem::error("L57", head(case.bytes), message, expected).because(by, "the command"))
}

fn is_blank(sql: &[u8]) -> bool {
    sql.iter().all(|byte| byte.is_ascii_whitespace() || *byte == b';')
}

/// The message for a text without a statement.
pub(super) fn of_blank(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    text_of(case, request).filter(|(_, sql)| is_blank(sql))?;
    let message = "the text has no statement: that is answered by EmptyQueryResponse, not by CommandComplete";
    let problem = Problem::error("L36", head(case.bytes), message, "EmptyQueryResponse");
    Some(problem.because(request, case.name_of(request)))
}

/// A longer text is not taken apart: each of its results would be held against it.
const LONGEST: usize = 1 << 16;

/// A ReadyForQuery behind a text that may have several statements.
pub(super) fn ready(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    let (_, sql) = text_of(case, request)?;
    if may_have_several(sql) { odd(case) } else { None }
}

/// A Parse with a text that may have several statements.
pub(super) fn prepared(case: &Case) -> Option<Problem> {
    may_have_several(read::second_text(case.bytes)?).then(|| odd(case))?
}

pub(super) fn first_word(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    text.split(|byte| !byte.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// Whether something stands behind a semicolon.
fn may_have_several(sql: &[u8]) -> bool {
    let behind = memchr::memchr(b';', sql).and_then(|at| sql.get(at + 1..)).unwrap_or_default();
    behind.iter().any(|byte| !byte.is_ascii_whitespace() && *byte != b';')
}

/// A tag names the command that was asked for.
pub(super) fn of_another_command(case: &Case) -> Option<Problem> {
    let tag = std::str::from_utf8(read::first_text(case.bytes)?).ok()?;
    let request = case.index.request(case.entry.number).filter(|_| is_begun(case))?;
    let (by, sql) = text_of(case, request)?;
    let word = only_command(sql)?;
    let named = tag.split(' ').next()?;
    let span = Span::new(TAG, TAG + named.len());
    if named == "COMMIT" && ENDS.contains(&word.as_str()) && has_failed(case, request) {
        let message = "the transaction has failed, so this ends it as ROLLBACK does: a program that hears COMMIT believes that its changes are stored";
        return Some(Problem::error("L66", span, message, "ROLLBACK").warning().because(by, "the command"));
    }
    let tags = tags_of(&word).filter(|tags| !tags.contains(&named))?;
    let is_known = COMMANDS.iter().any(|(_, tags)| tags.contains(&named));
    let message =
        format!("the command is {}, and the tag is that of another: programs go by it", word.to_ascii_uppercase());
    is_known.then(|| Problem::error("L66", span, message, tags.join(" or ")).warning().because(by, "the command"))
}

/// In a transaction that has failed nothing is run but what ends it, or goes back to a savepoint.
pub(super) fn in_failed_transaction(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number).filter(|_| is_begun(case))?;
    let (by, sql) = text_of(case, request)?;
    let word = only_command(sql).filter(|word| !LET_IN.contains(&word.as_str()))?;
    if tags_of(&word).is_none() || !has_failed(case, request) {
        return None;
    }
    let message = format!(
        "{} was run in a transaction that has failed: a server refuses it with “current transaction is aborted, commands ignored until end of transaction block”",
        word.to_ascii_uppercase()
    );
    let span = Span::new(TAG, case.bytes.len().max(TAG));
    Some(Problem::error("L67", span, message, "ErrorResponse with 25P02").warning().because(by, "the command"))
}

/// Each statement of a Query has its own CommandComplete.
pub(super) fn results_left_out(case: &Case) -> Option<Problem> {
    let request = case.index.request(case.entry.number)?;
    if !is_begun(case)
        || case.index.asked(request) != Some(Asks::Query)
        || case.index.noted_in(case.entry.number).next().is_some()
    {
        return None;
    }
    let (_, sql) = text_of(case, request).filter(|_| case.entry.number - request <= MOST_ROWS)?;
    let statements = statements_of(sql).filter(|statements| *statements > 1)?;
    let mut results = 0;
    for number in (request + 1..case.entry.number).take(MOST_ROWS) {
        let (entry, _) = case.other(number)?;
        let is_own = case.index.request(number) == Some(request);
        match entry.message.tag().filter(|_| is_own) {
            Some(b'E') => return None,
            Some(b'C') => results += 1,
            _ => {}
        }
    }
    let message = format!(
        "the text has {statements} statements, and {} ended before this: a client that counts them waits for the others, or takes the next answers for theirs",
        if results == 1 { "1 has".to_owned() } else { format!("{results} have") }
    );
    let expected = format!("{statements} CommandComplete");
    let problem = || Problem::error("L57", Span::new(0, 1), message, expected).because(request, "the Query");
    (results < statements).then(problem)
}

/// A prepared statement is one.
pub(super) fn several_prepared(case: &Case) -> Option<Problem> {
    let name = read::first_text(case.bytes)?;
    let sql = read::second_text(case.bytes).filter(|sql| memchr::memchr(b';', sql).is_some())?;
    let statements = statements_of(sql).filter(|statements| *statements > 1)?;
    // A server whose SQL is another one may take it.
    let is_taken = names::answer_of(case).is_some_and(|(_, answer)| answer.first() == Some(&b'1'));
    let start = TAG + name.len() + 1;
    let message = format!(
        "the text has {statements} statements, and a prepared statement is one: the server says “cannot insert multiple commands into a prepared statement” (42601)"
    );
    let problem = Problem::error("L68", Span::new(start, start + sql.len()), message, "one statement, or a Query");
    Some(if is_taken { problem.note() } else { problem })
}

/// How many statements a text has; nothing where a body may hold some of its own, or where a setting says what a backslash does.
fn statements_of(sql: &[u8]) -> Option<usize> {
    if sql.windows(2).any(|two| two == b"\\'") {
        return None;
    }
    let (mut statements, mut is_inside, mut after_begin) = (0, false, false);
    for token in tokens(sql) {
        let text = token.span.of(sql);
        let begins = text != b";" && !is_inside;
        let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
        // The body of a function, or a block of the languages of Oracle.
        let is_block =
            after_begin && text != b";" && !is(&["transaction", "work", "isolation", "read", "not", "deferrable"]);
        if is_block || begins && is(&["create", "alter", "declare"]) {
            return None;
        }
        after_begin = begins && is(&["begin"]);
        statements += usize::from(begins);
        is_inside = text != b";";
    }
    Some(statements)
}

/// Among so many messages the results of a text are counted.
const MOST_ROWS: usize = 4096;

/// What is run, or may be, in a transaction that has failed.
const LET_IN: [&str; 5] = ["commit", "end", "rollback", "abort", "set"];

/// The message with the SQL of a request, and that.
fn text_of<'a>(case: &Case<'a>, request: usize) -> Option<(usize, &'a [u8])> {
    let asks = case.index.asked(request)?;
    let by = match asks {
        Asks::Query => request,
        Asks::Execute => case.index.parse_of(case.index.bind_of(request)?)?,
        _ => return None,
    };
    let (_, bytes) = case.other(by).filter(|(_, bytes)| bytes.len() <= LONGEST)?;
    let text = if asks == Asks::Query { read::first_text(bytes) } else { read::second_text(bytes) };
    Some((by, text?))
}

/// Whether the recording has the connection's beginning.
fn is_begun(case: &Case) -> bool {
    case.index.entry(0).is_some_and(|first| first.message.chapter == Chapter::Startup)
}

/// The first word of a text with one statement, in lower case.
fn only_command(sql: &[u8]) -> Option<String> {
    let mut tokens = tokens(sql);
    let first = tokens.next().filter(|token| token.kind == Kind::Word)?;
    let mut behind = tokens.skip_while(|token| token.span.of(sql) != b";");
    let is_only = behind.all(|token| token.span.of(sql) == b";");
    is_only.then(|| String::from_utf8_lossy(first.span.of(sql)).to_ascii_lowercase())
}

/// Whether the ReadyForQuery before this request says that the transaction has failed.
fn has_failed(case: &Case, request: usize) -> bool {
    let before = (0..request).rev().take(MOST_BETWEEN).filter_map(|number| case.other(number));
    // What was run since may have ended it.
    let is_run = |asks: Asks| asks.ends_round() || asks == Asks::Execute;
    let mut said = before.take_while(|(entry, _)| !case.index.asked(entry.number).is_some_and(is_run));
    said.find(|(entry, _)| entry.message.tag() == Some(b'Z')).is_some_and(|(_, bytes)| bytes.get(TAG) == Some(&b'E'))
}

/// Between a ReadyForQuery and a command that it lets in stand no more messages than this.
const MOST_BETWEEN: usize = 32;

fn tags_of(word: &str) -> Option<&'static [&'static str]> {
    COMMANDS.iter().find(|(command, _)| *command == word).map(|(_, tags)| *tags)
}

/// What ends a transaction, and does not say that it undoes it.
const ENDS: [&str; 2] = ["commit", "end"];

/// Commands by their first word, with the first word of their tags. What runs another command has the tag of that, and is not among them; nor is what
/// servers of this family answer in ways of their own (`RELEASE` of CockroachDB says COMMIT, `SHOW` of pgpool SELECT).
const COMMANDS: &[(&str, &[&str])] = &[
    ("select", &["SELECT"]),
    ("insert", &["INSERT"]),
    ("update", &["UPDATE"]),
    ("delete", &["DELETE"]),
    ("merge", &["MERGE"]),
    ("begin", &["BEGIN"]),
    ("start", &["START", "BEGIN"]),
    ("commit", &["COMMIT", "ROLLBACK"]),
    ("end", &["COMMIT", "ROLLBACK"]),
    ("rollback", &["ROLLBACK"]),
    ("abort", &["ROLLBACK"]),
    ("set", &["SET"]),
    ("copy", &["COPY"]),
    // CREATE TABLE AS counts its rows.
    ("create", &["CREATE", "SELECT"]),
    ("alter", &["ALTER"]),
    ("drop", &["DROP"]),
];
