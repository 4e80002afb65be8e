//! The input as a person edits it: every change can be taken back, whether it was typed, pasted, opened, or made of a byte.
//!
//! One history holds them all. It knows that an input is text or a file, and not what either says.

use std::time::Duration;

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::change::{Change, History, Step};
use pgscope_view::engine::{Finding, Input, InputProblem, Reply, Request, Written};
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Event, HtmlTextAreaElement, InputEvent, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, after, el, is_typing, key_of, say, stop};
use crate::files::{self, Content, Opened};
use crate::find::focus;
use crate::later::{Action, act};
use crate::page::{Page, Said, Then};
use crate::shared::Shared;
use crate::tabs::Tab;

/// How long typing rests before it is read, in milliseconds.
const REST: i32 = 150;
/// How many lines are measured, and which are too long to be.
const MEASURED: usize = 1000;
const WIDEST: usize = 120;
/// A text of more bytes than this is put into the area, not pasted.
const LONG: usize = 8 << 10;
/// Letters that are typed with less between them are taken back together.
const BREATH: Duration = Duration::from_secs(1);

/// What the input is made of.
#[derive(Clone)]
enum Source {
    Text(String),
    File(Opened),
}

/// What is said about the input, and what is looked at in it.
#[derive(Clone, Default)]
struct Aspect {
    said: Said,
    message: Option<usize>,
}

#[derive(Clone)]
enum Deed {
    /// The text was changed.
    Text(Change),
    /// The bytes of the file were.
    File(Change),
    /// Something else took the place of what was there.
    Source { was: Source, new: Source },
}

impl Deed {
    fn inverse(&self) -> Deed {
        match self {
            Deed::Text(change) => Deed::Text(change.inverse()),
            Deed::File(change) => Deed::File(change.inverse()),
            Deed::Source { was, new } => Deed::Source { was: new.clone(), new: was.clone() },
        }
    }
}

/// What is to be noted: what was done, how things stood before it, and whether it was typed.
pub(crate) struct Noted {
    what: What,
    before: Aspect,
    typed: bool,
}

enum What {
    Deed(Deed),
    /// The text was another one; where it was changed is to be found out.
    Text {
        was: String,
        new: String,
    },
}

impl What {
    fn deed(self) -> Option<Deed> {
        match self {
            What::Deed(deed) => Some(deed),
            What::Text { was, new } => Change::between(was.as_bytes(), new.as_bytes()).map(Deed::Text),
        }
    }
}

/// What was done, and how things stood before and behind it.
struct Done {
    deed: Deed,
    before: Aspect,
    after: Aspect,
    /// When, and whether it was typed.
    at: Option<Duration>,
}

impl Step for Done {
    fn weight(&self) -> usize {
        let of = |source: &Source| if let Source::Text(text) = source { text.len() } else { 0 };
        match &self.deed {
            Deed::Text(change) | Deed::File(change) => change.was.len() + change.new.len(),
            Deed::Source { was, new } => of(was) + of(new),
        }
    }
}

/// What the editor remembers.
pub(crate) type Editing = Shared<EditingState>;

pub(crate) struct EditingState {
    area: StoredValue<El, LocalStorage>,
    /// The text as it was last seen.
    text: StoredValue<String, LocalStorage>,
    past: StoredValue<History<Done>, LocalStorage>,
    /// Whether something can be taken back, and something done again.
    pub(crate) can: RwSignal<(bool, bool)>,
    /// Whether the text is a sample that nobody has touched: then a paste replaces it.
    pub(crate) untouched: RwSignal<bool>,
    resting: RwSignal<i32>,
}

impl Editing {
    /// Of the text in this area.
    pub(crate) fn new(area: &El, text: &str) -> Self {
        Self::of(EditingState {
            area: StoredValue::new_local(area.clone()),
            text: StoredValue::new_local(text.to_owned()),
            past: StoredValue::new_local(History::default()),
            can: RwSignal::new((false, false)),
            untouched: RwSignal::new(true),
            resting: RwSignal::new(0),
        })
    }
}

/// The actions that change the input.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    pub(crate) page: Page,
}

impl Editor {
    fn editing(self) -> Editing {
        self.page.editing
    }

    fn with<T>(self, read: impl FnOnce(&HtmlTextAreaElement) -> T) -> T {
        self.editing().area.with_value(|area| read(area.of()))
    }

