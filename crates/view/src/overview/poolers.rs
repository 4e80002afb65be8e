//! Which connections are a pooler's two sides: what clients ask on one, it asks its server on another.
//!
//! ```text
//! client ──▶ 10.0.0.5:6432   SELECT ?   ├───────────────────┤
//!            10.0.0.5:40000 ──▶ server      ├──────────┤  SELECT ?
//! ```
//!
//! A query is carried on by another if both have the same text, and that one is asked and answered while the first waits. A connection
//! is a pooler's if that holds for most of its queries. What a pooler asks for itself is not counted against it.

use std::collections::{BTreeSet, HashMap};

use pgscope_session::survey::{Asked, NEVER};

use super::One;

/// So many queries at least are carried on, and so many of a hundred.
const FEWEST: usize = 3;
const MOST_OF: usize = 60;
/// So many queries that are asked at the same time are looked at for one.
const AT_ONCE: usize = 256;

/// Which side of a pooler a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Neither,
    /// A client speaks to the pooler.
    Client,
    /// The pooler speaks to its server.
    Server,
}

/// For each connection those of the same pooler's other side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sides {
    /// On which what is asked here is carried on.
    pub(super) carried_by: Vec<BTreeSet<usize>>,
    /// What is asked on these is carried on here.
    pub(super) carries: Vec<BTreeSet<usize>>,
    /// Which of the queries that are asked here are those of a pooler's client, by their number, in order.
    repeats: Vec<Vec<usize>>,
}

impl Sides {
    /// Whether the query with this number is one of another connection, carried on.
    pub(super) fn is_repeated(&self, connection: usize, query: usize) -> bool {
        self.repeats.get(connection).is_some_and(|queries| queries.binary_search(&query).is_ok())
    }

    /// Which side a connection is; one that a pooler behind the pooler carries on is a client's.
    pub(super) fn of(&self, connection: usize) -> Side {
        let has = |of: &[BTreeSet<usize>]| of.get(connection).is_some_and(|others| !others.is_empty());
        match (has(&self.carried_by), has(&self.carries)) {
            (true, _) => Side::Client,
            (_, true) => Side::Server,
            _ => Side::Neither,
        }
    }

    /// Whether nothing that others ask is carried on on this one.
    pub(super) fn carries_none(&self, connection: usize) -> bool {
        self.carries.get(connection).is_none_or(BTreeSet::is_empty)
    }

    /// How many queries of a connection are those of others.
    pub(super) fn repeated(&self, connection: usize) -> usize {
        self.repeats.get(connection).map_or(0, Vec::len)
    }
}

/// A query that waited for its answer.
#[derive(Clone, Copy)]
struct Waited {
    connection: usize,
    from_us: i64,
    to_us: i64,
}

/// The address without its port.
fn host(end: &str) -> &str {
    end.rsplit_once(':').map_or(end, |(host, _)| host)
}

/// From when to when each query of a connection waited; nothing where it is not known when it was asked.
fn waited(connection: usize, one: &One) -> Vec<Option<Waited>> {
    // What had no answer waits until the connection is over.
    let over = one.there_us().map_or(i64::MAX, |(_, over)| over);
    let mut answered = i64::MIN;
    let waits = |asked: &Asked| {
        if asked.at_us == i64::MIN {
            return None;
        }
        // Behind others in a pipeline its answer is counted from the end of theirs.
        let begin = asked.at_us.max(answered);
        let to_us = if asked.done == NEVER { over } else { begin.saturating_add(i64::from(asked.done)) };
        answered = if asked.done == NEVER { answered } else { to_us };
        Some(Waited { connection, from_us: asked.at_us, to_us })
    };
    one.survey.asked.iter().map(waits).collect()
}

