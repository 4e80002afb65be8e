//! Where there is room for one pane: three tabs, of which one is shown.
//!
//! On a phone, and on a screen that is magnified fourfold. Elsewhere all panes are shown, and this is not.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::{Event, KeyboardEvent};

use crate::dom::{El, after, aria, by_id, el, grouped, on_window, window};
use crate::page::Page;

/// A pane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tab {
    Bytes,
    Exchange,
    Message,
}

const TABS: [Tab; 3] = [Tab::Bytes, Tab::Exchange, Tab::Message];

impl Tab {
    fn name(self) -> &'static str {
        match self {
            Tab::Bytes => "Bytes",
            Tab::Exchange => "Exchange",
            Tab::Message => "Message",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Tab::Bytes => "tab-bytes",
            Tab::Exchange => "tab-exchange",
            Tab::Message => "tab-message",
        }
    }

    /// The id of its pane.
    pub(crate) fn pane(self) -> &'static str {
        match self {
            Tab::Bytes => "pane-bytes",
            Tab::Exchange => "pane-exchange",
            Tab::Message => "pane-message",
        }
    }
}

/// Whether there is room for one pane only, as in page.css.
pub(crate) fn narrow() -> RwSignal<bool> {
    let is_narrow =
        || window().and_then(|window| window.inner_width().ok()?.as_f64()).is_some_and(|width| width <= 900.0);
    let narrow = RwSignal::new(is_narrow());
    on_window("resize", move |_: Event| narrow.set(is_narrow()));
    narrow
}

/// Makes a pane the panel of a tab, where there are tabs.
pub(crate) fn panel(page: Page, tab: Tab, pane: El) -> El {
    pane.attr("id", tab.pane())
        .live_attr("role", move || {
            // A lesson has no tabs.
            let has_tabs = page.narrow.get() && page.scenario.with(String::is_empty);
            has_tabs.then(|| "tabpanel".to_owned())
        })
        .live_flag("data-shown", move || page.tab.get() == tab)
}

/// The tabs.
pub(crate) fn bar(page: Page) -> El {
    let tabs = TABS.map(|tab| one(page, tab));
    el("div")
        .class("tabs")
        .attr("role", "tablist")
        .attr("aria-label", "Panes")
        .on("keydown", move |event: KeyboardEvent| key(page, &event))
        .children(tabs.into())
}

fn one(page: Page, tab: Tab) -> El {
    let count = move || match tab {
        Tab::Bytes => String::new(),
        Tab::Exchange => grouped(page.loaded.with(|loaded| loaded.messages)),
        Tab::Message => page.message.get().map(|number| grouped(number + 1)).unwrap_or_default(),
    };
    el("button")
        .attr("role", "tab")
        .attr("id", tab.id())
        .attr("aria-controls", tab.pane())
        .live_attr("aria-selected", move || aria(page.tab.get() == tab))
        .live_attr("tabindex", move || Some(if page.tab.get() == tab { "0" } else { "-1" }.to_owned()))
        .text(tab.name())
        .child(el("span").class("tab-count").live_text(count))
        .on_click(move || page.tab.set(tab))
}

fn key(page: Page, event: &KeyboardEvent) {
    let now = TABS.iter().position(|tab| *tab == page.tab.get_untracked()).unwrap_or(0);
    let to = match event.key().as_str() {
        "ArrowRight" => now + 1,
        "ArrowLeft" => now + 2,
        "Home" => 0,
        "End" => 2,
        _ => return,
    };
    event.prevent_default();
    if let Some(tab) = TABS.get(to % 3) {
        page.tab.set(*tab);
        by_id(tab.id()).into_iter().for_each(|tab| tab.focus());
    }
}

impl Page {
    /// Shows the pane of the message where only one is shown, from its beginning; the focus goes along with it.
    pub(crate) fn show_message(self) {
        let is_shown = self.tab.get_untracked() == Tab::Message || !self.narrow.get_untracked();
        self.tab.set(Tab::Message);
        if is_shown {
            return;
        }
        // When it is shown. Its title may be told anew when more is known: the pane stays.
        after(0, || {
            let Some(pane) = by_id(Tab::Message.pane()) else { return };
            pane.of::<web_sys::Element>().set_scroll_top(0);
            pane.set("tabindex", Some("-1"));
            pane.focus();
            pane.of::<web_sys::Element>().scroll_into_view();
        });
    }
}
