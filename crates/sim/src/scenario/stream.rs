//! The parts of a stream: keepalives, and a transaction as `pgoutput` writes it.

use pgscope_proto::Message;
use pgscope_proto::encode::{Value, encode};
use pgscope_proto::messages::{pgoutput, replication};

use super::ScenarioError;
use super::lines::{Line, values};
use super::server::type_named;

/// A moment for all clocks in a stream: 2026-01-01, in microseconds since 2000.
const CLOCK: i64 = 820_454_400_000_000;

pub(super) fn is_part(word: &str) -> bool {
    matches!(word, "keepalive" | "begin" | "relation" | "insert" | "delete" | "commit" | "message")
}

/// `0/16B3748` as a number.
pub(super) fn lsn(line: &Line, text: &str) -> Result<u64, ScenarioError> {
    let halves = text.split_once('/');
    let parsed = halves
        .and_then(|(high, low)| Some((u64::from_str_radix(high, 16).ok()? << 32) | u64::from_str_radix(low, 16).ok()?));
    parsed.ok_or_else(|| line.wrong_at(text, "a position is such as 0/16B3748"))
}

/// The payloads of CopyData that these lines describe.
pub(super) fn payloads(lines: &[Line]) -> Result<Vec<Vec<u8>>, ScenarioError> {
    lines.iter().map(payload).collect()
}

fn payload(line: &Line) -> Result<Vec<u8>, ScenarioError> {
    let (word, rest) = line.text.split_once(' ').unwrap_or((&line.text, ""));
    let (position, rest) = rest.trim().split_once(' ').unwrap_or((rest.trim(), ""));
    let at = lsn(line, position)? as i64;
    let text = |text: &str| Value::Bytes(text.as_bytes().to_vec());
    let (message, fields): (&'static Message, Vec<Value>) = match word {
        "keepalive" => {
            let asks = Value::Int(i64::from(rest == "reply"));
            return written(line, &replication::PRIMARY_KEEPALIVE, &[Value::Int(at), Value::Int(CLOCK), asks]);
        }
        "begin" => (&pgoutput::BEGIN, vec![Value::Int(at), Value::Int(CLOCK), Value::Int(line.number(rest)? as i64)]),
        "commit" => (&pgoutput::COMMIT, vec![Value::Int(0), Value::Int(at), Value::Int(at + 0x30), Value::Int(CLOCK)]),
        "relation" => (&pgoutput::RELATION, relation(line, rest)?),
        "insert" => {
            let (oid, list) = rest.split_once(' ').unwrap_or((rest, ""));
            let columns = values(list).into_iter().map(|value| match value {
                Some(value) => Value::Choice(b't', vec![text(&value)]),
                None => Value::Choice(b'n', Vec::new()),
            });
            let tuple = Value::Choice(b'N', vec![Value::List(columns.collect())]);
            let oid = Value::Int(line.number(oid)? as i64);
            (&pgoutput::INSERT, vec![Value::Absent, oid, Value::List(vec![tuple])])
        }
        _ => return Err(line.wrong("the parts of a stream are keepalive, begin, relation, insert and commit")),
    };
    let inner = written(line, message, &fields)?;
    let wal = [Value::Int(at), Value::Int(at), Value::Int(CLOCK), Value::Bytes(inner)];
    written(line, &replication::XLOG_DATA, &wal)
}

/// `OID SCHEMA.TABLE COLUMN TYPE, COLUMN TYPE`; the first column is the key.
fn relation(line: &Line, rest: &str) -> Result<Vec<Value>, ScenarioError> {
    let mut words = rest.splitn(3, ' ');
    let wrong = || line.wrong("expected `relation LSN OID SCHEMA.TABLE COLUMN TYPE, COLUMN TYPE`");
    let (Some(oid), Some(table), Some(columns)) = (words.next(), words.next(), words.next()) else {
        return Err(wrong());
    };
    let (schema, table) = table.split_once('.').ok_or_else(wrong)?;
    let mut described = Vec::new();
    for (number, column) in columns.split(',').map(str::trim).enumerate() {
        let (name, of) = column.split_once(' ').ok_or_else(wrong)?;
        let of = type_named(line, of.trim())?;
        let key = Value::Int(i64::from(number == 0));
        described.push(Value::List(vec![key, name.into(), Value::Int(i64::from(of.oid)), Value::Int(-1)]));
    }
    let oid = Value::Int(line.number(oid)? as i64);
    Ok(vec![Value::Absent, oid, schema.into(), table.into(), Value::Int(i64::from(b'd')), Value::List(described)])
}

fn written(line: &Line, message: &'static Message, values: &[Value]) -> Result<Vec<u8>, ScenarioError> {
    let mut bytes = Vec::new();
    encode(message, values, &mut bytes).map_err(|error| line.wrong(error.to_string()))?;
    Ok(bytes)
}
