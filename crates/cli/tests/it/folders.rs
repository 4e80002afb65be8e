//! Folders of files, and what `tcpflow` writes into one.

use std::path::Path;

use super::{err, fixture, out, run};

const ENDS: [&str; 2] = ["010.000.000.002.40000-010.000.000.001.05432", "010.000.000.001.05432-010.000.000.002.40000"];

/// A folder of this name, with these files in it.
fn folder(name: &str, files: &[(&str, &[u8])]) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    for (file, bytes) in files {
        let path = folder.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder.display().to_string()
}

fn recorded(name: &str) -> Vec<u8> {
    std::fs::read(fixture(&format!("pcap-odd/{name}"))).unwrap()
}

/// The lines of messages, without where each is in its stream.
fn messages(listed: &str) -> Vec<String> {
    let lines = listed.lines().filter(|line| line.contains(" F → ") || line.contains(" B ← "));
    lines.map(|line| line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn what_tcpflow_has_written_is_what_was_recorded() {
    let (client, server) = (recorded("base.client.bin"), recorded("base.server.bin"));
    let folder = folder(
        "flows",
        &[
            (ENDS[0], &client),
            (ENDS[1], &server),
            (&format!("{}c1", ENDS[0]), &client),
            (&format!("{}c1", ENDS[1]), &server),
            ("report.xml", b"<?xml version='1.0'?><dfxml/>"),
            (".hidden", b"\0\x01"),
        ],
    );
    let flows = run(&["decode", "--format", "list", &folder], b"");
    assert!(err(&flows).contains("report.xml") && err(&flows).contains("was left out"), "{}", err(&flows));
    let text = out(&flows);
    assert!(text.contains("connection 2: 10.0.0.2:40000 to 10.0.0.1:5432"), "{text}");
    let mut twice = messages(&out(&run(&["decode", "--format", "list", &fixture("pcap-odd/base.pcap")], b"")));
    twice.extend_from_within(..);
    assert_eq!(messages(&text).len(), twice.len());
    let sorted = |mut all: Vec<String>| {
        all.sort();
        all
    };
    assert_eq!(sorted(messages(&text)), sorted(twice));
    let connections = out(&run(&["connections", "--format", "csv", &folder], b""));
    assert_eq!(
        connections.lines().filter(|line| line.contains("10.0.0.2:40000,10.0.0.1:5432")).count(),
        2,
        "{connections}"
    );
    // One end by itself is whose the name says.
    let alone = out(&run(&["decode", "--format", "list", &format!("{folder}/{}", ENDS[1])], b""));
    assert!(messages(&alone).iter().all(|line| line.starts_with("B ←")), "{alone}");
}

#[test]
fn all_files_of_a_folder_are_read_and_what_holds_no_bytes_is_named() {
    let folder = folder(
        "files",
        &[
            ("a/one.pcap", &recorded("base.pcap")),
            ("b/two.pcap", &recorded("ipv6.pcap")),
            ("b/picture.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
        ],
    );
    let connections = run(&["connections", "--format", "csv", &folder], b"");
    let both = ["pcap-odd/base.pcap", "pcap-odd/ipv6.pcap"].map(fixture);
    let expected = out(&run(&["connections", "--format", "csv", &both[0], &both[1]], b""));
    assert_eq!(out(&connections), expected);
    assert!(err(&connections).contains("picture.png is a PNG picture, and was left out"), "{}", err(&connections));
    let none = run(&["decode", &self::folder("none", &[(".hidden", b"x")])], b"");
    assert_eq!((none.status.code(), err(&none).contains("no file in the folder")), (Some(2), true), "{}", err(&none));
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_of_a_folder_is_named_and_the_rest_is_read() {
    let folder = folder("odd", &[("one.pcap", &recorded("base.pcap")), ("inner/two.pcap", &recorded("ipv6.pcap"))]);
    std::os::unix::fs::symlink("nowhere", format!("{folder}/dangling")).unwrap();
    std::os::unix::fs::symlink("..", format!("{folder}/inner/circle")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(format!("{folder}/pipe")).status().unwrap().success());
    let connections = run(&["connections", "--format", "csv", &folder], b"");
    assert_eq!(out(&connections).lines().count(), 3, "{}", out(&connections));
    for name in ["dangling cannot be read", "circle is no file", "pipe is no file"] {
        assert!(err(&connections).contains(name), "{name}: {}", err(&connections));
    }
    let live = run(&["decode", "--live", &folder], b"");
    assert_eq!(out(&live).matches(" connection ").count(), 2, "{}", err(&live));
}

#[test]
fn what_is_masked_overwrites_nothing_unasked() {
    let folder = folder("masked", &[("out.pcap", b"precious")]);
    let (input, output) = (fixture("pcap-odd/base.pcap"), format!("{folder}/out.pcap"));
    let refused = run(&["mask", &input, &output], b"");
    assert!(refused.status.code() == Some(2) && err(&refused).contains("--force"), "{}", err(&refused));
    assert_eq!(std::fs::read(&output).unwrap(), b"precious");
    assert!(run(&["mask", "--force", &input, &output], b"").status.success());
    assert_ne!(std::fs::read(&output).unwrap(), b"precious");
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_an_error() {
    let recorded = fixture("pcap-odd/base.pcap");
    for arguments in [
        &["decode", "--format", "list", &recorded][..],
        &["decode", "--live", &recorded],
        &["connections", &recorded],
        &["stats", &recorded],
        &["lint", &recorded],
        &["filter", "length > 0", &recorded],
        &["messages"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let failed =
            std::process::Command::new(env!("CARGO_BIN_EXE_pgscope")).args(arguments).stdout(full).output().unwrap();
        assert_eq!(failed.status.code(), Some(2), "{arguments:?}: {}", err(&failed));
        assert!(err(&failed).contains("the output cannot be written"), "{arguments:?}: {}", err(&failed));
    }
}
