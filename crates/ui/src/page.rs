//! The page: what is shown, what is selected, and the actions that change it.

use pgscope_signal::owner::{LocalStorage, StoredValue};
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Checked, Input, Landmark, Loaded, Place, Reply, Request, Sheet, Underway};
use serde::{Deserialize, Serialize};
use web_sys::KeyboardEvent;

use crate::address::Address;
use crate::ask::{self, ask, ask_newest, soon};
use crate::dom::{El, counted, effect, el, grouped, is_in, is_typing, key_of, on_window, sayings};
use crate::editor::{Editing, Editor};
use crate::files::Opened;
use crate::gallery::Gallery;
use crate::later::{self, Action, Lesson, Pane, act};
use crate::learn::Learn;
use crate::shared::Shared;
use crate::tabs::{self, Tab};
use crate::{docs, exchange, header, input, inspector, print, samples};

/// How many messages are looked through at a time, in this thread and in a worker, where the engine ends a slice sooner.
const SLICE: usize = 2000;
const LARGE_SLICE: usize = 1_000_000;
/// How many are searched for problems without being told to, where that is done in this thread.
const ENOUGH: usize = 300_000;

/// How many messages are looked through at a time.
pub(crate) fn slice() -> usize {
    if ask::is_away() { LARGE_SLICE } else { SLICE }
}

/// Everything that several panes share. One selection, message and field, drives all of them.
pub(crate) type Page = Shared<PageState>;

pub(crate) struct PageState {
    pub(crate) loaded: RwSignal<Loaded>,
    /// Grows with everything that is loaded: what was shown before is stale.
    pub(crate) revision: RwSignal<usize>,
    pub(crate) opened: RwSignal<Option<Opened>>,
    /// Grows whenever a person changes the input.
    pub(crate) touched: RwSignal<usize>,
    pub(crate) form: RwSignal<Option<String>>,
    pub(crate) direction: RwSignal<Option<String>>,
    pub(crate) beginning: RwSignal<Option<String>>,
    /// Which pieces are turned round.
    pub(crate) turn: RwSignal<Vec<String>>,
    /// How many bytes of the file one end sent, where the rest is the other's.
    split: RwSignal<Option<usize>>,
    pub(crate) message: RwSignal<Option<usize>>,
    /// What the list shows only, as a link says it: messages of an end, of a name, and like a text; empty where it shows all.
    pub(crate) filter: RwSignal<[String; 3]>,
    pub(crate) sheet: RwSignal<Option<Sheet>>,
    pub(crate) pinned: RwSignal<Option<Place>>,
    pub(crate) hovered: RwSignal<Option<Place>>,
    pub(crate) checked: RwSignal<Checked>,
    /// What the page has to say about an action, such as a file that could not be read.
    pub(crate) notice: RwSignal<String>,
    /// The message that this is about, where it is about one.
    notice_of: RwSignal<Option<usize>>,
    /// Grows whenever another input takes the place of what was there.
    pub(crate) inputs: RwSignal<usize>,
    /// How far a large input is.
    pub(crate) progress: RwSignal<Option<Underway>>,
    /// Whether that is to be stopped.
    pub(crate) stopping: RwSignal<bool>,
    /// How many inputs were read.
    pub(crate) loads: StoredValue<usize>,
    /// The line of a text that cannot be edited to which one goes.
    pub(crate) row: RwSignal<Option<usize>>,
    /// How often the pointer went on.
    hovers: StoredValue<usize>,
    /// What is to be done when the input is read.
    pub(crate) waiting: StoredValue<Vec<Box<dyn FnOnce()>>, LocalStorage>,
    pub(crate) help: RwSignal<bool>,
    /// Whether it is told what colours and marks mean.
    pub(crate) legend: RwSignal<bool>,
    /// Which pane is shown where there is room for one, and whether there is only that.
    pub(crate) tab: RwSignal<Tab>,
    pub(crate) narrow: RwSignal<bool>,
    /// Whether the pane of the input is a line above the others.
    pub(crate) folded: RwSignal<bool>,
    /// Whether somebody has begun to do something.
    pub(crate) begun: RwSignal<bool>,
    /// The bytes of the message that a person selected: where that began, and where it is now.
    pub(crate) range: RwSignal<Option<(usize, usize)>>,
    pub(crate) editing: Editing,
    /// Whether bytes are changed by what is typed among them: a person begins that, and ends it.
    pub(crate) edits: RwSignal<bool>,
    /// The name of the scenario that is played; empty behind another door.
    pub(crate) scenario: RwSignal<String>,
    /// Grows when what else is marked in lines of the list changes.
    pub(crate) marked: RwSignal<usize>,
    /// Which end one is oneself, where one talks: `client` or `server`; empty behind another door.
    pub(crate) talk: RwSignal<String>,
}

