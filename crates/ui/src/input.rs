//! The first pane: what a person brought, in which form it was recognised, and what of it could not be read.

use std::time::Duration;

use leptos::ev;
use leptos::html::{Input as InputElement, Textarea};
use leptos::prelude::*;
use leptos::task::spawn_local;
use pgscope_view::engine::{Input, InputProblem, forms};
use web_sys::{ClipboardEvent, DragEvent, File, InputEvent};

use crate::dom::{counted, is_typing};
use crate::files::{self, Content};
use crate::page::{Opened, Page, Then};
use crate::samples;
use crate::source::{Marks, Source};

/// How long typing rests before it is read.
const REST: Duration = Duration::from_millis(150);

/// The text as a person edits it.
#[derive(Clone, Copy)]
pub(crate) struct Editor {
    pub(crate) node: NodeRef<Textarea>,
    /// Whether the text is a sample that nobody has touched: then a paste replaces it.
    untouched: RwSignal<bool>,
    /// What was typed before a sample or a file took its place.
    before: RwSignal<Option<String>>,
    resting: StoredValue<Option<TimeoutHandle>>,
    page: Page,
}

impl Editor {
    fn value(self) -> String {
        self.node.get_untracked().map(|area| area.value()).unwrap_or_default()
    }

    /// Shows a text in the place of what was there, and keeps that.
    fn replace(self, text: &str, is_sample: bool) {
        self.keep();
        self.page.opened.set(None);
        if let Some(area) = self.node.get_untracked() {
            area.set_value(text);
            area.set_scroll_top(0);
            area.set_scroll_left(0);
        }
        self.untouched.set(is_sample);
        self.page.load_afresh(Input::Text(text.to_owned()));
    }

    fn keep(self) {
        let text = self.value();
        if !self.untouched.get_untracked()
            && !text.trim().is_empty()
            && self.page.opened.with_untracked(Option::is_none)
        {
            self.before.set(Some(text));
        }
    }

    fn back(self) {
        let text = self.before.get_untracked().unwrap_or_default();
        self.before.set(None);
        self.untouched.set(true);
        self.replace(&text, false);
    }

    fn open(self, content: Content) {
        match content {
            Content::Text(text) => self.replace(&text, false),
            Content::Bytes { name, bytes } => {
                self.keep();
                self.page.opened.set(Some(Opened { name, bytes: bytes.len() }));
                self.page.load_afresh(Input::Bytes(bytes));
            }
        }
    }

    fn open_file(self, file: Option<File>) {
        let Some(file) = file else { return };
        files::read(file, move |read| match read {
            Ok(content) => self.open(content),
            Err(reason) => self.page.notice.set(reason),
        });
    }

    fn open_sample(self, file: String) {
        spawn_local(async move {
            match samples::fetch(&file).await {
                Ok(text) => self.replace(&text, true),
                Err(reason) => self.page.notice.set(reason),
            }
        });
    }

    /// A paste is read at once, typing when it rests.
    fn changed(self, event: &ev::Event) {
        self.untouched.set(false);
        let is_paste = wasm_bindgen::JsCast::dyn_ref::<InputEvent>(event)
            .is_none_or(|event| event.input_type().starts_with("insertFrom"));
        if let Some(handle) = self.resting.try_update_value(Option::take).flatten() {
            handle.clear();
        }
        if is_paste {
            return self.page.load_afresh(Input::Text(self.value()));
        }
        let read = move || self.page.load(Input::Text(self.value()), Then::Stay);
        self.resting.set_value(set_timeout_with_handle(read, REST).ok());
    }

    /// Selects what a paste is to replace.
    fn pasting(self) {
        if let Some(area) = self.node.get_untracked().filter(|_| self.untouched.get_untracked()) {
            area.select();
        }
    }

    /// A paste outside of any text is meant for the input.
    fn pasted_anywhere(self, event: &ClipboardEvent) {
        if is_typing(event) {
            return;
        }
        let Some(data) = event.clipboard_data() else { return };
        event.prevent_default();
        match files::first(data.files()) {
            Some(file) => self.open_file(Some(file)),
            None => self.replace(&data.get_data("text/plain").unwrap_or_default(), false),
        }
    }

    fn select(self, problem: &InputProblem) {
        let Some(area) = self.node.get_untracked() else { return };
        let _ = area.focus();
        let _ = area.set_selection_range(problem.start as u32, problem.end.max(problem.start + 1) as u32);
    }
}