    pub(crate) fn text(self) -> String {
        self.editing().text.get_value()
    }

    /// Whether somebody has touched the input.
    pub(crate) fn is_touched(self) -> bool {
        self.page.touched.get_untracked() > 0
    }

    /// Whether the text is one that nobody has touched.
    pub(crate) fn is_untouched(self) -> bool {
        self.editing().untouched.get_untracked()
    }

    /// A line of the text, from 0.
    pub(crate) fn line(self, nth: usize) -> String {
        self.editing().text.with_value(|text| text.lines().nth(nth).unwrap_or_default().to_owned())
    }

    /// How many letters its longest line has, of those that a pane could show whole.
    pub(crate) fn letters(self) -> usize {
        let lengths = |text: &String| text.lines().take(MEASURED).map(str::len).filter(|length| *length < WIDEST).max();
        self.editing().text.with_value(lengths).unwrap_or_default()
    }

    fn set_text(self, text: &str) {
        self.editing().text.set_value(text.to_owned());
        self.with(|area| area.set_value(text));
    }

    fn aspect(self) -> Aspect {
        let page = self.page;
        Aspect { said: page.said(), message: page.message.get_untracked() }
    }

    fn source(self) -> Source {
        match self.page.opened.get_untracked() {
            Some(file) => Source::File(file),
            None => Source::Text(self.text()),
        }
    }

    /// Notes what was done.
    pub(crate) fn note(self, Noted { what, before, typed }: Noted) {
        let Some(deed) = what.deed() else { return };
        let now = Duration::from_millis(js_sys::Date::now() as u64);
        let after = Aspect { message: before.message, ..self.aspect() };
        self.editing().past.update_value(|past| {
            if let (Deed::Text(next), true, Some(last)) = (&deed, typed, past.last())
                && last.at.is_some_and(|at| now < at + BREATH)
                && let Deed::Text(change) = &mut last.deed
                && change.join(next)
            {
                last.at = Some(now);
                return;
            }
            past.push(Done { deed, before, after, at: typed.then_some(now) });
        });
        self.show_can();
    }

    fn show_can(self) {
        self.editing().can.set(self.editing().past.with_value(History::can));
    }

    /// Shows a text in the place of what was there.
    pub(crate) fn replace(self, text: String) {
        self.put(Content::Text(text), Said::default(), Then::Look, true);
        self.claim();
        self.page.touch();
    }

    /// Shows an input that nobody typed, with what is said about it. What a page begins with cannot be taken back.
    pub(crate) fn bring(self, content: Content, said: Said, then: Then, at_first: bool) {
        self.put(content, said, then, !at_first);
        self.editing().untouched.set(true);
    }

    /// What is shown is a person's own: no paste replaces all of it.
    pub(crate) fn claim(self) {
        self.editing().untouched.set(false);
    }

    fn put(self, content: Content, said: Said, then: Then, is_noted: bool) {
        let (before, was) = (self.aspect(), self.source());
        if is_noted {
            self.page.tab.set(Tab::Exchange);
        }
        // What replaces a lesson is no lesson.
        self.page.scenario.set(String::new());
        let (new, input) = match content {
            Content::Text(text) => {
                self.page.opened.set(None);
                self.set_text(&text);
                self.with(|area| {
                    area.set_scroll_top(0);
                    area.set_scroll_left(0);
                });
                (Source::Text(text.clone()), Some(text))
            }
            Content::File(opened) => {
                self.page.opened.set(Some(opened.clone()));
                (Source::File(opened), None)
            }
        };
        self.page.say(said);
        match (input, &new) {
            (Some(text), _) => self.page.load(Input::Text(text), then),
            (None, Source::File(opened)) => opened.blob().into_iter().for_each(|blob| self.page.load_blob(blob, then)),
            _ => {}
        }
        let is_same = matches!((&was, &new), (Source::Text(was), Source::Text(new)) if was == new);
        if is_noted && !is_same {
            let what = What::Deed(Deed::Source { was, new });
            act(Action::Note(self, Noted { what, before, typed: false }));
        }
    }

    fn open(self, content: Content) {
        match content {
            Content::Text(text) => self.replace(text),
            file => {
                self.put(file, Said::default(), Then::Look, true);
                self.page.touch();
            }
        }
    }

    /// Reads what is there once more, from its beginning to its end.
    pub(crate) fn read_again(self) {
        match self.page.opened.get_untracked() {
            Some(file) => self.reopen(file, Then::Look),
            None => {
                self.page.load(Input::Text(self.text()), Then::Look);
                true
            }
        };
    }

