//! The one way to the engine. It lives in this thread for a small input, and answers at once; for a large one it lives in a
//! worker, and answers later.
//!
//! The worker gets one request at a time. What waits meanwhile can still be replaced by something newer, so that nothing is
//! computed for a screen that has scrolled on. Each large input gets a worker of its own: what was asked about another one
//! is never answered, and its memory is free again.
//!
//! In this thread, what a first look does not ask may have to be fetched first. What is asked meanwhile waits behind it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use pgscope_view::engine::{
    Apart, ApartReply, Desk, Engine, Fetches, Lessons, Practice, Reply, Request, Share, Survey, Surveyed, Taught,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::dom::{after, listen, worker_script};
use crate::later::{self, Missing};

type Then = Box<dyn FnOnce(Reply)>;

/// Something that is asked.
struct Asked {
    what: What,
    /// Of everything that waits under one name, only the newest is asked.
    name: Option<&'static str>,
    then: Then,
}

enum What {
    Request(Request),
    /// The next piece of an input. It is handed over, not copied.
    Piece(ArrayBuffer),
    /// The file that the next pieces are of.
    File(Blob),
}

/// A worker, and what it is asked.
struct Link {
    /// None while what starts it is fetched.
    started: Option<Started>,
    number: usize,
    is_ready: bool,
    waiting: VecDeque<Asked>,
    answering: Option<Then>,
}

struct Started {
    worker: Worker,
    /// Writes down a request: only those who have a worker need to have what does it.
    write: fn(&Request) -> Vec<u8>,
}

/// Why there is no worker any more.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Lost {
    /// It could not be started: the engine goes on in this thread.
    NeverCame,
    /// It ended: its input is gone.
    Died,
}

#[derive(Default)]
struct Home {
    engine: Engine,
    /// Whether the rest of the engine is here, and what waits for it.
    is_whole: bool,
    waiting: VecDeque<Asked>,
    link: Option<Link>,
    /// How many workers there were.
    workers: usize,
    /// Whether they cannot be started.
    is_alone: bool,
    lost: Option<Rc<dyn Fn(Lost)>>,
}

thread_local! {
    static HOME: RefCell<Home> = RefCell::default();
}

/// Asks the engine; `then` gets the answer, unless another input takes the place of this one before.
pub(crate) fn ask(request: Request, then: impl FnOnce(Reply) + 'static) {
    put(Asked { what: What::Request(request), name: None, then: Box::new(then) });
}

/// Asks for something of which only the newest is wanted, such as what is under the pointer. What waits under the same
/// name is not answered any more.
pub(crate) fn ask_newest(name: &'static str, request: Request, then: impl FnOnce(Reply) + 'static) {
    put(Asked { what: What::Request(request), name: Some(name), then: Box::new(then) });
}

/// Asks for something that few ever ask: what answers that is fetched for it alone.
pub(crate) fn ask_apart(asked: &Apart, then: impl FnOnce(ApartReply) + 'static) {
    ask_at(Desk::Rare, asked, move |reply| then(reply.unwrap_or_else(missing)));
}

/// Asks what a screen that teaches asks; where what answers cannot be fetched, there is no answer. The rest of the engine is fetched
/// for it only where something is lacked without.
pub(crate) fn ask_lessons(asked: &Lessons, then: impl FnOnce(Option<Taught>) + 'static) {
    ask_plain(Desk::Lessons, postcard::to_allocvec(asked).unwrap_or_default(), Box::new(then));
}

/// Asks for one who tries it oneself, likewise.
pub(crate) fn ask_practice(asked: &Practice, then: impl FnOnce(Option<Taught>) + 'static) {
    ask_plain(Desk::Practice, postcard::to_allocvec(asked).unwrap_or_default(), Box::new(then));
}

fn ask_plain(desk: Desk, letters: Vec<u8>, then: Box<dyn FnOnce(Option<Taught>)>) {
    if is_away() || HOME.with_borrow(|home| home.is_whole || !home.waiting.is_empty()) {
        return ask_with(desk, letters, then);
    }
    let again = letters.clone();
    later::answer_apart(
        desk,
        letters,
        Box::new(move |answer| match answer.is_empty() {
            true => ask_with(desk, again, then),
            false => then(postcard::from_bytes(&answer).ok()),
        }),
    );
}

/// Asks what is known of a whole file; where what answers cannot be fetched, there is no answer.
pub(crate) fn ask_survey(asked: &Surveyed, then: impl FnOnce(Option<Survey>) + 'static) {
    ask_at(Desk::Survey, asked, then);
}

/// Asks at a desk of the engine, which is fetched for it alone.
fn ask_at<T: DeserializeOwned>(desk: Desk, asked: &impl Serialize, then: impl FnOnce(Option<T>) + 'static) {
    ask_with(desk, postcard::to_allocvec(asked).unwrap_or_default(), then);
}

