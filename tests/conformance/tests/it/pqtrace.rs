//! The trace text of libpq 15 and 18: every line that libpq prints rightly is ours too, in order, in each direction.
//!
//! What libpq leaves out or gets wrong is listed in [`is_left_out`] and [`is_misprint`], and nothing else is forgiven.

use pgscope_proto::{Direction, Tree};
use pgscope_view::Indexed;
use pgscope_view::print::pqtrace::{Libpq, line};

use crate::captures::{Recording, all};

/// A trace in lines of messages: a line that does not begin with a direction continues the one before.
fn lines_of(trace: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in trace.split('\n') {
        if line.starts_with("mismatched message length") {
            // libpq's own remark on the message before, whose line is then a misprint.
            if let Some(last) = lines.last_mut() {
                last.push_str(MISMATCH);
            }
            continue;
        }
        let line = without_time(line);
        match lines.last_mut() {
            Some(last) if !line.starts_with("F\t") && !line.starts_with("B\t") => {
                last.push('\n');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    if let Some(last) = lines.last_mut()
        && last.ends_with('\n')
    {
        last.pop();
    }
    lines
}

const MISMATCH: &str = " (mismatch)";

fn without_time(line: &str) -> &str {
    let has_time = line.len() > 27 && line.as_bytes()[4] == b'-' && line.as_bytes()[26] == b'\t';
    if has_time { &line[27..] } else { line }
}

/// Whose trace it is: 18.4 prints the key of BackendKeyData as a number, 18.6 (the sessions of psycopg) as bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tracer {
    V15,
    V18_4,
    V18_6,
}

impl Tracer {
    fn of(recording: &Recording) -> Self {
        match recording.name.split_once('/') {
            Some(("libpqtrace", _)) => Tracer::V15,
            Some((_, name)) if name.starts_with("py_") || name.starts_with("regress_py_") => Tracer::V18_6,
            _ => Tracer::V18_4,
        }
    }

    fn dialect(self) -> Libpq {
        if self == Tracer::V15 { Libpq::V15 } else { Libpq::V18 }
    }
}

/// Lines that libpq gets wrong, by its own remark or by what is known of it.
fn is_misprint(line: &str, tracer: Tracer) -> bool {
    line.contains(MISMATCH)
        || line.contains("Unknown message")
        || (tracer == Tracer::V18_4 && line.contains("\tBackendKeyData\t"))
}

/// Messages that a trace may lack: the README of the recordings says which and why.
fn is_left_out(ours: &str, tracer: Tracer) -> bool {
    let name = ours.split('\t').nth(2).unwrap_or_default();
    let always = ["AuthenticationOk", "AuthenticationMD5Password"];
    let by_15 = [
        "StartupMessage",
        "SSLRequest",
        "SSLResponse",
        "PasswordMessage",
        "SASLInitialResponse",
        "SASLResponse",
        "ErrorResponse",
        "ReadyForQuery",
        "CopyData",
        "CopyDone",
    ];
    always.contains(&name)
        || (tracer == Tracer::V18_4 && name == "BackendKeyData")
        || (tracer == Tracer::V15 && (name.starts_with("Authentication") || by_15.contains(&name)))
}

/// Whether a line is ours but for what PQTRACE_REGRESS_MODE hides.
fn matches(expected: &str, ours: &str) -> bool {
    const HIDDEN: [&str; 4] = ["NNNN", "'BBBB'", "\"SSSS\"", "\tNN\t"];
    let mut parts = vec![expected.to_owned()];
    for hidden in HIDDEN {
        parts = parts.iter().flat_map(|part| part.split(hidden).map(str::to_owned).collect::<Vec<_>>()).collect();
    }
    if parts.len() == 1 {
        return expected == ours;
    }
    let mut rest = ours;
    for (nth, part) in parts.iter().enumerate() {
        let at = if nth == 0 { rest.starts_with(part.as_str()).then_some(0) } else { rest.find(part.as_str()) };
        let Some(at) = at else { return false };
        rest = &rest[at + part.len()..];
    }
    true
}

fn our_lines(indexed: &Indexed, direction: Direction, libpq: Libpq) -> Vec<String> {
    let mut tree = Tree::new();
    (0..indexed.index.len())
        .filter_map(|number| {
            let (entry, _) = indexed.open(number, &mut tree)?;
            let line = line(&entry, indexed.index.phase(number), &tree, indexed.bytes(&entry), libpq);
            (entry.direction == direction).then_some(line)
        })
        .collect()
}

/// Compares one direction; gives the number of lines that are equal, and what is not.
fn compare(recording: &Recording, theirs: &[String], ours: &[String], tracer: Tracer) -> (usize, Vec<String>) {
    let (mut equal, mut wrong, mut at) = (0, Vec::new(), 0);
    for expected in theirs {
        if is_misprint(expected, tracer) {
            continue;
        }
        let found = ours[at..].iter().position(|line| matches(expected, line));
        match found {
            Some(ahead) if ours[at..at + ahead].iter().all(|line| is_left_out(line, tracer)) => {
                equal += 1;
                at += ahead + 1;
            }
            _ => wrong.push(format!(
                "{}:\n  libpq {expected}\n  ours  {}",
                recording.name,
                ours.get(at).map_or("", String::as_str)
            )),
        }
    }
    wrong.extend(
        ours[at..]
            .iter()
            .filter(|line| !is_left_out(line, tracer))
            .map(|line| format!("{}: libpq lacks {line}", recording.name)),
    );
    (equal, wrong)
}

#[test]
fn every_line_of_libpq_is_ours() {
    let (mut sessions, mut equal, mut wrong) = (0, 0, Vec::new());
    for recording in all() {
        let Some(trace) = recording.file("trace") else { continue };
        let trace = String::from_utf8_lossy(&trace).into_owned();
        let tracer = Tracer::of(&recording);
        let is_encrypted = recording.name.contains("tls_") || recording.name.contains("_tls");
        // A trace has the plain messages inside TLS, which the recorded bytes do not; one was switched on late on purpose.
        if is_encrypted || recording.name.contains("late_pipeline") {
            continue;
        }
        sessions += 1;
        let indexed = recording.indexed();
        let lines = lines_of(&trace);
        for direction in Direction::BOTH {
            let theirs: Vec<String> =
                lines.iter().filter(|line| line.starts_with(direction.letter())).cloned().collect();
            let (same, differing) =
                compare(&recording, &theirs, &our_lines(&indexed, direction, tracer.dialect()), tracer);
            equal += same;
            wrong.extend(differing);
        }
    }
    assert!(wrong.is_empty(), "{} lines differ, {equal} are equal:\n{}", wrong.len(), wrong.join("\n"));
    assert!(sessions >= 50, "only {sessions} sessions");
    assert!(equal > 2250, "only {equal} lines");
}
