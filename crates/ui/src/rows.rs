//! The list by keys: from line to line, in and out of what folds, between request and answers; and rows that are selected
//! together, which are copied as text.

use std::cell::RefCell;

use pgscope_signal::traits::*;
use pgscope_view::Window;
use pgscope_view::engine::{Folding, Kind, Line, Reply, Request};

use crate::ask::ask;
use crate::dom::{El, after, by_id, copy, counted, grouped, say};
use crate::list::{List, MARKS, Mark, spot};
use crate::page::Page;
use crate::tabs::Tab;

thread_local! {
    static MORE_MARKS: RefCell<Vec<Mark>> = RefCell::default();
}

/// Lines are marked by this, too, from now on.
pub(crate) fn also_mark(mark: Mark) {
    MORE_MARKS.with_borrow_mut(|marks| {
        if !marks.iter().any(|known| std::ptr::fn_addr_eq(*known, mark)) {
            marks.push(mark);
        }
    });
    MARKS.set(Some(mark_all));
}

fn mark_all(page: Page, line: &El, number: usize) {
    let marks = MORE_MARKS.with_borrow(Clone::clone);
    marks.iter().for_each(|mark| mark(page, line, number));
}

/// Does what a key does.
pub(crate) fn key(list: List, window: Window, key: &str, shift: bool) {
    let Some(last) = window.count.checked_sub(1) else { return };
    let (now, screen) = (list.line(), ((window.view / window.row) as usize).saturating_sub(1).max(1));
    match key {
        "ArrowDown" => reach(list, (now + 1).min(last), shift),
        "ArrowUp" => reach(list, now.saturating_sub(1), shift),
        "PageDown" => reach(list, (now + screen).min(last), shift),
        "PageUp" => reach(list, now.saturating_sub(screen), shift),
        "Home" => reach(list, 0, shift),
        "End" => reach(list, last, shift),
        "ArrowRight" if shift => fold_all(list, true),
        "ArrowLeft" if shift => fold_all(list, false),
        "ArrowRight" => across(list, true),
        "ArrowLeft" => across(list, false),
        "[" => go_in_pair(list, false),
        "]" => go_in_pair(list, true),
        " " => drop(toggle(list)),
        "Enter" if toggle(list) => {}
        "Enter" => {
            list.page.tab.set(Tab::Message);
            // When it is shown.
            after(0, || by_id("hex").into_iter().for_each(|grid| grid.focus()));
        }
        "Escape" => list.chosen.set(None),
        "a" => select_all(list),
        "c" => copy_chosen(list),
        _ => {}
    }
}

/// Opens everything, or folds it.
pub(crate) fn fold_all(list: List, open: bool) {
    list.ask_for(list.cursor.get_untracked().0, Folding::All(open));
}

/// Goes to a line, and selects those between if they are to be.
pub(crate) fn reach(list: List, line: usize, selects: bool) {
    let from = list.chosen.get_untracked().map_or(list.line(), |(from, _)| from);
    list.chosen.set(selects.then_some((from, line)));
    go(list, line);
}

/// Goes to a line.
pub(crate) fn go(list: List, line: usize) {
    at(line, move |found| {
        let spot = spot(&found);
        list.cursor.set((spot, found.line));
        if spot.kind == Kind::Message {
            list.page.turn_to(spot.number);
        }
    });
}

fn at(line: usize, then: impl FnOnce(Line) + 'static) {
    ask(Request::Lines { from: line, to: line + 1 }, move |reply| {
        if let Reply::Lines(mut lines) = reply
            && let Some(line) = lines.pop()
        {
            then(line);
        }
    });
}

/// Goes to the request that the selected message answers, or to the next answer.
fn go_in_pair(list: List, forward: bool) {
    let to = list.pair.with_untracked(|pair| {
        let pair = pair.as_ref()?;
        if forward { pair.next } else { Some(pair.request.number) }
    });
    to.into_iter().for_each(|number| list.page.turn_to(number));
}

/// Opens, or goes in; folds, or goes out.
fn across(list: List, inward: bool) {
    at(list.line(), move |line| match (&line.fold, line.parent) {
        (Some(fold), _) if fold.open != inward => list.ask_for(spot(&line), Folding::Set(inward)),
        (Some(_), _) if inward => go(list, line.line + 1),
        (_, Some(parent)) if !inward => go(list, parent),
        _ => {}
    });
}

/// Opens or folds what the keyboard is on; gives whether that folds.
fn toggle(list: List) -> bool {
    let (spot, line) = list.cursor.get_untracked();
    if spot.kind != Kind::Message {
        at(line, move |line| list.turn(&line));
    }
    spot.kind != Kind::Message
}

/// Selects all that the list shows.
fn select_all(list: List) {
    let Some(last) = list.listed.get_untracked().lines.checked_sub(1) else { return };
    list.chosen.set(Some((0, last)));
    say("All rows are selected: Ctrl+C copies them as text");
}

/// Copies the rows that are selected, or else the one that the keyboard is on.
fn copy_chosen(list: List) {
    let now = list.line();
    let (from, to) = list.chosen.get_untracked().unwrap_or((now, now));
    ask(Request::Copied { from: from.min(to), to: from.max(to) + 1 }, |reply| {
        let Reply::Rowed(text, count, left) = reply else { return };
        let all = counted(count + left, "message");
        let what = if left > 0 { format!("the first {} of {all}", grouped(count)) } else { all };
        copy(text, &what);
    });
}
