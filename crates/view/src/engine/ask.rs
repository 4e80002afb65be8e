//! What a screen can ask, and the plain data that it gets.
//!
//! Everything here can be sent to a worker and back. Places in a message count bytes from its start, half-open; places in
//! the pasted text count UTF-16 units, because that is how the DOM counts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::layout::Part;

use super::Proof;
use crate::change::Change;

/// A text that is either known beforehand or made for the occasion.
pub type Words = Cow<'static, str>;

/// Who answers what is not asked at a first look, each with what only it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Desk {
    /// [`Engine::answer_apart`](super::Engine::answer_apart).
    Rare,
    /// [`Engine::teach`](super::Engine::teach).
    Lessons,
    /// [`Engine::survey`](super::Engine::survey).
    Survey,
    /// [`Engine::practise`](super::Engine::practise).
    Practice,
}

/// What a screen asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Read this input. The answer is [`Reply::Loaded`].
    Load(Load),
    /// Begin to read an input that may be large. The answer to this and to the next three is [`Reply::Underway`], or
    /// [`Reply::Loaded`] when all is done.
    Begin(Load),
    /// The next bytes of an input that comes in pieces.
    Piece(Vec<u8>),
    /// Go on, for a moment.
    More,
    /// Read no more, and show what was read.
    Stop,
    /// Show another of the connections in the input.
    Connection(usize),
    /// Look for problems in so many more messages.
    Check {
        /// How many messages at most.
        messages: usize,
    },
    /// One line for each message `from..to`.
    Rows {
        /// The first message.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// A message in words, and what is wrong with it.
    Message(usize),
    /// What a message has to do with others.
    Ties(usize),
    /// The SQL of a Bind or an Execute with its parameters filled in: an aid to a reader. The answer is [`Reply::Text`].
    Filled(usize),
    /// The layout of a message, with what it holds.
    Layout(usize),
    /// What an ErrorResponse says, and the SQL that it is about.
    Failure(usize),
    /// Fields `from..to` of a message, in the order of its bytes, parents before what is in them.
    Fields {
        /// Of which message.
        number: usize,
        /// The first field.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// Lines `from..to` of a message's hex.
    Hex {
        /// Of which message.
        number: usize,
        /// The first line.
        from: usize,
        /// One past the last.
        to: usize,
        /// How many bytes stand on a line.
        per_line: usize,
    },
    /// A field: where it is, and its path.
    Field {
        /// Of which message.
        number: usize,
        /// Which.
        node: usize,
    },
    /// A field by its path, such as `query.query`: the first, or the one that holds byte `at` of the message.
    Named {
        /// Of which message.
        number: usize,
        /// Its path.
        path: String,
        /// The byte.
        at: Option<usize>,
    },
    /// The input with the values of those who spoke masked.
    Masked(Masking),
    /// Something for one of the desks of an engine, in letters that only who asks and who answers know: a page need not have
    /// what they mean before it is asked. They come back as [`Reply::Apart`] when it is their turn.
    Apart(Desk, Vec<u8>),
    /// How to put bytes of this end beside a message: before it, or behind it. The answer is [`Reply::Written`].
    Insert {
        /// Beside which message.
        number: usize,
        /// Whether behind it.
        behind: bool,
        /// `frontend` or `backend`: who says them.
        direction: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The input itself, if it is no longer than so many bytes.
    Source {
        /// The most.
        most: usize,
    },
    /// A byte, and the innermost field that holds it.
    Byte {
        /// Of which message.
        number: usize,
        /// Which.
        at: usize,
    },
    /// Lines `from..to` of the list of messages.
    Lines {
        /// The first.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// The messages of lines `from..to` as text, those that are folded too. The answer is [`Reply::Rowed`].
    Copied {
        /// The first line.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// What of the list is worth a look, in so many places from its first line to its last. The answer is [`Reply::Map`].
    Map {
        /// How many places.
        places: usize,
    },
    /// Open or fold lines. The answer is [`Reply::Listed`].
    Fold {
        /// Which line, and the one whose place is told.
        spot: Spot,
        /// What is to be done.
        folding: Folding,
    },
    /// The request and the answers that a message belongs to.
    Pair(usize),
    /// The names of the messages that there are.
    Names,
    /// Look for this. Nothing is found before [`Request::Look`].
    Find(String),
    /// Show only some messages, likewise. What is empty does not matter.
    Filter {
        /// `frontend` or `backend`.
        direction: String,
        /// The name of a message.
        name: String,
        /// What is to be found in them.
        text: String,
    },
    /// Find and filter in so many more messages. The answer to these three is [`Reply::Sought`].
    Look {
        /// How many messages at most.
        messages: usize,
    },
    /// The nearest message that was found, round the end if need be.
    Hit {
        /// From where.
        number: usize,
        /// Behind it, or before.
        forward: bool,
        /// Whether it may be the message itself.
        here: bool,
    },
    /// The message or the byte that a person names: `12`, `#12`, `0x1c`, `@28`.
    Goto {
        /// As it was typed.
        to: String,
        /// In whose stream an offset is.
        direction: String,
        /// The message whose bytes are meant, where none but these are: then a number is an offset.
        within: Option<usize>,
    },
    /// Pieces `from..to` of the input.
    Pieces {
        /// The first.
        from: usize,
        /// One past the last.
        to: usize,
    },
    /// Look for what is to be found in so many more messages of the other connections. The answer is [`Reply::Elsewhere`].
    Elsewhere {
        /// How many messages at most.
        messages: usize,
    },
    /// Who may have sent these raw bytes: the answer is `frontend` or `backend` as [`Reply::Text`], or nothing.
    WhoSent(Vec<u8>),
    /// What in the input is secret. The answer is [`Reply::Text`], or nothing.
    Secrets,
    /// Problems `from..to` of those found so far.
    Problems {
        /// The first.
        from: usize,
        /// One past the last.
        to: usize,
        /// Which are counted.
        sift: Sift,
    },
    /// The rules that were broken.
    Rules,
    /// Where a message's first problem stands among all.
    ProblemPlace {
        /// The message.
        number: usize,
        /// Which are counted.
        sift: Sift,
    },
    /// The nearest message behind or before this one that has a problem, or is an error.
    NextProblem {
        /// From where.
        number: usize,
        /// Behind it, or before.
        forward: bool,
    },
    /// The nearest error of the server behind a message, round the end if need be.
    NextError(usize),
    /// The parts of the text, in lines `from_line..to_line`, that some bytes of a message came from.
    Marks {
        /// Of which message.
        number: usize,
        /// The first byte.
        start: usize,
        /// One past the last.
        end: usize,
        /// The first line that is shown.
        from_line: usize,
        /// One past the last.
        to_line: usize,
    },
    /// Lines `from..to` of the text, with the parts marked that bytes of a message came from. The answer is
    /// [`Reply::Marks`].
    TextLines {
        /// The first line.
        from: usize,
        /// One past the last.
        to: usize,
        /// A message, the first byte and one past the last.
        lit: Option<(usize, usize, usize)>,
    },
    /// How to write these bytes in place of bytes `start..end` of a message. The answer is [`Reply::Written`].
    Write {
        /// The message.
        number: usize,
        /// The first byte.
        start: usize,
        /// One past the last.
        end: usize,
        /// What is to stand there.
        bytes: Vec<u8>,
    },
    /// How to mend a problem of a message, likewise.
    Mend {
        /// The message.
        number: usize,
        /// Which of its problems.
        nth: usize,
    },
    /// Bytes `start..end` of a message as text.
    Copy {
        /// The message.
        number: usize,
        /// The first byte.
        start: usize,
        /// One past the last.
        end: usize,
        /// The id of one of [`crate::copy::FORMS`].
        form: String,
    },
    /// Bytes `start..end` of a message.
    Bytes {
        /// The message.
        number: usize,
        /// The first byte.
        start: usize,
        /// One past the last.
        end: usize,
    },
    /// A field as text.
    Said {
        /// Of which message.
        number: usize,
        /// Which field.
        node: usize,
        /// In which way.
        form: Saying,
    },
    /// The bytes that are written in a text of any form.
    Typed(String),
    /// Whether a text is a dump by itself, so that it begins with a message: the answer is how many bytes it holds, as
    /// [`Reply::Number`], or nothing.
    IsDump(String),
    /// What was read from the text at this UTF-16 offset.
    AtText(usize),
    /// What was read from the text at this line and column, both from 0, tabs as wide as they are shown.
    AtPlace {
        /// The line.
        line: usize,
        /// The column in cells of a fixed-width font.
        column: usize,
    },
    /// Compute the logins of the connection anew with this password, which is not kept. The answer is [`Reply::Proofs`].
    Password(String),
}

/// How a field is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Saying {
    /// Its row's value, whole.
    Row,
    /// Its value bare: a text without quotation marks, a binary value as the server would print it.
    Value,
    /// It and all that is in it, one field a line.
    Text,
    /// It and all that is in it, as JSON.
    Json,
}

/// What the engine answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// There is no such thing.
    Nothing,
    /// To [`Request::Load`] and [`Request::Connection`].
    Loaded(Box<Loaded>),
    /// How far the reading is.
    Underway(Underway),
    /// To [`Request::Check`].
    Checked(Checked),
    /// To [`Request::Rows`].
    Rows(Vec<Row>),
    /// To [`Request::Message`].
    Message(Box<Sheet>),
    /// To [`Request::Ties`].
    Ties(Box<Ties>),
    /// To [`Request::Layout`].
    Layout(Vec<Part>),
    /// To [`Request::Failure`].
    Failure(Box<Failure>),
    /// To [`Request::Fields`].
    Fields(Vec<FieldRow>),
    /// To [`Request::Hex`].
    Hex(Vec<HexLine>),
    /// To [`Request::Source`]: text, or bytes.
    Source(Input),
    /// What was asked at a desk is next.
    Apart(Desk, Vec<u8>),
    /// To [`Request::Masked`].
    Masked {
        /// Text, or bytes.
        input: Input,
        /// Whether it has its own form, and what was said of it still holds.
        in_place: bool,
    },
    /// To [`Request::Field`], [`Request::Named`], [`Request::Byte`], [`Request::AtText`] and [`Request::AtPlace`].
    Place(Box<Place>),
    /// To [`Request::Lines`].
    Lines(Vec<Line>),
    /// To [`Request::Copied`]: a line each, how many there are, and how many of them are not here because they are too many.
    Rowed(String, usize, usize),
    /// To [`Request::Map`].
    Map(Vec<Sight>),
    /// To [`Request::Fold`].
    Listed(Listed),
    /// To [`Request::Pair`].
    Pair(Box<Pair>),
    /// To [`Request::Names`]: direction, name, and how many.
    Names(Vec<(Words, Words, usize)>),
    /// To [`Request::Find`], [`Request::Filter`] and [`Request::Look`].
    Sought(Sought),
    /// To [`Request::Hit`].
    Hit(Hit),
    /// To [`Request::Pieces`].
    Pieces(Vec<Piece>),
    /// To [`Request::Elsewhere`].
    Elsewhere(Elsewhere),
    /// To [`Request::Problems`].
    Problems(Vec<Finding>),
    /// To [`Request::Rules`].
    Rules(Vec<RuleCount>),
    /// To [`Request::ProblemPlace`].
    ProblemPlace {
        /// From 0.
        at: Option<usize>,
        /// How many there are.
        count: usize,
    },
    /// To [`Request::NextProblem`], [`Request::NextError`], [`Request::Goto`] and [`Request::IsDump`].
    Number(usize),
    /// To [`Request::Marks`] and [`Request::TextLines`].
    Marks(Vec<MarkedLine>),
    /// To [`Request::Write`] and [`Request::Mend`].
    Written(Written),
    /// To [`Request::Copy`], [`Request::Said`], [`Request::Filled`], [`Request::Secrets`] and [`Request::WhoSent`].
    Text(String),
    /// To [`Request::Bytes`] and [`Request::Typed`].
    Bytes(Vec<u8>),
    /// To [`Request::Password`]: each login.
    Proofs(Vec<Proof>),
    /// It cannot be done, and this is why.
    Refused(String),
}

/// Bytes to read, and what a person says about them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The input.
    pub input: Input,
    /// The id of its form, where it is not to be recognised.
    pub form: Option<String>,
    /// `frontend` or `backend`: who sent the bytes of which the input does not say it.
    pub direction: Option<String>,
    /// The id of where in a connection's life the input begins, where it is not to be guessed.
    pub beginning: Option<String>,
    /// Which pieces are turned round: those with this label, or with this number from 1.
    pub turn: Vec<String>,
    /// How many bytes of the input one end sent, where the rest is the other's. Where the input is changed it moves along.
    pub split: Option<usize>,
}

/// Where the bytes come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// What was pasted or typed.
    Text(String),
    /// What a file held.
    Bytes(Vec<u8>),
    /// What a file holds: so many bytes, which come in pieces.
    Pieces(usize),
    /// The same as before, to be read in another way.
    #[default]
    Same,
    /// The same as before, with a change.
    Changed(Change),
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// The form's id.
    pub form: Words,
    /// The form in words.
    pub form_name: Words,
    /// Whether the form was recognised, not asked for.
    pub form_guessed: bool,
    /// Why this form.
    pub reason: String,
    /// Which connections of a capture file are not among these, in words; empty where all are.
    pub left_out: String,
    /// Who sent the bytes, in words.
    pub sides: Words,
    /// Whether that is a guess.
    pub sides_guessed: bool,
    /// Who may have sent what stands first; empty where the input says it.
    pub senders: Vec<Candidate>,
    /// How many bytes of the input one end sent, where the rest is the other's.
    pub split: Option<usize>,
    /// How many pieces there are, where the input does not say of all of them whose they are; else 0.
    pub pieces: usize,
    /// What such an input calls who sent its pieces.
    pub labels: Vec<Labelled>,
    /// Where in a connection's life the input may begin; empty where its first message says it.
    pub beginnings: Vec<Candidate>,
    /// Whether the input itself says who sent what.
    pub sides_given: bool,
    /// Whether the order of the two directions was inferred.
    pub order_inferred: bool,
    /// How many bytes were read.
    pub bytes: usize,
    /// How many bytes were read of how many, where a person stopped the reading.
    pub partial: Option<(usize, usize)>,
    /// Whether the text is too long to be edited: its lines are asked for as they are seen, long ones broken.
    pub is_long_text: bool,
    /// How many messages they are.
    pub messages: usize,
    /// How many of them are errors: ErrorResponses.
    pub errors: usize,
    /// How many connections the input holds.
    pub connections: usize,
    /// Which of them this is.
    pub connection: usize,
    /// What is known of the frontend's and the backend's program.
    pub ends: [String; 2],
    /// The message that is worth a first look.
    pub first: usize,
    /// How many lines the text has; 0 if there is no text.
    pub lines: usize,
    /// What could not be read.
    pub problems: Vec<InputProblem>,
}

