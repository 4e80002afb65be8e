//! A state and its neighbours as a picture: from where an end comes into it, and where it goes from there.

use pgscope_proto::Direction;

use super::svg::{Picture, Points, side, width};
use crate::print::moves::{Stands, Step, steps};

const BOX: i32 = 30;
const ROW: i32 = 54;
/// How many messages stand on a line.
const NAMED: usize = 2;

/// Where a way comes from or leads to, and the messages that make it.
struct Way {
    other: Stands,
    words: String,
}

/// The picture of a state.
pub(super) fn picture(stands: Stands) -> Picture {
    let from = ways(|step| (step.to == stands && step.from != stands).then_some(step.from));
    let to = ways(|step| (step.from == stands && step.to != stands).then_some(step.to));
    let [(before, gap_before), (behind, gap_behind)] = [&from, &to].map(|ways| (column(ways), gap(ways)));
    let own = width(&stands.name()) + 28;
    let rows = from.len().max(to.len()).max(1) as i32;
    let left = before + gap_before;
    let total = left + own + gap_behind + behind;
    let mut picture = Picture::sized(total + 4, rows * ROW + 4);
    let middle = rows * ROW / 2;
    for (nth, way) in from.iter().enumerate() {
        let y = row(nth, from.len(), rows);
        let (start, end) = (before + 2, left + 2);
        picture.arrow(&[(start, y), (end - 16, y), (end - 16, middle), (end, middle)], Points::Right);
        picture.words(((start + end - 16) / 2, y - 6), &way.words);
        boxed(&mut picture, way.other, (2, y), before);
    }
    for (nth, way) in to.iter().enumerate() {
        let y = row(nth, to.len(), rows);
        let (start, end) = (left + own + 2, left + own + gap_behind + 2);
        picture.arrow(&[(start, middle), (start + 16, middle), (start + 16, y), (end, y)], Points::Right);
        picture.words(((start + 16 + end) / 2, y - 6), &way.words);
        boxed(&mut picture, way.other, (end, y), behind);
    }
    boxed(&mut picture, stands, (left + 2, middle), own);
    picture
}

/// Where the row of a way is, those of one side in the middle.
fn row(nth: usize, of: usize, rows: i32) -> i32 {
    (rows - of as i32) * ROW / 2 + nth as i32 * ROW + ROW / 2
}

fn boxed(picture: &mut Picture, stands: Stands, (x, y): (i32, i32), wide: i32) {
    let by = stands.state().end;
    picture.boxed((x, y - BOX / 2), (wide, BOX), vec![stands.name()], side(by));
}

fn column(ways: &[Way]) -> i32 {
    ways.iter().map(|way| width(&way.other.name()) + 24).max().unwrap_or(0)
}

fn gap(ways: &[Way]) -> i32 {
    ways.iter().map(|way| width(&way.words) + 44).max().unwrap_or(0)
}

/// The ways of a state to its neighbours.
fn ways(other: impl Fn(&Step) -> Option<Stands>) -> Vec<Way> {
    let mut found: Vec<(Stands, Vec<&Step>)> = Vec::new();
    for step in steps() {
        let Some(stands) = other(step) else { continue };
        match found.iter_mut().find(|(known, _)| *known == stands) {
            Some((_, steps)) => steps.push(step),
            None => found.push((stands, vec![step])),
        }
    }
    found.into_iter().map(|(other, steps)| Way { other, words: words(&steps) }).collect()
}

/// `reads Query, Parse +3`.
fn words(steps: &[&Step]) -> String {
    let mut parts = Vec::new();
    for (is_said, verb) in [(false, "reads"), (true, "says")] {
        let mut names: Vec<&str> =
            steps.iter().filter(|step| step.is_said == is_said).map(|step| step.message.name()).collect();
        names.dedup();
        let (shown, left) = names.split_at(names.len().min(NAMED));
        let more = if left.is_empty() { String::new() } else { format!(" +{}", left.len()) };
        if !shown.is_empty() {
            parts.push(format!("{verb} {}{more}", shown.join(", ")));
        }
    }
    parts.join("; ")
}

/// The same in a sentence, for those who do not see the picture.
pub(super) fn described(stands: Stands) -> String {
    let list = |ways: Vec<Way>, word: &str| {
        let told: Vec<String> =
            ways.iter().map(|way| format!("{word} {} when it {}", way.other.name(), way.words)).collect();
        told.join("; ")
    };
    let from = list(ways(|step| (step.to == stands && step.from != stands).then_some(step.from)), "from");
    let to = list(ways(|step| (step.from == stands && step.to != stands).then_some(step.to)), "to");
    let who = if stands.state().end == Direction::Frontend { "client" } else { "server" };
    match (from.is_empty(), to.is_empty()) {
        (true, true) => format!("The {who} has no neighbours of this state."),
        (true, false) => format!("The {who} goes {to}."),
        (false, true) => format!("The {who} comes {from}."),
        (false, false) => format!("The {who} comes {from}. It goes {to}."),
    }
}
