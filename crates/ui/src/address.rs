//! Where the page is: its address says what is shown, and follows what is done.
//!
//! `#` is a person's own work. A sample, a link and a scenario have addresses of their own and stand in the browser's
//! history, so that Back works. Whoever changes what an address brought is at `#` again, and Back leads to it as it was.
//! A selection changes the address, and adds nothing to the history.

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::untrack;
use pgscope_view::engine::{Input, Reply, Request};
use pgscope_view::link::{Content, Link, Selected, pairs};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, StorageEvent};

use crate::ask::ask;
use crate::deflate::inflate;
use crate::dom::{after, effect, on_window, say, stop, window};
use crate::editor::Editor;
use crate::files::{self, Opened};
use crate::later::{self, Action, Missing, act_or};
use crate::learn::Learn;
use crate::page::{Page, Said, Then};
use crate::past::{Called, Kept};
use crate::samples;
use crate::shared::Shared;
use crate::tabs::Tab;
use crate::work::{self, Fate};

/// How long changes rest before they are kept, in milliseconds.
const REST: i32 = 400;

/// A person's own work, as it was when another address took its place.
#[derive(Clone)]
enum Own {
    Link(Link),
    /// A file too long to be held twice: the browser reads it again.
    File(Opened, Link),
}

/// Where the page is.
pub(crate) type Address = Shared<AddressState>;

pub(crate) struct AddressState {
    pub(crate) page: Page,
    learn: Learn,
    /// What brought the input: the fragment without its selection; empty for own work.
    here: RwSignal<String>,
    /// The same of what was shown before a lesson was: the door Decode leads back to it.
    left: RwSignal<String>,
    own: StoredValue<Option<Own>, LocalStorage>,
    /// What was done to what was kept, until that has come back.
    past: StoredValue<Option<Kept>, LocalStorage>,
    /// Counts what was asked for: what comes later than something newer is not wanted any more.
    asked: RwSignal<usize>,
    resting: RwSignal<i32>,
    /// Not what was cleared, until it changes; nor what another tab displaced.
    may_keep: RwSignal<bool>,
    /// What could not be made out of the address.
    pub(crate) trouble: RwSignal<String>,
    /// What became of the work.
    pub(crate) fate: RwSignal<Fate>,
}

impl Address {
    pub(crate) fn new(page: Page, learn: Learn) -> Self {
        Self::of(AddressState {
            page,
            learn,
            here: RwSignal::default(),
            left: RwSignal::default(),
            own: StoredValue::new_local(None),
            past: StoredValue::new_local(None),
            asked: RwSignal::default(),
            resting: RwSignal::default(),
            may_keep: RwSignal::new(true),
            trouble: RwSignal::default(),
            fate: RwSignal::default(),
        })
    }

    fn editor(self) -> Editor {
        self.page.editor()
    }

    /// Goes where the address says, now and whenever it changes; and lets it follow what is done.
    pub(crate) fn follow(self) {
        match fragment().is_empty() && !work::is_kept() {
            true => self.begin(),
            false => {
                let otherwise = move || {
                    self.begin();
                    self.trouble.set(Missing::WORDS.to_owned());
                };
                later::go(self, true, Box::new(otherwise));
            }
        }
        on_window("hashchange", move |_: Event| later::go(self, false, Box::new(|| say(Missing::WORDS))));
        on_window("storage", move |event: StorageEvent| self.kept_elsewhere(&event));
        on_window("pagehide", move |_: Event| self.keep());
        effect(move || {
            if self.page.touched.get() > 0 {
                untrack(|| self.touched());
            }
        });
        effect(move || {
            let page = self.page;
            page.form.track();
            page.direction.track();
            page.beginning.track();
            page.turn.track();
            let selected = self.selected();
            self.show_selection(&selected);
        });
    }

    /// Whether the page shows what it begins with.
    pub(crate) fn is_first(self) -> bool {
        self.here.with(String::is_empty) && self.page.editing.untouched.get()
    }

    /// What is selected, as an address says it. What the page selects by itself needs no words.
    fn selected(self) -> Selected {
        let page = self.page;
        let (message, place) = (page.message.get(), page.pinned.get());
        let (connection, first) = page.loaded.with(|loaded| (loaded.connection, loaded.first));
        let connection = Some(connection + 1).filter(|number| *number > 1);
        let filter = page.filter.get();
        let Some(number) = message else { return Selected { connection, filter, ..Selected::default() } };
        let place = place.filter(|place| place.number == number);
        let step = Some(number + 1).filter(|_| place.is_some() || first != number);
        let (field, at) = place.map(|place| (place.id, place.at)).unzip();
        Selected { connection, step, field, at, filter }
    }

