//! COPY FROM STDIN: what the client may say, and what is wrong with its rows.

use super::Server;
use super::State;
use super::body::Body;
use crate::binary_copy::BinaryRows;
use crate::report::Report;
use crate::types::utf8;
use crate::world::{Column, CopyForm, Edition};

/// A COPY that takes data.
#[derive(Clone, Debug)]
pub(super) struct CopyIn {
    table: String,
    columns: Vec<Column>,
    form: CopyForm,
    /// Whether Execute began it, not Query.
    pub(super) in_extended: bool,
    edition: Edition,
    /// What has come and is no whole row yet.
    rest: Vec<u8>,
    binary: BinaryRows,
    rows: usize,
    /// Whether `\.` has ended the data.
    ended: bool,
}

impl CopyIn {
    pub(super) fn new(
        table: String,
        columns: Vec<Column>,
        form: CopyForm,
        in_extended: bool,
        edition: Edition,
    ) -> Self {
        let binary = BinaryRows::default();
        Self { table, columns, form, in_extended, edition, rest: Vec::new(), binary, rows: 0, ended: false }
    }

    fn take(&mut self, data: &[u8]) -> Result<(), Report> {
        self.rest.extend_from_slice(data);
        match self.form {
            CopyForm::Binary => self.rows += self.binary.take(&mut self.rest, &self.columns)?,
            _ => {
                while let Some(end) = self.line_end() {
                    let line: Vec<u8> = self.rest.drain(..=end).collect();
                    self.line(line.strip_suffix(b"\n").unwrap_or(&line))?;
                }
            }
        }
        Ok(())
    }

    /// Where the first row ends: a line feed that is not inside quotes.
    fn line_end(&self) -> Option<usize> {
        let mut quoted = false;
        self.rest.iter().position(|byte| {
            quoted ^= self.form == CopyForm::Csv && *byte == b'"';
            *byte == b'\n' && !quoted
        })
    }

    fn end(&mut self) -> Result<usize, Report> {
        if self.form == CopyForm::Binary {
            self.binary.end(&self.rest)?;
        } else if !self.rest.is_empty() {
            let line = std::mem::take(&mut self.rest);
            self.line(&line)?;
        }
        Ok(self.rows)
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Report> {
        if self.ended {
            return Ok(());
        }
        let ends = self.form == CopyForm::Text || self.edition < Edition::Eighteen;
        if line == b"\\." && ends {
            self.ended = true;
            return Ok(());
        }
        let number = self.rows + 1;
        let place = |column: Option<(&str, &str)>, table: &str| match column {
            Some((name, value)) => format!("COPY {table}, line {number}, column {name}: \"{value}\""),
            None => format!("COPY {table}, line {number}: \"{}\"", String::from_utf8_lossy(line)),
        };
        let text = utf8(line).map_err(|report| report.context(format!("COPY {}, line {number}", self.table)))?;
        let values = if self.form == CopyForm::Csv { csv(&text) } else { tabbed(&text) };
        if values.len() > self.columns.len() {
            let report = Report::error("22P04", "extra data after last expected column");
            return Err(report.context(place(None, &self.table)));
        }
        for (number, column) in self.columns.iter().enumerate() {
            let Some(value) = values.get(number) else {
                let report = Report::error("22P04", format!("missing data for column \"{}\"", column.name));
                return Err(report.context(place(None, &self.table)));
            };
            if let Some(value) = value {
                let read = column.of.of_text(value);
                read.map_err(|report| report.context(place(Some((&column.name, value)), &self.table)))?;
            }
        }
        self.rows += 1;
        Ok(())
    }
}

/// The values of a row of the text format.
fn tabbed(line: &str) -> Vec<Option<String>> {
    let values = line.split('\t');
    values.map(|value| (value != "\\N").then(|| value.replace("\\t", "\t").replace("\\\\", "\\"))).collect()
}

/// The values of a row of the CSV format: an empty one without quotes is NULL.
fn csv(line: &str) -> Vec<Option<String>> {
    let mut values = Vec::new();
    let mut value = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                if quoted && was_quoted {
                    value.push('"');
                }
                was_quoted = true;
            }
            ',' if !quoted => {
                values.push((was_quoted || !value.is_empty()).then(|| std::mem::take(&mut value)));
                was_quoted = false;
            }
            _ => value.push(letter),
        }
    }
    values.push((was_quoted || !value.is_empty()).then_some(value));
    values
}

impl Server {
    /// A message while COPY data is expected.
    pub(super) fn copy_in(&mut self, name: &'static str, tag: u8, message: &[u8]) {
        let State::CopyIn(mut copy) = self.state.clone() else { return };
        match tag {
            b'd' => {
                self.read(name);
                let taken = copy.take(message.get(5..).unwrap_or_default());
                self.state = State::CopyIn(copy);
                if let Err(report) = taken {
                    self.fail(report);
                }
            }
            b'c' => {
                self.state = if copy.in_extended { State::Extended } else { State::Query };
                self.read(name);
                match copy.end() {
                    Ok(rows) => self.copied(rows, copy.in_extended),
                    Err(report) => self.fail(report),
                }
            }
            b'f' => {
                self.state = if copy.in_extended { State::Extended } else { State::Query };
                self.read(name);
                let failed = Body::of(message).text().map(|reason| format!("COPY from stdin failed: {reason}"));
                self.fail(failed.map_or_else(|report| report, |text| Report::error("57014", text)));
            }
            // Sync and Flush are taken and ignored: a client that pipelined cannot know yet that it is in a COPY.
            _ => self.read(name),
        }
    }

    fn copied(&mut self, rows: usize, in_extended: bool) {
        self.say_complete(&format!("COPY {rows}"));
        if in_extended {
            self.run = None;
        } else {
            self.proceed();
        }
    }
}
