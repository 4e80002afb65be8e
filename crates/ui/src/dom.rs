//! Elements: made, filled, and kept up to date by signals.
//!
//! An [`El`] is a handle. What is called `live_…` takes a closure and runs it again whenever a signal that it read
//! changes. Closures are boxed at once, so that each costs little more than its own code; as [`Give`] and [`Take`], since
//! a boxed `FnMut` brings along what would call it once.

use std::cell::Cell;
use std::marker::PhantomData;

use js_sys::Function;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, KeyboardEvent, Window};

pub(crate) fn window() -> Option<Window> {
    web_sys::window()
}

fn document() -> Option<Document> {
    window()?.document()
}

/// The element with this id.
pub(crate) fn by_id(id: &str) -> Option<El> {
    document()?.get_element_by_id(id).map(El)
}

/// The root of the document.
pub(crate) fn root() -> Option<El> {
    document()?.document_element().map(El)
}

/// The address of the script with which the engine's own thread starts: index.html knows its name.
pub(crate) fn worker_script() -> Option<String> {
    named_by_page("data-worker")
}

fn named_by_page(what: &str) -> Option<String> {
    document()?.query_selector(&format!("[{what}]")).ok()??.get_attribute(what)
}

/// Fetches the style sheet that the page calls so, of what is shown later; `then` is told whether it is there.
pub(crate) fn fetch_styles(called: &str, then: impl Fn(bool) + Copy + 'static) {
    let head = document().and_then(|document| document.query_selector("head").ok()?);
    let (Some(address), Some(head)) = (named_by_page(called), head) else { return then(true) };
    let link = el("link").attr("rel", "stylesheet").attr("href", &address);
    let failed = link.clone();
    let link = link.on("load", move |_: Event| then(true)).on("error", move |_: Event| {
        failed.remove();
        then(false);
    });
    let _ = head.append_child(&link.0);
}

/// Puts the cursor into a text, at its beginning; not where that would bring up a keyboard on the screen.
pub(crate) fn begin_in(id: &str) {
    let is_wide = window().and_then(|window| window.inner_width().ok()?.as_f64()).is_some_and(|width| width > 900.0);
    if let Some(text) = by_id(id).filter(|_| is_wide) {
        let _ = text.of::<web_sys::HtmlTextAreaElement>().set_selection_range(0, 0);
        text.focus();
    }
}

/// Puts `text` on the clipboard, and says so: `what` names it, as in `Copied the value`.
pub(crate) fn copy(text: String, what: &str) {
    let done = format!("Copied {what}");
    wasm_bindgen_futures::spawn_local(async move {
        let clipboard = window().map(|window| window.navigator().clipboard());
        // Where the page does not come over a safe connection, there is none.
        let written = match clipboard.filter(|clipboard| !clipboard.is_undefined()) {
            Some(clipboard) => JsFuture::from(clipboard.write_text(&text)).await.is_ok(),
            None => copy_selected(&text),
        };
        say(if written { &done } else { "The browser does not let this page copy" });
    });
}

/// The bytes that a text of base64 stands for.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    Some(window()?.atob(text).ok()?.chars().map(|letter| letter as u8).collect())
}

/// Hands bytes to the browser as a file to be saved.
pub(crate) fn save(name: &str, bytes: &[u8]) {
    let parts = js_sys::Array::of1(&js_sys::Uint8Array::from(bytes));
    let Ok(blob) = web_sys::Blob::new_with_u8_array_sequence(&parts) else { return };
    let Ok(address) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    let link = el("a").attr("href", &address).attr("download", name);
    link.of::<HtmlElement>().click();
    after(60_000, move || {
        let _ = web_sys::Url::revoke_object_url(&address);
    });
}

/// Copies in the way that works everywhere: by selecting a text.
fn copy_selected(text: &str) -> bool {
    let Some(body) = document().and_then(|document| document.body()) else { return false };
    let area = el("textarea").class("visually-hidden");
    area.of::<web_sys::HtmlTextAreaElement>().set_value(text);
    let focus = document().and_then(|document| document.active_element()).map(El);
    let _ = body.append_child(&area.0);
    area.of::<web_sys::HtmlTextAreaElement>().select();
    let copied = document().is_some_and(|document| {
        document.unchecked_ref::<web_sys::HtmlDocument>().exec_command("copy").unwrap_or_default()
    });
    area.remove();
    focus.into_iter().for_each(|focus| focus.focus());
    copied
}

