//! The whole state machine of an end, as a picture: states one below the other in the order of a connection's life, ways forward
//! as arcs on the right, ways back on the left. The ways are those of the reference's pages; a page that has no scenarios fetches them.

use pgscope_proto::Direction;
use pgscope_proto::conversation::{CLIENT, SERVER, Server, State};

use super::{few, page_of};

/// All states of an end, and where it can go from each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// The states, in order.
    pub states: Vec<Node>,
    /// The ways between them.
    pub ways: Vec<Way>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: &'static str,
    /// Its page, without its folder.
    pub page: String,
}

/// A way from one state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// From which state, by number.
    pub from: usize,
    /// To which.
    pub to: usize,
    /// What leads there: `reads Query, FunctionCall`.
    pub on: String,
    /// How far out its arc stands, from 0, so that no two lie on each other.
    pub lane: usize,
}

/// The machine of the client, or of the server; `ways` is the file that tells them.
pub fn machine(side: Direction, ways: &str) -> Machine {
    let node = |state: &State, is_of_execute| Node { name: state.name, page: page_of(state, is_of_execute) };
    let states = match side {
        Direction::Frontend => CLIENT.iter().map(|(_, state)| node(state, false)).collect(),
        Direction::Backend => SERVER.iter().map(|(one, state)| node(state, *one == Server::CopyInExtended)).collect(),
    };
    let way = |line: &str| {
        let mut parts = line.splitn(4, '\t');
        let is_its = parts.next() == Some(side.name());
        let mut number = || parts.next()?.parse().ok();
        let (from, to) = (number()?, number()?);
        Some(Way { from, to, on: parts.next()?.to_owned(), lane: 0 }).filter(|_| is_its)
    };
    let mut ways = ways.lines().filter_map(way).collect::<Vec<_>>();
    put_apart(&mut ways);
    Machine { states, ways }
}

/// Short arcs are near, and those that would lie on them farther out.
fn put_apart(ways: &mut [Way]) {
    few::sort(ways, |way| (way.from.abs_diff(way.to), way.from, way.to));
    for nth in 0..ways.len() {
        let Some((way, before)) = ways.get_mut(..=nth).and_then(<[Way]>::split_last_mut) else { return };
        let taken: Vec<usize> =
            before.iter().filter(|other| lie_together(way, other)).map(|other| other.lane).collect();
        way.lane = (0..).find(|lane| !taken.contains(lane)).unwrap_or_default();
    }
}

/// Whether two arcs of one lane would lie on each other.
fn lie_together(way: &Way, other: &Way) -> bool {
    let ends = |way: &Way| (way.from.min(way.to), way.from.max(way.to));
    let ((low, high), (other_low, other_high)) = (ends(way), ends(other));
    (way.from < way.to) == (other.from < other.to) && low < other_high && other_low < high
}

#[cfg(all(test, feature = "docs", feature = "sim"))]
mod tests {
    use super::*;
    use crate::print::moves::{Stands, Step, steps};

    const FILE: &str = include_str!("../../../../web/code/ways.txt");

    fn number(stands: Stands) -> (Direction, usize) {
        match stands {
            Stands::Client(client) => {
                (Direction::Frontend, CLIENT.iter().position(|(one, _)| *one == client).unwrap_or_default())
            }
            Stands::Server(server) => {
                (Direction::Backend, SERVER.iter().position(|(one, _)| *one == server).unwrap_or_default())
            }
        }
    }

    /// The file that a page fetches: from where to where, and by what.
    #[test]
    fn ways_stand_in_a_file() {
        let mut ways: Vec<(Stands, Stands, Vec<&Step>)> = Vec::new();
        for step in steps().iter().filter(|step| step.from != step.to) {
            match ways.iter_mut().find(|(from, to, _)| (*from, *to) == (step.from, step.to)) {
                Some((.., steps)) => steps.push(step),
                None => ways.push((step.from, step.to, vec![step])),
            }
        }
        let mut lines: Vec<String> = Vec::new();
        for (from, to, steps) in ways {
            let on = |is_said: bool, verb: &str| {
                let mut names: Vec<&str> = Vec::new();
                for step in steps.iter().filter(|step| step.is_said == is_said) {
                    if !names.contains(&step.message.name()) {
                        names.push(step.message.name());
                    }
                }
                (!names.is_empty()).then(|| format!("{verb} {}", names.join(", ")))
            };
            let on: Vec<String> = [on(false, "reads"), on(true, "says")].into_iter().flatten().collect();
            let ((side, from), (_, to)) = (number(from), number(to));
            lines.push(format!("{}\t{from}\t{to}\t{}\n", side.name(), on.join("; ")));
        }
        lines.sort();
        expect_test::expect_file!["../../../../web/code/ways.txt"].assert_eq(&lines.concat());
    }

    /// Every state stands there once, and no two ways lie on each other.
    #[test]
    fn no_way_hides_another() {
        for (side, count) in [(Direction::Frontend, CLIENT.len()), (Direction::Backend, SERVER.len())] {
            let machine = machine(side, FILE);
            assert_eq!(machine.states.len(), count);
            let named = |way: &Way| {
                let name = |nth: usize| machine.states[nth].name;
                format!("{} → {} when it {}", name(way.from), name(way.to), way.on)
            };
            let ways: Vec<String> = machine.ways.iter().map(named).collect();
            let known = match side {
                Direction::Frontend => "ready → busy when it says Query",
                Direction::Backend => "idle → query when it reads Query",
            };
            assert!(ways.iter().any(|way| way.starts_with(known)), "{ways:#?}");
            for (nth, way) in machine.ways.iter().enumerate() {
                for other in &machine.ways[..nth] {
                    assert!(way.lane != other.lane || !lie_together(way, other), "{} and {}", named(way), named(other));
                }
            }
            let widest = machine.ways.iter().map(|way| way.lane).max();
            assert!(widest < Some(14), "{widest:?}");
        }
    }
}
