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
