//! The lines of `[server]`: what it is, whom it knows, and what it answers.

use pgscope_proto::Direction;

use super::lines::{Line, values};
use super::{Scenario, ScenarioError};
use crate::report::Report;
use crate::types::Type;
use crate::world::{Answer, Asks, Column, CopyForm, Does, Edition, Encryption, Forgets, Function, Role};

pub(super) fn type_named(line: &Line, name: &str) -> Result<Type, ScenarioError> {
    Type::named(name).ok_or_else(|| line.wrong_at(name, format!("the type {name} is not known here")))
}

impl Scenario {
    pub(super) fn server(&mut self, line: &Line, inside: &[Line]) -> Result<(), ScenarioError> {
        if let Some(sql) = line.after("answer ") {
            let answer = answer(line, sql, inside)?;
            self.world.answers.push(answer);
            return Ok(());
        }
        if let Some(rest) = line.after("function ") {
            let function = function(line, rest, inside)?;
            self.world.functions.push(function);
            return Ok(());
        }
        if let Some(extra) = inside.first() {
            return Err(extra.wrong("only lines below an answer or a function are indented"));
        }
        if let Some(rest) = line.after("says ") {
            return self.say(line, rest, Direction::Backend);
        }
        if let Some(rest) = line.after("role ") {
            self.world.roles.push(role(line, rest)?);
        } else if let Some(name) = line.after("database ") {
            self.world.databases.push(name.to_owned());
        } else if let Some(rest) = line.after("refuse ") {
            self.world.refuses = Some(report(line, "FATAL", rest)?);
        } else if let Some(rest) = line.after("set ") {
            let (name, value) = rest.split_once('=').ok_or_else(|| line.wrong("expected `set NAME = VALUE`"))?;
            self.world.settings.push((name.trim().to_owned(), value.trim().to_owned()));
        } else {
            self.server_setting(line)?;
        }
        Ok(())
    }

    fn server_setting(&mut self, line: &Line) -> Result<(), ScenarioError> {
        let (name, value) = line.setting()?;
        match name {
            "edition" => {
                self.world.edition = match value {
                    "15" => Edition::Fifteen,
                    "18" => Edition::Eighteen,
                    _ => return Err(line.wrong_at(value, "the edition is 15 or 18")),
                }
            }
            "tls" => self.world.tls = encryption(line, value, "S")?,
            "gss" => self.world.gss = encryption(line, value, "G")?,
            "forgets" => {
                self.world.forgets = match value {
                    "nothing" => Forgets::Nothing,
                    "byte" => Forgets::Byte,
                    "start-up" => Forgets::StartUp,
                    "answer" => Forgets::Answer,
                    _ => return Err(line.wrong_at(value, "what is forgotten is nothing, byte, start-up or answer")),
                }
            }
            "strangers" => self.world.asks_strangers = asks(line, value)?,
            "iterations" => self.world.iterations = line.number(value)? as u32,
            "timeout" => self.world.authentication_timeout_us = line.duration(value)?,
            _ => {
                let known = "known here are edition, tls, gss, forgets, strangers, iterations, timeout, role, database, \
                             refuse, set, answer and function";
                return Err(line.wrong(known));
            }
        }
        Ok(())
    }
}

fn encryption(line: &Line, value: &str, yes: &str) -> Result<Encryption, ScenarioError> {
    match value.as_bytes() {
        [b'N'] => Ok(Encryption::Refused),
        [b'E'] => Ok(Encryption::Error),
        [b'E', b'2'] => Ok(Encryption::OldError),
        _ if value == yes => Ok(Encryption::Accepted),
        [byte] => Ok(Encryption::Bad(*byte)),
        _ => Err(line.wrong_at(value, format!("the answer is N, {yes}, E or E2 for an error, or a wrong byte"))),
    }
}

