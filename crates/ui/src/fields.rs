//! The fields of the selected message as a tree: one tab stop, a part of it at a time.

use pgscope_signal::computed::Memo;
use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{FieldRow, Place, Reply, Request, Saying};
use web_sys::{Event, KeyboardEvent, MouseEvent};

use crate::ask::{ask, ask_newest};
use crate::docs;
use crate::dom::{El, Shown, after, counted, effect, el, keep_in_view, key_of, number_at, prose, sync};
use crate::field_menu::FieldMenu;
use crate::later::{self, Action, Pane, act};
use crate::page::Page;
use crate::shared::Shared;

/// How many fields are shown at once, and by how many one moves.
const SHOWN: usize = 200;
const CHUNK: usize = 100;

/// What the tree shows.
type Tree = Shared<TreeState>;

struct TreeState {
    page: Page,
    from: RwSignal<usize>,
    /// Of which message, and how often something was loaded before.
    of: RwSignal<(usize, usize)>,
    rows: RwSignal<Vec<FieldRow>>,
    closed: RwSignal<Vec<usize>>,
    /// The rows that are not inside a closed one.
    visible: Memo<Vec<FieldRow>>,
    /// The long values that are shown whole: their fields and texts.
    whole: RwSignal<Vec<(usize, String)>>,
    menu: FieldMenu,
    container: StoredValue<El, LocalStorage>,
}

impl Tree {
    fn new(page: Page, container: &El, menu: FieldMenu) -> Self {
        let (rows, closed) = (RwSignal::<Vec<FieldRow>>::default(), RwSignal::<Vec<usize>>::default());
        let visible = Memo::new(move |_| rows.with(|rows| closed.with(|closed| visible(rows, closed))));
        let container = StoredValue::new_local(container.clone());
        let whole = RwSignal::default();
        Self::of(TreeState {
            page,
            from: RwSignal::new(0),
            of: RwSignal::default(),
            rows,
            closed,
            visible,
            whole,
            menu,
            container,
        })
    }

    fn is_closed(self, node: usize) -> bool {
        self.closed.with_untracked(|closed| closed.contains(&node))
    }

    fn pin(self, node: usize) {
        if let Some(number) = self.page.message.get_untracked() {
            self.page.pin(Request::Field { number, node });
        }
    }

    /// Shows all of a long value.
    fn show_all(self, node: usize) {
        let Some(number) = self.page.message.get_untracked() else { return };
        ask(Request::Said { number, node, form: Saying::Row }, move |reply| {
            if let Reply::Text(text) = reply {
                self.whole.update(|whole| whole.push((node, text)));
            }
        });
    }

    fn toggle(self, node: usize) {
        self.closed.update(|closed| match closed.iter().position(|known| *known == node) {
            Some(at) => drop(closed.swap_remove(at)),
            None => closed.push(node),
        });
    }
}

fn visible(rows: &[FieldRow], closed: &[usize]) -> Vec<FieldRow> {
    let mut hidden_below = None;
    let mut visible = Vec::new();
    for row in rows {
        if hidden_below.is_some_and(|depth| row.depth > depth) {
            continue;
        }
        hidden_below = closed.contains(&row.node).then_some(row.depth);
        visible.push(row.clone());
    }
    visible
}

pub(crate) fn tree(page: Page) -> El {
    let container = el("div").class("fields-scroll");
    let menu = FieldMenu::new(page);
    let tree = Tree::new(page, &container, menu);
    effect(move || {
        page.sheet.track();
        tree.closed.set(Vec::new());
        tree.whole.set(Vec::new());
        tree.from.set(0);
    });
    effect(move || {
        let Some(number) = page.sheet.with(|sheet| sheet.as_ref().map(|sheet| sheet.row.number)) else { return };
        let from = tree.from.get();
        ask_newest("fields", Request::Fields { number, from, to: from + SHOWN }, move |reply| {
            if let Reply::Fields(mut rows) = reply {
                docs::tell_rows(&mut rows);
                tree.of.set((page.revision.get_untracked(), number));
                tree.rows.set(rows);
            }
        });
    });
    effect(move || {
        if let Some(Place { node, .. }) = page.pinned.get() {
            follow(tree, node);
        }
    });
    let total = Memo::new(move |_| page.sheet.with(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.fields)));
    let behind = move || total.get().saturating_sub(tree.from.get() + SHOWN);
    let before = el("button")
        .class("link chunk")
        .live_flag("hidden", move || tree.from.get() == 0)
        .live_text(move || format!("{} before these", counted(tree.from.get(), "field")))
        .on_click(move || tree.from.update(|from| *from = from.saturating_sub(CHUNK)));
    let more = el("button")
        .class("link chunk")
        .live_flag("hidden", move || behind() == 0)
        .live_text(move || format!("show more: {} behind these", counted(behind(), "field")))
        .on_click(move || tree.from.update(|from| *from += CHUNK));
    container
        .child(before)
        .child(rows(tree))
        .child(more)
        .child(later::pane(Pane::FieldMenu(menu), move || menu.is_open()))
}