/// One of several readings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// What to ask for.
    pub id: Words,
    /// What it is called.
    pub name: Words,
    /// How well the input reads so, in hundredths.
    pub percent: u32,
    /// Whether the input is read so.
    pub taken: bool,
    /// Whether the reading was asked for, and not guessed.
    pub said: bool,
}

/// Bytes of an input that came together: a line, a literal, a block of a dump.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Its number, from 0.
    pub number: usize,
    /// Whose it is taken for: `frontend` or `backend`.
    pub direction: Words,
    /// What the input calls who sent it; empty where it does not call it anything.
    pub label: String,
    /// How many bytes it has.
    pub bytes: usize,
    /// The message that its first byte is in: its number, from 0.
    pub message: Option<usize>,
    /// The name of that.
    pub name: Words,
    /// Whether that message began in a piece before.
    pub is_begun: bool,
    /// The line of the text where it begins, from 0.
    pub line: Option<usize>,
    /// Whether a person turned it round.
    pub is_turned: bool,
}

/// What an input calls who sent some of its pieces.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    /// What it says.
    pub name: String,
    /// How many of these pieces are taken for the frontend's.
    pub frontend: usize,
    /// And for the backend's.
    pub backend: usize,
}

/// How far the reading of an input is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Underway {
    /// What is being done.
    pub what: Words,
    /// How many bytes are behind it.
    pub done: usize,
    /// How many there are.
    pub all: usize,
    /// How many messages were found.
    pub messages: usize,
    /// Whether the next piece of the input is awaited.
    pub wants_piece: bool,
}

