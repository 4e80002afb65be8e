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
mod copy_file;
mod dump;
mod escape;
pub mod flows;
mod follow;
mod form;
mod frames;
mod gathered;
mod heads;
mod hex;
mod keeper;
mod labels;
mod lines;
mod lists;
mod literal;
mod logs;
mod logs_without_bytes;
mod marks;
mod offsets;
mod others;
mod packets;
mod pcap;
mod picture;
mod plain;
mod pqtrace;
mod prefixed;
mod quotes;
mod readable;
mod reading;
mod recognise;
mod rewrite;
mod shelf;
mod sink;
mod spelled;
mod strace;
mod table;
mod tagged;
mod tcp;
mod tshark;
mod undressed;
mod utf16;
mod words;
mod written;
#[cfg(feature = "zstandard")]
pub mod zstandard;

use std::cmp::Reverse;

use pgscope_proto::{Beginning, Direction, Exchange, Order, Origin, Sides, Span, Stream, foreign};

pub use form::Form;
pub use hex::ODD;
pub use lines::InputProblem;
use lines::Problems;
pub use pcap::{News, Recording};
pub use reading::Reading;
pub use rewrite::{Placed, checksum, rewritten};
pub use shelf::Shelved;
use sink::{Sink, each_line};
use table::Table;
use utf16::Recoded;
pub use utf16::utf16_text;

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// What of the input is none of PostgreSQL's, and not among the connections, in words; empty where all is.
    pub left_out: String,
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
    /// How many bytes of the input one end sent, where the rest is what the other end sent: two raw files, one behind the
    /// other. [`Options::direction`] says whose the first is.
    pub split: Option<usize>,
}

/// Reads the bytes of a file or a paste, text or not.
pub fn read(input: &[u8], options: &Options) -> Capture {
    if let Some(split) = options.split {
        return pair(input, split, options);
    }
    if let Some(capture) = recoded(input, options) {
        return capture;
    }
    match known(input, options) {
        Known::File(capture) => capture,
        Known::Raw(why) => raw(input.to_vec(), options, why),
        Known::Text(text) => read_text(text, options),
    }
}

/// Reads text in another encoding than UTF-8, or with the colours of a terminal, where the input is that.
fn recoded(input: &[u8], options: &Options) -> Option<Capture> {
    if options.form == Some(Form::Raw) {
        return None;
    }
    if let Some(recoded) = Recoded::of(input) {
        return Some(recoded.placed_in_bytes(read_text(&recoded.text, options)));
    }
    let is_file = file_form(input).is_some() || foreign::file(input).is_some();
    let text = if is_file { Err("a file") } else { text_of(input, options) };
    if let Some(text) = text.ok().filter(|text| undressed::has_colours(text)) {
        let recoded = Recoded::parts(undressed::parts_without_colours(text));
        return Some(recoded.placed_in_bytes(read_text(&recoded.text, options)));
    }
    let is_other = !input.contains(&0) && std::str::from_utf8(input).is_err() && !is_file;
    let recoded = Recoded::latin(input).filter(|_| is_other)?;
    let capture = read_text(&recoded.text, options);
    (capture.form != Form::Raw && !capture.exchanges.is_empty()).then(|| recoded.placed_in_bytes(capture))
}

/// Begins to read a capture file that is not here yet: these are its first bytes, which [`Recording::more`] gets again. Nothing for
/// any other file, or where it is to be read as something else.
pub fn recording(beginning: &[u8], options: &Options) -> Option<Recording> {
    let (form, magic) = file_form(beginning)?;
    let is_asked = options.form.is_none_or(|asked| asked == form) && options.split.is_none();
    (form == Form::Pcap && is_asked).then(|| Recording::new(magic, options))
}

/// When the first packet of a capture file was recorded, in microseconds since 1970; nothing where that is in no file that begins so.
pub fn recorded_at(beginning: &[u8]) -> Option<i64> {
    let mut recording = recording(beginning, &Options::default())?;
    recording.more(beginning);
    recording.begin_us()
}

/// How an input begins to be read.
#[derive(Debug)]
pub enum Begun {
    /// It was read at once. The exchange has taken the bytes where they are raw; else they are given back.
    Read(Capture, Option<Vec<u8>>),
    /// A text, which is read piece by piece.
    Text(String, Box<Reading>),
}

