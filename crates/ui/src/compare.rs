//! The exchange beside another one: what both say, and what they say differently, down to the field.

use js_sys::Uint8Array;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::diff::IGNORED;
use pgscope_view::engine::{Apart, ApartReply, Beside, Compared, Comparison, Differing, Told};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DragEvent, Event, HtmlInputElement, HtmlTextAreaElement};

use crate::ask::ask_apart;
use crate::dialog::{checks, choice, dialog, option};
use crate::dom::{El, counted, effect, el, grouped};
use crate::files;
use crate::gallery::Gallery;
use crate::page::Page;
use crate::samples;

/// So many fields of a message are shown at once.
const SEEN: usize = 8;

/// What the exchange is held beside, and what came of it.
#[derive(Clone, Copy)]
struct Compare {
    page: Page,
    is_open: RwSignal<bool>,
    /// The other input, and what it is called.
    other: RwSignal<Option<(String, Vec<u8>)>>,
    sample: RwSignal<String>,
    /// What is not looked at.
    ignored: RwSignal<Vec<&'static str>>,
    outcome: RwSignal<Option<Result<Compared, String>>>,
}

/// The dialog, while `is_open`.
pub(crate) fn pane(page: Page, gallery: Gallery, is_open: RwSignal<bool>) -> El {
    let compare = Compare {
        page,
        is_open,
        other: RwSignal::default(),
        sample: RwSignal::default(),
        ignored: RwSignal::new(IGNORED.map(|(name, _)| name).to_vec()),
        outcome: RwSignal::default(),
    };
    effect(move || {
        if is_open.get() {
            gallery.fetch();
        }
    });
    effect(move || compare.run());
    effect(move || compare.fetch_sample());
    let about = el("p").class("embed-about").text(
        "Messages are aligned by what they say, not by where they stand: two drivers on connecting, before and after a change.",
    );
    let inside = [vec![about, compare.sources(gallery)], compare.result()].concat();
    // A file that is dropped here is the other one: what is behind the dialog stays.
    let keeps = |event: &DragEvent| {
        event.prevent_default();
        event.stop_propagation();
    };
    dialog("compare", "Compare with another exchange", is_open, inside)
        .on("dragover", move |event: DragEvent| keeps(&event))
        .on("drop", move |event: DragEvent| {
            keeps(&event);
            let files = files::all(event.data_transfer().and_then(|transfer| transfer.files()));
            files.into_iter().take(1).for_each(|file| compare.read(file));
        })
}

/// The dialog while there is an exchange to hold beside the present one.
pub(crate) fn beside(page: Page, other: RwSignal<Option<(String, Vec<u8>)>>) -> El {
    let is_open = RwSignal::new(false);
    let compare = Compare {
        page,
        is_open,
        other,
        sample: RwSignal::default(),
        ignored: RwSignal::default(),
        outcome: RwSignal::default(),
    };
    effect(move || is_open.set(other.with(Option::is_some)));
    effect(move || compare.run());
    let name = move || other.with(|other| other.as_ref().map(|(name, _)| name.clone()).unwrap_or_default());
    let about = el("p")
        .class("embed-about")
        .text("The present play, and beside it the one with ")
        .child(el("b").live_text(name))
        .text(".");
    let inside = [vec![about], compare.result()].concat();
    dialog("beside", "Side by side", is_open, inside).on("close", move |_: Event| other.set(None))
}

impl Compare {
    /// What is not looked at, and what came of it.
    fn result(self) -> Vec<El> {
        let is_bad = move || self.outcome.with(|outcome| matches!(outcome, Some(Err(_))));
        vec![
            self.ignores(),
            el("p")
                .class("compared-sum")
                .attr("role", "status")
                .live_flag("data-bad", is_bad)
                .live_text(move || self.sum()),
            el("div").live(move || self.table()),
        ]
    }

