//! The button that copies a link to all that is shown, and what else can be handed on.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::elsewhere::Elsewhere;
use pgscope_view::engine::{Input, Reply, Request};
use pgscope_view::link::{COMFORTABLE, Content, LONGEST, Link};
use wasm_bindgen_futures::spawn_local;

use crate::address::Address;
use crate::ask::{ask, soon};
use crate::deflate::deflate;
use crate::dom::{El, copy, el, grouped, save, say, window};
use crate::embed;
use crate::later::{Action, act};
use crate::masking::{Masked, chance};
use crate::samples;
use crate::shared::Shared;

/// A shorter content is not worth deflating: it would only be harder to read.
const SHORT: usize = 600;
/// More than this is not even tried.
const MOST: usize = 4 << 20;

/// What is handed on, and what was said about it.
pub(crate) type Share = Shared<ShareState>;

pub(crate) struct ShareState {
    address: Address,
    /// A link that is not copied without a question: it is too long, or carries a secret.
    long: RwSignal<Option<String>>,
    /// What is said about a link.
    said: RwSignal<String>,
    /// What was loaded when that was said: of anything else it is not true.
    about: RwSignal<usize>,
}

impl Share {
    pub(crate) fn new(address: Address) -> Self {
        Self::of(ShareState {
            address,
            long: RwSignal::default(),
            said: RwSignal::default(),
            about: RwSignal::default(),
        })
    }

    /// Copies a link.
    pub(crate) fn button(self) -> El {
        el("button")
            .class("button")
            .text("Link")
            .attr("title", "Copy a link to what is shown: input, reading and selection")
            .on_click(move || act(Action::Share(self)))
    }

    /// Copies it, or asks.
    pub(crate) fn share(self) {
        self.with_link(move |link| self.hand_on(link));
    }

    /// Whether something is said about it.
    pub(crate) fn has_outcome(self) -> bool {
        self.about.get() == self.address.page.revision.get() && self.said.with(|said| !said.is_empty())
    }

    /// Makes the link, and gives it to `then` with all that it holds; nothing if that is too much.
    fn with_link(self, then: impl FnOnce(Option<Link>) + 'static) {
        let link = self.address.link();
        if link.content != Content::Nothing {
            return then(Some(link));
        }
        ask(Request::Source { most: MOST }, move |reply| {
            then(match reply {
                Reply::Source(input) => Some(Link { content: content_of(input), ..link }),
                _ => None,
            });
        });
    }

    fn hand_on(self, link: Option<Link>) {
        self.long.set(None);
        self.said.set(String::new());
        self.about.set(self.address.page.revision.get_untracked());
        let Some(link) = link else {
            return self.said.set("No link holds as much as that: send the file itself.".to_owned());
        };
        // What everybody can see in the gallery is no secret.
        if matches!(link.content, Content::Sample(_)) {
            return self.copy_or_ask(link, None);
        }
        ask(Request::Secrets, move |reply| {
            let secrets = if let Reply::Text(secrets) = reply { Some(secrets) } else { None };
            self.copy_or_ask(link, secrets);
        });
    }

    /// Copies a link; asks before if it is long, or carries what is nobody else's business.
    fn copy_or_ask(self, link: Link, secrets: Option<String>) {
        spawn_local(async move {
            let address = address_of(&shortest(link).await);
            let length = grouped(address.len());
            if let Some(secrets) = secrets {
                let words =
                    "Who has the link can read it. Masked, every value has another in its place, of the same length.";
                self.said.set(format!("The link would carry {secrets}. {words}"));
                return self.long.set(Some(address));
            }
            if address.len() > LONGEST {
                self.said.set(format!("The link would have {length} characters: a file is better."));
                return self.long.set(Some(address));
            }
            let is_long = address.len() > COMFORTABLE;
            let long = if is_long { ": some programs cut what is longer than 8,192" } else { "" };
            self.said.set(format!("A link of {length} characters was copied{long}."));
            copy(address, &format!("a link of {length} characters"));
        });
    }

    /// Gives the same without the values of those who spoke: masked, with every byte in its place.
    fn with_masked(self, masked: Masked, then: impl FnOnce(Link) + 'static) {
        let Some(random) = chance() else {
            return self.said.set("This browser gives no numbers of chance: nothing can be masked here.".to_owned());
        };
        say("Masking …");
        let request = Request::Masked(masked.masking(random));
        let masked = move |reply| match reply {
            Reply::Masked { input, in_place } => {
                let mut link = self.address.link();
                // Words that are looked for stand in what is masked.
                link.selected.filter = Default::default();
                // What was said of the input says nothing of one that is written anew.
                let anew =
                    Link { beginning: link.beginning.clone(), selected: link.selected.clone(), ..Link::default() };
                then(Link { content: content_of(input), ..if in_place { link } else { anew } });
            }
            Reply::Refused(reason) => self.said.set(format!("It cannot be masked: {reason}.")),
            _ => {}
        };
        // A long input takes its time: that is seen before.
        soon(move || ask(request, masked));
    }

