//! What each end of a connection is doing, what it reads, and where a message leads it.
//!
//! An end moves when it says a message and when it has *read* one, not when one has arrived: a server that runs a Query
//! leaves what comes meanwhile in its buffer.

use crate::messages::{asynchronous, authentication, copy, errors, extended_query, function_call, simple_query};
use crate::messages::{startup, unknown};
use crate::schema::{Chapter, Section, built_in};
use crate::{Direction, Message};

/// What an end that waits is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// For nothing: it works, or it is its own turn.
    Nothing,
    /// For a packet of the start-up family: four bytes of length first.
    Packet,
    /// For one bare byte.
    Byte,
    /// For a type byte and a length.
    Message,
    /// For a record of TLS or a packet of GSSAPI.
    Opaque,
    /// For the end of the connection.
    End,
}

/// What an end is doing.
#[derive(Debug)]
pub struct State {
    /// Which end.
    pub end: Direction,
    /// In a word or two.
    pub name: &'static str,
    /// What it reads then, if nothing else keeps it.
    pub reads: Reads,
    /// What it is doing, what it reads, why it can be stuck here.
    pub doc: &'static str,
    /// Where the manual tells of it.
    pub section: Section,
}

impl State {
    /// Its name in links: `frontend-copy-in`.
    pub fn id(&self) -> String {
        format!("{}-{}", self.end.name(), self.name.replace(' ', "-"))
    }
}

