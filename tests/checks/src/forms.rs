//! What is written in a form is read back from it, byte by byte; and what is damaged or put around it breaks no promise.

use arbitrary::{Arbitrary, Unstructured};
use pgscope_view::capture::{self, Capture, Form, Options};
use pgscope_view::proto::Direction;
use pgscope_view::proto::messages::ALL;

use crate::text::exchange_of;

/// How much is said, and done to the text.
const MOST_PIECES: usize = 8;
const MOST_CHANGES: usize = 4;
const LONGEST_PIECE: usize = 100;

/// An exchange, a form in which it is written, and what happens to the text.
#[derive(Arbitrary, Debug)]
struct Written {
    form: u8,
    /// Whether the form is told to the reader.
    is_told: bool,
    pieces: Vec<Piece>,
    changes: Vec<Change>,
}

#[derive(Arbitrary, Debug)]
enum Piece {
    /// The sample of a message, by its place in the table.
    Sample(u8),
    Bytes {
        is_backend: bool,
        bytes: Vec<u8>,
    },
}

/// A change of the text, at a place of it in 65,536ths.
#[derive(Arbitrary, Debug)]
enum Change {
    Cut(u16),
    Remove { at: u16, count: u8 },
    Repeat { at: u16, count: u8 },
    Put { at: u16, what: Put },
}

#[derive(Arbitrary, Debug)]
enum Put {
    Letter(char),
    Line,
    Mark(u8),
}

/// What stands around bytes where people keep them.
const MARKS: [&str; 20] = [
    "F: ",
    "B: ",
    "client:",
    "-> ",
    "<- ",
    "> ",
    "< ",
    "sent ",
    "received ",
    "2026-11-28 12:00:00.123 UTC [42] LOG: ",
    "# ",
    "// ",
    "/* ",
    " */",
    "```\n",
    "\"",
    "0x",
    "\\x",
    "(gdb) x/16xb buf\n",
    "…",
];

