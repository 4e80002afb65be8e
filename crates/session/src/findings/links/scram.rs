//! What the four messages of SCRAM are made of, as the server and libpq read them: which attributes, in which order, and nothing behind them.
//!
//! ```text
//! n,,n=,r=…          the client's first: a flag, who it acts for, a name, a nonce
//! r=…,s=…,i=4096     the server's first: the nonce goes on, a salt in base64, a count
//! c=biws,r=…,p=…     the client's last: the flag again, the nonce, the proof in base64
//! v=…                the server's last: its signature in base64
//! ```

use pgscope_proto::{Problem, Span};

use super::Case;
use super::proofs::{before, payload};

/// A proof and a signature are as long as what SHA-256 gives.
const HASH: usize = 32;

/// What is wrong with a text: where, what the reader says, and what it expects there.
struct Fault {
    at: Span,
    says: &'static str,
    expected: &'static str,
}

/// What is left of a text, and how much is behind.
struct Text<'a> {
    rest: &'a [u8],
    at: usize,
}

type Read<T> = Result<T, Fault>;

impl<'a> Text<'a> {
    fn fault<T>(&self, length: usize, says: &'static str, expected: &'static str) -> Read<T> {
        Err(Fault { at: Span::new(self.at, self.at + length.min(self.rest.len())), says, expected })
    }

    fn skip(&mut self, length: usize) -> &'a [u8] {
        let (skipped, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, &[]));
        (self.rest, self.at) = (rest, self.at + skipped.len());
        skipped
    }

    fn comma(&mut self, expected: &'static str) -> Read<()> {
        match self.rest.first() {
            Some(b',') => {
                self.skip(1);
                Ok(())
            }
            _ => self.fault(1, "a comma is missing: the server says “malformed SCRAM message” (08P01)", expected),
        }
    }

    /// Whether an attribute of this name is next.
    fn is_next(&self, name: u8) -> bool {
        self.rest.first() == Some(&name) && self.rest.get(1) == Some(&b'=')
    }

    /// The value of the attribute that is next, up to a comma, which is behind then.
    fn value(&mut self) -> (Span, &'a [u8]) {
        let length = self.rest.iter().position(|byte| *byte == b',').unwrap_or(self.rest.len());
        let whole = self.skip(length);
        let value = (Span::new(self.at - whole.len(), self.at), whole.get(2..).unwrap_or_default());
        self.skip(1);
        value
    }

    fn attribute(&mut self, name: u8, says: &'static str, expected: &'static str) -> Read<(Span, &'a [u8])> {
        let length = self.rest.iter().position(|byte| *byte == b',').unwrap_or(self.rest.len());
        if self.is_next(name) { Ok(self.value()) } else { self.fault(length, says, expected) }
    }

    fn ends(&self, says: &'static str) -> Read<()> {
        if self.rest.is_empty() { Ok(()) } else { self.fault(self.rest.len(), says, "nothing more") }
    }
}

const MALFORMED: &str =
    "an attribute is missing here, or stands elsewhere: the server says “malformed SCRAM message” (08P01)";
const ATTRIBUTE_EXPECTED: &str =
    "an attribute is missing here, or stands elsewhere: libpq says “malformed SCRAM message (attribute expected)”";

/// Whether letters are base64 of so many bytes, if that is said, or of any.
fn is_base64(text: &[u8], of: Option<usize>) -> bool {
    let bare = text.len() - text.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_whole = text.len().is_multiple_of(4) && bare % 4 != 1;
    is_whole
        && text.get(..bare).is_some_and(|text| text.iter().all(is_letter))
        && of.is_none_or(|of| bare * 3 / 4 == of)
}

/// Printable letters but the comma, as nonces have them.
fn is_nonce(nonce: &[u8]) -> bool {
    nonce.iter().all(u8::is_ascii_graphic)
}

fn has_no_zero(text: &Text<'_>, says: &'static str) -> Read<()> {
    match text.rest.iter().position(|byte| *byte == 0) {
        Some(zero) => Err(Fault {
            at: Span::new(text.at + zero, text.at + zero + 1),
            says,
            expected: "the text alone, without a zero byte",
        }),
        None => Ok(()),
    }
}

