//! What holds for every input: nothing panics, and what a printer writes is read back, byte by byte.

use pgscope_capture::{Capture, Form, Options, Reading, read, read_text};
use pgscope_proto::Direction;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

type Printer = fn(&[u8]) -> String;

fn joined(bytes: &[u8], separator: &str, print: impl Fn(&u8) -> String) -> String {
    bytes.iter().map(print).collect::<Vec<_>>().join(separator)
}

fn shown(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' }).collect()
}

fn escaped(bytes: &[u8], print: impl Fn(u8) -> String) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphabetic() && !byte.is_ascii_hexdigit();
    bytes.iter().map(|byte| if plain(byte) { char::from(*byte).to_string() } else { print(*byte) }).collect()
}

fn lines(bytes: &[u8], print: impl Fn(usize, &[u8]) -> String) -> String {
    bytes.chunks(16).enumerate().map(|(nth, line)| print(nth * 16, line) + "\n").collect()
}

fn hex_line(bytes: &[u8]) -> String {
    joined(bytes, " ", |byte| format!("{byte:02x}"))
}

/// Two-byte words as `hexdump` prints them, the last one filled with zero, and the length at the end.
fn words(bytes: &[u8]) -> String {
    let line = |at: usize, line: &[u8]| {
        let words = line.chunks(2).map(|pair| format!("{:02x}{:02x}", pair.get(1).unwrap_or(&0), pair[0]));
        format!("{at:07x} {}", words.collect::<Vec<_>>().join(" "))
    };
    format!("{}{:07x}\n", lines(bytes, line), bytes.len())
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_STANDARD.encode(bytes)
}

/// For each form, ways to write it. The source of each byte reads as that byte again, but where bits of two share a
/// character or a word.
const PRINTERS: [(Form, bool, Printer); 23] = [
    (Form::Hex, true, |bytes| hex_line(bytes)),
    (Form::Hex, true, |bytes| joined(bytes, "", |byte| format!("{byte:02X}"))),
    (Form::Hex, true, |bytes| joined(bytes, "-", |byte| format!("{byte:02x}"))),
    (Form::Hex, true, |bytes| joined(bytes, ", ", |byte| format!("0x{byte:02x}"))),
    (Form::Hex, true, |bytes| joined(bytes, "\r\n", |byte| format!("{byte:02x}"))),
    (Form::ByteaHex, true, |bytes| format!("'\\x{}'", joined(bytes, "", |byte| format!("{byte:02x}")))),
    (Form::Array, true, |bytes| {
        format!("char p[{}] = {{{}}};", bytes.len(), joined(bytes, ",", |byte| format!("0x{byte:02x}")))
    }),
    (Form::Array, true, |bytes| format!("new byte[] {{ {} }}", joined(bytes, ", ", |byte| (*byte as i8).to_string()))),
    (Form::Decimal, true, |bytes| format!("[{}]", joined(bytes, ", ", u8::to_string))),
    (Form::Decimal, true, |bytes| joined(bytes, " ", u8::to_string)),
    (Form::EscapedString, true, |bytes| format!("b\"{}\"", escaped(bytes, |byte| format!("\\x{byte:02x}")))),
    (Form::EscapedString, true, |bytes| format!("\"{}\"", escaped(bytes, |byte| format!("\\{byte:03o}")))),
    (Form::EscapedString, true, |bytes| format!("'{}'", escaped(bytes, |byte| format!("\\u00{byte:02x}")))),
    (Form::Base64, false, |bytes| base64(bytes)),
    (Form::Base64, false, |bytes| base64(bytes).as_bytes().chunks(8).map(|line| shown(line) + "\n").collect()),
    (Form::Xxd, true, |bytes| lines(bytes, |at, line| format!("{at:08x}: {:<48} {}", hex_line(line), shown(line)))),
    (Form::Hexdump, true, |bytes| {
        let body = lines(bytes, |at, line| format!("{at:08x}  {:<48}  |{}|", hex_line(line), shown(line)));
        format!("{body}{:08x}\n", bytes.len())
    }),
    (Form::Hexdump, true, words),
    (Form::Od, true, |bytes| {
        let body = lines(bytes, |at, line| format!("{at:07o} {}", joined(line, " ", |byte| format!("{byte:03o}"))));
        format!("{body}{:07o}\n", bytes.len())
    }),
    (Form::WiresharkDump, true, |bytes| {
        lines(bytes, |at, line| format!("{at:04x}  {:<48}  {}", hex_line(line), shown(line)))
    }),
    (Form::Socat, true, |bytes| {
        format!("> 2026/11/21 11:11:55.000358709  length={0} from=0 to={0}\n {1}\n", bytes.len(), hex_line(bytes))
    }),
    (Form::Strace, true, |bytes| {
        format!("write(3, \"{}\", {1}) = {1}\n", escaped(bytes, |byte| format!("\\x{byte:02x}")), bytes.len())
    }),
    (Form::Ngrep, true, |bytes| {
        let body = lines(bytes, |_, line| format!("  {:<50}    {}", hex_line(line), shown(line)));
        format!("T 127.0.0.1:40846 -> 127.0.0.1:5432 [AP] #4\n{body}")
    }),
];

