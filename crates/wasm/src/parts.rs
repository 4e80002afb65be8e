//! The same in parts: what elements draw, and `decode`, from a first module that reads plain hex and raw bytes, and others that are
//! fetched when they are wanted. An answer never depends on what has come: one that lacked something is not given, but made
//! again when that is here.
//!
//! `cargo xtask` splits the WebAssembly at the functions marked here: what only they lead to is a file of its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use js_sys::{Function, JsString, Promise};
use pgscope_view::capture::{self, Capture, Form};
use pgscope_view::docs::{MEANINGS, WORDS};
use pgscope_view::figure::{Figure, Makers};
use pgscope_view::later;
use pgscope_view::session::later as session;
use wasm_bindgen::prelude::{JsCast, JsValue, wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use crate::asked::{self, ScenarioEntry, shipped_scenarios};
use crate::decoded::objects;
use crate::{bytes, failed, options, to_js};

/// What `decode` of the whole API gives.
#[wasm_bindgen]
pub async fn decode(input: JsValue, options: JsValue, fetch: Function) -> Result<JsValue, JsValue> {
    let (input, options) = (bytes(&input)?, options::read(&options)?);
    whole(&fetch, async || Ok(objects(read(&input, &options)))).await
}

/// A figure of bytes, or of a scenario, as HTML.
#[wasm_bindgen]
pub async fn render(input: JsValue, options: JsValue, fetch: Function) -> Result<JsValue, JsValue> {
    whole(&fetch, async || draw(Asked::Rendered(input.clone(), options.clone())).await).await
}

/// The figure of a fence.
#[wasm_bindgen]
pub async fn fence(text: String, site: Option<String>, fetch: Function) -> Result<JsValue, JsValue> {
    whole(&fetch, async || draw(Asked::Fenced(text.clone(), site.clone())).await).await
}

/// The layout of a message as a figure.
#[wasm_bindgen]
pub async fn reference(message: String, site: Option<String>, fetch: Function) -> Result<JsValue, JsValue> {
    whole(&fetch, async || draw(Asked::Layout(message.clone(), site.clone())).await).await
}

/// Every scenario that can be played, with its knobs. Nothing is lacked for that.
#[wasm_bindgen]
pub async fn scenarios() -> Result<JsValue, JsValue> {
    to_js(&list_scenarios().await?)
}

/// A part could not be fetched. It is tried again when it is wanted again.
#[derive(Debug)]
struct Missing;

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Missing
    }
}

impl From<Missing> for JsValue {
    fn from(_: Missing) -> Self {
        failed("a part of Pgscope could not be fetched".to_owned())
    }
}

type Read = fn(&[u8], &capture::Options) -> Capture;
type Play = fn(&str, &[(String, String)]) -> Result<Figure, String>;

/// What reads all forms, and what plays; nothing before they have come.
static FORMS: Part<Read> = Part::new();
static SIMULATOR: Part<Play> = Part::new();
const MAKERS: Makers = Makers { read, play };

struct Part<T> {
    it: OnceLock<T>,
    is_lacked: AtomicBool,
}

impl<T: Copy> Part<T> {
    const fn new() -> Self {
        Self { it: OnceLock::new(), is_lacked: AtomicBool::new(false) }
    }

    fn get(&self) -> Option<T> {
        let part = self.it.get().copied();
        self.is_lacked.fetch_or(part.is_none(), Ordering::Relaxed);
        part
    }

    fn come(&self, part: T) {
        let _ = self.it.set(part);
    }

    fn was_lacked(&self) -> bool {
        self.is_lacked.swap(false, Ordering::Relaxed)
    }
}

fn read(input: &[u8], options: &capture::Options) -> Capture {
    capture::read_plain(input, options).or_else(|| Some(FORMS.get()?(input, options))).unwrap_or_else(|| Capture {
        form: Form::Other,
        reason: String::new(),
        guessed: true,
        exchanges: Vec::new(),
        problems: Vec::new(),
    })
}

fn play(name: &str, set: &[(String, String)]) -> Result<Figure, String> {
    SIMULATOR.get().ok_or_else(String::new)?(name, set)
}

/// The answer, when nothing was lacked in making it.
async fn whole(
    fetch: &Function,
    answer: impl AsyncFn() -> Result<Result<JsValue, JsValue>, Missing>,
) -> Result<JsValue, JsValue> {
    loop {
        let answered = answer().await?;
        if !come(fetch).await? {
            return answered;
        }
    }
}

/// Fetches what was lacked, one beside the other; says whether anything was.
async fn come(fetch: &Function) -> Result<bool, JsValue> {
    let (forms, simulator, rest) = (FORMS.was_lacked(), SIMULATOR.was_lacked(), later::was_lacked());
    let (findings, meaning) = (session::were_findings_lacked(), later::strict::were_meanings_lacked());
    let (words, meanings) = (WORDS.were_lacked(), MEANINGS.were_lacked());
    let text = |name: &str, is_lacked: bool| is_lacked.then(|| fetch.call1(&JsValue::NULL, &name.into())).transpose();
    let (words, meanings) = (text("words", words)?, text("meanings", meanings)?);
    let is_any = findings || meaning || forms || simulator || rest || words.is_some() || meanings.is_some();
    if findings {
        fetch_findings().await?;
    }
    if meaning {
        fetch_meaning().await?;
    }
    if forms {
        fetch_forms().await?;
    }
    if simulator {
        fetch_simulator().await?;
    }
    if rest {
        fetch_rest().await?;
    }
    for (texts, file) in [(&WORDS, words), (&MEANINGS, meanings)] {
        if let Some(file) = file {
            texts.come(&String::from(JsFuture::from(Promise::from(file)).await?.unchecked_into::<JsString>()));
        }
    }
    Ok(is_any)
}

/// Of whatever form.
#[wasm_split(forms, fallible)]
fn fetch_forms() -> Result<(), Missing> {
    FORMS.come(capture::read);
    Ok(())
}

#[wasm_split(simulator, fallible)]
fn fetch_simulator() -> Result<(), Missing> {
    SIMULATOR.come(Figure::of_scenario);
    Ok(())
}

#[wasm_split(simulator, fallible)]
fn list_scenarios() -> Result<Vec<ScenarioEntry>, Missing> {
    Ok(shipped_scenarios())
}

/// What is wrong with a conversation.
#[wasm_split(findings, fallible)]
fn fetch_findings() -> Result<(), Missing> {
    session::findings_come();
    Ok(())
}

/// What texts stand for.
#[wasm_split(meaning, fallible)]
fn fetch_meaning() -> Result<(), Missing> {
    later::strict::meanings_come();
    Ok(())
}

/// What neither most conversations nor most figures need.
#[wasm_split(rest, fallible)]
fn fetch_rest() -> Result<(), Missing> {
    later::come();
    Ok(())
}

/// What is to be drawn.
enum Asked {
    Rendered(JsValue, JsValue),
    Fenced(String, Option<String>),
    Layout(String, Option<String>),
}

#[wasm_split(figure, fallible)]
fn draw(asked: Asked) -> Result<Result<JsValue, JsValue>, Missing> {
    later::strict::says_come();
    Ok(asked.drawn().map(JsValue::from))
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
