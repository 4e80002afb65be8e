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
        let words = format!("{} of message {}", reference.name, grouped(reference.number + 1));
        let way = way(page, reference, &words);
        if is_roomy { el("li").child(way).child(says(reference)) } else { el("li").child(way) }
    };
    let links = el("ul").class("chain-links").children(problem.because.iter().map(one).collect());
    el("div")
        .class("chain")
        .child(el("span").class("chain-name").text("because: "))
        .child(links)
        .flag("hidden", problem.because.is_empty())
}

fn way(page: Page, reference: &Reference, words: &str) -> El {
    let number = reference.number;
    let title = format!("{}: {}", reference.words, reference.says);
    el("button").class("link").attr("title", &title).text(words).on_click(move || jump(page, number))
}

fn says(reference: &Reference) -> El {
    el("span").class("chain-says").text(&reference.says)
}

/// What the message has to do with others.
fn ties(page: Page) -> El {
    let ties = RwSignal::<Option<Ties>>::default();
    effect(move || {
        let Some(number) = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.number)) else {
            return ties.set(None);
        };
        ask_newest("ties", Request::Ties(number), move |reply| {
            ties.set(if let Reply::Ties(ties) = reply { Some(*ties) } else { None });
        });
    });
    let rows = move || {
        ties.with(|ties| match ties {
            Some(ties) => {
                let sql = ties.sql.as_ref().map(|one| sql(ties, one));
                [remarks(ties), references(page, ties), ties.next.as_ref().map(next), sql]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            None => Vec::new(),
        })
    };
    el("dl").class("ties").live(rows)
}

/// A row: its name, and what stands there.
fn row(name: &str, what: El) -> El {
    el("div").child(el("dt").text(name)).child(what)
}

/// What the capture file remarks at its packets.
fn remarks(ties: &Ties) -> Option<El> {
    let one = |remark: &String| el("p").class("remark").text(remark);
    let all = el("dd").children(ties.remarks.iter().map(one).collect());
    (!ties.remarks.is_empty()).then(|| row("Comment", all))
}

fn references(page: Page, ties: &Ties) -> Option<El> {
    let one = |reference: &Reference| {
        let words = format!("{} {}", reference.name, grouped(reference.number + 1));
        let how = el("span").class("chain-how").text(&reference.words);
        el("li").child(how).child(way(page, reference, &words)).child(says(reference))
    };
    let list = el("ul").class("chain-links").children(ties.refers.iter().map(one).collect());
    (!ties.refers.is_empty()).then(|| row("Refers to", el("dd").child(list)))
}

/// What may come behind it, each name with its page.
fn next(next: &Next) -> El {
    let part = |who: &str, links: &[Link]| {
        let open = RwSignal::new(false);
        el("span").class("next-part").text(who).children(names(links, open)).flag("hidden", links.is_empty())
    };
    let client = if next.server.is_empty() { "the client may ask " } else { "the client may say " };
    let what = el("dd").child(part("the server says ", &next.server)).child(part(client, &next.client));
    row("Next", what)
}

/// Few names, and the rest when they are wanted.
fn names(links: &[Link], open: RwSignal<bool>) -> Vec<El> {
    // One name takes no more room than the words that there is one more.
    let few = if links.len() > FEW + 1 { FEW } else { links.len() };
    let name = |(nth, link): (usize, &Link)| {
        let before = match nth {
            0 => "",
            _ if nth + 1 == links.len() => " or ",
            _ => ", ",
        };
        let link = el("a").attr("href", &format!("messages/{}", link.page)).text(&link.name);
        el("span").text(before).child(link).live_flag("hidden", move || nth >= few && !open.get())
    };
    let more = el("button")
        .class("link more")
        .text(&format!("{} more", links.len() - few))
        .live_flag("hidden", move || open.get())
        .on_click(move || open.set(true));
    let all: Vec<El> = links.iter().enumerate().map(name).collect();
    let more = el("span").text(" ").child(more);
    if few == links.len() { all } else { all.into_iter().chain([more]).collect() }
}

fn sql(ties: &Ties, sql: &Sql) -> El {
    let code = code(sql, "SQL with its parameters");
    let number = ties.number;
    let button = el("button").class("button").text("Copy").attr("title", "Copy the SQL with its parameters filled in");
    let button = button.on_click(move || copy_filled(number));
    let words = el("span").child(el("b").text("A reading aid")).text(", not what was sent");
    let note = el("p").class("aid").child(words).child(button);
    row("SQL", el("dd").child(code).child(note))
}

/// SQL, with its mark.
pub(crate) fn code(sql: &Sql, name: &str) -> El {
    let code = el("code").class("sql").attr("tabindex", "0").attr("role", "group").attr("aria-label", name);
    let code = code.text(&sql.before);
    if sql.is_marked { code.child(el("mark").text(&sql.marked)).text(&sql.behind) } else { code }
}

fn copy_filled(number: usize) {
    ask(Request::Filled(number), |reply| {
        if let Reply::Text(text) = reply {
            let what = format!("the SQL with its parameters, {}", counted(text.len(), "byte"));
            copy(text, &what);
        }
    });
}
