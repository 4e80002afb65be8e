//! Screens ask, an engine answers.
//!
//! The [`Engine`] holds the input and its exchanges; a screen holds only what it shows at the moment. [`Request`] and
//! [`Reply`] are plain data, so that the engine may live in the page's thread or in a worker. It does not know which.
//!
//! ```
//! use pgscope_view::engine::{Engine, Input, Load, Reply, Request};
//!
//! let mut engine = Engine::default();
//! let input = Input::Text("51 00 00 00 0d 53 45 4c 45 43 54 20 31 3b 00".to_owned());
//! engine.answer(Request::Load(Load { input, ..Load::default() }));
//! let Reply::Rows(rows) = engine.answer(Request::Rows { from: 0, to: 10 }) else { panic!("rows") };
//! assert_eq!(rows[0].says, "SELECT 1;");
//! assert_eq!(rows[0].mend, "0d → 0e");
//! ```

mod apart;
mod ask;
mod check;
mod compared;
mod composed;
mod exported;
pub(crate) mod failure;
pub(crate) mod finding;
mod goto;
mod inspect;
mod interleaved;
mod learn;
mod lines;
mod load;
mod map;
#[cfg(feature = "mask")]
mod masked;
pub(crate) mod mending;
mod nearest;
mod pieces;
mod proof;
mod rowed;
mod rows;
mod say;
mod secrets;
mod seek;
mod shelf;
mod survey;
mod surveyed;
mod taught;
mod text;
mod ties;
mod work;
mod write;

pub use apart::*;
pub use ask::*;
pub use load::{FormChoice, form_doc, forms};
pub use proof::{Proof, ProofStep};
pub use shelf::{Fetches, Share};
pub use survey::*;
pub use taught::*;

use std::rc::Rc;

use pgscope_capture::Options;
use pgscope_proto::{Direction, Problem, Tree};
use pgscope_session::{Course, Ends, Entry, Instant};

use crate::compose::Draft;
use crate::outline::Outline;
use crate::typing::Remembered;
use crate::{Indexed, Performance};
use check::Check;
use lines::List;
use seek::Seek;
use shelf::MayBeShelf;
use text::Text;
use work::Work;

/// Holds an input, and answers for it.
#[derive(Debug, Default)]
pub struct Engine {
    input: Kept,
    /// How it was asked to be read.
    options: Options,
    /// Which pieces are turned round.
    turn: Vec<String>,
    /// What tells what was guessed. Nothing where the input leaves nothing to guess: what does it need not be there then.
    tells_guesses: Option<fn(&Indexed, &mut Loaded)>,
    text: Text,
    about: Loaded,
    connections: Vec<Indexed>,
    /// Where both ends of each connection are at each message.
    courses: Vec<Course>,
    /// What belongs together in each connection.
    outlines: Vec<Rc<Outline>>,
    /// What is known of all of them together, where it was found.
    overview: Option<Box<dyn surveyed::Surveys>>,
    connection: usize,
    check: Check,
    list: List,
    seek: Seek,
    open: Option<Open>,
    /// What is told about the scenario that was played; its exchanges are in `connections`.
    told: Performance,
    /// Its moments, read by read.
    instants: Vec<Instant>,
    /// What is left to do of a large input.
    work: Option<Work>,
    /// The file that it is, where that can be read again,
    file: Option<Box<dyn Fetches>>,
    /// and what is not held of it.
    shelf: MayBeShelf,
    /// Which of its connections are surveyed here: every so many, from which on; all where nothing is said.
    share: (usize, usize),
    /// Whether the text is too long to be edited.
    is_long: bool,
    /// Messages that were made by a form, and who says each: one of each kind, the last is being made.
    drafts: Vec<(Draft, Direction)>,
}

/// The input as it was given.
#[derive(Debug, Default)]
enum Kept {
    #[default]
    Nothing,
    Text(String),
    Bytes(Vec<u8>),
    /// Raw bytes, which the exchange has.
    InExchange,
    /// A capture file of so many bytes, which is too large to be held: who opened it has it.
    Elsewhere(usize),
}

/// A message that was decoded because somebody looks at it.
#[derive(Debug)]
struct Open {
    entry: Entry,
    tree: Tree,
    problems: Vec<Problem>,
}

impl Engine {
    /// Answers.
    pub fn answer(&mut self, request: Request) -> Reply {
        self.answer_common(request).unwrap_or_else(|request| self.answer_rare(request))
    }

    /// Answers what few ever ask: a page fetches what does it for that alone.
    pub fn answer_apart(&mut self, asked: Apart) -> ApartReply {
        let answered = match asked {
            Apart::Export(export) => self.exported(&export, None),
            Apart::Played(export, performance) => self.exported(&export, Some(&performance)),
            Apart::Compose(compose) => self.composed(compose).map(ApartReply::Composed),
            Apart::Compare(comparison) => self.compared(&comparison).map(ApartReply::Compared),
        };
        answered.unwrap_or_else(ApartReply::Refused)
    }

