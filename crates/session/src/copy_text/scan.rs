//! Where columns and lines of COPY text and CSV begin and end, byte by byte, however the data are cut.
//!
//! It reads as PostgreSQL does: a line ends as the first one ended, not behind a backslash and not between quotes.

use super::command::{Command, Form};

/// Where a reader of the data is between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// How lines end.
    ends: Ends,
    /// Which column of its line is being read, from 0.
    pub(super) column: u32,
    /// Whether some byte of the line was read.
    pub(super) is_begun: bool,
    /// Whether a quote is open.
    is_quoted: bool,
    /// Whether the last byte escapes the next one.
    is_escaped: bool,
    /// Whether a carriage return was read with which the line may end.
    is_ending: bool,
    /// Whether it is the first line.
    pub(super) is_first: bool,
    /// How much of the mark that ends the data the line has, if nothing else.
    mark: Mark,
    /// Whether that mark was read.
    pub(super) is_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ends {
    Unknown,
    Newline,
    Return,
    Both,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Nothing,
    Backslash,
    Whole,
    Other,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A column, or a part of one.
    Column,
    /// What stands behind it.
    Delimiter,
    /// The end of the line.
    End,
    /// The mark that ends the data.
    Mark,
}

/// A part of the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) what: What,
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last byte.
    pub(super) end: usize,
    /// Which column of the line it is, or stands behind.
    pub(super) column: u32,
}

impl State {
    /// Before the first byte. A server ends lines with a newline, and a client as it likes.
    pub(super) fn new(is_from_client: bool) -> Self {
        Self {
            ends: if is_from_client { Ends::Unknown } else { Ends::Newline },
            column: 0,
            is_begun: false,
            is_quoted: false,
            is_escaped: false,
            is_ending: false,
            is_first: true,
            mark: Mark::Nothing,
            is_over: false,
        }
    }

    /// Whether a line begins here that is not the first.
    pub(super) fn is_fresh(&self) -> bool {
        !(self.is_begun || self.is_first || self.is_over || self.is_ending)
    }

    /// The same data where a line begins that is not the first.
    pub(super) fn fresh(self) -> Self {
        Self { ends: self.ends, is_first: false, ..Self::new(false) }
    }

    /// The same data where this column begins.
    pub(super) fn inside(self, column: usize) -> Self {
        Self { column: column as u32, is_begun: true, ..self.fresh() }
    }

    /// Reads on, and gives each part to `each`, in order; the last column of the bytes too, if it goes on behind them.
    pub(super) fn read(&mut self, copy: &Command, bytes: &[u8], each: &mut dyn FnMut(Part)) {
        let mut from = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if self.is_over {
                return;
            }
            if self.is_ending {
                self.is_ending = false;
                let is_both = *byte == b'\n';
                self.ends = if is_both { Ends::Both } else { Ends::Return };
                let end = if is_both { at + 1 } else { at };
                self.end_line(from..end, each);
                from = end;
                if is_both || self.is_over {
                    continue;
                }
            }
            self.is_begun = true;
            match self.take(copy, *byte) {
                Take::Value => {}
                Take::Delimiter => {
                    self.column(from..at, each);
                    each(Part { what: What::Delimiter, start: at, end: at + 1, column: self.column });
                    self.column = self.column.saturating_add(1);
                    from = at + 1;
                }
                Take::End => {
                    self.column(from..at, each);
                    self.end_line(at..at + 1, each);
                    from = at + 1;
                }
                Take::MayEnd => {
                    self.column(from..at, each);
                    self.is_ending = true;
                    from = at;
                }
            }
        }
        if self.is_ending && from < bytes.len() {
            each(Part { what: What::End, start: from, end: bytes.len(), column: self.column });
        } else if self.is_begun && !self.is_over && !self.is_ending {
            self.column(from..bytes.len(), each);
        }
    }

    fn column(&self, span: std::ops::Range<usize>, each: &mut dyn FnMut(Part)) {
        let what = if self.mark == Mark::Whole { What::Mark } else { What::Column };
        each(Part { what, start: span.start, end: span.end, column: self.column });
    }

    fn end_line(&mut self, span: std::ops::Range<usize>, each: &mut dyn FnMut(Part)) {
        each(Part { what: What::End, start: span.start, end: span.end, column: self.column });
        self.is_over = self.mark == Mark::Whole;
        (self.column, self.is_begun, self.is_first, self.mark) = (0, false, false, Mark::Nothing);
    }

    fn take(&mut self, copy: &Command, byte: u8) -> Take {
        let is_csv = copy.form == Form::Csv;
        let is_plain = if is_csv { self.take_in_csv(copy, byte) } else { self.take_in_text(byte) };
        let take = if is_plain { self.border(copy, byte) } else { Take::Value };
        if !is_csv && matches!(take, Take::Value | Take::Delimiter) {
            self.mark = match (self.mark, byte) {
                (Mark::Nothing, b'\\') => Mark::Backslash,
                (Mark::Backslash, b'.') => Mark::Whole,
                _ => Mark::Other,
            };
        }
        take
    }

    /// Whether the byte stands for itself, so that it may be a border.
    fn take_in_text(&mut self, byte: u8) -> bool {
        let is_plain = !self.is_escaped;
        self.is_escaped = is_plain && byte == b'\\';
        is_plain && !self.is_escaped
    }

    fn take_in_csv(&mut self, copy: &Command, byte: u8) -> bool {
        let is_escape = copy.escape != copy.quote && byte == copy.escape;
        if self.is_quoted && is_escape {
            self.is_escaped = !self.is_escaped;
        }
        if byte == copy.quote && !self.is_escaped {
            self.is_quoted = !self.is_quoted;
        }
        if !is_escape {
            self.is_escaped = false;
        }
        !self.is_quoted
    }

    fn border(&mut self, copy: &Command, byte: u8) -> Take {
        match (byte, self.ends) {
            (b'\n', Ends::Unknown | Ends::Newline) => {
                self.ends = Ends::Newline;
                Take::End
            }
            (b'\r', Ends::Return) => Take::End,
            (b'\r', Ends::Unknown | Ends::Both) => Take::MayEnd,
            (byte, _) if byte == copy.delimiter => Take::Delimiter,
            _ => Take::Value,
        }
    }
}