fn rows(tree: Tree) -> El {
    let page = tree.page;
    let active = move || {
        let node = page.pinned.with(|place| place.as_ref().map(|place| place.node))?;
        tree.visible.with(|rows| rows.iter().any(|row| row.node == node)).then(|| format!("field-{node}"))
    };
    let hover = move |event: MouseEvent| match (page.message.get_untracked(), number_at(&event, "data-node")) {
        (Some(number), Some(node)) => page.hover(Request::Field { number, node }),
        _ => page.unhover(),
    };
    let click = move |event: MouseEvent| {
        let at = |attribute: &str| number_at(&event, attribute);
        match (at("data-toggle"), at("data-all"), at("data-menu"), at("data-node")) {
            (Some(node), ..) => tree.toggle(node),
            (_, Some(node), ..) => tree.show_all(node),
            (_, _, Some(node), _) => tree.menu.open(node),
            (.., Some(node)) => tree.pin(node),
            _ => {}
        }
    };
    // Also the key for it, which comes without a place.
    let menu = move |event: MouseEvent| {
        let pinned = || page.pinned.with_untracked(|place| place.as_ref().map(|place| place.node));
        if let Some(node) = number_at(&event, "data-node").or_else(pinned) {
            event.prevent_default();
            tree.menu.open(node);
        }
    };
    let list = el("div")
        .class("fields")
        .attr("role", "tree")
        .attr("id", "fields")
        .attr("tabindex", "0")
        .attr("aria-label", "Fields of the message");
    draw(tree, &list);
    list.live_attr("aria-activedescendant", active)
        .on("mouseover", hover)
        .on("mouseleave", move |_: Event| page.unhover())
        .on("click", click)
        .on("contextmenu", menu)
        .on("keydown", move |event: KeyboardEvent| key(tree, &event))
}

/// Shows the pinned field, wherever in the message it is.
fn follow(tree: Tree, node: usize) {
    let (from, nth) = (tree.from.get_untracked(), node.saturating_sub(1));
    if !(from..from + SHOWN).contains(&nth) {
        tree.from.set((nth / CHUNK * CHUNK).saturating_sub(CHUNK / 2));
    }
    let parent_of =
        |node| tree.rows.with_untracked(|rows| rows.iter().find(|row| row.node == node).map(|row| row.parent));
    let mut next = parent_of(node);
    while let Some(parent) = next {
        if tree.is_closed(parent) {
            tree.toggle(parent);
        }
        next = parent_of(parent);
    }
    // When the rows are drawn.
    after(0, move || tree.container.with_value(|container| keep_in_view(container, &format!("field-{node}"))));
}

/// Keeps the rows, lights them, and opens the explanation of the pinned one.
fn draw(tree: Tree, list: &El) {
    let TreeState { page, visible, closed, of, whole, .. } = *tree;
    let mut shown: Shown<(usize, usize, usize, bool)> = Vec::new();
    let mut why: Option<El> = None;
    let list = list.clone();
    effect(move || {
        let (pinned, hovered) = page.lights();
        why.take().into_iter().for_each(|why| why.remove());
        visible.with(|rows| {
            let (revision, number) = of.get();
            let whole = whole.get();
            let all_of =
                |row: &FieldRow| whole.iter().find(|(node, _)| *node == row.node).map(|(_, text)| text.as_str());
            let keys: Vec<_> = rows.iter().map(|row| (revision, number, row.node, all_of(row).is_some())).collect();
            sync(&list, &mut shown, &keys, |at| {
                rows.get(at).map_or_else(|| el("div"), |row| one_row(row, all_of(row)))
            });
            for (row, (_, element)) in rows.iter().zip(&shown) {
                let is_pinned = pinned.as_ref().is_some_and(|place| place.node == row.node);
                element.set("aria-selected", Some(if is_pinned { "true" } else { "false" }));
                element.set("data-lit", lit(row, is_pinned, hovered.as_ref()));
                if !row.leaf {
                    let is_open = closed.with(|closed| !closed.contains(&row.node));
                    element.set("aria-expanded", Some(if is_open { "true" } else { "false" }));
                }
                if let Some(place) = pinned.as_ref().filter(|_| is_pinned) {
                    let made = explanation(row, place);
                    element.insert(&made, None);
                    why = Some(made);
                }
            }
        });
    });
}

