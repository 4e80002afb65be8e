//! The simulator as a module of WebAssembly of its own, which the page fetches when somebody wants to learn.
//!
//! It only converts: a scenario's text goes in, the bytes of a [`Performance`](pgscope_view::Performance) come out, and
//! the page's engine reads these. It knows neither page nor engine.

use wasm_bindgen::prelude::*;

/// Smaller than the one that comes with WebAssembly.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Plays a scenario and gives the bytes of its performance, or says where the text is wrong.
///
/// `choices` are names of knobs and what each is set to, in turn.
#[wasm_bindgen]
pub fn play(scenario: &str, narration: &str, choices: Vec<String>) -> Result<Vec<u8>, String> {
    let pairs = choices.as_chunks().0.iter().map(|[name, choice]| (name.clone(), choice.clone()));
    pgscope_view::play(scenario, narration, pairs.collect()).map(|performance| performance.to_bytes())
}

/// Plays what a person says, line by line, to the simulated peer of a scenario: to its server if the person is the client.
/// Gives the bytes of a performance, or says where a line is wrong.
#[wasm_bindgen]
pub fn talk(scenario: &str, is_client: bool, script: &str) -> Result<Vec<u8>, String> {
    pgscope_view::talk::talk(scenario, is_client, script).map(|performance| performance.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_view::{Performance, sim::shipped};

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }

    #[test]
    fn knobs_are_named_and_set_in_turn() {
        let handshake = shipped::find("handshake").expect("it is shipped");
        let bytes = play(handshake.text, handshake.narration, words(&["segments", "1"])).expect("it plays");
        let knobs = Performance::from_bytes(&bytes).expect("they are of a performance").lesson.knobs;
        assert!(knobs.iter().any(|knob| (knob.name.as_str(), knob.chosen.as_str()) == ("segments", "1")), "{knobs:?}");
    }

    #[test]
    fn lines_are_said_to_the_peer() {
        let handshake = shipped::find("handshake").expect("it is shipped");
        let bytes = talk(handshake.text, true, "startup alice shop\n").expect("it plays");
        let exchange = &Performance::from_bytes(&bytes).expect("they are of a performance").exchanges[0];
        assert_eq!(exchange.streams[1].bytes.first(), Some(&b'R'));
        let error = talk(handshake.text, true, "startup alice\nnonsense").expect_err("nonsense");
        assert!(error.starts_with("line 2: "), "{error}");
    }

    #[test]
    fn a_mistake_is_told_with_its_place() {
        let error = play("title = A\nnonsense", "", Vec::new()).expect_err("nonsense");
        assert!(error.starts_with("line 2, column 1: "), "{error}");
    }
}
