//! The gallery of samples: real exchanges of real clients, and real mistakes. A list is fetched when somebody asks for
//! it, and a sample when it is chosen. Each has an address: `#sample=psql-connect`.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlDialogElement, HtmlInputElement, HtmlSelectElement};

use crate::dom::{El, aria, counted, el, show_modal};
use crate::samples::fetched;
use crate::shared::Shared;

/// A line of the list.
#[derive(Clone, PartialEq)]
struct Entry {
    name: String,
    client: String,
    topics: String,
    title: String,
    look: String,
    /// What both ends said, not what the text of it takes.
    bytes: usize,
    messages: usize,
}

impl Entry {
    /// Parts between tabs, as the README beside the samples says.
    fn read(line: &str) -> Option<Entry> {
        let mut parts = line.split('\t');
        let mut next = || parts.next().map(str::to_owned);
        let (name, client, topics, title, look) = (next()?, next()?, next()?, next()?, next()?);
        let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok());
        let (bytes, frontend, backend) = (number()?, number()?, number()?);
        Some(Entry { name, client, topics, title, look, bytes, messages: frontend + backend })
    }

    fn matches(&self, wanted: &Wanted) -> bool {
        let is = |chosen: &str, all: &str| chosen.is_empty() || all.split(", ").any(|one| one == chosen);
        let words = [&self.name, &self.client, &self.topics, &self.title, &self.look];
        let has = |word: &str| words.iter().any(|text| text.to_lowercase().contains(word));
        is(&wanted.client, &self.client) && is(&wanted.topic, &self.topics) && wanted.words.split_whitespace().all(has)
    }
}

/// What is looked for.
#[derive(Clone, Default, PartialEq)]
struct Wanted {
    client: String,
    topic: String,
    /// In small letters.
    words: String,
}

/// The gallery, and what is shown of it.
pub(crate) type Gallery = Shared<GalleryState>;

pub(crate) struct GalleryState {
    pub(crate) is_open: RwSignal<bool>,
    entries: RwSignal<Vec<Entry>>,
    wanted: RwSignal<Wanted>,
    problem: RwSignal<bool>,
}

impl Gallery {
    pub(crate) fn new() -> Self {
        Self::of(GalleryState {
            is_open: RwSignal::default(),
            entries: RwSignal::default(),
            wanted: RwSignal::default(),
            problem: RwSignal::default(),
        })
    }

    pub(crate) fn fetch(self) {
        if self.entries.with_untracked(|entries| !entries.is_empty()) {
            return;
        }
        spawn_local(async move {
            let list = fetched("samples/index.txt").await;
            self.problem.set(list.is_err());
            self.entries.set(list.unwrap_or_default().lines().filter_map(Entry::read).collect());
        });
    }

    /// The samples, each with who speaks in it.
    pub(crate) fn named(self) -> Vec<(String, String)> {
        let named = |entry: &Entry| (entry.name.clone(), format!("{}: {}", entry.client, entry.title));
        self.entries.with(|entries| entries.iter().map(named).collect())
    }

    /// Every client, or every topic, once, in the order of the list.
    fn all(self, parts: fn(&Entry) -> &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        self.entries.with(|entries| {
            for part in entries.iter().flat_map(|entry| parts(entry).split(", ")) {
                if !found.iter().any(|known| known == part) {
                    found.push(part.to_owned());
                }
            }
        });
        found
    }
}

/// What opens it.
pub(crate) fn button(gallery: Gallery) -> El {
    el("button")
        .class("button")
        .attr("aria-haspopup", "dialog")
        .live_attr("aria-expanded", move || aria(gallery.is_open.get()))
        .text("Samples")
        .on_click(move || gallery.is_open.set(true))
}

