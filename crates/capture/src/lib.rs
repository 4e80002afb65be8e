//! From what people have to [`Exchange`]s: text in every usual form, and raw bytes.
//!
//! It knows how bytes are written down, not what they mean. Every byte keeps the place in the input that it was read from,
//! and what could not be read is told with line and column.
//!
//! ```
//! let capture = pgscope_capture::read_text("51 00 00 00 04", &Default::default());
//! let [exchange] = capture.exchanges.as_slice() else { panic!("one connection") };
//! assert_eq!(exchange.streams[0].bytes, [0x51, 0, 0, 0, 4]);
//! assert_eq!(capture.reason, "hex: 5 pairs of hex digits");
//! ```
//!
//! *Architecture invariant:* time and memory are linear in the input, and nothing panics.

#![cfg_attr(not(test), warn(clippy::indexing_slicing))]

mod array;
mod base64;
mod cells;
mod clock;
mod dump;
mod follow;
mod form;
mod frames;
mod hex;
mod lines;
mod literal;
mod marks;
mod packets;
mod pqtrace;
mod recognise;
mod sink;
mod strace;
mod tcp;

use pgscope_proto::{Beginning, Direction, Exchange, Sides, Span, Stream, foreign};

pub use form::Form;
pub use lines::InputProblem;
use lines::Problems;
use sink::Sink;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// The form in which it was read.
    pub form: Form,
    /// Why that form, in words.
    pub reason: String,
    /// Whether the form was recognised, not asked for.
    pub guessed: bool,
    /// The connections, in the order in which they were first seen.
    pub exchanges: Vec<Exchange>,
    /// What could not be read.
    pub problems: Vec<InputProblem>,
}

/// What a person says about the input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The form, where it is not to be recognised.
    pub form: Option<Form>,
    /// Who sent the bytes of which the input does not say it.
    pub direction: Option<Direction>,
    /// Where in a connection's life the input begins, if it is known.
    pub beginning: Beginning,
}

/// Reads the bytes of a file or a paste, text or not.
pub fn read(input: &[u8], options: &Options) -> Capture {
    beginning(options, text_or_not(input, options))
}

/// What a person says about the beginning goes for every connection of the input.
fn beginning(options: &Options, mut capture: Capture) -> Capture {
    for exchange in &mut capture.exchanges {
        exchange.beginning = options.beginning;
    }
    capture
}

fn text_or_not(input: &[u8], options: &Options) -> Capture {
    if let Some((form, magic)) = file_form(input).filter(|_| options.form.is_none()) {
        return not_yet(form, magic);
    }
    match text_of(input, options) {
        Ok(text) => any_text(text, options),
        Err(why) => raw(input.to_vec(), options, why),
    }
}

/// The same for bytes that may be large: the exchange takes them where they are raw. Else they are given back.
pub fn read_owned(input: Vec<u8>, options: &Options) -> (Capture, Option<Vec<u8>>) {
    let is_known = options.form.is_none() && file_form(&input).is_some();
    match text_of(&input, options) {
        Err(why) if !is_known => (beginning(options, raw(input, options, why)), None),
        _ => (read(&input, options), Some(input)),
    }
}

/// The input as text, or why it is raw.
fn text_of<'a>(input: &'a [u8], options: &Options) -> Result<&'a str, &'static str> {
    if options.form == Some(Form::Raw) || input.contains(&0) {
        return Err("a zero byte, which text has not");
    }
    std::str::from_utf8(input).map_err(|_| "bytes that are not UTF-8")
}

/// Reads text.
pub fn read_text(text: &str, options: &Options) -> Capture {
    beginning(options, any_text(text, options))
}

fn any_text(text: &str, options: &Options) -> Capture {
    match options.form {
        Some(form) => read_form(form, "asked for".to_owned(), text, options),
        None => match recognise::recognise(text) {
            Some((form, reason)) => read_form(form, reason, text, options),
            None => unknown(text, options),
        },
    }
}

/// Takes two recorded streams as one connection.
pub fn read_two(frontend: &[u8], backend: &[u8]) -> Capture {
    let exchange = Exchange::two_streams(Stream::raw(frontend.to_vec()), Stream::raw(backend.to_vec()));
    let reason = "raw bytes: a file for each direction".to_owned();
    Capture { form: Form::Raw, reason, guessed: false, exchanges: vec![exchange], problems: Vec::new() }
}