/// Where [`say`] says something.
pub(crate) fn sayings() -> El {
    el("div").class("said").attr("id", "said").attr("role", "status")
}

/// Says something for some seconds, to eyes and to screen readers.
pub(crate) fn say(words: &str) {
    let Some(said) = by_id("said") else { return };
    let mine = SAYINGS.get() + 1;
    SAYINGS.set(mine);
    said.0.set_text_content(Some(words));
    after(4000, move || {
        if SAYINGS.get() == mine {
            said.clear();
        }
    });
}

thread_local! {
    /// How often something was said.
    static SAYINGS: Cell<u32> = const { Cell::new(0) };
}

/// Shows a dialog, as soon as it has its place on the page.
pub(crate) fn show_modal(dialog: &El) {
    let dialog = dialog.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let _ = dialog.of::<web_sys::HtmlDialogElement>().show_modal();
    });
}

/// Runs `run` now, and again whenever a signal that it read changes.
pub(crate) fn effect(run: impl FnMut() + 'static) {
    pgscope_signal::effect::effect(Box::new(run));
}

/// Runs `run` once, later; gives what stops it.
pub(crate) fn after(milliseconds: i32, run: impl FnOnce() + 'static) -> i32 {
    run_after(milliseconds, Box::new(run))
}

fn run_after(milliseconds: i32, run: Box<dyn FnOnce()>) -> i32 {
    let run: Function = Closure::once_into_js(run).unchecked_into();
    let timer = window().map(|window| window.set_timeout_with_callback_and_timeout_and_arguments_0(&run, milliseconds));
    timer.and_then(Result::ok).unwrap_or_default()
}

/// Stops what was to run later.
pub(crate) fn stop(timer: i32) {
    if let Some(window) = window() {
        window.clear_timeout_with_handle(timer);
    }
}

/// Something that says what something is now.
trait Give<T> {
    fn give(&self) -> T;
}

impl<T, F: Fn() -> T> Give<T> for F {
    fn give(&self) -> T {
        self()
    }
}

/// Something that takes an event.
trait Take {
    fn take(&mut self, event: Event);
}

/// What takes events of one kind.
struct Taker<E, F>(F, PhantomData<E>);

impl<E: JsCast, F: FnMut(E)> Take for Taker<E, F> {
    fn take(&mut self, event: Event) {
        (self.0)(event.unchecked_into());
    }
}

/// Listens to an event on the whole window.
pub(crate) fn on_window<E: JsCast + 'static>(event: &str, handle: impl FnMut(E) + 'static) {
    if let Some(window) = window() {
        listen(&window, event, handle);
    }
}

/// Listens to an event. The browser frees the closure when nobody can send it one any more.
pub(crate) fn listen<E: JsCast + 'static>(target: &EventTarget, event: &str, handle: impl FnMut(E) + 'static) {
    give_to(target, event, Box::new(Taker(handle, PhantomData)));
}

fn give_to(target: &EventTarget, event: &str, mut taker: Box<dyn Take>) {
    let handle = Closure::<dyn FnMut(Event)>::new(move |event| taker.take(event)).into_js_value();
    let _ = target.add_event_listener_with_callback(event, handle.unchecked_ref());
}

/// An element of the page.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct El(Element);

/// A new element.
///
/// # Panics
///
/// Where there is no document, which is nowhere: the page runs in it.
pub(crate) fn el(name: &str) -> El {
    make(name, None)
}

/// A new element of a drawing.
pub(crate) fn svg(name: &str) -> El {
    make(name, Some("http://www.w3.org/2000/svg"))
}

fn make(name: &str, namespace: Option<&str>) -> El {
    let made = document().and_then(|document| match namespace {
        Some(_) => document.create_element_ns(namespace, name).ok(),
        None => document.create_element(name).ok(),
    });
    El(made.unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into()))
}

impl El {
    pub(crate) fn class(self, class: &str) -> Self {
        self.attr("class", class)
    }