type Bytes<'a> = &'a [u8];
/// Writes what one end says; the number is that of the piece.
type Writer = fn(usize, Direction, Bytes<'_>) -> String;

/// A way to write an exchange: whether it says who speaks, and each piece.
struct Way {
    form: Form,
    tells_ends: bool,
    write: Writer,
}

const fn way(form: Form, write: Writer) -> Way {
    Way { form, tells_ends: false, write }
}

const fn telling(form: Form, write: Writer) -> Way {
    Way { form, tells_ends: true, write }
}

static WAYS: [Way; 25] = [
    way(Form::Hex, |_, _, bytes| hex(bytes, " ") + "\n"),
    way(Form::Hex, |_, _, bytes| hex(bytes, "") + "\n"),
    way(Form::Hex, |_, _, bytes| joined(bytes, ", ", |byte| format!("0x{byte:02X}")) + "\n"),
    way(Form::Hex, |_, _, bytes| format!("<Buffer {}>\n", hex(bytes, " "))),
    telling(Form::Hex, |_, end, bytes| format!("{}: {}\n", end.letter(), hex(bytes, " "))),
    telling(Form::Hex, |_, end, bytes| format!("{}\n{}\n\n", ["client", "server"][end.index()], hex(bytes, ":"))),
    way(Form::ByteaHex, |_, _, bytes| format!("\\x{}\n", hex(bytes, ""))),
    way(Form::Array, |nth, _, bytes| {
        format!("char p{nth}[{}] = {{{}}};\n", bytes.len(), joined(bytes, ", ", |byte| format!("0x{byte:02x}")))
    }),
    way(Form::Array, |_, _, bytes| {
        format!("new byte[] {{ {} }};\n", joined(bytes, ", ", |byte| (*byte as i8).to_string()))
    }),
    way(Form::Decimal, |_, _, bytes| format!("[{}]\n", joined(bytes, ", ", u8::to_string))),
    way(Form::Decimal, |_, _, bytes| format!("<<{}>>\n", joined(bytes, ",", u8::to_string))),
    way(Form::EscapedString, |_, _, bytes| format!("b\"{}\"\n", escaped(bytes, |byte| format!("\\x{byte:02x}")))),
    way(Form::EscapedString, |_, _, bytes| format!("\"{}\"\n", escaped(bytes, |byte| format!("\\{byte:03o}")))),
    way(Form::EscapedString, |_, _, bytes| format!("\"{}\"\n", escaped(bytes, |byte| format!("\\u00{byte:02x}")))),
    way(Form::Xxd, |_, _, bytes| lines(bytes, |at, line| format!("{at:08x}: {:<40}  {}", pairs(line), shown(line)))),
    way(Form::Hexdump, |_, _, bytes| {
        let body = lines(bytes, |at, line| format!("{at:08x}  {:<48}  |{}|", hex(line, " "), shown(line)));
        format!("{body}{:08x}\n", bytes.len())
    }),
    way(Form::Od, |_, _, bytes| {
        let body = lines(bytes, |at, line| format!("{at:07o} {}", joined(line, " ", |byte| format!("{byte:03o}"))));
        format!("{body}{:07o}\n", bytes.len())
    }),
    way(Form::WiresharkDump, |_, _, bytes| {
        lines(bytes, |at, line| format!("{at:04x}  {:<48}  {}", hex(line, " "), shown(line))) + "\n"
    }),
    telling(Form::WiresharkFollow, |_, end, bytes| {
        let blanks = ["", "    "][end.index()];
        lines(bytes, |at, line| format!("{blanks}{at:08x}  {:<48}  {}", hex(line, " "), shown(line)))
    }),
    telling(Form::WiresharkFollow, |nth, end, bytes| {
        let list = lines(bytes, |_, line| joined(line, ", ", |byte| format!("0x{byte:02x}")) + ",");
        format!(
            "char peer{}_{nth}[] = {{ /* Packet {nth} */\n{} }};\n",
            end.index(),
            list.trim_end().trim_end_matches(',')
        )
    }),
    telling(Form::Socat, |_, end, bytes| {
        let length = bytes.len();
        let arrow = [">", "<"][end.index()];
        format!(
            "{arrow} 2026/11/21 11:11:55.000358709  length={length} from=0 to={}\n {}\n",
            length - 1,
            hex(bytes, " ")
        )
    }),
    telling(Form::Ngrep, |nth, end, bytes| {
        let ends = ["127.0.0.1:40846 -> 127.0.0.1:5432", "127.0.0.1:5432 -> 127.0.0.1:40846"][end.index()];
        format!(
            "T {ends} [AP] #{nth}\n{}\n",
            lines(bytes, |_, line| format!("  {:<50}    {}", hex(line, " "), shown(line)))
        )
    }),
    telling(Form::Strace, |_, end, bytes| {
        let call = ["sendto", "recvfrom"][end.index()];
        let text = escaped(bytes, |byte| format!("\\x{byte:02x}"));
        format!("{call}(3, \"{text}\", {0}, 0, NULL, NULL) = {0}\n", bytes.len())
    }),
    telling(Form::Strace, |_, end, bytes| {
        let call = ["write", "read"][end.index()];
        let text = escaped(bytes, |byte| format!("\\{byte:03o}"));
        format!("12:00:00.000001 {call}(3<socket:[7]>, \"{text}\", {0}) = {0} <0.000012>\n", bytes.len())
    }),
    telling(Form::Tagged, |_, end, bytes| {
        let arrow = ["F", "B"][end.index()];
        format!("{arrow}: {}\n", hex(bytes, " "))
    }),
];

/// Writes an exchange in a form, and reads it.
///
/// The bytes are those of a [`Written`], as `arbitrary` makes them.
pub fn forms(input: &[u8]) {
    let Ok(written) = Written::arbitrary(&mut Unstructured::new(input)) else { return };
    let Some(way) = WAYS.get(usize::from(written.form) % WAYS.len()) else { return };
    let said = said(&written.pieces);
    let text: String = said.iter().enumerate().map(|(nth, (end, bytes))| (way.write)(nth, *end, bytes)).collect();
    let changed = written.changes.iter().take(MOST_CHANGES).fold(text.clone(), |text, change| change.made(text));
    let form = written.is_told.then_some(way.form);
    let direction = (!way.tells_ends).then_some(Direction::Frontend);
    let read = capture::read_text(&changed, &Options { form, direction, ..Options::default() });
    if changed == text && written.is_told && !said.is_empty() {
        assert_is_what_was_said(&read, way, &said, &text);
    }
    for exchange in read.exchanges {
        exchange_of(exchange, changed.len());
    }
}

fn assert_is_what_was_said(read: &Capture, way: &Way, said: &[(Direction, Vec<u8>)], text: &str) {
    assert!(read.problems.is_empty(), "{:?} of\n{text}", read.problems);
    for direction in Direction::BOTH {
        let mut wanted = Vec::new();
        for (end, bytes) in said {
            if !way.tells_ends && direction == Direction::Frontend || way.tells_ends && *end == direction {
                wanted.extend(bytes);
            }
        }
        let found: Vec<u8> =
            read.exchanges.iter().flat_map(|exchange| exchange.stream(direction).bytes.iter().copied()).collect();
        assert_eq!(found, wanted, "the {} in {:?}:\n{text}", direction.name(), way.form);
    }
}

fn said(pieces: &[Piece]) -> Vec<(Direction, Vec<u8>)> {
    let one = |piece: &Piece| match piece {
        Piece::Sample(choice) => {
            let message = ALL[usize::from(*choice) % ALL.len()];
            let end = if message.sender.allows(Direction::Backend) { Direction::Backend } else { Direction::Frontend };
            (end, message.sample.to_vec())
        }
        Piece::Bytes { is_backend, bytes } => {
            let end = crate::direction(u8::from(*is_backend));
            (end, bytes.iter().copied().take(LONGEST_PIECE).collect())
        }
    };
    // What is shorter is no message, and could be a word or a number.
    pieces.iter().take(MOST_PIECES).map(one).filter(|(_, bytes)| bytes.len() >= 5).collect()
}

impl Change {
    fn made(&self, text: String) -> String {
        let place = |at: u16| text.floor_char_boundary(usize::from(at) * text.len() / 0x1_0000);
        let run = |at: u16, count: u8| place(at)..text.floor_char_boundary(place(at) + usize::from(count));
        match self {
            Change::Cut(at) => text[..place(*at)].to_owned(),
            Change::Remove { at, count } => {
                let run = run(*at, *count);
                format!("{}{}", &text[..run.start], &text[run.end..])
            }
            Change::Repeat { at, count } => {
                let run = run(*at, *count);
                format!("{}{}{}", &text[..run.end], &text[run.clone()], &text[run.end..])
            }
            Change::Put { at, what } => {
                let (before, behind) = text.split_at(place(*at));
                let put = match what {
                    Put::Letter(letter) => letter.to_string(),
                    Put::Line => "\n".to_owned(),
                    Put::Mark(mark) => MARKS[usize::from(*mark) % MARKS.len()].to_owned(),
                };
                format!("{before}{put}{behind}")
            }
        }
    }
}

fn joined(bytes: &[u8], separator: &str, write: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(write).collect::<Vec<_>>().join(separator)
}

fn hex(bytes: &[u8], separator: &str) -> String {
    joined(bytes, separator, |byte| format!("{byte:02x}"))
}

fn pairs(bytes: &[u8]) -> String {
    bytes.chunks(2).map(|pair| hex(pair, "")).collect::<Vec<_>>().join(" ")
}

fn shown(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect()
}

fn escaped(bytes: &[u8], write: impl Fn(u8) -> String) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit();
    bytes.iter().map(|byte| if plain(byte) { char::from(*byte).to_string() } else { write(*byte) }).collect()
}

fn lines(bytes: &[u8], write: impl Fn(usize, &[u8]) -> String) -> String {
    bytes.chunks(16).enumerate().map(|(nth, line)| write(nth * 16, line) + "\n").collect()
}
