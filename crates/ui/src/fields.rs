//! The fields of the selected message as a tree: one tab stop, a part of it at a time.

use std::collections::BTreeSet;

use leptos::html::Div;
use leptos::prelude::*;
use pgscope_view::engine::{FieldRow, Place, Reply, Request};
use web_sys::KeyboardEvent;

use crate::ask::ask;
use crate::dom::{counted, keep_in_view, number_at};
use crate::page::Page;

/// How many fields are shown at once, and by how many one moves.
const SHOWN: usize = 200;
const CHUNK: usize = 100;

/// What the tree shows.
#[derive(Clone, Copy)]
struct Tree {
    page: Page,
    from: RwSignal<usize>,
    rows: RwSignal<Vec<FieldRow>>,
    closed: RwSignal<BTreeSet<usize>>,
    node: NodeRef<Div>,
}

impl Tree {
    /// The rows that are not inside a closed one.
    fn visible(self) -> Vec<FieldRow> {
        let closed = self.closed.get();
        let mut hidden_below = None;
        let is_visible = |row: &FieldRow| {
            if hidden_below.is_some_and(|depth| row.depth > depth) {
                return false;
            }
            hidden_below = closed.contains(&row.node).then_some(row.depth);
            true
        };
        let mut is_visible = is_visible;
        self.rows.get().into_iter().filter(|row| is_visible(row)).collect()
    }

    fn pin(self, node: usize) {
        if let Some(number) = self.page.message.get_untracked() {
            self.page.pin(Request::Field { number, node });
        }
    }

    fn toggle(self, node: usize) {
        self.closed.update(|closed| {
            if !closed.remove(&node) {
                closed.insert(node);
            }
        });
    }

    fn ask(self) {
        let Some(number) = self.page.message.get_untracked() else { return };
        let from = self.from.get();
        ask(Request::Fields { number, from, to: from + SHOWN }, move |reply| {
            if let Reply::Fields(rows) = reply {
                self.rows.set(rows);
            }
        });
    }
}

#[component]
pub(crate) fn Fields() -> impl IntoView {
    let page = expect_context::<Page>();
    let tree = Tree {
        page,
        from: RwSignal::new(0),
        rows: RwSignal::default(),
        closed: RwSignal::default(),
        node: NodeRef::new(),
    };
    Effect::new(move || {
        page.sheet.track();
        tree.closed.set(BTreeSet::new());
        tree.from.set(0);
    });
    Effect::new(move || {
        page.sheet.track();
        tree.ask();
    });
    Effect::new(move || follow(tree));
    let total = move || page.sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.fields));
    let pinned = Memo::new(move |_| page.pinned.with(|place| place.as_ref().map(|place| place.node)));
    let active = move || {
        pinned
            .get()
            .filter(|node| tree.visible().iter().any(|row| row.node == *node))
            .map(|node| format!("field-{node}"))
    };
    let node_at = move |event: &web_sys::Event| number_at(event, "data-node");
    let hover = move |event: web_sys::MouseEvent| match (page.message.get_untracked(), node_at(&event)) {
        (Some(number), Some(node)) => page.hover(Request::Field { number, node }),
        _ => page.unhover(),
    };
    let click = move |event: web_sys::MouseEvent| {
        let Some(node) = node_at(&event) else { return };
        match number_at(&event, "data-toggle") {
            Some(node) => tree.toggle(node),
            None => tree.pin(node),
        }
    };
    view! {
        <div class="fields-scroll" node_ref=tree.node>
            {move || (tree.from.get() > 0).then(|| view! {
                <button class="link chunk" on:click=move |_| tree.from.update(|from| *from = from.saturating_sub(CHUNK))>
                    {move || format!("{} before these", counted(tree.from.get(), "field"))}
                </button>
            })}
            <div
                class="fields"
                role="tree"
                tabindex="0"
                aria-label="Fields of the message"
                aria-activedescendant=active
                on:mouseover=hover
                on:mouseleave=move |_| page.unhover()
                on:click=click
                on:keydown=move |event| key(tree, &event)
            >
                <For each=move || tree.visible() key=move |row| (page.revision.get_untracked(), page.message.get_untracked(), row.node) let:row>
                    {one_row(tree, row, pinned)}
                </For>
            </div>
            {move || (tree.from.get() + SHOWN < total()).then(|| view! {
                <button class="link chunk" on:click=move |_| tree.from.update(|from| *from += CHUNK)>
                    {move || format!("show more: {} behind these", counted(total().saturating_sub(tree.from.get() + SHOWN), "field"))}
                </button>
            })}
        </div>
    }
    .into_any()
}

/// Shows the pinned field, wherever in the message it is.
fn follow(tree: Tree) {
    let Some(Place { node, .. }) = tree.page.pinned.get() else { return };
    let (from, nth) = (tree.from.get_untracked(), node.saturating_sub(1));
    if !(from..from + SHOWN).contains(&nth) {
        tree.from.set((nth / CHUNK * CHUNK).saturating_sub(CHUNK / 2));
    }
    open_around(tree, node);
    // When the rows are drawn.
    request_animation_frame(move || {
        if let Some(container) = tree.node.get_untracked() {
            keep_in_view(&container, &format!("field-{node}"));
        }
    });
}

