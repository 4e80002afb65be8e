//! The simulator: a module of its own, which the loader fetches when it is first wanted. What scenarios are played to as long as
//! nobody changes anything in them stands in files, so that who comes to read need not wait for it.

use std::cell::RefCell;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::dom::from_base64;
use crate::language;
use crate::samples::fetched;

/// What is said while it comes.
pub(crate) const COMING: &str = "The simulator is being fetched …";

thread_local! {
    /// Its function `play`, once it is here.
    static PLAY: RefCell<Option<Function>> = RefCell::default();
    /// And its function `talk`.
    static TALK: RefCell<Option<Function>> = RefCell::default();
}

/// Whether it is here, so that it will answer at once.
pub(crate) fn is_here() -> bool {
    PLAY.with_borrow(Option::is_some)
}

/// A scenario: its name, and its text where that is somebody's own.
#[derive(Clone, Copy)]
pub(crate) struct Told<'a> {
    pub(crate) name: &'a str,
    pub(crate) own: Option<&'a str>,
}

/// Plays the scenario of this name, with knobs set and these lines for its wire; gives the bytes of a performance, or says what
/// is wrong.
pub(crate) async fn play(told: Told<'_>, choices: &[(String, String)], wire: &str) -> Result<Vec<u8>, String> {
    let name = told.name;
    let is_as_written = told.own.is_none() && choices.is_empty() && wire.is_empty() && language::chosen().is_none();
    if is_as_written && let Some(performance) = played_before(name).await {
        return Ok(performance);
    }
    let play =
        function().await.map_err(|_| "The simulator could not be fetched. Try again when the network is back.")?;
    let (text, narration) = match told.own {
        Some(text) => (Ok(text.to_owned()), Ok(String::new())),
        None => {
            let text = fetched(&format!("scenarios/{name}.scenario")).await;
            (text, narration(name).await)
        }
    };
    let (Ok(text), Ok(narration)) = (text, narration) else {
        return Err(format!("There is no scenario called “{name}”, or it could not be fetched."));
    };
    let text = if wire.is_empty() { text } else { [&text, "\n[wire]\n", wire].concat() };
    let words: Array = choices.iter().flat_map(|(name, choice)| [name, choice]).map(JsValue::from).collect();
    let played = play.call3(&JsValue::NULL, &text.into(), &narration.into(), &words);
    played.map(|bytes| Uint8Array::new(&bytes).to_vec()).map_err(|error| error.as_string().unwrap_or_default())
}

/// What this scenario was played to when the site was made.
async fn played_before(name: &str) -> Option<Vec<u8>> {
    let text = fetched(&format!("scenarios/{name}.played")).await.ok()?;
    from_base64(&text)
}

/// Fetches it, for who will want it soon.
pub(crate) fn begin_to_fetch() {
    spawn_local(async { drop(function().await) });
}

/// What is told about a scenario: in the chosen language where that has it, and else in English.
async fn narration(name: &str) -> Result<String, JsValue> {
    if let Some(language) = language::chosen()
        && let Ok(list) = fetched(&language::list_of(&language)).await
        && list.lines().any(|line| line.split('\t').next() == Some(name))
        && let Ok(told) = fetched(&format!("scenarios/{language}/{name}.md")).await
    {
        return Ok(told);
    }
    fetched(&format!("scenarios/{name}.md")).await
}

/// Plays what a person says to the peer behind the door Talk.
pub(crate) async fn talk(is_client: bool, script: &str) -> Result<Vec<u8>, String> {
    let missing = "The simulator could not be fetched. Try again when the network is back.";
    function().await.map_err(|_| missing)?;
    let peer = fetched("talk/peer.scenario").await.map_err(|_| missing)?;
    let Some(talk) = TALK.with_borrow(Option::clone) else { return Err(missing.to_owned()) };
    let played = talk.call3(&JsValue::NULL, &peer.into(), &is_client.into(), &script.into());
    played.map(|bytes| Uint8Array::new(&bytes).to_vec()).map_err(|error| error.as_string().unwrap_or_default())
}

/// Its function `play`: fetched once; what failed is tried again.
async fn function() -> Result<Function, JsValue> {
    if let Some(play) = PLAY.with_borrow(Option::clone) {
        return Ok(play);
    }
    let loader: Function = Reflect::get(&js_sys::global(), &"pgscopeSimulator".into())?.dyn_into()?;
    let loading: Promise = loader.call0(&JsValue::NULL)?.dyn_into()?;
    let module = JsFuture::from(loading).await?;
    let play: Function = Reflect::get(&module, &"play".into())?.dyn_into()?;
    TALK.set(Some(Reflect::get(&module, &"talk".into())?.dyn_into()?));
    PLAY.set(Some(play.clone()));
    Ok(play)
}
