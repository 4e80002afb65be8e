//! The pieces of an input that does not say who sent them: whose each is taken for, and one click turns it round, or all
//! that the input calls by one name.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Labelled, Piece, Reply, Request};
use web_sys::{Event, HtmlDetailsElement};

use crate::ask::ask;
use crate::dom::{El, after, aria, by_id, counted, effect, el, grouped};
use crate::page::Page;

/// So many pieces are shown without being asked for.
const FEW: usize = 12;
/// How many more each click shows.
const MORE: usize = 100;

pub(crate) fn pane(page: Page) -> El {
    let count = Memo::new(move |_| page.loaded.with(|loaded| loaded.pieces));
    let is_open = RwSignal::new(count.get_untracked() <= FEW);
    let most = RwSignal::new(MORE);
    let pieces = RwSignal::new(Vec::<Piece>::new());
    effect(move || {
        page.revision.track();
        if count.get() == 0 || !is_open.get() {
            return pieces.set(Vec::new());
        }
        ask(Request::Pieces { from: 0, to: most.get() }, move |reply| {
            if let Reply::Pieces(found) = reply {
                pieces.set(found);
            }
        });
    });
    let labels = move || page.loaded.with(|loaded| loaded.labels.iter().map(|label| labelled(page, label)).collect());
    let has_labels = move || page.loaded.with(|loaded| !loaded.labels.is_empty());
    let details = el("details").flag("open", is_open.get_untracked());
    let turned = details.clone();
    let summary = el("summary").live_text(move || format!("{}, and who sent each", counted(count.get(), "piece")));
    let details = details
        .on("toggle", move |_: Event| is_open.set(turned.of::<HtmlDetailsElement>().open()))
        .child(summary)
        .child(
            el("ol")
                .class("piece-list")
                .live(move || pieces.with(|all| all.iter().map(|one| piece(page, one)).collect())),
        )
        .child(
            el("button")
                .class("link")
                .live_text(move || format!("{} more", grouped(count.get().saturating_sub(most.get()))))
                .live_flag("hidden", move || count.get() <= most.get())
                .on_click(move || most.update(|most| *most += MORE)),
        );
    el("div")
        .class("pieces")
        .attr("role", "group")
        .attr("aria-label", "Who sent each piece")
        .child(
            el("div")
                .class("candidates")
                .child(el("span").class("candidates-label").text("Turn round"))
                .child(el("span").class("contents").live(labels))
                .live_flag("hidden", move || !has_labels()),
        )
        .child(details)
        .child(
            el("button")
                .class("link")
                .text("as guessed again")
                .live_flag("hidden", move || page.turn.with(Vec::is_empty))
                .on_click(move || page.editor().turn(Vec::new(), "turning pieces back".to_owned())),
        )
        .live_flag("hidden", move || count.get() == 0)
}

/// All pieces that the input calls by one name.
fn labelled(page: Page, label: &Labelled) -> El {
    let Labelled { name, frontend, backend } = label;
    let is = match (*frontend, *backend) {
        (_, 0) => "the frontend".to_owned(),
        (0, _) => "the backend".to_owned(),
        (frontend, backend) => format!("{frontend} frontend, {backend} backend"),
    };
    let title = format!("Turn round all {} that the input calls “{name}”", counted(frontend + backend, "piece"));
    let which = name.clone();
    let is_turned = page.turn.with_untracked(|turn| turn.contains(name));
    turner(page, which, format!("turning “{name}” round"))
        .attr("title", &title)
        .attr("aria-pressed", &is_turned.to_string())
        .child(el("b").text(name))
        .text(&format!(" is {is} ⇄"))
}

fn piece(page: Page, piece: &Piece) -> El {
    let which = (piece.number + 1).to_string();
    let other = if piece.direction == "frontend" { "backend" } else { "frontend" };
    let title = format!("Turn it round: the {other} sent it");
    let name = format!("turning piece {which} round");
    let turn = turner(page, which, name)
        .attr("title", &title)
        .class(&format!("chip candidate {}", piece.direction))
        .text(&piece.direction)
        .text(" ⇄");
    turn.set("aria-pressed", aria(piece.is_turned).as_deref());
    let goes_on = if piece.is_begun { " goes on" } else { "" };
    let what = match piece.message {
        Some(number) => el("button").class("link").text(&piece.name).on_click(move || page.turn_to(number)),
        None => el("span").text("cannot be read"),
    };
    let line = piece.line.map_or_else(String::new, |line| format!(", line {}", grouped(line + 1)));
    let label = if piece.label.is_empty() { String::new() } else { format!(", “{}”", piece.label) };
    let about = format!("{goes_on}, {}{line}{label}", counted(piece.bytes, "byte"));
    el("li").child(turn).text(" ").child(what).child(el("span").text(&about))
}

/// A button that turns round what is called so, or has this number; `name` is what that is called where it is taken back.
fn turner(page: Page, which: String, name: String) -> El {
    let id = format!("turn-{which}");
    let button = el("button").class("chip candidate").attr("id", &id);
    button.on_click(move || {
        let mut turn = page.turn.get_untracked();
        match turn.iter().position(|known| *known == which) {
            Some(at) => drop(turn.remove(at)),
            None => turn.push(which.clone()),
        }
        page.editor().turn(turn, name.clone());
        focus_again(&id);
    })
}

/// What was clicked is made anew: the keyboard stays on it.
fn focus_again(id: &str) {
    let id = id.to_owned();
    after(0, move || by_id(&id).into_iter().for_each(|button| button.focus()));
}
