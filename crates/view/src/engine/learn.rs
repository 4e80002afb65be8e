//! A scenario that was played: its exchange is read like any other, and each message has its place in the story.

use std::mem::{Discriminant, discriminant};
use std::ops::Range;

use pgscope_proto::conversation::Phase;
use pgscope_proto::messages::simple_query::READY_FOR_QUERY;
use pgscope_proto::messages::startup::TLS_RECORD;
use pgscope_proto::schema::Chapter;
use pgscope_proto::{Direction, Exchange, Segment};
use pgscope_session::{Course, Instant, instant_after, instants};

use super::inspect::leaves;
use super::rows::rows_of;
use super::{Engine, Further, Kept, Loaded, Moment, Played, QuestionRow, Stop, Talked};
use crate::performance::{Performance, Question as Asked, Step};
use crate::programs::{Both, Question, few};
use crate::{Indexed, programs, talk};

impl Engine {
    /// Reads what a simulator made of a scenario.
    pub(super) fn play(&mut self, performance: &[u8], undamaged: Option<&[u8]>) -> Option<Played> {
        let mut told = Performance::from_bytes(performance)?;
        self.input = Kept::Nothing;
        self.text = Default::default();
        self.about = Loaded {
            form_name: "simulated".into(),
            reason: told.lesson.summary.clone(),
            sides_given: true,
            ..Loaded::default()
        };
        self.read_at_once(std::mem::take(&mut told.exchanges));
        let mut lesson = told.lesson.clone();
        self.told = told;
        // A story says itself where it begins.
        let mut loaded = self.turn_to(0);
        lesson.questions = self.questions();
        let stops = self.stops();
        self.instants = self.indexed().map(|of| instants(&of.exchange, &of.index)).unwrap_or_default();
        let reads = self.reads(&stops);
        let plain = undamaged.and_then(Performance::from_bytes).and_then(|plain| plain.exchanges.into_iter().next());
        let compared = plain.and_then(|plain| Some(differing(&Indexed::new(plain), self.indexed()?)));
        let (changed, missing) = compared.unwrap_or_default();
        let begins = self.begins(&stops, &changed).unwrap_or_default();
        loaded.first = begins;
        Some(Played { loaded, lesson, stops, reads, begins, changed, missing })
    }

    /// The first message behind a start-up that went well, of which nothing is told, and in which nothing was changed: every
    /// connection begins with the same.
    fn begins(&self, stops: &[Stop], changed: &[usize]) -> Option<usize> {
        let (indexed, outline) = (self.indexed()?, &self.list.outline);
        let (first, begins) = outline.cycle(0);
        let ready = indexed.index.entry(begins.checked_sub(1)?)?;
        let is_asked = indexed.index.entry(first)?.message.chapter == Chapter::Startup;
        let is_plain = is_asked && *ready.message == READY_FOR_QUERY && outline.has_head(0);
        let is_told = |stop: &Stop| stop.number < begins && stop.matters;
        let tells = stops.iter().any(|stop| stop.words > 0);
        let is_quiet = !stops.iter().any(is_told) && !changed.iter().any(|number| *number < begins);
        (is_plain && tells && is_quiet).then_some(begins)
    }

    /// What one can answer at the end, with the numbers of the messages that show it.
    fn questions(&self) -> Vec<QuestionRow> {
        let entries = |indexed: &Indexed| {
            let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
            entries.map(|entry| (entry.direction, entry.message.name(), entry.number)).collect::<Vec<_>>()
        };
        let said = self.indexed().map(entries).unwrap_or_default();
        let row = |asked: &Asked| {
            let mut own = said.iter().filter(|(side, name, _)| (*side, *name) == (asked.direction, &asked.message));
            QuestionRow {
                question: asked.question.clone(),
                answer: asked.answer.clone(),
                number: own.nth(asked.nth.saturating_sub(1)).map(|(.., number)| *number),
            }
        };
        self.told.questions.iter().map(row).collect()
    }

