//! `pgscope explain`: what is named, what a program said, and what is not known.

use super::{err, out, run};

#[test]
fn rules_messages_states_and_codes_are_explained() {
    for (what, words) in [
        (&["L25"][..], "Rows without a description"),
        (&["execute"], "What answers Execute"),
        (&["describe-statement"], "What answers Describe of a statement"),
        (&["server", "copy", "in"], "copy in, a state of the server"),
        (&["skipping"], "skipping, a state of the server"),
        (&["42P05"], "duplicate_prepared_statement"),
        (&["rules"], "L63"),
    ] {
        let output = run(&[&["explain"], what].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{what:?}");
        assert!(out(&output).contains(words), "{what:?}: {}", out(&output));
    }
}

#[test]
fn what_a_program_said_is_read_from_the_arguments_and_from_standard_input() {
    let said = "lost synchronization with server: got message type \"Z\", length 1515870810";
    let told = out(&run(&["explain", said], b""));
    assert!(told.contains("L01  ") && told.contains("pgscope lint --deny L01 FILE"), "{told}");
    assert_eq!(out(&run(&["explain", "-"], format!("2026-11-02 ERROR: {said}\n").as_bytes())), told);
}

#[test]
fn what_is_not_known_ends_with_near_names() {
    let output = run(&["explain", "Exceute"], b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("near it are") && err(&output).contains("Execute"), "{}", err(&output));
    assert_eq!(run(&["explain"], b"").status.code(), Some(2));
}
