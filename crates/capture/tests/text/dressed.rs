//! What terminals, pages, debuggers, boxes and people put around bytes, and other ways to spell them: each gives the bytes that were meant, of who
//! can have sent them.

use pgscope_capture::{Options, read_text};
use pgscope_proto::{Direction, Sides};

/// A query, an answer with rows, and a packet that begins a connection.
const QUERY: &[u8] = b"Q\0\0\0\x1fSELECT id, name FROM fruit\0";
const ANSWER: &[u8] = b"T\0\0\0\x32\0\x02id\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0name\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0D\0\0\0\x13\0\x02\0\0\0\x0242\0\0\0\x03figC\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";
const START: &[u8] = b"\0\0\0\x21\0\x03\0\0user\0bob1\0database\0shop\0\0";

type Printer = fn(&[u8]) -> String;

fn spaced(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect()
}

/// Rows of so many bytes.
fn rows(bytes: &[u8], many: usize, row: impl Fn(usize, &[u8]) -> String) -> String {
    bytes.chunks(many).enumerate().map(|(nth, part)| row(nth, part) + "\n").collect()
}

fn canonical(bytes: &[u8]) -> String {
    let row = |nth: usize, part: &[u8]| {
        let (left, right) = part.split_at(part.len().min(8));
        format!("{:08x}  {:<49} |{}|", nth * 16, format!("{}  {}", spaced(left), spaced(right)), letters(part))
    };
    rows(bytes, 16, row) + &format!("{:08x}\n", bytes.len())
}

fn remarked(bytes: &[u8], sign: &str) -> String {
    const SAID: [&str; 5] = ["the length", "what it is", "a field", "more", "and so on"];
    rows(bytes, 6, |nth, part| format!("{}   {sign}{}", spaced(part), SAID[nth % SAID.len()]))
}