fn as_form(text: &str, form: Form) -> Capture {
    read_text(text, &Options { form: Some(form), direction: Some(Direction::Frontend), ..Options::default() })
}

/// Reads in slices, each of which goes on.
fn in_slices(text: &str, options: &Options, slice: usize) -> Capture {
    let mut reading = Reading::begin(text, options).expect("a form");
    let mut reached = 0;
    while reading.more(text, slice) {
        assert!(reading.reached() > reached, "each slice goes on");
        reached = reading.reached();
    }
    reading.finish(text)
}

fn bytes_of(capture: &Capture) -> Vec<u8> {
    capture.exchanges.first().map(|exchange| exchange.streams[0].bytes.clone()).unwrap_or_default()
}

/// The form in which the source of one byte is read again.
fn alone(form: Form, source: &str) -> Form {
    match form {
        Form::Xxd | Form::Hexdump | Form::WiresharkDump | Form::Socat | Form::Ngrep | Form::ByteaHex => Form::Hex,
        Form::Strace => Form::EscapedString,
        Form::Od => {
            assert_eq!(source.len(), 3);
            Form::EscapedString
        }
        other => other,
    }
}

fn each_source_is_its_byte(text: &str, form: Form, capture: &Capture) {
    for exchange in &capture.exchanges {
        let stream = exchange.stream(Direction::Frontend);
        for (at, byte) in stream.bytes.iter().enumerate() {
            let span = stream.map.source(at).unwrap();
            let source = &text[span.start..span.end];
            let again = if form == Form::Od { format!("\\{source}") } else { source.to_owned() };
            assert_eq!(bytes_of(&as_form(&again, alone(form, source))), [*byte], "{form:?} {source:?}");
        }
    }
}

/// Marks of direction and a form given by a person must not change what is invariant.
fn holds(text: &str, capture: &Capture) {
    for problem in &capture.problems {
        assert!(problem.span.start <= problem.span.end && problem.span.start <= text.len(), "{problem:?}");
        assert!(problem.line >= 1 && problem.column >= 1 && !problem.met.is_empty() && !problem.expected.is_empty());
    }
    assert!(capture.problems.len() <= 101);
    for stream in capture.exchanges.iter().flat_map(|exchange| &exchange.streams) {
        assert_eq!(stream.map.len(), stream.len());
        for at in (0..stream.len()).take(200) {
            let span = stream.map.source(at).unwrap();
            assert!(span.end <= text.len() && text.get(span.start..span.end).is_some(), "{span:?}");
        }
    }
}

fn check_all_forms(text: &str) {
    holds(text, &crate::plain(text));
    for form in Form::ALL.into_iter().filter(|form| *form != Form::Raw) {
        holds(text, &as_form(text, form));
    }
}

