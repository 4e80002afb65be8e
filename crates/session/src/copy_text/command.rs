//! The COPY of some SQL: which way it goes, its columns and how its data are written. COPY's options are read here and
//! nowhere else.
//!
//! Both the list in brackets and the words of older versions are read. Nothing is checked: the server does that.

use super::words::{Word, words};

/// How the data of a COPY are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Lines with delimiters and backslashes.
    #[default]
    Text,
    /// Lines with delimiters and quotes.
    Csv,
    /// The binary format.
    Binary,
    /// In a way that is not known here: a format of an extension, or with oids, as old servers could.
    Other,
}

/// The columns that an option is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// Those of these names.
    Named(Vec<String>),
}

/// A COPY from or to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The columns that it names; none if it names none.
    pub columns: Vec<String>,
    /// Whether the client sends the data.
    pub is_from: bool,
    /// How they are written.
    pub form: Form,
    /// What parts the columns.
    pub delimiter: u8,
    /// How NULL is written.
    pub null: Vec<u8>,
    /// How the default of a column is written, if it may be.
    pub default: Option<Vec<u8>>,
    /// What may stand around a value of CSV.
    pub quote: u8,
    /// What stands before a quote that is part of such a value.
    pub escape: u8,
    /// Whether the first line has the names of the columns.
    pub has_header: bool,
    /// The columns in which NULL may stand between quotes.
    pub force_null: Which,
    /// The columns in which nothing is NULL.
    pub force_not_null: Which,
}

/// The longest SQL that is looked through.
const LONGEST: usize = 1 << 20;

/// Each COPY of the SQL that goes from or to the client, in order.
///
/// ```
/// use pgscope_session::copy_text::{Form, commands};
///
/// let copy = &commands(b"COPY fruit (id, name) FROM STDIN (FORMAT csv, DELIMITER ';')")[0];
/// assert_eq!((copy.form, copy.delimiter, copy.columns.len()), (Form::Csv, b';', 2));
/// ```
pub fn commands(sql: &[u8]) -> Vec<Command> {
    if sql.len() > LONGEST {
        return Vec::new();
    }
    let words = words(sql);
    words.split(|word| *word == Word::Mark(b';')).filter_map(command).collect()
}

fn command(words: &[Word]) -> Option<Command> {
    let (first, mut rest) = words.split_first()?;
    if !first.is("copy") {
        return None;
    }
    let mut read = Read::default();
    if let [binary, Word::Bare(_) | Word::Name(_), ..] = rest
        && binary.is("binary")
        && !rest.get(1)?.is("from")
    {
        read.form = Form::Binary;
        rest = rest.get(1..)?;
    }
    let columns = match rest.first()? {
        Word::Mark(b'(') => {
            rest = rest.get(bracket(rest)..)?;
            Vec::new()
        }
        _ => {
            // The table, maybe behind its schema, and a list.
            let way = rest.iter().position(|word| word.is("from") || word.is("to") || *word == Word::Mark(b'('))?;
            rest = rest.get(way..)?;
            let list = if rest.first()? == &Word::Mark(b'(') { bracket(rest) } else { 0 };
            let names = names(rest.get(..list)?);
            rest = rest.get(list..)?;
            names
        }
    };
    let is_from = rest.first()?.is("from");
    let other_end = rest.get(1)?;
    if !(other_end.is("stdin") || other_end.is("stdout")) {
        return None;
    }
    read.options(rest.get(2..)?);
    Some(read.command(columns, is_from))
}