fn coloured(text: &str) -> String {
    text.split(' ')
        .map(|word| if word.len() == 2 { format!("\u{1b}[32m{word}\u{1b}[0m") } else { word.to_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// A string with escapes of a language: what stands for a byte that is no letter, by what follows.
fn string(bytes: &[u8], quote: char, escape: impl Fn(u8, bool) -> String) -> String {
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let letter = |(at, byte): (usize, &u8)| match *byte {
        byte if (b' '..=b'~').contains(&byte) && byte != b'\\' && char::from(byte) != quote => {
            char::from(byte).to_string()
        }
        byte => escape(byte, is_digit(at + 1)),
    };
    format!("{quote}{}{quote}", bytes.iter().enumerate().map(letter).collect::<String>())
}

fn haskell(byte: u8, is_before_digit: bool) -> String {
    const NAMES: [&str; 32] = [
        "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "a", "b", "t", "n", "v", "f", "r", "SO", "SI", "DLE", "DC1",
        "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
    ];
    match NAMES.get(usize::from(byte)) {
        Some(name) => format!("\\{name}"),
        None if is_before_digit => format!("\\{byte}\\&"),
        None => format!("\\{byte}"),
    }
}

/// Ten equal bytes and more as gdb prints them.
fn repeated(bytes: &[u8], print: impl Fn(u8) -> String) -> String {
    let runs = bytes.chunk_by(|one, two| one == two);
    let element = |run: &[u8]| match run.len() {
        10.. => vec![format!("{} <repeats {} times>", print(run[0]), run.len())],
        _ => run.iter().map(|byte| print(*byte)).collect(),
    };
    runs.flat_map(element).collect::<Vec<_>>().join(", ")
}

fn symbols(bytes: &[u8]) -> String {
    rows(bytes, 8, |nth, part| {
        let values: Vec<String> = part.iter().map(|byte| format!("0x{byte:02x}")).collect();
        let symbol = if nth == 0 { "<buf>".to_owned() } else { format!("<buf+{}>", nth * 8) };
        format!("0x{:x} {symbol}:\t{}", 0x7ffe_1000 + nth * 8, values.join("\t"))
    })
}

fn windbg(bytes: &[u8]) -> String {
    rows(bytes, 16, |nth, part| {
        let (left, right) = part.split_at(part.len().min(8));
        let both = if right.is_empty() { spaced(left) } else { format!("{}-{}", spaced(left), spaced(right)) };
        format!("000001f4`{:08x}  {both:<47}  {}", 0x1_f4a0 + nth * 16, letters(part))
    })
}

fn hexyl(bytes: &[u8]) -> String {
    let sign = |byte: &u8| match *byte {
        0 => '⋄',
        byte @ b' '..=b'~' => char::from(byte),
        byte if byte.is_ascii() => '•',
        _ => '×',
    };
    let row = |nth: usize, part: &[u8]| {
        let (left, right) = part.split_at(part.len().min(8));
        let shown = |part: &[u8]| part.iter().map(sign).collect::<String>();
        format!(
            "│{:08x}│ {:<23} ┊ {:<23} │{:<8}┊{:<8}│",
            nth * 16,
            spaced(left),
            spaced(right),
            shown(left),
            shown(right)
        )
    };
    format!("┌{0}┐\n{1}└{0}┘\n", "─".repeat(78), rows(bytes, 16, row))
}

fn listed(bytes: &[u8], separator: &str) -> String {
    bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(separator)
}

const PRINTED: [Printer; 33] = [
    |bytes| coloured(&(spaced(bytes) + "\n")),
    |bytes| coloured(&canonical(bytes)),
    |bytes| format!("<pre>{}</pre>", canonical(bytes).replace('<', "&lt;").replace('>', "&gt;")),
    |bytes| format!("<p><code>{}</code></p>\n", spaced(bytes).replace(' ', "&nbsp;")),
    |bytes| canonical(bytes).replace('\n', "<br>\n"),
    |bytes| format!("&lt;Buffer {}&gt;\n", spaced(bytes)),
    |bytes| hexyl(bytes),
    |bytes| symbols(bytes),
    |bytes| format!("(gdb) x/64xb buf\n{}", symbols(bytes)),
    |bytes| windbg(bytes),
    |bytes| format!("0:000> db 0x1f4`0001f4a0\n{}", windbg(bytes)),
    |bytes| remarked(bytes, "// "),
    |bytes| remarked(bytes, "# "),
    |bytes| remarked(bytes, "; "),
    |bytes| remarked(bytes, "-- "),
    |bytes| remarked(bytes, "<- "),
    |bytes| remarked(bytes, ""),
    |bytes| format!("data:\n  - {}\n", listed(bytes, "\n  - ")),
    |bytes| format!(">>> print(data.hex(' '))\n{}\n", spaced(bytes)),
    |bytes| format!("> data.toString('hex')\n'{}'\n", spaced(bytes).replace(' ', "")),
    |bytes| format!("{{length = {}, bytes = 0x{}}}\n", bytes.len(), spaced(bytes).replace(' ', "")),
    |bytes| format!("$1 = {{{}}}\n", repeated(bytes, |byte| format!("0x{byte:x}"))),
    |bytes| format!("(gdb) p buf\n$2 = {{{}}}\n", repeated(bytes, |byte| byte.to_string())),
    |bytes| string(bytes, '"', haskell) + "\n",
    |bytes| format!("ghci> recv sock 4096\n{}\n", string(bytes, '"', haskell)),
    |bytes| string(bytes, '\'', |byte, _| format!("\\{byte:03}")) + "\n",
    |bytes| {
        string(
            bytes,
            '"',
            |byte, is_before_digit| if is_before_digit { format!("\\{byte:03}") } else { format!("\\{byte}") },
        ) + "\n"
    },
    |bytes| bytes.iter().map(|byte| format!("{byte:x}")).collect::<Vec<_>>().join(" "),
    |bytes| bytes.iter().map(|byte| format!("{byte:X}")).collect::<Vec<_>>().join(","),
    |bytes| bytes.iter().map(|byte| format!("{byte:08b}")).collect::<Vec<_>>().join(" "),
    |bytes| {
        let letter = |byte: &u8| {
            if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("%{byte:02X}") }
        };
        bytes.iter().map(letter).collect()
    },
    |bytes| {
        let part = |part: &[u8]| format!("    b{},\n", string(part, '\'', |byte, _| format!("\\x{byte:02x}")));
        format!("data = b''.join([\n{}])\n", bytes.chunks(12).map(part).collect::<String>())
    },
    |bytes| {
        format!(
            "user=> (seq buf)\n({})\n",
            bytes.iter().map(|byte| (*byte as i8).to_string()).collect::<Vec<_>>().join(" ")
        )
    },
];

#[test]
fn bytes_are_read_whatever_stands_around_them() {
    let mut wrong = Vec::new();
    for (nth, print) in PRINTED.iter().enumerate() {
        for (bytes, side) in [(QUERY, Direction::Frontend), (ANSWER, Direction::Backend), (START, Direction::Frontend)]
        {
            let text = print(bytes);
            let capture = pgscope_capture::read(text.as_bytes(), &Options::default());
            let exchange = capture.exchanges.first();
            let read: Vec<&[u8]> = exchange
                .map(|exchange| Direction::BOTH.map(|side| &*exchange.stream(side).bytes).to_vec())
                .unwrap_or_default();
            // Where nobody says who sent them, whoever reads them finds out.
            let is_own = exchange
                .is_some_and(|exchange| exchange.sides != Sides::Given || exchange.stream(side.other()).is_empty());
            if read.concat() != bytes || !is_own {
                wrong.push(format!("{nth} {side:?} {}:\n{text}\n{read:02x?}", capture.reason));
            }
        }
    }
    assert!(wrong.is_empty(), "{} are read wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is left out has its place all the same: each byte stands where it stands in what was brought.
#[test]
fn each_byte_stands_where_it_was() {
    for print in [PRINTED[0], PRINTED[1], PRINTED[3], PRINTED[7], PRINTED[11], PRINTED[27]] {
        let text = print(QUERY);
        let capture = pgscope_capture::read(text.as_bytes(), &Options::default());
        let stream = capture.exchanges[0].streams.iter().find(|stream| !stream.is_empty()).expect("bytes");
        for (at, byte) in QUERY.iter().enumerate() {
            let place = stream.map.source(at).expect("a place");
            let written = text.get(place.start..place.end).expect("whole letters");
            let digits = written.trim_start_matches("0x");
            assert_eq!(u8::from_str_radix(digits, 16).ok(), Some(*byte), "{written} in {text}");
        }
    }
}

/// A sign in front of bytes that only the other end says is no end.
#[test]
fn a_sign_that_names_the_wrong_end_is_none() {
    for (before, bytes, behind) in [
        ("=> ", ANSWER, ""),
        ("debug(pg): recv { ", ANSWER, " }"),
        ("info(pg): ", QUERY, ""),
        ("buf ==> byte[91] { ", ANSWER, " }"),
    ] {
        let listed = listed(bytes, ", ");
        let capture = read_text(&format!("{before}{listed}{behind}\n"), &Options::default());
        assert_eq!(capture.exchanges[0].sides, Sides::Unknown, "{before}");
    }
    // Who is named in full is believed.
    let capture = read_text(&format!("server: {}\n", spaced(QUERY)), &Options::default());
    assert_eq!(capture.exchanges[0].stream(Direction::Backend).bytes, QUERY);
    let capture = read_text(&format!("B: {}\n", spaced(QUERY)), &Options::default());
    assert_eq!(capture.exchanges[0].stream(Direction::Backend).bytes, QUERY);
}
