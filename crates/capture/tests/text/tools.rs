//! What the tools themselves print, where they are on the machine: each of their forms is recognised and gives the bytes back.

use std::io::Write;
use std::process::{Command, Stdio};

use pgscope_capture::Form;

/// A tool with its arguments, the form of what it prints, and whether it prints all bytes or only those of ASCII.
type Call = (&'static str, Form, bool);

const CALLS: [Call; 55] = [
    ("od", Form::Od, true),
    ("od -a", Form::Od, false),
    ("od -c", Form::Od, true),
    ("od -b", Form::Od, true),
    ("od -d", Form::Od, true),
    ("od -i", Form::Od, true),
    ("od -l", Form::Od, true),
    ("od -o", Form::Od, true),
    ("od -s", Form::Od, true),
    ("od -x", Form::Hexdump, true),
    ("od -t u2", Form::Od, true),
    ("od -t u4", Form::Od, true),
    ("od -t u8", Form::Od, true),
    ("od -t d1", Form::Od, true),
    ("od -t x1", Form::Od, true),
    ("od -t x1z", Form::Od, true),
    ("od -t x4", Form::Hexdump, true),
    ("od -A d -t x1", Form::Od, true),
    ("od -A x -a -t x1", Form::Od, false),
    ("od -t x1 -a", Form::Od, true),
    ("od -t x1 -t u1 -c", Form::Od, true),
    ("od --endian=big -x", Form::Od, true),
    ("od --endian=big -o", Form::Od, true),
    ("od --endian=big -d", Form::Od, true),
    ("od --endian=big -i", Form::Od, true),
    ("od --endian=big -t x4", Form::Od, true),
    ("od --endian=big -t x8", Form::Od, true),
    ("od --endian=big -t d2z", Form::Od, true),
    ("od --endian=big -A x -w8 -t x2", Form::Od, true),
    ("od --endian=little -x", Form::Od, true),
    ("od -ax", Form::Od, false),
    ("od -cx", Form::Od, true),
    ("od -ca", Form::Od, true),
    ("od -w8 -a", Form::Od, false),
    ("od -An -a", Form::Od, false),
    ("od -An -c", Form::Od, true),
    ("od -An -b", Form::Od, true),
    ("hexdump", Form::Hexdump, true),
    ("hexdump -C", Form::Hexdump, true),
    ("hexdump -b", Form::Od, true),
    ("hexdump -c", Form::Hexdump, true),
    ("hexdump -d", Form::Od, true),
    ("hexdump -o", Form::Od, true),
    ("hexdump -x", Form::Hexdump, true),
    ("xxd", Form::Xxd, true),
    ("xxd -b", Form::Xxd, true),
    ("xxd -c 8", Form::Xxd, true),
    ("xxd -d", Form::Xxd, true),
    ("xxd -e", Form::Xxd, true),
    ("xxd -g 1", Form::Xxd, true),
    ("xxd -u", Form::Xxd, true),
    ("xxd -i", Form::Hex, true),
    ("xxd -p", Form::Hex, true),
    ("base64", Form::Base64, true),
    ("base64 -w0", Form::Base64, true),
];

/// What a tool prints of these bytes; nothing where it is not on the machine or does not know an option.
fn printed(call: &str, bytes: &[u8]) -> Option<String> {
    let mut words = call.split(' ');
    let mut command = Command::new(words.next()?);
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().ok()?;
    child.stdin.take()?.write_all(bytes).ok()?;
    let output = child.wait_with_output().ok()?;
    String::from_utf8(output.stdout).ok().filter(|text| output.status.success() && !text.is_empty())
}

/// Bytes as base64, by the tool that every system has.
pub(crate) fn base64(bytes: &[u8]) -> String {
    printed("base64 -w0", bytes).expect("base64 is there")
}

fn query(text: &str) -> Vec<u8> {
    [b"Q".as_slice(), &(text.len() as u32 + 5).to_be_bytes(), text.as_bytes(), b"\0"].concat()
}

#[test]
fn what_tools_print_is_read_back() {
    let plain = [query("SELECT 'cafe', 1;"), query("SELECT 2 AS bad, 3 AS face"), query("BEGIN")].concat();
    let any = [
        query("SELECT 'caf\u{e9}', 'na\u{ef}ve \u{20ac}'"),
        vec![0x44, 0, 0, 0, 14, 0, 1, 0, 0, 0, 4, 0xff, 0x80, 0x7f, 9],
        query("x"),
    ]
    .concat();
    let (mut tried, mut bad) = (0, Vec::new());
    for (call, form, takes_any) in CALLS {
        for bytes in [&plain, &any].into_iter().filter(|bytes| takes_any || bytes.is_ascii()) {
            let Some(text) = printed(call, bytes) else { continue };
            tried += 1;
            let capture = crate::plain(&text);
            let read = capture.exchanges.first().map(|exchange| exchange.streams[0].bytes.as_slice());
            if read != Some(bytes) || !capture.problems.is_empty() || !is_kin(capture.form, form) {
                bad.push(format!("{call}: {} {:?}\n{text}", capture.reason, capture.problems.first()));
            }
        }
    }
    // od is a part of every system that these tests run on.
    assert!(tried > 40 && bad.is_empty(), "{tried} {}", bad.join("\n"));
}

/// Dumps of several tools look alike, and so do hex and the elements of an array.
fn is_kin(found: Form, expected: Form) -> bool {
    let dumps = [Form::Od, Form::Hexdump, Form::WiresharkDump];
    let lists = [Form::Hex, Form::Array];
    found == expected || [&dumps[..], &lists].iter().any(|kin| kin.contains(&found) && kin.contains(&expected))
}

/// A program that prints the bytes of its standard input, or some pieces of it, and how many pieces with their sides that are: a
/// `>` or a `<` for each, or nothing where it does not tell.
type Program = (&'static str, &'static str, &'static str);

const PYTHON: [Program; 14] = [
    ("repr", "print(repr(data))", ""),
    ("bytearray", "print(bytearray(data))", ""),
    ("hex", "print(data.hex())", ""),
    ("hex with blanks", "print(data.hex(' '))", ""),
    ("list", "print(list(data))", ""),
    ("array", "import array; print(array.array('B', data))", ""),
    ("pprint", "import pprint; pprint.pprint(data)", ""),
    ("memoryview", "m = memoryview(data)\nfor i in range(0, len(m), 16): print(f'{i:08x}', m[i:i + 16].hex(' '))", ""),
    ("b64", "import base64; print(base64.b64encode(data))", ""),
    ("json", "import json; print(json.dumps(list(data)))", ""),
    ("tuples", "print([(piece, side) for piece, side in zip(pieces, '><')])", "><"),
    (
        "tuples of hex",
        "print([('client' if side == '>' else 'server', piece.hex(' ')) for piece, side in zip(pieces, '><')])",
        "><",
    ),
    (
        "objects",
        "import json; print(json.dumps([{'data': list(p), 'from': 'client' if s == '>' else 'server'} for p, s in zip(pieces, '><')]))",
        "><",
    ),
    (
        "csv",
        "import csv; w = csv.writer(sys.stdout); w.writerow(['n', 'dir', 'data']); [w.writerow([n, 'out' if s == '>' else 'in', p.hex()]) for n, (p, s) in enumerate(zip(pieces, '><'))]",
        "><",
    ),
];

const NODE: [Program; 12] = [
    (
        "console.log",
        "require('util').inspect.defaultOptions.maxArrayLength = null; require('buffer').INSPECT_MAX_BYTES = 1e6; console.log(data)",
        "",
    ),
    ("inspect of an array", "console.log(require('util').inspect([...data], { maxArrayLength: null }))", ""),
    ("JSON of a Buffer", "console.log(JSON.stringify(data))", ""),
    ("JSON, indented", "console.log(JSON.stringify(data, null, 2))", ""),
    ("Uint8Array", "console.log(require('util').inspect(new Uint8Array(data), { maxArrayLength: null }))", ""),
    ("JSON of a Uint8Array", "console.log(JSON.stringify(new Uint8Array(data)))", ""),
    ("hex", "console.log(data.toString('hex'))", ""),
    ("base64", "console.log(data.toString('base64'))", ""),
    (
        "pairs of Buffers",
        "require('buffer').INSPECT_MAX_BYTES = 1e6; console.log([['>', pieces[0]], ['<', pieces[1]]])",
        "><",
    ),
    (
        "objects with Buffers",
        "require('buffer').INSPECT_MAX_BYTES = 1e6; console.log([{ from: 'client', data: pieces[0] }, { from: 'server', data: pieces[1] }])",
        "><",
    ),
    (
        "JSON of objects",
        "console.log(JSON.stringify([{ data: pieces[0], dir: 'out' }, { data: pieces[1], dir: 'in' }]))",
        "><",
    ),
    (
        "JSON of pairs",
        "console.log(JSON.stringify([['client', pieces[0].toString('hex')], ['server', pieces[1].toString('hex')]]))",
        "><",
    ),
];

/// What a program prints of two pieces.
fn run(program: &str, arguments: &[&str], pieces: &[Vec<u8>; 2]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).arg(pieces[0].len().to_string());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    child.stdin.take()?.write_all(&pieces.concat()).ok()?;
    let output = child.wait_with_output().ok()?;
    String::from_utf8(output.stdout).ok().filter(|text| output.status.success() && !text.is_empty())
}

#[test]
fn what_programs_print_is_read_back() {
    let client = [query("SELECT 'caf\u{e9}', 1;"), query("SELECT 2 AS bad, 3 AS face")].concat();
    let server = b"C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I".to_vec();
    let pieces = [client, server];
    let python = "import sys\ndata = sys.stdin.buffer.read()\nn = int(sys.argv[1])\npieces = [data[:n], data[n:]]\n";
    let node = "const data = require('fs').readFileSync(0), n = Number(process.argv[1]), pieces = [data.subarray(0, n), data.subarray(n)];\n";
    let calls = PYTHON
        .iter()
        .map(|(name, code, sides)| ("python3", "-c", *name, format!("{python}{code}"), *sides))
        .chain(NODE.iter().map(|(name, code, sides)| ("node", "-e", *name, format!("{node}{code}"), *sides)));
    let (mut tried, mut skipped, mut bad) = (0, 0, Vec::new());
    for (program, option, name, code, sides) in calls {
        let Some(text) = run(program, &[option, &code], &pieces) else {
            skipped += 1;
            continue;
        };
        tried += 1;
        let capture = crate::plain(&text);
        let exchange = capture.exchanges.first();
        let read = exchange.map(|exchange| match sides {
            "" => exchange.streams.each_ref().map(|stream| stream.bytes.clone()).concat(),
            _ => exchange.streams.each_ref().map(|stream| stream.bytes.clone()).join(&b'|'),
        });
        let expected = if sides.is_empty() { pieces.concat() } else { pieces.join(&b'|') };
        if read != Some(expected) || !capture.problems.is_empty() {
            bad.push(format!("{program}, {name}: {} {:?}\n{text}", capture.reason, capture.problems.first()));
        }
    }
    eprintln!("{tried} calls of python3 and node were read back, {skipped} skipped: these are not on the machine");
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// What tcpdump and tshark print of a capture, and whether they tell who sent each piece.
const DISSECTED: [(&str, bool); 16] = [
    ("tcpdump -n -X -r", true),
    ("tcpdump -n -XX -r", true),
    ("tcpdump -n -x -r", true),
    ("tcpdump -nn -S -v -X -r", true),
    ("tshark -x -r", true),
    ("tshark -V -x -r", true),
    ("tshark -q -z follow,tcp,hex,0 -r", true),
    ("tshark -q -z follow,tcp,raw,0 -r", true),
    ("tshark -q -z follow,tcp,yaml,0 -r", true),
    ("tshark -T json -x -r", true),
    ("tshark -T jsonraw -r", true),
    ("tshark -T fields -e tcp.payload -r", false),
    ("tshark -T fields -e frame.number -e tcp.srcport -e tcp.dstport -e tcp.payload -r", true),
    (
        "tshark -T fields -E header=y -E separator=, -e ip.src -e tcp.srcport -e ip.dst -e tcp.dstport -e tcp.payload -r",
        true,
    ),
    (
        "tshark -T fields -E header=y -E separator=; -e tcp.payload -e frame.time_epoch -e tcp.dstport -e tcp.srcport -r",
        true,
    ),
    ("tshark -T json -e tcp.payload -r", false),
];

#[test]
fn what_tshark_and_tcpdump_print_of_a_capture_is_read_back() {
    let drivers = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/drivers");
    let (mut tried, mut skipped, mut bad) = (0, 0, Vec::new());
    for file in ["psqlodbc/simple.pcap", "tokio-postgres/notify.pcap"] {
        let path = format!("{drivers}/{file}");
        let capture = pgscope_capture::read(&std::fs::read(&path).unwrap(), &pgscope_capture::Options::default());
        let expected = capture.exchanges[0].streams.each_ref().map(|stream| stream.bytes.clone());
        for (call, tells) in DISSECTED {
            let Some(text) = printed(&format!("{call} {path}"), &[]) else {
                skipped += 1;
                continue;
            };
            tried += 1;
            let capture = crate::plain(&text);
            let streams =
                capture.exchanges.first().map(|one| one.streams.each_ref().map(|stream| stream.bytes.clone()));
            let length = |streams: &[Vec<u8>; 2]| streams.iter().map(Vec::len).sum::<usize>();
            let is_read = match &streams {
                Some(streams) if tells => *streams == expected,
                Some(streams) => length(streams) == length(&expected),
                None => false,
            };
            if !is_read || !capture.problems.is_empty() {
                let read = streams.map(|streams| streams.map(|stream| stream.len()));
                bad.push(format!("{call} {file}: {} {read:?} {:?}", capture.reason, capture.problems.first()));
            }
        }
    }
    eprintln!("{tried} calls of tcpdump and tshark were read back, {skipped} skipped: these are not on the machine");
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