    /// Answers a screen that teaches with what is here; with nothing where that is not enough: [`Engine::answer_rare`] brings the rest.
    pub fn teach_plain(&mut self, asked: Lessons) -> Option<Taught> {
        self.plainly(|engine| engine.teach(asked))
    }

    /// Answers who tries it oneself with what is here; with nothing where that is not enough.
    pub fn practise_plain(&mut self, asked: &Practice) -> Option<Taught> {
        self.plainly(|engine| engine.practise(asked))
    }

    fn plainly(&mut self, answer: impl FnOnce(&mut Self) -> Taught) -> Option<Taught> {
        // Stories are of all kinds of messages.
        #[cfg(not(feature = "whole"))]
        crate::later::says_come();
        let taught = answer(self);
        if was_lacked() {
            self.decode_anew();
            return None;
        }
        Some(taught)
    }

    /// Answers a screen that teaches.
    pub fn teach(&mut self, asked: Lessons) -> Taught {
        match asked {
            Lessons::Play { performance, undamaged } => {
                self.play(&performance, undamaged.as_deref()).map(|played| Taught::Played(Box::new(played)))
            }
            Lessons::Moment { number, read, aside } => {
                self.moment(number, read, aside).map(|moment| Taught::Moment(Box::new(moment)))
            }
            Lessons::Bytes { number, end } => self.bytes_of(number, 0, end).map(|bytes| Taught::Bytes(bytes.to_vec())),
        }
        .unwrap_or(Taught::Nothing)
    }

    /// Answers who tries it oneself.
    pub fn practise(&self, asked: &Practice) -> Taught {
        match *asked {
            Practice::Question { number, read } => self.question(number, read).map(Taught::Question),
            Practice::Talk { is_client } => self.talk(is_client).map(Taught::Talked),
        }
        .unwrap_or(Taught::Nothing)
    }

    /// Answers what the first look at an exchange asks, and gives back what it does not ask.
    ///
    /// The two halves of [`Engine::answer`] are apart because a page need not fetch the other one before it shows something.
    ///
    /// # Errors
    ///
    /// The request, where it is one for [`Engine::answer_rare`].
    #[allow(clippy::result_large_err, reason = "who asked gets back what was asked")]
    pub fn answer_common(&mut self, request: Request) -> Result<Reply, Request> {
        let reply = match request {
            Request::Load(load) => return self.load_plain(load).map(loaded).map_err(Request::Load),
            // What is being read is not shown yet.
            _ if self.work.is_some() => return Err(request),
            Request::Check { messages } => Reply::Checked(self.check(messages)),
            Request::Message(number) => reply(self.sheet(number), |sheet| Reply::Message(Box::new(sheet))),
            Request::Fields { number, from, to } => reply(self.fields(number, from, to), Reply::Fields),
            Request::Hex { number, from, to, per_line } => reply(self.hex(number, from, to, per_line), Reply::Hex),
            Request::Lines { from, to } => Reply::Lines(self.lines(from, to)),
            Request::Fold { spot, folding } => Reply::Listed(self.fold(spot, folding)),
            Request::Pair(number) => reply(self.pair(number), |pair| Reply::Pair(Box::new(pair))),
            Request::Marks { number, start, end, from_line, to_line } => {
                reply(self.marks(number, (start, end), (from_line, to_line)), Reply::Marks)
            }
            _ => return Err(request),
        };
        if was_lacked() {
            // It was decoded without what is still to come.
            if matches!(request, Request::Check { .. }) {
                self.check = Check::default();
            }
            self.decode_anew();
            return Err(request);
        }
        Ok(reply)
    }

    /// Forgets what was decoded: it may be read better now.
    fn decode_anew(&mut self) {
        self.open = None;
        self.connections.iter_mut().for_each(|indexed| indexed.remembered = Remembered::default());
    }