    fn show_selection(self, selected: &Selected) {
        let here = self.here.get_untracked();
        if self.learn.is_open_untracked() {
            return;
        }
        match here.is_empty() {
            true => self.keep_soon(),
            false => replace(&selected.within(&here)),
        }
    }

    /// A person changed the input: it is their own now.
    fn touched(self) {
        if !self.here.get_untracked().is_empty() {
            self.here.set(String::new());
            push("#");
        }
        self.trouble.set(String::new());
        self.editor().claim();
        self.own.set_value(self.snapshot());
        self.may_keep.set(true);
        if self.fate.get_untracked() != Fate::Kept {
            self.fate.set(Fate::Nothing);
        }
        self.keep_soon();
    }

    /// Begins with the first sample.
    fn begin(self) {
        self.editor().bring(files::Content::Text(samples::FIRST.to_owned()), Said::default(), Then::Look, None);
    }

    /// Goes where the address says.
    pub(crate) fn arrive(self, at_first: bool) {
        if at_first {
            let kept = work::kept();
            self.past.set_value(kept.as_ref().and_then(|(_, past)| Kept::read(past)));
            self.own.set_value(kept.map(|(link, _)| Own::Link(link)));
        }
        self.asked.update(|asked| *asked += 1);
        let fragment = fragment();
        let mut link = Link::read(&fragment);
        let here = Selected::default().within(&fragment);
        let was_learn = self.learn.is_open_untracked();
        let is_same = here == self.here.get_untracked() && !at_first && !was_learn;
        if is_same {
            return self.select(&link.selected);
        }
        let is_own = self.here.with_untracked(String::is_empty) && !was_learn && !at_first;
        if is_own && self.own.with_value(Option::is_some) {
            self.own.set_value(self.snapshot());
            self.keep_now();
        }
        self.fate.set(if self.own.with_value(Option::is_some) { Fate::Waits } else { Fate::Nothing });
        self.trouble.set(String::new());
        if self.learn.read_address() {
            if !was_learn {
                self.left.set(self.here.get_untracked());
            }
            return self.here.set(here);
        }
        self.learn.close();
        let left = self.left.get_untracked();
        self.left.set(String::new());
        if was_learn && matches!(link.content, Content::Nothing) && !left.is_empty() {
            self.here.set(String::new());
            replace(&left);
            return self.arrive(false);
        }
        let trouble = link.trouble.take();
        if !matches!(link.content, Content::Nothing) {
            self.page.tab.set(Tab::Exchange);
        }
        match std::mem::take(&mut link.content) {
            Content::Sample(name) => self.bring_sample(name, here, link),
            Content::Text(text) => self.bring_text(text, here, link, at_first),
            Content::Bytes(bytes) => self.bring(files::from_bytes("Bytes of a link", bytes), here, link, at_first),
            Content::Deflated { bytes, is_text } => self.bring_inflated(bytes, is_text, here, link),
            Content::Nothing => self.bring_own(&link.selected, at_first),
        }
        self.complain(trouble);
    }

    fn complain(self, trouble: Option<String>) {
        if let Some(trouble) = trouble {
            self.trouble.set(format!("About the link: {trouble}."));
        }
    }

    fn bring_own(self, selected: &Selected, at_first: bool) {
        self.here.set(String::new());
        let has_own = self.own.with_value(Option::is_some);
        self.fate.set(match (has_own, self.may_keep.get_untracked(), self.editor().is_touched()) {
            (false, ..) => Fate::Nothing,
            (true, false, _) => Fate::Cleared,
            (true, true, true) => Fate::Kept,
            (true, true, false) => Fate::CameBack,
        });
        match self.own.get_value() {
            None => {
                let link = Link { selected: selected.clone(), ..Link::default() };
                self.bring_text(samples::FIRST.to_owned(), String::new(), link, at_first);
            }
            Some(Own::File(opened, link)) => self.bring(files::Content::File(opened), String::new(), link, false),
            Some(Own::Link(mut link)) => {
                if *selected != Selected::default() {
                    link.selected = selected.clone();
                }
                let past = self.past.try_update_value(Option::take).flatten();
                match std::mem::take(&mut link.content) {
                    Content::Text(text) => {
                        self.bring_text(text, String::new(), link, at_first);
                        past.into_iter().for_each(|past| self.editor().remember_text(past));
                    }
                    Content::Bytes(bytes) => self.bring_bytes(bytes, past.unwrap_or_default(), link, at_first),
                    _ => {}
                }
                self.editor().claim();
            }
        }
    }

