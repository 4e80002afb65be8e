//! Mistakes that one message shows by itself, though each of its fields can be read.

use pgscope_proto::conversation::versions::{VERSIONS, Version};
use pgscope_proto::messages::startup::VERSION_3_0;
use pgscope_proto::{Message, Problem, Reads, Span, Tree};

/// Whether the values of a message may be wrong: most have none that could be, and the commonest show at once that they are not.
pub(crate) fn may_be_wrong(message: &Message, bytes: &[u8]) -> bool {
    match message.field.id {
        "startup" => {
            !bytes.windows(USER.len()).any(|name| name == USER) || bytes.windows(6).any(|name| name == b"user\0\0")
        }
        "backendkeydata" => bytes.len() != 13,
        "cancelrequest" => bytes.len() != 16,
        "negotiateprotocolversion" | "bind" | "functioncall" | "copyinresponse" | "copyoutresponse" => true,
        _ => false,
    }
}

const USER: &[u8] = b"\0user\0";

/// What the values of a message say against each other or against what its receiver takes.
pub(crate) fn of_values(message: &'static Message, tree: &Tree, bytes: &[u8]) -> Vec<Problem> {
    let found = match message.field.id {
        "startup" => no_user(tree, bytes).into_iter().collect(),
        "negotiateprotocolversion" => negotiation(tree, bytes).into_iter().collect(),
        "backendkeydata" | "cancelrequest" => key_length(tree).into_iter().collect(),
        "bind" => format_count(tree, "parameter_formats", "parameters").into_iter().collect(),
        "functioncall" => format_count(tree, "argument_formats", "arguments").into_iter().collect(),
        "copyinresponse" | "copyoutresponse" => column_formats(tree, bytes),
        _ => Vec::new(),
    };
    let section = Some(message.section);
    found.into_iter().map(|problem| Problem { section, ..problem }).collect()
}

fn span_of(tree: &Tree, id: &str) -> Option<Span> {
    tree.find(id).and_then(|index| tree.nodes.get(index)).map(|node| node.span())
}

fn no_user(tree: &Tree, bytes: &[u8]) -> Option<Problem> {
    let list = tree.find("parameters")?;
    let has_user = tree.children(list).any(|pair| {
        let mut parts = tree.children(pair).map(|part| tree.reads(part, bytes));
        parts.next() == Some(Reads::Text("user")) && !matches!(parts.next(), Some(Reads::Text("")) | None)
    });
    let message =
        "the StartupMessage names no user: the server says “no PostgreSQL user name specified in startup packet”";
    (!has_user && tree.problems.is_empty())
        .then(|| Problem::error("L13", span_of(tree, "parameters").unwrap_or_default(), message, "user and its value"))
}

fn negotiation(tree: &Tree, bytes: &[u8]) -> Option<Problem> {
    let node = tree.find("version")?;
    let Reads::Unsigned(version) = tree.reads(node, bytes) else { return None };
    let span = tree.nodes.get(node)?.span();
    let message = "this is no version word of protocol 3: libpq says “received invalid protocol negotiation message: server requested downgrade to pre-3.0 protocol version”";
    (version < u64::from(VERSION_3_0))
        .then(|| Problem::error("L15", span, message, "00 03 00 00 (3.0) or 00 03 00 02 (3.2): major and minor"))
}

fn key_length(tree: &Tree) -> Option<Problem> {
    let key = span_of(tree, "key")?;
    let is_wrong = VERSIONS.iter().all(|Version { key: (least, most), .. }| !(*least..=*most).contains(&key.len()));
    let message = format!("a cancel key of {} bytes is no key: the request has no effect", key.len());
    (is_wrong && tree.problems.is_empty())
        .then(|| Problem::error("L16", key, message, "4 bytes in protocol 3.0, 4 to 256 in 3.2"))
}

/// The number of entries of a list that was read whole.
fn entries(tree: &Tree, id: &str) -> Option<usize> {
    let list = tree.find(id)?;
    Some(tree.children(list).count().saturating_sub(1))
}

/// Formats are none, one for all, or one for each.
fn format_count(tree: &Tree, formats: &str, values: &str) -> Option<Problem> {
    let (given, needed) = (entries(tree, formats)?, entries(tree, values)?);
    let is_wrong = given > 1 && given != needed && tree.problems.is_empty();
    let list = tree.find(formats)?;
    let count = tree.children(list).next().and_then(|index| tree.nodes.get(index))?.span();
    let message = format!("there are {given} formats for {needed} values: the server refuses the message");
    is_wrong.then(|| Problem::error("L30", count, message, format!("0, 1 or {needed}")).supplied_by(Some(count)))
}

/// A COPY in text cannot have binary columns.
fn column_formats(tree: &Tree, bytes: &[u8]) -> Vec<Problem> {
    let Some(Reads::Signed(overall)) = tree.find("format").map(|node| tree.reads(node, bytes)) else {
        return Vec::new();
    };
    let Some(list) = tree.find("columns") else { return Vec::new() };
    let differing = tree.children(list).skip(1).find(|column| tree.reads(*column, bytes) != Reads::Signed(overall));
    let Some(node) = differing.filter(|_| tree.problems.is_empty()).and_then(|column| tree.nodes.get(column)) else {
        return Vec::new();
    };
    let message = "the format of this column is not the overall format: some clients refuse it";
    vec![Problem::error("L37", node.span(), message, overall.to_string()).warning()]
}

#[cfg(test)]
mod tests {
    use pgscope_proto::{Direction, Exchange, Sides, Stream};

    use super::*;
    use crate::Index;

    fn rules(direction: Direction, bytes: &[u8]) -> Vec<&'static str> {
        let exchange = Exchange::one_sided(direction, Stream::raw(bytes.to_vec()), Sides::Given);
        let index = Index::new(&exchange);
        let mut tree = Tree::new();
        index.tree(&exchange, 0, &mut tree);
        index.problems(&exchange, 0, &tree).iter().map(|problem| problem.rule).collect()
    }

    #[test]
    fn values_that_do_not_fit_each_other_are_found() {
        for (direction, bytes, expected) in [
            (Direction::Frontend, b"\0\0\0\x0f\0\x03\0\0user\0\0\0".as_slice(), "L13"),
            (Direction::Frontend, b"\0\0\0\x09\0\x03\0\0\0", "L13"),
            (Direction::Backend, b"v\0\0\0\x0c\0\0\0\x02\0\0\0\0", "L15"),
            (Direction::Frontend, b"\0\0\0\x0c\x04\xd2\x16\x2e\0\0\0\x01", "L16"),
            (Direction::Frontend, b"B\0\0\0\x15\0\0\0\x02\0\0\0\0\0\x01\xff\xff\xff\xff\0\0\0", "L04"),
            (Direction::Frontend, b"B\0\0\0\x14\0\0\0\x02\0\0\0\0\0\x01\xff\xff\xff\xff\0\0", "L30"),
            (Direction::Backend, b"G\0\0\0\x0b\0\0\x02\0\x01\0\x01", "L37"),
        ] {
            assert_eq!(rules(direction, bytes), [expected], "{bytes:02x?}");
        }
    }
}