fn client_first(text: &mut Text<'_>, is_plus: bool) -> Read<()> {
    has_no_zero(
        text,
        "a zero byte stands in it: the server says “malformed SCRAM message” (08P01), message length does not match input length",
    )?;
    // Reading a value passes over the comma behind it.
    let mut is_comma_behind = false;
    match text.rest.first() {
        Some(b'n' | b'y') if is_plus => {
            return text.fault(1, "SCRAM-SHA-256-PLUS was chosen, and the flag says that nothing is bound to the channel: the server says “malformed SCRAM message” (08P01)", "p=tls-server-end-point");
        }
        Some(b'n' | b'y') => {
            text.skip(1);
        }
        Some(b'p') if !is_plus => {
            return text.fault(1, "the flag binds to the channel, and SCRAM-SHA-256 does not: the server says “malformed SCRAM message” (08P01)", "n or y; or SCRAM-SHA-256-PLUS");
        }
        Some(b'p') => {
            let (at, kind) = text.attribute(b'p', MALFORMED, "p=tls-server-end-point")?;
            if kind != b"tls-server-end-point" {
                let says = "PostgreSQL does not know this way of binding to the channel: it says “unsupported SCRAM channel-binding type”";
                return Err(Fault { at, says, expected: "p=tls-server-end-point" });
            }
            is_comma_behind = true;
        }
        _ => {
            return text.fault(
                1,
                "the first letter is no flag of channel binding: the server says “malformed SCRAM message” (08P01)",
                "n,, before the attributes",
            );
        }
    }
    if !is_comma_behind {
        text.comma("n,, before the attributes")?;
    }
    if text.is_next(b'a') {
        return text.fault(1, "an authorization identity is given: the server says “client uses authorization identity, but it is not supported” (0A000)", "nothing between the two commas");
    }
    text.comma("a second comma: nothing is between the two")?;
    if text.is_next(b'm') {
        return text.fault(2, "an extension is asked for that nobody has: the server says “client requires an unsupported SCRAM extension” (0A000)", "n= and r=");
    }
    text.attribute(b'n', MALFORMED, "n=, with or without a name")?;
    let (at, nonce) = text.attribute(b'r', MALFORMED, "r= and a nonce")?;
    if !is_nonce(nonce) {
        let says = "the nonce has other letters than ASCII's that can be seen: the server says “non-printable characters in SCRAM nonce” (08P01)";
        return Err(Fault { at, says, expected: "letters from ! to ~, and no comma" });
    }
    Ok(())
}

fn client_last(text: &mut Text<'_>) -> Read<()> {
    has_no_zero(
        text,
        "a zero byte stands in it: the server says “malformed SCRAM message” (08P01), message length does not match input length",
    )?;
    text.attribute(b'c', MALFORMED, "c= and the flag in base64")?;
    text.attribute(b'r', MALFORMED, "r= and the server's nonce")?;
    while !text.is_next(b'p') && text.rest.get(1) == Some(&b'=') {
        text.value();
    }
    let is_last = !text.rest.contains(&b',');
    let (at, proof) = text.attribute(b'p', MALFORMED, "p= and the proof in base64")?;
    if !is_base64(proof, Some(HASH)) {
        let says = "the proof is not the base64 of 32 bytes: the server says “malformed SCRAM message” (08P01), malformed proof in client-final-message";
        return Err(Fault { at, says, expected: "44 letters, the last of them =" });
    }
    if is_last {
        Ok(())
    } else {
        text.fault(text.rest.len(), "something stands behind the proof: the server says “malformed SCRAM message” (08P01), garbage found at the end of client-final-message", "the proof at the end")
    }
}

fn server_first(text: &mut Text<'_>) -> Read<()> {
    has_no_zero(text, "a zero byte stands in it: libpq says “malformed SCRAM message (length mismatch)”")?;
    text.attribute(b'r', ATTRIBUTE_EXPECTED, "r= and the nonce")?;
    let (at, salt) = text.attribute(b's', ATTRIBUTE_EXPECTED, "s= and the salt in base64")?;
    if salt.is_empty() || !is_base64(salt, None) {
        let says = "the salt is no base64: libpq says “malformed SCRAM message (invalid salt)”";
        return Err(Fault { at, says, expected: "base64 with its padding, of + and / and no other signs" });
    }
    let (at, count) = text.attribute(b'i', ATTRIBUTE_EXPECTED, "i= and how often the password is hashed")?;
    let is_count = std::str::from_utf8(count).is_ok_and(|count| count.parse::<i32>().is_ok_and(|count| count > 0));
    if !is_count {
        let says = "this is no number of iterations: libpq says “malformed SCRAM message (invalid iteration count)”";
        return Err(Fault { at, says, expected: "a number from 1, as a rule 4096" });
    }
    text.ends("something stands behind the count: libpq says “malformed SCRAM message (garbage at end of server-first-message)”")
}

fn server_last(text: &mut Text<'_>) -> Read<()> {
    has_no_zero(text, "a zero byte stands in it: libpq says “malformed SCRAM message (length mismatch)”")?;
    if text.is_next(b'e') {
        return Ok(());
    }
    let (at, signature) = text.attribute(b'v', ATTRIBUTE_EXPECTED, "v= and the signature in base64")?;
    if !is_base64(signature, Some(HASH)) {
        let says = "the signature is not the base64 of 32 bytes: libpq says “malformed SCRAM message (invalid server signature)”";
        return Err(Fault { at, says, expected: "44 letters, the last of them =" });
    }
    text.ends("something stands behind the signature: libpq says “malformed SCRAM message (garbage at end of server-final-message)”")
}

