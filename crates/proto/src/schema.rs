//! The shape of the table: what a message and a field are.
//!
//! Everything here is plain const data without logic. The descriptions themselves are in [`crate::messages`]; framing,
//! decoding, encoding and every text that explains a message are their consumers.

use crate::Direction;
use crate::privacy::{Privacy, Secret};

/// A message of the protocol, or a structure carried inside one.
#[derive(Debug)]
pub struct Message {
    /// Its id, name and doc, as the field that it is when another message carries it.
    pub field: Field,
    /// Who may send it.
    pub sender: Sender,
    /// How it is told from others.
    pub head: Head,
    /// Which chapter of the protocol it belongs to.
    pub chapter: Chapter,
    /// The first protocol or server version that has it, in words.
    pub since: &'static str,
    /// Where PostgreSQL's manual describes it. Empty without the feature `docs`.
    pub section: Section,
    /// All its fields in the order of the wire, tag and length among them.
    pub fields: &'static [Field],
    /// A whole message of this kind, as it goes over the wire. Empty without the feature `docs`.
    pub sample: &'static [u8],
}

impl Message {
    /// Its name in the manual.
    pub const fn name(&self) -> &'static str {
        self.field.name
    }

    /// Where the manual describes it, as precisely as the manual lets: `Message Formats: Bind (F)`.
    pub fn section_title(&self) -> String {
        let title = self.section.title;
        // An entry of its own in a list of formats has an anchor behind the page's.
        let has_entry =
            title.ends_with("Formats") && self.section.path.rsplit('-').skip(1).any(|word| word == "FORMATS");
        let is_replication = matches!(self.head, Head::Inner(Carrier::Replication, _));
        match self.sender {
            _ if self.chapter == Chapter::LogicalReplication => format!("{title}: {}", self.name()),
            _ if !has_entry && !is_replication => title.to_owned(),
            Sender::Frontend => format!("{title}: {} (F)", self.name()),
            Sender::Backend => format!("{title}: {} (B)", self.name()),
            Sender::Both => format!("{title}: {} (F & B)", self.name()),
        }
    }

    /// The one byte that names it, where it has one.
    pub const fn tag(&self) -> Option<u8> {
        match self.head {
            Head::Tag(tag) | Head::Authentication(tag, _) | Head::Reply(tag) | Head::Inner(_, tag) => Some(tag),
            Head::Startup(_) | Head::Structure(_) | Head::Any => None,
        }
    }
}

impl PartialEq for Message {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Message {}

/// Who may send a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The client alone.
    Frontend,
    /// The server alone.
    Backend,
    /// Either end.
    Both,
}

impl Sender {
    /// Whether `direction` may send it.
    pub const fn allows(self, direction: Direction) -> bool {
        matches!(
            (self, direction),
            (Sender::Both, _) | (Sender::Frontend, Direction::Frontend) | (Sender::Backend, Direction::Backend)
        )
    }
}

/// What tells a message from others. The tag alone never does: direction, phase and what came before belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A message type byte.
    Tag(u8),
    /// A message type byte, and the code in the four bytes behind the length.
    Authentication(u8, u32),
    /// No type byte: the code in the four bytes behind the length, of the start-up family.
    Startup(u32),
    /// A single byte without a length.
    Reply(u8),
    /// A type byte at the start of a CopyData payload of this kind.
    Inner(Carrier, u8),
    /// No type byte: its place in such a payload tells what it is.
    Structure(Carrier),
    /// What is left when nothing else fits.
    Any,
}

/// Which stream inside CopyData a message belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Streaming replication.
    Replication,
    /// A base backup.
    BaseBackup,
    /// The output of the `pgoutput` plugin, inside XLogData.
    LogicalReplication,
    /// COPY in the binary format.
    CopyBinary,
    /// A value in binary format, whose type was told elsewhere.
    Value,
}

impl Carrier {
    /// Where such a message stands, in words.
    pub const fn place(self) -> &'static str {
        match self {
            Carrier::Replication => "inside CopyData of streaming replication",
            Carrier::BaseBackup => "inside CopyData of a base backup",
            Carrier::LogicalReplication => "inside XLogData of the pgoutput plugin",
            Carrier::CopyBinary => "inside the data of a COPY",
            Carrier::Value => "as a value in binary format",
        }
    }
}

/// The chapters in which the table is written, and read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is explained by its title")]
pub enum Chapter {
    Startup,
    Authentication,
    SimpleQuery,
    ExtendedQuery,
    FunctionCall,
    Copy,
    Asynchronous,
    Errors,
    Replication,
    BaseBackup,
    LogicalReplication,
    Values,
    Unknown,
}