/// Something in the text that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputProblem {
    /// The line, from 1; 0 where the input has no lines.
    pub line: usize,
    /// The column in characters, from 1; the byte where it has no lines.
    pub column: usize,
    /// What stands there.
    pub met: String,
    /// What would have been read.
    pub expected: String,
    /// Where it is in the text, in UTF-16 units.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// The line as it is shown, from 0.
    pub row: usize,
}

/// How far the search for problems is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// How many messages were looked at, from the first.
    pub messages: usize,
    /// How many problems they have.
    pub problems: usize,
    /// How many of the messages have one.
    pub faulty: usize,
}

/// A message in one line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its number, from 0.
    pub number: usize,
    /// `frontend` or `backend`.
    pub direction: Words,
    /// The type byte, or a dot: that of the message which it carries, if it carries one.
    pub tag: String,
    /// Its name in the manual, likewise.
    pub name: Words,
    /// What carries it: `CopyData`, or `XLogData in CopyData`; empty where nothing does.
    pub carrier: Words,
    /// Whether the server says with it that something failed.
    pub fails: bool,
    /// What this message says.
    pub says: String,
    /// Its first byte in its direction's stream.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// The request that it answers.
    pub answers: Option<usize>,
    /// Whether the end to which it goes sat blocked in a read, waiting, as far as that can be inferred.
    pub waits: bool,
    /// What it was said in, in a word that fits beside its band: `query`, `extended`, `copy`.
    pub phase: Words,
    /// Whether a band of messages begins with it.
    pub begins: bool,
    /// How many problems it has.
    pub problems: usize,
    /// `error`, `warning` or `note`: the worst of them.
    pub severity: Option<Words>,
    /// The mend of the first that has one: `0d → 0e`.
    pub mend: String,
}

