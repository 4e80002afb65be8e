//! SQLSTATE: the five characters that name a condition, and the classes of conditions that the first two of them name.
//!
//! ```
//! use pgscope_proto::codes::sqlstate::sqlstate;
//!
//! assert_eq!(sqlstate(b"42P01").map(|known| known.name), Some("undefined_table"));
//! // A code that is not known has a class that is.
//! assert_eq!(sqlstate(b"42ZZZ").map(|known| known.code), Some("42"));
//! ```

mod table;

pub use table::{CLASSES, CONDITIONS};

use super::Meaning;
use crate::schema::built_in;

/// The file of its docs.
pub const FILE: &str = "sqlstates";

/// A condition, or a class of them.
#[derive(Debug)]
pub struct Condition {
    /// The SQLSTATE; of a class, its first two characters.
    pub code: &'static str,
    /// Its name in PL/pgSQL: `undefined_table`; that of a class is words.
    pub name: &'static str,
    /// What happened, and what one usually does about it. Empty without the feature `docs`.
    pub doc: &'static str,
}

const fn condition(code: &'static str, name: &'static str, doc: &'static str) -> Condition {
    Condition { code, name, doc: built_in(doc) }
}

/// The condition of a code; its class if the code is not known; nothing if that is not known either.
pub fn sqlstate(code: &[u8]) -> Option<&'static Condition> {
    let known = (code.len() == LENGTH).then(|| found(CONDITIONS, code)).flatten();
    known.or_else(|| class(code))
}

/// The class of a code.
pub fn class(code: &[u8]) -> Option<&'static Condition> {
    (code.len() == LENGTH).then(|| found(CLASSES, code.get(..CLASS_LENGTH)?)).flatten()
}

/// How many characters a code has, and a class.
const LENGTH: usize = 5;
const CLASS_LENGTH: usize = 2;

fn found(list: &'static [Condition], code: &[u8]) -> Option<&'static Condition> {
    list.binary_search_by(|known| known.code.as_bytes().cmp(code)).ok().and_then(|at| list.get(at))
}

/// All conditions and classes.
pub fn all() -> impl Iterator<Item = &'static Condition> {
    CONDITIONS.iter().chain(CLASSES)
}

impl Condition {
    /// Whether it stands for a class.
    pub fn is_class(&self) -> bool {
        self.code.len() == CLASS_LENGTH
    }

    /// The name of its doc.
    pub fn doc_name(&self) -> String {
        format!("sqlstate={}", self.code)
    }

    /// Its doc, with its class.
    pub fn told(&self) -> String {
        if self.doc.is_empty() {
            return String::new();
        }
        match class(self.code.as_bytes()) {
            Some(class) => format!("{} Class {}: {}.", self.doc, class.code, class.name),
            None => self.doc.to_owned(),
        }
    }

    /// What its code stands for.
    pub fn meaning(&self) -> Meaning {
        let name =
            if self.is_class() { format!("of class {}, {}", self.code, self.name) } else { self.name.to_owned() };
        Meaning { name, doc: self.told(), doc_name: self.doc_name() }
    }
}

#[cfg(all(test, feature = "docs"))]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_sorted_and_hold_nothing_twice() {
        for list in [CONDITIONS, CLASSES] {
            assert!(list.is_sorted_by(|a, b| a.code < b.code));
        }
    }

    #[test]
    fn every_code_has_a_class_and_every_class_a_code() {
        for condition in CONDITIONS {
            assert_eq!(condition.code.len(), LENGTH);
            assert!(condition.code.bytes().all(|letter| letter.is_ascii_digit() || letter.is_ascii_uppercase()));
            assert!(class(condition.code.as_bytes()).is_some(), "{}", condition.code);
        }
        for class in CLASSES {
            assert!(CONDITIONS.iter().any(|condition| condition.code.starts_with(class.code)), "{}", class.code);
        }
    }

    #[test]
    fn a_doc_is_a_sentence_and_not_the_name_again() {
        for Condition { code, name, doc } in all() {
            assert!(doc.ends_with('.') && !doc.contains(['\t', '\n']), "{code}");
            let words = name.replace('_', " ").to_lowercase();
            assert!(!doc.to_lowercase().contains(&words), "{code} {words}: {doc}");
            assert!(doc.len() > 10 && !doc.contains("  "), "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_one_of_its_class() {
        assert_eq!(sqlstate(b"22P02").map(|known| known.name), Some("invalid_text_representation"));
        assert_eq!(
            sqlstate(b"22ZZZ").map(|known| known.meaning().name),
            Some("of class 22, data exception".to_owned())
        );
        for unknown in [b"".as_slice(), b"22", b"2", b"QQ000", b"22P020", b"\xff\xff\xff\xff\xff"] {
            assert!(sqlstate(unknown).is_none(), "{unknown:?}");
        }
    }
}
