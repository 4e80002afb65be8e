//! Bringing an input to the engine: a small one at once, a large one in the background, with progress and a way to stop.

use std::collections::VecDeque;

use pgscope_signal::traits::*;
use pgscope_view::engine::{Input, Load, Loaded, Reply, Request, Underway};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Blob;

use crate::ask::{self, Lost, ask, soon};
use crate::dom::{after, stop};
use crate::later::{Action, Missing, act, act_or};
use crate::page::{Page, Said, Then};

/// Inputs of more bytes than this are read in the background.
const LARGE: usize = 48 << 10;
/// How much of a file is read at a time, and how many pieces of it are under way.
const PIECE: f64 = (4 << 20) as f64;
const AHEAD: usize = 3;
/// After so many milliseconds it is told what is waited for.
const PATIENCE: i32 = 250;
/// What is told then.
pub(crate) const AGAIN: &str = "Reading again what was said on this connection";

/// An input that is being read.
struct Job {
    /// Which of all inputs: a later one takes its place.
    number: usize,
    then: Then,
    /// Where the pieces come from, those that are under way, and up to where that is.
    blob: Option<Blob>,
    coming: VecDeque<JsFuture>,
    at: f64,
}

/// A job, and what is to be read.
pub(crate) struct Begun {
    load: Load,
    job: Job,
}

impl Page {
    /// Reads an input with what is said about it.
    pub(crate) fn load(self, input: Input, then: Then) {
        let size = match &input {
            Input::Text(text) => text.len(),
            Input::Bytes(bytes) => bytes.len(),
            _ => return self.load_again(input, then),
        };
        ask::move_in(size > LARGE);
        self.load_again(input, then);
    }

    /// Reads what the engine has in another way.
    fn load_again(self, input: Input, then: Then) {
        if matches!(input, Input::Same | Input::Changed(_)) && self.progress.with_untracked(Option::is_some) {
            // The engine has not all of it yet.
            return self.when_read(move || self.load_again(input, then));
        }
        let load = self.as_said(input);
        if ask::is_away() {
            return self.begin_soon(load, then, None);
        }
        self.progress.set(None);
        self.waiting.set_value(Vec::new());
        self.loads.update_value(|number| *number += 1);
        ask(Request::Load(load), move |reply| self.show(reply, then));
    }

    /// Reads a file, or a text that is too long to be edited.
    pub(crate) fn load_blob(self, blob: Blob, then: Then) {
        ask::move_in(blob.size() > LARGE as f64);
        let load = self.as_said(Input::Pieces(blob.size() as usize));
        self.begin_soon(load, then, Some(blob));
    }

    fn begin_soon(self, load: Load, then: Then, blob: Option<Blob>) {
        self.loads.update_value(|number| *number += 1);
        self.waiting.set_value(Vec::new());
        self.progress.set(Some(Underway { what: "Reading".into(), ..Underway::default() }));
        let job = Job { number: self.loads.get_value(), then, blob, coming: VecDeque::new(), at: 0.0 };
        act_or(Action::Begin(self, Begun { load, job }), Box::new(move || self.give_up(Missing::WORDS.to_owned())));
    }

    fn as_said(self, input: Input) -> Load {
        let Said { form, direction, beginning, turn, split } = self.said();
        Load { input, form, direction, beginning, turn, split }
    }

    /// Begins to read what may be large.
    pub(crate) fn begin(self, Begun { load, job }: Begun) {
        if self.loads.get_value() != job.number {
            return;
        }
        self.stopping.set(false);
        let mut job = job;
        let is_another = job.blob.is_some() || job.then == Then::Look;
        if matches!(load.input, Input::Same) {
            // The engine may not have kept it, and want it again.
            job.blob = self.opened.with_untracked(|opened| opened.as_ref()?.blob());
        }
        if is_another {
            // What is shown is of another input.
            self.show(Reply::Loaded(Box::default()), Then::Look);
        }
        if ask::is_alone() {
            self.notice.set(ALONE.to_owned());
        }
        if let Some(blob) = job.blob.clone().filter(|_| ask::is_away()) {
            // What it need not hold, it reads again.
            ask::hand_file(blob);
        }
        ask(Request::Begin(load), move |reply| self.go_on(job, reply));
    }

