//! The whole state machine of an end, as a picture: states one below the other in the order of a connection's life, ways forward
//! as arcs on the right, ways back on the left. It is drawn from the table of the conversation.

use pgscope_proto::Direction;
use pgscope_proto::conversation::states::{CLIENT_HEARS, CLIENT_SAYS, SERVER_READS, SERVER_SAYS};
use pgscope_proto::conversation::{CLIENT, Move, SERVER, Server, State};
use serde::{Deserialize, Serialize};

use super::{is_in_order, on, page_of};
use crate::engine::Words;

/// All states of an end, and where it can go from each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The states, in order.
    pub states: Vec<Node>,
    /// The ways between them.
    pub ways: Vec<Way>,
}

/// A state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its name.
    pub name: Words,
    /// Its page, without its folder.
    pub page: String,
}

/// A way from one state to another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// From which state, by number.
    pub from: usize,
    /// To which.
    pub to: usize,
    /// What leads there: `reads Query, FunctionCall`.
    pub on: String,
    /// How far out its arc stands, from 0, so that no two lie on each other.
    pub lane: usize,
    /// Whether it leads there from every state: such a way is drawn only where it is taken.
    pub is_common: bool,
}

/// The machine of the client, or of the server.
pub fn machine(side: Direction) -> Machine {
    let mut machine = match side {
        Direction::Frontend => of(CLIENT, &[CLIENT_SAYS, CLIENT_HEARS], |_| false),
        Direction::Backend => of(SERVER, &[SERVER_SAYS, SERVER_READS], |one| one == Server::CopyInExtended),
    };
    put_apart(&mut machine.ways);
    machine
}

fn of<One: Copy + PartialEq>(
    all: &'static [(One, State)],
    tables: &[&'static [Move<One>]],
    is_of_execute: fn(One) -> bool,
) -> Machine {
    let node =
        |(one, state): &(One, State)| Node { name: state.name.into(), page: page_of(state, is_of_execute(*one)) };
    let mut ways: Vec<Way> = Vec::new();
    for (from, (one, state)) in all.iter().enumerate() {
        let rows = tables.iter().flat_map(|rows| rows.iter());
        for row in rows.filter(|row| row.from.is_empty() || row.from.contains(one)) {
            let is_common = row.from.is_empty();
            let to = row.to.filter(|to| to != one && (!is_common || is_in_order(state, &row.on)));
            let Some(to) = all.iter().position(|(other, _)| Some(*other) == to) else { continue };
            match ways.iter_mut().find(|way| (way.from, way.to) == (from, to)) {
                Some(way) => {
                    way.on += &format!("; {}", on(&row.on));
                    way.is_common &= is_common;
                }
                None => ways.push(Way { from, to, on: on(&row.on), lane: 0, is_common }),
            }
        }
    }
    Machine { states: all.iter().map(node).collect(), ways }
}

/// Short arcs are near, and those that would lie on them farther out.
fn put_apart(ways: &mut [Way]) {
    ways.sort_by_key(|way| (way.is_common, way.from.abs_diff(way.to), way.from, way.to));
    for nth in 0..ways.len() {
        let Some((way, before)) = ways.get_mut(..=nth).and_then(<[Way]>::split_last_mut) else { return };
        let crosses = |other: &&Way| {
            let is_beside = (other.from < other.to) == (way.from < way.to);
            let apart =
                other.from.max(other.to) <= way.from.min(way.to) || way.from.max(way.to) <= other.from.min(other.to);
            is_beside && !apart && !other.is_common
        };
        let taken: Vec<usize> = before.iter().filter(crosses).map(|other| other.lane).collect();
        way.lane = (0..).find(|lane| !taken.contains(lane)).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state stands there once; every way of the table is drawn, and no two lie on each other.
    #[test]
    fn the_machine_is_the_table() {
        for (side, count) in [(Direction::Frontend, CLIENT.len()), (Direction::Backend, SERVER.len())] {
            let machine = machine(side);
            assert_eq!(machine.states.len(), count);
            let named = |way: &Way| {
                let name = |nth: usize| machine.states[nth].name.to_string();
                format!("{} → {} when it {}", name(way.from), name(way.to), way.on)
            };
            let ways: Vec<String> = machine.ways.iter().map(named).collect();
            let known = match side {
                Direction::Frontend => "ready → busy when it says Query",
                Direction::Backend => "idle → query when it reads Query",
            };
            assert!(ways.iter().any(|way| way.starts_with(known)), "{ways:#?}");
            for (nth, way) in machine.ways.iter().enumerate().filter(|(_, way)| !way.is_common) {
                for other in machine.ways[..nth].iter().filter(|other| !other.is_common) {
                    let is_beside = (other.from < other.to) == (way.from < way.to) && other.lane == way.lane;
                    let [low, high] = [way.from.min(way.to), way.from.max(way.to)];
                    let apart = other.from.max(other.to) <= low || high <= other.from.min(other.to);
                    assert!(!is_beside || apart, "{} and {}", named(way), named(other));
                }
            }
            let widest = machine.ways.iter().filter(|way| !way.is_common).map(|way| way.lane).max();
            assert!(widest < Some(9), "{widest:?}");
        }
    }
}
