//! The language in which the page speaks: English, or what somebody chose whose folder lies among the scenarios. It is remembered in this
//! browser.
//!
//! The page says all in English, and knows nothing of this. Where another language is chosen, each text that stands on the page, and each that
//! comes, is looked up in that language's list (`view::words`), and its words take their place: in the same moment, before anything is
//! painted. What shows data is left alone. English comes back as it was.

use std::cell::{OnceCell, RefCell};

use js_sys::{Array, Reflect, WeakMap};
use pgscope_view::words::Words;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, MutationObserver, MutationObserverInit, MutationRecord, Node, Text};

use crate::dom::{say, window};
use crate::later;
use crate::remembered;
use crate::samples::fetched;

/// All languages but English: a line each, how it is written in addresses and what it calls itself.
pub(crate) const LIST: &str = "scenarios/languages.txt";
/// What the page's own language is called.
pub(crate) const ENGLISH: &str = "en";

const REMEMBERED: &str = "pgscope.words";
/// What has words for people.
const SPOKEN: [&str; 5] = ["aria-label", "aria-valuetext", "aria-description", "title", "placeholder"];
/// What shows data, code, or texts of the reference.
const DATA: &str = "[translate=no], .line-field, .inbox-cell, .further-rows, .code, code, pre, textarea, \
    .row, .lanes, .bands, .marks, .hex-scroll, .fields, .meaning, .parts, .explain-head, .explain-problem, .explain-doc, \
    .problem-message, .problem-expected, .sheet-problems, .chain-says, .overview td, .status-path, .compared p, .compared li span, \
    .file-name, #inspector-title > span:first-child, .next-part a, mark, .compose-field > label:first-child, .compose-fixed, .compose-field option";
/// Where a test finds what could not be said, if it puts a list there.
const UNSAID: &str = "pgscopeUnsaid";

