//! What few ever ask of an engine, and the plain data that they get: exports, comparisons, forms of messages.

use serde::{Deserialize, Serialize};

use super::{Masking, Words};
use crate::compose;

/// What few ever ask, and what takes much to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Apart {
    /// Messages in a form in which they are used elsewhere.
    Export(Export),
    /// What a simulator made of a scenario that was [to be played](ApartReply::ToBePlayed): the bytes of a
    /// [`Performance`](crate::Performance).
    Played(Export, Vec<u8>),
    /// A message as a form that is filled in.
    Compose(Compose),
    /// The exchanges beside those of another input.
    Compare(Comparison),
}

/// What is answered to that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApartReply {
    /// Messages, handed on.
    Exported(Exported),
    /// The text of a scenario, of which nobody knows yet whether the same would be said again.
    ToBePlayed(String),
    /// A message as a form.
    Composed(compose::Form),
    /// Two inputs beside each other.
    Compared(Compared),
    /// It cannot be done; why.
    Refused(String),
}

/// Which messages are wanted in which form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// Which messages.
    pub which: Which,
    /// `frontend` or `backend`, where only one end's are wanted.
    pub side: String,
    /// The id of a form of [`FORMS`](crate::export::FORMS).
    pub form: String,
    /// Whether they are masked before, and how.
    pub masking: Option<Masking>,
}

/// Some messages of the connection that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Which {
    /// All of them.
    All,
    /// The one with this number.
    Message(usize),
    /// Those of these lines of the list, those that are folded too: from the first to before the last.
    Lines(usize, usize),
}

/// Messages in a form in which they are used elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// How many messages they are.
    pub messages: usize,
    /// What they became.
    pub bytes: Vec<u8>,
}

/// What is done with the form of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compose {
    /// One of this name is begun, as it was last filled in; `frontend` or `backend` says it where both may.
    New {
        /// Its name.
        name: String,
        /// Who says it.
        direction: String,
        /// Whether what was filled in before is forgotten.
        is_blank: bool,
    },
    /// That of a message of the exchange.
    Of(usize),
    /// A field of it is changed.
    Change {
        /// Which: [`Row::place`](compose::Row::place).
        place: String,
        /// How.
        change: compose::Change,
    },
}

/// Another input, and what of it is not looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// The other input, in any form.
    pub other: Vec<u8>,
    /// Names of [`IGNORED`](crate::diff::IGNORED).
    pub ignore: Vec<String>,
}

/// Two inputs beside each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// The stretches of each connection, the first beside the first.
    pub connections: Vec<Vec<Beside>>,
    /// How many more stretches there are.
    pub more: usize,
    /// What of the other input could not be read.
    pub problem: String,
}

/// A stretch of two connections beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Beside {
    /// So many messages say the same, from these on.
    Same {
        /// The number of the first, from 0.
        here: usize,
        /// The same in the other.
        there: usize,
        /// How many they are.
        count: usize,
    },
    /// A message that is not the same in both, or is in one alone.
    Differ {
        /// What is said here.
        here: Option<Told>,
        /// What is said in the other.
        there: Option<Told>,
        /// The fields that differ, where both say something.
        fields: Vec<Differing>,
    },
}

/// A message in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// Its number, from 0.
    pub number: usize,
    /// `frontend` or `backend`.
    pub direction: Words,
    /// Its name.
    pub name: Words,
    /// What it says.
    pub says: String,
}

/// A field that differs; what it is here and there, where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differing {
    /// What a person calls it.
    pub name: String,
    /// What it is here, and its first byte in the message.
    pub here: Option<(String, usize)>,
    /// The same in the other.
    pub there: Option<(String, usize)>,
}