    pub(crate) fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.0.set_attribute(name, value);
        self
    }

    /// An attribute that says something by being there.
    pub(crate) fn flag(self, name: &str, is_set: bool) -> Self {
        self.set(name, is_set.then_some(""));
        self
    }

    pub(crate) fn text(self, text: &str) -> Self {
        let _ = self.0.append_with_str_1(text);
        self
    }

    pub(crate) fn child(self, child: El) -> Self {
        let _ = self.0.append_child(&child.0);
        self
    }

    pub(crate) fn children(self, children: Vec<El>) -> Self {
        children.into_iter().fold(self, El::child)
    }

    /// A property of its style. (An attribute `style` is what the page's policy forbids.)
    pub(crate) fn style(self, name: &str, value: &str) -> Self {
        self.set_style(name, value);
        self
    }

    /// Text that follows signals.
    pub(crate) fn live_text(self, text: impl Fn() -> String + 'static) -> Self {
        self.follow_text(Box::new(text))
    }

    fn follow_text(self, text: Box<dyn Give<String>>) -> Self {
        let element = self.0.clone();
        effect(move || element.set_text_content(Some(&text.give())));
        self
    }

    /// An attribute that follows signals.
    pub(crate) fn live_attr(self, name: &'static str, value: impl Fn() -> Option<String> + 'static) -> Self {
        self.follow_attr(name, Box::new(value))
    }

    fn follow_attr(self, name: &'static str, value: Box<dyn Give<Option<String>>>) -> Self {
        let element = self.clone();
        effect(move || element.set(name, value.give().as_deref()));
        self
    }

    /// A flag that follows signals.
    pub(crate) fn live_flag(self, name: &'static str, is_set: impl Fn() -> bool + 'static) -> Self {
        self.follow_flag(name, Box::new(is_set))
    }

    fn follow_flag(self, name: &'static str, is_set: Box<dyn Give<bool>>) -> Self {
        let element = self.clone();
        effect(move || element.set(name, is_set.give().then_some("")));
        self
    }

    /// Children that follow signals: all of the element's.
    pub(crate) fn live(self, children: impl Fn() -> Vec<El> + 'static) -> Self {
        self.follow(Box::new(children))
    }

    fn follow(self, children: Box<dyn Give<Vec<El>>>) -> Self {
        let element = self.clone();
        effect(move || {
            element.clear();
            element.clone().children(children.give());
        });
        self
    }

    pub(crate) fn on<E: JsCast + 'static>(self, event: &str, handle: impl FnMut(E) + 'static) -> Self {
        listen(&self.0, event, handle);
        self
    }

    pub(crate) fn on_click(self, handle: impl Fn() + 'static) -> Self {
        self.on("click", move |_: Event| handle())
    }

    /// Sets an attribute, or takes it away.
    pub(crate) fn set(&self, name: &str, value: Option<&str>) {
        let _ = match value {
            Some(value) => self.0.set_attribute(name, value),
            None => self.0.remove_attribute(name),
        };
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.has_attribute(name)
    }

    pub(crate) fn set_style(&self, name: &str, value: &str) {
        let _ = self.0.unchecked_ref::<HtmlElement>().style().set_property(name, value);
    }

    /// A property of its own style; empty if it has none.
    pub(crate) fn style_of(&self, name: &str) -> String {
        self.0.unchecked_ref::<HtmlElement>().style().get_property_value(name).unwrap_or_default()
    }

    /// The element as what it is.
    pub(crate) fn of<T: JsCast>(&self) -> &T {
        self.0.unchecked_ref()
    }

    /// Takes the place of all children.
    pub(crate) fn replace(&self, child: &El) {
        self.0.set_text_content(None);
        let _ = self.0.append_child(&child.0);
    }

    /// Takes all children away.
    pub(crate) fn clear(&self) {
        self.0.set_text_content(None);
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.0.has_child_nodes()
    }

    /// Another element takes its place.
    pub(crate) fn give_way_to(&self, other: &El) {
        let _ = self.0.replace_with_with_node_1(&other.0);
    }

    /// Puts a child before another, or at the end.
    pub(crate) fn insert(&self, child: &El, before: Option<&El>) {
        let _ = self.0.insert_before(&child.0, before.map(|before| &***before.of::<HtmlElement>()));
    }

    pub(crate) fn remove(&self) {
        self.0.remove();
    }

    pub(crate) fn has_focus(&self) -> bool {
        document().and_then(|document| document.active_element()).is_some_and(|active| active == self.0)
    }

    pub(crate) fn focus(&self) {
        let _ = self.of::<HtmlElement>().focus();
    }
}

