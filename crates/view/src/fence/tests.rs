use super::*;

fn told(document: &str) -> Vec<String> {
    let wrong = |fence: &Fence| fence.read().err().unwrap_or_default();
    find(document).iter().flat_map(wrong).map(|wrong| format!("{}: {}", wrong.line, wrong.message)).collect()
}

const QUERY: &str = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00";

#[test]
fn fences_are_found_in_the_forms_of_all_generators() {
    for (open, close) in [
        ("```pgscope", "```"),
        ("~~~~ pgscope", "~~~~"),
        ("```{pgscope}", "```"),
        ("```{.pgscope #an-id}", "```"),
        ("```pgscope title=\"A query\"", "```"),
        (":::pgscope", ":::"),
        ("[source,pgscope]\n----", "----"),
        ("[pgscope]\n....", "...."),
    ] {
        let found = find(&format!("# Title\n\n{open}\nexpect: Query\n{QUERY}\n{close}\nmore\n"));
        assert_eq!(found.len(), 1, "{open}");
        assert_eq!(found[0].lines, ["expect: Query", QUERY], "{open}");
        assert!(found[0].read().is_ok(), "{open}");
    }
    for (document, line) in [
        (format!("- a list\n\n  ```pgscope\n  expect: Query\n  {QUERY}\n  ```\n"), 3),
        (format!(".. code-block:: pgscope\n   :caption: A query\n\n   expect: Query\n   {QUERY}\n\nText\n"), 3),
        (format!(".. pgscope::\n\n   expect: Query\n   {QUERY}\n"), 2),
    ] {
        let found = find(&document);
        assert_eq!(found.len(), 1, "{document}");
        assert_eq!(
            (found[0].line, found[0].lines.as_slice()),
            (line, ["expect: Query".to_owned(), QUERY.to_owned()].as_slice())
        );
    }
    for other in ["```rust\nlet a = 1;\n```", "`pgscope`", "````md\n```pgscope\n```\n````", "[source,sql]\n----\n----"]
    {
        assert_eq!(find(other), [], "{other}");
    }
}

#[test]
fn what_does_not_hold_is_told_with_its_line() {
    let fence = |inside: &str| format!("Text\n\n```pgscope\n{inside}\n```\n");
    assert_eq!(told(&fence(QUERY)), [] as [String; 0]);
    assert_eq!(told(&fence("scenario: handshake\nstep: Query\nexpect: …, Query, …, Terminate")), [] as [String; 0]);
    assert_eq!(told(&fence(&format!("expect: Query, Sync\n{QUERY}"))), ["4: Sync is expected where there is the end"]);
    let unknown = told(&fence("scenario: handshak"));
    assert!(unknown[0].starts_with("4: there is no scenario handshak; known are first-hour, "), "{unknown:?}");
    assert_eq!(told(&fence("scenario: handshake\nset: tls=maybe")).len(), 1);
    assert_eq!(told(&fence("scenario: handshake\nstep: Bind")).len(), 1);
    assert_eq!(
        told(&fence(&format!("scenario: handshake\n\n{QUERY}"))),
        ["5: the scenario handshake is played: bytes below it are too many"]
    );
    assert_eq!(told(&fence("")), ["3: there is nothing in it: a scenario or bytes are wanted"]);
    assert_eq!(
        told(&fence(&format!("panes: hex\nmessages: 9-1\n{QUERY}"))),
        [
            "4: there is no pane hex; known are diagram, bytes, fields, words",
            "5: 9-1 is no range of messages, such as 3-9, 3- or 7",
        ]
    );
}

#[test]
fn what_is_wrong_must_be_meant() {
    let short = "F: 51 00 00 00 0d 53 45 4c 45 43 54 20 31 3b 00\nF: 58 00 00 00 04";
    let fence = |inside: &str| format!("```pgscope\n{inside}\n```\n");
    let unmeant = told(&fence(short));
    assert!(unmeant.len() == 1 && unmeant[0].starts_with("1: error L01 in message 1, Query: "), "{unmeant:?}");
    assert_eq!(told(&fence(&format!("finding: L01\n{short}"))), [] as [String; 0]);
    assert_eq!(told(&fence(&format!("finding: L25\n{QUERY}"))), ["2: L25 is not found in it"]);
    assert_eq!(told(&fence(&format!("finding: none\n{QUERY}"))), [] as [String; 0]);
}
