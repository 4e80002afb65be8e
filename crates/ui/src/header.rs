//! The head of the page: its name, its doors, the theme, and the list of keys.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::page::Page;

/// Where the theme is remembered. The loader reads it too, before anything is drawn.
const REMEMBERED: &str = "pgscope.theme";
const THEMES: [&str; 3] = ["auto", "dark", "light"];

#[component]
pub(crate) fn Header() -> impl IntoView {
    let page = expect_context::<Page>();
    view! {
        <header class="head-bar">
            <h1 class="brand">
                <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true">
                    <circle cx="8.5" cy="8.5" r="6"></circle>
                    <path d="M13 13l5 5M5 8.5h2l1-2.5 1.5 5 1-2.5h1.5" stroke-linecap="round" stroke-linejoin="round"></path>
                </svg>
                <span>"Pgscope"</span>
            </h1>
            <nav class="doors" aria-label="Doors"><a href="./" aria-current="page">"Decode"</a></nav>
            <span class="spacer"></span>
            <span class="chip hide-narrow">"everything stays in this tab"</span>
            <Theme/>
            <button class="button" aria-label="Keys" aria-haspopup="dialog" on:click=move |_| page.help.set(true)>"?"</button>
        </header>
    }
    .into_any()
}

#[component]
fn Theme() -> impl IntoView {
    let theme = RwSignal::new(remembered());
    Effect::new(move || {
        let theme = theme.get();
        let Some(root) = document().document_element() else { return };
        let _ =
            if theme == "auto" { root.remove_attribute("data-theme") } else { root.set_attribute("data-theme", theme) };
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = if theme == "auto" { storage.remove_item(REMEMBERED) } else { storage.set_item(REMEMBERED, theme) };
        }
    });
    let next = move |_| {
        let at = THEMES.iter().position(|known| *known == theme.get_untracked()).unwrap_or(0);
        theme.set(THEMES.iter().cycle().nth(at + 1).copied().unwrap_or("auto"));
    };
    let label = move || match theme.get() {
        "dark" => "Dark",
        "light" => "Light",
        _ => "Auto",
    };
    view! {
        <button class="button" on:click=next title="Light or dark: as the system, dark, light">
            <span class="visually-hidden">"Theme: "</span>
            {label}
        </button>
    }
}

fn remembered() -> &'static str {
    let stored =
        window().local_storage().ok().flatten().and_then(|storage| storage.get_item(REMEMBERED).ok().flatten());
    THEMES.into_iter().find(|known| stored.as_deref() == Some(known)).unwrap_or("auto")
}

/// Keys and what they do, by place.
const KEYS: &[(&str, &[(&str, &str)])] = &[
    (
        "Exchange",
        &[
            ("↑ ↓", "the message before, the next"),
            ("PgUp PgDn", "a screen up, down"),
            ("Home End", "the first message, the last"),
            ("Enter", "to its bytes"),
        ],
    ),
    (
        "Bytes",
        &[
            ("← →", "the byte before, the next"),
            ("↑ ↓", "a line up, down"),
            ("PgUp PgDn", "a screen up, down"),
            ("Home End", "the first byte of the line, the last; with Ctrl of the message"),
        ],
    ),
    (
        "Fields",
        &[
            ("↑ ↓", "the field before, the next"),
            ("← →", "close or to the parent, open or to the child"),
            ("Home End", "the first field, the last"),
            ("a … z", "the next field whose name begins so"),
        ],
    ),
    (
        "Everywhere but in text",
        &[("n p", "the next problem, the last"), ("Esc", "release what is pinned"), ("?", "this list")],
    ),
];

/// The list of keys.
#[component]
pub(crate) fn Help() -> impl IntoView {
    let page = expect_context::<Page>();
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        if page.help.get()
            && let Some(dialog) = dialog.get()
        {
            let _ = dialog.show_modal();
        }
    });
    let close = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    let groups = KEYS.iter().map(|(place, keys)| {
        let rows = keys.iter().map(|(key, action)| view! { <dt><kbd>{*key}</kbd></dt><dd>{*action}</dd> });
        view! { <section><h3>{*place}</h3><dl>{rows.collect_view()}</dl></section> }
    });
    view! {
        <dialog class="help" node_ref=dialog aria-labelledby="help-title" on:close=move |_| page.help.set(false)>
            <h2 id="help-title">"Keys"</h2>
            <p>"Tab goes from pane to pane. Hover shows where a byte, a field and the text belong together; a click pins it."</p>
            <div class="help-groups">{groups.collect_view()}</div>
            <button class="button" on:click=close>"Close"</button>
        </dialog>
    }
    .into_any()
}