#[component]
pub(crate) fn InputPane() -> impl IntoView {
    let page = expect_context::<Page>();
    let editor = Editor {
        node: NodeRef::new(),
        untouched: RwSignal::new(true),
        before: RwSignal::new(None),
        resting: StoredValue::new(None),
        page,
    };
    let source = Source::new(page, editor.node);
    let dropping = drops(editor);
    let paste = window_event_listener(ev::paste, move |event| editor.pasted_anywhere(&event));
    on_cleanup(move || paste.remove());
    view! {
        <section class="pane input" aria-labelledby="input-title" data-dropping=move || dropping.get().then_some("")>
            <div class="pane-head">
                <h2 id="input-title">"Your bytes"</h2>
                <span class="spacer"></span>
                <Open editor/>
                <SampleList editor/>
            </div>
            <Readings/>
            <div class="paste" hidden=move || page.opened.get().is_some()>
                <Marks source/>
                <textarea
                    node_ref=editor.node
                    aria-label="Bytes in any form"
                    placeholder="Paste hex, a dump, an escaped string, base64, a trace … or drop a file."
                    wrap="off"
                    spellcheck="false"
                    autocomplete="off"
                    on:input=move |event| editor.changed(&event)
                    on:paste=move |_| editor.pasting()
                    on:scroll=move |_| source.scrolled()
                    on:mousemove=move |event| source.hover(&event)
                    on:mouseleave=move |_| source.leave()
                    on:click=move |_| source.caret()
                    prop:value=samples::FIRST
                ></textarea>
            </div>
            <OpenedFile editor/>
            <Note editor/>
        </section>
    }
    .into_any()
}

/// Files may be dropped anywhere on the page.
fn drops(editor: Editor) -> RwSignal<bool> {
    let dropping = RwSignal::new(false);
    let over = window_event_listener(ev::dragover, move |event: DragEvent| {
        if files::holds_files(event.data_transfer()) {
            event.prevent_default();
            if !dropping.get_untracked() {
                dropping.set(true);
            }
        }
    });
    let leave = window_event_listener(ev::dragleave, move |event: DragEvent| {
        if event.related_target().is_none() {
            dropping.set(false);
        }
    });
    let drop = window_event_listener(ev::drop, move |event: DragEvent| {
        let Some(transfer) = event.data_transfer().filter(|transfer| files::holds_files(Some(transfer.clone()))) else {
            return;
        };
        event.prevent_default();
        dropping.set(false);
        editor.open_file(files::first(transfer.files()));
    });
    on_cleanup(move || [over, leave, drop].into_iter().for_each(|listener| listener.remove()));
    dropping
}

#[component]
fn Open(editor: Editor) -> impl IntoView {
    let chooser = NodeRef::<InputElement>::new();
    let choose = move |_| {
        if let Some(chooser) = chooser.get_untracked() {
            chooser.click();
        }
    };
    let chosen = move |_| {
        let Some(chooser) = chooser.get_untracked() else { return };
        editor.open_file(files::first(chooser.files()));
        // So that the same file can be chosen again.
        chooser.set_value("");
    };
    view! {
        <button class="button" on:click=choose>"Open"</button>
        <input type="file" hidden aria-label="A file to decode" node_ref=chooser on:change=chosen/>
    }
}

#[component]
fn SampleList(editor: Editor) -> impl IntoView {
    let group = |samples: &'static [samples::Sample]| {
        samples.iter().map(|sample| view! { <option value=sample.file>{sample.title}</option> }).collect_view()
    };
    let choose = move |event: ev::Event| {
        let file = event_target_value(&event);
        if let Some(list) =
            event.target().and_then(|list| wasm_bindgen::JsCast::dyn_into::<web_sys::HtmlSelectElement>(list).ok())
        {
            list.set_selected_index(0);
        }
        editor.open_sample(file);
    };
    view! {
        <select class="button samples" aria-label="Samples" on:change=choose>
            <option value="" disabled selected>"Samples"</option>
            {group(samples::GOOD)}
            <optgroup label="Broken">{group(samples::BROKEN)}</optgroup>
        </select>
    }
}

