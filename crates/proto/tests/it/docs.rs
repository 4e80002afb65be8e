//! Docs are found by their names, wherever what they are about turns up.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use pgscope_proto::Tree;
use pgscope_proto::docs::{Names, of_code, of_message};
use pgscope_proto::messages::ALL;
use pgscope_proto::types;

use crate::support::{context, tree_of};

static DOCS: LazyLock<BTreeMap<String, &'static str>> = LazyLock::new(|| {
    let mut docs = BTreeMap::new();
    for message in ALL.iter().chain(types::ALL) {
        of_message(message, &mut |name, doc| {
            assert!(!doc.is_empty() && !doc.contains(['\t', '\n']), "{name}");
            let other = docs.insert(name.to_owned(), doc).unwrap_or(doc);
            assert_eq!(other, doc, "{name} is the name of two docs");
        });
    }
    docs
});

/// Fields that no message's description leads to, so that their docs are always built in. The parts of SASL payloads are
/// others, below a field `data`.
const BUILT_IN: [&str; 5] = ["cut", "extra", "kind", "line", "more"];

/// Panics unless the docs of the tree's nodes, and of what they hold, are those of their names.
pub(crate) fn assert_docs_are_found(tree: &Tree, bytes: &[u8]) {
    let mut names = Names::from(tree, 0);
    for (index, node) in tree.nodes.iter().enumerate() {
        let name = names.next(node);
        assert_eq!(Names::from(tree, index).next(node), name);
        match DOCS.get(&name) {
            Some(doc) => assert_eq!(*doc, node.field.doc, "{name}"),
            None => assert!(BUILT_IN.contains(&node.field.id) || name.contains("sasl"), "{name}"),
        }
        if let Some(code) = tree.code(index, bytes) {
            assert_eq!(DOCS.get(&of_code(&name, code)), Some(&code.doc), "{name}");
        }
    }
}

#[test]
fn docs_of_samples_are_found() {
    for message in ALL {
        assert_docs_are_found(&tree_of(message, message.sample, context(message)), message.sample);
    }
}