/// Forms of files that are known by their first bytes and are not read yet.
fn file_form(input: &[u8]) -> Option<(Form, &'static str)> {
    match input.get(..4)? {
        [0xd4, 0xc3, 0xb2, 0xa1] | [0xa1, 0xb2, 0xc3, 0xd4] => Some((Form::Pcap, "a pcap file")),
        [0x4d, 0x3c, 0xb2, 0xa1] | [0xa1, 0xb2, 0x3c, 0x4d] => Some((Form::Pcap, "a pcap file with nanoseconds")),
        [0x0a, 0x0d, 0x0d, 0x0a] => Some((Form::Pcap, "a pcapng file")),
        [0x1f, 0x8b, 8, _] => Some((Form::Gzip, "a file compressed by gzip")),
        _ => None,
    }
}

fn not_yet(form: Form, magic: &str) -> Capture {
    let mut problems = Problems::default();
    problems.add(Span::new(0, 4), magic, "text or raw bytes: such files are not read yet");
    let reason = format!("{}: its first bytes are those of {magic}", form.name());
    Capture { form, reason, guessed: true, exchanges: Vec::new(), problems: problems.located("") }
}

fn raw(input: Vec<u8>, options: &Options, why: &str) -> Capture {
    let sides = if options.direction.is_some() { Sides::Said } else { Sides::Unknown };
    let direction = options.direction.unwrap_or(Direction::Frontend);
    let exchange = Exchange::one_sided(direction, Stream::raw(input), sides);
    let guessed = options.form != Some(Form::Raw);
    let reason = if guessed { format!("{}: {why}", Form::Raw.name()) } else { "asked for".to_owned() };
    Capture { form: Form::Raw, reason, guessed, exchanges: vec![exchange], problems: Vec::new() }
}

/// Text that has no form: bytes of a protocol that happen to be text, or nothing.
fn unknown(text: &str, options: &Options) -> Capture {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(control) {
        return raw(text.as_bytes().to_vec(), options, "control characters among text");
    }
    if foreign::recognise(text.as_bytes()).is_some() {
        return raw(text.as_bytes().to_vec(), options, "the text of another protocol");
    }
    let mut problems = Problems::default();
    let first = text.find(|c| !lines::is_blank(c)).unwrap_or(0);
    let met = if packets::has_content(text) {
        lines::quoted(text.get(first..).unwrap_or_default())
    } else {
        "no bytes".to_owned()
    };
    problems.add(
        Span::new(first, text.len().max(first)),
        met,
        "bytes as hex, numbers, an escaped string, base64 or a dump",
    );
    let reason = "no bytes found".to_owned();
    Capture { form: Form::Hex, reason, guessed: true, exchanges: Vec::new(), problems: problems.located(text) }
}

fn read_form(form: Form, reason: String, text: &str, options: &Options) -> Capture {
    let guessed = options.form.is_none();
    let mut problems = Problems::default();
    let exchanges = match form {
        Form::Raw | Form::Pcap | Form::Gzip => return raw(text.as_bytes().to_vec(), options, &reason),
        Form::Xxd | Form::Hexdump | Form::Od | Form::WiresharkDump => {
            packets::dump(text, options.direction, &mut problems)
        }
        Form::Tcpdump => packets::tcpdump(text, options.direction, &mut problems),
        Form::Ngrep => packets::ngrep(text, options.direction, &mut problems),
        Form::Strace => strace::read(text, options.direction, &mut problems),
        _ => one(form, text, options, &mut problems),
    };
    let exchanges: Vec<Exchange> = exchanges.into_iter().filter(|exchange| !exchange.is_empty()).collect();
    if exchanges.is_empty() && problems.is_empty() {
        problems.add(Span::new(0, text.len()), "no bytes", form.doc());
    }
    Capture { form, reason, guessed, exchanges, problems: problems.located(text) }
}

/// Reads a form that holds one connection.
fn one(form: Form, text: &str, options: &Options, problems: &mut Problems) -> Vec<Exchange> {
    let mut sink = Sink::default();
    match form {
        Form::Array | Form::Decimal => array::read(text, &mut sink),
        Form::EscapedString | Form::ByteaHex => literal::read(text, &mut sink),
        Form::Base64 => base64::read(&literal::without_code(text), &mut sink),
        Form::PqTrace => pqtrace::read(text, &mut sink),
        Form::Socat => packets::socat(text, &mut sink),
        Form::WiresharkFollow => follow::read(text, &mut sink),
        _ => hex::read(&literal::without_code(text), &mut sink),
    }
    let (exchange, found) = sink.into_exchange(options.direction);
    problems.append(found);
    vec![exchange]
}