/// Texts to be mutated: all that the printers write for one message.
fn samples() -> Vec<String> {
    let message = b"\0\0\0\x08\x04\xd2\x16/Q\0\0\0\x0dSELECT 1\0 abcd\xff\xfe..";
    PRINTERS.iter().map(|(_, _, print)| print(message)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_is_read(bytes in proptest::collection::vec(any::<u8>(), 3..80)) {
        // In which order a word has its two bytes is told by the messages that they are.
        let message = [b"d", (bytes.len() as u32 + 4).to_be_bytes().as_slice(), &bytes].concat();
        for (form, exact, print) in PRINTERS {
            let bytes = if form == Form::Hexdump { &message } else { &bytes };
            let text = print(bytes);
            let capture = as_form(&text, form);
            prop_assert_eq!(&bytes_of(&capture), bytes, "{:?}\n{}", form, text);
            prop_assert!(capture.problems.is_empty(), "{:?}\n{}\n{:?}", form, text, capture.problems);
            holds(&text, &capture);
            if exact {
                each_source_is_its_byte(&text, form, &capture);
            }
        }
    }

    #[test]
    fn messages_are_recognised_in_each_form(query in "[ -~]{3,60}") {
        let length = (query.len() as u32 + 5).to_be_bytes();
        let bytes = [b"Q", length.as_slice(), query.as_bytes(), b"\0"].concat();
        for (form, _, print) in PRINTERS {
            let text = print(&bytes);
            let capture = crate::plain(&text);
            // A list of numbers with 0x is hex and an array at once.
            let kin = [form, capture.form].iter().all(|form| matches!(form, Form::Hex | Form::Array));
            prop_assert!(capture.form == form || kin, "{:?}: {}\n{}", form, capture.reason, text);
            prop_assert_eq!(&bytes_of(&capture), &bytes, "{:?}\n{}", form, text);
        }
    }

    #[test]
    fn slices_read_what_one_pass_reads(
        bytes in proptest::collection::vec(any::<u8>(), 3..200),
        slice in 1usize..200,
        mixed in any::<bool>(),
    ) {
        for (form, _, print) in PRINTERS {
            let text = print(&bytes);
            let text = if mixed { format!("# client\n{text}\n\n// server\n{text}") } else { text };
            let options = Options { form: Some(form), ..Options::default() };
            prop_assert_eq!(in_slices(&text, &options, slice), read_text(&text, &options), "{}", text);
        }
    }

    #[test]
    fn plain_hex_is_what_the_reader_of_all_forms_makes_of_it(
        text in "(([0-9a-fA-F]{2}| |\n|F:|B: ){0,4}( [0-9a-fA-F]{2}| |\nF: |\nB:|\n ){0,30})[:,x#9]?",
    ) {
        let options = Options { direction: Some(Direction::Backend), ..Options::default() };
        for options in [Options::default(), options] {
            let plain = pgscope_capture::plain(&text, &options);
            prop_assert!(plain.is_none_or(|plain| plain == pgscope_capture::read_text(&text, &options)), "{}", text);
        }
    }

    #[test]
    fn nothing_panics_on_any_text(text in "\\PC{0,200}") {
        check_all_forms(&text);
    }

    #[test]
    fn nothing_panics_on_text_that_is_nearly_right(
        text in r#"([0-9a-f]{2}|0x|[FB<>]|[:,\[{(}\])"'|\\ \n\t*-]|000|=|\.\.\.|write\(3, "|0000 |00000000: |IP | > |é){0,60}"#,
    ) {
        check_all_forms(&text);
    }

    #[test]
    fn nothing_panics_on_changed_samples(nth in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), put in "\\PC{0,3}") {
        let samples = samples();
        let text = nth.get(&samples);
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let at = *at.get(&places);
        let after = text[at..].chars().next().map_or(at, |c| at + c.len_utf8());
        check_all_forms(&format!("{}{put}{}", &text[..at], &text[after..]));
        check_all_forms(&text[..at]);
    }

    #[test]
    fn nothing_panics_on_any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let capture = read(&bytes, &Options::default());
        prop_assert!(capture.problems.len() <= 101);
    }
}

