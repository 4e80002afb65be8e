//! The engine's own thread: it answers one request after the other, and knows nothing of the page.
//!
//! ```text
//! page                         worker
//!   the compiled module  ──▶     starts (web/worker.js)
//!                        ◀──   nothing: it runs
//!   a request, serialised ─▶
//!   or a piece of the input ─▶
//!   or the file itself   ──▶      which it reads again where it need not hold all
//!                        ◀──   the reply, serialised
//! ```
//!
//! Of a large capture file it has others of its kind survey some of the connections: they get the same pieces, and at the end it puts
//! together what all have found ([`Helpers`]).
//!
//! ```text
//! worker                       each helper
//!   which connections    ──▶
//!   requests and pieces  ──▶     as from a page
//!   nothing              ──▶     it is to give what it found, some of it, until nothing is left
//! ```

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer, Function, Promise, Reflect, Uint8Array};
use pgscope_view::engine::{Fetches, Input, Load, Reply, Request, Share, Underway};
use pgscope_view::proto::Span;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    Blob, DedicatedWorkerGlobalScope, Event, FileReaderSync, MessageEvent, Window, Worker, WorkerOptions, WorkerType,
};

use crate::dom::listen;
use crate::load::DIED;
use crate::{ask, later};

/// Files of more bytes than this have helpers, at most so many. Until one is there, a hundred megabytes are half read.
const HELPED: usize = 128 << 20;
const MOST: usize = 3;
/// Of so many messages at a time a helper gives what it found: as letters that takes some megabytes.
const PORTION: usize = 500_000;

/// Answers until the page ends this thread.
pub(crate) fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let (page, helpers) = (scope.clone(), Rc::new(RefCell::new(Helpers::default())));
    listen(&scope, "message", move |event: MessageEvent| {
        let (data, page) = (event.data(), page.clone());
        let send = move |letters: &[u8]| {
            let bytes = Uint8Array::from(letters);
            let _ = page.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        };
        if data.is_null() {
            return send(&letters(&ask::share(PORTION)));
        }
        if let Some([from, every]) = numbers(&data) {
            ask::shares(from, every);
            helpers.borrow_mut().helps = true;
            return send(&letters(&Reply::Nothing));
        }
        if let Ok(blob) = data.clone().dyn_into::<Blob>() {
            if let Ok(reader) = FileReaderSync::new() {
                ask::keep_file(Box::new(File { blob, reader }));
            }
            return send(&letters(&Reply::Nothing));
        }
        let Some(request) = request(&data) else { return };
        let wants = Wants::of(&request);
        let is_helped = match wants {
            // Who helps has nobody who does.
            _ if helpers.borrow().helps => false,
            Wants::Helpers | Wants::NoHelpers => true,
            Wants::Same | Wants::Found => !helpers.borrow().is_empty(),
            Wants::Alone => false,
        };
        if !is_helped {
            free(&data);
            return answer(request, 0, send);
        }
        // Nobody asks more until this is answered.
        let helpers = Rc::clone(&helpers);
        spawn_local(async move {
            let mut all = helpers.take();
            match all.help(wants, &data, request).await {
                Some(request) => answer(request, all.found, send),
                None => send(&letters(&Reply::Refused(DIED.to_owned()))),
            }
            helpers.replace(all);
        });
    });
    let _ = scope.post_message(&JsValue::NULL);
}

/// The bytes of a piece are copied. Whoever collects what is not used any more comes seldom to a thread with so few objects.
fn free(data: &JsValue) {
    if data.is_instance_of::<ArrayBuffer>()
        && let Ok(transfer) = property(data, "transfer").dyn_into::<Function>()
    {
        drop(transfer.call1(data, &JsValue::from(0)));
    }
}

fn letters(what: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(what).unwrap_or_default()
}

/// Answers here. Helpers have found so many messages besides.
fn answer(request: Request, found: usize, send: impl Fn(&[u8]) + 'static) {
    match ask::answer_here(request) {
        Reply::Underway(progress) => {
            let messages = progress.messages + found;
            send(&letters(&Reply::Underway(Underway { messages, ..progress })));
        }
        Reply::Apart(desk, asked) => {
            later::answer_apart(desk, asked, Box::new(move |answer| send(&letters(&Reply::Apart(desk, answer)))));
        }
        reply => send(&letters(&reply)),
    }
}