fn asks(line: &Line, value: &str) -> Result<Asks, ScenarioError> {
    match value {
        "trust" => Ok(Asks::Trust),
        "clear" => Ok(Asks::Clear),
        "md5" => Ok(Asks::Md5),
        "scram" => Ok(Asks::Scram),
        _ => Err(line.wrong_at(value, "what is asked is trust, clear, md5 or scram")),
    }
}

/// `NAME ASKS [PASSWORD] [superuser]`.
fn role(line: &Line, rest: &str) -> Result<Role, ScenarioError> {
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    let superuser = words.last() == Some(&"superuser");
    if superuser {
        words.pop();
    }
    match words.as_slice() {
        [name, what] => Ok(Role { name: (*name).to_owned(), password: None, asks: asks(line, what)?, superuser }),
        [name, what, password] => {
            let password = Some((*password).to_owned());
            Ok(Role { name: (*name).to_owned(), password, asks: asks(line, what)?, superuser })
        }
        _ => Err(line.wrong("expected `role NAME trust|clear|md5|scram [PASSWORD] [superuser]`")),
    }
}

/// `SQLSTATE MESSAGE`.
fn report(line: &Line, severity: &str, rest: &str) -> Result<Report, ScenarioError> {
    match rest.split_once(' ') {
        Some((code, message)) if code.len() == 5 => Ok(Report::new(severity, code, message.trim())),
        _ => Err(line.wrong("expected a SQLSTATE of five letters, then the message")),
    }
}

fn columns(line: &Line, list: &str) -> Result<Vec<Column>, ScenarioError> {
    let one = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        let (name, of, origin) = match words.as_slice() {
            [name, of] => (*name, *of, None),
            [name, of, "from", table, number] => {
                (*name, *of, Some((line.number(table)? as u32, line.number(number)? as i16)))
            }
            _ => return Err(line.wrong_at(text, "a column is `NAME TYPE` or `NAME TYPE from TABLE NUMBER`")),
        };
        Ok(Column { name: name.to_owned(), of: type_named(line, of)?, origin })
    };
    list.split(',').map(str::trim).filter(|text| !text.is_empty()).map(one).collect()
}

/// What the lines below an answer have said so far.
#[derive(Default)]
struct Parts {
    columns: Option<Vec<Column>>,
    rows: Vec<Vec<Option<String>>>,
    tag: Option<String>,
    error: Option<Report>,
    notices: Vec<Report>,
    takes_us: u64,
    parameters: Vec<Type>,
    copy: Option<(bool, String, CopyForm)>,
    stream: Vec<Line>,
}

fn answer(line: &Line, sql: &str, inside: &[Line]) -> Result<Answer, ScenarioError> {
    let mut parts = Parts::default();
    for inner in inside {
        parts.take(inner)?;
    }
    let Parts { columns, rows, tag, error, notices, takes_us, parameters, copy, stream } = parts;
    let does = match (copy, error, columns, tag) {
        _ if !stream.is_empty() => Does::Stream(super::stream::payloads(&stream)?),
        (Some((true, table, form)), _, columns, _) => {
            Does::CopyIn { table, columns: columns.unwrap_or_default(), form }
        }
        (Some((false, _, form)), _, columns, _) => Does::CopyOut { columns: columns.unwrap_or_default(), rows, form },
        (None, Some(report), Some(columns), _) => Does::RowsThenError { columns, rows, report },
        (None, Some(report), None, _) => Does::Error(report),
        (None, None, Some(columns), tag) => Does::Rows { columns, rows, tag },
        (None, None, None, Some(tag)) => Does::Command(tag),
        _ => return Err(line.wrong("an answer needs columns, a tag, an error, a copy or a stream below it")),
    };
    Ok(Answer { parameters, notices, takes_us, ..Answer::new(sql, does) })
}