/// Some bytes of a message.
#[derive(Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) number: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// What they are, in words.
    pub(crate) what: String,
}

/// What a person says about the input.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) form: Option<String>,
    pub(crate) direction: Option<String>,
    pub(crate) beginning: Option<String>,
    pub(crate) turn: Vec<String>,
    pub(crate) split: Option<usize>,
}

/// What becomes of the selection when something is loaded.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Then {
    /// It goes to the message that is worth a look.
    Look,
    /// It stays where it was, as far as there is such a message.
    Stay,
    /// It goes to this message.
    Message(usize),
    /// It goes to this byte of a message.
    Byte(usize, usize),
}

impl Page {
    fn new(area: &El) -> Self {
        Self::of(PageState {
            loaded: RwSignal::default(),
            revision: RwSignal::default(),
            opened: RwSignal::default(),
            touched: RwSignal::default(),
            form: RwSignal::default(),
            direction: RwSignal::default(),
            beginning: RwSignal::default(),
            turn: RwSignal::default(),
            split: RwSignal::default(),
            message: RwSignal::default(),
            filter: RwSignal::default(),
            sheet: RwSignal::default(),
            pinned: RwSignal::default(),
            hovered: RwSignal::default(),
            checked: RwSignal::default(),
            notice: RwSignal::default(),
            notice_of: RwSignal::default(),
            inputs: RwSignal::default(),
            progress: RwSignal::default(),
            stopping: RwSignal::default(),
            loads: StoredValue::new(0),
            row: RwSignal::default(),
            hovers: StoredValue::new(0),
            waiting: StoredValue::new_local(Vec::new()),
            help: RwSignal::default(),
            legend: RwSignal::default(),
            tab: RwSignal::new(Tab::Bytes),
            narrow: tabs::narrow(),
            folded: RwSignal::default(),
            begun: RwSignal::default(),
            range: RwSignal::default(),
            editing: Editing::new(area, samples::FIRST),
            edits: RwSignal::default(),
            scenario: RwSignal::default(),
            marked: RwSignal::default(),
            talk: RwSignal::default(),
        })
    }

    /// A new input is recognised afresh.
    pub(crate) fn load_afresh(self, input: Input) {
        self.say(Said::default());
        self.change_input();
        self.load(input, Then::Look);
    }

    /// What was said about the input.
    pub(crate) fn said(self) -> Said {
        let [form, direction, beginning] = [self.form, self.direction, self.beginning].map(|said| said.get_untracked());
        let (turn, split) = (self.turn.get_untracked(), self.split.get_untracked());
        Said { form, direction, beginning, turn, split }
    }

    /// Says it anew.
    pub(crate) fn say(self, said: Said) {
        self.form.set(said.form);
        self.direction.set(said.direction);
        self.beginning.set(said.beginning);
        self.turn.set(said.turn);
        self.split.set(said.split);
    }

    /// Says why something cannot be done with the selected message, until another one is selected.
    pub(crate) fn refuse(self, reason: String) {
        self.notice.set(reason);
        self.notice_of.set(self.message.get_untracked());
    }

    /// Another input takes the place of what was there.
    pub(crate) fn change_input(self) {
        self.inputs.update(|inputs| *inputs += 1);
        // What a link showed only of one says nothing of another.
        self.filter.set(Default::default());
    }

    /// The input was changed by a person.
    pub(crate) fn touch(self) {
        self.touched.update(|touched| *touched += 1);
    }

    pub(crate) fn show(self, reply: Reply, then: Then) {
        let loaded = match reply {
            Reply::Loaded(loaded) => loaded,
            Reply::Refused(reason) => return self.notice.set(reason),
            _ => return,
        };
        let (first, messages) = (loaded.first, loaded.messages);
        let wanted = match then {
            Then::Look => None,
            Then::Stay => self.message.get_untracked(),
            Then::Message(number) | Then::Byte(number, _) => Some(number),
        };
        let stays = wanted.map(|number| number.min(messages.saturating_sub(1)));
        self.notice.set(String::new());
        self.checked.set(Checked::default());
        if messages > 0 {
            self.split.set(loaded.split);
        }
        self.loaded.set(*loaded);
        self.revision.update(|revision| *revision += 1);
        self.select(stays.or(Some(first)).filter(|_| messages > 0));
        if let Then::Byte(number, at) = then {
            self.pin(Request::Byte { number, at });
        }
        self.check(if ask::is_away() { usize::MAX } else { ENOUGH });
    }

    /// Reads again what was read before the whole engine was here: what two messages say against each other was not looked for.
    pub(crate) fn look_again(self) {
        ask(Request::Rules, move |_| {
            self.revision.update(|revision| *revision += 1);
            if self.pinned.with_untracked(Option::is_none) {
                self.select(self.message.get_untracked());
            }
            self.check(ENOUGH);
        });
    }