    /// Asks anew when something of it has changed.
    fn run(self) {
        self.page.revision.track();
        let ignore = self.ignored.get().iter().map(|name| (*name).to_owned()).collect();
        let other = self.other.get().map(|(_, other)| other).filter(|_| self.is_open.get());
        let Some(other) = other else { return self.outcome.set(None) };
        ask_apart(&Apart::Compare(Comparison { other, ignore }), move |reply| match reply {
            ApartReply::Compared(compared) => self.outcome.set(Some(Ok(compared))),
            ApartReply::Refused(why) => self.outcome.set(Some(Err(why))),
            _ => {}
        });
    }

    fn take(self, name: &str, bytes: Vec<u8>) {
        self.other.set(Some((name.to_owned(), bytes)).filter(|(_, bytes)| !bytes.is_empty()));
    }

    fn fetch_sample(self) {
        let name = self.sample.get();
        if name.is_empty() {
            return;
        }
        spawn_local(async move {
            match samples::fetch(&name).await {
                Ok(text) => self.take(&name, text.into_bytes()),
                Err(why) => self.outcome.set(Some(Err(why))),
            }
        });
    }

    /// Where the other one comes from: pasted, a file, a sample.
    fn sources(self, gallery: Gallery) -> El {
        let area = el("textarea")
            .attr("rows", "3")
            .attr("spellcheck", "false")
            .flag("autofocus", true)
            .attr("aria-label", "The other exchange, in any form")
            .attr("placeholder", "Paste the other exchange here, in any form …");
        let typed = area.clone();
        let area = area.on("input", move |_: Event| {
            self.sample.set(String::new());
            self.take("what you pasted", typed.of::<HtmlTextAreaElement>().value().into_bytes());
        });
        let file = el("input").attr("type", "file").flag("hidden", true).attr("aria-label", "A file to compare with");
        let (opened, chosen) = (file.clone(), file.clone());
        let file = file.on("change", move |_: Event| {
            let files = files::all(chosen.of::<HtmlInputElement>().files());
            chosen.of::<HtmlInputElement>().set_value("");
            files.into_iter().take(1).for_each(|file| self.read(file));
        });
        let open =
            el("button").class("button").text("Open a file").on_click(move || opened.of::<HtmlInputElement>().click());
        let samples = move || {
            let mut choices = vec![option("", "…")];
            choices.extend(gallery.named().iter().map(|(name, title)| option(name, title)));
            choices
        };
        el("div").class("compare-from").child(area).child(
            el("div").class("choices").child(choice("or a sample", self.sample, samples)).child(open).child(file),
        )
    }

    fn read(self, file: web_sys::File) {
        if file.size() > files::MOST_BYTES {
            return self
                .outcome
                .set(Some(Err("This file is too large for a tab: pgscope diff compares it".to_owned())));
        }
        self.sample.set(String::new());
        spawn_local(async move {
            match JsFuture::from(file.array_buffer()).await {
                Ok(buffer) => self.take(&file.name(), Uint8Array::new(&buffer).to_vec()),
                Err(_) => self.outcome.set(Some(Err(format!("{} could not be read: choose it again", file.name())))),
            }
        });
    }

    fn ignores(self) -> El {
        let sum = move || match IGNORED.len() - self.ignored.with(Vec::len) {
            0 => "Not looked at: what always differs".to_owned(),
            looked => format!("Not looked at: what always differs, but for {looked} of it"),
        };
        checks(sum, &IGNORED, self.ignored)
    }

    /// What came of it, in a sentence.
    fn sum(self) -> String {
        let name = self.other.with(|other| other.as_ref().map_or(String::new(), |(name, _)| name.clone()));
        self.outcome.with(|outcome| match outcome {
            None => String::new(),
            Some(Err(why)) => why.clone(),
            Some(Ok(compared)) => {
                let (mut same, mut changed, mut here, mut there) = (0, 0, 0, 0);
                for beside in compared.connections.iter().flatten() {
                    match beside {
                        Beside::Same { count, .. } => same += count,
                        Beside::Differ { here: Some(_), there: Some(_), .. } => changed += 1,
                        Beside::Differ { here: Some(_), .. } => here += 1,
                        Beside::Differ { .. } => there += 1,
                    }
                }
                let more = if compared.more > 0 {
                    format!("; {} more are not shown", grouped(compared.more))
                } else {
                    String::new()
                };
                match changed + here + there {
                    0 => format!("Nothing differs from {name}: {} say the same.", counted(same, "message")),
                    _ => format!(
                        "Beside {name}: {} the same, {} differ, {} only here, {} only there{more}. {}",
                        grouped(same),
                        grouped(changed),
                        grouped(here),
                        grouped(there),
                        compared.problem
                    ),
                }
            }
        })
    }

