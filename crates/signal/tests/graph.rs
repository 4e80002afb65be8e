//! What signals, memos and effects promise.
#![allow(missing_docs, reason = "tests say what they expect")]

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

use pgscope_signal::computed::Memo;
use pgscope_signal::owner::StoredValue;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_signal::{begin, effect, flush, untrack};

/// What was told, in order.
struct Told<T>(Rc<RefCell<Vec<T>>>);

impl<T: Debug + PartialEq + 'static> Told<T> {
    /// Runs an effect that tells what it reads.
    fn of(read: impl Fn() -> T + 'static) -> Self {
        let told = Rc::new(RefCell::new(Vec::new()));
        let telling = told.clone();
        effect::effect(Box::new(move || {
            let value = read();
            telling.borrow_mut().push(value);
        }));
        Self(told)
    }

    /// Lets effects run, and compares what was told since the last time.
    fn expect(&self, told: &[T]) {
        flush();
        assert_eq!(self.0.take(), told);
    }
}

#[test]
fn an_effect_runs_at_once_and_then_once_for_all_changes() {
    let number = RwSignal::new(1);
    let told = Told::of(move || number.get());
    assert_eq!(*told.0.borrow(), [1]);
    number.set(2);
    number.update(|number| *number += 1);
    told.expect(&[1, 3]);
    told.expect(&[]);
}

#[test]
fn who_reads_untracked_does_not_hear() {
    let (one, two) = (RwSignal::new(1), RwSignal::new(1));
    let told = Told::of(move || one.get() + two.get_untracked());
    two.set(2);
    told.expect(&[2]);
    one.set(2);
    told.expect(&[4]);
    let double = Memo::new(move |_| two.get() * 2);
    let told = Told::of(move || untrack(|| one.get() + double.get()));
    one.set(3);
    told.expect(&[6]);
    two.set(3);
    assert_eq!(double.get(), 6);
}

#[test]
fn what_is_not_read_any_more_is_not_heard() {
    let (is_wanted, number) = (RwSignal::new(true), RwSignal::new(1));
    let told = Told::of(move || if is_wanted.get() { number.get() } else { 0 });
    is_wanted.set(false);
    told.expect(&[1, 0]);
    number.set(2);
    told.expect(&[]);
    is_wanted.set(true);
    told.expect(&[2]);
}

#[test]
fn a_memo_is_computed_when_it_is_read_and_tells_only_of_another_value() {
    let number = RwSignal::new(1);
    let count = Rc::new(Cell::new(0));
    let counting = count.clone();
    let is_odd = Memo::new(move |_| {
        counting.set(counting.get() + 1);
        number.get() % 2 == 1
    });
    assert_eq!(count.get(), 0);
    let told = Told::of(move || is_odd.get());
    number.set(3);
    number.set(5);
    told.expect(&[true]);
    assert_eq!(count.get(), 2);
    number.set(4);
    assert!(!is_odd.get_untracked());
    told.expect(&[false]);
    assert_eq!(count.get(), 3);
}

#[test]
fn nobody_sees_a_memo_that_is_behind() {
    // Two ways from one signal: what is read by both must never disagree.
    let number = RwSignal::new(1);
    let double = Memo::new(move |_| number.get() * 2);
    let more = Memo::new(move |_| double.get() + 1);
    let told = Told::of(move || (number.get(), double.get(), more.get()));
    number.set(2);
    assert_eq!(more.get_untracked(), 5);
    number.set(3);
    told.expect(&[(1, 2, 3), (3, 6, 7)]);
}

#[test]
fn a_memo_knows_the_value_before() {
    let number = RwSignal::new(1);
    let highest = Memo::new(move |before: Option<&i32>| number.get().max(before.copied().unwrap_or(0)));
    assert_eq!(highest.get(), 1);
    number.set(7);
    assert_eq!(highest.get(), 7);
    number.set(3);
    assert_eq!(highest.get(), 7);
}

#[test]
fn what_an_effect_makes_goes_when_it_runs_again() {
    let (outer, inner) = (RwSignal::new(1), RwSignal::new(1));
    let told = Rc::new(RefCell::new(Vec::new()));
    let telling = told.clone();
    effect::effect(Box::new(move || {
        let of = outer.get();
        let telling = telling.clone();
        effect::effect(Box::new(move || telling.borrow_mut().push((of, inner.get()))));
    }));
    outer.set(2);
    flush();
    inner.set(2);
    flush();
    assert_eq!(told.take(), [(1, 1), (2, 1), (2, 2)]);
    // Both at once: the inner one of before must not run, or not be heard of again.
    inner.set(3);
    outer.set(3);
    flush();
    assert_eq!(told.take().last(), Some(&(3, 3)));
    inner.set(4);
    flush();
    assert_eq!(told.take(), [(3, 4)]);
}

#[test]
fn an_effect_may_set_what_another_reads() {
    let (one, two) = (RwSignal::new(1), RwSignal::new(0));
    let told = Told::of(move || two.get());
    effect::effect(Box::new(move || two.set(one.get() * 10)));
    told.expect(&[0, 10]);
    one.set(2);
    told.expect(&[20]);
}

#[test]
fn later_is_asked_for_once_for_all_changes() {
    thread_local!(static CALLS: Cell<usize> = const { Cell::new(0) });
    begin(|| CALLS.set(CALLS.get() + 1));
    let number = RwSignal::new(1);
    number.set(2);
    assert_eq!(CALLS.get(), 0, "nobody reads it");
    let told = Told::of(move || number.get());
    number.set(3);
    number.set(4);
    assert_eq!(CALLS.get(), 1);
    told.expect(&[2, 4]);
    number.set(5);
    assert_eq!(CALLS.get(), 2);
}

#[test]
fn what_is_kept_changes_in_silence() {
    let kept = StoredValue::new(1);
    let told = Told::of(move || kept.get_value());
    kept.set_value(2);
    kept.update_value(|value| *value += 1);
    told.expect(&[1]);
    assert_eq!(kept.try_update_value(|value| *value + 1), Some(4));
}

#[test]
fn places_are_used_again_and_old_handles_do_not_reach_new_values() {
    let turn = RwSignal::new(0);
    let made: StoredValue<Vec<RwSignal<i32>>> = StoredValue::new(Vec::new());
    effect::effect(Box::new(move || {
        let signal = RwSignal::new(turn.get());
        made.update_value(|made| made.push(signal));
    }));
    turn.set(1);
    flush();
    let [old, new] = made.with_value(|made| [made[0], made[1]]);
    old.set(9);
    assert_eq!(new.get(), 1);
    assert!(old.cell(false).is_none());
}