/// The dialog.
pub(crate) fn dialog(gallery: Gallery) -> El {
    let dialog = el("dialog").class("gallery").attr("aria-labelledby", "gallery-title");
    let (shown, closed, chosen, beside) = (dialog.clone(), dialog.clone(), dialog.clone(), dialog.clone());
    crate::dom::effect(move || {
        if gallery.is_open.get() {
            show_modal(&shown);
            gallery.fetch();
        }
    });
    let found = Memo::new(move |_| {
        let wanted = gallery.wanted.get();
        gallery.entries.with(|all| all.iter().filter(|entry| entry.matches(&wanted)).cloned().collect::<Vec<_>>())
    });
    let count = move || match (found.with(Vec::len), gallery.problem.get()) {
        (_, true) => "The list could not be fetched.".to_owned(),
        (number, _) => counted(number, "sample"),
    };
    let close = el("button").class("button").attr("aria-label", "Close").text("✕");
    let head = el("div")
        .class("gallery-head")
        .child(el("h2").attr("id", "gallery-title").text("Samples"))
        .child(el("span").class("chip").attr("role", "status").live_text(count))
        .child(el("span").class("spacer"))
        .child(close.on_click(move || closed.of::<HtmlDialogElement>().close()));
    let filters = el("div")
        .class("gallery-filters")
        .child(search(gallery))
        .child(filter(
            "Client",
            "all clients",
            move || gallery.all(|entry| &entry.client),
            move |client| {
                gallery.wanted.update(|wanted| wanted.client = client);
            },
        ))
        .child(filter(
            "Topic",
            "all topics",
            move || gallery.all(|entry| &entry.topics),
            move |topic| {
                gallery.wanted.update(|wanted| wanted.topic = topic);
            },
        ));
    let list = el("div")
        .class("gallery-list")
        .live(move || found.with(|found| groups(found)))
        // A sample that is chosen is shown.
        .on("click", move |event: Event| {
            if crate::dom::is_in(&event, "a") {
                chosen.of::<HtmlDialogElement>().close();
            }
        });
    dialog
        .child(
            el("div")
                .class("gallery-body")
                .child(head)
                .child(el("p").class("gallery-about").text(
                    "What real clients and servers said to each other, recorded byte by byte; and mistakes that were really made.",
                ))
                .child(filters)
                .child(list),
        )
        // The dialog itself is hit only beside what is in it.
        .on("click", move |event: Event| {
            if event.target().as_ref() == Some(beside.of()) {
                beside.of::<HtmlDialogElement>().close();
            }
        })
        .on("close", move |_: Event| gallery.is_open.set(false))
}

fn search(gallery: Gallery) -> El {
    let field = el("input")
        .attr("type", "search")
        .attr("aria-label", "Search the samples")
        .attr("placeholder", "Search: COPY, binary, 57P01 …")
        .attr("autofocus", "");
    let typed = field.clone();
    field.on("input", move |_: Event| {
        let words = typed.of::<HtmlInputElement>().value().to_lowercase();
        gallery.wanted.update(|wanted| wanted.words = words);
    })
}

fn filter(
    label: &'static str,
    all: &'static str,
    choices: impl Fn() -> Vec<String> + 'static,
    choose: impl Fn(String) + 'static,
) -> El {
    let list = el("select").attr("aria-label", label);
    let chosen = list.clone();
    let options = move || {
        let mut options = vec![el("option").attr("value", "").text(all)];
        options.extend(choices().iter().map(|one| el("option").attr("value", one).text(one)));
        options
    };
    list.live(options).on("change", move |_: Event| choose(chosen.of::<HtmlSelectElement>().value()))
}

/// The samples under the names of their clients.
fn groups(found: &[Entry]) -> Vec<El> {
    if found.is_empty() {
        return vec![el("p").class("gallery-none").text("No sample is like that.")];
    }
    let by_client = found.chunk_by(|one, next| one.client == next.client);
    by_client
        .filter_map(|group| Some((group.first()?, group)))
        .map(|(first, group)| {
            let title = match first.client.as_str() {
                "broken" => "Broken: what real mistakes look like",
                "by hand" => "By hand: what no driver does, and the protocol allows",
                client => client,
            };
            el("section").child(el("h3").text(title)).child(el("ul").children(group.iter().map(card).collect()))
        })
        .collect()
}

fn card(entry: &Entry) -> El {
    let about = format!("{} · {} · {}", entry.topics, counted(entry.messages, "message"), counted(entry.bytes, "byte"));
    let link = el("a")
        .attr("href", &format!("#sample={}", entry.name))
        .child(el("span").class("card-title").text(&entry.title))
        .child(el("span").class("card-look").text(&entry.look))
        .child(el("small").text(&about));
    el("li").child(link)
}
