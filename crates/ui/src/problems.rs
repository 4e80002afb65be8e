//! All problems of the exchange, as far as it was searched, with a way to each. Those of one rule are folded where they are
//! several.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Finding, Landmark, Reply, Request, RuleCount, Sheet, Sift, Survey, Surveyed};
use web_sys::{Event, HtmlSelectElement};

use crate::ask::{ask, ask_survey};
use crate::dom::{El, aria, counted, effect, el, grouped, px, say};
use crate::find::icon;
use crate::later::{self, Action, Pane, act};
use crate::page::{Page, Then};
use crate::scroll::Scroll;
use crate::told;

/// How tall a problem is, as in exchange.css.
const TALL: f64 = 84.0;

/// How many problems there are; opens the list of them.
pub(crate) fn chips(page: Page, open: RwSignal<bool>) -> El {
    let count = Memo::new(move |_| page.checked.get().problems);
    let button = el("button")
        .class("chip bad")
        .attr("aria-controls", "problems")
        .live_attr("aria-expanded", move || aria(open.get()))
        .live_flag("hidden", move || count.get() == 0)
        .live_text(move || counted(count.get(), "problem"))
        .on_click(move || {
            open.update(|open| *open = !*open);
            // One that is in sight is enough to begin with.
            let is_faulty =
                page.sheet.with_untracked(|sheet| sheet.as_ref().is_some_and(|one| !one.problems.is_empty()));
            if open.get_untracked() && !is_faulty {
                act(Action::NextProblem(page, true));
            }
        });
    let left = move || {
        let (checked, all) = (page.checked.get().messages, page.loaded.with(|loaded| loaded.messages));
        (checked < all).then(|| format!("{} % searched", checked * 100 / all))
    };
    let searched = el("button")
        .class("chip")
        .attr("title", "Search the rest for problems")
        .live_flag("hidden", move || left().is_none())
        .live_text(move || left().unwrap_or_default())
        .on_click(move || page.check(usize::MAX));
    let errors = later::pane(Pane::Errors(page), move || page.loaded.with(|loaded| loaded.errors > 0));
    el("span").class("chips").child(button).child(errors).child(searched)
}

/// How many errors the server told; goes to the next of them.
pub(crate) fn errors(page: Page) -> El {
    let count = Memo::new(move |_| page.loaded.with(|loaded| loaded.errors));
    el("button")
        .class("chip failed")
        .attr("title", "The next error of the server (n: the next error or problem)")
        .live_flag("hidden", move || count.get() == 0)
        .live_text(move || counted(count.get(), "error"))
        .on_click(move || {
            let number = page.message.get_untracked().unwrap_or(0);
            ask(Request::NextError(number), move |reply| {
                if let Reply::Number(number) = reply {
                    page.select(Some(number));
                    page.show_message();
                }
            });
        })
}

/// Goes to the next problem, or the one before, in the selected message, or else to the nearest that has one or is an error.
pub(crate) fn next_problem(page: Page, forward: bool) {
    let Some(number) = page.message.get_untracked() else { return };
    let now = page.pinned.with_untracked(|place| place.as_ref().map(|place| place.at));
    let here = page.sheet.with_untracked(|sheet| sheet.as_ref().and_then(|sheet| problem(sheet, now, forward)));
    if let Some(at) = here {
        page.show_message();
        return page.pin(Request::Byte { number, at });
    }
    ask(Request::NextProblem { number, forward }, move |reply| {
        let Reply::Number(number) = reply else { return next_connection(page, forward) };
        ask(Request::Message(number), move |reply| {
            let Reply::Message(sheet) = reply else { return };
            match problem(&sheet, (!forward).then_some(usize::MAX), forward) {
                Some(at) => page.pin(Request::Byte { number, at }),
                None => page.select(Some(number)),
            }
            page.show_message();
        });
    });
}