/// How many words a bracket has that begins here, itself included.
fn bracket(words: &[Word]) -> usize {
    let mut depth = 0;
    for (at, word) in words.iter().enumerate() {
        match word {
            Word::Mark(b'(') => depth += 1,
            Word::Mark(b')') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    words.len()
}

fn names(words: &[Word]) -> Vec<String> {
    words.iter().filter_map(Word::name).map(str::to_owned).collect()
}

/// What the options say.
#[derive(Default)]
struct Read {
    form: Form,
    delimiter: Option<u8>,
    null: Option<Vec<u8>>,
    default: Option<Vec<u8>>,
    quote: Option<u8>,
    escape: Option<u8>,
    has_header: bool,
    force_null: Which,
    force_not_null: Which,
}

impl Read {
    /// All options, with brackets around them and commas between them, or without.
    fn options(&mut self, mut words: &[Word]) {
        while let Some((word, rest)) = words.split_first() {
            if word.is("where") {
                return;
            }
            let used = word.name().map_or(0, |name| self.option(name, rest));
            words = rest.get(used..).unwrap_or_default();
        }
    }

    /// An option; how many of the words behind its name belong to it.
    fn option(&mut self, name: &str, behind: &[Word]) -> usize {
        // In older versions AS may stand before a text.
        let filler = usize::from(behind.first().is_some_and(|word| word.is("as")));
        let text = || match behind.get(filler) {
            Some(Word::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let one = || text().and_then(|text| text.first().copied());
        match name {
            "format" => {
                let form = match behind.first() {
                    Some(Word::Text(text)) => String::from_utf8_lossy(text).to_ascii_lowercase(),
                    word => word.and_then(Word::name).unwrap_or_default().to_owned(),
                };
                self.form = form_of(&form);
                1
            }
            "csv" | "binary" | "oids" => {
                self.form = form_of(name);
                0
            }
            "delimiter" | "delimiters" => {
                self.delimiter = one();
                filler + 1
            }
            "null" => {
                self.null = text();
                filler + 1
            }
            "default" => {
                self.default = text();
                1
            }
            "quote" => {
                self.quote = one();
                filler + 1
            }
            "escape" => {
                self.escape = one();
                filler + 1
            }
            "header" => {
                let (says, used) = truth(behind.first());
                self.has_header = says;
                used
            }
            "force_null" | "force_not_null" | "force_quote" => self.force(name, behind),
            "force" => self.force_in_words(behind),
            _ => 0,
        }
    }

    /// `FORCE_NULL (a, b)` or `FORCE_NULL *`.
    fn force(&mut self, name: &str, behind: &[Word]) -> usize {
        let (which, used) = match behind.first() {
            Some(Word::Mark(b'*')) => (Which::All, 1),
            Some(Word::Mark(b'(')) => {
                let length = bracket(behind);
                (Which::Named(names(behind.get(..length).unwrap_or_default())), length)
            }
            _ => return 0,
        };
        self.set(name, which);
        used
    }

    /// `FORCE NOT NULL a, b`, `FORCE NULL a`, `FORCE QUOTE *`.
    fn force_in_words(&mut self, behind: &[Word]) -> usize {
        let (name, words) = match behind {
            [not, null, ..] if not.is("not") && null.is("null") => ("force_not_null", 2),
            [null, ..] if null.is("null") => ("force_null", 1),
            [quote, ..] if quote.is("quote") => ("force_quote", 1),
            _ => return 0,
        };
        let list = behind.get(words..).unwrap_or_default();
        if list.first() == Some(&Word::Mark(b'*')) {
            self.set(name, Which::All);
            return words + 1;
        }
        // Names with commas between them: a name behind a name is the next option.
        let is_listed = |(at, word): &(usize, &Word)| (at % 2 == 0) == word.name().is_some();
        let length = list.iter().enumerate().take_while(is_listed).count();
        self.set(name, Which::Named(names(list.get(..length).unwrap_or_default())));
        words + length
    }

    fn set(&mut self, name: &str, which: Which) {
        match name {
            "force_null" => self.force_null = which,
            "force_not_null" => self.force_not_null = which,
            _ => {}
        }
    }

    fn command(self, columns: Vec<String>, is_from: bool) -> Command {
        let is_csv = self.form == Form::Csv;
        let null = || if is_csv { Vec::new() } else { b"\\N".to_vec() };
        let quote = self.quote.unwrap_or(b'"');
        Command {
            columns,
            is_from,
            form: self.form,
            delimiter: self.delimiter.unwrap_or(if is_csv { b',' } else { b'\t' }),
            null: self.null.unwrap_or_else(null),
            default: self.default,
            quote,
            escape: self.escape.unwrap_or(quote),
            has_header: self.has_header,
            force_null: self.force_null,
            force_not_null: self.force_not_null,
        }
    }
}

fn form_of(name: &str) -> Form {
    match name {
        "text" => Form::Text,
        "csv" => Form::Csv,
        "binary" => Form::Binary,
        _ => Form::Other,
    }
}

/// Whether a truth value says yes, as it does where there is none, and how many words it is. `MATCH` is a yes, and so is a
/// number of lines.
fn truth(word: Option<&Word>) -> (bool, usize) {
    let said = match word {
        Some(Word::Text(text)) => String::from_utf8_lossy(text).to_ascii_lowercase(),
        Some(Word::Bare(bare)) => bare.clone(),
        _ => return (true, 0),
    };
    match said.as_str() {
        "false" | "off" | "0" => (false, 1),
        "true" | "on" | "1" | "match" => (true, 1),
        _ => (true, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str) -> Command {
        let mut all = commands(sql.as_bytes());
        assert_eq!(all.len(), 1, "{sql}");
        all.remove(0)
    }

    #[test]
    fn without_options_each_form_has_its_own() {
        let text = one("copy t from stdin");
        assert_eq!((text.form, text.delimiter, text.null.as_slice()), (Form::Text, b'\t', b"\\N".as_slice()));
        let csv = one("COPY t TO STDOUT CSV");
        assert_eq!((csv.form, csv.delimiter, csv.null.as_slice()), (Form::Csv, b',', b"".as_slice()));
        assert_eq!((csv.quote, csv.escape, csv.has_header, csv.is_from), (b'"', b'"', false, false));
        for sql in ["COPY BINARY t FROM STDIN", "COPY t FROM STDIN BINARY", "COPY t FROM STDIN (FORMAT 'binary')"] {
            assert_eq!(one(sql).form, Form::Binary, "{sql}");
        }
        assert_eq!(one("COPY binary FROM STDIN").form, Form::Text);
        for sql in ["COPY t TO STDOUT (FORMAT json)", "COPY t FROM STDIN WITH OIDS"] {
            assert_eq!(one(sql).form, Form::Other, "{sql}");
        }
    }

    #[test]
    fn columns_are_those_in_the_list() {
        assert_eq!(one("COPY public.\"Fruit\" (ID, \"Na\"\"me\") FROM STDIN").columns, ["id", "Na\"me"]);
        assert!(one("COPY (SELECT a, (b) FROM t) TO STDOUT WITH (FORMAT csv)").columns.is_empty());
        assert!(one("COPY \"from\".\"to\" TO STDOUT").columns.is_empty());
    }

    #[test]
    fn options_of_both_kinds_are_read() {
        for sql in [
            "COPY t FROM STDIN WITH (FORMAT csv, HEADER, DELIMITER ';', NULL 'nil', QUOTE '''', ESCAPE E'\\\\')",
            "COPY t FROM STDIN (HEADER true, QUOTE '''', ESCAPE '\\', NULL 'nil', DELIMITER ';', FORMAT CSV)",
            "COPY t FROM STDIN WITH DELIMITER AS ';' NULL 'nil' CSV HEADER QUOTE AS '''' ESCAPE '\\'",
            "COPY t FROM /* ; */ STDIN USING DELIMITERS ';' NULL AS 'nil' CSV HEADER QUOTE $$'$$ ESCAPE '\\' -- x",
        ] {
            let copy = one(sql);
            assert_eq!((copy.form, copy.has_header, copy.delimiter), (Form::Csv, true, b';'), "{sql}");
            assert_eq!((copy.null.as_slice(), copy.quote, copy.escape), (b"nil".as_slice(), b'\'', b'\\'), "{sql}");
        }
        assert_eq!(one("COPY t FROM STDIN DELIMITER E'\\t'").delimiter, b'\t');
        assert!(one("COPY t FROM STDIN (FORMAT csv, HEADER match)").has_header);
        assert!(!one("COPY t FROM STDIN (FORMAT csv, HEADER off, FREEZE)").has_header);
        assert_eq!(one("COPY t FROM STDIN (DEFAULT '\\D')").default.as_deref(), Some(b"\\D".as_slice()));
        assert_eq!(one("COPY t FROM STDIN WHERE delimiter = 'x'").delimiter, b'\t');
    }

    #[test]
    fn columns_that_are_forced_are_named() {
        let named = |names: &[&str]| Which::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let copy = one("COPY t FROM STDIN (FORMAT csv, FORCE_NULL (a, \"B\"), FORCE_NOT_NULL *)");
        assert_eq!((copy.force_null, copy.force_not_null), (named(&["a", "B"]), Which::All));
        let copy = one("COPY t FROM STDIN CSV FORCE NOT NULL a, b FORCE NULL c HEADER");
        assert_eq!((copy.force_not_null, copy.force_null, copy.has_header), (named(&["a", "b"]), named(&["c"]), true));
    }

    #[test]
    fn only_what_goes_through_the_connection_counts() {
        let sql = "BEGIN; COPY a FROM STDIN; COPY b FROM '/x'; COPY c TO PROGRAM 'stdout'; SELECT 'COPY d FROM STDIN;'; COPY e TO STDOUT";
        let ways: Vec<bool> = commands(sql.as_bytes()).iter().map(|copy| copy.is_from).collect();
        assert_eq!(ways, [true, false]);
        for sql in
            ["", "COPY", "COPY t", "COPY (SELECT 1", "COPY t (a", "COPY t FROM", "SELECT 1", "COPY t (a) FROM 'x"]
        {
            assert_eq!(commands(sql.as_bytes()), [], "{sql}");
        }
    }
}