/// What people write around bytes: sentences, with addresses, dates, ports, times, pointers and ids in them.
fn talk() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => prop::sample::select(vec![
            "then", "this", "hangs", "after", "while", "version", "nothing", "happens", "again", "with", "pid", "and", "port",
            "added", "decade", "face", "bad", "see", "below", "it", "is",
        ]).prop_map(str::to_owned),
        1 => any::<u16>().prop_map(|number| number.to_string()),
        1 => any::<u64>().prop_map(|number| format!("0x{:012x}", number >> 16)),
        1 => any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}:5432")),
        1 => (0..28u8, 0..24u8, 0..60u8).prop_map(|(d, h, m)| format!("2026-11-{:02} {h:02}:{m:02}:07.123", d + 1)),
        1 => any::<[u8; 6]>().prop_map(|mac| format!("a{:01x}:{}", mac[0] & 15, joined(&mac[1..], ":", |byte| format!("{byte:02x}")))),
        1 => any::<u128>().prop_map(|id| {
            let id = format!("{id:032x}");
            format!("a{}-{}-{}-{}-{}", &id[1..8], &id[8..12], &id[12..16], &id[16..20], &id[20..])
        }),
    ];
    proptest::collection::vec(word, 2..9).prop_map(|words| format!("Well, {}.", words.join(" ")))
}

fn query(text: &str) -> Vec<u8> {
    let length = (text.len() as u32 + 5).to_be_bytes();
    [b"Q", length.as_slice(), text.as_bytes(), b"\0"].concat()
}

/// Ways in which somebody pastes one block of bytes into a letter.
const PASTED: [Printer; 7] = [
    |bytes| lines(bytes, |_, line| hex_line(line)),
    |bytes| lines(bytes, |at, line| format!("{at:08x}: {:<48} {}", hex_line(line), shown(line))),
    |bytes| lines(bytes, |at, line| format!("{at:08x}  {:<48}  |{}|", hex_line(line), shown(line))),
    |bytes| format!("b\"{}\"\n", escaped(bytes, |byte| format!("\\x{byte:02x}"))),
    |bytes| format!("[{}]\n", joined(bytes, ", ", u8::to_string)),
    |bytes| format!("<Buffer {}>\n", hex_line(bytes)),
    |bytes| format!("[]byte{{{}}}\n", joined(bytes, ", ", |byte| format!("0x{byte:x}"))),
];

/// Dumps with offsets, from any first one on.
const OFFSETS: [fn(&[u8], usize) -> String; 6] = [
    |bytes, first| lines(bytes, |at, line| format!("{:08x}: {:<48} {}", first + at, hex_line(line), shown(line))),
    |bytes, first| lines(bytes, |at, line| format!("{:08x}  {:<48}  |{}|", first + at, hex_line(line), shown(line))),
    |bytes, first| lines(bytes, |at, line| format!("{:08X}  {:<48}  {}", first + at, hex_line(line), shown(line))),
    |bytes, first| lines(bytes, |at, line| format!("{:07o} {}", first + at, hex_line(line))),
    |bytes, first| lines(bytes, |at, line| format!("|{:08x}| {:<48}|{}|", first + at, hex_line(line), shown(line))),
    |bytes, first| {
        lines(bytes, |at, line| format!("  {:04X}: {:<48} {}", (first + at) & 0xffff, hex_line(line), shown(line)))
    },
];

/// What is guessed is tried from a seed that is the same unless `PGSCOPE_WALK_SEED` says another.
fn seed() -> RngSeed {
    let given = std::env::var("PGSCOPE_WALK_SEED").ok().and_then(|seed| seed.parse().ok());
    RngSeed::Fixed(given.unwrap_or(2026))
}