impl Chapter {
    /// Its name in files and links.
    pub const fn id(self) -> &'static str {
        match self {
            Chapter::Startup => "startup",
            Chapter::Authentication => "authentication",
            Chapter::SimpleQuery => "simple-query",
            Chapter::ExtendedQuery => "extended-query",
            Chapter::FunctionCall => "function-call",
            Chapter::Copy => "copy",
            Chapter::Asynchronous => "asynchronous",
            Chapter::Errors => "errors",
            Chapter::Replication => "replication",
            Chapter::BaseBackup => "base-backup",
            Chapter::LogicalReplication => "logical-replication",
            Chapter::Values => "values",
            Chapter::Unknown => "unknown",
        }
    }

    /// What a table of contents calls it.
    pub const fn title(self) -> &'static str {
        match self {
            Chapter::Startup => "Start-up",
            Chapter::Authentication => "Authentication",
            Chapter::SimpleQuery => "Simple query",
            Chapter::ExtendedQuery => "Extended query",
            Chapter::FunctionCall => "Function call",
            Chapter::Copy => "COPY",
            Chapter::Asynchronous => "Asynchronous",
            Chapter::Errors => "Errors and notices",
            Chapter::Replication => "Streaming replication",
            Chapter::BaseBackup => "Base backup",
            Chapter::LogicalReplication => "Logical replication (pgoutput)",
            Chapter::Values => "Values in binary format",
            Chapter::Unknown => "Not of this protocol",
        }
    }
}

impl Chapter {
    /// Where the manual tells how messages of this chapter follow one another, or what they share.
    pub const fn flow(self) -> Section {
        let (title, path) = match self {
            Chapter::Startup | Chapter::Authentication => {
                ("Message Flow: Start-up", "protocol-flow.html#PROTOCOL-FLOW-START-UP")
            }
            Chapter::SimpleQuery => ("Message Flow: Simple Query", "protocol-flow.html#PROTOCOL-FLOW-SIMPLE-QUERY"),
            Chapter::ExtendedQuery => ("Message Flow: Extended Query", "protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY"),
            Chapter::FunctionCall => ("Message Flow: Function Call", "protocol-flow.html#PROTOCOL-FLOW-FUNCTION-CALL"),
            Chapter::Copy => ("Message Flow: COPY Operations", "protocol-flow.html#PROTOCOL-COPY"),
            Chapter::Asynchronous => ("Message Flow: Asynchronous Operations", "protocol-flow.html#PROTOCOL-ASYNC"),
            Chapter::Errors => ("Error and Notice Message Fields", "protocol-error-fields.html"),
            Chapter::Replication | Chapter::BaseBackup => {
                ("Streaming Replication Protocol", "protocol-replication.html")
            }
            Chapter::LogicalReplication => (
                "Logical Replication Protocol Message Flow",
                "protocol-logical-replication.html#PROTOCOL-LOGICAL-MESSAGES-FLOW",
            ),
            Chapter::Values => ("Formats and Format Codes", "protocol-overview.html#PROTOCOL-FORMAT-CODES"),
            Chapter::Unknown => ("Protocol Overview", "protocol-overview.html"),
        };
        Section::new(title, path)
    }
}

/// A section of PostgreSQL's manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its title.
    pub title: &'static str,
    /// Page and anchor, below `https://www.postgresql.org/docs/current/`.
    pub path: &'static str,
}

impl Section {
    /// A section; without title and path where docs are fetched.
    pub(crate) const fn new(title: &'static str, path: &'static str) -> Self {
        Self { title: built_in(title), path: built_in(path) }
    }
}

/// One field of a message.
#[derive(Debug)]
pub struct Field {
    /// What it is called in a path such as `bind.parameters.length`: one segment of it, stable for ever.
    pub id: &'static str,
    /// What a person calls it.
    pub name: &'static str,
    /// How it is read and written.
    pub kind: Kind,
    /// What it is for, in the eight colours of the screen.
    pub role: Role,
    /// Whether its value may be shown to strangers.
    pub privacy: Privacy,
    /// What its value means, what breaks when it is wrong, and why it is so.
    pub doc: &'static str,
}

impl Field {
    /// The same field whose value may be shown to strangers, or not.
    pub(crate) const fn is(self, privacy: Privacy) -> Self {
        let Field { id, name, kind, role, doc, .. } = self;
        Field { id, name, kind, role, privacy, doc }
    }