/// As what the input is read, each a guess that can be overruled.
#[component]
fn Readings() -> impl IntoView {
    let page = expect_context::<Page>();
    let recognised = move || page.loaded.with(|loaded| loaded.form_name.clone());
    let form = move |event: ev::Event| {
        page.form.set(Some(event_target_value(&event)).filter(|form| !form.is_empty()));
        page.load(Input::Same, Then::Look);
    };
    let direction = move |event: ev::Event| {
        page.direction.set(Some(event_target_value(&event)).filter(|direction| !direction.is_empty()));
        page.load(Input::Same, Then::Look);
    };
    let choices = forms().map(|form| {
        view! { <option value=form.id title=form.doc selected=move || page.form.get().as_deref() == Some(form.id)>{form.name}</option> }
    });
    let side = move |name: &'static str| {
        view! { <option value=name selected=move || page.direction.get().as_deref() == Some(name)>{format!("{name}, as I say")}</option> }
    };
    let sides = move || {
        page.loaded.with(|loaded| format!("{}{}", loaded.sides, if loaded.sides_guessed { " (guessed)" } else { "" }))
    };
    view! {
        <div class="readings">
            <select class="chip" aria-label="Form" on:change=form title=move || page.loaded.with(|loaded| loaded.reason.clone())>
                <option value="" selected=move || page.form.get().is_none()>
                    {move || if page.form.get().is_none() { recognised() } else { "recognise the form".into() }}
                </option>
                {choices.collect_view()}
            </select>
            <select
                class="chip"
                aria-label="Who sent it"
                data-guess=move || page.loaded.with(|loaded| loaded.sides_guessed.then_some(""))
                title=move || page.loaded.with(|loaded| loaded.sides_reason.clone())
                disabled=move || page.loaded.with(|loaded| loaded.sides_given)
                on:change=direction
            >
                <option value="" selected=move || page.direction.get().is_none()>
                    {move || if page.direction.get().is_none() { sides() } else { "guess who sent it".to_owned() }}
                </option>
                {side("frontend")}
                {side("backend")}
            </select>
        </div>
    }
}

/// In the place of the text: a file that is not text.
#[component]
fn OpenedFile(editor: Editor) -> impl IntoView {
    let page = editor.page;
    let back = move |_| {
        let text = editor.before.get_untracked().unwrap_or_else(|| editor.value());
        editor.before.set(None);
        editor.untouched.set(true);
        editor.replace(&text, false);
    };
    move || {
        page.opened.get().map(|file| {
            view! {
                <div class="file">
                    <p class="file-name">{file.name}</p>
                    <p>{counted(file.bytes, "byte")}", too long to edit or not text: read from the file as it is."</p>
                    <button class="button" on:click=back>"Back to text"</button>
                </div>
            }
        })
    }
}

/// What was read, in a sentence, and what was not.
#[component]
fn Note(editor: Editor) -> impl IntoView {
    let page = editor.page;
    let sentence = move || {
        page.loaded.with(|loaded| {
            let asked = if loaded.form_guessed { "" } else { ", as you say" };
            let inferred = if loaded.order_inferred { "; their order is inferred" } else { "" };
            (loaded.bytes > 0).then(|| {
                view! {
                    <p>
                        "Read as "<b>{loaded.form_name.clone()}</b>{asked}": "{counted(loaded.bytes, "byte")}", "
                        {if loaded.sides_guessed { "probably by the " } else { "by " }}
                        {loaded.sides.clone()}{inferred}"."
                    </p>
                }
            })
        })
    };
    let empty = move || {
        (page.loaded.with(|loaded| loaded.bytes == 0 && loaded.problems.is_empty()))
            .then(|| view! { <p>"Nothing to read yet: paste bytes in any form, drop a file, or take a sample."</p> })
    };
    let problems = move || {
        let problems = page.loaded.with(|loaded| loaded.problems.clone());
        (!problems.is_empty()).then(|| {
            let items = problems.into_iter().map(|problem| {
                let words = format!("met {}, expected {}", problem.met, problem.expected);
                let place = format!("line {}, column {}", problem.line, problem.column);
                view! {
                    <li><button class="link" on:click=move |_| editor.select(&problem)>{place}</button>": "{words}</li>
                }
            });
            view! { <ul class="input-problems">{items.collect_view()}</ul> }
        })
    };
    let back = move || {
        (editor.before.get().is_some() && page.opened.get().is_none())
            .then(|| view! { <button class="link" on:click=move |_| editor.back()>"Back to what I had"</button> })
    };
    view! {
        <div class="note" aria-live="polite">
            {move || Some(page.notice.get()).filter(|notice| !notice.is_empty()).map(|notice| view! { <p class="bad">{notice}</p> })}
            {sentence}
            {empty}
            {problems}
            {back}
            <p class="only-narrow">"Everything stays in this tab."</p>
        </div>
    }
}
