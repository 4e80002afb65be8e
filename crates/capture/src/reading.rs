//! Reading a text piece by piece, so that who asked for it can do other things in between, or stop.

use pgscope_proto::{Beginning, Direction, Exchange, Span, Stream, foreign};

use crate::array::{Array, In};
use crate::base64::{self, Quad, Strings, Tails};
use crate::dump::{Dump, bare_unit};
use crate::follow::Follow;
use crate::form::Form;
use crate::hex::Hex;
use crate::labels::Pair;
use crate::lines::{Line, Problems, lines, lines_from};
use crate::literal::Literal;
use crate::offsets::Rows;
use crate::packets::Tcpdump;
use crate::recognise::{Recognised, is_json, recognise, sample};
use crate::sink::{Reader, Sink, is_quoted, one_line};
use crate::table::Table;
use crate::tagged::Tagged;
use crate::{
    BYTES, Capture, Options, at_once, has_addresses, literal, logged, of_the_other_end, packets, pqtrace, readable,
    strace, tshark, unknown, unprefixed, words, written,
};

/// A text of a known form that is being read. It does not hold the text, but must always be given the same.
#[derive(Debug)]
pub struct Reading {
    form: Form,
    reason: String,
    guessed: bool,
    direction: Option<Direction>,
    beginning: Beginning,
    /// Where the next line begins.
    at: usize,
    /// The line before, without blanks at both ends.
    before: Span,
    way: Way,
    /// Whether what is read may be no bytes at all.
    is_weak: bool,
    /// Whether no other way is tried behind this one.
    is_last: bool,
    problems: Problems,
}

/// How a form is read.
#[derive(Debug)]
enum Way {
    Hex(Hex, Sink),
    Base64(Quad, Sink),
    /// At the ends of lines.
    Base64Tails(Tails, Sink),
    /// In the strings of objects.
    Base64Strings(Strings, Sink),
    Dump(Dump, Sink),
    Tcpdump(Box<Tcpdump>),
    Strace(strace::Trace),
    PqTrace(pqtrace::Trace, Sink),
    OldPqTrace(pqtrace::old::Trace, Sink),
    Tagged(Tagged, Sink),
    Array(Array, Sink),
    Literal(Literal, Sink),
    Follow(Follow, Sink),
    /// Not line by line.
    AtOnce,
}

impl Way {
    fn new(form: Form, text: &str, direction: Option<Direction>, is_among_words: bool) -> Way {
        let sample = sample(text);
        let pair = Pair::learn(sample);
        // Connections are put together from their blocks, where their ends have addresses.
        let is_addressed = lines(sample).any(|line| packets::ends(line.text).is_some());
        let sink = || {
            let sink = if is_addressed { Sink::default() } else { Sink::folding(direction) };
            sink.knowing(pair.clone())
        };
        match form {
            _ if Table::reads(form) && Table::of(sample).is_some_and(|table| table.form() == form) => Way::AtOnce,
            Form::Od if bare_unit(sample).is_some() && !Rows::of(sample).are_a_dump() => Way::AtOnce,
            Form::WiresharkDump if tshark::count(sample) + tshark::count_segments(sample) > 0 => Way::AtOnce,
            Form::Xxd | Form::Hexdump | Form::Od | Form::WiresharkDump => {
                Way::Dump(Dump::of(sample), Sink::default().knowing(pair.clone()))
            }
            Form::Tcpdump => Way::Tcpdump(Box::new(Tcpdump::new(text))),
            Form::Strace => Way::Strace(strace::Trace::default()),
            Form::PqTrace if lines(sample).any(|line| pqtrace::old::is_line(line.text)) => {
                Way::OldPqTrace(pqtrace::old::Trace::default(), sink())
            }
            // The type stands among the words before the body.
            Form::Tagged => Way::Tagged(Tagged, Sink::folding(direction)),
            Form::PqTrace => Way::PqTrace(pqtrace::Trace::default(), sink()),
            Form::Array | Form::Decimal => Way::Array(Array::new(text), sink()),
            Form::EscapedString | Form::ByteaHex => Way::Literal(Literal::of(text), sink()),
            Form::WiresharkFollow => Way::Follow(Follow::new(text), sink()),
            Form::Base64 if is_json(sample) => Way::Base64Strings(Strings, sink()),
            Form::Base64 if base64::tails(sample).0 > 0 => Way::Base64Tails(Tails, sink()),
            Form::Base64 if !literal::has_code(text) => Way::Base64(Quad::default(), sink()),
            Form::Hex if is_among_words && !sample.contains("<Buffer ") => Way::Hex(Hex::among_words(), sink()),
            Form::Hex if !literal::has_code(text) => Way::Hex(Hex::of(sample), sink()),
            _ => Way::AtOnce,
        }
    }

