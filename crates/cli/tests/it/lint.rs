//! `pgscope lint`: exit status, what is denied and allowed, and its three forms.

use serde_json::Value;

use super::{CLEAN, SHORT, err, out, run};

fn status(arguments: &[&str], input: &[u8]) -> Option<i32> {
    run(&[&["lint"], arguments].concat(), input).status.code()
}

/// A second ReadyForQuery for one query.
const TWICE: &[u8] = b"F: 51 00000006 3b 00\nB: 49 00000004\nB: 5a 00000005 49\nB: 5a 00000005 49\n";

#[test]
fn the_exit_status_says_whether_anything_is_above_a_note() {
    assert_eq!(status(&[], CLEAN), Some(0));
    assert_eq!(status(&[], SHORT), Some(1));
    assert_eq!(status(&[], TWICE), Some(1));
    assert_eq!(status(&[], b"51 00 00 00 0"), Some(1), "half a byte");
    assert_eq!(status(&["--allow", "L23"], TWICE), Some(0));
    assert_eq!(status(&["--deny", "L23"], TWICE), Some(1));
    assert_eq!(status(&[], b""), Some(2));
    assert_eq!(status(&["no/such/file"], b""), Some(2));
    let unknown = run(&["lint", "--deny", "L99"], CLEAN);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("there is no rule L99; near it are L09"), "{}", err(&unknown));
}

#[test]
fn a_finding_is_told_with_its_bytes_and_counted() {
    let told = out(&run(&["lint"], SHORT));
    assert!(told.contains("error[L01]: ") && told.contains("^^^^^^^^^^^"), "{told}");
    assert!(told.ends_with("1 error in 1 message\n"), "{told}");
    assert!(out(&run(&["lint"], TWICE)).contains("error[L23]"));
    assert!(out(&run(&["lint", "--deny", "warning"], TWICE)).contains("error[L23]"));
    assert_eq!(out(&run(&["lint"], CLEAN)), "nothing is wrong in 1 message\n");
}

#[test]
fn json_and_sarif_are_whole_whether_anything_is_found_or_not() {
    for (input, count) in [(CLEAN, 0), (SHORT, 1), (TWICE, 1)] {
        let json: Value = serde_json::from_str(&out(&run(&["lint", "--format", "json"], input))).expect("JSON");
        assert_eq!(json.as_array().map(Vec::len), Some(count));
        let sarif: Value = serde_json::from_str(&out(&run(&["lint", "--format", "sarif"], input))).expect("JSON");
        assert_eq!(sarif["runs"][0]["results"].as_array().map(Vec::len), Some(count));
        assert_eq!(sarif["runs"][0]["tool"]["driver"]["name"], "pgscope");
    }
    let sarif: Value = serde_json::from_str(&out(&run(&["lint", "--format", "sarif"], SHORT))).expect("JSON");
    let region = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    // The digits of the length in the text: `00 00 00 0D`.
    assert_eq!((region["byteOffset"].as_u64(), region["byteLength"].as_u64()), (Some(3), Some(11)));
}

/// Up to PostgreSQL 17 a line `\.` ends the data of CSV, too.
#[test]
fn behind_what_may_be_the_end_of_csv_no_line_is_counted() {
    let copied = |data: &[&[u8]]| {
        let message = |tag: u8, body: &[u8]| [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat();
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut lines = vec![
            format!("F: {}", hex(message(b'Q', b"COPY t FROM STDIN CSV\0"))),
            format!("B: {}", hex(message(b'G', &[0, 0, 2, 0, 0, 0, 0]))),
        ];
        lines.extend(data.iter().map(|data| format!("F: {}", hex(message(b'd', data)))));
        let ends = [message(b'C', b"COPY 1\0"), message(b'Z', b"I")].concat();
        lines.extend([format!("F: {}", hex(message(b'c', b""))), format!("B: {}", hex(ends))]);
        status(&[], lines.join("\n").as_bytes())
    };
    assert_eq!(copied(&[b"1,a\ngarb\n"]), Some(1));
    assert_eq!(copied(&[b"1,a\n\\.\ngarb\n"]), Some(0));
    assert_eq!(copied(&[b"1,a\n\\.\n", b"garb\n"]), Some(0));
}