    /// The same field, whose value gives this away.
    pub(crate) const fn hides(self, secret: Secret) -> Self {
        self.is(Privacy::Hidden(secret))
    }
}

/// What a field is for: the kinds that hex, tree and layout pictures tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Role {
    Tag,
    Length,
    Count,
    Integer,
    Code,
    String,
    Value,
    Secret,
}

impl Role {
    /// The one word for it on the screen and in style sheets.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Tag => "tag",
            Role::Length => "length",
            Role::Count => "count",
            Role::Integer => "integer",
            Role::Code => "code",
            Role::String => "string",
            Role::Value => "value",
            Role::Secret => "secret",
        }
    }
}

/// How the bytes of a field are read. All integers are big-endian.
#[derive(Debug)]
pub enum Kind {
    /// The message type byte.
    Tag,
    /// Int32: how long the message is, the four bytes of this field included and the tag not.
    Length,
    /// Int32: how many bytes follow, this field not included.
    Following,
    /// An integer.
    Int(Width, Show),
    /// An integer each value of which has a name.
    Code(Width, &'static [Code], Unlisted),
    /// Text that a zero byte ends.
    Str,
    /// Exactly so many bytes.
    Fixed(usize, Inside),
    /// All bytes that are left.
    Rest(Inside),
    /// Int32 length, then so many bytes; with `nullable`, -1 stands for NULL.
    Sized {
        /// The length word.
        length: &'static Field,
        /// What the bytes are.
        value: &'static Field,
        /// Whether the length may be -1.
        nullable: bool,
    },
    /// A count, then so many times the field.
    Counted {
        /// The integer that counts.
        count: &'static Field,
        /// What is repeated.
        of: &'static Field,
    },
    /// The field again and again, until a zero byte stands where the next would begin.
    UntilZero {
        /// What is repeated.
        of: &'static Field,
        /// The zero byte.
        end: &'static Field,
    },
    /// The field again and again, until the message ends.
    Repeat(&'static Field),
    /// The field as often as an earlier one says, between which and this one others stand.
    Times(&'static Times),
    /// Fields that are there unless an earlier one has a bit.
    Unless(&'static Unless),
    /// Some fields under one name.
    Group(&'static [Field]),
    /// One byte that says which fields follow.
    Choice(&'static [Choice]),
    /// Fields that are there only under a condition.
    When(Condition, &'static [Field]),
}

/// What a [`Kind::Times`] says. It stands apart, since all fields would be larger with it.
#[derive(Debug)]
pub struct Times {
    /// The id of the field that says how often.
    pub by: &'static str,
    /// What is repeated.
    pub of: &'static Field,
}

/// What a [`Kind::Unless`] says.
#[derive(Debug)]
pub struct Unless {
    /// The id of the field that has the bits.
    pub by: &'static str,
    /// With one of these bits, the fields are not there.
    pub bits: u8,
    /// The fields.
    pub fields: &'static [Field],
}

/// How wide an integer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Width {
    One,
    Two,
    Four,
    Eight,
}

impl Width {
    /// The number of bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Width::One => 1,
            Width::Two => 2,
            Width::Four => 4,
            Width::Eight => 8,
        }
    }
}

/// How an integer is shown to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// A number that cannot be negative. Counts of two bytes go to 65535.
    Unsigned,
    /// A number that can be negative.
    Signed,
    /// The object id of a row in a system catalogue.
    Oid,
    /// A position in the write-ahead log: two halves in hexadecimal, `0/16B3748`.
    Lsn,
    /// Microseconds since 2000-01-01 00:00 UTC.
    Timestamp,
    /// A protocol version: major in the upper half, minor in the lower.
    Version,
    /// A request code: 1234 in the upper half, a number in the lower.
    Request,
    /// A transaction id with its epoch in the upper half.
    FullXid,
    /// Single bits.
    Bits,
    /// A floating-point number of IEEE 754.
    Float,
}

/// One value of a coded integer.
#[derive(Debug)]
pub struct Code {
    /// The value on the wire.
    pub value: i64,
    /// What it is called.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// What a value means that the list does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// The manual lets others be added: shown as unknown, no problem.
    Future,
    /// The list is complete: another value is a mistake.
    Wrong,
}

/// One case of a [`Kind::Choice`].
#[derive(Debug)]
pub struct Choice {
    /// The byte that chooses it, its name and its doc.
    pub code: Code,
    /// What follows.
    pub fields: &'static [Field],
}

/// When a [`Kind::When`] is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Bytes of the message are left.
    MoreBytes,
    /// The message stands between Stream Start and Stream Stop.
    InStreamedTransaction,
}

/// What a run of bytes carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Bytes with no meaning of their own here.
    Opaque,
    /// Text.
    Text,
    /// Text in a field of fixed width, padded with zero bytes.
    PaddedText,
    /// A value whose type is known elsewhere.
    Value,
    /// What CopyData carries: the state of the connection tells what that is.
    CopyData,
    /// What XLogData carries: write-ahead log, or the output of a logical decoding plugin.
    Wal,
    /// A message of a SASL mechanism: SCRAM attributes or an OAUTHBEARER text.
    Sasl,
}

// Short constructors: the table reads as a list of fields, not of struct literals.

pub(crate) const fn field(id: &'static str, name: &'static str, kind: Kind, role: Role, doc: &'static str) -> Field {
    let doc = if matches!(kind, Kind::Tag | Kind::Length) { doc } else { built_in(doc) };
    documented(id, name, kind, role, doc)
}

/// A field that always has its doc: it is not found by way of a message, see [`crate::docs`].
pub(crate) const fn documented(
    id: &'static str,
    name: &'static str,
    kind: Kind,
    role: Role,
    doc: &'static str,
) -> Field {
    let privacy = Privacy::unmarked(&kind);
    Field { id, name, kind, role, privacy, doc }
}

/// The doc, or nothing where docs are fetched.
pub(crate) const fn built_in(doc: &'static str) -> &'static str {
    if cfg!(feature = "docs") { doc } else { "" }
}

/// A sample, or nothing where docs are fetched.
pub(crate) const fn sample(bytes: &'static [u8]) -> &'static [u8] {
    if cfg!(feature = "docs") { bytes } else { b"" }
}

pub(crate) const fn message(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    field(id, name, Kind::Group(&[]), Role::Value, doc)
}

pub(crate) const fn group(id: &'static str, name: &'static str, fields: &'static [Field], doc: &'static str) -> Field {
    field(id, name, Kind::Group(fields), Role::Value, doc)
}

pub(crate) const fn int(id: &'static str, name: &'static str, width: Width, show: Show, doc: &'static str) -> Field {
    field(id, name, Kind::Int(width, show), Role::Integer, doc)
}

pub(crate) const fn count(name: &'static str, width: Width, doc: &'static str) -> Field {
    field("count", name, Kind::Int(width, Show::Unsigned), Role::Count, doc)
}

pub(crate) const fn string(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    field(id, name, Kind::Str, Role::String, doc)
}

pub(crate) const fn rest(id: &'static str, name: &'static str, inside: Inside, doc: &'static str) -> Field {
    field(id, name, Kind::Rest(inside), Role::Value, doc)
}

pub(crate) const fn coded(
    id: &'static str,
    name: &'static str,
    width: Width,
    codes: &'static [Code],
    unlisted: Unlisted,
    doc: &'static str,
) -> Field {
    field(id, name, Kind::Code(width, codes, unlisted), Role::Code, doc)
}

pub(crate) const fn counted(
    id: &'static str,
    name: &'static str,
    count: &'static Field,
    of: &'static Field,
    doc: &'static str,
) -> Field {
    field(id, name, Kind::Counted { count, of }, Role::Value, doc)
}

/// The type of a value, as what a value of that type carries: see [`crate::types`].
pub(crate) const fn value_type(
    field: Field,
    since: &'static str,
    section: Section,
    fields: &'static [Field],
    bytes: &'static [u8],
) -> Message {
    Message {
        field,
        sender: Sender::Both,
        head: Head::Structure(Carrier::Value),
        chapter: Chapter::Values,
        since,
        section,
        fields,
        sample: sample(bytes),
    }
}

pub(crate) const fn code(value: i64, name: &'static str, doc: &'static str) -> Code {
    Code { value, name, doc: built_in(doc) }
}

pub(crate) const fn letter(value: u8, name: &'static str, doc: &'static str) -> Code {
    code(value as i64, name, doc)
}

/// A count with an id of its own, which a list further on refers to.
pub(crate) const fn count_as(
    id: &'static str,
    name: &'static str,
    width: Width,
    show: Show,
    doc: &'static str,
) -> Field {
    field(id, name, Kind::Int(width, show), Role::Count, doc)
}

pub(crate) const fn times(id: &'static str, name: &'static str, times: &'static Times, doc: &'static str) -> Field {
    field(id, name, Kind::Times(times), Role::Value, doc)
}
