//! The lines of `[client]`: how it connects, and what it does.

use pgscope_proto::Direction;

use super::lines::{Line, values};
use super::{Scenario, ScenarioError};
use crate::client::{Action, TlsWish};

const ACTIONS: &str = "an action is query, send, parse, bind, describe, execute, close, flush, sync, await, data, done, \
                       fail, function, sleep, cancel, status, raw, terminate, drop, says or beside";

impl Scenario {
    pub(super) fn client(&mut self, line: &Line) -> Result<(), ScenarioError> {
        let first = line.text.split(' ').next().unwrap_or_default();
        let second = line.text.split_whitespace().nth(1);
        if second == Some("=") || first == "set" {
            return self.client_setting(line);
        }
        let rest = line.text.get(first.len()..).unwrap_or_default().trim();
        match first {
            "says" => return self.say(line, rest, Direction::Frontend),
            "beside" => {
                self.beside.push(super::piece(line, rest)?);
                return Ok(());
            }
            _ => {}
        }
        let action = match first {
            "query" => Action::Query { sql: unescaped(rest), waits: true },
            "send" => Action::Query { sql: unescaped(rest), waits: false },
            "parse" => parse(line, rest)?,
            "bind" => bind(line, rest)?,
            "describe" => {
                let (kind, name) = kind_and_name(line, rest)?;
                Action::Describe(kind, name)
            }
            "close" => {
                let (kind, name) = kind_and_name(line, rest)?;
                Action::Close(kind, name)
            }
            "execute" => {
                let (portal, most) = rest.split_once(' ').unwrap_or((rest, "0"));
                Action::Execute(name_of(portal), line.number(most)? as u32)
            }
            "flush" => Action::Flush,
            "sync" => Action::Sync { waits: rest != "nowait" },
            "await" => awaited(line, rest)?,
            "data" => match rest.strip_prefix("hex ") {
                Some(hex) => Action::CopyData(line.hex(hex)?),
                None => Action::CopyData(format!("{}\n", unescaped(rest)).into_bytes()),
            },
            "piece" => Action::CopyData(unescaped(rest).into_bytes()),
            "done" => Action::CopyDone,
            "fail" => Action::CopyFail(rest.to_owned()),
            "function" => function(line, rest)?,
            "sleep" => Action::Sleep(line.duration(rest)?),
            "cancel" => Action::Cancel { asks_tls: rest.contains("after ssl"), wrong_key: rest.contains("wrong key") },
            "status" => {
                let (lsn, asks) = rest.split_once(' ').unwrap_or((rest, ""));
                Action::Status { lsn: super::stream::lsn(line, lsn)?, asks: asks == "reply" }
            }
            "raw" => match rest.strip_prefix("query ") {
                Some(hex) => Action::RawQuery(line.hex(hex)?),
                None => Action::Raw(line.hex(rest)?),
            },
            "terminate" => Action::Terminate,
            "drop" => Action::Drop,
            _ => return Err(line.wrong(ACTIONS)),
        };
        self.actions.push(action);
        Ok(())
    }

    fn client_setting(&mut self, line: &Line) -> Result<(), ScenarioError> {
        if let Some(rest) = line.after("set ") {
            let (name, value) = rest.split_once('=').ok_or_else(|| line.wrong("expected `set NAME = VALUE`"))?;
            self.settings.parameters.push((name.trim().to_owned(), value.trim().to_owned()));
            return Ok(());
        }
        let (name, value) = line.setting()?;
        match name {
            "user" => self.settings.user = value.to_owned(),
            "database" => self.settings.database = value.to_owned(),
            "password" => self.settings.password = Some(value.to_owned()),
            "protocol" => self.settings.protocol = version(line, value)?,
            "gss" => self.settings.gss = value == "prefer",
            "binding" => self.settings.binding_flag = value.chars().next().unwrap_or('n'),
            "tls" => {
                self.settings.tls = match value {
                    "disable" => TlsWish::Disable,
                    "prefer" => TlsWish::Prefer,
                    "require" => TlsWish::Require,
                    "direct" => TlsWish::Direct,
                    _ => return Err(line.wrong_at(value, "tls is disable, prefer, require or direct")),
                }
            }
            _ => {
                let known =
                    "settings are user, database, password, protocol, tls, gss, binding, and `set NAME = VALUE`";
                return Err(line.wrong(known));
            }
        }
        Ok(())
    }
}