/// A line of the list: a message, or what folds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number, from 0.
    pub line: usize,
    /// The message, or the first that it stands for.
    pub row: Row,
    /// The line that it is in.
    pub parent: Option<usize>,
    /// How deep it is, from 1.
    pub level: usize,
    /// Where it stands among its like, from 1.
    pub position: usize,
    /// How many these are.
    pub siblings: usize,
    /// What it folds.
    pub fold: Option<Fold>,
    /// How many of the messages that it stands for were found.
    pub found: usize,
}

/// What a line folds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fold {
    /// A cycle or a run.
    pub kind: Kind,
    /// One past the last message.
    pub to: usize,
    /// Whether it is open.
    pub open: bool,
    /// What it is called: `Extended query`, `COPY`.
    pub name: Words,
    /// What was asked in a cycle: of several statements the one that failed, or else the first.
    pub says: String,
    /// What came of a cycle; what the last message of a run says.
    pub came: String,
    /// Whether that is an error.
    pub failed: bool,
    /// How many bytes a run has.
    pub bytes: usize,
    /// How many problems were found in it.
    pub problems: usize,
    /// The first message that has one.
    pub first_problem: Option<usize>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A message.
    #[default]
    Message,
    /// Messages of one end that are alike.
    Run,
    /// A request, its answers, and what came in between.
    Cycle,
}

