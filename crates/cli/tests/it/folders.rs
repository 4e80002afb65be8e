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

/// A recording with this many pieces, as `tcpdump -C` cuts it: each has the head of the file.
fn pieces(whole: &[u8], count: usize) -> Vec<Vec<u8>> {
    let (head, mut rest) = whole.split_at(24);
    let mut pieces = vec![Vec::new()];
    while let Some(length) = rest.get(8..12) {
        let length = 16 + u32::from_le_bytes(length.try_into().unwrap()) as usize;
        let (record, behind) = rest.split_at(length);
        let last = pieces.last_mut().unwrap();
        last.extend(record);
        rest = behind;
        if last.len() > whole.len() / count {
            pieces.push(Vec::new());
        }
    }
    pieces.into_iter().map(|piece| [head, &piece].concat()).collect()
}

#[test]
fn the_pieces_of_a_recording_are_joined() {
    let file = fixture("pgbench/tpcb_prepared_c2.pcap");
    let whole = std::fs::read(&file).unwrap();
    let pieces = pieces(&whole, 4);
    assert!(pieces.len() >= 4, "{}", pieces.len());
    // Names whose order is not that of the pieces.
    let names: Vec<String> = (0..pieces.len()).map(|nth| format!("out.pcap{}", 11 - nth)).collect();
    let named: Vec<(&str, &[u8])> = names.iter().map(String::as_str).zip(pieces.iter().map(Vec::as_slice)).collect();
    let folder = folder("rotated", &named);
    for (command, rest) in [
        ("connections", &[][..]),
        ("statements", &[]),
        ("stats", &[]),
        ("decode", &["--format", "csv"]),
        ("filter", &["--format", "csv"]),
        ("lint", &[]),
    ] {
        let of = |more: &[&str]| {
            let all = if command == "filter" { vec!["length > 0"] } else { vec![] };
            out(&run(&[&[command], &all[..], more, rest].concat(), b""))
        };
        assert_eq!(of(&["--join", &folder]), of(&[&file]), "{command}");
    }
    // One behind the other they are read as they come.
    let listed = |input: &[u8], more: &[&str]| out(&run(&[&["decode", "--format", "list"], more].concat(), input));
    assert_eq!(listed(&pieces.concat(), &[]), listed(&[], &[&file]));
    // Not joined, each has connections of its own.
    assert!(out(&run(&["connections", &folder], b"")).lines().count() > 4);
    let text = run(&["connections", "--join", &fixture("pcap-odd/base.client.bin"), &file], b"");
    assert!(err(&text).contains("base.client.bin is no capture file: --join joins these"), "{}", err(&text));
    assert_eq!(text.status.code(), Some(2));
}

#[test]
fn what_cannot_be_read_beside_others_is_left_out_and_told_by_the_status() {
    let file = fixture("pcap-odd/base.pcap");
    let missing = fixture("there-is-no-such.pcap");
    for command in ["connections", "decode", "lint"] {
        let both = run(&[command, &file, &missing], b"");
        assert_eq!(out(&both), out(&run(&[command, &file], b"")), "{command}");
        assert!(err(&both).contains("there-is-no-such.pcap cannot be read"), "{}", err(&both));
        assert_eq!(both.status.code(), Some(2), "{command}");
        let alone = run(&[command, &missing], b"");
        assert_eq!((out(&alone), alone.status.code()), (String::new(), Some(2)), "{command}");
    }
}

#[test]
fn what_is_called_packed_is_packed() {
    let folder = folder("packed", &[("there", b"")]);
    let file = fixture("pcap-odd/base.pcap");
    let to = |name: &str| format!("{folder}/{name}");
    assert!(run(&["mask", &file, &to("masked.pcap.gz")], b"").status.success());
    assert!(run(&["filter", "tag == \"Q\"", &file, "--write", &to("cut.pcapng.gz")], b"").status.success());
    for name in ["masked.pcap.gz", "cut.pcapng.gz"] {
        assert_eq!(std::fs::read(to(name)).unwrap()[..2], [0x1f, 0x8b], "{name}");
        assert_eq!(out(&run(&["connections", "--format", "csv", &to(name)], b"")).lines().count(), 2, "{name}");
    }
    let refused = run(&["filter", "tag == \"Q\"", &file, "--write", &to("cut.zst")], b"");
    assert!(err(&refused).contains("call it .gz"), "{}", err(&refused));
}