    /// Where what it reads is kept, if it is one connection.
    fn sink(&mut self) -> Option<&mut Sink> {
        match self {
            Way::Hex(_, sink)
            | Way::Base64(_, sink)
            | Way::Base64Strings(_, sink)
            | Way::Base64Tails(_, sink)
            | Way::Dump(_, sink)
            | Way::PqTrace(_, sink)
            | Way::OldPqTrace(_, sink)
            | Way::Tagged(_, sink)
            | Way::Array(_, sink)
            | Way::Literal(_, sink)
            | Way::Follow(_, sink) => Some(sink),
            Way::Tcpdump(_) | Way::Strace(_) | Way::AtOnce => None,
        }
    }

    /// The next line; `around` are those before and behind it.
    fn line(&mut self, text: &str, line: Line<'_>, around: (&str, &str), problems: &mut Problems) {
        match self {
            Way::Hex(reader, sink) => one_line(line, around, sink, reader),
            Way::Base64(reader, sink) => one_line(line, around, sink, reader),
            Way::Base64Tails(reader, sink) => one_line(line, around, sink, reader),
            Way::Base64Strings(reader, sink) => one_line(line, around, sink, reader),
            Way::Dump(reader, sink) => {
                if !reader.is_repeated(line) {
                    one_line(line, around, sink, reader);
                }
            }
            Way::Tcpdump(reader) => reader.line(line),
            Way::Strace(reader) => reader.line(line, problems),
            Way::PqTrace(reader, sink) => reader.line(text, line, sink),
            Way::OldPqTrace(reader, sink) => reader.line(text, line, sink),
            Way::Tagged(reader, sink) => one_line(line, around, sink, reader),
            Way::Array(array, sink) => one_line(line, around, sink, &mut In(array, text)),
            Way::Literal(reader, sink) => one_line(line, around, sink, reader),
            Way::Follow(reader, sink) => reader.line(line, sink),
            Way::AtOnce => {}
        }
    }
}

impl Reading {
    /// Begins to read a text; nothing if it has no form that text is read in.
    pub fn begin(text: &str, options: &Options) -> Option<Reading> {
        let known = |form, reason| Recognised { form, reason, passes_talk: false, is_weak: false };
        let (known, is_among_words) = match options.form {
            Some(form) => (known(form, "asked for".to_owned()), false),
            None => match recognise(text) {
                Some(known) => (known, false),
                None => (known(Form::Hex, words::reason(text)?), true),
            },
        };
        let Recognised { form, reason, passes_talk, is_weak } = known;
        let mut way = Way::new(form, text, options.direction, is_among_words);
        if let Some(sink) = way.sink() {
            (sink.passes_talk, sink.is_quoted) = (passes_talk, is_quoted(sample(text)));
        }
        Some(Reading {
            form,
            reason,
            guessed: options.form.is_none(),
            direction: options.direction,
            beginning: options.beginning,
            at: 0,
            before: Span::default(),
            way,
            is_weak,
            is_last: false,
            problems: Problems::default(),
        })
    }

    /// What a text gives in this one way, whatever comes of it.
    pub(crate) fn once(text: &str, options: &Options) -> Option<Capture> {
        let mut reading = Reading { is_last: true, ..Reading::begin(text, options)? };
        reading.more(text, usize::MAX);
        Some(reading.finish(text))
    }

    /// Whether the form is one of text.
    pub(crate) fn is_text(&self) -> bool {
        !matches!(self.form, Form::Raw | Form::Pcap | Form::CopyFile | Form::Other)
    }

    /// Why it is read in its form.
    pub(crate) fn reason(&self) -> &str {
        &self.reason
    }

    /// Reads about so many bytes more, whole lines of them; says whether there are more.
    pub fn more(&mut self, text: &str, bytes: usize) -> bool {
        if matches!(self.way, Way::AtOnce) {
            self.at = text.len();
        }
        let until = self.at.saturating_add(bytes);
        let mut lines = lines_from(text, self.at).peekable();
        while let Some(line) = lines.next() {
            let behind = lines.peek();
            self.at = behind.map_or(text.len(), |behind| behind.start);
            let before = text.get(self.before.start..self.before.end).unwrap_or_default();
            let around = (before, behind.map_or("", |behind| behind.trimmed().text));
            self.way.line(text, line, around, &mut self.problems);
            self.before = line.trimmed().span();
            if self.at >= until {
                break;
            }
        }
        self.at < text.len()
    }

    /// How many bytes were read.
    pub fn reached(&self) -> usize {
        self.at
    }

