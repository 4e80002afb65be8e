//! Files that were opened together: which of them are two ends of one connection, which stand beside each other in tabs, and
//! which hold no bytes of a connection. Of each something is said.

use pgscope_signal::traits::*;
use pgscope_view::capture::Kind;
use pgscope_view::capture::flows::{self, together};
use pgscope_view::engine::{Reply, Request};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, File};

use crate::ask::ask;
use crate::dom::{El, el};
use crate::editor::Editor;
use crate::files::{self, Content, MOST_BYTES, MOST_RECORDED};
use crate::page::{Said, Then};
use crate::past::{Called, Source};

/// How much of a file shows what it is, and whose bytes it holds.
const LOOKED_AT: usize = 64 << 10;

/// Files beside each other, of which one is shown.
#[derive(Clone, Default)]
pub(crate) struct Together {
    files: Vec<Tab>,
    at: usize,
}

#[derive(Clone)]
struct Tab {
    name: String,
    source: Source,
    said: Said,
    /// Of a capture file, when its first packet was recorded.
    begins: Option<i64>,
}

impl Tab {
    /// Two files, the first of which was sent by this end, if that is known.
    fn of_pair(first: &File, second: &File, direction: Option<String>) -> Option<Tab> {
        let name = format!("{} + {}", first.name(), second.name());
        let opened = files::joined(&name, &[first, second])?;
        let said = Said { split: Some(first.size() as usize), direction, ..Said::default() };
        Some(Tab { name, source: Source::File(opened), said, begins: None })
    }

    async fn of(name: String, content: Content, said: Said) -> Self {
        let begins = match &content {
            Content::File(file) => files::recorded_at(file).await,
            Content::Text(_) => None,
        };
        Tab { name, source: content.into(), said, begins }
    }
}

impl Together {
    pub(crate) fn are_several(&self) -> bool {
        self.files.len() > 1
    }

    /// Whether they may be pieces of one recording.
    fn can_be_joined(&self) -> bool {
        self.are_several() && self.files.iter().all(|tab| tab.begins.is_some())
    }
}

/// What came, by what it is.
#[derive(Default)]
struct Sorted {
    /// What can be opened, with its beginning where it is raw.
    openable: Vec<(File, Option<Vec<u8>>)>,
    /// What is said of the others.
    told: Vec<String>,
}

fn sorted(files: Vec<File>, kinds: Vec<Option<(Kind, Vec<u8>)>>) -> Sorted {
    let mut sorted = Sorted::default();
    for (file, kind) in files.into_iter().zip(kinds) {
        let name = file.name();
        match kind {
            Some((Kind::Keys, _)) => sorted.told.push(format!(
                "{name} is a key log of TLS: it is kept out of the bytes. What it could open cannot be read here yet."
            )),
            Some((Kind::Other(what), _)) => sorted.told.push(format!("{name} is {what}, and was not opened.")),
            Some((Kind::Raw, beginning)) => sorted.openable.push((file, Some(beginning))),
            Some(_) => sorted.openable.push((file, None)),
            None => sorted.told.push(format!("{name} could not be read.")),
        }
    }
    sorted
}

impl Editor {
    /// Opens files that came together.
    pub(crate) fn read_files(self, files: Vec<File>) {
        self.read_files_and(files, String::new());
    }

    /// The same, and something is said of them.
    pub(crate) fn read_files_and(self, mut files: Vec<File>, about: String) {
        if files.len() == 1 {
            return files.pop().into_iter().for_each(|file| self.read_file_and(file, about.clone()));
        }
        spawn_local(async move {
            let kinds = files::kinds(&files, LOOKED_AT).await;
            let Sorted { mut openable, told } = sorted(files, kinds);
            let told = [vec![about], told].concat().join(" ").trim().to_owned();
            let beginnings: Vec<Vec<u8>> = openable.iter().filter_map(|(_, beginning)| beginning.clone()).collect();
            match openable.len() {
                0 => self.page.notice.set(told),
                1 => openable.pop().into_iter().for_each(|(file, _)| self.read_file_and(file, told.clone())),
                _ => {
                    let files: Vec<File> = openable.into_iter().map(|(file, _)| file).collect();
                    let names: Vec<String> = files.iter().map(File::name).collect();
                    let flows = together(&names);
                    if flows.iter().any(|flow| flow.ends.is_some()) {
                        return self.open_flows(&files, &flows, told);
                    }
                    match <[Vec<u8>; 2]>::try_from(beginnings) {
                        Ok(both) if files.len() == 2 => self.read_both(files, both, told),
                        _ => self.open_tabs(files, told),
                    }
                }
            }
        });
    }

    /// Opens two raw files: as the two ends of a connection, where they read as that.
    fn read_both(self, files: Vec<File>, [first, second]: [Vec<u8>; 2], told: String) {
        ask(Request::WhoSent(first), move |one| {
            ask(Request::WhoSent(second), move |other| {
                let are_two_ends = matches!((&one, &other), (Reply::Text(one), Reply::Text(other)) if one != other);
                match files.as_slice() {
                    [first, second] if are_two_ends && first.size() + second.size() <= MOST_BYTES => {
                        self.open_pair(first, second, told);
                    }
                    _ => self.open_tabs(files, told),
                }
            });
        });
    }

    fn open_pair(self, first: &File, second: &File, told: String) {
        self.show_tabs(Tab::of_pair(first, second, None).into_iter().collect(), told);
    }

