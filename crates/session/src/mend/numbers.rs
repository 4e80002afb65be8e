//! Counts and lengths that say another number than what stands behind them.

use pgscope_proto::{Edit, Problem, Span};

use super::list::{List, Meant};
use super::trial::Trial;
use super::{Way, hex};

/// How far a count is off at most, where its list is not the end of the message.
const COUNT_OFF: usize = 8;
/// How far the length of a value is off at most.
const LENGTH_OFF: i32 = 4;
/// How long a value is at most whose length is searched for: among more bytes others would fit by chance.
const LONGEST: i32 = 1024;
/// What it costs to pass over an entry.
const ENTRY: usize = 8;

/// Other numbers of entries with which the message fits.
pub(super) fn counts(trial: &mut Trial<'_>, list: &List<'_>) -> Vec<Way> {
    if !trial.is_whole() {
        return Vec::new();
    }
    let (mut ways, mut at, mut number) = (Vec::new(), list.word.end, 0);
    // What cannot be may be anything else.
    let is_open = list.is_last || list.number > trial.case.bytes.len().saturating_sub(at);
    let most = if is_open { usize::MAX } else { list.number.saturating_add(COUNT_OFF) };
    while number <= most && trial.spend(ENTRY).is_some() {
        let is_near = is_open || number.abs_diff(list.number) <= COUNT_OFF;
        if number != list.number && is_near && list.may_end(at) {
            ways.extend(count(trial, list, number));
        }
        let Some(end) = list.entry(at, Meant::AsItIs, &mut Vec::new()) else { break };
        (at, number) = (end, number + 1);
    }
    ways
}

fn count(trial: &mut Trial<'_>, list: &List<'_>, number: usize) -> Option<Way> {
    let bytes = number.to_be_bytes();
    let word = bytes.get(bytes.len().checked_sub(list.word.len())?..)?;
    let edits = trial.fits(vec![Edit::new(list.word, word)])?;
    let (name, entry) = (list.count.name, list.of.name);
    let says = if number == 1 { format!("1 {entry} fills") } else { format!("{number} {entry}s fill") };
    let message = format!("the {name} says {}, but {says} the message exactly", list.number);
    let expected = format!("{number} ({})", hex(word));
    Some(Way {
        edits,
        words: format!("write {} for the {name}", hex(word)),
        better: Some((list.word, message, expected)),
    })
}

/// Lengths of a value with which the message fits: a little longer or shorter than what is said, or written from behind.
pub(super) fn lengths(trial: &mut Trial<'_>, list: &List<'_>) -> Vec<Way> {
    let mut ways = Vec::new();
    if !list.is_of_values() {
        return ways;
    }
    for (nth, at) in reached(trial, list).into_iter().enumerate() {
        let Some(stated) = list.length(at).filter(|stated| *stated != -1) else { continue };
        let near = (-LENGTH_OFF..=LENGTH_OFF).map(|off| stated.saturating_add(off)).filter(|_| stated >= 0);
        let backwards = Some(stated.swap_bytes()).filter(|_| is_impossible(list, at, stated));
        let mut right: Vec<i32> = near.chain(backwards).filter(|right| *right != stated).collect();
        right.sort_unstable();
        right.dedup();
        ways.extend(right.into_iter().filter_map(|right| length(trial, list, (nth, at), (stated, right))));
    }
    ways
}

/// Any lengths in the place of one that cannot be: what follows proves them, or what is told of the values before.
pub(super) fn any_length(trial: &mut Trial<'_>, list: &List<'_>) -> Vec<Way> {
    let starts = if list.is_of_values() { reached(trial, list) } else { Vec::new() };
    let Some((nth, at)) = starts.len().checked_sub(1).and_then(|nth| Some((nth, *starts.get(nth)?))) else {
        return Vec::new();
    };
    let Some(stated) = list.length(at).filter(|stated| is_impossible(list, at, *stated)) else { return Vec::new() };
    let left = i32::try_from(list.left(at)).unwrap_or(i32::MAX);
    if nth + 1 == list.number && list.is_last {
        let way = length(trial, list, (nth, at), (stated, left));
        return way.filter(|_| trial.are_values_proven()).into_iter().collect();
    }
    (0..=left.min(LONGEST)).filter_map(|right| length(trial, list, (nth, at), (stated, right))).collect()
}

/// Whether the message has less than so many bytes behind the length at `at`.
fn is_impossible(list: &List<'_>, at: usize, stated: i32) -> bool {
    usize::try_from(stated).map_or(stated != -1, |stated| stated > list.left(at))
}

/// Where the entries begin, the one that cannot be read among them.
fn reached(trial: &mut Trial<'_>, list: &List<'_>) -> Vec<usize> {
    let mut starts = vec![list.word.end];
    while starts.len() < list.number
        && trial.spend(ENTRY).is_some()
        && let Some(at) = starts.last()
        && let Some(end) = list.entry(*at, Meant::AsItIs, &mut Vec::new())
    {
        starts.push(end);
    }
    starts
}

fn length(
    trial: &mut Trial<'_>,
    list: &List<'_>,
    (nth, at): (usize, usize),
    (stated, right): (i32, i32),
) -> Option<Way> {
    let mut end = at + 4 + usize::try_from(right).ok()?;
    for _ in nth + 1..list.number {
        trial.spend(ENTRY)?;
        end = list.entry(end, Meant::AsItIs, &mut Vec::new())?;
    }
    if !list.may_end(end) || end > trial.case.bytes.len() {
        return None;
    }
    let (word, bytes) = (Span::new(at, at + 4), right.to_be_bytes());
    let edits = trial.fits(vec![Edit::new(word, bytes)])?;
    let name = format!("{} {}", list.of.name, nth + 1);
    let message = format!("the length of {name} says {stated}, but with {right} all that is behind it fits");
    let expected = format!("{right} ({})", hex(&bytes));
    let words = format!("write {} for the length of {name}", hex(&bytes));
    Some(Way { edits, words, better: Some((word, message, expected)) })
}

/// Says of a last value that is too long what its length would be if all before it is right.
pub(super) fn what_is_left(lists: &[List<'_>], problem: &mut Problem) {
    let Some(list) = lists.iter().find(|list| list.is_last && list.is_of_values()) else { return };
    let mut at = list.word.end;
    for _ in 1..list.number {
        let Some(end) = list.entry(at, Meant::AsItIs, &mut Vec::new()) else { return };
        at = end;
    }
    let left = list.left(at);
    if problem.span == Span::new(at, at + 4) && problem.rule == "L29" {
        problem.expected = format!("{left} ({}), which is all that is left", hex(&(left as u32).to_be_bytes()));
    }
}