    /// The steps read by read. What is told of a message stands at its first; what is said on other connections, behind its last.
    fn reads(&self, stops: &[Stop]) -> Vec<Stop> {
        let mut reads = Vec::new();
        let mut stops = stops.iter().copied().peekable();
        for (read, at) in self.instants.iter().enumerate() {
            while let Some(stop) = stops.next_if(|stop| stop.number < at.number) {
                reads.extend(stop.aside.map(|_| stop));
            }
            let first = stops.next_if(|stop| stop.number == at.number && stop.aside.is_none());
            reads.push(Stop { number: at.number, read: Some(read), ..first.unwrap_or_default() });
        }
        reads.extend(stops.filter(|stop| stop.aside.is_some()));
        reads
    }

    /// The steps of what is told, message by message but for runs that say nothing new; what is said meanwhile on other
    /// connections stands between them.
    fn stops(&self) -> Vec<Stop> {
        let others = self.others();
        let own: Vec<Vec<Stop>> = self.connections.iter().map(|indexed| self.stops_of(indexed)).collect();
        let mut stops = Vec::new();
        let mut here = own.get(self.connection).into_iter().flatten().copied().peekable();
        for number in 0..self.indexed().map_or(0, |indexed| indexed.index.len()) {
            stops.extend(here.next_if(|stop| stop.number == number));
            let meanwhile = self.meanwhile(&others, number);
            for (nth, other) in others.get(meanwhile).unwrap_or_default().iter().enumerate() {
                let mut its = own.get(other.connection).into_iter().flatten();
                let stop = its.find(|stop| stop.number == other.number);
                stops.extend(stop.map(|stop| Stop { number, aside: Some(nth), ..*stop }));
            }
        }
        stops
    }

