//! Constructors of messages, over [`encode()`](crate::encode::encode): for simulated ends, for tests, for samples.

use crate::encode::{EncodeError, Value, encode};
use crate::messages::{self, startup};
use crate::schema::Message;

/// One message of the table with these values.
pub fn message(message: &'static Message, values: &[Value]) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    encode(message, values, &mut bytes)?;
    Ok(bytes)
}

/// A StartupMessage of this version with these settings.
pub fn startup(version: u32, parameters: &[(&str, &str)]) -> Result<Vec<u8>, EncodeError> {
    let pairs = parameters.iter().map(|(name, value)| Value::List(vec![(*name).into(), (*value).into()])).collect();
    message(&startup::STARTUP_MESSAGE, &[Value::Int(i64::from(version)), Value::List(pairs)])
}

/// A simple Query.
pub fn query(sql: &str) -> Result<Vec<u8>, EncodeError> {
    message(&messages::simple_query::QUERY, &[sql.into()])
}

/// A DataRow; `None` is NULL.
pub fn data_row(values: &[Option<&[u8]>]) -> Result<Vec<u8>, EncodeError> {
    let columns = values.iter().map(|value| value.map_or(Value::Null, |bytes| Value::Bytes(bytes.to_vec()))).collect();
    message(&messages::simple_query::DATA_ROW, &[Value::List(columns)])
}

/// A ReadyForQuery with this transaction status: I, T or E.
pub fn ready_for_query(status: u8) -> Result<Vec<u8>, EncodeError> {
    message(&messages::simple_query::READY_FOR_QUERY, &[Value::Int(i64::from(status))])
}

/// An ErrorResponse with these lettered fields.
pub fn error_response(fields: &[(u8, &str)]) -> Result<Vec<u8>, EncodeError> {
    let fields =
        fields.iter().map(|(letter, text)| Value::List(vec![Value::Int(i64::from(*letter)), (*text).into()])).collect();
    message(&messages::errors::ERROR_RESPONSE, &[Value::List(fields)])
}
