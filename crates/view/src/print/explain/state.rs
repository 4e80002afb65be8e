//! A state: what an end is doing, what it reads and says there, and where that leads.

use std::fmt::Write;

use pgscope_session::Waits;

use super::super::moves::{Stands, Step, steps};
use super::states;
use crate::manual;
use crate::print::reference::wrapped;
use crate::print::{Colour, Ink};

/// States by their end and name: `server copy in`, `frontend-copy-in`.
pub(super) fn whole(what: &str) -> Option<Vec<Stands>> {
    let what = what.to_lowercase().replace('-', " ");
    let names = |stands: Stands| {
        let ends = [stands.end(), stands.state().end.name()];
        ends.iter().any(|end| {
            [stands.name(), stands.state().name.to_owned()]
                .iter()
                .any(|name| what == format!("{end} {}", name.to_lowercase().replace('-', " ")))
        })
    };
    states(names)
}

/// States by their name alone.
pub(super) fn named(what: &str) -> Option<Vec<Stands>> {
    states(|stands| stands.name().eq_ignore_ascii_case(what) || stands.state().name.eq_ignore_ascii_case(what))
}

pub(super) fn pages(list: &[Stands], colour: Colour) -> String {
    list.iter().map(|stands| page(*stands, colour)).collect::<Vec<_>>().join("\n")
}

fn page(stands: Stands, colour: Colour) -> String {
    let state = stands.state();
    let head = colour.paint(Ink::Bold, &format!("{}, a state of the {}", stands.name(), stands.end()));
    let mut out = format!("{head}\n\n{}\n\n", wrapped(state.doc, 0));
    let reads = Waits::from(state.reads).words().unwrap_or("nothing: it works, or it is its own turn");
    let _ = writeln!(out, "  it waits for: {reads}");
    let _ = writeln!(out, "  manual: {}, {}", state.section.title, manual(state.section));
    let of = |is_said| steps().iter().filter(move |step| step.from == stands && step.is_said == is_said);
    for (title, list) in [("It reads", of(false).collect::<Vec<_>>()), ("It says", of(true).collect())] {
        if !list.is_empty() {
            let _ = writeln!(out, "\n{}", colour.paint(Ink::Bold, title));
            list.iter().for_each(|step| line(step, &mut out));
        }
    }
    out
}

fn line(step: &Step, out: &mut String) {
    let _ = writeln!(out, "  {:<34} {}", step.message.name(), leads(step));
}

/// Where a step leads, in words.
pub(crate) fn leads(step: &Step) -> String {
    match (step.from == step.to, step.owes) {
        (true, true) => "and owes an answer".to_owned(),
        (true, false) => "and stays".to_owned(),
        (false, true) => format!("then: {}, and owes an answer", step.to.name()),
        (false, false) => format!("then: {}", step.to.name()),
    }
}
