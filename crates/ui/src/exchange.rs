//! The second pane: what was said, one arrow a message between two lifelines.

use leptos::prelude::*;
use pgscope_view::Window;
use pgscope_view::engine::{Reply, Request, Row};
use web_sys::KeyboardEvent;

use crate::ask::ask;
use crate::dom::{counted, grouped, number_at, px};
use crate::page::Page;
use crate::problems::{Problems, ProblemsButton};
use crate::scroll::Scroll;

/// As in exchange.css.
const ROW: f64 = 34.0;

#[component]
pub(crate) fn Exchange() -> impl IntoView {
    let page = expect_context::<Page>();
    let open = RwSignal::new(false);
    let count = move || page.loaded.with(|loaded| loaded.messages);
    let end = move |nth: usize| page.loaded.with(|loaded| loaded.ends.get(nth).cloned().unwrap_or_default());
    let named = move |side: &'static str, nth: usize| {
        move || match end(nth) {
            name if name.is_empty() => side.to_owned(),
            name => format!("{side} · {name}"),
        }
    };
    view! {
        <section class="pane exchange" aria-labelledby="exchange-title">
            <div class="pane-head">
                <h2 id="exchange-title">"Exchange"</h2>
                <span class="chip">{move || counted(count(), "message")}</span>
                <ProblemsButton open/>
                <span class="spacer"></span>
                <Connections/>
            </div>
            <Problems open/>
            <div class="lanes"><b class="frontend">{named("frontend", 0)}</b><b class="backend">{named("backend", 1)}</b></div>
            <Rows/>
        </section>
    }
    .into_any()
}

/// A choice where the input holds more than one connection.
#[component]
fn Connections() -> impl IntoView {
    let page = expect_context::<Page>();
    let count = Memo::new(move |_| page.loaded.with(|loaded| loaded.connections));
    let choose = move |event| page.connect(event_target_value(&event).parse().unwrap_or(0));
    move || {
        let count = count.get();
        (count > 1).then(|| {
            let choices = (0..count).map(
                |nth| view! { <option value=nth.to_string()>{format!("connection {} of {count}", nth + 1)}</option> },
            );
            view! { <select class="button" aria-label="Connection" on:change=choose>{choices.collect_view()}</select> }
        })
    }
}

/// Messages that stand together.
#[derive(Clone, PartialEq)]
struct Band {
    top: f64,
    rows: usize,
    phase: String,
    begins: bool,
}

#[component]
fn Rows() -> impl IntoView {
    let page = expect_context::<Page>();
    let scroll = Scroll::new();
    let window = Memo::new(move |_| scroll.window(page.loaded.with(|loaded| loaded.messages), ROW));
    let shown = Memo::new(move |_| window.get().rows(scroll.top()));
    let rows = RwSignal::new(Vec::<Row>::new());
    Effect::new(move || {
        page.revision.get();
        let range = shown.get();
        ask(Request::Rows { from: range.start, to: range.end }, move |reply| {
            if let Reply::Rows(found) = reply {
                rows.set(found);
            }
        });
    });
    Effect::new(move || {
        if let Some(number) = page.message.get() {
            scroll.reveal(window.get_untracked(), number);
        }
    });
    let top = move || px(window.get().place(scroll.top(), rows.with(|rows| rows.first().map_or(0, |row| row.number))));
    let active =
        move || page.message.get().filter(|number| shown.get().contains(number)).map(|number| format!("row-{number}"));
    let bands = move || rows.with(|rows| bands(rows)).into_iter().map(band).collect_view();
    view! {
        <div
            class="rows"
            role="listbox"
            aria-label="Messages"
            tabindex="0"
            node_ref=scroll.node
            aria-activedescendant=active
            on:scroll=move |_| scroll.scrolled()
            on:click=move |event| number_at(&event, "data-row").into_iter().for_each(|number| page.select(Some(number)))
            on:keydown=move |event| key(page, window.get_untracked(), &event)
        >
            <div class="track" role="presentation" style:height=move || px(window.get().track())>
                <div class="slab" role="presentation" style:top=top>
                    <div class="bands" aria-hidden="true">{bands}</div>
                    <For each=move || rows.get() key=move |row| (page.revision.get_untracked(), row.number) let:row>{one_row(page, row)}</For>
                </div>
            </div>
            <Show when=move || page.loaded.with(|loaded| loaded.messages == 0)>
                <p class="nothing" role="option" aria-disabled="true" aria-selected="false">"No message yet."</p>
            </Show>
        </div>
    }
}

fn one_row(page: Page, row: Row) -> impl IntoView {
    let number = row.number;
    let title = format!(
        "{} offset {} (0x{:x}), {}",
        row.direction,
        grouped(row.offset),
        row.offset,
        counted(row.length, "byte")
    );
    let sender = format!("{} sends ", row.direction);
    let problem = row.severity.map(|severity| {
        let mend = if row.mend.is_empty() { severity.to_string() } else { row.mend };
        view! { <span class="row-problem" data-severity=severity>"▲ "{mend}</span> }
    });
    view! {
        <div
            class="row"
            role="option"
            id=format!("row-{number}")
            data-row=number.to_string()
            data-side=row.direction
            data-begins=row.begins.then_some("")
            data-hovered=move || page.hovered.with(|place| place.as_ref().is_some_and(|place| place.number == number)).then_some("")
            aria-selected=move || if page.message.get() == Some(number) { "true" } else { "false" }
            aria-posinset=(number + 1).to_string()
            aria-setsize=page.loaded.with_untracked(|loaded| loaded.messages).to_string()
            title=title
        >
            <span class="row-number">{grouped(number + 1)}</span>
            <span class="life" data-end="frontend"></span>
            <span class="arrow">
                <span class="visually-hidden">{sender}</span>
                <span class="tag"><i>{row.tag}</i></span>
                <span class="name">{row.name}</span>
                <span class="says">{row.says}</span>
                {problem}
            </span>
            <span class="life" data-end="backend"></span>
        </div>
    }
}

/// The bands of some rows; the first and the last may go on outside.
fn bands(rows: &[Row]) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    for (nth, row) in rows.iter().enumerate() {
        match bands.last_mut().filter(|_| !row.begins) {
            Some(band) => band.rows += 1,
            None => {
                bands.push(Band { top: nth as f64 * ROW, rows: 1, phase: row.phase.to_string(), begins: row.begins })
            }
        }
    }
    bands
}

fn band(band: Band) -> impl IntoView {
    // A word of the longest phase needs two rows upright.
    let upright = (band.rows as f64 * ROW > 16.0 + 7.5 * band.phase.len() as f64).then_some("");
    view! {
        <div class="band" data-begins=band.begins.then_some("") data-upright=upright style:top=px(band.top) style:height=px(band.rows as f64 * ROW)>
            <span>{band.phase}</span>
        </div>
    }
}

fn key(page: Page, window: Window, event: &KeyboardEvent) {
    let (Some(last), now) = (window.count.checked_sub(1), page.message.get_untracked().unwrap_or(0)) else { return };
    let screen = ((window.view / window.row) as usize).saturating_sub(1).max(1);
    let wanted = match event.key().as_str() {
        "ArrowDown" => now + 1,
        "ArrowUp" => now.saturating_sub(1),
        "PageDown" => now + screen,
        "PageUp" => now.saturating_sub(screen),
        "Home" => 0,
        "End" => last,
        "Enter" => {
            event.prevent_default();
            return crate::hex::focus();
        }
        _ => return,
    };
    event.prevent_default();
    page.turn_to(wanted.min(last));
}