#[test]
fn times_stand_before_messages_as_they_are_wanted() {
    let file = fixture("pcap-odd/base.pcap");
    let times = |since: &str| -> Vec<String> {
        let listed = out(&run(&["decode", "--format", "list", "--times", since, &file], b""));
        listed.lines().map(|line| line[..15].trim().to_owned()).collect()
    };
    let plain = out(&run(&["decode", "--format", "list", &file], b""));
    let day = times("day");
    assert_eq!(day.len(), plain.lines().count());
    assert!(day.iter().all(|time| time.len() == 15 && time.matches(':').count() == 2), "{day:?}");
    // The numbers are those of JSON.
    let json = out(&run(&["decode", "--format", "jsonl", &file], b""));
    let told: Vec<i64> = json
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["time_us"].as_i64().unwrap())
        .collect();
    let since_first: Vec<String> =
        told.iter().map(|at| format!("{}.{:06}", (at - told[0]) / 1_000_000, (at - told[0]) % 1_000_000)).collect();
    assert_eq!(times("beginning"), since_first);
    assert_eq!(times("before")[0], "");
    let dated = out(&run(&["decode", "--format", "list", "--times", "date", &file], b""));
    let first = dated.lines().next().unwrap();
    assert!(first[..11].ends_with(' ') && first[..10].matches('-').count() == 2 && first[11..26] == day[0], "{first}");
    let answered = times("request").into_iter().filter(|time| !time.is_empty()).count();
    assert!(answered > 0 && answered < told.len(), "{answered}");
    // Where the input tells no time, none is told.
    let hex =
        out(&run(&["decode", "--format", "list", "--times", "day"], b"51 00 00 00 0d 53 45 4c 45 43 54 20 31 00"));
    assert!(hex.starts_with(&" ".repeat(16)), "{hex}");
}

#[test]
fn a_piece_that_is_cut_is_named_and_what_follows_is_read() {
    let file = fixture("pgbench/tpcb_prepared_c2.pcap");
    let mut pieces = pieces(&std::fs::read(&file).unwrap(), 3);
    let whole = out(&run(&["decode", "--format", "list", &file], b"")).lines().count();
    let cut = pieces[1].len() - 30;
    pieces[1].truncate(cut);
    let named = [("a.pcap", &pieces[0][..]), ("b.pcap", &pieces[1][..]), ("c.pcap", &pieces[2][..]), ("d.pcap", b"")];
    let folder = folder("cut", &named);
    let read = run(&["decode", "--format", "list", "--join", &folder], b"");
    let (listed, said) = (out(&read), err(&read));
    assert!(said.contains("b.pcap: byte") && said.contains("a record that is not whole"), "{said}");
    assert!(said.contains("d.pcap is empty, and was left out"), "{said}");
    // A segment at most is lost, and nothing is made up.
    let count = listed.lines().count();
    assert!(count <= whole + 4 && count + 12 >= whole, "{count} of {whole}");
    // Who sums up is told that something is missing, by the status too.
    for command in ["connections", "statements", "stats"] {
        assert_eq!(run(&[command, &file], b"").status.code(), Some(0), "{command}");
        assert_eq!(run(&[command, "--join", &folder], b"").status.code(), Some(1), "{command}");
    }
    assert!(!listed.contains("d4 c3 b2 a1"), "{listed}");
    // What can be read once is read once, in the order in which it is named.
    let [a, c] = ["a.pcap", "c.pcap"].map(|name| format!("{folder}/{name}"));
    let through = out(&run(&["decode", "--format", "list", "--join", "-", &c], &pieces[0]));
    assert_eq!(through, out(&run(&["decode", "--format", "list", "--join", &a, &c], b"")));
}