/// A sentence of the table: what stands between backticks is code.
pub(crate) fn prose(element: El, words: &str) -> El {
    let pieces = words.split('`').enumerate();
    pieces.fold(
        element,
        |element, (nth, piece)| {
            if nth % 2 == 1 { element.child(el("code").text(piece)) } else { element.text(piece) }
        },
    )
}

/// What stands in a list, by what it shows.
pub(crate) type Shown<K> = Vec<(K, El)>;

/// Makes `list` hold one element for each key: those that are there stay, so that scrolling makes only what is new.
pub(crate) fn sync<K: PartialEq + Copy>(
    list: &El,
    shown: &mut Shown<K>,
    keys: &[K],
    mut make: impl FnMut(usize) -> El,
) {
    shown.retain(|(key, element)| {
        keys.contains(key) || {
            element.remove();
            false
        }
    });
    for (at, key) in keys.iter().enumerate() {
        if shown.get(at).is_none_or(|(known, _)| known != key) {
            let made = make(at);
            list.insert(&made, shown.get(at).map(|(_, next)| next));
            shown.insert(at, (*key, made));
        }
    }
    shown.drain(keys.len()..).for_each(|(_, element)| element.remove());
}

/// A length as style sheets write it.
pub(crate) fn px(length: f64) -> String {
    format!("{}px", length.round() as i64)
}

/// The nearest such element around the event's target.
pub(crate) fn around(event: &Event, selector: &str) -> Option<Element> {
    let element = event.target()?.dyn_into::<Element>().ok()?;
    element.closest(selector).ok()?
}

/// The number that the nearest element around the event's target carries in a `data-` attribute.
pub(crate) fn number_at(event: &Event, attribute: &str) -> Option<usize> {
    around(event, &format!("[{attribute}]"))?.get_attribute(attribute)?.parse().ok()
}

/// Whether the event's target is in such an element.
pub(crate) fn is_in(event: &Event, selector: &str) -> bool {
    around(event, selector).is_some()
}

/// The key of an event: a letter is a small one, whatever Caps Lock says.
pub(crate) fn key_of(event: &KeyboardEvent) -> String {
    let mut key = event.key();
    if key.len() == 1 {
        key.make_ascii_lowercase();
    }
    key
}

/// Whether the event's target is something that one types into.
pub(crate) fn is_typing(event: &Event) -> bool {
    let element = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    element.is_some_and(|element| matches!(element.tag_name().as_str(), "TEXTAREA" | "INPUT" | "SELECT"))
}

/// Scrolls `container`, and nothing around it, so far that the element with this id is seen.
pub(crate) fn keep_in_view(container: &El, id: &str) {
    let Some(element) = by_id(id) else { return };
    let (outer, inner) = (container.0.get_bounding_client_rect(), element.0.get_bounding_client_rect());
    let (above, below) = (outer.top() - inner.top(), inner.bottom() - outer.bottom());
    if above > 0.0 {
        container.0.set_scroll_top(container.0.scroll_top() - above.ceil() as i32);
    } else if below > 0.0 {
        container.0.set_scroll_top(container.0.scroll_top() + below.ceil() as i32);
    }
}

/// Calls `changed` whenever the element's size changes, and once at first.
pub(crate) fn on_resize(element: &El, changed: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(changed).into_js_value();
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.unchecked_ref()) {
        observer.observe(&element.0);
    }
}

/// `true` or `false`, as ARIA writes it.
pub(crate) fn aria(is: bool) -> Option<String> {
    Some(is.to_string())
}

/// A number with separators, so that large ones can be read.
pub(crate) fn grouped(number: usize) -> String {
    pgscope_view::separated(&number.to_string())
}

/// `1 byte`, `2 bytes`.
pub(crate) fn counted(number: usize, one: &str) -> String {
    format!("{} {one}{}", grouped(number), if number == 1 { "" } else { "s" })
}