    /// Brings back a file: as it was opened with what was done to it, where that is known.
    fn bring_bytes(self, bytes: Vec<u8>, past: Kept, link: Link, at_first: bool) {
        let (said, then) = said_in(&link);
        match self.editor().bring_file(bytes, past, said, then) {
            Ok(()) => self.page.when_read(move || self.reach(link.selected)),
            Err(bytes) => self.bring(files::from_bytes("Bytes that you had", bytes), String::new(), link, at_first),
        }
    }

    fn bring_sample(self, name: String, here: String, link: Link) {
        let asked = self.asked.get_untracked();
        spawn_local(async move {
            let text = samples::fetch(&name).await;
            if self.asked.get_untracked() != asked {
                return;
            }
            match text {
                Ok(text) => self.bring_text(text, here, link, false),
                Err(reason) => {
                    self.bring_own(&Selected::default(), true);
                    self.trouble.set(reason);
                }
            }
        });
    }

    fn bring_inflated(self, bytes: Vec<u8>, is_text: bool, here: String, link: Link) {
        let asked = self.asked.get_untracked();
        spawn_local(async move {
            let inflated = inflate(&bytes).await;
            if self.asked.get_untracked() != asked {
                return;
            }
            let Some((bytes, is_whole)) = inflated else {
                self.bring_own(&Selected::default(), true);
                return self.complain(Some("this browser cannot inflate what is in it".to_owned()));
            };
            match is_text {
                true => self.bring_text(String::from_utf8_lossy(&bytes).into_owned(), here, link, false),
                false => self.bring(files::from_bytes("Bytes of a link", bytes), here, link, false),
            }
            if !is_whole {
                self.complain(Some(pgscope_view::link::CUT.to_owned()));
            }
        });
    }

    fn bring_text(self, text: String, here: String, link: Link, at_first: bool) {
        self.bring(files::from_text(text), here, link, at_first);
    }

    /// Shows an input that nobody typed, with all that was said about it.
    fn bring(self, content: files::Content, here: String, link: Link, at_first: bool) {
        self.here.set(here);
        let (said, then) = said_in(&link);
        let called = (!at_first).then(|| Called::opening("opening what the address names"));
        self.editor().bring(content, said, then, called);
        self.page.when_read(move || self.reach(link.selected));
    }

    /// Turns to the connection of a link, and to what is selected there.
    fn reach(self, mut selected: Selected) {
        self.page.filter.set(std::mem::take(&mut selected.filter));
        let all = self.page.loaded.with_untracked(|loaded| loaded.connections);
        match selected.connection {
            Some(number) if number > all => self.complain(Some(format!("there is no connection {number}"))),
            Some(number) => {
                self.page.connect_to(number - 1, then_of(&selected));
                self.select_field(selected);
            }
            None => self.select_field(selected),
        }
    }

    fn select(self, selected: &Selected) {
        let here = self.page.loaded.with_untracked(|loaded| loaded.connection + 1);
        if selected.connection.unwrap_or(1) != here {
            return self.reach(Selected { connection: selected.connection.or(Some(1)), ..selected.clone() });
        }
        if self.page.filter.with_untracked(|shown| *shown != selected.filter) {
            self.page.filter.set(selected.filter.clone());
        }
        if let Some(step) = selected.step {
            self.page
                .turn_to((step - 1).min(self.page.loaded.with_untracked(|loaded| loaded.messages.saturating_sub(1))));
        }
        self.select_field(selected.clone());
    }

    /// Selects a field, and says what there is not.
    fn select_field(self, selected: Selected) {
        let Some(step) = selected.step else { return };
        let asked = self.asked.get_untracked();
        let number = step - 1;
        let Some(field) = selected.field else {
            return ask(Request::Message(number), move |reply| {
                if reply == Reply::Nothing && self.asked.get_untracked() == asked {
                    self.complain(Some(format!("there is no message {step}")));
                }
            });
        };
        let request = Request::Named { number, path: field.clone(), at: selected.at };
        ask(request.clone(), move |reply| {
            if self.asked.get_untracked() != asked {
                return;
            }
            match reply {
                Reply::Place(_) => self.page.pin(request),
                _ => self.complain(Some(format!("there is no field {field} in message {step}"))),
            }
        });
    }

    /// The input with what is said about it; its content, where that is at hand.
    pub(crate) fn link(self) -> Link {
        let page = self.page;
        let selected = self.selected();
        let content = match pairs(&self.here.get_untracked()).find(|(name, _)| *name == "sample") {
            Some((_, name)) => Content::Sample(name.to_owned()),
            None if page.opened.with_untracked(Option::is_some) => Content::Nothing,
            None => Content::Text(self.editor().text()),
        };
        let Said { form, direction, beginning, turn, split } = page.said();
        Link { content, form, direction, beginning, turn, split, selected, trouble: None }
    }