/// A line by what it is, wherever it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// The message, or the first that the line stands for.
    pub number: usize,
    /// What it is.
    pub kind: Kind,
}

/// What is to be opened or folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Folding {
    /// Nothing.
    Nothing,
    /// What hides the message is opened.
    Reveal,
    /// Everything is opened, or folded.
    All(bool),
    /// The line is opened, or folded.
    Set(bool),
}

/// How the list is now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// How many lines it has.
    pub lines: usize,
    /// The line that was spoken of, or what it is folded into.
    pub at: Option<usize>,
    /// What stands there.
    pub spot: Spot,
    /// Whether anything in it folds.
    pub folds: bool,
}

/// A message and its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Named {
    /// Its number, from 0.
    pub number: usize,
    /// Its name.
    pub name: Words,
}

/// A request and its answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The request.
    pub request: Named,
    /// The first answer.
    pub first: Named,
    /// The last.
    pub last: Named,
    /// How many they are.
    pub count: usize,
    /// The next answer behind the message that was asked about.
    pub next: Option<usize>,
}

/// How far a search is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// `bytes`, `text` or `expression`: what the words were understood as. Or why an expression cannot be read, and where.
    pub understood: Words,
    /// How many messages were looked at.
    pub looked: usize,
    /// How many of them have it.
    pub hits: usize,
}

/// What is looked for, and what is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    /// What is looked for; nothing where nothing is.
    pub find: Option<Progress>,
    /// What is shown; nothing where all is.
    pub filter: Option<Progress>,
}

/// Where else something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The other connections that have it, by number from 0.
    pub connections: Vec<usize>,
    /// Whether all of them were looked through.
    pub is_done: bool,
}

