//! What is learned in the address: `#learn=handshake&segments=7&step=3`, `#talk=client&said=…`.

use pgscope_signal::traits::*;
use pgscope_view::elsewhere::Elsewhere;
use pgscope_view::programs::Fault;
use wasm_bindgen::JsValue;

use crate::dom::window;
use crate::learn::Learn;
use crate::own;

/// Names in the address: how many bytes arrive together, and what is broken.
pub(crate) const PIECES: &str = "segments";
const FAULTS: &str = "fault";
const TEXT: &str = "text";
/// The name of a scenario of one's own.
pub(crate) const OWN: &str = "own";
/// A scenario of one's own that is longer need not stand in the address.
const LONGEST: usize = 32 << 10;
const WHOLE: &str = "whole";

pub(crate) fn size(pieces: usize) -> String {
    if pieces == 0 { WHOLE.to_owned() } else { pieces.to_string() }
}

impl Learn {
    /// Goes where the address says. Gives whether that is here.
    pub(crate) fn read_address(self) -> bool {
        let fragment = window().and_then(|window| window.location().hash().ok()).unwrap_or_default();
        let pairs: Vec<(String, String)> = fragment
            .trim_start_matches('#')
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let of = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
        if let Some(side) = of("talk") {
            let decoded = |said: String| js_sys::decode_uri_component(&said).map(String::from).unwrap_or_default();
            let script = of("said").map(decoded).unwrap_or_default();
            self.talk_as(side != "server", script.lines().map(str::to_owned).collect());
            return true;
        }
        let Some(scenario) = of("learn") else {
            // What is still fetched is not wanted any more.
            if Learn::is_begun() {
                self.ask_anew();
            }
            return false;
        };
        self.page.talk.set(String::new());
        let step = of("step").and_then(|step| step.parse().ok()).unwrap_or(0);
        self.pieces.set(of(PIECES).and_then(|pieces| if pieces == WHOLE { Some(0) } else { pieces.parse().ok() }));
        let faults = of(FAULTS).unwrap_or_default();
        let (faults, unknown): (Vec<_>, Vec<_>) = faults
            .split(',')
            .filter(|text| !text.is_empty())
            .map(|text| Fault::from_link(text).ok_or(text.to_owned()))
            .partition(Result::is_ok);
        self.faults.set(faults.into_iter().flatten().collect());
        if let Some(Err(text)) = unknown.into_iter().next() {
            self.warning.set(format!("The address has a fault that is none: {text}"));
        }
        if scenario == OWN {
            let decoded = |text: String| js_sys::decode_uri_component(&text).map(String::from).ok();
            match of(TEXT).and_then(decoded) {
                Some(text) => self.own.set(text),
                None if self.own.with_untracked(String::is_empty) => self.own.set(own::kept()),
                None => {}
            }
        }
        let own = ["learn", "step", PIECES, FAULTS, TEXT];
        let choices = pairs.into_iter().filter(|(name, _)| !own.contains(&name.as_str())).collect();
        self.open(scenario, choices, step);
        true
    }

    /// The knobs that are not as they are at first.
    fn turned(self) -> Vec<(String, String)> {
        self.lesson.with_untracked(|lesson| {
            let turned = lesson.knobs.iter().filter(|knob| knob.choices.first() != Some(&knob.chosen));
            turned.map(|knob| (knob.name.clone(), knob.chosen.clone())).collect()
        })
    }

    pub(crate) fn fragment(self, step: usize) -> String {
        self.fragment_with(step, true)
    }

    fn fragment_with(self, step: usize, has_text: bool) -> String {
        let side = self.page.talk.get_untracked();
        if !side.is_empty() {
            let script = self.script.with_untracked(|script| script.join("\n"));
            let said = js_sys::encode_uri_component(&script);
            return format!("talk={side}&said={said}");
        }
        let knobs: String = self.turned().into_iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let pieces =
            self.pieces.get_untracked().map(|pieces| format!("&{PIECES}={}", size(pieces))).unwrap_or_default();
        let faults: Vec<String> = self.faults.with_untracked(|faults| faults.iter().map(Fault::to_link).collect());
        let faults = if faults.is_empty() { String::new() } else { format!("&{FAULTS}={}", faults.join(",")) };
        let name = self.page.scenario.get_untracked();
        let text = (has_text && name == OWN).then(|| self.own.with_untracked(|own| js_sys::encode_uri_component(own)));
        let text = text.map(|text| format!("&{TEXT}={text}")).unwrap_or_default();
        format!("learn={name}{knobs}{pieces}{faults}{text}&step={step}")
    }

    /// What an author takes to show this on another page.
    pub(crate) fn given(self) -> Elsewhere {
        let step = self.page.message.get_untracked().unwrap_or(0) + 1;
        let own = [("scenario", self.page.scenario.get_untracked()), ("step", step.to_string())];
        let pieces = self.pieces.get_untracked().map(|pieces| (PIECES.to_owned(), size(pieces)));
        let pairs =
            own.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(self.turned()).chain(pieces).collect();
        let title = self.lesson.with_untracked(|lesson| lesson.title.clone());
        Elsewhere { title, fragment: self.fragment(step), pairs, body: None }
    }

    pub(crate) fn write_address(self, step: usize) {
        // A long text is not written anew behind each step, if this browser keeps it.
        let is_kept = self.own.with_untracked(|own| own.len() > LONGEST && own::kept() == *own);
        let address = format!("#{}", self.fragment_with(step, !is_kept));
        if let Some(history) = window().and_then(|window| window.history().ok()) {
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
        }
    }
}