macro_rules! states {
    ($(#[$meta:meta])* $type:ident, $all:ident, $end:expr, $($(#[$attribute:meta])* $state:ident: $name:literal, $reads:ident, $chapter:ident, $doc:literal;)*) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[allow(missing_docs, reason = "each is described in its table")]
        pub enum $type { $($(#[$attribute])* $state),* }

        /// All of them, in the order of the type.
        pub static $all: &[($type, State)] = &[$(($type::$state, State {
            end: $end,
            name: $name,
            reads: Reads::$reads,
            doc: built_in($doc),
            section: Chapter::$chapter.flow(),
        })),*];

        impl $type {
            /// Its description.
            #[allow(clippy::indexing_slicing, reason = "the macro makes a row for each")]
            pub fn state(self) -> &'static State {
                &$all[self as usize].1
            }

            /// Its name.
            pub fn name(self) -> &'static str {
                self.state().name
            }
        }
    };
}

states! {
    /// The states of a client, as libpq goes through them.
    Client, CLIENT, Direction::Frontend,
    #[default] New: "new", Nothing, Startup,
        "The connection is made, and nothing was said yet. It is the client's turn: a server waits for the first packet, and gives up after authentication_timeout.";
    AskedForEncryption: "asked for encryption", Byte, Startup,
        "It asked for TLS or GSSAPI and reads exactly one byte. More than one would be read into the plain stream, which is how bytes were once smuggled into encrypted sessions. A server that does not answer the request leaves it here for ever.";
    Encryption: "encryption", Opaque, Startup,
        "Encryption was agreed on. Everything from here on is records that only the two ends can read; inside them the conversation begins again.";
    Authentication: "authentication", Message, Authentication,
        "It sent its StartupMessage and reads what the server wants as a proof, or that none is wanted. When it was asked, it is its turn. Anything but an authentication request, a negotiation of the version, or an error ends the connection.";
    Starting: "starting", Message, Startup,
        "It was let in and collects settings and the cancel key. It may not ask anything before the first ReadyForQuery, and waits here for ever if that never comes.";
    Ready: "ready", Nothing, SimpleQuery,
        "Nothing is asked, and it does what its program wants. Messages that come by themselves (notices, settings, notifications) are read when the program next looks.";
    Busy: "busy", Message, SimpleQuery,
        "It asked and reads answers until everything is answered. In the extended protocol the server may keep answers until Sync or Flush: a client that reads before it has sent one waits for ever.";
    CopyIn: "copy in", Nothing, Copy,
        "The server wants data: it is the client's turn until it has said CopyDone or CopyFail. It need not read meanwhile, but an error may come at any time, and a client that never looks sends the rest for nothing.";
    CopyOut: "copy out", Message, Copy,
        "It reads data until CopyDone. There is no limit but the server's: a client that stops reading stops the server, too.";
    CopyBoth: "copy both", Message, Replication,
        "Both ends send. It reads data and keepalives, and must report its positions from time to time, or the server ends the connection after wal_sender_timeout.";
    Cancelling: "cancelling", End, Startup,
        "It sent a CancelRequest on a connection of its own and waits for nothing but the end of that connection.";
    Closed: "closed", Nothing, SimpleQuery,
        "It said Terminate, or gave up. Nothing that comes now is read.";
}

states! {
    /// The states of a server, as PostgreSQL's backend goes through them.
    Server, SERVER, Direction::Backend,
    #[default] StartUp: "start-up", Packet, Startup,
        "It waits for a packet of the start-up family: four bytes of length, then a version or a request code. It says nothing first, and closes without a word on a length that cannot be.";
    Encryption: "encryption", Opaque, Startup,
        "It agreed to encryption and reads records. Bytes that were sent in the clear behind the request are refused.";
    Password: "password", Message, Authentication,
        "It asked for a password, a hash or a token and reads one message of type p. Any other type ends the connection.";
    Sasl: "sasl", Message, Authentication,
        "It is in the middle of a SASL exchange and reads the next message of type p.";
    Starting: "starting", Nothing, Startup,
        "The client was let in. It reports settings and the cancel key, opens the database, and says the first ReadyForQuery. It reads nothing until then.";
    Idle: "idle", Message, SimpleQuery,
        "Nothing is asked. It reads the next request; between requests it says what other sessions notify, and a settings change only with the next answer.";
    Query: "query", Nothing, SimpleQuery,
        "It runs a Query, and answers. What the client sends meanwhile waits in its buffer.";
    FunctionCall: "function call", Nothing, FunctionCall,
        "It calls a function, and answers.";
    Extended: "extended", Message, ExtendedQuery,
        "Between the messages of a round of the extended protocol. It keeps what it has to say in a buffer until Sync, Flush or a full buffer: whoever waits for an answer before having sent one of them waits for ever.";
    Skipping: "skipping", Message, ExtendedQuery,
        "Something failed in a round of the extended protocol. It reads and throws away everything up to the next Sync, Query and FunctionCall among it. Without a Sync it stays here.";
    Sync: "sync", Nothing, ExtendedQuery,
        "It ends the round: commits or rolls back what no BEGIN opened, and says ReadyForQuery.";
    CopyIn: "copy in", Message, Copy,
        "A COPY of a Query reads data from the client until CopyDone or CopyFail. Flush and Sync are overlooked; any other message is an error that ends the COPY.";
    CopyInExtended: "copy in", Message, Copy,
        "A COPY of an Execute reads data. A Sync that the client sent with the Execute is overlooked here: another must follow behind CopyDone or CopyFail.";
    CopyBoth: "copy both", Message, Replication,
        "It streams and reads what the client reports. CopyDone of the client ends its own direction; a CopyFail or any other message is an error.";
    Closed: "closed", Nothing, SimpleQuery,
        "It has closed the connection, or will as soon as its last words are sent.";
}

/// What happens to an end: it says a message, or has read one.
#[derive(Clone, Copy, Debug)]
pub enum On {
    /// It says one of these.
    Says(&'static [&'static Message]),
    /// It has read one of these.
    Reads(&'static [&'static Message]),
    /// It says an ErrorResponse, or a notice, after which the session ends: FATAL or worse, or 57P02.
    SaysFatal,
    /// It has read an ErrorResponse after which the session ends.
    ReadsFatal,
    /// It has read any message that no row before this one names.
    ReadsAny,
}

/// What a message makes of an end.
#[derive(Debug)]
pub struct Move<State: 'static> {
    /// In which states; none stands for all.
    pub from: &'static [State],
    /// What happens.
    pub on: On,
    /// The state behind it; none if it stays.
    pub to: Option<State>,
    /// Whether it owes something then, and reads nothing more until it has said it.
    pub owes: bool,
}

const fn leads<State: Copy>(from: &'static [State], on: On, to: State) -> Move<State> {
    Move { from, on, to: Some(to), owes: false }
}