/// Begins to read an input that may be large.
pub fn begin(input: Vec<u8>, options: &Options) -> Begun {
    if let Some(split) = options.split {
        return Begun::Read(pair(&input, split, options), Some(input));
    }
    if let Some(capture) = recoded(&input, options) {
        return Begun::Read(capture, Some(input));
    }
    match known(&input, options) {
        Known::File(capture) => Begun::Read(capture, Some(input)),
        Known::Raw(why) => Begun::Read(raw(input, options, why), None),
        Known::Text(text) if picture::source(text).is_some() => Begun::Read(read_text(text, options), Some(input)),
        Known::Text(text) => match Reading::begin(text, options).filter(|reading| reading.is_text()) {
            Some(reading) => Begun::Text(String::from_utf8(input).unwrap_or_default(), Box::new(reading)),
            None => Begun::Read(read_text(text, options), Some(input)),
        },
    }
}

/// What an input is, before it is read.
enum Known<'a> {
    /// A file of a known kind.
    File(Capture),
    /// Bytes, and why they are no text.
    Raw(&'static str),
    Text(&'a str),
}

fn known<'a>(input: &'a [u8], options: &Options) -> Known<'a> {
    match file_form(input).filter(|(form, _)| options.form.is_none_or(|asked| asked == *form)) {
        Some((Form::Pcap, magic)) => return Known::File(pcap::read(input, magic, options)),
        Some((Form::CopyFile, magic)) => return Known::File(copy_file(input, magic)),
        _ => {}
    }
    if let Some(file) = foreign::file(input).filter(|_| options.form.is_none()) {
        return Known::File(other(file));
    }
    text_of(input, options).map_or_else(Known::Raw, Known::Text)
}

/// The input as text, or why it is raw.
fn text_of<'a>(input: &'a [u8], options: &Options) -> Result<&'a str, &'static str> {
    if options.form == Some(Form::Raw) || input.contains(&0) {
        return Err("a zero byte, which text has not");
    }
    std::str::from_utf8(input).map_err(|_| "bytes that are not UTF-8")
}

/// Reads text that is plain hex: pairs of digits with blanks between them, at most with `F:` and `B:` before them.
///
/// It is what [`read_text`] gives; and nothing for any other text, which may still be hex.
pub fn plain(text: &str, options: &Options) -> Option<Capture> {
    let (sink, pairs) = plain::read(text)?;
    let (exchange, _) = sink.into_exchange(options.direction);
    let exchanges = vec![Exchange { beginning: options.beginning, ..exchange }];
    let reason = format!("{}: {pairs} pairs of hex digits", Form::Hex.name());
    Some(Capture { form: Form::Hex, reason, guessed: true, exchanges, ..Capture::default() })
}

/// Reads what needs no look at any form: bytes that are no text, and text that is plain hex.
///
/// It is what [`read`] gives; and nothing for any other input, or where something is asked for that is rare.
pub fn read_plain(input: &[u8], options: &Options) -> Option<Capture> {
    let is_asked = options.form.is_some() || options.split.is_some();
    if is_asked || file_form(input).is_some() || foreign::file(input).is_some() {
        return None;
    }
    match text_of(input, options) {
        Ok(text) => plain(text, options),
        // Without a zero byte it may be text in another encoding, and with many of them, too.
        Err(why) => (input.contains(&0) && !utf16::may_be(input)).then(|| raw(input.to_vec(), options, why)),
    }
}

/// Reads text.
pub fn read_text(text: &str, options: &Options) -> Capture {
    if let Some(source) = picture::source(text) {
        let capture = read_text(&source, options);
        return Capture {
            reason: format!("a picture that keeps what it was made from: {}", capture.reason),
            ..capture
        };
    }
    match Reading::begin(text, options) {
        Some(reading) if !reading.is_text() => raw(text.as_bytes().to_vec(), options, reading.reason()),
        Some(mut reading) => {
            reading.more(text, usize::MAX);
            reading.finish(text)
        }
        None => unknown(text, options),
    }
}