/// What a request is to helpers.
#[derive(Clone, Copy)]
enum Wants {
    /// A large file comes.
    Helpers,
    /// Another input comes.
    NoHelpers,
    /// They get it, too.
    Same,
    /// What they found is wanted, if a file comes.
    Found,
    /// Nothing.
    Alone,
}

impl Wants {
    fn of(request: &Request) -> Self {
        match request {
            Request::Begin(Load { input: Input::Pieces(all), turn, .. }) if *all > HELPED && turn.is_empty() => {
                Wants::Helpers
            }
            Request::Begin(_) | Request::Load(_) => Wants::NoHelpers,
            Request::Piece(_) | Request::Stop => Wants::Same,
            Request::More => Wants::Found,
            _ => Wants::Alone,
        }
    }
}

/// Those who survey some connections each of the file that comes.
#[derive(Default)]
struct Helpers {
    all: Vec<Helper>,
    /// Whether it is one of them itself.
    helps: bool,
    /// Whether the first piece is read, which shows what the file is.
    has_begun: bool,
    /// How many messages they have found.
    found: usize,
}

impl Helpers {
    fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Hands a request on, whose bytes `data` are; gives it back to be answered here, too. Nothing where one of them has ended.
    async fn help(&mut self, wants: Wants, data: &JsValue, request: Request) -> Option<Request> {
        match wants {
            Wants::Helpers => self.start(data).await,
            Wants::NoHelpers => {
                self.dismiss();
                ask::shares(0, 0);
            }
            Wants::Same | Wants::Found if self.has_begun && !ask::can_share() => self.dismiss(),
            Wants::Same => {
                self.has_begun = true;
                self.found = 0;
                // Nobody is farther behind than by what is handed on now.
                for helper in &mut self.all {
                    if let Ok(Reply::Underway(progress)) = postcard::from_bytes(&helper.answered().await?) {
                        self.found += progress.messages;
                    }
                }
                if let Some((last, others)) = self.all.split_last_mut() {
                    others.iter_mut().for_each(|helper| helper.ask(data));
                    last.hand(data);
                }
            }
            Wants::Found => {
                // All finish at the same time, and give what they found one behind the other.
                self.all.iter_mut().for_each(|helper| helper.ask(&JsValue::NULL));
                for helper in &mut self.all {
                    loop {
                        let share: Share = postcard::from_bytes(&helper.answered().await?).ok()?;
                        if share.is_empty() {
                            break;
                        }
                        helper.ask(&JsValue::NULL);
                        ask::take_share(share);
                    }
                }
                self.dismiss();
            }
            Wants::Alone => {}
        }
        Some(request)
    }

    /// Starts as many as this machine has room for. Where none can be had, all is done here.
    async fn start(&mut self, begin: &JsValue) {
        self.dismiss();
        let cores = property(&property(&js_sys::global(), "navigator"), "hardwareConcurrency");
        let cores = cores.as_f64().unwrap_or_default() as usize;
        let script = property(&property(&js_sys::global(), "location"), "href").as_string().unwrap_or_default();
        let mut begun: Vec<Helper> = (0..(cores / 2).min(MOST)).filter_map(|_| Helper::start(&script)).collect();
        for helper in &mut begun {
            helper.is_here = helper.answered().await.is_some();
        }
        let (here, away): (Vec<_>, Vec<_>) = begun.into_iter().partition(|helper| helper.is_here);
        away.iter().for_each(|helper| helper.worker.terminate());
        let every = here.len() + 1;
        self.all = here;
        ask::shares(0, every);
        for (nth, helper) in self.all.iter_mut().enumerate() {
            helper.ask(&Array::of2(&JsValue::from(nth as u32 + 1), &JsValue::from(every as u32)));
            helper.ask(begin);
        }
    }

    /// They are not needed any more.
    fn dismiss(&mut self) {
        self.all.drain(..).for_each(|helper| helper.worker.terminate());
        (self.has_begun, self.found) = (false, 0);
    }
}

