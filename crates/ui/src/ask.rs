//! The one way to the engine. It lives in this thread for a small input, and answers at once; for a large one it lives in a
//! worker, and answers later.
//!
//! The worker gets one request at a time. What waits meanwhile can still be replaced by something newer, so that nothing is
//! computed for a screen that has scrolled on. Each large input gets a worker of its own: what was asked about another one
//! is never answered, and its memory is free again.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use pgscope_view::engine::{Engine, Reply, Request};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::dom::{listen, worker_script};

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
}

/// A worker, and what it is asked.
struct Link {
    worker: Worker,
    number: usize,
    is_ready: bool,
    waiting: VecDeque<Asked>,
    answering: Option<Then>,
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

/// Hands over the next piece of the input.
pub(crate) fn hand_over(piece: ArrayBuffer, then: impl FnOnce(Reply) + 'static) {
    put(Asked { what: What::Piece(piece), name: None, then: Box::new(then) });
}

/// A new input comes: into a worker, or into this thread. What was asked about the one before is forgotten.
pub(crate) fn move_in(to_worker: bool) {
    HOME.with_borrow_mut(|home| {
        if let Some(link) = home.link.take() {
            link.worker.terminate();
        }
        if to_worker && !home.is_alone {
            // What is in this thread is of no use any more.
            home.engine = Engine::default();
            home.workers += 1;
            home.link = start(home.workers);
            home.is_alone = home.link.is_none();
        }
    });
}

/// Whether the engine is in a worker.
pub(crate) fn is_away() -> bool {
    HOME.with_borrow(|home| home.link.is_some())
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
        None => Some((home.engine.answer(asked.what.request()), asked.then)),
    });
    if let Some((reply, then)) = answered {
        then(reply);
    }
}

impl What {
    /// The request as this thread's engine takes it.
    fn request(self) -> Request {
        match self {
            What::Request(request) => request,
            What::Piece(piece) => Request::Piece(Uint8Array::new(&piece).to_vec()),
        }
    }
}

impl Link {
    fn put(&mut self, asked: Asked) {
        if asked.name.is_some() {
            self.waiting.retain(|other| other.name != asked.name);
        }
        self.waiting.push_back(asked);
        self.send();
    }

    /// Sends what is next, if the worker has nothing to do.
    fn send(&mut self) {
        if !self.is_ready || self.answering.is_some() {
            return;
        }
        let Some(Asked { what, then, .. }) = self.waiting.pop_front() else { return };
        let (message, handed) = match what {
            What::Request(request) => {
                let bytes = Uint8Array::from(postcard::to_allocvec(&request).unwrap_or_default().as_slice());
                (JsValue::from(&bytes), bytes.buffer())
            }
            What::Piece(piece) => (JsValue::from(&piece), piece),
        };
        self.answering = Some(then);
        let _ = self.worker.post_message_with_transfer(&message, &Array::of1(&handed));
    }
}

fn start(number: usize) -> Option<Link> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options(&worker_script()?, &options).ok()?;
    listen(&worker, "message", Box::new(move |event: Event| received(number, &event.unchecked_into())));
    listen(&worker, "error", Box::new(move |_| lose(number)));
    // Compiled once, for both threads.
    worker.post_message(&wasm_bindgen::module()).ok()?;
    Some(Link { worker, number, is_ready: false, waiting: VecDeque::new(), answering: None })
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
    link.worker.terminate();
    let how = if link.is_ready { Lost::Died } else { Lost::NeverCame };
    lost.into_iter().for_each(|lost| lost(how));
    if how == Lost::NeverCame {
        link.waiting.into_iter().for_each(put);
    }
}