/// Takes two recorded streams as one connection.
pub fn read_two(frontend: &[u8], backend: &[u8]) -> Capture {
    let exchange = Exchange::two_streams(Stream::raw(frontend.to_vec()), Stream::raw(backend.to_vec()));
    let reason = "raw bytes: a file for each direction".to_owned();
    Capture { form: Form::Raw, reason, guessed: false, exchanges: vec![exchange], ..Capture::default() }
}

/// Takes two raw streams as one connection: one end's, and behind it the other's. Whose is whose may be a guess.
fn pair(input: &[u8], split: usize, options: &Options) -> Capture {
    let (first, second) = input.split_at(split.min(input.len()));
    let (sides, origin) = match options.direction {
        Some(_) => (Sides::Said, Origin::Said),
        None => (Sides::Unknown, Origin::Peer),
    };
    let mut exchange = Exchange { sides, order: Order::Unknown, beginning: options.beginning, ..Exchange::default() };
    let side = options.direction.unwrap_or(Direction::Frontend);
    for (side, bytes) in [(side, first), (side.other(), second)] {
        exchange.push_from(side, &Stream::raw(bytes.to_vec()), None, origin, None);
    }
    let reason = "raw bytes: one end's, and behind them the other's".to_owned();
    Capture { form: Form::Raw, reason, guessed: true, exchanges: vec![exchange], ..Capture::default() }
}

/// What a file is, as far as its beginning tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A capture of connections.
    Capture,
    /// Text, which may be a dump in any form.
    Text,
    /// Bytes.
    Raw,
    /// Secrets, which are no bytes of a connection: a key log.
    Keys,
    /// A file that holds no bytes of a connection; what it is called.
    Other(&'static str),
}

/// What a file is that begins so: for who is given several, and has to tell which is what.
pub fn kind(beginning: &[u8]) -> Kind {
    if let Some(file) = foreign::file(beginning) {
        return Kind::Other(file.name);
    }
    if utf16_text(beginning).is_some() {
        return Kind::Text;
    }
    match file_form(beginning) {
        Some((Form::Pcap, _)) => return Kind::Capture,
        Some(_) => return Kind::Raw,
        None if beginning.contains(&0) => return Kind::Raw,
        None => {}
    }
    let text = String::from_utf8_lossy(beginning);
    // A letter may be cut at the end of what is looked at.
    match text.trim_end_matches('\u{fffd}').contains('\u{fffd}') {
        true => Kind::Raw,
        false if logs_without_bytes::is_of_keys(&text) => Kind::Keys,
        false => Kind::Text,
    }
}

/// Forms of files that are known by their first bytes.
fn file_form(input: &[u8]) -> Option<(Form, &'static str)> {
    if input.starts_with(copy_file::SIGNATURE) {
        return Some((Form::CopyFile, "a file of COPY in binary format"));
    }
    match input.get(..4)? {
        [0xd4, 0xc3, 0xb2, 0xa1] | [0xa1, 0xb2, 0xc3, 0xd4] => Some((Form::Pcap, "a pcap file")),
        [0x4d, 0x3c, 0xb2, 0xa1] | [0xa1, 0xb2, 0x3c, 0x4d] => Some((Form::Pcap, "a pcap file with nanoseconds")),
        [0x0a, 0x0d, 0x0d, 0x0a] => Some((Form::Pcap, "a pcapng file")),
        _ => None,
    }
}

fn copy_file(input: &[u8], magic: &str) -> Capture {
    let form = Form::CopyFile;
    let reason = format!("{}: its first bytes are those of {magic}; CopyData is put around its rows", form.name());
    Capture { form, reason, guessed: true, exchanges: vec![copy_file::exchange(input)], ..Capture::default() }
}

/// A file that holds no bytes of a connection: it is named.
fn other(file: &foreign::File) -> Capture {
    let mut problems = Problems::default();
    problems.add(Span::new(0, 4), file.name, ["bytes of a connection; ", file.instead.words()].concat());
    let (form, reason) = (Form::Other, format!("{}: its first bytes are those of {}", Form::Other.name(), file.name));
    Capture { form, reason, guessed: true, problems: problems.located(""), ..Capture::default() }
}