/// What a byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Take {
    Value,
    Delimiter,
    End,
    /// A carriage return, which ends the line by itself or with a newline.
    MayEnd,
}

#[cfg(test)]
mod tests {
    use super::super::command::commands;
    use super::*;

    /// The lines, each as its columns, with the data cut into pieces of this size.
    fn lines(sql: &str, data: &[u8], size: usize) -> Vec<Vec<String>> {
        let copy = commands(sql.as_bytes()).remove(0);
        let mut state = State::new(true);
        let (mut lines, mut line, mut column) = (Vec::new(), Vec::new(), String::new());
        for piece in data.chunks(size) {
            let mut covered = 0;
            state.read(&copy, piece, &mut |part| {
                assert_eq!(part.start, covered, "parts tile");
                covered = part.end;
                let bytes = String::from_utf8_lossy(&piece[part.start..part.end]);
                match part.what {
                    What::Column | What::Mark => column.push_str(&bytes),
                    What::Delimiter => line.push(std::mem::take(&mut column)),
                    What::End if bytes == "\r" => {}
                    What::End => {
                        line.push(std::mem::take(&mut column));
                        lines.push(std::mem::take(&mut line));
                    }
                }
            });
        }
        if state.is_begun {
            line.push(column);
            lines.push(line);
        }
        lines
    }

    fn check(sql: &str, data: &[u8], expected: &[&[&str]]) {
        for size in 1..=data.len() {
            assert_eq!(lines(sql, data, size), expected, "{sql} in pieces of {size}");
        }
    }

    #[test]
    fn columns_are_the_same_however_the_data_are_cut() {
        check(
            "COPY t FROM STDIN",
            b"1\tone\n\\N\t\\\t\\\n\n3\t\\\\\n",
            &[&["1", "one"], &["\\N", "\\\t\\\n"], &["3", "\\\\"]],
        );
        check("COPY t FROM STDIN", b"a\n\nb", &[&["a"], &[""], &["b"]]);
        check("COPY t FROM STDIN (DELIMITER '|')", b"1|x\ty\n2|\n", &[&["1", "x\ty"], &["2", ""]]);
    }

    #[test]
    fn lines_end_as_the_first_one_ended() {
        check("COPY t FROM STDIN", b"a\tb\r\nc\td\r\n", &[&["a", "b"], &["c", "d"]]);
        check("COPY t FROM STDIN CSV", b"a,\"b\r\n\"\r\nc,d\r\n", &[&["a", "\"b\r\n\""], &["c", "d"]]);
        check("COPY t FROM STDIN", b"a\nb\rc\n", &[&["a"], &["b\rc"]]);
    }

    #[test]
    fn quotes_hide_borders_in_csv() {
        check("COPY t FROM STDIN CSV", b"1,\"a,\"\"b\"\"\nc\"\n2,\\\n", &[&["1", "\"a,\"\"b\"\"\nc\""], &["2", "\\"]]);
        let sql = "COPY t FROM STDIN CSV QUOTE '''' ESCAPE '\\'";
        check(sql, b"'a\\',\\\\',b\n", &[&["'a\\',\\\\'", "b"]]);
    }

    #[test]
    fn nothing_is_read_behind_the_mark_that_ends_the_data() {
        check("COPY t FROM STDIN", b"1\n\\.\nrest\n", &[&["1"], &["\\."]]);
        check("COPY t FROM STDIN", b"\\.x\n", &[&["\\.x"]]);
        check("COPY t FROM STDIN CSV", b"\\.\nrest\n", &[&["\\."], &["rest"]]);
    }

    #[test]
    fn a_return_alone_ends_lines_if_it_ended_the_first() {
        let copy = commands(b"COPY t FROM STDIN").remove(0);
        let (mut state, mut columns) = (State::new(true), Vec::new());
        state.read(&copy, b"a\tb\rc\td\r", &mut |part| {
            if part.what == What::Column {
                columns.push((part.column, part.start));
            }
        });
        assert_eq!(columns, [(0, 0), (1, 2), (0, 4), (1, 6)]);
        assert!(!state.is_begun);
    }
}
