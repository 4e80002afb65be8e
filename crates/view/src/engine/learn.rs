//! A scenario that was played: its exchange is read like any other, and each message has its place in the story.

use std::mem::{Discriminant, discriminant};

use pgscope_proto::conversation::Phase;
use pgscope_proto::{Direction, Segment, Tree};
use pgscope_session::{Course, Instant, instant_after, instants};

use super::{Aside, Engine, Kept, Loaded, Moment, Played, QuestionRow, Stop, Talked};
use crate::performance::{Performance, Question as Asked, Step};
use crate::programs::{Both, Question};
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
        let mut loaded = self.connect(0);
        loaded.first = 0;
        lesson.questions = self.questions();
        let stops = self.stops();
        self.instants = self.indexed().map(|of| instants(&of.exchange, &of.index)).unwrap_or_default();
        let reads = self.reads(&stops);
        let plain = undamaged.and_then(Performance::from_bytes).and_then(|plain| plain.exchanges.into_iter().next());
        let compared = plain.and_then(|plain| Some(differing(&Indexed::new(plain), self.indexed()?)));
        let (changed, missing) = compared.unwrap_or_default();
        Some(Played { loaded, lesson, stops, reads, changed, missing })
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

    /// The steps read by read. What is told of a message stands at its first.
    fn reads(&self, stops: &[Stop]) -> Vec<Stop> {
        let mut stops = stops.iter().peekable();
        let read = |(read, at): (usize, &Instant)| {
            let first = stops.next_if(|stop| stop.number == at.number).copied();
            Stop { number: at.number, read: Some(read), ..first.unwrap_or_default() }
        };
        self.instants.iter().enumerate().map(read).collect()
    }

    /// The steps of what is told, message by message but for runs that say nothing new.
    fn stops(&self) -> Vec<Stop> {
        let mut stops: Vec<Stop> = Vec::new();
        let Some(indexed) = self.indexed() else { return stops };
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
            stops.push(Stop { number: entry.number, read: None, words, begins, matters, fails, turns });
        }
        stops
    }

    /// What is told about a message, and what both programs do behind it, or behind a read of it.
    pub(super) fn moment(&self, number: usize, read: Option<usize>) -> Option<Moment> {
        let indexed = self.indexed()?;
        let entry = indexed.index.entry(number)?;
        let read = read.and_then(|read| self.instants.get(read)).filter(|at| at.number == number);
        let at = read.copied().unwrap_or_else(|| instant_after(&indexed.exchange, &entry));
        let (about, step) = self.told_of(indexed, number).unzip();
        Some(Moment {
            chapter: step.map(|step| step.chapter.clone()).unwrap_or_default(),
            text: step.map(|step| step.text.clone()).unwrap_or_default(),
            about,
            both: self.at_rest(programs::both(indexed, self.courses.get(self.connection)?, &at), &at),
            elsewhere: self.asides(number),
        })
    }

    /// At the very end an end may have closed, of which no byte tells.
    fn at_rest(&self, mut both: Both, at: &Instant) -> Both {
        let Some(indexed) = self.indexed() else { return both };
        let is_last = at.number + 1 == indexed.index.len()
            && indexed.index.entry(at.number).is_some_and(|entry| at.taken == entry.span.len());
        if let Some([client, server]) = self.told.rests.get(self.connection).filter(|_| is_last) {
            both.rest(client, server);
        }
        both.tell_of_closed();
        both
    }

    /// What is said on other connections from a message up to the next, to the end at the last.
    fn asides(&self, number: usize) -> Vec<Aside> {
        fn arrived(indexed: &Indexed, number: usize) -> Option<i64> {
            let entry = indexed.index.entry(number)?;
            let holds = |segment: &&Segment| segment.direction == entry.direction && segment.span.end >= entry.span.end;
            indexed.exchange.segments.iter().find(holds)?.at_us
        }
        let Some(here) = self.indexed() else { return Vec::new() };
        let Some(from) = arrived(here, number) else { return Vec::new() };
        let to = if number + 1 < here.index.len() { arrived(here, number + 1) } else { None }.unwrap_or(i64::MAX);
        let others = self.connections.iter().enumerate().filter(|(nth, _)| *nth != self.connection);
        let mut asides = Vec::new();
        let mut tree = Tree::new();
        for (connection, other) in others {
            for number in 0..other.index.len().min(MOST_COMPARED) {
                let Some(at) = arrived(other, number).filter(|at| (from..to).contains(at)) else { continue };
                let Some((entry, _)) = other.check(number, &mut tree) else { continue };
                let aside = Aside {
                    connection,
                    number,
                    is_frontend: entry.direction == Direction::Frontend,
                    name: other.named(&entry).name().into(),
                    says: other.says_named(&entry, &tree),
                };
                asides.push((at, aside));
            }
        }
        asides.sort_by_key(|(at, _)| *at);
        asides.into_iter().map(|(_, aside)| aside).take(MOST_ASIDES).collect()
    }

    /// What one can say behind all that was said, and what one can try.
    pub(super) fn talked(&self, is_client: bool) -> Option<Talked> {
        let (indexed, course) = (self.indexed()?, self.courses.get(self.connection)?);
        let side = if is_client { Direction::Frontend } else { Direction::Backend };
        Some(Talked { sayable: talk::sayable(indexed, side), missions: talk::missions(indexed, course, is_client) })
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

/// How many messages of other connections are told at a step.
const MOST_ASIDES: usize = 8;
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
                    let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None }) else {
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
                let told = played.stops.iter().filter(|stop| stop.words > 0);
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
                    let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None }) else {
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
                let Taught::Moment(moment) = engine.teach(Lessons::Moment { number, read: None }) else {
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