    fn stops_of(&self, indexed: &Indexed) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        let mut tellings = Tellings::default();
        let mut before: Option<(Discriminant<Phase>, (Direction, &str))> = None;
        let mut states = Vec::new();
        Course::along(&indexed.exchange, &indexed.index, |ends| states.push((ends.client, ends.server)));
        for entry in (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number)) {
            let own = tellings.of(&self.told, entry.direction, entry.message.name());
            let now =
                (discriminant(&indexed.index.phase(entry.number)), (entry.direction, indexed.named(&entry).name()));
            let begins = before.is_none_or(|(phase, _)| phase != now.0);
            let is_same = before.replace(now) == Some(now);
            let was = entry.number.checked_sub(1).and_then(|before| states.get(before));
            let turns = states.get(entry.number) != was;
            if own.is_none() && is_same && !turns {
                continue;
            }
            let fails = entry.message.field.id == "errorresponse";
            let matters = own.is_some() || fails;
            let words = own.map_or(0, |step| step.text.split_whitespace().count());
            let number = entry.number;
            stops.push(Stop { number, read: None, aside: None, words, begins, matters, fails, turns });
        }
        stops
    }

    /// What is told about a message, and what both programs do behind it, or behind a read of it.
    pub(super) fn moment(&self, number: usize, read: Option<usize>, aside: Option<usize>) -> Option<Moment> {
        let indexed = self.indexed()?;
        let entry = indexed.index.entry(number)?;
        let read = read.and_then(|read| self.instants.get(read)).filter(|at| at.number == number);
        let at = read.copied().unwrap_or_else(|| instant_after(&indexed.exchange, &entry));
        let others = self.others();
        let meanwhile = self.meanwhile(&others, number);
        // One of the messages that were said meanwhile; before the first, what was said earlier.
        let nth = aside.map(|nth| meanwhile.start + nth).filter(|nth| *nth < meanwhile.end);
        let other = nth.and_then(|nth| others.get(nth));
        let told = match other {
            Some(other) => self.told_of(self.connections.get(other.connection)?, other.number),
            None => self.told_of(indexed, number),
        };
        let (about, step) = told.unzip();
        let said = others.get(..nth.map_or(meanwhile.start, |nth| nth + 1)).unwrap_or_default();
        Some(Moment {
            chapter: step.map(|step| step.chapter.clone()).unwrap_or_default(),
            text: step.map(|step| step.text.clone()).unwrap_or_default(),
            about,
            both: self.at_rest(programs::both(indexed, self.courses.get(self.connection)?, &at), self.connection, &at),
            further: self.further(said, other),
            elsewhere: other.map(|other| other.connection),
        })
    }

    /// At the very end an end may have closed, of which no byte tells.
    fn at_rest(&self, mut both: Both, connection: usize, at: &Instant) -> Both {
        let Some(indexed) = self.connections.get(connection) else { return both };
        let is_last = at.number + 1 == indexed.index.len()
            && indexed.index.entry(at.number).is_some_and(|entry| at.taken == entry.span.len());
        if let Some([client, server]) = self.told.rests.get(connection).filter(|_| is_last) {
            both.rest(client, server);
        }
        both.tell_of_closed();
        both
    }

    /// The messages of all other connections, in the order in which they arrive.
    fn others(&self) -> Vec<Other> {
        let others = self.connections.iter().enumerate().filter(|(nth, _)| *nth != self.connection);
        // Beside a connection of a large capture there is no room for all others.
        if self.shelf.is_some() || others.clone().map(|(_, other)| other.index.len()).sum::<usize>() > MOST_COMPARED {
            return Vec::new();
        }
        let mut said: Vec<Other> = others
            .flat_map(|(connection, other)| {
                let numbers = 0..other.index.len().min(MOST_COMPARED);
                // What comes at once with a message of the first connection was its cause; what is inside a record comes with it.
                let early = i64::from(!self.is_inside(connection));
                numbers
                    .filter_map(move |number| Some(Other { at: arrived(other, number)? - early, connection, number }))
            })
            .collect();
        few::sort(&mut said, |other| other.at);
        said
    }

    /// Those of them that arrive from a message up to the next, to the end at the last.
    fn meanwhile(&self, others: &[Other], number: usize) -> Range<usize> {
        if others.is_empty() {
            return 0..0;
        }
        let before = |number: usize| {
            let at = self.indexed().and_then(|here| arrived(here, number));
            at.map_or(others.len(), |at| others.partition_point(|other| other.at < at))
        };
        before(number)..before(number + 1)
    }

    /// The other connections as they are when these messages were said, and this one is said now.
    fn further(&self, said: &[Other], now: Option<&Other>) -> Vec<Further> {
        let one = |(connection, (indexed, course)): (usize, (&Indexed, &Course))| {
            let last = said.iter().filter(|other| other.connection == connection).map(|other| other.number).max()?;
            let at = instant_after(&indexed.exchange, &indexed.index.entry(last)?);
            let mut both = programs::both(indexed, course, &at);
            // Whether the connection ends behind it is seen behind it.
            match now.filter(|now| now.connection == connection) {
                Some(_) => both.tell_of_closed(),
                None => both = self.at_rest(both, connection, &at),
            }
            Some(Further {
                connection,
                name: self.name(connection).into(),
                both,
                rows: rows_of(indexed, (last + 1).saturating_sub(MOST_BESIDE), last + 1),
                bytes: indexed.bytes(&indexed.index.entry(last)?).iter().copied().take(MOST_BYTES).collect(),
                fields: leaves(indexed, last, MOST_LEAVES),
            })
        };
        if said.is_empty() {
            return Vec::new();
        }
        self.connections.iter().zip(&self.courses).enumerate().filter_map(one).collect()
    }

    /// Whether it was said inside TLS: that stands behind the records that hide it.
    fn is_inside(&self, connection: usize) -> bool {
        let before = connection.checked_sub(1).and_then(|before| self.outlines.get(before));
        before.is_some_and(|before| before.names().iter().any(|(_, message, _)| **message == TLS_RECORD))
    }

    /// What a connection is called.
    fn name(&self, connection: usize) -> String {
        let nth = (0..=connection).filter(|nth| !self.is_inside(*nth)).count();
        if self.is_inside(connection) { format!("connection {nth}, inside TLS") } else { format!("connection {nth}") }
    }

    /// What one can say as that end behind all that was said, and what one can try.
    pub(super) fn talk(&self, is_client: bool) -> Option<Talked> {
        let (indexed, course) = (self.indexed()?, self.courses.get(self.connection)?);
        let side = if is_client { Direction::Frontend } else { Direction::Backend };
        let exchanges: Vec<&Exchange> = self.connections.iter().map(|indexed| &indexed.exchange).collect();
        Some(Talked {
            sayable: talk::sayable(indexed, side),
            missions: talk::missions(indexed, course, is_client),
            says: talk::says(&exchanges, side),
            is_closed: talk::is_closed(indexed, course, side.other()),
        })
    }

    /// What comes behind a message, or how much the read behind this one wants.
    pub(super) fn question(&self, number: usize, read: Option<usize>) -> Option<Question> {
        let (indexed, course) = (self.indexed()?, self.courses.get(self.connection)?);
        if let Some(read) = read {
            let (at, next) = (self.instants.get(read)?, self.instants.get(read + 1)?);
            return programs::how_many(indexed, course, at, next);
        }
        let at = instant_after(&indexed.exchange, &indexed.index.entry(number)?);
        programs::what_comes(indexed, course, &at)
    }

    /// What is told about this message: about itself, or about the run of messages of its kind that it goes on with. A text
    /// never outlives what it is about. The narration names a message by who sends it, its name, and which of that name it is.
    fn told_of(&self, indexed: &Indexed, number: usize) -> Option<(usize, &Step)> {
        let mut tellings = Tellings::default();
        let (mut told, mut before) = (None, None);
        for entry in (0..=number).filter_map(|number| indexed.index.entry(number)) {
            let kind = (entry.direction, indexed.named(&entry).name());
            let own = tellings.of(&self.told, entry.direction, entry.message.name()).map(|step| (entry.number, step));
            told = own.or(told.filter(|_| before == Some(kind)));
            before = Some(kind);
        }
        told
    }
}