const fn stays<State: Copy>(from: &'static [State], on: On) -> Move<State> {
    Move { from, on, to: None, owes: false }
}

const fn owes<State: Copy>(from: &'static [State], on: On, to: Option<State>) -> Move<State> {
    Move { from, on, to, owes: true }
}

/// What the extended protocol is asked in, step by step.
pub const STEPS: &[&Message] = &[
    &extended_query::PARSE,
    &extended_query::BIND,
    &extended_query::DESCRIBE,
    &extended_query::EXECUTE,
    &extended_query::CLOSE,
];

/// What a client asks when it was let in. Each is answered, if only by the ReadyForQuery of its round.
pub const ASKED: &[&Message] = &[
    &simple_query::QUERY,
    &function_call::FUNCTION_CALL,
    &extended_query::PARSE,
    &extended_query::BIND,
    &extended_query::DESCRIBE,
    &extended_query::EXECUTE,
    &extended_query::CLOSE,
    &extended_query::SYNC,
];

/// What comes by itself while data is copied.
const BESIDES: &[&Message] =
    &[&errors::NOTICE_RESPONSE, &asynchronous::NOTIFICATION_RESPONSE, &asynchronous::PARAMETER_STATUS];

/// What a client's own words make of it, the first row that fits. What has no row changes nothing.
pub static CLIENT_SAYS: &[Move<Client>] = &[
    leads(&[], On::Says(&[&startup::SSL_REQUEST, &startup::GSSENC_REQUEST]), Client::AskedForEncryption),
    leads(&[], On::Says(&[&startup::TLS_RECORD, &startup::GSS_PACKET]), Client::Encryption),
    leads(
        &[],
        On::Says(&[&startup::STARTUP_MESSAGE, &startup::STARTUP_PACKET_2, &startup::UNKNOWN_STARTUP]),
        Client::Authentication,
    ),
    leads(&[], On::Says(&[&simple_query::TERMINATE]), Client::Closed),
    leads(&[], On::Says(&[&startup::CANCEL_REQUEST]), Client::Cancelling),
    leads(&[Client::CopyIn], On::Says(&[&copy::COPY_DONE, &copy::COPY_FAIL]), Client::Busy),
    leads(&[Client::CopyBoth], On::Says(&[&copy::COPY_DONE]), Client::CopyOut),
    // One that was believed to be gone is not.
    leads(&[Client::Ready, Client::Closed], On::Says(ASKED), Client::Busy),
];

/// What a client makes of what it hears, the first row that fits. It is ready only when nothing more is asked: else it is busy.
pub static CLIENT_HEARS: &[Move<Client>] = &[
    leads(&[Client::Starting], On::Reads(&[&simple_query::READY_FOR_QUERY]), Client::Ready),
    // What libpq overlooks before the first ReadyForQuery; over all else it gives up.
    stays(
        &[Client::Starting],
        On::Reads(&[
            &asynchronous::PARAMETER_STATUS,
            &asynchronous::BACKEND_KEY_DATA,
            &errors::NOTICE_RESPONSE,
            &asynchronous::NOTIFICATION_RESPONSE,
            &simple_query::DATA_ROW,
            &extended_query::PARSE_COMPLETE,
            &extended_query::BIND_COMPLETE,
            &extended_query::CLOSE_COMPLETE,
            &extended_query::PARAMETER_DESCRIPTION,
            &extended_query::NO_DATA,
            &copy::COPY_DATA,
            &copy::COPY_DONE,
        ]),
    ),
    leads(&[Client::Starting], On::ReadsAny, Client::Closed),
    leads(
        &[Client::AskedForEncryption, Client::Authentication],
        On::Reads(&[&errors::ERROR_RESPONSE, &errors::LEGACY_ERROR]),
        Client::Closed,
    ),
    // Who asks nothing learns of the end when it next looks.
    stays(&[Client::Ready], On::ReadsFatal),
    leads(&[], On::ReadsFatal, Client::Closed),
    leads(&[], On::Reads(&[&startup::SSL_ACCEPTED, &startup::GSS_ACCEPTED]), Client::Encryption),
    leads(&[], On::Reads(&[&authentication::AUTHENTICATION_OK]), Client::Starting),
    leads(&[], On::Reads(&[&simple_query::READY_FOR_QUERY]), Client::Ready),
    leads(&[], On::Reads(&[&copy::COPY_IN_RESPONSE]), Client::CopyIn),
    leads(&[], On::Reads(&[&copy::COPY_OUT_RESPONSE]), Client::CopyOut),
    leads(&[], On::Reads(&[&copy::COPY_BOTH_RESPONSE]), Client::CopyBoth),
    stays(&[Client::CopyOut, Client::CopyBoth], On::Reads(BESIDES)),
    stays(&[Client::CopyOut, Client::CopyBoth], On::Reads(&[&copy::COPY_DATA])),
    leads(&[Client::CopyOut, Client::CopyBoth], On::ReadsAny, Client::Busy),
];