/// Something of a list that is worth a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    /// At which place of the list, from 0.
    pub place: usize,
    /// What it is.
    pub kind: SightKind,
    /// The first such message there.
    pub number: usize,
    /// How many there are.
    pub count: usize,
}

/// What is worth a look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SightKind {
    /// The server says that something failed.
    #[default]
    Error,
    /// A problem.
    Problem,
    /// It was looked for.
    Hit,
}

/// A message that was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The message.
    pub number: usize,
    /// Which of all that were found, from 0.
    pub nth: usize,
    /// The bytes, where it was found in these.
    pub bytes: Option<(usize, usize)>,
}

/// How values are masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Masking {
    /// The kinds of values that stay as they are: ids of [`Secret`](pgscope_proto::privacy::Secret).
    pub kept: Vec<String>,
    /// Bytes of chance as the key: of no use twice.
    pub random: [u8; 32],
}

/// Which problems are wanted; what is empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sift {
    /// `error`, `warning` or `note`.
    pub severity: String,
    /// The id of a rule.
    pub rule: String,
}

/// A rule that was broken, and how often.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleCount {
    /// Its id.
    pub rule: Words,
    /// How bad that is.
    pub severity: Words,
    /// How often.
    pub count: usize,
    /// The first of its problems.
    pub first: Finding,
}

/// What a message has to do with others of its exchange.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ties {
    /// The message.
    pub number: usize,
    /// The messages that it refers to.
    pub refers: Vec<Reference>,
    /// What may come behind it; nothing where that is not sure.
    pub next: Option<Next>,
    /// The SQL that it is about with its parameters, where there are any.
    pub sql: Option<Sql>,
    /// What the capture file remarks at its packets.
    pub remarks: Vec<String>,
}

/// A message that another one, or a problem, refers to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reference {
    /// Its number, from 0.
    pub number: usize,
    /// Its name.
    pub name: Words,
    /// What it says, in short.
    pub says: String,
    /// What it has to do with it.
    pub words: Words,
}

/// What an ErrorResponse says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// The message.
    pub number: usize,
    /// `ERROR`, `FATAL` or `PANIC`.
    pub severity: String,
    /// The SQLSTATE, and what it is called: `42601 syntax_error`.
    pub code: String,
    /// The sentence.
    pub says: String,
    /// What else is said for a person, each under its name: detail, hint, context.
    pub more: Vec<(Words, String)>,
    /// The SQL that it is about, with the place marked where one is told.
    pub sql: Option<Sql>,
    /// Whether that SQL is a function's own, which the message brings along.
    pub is_internal: bool,
}

/// What may come behind a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Next {
    /// Whether an answer is under way.
    pub is_answer: bool,
    /// What the server may say.
    pub server: Vec<Link>,
    /// What the client may say.
    pub client: Vec<Link>,
}

/// The name of a message, and its page in the folder of the reference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// Its name.
    pub name: Words,
    /// Its page.
    pub page: String,
}

/// SQL, perhaps with a part that is marked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sql {
    /// The message that has it.
    pub of: usize,
    /// Whether something is marked.
    pub is_marked: bool,
    /// What stands before the mark, or all of it.
    pub before: String,
    /// What is marked; nothing at the end of the SQL.
    pub marked: String,
    /// What stands behind it.
    pub behind: String,
}

/// A message in words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// The row of it.
    pub row: Row,
    /// What it is for; empty where the engine is built without docs.
    pub doc: Words,
    /// The name under which that is found among the docs of its chapter.
    pub doc_name: Words,
    /// The chapters, by id, that have the docs of it and of what is in it.
    pub doc_chapters: Vec<Words>,
    /// The first version that has it.
    pub since: Words,
    /// The chapter of the protocol; of an answer to a query, that of the request.
    pub chapter: Words,
    /// The name, among the docs of that chapter, of the message that it answers, if that is of another chapter than its own.
    pub flow_name: Words,
    /// Its section in the manual and the one that tells how messages of its chapter follow one another: what they are
    /// called, and where they are. None where the engine is built without docs.
    pub manual: Vec<(Words, String)>,
    /// Its page in the folder of the reference.
    pub page: String,
    /// How much of it is there, in words behind the number of its bytes: `whole message`, `of 14 that were announced`.
    pub extent: String,
    /// How many fields it has.
    pub fields: usize,
    /// The line of the text where it begins, from 0.
    pub line: Option<usize>,
    /// The column there, in characters from 0.
    pub column: usize,
    /// The message that it answers: its number, from 0, and its name.
    pub answers: Option<(usize, Words)>,
    /// Whether it is of a login: then [`Request::Password`] may tell something.
    pub is_login: bool,
    /// What is wrong with it.
    pub problems: Vec<Finding>,
}

