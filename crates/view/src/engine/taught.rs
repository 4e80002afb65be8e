//! What a screen that teaches asks of an engine, and the plain data that it gets: scenarios, their steps, both programs at work.

use serde::{Deserialize, Serialize};

use super::{FieldRow, Loaded, Row, Words};
use crate::programs::{Both, Question};
use crate::talk::{Mission, Sayable};

/// What a screen that teaches asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Lessons {
    /// Read what a simulator made of a scenario: the bytes of a [`Performance`](crate::Performance). The answer is
    /// [`Taught::Played`].
    Play {
        /// Those bytes.
        performance: Vec<u8>,
        /// Those of the same scenario undamaged, where something is broken: what differs is told.
        undamaged: Option<Vec<u8>>,
    },
    /// What is told about a message, and what both programs do behind it, or while they read it: behind this one of
    /// [`Played::reads`]. The answer is [`Taught::Moment`].
    Moment {
        /// The message, from 0.
        number: usize,
        /// A read of it: [`Stop::read`].
        read: Option<usize>,
        /// A message that is said behind it on another connection: [`Stop::aside`].
        aside: Option<usize>,
    },
    /// The first bytes of a message. The answer is [`Taught::Bytes`].
    Bytes {
        /// The message, from 0.
        number: usize,
        /// How many.
        end: usize,
    },
}

/// What a screen asks for one who tries it oneself. It comes later than [`Lessons`]: a first look at a lesson asks nothing of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Practice {
    /// What comes behind that. The answer is [`Taught::Question`].
    Question {
        /// The message, from 0.
        number: usize,
        /// A read of it, where one steps by reads: it is asked how much the next one wants.
        read: Option<usize>,
    },
    /// What one can say as the client, or as the server, behind all that was said. The answer is [`Taught::Talked`].
    Talk {
        /// As which end.
        is_client: bool,
    },
}

/// What is answered to both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Taught {
    /// To [`Lessons::Play`].
    Played(Box<Played>),
    /// To [`Lessons::Moment`].
    Moment(Box<Moment>),
    /// To [`Lessons::Bytes`].
    Bytes(Vec<u8>),
    /// To [`Practice::Question`].
    Question(Question),
    /// To [`Practice::Talk`].
    Talked(Talked),
    /// There is no such thing.
    Nothing,
}

/// Where a talk is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Talked {
    /// All messages that one can say.
    pub sayable: Vec<Sayable>,
    /// What one can try.
    pub missions: Vec<Mission>,
    /// What one has said, as lines of a scenario.
    pub says: String,
    /// Whether the other end has closed the connection: nothing more reaches it.
    pub is_closed: bool,
}

/// A scenario that was played.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Played {
    /// Its exchange.
    pub loaded: Loaded,
    /// What is told.
    pub lesson: Lesson,
    /// Its steps, in order: a run of messages of one kind that says nothing new is one.
    pub stops: Vec<Stop>,
    /// Its steps read by read.
    pub reads: Vec<Stop>,
    /// The message with which the story begins: behind the start-up, where nothing is told of that.
    pub begins: usize,
    /// The messages that are not as they are where nothing is broken.
    pub changed: Vec<usize>,
    /// How many messages are said there, and not here.
    pub missing: usize,
}

/// A step of a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Its first message.
    pub number: usize,
    /// Which read of it, where one steps by reads.
    pub read: Option<usize>,
    /// Which of the messages that are said behind it on other connections.
    pub aside: Option<usize>,
    /// How many words are told about it.
    pub words: usize,
    /// Whether a phase of the connection begins with it.
    pub begins: bool,
    /// Whether it is worth a stop by itself: something is told about it, or a server says that something failed.
    pub matters: bool,
    /// Whether the server says that something failed.
    pub fails: bool,
    /// Whether an end is in another state behind it.
    pub turns: bool,
}

/// What a scenario tells as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// Its title.
    pub title: String,
    /// What happens, in one line.
    pub summary: String,
    /// What it exists to show.
    pub shows: String,
    /// What is told before the first message, in Markdown.
    pub introduction: String,
    /// Where the simulator stopped before all was said: what is to be known of that.
    pub stopped: String,
    /// What can be changed.
    pub knobs: Vec<KnobRow>,
    /// What one can answer at the end.
    pub questions: Vec<QuestionRow>,
}

/// What one can answer at the end of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionRow {
    /// The question, in Markdown.
    pub question: String,
    /// The answer, in Markdown.
    pub answer: String,
    /// The message that shows it, from 0; none where it is not said with these knobs.
    pub number: Option<usize>,
}

/// Something that can be changed about a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KnobRow {
    /// Its name, which links use.
    pub name: String,
    /// What it is for.
    pub label: String,
    /// What it can be set to.
    pub choices: Vec<String>,
    /// What it is set to.
    pub chosen: String,
}

/// A moment of an exchange, in the story and in both programs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The chapter.
    pub chapter: String,
    /// What is told, in Markdown: of this message, or of the run of its kind that it goes on with. Nothing of any other.
    pub text: String,
    /// Which message the text is about: this one, or the first of that run.
    pub about: Option<usize>,
    /// Both programs.
    pub both: Both,
    /// The other connections on which something was said by now.
    pub further: Vec<Further>,
    /// Which of them the text is about, where one is at a message of it.
    pub elsewhere: Option<usize>,
}

/// Another connection at a moment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Further {
    /// Which one, from 0.
    pub connection: usize,
    /// `connection 2`, or `connection 1, inside TLS`.
    pub name: Words,
    /// Both programs.
    pub both: Both,
    /// The last messages that were said on it.
    pub rows: Vec<Row>,
    /// The bytes of the last.
    pub bytes: Vec<u8>,
    /// What these bytes are: its first fields that have no others in them.
    pub fields: Vec<FieldRow>,
}
