//! Given the password, whether what was said to prove it is right: every step of the computation, with its bytes.
//!
//! A dialogue is found in the index (`dialogue`) and computed anew, as the client and the server computed it: a password
//! in the clear is compared, MD5 is hashed twice (`hashed`), SCRAM-SHA-256 is run to its end (`scram`), with and without
//! channel binding. The work is bounded, whatever the messages say. It keeps no password, and knows nothing of users but what
//! the StartupMessage names.

mod dialogue;
mod hashed;
mod prepared;
mod scram;
#[cfg(test)]
mod tests;

use pgscope_proto::{Exchange, Span};

use crate::Index;
use dialogue::{Dialogue, Outcome, Way};

/// How often a hash is taken for one exchange at most. PostgreSQL's default is 4096.
pub const MOST_ITERATIONS: u32 = 1_000_000;

/// A dialogue of an authentication, computed anew.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// `cleartext password`, `MD5`, `SCRAM-SHA-256` or `SCRAM-SHA-256-PLUS`.
    pub mechanism: &'static str,
    /// The messages of the dialogue, from 0, without the server's word whether it lets the client in.
    pub messages: Vec<usize>,
    /// The computation, in its order.
    pub steps: Vec<Step>,
    /// What comes out of it, in a sentence or two.
    pub conclusion: String,
}

/// A step of the computation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// What its bytes are called, as RFC 5802 does.
    pub name: &'static str,
    /// How they are computed: `HMAC(SaltedPassword, "Client Key")`.
    pub formula: String,
    /// What is special in this case; often nothing.
    pub note: String,
    /// What came out; empty where it could not be computed.
    pub bytes: Vec<u8>,
    /// Where the bytes were read, or those that they are compared with.
    pub place: Option<Place>,
    /// What stands there, if the bytes are compared with it.
    pub sent: Option<Vec<u8>>,
    /// What the comparison says, if the bytes are compared.
    pub verdict: Option<Verdict>,
}

/// Some bytes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number in the exchange.
    pub number: usize,
    /// Which bytes, counted from its start.
    pub span: Span,
}

/// What is known of a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was made with this password.
    Right,
    /// It was not.
    Wrong,
    /// It cannot be told, and why.
    Unknown(String),
}

impl Verdict {
    /// `right`, `wrong` or `cannot be told`.
    pub const fn name(&self) -> &'static str {
        match self {
            Verdict::Right => "right",
            Verdict::Wrong => "wrong",
            Verdict::Unknown(_) => "cannot be told",
        }
    }

    /// Why it cannot be told.
    pub fn why(&self) -> &str {
        match self {
            Verdict::Unknown(why) => why,
            _ => "",
        }
    }

    fn of(is_right: bool) -> Self {
        if is_right { Verdict::Right } else { Verdict::Wrong }
    }
}

impl Checked {
    /// The last message of the dialogue.
    pub fn last(&self) -> Option<usize> {
        self.messages.last().copied()
    }

    /// What was compared, in the order of the dialogue.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.steps.iter().filter_map(|step| step.verdict.as_ref())
    }

    /// Whether something that was compared is wrong.
    pub fn is_wrong(&self) -> bool {
        self.verdicts().any(|verdict| *verdict == Verdict::Wrong)
    }
}

/// Computes all authentications of an exchange anew with this password.
///
/// ```
/// use pgscope_proto::{Direction, Exchange, Stream};
/// use pgscope_session::{Index, authentication::{self, Verdict}};
///
/// let mut exchange = Exchange::default();
/// exchange.push(Direction::Frontend, &Stream::raw(b"\0\0\0\x11\0\x03\0\0user\0me\0\0".to_vec()), None);
/// exchange.push(Direction::Backend, &Stream::raw(b"R\0\0\0\x08\0\0\0\x03".to_vec()), None);
/// exchange.push(Direction::Frontend, &Stream::raw(b"p\0\0\0\x0bsecret\0".to_vec()), None);
/// let checked = authentication::check(&exchange, &Index::new(&exchange), b"secret");
/// assert_eq!(checked[0].steps[0].verdict, Some(Verdict::Right));
/// ```
pub fn check(exchange: &Exchange, index: &Index, password: &[u8]) -> Vec<Checked> {
    let mut iterations = MOST_ITERATIONS;
    let dialogues = dialogue::all(exchange, index);
    dialogues.iter().map(|dialogue| one(dialogue, password, &mut iterations)).collect()
}

fn one(dialogue: &Dialogue, password: &[u8], iterations: &mut u32) -> Checked {
    let (mechanism, steps) = match dialogue.way {
        Way::Clear => ("cleartext password", hashed::clear(dialogue, password)),
        Way::Md5 => ("MD5", hashed::md5(dialogue, password)),
        Way::Sasl => (dialogue.scram.mechanism(), scram::steps(&dialogue.scram, password, iterations)),
    };
    let conclusion = conclusion(&steps, &dialogue.outcome);
    Checked { mechanism, messages: dialogue.messages.clone(), steps, conclusion }
}

/// What the verdicts and the server's word say together.
fn conclusion(steps: &[Step], outcome: &Outcome) -> String {
    let mut verdicts = steps.iter().filter_map(|step| step.verdict.as_ref());
    let (client, server) = (verdicts.next(), verdicts.next());
    let said = match (client, outcome) {
        (Some(Verdict::Right), Outcome::Refused(code)) => format!(
            "The client used this password, and the server refused it ({code}): the role has another password or none, or may not log in."
        ),
        (Some(Verdict::Right), _) => "The client used this password.".to_owned(),
        (Some(Verdict::Wrong), Outcome::Refused(code)) => {
            format!("The client did not use this password, or its proof is damaged; the server refused it ({code}).")
        }
        (Some(Verdict::Wrong), Outcome::LetIn) => {
            "The client did not use this password, and was let in: it used another one.".to_owned()
        }
        (Some(Verdict::Wrong), Outcome::Unseen) => {
            "The client did not use this password, or its proof is damaged.".to_owned()
        }
        (Some(Verdict::Unknown(why)), _) => format!("It cannot be told whether the client used this password: {why}."),
        (None, _) => "There is nothing to compare.".to_owned(),
    };
    match (client, server) {
        (_, Some(Verdict::Right)) => format!("{said} The server proved that it knows the password, too."),
        (Some(Verdict::Right), Some(Verdict::Wrong)) => {
            format!("{said} The server's signature is wrong: it does not know the password, or its message is damaged.")
        }
        (_, Some(Verdict::Wrong)) => format!("{said} The server's signature was not made with it either."),
        _ => said,
    }
}
