//! What servers commonly say in an ErrorResponse, and which SQLSTATE stands beside it: a log often has the words alone.

use pgscope_proto::codes::sqlstate::{self, Condition};
use pgscope_session::rules::fits;

/// The words, with `{}` for what varies, and the code.
const WORDS: [(&str, &str); 38] = [
    ("deadlock detected", "40P01"),
    ("could not serialize access due to {}", "40001"),
    ("could not obtain lock on {}", "55P03"),
    ("canceling statement due to lock timeout", "55P03"),
    ("canceling statement due to statement timeout", "57014"),
    ("canceling statement due to user request", "57014"),
    ("canceling statement due to conflict with recovery", "40001"),
    ("terminating connection due to administrator command", "57P01"),
    ("terminating connection due to idle-in-transaction timeout", "25P03"),
    ("terminating connection due to idle-session timeout", "57P05"),
    ("terminating connection because of crash of another server process", "57P02"),
    ("the database system is starting up", "57P03"),
    ("the database system is shutting down", "57P03"),
    ("the database system is in recovery mode", "57P03"),
    ("sorry, too many clients already", "53300"),
    ("remaining connection slots are reserved for {}", "53300"),
    ("too many connections for {}", "53300"),
    ("no pg_hba.conf entry for host {}", "28000"),
    ("role {} does not exist", "28000"),
    ("database {} does not exist", "3D000"),
    ("duplicate key value violates unique constraint {}", "23505"),
    ("violates foreign key constraint {}", "23503"),
    ("violates not-null constraint", "23502"),
    ("violates check constraint {}", "23514"),
    ("value too long for type {}", "22001"),
    ("invalid input syntax for type {}", "22P02"),
    ("numeric field overflow", "22003"),
    ("out of range for type {}", "22003"),
    ("division by zero", "22012"),
    ("syntax error at or near {}", "42601"),
    ("relation {} does not exist", "42P01"),
    ("column {} does not exist", "42703"),
    ("function {} does not exist", "42883"),
    ("operator does not exist: {}", "42883"),
    ("permission denied for {}", "42501"),
    ("cannot execute {} in a read-only transaction", "25006"),
    ("there is already a transaction in progress", "25001"),
    ("out of shared memory", "53200"),
];

/// The condition of this name, `deadlock_detected`, or the one that a server means with such words.
pub(super) fn condition(what: &str) -> Option<&'static Condition> {
    let name = what.to_ascii_lowercase().replace(' ', "_");
    let named = sqlstate::all().find(|condition| !condition.is_class() && condition.name == name);
    let fitting = WORDS.iter().filter_map(|(words, code)| Some((fits(words, what)?, *code)));
    named.or_else(|| sqlstate::sqlstate(fitting.max_by_key(|(score, _)| *score)?.1.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_have_a_code() {
        for (words, code) in WORDS {
            let text = format!("2026-01-01 12:00:00 UTC [7] ERROR:  {}", words.replace("{}", "\"x\""));
            let found = condition(&text).map(|condition| condition.code);
            assert_eq!(found, Some(code), "{words}");
        }
        let code = |what: &str| condition(what).map(|condition| condition.code);
        assert_eq!(code("unique_violation"), Some("23505"));
        assert_eq!(code("Deadlock Detected"), Some("40P01"));
        assert_eq!(code("nothing of the kind"), None);
    }
}
