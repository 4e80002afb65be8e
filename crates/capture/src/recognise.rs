//! Which form a text has, and why: the marks of tools first, then what the characters allow.

use crate::base64::{self, is_data, looks_binary};
use crate::dump::{bare_unit, marked, split};
use crate::escape::escape;
use crate::form::Form;
use crate::lines::{Line, is_blank, lines};
use crate::literal::has_quotes;
use crate::sink::{Around, Reader, Sink, each_line, is_quoted};
use crate::{cells::Unit, lists, logs_without_bytes, offsets, packets, pqtrace, strace, table, tagged, tshark, words};

/// How much of a text is looked at.
pub(crate) const SAMPLE: usize = 256 << 10;

/// The part of a text by which it is known.
pub(crate) fn sample(text: &str) -> &str {
    let end = (0..=SAMPLE.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// What a text is taken for.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub form: Form,
    /// Why, in words.
    pub reason: String,
    /// Whether lines of prose stand between those that hold bytes, and are passed over.
    pub passes_talk: bool,
    /// Whether words stand among the numbers, so that these may be no bytes at all.
    pub is_weak: bool,
}

/// The form of `text` and the reason in words, if it can be any.
pub(crate) fn recognise(text: &str) -> Option<Recognised> {
    let sample = sample(text);
    if logs_without_bytes::is_of_keys(sample) {
        return None;
    }
    let sure = |(form, reason)| Recognised { form, reason, passes_talk: false, is_weak: false };
    let dumped =
        by_fields(sample).or_else(|| by_tool(sample)).or_else(|| by_offsets(sample)).or_else(|| by_bare_rows(sample));
    let found = dumped.or_else(|| by_types(sample)).or_else(|| by_cells(sample)).map(sure);
    // What a program says of itself has numbers, strings and addresses, too: they are no bytes, unless some begin as messages do.
    let is_log = || logs_without_bytes::known(sample).is_some() && !words::has_runs(sample);
    found.or_else(|| if is_log() { None } else { by_characters(sample) })
}

fn count(sample: &str, fits: impl Fn(&str) -> bool) -> usize {
    lines(sample).filter(|line| fits(line.text)).count()
}

/// `4 lines begin …` with the number and the verb of one line.
fn told(count: usize, what: &str) -> String {
    match count {
        1 => format!(
            "1 line {}",
            what.replacen("begin ", "begins ", 1).replacen("are ", "is ", 1).replacen("have ", "has ", 1)
        ),
        _ => format!("{count} lines {what}"),
    }
}

type Mark = (Form, fn(&str) -> bool, &'static str);

/// Lines that only one tool prints.
const MARKS: [Mark; 7] = [
    (Form::Tcpdump, tcpdump_line, "begin with an offset such as 0x0010:"),
    (
        Form::Socat,
        |line| packets::socat_header(line.trim()).is_some(),
        "begin with > or < and have length=, from= and to=",
    ),
    (Form::Ngrep, packets::ngrep_header, "begin with T and name two ends with ports"),
    (Form::Strace, strace::is_call, "are calls that read or write"),
    (Form::PqTrace, pqtrace::is_message, "begin with F or B, a length and the name of a message"),
    (Form::PqTrace, pqtrace::old::is_line, "begin with To backend or From backend"),
    (Form::WiresharkFollow, follow_line, "are heads of Wireshark's follow stream"),
];

fn by_tool(sample: &str) -> Option<(Form, String)> {
    // What stands beside the bytes of a dump may look like anything.
    let is_its = |form: Form, line: &str| form == Form::Tcpdump || !is_row(line);
    let counts =
        MARKS.iter().map(|(form, fits, what)| (count(sample, |line| fits(line) && is_its(*form, line)), form, what));
    let (lines, form, what) = counts.filter(|(lines, ..)| *lines > 0).max_by_key(|(lines, ..)| *lines)?;
    let reason = format!("{}: {}", form.name(), told(lines, what));
    Some((*form, reason))
}

/// Whether a line begins with an offset and two groups of digits.
pub(crate) fn is_row(line: &str) -> bool {
    let is_group = |word: &str| word.len() > 1 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    split(marked(Line { text: line, start: 0 })).is_some_and(|parts| {
        let mut groups = parts.body.text.split_whitespace().take(2);
        groups.next().is_some_and(is_group) && groups.all(is_group)
    })
}

/// Lines with a type and a body, which are more than those that hold whole messages: any program prints them in a way of its own.
fn by_types(sample: &str) -> Option<(Form, String)> {
    let messages = count(sample, tagged::is_message);
    let others = || count(sample, |line| !tagged::is_message(line) && words::has_runs(line));
    let told = || {
        format!("{}: {}", Form::Tagged.name(), told(messages, "have the type of a message and its body as a string"))
    };
    (messages > 0 && messages > others()).then(|| (Form::Tagged, told()))
}

/// Packets among the fields that tshark lists as JSON.
fn by_fields(sample: &str) -> Option<(Form, String)> {
    let packets = tshark::count(sample);
    let (count, what) = match packets {
        0 => (tshark::count_segments(sample), "segments in the fields “tcp.payload”"),
        _ => (packets, "packets in the fields “frame_raw”"),
    };
    (count > 0).then(|| (Form::WiresharkDump, format!("{}: {count} {what} of tshark", Form::WiresharkDump.name())))
}

/// Tables and lists of which one column holds bytes.
fn by_cells(sample: &str) -> Option<(Form, String)> {
    let table = table::Table::of(sample)?;
    Some((table.form(), format!("{}: {}", table.form().name(), table.reason())))
}

fn tcpdump_line(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with("0x")
        && split(Line { text: line, start: 0 }).is_some_and(|parts| parts.colon && parts.offset.text.len() <= 6)
}

fn follow_line(line: &str) -> bool {
    let line = line.trim_start();
    ["Follow: tcp,", "char peer0_", "char peer1_", "peer0_", "peer1_"].iter().any(|head| line.starts_with(head))
        || line.ends_with("!!binary |")
}

/// So many words are prose, and so many lines around a dump its head, a prompt, or what an editor shows.
pub(crate) const FEW: usize = 4;

/// Lines that begin with an offset.
fn by_offsets(sample: &str) -> Option<(Form, String)> {
    let rows = offsets::Rows::of(sample);
    if !rows.are_a_dump() {
        return None;
    }
    let first = rows.first()?;
    let (count, shape) = (rows.count(), rows.shape);
    let bars = rows.count_of(|row| row.offset.text.len() == 8 && row.body.text.ends_with('|'));
    let indented = rows.indented;
    let (form, what) = match (first.colon, shape.unit, first.offset.text.len()) {
        (true, ..) => (Form::Xxd, "begin with an offset and a colon"),
        _ if bars > 0 && bars + 1 >= count => {
            (Form::Hexdump, "begin with an offset and end with characters between bars")
        }
        (_, Unit::HexBytes, 8) if indented > 0 && indented < count => {
            (Form::WiresharkFollow, "begin with an offset, some of them indented for the other direction")
        }
        (_, Unit::HexBytes, 4 | 5 | 8) => (Form::WiresharkDump, "begin with an offset and hex bytes"),
        (_, Unit::HexBytes, _) => (Form::Od, "begin with an offset and hex bytes"),
        (_, Unit::HexWords, _) if shape.radix == 16 => (Form::Hexdump, "begin with an offset and swapped words"),
        (_, Unit::Characters, _) if shape.radix == 16 => (Form::Hexdump, "begin with an offset and characters"),
        _ => (Form::Od, "begin with an offset"),
    };
    let order = match (shape.is_big, rows.is_order_known) {
        (true, _) => ", whose words have their high byte first",
        (_, true) => "",
        _ => {
            "; nothing shows which byte of a word is the first: the low one is taken, and xxd or “od -t x1” would say it"
        }
    };
    Some((form, format!("{}: {}{order}", form.name(), told(count, what))))
}

/// What stands in the text, comments and marks of direction apart.
#[derive(Default)]
struct Shapes {
    words: usize,
    leading: usize,
    hex: usize,
    pairs: usize,
    odd: usize,
    prefixed: usize,
    /// Those of them that are one byte.
    prefixed_bytes: usize,
    decimal: usize,
    zeros: usize,
    long: usize,
    /// Words that are neither numbers nor slips of a hand.
    prose: usize,
}

/// Rows as `od -An` prints them.
fn by_bare_rows(sample: &str) -> Option<(Form, String)> {
    let unit = bare_unit(sample)?;
    let what = if unit == Unit::OctalBytes {
        "octal numbers of three digits"
    } else {
        "columns of characters and their names"
    };
    Some((Form::Od, format!("{}: {what} and no offsets", Form::Od.name())))
}

fn by_characters(sample: &str) -> Option<Recognised> {
    let content = content(sample, false);
    let whole = content.as_str();
    if whole.chars().all(is_blank) {
        let (form, reason) = named(base64(sample)?);
        return Some(Recognised { form, reason, passes_talk: false, is_weak: false });
    }
    let without_talk: String =
        whole.split_inclusive('\n').filter(|line| !words::is_talk(line.trim_matches(is_blank))).collect();
    let has_talk = without_talk.len() < whole.len() && !without_talk.chars().all(is_blank);
    let found = if has_talk { by_all(&without_talk, sample) } else { None };
    let (passes_talk, text) = (found.is_some(), if found.is_some() { &without_talk } else { whole });
    let shapes = Shapes::of(text);
    let found = found.or_else(|| by_all(whole, sample)).or_else(|| quotes(whole));
    let slips = || mostly_hex(&shapes).filter(|_| !is_json(whole) && shapes.prose < FEW);
    let is_slips = found.is_none();
    let (form, reason) = named(found.or_else(slips)?);
    let is_bare = is_slips || form == Form::Array && lists::lists(text).is_empty();
    let is_weak = shapes.prose > 0 && is_bare || table::is_of_values(sample);
    Some(Recognised { form, reason, passes_talk, is_weak })
}

/// What all of a text is, but for some words of code.
fn by_all(text: &str, sample: &str) -> Guess {
    let shapes = Shapes::of(text);
    node_buffer(text)
        .or_else(|| bytea(text))
        .or_else(|| if is_json(text) { base64_in_json(text) } else { wrapped(text) })
        .or_else(|| array(text, &shapes))
        .or_else(|| string(text))
        .or_else(|| decimal(text, &shapes))
        .or_else(|| hex(&shapes))
        .or_else(|| base64(sample))
        .or_else(|| base64_in_lines(sample))
}

/// What Node.js prints of a buffer, with anything around it.
fn node_buffer(text: &str) -> Guess {
    let is_any = text.match_indices("<Buffer ").any(|(at, head)| {
        let digits = text.get(at + head.len()..).unwrap_or_default();
        digits.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2
    });
    let pairs = Shapes::of(text).pairs;
    is_any.then(|| (Form::Hex, format!("{pairs} pairs of hex digits in buffers of Node.js")))
}

/// Lines that end with base64.
fn base64_in_lines(sample: &str) -> Guess {
    let (count, all) = base64::tails(sample);
    (count > 0 && count * 2 >= all).then(|| (Form::Base64, format!("{count} of {all} lines end with base64 of bytes")))
}

/// Strings of base64 among the others of an object.
fn base64_in_json(text: &str) -> Guess {
    let strings = crate::literal::strings(text).filter_map(|span| text.get(span.start..span.end));
    let count = strings.filter(|string| base64::is_string(string)).count();
    (count > 0).then(|| (Form::Base64, "strings of JSON that decode to bytes".to_owned()))
}

/// Whether a text is an object of JSON, or a list of such, on one line or on many.
pub(crate) fn is_json(text: &str) -> bool {
    let text = text.trim_start();
    let first = text.strip_prefix('[').map_or(text, str::trim_start);
    first.strip_prefix('{').is_some_and(|inside| inside.trim_start().starts_with('"'))
}

/// The reason with the form's name.
fn named((form, reason): (Form, String)) -> (Form, String) {
    (form, format!("{}: {reason}", form.name()))
}

/// The lines that hold bytes; `base64` says that those among them are wanted that look like comments and may be none.
fn content(sample: &str, base64: bool) -> String {
    let mut content = Content { base64, text: String::new() };
    let mut sink = Sink::default();
    sink.is_quoted = is_quoted(sample);
    each_line(sample, &mut sink, &mut content);
    content.text
}

struct Content {
    base64: bool,
    text: String,
}

impl Reader for Content {
    fn line(&mut self, line: Line<'_>, _: &mut Sink) {
        self.text.push_str(line.text);
        self.text.push('\n');
    }

    fn is_data(&self, around: Around<'_>) -> bool {
        self.base64 && is_data(around)
    }
}

impl Shapes {
    fn of(text: &str) -> Shapes {
        let mut shapes = Shapes::default();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            shapes.add(word);
        }
        shapes
    }

    fn add(&mut self, word: &str) {
        let binary = word.len() == 10 && word.starts_with("0b");
        let prefixed = binary || word.len() > 2 && (word.starts_with("0x") || word.starts_with("0X"));
        let bare = if prefixed { word.get(2..).unwrap_or_default() } else { word };
        let hex = !binary && bare.bytes().all(|c| c.is_ascii_hexdigit()) || word.eq_ignore_ascii_case("buffer");
        let digits = word.bytes().all(|c| c.is_ascii_digit());
        self.leading += usize::from(self.leading == self.words && hex && bare.len() == 2);
        self.words += 1;
        self.prose += usize::from(!hex && word.len() > 2 && word.bytes().all(|c| c.is_ascii_alphabetic()));
        self.prefixed += usize::from(prefixed);
        self.prefixed_bytes += usize::from(prefixed && bare.len() <= 2);
        self.hex += usize::from(hex);
        self.pairs += usize::from(hex && bare.len() == 2);
        self.odd += usize::from(hex && !bare.len().is_multiple_of(2));
        self.decimal += usize::from(digits && word.len() <= 3);
        self.zeros += usize::from(digits && word.len() > 1 && word.starts_with('0'));
        let numeric = bare.bytes().any(|c| c.is_ascii_digit());
        self.long += usize::from(hex && !prefixed && bare.len() > 3 && numeric);
    }
}

type Guess = Option<(Form, String)>;

/// So many words may stand around an array: those of its declaration.
const PROSE: usize = 8;

/// `\x` and then nothing but hex digits.
fn bytea(text: &str) -> Guess {
    let at = text.find("\\x")?;
    let digits = text.get(at + 2..)?;
    let count = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends =
        digits.get(count..)?.starts_with(|c: char| is_blank(c) || matches!(c, '\'' | '"' | '’' | '”' | ';' | ','));
    let alone = text.get(..at)?.chars().all(|c| !c.is_alphanumeric() || matches!(c, 'e' | 'E'))
        || text.get(..at)?.ends_with(['\'', '"', '\\']);
    (count > 2 && alone && (ends || digits.len() == count))
        .then(|| (Form::ByteaHex, "\\x once, and then hex digits".to_owned()))
}

/// Hex or base64 in a string that a function turns into bytes.
fn wrapped(text: &str) -> Guess {
    let lower = text.to_ascii_lowercase();
    let strings = crate::literal::strings(text);
    let inner: Vec<&str> =
        strings.filter_map(|span| text.get(span.start..span.end)).filter(|text| text.len() > 2).collect();
    let all = |fits: fn(char) -> bool| {
        inner.iter().any(|text| text.len() > 3 && text.chars().all(|c| fits(c) || is_blank(c)))
    };
    if (lower.contains("hex") || lower.contains("x'")) && all(|c| c.is_ascii_hexdigit() || c == ':') {
        return Some((Form::Hex, "hex digits in a string of code".to_owned()));
    }
    let base64 = ["base64", "b64", "atob", "frombase"].iter().any(|word| lower.contains(word));
    (base64 && all(|c| c.is_ascii_alphanumeric() || "+/-_=".contains(c)))
        .then(|| (Form::Base64, "base64 in a string of code".to_owned()))
}

fn array(text: &str, all: &Shapes) -> Guess {
    let inside = lists::lists(text);
    let inside: Vec<&str> = inside.iter().filter_map(|list| text.get(list.start..list.end)).collect();
    let inside = (!inside.is_empty()).then(|| Shapes::of(&inside.join(" ")));
    let shapes = inside.as_ref().unwrap_or(all);
    let brackets = text.contains(['{', '[', '(']) || text.contains("<<");
    let numbers = shapes.prefixed + shapes.decimal;
    // Between brackets stand also the arguments of a call, in prose.
    if inside.is_some() && numbers < 5 && all.words > shapes.words + PROSE {
        return None;
    }
    if shapes.prefixed > 0
        && (inside.is_some() || shapes.prefixed_bytes > 0)
        && (shapes.prefixed < numbers || shapes.words > shapes.hex || text.contains('\''))
        && (inside.is_some()
            || shapes.prose == 0
            || text.contains(',') && shapes.prose * 2 <= numbers && shapes.prefixed * 4 >= numbers)
        && numbers > 1
        && numbers * 2 >= shapes.words.saturating_sub(PROSE)
        && numbers * 4 >= shapes.words
    {
        return Some((Form::Array, "numbers with 0x among others, as in an array".to_owned()));
    }
    let code = brackets && (text.contains(',') || inside.is_some()) && shapes.long == 0;
    let backslashes = text.matches('\\').count();
    let escapes = backslashes > 0 && (text.contains('"') || backslashes > 2 * text.matches("'\\").count());
    // A number that was wrapped may go on with a zero.
    if code
        && !escapes
        && shapes.zeros * 16 <= numbers
        && numbers > 0
        && numbers * 2 >= shapes.words.saturating_sub(PROSE)
    {
        let plain = text.chars().all(|c| c.is_ascii_digit() || is_blank(c) || "[]{}()<>,-".contains(c));
        let form = if plain { Form::Decimal } else { Form::Array };
        return Some((form, format!("{numbers} numbers between brackets")));
    }
    let character = inside.is_some()
        && text.contains(',')
        && (text.contains("'\\") || text.contains("', '"))
        && !text.contains('"');
    character.then(|| (Form::Array, "characters between brackets".to_owned()))
}

fn string(text: &str) -> Guess {
    let starts = text.match_indices('\\').filter_map(|(at, _)| text.get(at..));
    let escapes = starts.take(4096).filter(|rest| escape(rest, true).is_some()).count();
    let what = if has_quotes(text) { "between quotes" } else { "and no quotes" };
    (escapes > 0).then(|| (Form::EscapedString, format!("{escapes} escapes with a backslash {what}")))
}

fn decimal(text: &str, shapes: &Shapes) -> Guess {
    let all = shapes.decimal == shapes.words && shapes.zeros == 0 && shapes.words > 1;
    let brackets = text.contains(['[', '{', '(']) || text.contains("<<");
    (all && (shapes.odd > 0 || brackets || text.contains('-') && text.contains(',')))
        .then(|| (Form::Decimal, format!("{} numbers of up to three digits", shapes.words)))
}

fn hex(shapes: &Shapes) -> Guess {
    let all = shapes.hex == shapes.words && shapes.words > 0;
    let reason = match (shapes.pairs == shapes.words, shapes.prefixed > 0) {
        (true, true) => format!("{} pairs of hex digits with 0x", shapes.words),
        (true, false) => format!("{} pairs of hex digits", shapes.words),
        _ => "nothing but hex digits".to_owned(),
    };
    all.then_some((Form::Hex, reason))
}

fn base64(sample: &str) -> Guess {
    let text = content(sample, true);
    let symbols: String = text.chars().filter(|c| !is_blank(*c) && !"\"';,".contains(*c)).collect();
    let wrong = symbols.chars().filter(|c| !c.is_ascii_alphanumeric() && !"+/-_=".contains(*c)).count();
    let prose = text.lines().any(|line| line.trim_matches(is_blank).contains(is_blank));
    let length = symbols.find('=').unwrap_or(symbols.len());
    (wrong * 16 <= symbols.len() && !prose && length >= 6 && (wrong > 0 || length % 4 != 1) && looks_binary(&symbols))
        .then(|| (Form::Base64, "letters, digits and two signs that decode to bytes".to_owned()))
}

/// A string without escapes.
fn quotes(text: &str) -> Guess {
    let trimmed = text.trim();
    let ends = trimmed.len() > 2 && trimmed.ends_with(['"', '\'']);
    let starts = ["\"", "'", "b\"", "b'", "B'", "E'"].iter().any(|start| trimmed.starts_with(start));
    (starts && ends).then(|| (Form::EscapedString, "text between quotes".to_owned()))
}

/// Mixed input: what is hex is read, and the rest is a problem.
fn mostly_hex(shapes: &Shapes) -> Guess {
    (shapes.words > 0 && shapes.pairs * 2 > shapes.words
        || (shapes.long > 0 && shapes.hex * 2 > shapes.words)
        || near_hex(shapes))
    .then(|| (Form::Hex, format!("{} of {} words are hex digits", shapes.hex, shapes.words)))
}

/// Words that begin with two pairs, or so few words that pairs among them are no prose.
fn near_hex(shapes: &Shapes) -> bool {
    shapes.leading > 1 || (shapes.words <= 4 && shapes.pairs > 0 && shapes.pairs * 2 >= shapes.words)
}
