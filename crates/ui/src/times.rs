//! When messages were seen, beside each line of the list, counted as a person wants it.
//!
//! Lines are marked as they are drawn; what is not known yet is asked for a block of messages, and marked when it comes.

use std::cell::RefCell;
use std::collections::HashMap;

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Since, Survey, Surveyed};
use web_sys::Element;

use crate::ask::ask_survey;
use crate::dom::{El, effect, el};
use crate::overview::{TIMES, choices};
use crate::page::Page;
use crate::rows::also_mark;

/// So many messages are asked for together.
const BLOCK: usize = 256;

/// What is known, of which reading and how counted.
#[derive(Default)]
struct Known {
    revision: usize,
    since: Option<Since>,
    blocks: HashMap<usize, Vec<String>>,
    asked: Vec<usize>,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

/// The choice how times are counted.
pub(crate) fn choice(page: Page) -> El {
    let chosen = RwSignal::new(1);
    also_mark(mark);
    effect(move || {
        let since = TIMES.get(chosen.get()).and_then(|(_, since)| *since);
        KNOWN.with_borrow_mut(|known| *known = Known { since, ..Known::default() });
        page.marked.update(|marked| *marked += 1);
    });
    choices(chosen)
}

fn mark(page: Page, line: &El, number: usize) {
    let revision = page.revision.get_untracked();
    let (told, is_wanted) = KNOWN.with_borrow_mut(|known| {
        if known.revision != revision {
            *known = Known { revision, since: known.since, ..Known::default() };
        }
        let Some(since) = known.since else { return (None, None) };
        let block = number / BLOCK;
        if let Some(times) = known.blocks.get(&block) {
            return (times.get(number % BLOCK).cloned(), None);
        }
        let is_new = !known.asked.contains(&block);
        if is_new {
            known.asked.push(block);
        }
        (None, is_new.then_some((block, since)))
    });
    put(line, told.as_deref().filter(|time| !time.is_empty()));
    let Some((block, since)) = is_wanted else { return };
    let (from, to) = (block * BLOCK, (block + 1) * BLOCK);
    ask_survey(&Surveyed::Times { from, to, since }, move |survey| {
        let Some(Survey::Times(times)) = survey else { return };
        KNOWN.with_borrow_mut(|known| {
            if known.revision == revision && known.since == Some(since) {
                known.blocks.insert(block, times);
            }
        });
        page.marked.update(|marked| *marked += 1);
    });
}

/// Puts a time at the end of a line, or takes it away.
fn put(line: &El, time: Option<&str>) {
    let find = |selector: &str| line.of::<Element>().query_selector(selector).ok().flatten();
    let place = find(".time");
    match (place, time) {
        (Some(place), Some(time)) => place.set_text_content(Some(time)),
        (Some(place), None) => place.remove(),
        // Among what the line says, which leaves it room.
        (None, Some(time)) => {
            let told = el("span").class("time").text(time);
            match find(".arrow") {
                Some(arrow) => drop(arrow.append_child(told.of::<Element>())),
                None => line.insert(&told, None),
            }
        }
        (None, None) => {}
    }
}
