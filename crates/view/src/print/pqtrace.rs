//! Messages in the grammar of libpq's PQtrace, timestamps suppressed.
//!
//! ```text
//! F⇥14⇥Query⇥ "SELECT 1;"
//! B⇥11⇥DataRow⇥ 1 1 '1'
//! ```
//!
//! Where libpq prints a line rightly, this prints the same one. Where libpq says nothing, or something wrong, this prints the
//! message in the same grammar: AuthenticationOk, the salt of an MD5 request, long keys, the start-up packets in libpq 15.

use std::fmt::Write;

use pgscope_proto::conversation::{Encryption, Phase};
use pgscope_proto::messages::startup;
use pgscope_proto::schema::{Kind, Role, Show};
use pgscope_proto::{Node, Reading, Tree};
use pgscope_session::Entry;

/// Whose dialect is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Libpq {
    /// libpq 15: BackendKeyData is two numbers.
    V15,
    /// libpq 18.6: the key is bytes.
    #[default]
    V18,
}

/// One message as one line, without its line end.
pub fn line(entry: &Entry, phase: Phase, tree: &Tree, bytes: &[u8], libpq: Libpq) -> String {
    let mut printer = Printer { tree, bytes, libpq, out: String::new() };
    let is_reply =
        bytes.len() == 1 && entry.message.head == pgscope_proto::schema::Head::Reply(*bytes.first().unwrap_or(&0));
    let name = name(entry, phase, is_reply);
    let length = printer.length(is_reply);
    let _ = write!(printer.out, "{}\t{length}\t{name}", entry.direction.letter());
    let start = printer.out.len();
    if is_reply {
        printer.out.push(' ');
        printer.out.push_str(&String::from_utf8_lossy(bytes));
    } else {
        printer.fields();
    }
    let mut line = printer.out;
    if line.len() > start {
        line.insert(start, '\t');
    }
    line
}

fn name(entry: &Entry, phase: Phase, is_reply: bool) -> String {
    match entry.message.name() {
        _ if is_reply && phase == Phase::Asked(Encryption::Gss) => "GSSENCResponse".to_owned(),
        _ if is_reply => "SSLResponse".to_owned(),
        // Names of one word, as all of libpq's are.
        name => name.split(|letter: char| !letter.is_alphanumeric()).map(capitalized).collect(),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

struct Printer<'a> {
    tree: &'a Tree,
    bytes: &'a [u8],
    libpq: Libpq,
    out: String,
}

impl Printer<'_> {
    /// The length word as it stands, or the number of bytes of what has none.
    fn length(&self, is_reply: bool) -> usize {
        let word = self.tree.nodes.iter().find(|node| matches!(node.field.kind, Kind::Length) && node.depth == 1);
        match word {
            Some(node) if !is_reply => number(node.span().of(self.bytes)) as u32 as usize,
            _ => self.bytes.len(),
        }
    }

    fn fields(&mut self) {
        let mut index = 1;
        while let Some(node) = self.tree.nodes.get(index) {
            index = if self.whole(node) { self.after(index) } else { index + 1 };
        }
    }

    /// The node behind `index` and all that is inside it.
    fn after(&self, index: usize) -> usize {
        let depth = self.tree.nodes.get(index).map_or(0, |node| node.depth);
        let rest = self.tree.nodes.get(index + 1..).unwrap_or_default();
        index + 1 + rest.iter().take_while(|node| node.depth > depth).count()
    }

    /// Prints a node in one piece, or says that its children are to be printed.
    fn whole(&mut self, node: &Node) -> bool {
        let bytes = node.span().of(self.bytes);
        if node.reading == Reading::Cut && matches!(node.field.kind, Kind::Str) {
            self.single_quoted(bytes);
            return true;
        }
        match &node.field.kind {
            Kind::Tag | Kind::Length | Kind::Following => {}
            Kind::Int(_, Show::Version | Show::Request) if self.is_packet() && bytes.len() == 4 => self.halves(bytes),
            Kind::Int(..) if node.field.id == "end" => self.terminator(bytes),
            Kind::Int(..) => self.int(bytes),
            Kind::Code(..) => self.code(node, bytes),
            Kind::Str => self.double_quoted(bytes.strip_suffix(b"\0").unwrap_or(bytes)),
            Kind::Rest(_) if self.is_old_key(node) => self.int(bytes),
            Kind::Rest(_) | Kind::Fixed(..) => self.single_quoted(bytes),
            _ => return false,
        }
        true
    }

    fn is_packet(&self) -> bool {
        self.tree.nodes.get(1).is_some_and(|first| matches!(first.field.kind, Kind::Length))
    }

    fn is_old_key(&self, node: &Node) -> bool {
        let is_key = node.field.id == "key" && node.field.role == Role::Secret;
        is_key && self.libpq == Libpq::V15 && node.span().len() == 4
    }

    /// Start-up ends its list silently, SASL as an empty string, errors as a byte.
    fn terminator(&mut self, bytes: &[u8]) {
        if self.tree.is_of(&startup::STARTUP_MESSAGE) {
            return;
        }
        match self.tree.nodes.first().map(|root| root.field.id) {
            Some("authenticationsasl") => self.double_quoted(&[]),
            _ => self.byte(bytes),
        }
    }

    fn code(&mut self, node: &Node, bytes: &[u8]) {
        match bytes {
            // The code of an authentication request is told by the name.
            [_, _, _, _]
                if node.field.id == "code"
                    && !self.tree.nodes.iter().any(|root| root.field.id == "authenticationunknown") => {}
            [_] => self.byte(bytes),
            _ => self.int(bytes),
        }
    }

    fn byte(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.out.push(' ');
            self.escaped(*byte);
        }
    }

    /// Two bytes without a sign, four with one.
    fn int(&mut self, bytes: &[u8]) {
        let number = number(bytes);
        let _ = match bytes.len() {
            4 => write!(self.out, " {}", number as u32 as i32),
            _ => write!(self.out, " {number}"),
        };
    }

    fn halves(&mut self, bytes: &[u8]) {
        let number = number(bytes);
        let _ = write!(self.out, " {} {}", number >> 16, number & 0xffff);
    }

    fn double_quoted(&mut self, text: &[u8]) {
        self.out.push_str(" \"");
        self.out.push_str(&String::from_utf8_lossy(text));
        self.out.push('"');
    }

    fn single_quoted(&mut self, bytes: &[u8]) {
        self.out.push_str(" '");
        bytes.iter().for_each(|byte| self.escaped(*byte));
        self.out.push('\'');
    }

    fn escaped(&mut self, byte: u8) {
        if byte.is_ascii_graphic() || byte == b' ' {
            self.out.push(byte as char);
        } else {
            let _ = write!(self.out, "\\x{byte:02x}");
        }
    }
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