    /// Opens files whose names say which of them are the two ends of a connection: a tab for each connection.
    fn open_flows(self, all: &[File], flows: &[flows::Together], told: String) {
        let (all, flows) = (all.to_vec(), flows.to_vec());
        spawn_local(async move {
            let (mut tabs, mut told) = (Vec::new(), told);
            for flow in flows {
                let direction = flow.direction.map(|direction| direction.name().to_owned());
                let both = (all.get(flow.first), flow.second.and_then(|second| all.get(second)));
                if let (Some(first), Some(second)) = both
                    && first.size() + second.size() <= MOST_BYTES
                {
                    tabs.extend(Tab::of_pair(first, second, direction));
                    continue;
                }
                // By themselves, the second is the other end's.
                let other = flow.direction.map(|direction| direction.other().name().to_owned());
                for (file, direction) in [(both.0, direction), (both.1, other)] {
                    let Some(file) = file else { continue };
                    match files::content(file.clone()).await {
                        Ok(content) => {
                            let said = Said { direction, ..Said::default() };
                            tabs.push(Tab::of(file.name(), content, said).await);
                        }
                        Err(reason) => told = [told, reason].join(" "),
                    }
                }
            }
            self.show_tabs(tabs, told);
        });
    }

    /// Opens files beside each other, the first of them shown.
    fn open_tabs(self, files: Vec<File>, told: String) {
        spawn_local(async move {
            let mut told = told;
            let mut tabs = Vec::new();
            for file in files {
                let name = file.name();
                match files::content(file).await {
                    Ok(content) => tabs.push(Tab::of(name, content, Said::default()).await),
                    Err(reason) => told = [told, reason].join(" "),
                }
            }
            self.show_tabs(tabs, told);
        });
    }

    fn show_tabs(self, tabs: Vec<Tab>, told: String) {
        let first = tabs.first().cloned();
        first.into_iter().for_each(|tab| self.show_tab(tab, "opening"));
        self.page.editing.together.set(Together { files: tabs, at: 0 });
        self.tell(told.trim().to_owned());
    }

    fn show_tab(self, tab: Tab, how: &str) {
        let called = Called::opening(format!("{how} {}", tab.name));
        let content = match tab.source {
            Source::Text(text) => Content::Text(text),
            Source::File(file) => Content::File(file),
        };
        self.put(content, tab.said, Then::Look, Some(called));
        self.claim();
        self.page.touch();
    }

    /// Reads them as one recording, in the order of their first packets: a tab of its own.
    fn join_tabs(self) {
        let mut tabs = self.page.editing.together.get_untracked();
        let mut files: Vec<&Tab> = tabs.files.iter().collect();
        files.sort_by_key(|tab| tab.begins);
        let blob = |tab: &&Tab| match &tab.source {
            Source::File(file) => file.blob(),
            Source::Text(_) => None,
        };
        let blobs: Vec<Blob> = files.iter().filter_map(blob).collect();
        if blobs.iter().map(Blob::size).sum::<f64>() > MOST_RECORDED {
            return self.tell("Together they are larger than a tab can hold. Take some of them.".to_owned());
        }
        let name = format!("{} files as one recording", files.len());
        let Some(file) = files::joined(&name, &blobs.iter().collect::<Vec<_>>()) else { return };
        let joined = Tab { name, source: Source::File(file), said: Said::default(), begins: None };
        self.show_tab(joined.clone(), "joining");
        tabs.files.insert(0, joined);
        tabs.at = 0;
        self.page.editing.together.set(tabs);
    }

    /// Turns to another of the files. What was done to the one that is shown stays done.
    fn turn_to_tab(self, at: usize) {
        let mut tabs = self.page.editing.together.get_untracked();
        if at == tabs.at {
            return;
        }
        if let Some(now) = tabs.files.get_mut(tabs.at) {
            (now.source, now.said) = (self.source_now(), self.page.said());
        }
        let Some(tab) = tabs.files.get(at).cloned() else { return };
        tabs.at = at;
        self.show_tab(tab, "turning to");
        self.page.editing.together.set(tabs);
    }
}

impl From<Content> for Source {
    fn from(content: Content) -> Self {
        match content {
            Content::Text(text) => Source::Text(text),
            Content::File(file) => Source::File(file),
        }
    }
}

/// The files that were opened together, one beside the other.
pub(crate) fn pane(editor: Editor) -> El {
    let tabs = editor.page.editing.together;
    let buttons = move || {
        tabs.with(|tabs| {
            let button = |(nth, tab): (usize, &Tab)| {
                el("button")
                    .class("chip candidate")
                    .attr("translate", "no")
                    .attr("aria-pressed", &(nth == tabs.at).to_string())
                    .text(&tab.name)
                    .on_click(move || editor.turn_to_tab(nth))
            };
            let join = tabs.can_be_joined().then(|| {
                el("button")
                    .class("link")
                    .attr(
                        "title",
                        "Pieces that tcpdump -C or -G, or a ring buffer wrote: connections go on from one to the next",
                    )
                    .text("Read as one recording")
                    .on_click(move || editor.join_tabs())
            });
            tabs.files.iter().enumerate().map(button).chain(join).collect()
        })
    };
    el("div")
        .class("together")
        .attr("role", "group")
        .attr("aria-label", "Files that were opened together")
        .live(buttons)
        .live_flag("hidden", move || !tabs.with(Together::are_several))
}