/// One of them, and what it has not answered yet.
struct Helper {
    worker: Worker,
    is_here: bool,
    /// What is to be called with each answer, in order; nothing where it has ended.
    waiting: Rc<RefCell<Option<VecDeque<Function>>>>,
    asked: VecDeque<JsFuture>,
}

impl Helper {
    /// So long is waited for one to start, in milliseconds.
    const PATIENCE: i32 = 5000;

    fn start(script: &str) -> Option<Self> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(script, &options).ok()?;
        let waiting = Rc::new(RefCell::new(Some(VecDeque::<Function>::new())));
        let answers = Rc::clone(&waiting);
        listen(&worker, "message", move |event: MessageEvent| {
            let next = answers.borrow_mut().as_mut().and_then(VecDeque::pop_front);
            next.into_iter().for_each(|then| drop(then.call1(&JsValue::NULL, &event.data())));
        });
        let lost = Rc::clone(&waiting);
        listen(&worker, "error", move |event: Event| {
            // It is not the page's: who has no helper goes on alone.
            event.prevent_default();
            let all = lost.borrow_mut().take();
            all.into_iter().flatten().for_each(|then| drop(then.call0(&JsValue::NULL)));
        });
        let mut helper = Self { worker, is_here: false, waiting, asked: VecDeque::new() };
        // Compiled once, for all threads. Its first message says that it runs.
        helper.ask(&wasm_bindgen::module());
        if let Some(then) = helper.waiting.borrow().as_ref().and_then(VecDeque::back) {
            // What is first counts.
            let window: Window = js_sys::global().unchecked_into();
            drop(window.set_timeout_with_callback_and_timeout_and_arguments_0(then, Self::PATIENCE));
        }
        Some(helper)
    }

    fn ask(&mut self, message: &JsValue) {
        let answer = self.answer_to(message, &Array::new());
        self.asked.push_back(JsFuture::from(answer));
    }

    /// The same, of what is not needed here any more.
    fn hand(&mut self, message: &JsValue) {
        let handed = if message.is_instance_of::<ArrayBuffer>() { Array::of1(message) } else { Array::new() };
        let answer = self.answer_to(message, &handed);
        self.asked.push_back(JsFuture::from(answer));
    }

    fn answer_to(&self, message: &JsValue, handed: &Array) -> Promise {
        Promise::new(&mut |then, _| match self.waiting.borrow_mut().as_mut() {
            Some(waiting) if self.worker.post_message_with_transfer(message, handed).is_ok() => waiting.push_back(then),
            _ => drop(then.call0(&JsValue::NULL)),
        })
    }

    /// Its last answer, when it has answered all; nothing where it has ended.
    async fn answered(&mut self) -> Option<Vec<u8>> {
        let mut last = Vec::new();
        while let Some(asked) = self.asked.pop_front() {
            let answer = asked.await.ok().filter(|answer| !answer.is_undefined())?;
            last = if answer.is_null() { Vec::new() } else { Uint8Array::new(&answer).to_vec() };
        }
        Some(last)
    }
}

/// What an object of the browser has, without glue of its own: that would be in what everybody fetches.
fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Two numbers, where that is what was said.
fn numbers(data: &JsValue) -> Option<[usize; 2]> {
    let both = data.dyn_ref::<Array>()?;
    Some([0, 1].map(|nth| both.get(nth).as_f64().unwrap_or_default() as usize))
}

/// A file that is read again.
#[derive(Debug)]
struct File {
    blob: Blob,
    reader: FileReaderSync,
}

impl Fetches for File {
    fn fetch(&self, span: Span) -> Option<Vec<u8>> {
        let slice = self.blob.slice_with_f64_and_f64(span.start as f64, span.end as f64).ok()?;
        Some(Uint8Array::new(&self.reader.read_as_array_buffer(&slice).ok()?.into()).to_vec())
    }
}

fn request(data: &JsValue) -> Option<Request> {
    let bytes = Uint8Array::new(data).to_vec();
    match data.is_instance_of::<ArrayBuffer>() {
        true => Some(Request::Piece(bytes)),
        false => postcard::from_bytes(&bytes).ok(),
    }
}
