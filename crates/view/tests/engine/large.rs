//! Much input: work is done in slices, and only for what is shown.

use pgscope_view::engine::*;

use crate::load;

fn queries(count: usize, faulty: impl Fn(usize) -> bool) -> Vec<u8> {
    (0..count).flat_map(|nth| if faulty(nth) { *b"Q\0\0\0\x0bSELECT\0" } else { *b"Q\0\0\0\x0bselect\0" }).collect()
}

#[test]
fn problems_are_found_slice_by_slice_and_visited_in_order() {
    let mut bytes = queries(3000, |_| false);
    // Describe of nothing known, here and there.
    for nth in [10, 11, 1500, 2999] {
        bytes.splice(nth * 12..nth * 12 + 12, *b"D\0\0\0\x0bXELECT\0");
    }
    let mut asked = load(Input::Bytes(bytes), None, Some("frontend"));
    assert_eq!(asked.loaded.messages, 3000);
    let mut slices = Vec::new();
    loop {
        let Reply::Checked(checked) = asked.ask(Request::Check { messages: 1000 }) else { panic!() };
        slices.push((checked.messages, checked.problems));
        if checked.messages == 3000 {
            break;
        }
    }
    assert_eq!(slices, [(1000, 2), (2000, 3), (3000, 4)]);
    let next = |asked: &mut crate::Asked, number, forward| match asked.ask(Request::NextProblem { number, forward }) {
        Reply::Number(number) => Some(number),
        _ => None,
    };
    assert_eq!(next(&mut asked, 0, true), Some(10));
    assert_eq!(next(&mut asked, 11, true), Some(1500));
    assert_eq!(next(&mut asked, 1500, false), Some(11));
    assert_eq!(next(&mut asked, 2999, true), None);
    let Reply::Problems(found) = asked.ask(Request::Problems { from: 1, to: 3, sift: Sift::default() }) else {
        panic!()
    };
    assert_eq!(found.iter().map(|finding| finding.number).collect::<Vec<_>>(), [11, 1500]);
}

#[test]
fn a_slice_ends_after_many_bytes_too() {
    let large = [b"d\x00\x10\x00\x04".as_slice(), &vec![b'x'; 1 << 20]].concat();
    let mut asked = load(Input::Bytes(large.repeat(3)), None, Some("frontend"));
    let Reply::Checked(checked) = asked.ask(Request::Check { messages: 1000 }) else { panic!() };
    assert_eq!(checked.messages, 1);
}

#[test]
fn what_is_given_at_once_is_bounded() {
    let mut asked = load(Input::Bytes(queries(5000, |_| false)), None, None);
    assert_eq!(asked.rows(0, usize::MAX).len(), 1000);
    assert_eq!(asked.rows(4999, 6000).len(), 1);
    let Reply::Fields(fields) = asked.ask(Request::Fields { number: 0, from: 0, to: usize::MAX }) else { panic!() };
    assert_eq!(fields.len(), 3);
}

/// Reads an input in pieces; stops before the step of this number.
fn in_pieces(engine: &mut Engine, input: &[u8], piece: usize, stop: Option<usize>) -> Loaded {
    let begin = Load { input: Input::Pieces(input.len()), ..Load::default() };
    let mut pieces = input.chunks(piece);
    let mut reply = crate::ask(engine, Request::Begin(begin));
    for step in 0.. {
        reply = match reply {
            Reply::Loaded(loaded) => return *loaded,
            Reply::Underway(_) if stop == Some(step) => crate::ask(engine, Request::Stop),
            Reply::Underway(now) if now.wants_piece => {
                assert_eq!(
                    crate::ask(engine, Request::Rows { from: 0, to: 1 }),
                    Reply::Nothing,
                    "nothing is shown yet"
                );
                let piece = pieces.next().expect("more than there is");
                engine.answer(Request::Piece(piece.to_vec()))
            }
            Reply::Underway(_) => crate::ask(engine, Request::More),
            other => panic!("{other:?}"),
        };
    }
    unreachable!("it ends")
}