    fn table(self) -> Vec<El> {
        self.outcome.with(|outcome| {
            let Some(Ok(compared)) = outcome else { return Vec::new() };
            let is_one = compared.connections.len() == 1;
            let mut parts = Vec::new();
            for (nth, stretches) in compared.connections.iter().enumerate() {
                if !is_one {
                    parts.push(el("h3").text(&format!("Connection {}", nth + 1)));
                }
                let head = el("tr")
                    .child(el("th").attr("scope", "col").text("Here"))
                    .child(el("th").attr("scope", "col").text("There"));
                let rows = stretches.iter().map(|beside| self.row(beside, is_one)).collect();
                let table = el("table").class("compared").attr("aria-label", "Both exchanges");
                parts.push(table.child(el("thead").child(head)).child(el("tbody").children(rows)));
            }
            parts
        })
    }

    fn row(self, beside: &Beside, can_go: bool) -> El {
        match beside {
            Beside::Same { here, there, count } => {
                let range = |from: usize| match count {
                    1 => grouped(from + 1),
                    _ => format!("{}–{}", grouped(from + 1), grouped(from + count)),
                };
                let words =
                    format!("{} the same: {} here, {} there", counted(*count, "message"), range(*here), range(*there));
                el("tr").attr("data-is", "same").child(el("td").attr("colspan", "2").text(&words))
            }
            Beside::Differ { here, there, fields } => {
                let is = match (here, there) {
                    (Some(_), Some(_)) => "changed",
                    (Some(_), None) => "here",
                    _ => "there",
                };
                let side = |told: &Option<Told>, of: fn(&Differing) -> &Option<(String, usize)>, can_go: bool| {
                    let Some(told) = told else { return el("td").class("compared-none").text("not said") };
                    let line = |field: &Differing| line(field, of(field));
                    let (seen, more) = fields.split_at(fields.len().min(SEEN));
                    let list = |fields: &[Differing]| el("ul").children(fields.iter().map(line).collect());
                    let cell = el("td").attr("data-side", &told.direction).child(self.message(told, can_go));
                    let cell = cell.child(list(seen));
                    match more.len() {
                        0 => cell,
                        left => {
                            let words = el("summary").text(&counted(left, "more field"));
                            cell.child(el("details").child(words).child(list(more)))
                        }
                    }
                };
                el("tr").attr("data-is", is).child(side(here, |field| &field.here, can_go)).child(side(
                    there,
                    |field| &field.there,
                    false,
                ))
            }
        }
    }

    /// A message in a line; what is shown behind the dialog can be gone to.
    fn message(self, told: &Told, can_go: bool) -> El {
        let number = told.number;
        let name = format!("{} {}", grouped(number + 1), told.name);
        let named = match can_go {
            true => el("button").class("link").text(&name).on_click(move || {
                self.is_open.set(false);
                self.page.turn_to(number);
            }),
            false => el("b").text(&name),
        };
        el("p").child(named).child(el("span").text(&[" ", &told.says].concat()))
    }
}

/// A field with what it is on one side.
fn line(field: &Differing, value: &Option<(String, usize)>) -> El {
    let line = el("li").child(el("span").text(&field.name)).text(": ");
    match value {
        Some((value, at)) => line.child(el("mark").text(value).attr("title", &format!("byte {at} of the message"))),
        None => line.child(el("i").text("not there")),
    }
}
