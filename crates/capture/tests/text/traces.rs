//! Traces of libpq 18.4 and 18.6 against the bytes of the same sessions, and pgx's dialect.

use std::fs;
use std::path::Path;

use pgscope_capture::Form;
use pgscope_proto::Direction;

use crate::{hex, plain};

fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/text"));
    fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// AuthenticationOk is in no trace of libpq.
const OK: [u8; 9] = [b'R', 0, 0, 0, 8, 0, 0, 0, 0];

fn without_ok(bytes: &[u8]) -> Vec<u8> {
    let at = bytes.windows(OK.len()).position(|window| window == OK).unwrap_or(bytes.len());
    [&bytes[..at], bytes.get(at + OK.len()..).unwrap_or_default()].concat()
}

/// Sessions, and how many problems their traces leave: what libpq does not print.
const SESSIONS: [(&str, usize); 12] = [
    ("trace_simple", 0),
    ("trace_pipeline_error", 0),
    ("py_trace_escapes", 0),
    ("trace_prepared", 0),
    ("trace_copy18", 0),
    ("trace_errors18", 0),
    ("trace_fn", 0),
    ("trace_auth_scram", 0),
    ("trace_auth_md5", 1),
    ("trace_types_binary", 0),
    ("trace_replication", 0),
    ("trace_ssl_n", 0),
];

#[test]
fn a_trace_gives_the_bytes_of_its_session() {
    let mut bad = Vec::new();
    for (name, problems) in SESSIONS {
        let capture = plain(&String::from_utf8(file(&format!("{name}.trace"))).unwrap());
        let [exchange] = capture.exchanges.as_slice() else { panic!("{name}: {}", capture.reason) };
        let client = exchange.stream(Direction::Frontend).bytes == file(&format!("{name}.client.bin"));
        let recorded = without_ok(&file(&format!("{name}.server.bin")));
        let server = &exchange.stream(Direction::Backend).bytes;
        let zeroed = server.len() == recorded.len()
            && server.iter().zip(&recorded).filter(|(ours, theirs)| ours != theirs).all(|(ours, _)| *ours == 0);
        let server = *server == recorded || (problems > 0 && zeroed);
        if (capture.form, client, server, capture.problems.len()) != (Form::PqTrace, true, true, problems) {
            bad.push(format!("{name}: client {client}, server {server}, {:?}", capture.problems.first()));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

/// The lines that pgx's own test of its tracer expects, and the messages that they stand for.
#[test]
fn the_dialect_of_pgx_counts_the_tag() {
    let text = "F\tParse\t45\t \"\" \"select n from generate_series(1,5) n\" 0\nF\tBind\t13\t \"\" \"\" 0 0 0\nF\tSync\t5\n\
                B\tDataRow\t12\t 1 1 '1'\nB\tReadyForQuery\t6\t I\n";
    let capture = plain(text);
    assert_eq!(capture.problems, []);
    let parse = "500000002c0073656c656374206e2066726f6d2067656e65726174655f73657269657328312c3529206e000000";
    let bind = "420000000c0000000000000000";
    assert_eq!(
        hex(&capture),
        format!("{parse}{bind}5300000004|440000000b00010000000131 5a0000000549").replace(' ', "")
    );
}

#[test]
fn each_byte_comes_from_its_token() {
    let text = "F\t13\tParse\t \"s\" \"\" 1 23\n";
    let capture = plain(text);
    let stream = capture.exchanges[0].stream(Direction::Frontend);
    let sources: Vec<&str> =
        (0..stream.len()).map(|at| stream.map.source(at).unwrap()).map(|span| &text[span.start..span.end]).collect();
    let expected = ["Parse", "13", "13", "13", "13", "s", "\"", "\"", "1", "1", "23", "23", "23", "23"];
    assert_eq!(sources, expected);
}
