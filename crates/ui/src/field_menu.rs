//! What can be copied of a field: a small menu beside its row.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request, Saying};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, FocusEvent, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, by_id, copy, effect, el, px, say, window};
use crate::page::Page;

const ITEMS: [(&str, Option<Saying>, &str); 4] = [
    ("Copy value", Some(Saying::Value), "the value"),
    ("Copy with what is in it, as text", Some(Saying::Text), "the field as text"),
    ("Copy with what is in it, as JSON", Some(Saying::Json), "the field as JSON"),
    ("Copy path", None, "the path"),
];

/// The menu, by the field that it is about while it is open.
#[derive(Clone, Copy)]
pub(crate) struct FieldMenu {
    page: Page,
    node: RwSignal<Option<usize>>,
}

impl FieldMenu {
    /// A closed menu.
    pub(crate) fn new(page: Page) -> Self {
        Self { page, node: RwSignal::default() }
    }

    pub(crate) fn is_open(self) -> bool {
        self.node.with(Option::is_some)
    }

    /// Opens it at the row of a field.
    pub(crate) fn open(self, node: usize) {
        self.node.set(Some(node));
    }

    /// Its element.
    pub(crate) fn element(self) -> El {
        let items = ITEMS.iter().enumerate().map(|(nth, (words, ..))| {
            el("button")
                .attr("role", "menuitem")
                .attr("tabindex", "-1")
                .attr("id", &format!("menu-{nth}"))
                .text(words)
                .on_click(move || self.choose(nth))
        });
        let element = el("div")
            .class("menu")
            .attr("role", "menu")
            .attr("aria-label", "Copy")
            .live_flag("hidden", move || !self.is_open())
            .children(items.collect())
            .on("keydown", move |event: KeyboardEvent| self.key(&event))
            .on("focusout", move |event: FocusEvent| {
                if event.related_target().is_none() {
                    self.close();
                }
            });
        let menu = element.clone();
        effect(move || {
            if let Some(row) = self.node.get().and_then(|node| by_id(&format!("field-{node}"))) {
                let menu = menu.clone();
                // As soon as it has its place on the page, and before the next key is pressed.
                spawn_local(async move { show_beside(&menu, &row) });
            }
        });
        element
    }

    fn close(self) {
        self.node.set(None);
    }

    fn choose(self, nth: usize) {
        let node = self.node.get_untracked();
        self.leave();
        if let (Some(node), Some((_, saying, what))) = (node, ITEMS.get(nth)) {
            copy_field(self.page, node, *saying, what);
        }
    }

    fn leave(self) {
        self.close();
        if let Some(tree) = by_id("fields") {
            tree.focus();
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let now = (0..ITEMS.len()).find(|nth| by_id(&format!("menu-{nth}")).is_some_and(|item| item.has_focus()));
        let (at, count) = (now.unwrap_or(0), ITEMS.len());
        match event.key().as_str() {
            "ArrowDown" => focus((at + 1) % count),
            "ArrowUp" => focus((at + count - 1) % count),
            "Home" => focus(0),
            "End" => focus(count - 1),
            "Escape" | "Tab" => self.leave(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    }
}

fn show_beside(menu: &El, row: &El) {
    let place = row.of::<Element>().get_bounding_client_rect();
    let own = menu.of::<Element>().get_bounding_client_rect();
    let right = place.right() - own.width() - 8.0;
    let below = place.top() + 28.0;
    let bottom = window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(below);
    let top = if below + own.height() > bottom { place.top() - own.height() } else { below };
    menu.set_style("left", &px(right.max(8.0)));
    menu.set_style("top", &px(top.max(8.0)));
    focus(0);
}

/// Copies the value of a field.
pub(crate) fn copy_value(page: Page, node: usize) {
    copy_field(page, node, Some(Saying::Value), "the value");
}

/// Copies a field in this way, or its path.
fn copy_field(page: Page, node: usize, saying: Option<Saying>, what: &'static str) {
    let Some(number) = page.message.get_untracked() else { return };
    let request = match saying {
        Some(form) => Request::Said { number, node, form },
        None => Request::Field { number, node },
    };
    ask(request, move |reply| match reply {
        Reply::Text(text) => copy(text, what),
        Reply::Place(place) => copy(place.id, what),
        _ => say("That is too much to copy at once"),
    });
}

fn focus(nth: usize) {
    if let Some(item) = by_id(&format!("menu-{nth}")) {
        item.focus();
    }
}
