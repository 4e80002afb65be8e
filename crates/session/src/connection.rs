//! The state of a connection, as far as it decides how the next bytes are read.
//!
//! Tags alone decide nothing: this follows both directions through start-up, encryption, authentication and COPY, and says
//! for each direction which shape comes next, and for each frame which message it is. It never looks back, so it can be
//! copied as a checkpoint.

use pgscope_proto::conversation::{Authentication, CopyMode, Encryption, Phase, Turns};
use pgscope_proto::frame::{self, Frame, Header, Shape, header};
use pgscope_proto::messages::{self, authentication, copy, pgoutput, replication, startup};
use pgscope_proto::schema::{Carrier, Head};
use pgscope_proto::{
    Beginning, Context, CopyContent, Direction, Exchange, Message, Tree, decode, natural_length, read,
};

use crate::command;

/// A connection, followed.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where it is.
    pub phase: Phase,
    /// What leads out of that phase.
    turns: Turns,
    /// What CopyData carries, in the present COPY or the last one.
    pub content: CopyContent,
    /// Whether a streamed transaction is open in logical replication.
    pub streamed: bool,
    /// Whether the client asked for a replication connection, if its StartupMessage was seen.
    pub replication: Option<bool>,
    /// Where in its life the recording of it begins, if that is known or guessed.
    beginning: Beginning,
    /// Whether the other direction has been seen at all.
    seen: [bool; 2],
    /// Whether the recording holds nothing that the server said.
    is_client_alone: bool,
    /// What the client asked for and the server has not answered with its one byte yet. Not a part of the phase: a client
    /// that does not wait for the answer is already further.
    asked: Option<Encryption>,
    /// Whether the client has asked for something since a COPY from it began. What it copies then belongs to a COPY that the
    /// server has not begun yet.
    is_ahead: bool,
    /// Counts the changes that may change the shape of what is next.
    pub(crate) generation: u32,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            phase: Phase::Startup,
            turns: Phase::Startup.turns(),
            content: CopyContent::Unknown,
            streamed: false,
            replication: None,
            beginning: Beginning::Unknown,
            seen: [false; 2],
            is_client_alone: false,
            asked: None,
            is_ahead: false,
            generation: 0,
        }
    }
}

impl Connection {
    /// The state in which `exchange` begins.
    pub fn before(exchange: &Exchange) -> Self {
        let first = Direction::BOTH.map(|side| exchange.stream(side).bytes.as_slice());
        let (phase, content) = match exchange.beginning {
            Beginning::Unknown | Beginning::Start => (Phase::Startup, CopyContent::Unknown),
            Beginning::Login => (Phase::Authenticating(Authentication::Unseen), CopyContent::Unknown),
            Beginning::Queries => (Phase::Ready, CopyContent::Unknown),
            Beginning::Copy => (Phase::Copying(copy_mode(first)), copied(first)),
            Beginning::Replication => (Phase::Copying(CopyMode::Both), CopyContent::Physical),
        };
        let is_client_alone = exchange.stream(Direction::Backend).is_empty();
        Self { phase, turns: phase.turns(), content, beginning: exchange.beginning, is_client_alone, ..Self::default() }
    }

    /// The same, where both ends will be heard.
    pub(crate) fn with_both_ends(self) -> Self {
        Self { is_client_alone: false, ..self }
    }

    /// The shape of what `direction` says next, these being its next bytes.
    pub fn shape(&self, direction: Direction, bytes: &[u8]) -> Shape {
        match (self.phase, direction) {
            (Phase::Encrypted(Encryption::Tls), _) => tls_shape(direction, bytes),
            (Phase::Encrypted(Encryption::Gss), _) => Shape::GssPacket,
            (Phase::Startup | Phase::Asked(_), Direction::Frontend) => self.first_from_frontend(bytes),
            (_, Direction::Backend) if self.asked.is_some() => reply_or_tagged(bytes),
            (Phase::Startup, Direction::Backend) => first_from_backend(bytes, MOST_NEGOTIATIONS, self.begins_here()),
            _ => Shape::Tagged,
        }
    }

