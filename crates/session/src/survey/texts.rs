//! The SQL of a file, each text once: what differs only in the values that it writes down is one.

use std::collections::HashMap;

use crate::sql::{Kind, tokens};

/// So much of a text tells it from others.
const LONGEST: usize = 4096;

/// Texts of SQL, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    all: Vec<Box<str>>,
    numbers: HashMap<Box<str>, u32>,
}

impl Texts {
    /// The number of some SQL.
    pub fn add(&mut self, sql: &[u8]) -> u32 {
        let cut = sql.get(..LONGEST).unwrap_or(sql);
        self.number(&lifted(&String::from_utf8_lossy(cut)))
    }

    /// The number of SQL of which only the beginning is here.
    pub fn cut_off(&mut self, sql: &[u8]) -> u32 {
        let cut = sql.get(..LONGEST).unwrap_or(sql);
        let cut = String::from_utf8_lossy(cut);
        let begin = lifted(cut.trim_end_matches(['\u{fffd}', '\0']));
        self.number(if begin.is_empty() { "(a statement that is cut off)".to_owned() } else { begin + " …" }.as_str())
    }

    /// The number of what is only known by the name that it has as a prepared statement.
    pub fn unknown(&mut self, name: &[u8]) -> u32 {
        match name {
            b"" => self.number("(a statement whose text is not in the recording)"),
            name => self.number(&format!(
                "(the statement {}, whose text is not in the recording)",
                String::from_utf8_lossy(name)
            )),
        }
    }

    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.all.len() as u32;
        self.all.push(text.into());
        self.numbers.insert(text.into(), number);
        number
    }

    /// All of them, in order; nothing is left.
    pub fn take(&mut self) -> Vec<Box<str>> {
        self.numbers.clear();
        std::mem::take(&mut self.all)
    }

    /// The number of a text that was among others, as it is.
    pub fn adopt(&mut self, text: &str) -> u32 {
        self.number(text)
    }

    /// The text with this number.
    pub fn get(&self, number: u32) -> &str {
        self.all.get(number as usize).map_or("", |text| text)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// SQL without comments and needless blanks, and `?` for each value that is written in it; a list of values is one.
///
/// ```
/// use pgscope_session::survey::lifted;
///
/// assert_eq!(lifted("SELECT * FROM t  WHERE a = 'x' -- why\n AND b IN (1, 2.5, 3)"), "SELECT * FROM t WHERE a = ? AND b IN (?)");
/// ```
pub fn lifted(sql: &str) -> String {
    let mut made = String::with_capacity(sql.len());
    let mut before: Option<(usize, bool)> = None;
    for token in tokens(sql.as_bytes()) {
        let text = sql.get(token.span.start..token.span.end).unwrap_or_default();
        let is_number = text.starts_with(|first: char| first.is_ascii_digit());
        let is_value =
            matches!(token.kind, Kind::Text { .. } | Kind::Dollar { .. }) || is_number && token.kind == Kind::Word;
        let joins = before.is_some_and(|(end, _)| end == token.span.start);
        let after_value = before.is_some_and(|(_, was_value)| was_value);
        // `1.5` is three pieces, and one value.
        if joins && after_value && (text == "." || is_value) {
            before = Some((token.span.end, true));
            continue;
        }
        // `.5` is a value as `0.5` is; behind a name it is a part of that.
        if joins && is_number && made.ends_with('.') && !is_behind_name(made.strip_suffix('.').unwrap_or_default()) {
            made.pop();
        }
        let mut blank = !joins && !made.is_empty();
        // A sign in front of a number is a part of it, unless something stands before that it is taken from.
        if is_value && let Some(unsigned) = without_sign(&made).filter(|_| is_number) {
            blank = made.get(unsigned..).is_some_and(|sign| sign.starts_with(' '));
            made.truncate(unsigned);
        }
        if is_value && made.ends_with("?,") {
            made.pop();
        } else {
            if blank {
                made.push(' ');
            }
            made.push_str(if is_value { "?" } else { text });
        }
        // Rows of values: as many as there are.
        for repeated in ["(?),(?)", "(?), (?)"] {
            if made.ends_with(repeated) {
                made.truncate(made.len() + "(?)".len() - repeated.len());
            }
        }
        before = Some((token.span.end, is_value));
    }
    made
}

fn is_behind_name(sql: &str) -> bool {
    sql.ends_with(|last: char| last.is_alphanumeric() || "_\"])$".contains(last))
}

/// Where SQL ends before a sign that belongs to what follows, and the blanks before that.
fn without_sign(sql: &str) -> Option<usize> {
    let before = sql.trim_end().strip_suffix(['-', '+'])?.trim_end();
    let is_sign = before.is_empty() || before.ends_with(|last: char| "=<>(,[+-*/%^|&!~".contains(last));
    is_sign.then_some(before.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_lifted_out_and_all_else_stays() {
        let check = |sql, expected| assert_eq!(lifted(sql), expected, "{sql}");
        check("select 1", "select ?");
        check("SELECT 1.5, 'it''s', E'\\'', $tag$x$tag$ FROM t1", "SELECT ? FROM t1");
        check("SELECT a, 1 FROM \"T 2\"", "SELECT a, ? FROM \"T 2\"");
        check("WHERE a=$1 AND b = $2", "WHERE a=$1 AND b = $2");
        check("INSERT INTO t VALUES (1,2),(3,4)", "INSERT INTO t VALUES (?)");
        check("/* from here */ SELECT\n\t1 -- x", "SELECT ?");
        check("SET x = -1", "SET x = ?");
        check("SELECT pg_sleep(.2), a+.5, -.5 WHERE b=.5", "SELECT pg_sleep(?), a+? WHERE b=?");
        check("SELECT (r).f1, t.\"x\".y2, a[1].b FROM s.t3", "SELECT (r).f1, t.\"x\".y2, a[?].b FROM s.t3");
        check("UPDATE t SET a = a + -5, b=b-5 WHERE c IN (1, -2)", "UPDATE t SET a = a + ?, b=b-? WHERE c IN (?)");
        check("", "");
        check("'never ended", "?");
    }
}
