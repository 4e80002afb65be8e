//! What is pasted, and what becomes of it: a dump by itself takes the place of what was there, a few bytes go where the caret is.

use pgscope_signal::traits::*;
use pgscope_view::engine::{Reply, Request};
use web_sys::{ClipboardEvent, DataTransfer, HtmlTextAreaElement};

use crate::ask::ask;
use crate::dom::{El, el, is_typing};
use crate::editor::Editor;
use crate::files::{self, Content};
use crate::find::focus;
use crate::later::{Action, act};
use crate::past::Called;

/// A text of more bytes than this is put into the area, not pasted.
const LONG: usize = 8 << 10;
/// What a paste is called.
pub(crate) const PASTE: &str = "the paste";

/// What was pasted.
pub(crate) struct Pasted {
    files: Vec<web_sys::File>,
    content: Content,
}

impl Pasted {
    /// Of an event, which holds it no longer than it lasts.
    fn of(data: &DataTransfer) -> Self {
        Self { files: files::all(data.files()), content: files::pasted(data) }
    }
}

/// Where it was pasted.
#[derive(Clone, Copy)]
pub(crate) enum Where {
    /// Over all of the text, or over an example.
    All,
    /// Where the caret is.
    AtCaret,
    /// Where nothing is typed.
    Anywhere,
}

impl Editor {
    /// What is pasted over an example, or over all of the text, takes its place, and the browser does it; what else becomes
    /// of a paste is found out.
    pub(crate) fn pasting(self, event: &ClipboardEvent) {
        let Some(data) = event.clipboard_data() else { return };
        let pasted = Pasted::of(&data);
        let selected = self.selected();
        let replaces_all = self.is_untouched() || selected == Some((0, self.with(HtmlTextAreaElement::text_length)));
        // A browser takes far longer to paste a text than to show it.
        let is_short = matches!(&pasted.content, Content::Text(text) if text.len() <= LONG);
        if pasted.files.is_empty() && is_short && replaces_all {
            return if self.is_untouched() {
                self.with(|area| area.select())
            };
        }
        // Where some of it is selected, it is that which is to be replaced.
        let is_part = selected.is_some_and(|(start, end)| start != end) && !replaces_all;
        if pasted.files.is_empty() && is_part && matches!(pasted.content, Content::Text(_)) {
            return;
        }
        event.prevent_default();
        act(Action::Paste(self, pasted, if replaces_all { Where::All } else { Where::AtCaret }));
    }

    fn selected(self) -> Option<(u32, u32)> {
        self.with(|area| Some((area.selection_start().ok()??, area.selection_end().ok()??)))
    }

    /// Puts a paste where it belongs: what is a dump by itself in the place of what is there.
    pub(crate) fn paste(self, Pasted { files, content }: Pasted, to: Where) {
        if !files.is_empty() {
            return self.read_files(files);
        }
        match (content, to) {
            (content, Where::All) => self.open(content, Called::edit(PASTE)),
            (Content::Text(text), Where::AtCaret) => ask(Request::IsDump(text.clone()), move |reply| match reply {
                Reply::Number(_) => self.take_place(Content::Text(text)),
                _ => self.insert(&text),
            }),
            (content, _) => self.take_place(content),
        }
    }

    /// Puts text where the caret is.
    fn insert(self, text: &str) {
        self.with(|area| {
            let _ = area.set_range_text(text);
            let caret = area.selection_start().ok().flatten().unwrap_or(0) + text.encode_utf16().count() as u32;
            let _ = area.set_selection_range(caret, caret);
        });
        self.took(true);
    }

    /// A paste takes the place of what is there; it can be put behind a person's own text instead.
    fn take_place(self, content: Content) {
        let has_own = !self.is_untouched() && self.page.opened.with_untracked(Option::is_none);
        let is_offered = has_own && !self.text().trim().is_empty() && matches!(content, Content::Text(_));
        self.open(content, Called::edit(PASTE));
        self.editing().pasted_at.set(is_offered.then(|| self.page.touched.get_untracked()));
    }

    /// Whether the last that was done is a paste that can be put behind what it replaced.
    pub(crate) fn can_append(self) -> bool {
        self.editing().pasted_at.get() == Some(self.page.touched.get())
    }

    /// Puts the paste behind what it replaced.
    fn append(self) {
        let pasted = self.text();
        self.undo();
        let was = self.text();
        let between = if was.ends_with('\n') { "" } else { "\n" };
        self.replace([&was, between, &pasted].concat(), Called::edit("the paste behind the rest"));
        focus("bytes");
    }

    /// What is said of a paste that took the place of a person's own text.
    pub(crate) fn pasted(self) -> El {
        el("div")
            .class("share")
            .child(
                el("p")
                    .attr("role", "status")
                    .text("Your paste took the place of what was there; Ctrl+Z brings that back."),
            )
            .child(el("button").class("button").text("Append it instead").on_click(move || self.append()))
            .child(el("button").class("link").text("Close").on_click(move || self.editing().pasted_at.set(None)))
            .live_flag("hidden", move || !self.can_append())
    }

    /// A paste outside of any text is meant for the input.
    pub(crate) fn pasted_anywhere(self, event: &ClipboardEvent) {
        if let Some(data) = event.clipboard_data().filter(|_| !is_typing(event)) {
            event.prevent_default();
            act(Action::Paste(self, Pasted::of(&data), Where::Anywhere));
        }
    }
}
