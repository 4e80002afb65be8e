//! Values of known type: their parts, and types with their modifiers. A page fetches this with what comes later.

use pgscope_proto::frame::Fault;
use pgscope_proto::schema::Width;
use pgscope_proto::types::Misfit;
use pgscope_proto::{CopyContent, Problem, Reads, Span, Tree, types};
use pgscope_session::{Entry, values::text_of};

use crate::Indexed;
use crate::engine::FieldRow;
use crate::says::each_value;
use crate::typing::{Typed, entry_of, text_at, text_inside, type_in_words};
use crate::value::{quoted, unread};
use crate::{carried, copied};

/// Opens the values of a decoded message whose type and binary format are known, and adds what is wrong with them.
pub(crate) fn open(indexed: &Indexed, entry: &Entry, tree: &mut Tree, problems: &mut Vec<Problem>) {
    let bytes = indexed.bytes(entry);
    let before = tree.problems.len();
    // What is cut lacks the rest of a value, and nothing else is wrong with it.
    let is_cut = matches!(entry.fault, Some(Fault::Cut { .. }));
    match entry.message.field.id {
        "copydata" if entry.context().copy == CopyContent::Text => {
            let found = copied::open(indexed, entry, tree);
            problems.extend(found.into_iter().filter(|_| !is_cut));
            return;
        }
        "copydata" => types::open_values_at(tree, bytes, &carried::binary_values(indexed, entry, tree)),
        "functioncallresponse" => types::open_values_at(tree, bytes, &result(indexed, entry, tree)),
        "bind" if !has_binary(tree, bytes) => return,
        "datarow" if !may_misfit(bytes, &indexed.typing(entry)) => return,
        _ => {
            let typing = indexed.typing(entry);
            types::open_values(tree, bytes, &|nth| {
                typing.get(nth).filter(|typed| typed.is_known_binary()).map(|typed| typed.oid)
            });
            // What a client sends may be written in many ways: the server reads it.
            let is_row = entry.message.field.id == "datarow";
            let described = indexed.index.row_description(entry.number).filter(|_| is_row);
            // Where lengths are wrong, so are values.
            let is_readable = tree.problems.is_empty();
            if is_readable
                && described.is_some_and(|described| indexed.index.are_formats_known(entry.number, described))
            {
                let found = misfits(&typing, tree, bytes);
                // It is told once that a zero byte stands there.
                let is_of =
                    |problem: &Problem, zero: &Problem| zero.rule == "L51" && problem.span.contains(zero.span.start);
                problems.retain(|zero| !found.iter().any(|problem| is_of(problem, zero)));
                // What was asked for is not known of one end alone.
                let is_alone = indexed.index.is_one_sided();
                tree.problems.extend(found.into_iter().map(|problem| if is_alone { problem.note() } else { problem }));
            }
        }
    }
    if is_cut || indexed.exchange.has_gaps() && is_behind_gap(indexed, entry) {
        return;
    }
    let is_ended = |problem: &Problem| entry.message.field.id == "datarow" && ends_with_zero(tree, problem, bytes);
    let found = tree.problems.iter().skip(before).cloned();
    problems.extend(found.map(|problem| if is_ended(&problem) { problem.note() } else { problem }));
}

/// Whether a value of a row may not fit its type, or has parts: one in binary format, or one in text format that is neither a text nor a small number.
pub(crate) fn may_misfit(row: &[u8], typed: &[Typed]) -> bool {
    !each_value(row, &mut |nth, value| match (typed.get(nth), value.bytes()) {
        (Some(Typed { oid, is_binary: Some(is_binary), .. }), Some(value)) => {
            let is_small = *oid > BOOL && value.len() < SMALL && value.iter().all(u8::is_ascii_digit);
            *oid == 0 || !is_binary && (is_small && !value.is_empty() || matches!(*oid, TEXT | VARCHAR | NAME))
        }
        _ => true,
    })
}

/// A number of fewer digits fits each type that is written as one, and what it does not fit is seen by who looks for more.
const SMALL: usize = 5;
const BOOL: u32 = 16;
const NAME: u32 = 19;
const TEXT: u32 = 25;
const VARCHAR: u32 = 1043;

/// Which values in text format are none of their type.
fn misfits(typing: &[Typed], tree: &Tree, bytes: &[u8]) -> Vec<Problem> {
    let values = (0..tree.nodes.len()).filter_map(|node| {
        let typed = typing.get(entry_of(tree, node)?).filter(|typed| typed.is_binary == Some(false))?;
        let value = tree.nodes.get(node).filter(|node| node.field.id == "value")?.span();
        Some((typed, value))
    });
    values
        .filter_map(|(typed, value)| Some(misfit(typed, value, bytes, types::misfit(typed.oid, value.of(bytes))?)))
        .collect()
}