    fn first_from_frontend(&self, bytes: &[u8]) -> Shape {
        match bytes.first() {
            Some(0x16) => Shape::TlsRecord,
            // The recording began inside TLS.
            Some(20..=23) if bytes.get(1) == Some(&3) => Shape::TlsRecord,
            Some(_) if self.begins_here() => Shape::Packet,
            // A token of GSSAPI in DER, which no version of the protocol looks like: the recording began behind the request.
            Some(0)
                if self.phase == Phase::Startup && matches!(bytes, [_, _, _, _, 0x60, ..] | [_, _, _, _, 5, 4, ..]) =>
            {
                Shape::GssPacket
            }
            // After GSSENCRequest the client goes on with a token, if the server agreed and nobody saw it.
            Some(0) if self.phase == Phase::Asked(Encryption::Gss) && !is_startup(bytes) => Shape::GssPacket,
            Some(0) => Shape::Packet,
            // A type byte: the recording began later.
            Some(_) if header(Shape::Tagged, Direction::Frontend, bytes) != Header::Impossible => Shape::Tagged,
            Some(tag) if tag.is_ascii_alphabetic() => Shape::Tagged,
            _ => Shape::Packet,
        }
    }

    /// Whether it is known that nothing was said before, and nothing was said since.
    fn begins_here(&self) -> bool {
        self.beginning == Beginning::Start && self.phase == Phase::Startup && self.asked.is_none()
    }

    /// Which message the frame is.
    #[inline]
    pub fn message(&self, direction: Direction, frame: &Frame, bytes: &[u8]) -> &'static Message {
        let message = frame::message_of(frame, direction, bytes);
        if *message == authentication::AUTHENTICATION_RESPONSE { self.response(bytes) } else { message }
    }

    /// Which of the four messages with tag p this is.
    fn response(&self, bytes: &[u8]) -> &'static Message {
        match self.phase {
            Phase::Authenticating(Authentication::Password) => &authentication::PASSWORD_MESSAGE,
            Phase::Authenticating(Authentication::SaslInitial) => &authentication::SASL_INITIAL_RESPONSE,
            Phase::Authenticating(Authentication::Sasl) => &authentication::SASL_RESPONSE,
            Phase::Authenticating(Authentication::Gss) => &authentication::GSS_RESPONSE,
            _ => response_by_its_looks(bytes),
        }
    }

    /// Something is not in the recording here: what the server asked for last may be another thing.
    pub(crate) fn miss(&mut self) {
        if let Phase::Authenticating(_) = self.phase {
            let phase = Phase::Authenticating(Authentication::Unseen);
            (self.phase, self.turns) = (phase, phase.turns());
        }
    }

    /// What the decoder must know to read a message.
    pub fn context(&self, direction: Direction) -> Context {
        Context { direction, copy: self.content_from(direction), streamed: self.streamed, incomplete: false }
    }

    /// What a CopyData of this direction carries.
    pub(crate) fn content_from(&self, direction: Direction) -> CopyContent {
        let is_early = direction == Direction::Frontend && self.is_ahead;
        if is_early { CopyContent::Unknown } else { self.content }
    }

    /// The connection after this message. `asked` is what the CopyData would carry that answers what the client asked.
    pub fn step(&mut self, direction: Direction, message: &'static Message, bytes: &[u8], asked: CopyContent) {
        if let Some(seen) = self.seen.get_mut(direction.index()) {
            *seen = true;
        }
        let before = (self.phase, self.asked);
        let turn = self.turns.turn(direction, message, self.is_client_alone);
        if let Some(phase) = turn.and_then(|turn| turn.to) {
            (self.phase, self.turns) = (phase, phase.turns());
        }
        if let Some(Phase::Asked(encryption)) = turn.and_then(|turn| turn.to) {
            self.asked = Some(encryption);
        }
        match direction {
            Direction::Frontend => self.frontend_said(message, bytes),
            Direction::Backend => self.backend_said(message, bytes, asked),
        }
        if (self.phase, self.asked) != before {
            self.generation += 1;
        }
    }

    fn frontend_said(&mut self, message: &'static Message, bytes: &[u8]) {
        if *message == startup::STARTUP_MESSAGE {
            let replication = read::startup_parameter(bytes, "replication");
            self.replication = Some(replication.is_some_and(command::asks_for_replication));
        }
        self.is_ahead |= matches!(message.tag(), Some(b'Q' | b'E'));
    }

    fn backend_said(&mut self, message: &'static Message, bytes: &[u8], asked: CopyContent) {
        self.asked = None;
        if matches!(message.head, Head::Tag(b'd' | b'G' | b'H' | b'W')) {
            self.copies(message, bytes, asked);
        }
    }

    #[inline(never)]
    fn copies(&mut self, message: &'static Message, bytes: &[u8], asked: CopyContent) {
        if *message == copy::COPY_DATA {
            self.copy_data_from_backend(bytes);
        } else if *message == copy::COPY_IN_RESPONSE {
            self.copy_begins(CopyMode::In, bytes, asked);
        } else if *message == copy::COPY_OUT_RESPONSE {
            self.copy_begins(CopyMode::Out, bytes, asked);
        } else if *message == copy::COPY_BOTH_RESPONSE {
            self.copy_begins(CopyMode::Both, bytes, asked);
        }
    }

    fn copy_begins(&mut self, mode: CopyMode, bytes: &[u8], asked: CopyContent) {
        self.is_ahead = false;
        self.generation += 1;
        self.streamed = false;
        self.content = match (asked, mode, read::first_byte(bytes)) {
            (CopyContent::Unknown, CopyMode::Both, _) => CopyContent::Unknown,
            (CopyContent::Unknown, _, Some(1)) => CopyContent::Binary,
            (CopyContent::Unknown, ..) => CopyContent::Text,
            (content, ..) => content,
        };
    }

    fn copy_data_from_backend(&mut self, bytes: &[u8]) {
        let payload = bytes.get(COPY_HEADER..).unwrap_or_default();
        if self.content == CopyContent::Unknown || (self.content == CopyContent::Text && !self.seen[0]) {
            self.content = content_by_its_looks(self.content, self.phase, payload);
        } else if self.beginning == Beginning::Replication && self.content == CopyContent::Physical {
            let decoded = payload.get(XLOG_HEADER..).filter(|_| payload.first() == Some(&b'w'));
            match decoded {
                Some(decoded) if is_any_pgoutput(decoded) => self.content = CopyContent::Logical,
                Some(decoded) if replication::is_plugin_text(decoded) => self.content = CopyContent::OtherPlugin,
                _ => {}
            }
        }
        if self.content == CopyContent::Logical && payload.first() == Some(&b'w') {
            match payload.get(XLOG_HEADER) {
                Some(b'S') => self.streamed = true,
                Some(b'E') => self.streamed = false,
                _ => {}
            }
        }
    }
}

