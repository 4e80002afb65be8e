//! `pgscope export`: what it writes is compiled, run and read back by what it is for, as far as that is on the machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{err, out, run};

/// A folder of its own, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pgscope-export-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("it can be made");
        Folder(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).expect("it can be written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a tool in a folder; nothing if it is not on the machine.
fn tool(folder: &Path, command: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(command).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output),
        Err(_) => {
            eprintln!("SKIPPED: there is no {command} on this machine");
            None
        }
    }
}

fn exported(form: &str, side: &str) -> String {
    let output = run(&["export", "extended-query", "--to", form, "--side", side], b"");
    assert_eq!(output.status.code(), Some(0), "{form}: {}", err(&output));
    out(&output)
}

fn raw(side: &str) -> Vec<u8> {
    run(&["export", "extended-query", "--to", "raw", "--side", side], b"").stdout
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Each form is read back by this program itself.
#[test]
fn every_form_is_read_again() {
    for side in ["client", "server"] {
        let direction = if side == "client" { "frontend" } else { "backend" };
        let list = |input: &[u8]| out(&run(&["decode", "--format", "pqtrace", "--direction", direction], input));
        let expected = list(digits(&raw(side)).as_bytes());
        for form in [
            "hex",
            "base64",
            "xxd",
            "escaped",
            "bytea",
            "c",
            "rust",
            "go",
            "python",
            "java",
            "javascript",
            "csharp",
            "zig",
        ] {
            let text = exported(form, side);
            assert_eq!(list(text.as_bytes()), expected, "{form}: {text}");
        }
    }
}

/// And by the languages: each prints the bytes as hex.
#[test]
fn languages_evaluate_to_the_bytes() {
    let expected = digits(&raw("server"));
    type Program = fn(&str) -> String;
    let languages: [(&str, &str, Program, &[&[&str]]); 6] = [
        ("python", "it.py", |text| format!("{text}\nprint(server.hex())"), &[&["python3", "it.py"]]),
        (
            "javascript",
            "it.js",
            |text| format!("{text}\nconsole.log(Buffer.from(server).toString('hex'))"),
            &[&["node", "it.js"]],
        ),
        (
            "c",
            "it.c",
            |text| {
                format!(
                    "#include <stdio.h>\n{text}\nint main(void) {{ for (unsigned i = 0; i < sizeof server; i++) printf(\"%02x\", server[i]); }}"
                )
            },
            &[&["cc", "it.c", "-o", "it"], &["./it"]],
        ),
        (
            "rust",
            "it.rs",
            |text| format!("{text}\nfn main() {{ for byte in SERVER {{ print!(\"{{byte:02x}}\"); }} }}"),
            &[&["rustc", "it.rs", "-o", "it-rs"], &["./it-rs"]],
        ),
        (
            "go",
            "it.go",
            |text| format!("package main\nimport \"fmt\"\nfunc main() {{\n{text}\nfmt.Printf(\"%x\", server)\n}}"),
            &[&["go", "run", "it.go"]],
        ),
        (
            "java",
            "It.java",
            |text| {
                format!(
                    "public class It {{ public static void main(String[] a) {{ {text} for (byte b : server) System.out.printf(\"%02x\", b); }} }}"
                )
            },
            &[&["java", "It.java"]],
        ),
    ];
    let folder = Folder::new("languages");
    for (form, name, program, commands) in languages {
        folder.write(name, &program(&exported(form, "server")));
        let mut last = None;
        for command in commands {
            last = tool(&folder.0, command[0], &command[1..]);
            if last.is_none() {
                break;
            }
        }
        if let Some(output) = last {
            assert_eq!(out(&output).trim(), expected, "{form}: {}", err(&output));
        }
    }
}

#[test]
fn base64_and_xxd_are_read_by_their_tools() {
    let folder = Folder::new("tools");
    for (form, command) in [("base64", ["base64", "-d"]), ("xxd", ["xxd", "-r"])] {
        folder.write("it.txt", &exported(form, "client"));
        if let Some(output) = tool(&folder.0, command[0], &[command[1], "it.txt"]) {
            assert_eq!(output.stdout, raw("client"), "{form}");
        }
    }
}

#[test]
fn a_capture_file_has_the_same_messages_for_tshark_and_for_us() {
    let folder = Folder::new("pcapng");
    let path = folder.0.join("it.pcapng").display().to_string();
    assert_eq!(run(&["export", "simple-query", "--to", "pcapng", "-o", &path], b"").status.code(), Some(0));
    let list = |arguments: &[&str]| out(&run(&[&["decode", "--format", "pqtrace"], arguments].concat(), b""));
    let hex = out(&run(&["export", "simple-query"], b""));
    assert_eq!(list(&[&path]), out(&run(&["decode", "--format", "pqtrace"], hex.as_bytes())));
    let Some(shark) =
        tool(&folder.0, "tshark", &["-r", "it.pcapng", "-Y", "pgsql", "-T", "fields", "-e", "pgsql.type"])
    else {
        return;
    };
    // tshark names each message of a packet by its type, in words.
    let types = out(&shark);
    let types: Vec<&str> = types.lines().flat_map(|line| line.split(',')).filter(|name| !name.is_empty()).collect();
    assert_eq!(types.len(), list(&[&path]).lines().count(), "{types:?}");
}

#[test]
fn messages_sides_and_parts_are_chosen() {
    let markdown = out(&run(&["export", "extended-query", "--to", "markdown", "--side", "client"], b""));
    assert!(markdown.contains("### ") && markdown.contains("| offset | bytes | field | value |"), "{markdown}");
    let json = out(&run(&["export", "extended-query", "--to", "json", "--messages", "2-3"], b""));
    let messages: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    assert_eq!(messages.len(), 2);
    let refused = |arguments: &[&str]| {
        let output = run(&[&["export", "extended-query"], arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        err(&output)
    };
    assert!(refused(&["--to", "base64"]).contains("take one side alone"));
    assert!(refused(&["--messages", "900-"]).contains("no message is left"));
    assert!(refused(&["--connection", "7"]).contains("there is no connection 7"));
    let scram = run(&["export", "scram", "--to", "fixture-python"], b"");
    assert!(err(&scram).contains("depends on chance"), "{}", err(&scram));
}

/// What is written as a scenario is played to the same messages.
#[test]
fn a_scenario_is_played_to_the_same_messages() {
    let folder = Folder::new("scenario");
    let names = |list: &str| -> Vec<String> {
        let name = |line: &str| line.split('\t').nth(2).unwrap_or_default().to_owned();
        list.lines().map(name).filter(|name| name != "ParameterStatus").collect()
    };
    for known in ["simple-query", "extended-query", "error", "scram", "transactions", "binary"] {
        let output = run(&["export", known, "--to", "scenario"], b"");
        assert_eq!(output.status.code(), Some(0), "{known}: {}", err(&output));
        let path = folder.write("it.scenario", &out(&output)).display().to_string();
        let hex = |arguments: &[&str]| run(arguments, b"").stdout;
        let messages = |hex: &[u8]| names(&out(&run(&["decode", "--format", "pqtrace"], hex)));
        let (was, is) = (hex(&["simulate", known, "--format", "hex"]), hex(&["simulate", &path, "--format", "hex"]));
        let (was, is) = (messages(&was), messages(&is));
        assert!(was.len() > 5);
        assert_eq!(was, is, "{known}:\n{}", out(&output));
    }
    let refused = run(&["export", "copy-in", "--to", "scenario"], b"");
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("COPY"), "{}", err(&refused));
}
