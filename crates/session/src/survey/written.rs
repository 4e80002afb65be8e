//! What is known by its place in the program, by its name.

use std::borrow::Cow;

use pgscope_proto::messages::{ALL, unknown};
use pgscope_proto::{Direction, Message};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{GSSAPI, Hides, Kind, TLS};

/// Those that are no messages of the protocol.
static OTHERS: [&Message; 3] = [&unknown::UNKNOWN_MESSAGE, &unknown::UNREADABLE, &unknown::UNKNOWN_INNER];

pub(super) fn serialize<S: Serializer>(kinds: &[Kind], serializer: S) -> Result<S::Ok, S::Error> {
    let named = kinds.iter().map(|(direction, message, count, bytes)| (direction, message.field.id, count, bytes));
    named.collect::<Vec<_>>().serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Kind>, D::Error> {
    let named = Vec::<(Direction, Cow<'de, str>, usize, u64)>::deserialize(deserializer)?;
    let known = |(direction, id, count, bytes): (Direction, Cow<'de, str>, usize, u64)| {
        let message = ALL.iter().chain(&OTHERS).copied().find(|message| message.field.id == id);
        let message = message.ok_or_else(|| D::Error::custom(format!("no message is called {id}")))?;
        Ok((direction, message, count, bytes))
    };
    named.into_iter().map(known).collect()
}

pub(super) fn hidden<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Hides>, D::Error> {
    let name = Option::<Cow<'de, str>>::deserialize(deserializer)?;
    Ok(name.and_then(|name| [TLS, GSSAPI].into_iter().find(|known| *known == name)))
}
