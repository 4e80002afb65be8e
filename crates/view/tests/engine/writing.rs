//! Bytes are changed, inserted and deleted in every form, mended, and everything is taken back.

use std::fs;

use pgscope_view::change::Change;

use super::*;

/// What all messages of both ends are, one hex string an end.
fn said(asked: &mut Asked) -> [String; 2] {
    let mut said = [String::new(), String::new()];
    for row in asked.rows(0, 1000) {
        let request = Request::Copy { number: row.number, start: 0, end: row.length, form: "hex".to_owned() };
        let Reply::Text(hex) = asked.ask(request) else { panic!("no copy of {row:?}") };
        let side = usize::from(row.direction == "backend");
        said[side].push_str(&hex.replace(['\n', ' '], ""));
    }
    said
}

fn written(asked: &mut Asked, number: usize, start: usize, end: usize, bytes: &[u8]) -> Written {
    match asked.ask(Request::Write { number, start, end, bytes: bytes.to_vec() }) {
        Reply::Written(written) => written,
        other => panic!("not written: {other:?}"),
    }
}

fn applied(text: &str, change: &Change) -> String {
    let mut bytes = text.as_bytes().to_vec();
    assert!(change.apply(&mut bytes));
    String::from_utf8(bytes).unwrap()
}

/// Writes, reads the changed text as a screen would, and compares with the same change of the bytes.
fn holds(source: &str, number: usize, span: (usize, usize), bytes: &[u8]) -> (String, bool) {
    let mut asked = text(source);
    let rows = asked.rows(0, 1000);
    let row = &rows[number];
    let (new, anew) = match written(&mut asked, number, span.0, span.1, bytes) {
        Written::Anew(text) => (text, true),
        Written::Change(change) => {
            let new = applied(source, &change);
            assert_eq!(applied(&new, &change.inverse()), source);
            (new, false)
        }
        Written::Turned(..) => panic!("no sample has pieces that are guessed"),
    };
    let mut wanted = said(&mut asked);
    let side = usize::from(row.direction == "backend");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    wanted[side].replace_range(2 * (row.offset + span.0)..2 * (row.offset + span.1), &hex);
    let mut again = text(&new);
    let mut got = said(&mut again);
    // Where the input does not say who sent it, a change may turn the guess.
    if again.loaded.sides_guessed && got != wanted {
        got.reverse();
    }
    assert_eq!(got, wanted, "message {number} of {source}");
    (new, anew)
}

#[test]
fn every_sample_takes_every_kind_of_change() {
    let (mut in_place, mut samples) = (0, 0);
    let mut all = 0;
    for file in fs::read_dir("../../web/samples").unwrap() {
        let path = file.unwrap().path();
        let Ok(source) = fs::read_to_string(&path) else { continue };
        let messages = text(&source).loaded.messages;
        if messages == 0 {
            continue;
        }
        // Each sample takes three of the four, each kind is taken at every place.
        for (nth, number) in [0, messages / 2, messages - 1].into_iter().enumerate() {
            let length = text(&source).rows(number, number + 1)[0].length;
            let kinds =
                [((0, 1), &b"\x07"[..]), ((length, length), b"\x01\x02"), ((length - 1, length), b""), ((0, 0), b"A")];
            let (span, bytes) = kinds[(samples + nth) % kinds.len()];
            let (_, anew) = holds(&source, number, span, bytes);
            in_place += usize::from(!anew);
            all += 1;
        }
        samples += 1;
    }
    assert!(all >= 100 && in_place * 2 > all, "{in_place} of {all} kept their form");
}