/// The mechanism that the client chose; nothing where it leaves its first word for later, which the server answers with an empty one.
fn mechanism(initial: &[u8]) -> Option<&[u8]> {
    let name = initial.get(5..)?;
    let name = name.get(..name.iter().position(|byte| *byte == 0)?)?;
    let length = initial.get(5 + name.len() + 1..)?.get(..4)?;
    (name.starts_with(b"SCRAM-SHA-256") && length != [0xff; 4]).then_some(name)
}

fn read(
    case: &Case,
    message: &str,
    rule: &'static str,
    reads: impl FnOnce(&mut Text<'_>) -> Read<()>,
) -> Option<Problem> {
    let (at, rest) = payload(case.bytes, message);
    let Fault { at, says, expected } = reads(&mut Text { rest, at }).err()?;
    let at =
        if at.is_empty() { Span::new(at.start.min(case.bytes.len()).saturating_sub(1), case.bytes.len()) } else { at };
    Some(Problem::error(rule, at, says, expected))
}

/// The client's first message of SCRAM.
pub(super) fn first_of_client(case: &Case) -> Option<Problem> {
    let is_plus = mechanism(case.bytes)?.ends_with(b"-PLUS");
    read(case, "saslinitialresponse", "L60", |text| client_first(text, is_plus))
}

/// Its last.
pub(super) fn last_of_client(case: &Case) -> Option<Problem> {
    mechanism(before(case, &["saslinitialresponse"])?.1)?;
    read(case, "saslresponse", "L60", client_last)
}

/// The server's first. That it has a length of its own is told by another rule.
pub(super) fn first_of_server(case: &Case) -> Option<Problem> {
    mechanism(before(case, &["saslinitialresponse"])?.1)?;
    let is_counted = payload(case.bytes, "authenticationsaslcontinue").1.first() == Some(&0);
    if is_counted { None } else { read(case, "authenticationsaslcontinue", "L18", server_first) }
}

/// Its last.
pub(super) fn last_of_server(case: &Case) -> Option<Problem> {
    mechanism(before(case, &["saslinitialresponse"])?.1)?;
    read(case, "authenticationsaslfinal", "L18", server_last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str, reads: impl FnOnce(&mut Text<'_>) -> Read<()>) -> Option<usize> {
        reads(&mut Text { rest: text.as_bytes(), at: 0 }).err().map(|fault| fault.at.start)
    }

    #[test]
    fn what_drivers_and_servers_say_is_right() {
        let proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        for first in ["n,,n=,r=abc", "n,,n=*,r=a+b/c=", "y,,n=user,r=x", "n,,n=a=2Cb,r=x,z=more"] {
            assert_eq!(says(first, |text| client_first(text, false)), None, "{first}");
        }
        assert_eq!(says("p=tls-server-end-point,,n=,r=abc", |text| client_first(text, true)), None);
        for last in [format!("c=biws,r=abc,p={proof}"), format!("c=biws,r=abc,z=more,p={proof}")] {
            assert_eq!(says(&last, client_last), None, "{last}");
        }
        assert_eq!(says("r=abcdef,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", server_first), None);
        assert_eq!(says("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", server_last), None);
        assert_eq!(says("e=invalid-proof", server_last), None);
    }

    #[test]
    fn what_is_refused_is_found_where_it_stands() {
        for (text, at) in [
            ("n=,r=abc", 1),
            ("n,n=,r=abc", 2),
            ("x,,n=,r=abc", 0),
            ("p=tls-server-end-point,,n=,r=abc", 0),
            ("n,a=bob,n=,r=abc", 2),
            ("n,,m=x,n=,r=abc", 3),
            ("n,,r=abc", 3),
            ("n,,n=,r=a b", 6),
            ("n,,n=,r=abc\0", 11),
        ] {
            assert_eq!(says(text, |text| client_first(text, false)), Some(at), "{text}");
        }
        assert_eq!(says("p=tls-unique,,n=,r=abc", |text| client_first(text, true)), Some(0));
        for (text, at) in [("r=abc,c=biws,p=x", 0), ("c=biws,r=abc", 12), ("c=biws,r=abc,p=abcd", 13)] {
            assert_eq!(says(text, client_last), Some(at), "{text}");
        }
        for (text, at) in
            [("s=eA==,r=abc,i=1", 0), ("r=abc,s=e,i=1", 6), ("r=abc,s=eA==,i=0", 13), ("r=abc,s=eA==,i=1,x", 17)]
        {
            assert_eq!(says(text, server_first), Some(at), "{text}");
        }
    }
}