const COPY_HEADER: usize = 5;
/// Where the payload of XLogData begins: type, two positions, a clock.
const XLOG_HEADER: usize = 25;

fn is_startup(bytes: &[u8]) -> bool {
    read::startup_code(bytes).is_some_and(|code| code >> 16 == 3 || code >> 16 == 1234)
}

/// Which way a COPY goes whose beginning was not seen: whoever sends data.
fn copy_mode([frontend, backend]: [&[u8]; 2]) -> CopyMode {
    match (frontend.first(), backend.first()) {
        (Some(b'd' | b'c' | b'f'), _) => CopyMode::In,
        (_, Some(b'd' | b'c')) => CopyMode::Out,
        (Some(_), None) => CopyMode::In,
        _ => CopyMode::Out,
    }
}

/// What its first data look like: text has no zero bytes.
fn copied(first: [&[u8]; 2]) -> CopyContent {
    let data = first.into_iter().find(|bytes| bytes.first() == Some(&b'd')).unwrap_or_default();
    let length = match header(Shape::Tagged, Direction::Frontend, data) {
        Header::Length(length) => length.min(data.len()),
        _ => data.len(),
    };
    let payload = data.get(COPY_HEADER..length).unwrap_or_default();
    if payload.contains(&0) { CopyContent::Unknown } else { CopyContent::Text }
}

/// So many answers to requests for encryption are looked through, at most, before a message.
const MOST_NEGOTIATIONS: usize = 4;

/// Without the client's side nobody knows whether encryption was asked for: a lone S, N or G in front of something that
/// begins a dialogue is an answer, in front of anything else it is a tag. At the known beginning of a connection it is an
/// answer even if it could be a message.
fn first_from_backend(bytes: &[u8], negotiations: usize, begins_here: bool) -> Shape {
    match bytes {
        [20..=23, 3, ..] => return Shape::TlsRecord,
        [0, _, _, _, 0x60, ..] | [0, _, _, _, 5, 4, ..] => return Shape::GssPacket,
        _ => {}
    }
    let [b'S' | b'N' | b'G', behind @ ..] = bytes else { return Shape::Tagged };
    let goes_on = match behind.first() {
        None | Some(0 | 20..=23) => true,
        Some(_) if header(Shape::Tagged, Direction::Backend, behind) != Header::Impossible => true,
        Some(_) => negotiations > 0 && first_from_backend(behind, negotiations - 1, begins_here) == Shape::Reply,
    };
    if goes_on && (begins_here || !is_message(bytes)) { Shape::Reply } else { Shape::Tagged }
}