impl Parts {
    fn take(&mut self, line: &Line) -> Result<(), ScenarioError> {
        let (word, rest) = line.text.split_once(' ').unwrap_or((&line.text, ""));
        let rest = rest.trim();
        match word {
            "columns" => self.columns = Some(columns(line, rest)?),
            "row" => {
                let row = values(rest);
                let expected = self.columns.as_ref().map_or(0, Vec::len);
                if row.len() != expected {
                    let message = format!("the row has {} values for {expected} columns", row.len());
                    return Err(line.wrong_at(rest, message));
                }
                self.rows.push(row);
            }
            "tag" => self.tag = Some(rest.to_owned()),
            "error" => self.error = Some(report(line, "ERROR", rest)?),
            "fatal" => self.error = Some(report(line, "FATAL", rest)?),
            "notice" => self.notices.push(report(line, "NOTICE", rest)?),
            "warning" => self.notices.push(report(line, "WARNING", rest)?),
            "detail" | "hint" | "position" | "context" => self.more(line, word, rest)?,
            "takes" => self.takes_us = line.duration(rest)?,
            "parameters" => {
                let names = rest.split(',').map(str::trim).filter(|name| !name.is_empty());
                self.parameters = names.map(|name| type_named(line, name)).collect::<Result<_, _>>()?;
            }
            "copy" => self.copy = Some(copy(line, rest)?),
            _ if super::stream::is_part(word) => self.stream.push(line.clone()),
            _ => {
                let known = "below an answer stand columns, row, tag, error, fatal, notice, warning, detail, hint, \
                             position, context, takes, parameters, copy, or the parts of a stream";
                return Err(line.wrong(known));
            }
        }
        Ok(())
    }

    fn more(&mut self, line: &Line, word: &str, rest: &str) -> Result<(), ScenarioError> {
        let last = self.error.as_mut().or(self.notices.last_mut());
        let report = last.ok_or_else(|| line.wrong("there is no error or notice above that this belongs to"))?;
        match word {
            "detail" => report.detail = Some(rest.to_owned()),
            "hint" => report.hint = Some(rest.to_owned()),
            "context" => report.context = Some(rest.to_owned()),
            _ => report.position = Some(line.number(rest)? as usize),
        }
        Ok(())
    }
}

fn copy(line: &Line, rest: &str) -> Result<(bool, String, CopyForm), ScenarioError> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (is_in, table, form) = match words.as_slice() {
        ["in", table, form] => (true, *table, *form),
        ["out", form] => (false, "", *form),
        _ => return Err(line.wrong("expected `copy in TABLE text|csv|binary` or `copy out text|csv|binary`")),
    };
    let form = match form {
        "text" => CopyForm::Text,
        "csv" => CopyForm::Csv,
        "binary" => CopyForm::Binary,
        _ => return Err(line.wrong_at(form, "the form is text, csv or binary")),
    };
    Ok((is_in, table.to_owned(), form))
}

/// `OID (TYPE, TYPE) TYPE`, and below it `result VALUE | VALUE = VALUE`.
fn function(line: &Line, rest: &str, inside: &[Line]) -> Result<Function, ScenarioError> {
    let wrong = || line.wrong("expected `function OID (TYPE, TYPE) RESULT`");
    let (oid, rest) = rest.split_once('(').ok_or_else(wrong)?;
    let (arguments, result) = rest.split_once(')').ok_or_else(wrong)?;
    let names = arguments.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut results = Vec::new();
    for inner in inside {
        let rest = inner.after("result ").ok_or_else(|| inner.wrong("expected `result VALUE | VALUE = VALUE`"))?;
        let (arguments, result) = rest.split_once('=').ok_or_else(|| inner.wrong("expected a `=`"))?;
        results.push((values(arguments), values(result).into_iter().next().flatten()));
    }
    Ok(Function {
        oid: line.number(oid)? as u32,
        arguments: names.map(|name| type_named(line, name)).collect::<Result<_, _>>()?,
        result: type_named(line, result.trim())?,
        results,
    })
}