/// What a dump shows of its bytes beside them may look like anything: here like types, lengths, names and quotes.
#[test]
fn the_text_beside_a_dump_is_no_form() {
    const PIECES: &[&str] =
        &["P 3 \"", "c 0'", "type=R ", "\\x5a", "00 ", "0x51", "F 9 ", "b'", "\\0", "[81,", "write(3, \"", "Q: "];
    for seed in 0..40 {
        let piece = |nth: usize| PIECES[(seed * 7 + nth * nth + nth * 5) % PIECES.len()];
        let bytes: Vec<u8> = (0..60).flat_map(|nth| query(&(nth..nth + 4).map(piece).collect::<String>())).collect();
        for print in OFFSETS {
            let text = print(&bytes, 0);
            let capture = crate::plain(&text);
            assert!(bytes_of(&capture) == bytes, "{}\n{}", capture.reason, &text[..400]);
        }
        for print in PASTED {
            let text = print(&bytes);
            let capture = crate::plain(&text);
            assert!(bytes_of(&capture) == bytes, "{}\n{}", capture.reason, &text[..400]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, rng_seed: seed(), ..ProptestConfig::default() })]

    #[test]
    fn prose_around_bytes_changes_none_of_them_and_is_not_complained_of(
        text in "[ -~]{3,60}", before in proptest::collection::vec(talk(), 1..4), behind in proptest::collection::vec(talk(), 0..4),
    ) {
        let bytes = query(&text);
        for print in PASTED {
            let text = format!("{}\n\n{}\n{}\n", before.join("\n"), print(&bytes), behind.join("\n"));
            let capture = crate::plain(&text);
            prop_assert_eq!(&bytes_of(&capture), &bytes, "{}\n{}", capture.reason, text);
            prop_assert!(capture.problems.is_empty(), "{:?}\n{}", capture.problems, text);
        }
    }

    #[test]
    fn no_digit_of_prose_is_a_byte(lines in proptest::collection::vec(talk(), 1..12)) {
        let text = lines.join("\n");
        let capture = crate::plain(&text);
        prop_assert!(capture.exchanges.is_empty(), "{}: {}\n{}", capture.reason, crate::hex(&capture), text);
        prop_assert!(capture.problems.len() < 2);
    }

    #[test]
    fn a_dump_may_begin_at_any_offset(text in "[ -~]{3,90}", first in 0usize..0xff00) {
        let bytes = query(&text);
        for print in OFFSETS {
            let text = print(&bytes, first);
            let capture = crate::plain(&text);
            prop_assert_eq!(&bytes_of(&capture), &bytes, "{}\n{}", capture.reason, text);
            prop_assert!(capture.problems.is_empty(), "{:?}\n{}", capture.problems, text);
        }
    }

    #[test]
    fn any_two_names_that_take_turns_are_two_sides(
        one in "[g-z][a-z]{2,7}", two in "[g-z][a-z]{2,7}", behind in prop::sample::select(vec![": ", " > ", "] ", " | "]),
        texts in proptest::collection::vec("[ -~]{3,30}", 3..7),
    ) {
        prop_assume!(one != two);
        let mark = if behind == "] " { "[" } else { "" };
        for print in [PASTED[0], PASTED[3], PASTED[4]] {
            let mut text = String::new();
            let mut sides = [Vec::new(), Vec::new()];
            for (nth, words) in texts.iter().enumerate() {
                let name = if nth % 2 == 0 { &one } else { &two };
                let bytes = query(words);
                text += &format!("{mark}{name}{behind}{}\n", print(&bytes).replace('\n', " ").trim());
                sides[nth % 2].extend(bytes);
            }
            let capture = crate::plain(&text);
            let mut found = crate::both(&capture);
            if found[0] != sides[0] {
                found.reverse();
            }
            prop_assert_eq!(&found, &sides, "{}\n{}", capture.reason, text);
            prop_assert!(capture.problems.is_empty(), "{:?}\n{}", capture.problems, text);
        }
    }
}