fn raw(input: Vec<u8>, options: &Options, why: &str) -> Capture {
    let sides = if options.direction.is_some() { Sides::Said } else { Sides::Unknown };
    let direction = options.direction.unwrap_or(Direction::Frontend);
    let mut exchange = Exchange::one_sided(direction, Stream::raw(input), sides);
    exchange.beginning = options.beginning;
    let guessed = options.form != Some(Form::Raw);
    let reason = if guessed { format!("{}: {why}", Form::Raw.name()) } else { "asked for".to_owned() };
    Capture { form: Form::Raw, reason, guessed, exchanges: vec![exchange], ..Capture::default() }
}

/// What a text should be.
const BYTES: &str = "bytes as hex, numbers, an escaped string, base64 or a dump";

/// Text that has no form: bytes of a protocol that happen to be text, or nothing.
fn unknown(text: &str, options: &Options) -> Capture {
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.contains(control) {
        return raw(text.as_bytes().to_vec(), options, "control characters among text");
    }
    if foreign::recognise(text.as_bytes()).is_some() {
        return raw(text.as_bytes().to_vec(), options, "the text of another protocol");
    }
    if let Some(capture) = logged(text, options, &[]).or_else(|| unprefixed(text, options, &[])) {
        return capture;
    }
    let mut problems = Problems::default();
    if let Some((log, span)) = logs_without_bytes::known(text).or_else(|| logs_without_bytes::values(text)) {
        problems.add(span, log.name, log.instead);
        let reason = format!("no bytes: {}", log.name);
        return Capture {
            form: Form::Hex,
            reason,
            guessed: true,
            problems: problems.located(text),
            ..Capture::default()
        };
    }
    let first = text.find(|c| !lines::is_blank(c)).unwrap_or(0);
    let met = if packets::has_content(text) {
        lines::quoted(text.get(first..).unwrap_or_default())
    } else {
        "no bytes".to_owned()
    };
    problems.add(Span::new(first, text.len().max(first)), met, BYTES);
    let reason = "no bytes found".to_owned();
    Capture { form: Form::Hex, reason, guessed: true, problems: problems.located(text), ..Capture::default() }
}

/// A longer text is read in one way.
const LONGEST_LOG: usize = 1 << 20;

/// What a text gives where each of its lines with bytes says who sent them, if that explains more than what was read of it otherwise.
fn logged(text: &str, options: &Options, read: &[Exchange]) -> Option<Capture> {
    let log = if text.len() <= LONGEST_LOG { Table::of_log(text)? } else { return None };
    let mut problems = Problems::default();
    let mut exchanges = log.read(options.direction, &mut problems);
    let own = worth(&exchanges);
    // A letter alone explains nothing, unless it is all.
    if own <= worth(read) || own.0 < HEADER && own.1 != Reverse(0) {
        return None;
    }
    exchanges.iter_mut().for_each(|exchange| exchange.beginning = options.beginning);
    let reason = format!("{}: {}", log.form().name(), log.reason());
    Some(Capture {
        form: log.form(),
        reason,
        guessed: true,
        exchanges,
        problems: problems.located(text),
        ..Capture::default()
    })
}

/// What a text gives without what stands before each row of a dump, or each line with bytes, if that explains more than what was read
/// of it with that.
fn unprefixed(text: &str, options: &Options, read: &[Exchange]) -> Option<Capture> {
    if text.len() > LONGEST_LOG {
        return None;
    }
    let better = |bare: String| {
        let capture = Reading::once(&bare, options)?;
        explains_more(worth(&capture.exchanges), worth(read)).then_some(capture)
    };
    let prefixed = prefixed::without(text).and_then(better).or_else(|| prefixed::without_signs(text).and_then(better));
    if read.iter().any(has_addresses) {
        return prefixed;
    }
    let before = worth(read);
    let bare = |(bare, is_sure): (String, bool)| {
        let capture = Reading::once(&bare, options)?;
        let own = worth(&capture.exchanges);
        // Where as much is explained as before, what is surely no byte was what explained nothing.
        (explains_more(own, before) || is_sure && is_whole(own, before)).then_some((own, capture))
    };
    let best = || undressed::all(text).filter_map(bare).max_by_key(|(own, _)| *own).map(|(_, capture)| capture);
    prefixed.or_else(best).or_else(|| spelled(text, options, before))
}

