//! What is written in a form is read back from it, byte by byte; and what is damaged or put around it breaks no promise.

use arbitrary::{Arbitrary, Unstructured};
use base64::prelude::{BASE64_STANDARD, Engine as _};
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

/// What one end says, and what it and the other have said before.
struct Said {
    end: Direction,
    bytes: Vec<u8>,
    nth: usize,
    before: usize,
    heard: usize,
}

type Writer = fn(&Said) -> String;

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

static WAYS: [Way; 27] = [
    way(Form::Hex, |said| hex(&said.bytes, " ") + "\n"),
    way(Form::Hex, |said| hex(&said.bytes, "") + "\n"),
    way(Form::Hex, |said| joined(&said.bytes, ", ", |byte| format!("0x{byte:02X}")) + "\n"),
    way(Form::Hex, |said| format!("<Buffer {}>\n", hex(&said.bytes, " "))),
    telling(Form::Hex, |said| format!("{}: {}\n", said.end.letter(), hex(&said.bytes, " "))),
    telling(Form::Hex, |said| format!("{}\n{}\n\n", said.by("client", "server"), hex(&said.bytes, ":"))),
    way(Form::ByteaHex, |said| format!("\\x{}\n", hex(&said.bytes, ""))),
    way(Form::Array, |said| {
        let list = joined(&said.bytes, ", ", |byte| format!("0x{byte:02x}"));
        format!("char p{}[{}] = {{{list}}};\n", said.nth, said.bytes.len())
    }),
    way(Form::Array, |said| {
        format!("new byte[] {{ {} }};\n", joined(&said.bytes, ", ", |byte| (*byte as i8).to_string()))
    }),
    way(Form::Decimal, |said| format!("[{}]\n", joined(&said.bytes, ", ", u8::to_string))),
    way(Form::Decimal, |said| format!("<<{}>>\n", joined(&said.bytes, ",", u8::to_string))),
    way(Form::EscapedString, |said| format!("b\"{}\"\n", escaped(&said.bytes, |byte| format!("\\x{byte:02x}")))),
    way(Form::EscapedString, |said| format!("\"{}\"\n", escaped(&said.bytes, |byte| format!("\\{byte:03o}")))),
    way(Form::EscapedString, |said| format!("\"{}\"\n", escaped(&said.bytes, |byte| format!("\\u00{byte:02x}")))),
    way(Form::Base64, |said| BASE64_STANDARD.encode(&said.bytes) + "\n\n"),
    way(Form::Xxd, |said| lines(&said.bytes, |at, line| format!("{at:08x}: {:<40}  {}", pairs(line), shown(line)))),
    way(Form::Hexdump, |said| {
        let body = lines(&said.bytes, |at, line| format!("{at:08x}  {:<48}  |{}|", hex(line, " "), shown(line)));
        format!("{body}{:08x}\n", said.bytes.len())
    }),
    way(Form::Od, |said| {
        let octal = |line: &[u8]| joined(line, " ", |byte| format!("{byte:03o}"));
        format!("{}{:07o}\n", lines(&said.bytes, |at, line| format!("{at:07o} {}", octal(line))), said.bytes.len())
    }),
    way(Form::WiresharkDump, |said| {
        lines(&said.bytes, |at, line| format!("{at:04x}  {:<48}  {}", hex(line, " "), shown(line))) + "\n"
    }),
    telling(Form::Tcpdump, packet),
    telling(Form::WiresharkFollow, |said| {
        let blanks = said.by("", "    ");
        lines(&said.bytes, |at, line| {
            format!("{blanks}{:08x}  {:<48}  {}", said.before + at, hex(line, " "), shown(line))
        })
    }),
    telling(Form::WiresharkFollow, |said| {
        let list = lines(&said.bytes, |_, line| joined(line, ", ", |byte| format!("0x{byte:02x}")) + ",");
        let list = list.trim_end().trim_end_matches(',');
        format!("char {}_{nth}[] = {{ /* Packet {nth} */\n{list} }};\n", said.by("peer0", "peer1"), nth = said.nth)
    }),
    telling(Form::Socat, |said| {
        let (arrow, length) = (said.by(">", "<"), said.bytes.len());
        let head = format!("{arrow} 2026/11/21 11:11:55.000358709  length={length} from=0 to={}", length - 1);
        format!("{head}\n {}\n", hex(&said.bytes, " "))
    }),
    telling(Form::Ngrep, |said| {
        let ends = said.by("127.0.0.1:40846 -> 127.0.0.1:5432", "127.0.0.1:5432 -> 127.0.0.1:40846");
        let body = lines(&said.bytes, |_, line| format!("  {:<50}    {}", hex(line, " "), shown(line)));
        format!("T {ends} [AP] #{}\n{body}\n", said.nth)
    }),
    telling(Form::Strace, |said| {
        let text = escaped(&said.bytes, |byte| format!("\\x{byte:02x}"));
        format!(
            "{}(3, \"{text}\", {length}, 0, NULL, NULL) = {length}\n",
            said.by("sendto", "recvfrom"),
            length = said.bytes.len()
        )
    }),
    telling(Form::Strace, |said| {
        let text = escaped(&said.bytes, |byte| format!("\\{byte:03o}"));
        let (call, length) = (said.by("write", "read"), said.bytes.len());
        format!("12:00:00.000001 {call}(3<socket:[7]>, \"{text}\", {length}) = {length} <0.000012>\n")
    }),
    telling(Form::Strace, |said| {
        let text = escaped(&said.bytes, |byte| format!("\\x{byte:02x}"));
        let (call, length) = (said.by("writev", "readv"), said.bytes.len());
        format!("{call}(3, [{{iov_base=\"{text}\", iov_len={length}}}], 1) = {length}\n")
    }),
];