/// Bytes whose base64 begins as a comment does, in its only line or in any.
#[test]
fn base64_that_looks_like_a_comment_is_read() {
    for bytes in [&[255, 240, 0][..], &[251, 239, 190], &[255; 3], &[255; 4], &[255; 40], &[0, 0, 0, 0, 0, 0, 255, 255]]
    {
        for (form, _, print) in PRINTERS.iter().filter(|(form, ..)| *form == Form::Base64) {
            for text in [print(bytes), print(bytes).replace('/', "_").replace('+', "-")] {
                assert_eq!(bytes_of(&as_form(&text, *form)), bytes, "{text}");
            }
        }
    }
}

/// Work is linear: these would take hours if it were not.
#[test]
fn long_lines_of_one_sort_are_read_in_linear_time() {
    let parts = [
        "0",
        "00 ",
        "00  ",
        "0 ",
        "\\",
        "\\\"",
        "'",
        "\"",
        "'\\",
        "[0,",
        "0x",
        "# ",
        "00000000: ",
        "/*",
        "//",
        "\\x",
        "a",
        "= ",
        "\t",
        "iov_base=\"",
        "é",
        "*\n",
        "> ",
        "\n",
        "T 1:1 -> 1:1\n",
        "0x0000: 00\n",
        "F\t9\tQuery\t \"",
        "F\t9\tParse\t \" \"x",
        "B\t9\tDataRow\t 9999 99999 '\\x00",
        "B\t9\tErrorResponse\t S \"\n",
    ];
    for part in parts {
        let text = part.repeat(200_000 / part.len());
        check_all_forms(&text);
    }
}

/// So are these, and they take no more memory than a text has.
#[test]
fn whatever_stands_before_bytes_costs_what_it_is_long() {
    let words: String = (0..8000).map(|word| format!("w{word:05} ")).collect();
    let log = ["sent", "received"].repeat(8).iter().map(|by| format!("{by} {words}51 00 00 00 04\n")).collect();
    let prefixed = format!("{} 00000000  51 00 00 00 04 00 00 00\n", "x".repeat(70_000)).repeat(2);
    let named = (0..12_000).map(|one| format!("{{\"a{one}\":1,\"b{one}\":[81,0]}}\n")).collect();
    let syncs = format!("client: {}\n", "53 00 00 00 04 ".repeat(30_000)).repeat(2);
    for text in [log, prefixed, named, syncs] {
        check_all_forms(&text);
    }
}

#[test]
fn many_zeros_cost_little() {
    let text = "00 ".repeat(2_000_000);
    let capture = crate::plain(&text);
    let stream = &capture.exchanges[0].streams[0];
    assert_eq!((stream.len(), stream.map.pieces()), (2_000_000, 1));
}

#[test]
fn plain_hex_is_taken_for_it() {
    let plain = |text| pgscope_capture::plain(text, &Options::default());
    assert!(["51 00", " 51  00\n\n53", "F: 51\nB: 5a\r\n   00\n", "F:51\nB:"].iter().all(|text| plain(text).is_some()));
    assert!(
        ["", "F:", "5100", "51, 00", "# 51", "5", "51 0", "> 51", "51\t00"].iter().all(|text| plain(text).is_none())
    );
}

#[test]
fn plain_inputs_are_read_as_all_are_and_others_are_left() {
    let read_plain = |input: &[u8]| pgscope_capture::read_plain(input, &Options::default());
    for input in [&b"51 00 00 00 04"[..], b"F: 51 00 00 00 04\nB: 5a 00 00 00 05 49", b"Q\0\0\0\x04", b"\xff\0\xfe\0"] {
        assert_eq!(read_plain(input), Some(pgscope_capture::read(input, &Options::default())), "{input:?}");
    }
    let others =
        [&b""[..], b"5100000004", b"\xff\xfeF\0:\0", b"\xd4\xc3\xb2\xa1\0\0", b"PK\x03\x04\0", b"\xe9 a letter"];
    assert!(others.into_iter().all(|input| read_plain(input).is_none()));
    let asked = Options { form: Some(pgscope_capture::Form::Hex), ..Options::default() };
    assert_eq!(pgscope_capture::read_plain(b"51 00", &asked), None);
}
