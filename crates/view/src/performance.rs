//! What a simulator made of a scenario, as bytes that one module of WebAssembly can hand to another.
//!
//! The page's engine has no simulator: that is a module of its own (`crates/play`), fetched when somebody wants to learn.
//! The bytes are for two modules of one build, so they carry no version. Every number has eight bytes, the highest first;
//! a text is its length and its UTF-8; a list is its length and its entries.

use pgscope_proto::{Direction, Exchange, SourceMap, Stream};

use crate::engine::{KnobRow, Lesson};

/// A scenario that was played: what was said, and what is told about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Performance {
    /// The connections that were made, the one that it is about first. Each byte's source is itself.
    pub exchanges: Vec<Exchange>,
    /// In which states both ends of each are when all is over, the client first: that a connection has ended is no byte of it.
    pub rests: Vec<[String; 2]>,
    /// What is told as a whole.
    pub lesson: Lesson,
    /// What is told about single messages.
    pub steps: Vec<Step>,
    /// What one can answer at the end.
    pub questions: Vec<Question>,
}

/// What is told about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who says the message.
    pub direction: Direction,
    /// Its name.
    pub message: String,
    /// The how-manieth of that name and direction it is, from 1.
    pub nth: usize,
    /// The chapter that it belongs to; empty if none was opened.
    pub chapter: String,
    /// Markdown.
    pub text: String,
}

/// What one can answer at the end, and the message that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who says the message.
    pub direction: Direction,
    /// Its name.
    pub message: String,
    /// The how-manieth of that name and direction it is, from 1.
    pub nth: usize,
    /// Markdown.
    pub question: String,
    /// Markdown.
    pub answer: String,
}

impl Performance {
    /// The bytes of it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer(Vec::new());
        writer.number(self.exchanges.len());
        for exchange in &self.exchanges {
            writer.exchange(exchange);
        }
        writer.number(self.rests.len());
        self.rests.iter().flatten().for_each(|state| writer.text(state));
        let lesson = &self.lesson;
        for text in [&lesson.title, &lesson.summary, &lesson.shows, &lesson.introduction, &lesson.stopped] {
            writer.text(text);
        }
        writer.number(lesson.knobs.len());
        for knob in &lesson.knobs {
            [&knob.name, &knob.label, &knob.chosen].into_iter().for_each(|text| writer.text(text));
            writer.number(knob.choices.len());
            knob.choices.iter().for_each(|choice| writer.text(choice));
        }
        writer.number(self.steps.len());
        for step in &self.steps {
            [step.direction.index(), step.nth].into_iter().for_each(|number| writer.number(number));
            [&step.message, &step.chapter, &step.text].into_iter().for_each(|text| writer.text(text));
        }
        writer.number(self.questions.len());
        for asked in &self.questions {
            [asked.direction.index(), asked.nth].into_iter().for_each(|number| writer.number(number));
            [&asked.message, &asked.question, &asked.answer].into_iter().for_each(|text| writer.text(text));
        }
        writer.0
    }

    /// The performance that these bytes are of.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        let exchanges = (0..reader.number()?).map(|_| reader.exchange()).collect::<Option<_>>()?;
        let rests = (0..reader.number()?).map(|_| reader.texts()).collect::<Option<_>>()?;
        let [title, summary, shows, introduction, stopped] = reader.texts()?;
        let knobs = (0..reader.number()?).map(|_| reader.knob()).collect::<Option<_>>()?;
        let steps = (0..reader.number()?).map(|_| reader.step()).collect::<Option<_>>()?;
        let questions = (0..reader.number()?).map(|_| reader.question()).collect::<Option<_>>()?;
        let lesson = Lesson { title, summary, shows, introduction, stopped, knobs, questions: Vec::new() };
        Some(Self { exchanges, rests, lesson, steps, questions })
    }

    /// What is told about the `nth` message of this name from this side.
    pub fn step(&self, direction: Direction, message: &str, nth: usize) -> Option<&Step> {
        self.steps.iter().find(|step| step.direction == direction && step.message == message && step.nth == nth)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: usize) {
        self.0.extend((number as u64).to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len());
        self.0.extend(bytes);
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn exchange(&mut self, exchange: &Exchange) {
        self.number(exchange.segments.len());
        for segment in &exchange.segments {
            self.number(segment.direction.index());
            self.0.extend(segment.at_us.unwrap_or_default().to_be_bytes());
            self.bytes(segment.span.of(&exchange.stream(segment.direction).bytes));
        }
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn eight(&mut self) -> Option<[u8; 8]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<usize> {
        usize::try_from(u64::from_be_bytes(self.eight()?)).ok()
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    fn texts<const N: usize>(&mut self) -> Option<[String; N]> {
        let mut texts = [const { String::new() }; N];
        for text in &mut texts {
            *text = self.text()?;
        }
        Some(texts)
    }

    fn direction(&mut self) -> Option<Direction> {
        Direction::BOTH.get(self.number()?).copied()
    }

    fn exchange(&mut self) -> Option<Exchange> {
        let mut exchange = Exchange::default();
        for _ in 0..self.number()? {
            let direction = self.direction()?;
            let at_us = i64::from_be_bytes(self.eight()?);
            let bytes = self.bytes()?.to_vec();
            let map = SourceMap::identity(exchange.stream(direction).len(), bytes.len());
            exchange.push(direction, &Stream { bytes, map }, Some(at_us));
        }
        Some(exchange)
    }

    fn knob(&mut self) -> Option<KnobRow> {
        let [name, label, chosen] = self.texts()?;
        let choices = (0..self.number()?).map(|_| self.text()).collect::<Option<_>>()?;
        Some(KnobRow { name, label, choices, chosen })
    }

    fn step(&mut self) -> Option<Step> {
        let (direction, nth) = (self.direction()?, self.number()?);
        let [message, chapter, text] = self.texts()?;
        Some(Step { direction, message, nth, chapter, text })
    }

    fn question(&mut self) -> Option<Question> {
        let (direction, nth) = (self.direction()?, self.number()?);
        let [message, question, answer] = self.texts()?;
        Some(Question { direction, message, nth, question, answer })
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_survives_the_way_and_none_that_is_cut() {
        for shipped in pgscope_sim::shipped::ALL {
            let performance = crate::play(shipped.text, shipped.narration, Vec::new()).expect("it is shipped");
            let bytes = performance.to_bytes();
            assert_eq!(Performance::from_bytes(&bytes).as_ref(), Some(&performance), "{}", shipped.name);
            for end in (0..bytes.len()).step_by(7) {
                assert_eq!(Performance::from_bytes(&bytes[..end]), None, "{} cut at {end}", shipped.name);
            }
        }
    }

    #[test]
    fn no_number_asks_for_more_memory_than_there_are_bytes() {
        assert_eq!(Performance::from_bytes(&[0xff; 64]), None);
        assert_eq!(Performance::from_bytes(&[0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0]), None);
    }
}
