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
