//! The third pane: what the selected message and each of its bytes mean.

use leptos::prelude::*;
use pgscope_view::engine::{Finding, Request, Sheet};

use crate::dom::grouped;
use crate::fields::Fields;
use crate::hex::Hex;
use crate::page::Page;

#[component]
pub(crate) fn Inspector() -> impl IntoView {
    let page = expect_context::<Page>();
    let shown = Memo::new(move |_| page.sheet.with(Option::is_some));
    view! {
        <section class="pane inspector" aria-labelledby="inspector-title">
            {move || match page.sheet.get() {
                Some(sheet) => title(page, sheet).into_any(),
                None => nothing().into_any(),
            }}
            <Show when=move || shown.get()>
                <Hex/>
                <Fields/>
            </Show>
        </section>
    }
    .into_any()
}

fn nothing() -> impl IntoView {
    view! {
        <div class="title">
            <h2 id="inspector-title">"Nothing selected"</h2>
            <p>"Bytes that are read become messages; each of them is explained here."</p>
        </div>
    }
}

fn title(page: Page, sheet: Sheet) -> impl IntoView {
    let position = format!(
        "{} of {}",
        grouped(sheet.row.number + 1),
        grouped(page.loaded.with_untracked(|loaded| loaded.messages))
    );
    let problems = sheet.problems.into_iter().map(|problem| one_problem(page, problem)).collect::<Vec<_>>();
    let direction = sheet.row.direction.clone();
    view! {
        <div class="title" data-side=direction>
            <h2 id="inspector-title">
                <span>{sheet.row.name}</span>
                <span class="chip">{position}</span>
                <span class="chip side">{sheet.row.direction}</span>
            </h2>
            <p>{sheet.doc}</p>
            <p class="facts">
                {sheet.chapter}", since "{sheet.since}". Manual: "
                <a href=sheet.link target="_blank" rel="noreferrer">{sheet.section}</a>
            </p>
            {(!problems.is_empty()).then(|| view! { <ul class="sheet-problems">{problems}</ul> })}
        </div>
    }
}

fn one_problem(page: Page, problem: Finding) -> impl IntoView {
    let (number, at) = (problem.number, problem.start);
    let fix = (!problem.fix.is_empty()).then(|| {
        view! { <p>"Mend: "{problem.fix}" "<span class="mend">{problem.mend}</span></p> }
    });
    view! {
        <li data-severity=problem.severity>
            <p>
                <button class="link" on:click=move |_| page.pin(Request::Byte { number, at })>
                    {format!("byte {}", problem.start)}
                </button>
                ": "{problem.message}
            </p>
            <p>"Expected: "{problem.expected}</p>
            {fix}
        </li>
    }
}
