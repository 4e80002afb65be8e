//! What can be copied of a field: a small menu beside its row.

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request, Saying};
use web_sys::{FocusEvent, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, by_id, copy, el, px, say};
use crate::page::Page;
use crate::shared::Shared;

const ITEMS: [(&str, Option<Saying>, &str); 4] = [
    ("Copy value", Some(Saying::Value), "the value"),
    ("Copy with what is in it, as text", Some(Saying::Text), "the field as text"),
    ("Copy with what is in it, as JSON", Some(Saying::Json), "the field as JSON"),
    ("Copy path", None, "the path"),
];

/// The menu, and the field that it is about.
pub(crate) type FieldMenu = Shared<FieldMenuState>;

pub(crate) struct FieldMenuState {
    page: Page,
    menu: StoredValue<El, LocalStorage>,
    node: StoredValue<usize>,
}

impl FieldMenu {
    /// A closed menu, and its element.
    pub(crate) fn new(page: Page) -> (Self, El) {
        let element = el("div").class("menu").attr("role", "menu").attr("aria-label", "Copy").flag("hidden", true);
        let menu =
            Self::of(FieldMenuState { page, menu: StoredValue::new_local(element.clone()), node: StoredValue::new(0) });
        let items = ITEMS.iter().enumerate().map(|(nth, (words, ..))| {
            el("button")
                .attr("role", "menuitem")
                .attr("tabindex", "-1")
                .attr("id", &format!("menu-{nth}"))
                .text(words)
                .on_click(move || menu.choose(nth))
        });
        let element = element.children(items.collect()).on("keydown", move |event: KeyboardEvent| menu.key(&event)).on(
            "focusout",
            move |event: FocusEvent| {
                if event.related_target().is_none() {
                    menu.close();
                }
            },
        );
        (menu, element)
    }

    /// Opens it at the row of a field.
    pub(crate) fn open(self, node: usize) {
        let Some(row) = by_id(&format!("field-{node}")) else { return };
        self.node.set_value(node);
        let place = row.of::<web_sys::Element>().get_bounding_client_rect();
        self.menu.with_value(|menu| {
            menu.set("hidden", None);
            let own = menu.of::<web_sys::Element>().get_bounding_client_rect();
            let right = place.right() - own.width() - 8.0;
            let below = place.top() + 28.0;
            let bottom = crate::dom::window().and_then(|window| window.inner_height().ok()?.as_f64()).unwrap_or(below);
            let top = if below + own.height() > bottom { place.top() - own.height() } else { below };
            menu.set_style("left", &px(right.max(8.0)));
            menu.set_style("top", &px(top.max(8.0)));
        });
        focus(0);
    }

    fn close(self) {
        self.menu.with_value(|menu| menu.set("hidden", Some("")));
    }

    fn choose(self, nth: usize) {
        self.leave();
        if let Some((_, saying, what)) = ITEMS.get(nth) {
            self.copy(self.node.get_value(), *saying, what);
        }
    }

    /// Copies a field in this way, or its path.
    fn copy(self, node: usize, saying: Option<Saying>, what: &'static str) {
        let Some(number) = self.page.message.get_untracked() else { return };
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

    /// Copies the value of a field.
    pub(crate) fn copy_value(self, node: usize) {
        self.copy(node, Some(Saying::Value), "the value");
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

fn focus(nth: usize) {
    if let Some(item) = by_id(&format!("menu-{nth}")) {
        item.focus();
    }
}
