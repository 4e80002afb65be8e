//! A bar in which one types where to go: to a message, to an offset. It knows neither; who opens it does.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use web_sys::{HtmlInputElement, KeyboardEvent};

use crate::dom::{El, effect, el};
use crate::find::{focus, icon};
use crate::shared::Shared;

/// Whether it is open, and why it could not go where it was told.
pub(crate) type Goto = Shared<GotoState>;

pub(crate) struct GotoState {
    pub(crate) open: RwSignal<bool>,
    pub(crate) problem: RwSignal<String>,
    /// The id of the element that has the focus when it closes.
    back: &'static str,
}

impl Goto {
    pub(crate) fn new(back: &'static str) -> Self {
        Self::of(GotoState { open: RwSignal::default(), problem: RwSignal::default(), back })
    }

    /// Closes it, and gives the focus back.
    pub(crate) fn close(self) {
        self.open.set(false);
        self.problem.set(String::new());
        focus(self.back);
    }
}

/// The bar. `id` is of the text, `hint` says what may be typed, `more` stands behind it; `go` gets what was typed, and
/// closes the bar or says what is wrong with it.
pub(crate) fn bar(goto: Goto, id: &'static str, hint: &str, more: Vec<El>, go: impl Fn(String) + 'static) -> El {
    let text = el("input")
        .class("field-input")
        .attr("id", id)
        .attr("aria-label", "Go to")
        .attr("aria-describedby", &format!("{id}-problem"))
        .attr("placeholder", hint)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .live_attr("aria-invalid", move || {
            goto.problem.with(|problem| (!problem.is_empty()).then(|| "true".to_owned()))
        });
    let (typed, shown) = (text.clone(), text.clone());
    let submit = move || go(typed.of::<HtmlInputElement>().value());
    let submit = std::rc::Rc::new(submit) as std::rc::Rc<dyn Fn()>;
    let clicked = submit.clone();
    let problem = el("span").class("bar-problem bad").attr("id", &format!("{id}-problem")).attr("role", "alert");
    let bar = el("div")
        .class("bar")
        .attr("role", "group")
        .attr("aria-label", "Go to")
        .child(text)
        .children(more)
        .child(el("button").class("button").text("Go").on_click(move || clicked()))
        .child(icon("Close (Esc)", "✕").on_click(move || goto.close()))
        .child(problem.live_text(move || goto.problem.get()))
        .live_flag("hidden", move || !goto.open.get())
        .on("keydown", move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if crate::dom::is_typing(&event) => submit(),
            "Escape" => {
                event.stop_propagation();
                goto.close();
            }
            _ => {}
        });
    effect(move || {
        if goto.open.get() {
            focus(id);
            // What was typed before gives way to what is typed now.
            shown.of::<HtmlInputElement>().select();
        }
    });
    bar
}