/// How many messages of another connection are shown, and how many bytes of the last.
const MOST_BESIDE: usize = 24;
const MOST_BYTES: usize = 96;
/// How many of its fields.
const MOST_LEAVES: usize = 14;

/// A message of another connection, and when it arrives.
struct Other {
    at: i64,
    connection: usize,
    number: usize,
}

/// When a message has arrived.
fn arrived(indexed: &Indexed, number: usize) -> Option<i64> {
    let entry = indexed.index.entry(number)?;
    let holds = |segment: &&Segment| segment.direction == entry.direction && segment.span.end >= entry.span.end;
    indexed.exchange.segments.iter().find(holds)?.at_us
}

/// How many messages of two exchanges are compared with each other, beyond what they have in common at both ends.
const MOST_COMPARED: usize = 2000;

/// The messages of `broken` that are not among those of `plain`, in their order, and how many of `plain` are not in `broken`.
fn differing(plain: &Indexed, broken: &Indexed) -> (Vec<usize>, usize) {
    fn said(indexed: &Indexed) -> Vec<(Direction, &[u8])> {
        let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
        entries.map(|entry| (entry.direction, indexed.bytes(&entry))).collect()
    }
    let (left, right) = (said(plain), said(broken));
    let common = left.iter().zip(&right).take_while(|(left, right)| left == right).count();
    let (left, right) = (left.get(common..).unwrap_or_default(), right.get(common..).unwrap_or_default());
    let end = left.iter().rev().zip(right.iter().rev()).take_while(|(left, right)| left == right).count();
    let left = left.get(..left.len() - end).unwrap_or_default();
    let right = right.get(..right.len() - end).unwrap_or_default();
    let left = left.get(..left.len().min(MOST_COMPARED)).unwrap_or_default();
    // The longest common part, row by row from the end.
    let width = left.len() + 1;
    let mut lengths = vec![0_u16; width * (right.len() + 1)];
    let at = |here: usize, there: usize| here * width + there;
    for here in (0..right.len()).rev() {
        for there in (0..left.len()).rev() {
            let length = match right.get(here) == left.get(there) {
                true => lengths.get(at(here + 1, there + 1)).map_or(0, |length| length + 1),
                false => {
                    let of = |place: usize| lengths.get(place).copied().unwrap_or_default();
                    of(at(here + 1, there)).max(of(at(here, there + 1)))
                }
            };
            lengths.get_mut(at(here, there)).into_iter().for_each(|place| *place = length);
        }
    }
    let of = |here: usize, there: usize| lengths.get(at(here, there)).copied().unwrap_or_default();
    let (mut here, mut there, mut changed) = (0, 0, Vec::new());
    while here < right.len() {
        if there < left.len() && right.get(here) == left.get(there) {
            (here, there) = (here + 1, there + 1);
        } else if there < left.len() && of(here, there + 1) >= of(here + 1, there) {
            there += 1;
        } else {
            changed.push(common + here);
            here += 1;
        }
    }
    let missing = left.len() - (right.len() - changed.len());
    (changed, missing)
}