#[test]
fn a_mend_mends_and_is_taken_back() {
    let mut asked = text(ONE_SHORT);
    let Reply::Written(Written::Change(mend)) = asked.ask(Request::Mend { number: 0, nth: 0 }) else {
        panic!("no mend")
    };
    let new = applied(ONE_SHORT, &mend);
    assert_eq!(new, "51 00 00 00 0E 53 45 4C 45 43 54 20 31 3B 00");
    assert_eq!(text(&new).rows(0, 1000)[0].problems, 0);
    assert_eq!(applied(&new, &mend.inverse()), ONE_SHORT);
    assert_eq!(asked.ask(Request::Mend { number: 0, nth: 7 }), Reply::Nothing);
}

/// A NULL as -1 in two bytes: two more are needed, and the length has to count them.
#[test]
fn a_mend_of_two_places_is_one_change() {
    let source = "B: 44 00 00 00 0F 00 02 00 00 00 03 61 62 63 ff ff\nB: 5a 00 00 00 05 49";
    let mended = "B: 44 00 00 00 11 00 02 00 00 00 03 61 62 63 ff ff ff ff\nB: 5a 00 00 00 05 49";
    let mut asked = text(source);
    assert_eq!(asked.rows(0, 1)[0].mend, "0f → 11, insert ff ff");
    let mend = Request::Mend { number: 0, nth: 0 };
    let Reply::Written(Written::Change(change)) = asked.ask(mend.clone()) else { panic!("no mend") };
    assert_eq!(applied(source, &change), mended);
    assert_eq!(applied(mended, &change.inverse()), source);
    assert!(text(mended).rows(0, 1000).iter().all(|row| row.problems == 0));
    // More than a row has room for.
    let columns = "B: 54 00 00 00 26 00 02 61 00 00 00 00 00 00 00 00 00 00 17 00 04 00 00 62 00 00 00 00 00 00 00 00 00 00 19 ff ff 00 00";
    let mut described = text(columns);
    assert_eq!(described.rows(0, 1)[0].mend, "26 → 2e, …");
    let Reply::Message(sheet) = described.ask(Request::Message(0)) else { panic!("no message") };
    assert_eq!(sheet.problems[0].mend, "26 → 2e, insert ff ff ff ff (2 times)");
    // The same in raw bytes and in base64.
    let bytes = b"D\0\0\0\x0f\0\x02\0\0\0\x03abc\xff\xff".to_vec();
    let mut asked = load(Input::Bytes(bytes.clone()), None, Some("backend"));
    let Reply::Written(Written::Change(change)) = asked.ask(mend.clone()) else { panic!("no mend") };
    let mut made = bytes;
    assert!(change.apply(&mut made));
    assert_eq!(made, b"D\0\0\0\x11\0\x02\0\0\0\x03abc\xff\xff\xff\xff");
    let mut asked = load(Input::Text("RAAAAA8AAgAAAANhYmP//w==".to_owned()), None, Some("backend"));
    let Reply::Written(Written::Change(_)) = asked.ask(mend) else { panic!("no mend") };
}

#[test]
fn base64_stays_base64_and_a_trace_becomes_hex() {
    let (new, anew) = holds("UQAAAA5TRUxFQ1QgMTsA", 0, (12, 13), b"2");
    assert_eq!((new.as_str(), anew), ("UQAAAA5TRUxFQ1QgMjsA", false));
    let trace = "F\t14\tQuery\t \"SELECT 1;\"\n";
    assert_eq!(holds(trace, 0, (12, 13), b"2"), (trace.replace('1', "2").replace("24", "14"), false));
    let (new, anew) = holds(trace, 0, (0, 1), b"P");
    assert!(anew && new.starts_with("F: 50 00"), "{new}");
}

#[test]
fn a_file_of_bytes_is_changed_as_it_is() {
    let bytes = b"Q\0\0\0\x0eSELECT 1;\0X\0\0\0\x04".to_vec();
    let mut asked = load(Input::Bytes(bytes), None, None);
    let change = Change { start: 15, was: b"X".to_vec(), new: b"S".to_vec() };
    assert_eq!(written(&mut asked, 1, 0, 1, b"S"), Written::Change(change.clone()));
    let load = |input| Request::Load(Load { input, ..Load::default() });
    asked.ask(load(Input::Changed(change.clone())));
    assert_eq!(asked.rows(0, 1000)[1].name, "Sync");
    asked.ask(load(Input::Changed(change.inverse())));
    assert_eq!(asked.rows(0, 1000)[1].name, "Terminate");
    asked.ask(load(Input::Changed(Change { start: 0, was: b"?".to_vec(), new: Vec::new() })));
    assert_eq!(asked.rows(0, 1000).len(), 2, "what does not fit changes nothing");
}

