//! What can be copied of a field: a small menu beside its row.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request, Saying};

use crate::ask::ask;
use crate::dom::{El, by_id, copy, el, say};
use crate::menu::menu;
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
            el("button").attr("id", &format!("menu-{nth}")).text(words).on_click(move || self.choose(nth))
        });
        let row = move || self.node.get().and_then(|node| by_id(&format!("field-{node}")));
        let leave = move |by_key| if by_key { self.leave() } else { self.close() };
        menu("Copy", items.collect(), row, leave)
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