/// A problem.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The message, from 0.
    pub number: usize,
    /// Its name.
    pub name: Words,
    /// Which of the message's problems it is.
    pub nth: usize,
    /// The field that it is about.
    pub node: usize,
    /// The rule's stable id.
    pub rule: Words,
    /// `error`, `warning` or `note`.
    pub severity: Words,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub expected: String,
    /// The first byte that is wrong, in the message.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// How to mend it, in words; empty where that cannot be computed.
    pub fix: String,
    /// The bytes that change: `0d → 0e`.
    pub mend: String,
    /// The page of the rule in the folder of the reference.
    pub page: String,
    /// The messages that make it so.
    pub because: Vec<Reference>,
}

/// A field in one line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldRow {
    /// Its number in the message.
    pub node: usize,
    /// The field that it is in.
    pub parent: usize,
    /// How many fields it is in, from 1.
    pub depth: usize,
    /// What a person calls it, with its place in a list.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Whether the value is longer than what is shown.
    pub cut: bool,
    /// The kind of field: `int32`, `string`.
    pub kind: String,
    /// What it means; empty where the engine is built without docs.
    pub doc: Words,
    /// The name under which that is found among the docs.
    pub doc_name: String,
    /// What its present value means: that of a code, or what a text stands for.
    pub code_doc: Words,
    /// The name of that; empty where a value has no meaning of its own.
    pub code_doc_name: String,
    /// What it is for: one of the eight roles.
    pub role: Words,
    /// What is wrong with its reading; empty where all is well.
    pub reading: Words,
    /// The problem that its bytes have; empty where they have none.
    pub problem: String,
    /// Its first byte.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether nothing is in it.
    pub leaf: bool,
}

/// A line of hex.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HexLine {
    /// Its first byte in the message.
    pub at: usize,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The fields that they belong to, in order.
    pub runs: Vec<Run>,
}

/// Bytes of one field on one line.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The innermost field.
    pub node: usize,
    /// What it is for.
    pub role: Words,
    /// The first byte, in the message.
    pub start: usize,
    /// One past the last on this line.
    pub end: usize,
    /// Whether the field began on the line before.
    pub from_before: bool,
    /// Whether it goes on in the next.
    pub goes_on: bool,
    /// Whether a problem is about some of it.
    pub bad: bool,
}

/// A field, or a byte in one, and where it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The message.
    pub number: usize,
    /// The field.
    pub node: usize,
    /// The byte that was asked for, or the field's first.
    pub at: usize,
    /// The field's first byte in the message.
    pub start: usize,
    /// One past its last.
    pub end: usize,
    /// The bytes of the field that it is in.
    pub around: (usize, usize),
    /// Where the message begins in its direction's stream.
    pub offset: usize,
    /// The line of the text that the byte was read from, from 0.
    pub line: Option<usize>,
    /// Its column, in characters from 0.
    pub column: usize,
    /// The messages that carry the field, where a stream inside COPY data goes across their borders; empty otherwise.
    pub carriers: Vec<usize>,
    /// The path in words: `column 1 › value`.
    pub path: String,
    /// The stable path: `datarow.columns.value`.
    pub id: String,
    /// The byte as it is told: `offset 0x1c, 51, ‘Q’, tag, Query`.
    pub told: String,
}

/// How an input is to be changed so that it says other bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Written {
    /// By this change of it.
    Change(Change),
    /// By this change, and with these pieces turned round: each stays whose it was, whatever it would be taken for now.
    Turned(Change, Vec<String>),
    /// By this text in its place, because its form has no room for the change.
    Anew(String),
}

/// A line of the text in which something is marked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarkedLine {
    /// The line, from 0.
    pub line: usize,
    /// Its text in pieces, every second one marked, beginning with one that is not. What follows the last mark may be
    /// left out.
    pub pieces: Vec<String>,
}