fn version(line: &Line, text: &str) -> Result<u32, ScenarioError> {
    let (major, minor) = text.split_once('.').ok_or_else(|| line.wrong_at(text, "a version is such as 3.0"))?;
    Ok(((line.number(major)? as u32) << 16) | (line.number(minor)? as u32 & 0xffff))
}

/// `-` stands for the unnamed statement or portal.
fn name_of(text: &str) -> String {
    if text == "-" { String::new() } else { text.to_owned() }
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

fn parse(line: &Line, rest: &str) -> Result<Action, ScenarioError> {
    let (name, sql) = rest.split_once(' ').unwrap_or((rest, ""));
    let (types, sql) = match sql.strip_prefix("types ") {
        Some(behind) => behind.split_once(" : ").ok_or_else(|| line.wrong("expected `types TYPE, TYPE : SQL`"))?,
        None => ("", sql),
    };
    let types = types.split(',').map(str::trim).filter(|name| !name.is_empty());
    let types = types.map(|name| super::server::type_named(line, name).map(|of| of.oid));
    Ok(Action::Parse { name: name_of(name), sql: sql.trim().to_owned(), types: types.collect::<Result<_, _>>()? })
}

fn bind(line: &Line, rest: &str) -> Result<Action, ScenarioError> {
    let (head, list) = rest.split_once(':').unwrap_or((rest, ""));
    let mut words = head.split_whitespace();
    let (Some(portal), Some(statement)) = (words.next(), words.next()) else {
        return Err(line.wrong("expected `bind PORTAL STATEMENT [parameters=binary] [results=binary] : VALUE | VALUE`"));
    };
    let (mut formats, mut results) = (Vec::new(), Vec::new());
    for word in words {
        match word {
            "parameters=binary" => formats = vec![1],
            "results=binary" => results = vec![1],
            _ => return Err(line.wrong_at(word, "known are parameters=binary and results=binary")),
        }
    }
    let binary = !formats.is_empty();
    let values = given(line, list, binary)?;
    Ok(Action::Bind { portal: name_of(portal), statement: name_of(statement), values, formats, results })
}

/// Values as text, or with `\x` as bytes.
fn given(line: &Line, list: &str, binary: bool) -> Result<Vec<Option<Vec<u8>>>, ScenarioError> {
    let one = |value: Option<String>| match value {
        None => Ok(None),
        Some(value) if binary => line.hex(value.strip_prefix("\\x").unwrap_or(&value)).map(Some),
        Some(value) => Ok(Some(value.into_bytes())),
    };
    values(list).into_iter().map(one).collect()
}

fn kind_and_name(line: &Line, rest: &str) -> Result<(u8, String), ScenarioError> {
    match rest.split_once(' ') {
        Some(("statement", name)) => Ok((b'S', name_of(name.trim()))),
        Some(("portal", name)) => Ok((b'P', name_of(name.trim()))),
        _ => Err(line.wrong("expected `statement NAME` or `portal NAME`")),
    }
}

fn awaited(line: &Line, rest: &str) -> Result<Action, ScenarioError> {
    match rest.split_once(' ') {
        None if rest.is_empty() => Ok(Action::Await),
        None if rest == "notification" => Ok(Action::AwaitNotification),
        Some(("data", count)) => Ok(Action::AwaitData(line.number(count)? as usize)),
        _ => Err(line.wrong("expected `await`, `await notification` or `await data COUNT`")),
    }
}

fn function(line: &Line, rest: &str) -> Result<Action, ScenarioError> {
    let (oid, list) = rest.split_once(' ').unwrap_or((rest, ""));
    let (format, list) = match list.strip_prefix("binary ") {
        Some(list) => (1, list),
        None => (0, list),
    };
    let arguments = given(line, list, format == 1)?;
    Ok(Action::Function { oid: line.number(oid)? as u32, arguments, format })
}