fn misfit(typed: &Typed, value: Span, bytes: &[u8], Misfit { expected, why }: Misfit) -> Problem {
    let of_type = typed.kind();
    let is_text = value.of(bytes).iter().all(|byte| !byte.is_ascii_control());
    let binary = text_of(typed.oid, value.of(bytes)).filter(|_| !is_text);
    let message = match binary {
        Some(number) => format!(
            "these bytes are the {of_type} {number} in binary format, and the description says text: a driver reads them as letters"
        ),
        None => {
            let text = quoted(&String::from_utf8_lossy(value.of(bytes)));
            format!("{text} is no {of_type} in text format: {why}. A driver that reads the type fails")
        }
    };
    // An empty value cannot be shown: its length can.
    let place = if value.is_empty() { Span::new(value.start.saturating_sub(4), value.end) } else { value };
    let section = types::structure(typed.oid).map(|of_type| of_type.section);
    Problem { section, ..Problem::error("L33", place, message, expected).warning() }
}

/// Whether something is missing behind what says of which types the values are: a name may stand for something else since.
fn is_behind_gap(indexed: &Indexed, entry: &Entry) -> bool {
    let by = match entry.message.field.id {
        "datarow" => indexed.index.row_description(entry.number).map(|described| described.by as usize),
        "bind" => indexed.index.parameter_description(entry.number),
        _ => None,
    };
    by.is_some_and(|by| indexed.index.is_gap_between(by, entry.number))
}

/// The value in the answer to a FunctionCall, where its type is known.
fn result(indexed: &Indexed, entry: &Entry, tree: &Tree) -> Vec<(usize, u32)> {
    let typing = indexed.typing(entry);
    let known = typing.first().filter(|typed| typed.is_known_binary());
    let value = tree.nodes.iter().position(|node| node.field.id == "value");
    value.zip(known).map(|(value, typed)| (value, typed.oid)).into_iter().collect()
}

/// Whether it is about a zero byte that ends a text: Redshift sends one.
fn ends_with_zero(tree: &Tree, problem: &Problem, bytes: &[u8]) -> bool {
    let holds = |node: &&pgscope_proto::Node| node.field.id == "value" && node.span().contains(problem.span.start);
    let end = tree.nodes.iter().find(holds).map_or(problem.span.end, |node| node.end as usize);
    let rest = Span::new(problem.span.start, end).of(bytes);
    problem.span.of(bytes) == [0] && rest.iter().all(|byte| *byte == 0)
}

/// Whether a Bind gives a parameter in binary format: what its statement says of types is looked up only then.
fn has_binary(bind: &Tree, bytes: &[u8]) -> bool {
    let formats = bind.find("parameter_formats").map(|list| bind.children(list).skip(1));
    formats.is_some_and(|mut formats| formats.any(|format| bind.reads(format, bytes) == Reads::Signed(1)))
}

/// What is known of a value inside another one: its type, and what it is in that type.
pub(crate) fn tell(row: &mut FieldRow, tree: &Tree, bytes: &[u8]) {
    if let Some(oid) = tree.type_of(row.node) {
        row.kind = Typed { oid, ..Typed::default() }.kind();
    }
    if let Some(text) = text_at(tree, row.node, bytes) {
        row.value = format!("{} = {text}", unread(Span::new(row.start, row.end).of(bytes)));
    } else if let Some(text) = text_inside(tree, row.node, bytes) {
        row.value = text;
    }
}

/// A type modifier, with the type that it belongs to: that stands before it in the same column.
pub(crate) fn modifier(tree: &Tree, index: usize, bytes: &[u8], number: i64) -> String {
    let mut before = tree.nodes.iter().take(index).rev().take(MOST_BETWEEN);
    let of_type = before.find(|node| node.field.id == "type").map(|node| node.span().of(bytes));
    let oid = of_type.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_be_bytes);
    match i32::try_from(number).ok().and_then(|modifier| type_in_words(oid, modifier)) {
        Some(words) => format!("{number} ({words})"),
        None => number.to_string(),
    }
}

/// Between a type and its modifier stands no more than the type's size.
const MOST_BETWEEN: usize = 2;

/// A floating-point number, given as its bits.
pub(crate) fn float(bits: u64, width: Width) -> String {
    let text = match width {
        Width::Four => text_of(FLOAT4, &(bits as u32).to_be_bytes()),
        _ => text_of(FLOAT8, &bits.to_be_bytes()),
    };
    text.unwrap_or_default()
}

const FLOAT4: u32 = 700;
const FLOAT8: u32 = 701;

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_session::rules::exchange;

    #[test]
    fn what_a_client_writes_in_text_is_held_to_nothing() {
        let said = "(started)
F Query \"SELECT 1 AS n\"
B RowDescription [(n 0 0 23 4 -1 text)]
B DataRow [\"1\"]
B CommandComplete \"SELECT 1\"
B ReadyForQuery idle
F Parse \"\" \"SELECT $1, $2\" [16 23]
F Bind \"\" \"\" [text binary] [\"true\" \\x00000007] []
F Sync
B ParseComplete
B BindComplete
B ReadyForQuery idle
";
        let indexed = Indexed::new(exchange(said).expect("an exchange"));
        let mut tree = Tree::new();
        let found =
            (0..indexed.index.len()).filter_map(|number| indexed.open(number, &mut tree)).flat_map(|(_, found)| found);
        assert_eq!(found.map(|problem| problem.message).collect::<Vec<_>>(), [""; 0]);
    }
}