#[test]
fn an_input_in_pieces_is_read_as_one_in_a_piece() {
    let raw = queries(400_000, |nth| nth == 5);
    let dump: String = "51 00 00 00 0b 73 65 6c 65 63 74 00\n".repeat(1000);
    for input in [raw.as_slice(), dump.as_bytes(), b"", b"Z"] {
        let whole = load(Input::Bytes(input.to_vec()), None, None);
        let mut engine = Engine::default();
        assert_eq!(in_pieces(&mut engine, input, 1 << 20, None), whole.loaded);
        assert_eq!(whole.loaded.partial, None);
        assert_eq!(whole.loaded.is_long_text, !input.is_empty() && !input.contains(&0));
        // What the exchange took is there to be read in another way.
        let same = Load { direction: Some("backend".to_owned()), ..Load::default() };
        let Reply::Loaded(again) = crate::ask(&mut engine, Request::Load(same)) else { panic!("not loaded") };
        assert_eq!(again.bytes, whole.loaded.bytes);
    }
}

#[test]
fn what_was_read_before_a_stop_is_shown_and_said_to_be_a_part() {
    let raw = queries(400_000, |_| false);
    // In the second piece: what came of the file is taken apart to its end.
    let loaded = in_pieces(&mut Engine::default(), &raw, 1 << 20, Some(1));
    assert_eq!((loaded.partial, loaded.messages), (Some((1 << 20, 4_800_000)), (1 << 20) / 12 + 1));
    // In the search for messages, behind its second slice.
    let loaded = in_pieces(&mut Engine::default(), &raw, 8 << 20, Some(3));
    let (read, all) = loaded.partial.expect("a part");
    assert_eq!(all, 4_800_000);
    assert!((1 << 20..4 << 20).contains(&read) && loaded.messages == read / 12, "{read} {}", loaded.messages);
    // While a text is taken apart: what was read by then goes on.
    let text = "51 00 00 00 0b 73 65 6c 65 63 74 00\n".repeat(40_000);
    let loaded = in_pieces(&mut Engine::default(), text.as_bytes(), 8 << 20, Some(3));
    let (read, all) = loaded.partial.expect("a part");
    assert_eq!((all, read % 36, loaded.messages), (text.len(), 0, read / 36));
    assert!((256 << 10..1 << 20).contains(&read), "{read}");
    // A character that was cut is left out.
    let text = format!("51 00 00 00 04 // {}", "é".repeat(100));
    let loaded = in_pieces(&mut Engine::default(), text.as_bytes(), 19, Some(1));
    assert_eq!((loaded.form.as_ref(), loaded.bytes), ("hex", 5));
}

#[test]
fn taking_a_text_apart_tells_how_far_it_is() {
    let text = "51 00 00 00 0b 73 65 6c 65 63 74 00\n".repeat(40_000);
    let mut engine = Engine::default();
    let all = text.len();
    crate::ask(&mut engine, Request::Begin(Load { input: Input::Text(text), ..Load::default() }));
    let mut told = Vec::new();
    while let Reply::Underway(now) = crate::ask(&mut engine, Request::More) {
        if now.what == "Taking the text apart" {
            assert_eq!(now.all, all);
            told.push(now.done);
        }
    }
    assert!(told.len() >= 5 && told.is_sorted(), "{told:?}");
}

#[test]
fn a_long_text_is_given_in_lines_that_fit_with_its_marks() {
    let text = "51 00 00 00 0b 73 65 6c 65 63 74 00 ".repeat(20_000);
    let mut engine = Engine::default();
    let loaded = in_pieces(&mut engine, text.as_bytes(), 1 << 20, None);
    assert_eq!(loaded.lines, text.len().div_ceil(96));
    // Message 8 begins with character 288: it is the fourth line's first.
    let lines = Request::TextLines { from: 2, to: 5, lit: Some((8, 0, 12)) };
    let Reply::Marks(lines) = crate::ask(&mut engine, lines) else { panic!("no lines") };
    let [before, line, behind] = lines.as_slice() else { panic!("{lines:?}") };
    assert_eq!((before.line, before.pieces.concat().as_str()), (2, &text[192..288]));
    assert_eq!(line.pieces, ["", "51 00 00 00 0b 73 65 6c 65 63 74 00", &text[323..384]]);
    assert_eq!((behind.line, behind.pieces.len()), (4, 1));
    let Reply::Place(place) = crate::ask(&mut engine, Request::AtPlace { line: 3, column: 3 }) else {
        panic!("nowhere")
    };
    assert_eq!((place.number, place.at, place.line), (8, 1, Some(3)));
}