/// Opens what the field is in.
fn open_around(tree: Tree, node: usize) {
    let mut next = tree.rows.with_untracked(|rows| parent_of(rows, node));
    while let Some(parent) = next {
        if tree.closed.with_untracked(|closed| closed.contains(&parent)) {
            tree.toggle(parent);
        }
        next = tree.rows.with_untracked(|rows| parent_of(rows, parent));
    }
}

fn parent_of(rows: &[FieldRow], node: usize) -> Option<usize> {
    rows.iter().find(|row| row.node == node).map(|row| row.parent).filter(|parent| *parent > 0)
}

fn one_row(tree: Tree, row: FieldRow, pinned: Memo<Option<usize>>) -> impl IntoView {
    let (node, start, end, leaf, depth) = (row.node, row.start, row.end, row.leaf, row.depth);
    let page = tree.page;
    let is_open = move || !tree.closed.with(|closed| closed.contains(&node));
    let expanded = move || (!leaf).then(|| if is_open() { "true" } else { "false" });
    let lit = move || {
        if pinned.get() == Some(node) {
            return Some("pinned");
        }
        let message = page.message.get();
        page.hovered.with(|place| match place.as_ref().filter(|place| Some(place.number) == message) {
            Some(place) if place.node == node => Some("hovered"),
            Some(place) if !leaf && start <= place.start && place.end <= end => Some("around"),
            _ => None,
        })
    };
    let toggle =
        (!leaf).then(|| view! { <span class="toggle" aria-hidden="true" data-toggle=node.to_string()></span> });
    let reading = (!row.reading.is_empty()).then(|| view! { <span class="reading">{row.reading}</span> });
    let place = format!("{}, from byte {start}", counted(end - start, "byte"));
    let why = move || {
        (pinned.get() == Some(node)).then(|| {
            let code =
                (!row.code_doc.is_empty()).then(|| view! { <span class="why-code">{row.code_doc.clone()}</span> });
            let id = page.pinned.with_untracked(|place| place.as_ref().map(|place| place.id.clone()));
            view! {
                <span class="why">
                    {row.doc.clone()}{code}
                    <span class="why-place">{place.clone()}", "<code>{id}</code></span>
                </span>
            }
        })
    };
    view! {
        <div
            class="field"
            role="treeitem"
            id=format!("field-{node}")
            data-node=node.to_string()
            data-lit=lit
            attr:aria-level=depth.to_string()
            aria-expanded=expanded
            aria-selected=move || if pinned.get() == Some(node) { "true" } else { "false" }
            style:--depth=(depth - 1).to_string()
        >
            <span class="field-name">{toggle}<span class="dot" data-role=row.role></span>{row.name}</span>
            <span class="field-value">{row.value}{reading}</span>
            <span class="field-kind">{row.kind}</span>
            {why}
        </div>
    }
}

fn key(tree: Tree, event: &KeyboardEvent) {
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        return;
    }
    let rows = untrack(move || tree.visible());
    let pinned = tree.page.pinned.with_untracked(|place| place.as_ref().map(|place| place.node));
    let at = rows.iter().position(|row| Some(row.node) == pinned);
    let now = at.and_then(|at| rows.get(at));
    let wanted = match event.key().as_str() {
        "ArrowDown" => at.map_or(0, |at| at + 1).min(rows.len().saturating_sub(1)),
        "ArrowUp" => at.unwrap_or(0).saturating_sub(1),
        "Home" => 0,
        "End" => rows.len().saturating_sub(1),
        "ArrowRight" => match now {
            Some(row) if !row.leaf && tree.closed.with_untracked(|closed| closed.contains(&row.node)) => {
                event.prevent_default();
                return tree.toggle(row.node);
            }
            Some(row) if !row.leaf => at.unwrap_or(0) + 1,
            _ => return,
        },
        "ArrowLeft" => match now {
            Some(row) if !row.leaf && !tree.closed.with_untracked(|closed| closed.contains(&row.node)) => {
                event.prevent_default();
                return tree.toggle(row.node);
            }
            Some(row) => rows.iter().position(|other| other.node == row.parent).unwrap_or(0),
            None => return,
        },
        letter if letter.chars().count() == 1 && !matches!(letter, "?" | "n" | "p" | " ") => {
            let from = at.map_or(0, |at| at + 1);
            let begins = |row: &FieldRow| row.name.to_lowercase().starts_with(&letter.to_lowercase());
            match (from..rows.len()).chain(0..from).find(|at| rows.get(*at).is_some_and(begins)) {
                Some(found) => found,
                None => return,
            }
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(row) = rows.get(wanted) {
        tree.pin(row.node);
    }
}
