//! A message, or a part of one, as Markdown: a table of its fields, for an issue or a page of documentation.

use pgscope_proto::{Reads, Tree};

use crate::Indexed;
use crate::copy::named;
use crate::value::{quoted, unread};

/// The message as a heading, what it says, and a table of its fields; `field` is the path of the part that is meant, as
/// `bind.parameters`.
pub fn markdown(indexed: &Indexed, number: usize, field: Option<&str>) -> Option<String> {
    let mut tree = Tree::new();
    let (entry, problems) = indexed.open(number, &mut tree)?;
    let bytes = indexed.bytes(&entry);
    let root = match field {
        Some(path) => (0..tree.nodes.len()).find(|index| tree.path(*index) == path)?,
        None => 0,
    };
    let top = tree.nodes.get(root)?;
    let says = indexed.says(&entry, &tree);
    let end =
        if entry.direction == pgscope_proto::Direction::Frontend { "client → server" } else { "server → client" };
    let mut out = format!("### {}. {} ({end})\n\n", number + 1, entry.message.name());
    if !says.is_empty() {
        out += &format!("{}\n\n", code(&says));
    }
    out += "| offset | bytes | field | value |\n| ---: | --- | --- | --- |\n";
    let own =
        tree.nodes.iter().enumerate().skip(root).take_while(|(index, node)| *index == root || node.depth > top.depth);
    for (index, node) in own.filter(|(index, _)| *index > 0) {
        let value = value(tree.reads(index, bytes));
        let shown = node.span().of(bytes);
        let digits = if tree.is_leaf(index) { code(&short(shown)) } else { String::new() };
        let indent = "&nbsp;&nbsp;".repeat(usize::from(node.depth.saturating_sub(top.depth.max(1))));
        out += &format!("| {} | {digits} | {indent}{} | {value} |\n", node.start, escaped(node.field.name));
    }
    for problem in problems {
        out += &format!(
            "\n**{}** ({}): {}; expected: {}\n",
            problem.severity.name(),
            problem.rule,
            escaped(&problem.message),
            escaped(&problem.expected)
        );
    }
    Some(out)
}

fn value(reads: Reads<'_>) -> String {
    match reads {
        Reads::Children => String::new(),
        Reads::Null => "NULL".to_owned(),
        Reads::Unsigned(number) => number.to_string(),
        Reads::Signed(number) => number.to_string(),
        Reads::Text(text) => code(&quoted(text)),
        Reads::Bytes(bytes) => code(&unread(bytes)),
    }
}

const MOST: usize = 16;

fn short(bytes: &[u8]) -> String {
    let shown = named(bytes.get(..MOST).unwrap_or(bytes), "hex", "").unwrap_or_default();
    if bytes.len() > MOST { format!("{shown} …") } else { shown }
}

/// Between as many backticks as it needs.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = text.replace(['\n', '\r'], " ").replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

fn escaped(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;").replace('*', "\\*")
}
