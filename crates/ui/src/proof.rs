//! A password that one types, and what it says of the login that is looked at. It is asked of the engine and kept nowhere else but
//! in its field, until another input is loaded. What is computed, the engine knows.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Proof, ProofStep, Reply, Request};
use web_sys::{HtmlInputElement, KeyboardEvent};

use crate::ask::ask;
use crate::dom::{El, effect, el, grouped};
use crate::page::Page;

/// What was told; nothing before something was asked.
type Told = RwSignal<Option<Result<Vec<Proof>, String>>>;

const PROMISE: &str = "It stays in this tab’s memory, and goes when other bytes are read.";
const NOTHING: &str = "There is no login here that a password could be checked with.";

/// The field of the password, and below it what it says.
pub(crate) fn form(page: Page) -> El {
    let told = Told::default();
    let field = el("input")
        .class("field-input")
        .attr("id", "proof-password")
        .attr("type", "password")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-describedby", "proof-promise");
    let (typed, cleared) = (field.clone(), field.clone());
    effect(move || {
        page.revision.track();
        cleared.of::<HtmlInputElement>().set_value("");
        told.set(None);
    });
    let check = move || check(page, told, typed.of::<HtmlInputElement>().value());
    let clicked = check.clone();
    let label = el("label").attr("for", "proof-password").text("Password of this login");
    let bar = el("div")
        .class("proof-bar")
        .child(label)
        .child(field)
        .child(el("button").class("button").text("Check").on_click(clicked))
        .on("keydown", move |event: KeyboardEvent| {
            if event.key() == "Enter" && crate::dom::is_typing(&event) {
                check();
            }
        });
    let outcome = move || told.with(|told| told.as_ref().map(|told| outcome(page, told)).unwrap_or_default());
    el("div")
        .class("proof")
        .attr("role", "group")
        .attr("aria-label", "Check the password of this login")
        .child(bar)
        .child(el("p").class("proof-promise").attr("id", "proof-promise").text(PROMISE))
        .child(el("div").attr("role", "status").live(outcome))
        .live_flag("hidden", move || !page.is_login())
}

fn check(page: Page, told: Told, password: String) {
    let revision = page.revision.get_untracked();
    ask(Request::Password(password), move |reply| {
        // Something else may have been loaded meanwhile.
        if page.revision.get_untracked() == revision {
            told.set(match reply {
                Reply::Proofs(proofs) => Some(Ok(proofs)),
                Reply::Refused(why) => Some(Err(why)),
                _ => None,
            });
        }
    });
}

fn outcome(page: Page, told: &Result<Vec<Proof>, String>) -> Vec<El> {
    match told {
        Ok(proofs) if proofs.is_empty() => vec![el("p").text(NOTHING)],
        Ok(proofs) => proofs.iter().flat_map(|proof| one(page, proof)).collect(),
        Err(why) => vec![el("p").text(why)],
    }
}

fn one(page: Page, proof: &Proof) -> Vec<El> {
    let conclusion =
        el("p").class("proof-conclusion").child(el("b").text(&proof.mechanism).text(": ")).text(&proof.conclusion);
    let steps = proof.steps.iter().map(|one| step(page, one)).collect();
    vec![conclusion, el("ol").class("proof-steps").children(steps)]
}

fn step(page: Page, step: &ProofStep) -> El {
    let formula = el("p").child(el("b").text(&step.name)).text(" = ").text(&step.formula);
    let note = el("p").text(&step.note).flag("hidden", step.note.is_empty());
    let why = if step.why.is_empty() { String::new() } else { format!(": {}", step.why) };
    let verdict = el("p")
        .child(el("span").class("proof-verdict").text(&step.verdict))
        .text(&why)
        .text(if step.verdict.is_empty() || step.place.is_none() { "" } else { " · " })
        .children(step.place.map(|place| link(page, place)).into_iter().collect())
        .flag("hidden", step.verdict.is_empty() && step.place.is_none());
    let is_other = step.verdict == "wrong" && !step.sent.is_empty();
    let sent = el("p").text("sent: ").child(el("code").text(&step.sent)).flag("hidden", !is_other);
    el("li")
        .attr("data-verdict", &step.verdict)
        .child(formula)
        .child(el("code").text(&step.value).flag("hidden", step.value.is_empty()))
        .child(note)
        .child(verdict)
        .child(sent)
}

/// Goes to the bytes.
fn link(page: Page, (number, at, end): (usize, usize, usize)) -> El {
    let words = format!("message {}, bytes {at} to {}", grouped(number + 1), end.saturating_sub(1));
    el("button").class("link").text(&words).on_click(move || page.pin(Request::Byte { number, at }))
}
