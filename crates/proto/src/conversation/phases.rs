//! How the next bytes are read: the phases of a connection, and what leads from one into another.
//!
//! What an end is doing stands in [`super::states`]; a phase is what both ends must agree on to read each other at all. Before a
//! StartupMessage was answered a packet has no tag, after `S` everything is a record of TLS, and what the four messages with tag
//! `p` are is told by the authentication request before them.

use crate::messages::{asynchronous, authentication, copy, errors, extended_query, simple_query, startup};
use crate::schema::Head;
use crate::{Direction, Message};

use super::GRAMMAR;
use super::requests::{ANYTIME, Asks, REQUESTS, UNANSWERED};

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS.
    Tls,
    /// GSSAPI.
    Gss,
}

/// What the server's last authentication request wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// No request was seen.
    Unseen,
    /// A password, in the clear or hashed.
    Password,
    /// The choice of a SASL mechanism.
    SaslInitial,
    /// The next SASL message.
    Sasl,
    /// A GSSAPI or SSPI token.
    Gss,
}

/// Which way a COPY goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyMode {
    /// From the client.
    In,
    /// To the client.
    Out,
    /// Both ways: replication.
    Both,
}

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was said, or encryption was refused: a packet of the start-up family is next.
    Startup,
    /// The client asked for encryption: the server answers with one byte.
    Asked(Encryption),
    /// Nothing can be read any more.
    Encrypted(Encryption),
    /// A StartupMessage was sent, or an authentication request answered.
    Authenticating(Authentication),
    /// The server let the client in, and has not said ReadyForQuery yet.
    Starting,
    /// Between queries, or in one.
    Ready,
    /// In a COPY.
    Copying(CopyMode),
    /// A CancelRequest was sent: nothing follows.
    Cancelling,
}

use Phase::{Asked, Authenticating, Cancelling, Copying, Encrypted, Ready, Starting, Startup};

/// Every phase.
pub const PHASES: [Phase; 16] = [
    Startup,
    Asked(Encryption::Tls),
    Asked(Encryption::Gss),
    Encrypted(Encryption::Tls),
    Encrypted(Encryption::Gss),
    Authenticating(Authentication::Unseen),
    Authenticating(Authentication::Password),
    Authenticating(Authentication::SaslInitial),
    Authenticating(Authentication::Sasl),
    Authenticating(Authentication::Gss),
    Starting,
    Ready,
    Copying(CopyMode::In),
    Copying(CopyMode::Out),
    Copying(CopyMode::Both),
    Cancelling,
];

const ASKED: &[Phase] = PHASES.split_at(1).1.split_at(2).0;
const AUTHENTICATING: &[Phase] = PHASES.split_at(5).1.split_at(5).0;
const COPYING: &[Phase] = PHASES.split_at(12).1.split_at(3).0;

/// What leads a connection from one phase into another.
#[derive(Debug)]
pub struct Turn {
    /// In which phases; none stands for all.
    pub from: &'static [Phase],
    /// Who says it.
    pub by: Direction,
    /// One of these messages; none stands for any that has a tag.
    pub on: &'static [&'static Message],
    /// The phase behind it; none if it stays.
    pub to: Option<Phase>,
    /// Whether that holds only where nothing is there of what the server said.
    pub is_alone: bool,
}

