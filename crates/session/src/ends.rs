//! What each end of a connection is doing after each message: inferred from what was said, for any exchange.
//!
//! An end is where the messages that it must have read have brought it. A message that the other end has sent may lie unread
//! in its buffer: a server reads the next request when it has answered the last one, a client that sends COPY data looks at
//! nothing before it is done. What an end *waits* for follows: it is blocked in a read, and nothing lies in its buffer.

use std::collections::{BTreeMap, VecDeque};

use pgscope_proto::frame::{Fault, Header, Shape, header};
use pgscope_proto::{Direction, Exchange, Message, read};

use crate::index::{Entry, Index};

/// A request that the server has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its frame.
    pub number: usize,
    /// Its message.
    pub message: &'static Message,
}

/// What an end waits for, when it is blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// For nothing: it is working, or it is its own turn.
    Not,
    /// For a start-up packet: four bytes of length first.
    Packet,
    /// For one byte.
    Byte,
    /// For a type byte and a length.
    Message,
    /// For a TLS record or a GSSAPI packet.
    Opaque,
    /// For the rest of a message whose length is wrong, or that was cut.
    Rest,
}

impl Waits {
    /// What the read that blocks is for, in words; nothing if none does.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Waits::Not => None,
            Waits::Packet => Some("a start-up packet"),
            Waits::Byte => Some("one byte"),
            Waits::Message => Some("a message"),
            Waits::Opaque => Some("an encrypted record"),
            Waits::Rest => Some("the rest of a message"),
        }
    }
}

/// Both ends, and what they have in common, after some message.
#[derive(Clone, Debug)]
pub struct Ends {
    /// The state of the client, in one word or two.
    pub client: &'static str,
    /// The state of the server.
    pub server: &'static str,
    /// The transaction's status, as the last ReadyForQuery gave it: I, T or E.
    pub transaction: u8,
    /// The settings that the server reported.
    pub settings: BTreeMap<String, String>,
    /// Prepared statements and their SQL.
    pub statements: BTreeMap<String, String>,
    /// Portals and the statements that they run.
    pub portals: BTreeMap<String, String>,
    /// The request that the last message of the server belongs to.
    pub answering: Option<usize>,
    /// Requests that the server has received and not read.
    pub unread: VecDeque<Request>,
    current: Option<Request>,
    texts: VecDeque<(usize, String, String)>,
    owes: bool,
    /// Whether the client's last message is one that the server need not answer before a Sync or Flush.
    unpushed: bool,
    copy_in_extended: bool,
    asked: VecDeque<u8>,
    held: VecDeque<(&'static Message, Vec<u8>)>,
    /// Whether the receiver of each direction has lost its place in it.
    lost: [bool; 2],
}

impl Default for Ends {
    fn default() -> Self {
        Self {
            client: "new",
            server: "start-up",
            transaction: b'I',
            settings: BTreeMap::new(),
            statements: BTreeMap::new(),
            portals: BTreeMap::new(),
            answering: None,
            unread: VecDeque::new(),
            current: None,
            texts: VecDeque::new(),
            owes: false,
            unpushed: false,
            copy_in_extended: false,
            asked: VecDeque::new(),
            held: VecDeque::new(),
            lost: [false; 2],
        }
    }
}

impl Ends {
    /// What it costs to keep them, in entries of about a frame's size.
    fn weight(&self) -> usize {
        let maps = [&self.settings, &self.statements, &self.portals];
        let texts = maps.iter().flat_map(|map| map.iter()).map(|(name, text)| name.len() + text.len());
        let waiting = self.texts.iter().map(|(_, first, second)| first.len() + second.len());
        let held = self.held.iter().map(|(_, bytes)| bytes.len());
        let bytes: usize = texts.chain(waiting).chain(held).map(|length| length + 64).sum();
        bytes / 32 + self.unread.len() + self.asked.len() / 16
    }

