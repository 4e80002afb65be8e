//! How a connection ended: as data for programs, and in words.

use pgscope_proto::{Closing, Direction};
use pgscope_session::survey::{Awaited, End, NEVER};
use serde::{Deserialize, Serialize};

use super::{One, duration};

/// How a connection ended, or that it did not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// What ended it.
    pub how: How,
    /// Who did: `frontend` or `backend`; empty where nobody did, or the recording does not tell.
    pub by: String,
    /// Of an error that ended it, or of the server's warning that it would end it.
    pub sqlstate: String,
    /// What was awaited then.
    pub awaited: Option<Await>,
    /// How long it was awaited in vain, in microseconds. Of an answer that came although its client was gone: how long after that it ended.
    pub awaited_us: Option<u64>,
    /// What hides what was said: `TLS` or `GSSAPI`.
    pub hidden: String,
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Nothing: it goes on where the recording ends.
    #[default]
    Open,
    /// A Terminate.
    Terminate,
    /// A FATAL or PANIC of the server.
    Error,
    /// It was there to cancel a query.
    Cancel,
    /// TCP closed it, and nothing that was said did.
    Closed,
    /// One end closed its half.
    HalfClosed,
    /// It was broken off.
    Reset,
    /// One end closed it, and then it was broken off.
    ClosedThenReset,
}

impl How {
    /// As it stands in JSON and CSV.
    pub const fn id(self) -> &'static str {
        match self {
            How::Open => "open",
            How::Terminate => "terminate",
            How::Error => "error",
            How::Cancel => "cancel",
            How::Closed => "closed",
            How::HalfClosed => "half_closed",
            How::Reset => "reset",
            How::ClosedThenReset => "closed_then_reset",
        }
    }
}

/// What somebody waited for when a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Await {
    /// An answer, of which nothing had come.
    Answer,
    /// The rest of an answer.
    Rest,
    /// The end of an answer, which came when its client was gone.
    LateAnswer,
    /// A Sync or a Flush of the client.
    Sync,
    /// What the client logs in with.
    Login,
    /// The client's data, in a COPY.
    Data,
    /// What the client does next in its transaction.
    Transaction,
}

impl Await {
    /// As it stands in JSON and CSV.
    pub const fn id(self) -> &'static str {
        match self {
            Await::Answer => "answer",
            Await::Rest => "rest",
            Await::LateAnswer => "late_answer",
            Await::Sync => "sync",
            Await::Login => "login",
            Await::Data => "data",
            Await::Transaction => "transaction",
        }
    }

    fn of(awaited: Awaited) -> Self {
        match awaited {
            Awaited::Answer => Await::Answer,
            Awaited::Rest => Await::Rest,
            Awaited::Push => Await::Sync,
            Awaited::Login => Await::Login,
            Awaited::Data => Await::Data,
            Awaited::InTransaction => Await::Transaction,
        }
    }
}

impl Ending {
    pub(super) fn of(one: &One) -> Self {
        let about = &one.survey.about;
        let named = |end: Option<Direction>| end.map_or(String::new(), |end| end.name().to_owned());
        let (how, by) = match &about.end {
            End::Cancelled => (How::Cancel, Some(Direction::Frontend)),
            End::Terminated | End::Left => (How::Terminate, Some(Direction::Frontend)),
            End::Ended(_) => (How::Error, Some(Direction::Backend)),
            End::Open => closed(one.closing),
        };
        let warned = || about.warned.clone().filter(|_| by == Some(Direction::Backend)).unwrap_or_default();
        let sqlstate = if let End::Ended(code) = &about.end { code.clone() } else { warned() };
        let (awaited, awaited_us) = match &about.end {
            End::Left => (Some(Await::Answer), None),
            End::Open => waits(one).map_or((None, None), |(awaited, waited)| (Some(awaited), waited)),
            _ => (None, None),
        };
        let hidden = about.hidden.unwrap_or_default().to_owned();
        Ending { how, by: named(by), sqlstate, awaited, awaited_us, hidden }
    }