    /// Searches for problems in slices, so that the page stays responsive.
    pub(crate) fn check(self, until: usize) {
        let revision = self.revision.get_untracked();
        let slice = move || {
            if self.revision.get_untracked() != revision {
                return;
            }
            ask(Request::Check { messages: slice() }, move |reply| {
                let Reply::Checked(checked) = reply else { return };
                self.checked.set(checked);
                if checked.messages < self.loaded.with_untracked(|loaded| loaded.messages).min(until) {
                    self.check(until);
                }
            });
        };
        soon(slice);
    }

    /// Turns to a message.
    pub(crate) fn select(self, number: Option<usize>) {
        self.release();
        if self.notice_of.get_untracked().is_some_and(|of| Some(of) != number) {
            self.notice.set(String::new());
            self.notice_of.set(None);
        }
        self.message.set(number);
        let Some(number) = number else { return self.sheet.set(None) };
        ask_newest("message", Request::Message(number), move |reply| {
            if let Reply::Message(sheet) = reply
                && self.message.get_untracked() == Some(number)
            {
                docs::tell(self, *sheet);
            }
        });
    }

    /// Turns to a message if it is another one.
    pub(crate) fn turn_to(self, number: usize) {
        if self.message.get_untracked() != Some(number) {
            self.select(Some(number));
        }
    }

    /// The same on a connection, which may be another than the one that is shown.
    pub(crate) fn turn_to_either(self, connection: usize, message: usize) {
        if self.loaded.with_untracked(|loaded| loaded.connection) == connection {
            return self.turn_to(message);
        }
        self.connect_to(connection, Then::Message(message));
    }

    /// Asks where something is, and pins it.
    pub(crate) fn pin(self, request: Request) {
        self.pin_range(request, None);
    }

    /// Selects bytes of a message, from where that began to where it is now.
    pub(crate) fn extend(self, number: usize, from: usize, at: usize) {
        self.pin_range(Request::Byte { number, at }, Some((from, at)));
    }

    fn pin_range(self, request: Request, range: Option<(usize, usize)>) {
        ask(request, move |reply| {
            if let Reply::Place(place) = reply {
                self.turn_to(place.number);
                self.hovered.set(None);
                self.pinned.set(Some(*place));
                self.range.set(range);
            }
        });
    }

    /// Whether the message that is looked at is of a login.
    pub(crate) fn is_login(self) -> bool {
        self.sheet.with(|sheet| sheet.as_ref().is_some_and(|sheet| sheet.is_login))
    }

    /// What an action on bytes is about: the bytes that are selected, or the field that is pinned, or the whole message.
    pub(crate) fn chosen(self) -> Option<Chosen> {
        let (number, length, extent) = self
            .sheet
            .with(|sheet| sheet.as_ref().map(|sheet| (sheet.row.number, sheet.row.length, sheet.extent.clone())))?;
        let of = |start: usize, end: usize, what: String| Chosen { number, start, end: end.min(length), what };
        if let Some((from, at)) = self.range.get() {
            return Some(of(from.min(at), from.max(at) + 1, "selection".to_owned()));
        }
        let place =
            self.pinned.with(|place| place.as_ref().map(|place| of(place.start, place.end, place.path.clone())));
        Some(place.unwrap_or_else(|| of(0, length, extent)))
    }

    /// Asks where something is, and lights it.
    pub(crate) fn hover(self, request: Request) {
        let hover = self.hovers.get_value() + 1;
        self.hovers.set_value(hover);
        ask_newest("hover", request, move |reply| {
            // The pointer may have gone on meanwhile.
            if self.hovers.get_value() == hover {
                self.hovered.set(if let Reply::Place(place) = reply { Some(*place) } else { None });
            }
        });
    }

    /// The same for a line and column of the text, unless the pointer was there before.
    pub(crate) fn hover_cell(self, last: RwSignal<Option<(usize, usize)>>, cell: Option<(usize, usize)>) {
        if last.get_untracked() == cell {
            return;
        }
        last.set(cell);
        match cell {
            Some((line, column)) => self.hover(Request::AtPlace { line, column }),
            None => self.unhover(),
        }
    }

    pub(crate) fn unhover(self) {
        self.hovers.update_value(|hovers| *hovers += 1);
        if self.hovered.with_untracked(Option::is_some) {
            self.hovered.set(None);
        }
    }

    /// The line of the text that is looked at: of the byte that is pinned, or of the message.
    pub(crate) fn line(self) -> Option<usize> {
        match self.pinned.with(|place| place.as_ref().map(|place| place.line)) {
            Some(line) => line,
            None => self.sheet.with(|sheet| sheet.as_ref().and_then(|sheet| sheet.line)),
        }
    }