fn ask_with<T: DeserializeOwned>(desk: Desk, letters: Vec<u8>, then: impl FnOnce(Option<T>) + 'static) {
    let then = move |letters: Vec<u8>| then(postcard::from_bytes(&letters).ok());
    ask(Request::Apart(desk, letters), move |reply| match reply {
        // In this thread it is its turn now, in a worker it is answered.
        Reply::Apart(_, letters) if !is_away() => later::answer_apart(desk, letters, Box::new(then)),
        Reply::Apart(_, letters) => then(letters),
        _ => {}
    });
}

fn missing() -> ApartReply {
    ApartReply::Refused(Missing::WORDS.to_owned())
}

/// Hands over the next piece of the input.
pub(crate) fn hand_over(piece: ArrayBuffer, then: impl FnOnce(Reply) + 'static) {
    put(Asked { what: What::Piece(piece), name: None, then: Box::new(then) });
}

/// Hands over the file that the next pieces are of, to who has a thread of its own.
pub(crate) fn hand_file(file: Blob) {
    put(Asked { what: What::File(file), name: None, then: Box::new(|_| {}) });
}

/// The file that is read can be read again.
pub(crate) fn keep_file(file: Box<dyn Fetches>) {
    HOME.with_borrow_mut(|home| home.engine.fetches(file));
}

/// Of the file that comes only some connections are surveyed by the engine in this thread.
pub(crate) fn shares(from: usize, every: usize) {
    HOME.with_borrow_mut(|home| home.engine.shares(from, every));
}

/// Whether a file comes of which several can survey some connections each.
pub(crate) fn can_share() -> bool {
    HOME.with_borrow(|home| home.engine.can_share())
}

/// What was found in this thread, some of it.
pub(crate) fn share(messages: usize) -> Share {
    HOME.with_borrow_mut(|home| home.engine.share(messages))
}

/// What others have found, some of it.
pub(crate) fn take_share(share: Share) {
    HOME.with_borrow_mut(|home| home.engine.take_share(share));
}

/// A new input comes: into a worker, or into this thread. What was asked about the one before is forgotten.
pub(crate) fn move_in(to_worker: bool) {
    HOME.with_borrow_mut(|home| {
        if let Some(started) = home.link.take().and_then(|link| link.started) {
            started.worker.terminate();
        }
        home.waiting.clear();
        if to_worker && !home.is_alone {
            // What is in this thread is of no use any more.
            home.engine = Engine::default();
            home.workers += 1;
            let number = home.workers;
            home.link =
                Some(Link { started: None, number, is_ready: false, waiting: VecDeque::new(), answering: None });
            spawn_local(async move {
                if later::start_worker(number).await.is_err() {
                    lose(number);
                }
            });
        }
    });
}

/// Whether the engine is in a worker.
pub(crate) fn is_away() -> bool {
    HOME.with_borrow(|home| home.link.is_some())
}

/// Asks on, when other things had their turn: an answer of a worker has let them have it.
pub(crate) fn soon(ask: impl FnOnce() + 'static) {
    if is_away() {
        return ask();
    }
    after(0, ask);
}

/// Whether large inputs have to be read in this thread.
pub(crate) fn is_alone() -> bool {
    HOME.with_borrow(|home| home.is_alone)
}

/// What is to be done when a worker is lost.
pub(crate) fn when_lost(lost: impl Fn(Lost) + 'static) {
    HOME.with_borrow_mut(|home| home.lost = Some(Rc::new(lost)));
}

fn put(asked: Asked) {
    let answered = HOME.with_borrow_mut(|home| match &mut home.link {
        Some(link) => {
            link.put(asked);
            None
        }
        None if !home.waiting.is_empty() => {
            wait(&mut home.waiting, asked);
            None
        }
        None => match home.engine.answer_common(asked.what.request()) {
            Ok(reply) => Some((Ok(reply), asked.then)),
            Err(request) => Some((Err((request, asked.name)), asked.then)),
        },
    });
    match answered {
        Some((Ok(reply), then)) => then(reply),
        Some((Err((request, _)), then)) if HOME.with_borrow(|home| home.is_whole) => later::answer_rare(request, then),
        Some((Err((request, name)), then)) => put_rare(request, name, then),
        None => {}
    }
}

/// Asks for what may have to be fetched first.
fn put_rare(request: Request, name: Option<&'static str>, then: Then) {
    HOME.with_borrow_mut(|home| home.waiting.push_back(Asked { what: What::Request(request), name, then }));
    later::with_engine(|is_here| {
        let waiting = HOME.with_borrow_mut(|home| {
            home.is_whole |= is_here;
            std::mem::take(&mut home.waiting)
        });
        for asked in waiting {
            match is_here {
                true => put(asked),
                false => (asked.then)(Reply::Refused(Missing::WORDS.to_owned())),
            }
        }
    });
}

/// Answers with the part of the engine that was fetched.
pub(crate) fn answer_rare(request: Request) -> Reply {
    HOME.with_borrow_mut(|home| home.engine.answer_rare(request))
}

/// Answers in the thread that the engine has for itself.
pub(crate) fn answer_here(request: Request) -> Reply {
    HOME.with_borrow_mut(|home| home.engine.answer(request))
}