/// Which of their names messages are, one after the other.
#[derive(Default)]
struct Tellings(Vec<(Direction, &'static str, usize)>);

impl Tellings {
    /// What is told of the next message.
    fn of<'a>(&mut self, told: &'a Performance, direction: Direction, name: &'static str) -> Option<&'a Step> {
        let known = self.0.iter_mut().find(|(of, its, _)| (*of, *its) == (direction, name));
        let nth = match known {
            Some((.., count)) => {
                *count += 1;
                *count
            }
            None => {
                self.0.push((direction, name, 1));
                1
            }
        };
        told.step(direction, name, nth)
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use std::collections::BTreeSet;

    use pgscope_sim::shipped;

    use crate::engine::{Engine, Lessons, Reply, Request, Taught};
    use crate::programs::{Both, Mark, Program};

    #[test]
    fn a_scenario_that_is_too_long_says_that_its_end_is_missing() {
        let of = |rows: usize| {
            let rows: String = (0..rows).map(|row| format!("  row {row}\n")).collect();
            format!(
                "title = Many\nsummary = Rows\n[client]\nuser = alice\ndatabase = shop\nquery SELECT 1\nterminate\n\
                 [server]\nrole alice trust\ndatabase shop\nanswer SELECT 1\n  columns id int4\n{rows}[wire]\nsegments = 1\n"
            )
        };
        for (rows, is_told) in [(100, false), (15_000, true)] {
            let played = crate::play(&of(rows), "", Vec::new()).unwrap();
            assert_eq!(played.lesson.stopped == crate::STOPPED, is_told, "{rows}");
            let said = &played.exchanges[0].stream(pgscope_proto::Direction::Frontend).bytes;
            assert_eq!(said.ends_with(b"X\0\0\0\x04"), !is_told, "{rows}");
        }
    }

    /// Every scenario with each choice of each of its knobs: a step has a text of its own, or that of the run that it goes on
    /// with, or none; every text is told at some step; and the steps lead through all of it.
    #[test]
    fn no_text_outlives_what_it_is_about() {
        for scenario in shipped::ALL {
            let knobs = crate::play(scenario.text, scenario.narration, Vec::new()).unwrap().lesson.knobs;
            let one_turned = knobs
                .iter()
                .flat_map(|knob| knob.choices.iter().map(|choice| vec![(knob.name.clone(), choice.clone())]));
            for choices in std::iter::once(Vec::new()).chain(one_turned) {
                let played = crate::play(scenario.text, scenario.narration, choices.clone()).unwrap();
                let mut engine = Engine::default();
                let Taught::Played(played) =
                    engine.teach(Lessons::Play { performance: played.to_bytes(), undamaged: None })
                else {
                    panic!("it is played")
                };
                let rows =
                    |engine: &mut Engine, number| match engine.answer(Request::Rows { from: number, to: number + 1 }) {
                        Reply::Rows(mut rows) => rows.pop().unwrap(),
                        other => panic!("{other:?}"),
                    };
                let mut texts = BTreeSet::new();
                for number in 0..played.loaded.messages {
                    let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None, aside: None })
                    else {
                        panic!("a moment")
                    };
                    assert_eq!(
                        moment.about.is_none(),
                        moment.text.is_empty(),
                        "{} {choices:?} {number}",
                        scenario.name
                    );
                    let Some(about) = moment.about else { continue };
                    let own = rows(&mut engine, number);
                    let is_of_run = (about..number).all(|other| {
                        let other = rows(&mut engine, other);
                        (&other.name, &other.direction) == (&own.name, &own.direction)
                    });
                    assert!(is_of_run, "{} {choices:?}: the text of {about} stands at {number}", scenario.name);
                    texts.insert(about);
                }
                let told = played.stops.iter().filter(|stop| stop.words > 0 && stop.aside.is_none());
                let told: BTreeSet<usize> = told.map(|stop| stop.number).collect();
                assert_eq!(told, texts, "{} {choices:?}", scenario.name);
                assert_eq!(played.stops.first().map(|stop| stop.number), Some(0), "{} {choices:?}", scenario.name);
            }
        }
    }

    /// What a text is about: its words of four letters and more, and its numbers.
    fn words(text: &str) -> BTreeSet<String> {
        let of = |word: &str| word.len() > 3 || word.starts_with(|first: char| first.is_ascii_digit());
        let words = text.split(|one: char| !one.is_alphanumeric()).filter(|word| of(word));
        // A word and its plural are one.
        words.map(|word| word.to_lowercase().trim_end_matches('s').to_owned()).collect()
    }

    /// The start-up is left out where nothing is told of it, and nowhere else.
    #[test]
    fn a_story_begins_where_it_tells_something() {
        let mut behind = Vec::new();
        for scenario in shipped::ALL {
            let performance = crate::play(scenario.text, scenario.narration, Vec::new()).unwrap();
            let play = Lessons::Play { performance: performance.to_bytes(), undamaged: None };
            let mut engine = Engine::default();
            let Taught::Played(played) = engine.teach(play) else { panic!("it is played") };
            let told = played.stops.iter().find(|stop| stop.words > 0).map_or(0, |stop| stop.number);
            assert!(played.begins <= told, "{}: {} of {told}", scenario.name, played.begins);
            if played.begins > 0 {
                behind.push(scenario.name);
                let before = Request::Rows { from: played.begins - 1, to: played.begins };
                let Reply::Rows(rows) = engine.answer(before) else { panic!("rows") };
                assert_eq!(rows[0].name, "ReadyForQuery", "{}", scenario.name);
            }
        }
        let expected = "simple-query error notices many-statements transactions extended-query two-readers binary portal \
                        pipeline skip-until-sync function-call copy-in copy-out copy-in-error copy-in-wrong-message settings \
                        notify pooling shutdown";
        assert_eq!(behind.join(" "), expected);
    }

    /// What is said on another connection is a step between those of the first, has its text, and leaves that connection beside
    /// it as it is then.
    #[test]
    fn connections_are_told_in_one_order_of_time() {
        let play = |name: &str, choices: &[(&str, &str)]| {
            let scenario = shipped::find(name).unwrap();
            let choices = choices.iter().map(|(knob, choice)| ((*knob).to_owned(), (*choice).to_owned())).collect();
            let performance = crate::play(scenario.text, scenario.narration, choices).unwrap().to_bytes();
            let mut engine = Engine::default();
            let Taught::Played(played) = engine.teach(Lessons::Play { performance, undamaged: None }) else {
                panic!("it is played")
            };
            let steps = played.stops.iter().map(|stop| {
                let asked = Lessons::Moment { number: stop.number, read: None, aside: stop.aside };
                let Taught::Moment(moment) = engine.teach(asked) else { panic!("a moment") };
                (*stop, *moment)
            });
            steps.collect::<Vec<_>>()
        };
        let steps = play("cancel", &[]);
        let aside = steps.iter().position(|(stop, _)| stop.aside.is_some()).expect("a second connection");
        let (before, (_, moment), after) = (&steps[aside - 1], &steps[aside], &steps[aside + 1]);
        assert_eq!((before.0.number, after.0.number), (19, 20));
        assert!(before.1.further.is_empty() && before.1.elsewhere.is_none());
        assert!(moment.text.contains("On the second connection"), "{}", moment.text);
        assert_eq!(moment.elsewhere, Some(1));
        let [further] = moment.further.as_slice() else { panic!("{:?}", moment.further) };
        assert_eq!((further.name.as_ref(), further.rows.len(), further.bytes.len()), ("connection 2", 1, 16));
        assert_eq!(further.both.client.state, "cancelling");
        assert_eq!(further.both.client.does, "its read() gives the end: the server has closed");
        assert_eq!(after.1.further[0].both.client.state, "closed", "it stays, and has ended by then");

        // What was said inside TLS goes along with the records that hide it.
        let steps = play("ssl-request", &[]);
        let inside = steps.iter().find(|(stop, _)| stop.aside.is_some()).expect("what is inside");
        assert_eq!(inside.1.further[0].name, "connection 1, inside TLS");
        assert!(inside.1.text.contains("inside TLS behind `S`"), "{}", inside.1.text);
        assert_eq!(inside.1.further[0].rows[0].name, "StartupMessage");

        // In a talk no time passes on the wire: what is asked comes before what is answered.
        let world = include_str!("../../../../web/talk/peer.scenario");
        let key = "\\x00000000";
        let asks = format!("beside CancelRequest request_code=80877102 process_id=4711 secret_key={key}");
        let script = format!("startup alice shop\nsql SELECT pg_sleep(10)\n{asks}\nsql SELECT 1");
        let performance = crate::talk::talk(world, true, &script).unwrap().to_bytes();
        let mut engine = Engine::default();
        let Taught::Played(played) = engine.teach(Lessons::Play { performance, undamaged: None }) else {
            panic!("it is played")
        };
        let number = played.loaded.messages - 1;
        let asked = Lessons::Moment { number, read: None, aside: None };
        let Taught::Moment(moment) = engine.teach(asked) else { panic!("a moment") };
        assert_eq!(moment.further.len(), 1);

        let steps = play("cancel", &[("first", "tls")]);
        let names: Vec<String> = steps.last().unwrap().1.further.iter().map(|one| one.name.to_string()).collect();
        assert_eq!(names, ["connection 1, inside TLS", "connection 2", "connection 2, inside TLS"]);
    }

    /// Behind the end of one side nobody waits for it, whatever is played: its peer reads what lies there, and then the end.
    #[test]
    fn nobody_waits_for_an_end_that_has_closed() {
        let mut told = BTreeSet::new();
        for scenario in shipped::ALL {
            let knobs = crate::play(scenario.text, scenario.narration, Vec::new()).unwrap().lesson.knobs;
            let one_turned =
                knobs.iter().flat_map(|knob| knob.choices.iter().map(|one| vec![(knob.name.clone(), one.clone())]));
            for choices in std::iter::once(Vec::new()).chain(one_turned) {
                let played = crate::play(scenario.text, scenario.narration, choices).unwrap();
                let mut engine = Engine::default();
                let play = Lessons::Play { performance: played.to_bytes(), undamaged: None };
                let Taught::Played(played) = engine.teach(play) else { panic!("it is played") };
                for number in 0..played.loaded.messages {
                    let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None, aside: None })
                    else {
                        panic!("a moment")
                    };
                    let both = moment.both;
                    for (one, other) in [(&both.client, &both.server), (&both.server, &both.client)] {
                        let is_left = one.state != "closed" && other.state == "closed";
                        let is_told = one.does.contains("has closed");
                        assert_eq!(is_left, is_told, "{} {number}: {}", scenario.name, one.does);
                        assert!(!(other.state == "closed" && one.is_blocked), "{} {number}", scenario.name);
                        if is_told {
                            told.insert(one.does.clone());
                        }
                    }
                }
            }
        }
        assert!(told.contains("the server has closed: nobody reads what it says"), "{told:#?}");
    }

    /// What a server forgets to send does not close the connection by itself, and the line that blocks is that of the read.
    #[test]
    fn who_forgets_a_flush_sits_in_the_next_read() {
        let unflushed = shipped::find("unflushed").unwrap();
        for (forgotten, place, server) in [
            (
                "byte",
                "packet_length",
                "was blocked in read(4), until it gave up: after authentication_timeout, a minute",
            ),
            ("start-up", "tag", "blocked in read(1), has 0: for ever"),
            ("answer", "tag", "blocked in read(1), has 0: for ever"),
        ] {
            let choices = vec![("forgotten".to_owned(), forgotten.to_owned())];
            let performance = crate::play(unflushed.text, unflushed.narration, choices).unwrap().to_bytes();
            let mut engine = Engine::default();
            let Taught::Played(played) = engine.teach(Lessons::Play { performance, undamaged: None }) else { panic!() };
            let last = played.loaded.messages - 1;
            let asked = Lessons::Moment { number: last, read: None, aside: None };
            let Taught::Moment(moment) = engine.teach(asked) else { panic!("a moment") };
            let Both { client, server: at_work, .. } = moment.both;
            assert_eq!(at_work.does, server, "{forgotten}");
            let now = |program: &Program| {
                program.marks.iter().find(|(_, mark)| *mark == Mark::Now).map(|(place, _)| place.to_string())
            };
            assert_eq!(now(&at_work).as_deref(), Some(place), "{forgotten}");
            assert!(client.does.contains("blocked in read(1), has 0"), "{forgotten}: {}", client.does);
            assert_eq!(client.does.contains("until the server closed"), forgotten == "byte", "{}", client.does);
        }
    }

    /// Three questions a scenario, each with a message that shows its answer as the scenario is played at first: what is told
    /// there says it, too.
    #[test]
    fn each_question_leads_to_a_message() {
        let mut wrong = Vec::new();
        for scenario in shipped::ALL {
            let performance = crate::play(scenario.text, scenario.narration, Vec::new()).unwrap();
            let play = Lessons::Play { performance: performance.to_bytes(), undamaged: None };
            let mut engine = Engine::default();
            let Taught::Played(played) = engine.teach(play) else { panic!("it is played") };
            let questions = &played.lesson.questions;
            if questions.len() != 3 {
                wrong.push(format!("{} has {} questions", scenario.name, questions.len()));
            }
            for asked in questions {
                assert!(asked.question.ends_with('?') && asked.answer.ends_with('.'), "{asked:?}");
                let Some(number) = asked.number else {
                    wrong.push(format!("{}: nothing shows “{}”", scenario.name, asked.question));
                    continue;
                };
                let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None, aside: None }) else {
                    panic!("a moment")
                };
                let introduction = if number == 0 { played.lesson.introduction.as_str() } else { "" };
                let told = format!("{} {introduction}", moment.text);
                let asks = words(&format!("{} {}", asked.question, asked.answer));
                if words(&told).intersection(&asks).count() < 2 {
                    wrong.push(format!("{}: message {} does not tell “{}”", scenario.name, number + 1, asked.answer));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
