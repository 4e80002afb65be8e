//! The same in parts: what elements draw, and `decode`, from a first module that reads plain hex and raw bytes, and others that are
//! fetched when they are wanted. An answer never depends on what has come: one that lacked something is not given, but made
//! again when that is here.
//!
//! `cargo xtask` splits the WebAssembly at the functions marked here: what only they lead to is a file of its own.

use std::cell::RefCell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pgscope_view::capture::{self, Capture, Form};
use pgscope_view::docs::{MEANINGS, WORDS};
use pgscope_view::figure::{Figure, Makers, Play};
use pgscope_view::later;
use pgscope_view::later::strict::{self, Piece};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::asked::{self, shipped_scenarios};
use crate::decoded::objects;
use crate::{bytes, failed, options, to_js};

/// What `decode` of the whole API gives; nothing that may be given to anybody where something was [`lacked`].
#[wasm_bindgen]
pub fn decode(input: &JsValue, options: &JsValue) -> Result<JsValue, JsValue> {
    let (input, options) = (bytes(input)?, options::read(options)?);
    objects(read(&input, &options))
}

/// A figure of bytes, or of a scenario, as HTML.
#[wasm_bindgen]
pub fn render(input: JsValue, options: JsValue) -> Result<String, JsValue> {
    drawn(Asked::Rendered(input, options))
}

/// The figure of a fence.
#[wasm_bindgen]
pub fn fence(text: String, site: Option<String>) -> Result<String, JsValue> {
    drawn(Asked::Fenced(text, site))
}

/// The layout of a message as a figure.
#[wasm_bindgen]
pub fn reference(message: String, site: Option<String>) -> Result<String, JsValue> {
    drawn(Asked::Layout(message, site))
}

fn drawn(asked: Asked) -> Result<String, JsValue> {
    FIGURES.get().map_or(Ok(String::new()), |draw| draw(asked))
}

/// Every scenario that can be played, with its knobs.
#[wasm_bindgen]
pub fn scenarios() -> Result<JsValue, JsValue> {
    SIMULATOR.get().map_or(Ok(JsValue::NULL), |simulator| (simulator.scenarios)())
}

/// What an answer lacked, as bits: the parts of [`bring`], and behind them the texts of [`learn`].
#[wasm_bindgen]
pub fn lacked() -> u32 {
    let lacked = [
        FIGURES.was_lacked(),
        SIMULATOR.was_lacked(),
        FORMS.was_lacked(),
        strict::was_talk_lacked(),
        strict::was_start_lacked(),
        strict::were_noted_lacked(),
        strict::were_meanings_lacked(),
        later::was_lacked(),
        WORDS.were_lacked(),
        MEANINGS.were_lacked(),
    ];
    lacked.into_iter().rev().fold(0, |bits, is_lacked| bits << 1 | u32::from(is_lacked))
}

/// How many parts there are.
const PARTS: usize = 8;

type Coming = Pin<Box<dyn Future<Output = Result<(), Missing>>>>;

thread_local! {
    static COMING: RefCell<[Option<Coming>; PARTS]> = const { RefCell::new([const { None }; PARTS]) };
}

/// Fetches a part: says whether it is here, and nothing as long as it is on its way. Who waits for what is fetched asks again.
///
/// What would wait here by itself weighs as much as what reads text.
#[wasm_bindgen]
pub fn bring(part: usize) -> Option<bool> {
    COMING.with_borrow_mut(|all| {
        let coming = all.get_mut(part)?;
        let fetched = coming.get_or_insert_with(|| fetch(part)).as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(fetched) = fetched else { return None };
        *coming = None;
        Some(fetched.is_ok())
    })
}

fn fetch(part: usize) -> Coming {
    match part {
        0 => Box::pin(bring_figures()),
        1 => Box::pin(bring_simulator()),
        2 => Box::pin(bring_forms()),
        3 => Box::pin(bring_talk()),
        4 => Box::pin(bring_start()),
        5 => Box::pin(bring_noted()),
        6 => Box::pin(bring_meaning()),
        _ => Box::pin(bring_rest()),
    }
}