    /// What the client waits for.
    pub fn client_waits(&self) -> Waits {
        match self.client {
            "closed" => Waits::Not,
            _ if self.lost.last() == Some(&true) => Waits::Rest,
            "asked for encryption" if self.owes => Waits::Byte,
            "encryption" => Waits::Opaque,
            // The client's last words push nothing: it goes on with Sync or Flush before it reads.
            _ if self.unpushed => Waits::Not,
            // A challenge was sent: the server waits, and it is the client's turn.
            "authentication" if matches!(self.server, "password" | "sasl") && !self.owes => Waits::Not,
            "authentication" | "starting" | "busy" | "copy out" | "copy both" => Waits::Message,
            _ => Waits::Not,
        }
    }

    /// What the server waits for.
    pub fn server_waits(&self) -> Waits {
        if self.lost.first() == Some(&true) && self.server != "closed" {
            return Waits::Rest;
        }
        if self.owes || !self.unread.is_empty() {
            return Waits::Not;
        }
        match self.server {
            "start-up" => Waits::Packet,
            "encryption" => Waits::Opaque,
            "password" | "sasl" | "idle" | "extended" | "skipping" | "copy in" | "copy both" => Waits::Message,
            _ => Waits::Not,
        }
    }

    /// The ends after one more message.
    pub fn step(&mut self, entry: &Entry, bytes: &[u8]) {
        if entry.direction == Direction::Frontend {
            self.unpushed = matches!(entry.message.field.id, "parse" | "bind" | "describe" | "execute" | "close");
        }
        let id = entry.message.field.id;
        if self.loses_place(entry, bytes) {
            if entry.direction == Direction::Frontend {
                self.client_says(entry.message, id);
            }
            return;
        }
        match entry.direction {
            Direction::Frontend => {
                self.client_says(entry.message, id);
                self.remember(entry.number, id, bytes);
                self.unread.push_back(Request { number: entry.number, message: entry.message });
            }
            Direction::Backend => {
                self.server_says(id, bytes);
                self.client_hears(entry.message, bytes);
            }
        }
        self.server_reads();
    }

    /// Whether the receiver cannot read this message, because its border or an earlier one is not where the length says: it
    /// waits for the rest, or closes over a length that cannot be.
    fn loses_place(&mut self, entry: &Entry, bytes: &[u8]) -> bool {
        let Some(lost) = self.lost.get_mut(entry.direction.index()) else { return false };
        let Some(fault) = entry.fault.filter(|_| !*lost) else { return *lost };
        *lost = true;
        let shape = if entry.message.tag().is_some() { Shape::Tagged } else { Shape::Packet };
        let impossible = header(shape, entry.direction, bytes) == Header::Impossible;
        if impossible && !matches!(fault, Fault::Cut { .. }) {
            match entry.direction {
                Direction::Frontend => self.server = "closed",
                Direction::Backend => self.client = "closed",
            }
        }
        true
    }

    /// Names and SQL are needed when the answer comes.
    fn remember(&mut self, number: usize, id: &str, bytes: &[u8]) {
        let text = |text: Option<&[u8]>| String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
        match id {
            "parse" | "bind" => {
                self.texts.push_back((number, text(read::first_text(bytes)), text(read::second_text(bytes))));
            }
            "close" => {
                let kind = read::first_byte(bytes).unwrap_or_default();
                let name = text(read::first_text(bytes)).chars().skip(1).collect();
                self.texts.push_back((number, char::from(kind).to_string(), name));
            }
            _ => {}
        }
    }

    fn server_reads(&mut self) {
        while !self.owes
            && matches!(
                self.server,
                "start-up"
                    | "encryption"
                    | "password"
                    | "sasl"
                    | "idle"
                    | "extended"
                    | "skipping"
                    | "copy in"
                    | "copy both"
            )
            && let Some(request) = self.unread.pop_front()
        {
            self.server_reads_one(request);
        }
    }

    fn server_reads_one(&mut self, request: Request) {
        self.current = Some(request);
        let id = request.message.field.id;
        match (self.server, id) {
            (_, "terminate" | "cancelrequest") => self.server = "closed",
            ("start-up" | "password" | "sasl", _) => self.owes = true,
            ("encryption", _) => {}
            ("copy in", "copydone" | "copyfail") => {
                self.server = if self.copy_in_extended { "extended" } else { "query" };
                self.owes = self.copy_in_extended;
            }
            ("copy in", _) => {}
            ("copy both", "copydone") => self.server = "query",
            ("copy both", _) => {}
            ("skipping", "sync") | (_, "sync") => self.server = "sync",
            ("skipping", _) => {}
            (_, "query") => self.server = "query",
            (_, "functioncall") => self.server = "function call",
            (_, "parse" | "bind" | "describe" | "execute" | "close") => (self.server, self.owes) = ("extended", true),
            (_, "flush") => self.server = "extended",
            _ => {}
        }
    }

