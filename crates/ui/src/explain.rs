//! What the field under the pointer means, or the pinned one: in a place of its own between bytes and fields, so that
//! nothing moves when it changes.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{FieldRow, Place, Reply, Request};

use crate::ask::ask;
use crate::docs;
use crate::dom::{El, counted, effect, el, grouped, prose};
use crate::page::Page;

/// The kinds of field, each with its colour.
const ROLES: [&str; 8] = ["tag", "length", "count", "integer", "code", "string", "value", "secret"];

/// The lit field of the selected message, and its row.
type Lit = Option<(Place, FieldRow)>;

pub(crate) fn strip(page: Page) -> El {
    // What is pinned makes its own room. What the pointer passes over lies above what is below, so that nothing moves.
    let pinned = lit(page, |page| page.lights().0);
    let passed = lit(page, |page| page.lights().1);
    let shown = move || {
        pinned.with(|lit| match lit {
            Some((place, row)) => explanation(page, place, row),
            None => hint(page),
        })
    };
    let passing =
        move || passed.with(|lit| lit.iter().flat_map(|(place, row)| explanation(page, place, row)).collect());
    el("div")
        .class("explain")
        .attr("role", "group")
        .attr("aria-label", "Meaning of the field")
        .live_flag("data-passing", move || passed.with(Option::is_some))
        // It may be longer than its place, and then it scrolls.
        .child(el("div").class("explain-box").attr("tabindex", "0").live(shown))
        .child(el("div").class("explain-box passing").live(passing))
}

/// The row of the field at a place.
fn lit(page: Page, place: fn(Page) -> Option<Place>) -> RwSignal<Lit> {
    let lit = RwSignal::<Lit>::default();
    let place = Memo::new(move |_| place(page));
    effect(move || {
        // What it means may come later, and then the sheet is told anew.
        page.sheet.track();
        let Some(place) = place.get().filter(|place| place.node > 0) else { return lit.set(None) };
        let (number, from) = (place.number, place.node - 1);
        ask(Request::Fields { number, from, to: from + 1 }, move |reply| {
            if let Reply::Fields(mut rows) = reply {
                docs::tell_rows(&mut rows);
                lit.set(rows.into_iter().next().map(|row| (place, row)));
            }
        });
    });
    lit
}

/// While nothing is lit: what can be, and what the colours mean.
fn hint(page: Page) -> Vec<El> {
    let words = "Point at a byte or a field, and what it means is said here. A click pins it; Esc lets go. ";
    let kind = |role: &&str| el("li").child(el("span").class("dot").attr("data-role", role)).text(role);
    let kinds = el("ul").class("kinds").attr("aria-label", "Kinds of field").children(ROLES.iter().map(kind).collect());
    let more = el("button").class("link").text("What colours and marks mean").on_click(move || page.legend.set(true));
    vec![el("p").class("explain-hint").text(words).child(more), kinds]
}

fn explanation(page: Page, place: &Place, row: &FieldRow) -> Vec<El> {
    let (outer, own) =
        place.path.rsplit_once('›').map_or(("", &*place.path), |(outer, own)| (outer.trim_end(), own.trim_start()));
    let head = el("p")
        .class("explain-head")
        .child(el("span").class("dot").attr("data-role", &row.role))
        .child(el("span").class("explain-path").text(outer).text(if outer.is_empty() { "" } else { " › " }))
        .child(el("b").text(own))
        .child(el("span").class("explain-value").text(&row.value))
        .child(el("span").class("field-kind").text(&row.kind));
    let code = prose(el("span").class("explain-code"), &row.code_doc).flag("hidden", row.code_doc.is_empty());
    let problem = el("p").class("explain-problem").text(&row.problem).flag("hidden", row.problem.is_empty());
    let doc = prose(el("span"), &row.doc);
    let length = counted(row.end - row.start, "byte");
    let at = format!("{length} from byte {} · ", row.start);
    let whence = el("p").class("explain-place").text(&at).child(el("code").text(&place.id));
    vec![head, problem, el("p").class("explain-doc").child(code).child(doc), carriers(page, place, whence)]
}

/// From which messages the bytes come, where a stream goes across their borders.
fn carriers(page: Page, place: &Place, whence: El) -> El {
    let [first, .., last] = place.carriers.as_slice() else { return whence };
    let go = |number: usize| {
        el("button").class("link").text(&grouped(number + 1)).on_click(move || page.select(Some(number)))
    };
    let between = if place.carriers.len() == 2 { " and " } else { " to " };
    whence.text(" · carried by the messages ").child(go(*first)).text(between).child(go(*last))
}
