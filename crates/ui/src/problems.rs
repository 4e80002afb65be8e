//! All problems of the exchange, as far as it was searched, with a way to each.

use leptos::prelude::*;
use pgscope_view::engine::{Finding, Reply, Request};

use crate::ask::ask;
use crate::dom::{counted, grouped};
use crate::page::Page;

/// How many problems are shown at a time.
const CHUNK: usize = 100;

/// How many problems there are; opens the list of them.
#[component]
pub(crate) fn ProblemsButton(open: RwSignal<bool>) -> impl IntoView {
    let page = expect_context::<Page>();
    let count = Memo::new(move |_| page.checked.get().problems);
    let searched = move || {
        let (checked, all) = (page.checked.get().messages, page.loaded.with(|loaded| loaded.messages));
        (checked < all).then(|| {
            view! {
                <button class="chip" title="Search the rest for problems" on:click=move |_| page.check(usize::MAX)>
                    {format!("{} % searched", checked * 100 / all)}
                </button>
            }
        })
    };
    let button = move || {
        let count = count.get();
        (count > 0).then(|| {
            view! {
                <button class="chip bad" aria-expanded=move || if open.get() { "true" } else { "false" } aria-controls="problems" on:click=move |_| open.update(|open| *open = !*open)>
                    {counted(count, "problem")}
                </button>
            }
        })
    };
    view! { {button}{searched} }
}

#[component]
pub(crate) fn Problems(open: RwSignal<bool>) -> impl IntoView {
    let page = expect_context::<Page>();
    let limit = RwSignal::new(CHUNK);
    let found = RwSignal::new(Vec::<Finding>::new());
    let count = Memo::new(move |_| page.checked.get().problems);
    Effect::new(move || {
        page.revision.get();
        limit.set(CHUNK);
    });
    Effect::new(move || {
        // Problems that were found in the meantime are appended by asking again.
        let to = limit.get().min(count.get());
        if open.get() {
            ask(Request::Problems { from: 0, to }, move |reply| {
                if let Reply::Problems(problems) = reply {
                    found.set(problems);
                }
            });
        }
    });
    let more = move || {
        let left = count.get().saturating_sub(found.with(Vec::len));
        (left > 0).then(|| {
            view! { <button class="link" on:click=move |_| limit.update(|limit| *limit += CHUNK)>{format!("show more: {} left", grouped(left))}</button> }
        })
    };
    view! {
        <div class="problems" id="problems" hidden=move || !open.get() || count.get() == 0>
            <div class="problems-head">
                <button class="button" on:click=move |_| page.next_problem(false)>"◂ previous"</button>
                <button class="button" on:click=move |_| page.next_problem(true)>"next ▸"</button>
            </div>
            <ul>{move || found.get().into_iter().map(|problem| one(page, problem)).collect_view()}</ul>
            {more}
        </div>
    }
    .into_any()
}

fn one(page: Page, problem: Finding) -> impl IntoView {
    let (number, at) = (problem.number, problem.start);
    let show = move |_| {
        page.turn_to(number);
        page.pin(Request::Byte { number, at });
    };
    view! {
        <li>
            <button class="problem" data-severity=problem.severity on:click=show>
                <span class="problem-number">{grouped(number + 1)}</span>
                <span><b>{problem.name}</b>" "{problem.message}</span>
                <span class="mend">{problem.mend}</span>
            </button>
        </li>
    }
}
