//! `pgscope mdbook`, as mdBook calls it.

use crate::{err, out, run};

const CONTENT: &str = "# One\n\n```pgscope\nstep: Query\nF: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\n```\nbehind\n\n```rust\n1\n```\n";

fn book(content: &str) -> String {
    let content = serde_json::to_string(content).expect("text");
    format!(
        r#"[{{"root":"/b","config":{{"preprocessor":{{"pgscope":{{"site":"https://example.org/p/"}}}}}},"renderer":"html"}},
        {{"items":[{{"Chapter":{{"name":"One","content":{content},"path":"one.md","sub_items":[
        {{"Chapter":{{"name":"In","content":"none","path":"in.md","sub_items":[]}}}}]}}}}]}}]"#
    )
}

#[test]
fn fences_become_figures_and_the_rest_stays() {
    let done = run(&["mdbook"], book(CONTENT).as_bytes());
    assert!(done.status.success(), "{}", err(&done));
    let written: serde_json::Value = serde_json::from_str(&out(&done)).expect("JSON");
    let chapter = written.pointer("/items/0/Chapter/content").and_then(|text| text.as_str()).expect("a chapter");
    let (before, rest) = chapter.split_once("\n<pgscope-exchange><figure").expect("a figure");
    let (figure, after) = rest.split_once("</pgscope-exchange>\n\n").expect("it ends");
    assert_eq!((before, after), ("# One\n\n", "behind\n\n```rust\n1\n```\n"));
    assert!(
        figure.contains("data-name=\"Query\" data-lit") && figure.contains("https://example.org/p/#v="),
        "{figure}"
    );
    assert!(!figure.contains('\n'), "a blank line would end the piece of HTML");
    assert_eq!(
        written.pointer("/items/0/Chapter/sub_items/0/Chapter/content").and_then(|text| text.as_str()),
        Some("none")
    );
}

#[test]
fn what_does_not_hold_stops_the_book_and_is_told_with_its_place() {
    let done = run(&["mdbook"], book("a\n\n```pgscope\nstep: Bind\nF: 51 00 00 00 04\n```\n").as_bytes());
    assert_eq!(done.status.code(), Some(2));
    assert!(
        err(&done).contains("one.md:4: there is no message Bind") || err(&done).contains("one.md:4:"),
        "{}",
        err(&done)
    );
    assert!(out(&done).is_empty());
    let none = run(&["mdbook"], b"[]");
    assert!(err(&none).contains("mdBook calls this command by itself"), "{}", err(&none));
}

#[test]
fn html_is_what_it_makes() {
    assert!(run(&["mdbook", "supports", "html"], b"").status.success());
    assert!(!run(&["mdbook", "supports", "latex"], b"").status.success());
}

#[test]
fn it_brings_its_style_sheet_into_a_book() {
    let book = std::env::temp_dir().join(format!("pgscope-book-{}", std::process::id()));
    std::fs::create_dir_all(&book).expect("a folder");
    let path = book.to_str().expect("a path");
    assert!(err(&run(&["mdbook", "install", path], b"")).contains("there is no book.toml"));
    std::fs::write(book.join("book.toml"), "").expect("a file");
    let done = run(&["mdbook", "install", path], b"");
    assert!(out(&done).contains("[preprocessor.pgscope]"), "{}", err(&done));
    let sheet = std::fs::read_to_string(book.join("pgscope.css")).expect("the sheet");
    assert!(sheet.contains(".pgscope-rows"));
    std::fs::remove_dir_all(book).expect("it goes");
}