/// Goes on to the next connection with an error or a problem, and says so, or that there is none.
fn next_connection(page: Page, forward: bool) {
    ask_survey(&Surveyed::Bad { forward }, move |answer| {
        let Some(Survey::Bad { found, words }) = answer else { return };
        match found {
            Some((connection, _)) if forward => page.connect(connection),
            // What comes before it is looked at from its end.
            Some((connection, last)) => page.connect_to(connection, Then::Message(last)),
            None => {}
        }
        say(&words);
    });
}

/// Goes to the nearest slow answer or transaction, and says what it is, or why there is none.
pub(crate) fn nearest(page: Page, landmark: Landmark, forward: bool) {
    let Some(number) = page.message.get_untracked() else { return };
    ask_survey(&Surveyed::Nearest { number, landmark, forward }, move |answer| {
        let Some(Survey::Nearest { number, words }) = answer else { return };
        if let Some(number) = number {
            page.select(Some(number));
            page.show_message();
        }
        say(&words);
    });
}

/// The first byte of the next problem behind a byte, or of the last before it; the first of all if there is none yet.
fn problem(sheet: &Sheet, from: Option<usize>, forward: bool) -> Option<usize> {
    let starts = sheet.problems.iter().map(|problem| problem.start);
    match (from, forward) {
        (None, true) => starts.min(),
        (Some(from), true) => starts.filter(|start| *start > from).min(),
        (from, false) => starts.filter(|start| *start < from.unwrap_or(0)).max(),
    }
}

/// Which problems are shown, and which of them is visited.
#[derive(Clone, Copy)]
struct Shown {
    page: Page,
    open: RwSignal<bool>,
    sift: RwSignal<Sift>,
    rules: RwSignal<Vec<RuleCount>>,
    /// How many problems are wanted.
    count: RwSignal<usize>,
    /// The problem that is visited, and which of those that are shown it is.
    visited: RwSignal<Option<(usize, Finding)>>,
    /// Whether problems are folded under their rules.
    folds: Memo<bool>,
}

impl Shown {
    fn new(page: Page, open: RwSignal<bool>) -> Self {
        let (sift, rules) = (RwSignal::<Sift>::default(), RwSignal::<Vec<RuleCount>>::default());
        let folds = move || {
            let sift = sift.get();
            sift.rule.is_empty() && rules.with(|rules| rules.iter().any(|rule| rule.count > 1 && is_in(rule, &sift)))
        };
        let shown = Self {
            page,
            open,
            sift,
            rules,
            folds: Memo::new(move |_| folds()),
            count: RwSignal::default(),
            visited: RwSignal::default(),
        };
        effect(move || {
            page.revision.track();
            shown.sift.set(Sift::default());
        });
        let found = Memo::new(move |_| page.checked.get().problems);
        effect(move || {
            found.track();
            if open.get() {
                ask(Request::Rules, move |reply| {
                    if let Reply::Rules(rules) = reply {
                        shown.rules.set(rules);
                    }
                });
            }
        });
        effect(move || {
            // Also when another input has as many problems.
            page.checked.track();
            let (number, sift) = (page.message.get().unwrap_or(0), shown.sift.get());
            if open.get() {
                ask(Request::ProblemPlace { number, sift }, move |reply| shown.place(number, reply));
            }
        });
        shown
    }

    fn place(self, number: usize, reply: Reply) {
        let Reply::ProblemPlace { at, count } = reply else { return };
        self.count.set(count);
        let is_here = |(nth, visited): &(usize, Finding)| visited.number == number && *nth < count;
        if self.visited.with_untracked(|visited| visited.as_ref().is_some_and(is_here)) {
            return;
        }
        self.visited.set(None);
        if let Some(at) = at {
            self.find(at, Box::new(move |problem| self.visited.set(Some((at, problem)))));
        }
    }

    /// Asks for one of the problems that are shown.
    fn find(self, nth: usize, then: Box<dyn Fn(Finding)>) {
        let sift = self.sift.get_untracked();
        ask(Request::Problems { from: nth, to: nth + 1, sift }, move |reply| {
            if let Reply::Problems(found) = reply {
                found.into_iter().for_each(then);
            }
        });
    }

