//! The third pane: what the selected message and each of its bytes mean.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Row, Sheet};

use crate::dom::{El, el, grouped, prose};
use crate::later::{self, Lesson, Pane};
use crate::learn::Learn;
use crate::page::Page;
use crate::{explain, fields, hex, layout};

pub(crate) fn pane(page: Page, learn: Learn) -> El {
    let empty = Memo::new(move |_| page.sheet.with(Option::is_none));
    let here = move |part: El| part.live_flag("hidden", move || empty.get());
    let about = move || {
        page.sheet.with(|sheet| match sheet {
            Some(sheet) => vec![title(page, sheet)],
            None => vec![nothing()],
        })
    };
    // What is wrong is told at once, everything else when somebody has begun.
    let is_told = move || {
        let is_wrong = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| !sheet.problems.is_empty()));
        is_wrong.is_some_and(|is_wrong| page.begun.get() || is_wrong)
    };
    let shows_bytes = RwSignal::new(true);
    let fails = move || page.sheet.with(|sheet| sheet.as_ref().is_some_and(|sheet| sheet.row.fails));
    let about = el("div")
        .class("about")
        .child(el("div").live(about))
        .child(here(el("div").class("told-place").child(later::pane(Pane::Told(page), is_told))))
        .child(here(at_work(shows_bytes, learn)))
        .child(here(layout::details(page)));
    el("section")
        .class("pane inspector")
        .attr("aria-labelledby", "inspector-title")
        .child(later::pane(Pane::Learn(Lesson::Story, learn), move || learn.is_open()))
        .child(later::pane(Pane::Failure(page), fails))
        .child(about)
        .child(later::pane(Pane::Learn(Lesson::AtWork(shows_bytes), learn), move || !shows_bytes.get()))
        .child(later::pane(Pane::Proof(page), move || page.is_login()))
        .child(here(hex::grid(page)))
        .child(here(explain::strip(page)))
        .child(here(fields::tree(page)))
}

/// What leads to both programs, and back.
fn at_work(shows_bytes: RwSignal<bool>, learn: Learn) -> El {
    let button = el("button").class("link").text("Both programs").on_click(move || shows_bytes.set(false));
    el("p").class("at-work-link").child(button).live_flag("data-off", move || !shows_bytes.get() || learn.is_open())
}

fn nothing() -> El {
    el("div")
        .class("title")
        .child(el("h2").attr("id", "inspector-title").text("Nothing selected"))
        .child(el("p").text("Bytes that are read become messages; each of them is explained here."))
}

fn title(page: Page, sheet: &Sheet) -> El {
    let row = &sheet.row;
    let all = page.loaded.with_untracked(|loaded| loaded.messages);
    let position = format!("{} of {}", grouped(row.number + 1), grouped(all));
    let heading = el("h2")
        .attr("id", "inspector-title")
        .child(el("span").text(&row.name))
        .child(el("span").class("chip").text(&position))
        .child(el("span").class("chip side").text(&row.direction))
        .children(carried(row))
        .children(sheet.answers.as_ref().map(|(number, name)| answers(page, *number, name)).into_iter().collect());
    let reference = el("a").attr("href", &format!("messages/{}", sheet.page)).text("Reference page");
    let facts = el("p").class("facts").child(reference);
    let facts = facts.text(&format!(" · {} · since {}", sheet.chapter, sheet.since));
    let manual = sheet.manual.iter().enumerate();
    let facts = manual.fold(facts, |facts, (nth, (title, link))| {
        let link = el("a").attr("href", link).attr("target", "_blank").attr("rel", "noreferrer").text(title);
        facts.text(if nth == 0 { " · Manual: " } else { "; " }).child(link)
    });
    el("div")
        .class("title")
        .attr("data-side", &row.direction)
        .child(heading)
        .child(prose(el("p").class("meaning"), &sheet.doc))
        .child(facts)
}

/// What carries the message.
fn carried(row: &Row) -> Vec<El> {
    let words = format!("in {}", row.carrier);
    if row.carrier.is_empty() { Vec::new() } else { vec![el("span").class("chip").text(&words)] }
}

fn answers(page: Page, number: usize, name: &str) -> El {
    let words = format!("answers {} {name}", grouped(number + 1));
    el("button").class("chip").text(&words).on_click(move || page.select(Some(number)))
}
