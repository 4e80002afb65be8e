//! Any bytes read as a value of any type give a tree, and what is read can be shown.

use std::sync::LazyLock;

use pgscope_view::proto::{Tree, types};
use pgscope_view::session::values::text_of;

/// No built-in type has a number beyond this.
const LAST: u32 = 10_000;

static KNOWN: LazyLock<Vec<u32>> = LazyLock::new(|| (0..LAST).filter(|oid| types::structure(*oid).is_some()).collect());

/// Reads bytes as a value in binary format.
///
/// The first byte chooses the type, by its place among all that are known, in the order of their numbers; the value
/// follows.
pub fn types(input: &[u8]) {
    let Some((choice, value)) = input.split_first() else { return };
    let Some(oid) = KNOWN.get(usize::from(*choice) % KNOWN.len()) else { return };
    let mut tree = Tree::new();
    assert!(types::decode(*oid, value, &mut tree), "{oid} is known");
    crate::assert_tiles(&tree, value.len());
    for problem in &tree.problems {
        assert!(problem.span.end <= value.len(), "{problem:?}");
    }
    for (index, _) in tree.leaves() {
        tree.reads(index, value);
        tree.code(index, value);
    }
    text_of(*oid, value);
}