    fn server_says(&mut self, id: &'static str, bytes: &[u8]) {
        self.answering = self.current.map(|request| request.number);
        match id {
            "sslaccepted" | "gssaccepted" => (self.server, self.owes) = ("encryption", false),
            "encryptionrefused" => self.owes = false,
            "negotiateprotocolversion" => self.server = "starting",
            "errorresponse" => self.server_complains(bytes),
            "noticeresponse" if read::error_field(bytes, b'C') == Some(b"57P02") => self.server = "closed",
            "readyforquery" => self.server_is_ready(read::first_byte(bytes).unwrap_or_default()),
            "copyinresponse" => {
                self.copy_in_extended = self.server == "extended";
                (self.server, self.owes) = ("copy in", false);
            }
            "copybothresponse" => (self.server, self.owes) = ("copy both", false),
            "parsecomplete" | "bindcomplete" | "closecomplete" => self.done(id),
            "commandcomplete" | "emptyqueryresponse" | "portalsuspended" | "nodata" if self.server == "extended" => {
                self.owes = false;
            }
            "rowdescription" if self.server == "extended" => self.owes = false,
            "parameterstatus" => {
                let text = |text: Option<&[u8]>| String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
                self.settings.insert(text(read::first_text(bytes)), text(read::second_text(bytes)));
                self.answering = None;
            }
            "notificationresponse" => self.answering = None,
            _ if bytes.first() == Some(&b'R') => self.server_asks(bytes),
            _ => {}
        }
    }

    fn server_asks(&mut self, bytes: &[u8]) {
        self.owes = false;
        self.server = match read::authentication_code(bytes) {
            Some(0 | 12) => "starting",
            Some(10 | 11) => "sasl",
            _ => "password",
        };
    }

    fn server_complains(&mut self, bytes: &[u8]) {
        self.owes = false;
        let fatal = read::error_field(bytes, b'V').or_else(|| read::error_field(bytes, b'S')) == Some(b"FATAL");
        self.server = match self.server {
            _ if fatal => "closed",
            "start-up" | "password" | "sasl" | "starting" => "closed",
            "extended" => "skipping",
            "copy in" if self.copy_in_extended => "skipping",
            "copy in" | "copy both" => "query",
            other => other,
        };
    }

    fn server_is_ready(&mut self, status: u8) {
        self.transaction = status;
        self.server = "idle";
        self.owes = false;
        if status == b'I' {
            self.portals.clear();
        }
    }

    fn done(&mut self, id: &str) {
        self.owes = false;
        let Some(number) = self.current.map(|request| request.number) else { return };
        while self.texts.front().is_some_and(|(of, ..)| *of < number) {
            self.texts.pop_front();
        }
        let Some((_, first, second)) = self.texts.pop_front().filter(|(of, ..)| *of == number) else { return };
        match id {
            "parsecomplete" => drop(self.statements.insert(first, second)),
            "bindcomplete" => drop(self.portals.insert(first, second)),
            _ if first == "S" => drop(self.statements.remove(&second)),
            _ => drop(self.portals.remove(&second)),
        }
    }

    fn client_says(&mut self, message: &'static Message, id: &'static str) {
        match id {
            "sslrequest" | "gssencrequest" => self.client = "asked for encryption",
            "tlsrecord" | "gsspacket" => self.client = "encryption",
            "startup" | "startupunknown" | "startup2" => self.client = "authentication",
            "terminate" | "cancelrequest" => self.client = "closed",
            "copydone" | "copyfail" if self.client == "copy in" => {
                self.client = "busy";
                for (message, bytes) in std::mem::take(&mut self.held) {
                    self.client_hears(message, &bytes);
                }
            }
            "copydone" if self.client == "copy both" => self.client = "copy out",
            "query" | "functioncall" | "parse" | "bind" | "describe" | "execute" | "close" | "sync" => {
                self.asked.extend(message.tag());
                if self.client == "ready" {
                    self.client = "busy";
                }
            }
            _ => {}
        }
    }