    /// Goes to the next problem of those that are shown, or to the one before.
    fn step(self, forward: bool) {
        let visited = self.visited.with_untracked(|visited| visited.as_ref().map(|(nth, _)| *nth));
        let Some(visited) = visited else { return next_problem(self.page, forward) };
        let wanted = if forward { Some(visited + 1) } else { visited.checked_sub(1) };
        let Some(wanted) = wanted.filter(|wanted| *wanted < self.count.get_untracked()) else { return };
        self.find(wanted, Box::new(move |problem| self.visit(Some(wanted), &problem)));
    }

    /// Which of the problems that are shown is visited.
    fn visited_nth(self) -> Option<usize> {
        self.visited.with(|visited| visited.as_ref().map(|(nth, _)| *nth))
    }

    /// Goes to a problem. Where it is not known which it is, that is found out behind it.
    fn visit(self, nth: Option<usize>, problem: &Finding) {
        let (number, at) = (problem.number, problem.start);
        self.visited.set(nth.map(|nth| (nth, problem.clone())));
        self.page.pin(Request::Byte { number, at });
        self.page.show_message();
    }
}

fn is_in(rule: &RuleCount, sift: &Sift) -> bool {
    sift.severity.is_empty() || sift.severity == rule.severity
}

/// The list.
pub(crate) fn list(page: Page, open: RwSignal<bool>) -> El {
    let shown = Shown::new(page, open);
    let position = move || match shown.visited_nth() {
        Some(nth) => format!("{} of {}", grouped(nth + 1), grouped(shown.count.get())),
        None => counted(shown.count.get(), "problem"),
    };
    let back = el("button")
        .class("link")
        .text("all rules")
        .live_flag("hidden", move || shown.sift.with(|sift| sift.rule.is_empty()))
        .on_click(move || shown.sift.update(|sift| sift.rule.clear()));
    let head = el("div")
        .class("problems-head")
        .child(icon("The problem before (p)", "↑").on_click(move || shown.step(false)))
        .child(icon("The next problem (n)", "↓").on_click(move || shown.step(true)))
        .child(el("span").class("bar-count").attr("role", "status").live_text(position))
        .child(severities(shown))
        .child(back)
        .child(el("span").class("spacer"))
        .child(icon("Close", "✕").on_click(move || open.set(false)));
    el("div")
        .class("problems")
        .attr("id", "problems")
        .attr("role", "group")
        .attr("aria-label", "Problems")
        .live_flag("hidden", move || !open.get() || page.checked.get().problems == 0)
        .child(head)
        .child(rules(shown))
        .child(problems(shown))
}

fn severities(shown: Shown) -> El {
    let counts = move || {
        shown.rules.with(|rules| {
            let of = |severity: &str| -> usize {
                rules.iter().filter(|rule| rule.severity == severity).map(|rule| rule.count).sum()
            };
            ["error", "warning", "note"].map(|severity| (severity, of(severity)))
        })
    };
    let choices = move || {
        let chosen = shown.sift.with(|sift| sift.severity.clone());
        let mut choices = vec![el("option").attr("value", "").text("all")];
        let there = counts().into_iter().filter(|(_, count)| *count > 0);
        choices.extend(there.map(|(severity, count)| {
            let option = el("option").attr("value", severity).text(&counted(count, severity));
            option.flag("selected", severity == chosen)
        }));
        choices
    };
    let list = el("select").class("button").attr("aria-label", "How bad").live(choices);
    let chosen = list.clone();
    list.live_flag("hidden", move || counts().into_iter().filter(|(_, count)| *count > 0).count() < 2).on(
        "change",
        move |_: Event| {
            let severity = chosen.of::<HtmlSelectElement>().value();
            shown.sift.update(|sift| sift.severity.clone_from(&severity));
        },
    )
}

/// The rules that are broken: a problem for itself, or so many folded, with a way to them.
fn rules(shown: Shown) -> El {
    let entry = move |rule: &RuleCount| {
        let is_visited = shown.visited.with(|visited| {
            visited.as_ref().is_some_and(|(_, one)| one.rule == rule.rule && one.severity == rule.severity)
        });
        if rule.count == 1 { one(shown, None, &rule.first, is_visited) } else { several(shown, rule, is_visited) }
    };
    let entries = move || {
        if !shown.folds.get() {
            return Vec::new();
        }
        let sift = shown.sift.get();
        shown.rules.with(|rules| rules.iter().filter(|rule| is_in(rule, &sift)).map(entry).collect())
    };
    el("ul").class("rules").live(entries).live_flag("hidden", move || !shown.folds.get())
}

