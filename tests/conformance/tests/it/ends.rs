//! What `session` infers of both ends is what the simulated ends wrote down themselves, at each step.

use pgscope_proto::{Direction, Exchange, Segment};
use pgscope_session::{Course, Entry, Index, Waits};
use pgscope_sim::{Choices, Encryption, Log, Scenario, What, shipped};

use crate::captures::all;
use crate::real::variants;

/// The last line of a log whose messages have all been seen on the wire: its state, and whether the end was blocked then.
fn reached(log: &Log, seen: [usize; 2]) -> Option<(&'static str, Option<bool>)> {
    let [own, other] = match log.side {
        Direction::Frontend => seen,
        Direction::Backend => [seen[1], seen[0]],
    };
    let mut state = None;
    let mut blocked = false;
    let mut held = false;
    // An end that closes without a word, or that gives up on what it read, leaves no trace in what was said.
    let mut closes = false;
    for line in &log.lines {
        match line.what {
            What::Read(_, end) if end > other => break,
            // That an error is on its way out of a COPY nobody can know before it is seen.
            What::Said("ErrorResponse", end) if end > own && state == Some("copy in") => return None,
            What::Said(_, end) if end > own => {
                held = true;
                break;
            }
            What::Blocked => blocked = true,
            What::Read(name, _) | What::Said(name, _) => {
                blocked = false;
                closes = ["ErrorResponse", "NoticeResponse", "Terminate"].contains(&name);
            }
            What::Closed if closes => {}
            What::Closed => return state.map(|state| (state, None)),
            _ => continue,
        }
        state = Some(line.state);
    }
    let is_open = held && matches!(state, Some("extended" | "copy both"));
    state.map(|state| (state, (!is_open).then_some(blocked)))
}

/// Whether it can be known if the end is blocked behind this message. A client that still has messages in its buffer takes
/// the next one without blocking; one that pipelines goes on sending; one that is ready does what its program wants.
fn is_knowable(exchange: &Exchange, index: &Index, entry: &Entry, side: Direction, state: &str) -> bool {
    let next_is_its = index.entry(entry.number + 1).is_some_and(|next| next.direction == Direction::Frontend);
    let goes_on = next_is_its || said_more_at_once(exchange, index, entry);
    let ends_segment =
        |segment: &Segment| segment.direction == Direction::Backend && segment.span.end == entry.span.end;
    let is_read_out = entry.direction == Direction::Frontend || exchange.segments.iter().any(ends_segment);
    side == Direction::Backend || (is_read_out && !goes_on && state != "ready")
}

/// Whether the client said something else at the same instant, though messages of the server crossed it on the wire.
fn said_more_at_once(exchange: &Exchange, index: &Index, entry: &Entry) -> bool {
    let sent_at = |entry: &Entry| {
        let of =
            exchange.segments.iter().find(|one| one.direction == entry.direction && one.span.end >= entry.span.end);
        of.and_then(|segment| segment.at_us)
    };
    let mut later = (entry.number + 1..index.len()).filter_map(|number| index.entry(number));
    let next = later.find(|next| next.direction == Direction::Frontend);
    entry.direction == Direction::Frontend && next.is_some_and(|next| sent_at(&next) == sent_at(entry))
}

fn compare(
    name: &str,
    (exchange, sleeps): (&Exchange, bool),
    client: &Log,
    server: &Log,
    wrong: &mut Vec<String>,
) -> usize {
    let index = Index::new(exchange);
    let course = Course::new(exchange, &index);
    let mut seen = [0; 2];
    for number in 0..index.len() {
        let entry = index.entry(number).expect("a frame");
        seen[entry.direction.index()] = entry.span.end;
        let ends = course.after(exchange, &index, number);
        let step = format!("{name} {number} {} {}", entry.direction.letter(), entry.message.name());
        let inferred = [("client", ends.client, ends.client_waits()), ("server", ends.server, ends.server_waits())];
        for ((who, state, waits), log) in inferred.into_iter().zip([client, server]) {
            let Some((truth, blocked)) = reached(log, seen) else { continue };
            if truth != state {
                wrong.push(format!("{step}: the {who} is {truth}, not {state}"));
            } else if !(sleeps && who == "client")
                && is_knowable(exchange, &index, &entry, log.side, state)
                && blocked.is_some_and(|blocked| blocked != (waits != Waits::Not))
            {
                wrong.push(format!("{step}: the {who} ({state}) is blocked: {blocked:?}, not {waits:?}"));
            }
        }
    }
    index.len()
}

#[test]
fn the_ends_are_inferred_as_they_saw_themselves() {
    let (mut wrong, mut steps) = (Vec::new(), 0);
    for shipped in shipped::ALL {
        for choices in variants(shipped.text) {
            let scenario = Scenario::read(shipped.text, &choices).expect("a scenario");
            let is_opaque = scenario.world.tls != Encryption::Refused;
            let is_raw = shipped.name == "copy-in-wrong-message";
            if is_opaque || is_raw || !scenario.wire.damages.is_empty() {
                continue;
            }
            let played = scenario.play();
            let main = played.main();
            let name = format!("{} {:?}", shipped.name, choices.0);
            // A program that sleeps on purpose waits for nothing that was said.
            let sleeps = shipped.text.contains("sleep");
            steps += compare(&name, (&main.exchange, sleeps), &main.client, &main.server, &mut wrong);
        }
    }
    assert!(wrong.is_empty(), "{} of {steps}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(steps > 2000, "only {steps}");
}

#[test]
fn any_step_is_reached_at_once_and_the_same() {
    let default = Choices::default();
    let scenario = Scenario::read(shipped::ALL[0].text, &default).expect("a scenario");
    let exchange = scenario.play().main().exchange.clone();
    let index = Index::new(&exchange);
    let course = Course::new(&exchange, &index);
    let forth: Vec<_> = (0..index.len()).map(|number| course.after(&exchange, &index, number).server).collect();
    let back: Vec<_> = (0..index.len()).rev().map(|number| course.after(&exchange, &index, number).server).collect();
    assert!(forth.iter().eq(back.iter().rev()));
}

#[test]
fn healthy_recordings_end_in_a_state_that_fits() {
    let mut idle = 0;
    for recording in all() {
        let indexed = recording.indexed();
        let course = Course::new(&indexed.exchange, &indexed.index);
        let Some(last) = indexed.index.len().checked_sub(1) else { continue };
        let ends = course.after(&indexed.exchange, &indexed.index, last);
        let terminated = indexed.index.entry(last).is_some_and(|entry| entry.message.name() == "Terminate");
        if terminated {
            assert_eq!((ends.client, ends.server), ("closed", "closed"), "{}", recording.name);
            idle += 1;
        }
    }
    assert!(idle > 100, "only {idle}");
}
