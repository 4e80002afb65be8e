//! What the tests share.

use pgscope_proto::schema::{Carrier, Chapter, Head, Sender};
use pgscope_proto::{Context, CopyContent, Direction, Message, Tree, decode, walk};

/// A direction that may send it.
pub(crate) fn direction(message: &Message) -> Direction {
    if message.sender == Sender::Frontend { Direction::Frontend } else { Direction::Backend }
}

/// What must be known to read it.
pub(crate) fn context(message: &Message) -> Context {
    let copy = match (message.chapter, message.head) {
        (_, Head::Inner(Carrier::BaseBackup, _)) => CopyContent::BaseBackup,
        (Chapter::Replication, _) => CopyContent::Physical,
        (Chapter::LogicalReplication, _) => CopyContent::Logical,
        _ => CopyContent::Unknown,
    };
    Context { copy, ..Context::new(direction(message)) }
}

pub(crate) fn tree_of(message: &'static Message, bytes: &[u8], context: Context) -> Tree {
    let (mut tree, mut walked) = (Tree::new(), Tree::new());
    decode(message, bytes, context, &mut tree);
    walk(message, bytes, context, &mut walked);
    assert!(tree == walked, "{} by the walk alone: {walked:?}", message.name());
    tree
}

/// Panics unless the leaves tile the bytes and children lie inside their parents, in order.
pub(crate) fn assert_tiles(tree: &Tree, length: usize) {
    let mut at = 0;
    for (index, leaf) in tree.leaves() {
        assert_eq!(leaf.start as usize, at, "{} leaves a gap or overlaps", tree.path(index));
        at = leaf.end as usize;
    }
    assert_eq!(at, length, "the leaves end where the message does");
    let mut open = vec![tree.nodes[0]];
    for index in 1..tree.nodes.len() {
        let depth = tree.nodes[index].depth;
        open.truncate(depth as usize);
        let parent = *open.last().expect("all but the first have one");
        open.push(tree.nodes[index]);
        assert!(parent.span().covers(tree.nodes[index].span()), "{} leaves its parent", tree.path(index));
    }
}

/// `51 0000000e …`: leaves as groups.
pub(crate) fn outline(tree: &Tree, bytes: &[u8]) -> String {
    let mut out = String::new();
    for (index, node) in tree.nodes.iter().enumerate() {
        let indent = "  ".repeat(node.depth as usize);
        let ordinal = node.ordinal.map(|ordinal| format!("[{ordinal}]")).unwrap_or_default();
        let says = if tree.is_leaf(index) {
            let hex: String = node.span().of(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            format!(" {hex} = {:?}", tree.reads(index, bytes))
        } else {
            String::new()
        };
        let code = tree.code(index, bytes).map(|code| format!(" ({})", code.name)).unwrap_or_default();
        out += &format!("{indent}{}{ordinal} {}..{}{says}{code}\n", node.field.id, node.start, node.end);
    }
    for problem in &tree.problems {
        out += &format!("! {} {:?} {} (expected {})\n", problem.rule, problem.span, problem.message, problem.expected);
    }
    out
}