thread_local! {
    /// What was chosen, which also holds where the browser keeps nothing.
    static CHOSEN: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The chosen language, if it is not English.
pub(crate) fn chosen() -> Option<String> {
    let is_name =
        |name: &String| name != ENGLISH && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    CHOSEN.with_borrow(Option::clone).or_else(|| remembered::get(REMEMBERED)).filter(is_name)
}

/// The list of the scenarios that are told in this language.
pub(crate) fn list_of(language: &str) -> String {
    format!("scenarios/{language}/index.txt")
}

/// Chooses one.
pub(crate) fn choose(name: &str) {
    remembered::set(REMEMBERED, name);
    CHOSEN.set(Some(name.to_owned()));
    later::speak();
}

/// Speaks what was chosen before.
pub(crate) fn begin() {
    if remembered::get(REMEMBERED).is_some_and(|name| name != ENGLISH) {
        later::speak();
    }
}

/// Fetches the words of the chosen language, and says what stands on the page, and what comes, in them.
pub(crate) fn speak() {
    let Some(name) = chosen() else { return speak_with(ENGLISH.to_owned(), "") };
    spawn_local(async move {
        match fetched(&format!("scenarios/{name}/words.txt")).await {
            Ok(list) if chosen().as_ref() == Some(&name) => speak_with(name, &list),
            Ok(_) => (),
            Err(_) => say("The words of this language could not be fetched. Try again when the network is back."),
        }
    });
}

struct Speaker {
    name: RefCell<String>,
    words: RefCell<Words>,
    /// Of each text that was said in other words: what it was, and what it is.
    texts: WeakMap,
    /// The same of attributes, one each.
    attributes: [WeakMap; SPOKEN.len()],
    /// Whose language was marked, since a text in it was said in other words.
    marked: WeakMap,
    observer: MutationObserver,
}

thread_local! {
    static SPEAKER: OnceCell<Option<Speaker>> = const { OnceCell::new() };
}

/// The same in the words of this list. An empty one is English.
fn speak_with(name: String, list: &str) {
    let words = match Words::read(list) {
        Ok(words) => words,
        Err((line, why)) => return say(&format!("The words of this language cannot be read: line {line}: {why}.")),
    };
    SPEAKER.with(|kept| {
        let Some(speaker) = kept.get_or_init(Speaker::new) else { return };
        speaker.name.replace(name);
        speaker.words.replace(words);
        [title(), body()].iter().flatten().for_each(|node| speaker.tell(node));
    });
}

fn body() -> Option<Node> {
    Some(window()?.document()?.body()?.into())
}

/// What the page is called. Nothing changes it later.
fn title() -> Option<Node> {
    Some(window()?.document()?.query_selector("title").ok()??.into())
}

fn is_in(element: &Element, selector: &str) -> bool {
    element.closest(selector).ok().flatten().is_some()
}

impl Speaker {
    fn new() -> Option<Self> {
        let heard = Closure::<dyn FnMut(Array)>::new(|records: Array| {
            SPEAKER.with(|kept| {
                if let Some(speaker) = kept.get().and_then(Option::as_ref) {
                    records.iter().for_each(|record| speaker.hear(record.unchecked_ref()));
                    // What was just said is nothing new.
                    speaker.observer.take_records();
                }
            });
        });
        let observer = MutationObserver::new(heard.into_js_value().unchecked_ref()).ok()?;
        let wanted = MutationObserverInit::new();
        wanted.set_child_list(true);
        wanted.set_subtree(true);
        wanted.set_character_data(true);
        wanted.set_attribute_filter(&SPOKEN.iter().map(|name| JsValue::from(*name)).collect::<Array>());
        observer.observe_with_options(&body()?, &wanted).ok()?;
        Some(Self {
            name: RefCell::default(),
            words: RefCell::default(),
            texts: WeakMap::new(),
            attributes: SPOKEN.map(|_| WeakMap::new()),
            marked: WeakMap::new(),
            observer,
        })
    }

    fn hear(&self, record: &MutationRecord) {
        let Some(target) = record.target() else { return };
        let element = target.dyn_ref::<Element>().cloned().or_else(|| target.parent_element());
        if element.is_none_or(|element| is_in(&element, DATA)) {
            return;
        }
        if let Some(name) = record.attribute_name() {
            let attribute = SPOKEN.iter().zip(&self.attributes).find(|(spoken, _)| **spoken == name);
            if let (Some((name, known)), Some(element)) = (attribute, target.dyn_ref()) {
                self.tell_attribute(element, name, known);
            }
            return;
        }
        let added = record.added_nodes();
        (0..added.length()).filter_map(|nth| added.get(nth)).for_each(|node| self.tell(&node));
        if let Some(text) = target.dyn_ref::<Text>() {
            self.tell_text(text);
        }
    }

    /// All that stands in there.
    fn tell(&self, node: &Node) {
        if let Some(text) = node.dyn_ref::<Text>() {
            return self.tell_text(text);
        }
        let Some(element) = node.dyn_ref::<Element>() else { return };
        if element.matches(DATA).unwrap_or_default() {
            return;
        }
        // What it said may be gone.
        self.mark(element, false);
        for (name, known) in SPOKEN.iter().zip(&self.attributes) {
            self.tell_attribute(element, name, known);
        }
        let mut child = element.first_child();
        while let Some(node) = child {
            self.tell(&node);
            child = node.next_sibling();
        }
    }

    fn tell_text(&self, text: &Text) {
        let Some(parent) = text.parent_element() else { return };
        let now = text.data();
        let (was, told) = self.told(&self.texts, text, &parent, &now);
        // What an option is chosen by is its text, if it does not say otherwise.
        if told != was && parent.tag_name().eq_ignore_ascii_case("option") && !parent.has_attribute("value") {
            let _ = parent.set_attribute("value", &was);
        }
        if told != now {
            text.set_data(&told);
        }
        self.mark(&parent, told != was);
    }

    /// Says in which language this element is.
    fn mark(&self, element: &Element, is_said: bool) {
        if self.marked.has(element) {
            let _ = element.remove_attribute("lang");
            self.marked.delete(element);
        }
        if !is_said {
            return;
        }
        let around = element.closest("[lang]").ok().flatten().and_then(|around| around.get_attribute("lang"));
        let name = self.name.borrow();
        if around.as_ref() != Some(&*name) {
            let _ = element.set_attribute("lang", &name);
            self.marked.set(element, &JsValue::TRUE);
        }
    }

    fn tell_attribute(&self, element: &Element, name: &str, known: &WeakMap) {
        let Some(now) = element.get_attribute(name) else { return };
        let (_, told) = self.told(known, element, element, &now);
        if told != now {
            let _ = element.set_attribute(name, &told);
        }
    }

    /// What this is in English, and what it is called.
    fn told(&self, known: &WeakMap, of: &JsValue, place: &Element, now: &str) -> (String, String) {
        let was: Array = known.get(of.unchecked_ref()).unchecked_into();
        let is_known = was.is_truthy() && was.get(1).as_string().as_deref() == Some(now);
        let was = if is_known { was.get(0).as_string().unwrap_or_default() } else { now.to_owned() };
        let said = self.words.borrow().say(&was);
        if said.is_none() {
            self.note_unsaid(place, &was);
        }
        let told = said.unwrap_or_else(|| was.clone());
        if told != was {
            known.set(of.unchecked_ref(), &Array::of2(&was.as_str().into(), &told.as_str().into()));
        }
        (was, told)
    }

    /// What is told in the language needs not be said in it.
    fn note_unsaid(&self, place: &Element, text: &str) {
        let list = Reflect::get(&js_sys::global(), &UNSAID.into()).unwrap_or_default();
        let Some(list) = list.dyn_ref::<Array>() else { return };
        let lang = place.closest("[lang]").ok().flatten().and_then(|around| around.get_attribute("lang"));
        if lang.as_ref() != Some(&*self.name.borrow()) {
            list.push(&text.into());
        }
    }
}
