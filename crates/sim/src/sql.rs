//! As much of SQL as the protocol itself shows: where statements end, and the few that change what a connection is.

/// The statements of a query, without their semicolons; empty ones left out.
pub(crate) fn split(sql: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let bytes = sql.as_bytes();
    while let Some(byte) = bytes.get(at) {
        let rest = sql.get(at..).unwrap_or_default();
        at += match byte {
            b'\'' | b'"' => quoted(rest, *byte),
            b'-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            b'$' if rest.starts_with("$$") => rest.get(2..).and_then(|inner| inner.find("$$")).map_or(2, |end| end + 4),
            b';' => {
                parts.push(sql.get(start..at).unwrap_or_default());
                start = at + 1;
                1
            }
            _ => 1,
        };
    }
    parts.push(sql.get(start..).unwrap_or_default());
    parts.into_iter().map(str::trim).filter(|part| !is_blank(part)).collect()
}

fn quoted(rest: &str, quote: u8) -> usize {
    let inner = rest.as_bytes().iter().skip(1).position(|byte| *byte == quote);
    inner.map_or(rest.len(), |end| end + 2)
}

/// Whether nothing but comments is there.
fn is_blank(part: &str) -> bool {
    part.lines().all(|line| line.trim().is_empty() || line.trim().starts_with("--"))
}

/// A statement with single spaces and without its semicolon: how answers are found.
pub(crate) fn normal(sql: &str) -> String {
    let words: Vec<_> = sql.split_whitespace().collect();
    words.join(" ").trim_end_matches(';').trim_end().to_owned()
}

/// A statement that a simulated server understands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Begin(&'static str),
    Commit,
    Rollback,
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    Set(String, String),
    Show(String),
    Listen(String),
    Unlisten,
    Notify(String, String),
    Deallocate(Option<String>),
    DiscardAll,
}

/// What the statement is, if it is one of these.
pub(crate) fn known(sql: &str) -> Option<Known> {
    let normal = normal(sql);
    let words: Vec<String> = normal.split([' ', '=', ',']).filter(|word| !word.is_empty()).map(unquoted).collect();
    let upper: Vec<String> = words.iter().map(|word| word.to_ascii_uppercase()).collect();
    let upper: Vec<&str> = upper.iter().map(String::as_str).collect();
    let word = |at: usize| words.get(at).cloned().unwrap_or_default();
    Some(match upper.as_slice() {
        ["BEGIN", ..] => Known::Begin("BEGIN"),
        ["START", "TRANSACTION", ..] => Known::Begin("START TRANSACTION"),
        ["COMMIT" | "END"] | ["COMMIT" | "END", "WORK" | "TRANSACTION"] => Known::Commit,
        ["ROLLBACK", "TO", "SAVEPOINT", _] => Known::RollbackTo(word(3)),
        ["ROLLBACK", "TO", _] => Known::RollbackTo(word(2)),
        ["ROLLBACK" | "ABORT"] | ["ROLLBACK" | "ABORT", "WORK" | "TRANSACTION"] => Known::Rollback,
        ["SAVEPOINT", _] => Known::Savepoint(word(1)),
        ["RELEASE", "SAVEPOINT", _] => Known::Release(word(2)),
        ["RELEASE", _] => Known::Release(word(1)),
        ["SET", _, "TO", ..] => Known::Set(word(1), setting(&normal, " TO ")),
        ["SET", _, ..] if normal.contains('=') => Known::Set(word(1), setting(&normal, "=")),
        ["SHOW", _] => Known::Show(word(1)),
        ["LISTEN", _] => Known::Listen(word(1)),
        ["UNLISTEN", _] => Known::Unlisten,
        ["NOTIFY", _] => Known::Notify(word(1), String::new()),
        ["NOTIFY", _, ..] => {
            let payload = normal.split_once(',').map(|(_, payload)| payload).unwrap_or_default();
            Known::Notify(word(1), unquoted(payload.trim()))
        }
        ["DEALLOCATE", "ALL"] => Known::Deallocate(None),
        ["DEALLOCATE", _] => Known::Deallocate(Some(word(1))),
        ["DISCARD", "ALL"] => Known::DiscardAll,
        _ => return None,
    })
}

fn setting(normal: &str, divider: &str) -> String {
    let upper = normal.to_ascii_uppercase();
    let at = upper.find(divider).map_or(normal.len(), |at| at + divider.len());
    unquoted(normal.get(at..).unwrap_or_default().trim())
}

fn unquoted(word: &str) -> String {
    let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\''));
    let inner = inner.or_else(|| word.strip_prefix('"').and_then(|word| word.strip_suffix('"')));
    inner.unwrap_or(word).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_inside_quotes_and_comments_end_nothing() {
        for (sql, parts) in [
            ("SELECT 1; SELECT 2", vec!["SELECT 1", "SELECT 2"]),
            ("SELECT ';'; ;", vec!["SELECT ';'"]),
            ("SELECT $$a;b$$; -- c;d\nSELECT 2", vec!["SELECT $$a;b$$", "-- c;d\nSELECT 2"]),
            (" ; ", vec![]),
            ("SELECT 'a", vec!["SELECT 'a"]),
            ("SELECT /* ; */ 1", vec!["SELECT /* ; */ 1"]),
        ] {
            assert_eq!(split(sql), parts, "{sql}");
        }
    }

    #[test]
    fn what_changes_a_connection_is_known() {
        for (sql, is) in [
            ("begin", Some(Known::Begin("BEGIN"))),
            ("ROLLBACK TO a", Some(Known::RollbackTo("a".into()))),
            ("NOTIFY c, 'a, b'", Some(Known::Notify("c".into(), "a, b".into()))),
            ("set timezone = 'Europe/Berlin'", Some(Known::Set("timezone".into(), "Europe/Berlin".into()))),
            ("discard all;", Some(Known::DiscardAll)),
            ("SET search_path TO a", Some(Known::Set("search_path".into(), "a".into()))),
            ("SELECT 1", None),
        ] {
            assert_eq!(known(sql), is, "{sql}");
        }
    }
}