/// Problems of one rule, folded.
fn several(shown: Shown, rule: &RuleCount, is_visited: bool) -> El {
    let id = rule.rule.to_string();
    let count = counted(rule.count, &rule.severity);
    let button = el("button")
        .class("problem")
        .attr("title", &format!("Show these {count}"))
        .child(el("span").class("problem-number").child(el("span").class("toggle")))
        .child(
            el("span")
                .class("problem-message")
                .child(el("b").text(&count))
                .text(" such as: ")
                .text(&rule.first.message),
        )
        .on_click(move || shown.sift.update(|sift| sift.rule.clone_from(&id)));
    button.set("aria-current", is_visited.then_some("true"));
    let more = el("div").class("problem-more").child(told::rule(&rule.first));
    el("li").class("several-problems").attr("data-severity", &rule.severity).child(button).child(more)
}

fn problems(shown: Shown) -> El {
    let list = el("div").class("problems-scroll").attr("tabindex", "-1");
    let scroll = Scroll::new(&list);
    let window = Memo::new(move |_| scroll.window(shown.count.get(), TALL));
    let range = Memo::new(move |_| window.get().rows(scroll.top()));
    let found = RwSignal::new((0, Vec::<Finding>::new()));
    effect(move || {
        shown.page.revision.track();
        shown.page.checked.track();
        let (range, sift) = (range.get(), shown.sift.get());
        if shown.open.get() && !shown.folds.get() {
            ask(Request::Problems { from: range.start, to: range.end, sift }, move |reply| {
                if let Reply::Problems(problems) = reply {
                    found.set((range.start, problems));
                }
            });
        }
    });
    effect(move || {
        if let Some(nth) = shown.visited_nth() {
            scroll.reveal(window.get(), nth);
        }
    });
    let entries = move || {
        let visited = shown.visited_nth();
        found.with(|(first, problems)| {
            let all = problems.iter().enumerate();
            all.map(|(nth, problem)| one(shown, Some(first + nth), problem, visited == Some(first + nth))).collect()
        })
    };
    let slab = el("ul").class("slab").live(entries);
    let placed = slab.clone();
    effect(move || placed.set_style("top", &px(window.get().place(scroll.top(), found.with(|(first, _)| *first)))));
    let track = el("div").class("track").child(slab);
    let tall = track.clone();
    effect(move || tall.set_style("height", &px(window.get().track())));
    let outer = list.clone();
    effect(move || outer.set_style("height", &px(window.get().track().min(5.5 * TALL))));
    list.child(track).live_flag("hidden", move || shown.folds.get())
}

fn one(shown: Shown, nth: Option<usize>, problem: &Finding, is_visited: bool) -> El {
    let visited = problem.clone();
    let message =
        el("span").class("problem-message").child(el("b").text(&problem.name)).text(" ").text(&problem.message);
    let expected = el("span").class("problem-expected").text("Expected: ").text(&problem.expected);
    let button = el("button")
        .class("problem")
        .attr("title", &format!("{}. Expected: {}", problem.message, problem.expected))
        .child(el("span").class("problem-number").text(&grouped(problem.number + 1)))
        .child(message)
        .child(expected)
        .on_click(move || shown.visit(nth, &visited));
    button.set("aria-current", is_visited.then_some("true"));
    let more =
        el("div").class("problem-more").child(told::rule(problem)).child(told::chain(shown.page, problem, false));
    let item = el("li").attr("data-severity", &problem.severity).child(button).child(more);
    if problem.fix.is_empty() {
        return item;
    }
    // Where what can be done about it has its place.
    let mend = el("span").class("mend").text(&problem.mend);
    item.child(el("span").class("problem-actions").child(mend).child(shown.page.editor().mend(problem)))
}