    /// Takes the next step, until all is read.
    fn go_on(self, job: Job, reply: Reply) {
        if self.loads.get_value() != job.number {
            return;
        }
        match reply {
            Reply::Underway(progress) => {
                let wants_piece = progress.wants_piece;
                self.progress.set(Some(progress));
                if self.stopping.get_untracked() {
                    self.stopping.set(false);
                    ask(Request::Stop, move |reply| self.go_on(job, reply));
                } else if wants_piece {
                    self.next_piece(job);
                } else {
                    soon(move || ask(Request::More, move |reply| self.go_on(job, reply)));
                }
            }
            Reply::Loaded(_) => {
                self.progress.set(None);
                self.show(reply, job.then);
                self.is_read();
                if ask::is_alone() {
                    self.notice.set(ALONE.to_owned());
                }
            }
            Reply::Refused(reason) => self.give_up(reason),
            _ => self.give_up("This input could not be read.".to_owned()),
        }
    }

    fn next_piece(self, mut job: Job) {
        let Some(blob) = job.blob.clone() else { return };
        spawn_local(async move {
            while job.coming.len() < AHEAD && job.at < blob.size() {
                let end = (job.at + PIECE).min(blob.size());
                let Ok(slice) = blob.slice_with_f64_and_f64(job.at, end) else { break };
                job.coming.push_back(JsFuture::from(slice.array_buffer()));
                job.at = end;
            }
            let piece = match job.coming.pop_front() {
                Some(piece) => piece.await,
                None => Err(JsValue::NULL),
            };
            match piece {
                Ok(piece) => ask::hand_over(piece.unchecked_into(), move |reply| self.go_on(job, reply)),
                Err(_) if self.loads.get_value() != job.number => {}
                Err(_) => self.give_up(
                    "The file could not be read to its end: it was changed, moved or removed meanwhile. Open it again."
                        .to_owned(),
                ),
            }
        });
    }

    /// Turns to a connection.
    pub(crate) fn connect(self, connection: usize) {
        self.connect_to(connection, Then::Look);
    }

    /// The same, and then to something of it. What was said on it may have to be read again, in many places of a file: where that takes
    /// its time it is told.
    pub(crate) fn connect_to(self, connection: usize, then: Then) {
        let number = self.loads.get_value();
        let tells = move || {
            // Another input may have come, and nothing answers any more.
            if self.loads.get_value() == number && self.progress.with_untracked(Option::is_none) {
                self.progress.set(Some(Underway { what: AGAIN.into(), ..Underway::default() }));
            }
        };
        let telling = ask::is_away().then(|| after(PATIENCE, tells));
        ask(Request::Connection(connection), move |reply| {
            telling.into_iter().for_each(stop);
            if self.progress.with_untracked(|progress| progress.as_ref().is_some_and(|now| now.what == *AGAIN)) {
                self.progress.set(None);
                self.is_read();
            }
            self.show(reply, then);
        });
    }

    /// Does something when the input is read: now, if it is.
    pub(crate) fn when_read(self, run: impl FnOnce() + 'static) {
        match self.progress.with_untracked(Option::is_some) {
            true => self.waiting.update_value(|waiting| waiting.push(Box::new(run))),
            false => run(),
        }
    }

    fn is_read(self) {
        let waiting = self.waiting.try_update_value(std::mem::take).unwrap_or_default();
        waiting.into_iter().for_each(|run| run());
    }

    /// Something that is no input takes its place.
    pub(crate) fn leave_input(self) {
        self.loads.update_value(|number| *number += 1);
        self.waiting.set_value(Vec::new());
        ask::move_in(false);
        self.progress.set(None);
    }

    /// Says why an input cannot be shown.
    fn give_up(self, reason: String) {
        self.leave_input();
        self.show(Reply::Loaded(Box::<Loaded>::default()), Then::Look);
        self.notice.set(reason);
    }

    /// Listens for the end of the background.
    pub(crate) fn watch_engine(self) {
        ask::when_lost(move |how| act(Action::Lose(self, how)));
    }
}

/// Says that the background has ended.
pub(crate) fn lose(page: Page, how: Lost) {
    match how {
        Lost::NeverCame => page.notice.set(ALONE.to_owned()),
        Lost::Died => page.give_up(DIED.to_owned()),
    }
}

const ALONE: &str = "This browser does not let the page work in the background: with an input of this size it may stand still for moments.";
pub(crate) const DIED: &str = "The reading ended, probably because the tab has no memory left. Your input is still there: close other \
                    tabs and read it again, or take a part of it.";
