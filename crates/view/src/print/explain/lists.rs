//! All rules, requests or states, a line each.

use std::fmt::Write;

use pgscope_proto::conversation::REQUESTS;
use pgscope_session::rules::{Rule, all};

use super::super::moves::Stands;
use crate::print::reference::first_sentence;

/// The list of this name.
pub(super) fn list(what: &str) -> Option<String> {
    let mut out = String::new();
    match what {
        "rules" => all().for_each(|rule| line(rule, &mut out)),
        "requests" => {
            for request in &REQUESTS {
                let _ = writeln!(out, "  {:<24} {}", request.name, first_sentence(request.doc));
            }
        }
        "states" => {
            for stands in Stands::all() {
                let name = format!("{} {}", stands.end(), stands.name());
                let _ = writeln!(out, "  {name:<29} {}", first_sentence(stands.state().doc));
            }
        }
        _ => return None,
    }
    Some(out)
}

/// A rule on a line.
pub(super) fn line(rule: &Rule, out: &mut String) {
    let _ = writeln!(out, "  {:<4} {:<8} {}", rule.id, rule.severity.name(), rule.title);
}