    fn client_hears(&mut self, message: &'static Message, bytes: &[u8]) {
        let id = message.field.id;
        if self.client == "copy in" && !matches!(id, "noticeresponse" | "notificationresponse" | "parameterstatus") {
            self.held.push_back((message, bytes.to_vec()));
            return;
        }
        match id {
            "sslaccepted" | "gssaccepted" => self.client = "encryption",
            "authenticationok" => self.client = "starting",
            "errorresponse" | "legacyerror" => self.client_hears_error(bytes),
            "readyforquery" => {
                while self.asked.pop_front().is_some_and(is_step) {}
                self.client = if self.asked.is_empty() { "ready" } else { "busy" };
            }
            "copyinresponse" => self.client = "copy in",
            "copyoutresponse" => self.client = "copy out",
            "copybothresponse" => self.client = "copy both",
            "copydone" if matches!(self.client, "copy out" | "copy both") => self.client = "busy",
            "parsecomplete" | "bindcomplete" | "closecomplete" | "commandcomplete" | "emptyqueryresponse"
            | "portalsuspended" | "nodata" => self.step_answered(),
            "rowdescription" if self.asked.front() == Some(&b'D') => self.step_answered(),
            _ => {}
        }
    }

    fn step_answered(&mut self) {
        if self.asked.front().is_some_and(|tag| is_step(*tag)) {
            self.asked.pop_front();
        }
        if self.client == "busy" && self.asked.is_empty() {
            self.client = "ready";
        }
    }

    fn client_hears_error(&mut self, bytes: &[u8]) {
        let fatal = read::error_field(bytes, b'V') == Some(b"FATAL");
        let is_starting = matches!(self.client, "authentication" | "starting" | "asked for encryption");
        if is_starting || (fatal && self.client != "ready") {
            self.client = "closed";
            return;
        }
        if matches!(self.client, "copy out" | "copy both") {
            self.client = "busy";
        }
        while self.asked.front().is_some_and(|tag| is_step(*tag)) {
            self.asked.pop_front();
        }
        if self.client == "busy" && self.asked.is_empty() {
            self.client = "ready";
        }
    }
}

fn is_step(tag: u8) -> bool {
    matches!(tag, b'P' | b'B' | b'D' | b'E' | b'C')
}

/// How often the ends are kept at least, in frames.
const CHECKPOINT: usize = 1024;

/// The ends at every step of an exchange, each reached from a checkpoint nearby.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// The ends before a frame. The more there is to keep, the farther apart they are: all of them together cost no more
    /// than the exchange.
    checkpoints: Vec<(usize, Ends)>,
}

impl Course {
    /// Follows the exchange once.
    pub fn new(exchange: &Exchange, index: &Index) -> Self {
        let mut ends = Ends::default();
        let mut checkpoints = Vec::new();
        let mut due = 0;
        for number in 0..index.len() {
            if number == due {
                checkpoints.push((number, ends.clone()));
                due = number + CHECKPOINT.max(ends.weight());
            }
            step(&mut ends, exchange, index, number);
        }
        Self { checkpoints }
    }

    /// The ends after frame `number`.
    pub fn after(&self, exchange: &Exchange, index: &Index, number: usize) -> Ends {
        let behind = self.checkpoints.partition_point(|(from, _)| *from <= number);
        let nearest = behind.checked_sub(1).and_then(|at| self.checkpoints.get(at));
        let (from, mut ends) = nearest.cloned().unwrap_or_default();
        (from..=number).for_each(|frame| step(&mut ends, exchange, index, frame));
        ends
    }
}

fn step(ends: &mut Ends, exchange: &Exchange, index: &Index, number: usize) {
    if let Some(entry) = index.entry(number) {
        ends.step(&entry, entry.span.of(&exchange.stream(entry.direction).bytes));
    }
}
