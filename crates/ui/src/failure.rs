//! Above everything that is told of an ErrorResponse: what it says, whole, and its place in the SQL.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Failure, Reply, Request, Sql};

use crate::ask::ask_newest;
use crate::dom::{El, effect, el, grouped};
use crate::jump::jump;
use crate::page::Page;
use crate::told::code;

/// A sentence of more characters than this is not set in the largest letters.
const LONG: usize = 160;

/// What the selected message says, if it is an error.
pub(crate) fn pane(page: Page) -> El {
    let failure = RwSignal::<Option<Failure>>::default();
    effect(move || {
        let failed =
            page.sheet.with(|sheet| sheet.as_ref().filter(|sheet| sheet.row.fails).map(|sheet| sheet.row.number));
        let Some(number) = failed else { return failure.set(None) };
        ask_newest("failure", Request::Failure(number), move |reply| {
            failure.set(if let Reply::Failure(failure) = reply { Some(*failure) } else { None });
        });
    });
    let told = move || failure.with(|failure| failure.iter().flat_map(|failure| parts(page, failure)).collect());
    el("section")
        .class("failure")
        .attr("aria-label", "What the server says")
        .live_flag("hidden", move || failure.with(Option::is_none))
        .live(told)
}

fn parts(page: Page, failure: &Failure) -> Vec<El> {
    let head = el("p").class("failure-code").child(el("b").text(&failure.severity)).text(" ").text(&failure.code);
    let says = el("p").class("failure-says").text(&failure.says);
    let says = says.flag("data-long", failure.says.chars().count() > LONG);
    let mut parts = vec![head, says];
    parts.extend(failure.sql.as_ref().map(|sql| place(page, failure, sql)));
    parts.extend(
        failure
            .more
            .iter()
            .map(|(name, text)| el("p").class("failure-more").child(el("b").text(name).text(": ")).text(text)),
    );
    parts
}

/// The SQL that it is about, and where it was sent.
fn place(page: Page, failure: &Failure, sql: &Sql) -> El {
    let name = if sql.is_marked { "Where in the SQL" } else { "The SQL" };
    let place = el("div").class("failure-sql").child(code(sql, name));
    if failure.is_internal {
        return place.child(el("p").class("failure-whence").text("SQL that a function ran"));
    }
    let of = sql.of;
    let words = format!("of message {}", grouped(of + 1));
    let way = el("button").class("link").text(&words).on_click(move || jump(page, of));
    place.child(el("p").class("failure-whence").child(way))
}
