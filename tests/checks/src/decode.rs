//! Any bytes read as any message give a tree; clean ones can be written again.

use pgscope_view::proto::encode::{encode, values};
use pgscope_view::proto::messages::ALL;
use pgscope_view::proto::schema::Kind;
use pgscope_view::proto::{Context, CopyContent, Message, Tree, walk};

const CONTENTS: [CopyContent; 7] = [
    CopyContent::Unknown,
    CopyContent::Text,
    CopyContent::Binary,
    CopyContent::Physical,
    CopyContent::Logical,
    CopyContent::OtherPlugin,
    CopyContent::BaseBackup,
];

/// Decodes bytes as one message of the table, on the straight way as far as that leads, and by the walk alone.
///
/// The first byte chooses the message, the second its context: direction, streamed, incomplete (from the lowest bit), and
/// what COPY carries (the upper half); the message follows.
pub fn decode(input: &[u8]) {
    let [choice, bits, bytes @ ..] = input else { return };
    let message = ALL[usize::from(*choice) % ALL.len()];
    let context = Context {
        direction: crate::direction(*bits),
        copy: CONTENTS[usize::from(bits >> 4) % CONTENTS.len()],
        streamed: bits & 2 != 0,
        incomplete: bits & 4 != 0,
    };
    let mut tree = Tree::new();
    pgscope_view::proto::decode(message, bytes, context, &mut tree);
    let mut walked = Tree::new();
    walk(message, bytes, context, &mut walked);
    assert!(tree == walked, "{} by the walk alone: {walked:?}", message.name());
    crate::assert_tiles(&tree, bytes.len());
    assert!(tree.problems.len() <= 20, "problems are bounded");
    for problem in &tree.problems {
        assert!(problem.span.end <= bytes.len(), "{problem:?}");
    }
    for (index, _) in tree.leaves() {
        tree.reads(index, bytes);
        tree.code(index, bytes);
    }
    if !context.incomplete && tree.problems.is_empty() {
        assert_encodes_back(message, &tree, bytes);
    }
}

fn assert_encodes_back(message: &'static Message, tree: &Tree, bytes: &[u8]) {
    let Some(values) = values(message, tree, bytes) else { return };
    let mut again = Vec::new();
    encode(message, &values, &mut again).expect("what was read can be written");
    // Tag and length are written as they should be, whatever the bytes said.
    let computed = message.fields.iter().map_while(|field| match field.kind {
        Kind::Tag => Some(1),
        Kind::Length | Kind::Following => Some(4),
        _ => None,
    });
    let from: usize = computed.sum();
    assert_eq!(again.get(from..), bytes.get(from..), "{} written again", message.name());
}
