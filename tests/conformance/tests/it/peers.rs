//! `postgres-protocol`, the crate under tokio-postgres: what it parses from the server's bytes, and what it writes for the
//! client's, must be what we read.

use std::collections::BTreeMap;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use pgscope_proto::encode::{Value, values};
use pgscope_proto::messages::startup::VERSION_3_0;
use pgscope_proto::{Direction, Tree};
use postgres_protocol::IsNull;
use postgres_protocol::message::{backend, frontend};

use crate::captures::all;

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

fn ints<I: FallibleIterator>(items: I, int: impl Fn(I::Item) -> i64) -> Value
where
    I::Error: std::fmt::Debug,
{
    Value::List(items.map(|item| Ok(Value::Int(int(item)))).collect().unwrap())
}

fn error_fields(fields: backend::ErrorFields<'_>) -> Value {
    let pair = |field: backend::ErrorField<'_>| {
        Ok(Value::List(vec![Value::Int(i64::from(field.type_())), bytes(field.value_bytes())]))
    };
    Value::List(fields.map(pair).collect().unwrap())
}

fn row(body: &backend::DataRowBody) -> Value {
    let value =
        |range: Option<std::ops::Range<usize>>| Ok(range.map_or(Value::Null, |range| bytes(&body.buffer()[range])));
    Value::List(body.ranges().map(value).collect().unwrap())
}

fn columns(fields: backend::Fields<'_>) -> Value {
    let column = |field: backend::Field<'_>| {
        let numbers = [
            i64::from(field.table_oid()),
            i64::from(field.column_id()),
            i64::from(field.type_oid()),
            i64::from(field.type_size()),
            i64::from(field.type_modifier()),
            i64::from(field.format()),
        ];
        let mut column = vec![bytes(field.name().as_bytes())];
        column.extend(numbers.map(Value::Int));
        Ok(Value::List(column))
    };
    Value::List(fields.map(column).collect().unwrap())
}

/// The values that the peer reads, in the order of our table; None for what it does not know.
fn theirs(message: &[u8]) -> Option<Vec<Value>> {
    use backend::Message as M;
    let parsed = backend::Message::parse(&mut BytesMut::from(message)).ok()??;
    Some(match parsed {
        M::AuthenticationOk => vec![Value::Int(0)],
        M::AuthenticationCleartextPassword => vec![Value::Int(3)],
        M::AuthenticationMd5Password(body) => vec![Value::Int(5), bytes(&body.salt())],
        M::AuthenticationGss => vec![Value::Int(7)],
        M::AuthenticationGssContinue(body) => vec![Value::Int(8), bytes(body.data())],
        M::AuthenticationSspi => vec![Value::Int(9)],
        M::AuthenticationSasl(body) => {
            let names = body.mechanisms().map(|name| Ok(bytes(name.as_bytes()))).collect().unwrap();
            vec![Value::Int(10), Value::List(names)]
        }
        M::AuthenticationSaslContinue(body) => vec![Value::Int(11), bytes(body.data())],
        M::AuthenticationSaslFinal(body) => vec![Value::Int(12), bytes(body.data())],
        M::BackendKeyData(body) => {
            vec![Value::Int(i64::from(body.process_id())), bytes(&body.secret_key().to_be_bytes())]
        }
        M::CommandComplete(body) => vec![bytes(body.tag().unwrap().as_bytes())],
        M::CopyData(body) => vec![bytes(body.data())],
        M::CopyInResponse(body) => vec![Value::Int(i64::from(body.format())), ints(body.column_formats(), i64::from)],
        M::CopyOutResponse(body) => vec![Value::Int(i64::from(body.format())), ints(body.column_formats(), i64::from)],
        M::DataRow(body) => vec![row(&body)],
        M::ErrorResponse(body) => vec![error_fields(body.fields())],
        M::NoticeResponse(body) => vec![error_fields(body.fields())],
        M::NotificationResponse(body) => vec![
            Value::Int(i64::from(body.process_id())),
            bytes(body.channel().unwrap().as_bytes()),
            bytes(body.message().unwrap().as_bytes()),
        ],
        M::ParameterDescription(body) => vec![ints(body.parameters(), i64::from)],
        M::ParameterStatus(body) => {
            vec![bytes(body.name().unwrap().as_bytes()), bytes(body.value().unwrap().as_bytes())]
        }
        M::ReadyForQuery(body) => vec![Value::Int(i64::from(body.status()))],
        M::RowDescription(body) => vec![columns(body.fields())],
        M::BindComplete
        | M::CloseComplete
        | M::CopyDone
        | M::EmptyQueryResponse
        | M::NoData
        | M::ParseComplete
        | M::PortalSuspended => vec![],
        _ => return None,
    })
}