const fn turns(by: Direction, from: &'static [Phase], on: &'static [&'static Message], to: Phase) -> Turn {
    Turn { from, by, on, to: Some(to), is_alone: false }
}

/// What answers a request for authentication.
const PROOFS: &[&Message] = &[
    &authentication::PASSWORD_MESSAGE,
    &authentication::SASL_INITIAL_RESPONSE,
    &authentication::SASL_RESPONSE,
    &authentication::GSS_RESPONSE,
];

use Direction::{Backend, Frontend};

/// What leads from phase to phase, the first row that fits. What has no row leads nowhere.
pub static TURNS: [Turn; 30] = [
    turns(Frontend, &[], &[&startup::STARTUP_MESSAGE], Authenticating(Authentication::Unseen)),
    turns(Frontend, &[], &[&startup::SSL_REQUEST], Asked(Encryption::Tls)),
    turns(Frontend, &[], &[&startup::GSSENC_REQUEST], Asked(Encryption::Gss)),
    turns(Frontend, &[], &[&startup::CANCEL_REQUEST], Cancelling),
    turns(Frontend, &[], &[&startup::TLS_RECORD], Encrypted(Encryption::Tls)),
    turns(Frontend, &[], &[&startup::GSS_PACKET], Encrypted(Encryption::Gss)),
    turns(Frontend, &[Copying(CopyMode::In)], &[&copy::COPY_DONE, &copy::COPY_FAIL], Ready),
    // The recording begins later: a message with a tag is none of the start-up family.
    turns(Frontend, &[Startup], &[], Ready),
    // Of a client alone, whatever is no proof shows that it was let in.
    Turn { to: None, is_alone: true, ..turns(Frontend, AUTHENTICATING, PROOFS, Ready) },
    Turn { is_alone: true, ..turns(Frontend, AUTHENTICATING, &[], Ready) },
    turns(Backend, &[], &[&startup::SSL_ACCEPTED], Encrypted(Encryption::Tls)),
    turns(Backend, &[Startup], &[&startup::TLS_RECORD], Encrypted(Encryption::Tls)),
    turns(Backend, &[], &[&startup::GSS_ACCEPTED], Encrypted(Encryption::Gss)),
    turns(Backend, ASKED, &[&startup::ENCRYPTION_REFUSED], Startup),
    turns(Backend, &[], &[&authentication::AUTHENTICATION_OK], Starting),
    turns(
        Backend,
        &[],
        &[
            &authentication::AUTHENTICATION_CLEARTEXT_PASSWORD,
            &authentication::AUTHENTICATION_CRYPT_PASSWORD,
            &authentication::AUTHENTICATION_MD5_PASSWORD,
        ],
        Authenticating(Authentication::Password),
    ),
    turns(
        Backend,
        &[],
        &[
            &authentication::AUTHENTICATION_GSS,
            &authentication::AUTHENTICATION_GSS_CONTINUE,
            &authentication::AUTHENTICATION_SSPI,
        ],
        Authenticating(Authentication::Gss),
    ),
    turns(Backend, &[], &[&authentication::AUTHENTICATION_SASL], Authenticating(Authentication::SaslInitial)),
    turns(
        Backend,
        &[],
        &[&authentication::AUTHENTICATION_SASL_CONTINUE, &authentication::AUTHENTICATION_SASL_FINAL],
        Authenticating(Authentication::Sasl),
    ),
    turns(
        Backend,
        &[],
        &[
            &authentication::AUTHENTICATION_KERBEROS_V4,
            &authentication::AUTHENTICATION_KERBEROS_V5,
            &authentication::AUTHENTICATION_SCM_CREDENTIAL,
        ],
        Authenticating(Authentication::Unseen),
    ),
    turns(Backend, AUTHENTICATING, &[&authentication::AUTHENTICATION_UNKNOWN], Authenticating(Authentication::Unseen)),
    turns(Backend, &[], &[&copy::COPY_IN_RESPONSE], Copying(CopyMode::In)),
    turns(Backend, &[], &[&copy::COPY_OUT_RESPONSE], Copying(CopyMode::Out)),
    turns(Backend, &[], &[&copy::COPY_BOTH_RESPONSE], Copying(CopyMode::Both)),
    turns(Backend, &[], &[&simple_query::READY_FOR_QUERY], Ready),
    turns(Backend, COPYING, &[&simple_query::COMMAND_COMPLETE, &errors::ERROR_RESPONSE], Ready),
    turns(Backend, &[Copying(CopyMode::Out)], &[&copy::COPY_DONE], Ready),
    // What may come before a client is let in, or at any time, says nothing of where the recording begins.
    Turn {
        to: None,
        ..turns(
            Backend,
            &[Startup],
            &[
                &errors::NOTICE_RESPONSE,
                &errors::ERROR_RESPONSE,
                &asynchronous::NOTIFICATION_RESPONSE,
                &asynchronous::PARAMETER_STATUS,
                &asynchronous::BACKEND_KEY_DATA,
                &asynchronous::NEGOTIATE_PROTOCOL_VERSION,
            ],
            Startup,
        )
    },
    // COPY data neither: its head was not seen.
    Turn { to: None, ..turns(Backend, &[Startup], &[&copy::COPY_DATA], Startup) },
    turns(Backend, &[Startup], &[], Ready),
];

/// The rows that a message may fit, as bits: by who says it and its tag, 0 for what has none.
static BY_TAG: [[u32; 128]; 2] = by_tag();
/// The rows that hold in a phase, as bits.
static BY_PHASE: [u32; PHASES.len()] = by_phase();

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn by_tag() -> [[u32; 128]; 2] {
    let mut rows = [[0; 128]; 2];
    let mut row = 0;
    while row < TURNS.len() {
        let by = TURNS[row].by.index();
        let on = TURNS[row].on;
        let mut at = 0;
        while at < on.len() {
            rows[by][slot(on[at])] |= 1 << row;
            at += 1;
        }
        let mut tag = 1;
        while on.is_empty() && tag < 128 {
            rows[by][tag] |= 1 << row;
            tag += 1;
        }
        row += 1;
    }
    rows
}

#[allow(clippy::indexing_slicing, reason = "the compiler runs it: a wrong index does not compile")]
const fn by_phase() -> [u32; PHASES.len()] {
    let mut rows = [0; PHASES.len()];
    let mut row = 0;
    while row < TURNS.len() {
        let from = TURNS[row].from;
        let mut at = 0;
        while at < from.len() {
            rows[from[at].number()] |= 1 << row;
            at += 1;
        }
        let mut phase = 0;
        while from.is_empty() && phase < rows.len() {
            rows[phase] |= 1 << row;
            phase += 1;
        }
        row += 1;
    }
    rows
}

const fn slot(message: &Message) -> usize {
    match message.head {
        Head::Tag(tag) => (tag & 127) as usize,
        Head::Authentication(..) => b'R' as usize,
        _ => 0,
    }
}

/// The rows that hold in a phase.
#[derive(Clone, Copy, Debug)]
pub struct Turns(u32);

impl Turns {
    /// The row that this message fits.
    #[inline]
    pub fn turn(self, by: Direction, message: &'static Message, is_alone: bool) -> Option<&'static Turn> {
        let rows = BY_TAG.get(by.index())?.get(slot(message))? & self.0;
        // Most messages lead nowhere.
        if rows == 0 { None } else { fitting(rows, message, is_alone) }
    }
}

fn fitting(mut rows: u32, message: &'static Message, is_alone: bool) -> Option<&'static Turn> {
    while rows != 0 {
        let turn = TURNS.get(rows.trailing_zeros() as usize)?;
        if (turn.on.is_empty() || turn.on.contains(&message)) && (is_alone || !turn.is_alone) {
            return Some(turn);
        }
        rows &= rows - 1;
    }
    None
}

impl Phase {
    /// What a band of messages in this phase is called.
    pub const fn name(self) -> &'static str {
        match self {
            Startup | Asked(_) => "start-up",
            Encrypted(_) => "encrypted",
            Authenticating(_) => "authentication",
            Starting => "settings",
            Ready => "query",
            Copying(_) => "copy",
            Cancelling => "cancel",
        }
    }

    /// Its place in [`PHASES`].
    const fn number(self) -> usize {
        match self {
            Startup => 0,
            Asked(Encryption::Tls) => 1,
            Asked(Encryption::Gss) => 2,
            Encrypted(Encryption::Tls) => 3,
            Encrypted(Encryption::Gss) => 4,
            Authenticating(Authentication::Unseen) => 5,
            Authenticating(Authentication::Password) => 6,
            Authenticating(Authentication::SaslInitial) => 7,
            Authenticating(Authentication::Sasl) => 8,
            Authenticating(Authentication::Gss) => 9,
            Starting => 10,
            Ready => 11,
            Copying(CopyMode::In) => 12,
            Copying(CopyMode::Out) => 13,
            Copying(CopyMode::Both) => 14,
            Cancelling => 15,
        }
    }

    /// The rows that hold in this phase: for who asks at each message.
    pub fn turns(self) -> Turns {
        Turns(BY_PHASE.get(self.number()).copied().unwrap_or(0))
    }

    /// The row that this message fits in this phase. `is_alone` says that nothing is there of what the server said.
    pub fn turn(self, by: Direction, message: &'static Message, is_alone: bool) -> Option<&'static Turn> {
        self.turns().turn(by, message, is_alone)
    }

    /// Whether this end says such a message in this phase, by the answers that may be awaited in it.
    pub fn says(self, by: Direction, message: &'static Message) -> bool {
        if matches!(message.head, Head::Startup(_) | Head::Reply(_) | Head::Any) && message.tag() != Some(b'p') {
            return matches!(self, Startup | Asked(_) | Encrypted(_));
        }
        let is_asked = match self {
            Encrypted(_) | Cancelling => return false,
            Startup | Asked(_) if by == Frontend => return false,
            Starting | Ready => REQUESTS.iter().any(|request| request.by == message) || is_unanswered(message),
            Copying(CopyMode::In) => message == &extended_query::SYNC || is_unanswered(message),
            Copying(_) => is_unanswered(message),
            Startup | Asked(_) | Authenticating(_) => false,
        };
        let is_let_in = !matches!(self, Startup | Asked(_));
        let comes_by_itself = *message == errors::ERROR_RESPONSE || (is_let_in && ANYTIME.contains(&message));
        let awaited = self.awaits() & GRAMMAR.takes(by, message) != 0;
        awaited || if by == Frontend { is_asked } else { comes_by_itself }
    }

    /// The places in answers at which an exchange may be in this phase.
    fn awaits(self) -> u64 {
        let begun = |response: &'static Message| GRAMMAR.behind(GRAMMAR.takes(Backend, response));
        let both = |message: &'static Message| GRAMMAR.takes(Frontend, message) | GRAMMAR.takes(Backend, message);
        let copied = both(&copy::COPY_DATA) | both(&copy::COPY_DONE) | both(&copy::COPY_FAIL);
        match self {
            Startup | Asked(_) => GRAMMAR.start(Asks::Startup),
            Authenticating(_) | Starting => GRAMMAR.of(Asks::Startup),
            Ready => {
                let requests = REQUESTS.iter().filter(|request| request.asks > Asks::Gss);
                requests.fold(0, |all, request| all | GRAMMAR.of(request.asks)) & !copied
            }
            // What its end leads to, since only one side may be there.
            Copying(CopyMode::In) => begun(&copy::COPY_IN_RESPONSE) | GRAMMAR.behind(begun(&copy::COPY_IN_RESPONSE)),
            Copying(CopyMode::Out) => begun(&copy::COPY_OUT_RESPONSE),
            Copying(CopyMode::Both) => begun(&copy::COPY_BOTH_RESPONSE),
            Encrypted(_) | Cancelling => 0,
        }
    }
}

fn is_unanswered(message: &'static Message) -> bool {
    message.tag() != Some(b'p') && UNANSWERED.iter().any(|(unanswered, _)| *unanswered == message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_its_number() {
        for (number, phase) in PHASES.iter().enumerate() {
            assert_eq!(phase.number(), number, "{phase:?}");
        }
    }

    #[test]
    fn no_row_is_hidden_by_those_before_it() {
        for (at, row) in TURNS.iter().enumerate() {
            let from = if row.from.is_empty() { &PHASES } else { row.from };
            let on: Vec<&'static Message> =
                if row.on.is_empty() { crate::messages::ALL.to_vec() } else { row.on.to_vec() };
            let fits = |phase: &Phase, message: &&'static Message| {
                phase.turn(row.by, message, row.is_alone).is_some_and(|turn| std::ptr::eq(turn, row))
            };
            assert!(from.iter().any(|phase| on.iter().any(|message| fits(phase, message))), "row {at}: {row:?}");
            for message in row.on {
                assert!(from.iter().any(|phase| fits(phase, message)), "row {at}: {}", message.name());
            }
        }
    }

    /// What stands in no rule is said in no phase, and all else in some.
    #[test]
    fn what_is_said_is_said_in_a_phase() {
        let never = super::super::NEVER;
        let only_by_itself = [&authentication::AUTHENTICATION_RESPONSE];
        for message in crate::messages::ALL {
            let is_said = Direction::BOTH.iter().any(|by| PHASES.iter().any(|phase| phase.says(*by, message)));
            let may_be = !never.contains(message)
                || matches!(message.head, Head::Any)
                || message.chapter == startup::TLS_RECORD.chapter;
            assert!(is_said == may_be || only_by_itself.contains(message), "{}: {is_said}", message.name());
        }
    }

    #[test]
    fn a_phase_knows_what_is_said_in_it() {
        let said = |phase: Phase, by| {
            let tagged = |message: &&&'static Message| matches!(message.head, Head::Tag(_)) && phase.says(by, message);
            let mut tags: Vec<u8> =
                crate::messages::ALL.iter().filter(tagged).filter_map(|message| message.tag()).collect();
            tags.sort_unstable();
            tags.dedup();
            String::from_utf8(tags).unwrap_or_default()
        };
        assert_eq!(said(Startup, Frontend), "");
        assert_eq!(said(Startup, Backend), "Ev");
        assert_eq!(said(Authenticating(Authentication::Sasl), Frontend), "p");
        assert_eq!(said(Starting, Backend), "AEKNSZv");
        assert_eq!(said(Ready, Frontend), "BCDEFHPQSX");
        assert_eq!(said(Ready, Backend), "123ACDEGHINSTVWZnst");
        assert_eq!(said(Copying(CopyMode::In), Frontend), "HSXcdf");
        assert_eq!(said(Copying(CopyMode::In), Backend), "ACENS");
        assert_eq!(said(Copying(CopyMode::Out), Backend), "AENScd");
        assert_eq!(said(Copying(CopyMode::Both), Frontend), "HXcd");
        assert!(!Startup.says(Backend, &authentication::AUTHENTICATION_SASL_CONTINUE));
        assert!(Startup.says(Backend, &authentication::AUTHENTICATION_SASL));
    }
}