impl Said {
    fn by<T>(&self, client: T, server: T) -> T {
        match self.end {
            Direction::Frontend => client,
            Direction::Backend => server,
        }
    }
}

/// A packet of `tcpdump -X`, with headers of IP and TCP.
fn packet(said: &Said) -> String {
    let (client, server) = (40846_u16.to_be_bytes(), 5432_u16.to_be_bytes());
    let (from, to) = said.by((client, server), (server, client));
    let mut packet = vec![0x45, 0];
    packet.extend((40 + said.bytes.len() as u16).to_be_bytes());
    packet.extend([0, 0, 0x40, 0, 64, 6, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
    packet.extend([from, to].concat());
    packet.extend((1 + said.before as u32).to_be_bytes());
    packet.extend((1 + said.heard as u32).to_be_bytes());
    packet.extend([0x50, 0x18, 2, 0, 0, 0, 0, 0]);
    packet.extend(&said.bytes);
    let ends = said.by("127.0.0.1.40846 > 127.0.0.1.5432", "127.0.0.1.5432 > 127.0.0.1.40846");
    let body = lines(&packet, |at, line| format!("\t0x{at:04x}:  {:<40} {}", pairs(line), shown(line)));
    format!("12:00:00.00000{} IP {ends}: Flags [P.], length {}\n{body}", said.nth, said.bytes.len())
}

/// Writes an exchange in a form, and reads it.
///
/// The bytes are those of a `Written`, as `arbitrary` makes them.
pub fn forms(input: &[u8]) {
    let Ok(written) = Written::arbitrary(&mut Unstructured::new(input)) else { return };
    let Some(way) = WAYS.get(usize::from(written.form) % WAYS.len()) else { return };
    let said = said(&written.pieces);
    let text: String = said.iter().map(way.write).collect();
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

fn assert_is_what_was_said(read: &Capture, way: &Way, said: &[Said], text: &str) {
    assert!(read.problems.is_empty(), "{:?} of\n{text}", read.problems);
    for direction in Direction::BOTH {
        let mut wanted: Vec<u8> = Vec::new();
        for said in said {
            if said.end == direction && way.tells_ends || direction == Direction::Frontend && !way.tells_ends {
                wanted.extend(&said.bytes);
            }
        }
        let found: Vec<u8> =
            read.exchanges.iter().flat_map(|exchange| exchange.stream(direction).bytes.iter().copied()).collect();
        assert_eq!(found, wanted, "the {} in {:?}:\n{text}", direction.name(), way.form);
    }
}

fn said(pieces: &[Piece]) -> Vec<Said> {
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
    let pieces = pieces.iter().take(MOST_PIECES).map(one).filter(|(_, bytes)| bytes.len() >= 5);
    let mut lengths = [0; 2];
    let number = |(nth, (end, bytes)): (usize, (Direction, Vec<u8>))| {
        let (before, heard) = (lengths[end.index()], lengths[end.other().index()]);
        lengths[end.index()] += bytes.len();
        Said { end, bytes, nth, before, heard }
    };
    pieces.enumerate().map(number).collect()
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