    /// In words; `cancels` is the connection whose query it was there to cancel.
    pub(super) fn words(&self, closing: Closing, cancels: Option<usize>) -> String {
        let end = match (self.how, cancels) {
            (How::Cancel, Some(other)) => return format!("cancels a query of {other}"),
            (How::Cancel, None) => return "cancels a query".to_owned(),
            (How::Terminate, _) if self.awaited.is_some() => "Terminate, before the answer".to_owned(),
            (How::Terminate, _) => "Terminate".to_owned(),
            (How::Error, _) => format!("{} by the server", self.sqlstate),
            _ if self.sqlstate.is_empty() => closed_words(closing) + &self.waited(),
            _ => format!("{} ({}){}", closed_words(closing), self.sqlstate, self.waited()),
        };
        if self.hidden.is_empty() { end } else { format!("{end}, in {}", self.hidden) }
    }

    fn waited(&self) -> String {
        let waited = duration(self.awaited_us.unwrap_or_default());
        match self.awaited {
            None => String::new(),
            Some(Await::Answer) => format!(", unanswered for {waited}"),
            Some(Await::Rest) if self.awaited_us.is_none() => ", within an answer".to_owned(),
            Some(Await::Rest) => format!(", silent for {waited} within an answer"),
            Some(Await::LateAnswer) => format!(", {waited} before its answer ended"),
            Some(Await::Sync) => format!(", without Sync for {waited}"),
            Some(Await::Login) => format!(", the login unanswered for {waited}"),
            Some(Await::Data) => format!(", without data for its COPY for {waited}"),
            Some(Await::Transaction) => format!(", idle in a transaction for {waited}"),
        }
    }
}

/// Who closed it, or broke it off, before anybody else.
fn first_to_go(closing: Closing) -> Option<Direction> {
    closing.first.or(closing.reset)
}

/// What ended it where nothing that was said did.
fn closed(closing: Closing) -> (How, Option<Direction>) {
    let how = match closing {
        Closing { first: Some(_), reset: Some(_), .. } => How::ClosedThenReset,
        Closing { reset: Some(_), .. } => How::Reset,
        Closing { is_over: true, .. } => How::Closed,
        Closing { first: Some(_), .. } => How::HalfClosed,
        Closing { .. } => How::Open,
    };
    (how, first_to_go(closing))
}

fn closed_words(closing: Closing) -> String {
    match closing {
        Closing { first: Some(first), reset: Some(one), .. } if first == one => {
            format!("closed, then reset, by the {}", one.end())
        }
        Closing { first: Some(first), reset: Some(one), .. } => {
            format!("closed by the {}, then reset by the {}", first.end(), one.end())
        }
        Closing { reset: Some(one), .. } => format!("reset by the {}", one.end()),
        Closing { first: Some(one), is_over: true, .. } => format!("closed by the {}", one.end()),
        Closing { first: Some(one), .. } => format!("half closed, by the {}", one.end()),
        Closing { is_over: true, .. } => "closed".to_owned(),
        Closing { .. } => "open".to_owned(),
    }
}

/// What is awaited since the last message, and how long; or by how much a client was gone before its answer had come.
fn waits(one: &One) -> Option<(Await, Option<u64>)> {
    let (closing, survey) = (one.closing, &one.survey);
    let closed_at = closing.at_us?;
    let is_client_gone = first_to_go(closing) == Some(Direction::Frontend);
    if is_client_gone && let Some(late) = late(one, closed_at) {
        return Some((Await::LateAnswer, Some(late)));
    }
    let (awaited, since) = survey.awaits()?;
    let waited =
        closed_at.checked_sub(since).and_then(|waited| u64::try_from(waited).ok()).filter(|waited| *waited > 0);
    match waited {
        // It went on to answer somebody who was gone.
        None if is_client_gone && awaited == Awaited::Rest && since >= closed_at => Some((Await::Rest, None)),
        // Nothing more of it comes where the server ends it.
        _ if awaited == Awaited::Rest && first_to_go(closing) == Some(Direction::Backend) => Some((Await::Rest, None)),
        waited => Some((Await::of(awaited), Some(waited?))),
    }
}

/// How long after its client was gone the last answer ended.
fn late(one: &One, gone_at: i64) -> Option<u64> {
    let asked = one.survey.asked.last().filter(|asked| asked.done != NEVER && asked.at_us != i64::MIN)?;
    let ended = one.survey.answered_us()?;
    let is_late = asked.at_us <= gone_at && gone_at < ended;
    u64::try_from(ended.saturating_sub(gone_at)).ok().filter(|_| is_late)
}