use Server::{CopyBoth, CopyIn, CopyInExtended, Extended, Idle, Password, Sasl, Skipping, StartUp, Starting};

/// What a server makes of what it reads, the first row that fits.
pub static SERVER_READS: &[Move<Server>] = &[
    leads(&[], On::Reads(&[&simple_query::TERMINATE, &startup::CANCEL_REQUEST]), Server::Closed),
    // A type that cannot be is complained of, and a length that cannot be inside a dialogue.
    owes(&[], On::Reads(&[&unknown::UNKNOWN_MESSAGE]), None),
    owes(&[Sasl, CopyIn, CopyInExtended], On::Reads(&[&unknown::UNREADABLE]), None),
    leads(&[], On::Reads(&[&unknown::UNREADABLE]), Server::Closed),
    // TLS without a question before it.
    leads(&[StartUp], On::Reads(&[&startup::TLS_RECORD]), Server::Encryption),
    owes(&[StartUp, Password, Sasl], On::ReadsAny, None),
    stays(&[Server::Encryption], On::ReadsAny),
    leads(&[CopyIn], On::Reads(&[&copy::COPY_DONE, &copy::COPY_FAIL]), Server::Query),
    owes(&[CopyInExtended], On::Reads(&[&copy::COPY_DONE, &copy::COPY_FAIL]), Some(Extended)),
    leads(&[CopyBoth], On::Reads(&[&copy::COPY_DONE]), Server::Query),
    stays(&[CopyIn, CopyInExtended], On::Reads(&[&copy::COPY_DATA, &extended_query::FLUSH, &extended_query::SYNC])),
    stays(&[CopyBoth], On::Reads(&[&copy::COPY_DATA])),
    // What does not belong there is complained of.
    owes(&[CopyIn, CopyInExtended, CopyBoth], On::ReadsAny, None),
    leads(&[], On::Reads(&[&extended_query::SYNC]), Server::Sync),
    stays(&[Skipping], On::ReadsAny),
    leads(&[], On::Reads(&[&simple_query::QUERY]), Server::Query),
    leads(&[], On::Reads(&[&function_call::FUNCTION_CALL]), Server::FunctionCall),
    owes(&[], On::Reads(STEPS), Some(Extended)),
    leads(&[], On::Reads(&[&extended_query::FLUSH]), Extended),
    stays(&[], On::ReadsAny),
];