/// The shortest message that has a type: fewer explained bytes are an answer to SSLRequest, or a letter.
const HEADER: usize = 5;

/// How many bytes are explained, and how many are not.
type Worth = (usize, Reverse<usize>);

/// Whether more is explained, and not by a letter alone.
fn explains_more(own: Worth, before: Worth) -> bool {
    own.0 > before.0 && own.0 >= HEADER
}

/// Whether all is explained, where more was left over.
fn is_whole(own: Worth, before: Worth) -> bool {
    own.0 > 0 && own.1 == Reverse(0) && own > before
}

/// Whether it was put together from packets.
fn has_addresses(exchange: &Exchange) -> bool {
    exchange.recorded.as_ref().is_some_and(|recorded| recorded.ends.iter().any(|end| !end.is_empty()))
}

/// What a text gives that spells its bytes in a way of its own, if that explains more than what was read of it.
fn spelled(text: &str, options: &Options, before: Worth) -> Option<Capture> {
    spelled::WAYS.iter().find_map(|(form, way)| {
        let mut problems = Problems::default();
        let mut exchanges = reading::single(spelled::sink(way(text)?), options.direction, &mut problems);
        let own = worth(&exchanges);
        if !explains_more(own, before) && !is_whole(own, before) {
            return None;
        }
        exchanges.iter_mut().for_each(|exchange| exchange.beginning = options.beginning);
        let reason = format!("{}: it reads as nothing else", form.name());
        Some(Capture {
            form: *form,
            reason,
            guessed: true,
            exchanges,
            problems: problems.located(text),
            ..Capture::default()
        })
    })
}

/// The same bytes of nobody who is named, where all of them are messages of the other end than who seems to be named, and few are of that: a
/// sign or a word in front of them meant something else. Where the ends are named in full, that is believed.
pub(crate) fn of_the_other_end(text: &str, read: &[Exchange]) -> Option<Exchange> {
    let [exchange] = read else { return None };
    let side = Direction::BOTH.into_iter().find(|side| exchange.stream(side.other()).is_empty())?;
    let stream = exchange.stream(side);
    let worth = |side: Direction| {
        let mut both = [[].as_slice(); 2];
        *both.get_mut(side.index())? = &stream.bytes;
        Some(readable::worth(both, true))
    };
    let is_turned = worth(side)? * 2 < stream.len() && worth(side.other())? == stream.len() && !stream.is_empty();
    if exchange.sides != Sides::Given || !is_turned || marks::are_ends_named(text) {
        return None;
    }
    Some(Exchange {
        beginning: exchange.beginning,
        ..Exchange::one_sided(side.other(), stream.clone(), Sides::Unknown)
    })
}

/// How much of what was read is whole messages of who is said to have sent it, and how much is not.
fn worth(read: &[Exchange]) -> Worth {
    let explained = |exchange: &Exchange| {
        let bytes = Direction::BOTH.map(|side| exchange.stream(side).bytes.as_slice());
        readable::worth(bytes, exchange.sides == Sides::Given)
    };
    let all: usize = read.iter().flat_map(|exchange| &exchange.streams).map(Stream::len).sum();
    let explained = read.iter().map(explained).sum();
    (explained, Reverse(all - explained))
}

/// Reads a form whose lines cannot be read one after the other.
fn at_once(form: Form, text: &str, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
    if form == Form::Ngrep {
        return packets::ngrep(text, direction, problems);
    }
    if let Some(table) =
        Some(form).filter(|form| Table::reads(*form)).and_then(|_| Table::of(text)).filter(|table| table.form() == form)
    {
        return table.read(direction, problems);
    }
    let mut sink = Sink::default();
    if form == Form::WiresharkDump {
        tshark::read(text, &mut sink);
        return packets::dumped(sink, direction, problems);
    }
    match form {
        Form::Base64 => each_line(&literal::without_code(text), &mut sink, &mut base64::Quad::default()),
        Form::Socat => packets::socat(text, &mut sink),
        Form::Od => dump::bare_unit(text).into_iter().for_each(|unit| dump::bare_rows(text, unit, &mut sink)),
        _ => each_line(&literal::without_code(text), &mut sink, &mut hex::Hex::default()),
    }
    reading::single(sink, direction, problems)
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