/// Answers a screen that teaches with the part that was fetched for it; with nothing where something of the rest is lacked.
pub(crate) fn answer_lessons(letters: &[u8]) -> Vec<u8> {
    let Ok(asked) = postcard::from_bytes(letters) else { return Vec::new() };
    letters_of(HOME.with_borrow_mut(|home| home.engine.teach_plain(asked)))
}

/// Answers who tries it oneself, likewise.
pub(crate) fn answer_practice(letters: &[u8]) -> Vec<u8> {
    let Ok(asked) = postcard::from_bytes(letters) else { return Vec::new() };
    letters_of(HOME.with_borrow_mut(|home| home.engine.practise_plain(&asked)))
}

fn letters_of(taught: Option<Taught>) -> Vec<u8> {
    taught.map(|taught| postcard::to_allocvec(&taught).unwrap_or_default()).unwrap_or_default()
}

/// Answers who looks at a whole file with the part that was fetched for it.
pub(crate) fn answer_survey(letters: &[u8]) -> Vec<u8> {
    let Ok(asked) = postcard::from_bytes(letters) else { return Vec::new() };
    let survey = HOME.with_borrow_mut(|home| home.engine.survey(asked));
    postcard::to_allocvec(&survey).unwrap_or_default()
}

/// Answers with the part that was fetched for it.
pub(crate) fn answer_apart(letters: &[u8]) -> Vec<u8> {
    let Ok(asked) = postcard::from_bytes(letters) else { return Vec::new() };
    let reply = HOME.with_borrow_mut(|home| home.engine.answer_apart(asked));
    postcard::to_allocvec(&reply).unwrap_or_default()
}

/// Of everything that waits under one name, the newest takes the place of the others.
fn wait(waiting: &mut VecDeque<Asked>, asked: Asked) {
    if asked.name.is_some() {
        waiting.retain(|other| other.name != asked.name);
    }
    waiting.push_back(asked);
}

impl What {
    /// The request as this thread's engine takes it.
    fn request(self) -> Request {
        match self {
            What::Request(request) => request,
            What::Piece(piece) => Request::Piece(Uint8Array::new(&piece).to_vec()),
            // Only who has a thread of its own is handed it.
            What::File(_) => Request::Stop,
        }
    }
}

impl Link {
    fn put(&mut self, asked: Asked) {
        wait(&mut self.waiting, asked);
        self.send();
    }

    /// Sends what is next, if the worker has nothing to do.
    fn send(&mut self) {
        if !self.is_ready || self.answering.is_some() {
            return;
        }
        let Some(Started { worker, write }) = &self.started else { return };
        let Some(Asked { what, then, .. }) = self.waiting.pop_front() else { return };
        let handed = Array::new();
        let message: JsValue = match what {
            What::Request(request) => {
                let bytes = Uint8Array::from(write(&request).as_slice());
                handed.push(&bytes.buffer());
                bytes.into()
            }
            What::Piece(piece) => {
                handed.push(&piece);
                piece.into()
            }
            What::File(file) => file.into(),
        };
        self.answering = Some(then);
        let _ = worker.post_message_with_transfer(&message, &handed);
    }
}

/// Starts the worker of this number.
pub(crate) fn start(number: usize) {
    let Some(worker) = worker(number) else { return lose(number) };
    let write = |request: &Request| postcard::to_allocvec(request).unwrap_or_default();
    with_link(number, |link| link.started = Some(Started { worker, write }));
}

fn worker(number: usize) -> Option<Worker> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&worker_script()?, &options).ok()?;
    listen(&worker, "message", move |event: MessageEvent| received(number, &event));
    listen(&worker, "error", move |_: Event| lose(number));
    // Compiled once, for both threads.
    worker.post_message(&wasm_bindgen::module()).ok()?;
    Some(worker)
}

/// With the worker of this number, if it is the present one.
fn with_link<T>(number: usize, with: impl FnOnce(&mut Link) -> T) -> Option<T> {
    HOME.with_borrow_mut(|home| home.link.as_mut().filter(|link| link.number == number).map(with))
}

fn received(number: usize, event: &MessageEvent) {
    let answering = with_link(number, |link| {
        // Its first message says that it runs.
        link.is_ready = true;
        link.answering.take()
    });
    if let Some(Some(then)) = answering {
        match postcard::from_bytes(&Uint8Array::new(&event.data()).to_vec()) {
            Ok(reply) => then(reply),
            Err(_) => return lose(number),
        }
    }
    // What was just asked may have replaced what waited.
    with_link(number, Link::send);
}

/// A worker could not be started, or ended.
fn lose(number: usize) {
    let Some((link, lost)) = HOME.with_borrow_mut(|home| {
        let link = home.link.take_if(|link| link.number == number)?;
        home.is_alone |= !link.is_ready;
        Some((link, home.lost.clone()))
    }) else {
        return;
    };
    link.started.into_iter().for_each(|started| started.worker.terminate());
    let how = if link.is_ready { Lost::Died } else { Lost::NeverCame };
    lost.into_iter().for_each(|lost| lost(how));
    if how == Lost::NeverCame {
        link.waiting.into_iter().for_each(put);
    }
}