/// What a server's own words say of it, the first row that fits. What has no row says nothing of its state.
pub static SERVER_SAYS: &[Move<Server>] = &[
    leads(&[], On::SaysFatal, Server::Closed),
    leads(&[], On::Says(&[&startup::SSL_ACCEPTED, &startup::GSS_ACCEPTED]), Server::Encryption),
    stays(&[], On::Says(&[&startup::ENCRYPTION_REFUSED])),
    leads(&[], On::Says(&[&asynchronous::NEGOTIATE_PROTOCOL_VERSION]), Starting),
    leads(&[StartUp, Password, Sasl, Starting], On::Says(&[&errors::ERROR_RESPONSE]), Server::Closed),
    leads(&[Extended, CopyInExtended], On::Says(&[&errors::ERROR_RESPONSE]), Skipping),
    leads(&[CopyIn, CopyBoth], On::Says(&[&errors::ERROR_RESPONSE]), Server::Query),
    stays(&[], On::Says(&[&errors::ERROR_RESPONSE])),
    leads(&[], On::Says(&[&simple_query::READY_FOR_QUERY]), Idle),
    leads(&[Extended], On::Says(&[&copy::COPY_IN_RESPONSE]), CopyInExtended),
    leads(&[], On::Says(&[&copy::COPY_IN_RESPONSE]), CopyIn),
    leads(&[], On::Says(&[&copy::COPY_BOTH_RESPONSE]), CopyBoth),
    stays(
        &[],
        On::Says(&[&extended_query::PARSE_COMPLETE, &extended_query::BIND_COMPLETE, &extended_query::CLOSE_COMPLETE]),
    ),
    stays(
        &[Extended],
        On::Says(&[
            &simple_query::COMMAND_COMPLETE,
            &simple_query::EMPTY_QUERY_RESPONSE,
            &extended_query::PORTAL_SUSPENDED,
            &extended_query::NO_DATA,
            &simple_query::ROW_DESCRIPTION,
        ]),
    ),
    leads(&[], On::Says(&[&authentication::AUTHENTICATION_OK, &authentication::AUTHENTICATION_SASL_FINAL]), Starting),
    leads(&[], On::Says(&[&authentication::AUTHENTICATION_SASL, &authentication::AUTHENTICATION_SASL_CONTINUE]), Sasl),
    leads(
        &[],
        On::Says(&[
            &authentication::AUTHENTICATION_CLEARTEXT_PASSWORD,
            &authentication::AUTHENTICATION_MD5_PASSWORD,
            &authentication::AUTHENTICATION_CRYPT_PASSWORD,
            &authentication::AUTHENTICATION_KERBEROS_V4,
            &authentication::AUTHENTICATION_KERBEROS_V5,
            &authentication::AUTHENTICATION_SCM_CREDENTIAL,
            &authentication::AUTHENTICATION_GSS,
            &authentication::AUTHENTICATION_GSS_CONTINUE,
            &authentication::AUTHENTICATION_SSPI,
            &authentication::AUTHENTICATION_UNKNOWN,
        ]),
        Password,
    ),
];

impl Client {
    /// What saying this message makes of a client in this state.
    pub fn says(self, message: &'static Message) -> Option<&'static Move<Client>> {
        CLIENT_SAYS.iter().find(|row| row.is_from(self) && row.on.is_said(message, false))
    }

    /// What a client in this state makes of a message that it has read.
    pub fn hears(self, message: &'static Message, is_fatal: bool) -> Option<&'static Move<Client>> {
        CLIENT_HEARS.iter().find(|row| row.is_from(self) && row.on.is_read(message, is_fatal))
    }

    /// Whether a client in this state leaves the message where it is for the time being: it sends data, and looks at nothing
    /// else than what comes by itself.
    pub fn leaves(self, message: &'static Message) -> bool {
        self == Client::CopyIn && !BESIDES.contains(&message)
    }
}

impl Server {
    /// What a server in this state makes of a message that it has read.
    pub fn reads(self, message: &'static Message) -> Option<&'static Move<Server>> {
        SERVER_READS.iter().find(|row| row.is_from(self) && row.on.is_read(message, false))
    }

    /// What this message says of a server that says it in this state.
    pub fn says(self, message: &'static Message, is_fatal: bool) -> Option<&'static Move<Server>> {
        SERVER_SAYS.iter().find(|row| row.is_from(self) && row.on.is_said(message, is_fatal))
    }
}

impl<State: Copy + PartialEq> Move<State> {
    fn is_from(&self, state: State) -> bool {
        self.from.is_empty() || self.from.contains(&state)
    }
}

impl On {
    fn is_read(&self, message: &'static Message, is_fatal: bool) -> bool {
        match self {
            On::Reads(messages) => messages.contains(&message),
            On::ReadsFatal => is_fatal,
            On::ReadsAny => true,
            On::Says(_) | On::SaysFatal => false,
        }
    }

    fn is_said(&self, message: &'static Message, is_fatal: bool) -> bool {
        match self {
            On::Says(messages) => messages.contains(&message),
            On::SaysFatal => is_fatal,
            On::Reads(_) | On::ReadsFatal | On::ReadsAny => false,
        }
    }
}
