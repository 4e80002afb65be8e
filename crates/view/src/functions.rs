//! What is known of a FunctionCall and its answer by the function's oid: names and types. A page fetches this with what comes later.

use pgscope_proto::codes::functions::{Function, function_of};
use pgscope_session::Entry;

use crate::Indexed;
use crate::typing::{Typed, format_of, listed};

/// Where the oid of the function stands.
const FUNCTION: usize = 5;

/// What is known of the arguments of a FunctionCall, or of the result in its answer.
pub(crate) fn typing(indexed: &Indexed, entry: &Entry) -> Vec<Typed> {
    match entry.message.field.id {
        "functioncall" => arguments(indexed, entry).unwrap_or_default(),
        _ => result(indexed, entry).into_iter().collect(),
    }
}

fn arguments(indexed: &Indexed, call: &Entry) -> Option<Vec<Typed>> {
    let formats = listed(indexed, call.number, "argument_formats");
    let named = called(indexed, call)?.arguments.iter().enumerate();
    let typed = |(nth, (name, oid)): (usize, &(&str, u32))| Typed {
        name: (*name).to_owned(),
        oid: *oid,
        is_binary: format_of(&formats, nth),
        ..Typed::default()
    };
    Some(named.map(typed).collect())
}

fn result(indexed: &Indexed, answer: &Entry) -> Option<Typed> {
    let call = indexed.index.entry(indexed.index.request(answer.number)?)?;
    let oid = called(indexed, &call)?.result;
    // The format of the result is the last field of the call.
    let is_binary = indexed.bytes(&call).ends_with(&[0, 1]);
    Some(Typed { oid, is_binary: Some(is_binary), ..Typed::default() })
}

/// The function that a FunctionCall is for.
pub(crate) fn called(indexed: &Indexed, call: &Entry) -> Option<&'static Function> {
    let oid = indexed.bytes(call).get(FUNCTION..)?.first_chunk().filter(|_| call.message.field.id == "functioncall")?;
    function_of(u32::from_be_bytes(*oid))
}
