//! What is known of values that a message gives by themselves: parameters of a Bind, arguments and the result of a function. A page fetches
//! this with what comes later.

use std::rc::Rc;

use pgscope_session::Entry;

use crate::Indexed;
use crate::functions;
use crate::typing::{Typed, format_of, numbers, numbers_in};

/// What is known of them, in their order.
pub(crate) fn typing(indexed: &Indexed, entry: &Entry) -> Vec<Typed> {
    match entry.message.field.id {
        "bind" => parameters(indexed, entry).unwrap_or_default(),
        _ => functions::typing(indexed, entry),
    }
}

fn parameters(indexed: &Indexed, bind: &Entry) -> Option<Vec<Typed>> {
    let types = indexed.index.parameter_description(bind.number).map(|by| types(indexed, by));
    let (tree, bytes) = indexed.decoded(bind.number)?;
    let formats = numbers_in(&tree, bytes, "parameter_formats");
    let count = tree.find("parameters").map_or(0, |list| tree.children(list).skip(1).count());
    let typed = |nth| Typed {
        oid: types.as_ref().and_then(|types| types.get(nth).copied()).unwrap_or(0),
        is_binary: format_of(&formats, nth),
        ..Typed::default()
    };
    Some((0..count).map(typed).collect())
}

/// The oids of a ParameterDescription or Parse, which is asked for by one Bind after the other.
fn types(indexed: &Indexed, number: usize) -> Rc<[u32]> {
    let last = indexed.remembered.types.take().filter(|(known, _)| *known == number);
    let (_, types) = last.unwrap_or_else(|| (number, numbers(indexed, number, "types").into()));
    indexed.remembered.types.replace(Some((number, types.clone())));
    types
}
