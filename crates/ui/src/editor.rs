//! The input as a person edits it: every change can be taken back, whether it was typed, pasted, opened, or made of a byte.
//!
//! One history holds them all. It knows that an input is text or a file, and not what either says.

use std::time::Duration;

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::change::{Change, History};
use pgscope_view::engine::{Finding, Input, InputProblem, Reply, Request, Written};
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlTextAreaElement, InputEvent, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, after, el, is_typing, key_of, say, stop};
use crate::files::{self, Content, Opened};
use crate::find::focus;
use crate::later::{Action, act};
use crate::learn::Learn;
use crate::own;
use crate::page::{Page, Said, Then};
use crate::past::{Aspect, Called, Deed, Done, Kept, Source, since_opened};
use crate::paste::PASTE;
use crate::shared::Shared;
use crate::tabs::Tab;
use crate::together::Together;

/// How long typing rests before it is read, in milliseconds.
const REST: i32 = 150;
/// How many lines are measured, and which are too long to be.
const MEASURED: usize = 1000;
const WIDEST: usize = 120;
/// Letters that are typed with less between them are taken back together.
const BREATH: Duration = Duration::from_secs(1);
/// What is to be noted: what was done, what that is called, how things stood before it, and whether it was typed.
pub(crate) struct Noted {
    what: What,
    called: Called,
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

/// What the editor remembers.
pub(crate) type Editing = Shared<EditingState>;

pub(crate) struct EditingState {
    area: StoredValue<El, LocalStorage>,
    /// The text as it was last seen.
    text: StoredValue<String, LocalStorage>,
    past: StoredValue<History<Done>, LocalStorage>,
    /// What would be taken back, and what would be done again.
    pub(crate) can: RwSignal<[Option<String>; 2]>,
    /// Whether somebody was told that the key takes back the opening of the input next.
    is_told: RwSignal<bool>,
    /// Whether the text is a sample that nobody has touched: then a paste replaces it.
    pub(crate) untouched: RwSignal<bool>,
    /// The files that were opened together.
    pub(crate) together: RwSignal<Together>,
    /// When a paste took the place of a person's own text, by what was touched so far: it can be put behind that instead.
    pub(crate) pasted_at: RwSignal<Option<usize>>,
    resting: RwSignal<i32>,
}

impl Editing {
    /// Of the text in this area.
    pub(crate) fn new(area: &El, text: &str) -> Self {
        Self::of(EditingState {
            area: StoredValue::new_local(area.clone()),
            text: StoredValue::new_local(text.to_owned()),
            past: StoredValue::new_local(History::default()),
            can: RwSignal::default(),
            is_told: RwSignal::default(),
            untouched: RwSignal::new(true),
            together: RwSignal::default(),
            pasted_at: RwSignal::default(),
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
    pub(crate) fn editing(self) -> Editing {
        self.page.editing
    }

    pub(crate) fn with<T>(self, read: impl FnOnce(&HtmlTextAreaElement) -> T) -> T {
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

    /// The input as it is now, with all changes.
    pub(crate) fn source_now(self) -> Source {
        match self.source() {
            Source::File(file) => {
                let changes = self.editing().past.with_value(|past| since_opened(past.newest_first()));
                Source::File(file.as_changed(&changes).unwrap_or(file))
            }
            text => text,
        }
    }

    fn source(self) -> Source {
        match self.page.opened.get_untracked() {
            Some(file) => Source::File(file),
            None => Source::Text(self.text()),
        }
    }

    /// Notes what was done.
    pub(crate) fn note(self, Noted { what, called, before, typed }: Noted) {
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
            past.push(Done { deed, called, before, after, at: typed.then_some(now) });
        });
        self.show_can();
    }

    fn show_can(self) {
        let name = |done: Option<&Done>| done.map(|done| done.called.name.clone());
        let can = self.editing().past.with_value(|past| <[_; 2]>::from(past.next()).map(name));
        self.editing().can.set(can);
        self.editing().is_told.set(false);
    }

    /// Shows a text in the place of what was there.
    pub(crate) fn replace(self, text: String, called: Called) {
        self.put(Content::Text(text), Said::default(), Then::Look, Some(called));
        self.claim();
        self.page.touch();
    }

    /// Shows an input that nobody typed, with what is said about it. What a page begins with cannot be taken back.
    pub(crate) fn bring(self, content: Content, said: Said, then: Then, called: Option<Called>) {
        self.put(content, said, then, called);
        self.editing().untouched.set(true);
    }

    /// What was done to what is shown, as it is kept over a reload.
    pub(crate) fn past(self) -> String {
        let file = self.page.opened.get_untracked();
        self.editing().past.with_value(|past| Kept::write(file, past))
    }

    /// What a reload brought back can be taken back further.
    pub(crate) fn remember_text(self, kept: Kept) {
        let past = self.editing().text.with_value(|text| kept.of_text(text));
        self.editing().past.set_value(past);
        self.show_can();
    }

    /// A file comes back after a reload as it was opened, and what was done since is done to it.
    pub(crate) fn bring_file(self, bytes: Vec<u8>, kept: Kept, said: Said, then: Then) -> Result<(), Vec<u8>> {
        let (opened, past) = kept.of_file(bytes)?;
        self.editing().past.set_value(past);
        self.show_can();
        self.page.say(said);
        self.reopen(opened, then);
        Ok(())
    }

    /// What is shown is a person's own: no paste replaces all of it.
    pub(crate) fn claim(self) {
        self.editing().untouched.set(false);
    }

    /// Shows something else in the place of what was there.
    pub(crate) fn put(self, content: Content, said: Said, then: Then, called: Option<Called>) {
        let (before, was) = (self.aspect(), self.source());
        // What was typed before is not to be read over it.
        stop(self.editing().resting.get_untracked());
        self.page.edits.set(false);
        self.page.change_input();
        self.editing().together.set(Together::default());
        if called.is_some() {
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
        if let (Some(called), false) = (called, is_same) {
            let what = What::Deed(Deed::Source { was, new });
            act(Action::Note(self, Noted { what, called, before, typed: false }));
        }
    }

    pub(crate) fn open(self, content: Content, called: Called) {
        match content {
            Content::Text(text) => self.replace(text, called),
            file => {
                self.put(file, Said::default(), Then::Look, Some(called));
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
        self.replace(text, Called::edit("back to the text"));
    }

    pub(crate) fn open_files(self, files: Vec<web_sys::File>) {
        if !files.is_empty() {
            act(Action::OpenFiles(self, files));
        }
    }

    /// Opens a file, and says something about others that came with it.
    pub(crate) fn read_file_and(self, file: web_sys::File, told: String) {
        let called = Called::opening(format!("opening {}", file.name()));
        files::read(file, move |read| match read {
            // It is played, not read.
            Ok(Content::Text(text)) if own::is_scenario(&text) => own::go(&text),
            Ok(content) => {
                self.open(content, called);
                self.tell(told);
            }
            Err(reason) => self.page.notice.set([reason, told].join(" ").trim().to_owned()),
        });
    }

    /// Says something about the input once that is read: what is said before is taken for another's.
    pub(crate) fn tell(self, told: String) {
        if !told.is_empty() {
            self.page.when_read(move || self.page.notice.set(told));
        }
    }

    /// A paste is read at once, typing when it rests.
    pub(crate) fn changed(self, event: &InputEvent) {
        // An event of a script's making has no type.
        let kind = if event.has_type::<InputEvent>() { event.input_type() } else { String::new() };
        self.took(kind.is_empty() || kind.starts_with("insertFrom"));
    }

    /// Takes over what is in the area now.
    pub(crate) fn took(self, is_pasted: bool) {
        let (before, text) = (self.aspect(), self.with(HtmlTextAreaElement::value));
        let what = What::Text { was: self.text(), new: text.clone() };
        self.editing().text.set_value(text);
        self.editing().untouched.set(false);
        stop(self.editing().resting.get_untracked());
        if is_pasted {
            self.page.load_afresh(Input::Text(self.text()));
        } else {
            let read = move || self.page.load(Input::Text(self.text()), Then::Stay);
            self.editing().resting.set(after(REST, read));
        }
        let called = Called::edit(if is_pasted { PASTE } else { "typing" });
        act(Action::Note(self, Noted { what, called, before, typed: !is_pasted }));
        self.page.touch();
    }

    /// The browser's own way to take back would not know of changes that were not typed.
    pub(crate) fn before_change(self, event: &InputEvent) {
        match event.input_type().as_str() {
            "historyUndo" => act(Action::UndoByKey(self, false)),
            "historyRedo" => act(Action::Redo(self)),
            _ => return,
        }
        event.prevent_default();
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
        // In a lesson the wire is broken there, and both ends play on.
        if self.page.scenario.with_untracked(|name| !name.is_empty()) && matches!(request, Request::Write { .. }) {
            return Learn::new(self.page).write(request);
        }
        ask(request, move |reply| match reply {
            Reply::Written(Written::Change(change)) => self.write_change(change, None, &said, (number, at)),
            Reply::Written(Written::Turned(change, turn)) => self.write_change(change, Some(turn), &said, (number, at)),
            Reply::Written(Written::Anew(text)) => {
                self.replace(text, Called::edit(said.clone()));
                self.page.pin(Request::Byte { number, at });
                say(&format!("{said}. The text was written anew, as hex. Ctrl+Z takes it back"));
            }
            Reply::Refused(reason) => self.page.refuse(reason),
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

    /// Makes a change; `turn` are the pieces that are turned round from now on.
    fn write_change(self, change: Change, turn: Option<Vec<String>>, said: &str, (number, at): (usize, usize)) {
        let before = self.aspect();
        turn.into_iter().for_each(|turn| self.page.turn.set(turn));
        let is_file = self.page.opened.with_untracked(Option::is_some);
        if !self.make(&change, is_file, Then::Byte(number, at)) {
            return;
        }
        let deed = if is_file { Deed::File(change) } else { Deed::Text(change) };
        self.note(Noted { what: What::Deed(deed), called: Called::edit(said), before, typed: false });
        self.page.touch();
        say(&format!("{said}. Ctrl+Z takes it back"));
    }

    /// Turns pieces of the input round, or back, and reads it so.
    pub(crate) fn turn(self, turn: Vec<String>, name: String) {
        let before = self.aspect();
        self.page.turn.set(turn);
        self.page.load(Input::Same, Then::Stay);
        self.note(Noted { what: What::Deed(Deed::Said), called: Called::edit(name), before, typed: false });
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
        let step = |past: &mut History<Done>| past.undo().cloned();
        match self.editing().past.try_update_value(step).flatten() {
            Some(done) => {
                say(&format!("Taken back: {}", done.called.name));
                self.go(done.deed.inverse(), done.before);
            }
            None => say("There is nothing to take back"),
        }
    }

    /// The same by a key: edits are taken back with it one after the other, and it does not go on to what was there before
    /// the input was opened unless somebody who was told so presses it once more.
    pub(crate) fn undo_by_key(self, is_held: bool) {
        let editing = self.editing();
        let opening =
            editing.past.with_value(|past| past.next().0.map(|done| done.called.clone())).filter(|it| it.opens);
        match opening {
            Some(opening) if is_held || !editing.is_told.get_untracked() => {
                editing.is_told.set(true);
                say(&format!("No edit is left to take back. Ctrl+Z once more takes back: {}", opening.name));
            }
            _ => self.undo(),
        }
    }

    /// Does again what was taken back last.
    pub(crate) fn redo(self) {
        let step = |past: &mut History<Done>| past.redo().cloned();
        match self.editing().past.try_update_value(step).flatten() {
            Some(done) => {
                say(&format!("Done again: {}", done.called.name));
                self.go(done.deed, done.after);
            }
            None => say("There is nothing to do again"),
        }
    }

    fn go(self, deed: Deed, aspect: Aspect) {
        stop(self.editing().resting.get_untracked());
        self.show_can();
        let page = self.page;
        page.say(aspect.said);
        if !matches!(deed, Deed::Said) {
            page.touch();
        }
        let then = aspect.message.map_or(Then::Look, Then::Message);
        if matches!(deed, Deed::Source { .. }) {
            page.edits.set(false);
            page.change_input();
            self.editing().together.set(Together::default());
        }
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
            Deed::Said => {
                page.load(Input::Same, then);
                true
            }
        };
    }

    /// Reads a file again, with the changes that were made of it and stand in the history.
    fn reopen(self, file: Opened, then: Then) -> bool {
        let changes = self.editing().past.with_value(|past| since_opened(past.newest_first()));
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
            ("z", false) => act(Action::UndoByKey(self, event.repeat())),
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