    /// Answers what [`Engine::answer_common`] gave back.
    pub fn answer_rare(&mut self, request: Request) -> Reply {
        #[cfg(not(feature = "whole"))]
        if crate::later::come() {
            // What two messages say against each other was not looked for before.
            self.check = Check::default();
            self.decode_anew();
        }
        match request {
            Request::Load(load) => loaded(self.load(load)),
            Request::Begin(load) => self.begin(load),
            Request::Piece(piece) => self.take_in(&piece),
            Request::More => self.more(),
            Request::Stop => self.stop(),
            Request::Typed(text) => write::typed(&text),
            Request::Apart(desk, letters) => Reply::Apart(desk, letters),
            Request::WhoSent(bytes) => reply(load::sender(bytes), Reply::Text),
            Request::IsDump(text) => reply(write::dumped(&text), Reply::Number),
            // What is being read is not shown yet.
            _ if self.work.is_some() => Reply::Nothing,
            Request::Connection(connection) => self.turn_loaded(connection),
            Request::Rows { from, to } => Reply::Rows(self.rows(from, to)),
            Request::Field { number, node } => place(self.field(number, node)),
            Request::Byte { number, at } => place(self.byte(number, at)),
            Request::AtText(at) => place(self.at_text(at)),
            Request::Named { number, path, at } => place(self.named(number, &path, at)),
            Request::Source { most } => reply(self.source_up_to(most), Reply::Source),
            #[cfg(feature = "mask")]
            Request::Masked(masking) => self.masked(&masking),
            Request::Insert { number, behind, direction, bytes } => self.insert(number, behind, &direction, bytes),
            #[cfg(not(feature = "mask"))]
            Request::Masked(_) => Reply::Refused("this was built without what masks".to_owned()),
            Request::Names => Reply::Names(self.names()),
            Request::Find(text) => Reply::Sought(self.find(&text)),
            Request::Filter { direction, name, text } => Reply::Sought(self.filter(&direction, name, &text)),
            Request::Look { messages } => Reply::Sought(self.look(messages)),
            Request::Hit { number, forward, here } => reply(self.hit(number, forward, here), Reply::Hit),
            Request::Pieces { from, to } => Reply::Pieces(self.pieces(from, to)),
            Request::Elsewhere { messages } => Reply::Elsewhere(self.elsewhere(messages)),
            Request::Secrets => reply(self.secrets(), Reply::Text),
            Request::Goto { to, direction, within } => self.go_to(&to, &direction, within),
            Request::Problems { from, to, sift } => Reply::Problems(self.problems(from, to, &sift)),
            Request::Rules => Reply::Rules(self.rules()),
            Request::ProblemPlace { number, sift } => {
                let (at, count) = self.problem_place(number, &sift);
                Reply::ProblemPlace { at, count }
            }
            Request::Ties(number) => reply(self.ties(number), |ties| Reply::Ties(Box::new(ties))),
            Request::Filled(number) => reply(self.filled(number), Reply::Text),
            Request::Layout(number) => reply(self.layout(number), Reply::Layout),
            Request::Failure(number) => reply(self.failure(number), |failure| Reply::Failure(Box::new(failure))),
            Request::Copied { from, to } => self.copied_lines(from, to),
            Request::Map { places } => Reply::Map(self.map(places)),
            Request::NextProblem { number, forward } => reply(self.next_problem(number, forward), Reply::Number),
            Request::NextError(number) => reply(self.next_error(number), Reply::Number),
            Request::TextLines { from, to, lit } => Reply::Marks(self.marked_source((from, to), lit)),
            Request::Write { number, start, end, bytes } => self.write(number, start, end, &bytes),
            Request::Mend { number, nth } => self.mend(number, nth),
            Request::Said { number, node, form } => reply(self.said(number, node, form), Reply::Text),
            Request::Copy { number, start, end, form } => self.copied(number, start, end, &form),
            Request::Bytes { number, start, end } => {
                reply(self.bytes_of(number, start, end), |bytes| Reply::Bytes(bytes.to_vec()))
            }
            Request::AtPlace { line, column } => place(self.at_place(line, column)),
            Request::Password(password) => self.proofs(&password),
            _ => self.answer_common(request).unwrap_or(Reply::Nothing),
        }
    }

    /// The connection that is shown.
    fn indexed(&self) -> Option<&Indexed> {
        self.connections.get(self.connection)
    }

    /// Where both ends are behind a message.
    fn ends_after(&self, indexed: &Indexed, number: usize) -> Ends {
        let course = self.courses.get(self.connection);
        course.map(|course| course.after(&indexed.exchange, &indexed.index, number)).unwrap_or_default()
    }

    /// Decodes a message, unless it is the one that was last decoded.
    fn open(&mut self, number: usize) -> Option<&Open> {
        if self.open.as_ref().is_none_or(|open| open.entry.number != number) {
            let mut tree = self.open.take().map(|open| open.tree).unwrap_or_default();
            let (entry, problems) = self.indexed()?.open(number, &mut tree)?;
            self.open = Some(Open { entry, tree, problems });
        }
        self.open.as_ref()
    }
}

/// Whether something was not told because a part of what reads had not come.
fn was_lacked() -> bool {
    #[cfg(not(feature = "whole"))]
    return pgscope_session::later::was_lacked();
    #[cfg(feature = "whole")]
    false
}

fn loaded(loaded: Loaded) -> Reply {
    Reply::Loaded(Box::new(loaded))
}

fn reply<T>(found: Option<T>, reply: impl FnOnce(T) -> Reply) -> Reply {
    found.map_or(Reply::Nothing, reply)
}

fn place(found: Option<Place>) -> Reply {
    reply(found, |place| Reply::Place(Box::new(place)))
}
