//! The bytes of the selected message: one grid, one tab stop, windowed.

use leptos::prelude::*;
use pgscope_view::Window;
use pgscope_view::engine::{HexLine, Reply, Request, Run};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{number_at, px};
use crate::page::Page;
use crate::scroll::Scroll;

/// As in hex.css.
const LINE: f64 = 26.0;
/// The narrowest pane that shows 16 bytes on a line.
const WIDE: f64 = 525.0;

/// Moves the focus to the grid.
pub(crate) fn focus() {
    let grid = document().get_element_by_id("hex").and_then(|grid| grid.dyn_into::<HtmlElement>().ok());
    if let Some(grid) = grid {
        let _ = grid.focus();
    }
}

#[component]
pub(crate) fn Hex() -> impl IntoView {
    let page = expect_context::<Page>();
    let scroll = Scroll::new();
    let per_line = Memo::new(move |_| if scroll.width() >= WIDE { 16 } else { 8 });
    let length = Memo::new(move |_| page.sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.row.length)));
    let window = Memo::new(move |_| scroll.window(length.get().div_ceil(per_line.get()), LINE));
    let shown = Memo::new(move |_| window.get().rows(scroll.top()));
    let lines = RwSignal::new(Vec::<HexLine>::new());
    Effect::new(move || {
        page.revision.get();
        let range = shown.get();
        let Some(number) = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.number)) else { return };
        ask(Request::Hex { number, from: range.start, to: range.end, per_line: per_line.get() }, move |reply| {
            if let Reply::Hex(found) = reply {
                lines.set(found);
            }
        });
    });
    Effect::new(move || {
        if let Some(place) = page.pinned.get() {
            scroll.reveal(window.get_untracked(), place.at / per_line.get_untracked());
        }
    });
    let at = Memo::new(move |_| page.pinned.with(|place| place.as_ref().map_or(0, |place| place.at)));
    let active = move || shown.get().contains(&(at.get() / per_line.get())).then(|| format!("byte-{}", at.get()));
    let top = move || {
        px(window
            .get()
            .place(scroll.top(), lines.with(|lines| lines.first().map_or(0, |line| line.at / per_line.get()))))
    };
    let byte = move |event: &web_sys::Event| {
        Some(Request::Byte { number: page.message.get_untracked()?, at: number_at(event, "data-at")? })
    };
    let hover = move |event: web_sys::MouseEvent| match byte(&event) {
        Some(request) => page.hover(request),
        None => page.unhover(),
    };
    view! {
        <div class="hex" data-narrow=move || (per_line.get() == 8).then_some("")>
            <div class="hex-ruler" aria-hidden="true">{move || ruler(per_line.get())}</div>
            <div
                class="hex-scroll"
                id="hex"
                role="grid"
                tabindex="0"
                aria-label="Bytes of the message"
                aria-rowcount=move || window.get().count.to_string()
                aria-activedescendant=active
                node_ref=scroll.node
                on:scroll=move |_| scroll.scrolled()
                on:mouseover=hover
                on:mouseleave=move |_| page.unhover()
                on:click=move |event| byte(&event).into_iter().for_each(|request| page.pin(request))
                on:keydown=move |event| key(page, window.get_untracked(), per_line.get_untracked(), length.get_untracked(), &event)
            >
                <div class="track" role="presentation" style:height=move || px(window.get().track())>
                    <div class="slab" role="presentation" style:top=top>
                        <For each=move || lines.get() key=move |line| (page.revision.get_untracked(), page.message.get_untracked(), line.at, line.bytes.len()) let:line>
                            {one_line(page, line, per_line.get_untracked())}
                        </For>
                    </div>
                    <div class="hex-cursor" role="presentation"
                        hidden=move || page.pinned.with(Option::is_none)
                        data-second=move || (at.get() % per_line.get() >= 8).then_some("")
                        style:top=move || px(window.get().place(scroll.top(), at.get() / per_line.get()))
                        style:--column=move || (at.get() % per_line.get()).to_string()
                    ></div>
                </div>
            </div>
        </div>
    }
}

fn ruler(per_line: usize) -> impl IntoView {
    let cells = (0..per_line).map(|at| {
        view! { <span class="cell" data-second=(at == 8).then_some("")>{format!("{at:02x}")}</span> }
    });
    view! { <span class="hex-offset"></span>{cells.collect_view()} }
}

fn one_line(page: Page, line: HexLine, per_line: usize) -> impl IntoView {
    let at = line.at;
    let text: String =
        line.bytes.iter().map(|byte| if matches!(byte, 0x20..0x7f) { *byte as char } else { '·' }).collect();
    let rest = per_line - line.bytes.len();
    let bytes = StoredValue::new(line.bytes);
    let runs = line.runs.into_iter().map(|run| one_run(page, run, at, bytes)).collect_view();
    view! {
        <div class="hex-line" role="row" aria-rowindex=(at / per_line + 1).to_string()>
            <span class="hex-offset" role="rowheader">{format!("{at:04x}")}</span>
            {runs}
            <span class="hex-rest" role="presentation" data-second=(rest >= 8 && per_line == 16).then_some("") style:--rest=rest.to_string()></span>
            <span class="hex-text" role="presentation">{text}</span>
        </div>
    }
}

/// The bytes of one field on one line. Where they run across the middle of the line, the gap is theirs.
fn one_run(page: Page, run: Run, line: usize, bytes: StoredValue<Vec<u8>>) -> impl IntoView {
    let (start, end) = (run.start, run.end);
    let cells = (start..end).map(|at| {
        let byte = bytes.with_value(|bytes| bytes.get(at - line).copied().unwrap_or_default());
        let second = (at - line == 8).then_some(if at > start { "inside" } else { "" });
        view! { <span class="cell" role="gridcell" id=format!("byte-{at}") data-at=at.to_string() data-second=second>{format!("{byte:02x}")}</span> }
    });
    view! {
        <span
            class="run"
            role="presentation"
            data-role=run.role
            data-from-before=run.from_before.then_some("")
            data-goes-on=run.goes_on.then_some("")
            data-bad=run.bad.then_some("")
            data-lit=move || page.light(start, end)
        >
            {cells.collect_view()}
        </span>
    }
}

fn key(page: Page, window: Window, per_line: usize, length: usize, event: &KeyboardEvent) {
    let (Some(number), Some(last)) = (page.message.get_untracked(), length.checked_sub(1)) else { return };
    let now = page.pinned.with_untracked(|place| place.as_ref().map(|place| place.at));
    let screen = per_line * ((window.view / window.row) as usize).max(1);
    let at = now.unwrap_or(0);
    let wanted = match (event.key().as_str(), event.ctrl_key()) {
        ("ArrowRight", _) if now.is_none() => 0,
        ("ArrowRight", _) => at + 1,
        ("ArrowLeft", _) => at.saturating_sub(1),
        ("ArrowDown", _) if at + per_line > last => at,
        ("ArrowDown", _) => at + per_line,
        ("ArrowUp", _) => at.checked_sub(per_line).unwrap_or(at),
        ("PageDown", _) => at + screen,
        ("PageUp", _) => at.saturating_sub(screen),
        ("Home", true) => 0,
        ("End", true) => last,
        ("Home", false) => at - at % per_line,
        ("End", false) => at - at % per_line + per_line - 1,
        _ => return,
    };
    event.prevent_default();
    page.pin(Request::Byte { number, at: wanted.min(last) });
}
