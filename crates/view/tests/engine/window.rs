//! A long list through a small window.

use pgscope_view::Window;

fn window(count: usize) -> Window {
    Window { count, row: 34.0, view: 600.0 }
}

#[test]
fn few_rows_are_drawn_however_many_there_are() {
    for count in [0, 1, 17, 18, 20_000, 10_000_000] {
        let list = window(count);
        for part in 0..=100 {
            let top = (list.track() - list.view).max(0.0) * f64::from(part) / 100.0;
            let rows = list.rows(top);
            assert!(rows.len() <= 32, "{count} at {top}: {rows:?}");
            // What is drawn covers the view, block edges included.
            let (first, end) = (list.place(top, rows.start), list.place(top, rows.end));
            assert!(first <= top + 0.01 || rows.start == 0, "{count} at {top}: {first}");
            assert!(end >= top + list.view - 0.01 || rows.end == count, "{count} at {top}: {end}");
        }
    }
}

#[test]
fn the_last_row_can_be_seen() {
    for count in [1, 20, 20_000, 10_000_000] {
        let list = window(count);
        let top = list.reveal(0.0, count - 1);
        assert!(list.rows(top).end == count, "{count}");
        let bottom = list.place(top, count - 1) + list.row;
        assert!(bottom <= top + list.view + 0.5, "{count}: {bottom} {top}");
        assert!(top <= (list.track() - list.view).max(0.0));
        assert_eq!(list.reveal(top, 0), 0.0);
    }
}

#[test]
fn nothing_moves_for_a_row_that_is_seen() {
    let list = window(20_000);
    let top = list.reveal(0.0, 500);
    assert_eq!(list.reveal(top, 495), top);
    assert_eq!(list.reveal(top, 500), top);
}
