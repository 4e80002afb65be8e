//! Below the title of the selected message: what is wrong with it and which messages make it so, which messages it refers to,
//! what may come next, and the SQL that it is about.
//!
//! None of it is there at a first look, which has nothing wrong; its place is, so that nothing moves when it comes.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Finding, Link, Next, Reference, Reply, Request, Sql, Ties};

use crate::ask::{ask, ask_newest};
use crate::dom::{El, copy, counted, effect, el, grouped};
use crate::jump::jump;
use crate::page::Page;

/// So many names of messages are shown without being asked for.
const FEW: usize = 4;

/// Both parts: what is wrong, and what it has to do with others.
pub(crate) fn pane(page: Page) -> El {
    let problems = move || {
        page.sheet.with(|sheet| match sheet {
            Some(sheet) => sheet.problems.iter().map(|problem| one_problem(page, problem)).collect(),
            None => Vec::new(),
        })
    };
    let is_well = move || page.sheet.with(|sheet| sheet.as_ref().is_none_or(|sheet| sheet.problems.is_empty()));
    let list = el("ul").class("sheet-problems").live(problems).live_flag("hidden", is_well);
    el("div").class("told").child(list).child(ties(page))
}

/// What a finding says, what was expected, how to mend it, and the messages that make it so.
fn one_problem(page: Page, problem: &Finding) -> El {
    let (number, at) = (problem.number, problem.start);
    let place =
        el("button").class("link").text(&format!("byte {at}")).on_click(move || page.pin(Request::Byte { number, at }));
    let said = el("p").child(place).text(": ").text(&problem.message).text(" ").child(rule(problem));
    let item = el("li")
        .attr("data-severity", &problem.severity)
        .child(said)
        .child(el("p").text("Expected: ").text(&problem.expected));
    let item = if problem.fix.is_empty() { item } else { item.child(mend(page, problem)) };
    item.child(chain(page, problem, true))
}

fn mend(page: Page, problem: &Finding) -> El {
    let bytes = el("span").class("mend").text(&problem.mend);
    el("p").text("Mend: ").text(&problem.fix).text(" ").child(bytes).child(page.editor().mend(problem))
}

/// The id of the rule, which leads to its page.
pub(crate) fn rule(problem: &Finding) -> El {
    let title = format!("The rule {}, in the reference", problem.rule);
    let address = format!("messages/{}", problem.page);
    el("a").class("rule").attr("href", &address).attr("title", &title).text(&problem.rule)
}

/// The messages that make it so: a way to each, with what it says where there is room for that.
pub(crate) fn chain(page: Page, problem: &Finding, is_roomy: bool) -> El {
    let one = |reference: &Reference| {
        let words = el("span").child(el("b").text("A reading aid")).text(", not what was sent");
    let note = el("p").class("aid").child(words).child(button);
    row("SQL", el("dd").child(code).child(note))
}

fn copy_filled(number: usize) {
    ask(Request::Filled(number), |reply| {
        if let Reply::Text(text) = reply {
            let what = format!("the SQL with its parameters, {}", counted(text.len(), "byte"));
            copy(text, &what);
        }
    });
}
