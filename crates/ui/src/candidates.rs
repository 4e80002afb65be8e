//! How the input is read: its form, who sent it, and where in a connection's life it begins. What the input does not say
//! is guessed, said to be a guess, and overruled with one click. How well each reading fits is said in a word; the score
//! itself is a tooltip's, because scores of readings are no shares of a whole.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Candidate, Input, Loaded, form_doc, forms};
use web_sys::{Element, Event, HtmlSelectElement};

use crate::dom::{El, effect, el};
use crate::later::{self, Action, Pane, act};
use crate::page::{Page, Then};

/// A reading that fits less well than this is offered only to who asks for the others; and than that, where one fits.
const FITS: u32 = 40;
const FITS_MOSTLY: u32 = 70;
const FITS_WELL: u32 = 95;

pub(crate) fn readings(page: Page) -> El {
    let given = move || page.loaded.with(|loaded| loaded.bytes == 0 || !loaded.senders.is_empty());
    el("div")
        .class("readings")
        .child(form(page))
        .child(
            el("span")
                .class("chip")
                .live_text(move || page.loaded.with(|loaded| loaded.sides.to_string()))
                .live_flag("hidden", given),
        )
        .child(later::pane(Pane::Senders(page), move || page.loaded.with(|loaded| !loaded.senders.is_empty())))
        .child(later::pane(Pane::Pieces(page), move || page.loaded.with(|loaded| loaded.pieces > 0)))
        .child(later::pane(Pane::Beginnings(page), move || page.loaded.with(|loaded| !loaded.beginnings.is_empty())))
}

pub(crate) fn senders(page: Page) -> El {
    group(page, "Sent by", |loaded| &loaded.senders, page.direction)
}

pub(crate) fn beginnings(page: Page) -> El {
    group(page, "Begins with", |loaded| &loaded.beginnings, page.beginning)
}

/// As which form the input is read.
fn form(page: Page) -> El {
    let first = el("option").attr("value", "").live_text(move || match page.form.with(Option::is_none) {
        true => page.loaded.with(|loaded| loaded.form_name.to_string()),
        false => "recognise the form".to_owned(),
    });
    let choices = forms().map(|form| el("option").attr("value", form.id).text(form.name));
    let list = el("select")
        .class("chip")
        .attr("aria-label", "Form")
        .live_attr("title", move || Some(page.loaded.with(|loaded| loaded.reason.clone())))
        .live_flag("hidden", move || {
            let nothing = page.loaded.with(|loaded| loaded.bytes == 0 && loaded.problems.is_empty());
            nothing && page.form.with(Option::is_none)
        })
        .child(first)
        .children(choices.collect());
    let (chosen, shown, described) = (list.clone(), list.clone(), list.clone());
    let list = list.on("focus", move |_: Event| act(Action::DescribeForms(described.clone())));
    effect(move || {
        let form = page.form.get().unwrap_or_default();
        shown.of::<HtmlSelectElement>().set_value(&form);
    });
    list.on("change", move |_: Event| say(page, page.form, Some(chosen.of::<HtmlSelectElement>().value())))
}

/// Readings side by side, with how well each fits: one is taken, any may be.
fn group(page: Page, label: &'static str, of: fn(&Loaded) -> &Vec<Candidate>, said: RwSignal<Option<String>>) -> El {
    let candidates = Memo::new(move |_| page.loaded.with(|loaded| of(loaded).clone()));
    let all = RwSignal::new(false);
    let buttons = move || {
        let all = all.get();
        candidates.with(|candidates| {
            let is_shown = |one: &&Candidate| all || !is_hidden(candidates, one);
            candidates.iter().filter(is_shown).map(|one| choice(page, one, candidates, said)).collect()
        })
    };
    let others = move || candidates.with(|all| all.iter().filter(|one| is_hidden(all, one)).count());
    let is_said = move || candidates.with(|all| all.iter().any(|one| one.said));
    let how = move || if is_said() { format!("{label}: as you say") } else { format!("{label}: a guess") };
    el("div")
        .class("candidates")
        .attr("role", "group")
        .live_attr("aria-label", move || Some(how()))
        .child(el("span").class("candidates-label").attr("aria-hidden", "true").text(label))
        .child(el("span").class("contents").live(buttons))
        .child(
            el("button")
                .class("link")
                .live_text(move || if all.get() { "fewer".to_owned() } else { format!("{} more", others()) })
                .live_attr("aria-expanded", move || crate::dom::aria(all.get()))
                .live_flag("hidden", move || others() == 0)
                .on_click(move || all.update(|all| *all = !*all)),
        )
        .child(
            el("button")
                .class("link")
                .text("guess again")
                .live_flag("hidden", move || !is_said())
                .on_click(move || say(page, said, None)),
        )
        .live_flag("hidden", move || candidates.with(Vec::is_empty))
}

/// Whether a reading is shown only to who asks for the others. Two are never too many.
fn is_hidden(all: &[Candidate], one: &Candidate) -> bool {
    let is_clear = all.iter().any(|one| one.taken && one.percent >= FITS_WELL);
    all.len() > 2 && !one.taken && one.percent < if is_clear { FITS_MOSTLY } else { FITS }
}

fn choice(page: Page, candidate: &Candidate, all: &[Candidate], said: RwSignal<Option<String>>) -> El {
    let id = candidate.id.to_string();
    let words = match (candidate.taken, candidate.said) {
        (true, true) => "as you say",
        (true, false) => "a guess",
        (false, _) => "read it so",
    };
    let title = format!("Read so, it fits with {} points of 100: {words}", candidate.percent);
    let button = el("button").class("chip candidate").attr("title", &title).text(&candidate.name);
    button.set("aria-pressed", Some(if candidate.taken { "true" } else { "false" }));
    button.set("data-guess", (candidate.taken && !candidate.said).then_some(""));
    let fit = el("small").text(" ").text(fit(candidate, all));
    button.child(fit).on_click(move || say(page, said, Some(id.clone())))
}

/// How well a reading fits, beside the others.
fn fit(candidate: &Candidate, all: &[Candidate]) -> &'static str {
    let others = || all.iter().filter(|other| other.id != candidate.id);
    let word = |percent| match percent {
        0 => "does not fit",
        1..FITS => "hardly fits",
        FITS..FITS_MOSTLY => "fits in part",
        FITS_MOSTLY..FITS_WELL => "fits mostly",
        _ => "fits",
    };
    let mine = word(candidate.percent);
    match () {
        () if candidate.percent == 0 || others().all(|other| word(other.percent) != mine) => mine,
        () if others().all(|other| other.percent < candidate.percent) => "fits best",
        () => mine,
    }
}

fn say(page: Page, what: RwSignal<Option<String>>, id: Option<String>) {
    what.set(id.filter(|id| !id.is_empty()));
    page.load(Input::Same, Then::Look);
}

/// Says of each form in a list what it looks like.
pub(crate) fn describe(list: &El) {
    let mut next = list.of::<Element>().first_element_child();
    while let Some(option) = next {
        let doc = option.get_attribute("value").map_or("", |id| form_doc(&id));
        if !doc.is_empty() {
            let _ = option.set_attribute("title", doc);
        }
        next = option.next_element_sibling();
    }
}