fn lit(row: &FieldRow, is_pinned: bool, hovered: Option<&Place>) -> Option<&'static str> {
    match hovered {
        _ if is_pinned => Some("pinned"),
        Some(place) if place.node == row.node => Some("hovered"),
        Some(place) if !row.leaf && row.start <= place.start && place.end <= row.end => Some("around"),
        _ => None,
    }
}

/// Where the strip above is out of sight: read with the row, and seen on narrow screens.
fn explanation(row: &FieldRow, place: &Place) -> El {
    let length = format!("{}, from byte {}, ", counted(row.end - row.start, "byte"), row.start);
    prose(el("span").class("why"), &row.doc)
        .child(prose(el("span").class("why-code"), &row.code_doc).flag("hidden", row.code_doc.is_empty()))
        .child(el("span").class("why-place").text(&length).child(el("code").text(&place.id)))
}

fn one_row(row: &FieldRow, whole: Option<&str>) -> El {
    let node = row.node.to_string();
    let mut name = el("span").class("field-name");
    if !row.leaf {
        name = name
            .child(el("span").class("toggle").attr("aria-hidden", "true").attr("data-toggle", &row.node.to_string()));
    }
    let reading = el("span").class("reading").text(&row.reading).flag("hidden", row.reading.is_empty());
    // Reached by keys through the tree: it is one tab stop.
    let button = |class: &str, words: &str| el("button").class(class).attr("tabindex", "-1").text(words);
    let more = button("link show-all", "show all").attr("data-all", &node).flag("hidden", !row.cut || whole.is_some());
    let dots =
        button("row-menu", "⋯").attr("data-menu", &node).attr("aria-label", "Copy").attr("aria-haspopup", "menu");
    let value = el("span").class("field-value").flag("data-whole", whole.is_some()).text(whole.unwrap_or(&row.value));
    el("div")
        .class("field")
        .attr("role", "treeitem")
        .attr("id", &format!("field-{}", row.node))
        .attr("data-node", &node)
        .attr("aria-level", &row.depth.to_string())
        .style("--depth", &row.depth.saturating_sub(1).to_string())
        .child(name.child(el("span").class("dot").attr("data-role", &row.role)).text(&row.name))
        .child(value.child(reading).child(more))
        .child(el("span").class("field-kind").text(&row.kind).child(dots))
        .child(el("span").class("field-problem").text(&row.problem).flag("hidden", row.problem.is_empty()))
}

fn key(tree: Tree, event: &KeyboardEvent) {
    let rows = tree.visible.get_untracked();
    let pinned = tree.page.pinned.with_untracked(|place| place.as_ref().map(|place| place.node));
    let at = rows.iter().position(|row| Some(row.node) == pinned);
    let now = at.and_then(|at| rows.get(at));
    if event.ctrl_key() || event.meta_key() || event.alt_key() {
        if let Some(row) = now.filter(|_| key_of(event) == "c" && !event.alt_key()) {
            event.prevent_default();
            act(Action::CopyValue(tree.page, row.node));
        }
        return;
    }
    let last = rows.len().saturating_sub(1);
    let wanted = match event.key().as_str() {
        "ArrowDown" => at.map_or(0, |at| at + 1).min(last),
        "ArrowUp" => at.unwrap_or(0).saturating_sub(1),
        "Home" => 0,
        "End" => last,
        "Enter" => {
            if let Some(row) = now.filter(|row| row.cut) {
                event.prevent_default();
                tree.show_all(row.node);
            }
            return;
        }
        "ArrowRight" | "ArrowLeft" => {
            let Some(row) = now else { return };
            event.prevent_default();
            let is_forth = event.key() == "ArrowRight";
            if !row.leaf && tree.is_closed(row.node) == is_forth {
                return tree.toggle(row.node);
            }
            match rows.iter().position(|other| other.node == row.parent) {
                _ if is_forth && row.leaf => return,
                _ if is_forth => at.unwrap_or(0) + 1,
                Some(parent) => parent,
                None => return,
            }
        }
        letter => match begins_with(&rows, at, letter) {
            Some(found) => found,
            None => return,
        },
    };
    event.prevent_default();
    if let Some(row) = rows.get(wanted) {
        tree.pin(row.node);
    }
}

/// The next row whose name begins with a letter that has no other meaning.
fn begins_with(rows: &[FieldRow], at: Option<usize>, letter: &str) -> Option<usize> {
    let is_letter = letter.len() == 1 && letter.starts_with(|letter: char| letter.is_ascii_alphanumeric());
    let from = at.map_or(0, |at| at + 1).min(rows.len());
    let begins = |row: &FieldRow| row.name.get(..1).is_some_and(|first| first.eq_ignore_ascii_case(letter));
    (from..rows.len())
        .chain(0..from)
        .find(|at| is_letter && !matches!(letter, "n" | "p") && rows.get(*at).is_some_and(begins))
}