/// Text, unless the client spoke another encoding than UTF-8, which the peer cannot write.
fn text(value: &Value) -> Option<String> {
    let Value::Bytes(bytes) = value else { panic!("{value:?} is no text") };
    String::from_utf8(bytes.clone()).ok()
}

fn int(value: &Value) -> i64 {
    let Value::Int(number) = value else { panic!("{value:?} is no number") };
    *number
}

fn list(value: &Value) -> &[Value] {
    let Value::List(entries) = value else { panic!("{value:?} is no list") };
    entries
}

fn raw(value: &Value) -> &[u8] {
    let Value::Bytes(bytes) = value else { panic!("{value:?} is no run of bytes") };
    bytes
}

/// The message as the peer writes it from the values that we read; None for what it does not write.
fn written(name: &str, values: &[Value]) -> Option<Vec<u8>> {
    let mut out = BytesMut::new();
    match (name, values) {
        ("Query", [query]) => frontend::query(&text(query)?, &mut out).unwrap(),
        ("Parse", [name, query, types]) => {
            let types = list(types).iter().map(|oid| int(oid) as u32);
            frontend::parse(&text(name)?, &text(query)?, types, &mut out).unwrap();
        }
        ("Bind", [portal, statement, formats, parameters, results]) => {
            let write = |value: &Value, out: &mut BytesMut| {
                let Value::Bytes(bytes) = value else { return Ok(IsNull::Yes) };
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            };
            let [formats, results] =
                [formats, results].map(|list_of| list(list_of).iter().map(|code| int(code) as i16));
            frontend::bind(&text(portal)?, &text(statement)?, formats, list(parameters), write, results, &mut out)
                .ok()?;
        }
        ("Describe", [kind, name]) => frontend::describe(int(kind) as u8, &text(name)?, &mut out).unwrap(),
        ("Close", [kind, name]) => frontend::close(int(kind) as u8, &text(name)?, &mut out).unwrap(),
        ("Execute", [portal, rows]) => frontend::execute(&text(portal)?, int(rows) as i32, &mut out).unwrap(),
        ("PasswordMessage", [password]) => frontend::password_message(raw(password), &mut out).unwrap(),
        ("SASLInitialResponse", [mechanism, data]) => {
            frontend::sasl_initial_response(&text(mechanism)?, raw(data), &mut out).unwrap();
        }
        ("SASLResponse", [data]) => frontend::sasl_response(raw(data), &mut out).unwrap(),
        ("CopyData", [data]) => {
            frontend::CopyData::new(bytes::Bytes::copy_from_slice(raw(data))).unwrap().write(&mut out)
        }
        ("CopyFail", [reason]) => frontend::copy_fail(&text(reason)?, &mut out).unwrap(),
        ("CopyDone", []) => frontend::copy_done(&mut out),
        ("Sync", []) => frontend::sync(&mut out),
        ("Flush", []) => frontend::flush(&mut out),
        ("Terminate", []) => frontend::terminate(&mut out),
        ("SSLRequest", _) => frontend::ssl_request(&mut out),
        ("CancelRequest", [_, pid, key]) if raw(key).len() == 4 => {
            let key = i32::from_be_bytes(raw(key).try_into().unwrap());
            frontend::cancel_request(int(pid) as i32, key, &mut out);
        }
        ("StartupMessage", [version, parameters]) if int(version) == i64::from(VERSION_3_0) => {
            let pairs: Vec<_> = list(parameters)
                .iter()
                .filter_map(|pair| Some((text(&list(pair)[0])?, text(&list(pair)[1])?)))
                .collect();
            frontend::startup_message(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())), &mut out)
                .unwrap();
        }
        _ => return None,
    }
    Some(out.to_vec())
}

#[test]
fn its_parser_and_its_writer_agree_with_every_recorded_message() {
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut tree = Tree::new();
    for recording in all() {
        let indexed = recording.indexed();
        for number in 0..indexed.index.len() {
            let (entry, problems) = indexed.open(number, &mut tree).unwrap();
            let message = indexed.bytes(&entry);
            if !problems.is_empty() {
                continue;
            }
            let Some(ours) = values(entry.message, &tree, message) else { continue };
            let name = entry.message.name();
            let is_long_key = name == "BackendKeyData" && message.len() != 13;
            let same = match entry.direction {
                _ if is_long_key => None,
                Direction::Backend => theirs(message).map(|theirs| theirs == ours),
                Direction::Frontend => written(name, &ours).map(|theirs| theirs == message),
            };
            if same == Some(false) {
                wrong.push(format!("{} {number} {name}: {ours:?}", recording.name));
            }
            if same.is_some() {
                *compared.entry(name).or_default() += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    let kinds: Vec<_> = compared.keys().collect();
    assert!(compared.len() >= 40, "only {} kinds of message were compared: {kinds:?}", compared.len());
    assert!(compared.values().sum::<usize>() > 15_000, "only {compared:?}");
}
