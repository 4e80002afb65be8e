//! The scenarios that come with Pgscope, in the order in which they are told.

/// A scenario as it is shipped.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name, which links use: stable for ever.
    pub name: &'static str,
    /// The scenario.
    pub text: &'static str,
    /// Its narration, Markdown.
    pub narration: &'static str,
}

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        /// All of them.
        pub static ALL: &[Shipped] = &[$(Shipped {
            name: $name,
            text: include_str!(concat!("../scenarios/", $name, ".scenario")),
            narration: include_str!(concat!("../scenarios/", $name, ".md")),
        }),*];
    };
}

shipped![
    "handshake",
    "receive-loop",
    "ssl-request",
    "gss-request",
    "direct-tls",
    "versions",
    "password",
    "scram",
    "refused",
    "simple-query",
    "many-statements",
    "error",
    "notices",
    "transactions",
    "extended-query",
    "binary",
    "portal",
    "pipeline",
    "skip-until-sync",
    "copy-in",
    "copy-in-error",
    "copy-in-wrong-message",
    "copy-out",
    "notify",
    "settings",
    "cancel",
    "function-call",
    "shutdown",
    "damaged-length",
    "logical-replication",
];

/// The one with this name.
pub fn find(name: &str) -> Option<&'static Shipped> {
    ALL.iter().find(|shipped| shipped.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Choices, Scenario};

    /// The list that a page fetches: name, title and summary of each, with tabs between them.
    #[test]
    fn the_index_lists_what_is_shipped() {
        let line = |shipped: &Shipped| {
            let scenario = Scenario::read(shipped.text, &Choices::default()).expect("it is shipped");
            format!("{}\t{}\t{}\n", shipped.name, scenario.title, scenario.summary)
        };
        let index: String = ALL.iter().map(line).collect();
        expect_test::expect_file!["../scenarios/index.txt"].assert_eq(&index);
    }
}