#[test]
fn typed_bytes_are_read_in_any_form_or_refused_with_a_place() {
    let mut asked = text("");
    assert_eq!(asked.ask(Request::Typed("00 0e".to_owned())), Reply::Bytes(vec![0, 14]));
    assert_eq!(asked.ask(Request::Typed("\"ab\\x00\"".to_owned())), Reply::Bytes(b"ab\0".to_vec()));
    assert_eq!(asked.ask(Request::Typed("\"abc\"".to_owned())), Reply::Bytes(b"abc".to_vec()));
    let Reply::Refused(words) = asked.ask(Request::Typed("00 0".to_owned())) else { panic!("half a byte") };
    assert!(words.contains("column"), "{words}");
}

#[test]
fn bytes_come_between_others_in_the_middle_of_a_message() {
    let (new, anew) = holds("51 00 00 00 0E 53 45 4C 45 43 54 20 31 3B 00", 0, (5, 5), b"abc");
    assert_eq!((new.as_str(), anew), ("51 00 00 00 0E 61 62 63 53 45 4C 45 43 54 20 31 3B 00", false));
}

/// Whose each piece is was guessed of what it says: another byte does not make it another's, nor another form.
#[test]
fn a_change_leaves_pieces_that_were_guessed_whose_they_were() {
    let inputs = [
        "51 00 00 00 0a 42 45 47 49 4e 00\n43 00 00 00 0a 42 45 47 49 4e 00 5a 00 00 00 05 54\n58 00 00 00 04",
        "[b'Q\\x00\\x00\\x00\\x0aBEGIN\\x00', b'C\\x00\\x00\\x00\\x0aBEGIN\\x00Z\\x00\\x00\\x00\\x05T']",
        "n,hex\n1,510000000a424547494e00\n2,430000000a424547494e005a0000000554",
        "alice: 5a 00 00 00 05 49\nbob: 51 00 00 00 0a 42 45 47 49 4e 00\nalice: 5a 00 00 00 05 54",
    ];
    let mut turned = 0;
    for source in inputs {
        let (form, messages) = (text(source).loaded.form, text(source).loaded.messages);
        for (number, byte) in
            (0..messages).flat_map(|number| [b'D', b'T', b'Z', b'X', b'P', 0].map(|byte| (number, byte)))
        {
            let mut asked = text(source);
            let sides: Vec<_> = pieces(&mut asked);
            let (change, turn) = match written(&mut asked, number, 0, 1, &[byte]) {
                Written::Change(change) => (change, Vec::new()),
                Written::Turned(change, turn) => (change, turn),
                Written::Anew(text) => panic!("{source} is written anew: {text}"),
            };
            turned += usize::from(!turn.is_empty());
            let mut again = text("");
            let load = Load { input: Input::Text(applied(source, &change)), turn, ..Load::default() };
            let Reply::Loaded(loaded) = again.ask(Request::Load(load)) else { panic!("not read") };
            assert_eq!(loaded.form, form, "{source}");
            assert_eq!(pieces(&mut again), sides, "message {number} with {byte:#x} of {source}");
        }
    }
    assert!(turned > 5, "{turned}");
}

fn pieces(asked: &mut Asked) -> Vec<String> {
    let Reply::Pieces(pieces) = asked.ask(Request::Pieces { from: 0, to: 100 }) else { panic!("no pieces") };
    pieces.into_iter().map(|piece| piece.direction.to_string()).collect()
}
