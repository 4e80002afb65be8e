//! What `session` infers of both ends is what the simulated ends wrote down themselves, at each step.

use pgscope_proto::messages::{simple_query, startup};
use pgscope_proto::{Direction, Exchange, Segment};
use pgscope_session::{Ahead, Course, Entry, Inbox, Index, Instant, Piece, Waits, ahead, instant_after, instants};
use pgscope_sim::{Awaits, Choices, Connected, Damage, Encryption, Log, Scenario, What, shipped};

use pgscope_view::{Indexed, programs};

use crate::captures::all;
use crate::healthy::part;
use crate::real::variants;

/// The last line of a log whose messages have all been seen on the wire: its state, and whether the end was blocked then.
fn reached(log: &Log, seen: [usize; 2]) -> Option<(&'static str, Option<bool>)> {
    let [own, other] = match log.side {
        Direction::Frontend => seen,
        Direction::Backend => [seen[1], seen[0]],
    };
    let mut state = None;
    let (mut blocked, mut woke) = (false, false);
    let (mut held, mut is_open) = (false, false);
    // An end that closes without a word, or that gives up on what it read, leaves no trace in what was said.
    let mut closes = false;
    for line in &log.lines {
        match line.what {
            What::Read(_, end) if end > other => break,
            // That an error is on its way out of a COPY nobody can know before it is seen.
            What::Said("ErrorResponse", end) if end > own && state == Some("copy in") => return None,
            What::Said(_, end) if end > own => {
                held = true;
                // Something that it did not read woke it, a type that cannot be or an event: who knows when.
                is_open = woke;
                break;
            }
            What::Blocked => (blocked, woke) = (true, false),
            What::Woke => {
                (woke, closes) = (true, false);
                continue;
            }
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
    is_open |= held && matches!(state, Some("extended" | "copy both"));
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

/// What was compared, and what differs.
#[derive(Default)]
struct Compared {
    plays: usize,
    steps: usize,
    /// Of how many steps the log of an end does not tell its state.
    untold: usize,
    wrong: Vec<String>,
}

/// One play, and what of it is compared.
struct Play<'a> {
    name: String,
    connected: &'a Connected,
    /// A program that sleeps on purpose waits for nothing that was said.
    sleeps: bool,
    /// The end that is compared, if not both: a sender does not know what the wire made of its words.
    only: Option<Direction>,
}

impl Compared {
    /// Compares what is said in the clear, and what was said inside TLS.
    fn play(&mut self, play: &Play) {
        self.plays += 1;
        let exchange = &play.connected.exchange;
        let clear = self.compare(play, exchange, [0; 2]);
        if let Some(inner) = &play.connected.inner {
            self.compare(play, inner, clear);
        }
    }

    /// Compares step by step, up to a record of TLS; each end has said so many bytes before. Gives what it has said behind.
    fn compare(&mut self, play: &Play, exchange: &Exchange, before: [usize; 2]) -> [usize; 2] {
        let index = Index::new(exchange);
        let course = Course::new(exchange, &index);
        let mut seen = before;
        for entry in (0..index.len()).filter_map(|number| index.entry(number)) {
            if *entry.message == startup::TLS_RECORD {
                break;
            }
            let side = entry.direction.index();
            seen[side] = before[side] + entry.span.end;
            // The ends shake hands behind it before they say anything that could be seen.
            if *entry.message == startup::SSL_ACCEPTED {
                break;
            }
            self.step(play, exchange, (&index, &course), &entry, seen);
        }
        seen
    }

    fn step(
        &mut self,
        play: &Play,
        exchange: &Exchange,
        (index, course): (&Index, &Course),
        entry: &Entry,
        seen: [usize; 2],
    ) {
        self.steps += 1;
        let ends = course.after(exchange, index, entry.number);
        let step = format!("{} {} {} {}", play.name, entry.number, entry.direction.letter(), entry.message.name());
        let inferred =
            [("client", ends.client.name(), ends.client_waits()), ("server", ends.server.name(), ends.server_waits())];
        for ((who, state, waits), log) in inferred.into_iter().zip([&play.connected.client, &play.connected.server]) {
            if play.only.is_some_and(|only| only != log.side) {
                continue;
            }
            let Some((truth, blocked)) = reached(log, seen) else {
                self.untold += 1;
                continue;
            };
            let silent = blocked.is_none() && state == "closed";
            if truth != state && !silent {
                self.wrong.push(format!("{step}: the {who} is {truth}, not {state}"));
            } else if !(play.sleeps && who == "client")
                && is_knowable(exchange, index, entry, log.side, state)
                && blocked.is_some_and(|blocked| blocked != (waits != Waits::Not))
            {
                self.wrong.push(format!("{step}: the {who} ({state}) is blocked: {blocked:?}, not {waits:?}"));
            }
        }
    }
}

#[test]
fn the_ends_are_inferred_as_they_saw_themselves() {
    let mut compared = Compared::default();
    for shipped in shipped::ALL {
        for choices in variants(shipped.text) {
            let played = Scenario::read(shipped.text, &choices).expect("a scenario").play();
            for (number, connected) in played.connections.iter().enumerate() {
                let name = format!("{} {:?} #{number}", shipped.name, choices.0);
                let sleeps = shipped.text.contains("sleep");
                compared.play(&Play { name, connected, sleeps, only: None });
            }
        }
    }
    let Compared { steps, untold, wrong, .. } = compared;
    eprintln!("of {untold} of {} states of {steps} steps the log tells nothing", 2 * steps);
    assert!(untold * 500 < 2 * steps, "{untold} of {steps}");
    assert!(wrong.is_empty(), "{} of {steps}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(steps > 2000, "only {steps}");
}

/// Any byte of any header arrives as another: the end that receives it is inferred as it saw itself.
#[test]
fn the_receiver_of_a_damaged_header_is_inferred_as_it_saw_itself() {
    let (mut compared, mut differ) = (Compared::default(), Vec::new());
    for shipped in shipped::ALL {
        let whole = Scenario::read(shipped.text, &Choices::default()).expect("a scenario");
        // A damaged record of TLS is nobody's message.
        if whole.world.tls != Encryption::Refused {
            continue;
        }
        let sent = whole.play().main().exchange.clone();
        let index = Index::new(&sent);
        for entry in (0..index.len()).filter_map(|number| index.entry(number)) {
            for (nth, offset) in (entry.span.start..entry.span.end).take(5).enumerate() {
                let direction = entry.direction;
                let byte = sent.stream(direction).bytes[offset];
                let value = [byte ^ 1, 0x7f, byte.wrapping_add(3)][(nth + entry.number) % 3];
                let mut damaged = whole.clone();
                damaged.wire.damages.push(Damage::Byte { direction, offset, value });
                let played = damaged.play();
                let name = format!("{} {}:{offset}={value:02x}", shipped.name, direction.letter());
                let sleeps = shipped.text.contains("sleep");
                compared.play(&Play { name, connected: played.main(), sleeps, only: Some(direction.other()) });
                differ.extend(compared.wrong.drain(..).next());
            }
        }
    }
    // What a server that skips to Sync makes of a message of another type than was sent, it keeps to itself.
    let plays = compared.plays;
    eprintln!("{} of {plays} plays differ", differ.len());
    assert!(differ.len() * 500 < plays, "{} of {plays} plays:\n{}", differ.len(), differ.join("\n"));
    assert!(plays > 3000, "only {plays}");
}

/// What the read at which an end is would be in the words of the simulated ends.
fn awaits(inbox: &Inbox) -> Option<Awaits> {
    let (piece, wants) = inbox.read.filter(|_| inbox.is_blocked())?;
    Some(match piece {
        Piece::PacketLength => Awaits::Packet,
        Piece::Packet | Piece::Body => Awaits::Rest(wants - inbox.has()),
        Piece::Byte => Awaits::Byte,
        Piece::Tag | Piece::Length => Awaits::Message,
        Piece::RecordHead | Piece::Record => Awaits::Record,
        Piece::End => Awaits::End,
    })
}

/// What an end waits for behind all that happened to it up to this time, if it is blocked. Nothing where it said something
/// at this time: where it was before that is not in its log.
fn blocked_at(log: &Log, at_us: u64) -> Option<Option<Awaits>> {
    let until: Vec<_> = log.lines.iter().take_while(|line| line.at_us <= at_us).collect();
    let says = |line: &pgscope_sim::Logged| line.at_us == at_us && matches!(line.what, What::Said(..));
    if until.iter().any(|line| says(line)) {
        return None;
    }
    let last = until.last()?;
    Some((last.what == What::Blocked).then_some(last.awaits))
}

/// How many reads were compared, and of how many the end had spoken on and nobody had heard it.
#[derive(Default)]
struct Reads {
    all: usize,
    unknowable: usize,
}

/// Compares the reads at which ends are with their own logs, where a segment has been taken in. Gives how many were.
fn compare_reads(name: &str, exchange: &Exchange, logs: [&Log; 2], sleeps: bool, wrong: &mut Vec<String>) -> Reads {
    let index = Index::new(exchange);
    let course = Course::new(exchange, &index);
    let all = instants(exchange, &index);
    let mut compared = Reads::default();
    for (nth, at) in all.iter().enumerate() {
        let entry = index.entry(at.number).expect("a message");
        if *entry.message == startup::TLS_RECORD || *entry.message == startup::SSL_ACCEPTED {
            break;
        }
        let Instant { number, taken, segment, .. } = *at;
        let side = entry.direction.other();
        let (Some(at_us), log) = (exchange.segments[segment].at_us, logs[side.index()]) else { continue };
        // What is read on at once is between two lines of a log, and what happens next at the same time is one with it.
        let next = all.get(nth + 1).map(|next| exchange.segments[next.segment].at_us);
        if next == Some(Some(at_us)) || exchange.segments[segment].direction != entry.direction {
            continue;
        }
        let ends = match (taken < entry.span.len(), number.checked_sub(1)) {
            (false, _) => course.just_after(exchange, &index, number).given(&ahead(&index, number, number)),
            (true, Some(before)) => course
                .just_after(exchange, &index, before)
                .given(&Ahead { is_later: true, ..ahead(&index, before, number) }),
            (true, None) => Default::default(),
        };
        let inbox = ends.inbox(side, exchange, &index, at);
        // What it has said and what has not arrived nobody else can know.
        let arrived = at.arrived[side.index()];
        let is_under_way = |line: &pgscope_sim::Logged| {
            line.at_us <= at_us as u64 && matches!(line.what, What::Said(_, end) if end > arrived)
        };
        let has_spoken = log.lines.iter().any(is_under_way);
        let Some(truth) = blocked_at(log, at_us as u64) else { continue };
        let ours = awaits(&inbox);
        // Whether its program looks when nothing is asked, or sleeps, the wire does not tell.
        let is_its_own = ends.client.name() == "ready" || (sleeps && truth.is_none());
        if side == Direction::Frontend && is_its_own {
            continue;
        }
        compared.all += 1;
        // That a connection ends is no byte.
        let is_closed = log.lines.iter().any(|line| line.what == What::Closed && line.at_us <= at_us as u64);
        if truth != ours && ((has_spoken && ours.is_none()) || is_closed) {
            compared.unknowable += 1;
        } else if truth != ours && !matches!(truth, Some(Awaits::User | Awaits::Time)) {
            wrong
                .push(format!("{name} {number}+{taken} of {}: {side:?} {truth:?}, not {ours:?}", entry.message.name()));
        }
    }
    compared
}

/// In each play the next read wants what the end itself wanted, with its bytes in pieces of every size.
#[test]
fn reads_want_what_the_ends_wanted() {
    let (mut compared, mut wrong) = (Reads::default(), Vec::new());
    for shipped in shipped::ALL {
        // A program that sleeps on purpose does not read.
        let sleeps = shipped.text.contains("sleep");
        for choices in variants(shipped.text) {
            for segment in [None, Some(1), Some(3), Some(7), Some(64)] {
                let mut scenario = Scenario::read(shipped.text, &choices).expect("a scenario");
                if segment.is_some() {
                    scenario.wire.segment = segment;
                }
                for (number, connected) in scenario.play().connections.iter().enumerate() {
                    let name = format!("{} {:?} #{number} {segment:?}", shipped.name, choices.0);
                    let logs = [&connected.client, &connected.server];
                    for exchange in std::iter::once(&connected.exchange).chain(&connected.inner) {
                        let reads = compare_reads(&name, exchange, logs, sleeps, &mut wrong);
                        compared.all += reads.all;
                        compared.unknowable += reads.unknowable;
                    }
                }
            }
        }
    }
    let Reads { all, unknowable } = compared;
    eprintln!("of {unknowable} of {all} reads nobody could know");
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
    assert!(all > 20_000 && unknowable * 50 < all, "{unknowable} of {all}");
}

/// Whatever a lesson offers to break: the end that receives it is inferred as it saw itself, and its reads are.
#[test]
fn what_a_lesson_breaks_is_inferred_too() {
    let (mut compared, mut differ, mut reads, mut wrong) = (Compared::default(), Vec::new(), 0, Vec::new());
    for shipped in shipped::ALL {
        let whole = Scenario::read(shipped.text, &Choices::default()).expect("a scenario");
        if whole.world.tls != Encryption::Refused {
            continue;
        }
        let indexed = Indexed::new(whole.play().main().exchange.clone());
        let course = Course::new(&indexed.exchange, &indexed.index);
        for entry in (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)).step_by(2) {
            let at = instant_after(&indexed.exchange, &entry);
            for offered in programs::both(&indexed, &course, &at).offered {
                let text = format!("{}\n[wire]\n{}\n", shipped.text, offered.fault.line());
                let played = Scenario::read(&text, &Choices::default()).expect(&text).play();
                let name = format!("{} {}", shipped.name, offered.fault.to_link());
                let sleeps = shipped.text.contains("sleep");
                let only = Some(entry.direction.other());
                compared.play(&Play { name: name.clone(), connected: played.main(), sleeps, only });
                differ.extend(compared.wrong.drain(..).next());
                let logs = [&played.main().client, &played.main().server];
                let of = compare_reads(&name, &played.main().exchange, logs, sleeps, &mut wrong);
                reads += of.all;
            }
        }
    }
    let plays = compared.plays;
    eprintln!("{} of {plays} plays and {} of {reads} reads differ", differ.len(), wrong.len());
    assert!(differ.len() * 100 < plays, "{} of {plays}:\n{}", differ.len(), differ.join("\n"));
    assert!(wrong.len() * 100 < reads, "{} of {reads}:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
    assert!(plays > 1000, "only {plays}");
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
            assert_eq!((ends.client.name(), ends.server.name()), ("closed", "closed"), "{}", recording.name);
            idle += 1;
        }
    }
    assert!(idle > 100, "only {idle}");
}

/// A recording that begins later: behind the first ReadyForQuery both ends are where they are in the whole. Before it, what was asked
/// earlier is not known, and in most places both are all the same.
#[test]
fn where_a_recording_begins_later_both_ends_are_where_they_were() {
    // [alike, not] before the first ReadyForQuery, and behind it.
    let (mut before, mut behind, mut others) = ([0_usize; 2], [0_usize; 2], Vec::new());
    for recording in all() {
        let whole = recording.indexed();
        let count = whole.index.len();
        // What was asked before the cut, and is answered behind it, nobody can know.
        let asks_ahead = ["pipeline", "two_queries_no_wait"].iter().any(|part| recording.name.contains(part));
        if count > 2000 || asks_ahead || recording.name.contains("tls") || recording.name.contains("ssl") {
            continue;
        }
        let states = |indexed: &Indexed| {
            let mut states = Vec::new();
            Course::along(&indexed.exchange, &indexed.index, |ends| states.push((ends.client, ends.server)));
            states
        };
        let all = states(&whole);
        for number in (1..count).step_by((count / 20).max(1)) {
            let cut = Indexed::new(part(&whole, number..count, 0));
            let own = states(&cut);
            if own.len() + number != count {
                continue;
            }
            let is_ready = |at: &usize| {
                whole.index.entry(number + at).is_some_and(|entry| *entry.message == simple_query::READY_FOR_QUERY)
            };
            let ready = (0..own.len()).find(is_ready).unwrap_or(own.len());
            for (at, (own, all)) in own.iter().zip(&all[number..]).enumerate() {
                let counts = if at < ready { &mut before } else { &mut behind };
                counts[usize::from(own != all)] += 1;
                if at >= ready && own != all {
                    others.push(format!("{} from {number}, at {}: {own:?}, not {all:?}", recording.name, number + at));
                }
            }
        }
    }
    eprintln!(
        "before a ReadyForQuery {} alike, {} not; behind it {} and {}",
        before[0], before[1], behind[0], behind[1]
    );
    assert!(before[1] < before[0], "{before:?}");
    assert!(others.len() * 500 < behind[0], "{behind:?}:\n{}", others[..others.len().min(60)].join("\n"));
}