/// Takes a text that was fetched: what messages and fields are for, or what texts stand for.
#[wasm_bindgen]
pub fn learn(is_of_messages: bool, file: &str) {
    if is_of_messages { WORDS.come(file) } else { MEANINGS.come(file) }
}

/// A part could not be fetched. It is tried again when it is wanted again.
#[derive(Debug)]
struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Missing
    }
}

type Read = fn(&[u8], &capture::Options) -> Capture;
type Draw = fn(Asked) -> Result<String, JsValue>;

/// What draws, what reads all forms, and what plays; nothing before they have come.
static FIGURES: Piece<Draw> = Piece::new();
static FORMS: Piece<Read> = Piece::new();
static SIMULATOR: Piece<Simulator> = Piece::new();
const MAKERS: Makers = Makers { read, play };

#[derive(Clone, Copy)]
struct Simulator {
    play: Play,
    scenarios: fn() -> Result<JsValue, JsValue>,
}

fn read(input: &[u8], options: &capture::Options) -> Capture {
    capture::read_plain(input, options).or_else(|| Some(FORMS.get()?(input, options))).unwrap_or_else(|| Capture {
        form: Form::Other,
        guessed: true,
        ..Capture::default()
    })
}

fn play(name: &str, set: &[(String, String)]) -> Result<Figure, String> {
    let simulator = SIMULATOR.get().ok_or_else(String::new)?;
    (simulator.play)(name, set)
}

/// What draws.
#[wasm_split(figure, fallible)]
fn bring_figures() -> Result<(), Missing> {
    later::says_come();
    FIGURES.come(Asked::drawn);
    Ok(())
}

/// What reads all forms.
#[wasm_split(forms, fallible)]
fn bring_forms() -> Result<(), Missing> {
    FORMS.come(capture::read);
    Ok(())
}

/// What plays.
#[wasm_split(simulator, fallible)]
fn bring_simulator() -> Result<(), Missing> {
    SIMULATOR.come(Simulator { play: Figure::of_scenario, scenarios: || to_js(&shipped_scenarios()) });
    Ok(())
}

/// What messages say against each other.
#[wasm_split(talk, fallible)]
fn bring_talk() -> Result<(), Missing> {
    strict::talk_come();
    Ok(())
}

/// What those say against each other with which a connection begins.
#[wasm_split(start, fallible)]
fn bring_start() -> Result<(), Missing> {
    strict::start_come();
    Ok(())
}

/// What is said of a conversation that goes as it may not.
#[wasm_split(noted, fallible)]
fn bring_noted() -> Result<(), Missing> {
    strict::noted_come();
    Ok(())
}

/// What texts stand for.
#[wasm_split(meaning, fallible)]
fn bring_meaning() -> Result<(), Missing> {
    strict::meanings_come();
    Ok(())
}

/// What neither most conversations nor most figures need.
#[wasm_split(rest, fallible)]
fn bring_rest() -> Result<(), Missing> {
    later::come();
    Ok(())
}

/// What is to be drawn.
enum Asked {
    Rendered(JsValue, JsValue),
    Fenced(String, Option<String>),
    Layout(String, Option<String>),
}

impl Asked {
    fn drawn(self) -> Result<String, JsValue> {
        let (figure, site) = match self {
            Self::Rendered(input, options) => {
                let asked::Options { header, site, .. } = asked::Options::read(&options)?;
                (asked::figure(&header, asked::input(&input)?.as_deref(), MAKERS)?, site)
            }
            Self::Fenced(text, site) => (asked::fenced(&text, MAKERS)?, site),
            Self::Layout(message, site) => return asked::layout(&message, site.as_deref()),
        };
        let sequence = figure.sequence().map_err(failed)?;
        Ok(figure.html(&sequence, site.as_deref()))
    }
}