    fn copy_masked(self, masked: Masked) {
        self.with_masked(masked, move |link| {
            self.long.set(None);
            self.copy_or_ask(link, None);
        });
    }

    fn copy_long(self) {
        if let Some(address) = self.long.get_untracked() {
            let length = grouped(address.len());
            copy(address, &format!("a link of {length} characters"));
        }
        self.close();
    }

    fn download(self) {
        self.with_link(move |link| match link.map(|link| link.content) {
            Some(Content::Text(text)) => save("pgscope.txt", text.as_bytes()),
            Some(Content::Bytes(bytes)) => save("pgscope.bin", &bytes),
            _ => {}
        });
        self.close();
    }

    fn close(self) {
        self.said.set(String::new());
        self.long.set(None);
    }

    /// Shows what an author takes to have the same on another page.
    fn embed(self, masked: Masked, given: RwSignal<Option<Elsewhere>>) {
        let give = move |link| spawn_local(async move { given.set(Some(given_of(link).await)) });
        // What was asked about because of its secrets goes out without them.
        match self.long.with_untracked(Option::is_some) {
            true => self.with_masked(masked, give),
            false => self.with_link(move |link| link.into_iter().for_each(give)),
        }
    }

    /// What is said, and what can be done with a link, copied or not.
    pub(crate) fn outcome(self) -> El {
        let given = RwSignal::default();
        el("div").child(self.bar(given)).child(embed::pane("embed", given))
    }

    fn bar(self, given: RwSignal<Option<Elsewhere>>) -> El {
        let masked = Masked::all();
        let is_asked = move || self.long.with(Option::is_none);
        let action = |label: &'static str, run: fn(Share, Masked)| {
            el("button").class("button").text(label).live_flag("hidden", is_asked).on_click(move || run(self, masked))
        };
        el("div")
            .class("share")
            .child(el("p").attr("role", "status").live_text(move || self.said.get()))
            .child(el("div").child(masked.list()).live_flag("hidden", is_asked))
            .child(action("Copy it masked", Share::copy_masked))
            .child(action("Download the input", |share, _| share.download()))
            .child(action("Copy it all the same", |share, _| share.copy_long()))
            .child(
                el("button")
                    .class("button")
                    .text("On a page of yours …")
                    .attr("aria-haspopup", "dialog")
                    .on_click(move || self.embed(masked, given)),
            )
            .child(el("button").class("link").text("Close").on_click(move || self.close()))
            .live_flag("hidden", move || !self.has_outcome())
    }
}

/// How much of a file is written into an element.
const MOST_HELD: usize = 16 << 10;

/// What an author needs of a link.
async fn given_of(link: Link) -> Elsewhere {
    let body = match &link.content {
        Content::Text(text) => Some(text.clone()),
        Content::Bytes(bytes) if bytes.len() <= MOST_HELD => {
            let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            Some(pairs.chunks(16).map(|line| line.join(" ") + "\n").collect())
        }
        Content::Sample(name) => samples::fetch(name).await.ok(),
        _ => None,
    };
    let pairs = link.selected.step.map(|step| ("step".to_owned(), step.to_string())).into_iter().collect();
    let held = body.clone().filter(|_| matches!(link.content, Content::Sample(_))).map(Content::Text);
    let fragment = shortest(Link { content: held.unwrap_or(link.content.clone()), ..link }).await.write();
    Elsewhere { title: "An exchange".to_owned(), fragment, pairs, body }
}

fn content_of(input: Input) -> Content {
    match input {
        Input::Text(text) => Content::Text(text),
        Input::Bytes(bytes) => Content::Bytes(bytes),
        _ => Content::Nothing,
    }
}

fn address_of(link: &Link) -> String {
    let page = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    let page = page.split('#').next().unwrap_or_default();
    format!("{page}#{}", link.write())
}

/// The link with its content deflated, where that makes it shorter.
async fn shortest(link: Link) -> Link {
    let (plain, is_text) = match &link.content {
        Content::Text(text) => (text.as_bytes(), true),
        Content::Bytes(bytes) => (bytes.as_slice(), false),
        _ => return link,
    };
    if plain.len() < SHORT {
        return link;
    }
    match deflate(plain).await {
        Some(bytes) if bytes.len() < plain.len() => Link { content: Content::Deflated { bytes, is_text }, ..link },
        _ => link,
    }
}
