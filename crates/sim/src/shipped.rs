//! The scenarios that come with Pgscope, in the order in which they are told: part by part, and in each from what is easy to what is rare.

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
    "first-hour",
    "first-loop",
    "handshake",
    "receive-loop",
    "simple-query",
    "error",
    "notices",
    "many-statements",
    "transactions",
    "password",
    "scram",
    "refused",
    "ssl-request",
    "versions",
    "three-two",
    "direct-tls",
    "gss-request",
    "extended-query",
    "two-readers",
    "binary",
    "portal",
    "pipeline",
    "skip-until-sync",
    "function-call",
    "copy-in",
    "copy-out",
    "copy-in-error",
    "copy-in-wrong-message",
    "settings",
    "notify",
    "pooling",
    "cancel",
    "unflushed",
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

    /// The list that a page fetches: name, title, summary, part, what it teaches and what it needs, with tabs between them.
    #[test]
    fn the_index_lists_what_is_shipped() {
        let line = |shipped: &Shipped| {
            let scenario = Scenario::read(shipped.text, &Choices::default()).expect("it is shipped");
            let Scenario { title, summary, part, teaches, needs, .. } = scenario;
            format!("{}\t{title}\t{summary}\t{part}\t{teaches}\t{}\n", shipped.name, needs.join(", "))
        };
        let index: String = ALL.iter().map(line).collect();
        expect_test::expect_file!["../scenarios/index.txt"].assert_eq(&index);
    }

    /// Each has its place: parts follow one another, and what one should know before comes before.
    #[test]
    fn the_course_has_an_order() {
        let (mut parts, mut before) = (Vec::new(), Vec::new());
        for shipped in ALL {
            let scenario = Scenario::read(shipped.text, &Choices::default()).expect("it is shipped");
            assert!(!scenario.teaches.is_empty(), "{}", shipped.name);
            for need in &scenario.needs {
                assert!(find(need).is_some(), "{} needs {need}", shipped.name);
                // Two parts may lean on each other; within one, nothing leans on what is told later.
                let is_told = before.contains(need);
                let is_elsewhere = find(need).is_some_and(|other| part_of(other) != scenario.part);
                assert!(is_told || is_elsewhere, "{} needs {need}", shipped.name);
            }
            before.push(shipped.name.to_owned());
            if parts.last() != Some(&scenario.part) {
                parts.push(scenario.part);
            }
        }
        assert_eq!(parts, crate::scenario::PARTS);
    }

    fn part_of(shipped: &Shipped) -> String {
        Scenario::read(shipped.text, &Choices::default()).expect("it is shipped").part
    }
}