    /// What is lit: what the pointer is on, or else what is pinned.
    pub(crate) fn lit(self) -> Option<Place> {
        self.hovered.get().or_else(|| self.pinned.get())
    }

    /// What is pinned and what is hovered in the selected message.
    pub(crate) fn lights(self) -> (Option<Place>, Option<Place>) {
        let message = self.message.get();
        let here = |place: &Place| Some(place.number) == message;
        (self.pinned.get().filter(here), self.hovered.get().filter(here))
    }

    fn release(self) {
        self.pinned.set(None);
        self.hovered.set(None);
        self.range.set(None);
    }

    pub(crate) fn editor(self) -> Editor {
        Editor { page: self }
    }

    /// Keys that work wherever nothing is typed.
    fn key(self, event: &KeyboardEvent) {
        if is_in(event, "dialog") || self.editor().key(event) {
            return;
        }
        if is_typing(event) || event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        match key_of(event).as_str() {
            "Escape" if self.edits.get_untracked() => self.edits.set(false),
            "Escape" => self.release(),
            "n" => act(Action::NextProblem(self, true)),
            "p" => act(Action::NextProblem(self, false)),
            // Among fields a letter leads to a field.
            key @ ("s" | "S" | "t" | "T") if !event.default_prevented() => {
                let landmark = if matches!(key, "s" | "S") { Landmark::Slow } else { Landmark::Transaction };
                act(Action::Nearest(self, landmark, matches!(key, "s" | "t")));
            }
            "?" => self.help.set(true),
            _ => return,
        }
        event.prevent_default();
    }
}

/// The whole page.
pub(crate) fn app() -> El {
    later::begin();
    let area = el("textarea");
    let page = Page::new(&area);
    page.watch_engine();
    let learn = Learn::new(page);
    let address = Address::new(page, learn);
    let gallery = Gallery::new();
    let main = el("main");
    // The pane of the text is as wide as that, within limits.
    let wide = main.clone();
    effect(move || {
        page.revision.track();
        wide.set_style("--letters", &page.editor().letters().to_string());
    });
    let panel = |tab: Tab, pane: El| tabs::panel(page, tab, pane);
    let main = main
        .live_flag("data-folded", move || page.folded.get())
        .child(tabs::bar(page))
        .child(panel(Tab::Bytes, input::pane(page, learn, area, address, gallery)))
        .child(later::pane(Pane::Learn(Lesson::Side, learn), move || learn.is_open()))
        .child(panel(Tab::Exchange, exchange::pane(page, learn, gallery)))
        .child(panel(Tab::Message, inspector::pane(page, learn)))
        .child(later::pane(Pane::Borders(page), move || page.begun.get()));
    let body = el("div").class("page").child(header::bar(page, learn)).child(main).child(status(page));
    address.follow();
    later::fetch_when_needed(page);
    // Of the window: what had the focus may be gone.
    on_window("keydown", move |event: KeyboardEvent| {
        print::key(&event);
        page.key(&event);
    });
    // No box of its own.
    el("div")
        .class("contents")
        .child(body)
        .child(later::pane(Pane::Keys(page), move || page.help.get()))
        .child(later::pane(Pane::Legend(page), move || page.legend.get()))
        .child(later::pane(Pane::Gallery(gallery), move || gallery.is_open.get()))
        .child(sayings())
}

/// Where the selection is.
fn status(page: Page) -> El {
    let shown = move || {
        if let Some(place) = page.lit() {
            return Some((place.offset + place.start, place.end - place.start, place.path));
        }
        page.sheet.with(|sheet| {
            let row = &sheet.as_ref()?.row;
            Some((row.offset, row.length, row.name.to_string()))
        })
    };
    let place = move || {
        let Some((offset, length, path)) = shown() else { return Vec::new() };
        let bold = el("b").text(&format!("0x{offset:04x}"));
        let rest = format!(" ({}), {}", grouped(offset), counted(length, "byte"));
        vec![el("span").text("offset ").child(bold).text(&rest), el("span").class("status-path").text(&path)]
    };
    let message = move || {
        let said =
            page.sheet.with(|sheet| sheet.as_ref().map(|sheet| (sheet.row.direction.clone(), sheet.row.phase.clone())));
        let Some((direction, phase)) = said else { return Vec::new() };
        vec![
            el("span").class("hide-narrow").text("stream of the ").child(el("b").text(&direction)),
            el("span").text("phase ").child(el("b").attr("translate", "no").text(&phase)),
        ]
    };
    let told = move || page.pinned.with(|place| place.as_ref().map(|place| place.told.clone()).unwrap_or_default());
    el("footer")
        .class("status")
        .child(el("span").class("status-part status-place").live(place))
        .child(el("span").class("spacer"))
        .child(el("span").class("status-part").live(message))
        .child(el("span").class("visually-hidden").attr("role", "status").live_text(told))
}