/// Whether a whole message of the backend stands here.
fn is_message(bytes: &[u8]) -> bool {
    let is_token = matches!(bytes, [b'G', _, _, _, _, 2..=255, ..]);
    match header(Shape::Tagged, Direction::Backend, bytes) {
        Header::Impossible => false,
        Header::More => bytes.len() > 1,
        Header::Length(length) => !is_token && length <= bytes.len(),
    }
}

fn reply_or_tagged(bytes: &[u8]) -> Shape {
    match bytes.first() {
        Some(b'S' | b'N' | b'G') => Shape::Reply,
        _ => Shape::Tagged,
    }
}

/// Plain bytes where TLS should be are shown as what they are.
fn tls_shape(direction: Direction, bytes: &[u8]) -> Shape {
    match (bytes, direction) {
        ([20..=23, ..] | [], _) => Shape::TlsRecord,
        ([0, ..], Direction::Frontend) => Shape::Packet,
        _ => Shape::Tagged,
    }
}

/// Without the server's side, the form of an answer tells most of the four apart.
fn response_by_its_looks(bytes: &[u8]) -> &'static Message {
    let body = bytes.get(COPY_HEADER..).unwrap_or_default();
    let reads_as = |message: &'static Message| {
        let mut tree = Tree::new();
        decode(message, bytes, Context::new(Direction::Frontend), &mut tree);
        tree.problems.is_empty()
    };
    let is_mechanism = [b"SCRAM-".as_slice(), b"OAUTHBEARER"].iter().any(|name| body.starts_with(name));
    let is_text = body.iter().take(body.len().saturating_sub(1)).all(|byte| byte.is_ascii_graphic() || *byte >= 0x80);
    if is_mechanism && reads_as(&authentication::SASL_INITIAL_RESPONSE) {
        &authentication::SASL_INITIAL_RESPONSE
    } else if body.starts_with(b"c=") || body == [1] {
        &authentication::SASL_RESPONSE
    } else if is_text && body.len() > 1 && reads_as(&authentication::PASSWORD_MESSAGE) {
        &authentication::PASSWORD_MESSAGE
    } else {
        &authentication::AUTHENTICATION_RESPONSE
    }
}

/// Without the command, the first bytes that the server copies tell what it is.
fn content_by_its_looks(content: CopyContent, phase: Phase, payload: &[u8]) -> CopyContent {
    let is_both = phase == Phase::Copying(CopyMode::Both) || content == CopyContent::Unknown;
    match payload {
        [b'n', name @ ..] if content == CopyContent::Text && name.ends_with(b"\0") => CopyContent::BaseBackup,
        [b'w', ..] if is_both => match payload.get(XLOG_HEADER..) {
            Some(message) if is_pgoutput(message) => CopyContent::Logical,
            Some(_) => CopyContent::Physical,
            None => content,
        },
        _ => content,
    }
}

/// Whether the bytes are some message of pgoutput, from its first byte to its last.
fn is_any_pgoutput(message: &[u8]) -> bool {
    let tag = message.first().copied().unwrap_or_default();
    messages::inner(Carrier::LogicalReplication, Direction::Backend, tag).is_some_and(|candidate| {
        let context = Context::new(Direction::Backend);
        natural_length(candidate, message, context, &mut Tree::new()) == Some(message.len())
    })
}

fn is_pgoutput(message: &[u8]) -> bool {
    let first: [&'static Message; 5] =
        [&pgoutput::BEGIN, &pgoutput::STREAM_START, &pgoutput::BEGIN_PREPARE, &pgoutput::RELATION, &pgoutput::MESSAGE];
    let mut tree = Tree::new();
    first.into_iter().any(|candidate| {
        candidate.tag() == message.first().copied()
            && natural_length(candidate, message, Context::new(Direction::Backend), &mut tree) == Some(message.len())
    })
}