    /// Back from a file to the text.
    pub(crate) fn close_file(self) {
        let text = self.text();
        self.replace(text);
    }

    pub(crate) fn open_file(self, file: Option<web_sys::File>) {
        file.into_iter().for_each(|file| act(Action::OpenFile(self, file)));
    }

    pub(crate) fn read_file(self, file: web_sys::File) {
        files::read(file, move |read| match read {
            Ok(content) => self.open(content),
            Err(reason) => self.page.notice.set(reason),
        });
    }

    /// A paste is read at once, typing when it rests.
    pub(crate) fn changed(self, event: &InputEvent) {
        let (before, text) = (self.aspect(), self.with(HtmlTextAreaElement::value));
        let what = What::Text { was: self.text(), new: text.clone() };
        self.editing().text.set_value(text);
        self.editing().untouched.set(false);
        stop(self.editing().resting.get_untracked());
        // An event of a script's making has no type.
        let kind = if event.has_type::<InputEvent>() { event.input_type() } else { String::new() };
        let is_pasted = kind.is_empty() || kind.starts_with("insertFrom");
        if is_pasted {
            self.page.load_afresh(Input::Text(self.text()));
        } else {
            let read = move || self.page.load(Input::Text(self.text()), Then::Stay);
            self.editing().resting.set(after(REST, read));
        }
        act(Action::Note(self, Noted { what, before, typed: !is_pasted }));
        self.page.touch();
    }

    /// The browser's own way to take back would not know of changes that were not typed.
    pub(crate) fn before_change(self, event: &InputEvent) {
        match event.input_type().as_str() {
            "historyUndo" => act(Action::Undo(self)),
            "historyRedo" => act(Action::Redo(self)),
            _ => return,
        }
        event.prevent_default();
    }

    /// Selects what a paste is to replace. Text that would make the page slow is read, but not shown as text.
    pub(crate) fn pasting(self, event: &ClipboardEvent) {
        let replaces_all = self.is_untouched() || self.is_all_selected();
        // A browser takes far longer to paste a text than to show it.
        let is_slow = |content: &Content| match content {
            Content::File(_) => true,
            Content::Text(text) => text.len() > LONG && replaces_all,
        };
        if let Some(content) = event.clipboard_data().map(|data| files::pasted(&data)).filter(is_slow) {
            event.prevent_default();
            return self.open(content);
        }
        if self.is_untouched() {
            self.with(|area| area.select());
        }
    }

    fn is_all_selected(self) -> bool {
        self.with(|area| {
            let selected = [area.selection_start(), area.selection_end()].map(|at| at.ok().flatten());
            selected == [Some(0), Some(area.text_length())]
        })
    }

    /// A paste outside of any text is meant for the input.
    pub(crate) fn pasted_anywhere(self, event: &ClipboardEvent) {
        let Some(data) = event.clipboard_data().filter(|_| !is_typing(event)) else { return };
        event.prevent_default();
        match files::first(data.files()) {
            Some(file) => self.open_file(Some(file)),
            None => self.open(files::pasted(&data)),
        }
    }

    pub(crate) fn select(self, problem: &InputProblem) {
        if self.page.opened.with_untracked(Option::is_some) {
            return self.page.row.set(Some(problem.row));
        }
        let (start, end) = (problem.start as u32, problem.end.max(problem.start + 1) as u32);
        self.with(|area| {
            let _ = area.focus();
            let _ = area.set_selection_range(start, end);
        });
    }

    /// Asks how something is to be written, writes it, and says what became of it. Byte `at` of message `number` is
    /// pinned then.
    pub(crate) fn write(self, request: Request, said: String, number: usize, at: usize) {
        ask(request, move |reply| match reply {
            Reply::Written(Written::Change(change)) => self.write_change(change, &said, (number, at)),
            Reply::Written(Written::Anew(text)) => {
                self.replace(text);
                self.page.pin(Request::Byte { number, at });
                say(&format!("{said}. The text was written anew, as hex. Ctrl+Z takes it back"));
            }
            Reply::Refused(reason) => self.page.notice.set(reason),
            _ => {}
        });
    }

