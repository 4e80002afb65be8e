//! What a program said, and the mistakes that it may come from.

use std::fmt::Write;

use pgscope_session::rules::{Rule, Says};

use super::rule::told;
use crate::print::reference::wrapped;
use crate::print::{Colour, Ink};

/// The rules whose mistake makes a program say it: the most specific first.
pub(super) fn page(found: &[(&'static Rule, &'static Says)], colour: Colour) -> String {
    let mut out = match found {
        [_] => "This comes from one mistake.\n".to_owned(),
        many => format!("This may come from {} mistakes, the most likely first.\n", many.len()),
    };
    for (rule, says) in found {
        let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, &format!("{}  {}", rule.id, rule.title)));
        let _ = writeln!(out, "{}", wrapped(&told(says), 2));
        let _ = writeln!(out, "\n{}\n", wrapped(rule.doc, 2));
        let _ = writeln!(out, "  mend: {}", wrapped(rule.mend, 8).trim_start());
        let _ = writeln!(out, "  to be sure, record: {}", wrapped(rule.record, 10).trim_start());
        let _ = writeln!(out, "  and then: pgscope lint --deny {} FILE", rule.id);
    }
    out
}
