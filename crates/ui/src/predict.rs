//! Predicting: before a step is shown, what comes is asked, and the answer is judged by the table of the conversation.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::untrack;
use pgscope_view::engine::{Practice, Taught};
use pgscope_view::programs::{Choice, Question, Verdict};

use crate::ask::ask_practice;
use crate::dom::{El, aria, el};
use crate::learn::Learn;
use crate::programs::doc_of;

/// What is asked, what was answered, and how many answers were right at once.
#[derive(Clone, Copy)]
pub(crate) struct Predict {
    pub(crate) is_on: RwSignal<bool>,
    pub(crate) question: RwSignal<Option<Question>>,
    chosen: RwSignal<Vec<usize>>,
    score: RwSignal<(usize, usize)>,
}

impl Predict {
    pub(crate) fn new() -> Self {
        Self {
            is_on: RwSignal::default(),
            question: RwSignal::default(),
            chosen: RwSignal::default(),
            score: RwSignal::default(),
        }
    }

    pub(crate) fn is_asking(self) -> bool {
        self.question.with_untracked(Option::is_some)
    }

    /// Asks what comes behind this step; `otherwise` is done where nothing can be asked.
    pub(crate) fn ask(self, learn: Learn, otherwise: impl FnOnce() + 'static) {
        let number = learn.page.message.get_untracked().unwrap_or(0);
        let read = untrack(|| {
            let now = learn.now();
            // Behind what another connection has said, the last read is the one before that.
            learn.with_steps(|steps| steps.iter().take(now + 1).rev().find_map(|step| step.read))
        });
        ask_practice(&Practice::Question { number, read }, move |taught| match taught {
            Some(Taught::Question(question)) => {
                self.chosen.set(Vec::new());
                self.question.set(Some(question));
            }
            _ => otherwise(),
        });
    }

    pub(crate) fn close(self) {
        self.question.set(None);
    }

    /// Chooses an answer. The first one counts.
    pub(crate) fn choose(self, nth: usize) {
        let verdict = self.question.with_untracked(|question| {
            question.as_ref().and_then(|question| question.choices.get(nth)).map(|choice| choice.verdict)
        });
        let Some(verdict) = verdict else { return };
        if self.chosen.with_untracked(Vec::is_empty) {
            let is_right = usize::from(verdict == Verdict::Right);
            self.score.update(|(right, all)| (*right, *all) = (*right + is_right, *all + 1));
        }
        self.chosen.update(|chosen| {
            if !chosen.contains(&nth) {
                chosen.push(nth);
            }
        });
    }

    /// Whether it is asked before a step is shown.
    pub(crate) fn switch(self) -> El {
        let score = move || match self.score.get() {
            (_, 0) => "ask me first".to_owned(),
            (right, all) => format!("ask me first: {right} of {all} right"),
        };
        el("button")
            .class("chip")
            .attr("title", "Before each step it is asked what comes")
            .live_attr("aria-pressed", move || aria(self.is_on.get()))
            .live_text(score)
            .on_click(move || {
                self.is_on.update(|is| *is = !*is);
                self.close();
            })
    }

    /// The question, with its answers.
    pub(crate) fn pane(self, docs: RwSignal<String>, go_on: impl Fn() + Copy + 'static) -> El {
        let inside = move || {
            let Some(question) = self.question.get() else { return Vec::new() };
            let choices = question.choices.iter().enumerate().map(|(nth, choice)| self.choice(nth, choice));
            vec![
                el("h3").attr("id", "question").text(&question.asks),
                el("ol").class("question-choices").children(choices.collect()),
                el("div").class("question-told").attr("role", "status").live(move || self.told(docs)),
                el("button").class("button main").live_text(move || self.way_on()).on_click(go_on),
            ]
        };
        el("section")
            .class("question")
            .attr("aria-labelledby", "question")
            .live(inside)
            .live_flag("hidden", move || self.question.with(Option::is_none))
    }

    /// What the last answer is worth.
    fn told(self, docs: RwSignal<String>) -> Vec<El> {
        let last = self.chosen.with(|chosen| chosen.last().copied());
        let told = |question: &Question| Some(verdict(question.choices.get(last?)?, docs));
        self.question.with(|question| question.as_ref().and_then(told)).into_iter().collect()
    }

    fn way_on(self) -> String {
        let chosen = self.chosen.get();
        let is_told = self.question.with(|question| {
            let choices = question.iter().flat_map(|question| &question.choices).enumerate();
            choices.into_iter().any(|(nth, choice)| chosen.contains(&nth) && choice.verdict == Verdict::Right)
        });
        if is_told { "Show it (→)" } else { "Show it anyway (→)" }.to_owned()
    }

    /// It stays where it is when it is chosen: who chooses by keyboard is still there.
    fn choice(self, nth: usize, choice: &Choice) -> El {
        let worth = match choice.verdict {
            Verdict::Right => "right",
            Verdict::Possible => "possible",
            Verdict::Impossible => "impossible",
        };
        let is_chosen = move || self.chosen.with(|chosen| chosen.contains(&nth));
        let button = el("button")
            .class("button")
            .text(&choice.label)
            .live_attr("data-verdict", move || is_chosen().then(|| worth.to_owned()))
            .live_attr("aria-pressed", move || aria(is_chosen()))
            .on_click(move || self.choose(nth));
        el("li").child(button)
    }
}

fn verdict(choice: &Choice, docs: RwSignal<String>) -> El {
    let words = match choice.verdict {
        Verdict::Right => "Right. ",
        Verdict::Possible => "Possible, but not here. ",
        Verdict::Impossible => "That cannot be. ",
    };
    let state = doc_of(docs, &choice.page);
    el("p").child(el("b").text(words)).text(&choice.why).text(" ").text(&state)
}