    fn snapshot(self) -> Option<Own> {
        let link = self.link();
        match self.page.opened.get_untracked() {
            Some(opened) => Some(Own::File(opened, link)),
            None if self.editor().text().trim().is_empty() => None,
            None => Some(Own::Link(link)),
        }
    }

    fn keep_soon(self) {
        stop(self.resting.get_untracked());
        self.resting.set(after(REST, move || self.keep()));
    }

    /// Whether own work is shown, and is to be kept.
    fn is_worth_keeping(self) -> bool {
        let is_elsewhere = !self.here.with_untracked(String::is_empty) || self.learn.is_open_untracked();
        !is_elsewhere && self.may_keep.get_untracked() && !self.editor().is_untouched()
    }

    /// Keeps own work, if it is shown.
    fn keep(self) {
        if !self.is_worth_keeping() {
            return;
        }
        if !later::is_rest_here() && self.page.opened.with_untracked(Option::is_none) {
            work::keep_plainly(&self.editor().text(), &self.page.said());
        }
        // Where it cannot be kept, the next change tries again.
        act_or(Action::Keep(self), Box::new(|| {}));
    }

    /// Keeps own work, if it is shown.
    pub(crate) fn keep_now(self) {
        stop(self.resting.get_untracked());
        if !self.is_worth_keeping() {
            return;
        }
        match self.snapshot() {
            None => {
                self.own.set_value(None);
                work::forget();
                self.fate.set(Fate::Nothing);
            }
            Some(Own::Link(link)) => {
                self.own.set_value(Some(Own::Link(link.clone())));
                self.kept(&link);
            }
            Some(Own::File(_, link)) => self.page.when_read(move || self.keep_file(link)),
        }
    }

    fn keep_file(self, mut link: Link) {
        ask(Request::Source { most: work::MOST }, move |reply| match reply {
            Reply::Source(Input::Bytes(bytes)) => {
                link.content = Content::Bytes(bytes);
                self.own.set_value(Some(Own::Link(link.clone())));
                self.kept(&link);
            }
            _ => {
                work::forget();
                self.fate.set(Fate::TooLong);
            }
        });
    }

    fn kept(self, link: &Link) {
        let fate = work::keep(link, &self.editor().past());
        let is_news = !(fate == Fate::Kept && self.fate.get_untracked() == Fate::CameBack);
        if is_news && self.fate.get_untracked() != fate {
            self.fate.set(fate);
        }
    }

    /// Another tab kept or cleared something.
    fn kept_elsewhere(self, event: &StorageEvent) {
        if work::is_about(event.key()) && self.own.with_value(Option::is_some) {
            self.may_keep.set(false);
            self.fate.set(if event.new_value().is_some() { Fate::Displaced } else { Fate::Cleared });
        }
    }

    /// Keeps this tab's work in the place of another's.
    pub(crate) fn keep_instead(self) {
        self.may_keep.set(true);
        self.keep();
    }

    /// Clears what is kept. What is on the screen stays.
    pub(crate) fn forget(self) {
        stop(self.resting.get_untracked());
        work::forget();
        self.may_keep.set(false);
        self.fate.set(Fate::Cleared);
    }

    /// Begins with the first sample again, and keeps nothing.
    pub(crate) fn start_afresh(self) {
        self.forget();
        self.own.set_value(None);
        self.fate.set(Fate::Nothing);
        self.here.set(String::new());
        let called = Called::edit("starting afresh");
        let first = files::Content::Text(samples::FIRST.to_owned());
        self.editor().bring(first, Said::default(), Then::Look, Some(called));
        say("Started afresh. Ctrl+Z takes it back");
    }
}

/// What a link says about its input, and what is looked at in it.
fn said_in(link: &Link) -> (Said, Then) {
    let Link { form, direction, beginning, turn, split, selected, .. } = link.clone();
    let then = if selected.connection.is_some() { Then::Look } else { then_of(&selected) };
    (Said { form, direction, beginning, turn, split }, then)
}

fn then_of(selected: &Selected) -> Then {
    selected.step.map_or(Then::Look, |step| Then::Message(step - 1))
}

fn fragment() -> String {
    let fragment = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
    fragment.trim_start_matches('#').to_owned()
}

fn push(address: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.push_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

fn replace(fragment: &str) {
    if let Some(history) = window().and_then(|window| window.history().ok()) {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("#{fragment}")));
    }
}