    /// A button that mends a problem.
    pub(crate) fn mend(self, problem: &Finding) -> El {
        let (number, nth, at) = (problem.number, problem.nth, problem.start);
        let said = format!("Mended: {}", problem.mend);
        el("button").class("button mend-it").attr("title", &problem.fix).text("Mend it").on_click(move || {
            act(Action::Write(self, Request::Mend { number, nth }, said.clone(), (number, at)));
            // The button is gone with the problem.
            focus("hex");
        })
    }

    fn write_change(self, change: Change, said: &str, (number, at): (usize, usize)) {
        let before = self.aspect();
        let is_file = self.page.opened.with_untracked(Option::is_some);
        if !self.make(&change, is_file, Then::Byte(number, at)) {
            return;
        }
        let deed = if is_file { Deed::File(change) } else { Deed::Text(change) };
        self.note(Noted { what: What::Deed(deed), before, typed: false });
        self.page.touch();
        say(&format!("{said}. Ctrl+Z takes it back"));
    }

    /// Makes a change of the text or the file, and reads that.
    fn make(self, change: &Change, is_file: bool, then: Then) -> bool {
        if is_file {
            self.page.load(Input::Changed(change.clone()), then);
            return true;
        }
        let mut bytes = self.text().into_bytes();
        if !change.apply(&mut bytes) {
            return false;
        }
        let Ok(text) = String::from_utf8(bytes) else { return false };
        let (top, left) = self.with(|area| (area.scroll_top(), area.scroll_left()));
        self.set_text(&text);
        let caret =
            text.get(..change.start + change.new.len()).map_or(0, |before| before.encode_utf16().count()) as u32;
        self.with(|area| {
            let _ = area.set_selection_range(caret, caret);
            area.set_scroll_top(top);
            area.set_scroll_left(left);
        });
        self.editing().untouched.set(false);
        self.page.load(Input::Text(text), then);
        true
    }

    /// Takes back what was done last.
    pub(crate) fn undo(self) {
        let step = |past: &mut History<Done>| past.undo().map(|done| (done.deed.inverse(), done.before.clone()));
        match self.editing().past.try_update_value(step).flatten() {
            Some((deed, aspect)) => self.go(deed, aspect),
            None => say("There is nothing to take back"),
        }
    }

    /// Does again what was taken back last.
    pub(crate) fn redo(self) {
        let step = |past: &mut History<Done>| past.redo().map(|done| (done.deed.clone(), done.after.clone()));
        match self.editing().past.try_update_value(step).flatten() {
            Some((deed, aspect)) => self.go(deed, aspect),
            None => say("There is nothing to do again"),
        }
    }

    fn go(self, deed: Deed, aspect: Aspect) {
        stop(self.editing().resting.get_untracked());
        self.show_can();
        let page = self.page;
        page.say(aspect.said);
        page.touch();
        let then = aspect.message.map_or(Then::Look, Then::Message);
        match deed {
            Deed::Text(change) => self.make(&change, false, then),
            Deed::File(change) => self.make(&change, true, then),
            Deed::Source { new: Source::File(file), .. } => self.reopen(file, then),
            Deed::Source { new: Source::Text(text), .. } => {
                page.opened.set(None);
                self.set_text(&text);
                page.load(Input::Text(text), then);
                true
            }
        };
    }

    /// Reads a file again, with the changes that were made of it and stand in the history.
    fn reopen(self, file: Opened, then: Then) -> bool {
        let changes = self.editing().past.with_value(|past| {
            let since = past.newest_first().map_while(|done| match &done.deed {
                Deed::File(change) => Some(change.clone()),
                _ => None,
            });
            let mut changes: Vec<Change> = since.collect();
            changes.reverse();
            changes
        });
        let blob = file.changed(&changes);
        self.page.opened.set(Some(file));
        blob.map(|blob| self.page.load_blob(blob, then)).is_some()
    }

    /// Keys that take back and do again; not where another text has its own.
    pub(crate) fn key(self, event: &KeyboardEvent) -> bool {
        let is_ours = !is_typing(event) || self.is_own(event);
        if !is_ours || !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
            return false;
        }
        match (key_of(event).as_str(), event.shift_key()) {
            ("z", false) => act(Action::Undo(self)),
            ("z", true) | ("y", false) => act(Action::Redo(self)),
            _ => return false,
        }
        event.prevent_default();
        true
    }

    fn is_own(self, event: &Event) -> bool {
        let target = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
        target.is_some_and(|target| self.with(|area| *area == target))
    }
}