pub(super) fn sides(all: &[One]) -> Sides {
    let none = || vec![BTreeSet::new(); all.len()];
    let mut sides = Sides { carried_by: none(), carries: none(), repeats: vec![Vec::new(); all.len()] };
    // A pooler is a server to some and a client of another server.
    let mut servers: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for server in all.iter().map(|one| one.ends[1].as_str()).filter(|server| !server.is_empty()) {
        servers.entry(host(server)).or_default().insert(server);
    }
    let may_carry = |one: &One| {
        let here = servers.get(host(&one.ends[0]));
        here.is_some_and(|ends| ends.iter().any(|end| *end != one.ends[1]))
    };
    if !all.iter().any(may_carry) {
        return sides;
    }
    let waits: Vec<Vec<Option<Waited>>> = all.iter().enumerate().map(|(nth, one)| waited(nth, one)).collect();
    let mut by_text: HashMap<u32, Vec<Waited>> = HashMap::new();
    for (one, waits) in all.iter().zip(&waits) {
        for (asked, waited) in one.survey.asked.iter().zip(waits) {
            by_text.entry(asked.text).or_default().extend(*waited);
        }
    }
    by_text.values_mut().for_each(|waited| waited.sort_by_key(|one| one.from_us));
    let mut found = Vec::new();
    for (nth, (one, waits)) in all.iter().zip(&waits).enumerate().filter(|(_, (one, _))| may_carry(one)) {
        let (mut carried, mut known) = (Vec::new(), 0);
        for (query, (asked, inner)) in one.survey.asked.iter().zip(waits).enumerate() {
            let (Some(inner), Some(others)) = (inner, by_text.get(&asked.text)) else { continue };
            known += 1;
            let before = others.partition_point(|other| other.from_us <= inner.from_us);
            let around = others.iter().take(before).rev().take(AT_ONCE).find(|outer| {
                outer.connection != nth && outer.to_us >= inner.to_us && is_pooler(all, outer.connection, one)
            });
            carried.extend(around.map(|outer| (query, outer.connection)));
        }
        found.push((nth, carried, known));
    }
    // Of two ends of which each seems to carry on what is asked of the other, one is the pooler's.
    let end = |nth: usize| all.get(nth).map_or("", |one| one.ends[1].as_str());
    let mut passed: HashMap<(&str, &str), usize> = HashMap::new();
    for (nth, carried, _) in &found {
        carried.iter().for_each(|(_, outer)| *passed.entry((end(*outer), end(*nth))).or_default() += 1);
    }
    let passed = |from: usize, to: usize| passed.get(&(end(from), end(to))).copied().unwrap_or(0);
    for (nth, mut carried, known) in found {
        carried.retain(|(_, outer)| passed(*outer, nth) > passed(nth, *outer));
        if carried.len() < FEWEST || carried.len() * 100 < known * MOST_OF {
            continue;
        }
        for (_, outer) in &carried {
            sides.carries.get_mut(nth).into_iter().for_each(|of| of.extend([*outer]));
            sides.carried_by.get_mut(*outer).into_iter().for_each(|by| by.extend([nth]));
        }
        if let Some(repeats) = sides.repeats.get_mut(nth) {
            *repeats = carried.into_iter().map(|(query, _)| query).collect();
        }
    }
    sides
}

/// Whether that connection leads to the host from which this one comes, and not to the same server.
fn is_pooler(all: &[One], outer: usize, inner: &One) -> bool {
    all.get(outer).is_some_and(|outer| host(&outer.ends[1]) == host(&inner.ends[0]) && outer.ends[1] != inner.ends[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_session::survey::Survey;

    fn one(client: &str, server: &str, asked: &[(u32, i64, u32)]) -> One {
        let asked = asked.iter().map(|(text, at_us, done)| Asked {
            message: 0,
            text: *text,
            at_us: *at_us,
            first: NEVER,
            done: *done,
            rows: 0,
            bytes: 0,
            failed: false,
            skipped: false,
        });
        let mut survey = Survey::default();
        survey.asked = asked.collect();
        One { ends: [client.to_owned(), server.to_owned()], survey, ..One::default() }
    }

    fn found(all: &[One]) -> Vec<(usize, Vec<usize>)> {
        let sides = sides(all).carries.into_iter().enumerate().filter(|(_, carries)| !carries.is_empty());
        sides.map(|(nth, carries)| (nth, carries.into_iter().collect())).collect()
    }

    #[test]
    fn what_a_pooler_asks_is_what_its_clients_asked() {
        let clients = [
            one("10.0.0.1:1000", "10.0.0.5:6432", &[(1, 0, 100), (2, 200, 100), (1, 400, 100)]),
            one("10.0.0.2:1000", "10.0.0.5:6432", &[(1, 1000, 100), (3, 1200, 100)]),
        ];
        // With a query of its own, and one of nobody.
        let server = one(
            "10.0.0.5:4000",
            "10.0.0.9:5432",
            &[(1, 10, 80), (2, 210, 80), (9, 320, 5), (1, 1010, 80), (3, 1210, 80)],
        );
        let direct = one("10.0.0.1:1001", "10.0.0.9:5432", &[(1, 0, 100), (2, 200, 100), (1, 400, 100)]);
        let [first, second] = clients;
        let all = [first, second, server, direct];
        assert_eq!(found(&all), [(2, vec![0, 1])]);
        let sides = sides(&all);
        assert_eq!((sides.repeated(2), sides.is_repeated(2, 1), sides.is_repeated(2, 2)), (4, true, false));
        assert_eq!((0..4).map(|connection| sides.repeated(connection)).sum::<usize>(), 4);
    }

    #[test]
    fn whoever_asks_the_same_at_other_times_or_of_the_same_server_is_no_pooler() {
        let asked = [(1, 0, 100), (2, 200, 100), (1, 400, 100)];
        let later = [(1, 50, 100), (2, 250, 100), (1, 450, 100)];
        let within = [(1, 10, 80), (2, 210, 80), (1, 410, 80)];
        let outer = || one("127.0.0.1:1000", "127.0.0.1:6432", &asked);
        assert_eq!(found(&[outer(), one("127.0.0.1:2000", "127.0.0.1:5432", &later)]), []);
        assert_eq!(found(&[outer(), one("127.0.0.1:2000", "127.0.0.1:6432", &within)]), []);
        assert_eq!(found(&[outer(), one("127.0.0.1:2000", "127.0.0.1:5432", &within)]), [(1, vec![0])]);
        assert_eq!(found(&[outer(), one("127.0.0.1:2000", "127.0.0.1:5432", &within[..2])]), []);
    }
}
