//! What of an input is nobody else's business: passwords, what proves that somebody knows one, and keys.
//!
//! Who hands on a link to all bytes is told of them before. It knows which messages carry a secret, and not who is told.

use std::fmt::Write;

use pgscope_proto::messages::{asynchronous, authentication, extended_query, simple_query, startup};
use pgscope_proto::{Message, read};

use super::Engine;

/// How many bytes of SQL are searched for a password that it sets.
const SEARCHED: usize = 64 << 10;

impl Engine {
    /// The secrets in the input as the end of a sentence, each kind once with its first message; nothing where there are none.
    pub(super) fn secrets(&self) -> Option<String> {
        // Nothing hands on a file of that size.
        if self.shelf.is_some() {
            return None;
        }
        let mut told = String::new();
        let mut known: Vec<&str> = Vec::new();
        let several = self.connections.len() > 1;
        for (connection, indexed) in self.connections.iter().enumerate() {
            for entry in (0..indexed.index.len()).map_while(|number| indexed.index.entry(number)) {
                let Some(secret) = secret(entry.message, indexed.bytes(&entry)).filter(|it| !known.contains(it)) else {
                    continue;
                };
                known.push(secret);
                let of = if several { format!(" of connection {}", connection + 1) } else { String::new() };
                let comma = if told.is_empty() { "" } else { ", " };
                // Writing into a String never fails.
                let _ = write!(told, "{comma}{secret} (message {}{of})", entry.number + 1);
            }
        }
        (!told.is_empty()).then_some(told)
    }
}

/// What of a message is secret, in words.
fn secret(message: &'static Message, bytes: &[u8]) -> Option<&'static str> {
    let body = bytes.get(5..).unwrap_or_default();
    match () {
        () if *message == authentication::PASSWORD_MESSAGE => match is_md5(read::first_text(bytes).unwrap_or_default())
        {
            true => Some("the MD5 hash of a password"),
            false => Some("a password in the clear"),
        },
        () if *message == authentication::SASL_INITIAL_RESPONSE => {
            holds(body, b"auth=Bearer").then_some("a token that logs in")
        }
        // The proof of SCRAM: with the server's salt, passwords can be tried on it.
        () if *message == authentication::SASL_RESPONSE => Some("the proof of a password"),
        () if *message == authentication::GSS_RESPONSE => Some("a token that logs in"),
        () if *message == authentication::AUTHENTICATION_RESPONSE => Some("an answer that logs in"),
        () if *message == asynchronous::BACKEND_KEY_DATA => Some("the key that cancels this connection’s queries"),
        () if *message == startup::CANCEL_REQUEST => Some("the key that cancels another connection’s queries"),
        () if *message == simple_query::QUERY || *message == extended_query::PARSE => {
            let sql = body.get(..body.len().min(SEARCHED)).unwrap_or_default();
            holds(sql, b"password '").then_some("SQL that has a password in it")
        }
        () => None,
    }
}

fn is_md5(password: &[u8]) -> bool {
    let digits = password.strip_prefix(b"md5").unwrap_or_default();
    digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit)
}

/// Whether bytes hold a text, whatever the case of its letters.
fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::super::{Input, Load, Reply, Request};
    use super::*;

    fn secrets(text: &str) -> Option<String> {
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(text.to_owned()), ..Load::default() }));
        match engine.answer(Request::Secrets) {
            Reply::Text(told) => Some(told),
            _ => None,
        }
    }

    #[test]
    fn what_is_secret_is_told_with_its_message() {
        let md5 = "F: 70 00 00 00 28 6d 64 35 30 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 30 31 32 33 34 35 36 37 38 39 30 31 00";
        for (text, told) in [
            (
                "B: 52 00 00 00 08 00 00 00 03\nF: 70 00 00 00 08 61 62 63 00",
                Some("a password in the clear (message 2)"),
            ),
            (
                &format!("B: 52 00 00 00 0c 00 00 00 05 01 02 03 04\n{md5}"),
                Some("the MD5 hash of a password (message 2)"),
            ),
            (
                "B: 4b 00 00 00 0c 00 00 10 92 3e 11 9a 7a",
                Some("the key that cancels this connection’s queries (message 1)"),
            ),
            (
                "F: 00 00 00 10 04 d2 16 2e 00 00 10 92 3e 11 9a 7a",
                Some("the key that cancels another connection’s queries (message 1)"),
            ),
            ("F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00", None),
            ("", None),
        ] {
            assert_eq!(secrets(text).as_deref(), told, "{text}");
        }
        let sql = b"ALTER ROLE a PASSWORD 'b'\0";
        let hex: String = sql.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            secrets(&format!("F: 51 000000{:02x} {hex}", sql.len() + 4)).as_deref(),
            Some("SQL that has a password in it (message 1)")
        );
    }
}