    /// What was read so far.
    pub fn finish(self, text: &str) -> Capture {
        let Reading { form, reason, guessed, direction, beginning, mut problems, way, is_weak, is_last, .. } = self;
        let one = |mut sink: Sink, mut reader: Box<dyn Reader>, problems: &mut Problems| {
            reader.turn(&mut sink);
            single(sink, direction, problems)
        };
        let exchanges = match way {
            Way::Hex(reader, sink) => one(sink, Box::new(reader), &mut problems),
            Way::Base64(reader, sink) => one(sink, Box::new(reader), &mut problems),
            Way::OldPqTrace(mut reader, mut sink) => {
                reader.finish(text, &mut sink);
                single(sink, direction, &mut problems)
            }
            Way::Base64Strings(_, sink) | Way::Base64Tails(_, sink) | Way::Tagged(_, sink) => {
                single(sink, direction, &mut problems)
            }
            Way::Dump(mut reader, mut sink) => {
                reader.finish(&mut sink);
                packets::dumped(sink, direction, &mut problems)
            }
            Way::Tcpdump(reader) => reader.finish(direction, &mut problems),
            Way::Strace(reader) => reader.finish(direction, &mut problems),
            Way::PqTrace(mut reader, mut sink) => {
                reader.close(text, &mut sink);
                single(sink, direction, &mut problems)
            }
            Way::Array(_, sink) => single(sink, direction, &mut problems),
            Way::Literal(reader, sink) => one(sink, Box::new(reader), &mut problems),
            Way::Follow(mut reader, mut sink) => {
                reader.finish(&mut sink);
                single(sink, direction, &mut problems)
            }
            Way::AtOnce => at_once(form, text, direction, &mut problems),
        };
        let mut exchanges: Vec<Exchange> = exchanges.into_iter().filter(|exchange| !exchange.is_empty()).collect();
        let options = Options { direction, beginning, ..Options::default() };
        if let Some(capture) = written::capture(&exchanges, &options) {
            let reason = format!("{reason}; what it writes is a {}", capture.reason);
            let problems = written::located(capture.problems, text);
            return Capture { form, reason, guessed, exchanges: capture.exchanges, problems, ..Capture::default() };
        }
        let may_be_better = guessed && !is_last;
        if may_be_better && let Some(capture) = better(form, text, &options, &exchanges) {
            return capture;
        }
        let mut streams = exchanges.iter().flat_map(|exchange| &exchange.streams);
        if is_weak && !is_last && !streams.any(|stream| readable::may_be(&stream.bytes)) {
            return unknown(text, &options);
        }
        if may_be_better && direction.is_none() && is_loose(form) && is_by_chance(form, text, &exchanges) {
            let first = exchanges.iter().flat_map(|exchange| &exchange.streams).find_map(|stream| stream.map.source(0));
            let met = ["no message, though some of it could be “", form.name(), "”"].concat();
            problems = Problems::default();
            problems.add(first.unwrap_or_default(), met, BYTES);
            exchanges.clear();
        }
        if may_be_better && let Some(turned) = of_the_other_end(text, &exchanges) {
            exchanges = vec![turned];
        }
        for exchange in &mut exchanges {
            exchange.beginning = beginning;
            exchange.is_partial = matches!(form, Form::PqTrace | Form::Tagged);
        }
        if exchanges.is_empty() && problems.is_empty() {
            let mut expected = form.doc().to_owned();
            expected.get_mut(..1).into_iter().for_each(str::make_ascii_lowercase);
            problems.add(Span::new(0, text.len()), "no bytes", expected);
        }
        Capture { form, reason, guessed, exchanges, problems: problems.located(text), ..Capture::default() }
    }
}

/// What a text gives that is read in another way, if that explains more of it.
fn better(form: Form, text: &str, options: &Options, read: &[Exchange]) -> Option<Capture> {
    let log = if is_loose(form) { logged(text, options, read) } else { None };
    log.or_else(|| unprefixed(text, options, read))
}

/// Whether a form has nothing that only one tool prints: what looks like it may be a line of a log, or of a program.
fn is_loose(form: Form) -> bool {
    Table::reads(form) || matches!(form, Form::Decimal | Form::ByteaHex)
}

/// Who shows less than this looked at it before.
const SHORT: usize = 1000;

/// Whether what was read is less than half of a text that is about something else, as checksums and literals of programs are: no message of
/// either end begins in it, and it is no other protocol.
fn is_by_chance(form: Form, text: &str, read: &[Exchange]) -> bool {
    let streams = || read.iter().flat_map(|exchange| &exchange.streams).filter(|stream| !stream.is_empty());
    // Of what is cut the first message may be longer than what is pasted ever is.
    let is_long = |bytes: &[u8]| matches!(bytes, [b'A'..=b'z', 0..=8, ..]);
    let is_talk = |stream: &Stream| {
        let bytes = stream.bytes.as_slice();
        is_long(bytes) || readable::may_be(bytes) || foreign::recognise(bytes).is_some()
    };
    let is_known = || read.iter().any(has_addresses) || streams().any(is_talk);
    if text.len() < SHORT || streams().next().is_none() || is_known() {
        return false;
    }
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric).count();
    let sources = streams().flat_map(|stream| stream.map.sources(Span::new(0, stream.len())));
    let own: usize = sources.map(Span::len).sum();
    // A message has a zero byte in its length: lines that have none are what somebody wrote.
    let has_lines = || text.trim().contains('\n');
    let is_prose = || form == Form::EscapedString && has_lines() && !streams().any(|stream| stream.bytes.contains(&0));
    own * 2 < letters || is_prose()
}

/// What was read of a form that holds one connection.
pub(crate) fn single(sink: Sink, direction: Option<Direction>, problems: &mut Problems) -> Vec<Exchange> {
    if !sink.ends.is_empty() {
        return packets::addressed(sink, direction, problems);
    }
    let (exchange, found) = sink.into_exchange(direction);
    problems.append(found);
    vec![exchange]
}
