//! SCRAM-SHA-256, both sides, as RFC 5802 and RFC 7677 have it and PostgreSQL speaks it.
//!
//! Nonces and salts come from outside. Texts of complaints are PostgreSQL's and libpq's own.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::report::Report;

type Key = [u8; 32];

/// Base64 as both programs read it: what is left over in the last letter does not matter.
const STANDARD: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

fn hmac(key: &[u8], parts: &[&[u8]]) -> Key {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Key::default() };
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// A password as both ends hash it: what cannot be prepared is taken as it is, as libpq and the server do.
#[cfg(feature = "saslprep")]
fn prepared(password: &str) -> std::borrow::Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(password.into())
}

/// A password of ASCII letters needs no preparing; others are taken as they are.
#[cfg(not(feature = "saslprep"))]
fn prepared(password: &str) -> std::borrow::Cow<'_, str> {
    password.into()
}

fn salted(password: &str, salt: &[u8], iterations: u32) -> Key {
    let prepared = prepared(password);
    let mut key = Key::default();
    // HMAC takes keys of any length: there is nothing that can fail.
    let _ = pbkdf2::pbkdf2::<Hmac<Sha256>>(prepared.as_bytes(), salt, iterations, &mut key);
    key
}

fn xor(a: &Key, b: &Key) -> Key {
    std::array::from_fn(|at| a.get(at).copied().unwrap_or_default() ^ b.get(at).copied().unwrap_or_default())
}

/// The server's memory of one conversation.
#[derive(Clone, Debug)]
pub struct ServerScram {
    stored_key: Key,
    server_key: Key,
    /// An unknown user or one without a password: the conversation is played to its end, and fails.
    doomed: bool,
    transcript: String,
    nonce: String,
    gs2: String,
}

/// What the server keeps of a password.
#[derive(Clone, Debug)]
pub struct Verifier<'a> {
    /// The password, if the role has one.
    pub password: Option<&'a str>,
    /// The salt.
    pub salt: &'a [u8],
    /// How often the hash is taken.
    pub iterations: u32,
}

impl ServerScram {
    /// Reads client-first-message and gives server-first-message. `nonce` is the server's part.
    pub fn first(message: &[u8], verifier: &Verifier<'_>, nonce: &str) -> Result<(Self, String), Report> {
        let (gs2, bare) = split_gs2(message)?;
        let client_nonce = client_nonce(bare)?;
        if !client_nonce.bytes().all(|byte| (0x21..=0x7e).contains(&byte) && byte != b',') {
            return Err(Report::error("08P01", "non-printable characters in SCRAM nonce"));
        }
        let key = salted(verifier.password.unwrap_or_default(), verifier.salt, verifier.iterations);
        let nonce = format!("{client_nonce}{nonce}");
        let salt = STANDARD.encode(verifier.salt);
        let answer = format!("r={nonce},s={salt},i={}", verifier.iterations);
        let this = Self {
            stored_key: Sha256::digest(hmac(&key, &[b"Client Key"])).into(),
            server_key: hmac(&key, &[b"Server Key"]),
            doomed: verifier.password.is_none(),
            transcript: format!("{bare},{answer}"),
            nonce,
            gs2: gs2.to_owned(),
        };
        Ok((this, answer))
    }

    /// Reads client-final-message and gives server-final-message, or `None` if the password was wrong.
    pub fn last(&self, message: &[u8]) -> Result<Option<String>, Report> {
        let text = ascii(message)?;
        let mut rest = text;
        let binding = attribute(&mut rest, 'c')?;
        if binding != STANDARD.encode(&self.gs2) {
            let text = "unexpected SCRAM channel-binding attribute in client-final-message";
            return Err(Report::error("08P01", text));
        }
        let nonce = attribute(&mut rest, 'r')?;
        let without_proof = loop {
            let before = text.len() - rest.len();
            let (letter, value) = any_attribute(&mut rest)?;
            if letter == 'p' {
                break (text.get(..before.saturating_sub(1)).unwrap_or_default(), value);
            }
        };
        let (without_proof, proof) = without_proof;
        let proof: Key = STANDARD
            .decode(proof)
            .ok()
            .and_then(|proof| proof.try_into().ok())
            .ok_or_else(|| malformed("Malformed proof in client-final-message."))?;
        if text.len() > without_proof.len() + 3 + STANDARD.encode(proof).len() {
            return Err(malformed("Garbage found at the end of client-final-message."));
        }
        if nonce != self.nonce {
            return Err(Report::error("08P01", "invalid SCRAM response").detail("Nonce does not match."));
        }
        let transcript = [self.transcript.as_bytes(), b",", without_proof.as_bytes()];
        let key = xor(&proof, &hmac(&self.stored_key, &transcript));
        if self.doomed || <Key>::from(Sha256::digest(key)) != self.stored_key {
            return Ok(None);
        }
        Ok(Some(format!("v={}", STANDARD.encode(hmac(&self.server_key, &transcript)))))
    }
}

fn malformed(detail: impl Into<String>) -> Report {
    Report::error("08P01", "malformed SCRAM message").detail(detail)
}

fn ascii(message: &[u8]) -> Result<&str, Report> {
    if message.is_empty() {
        return Err(malformed("The message is empty."));
    }
    if message.contains(&0) {
        return Err(malformed("Message length does not match input length."));
    }
    std::str::from_utf8(message).map_err(|_| malformed("The message is not valid UTF-8."))
}

/// The header of channel binding with its commas, and what is behind it.
fn split_gs2(message: &[u8]) -> Result<(&str, &str), Report> {
    let text = ascii(message)?;
    let flag = text.chars().next().unwrap_or_default();
    match flag {
        'n' | 'y' => {}
        'p' => {
            return Err(malformed(
                "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.",
            ));
        }
        _ => return Err(malformed(format!("Unexpected channel-binding flag \"{}\".", shown(flag)))),
    }
    let behind = text.get(1..).unwrap_or_default();
    let Some(behind) = behind.strip_prefix(',') else {
        return Err(malformed(format!("Comma expected, but found character \"{}\".", next_shown(behind))));
    };
    if behind.starts_with('a') {
        return Err(Report::error("0A000", "client uses authorization identity, but it is not supported"));
    }
    let Some(bare) = behind.strip_prefix(',') else {
        let found = next_shown(behind);
        return Err(malformed(format!("Unexpected attribute \"{found}\" in client-first-message.")));
    };
    if bare.starts_with('m') {
        return Err(Report::error("0A000", "client requires an unsupported SCRAM extension"));
    }
    Ok((text.get(..3).unwrap_or_default(), bare))
}

fn client_nonce(bare: &str) -> Result<String, Report> {
    let mut rest = bare;
    attribute(&mut rest, 'n')?;
    let nonce = attribute(&mut rest, 'r')?.to_owned();
    while !rest.is_empty() {
        any_attribute(&mut rest)?;
    }
    Ok(nonce)
}

fn attribute<'a>(rest: &mut &'a str, letter: char) -> Result<&'a str, Report> {
    let found = next_shown(rest);
    let Some(behind) = rest.strip_prefix(letter) else {
        return Err(malformed(format!("Expected attribute \"{letter}\" but found \"{found}\".")));
    };
    value(rest, behind, letter)
}

fn any_attribute<'a>(rest: &mut &'a str) -> Result<(char, &'a str), Report> {
    let found = rest.chars().next().filter(char::is_ascii_alphabetic);
    let Some(letter) = found else {
        let found = next_shown(rest);
        return Err(malformed(format!("Attribute expected, but found invalid character \"{found}\".")));
    };
    let behind = rest.get(1..).unwrap_or_default();
    Ok((letter, value(rest, behind, letter)?))
}

fn value<'a>(rest: &mut &'a str, behind: &'a str, letter: char) -> Result<&'a str, Report> {
    let Some(behind) = behind.strip_prefix('=') else {
        return Err(malformed(format!("Expected character \"=\" for attribute \"{letter}\".")));
    };
    let (value, after) = behind.split_once(',').unwrap_or((behind, ""));
    *rest = after;
    Ok(value)
}

fn next_shown(text: &str) -> String {
    shown(text.chars().next().unwrap_or('\0'))
}

fn shown(letter: char) -> String {
    if letter.is_ascii_graphic() { letter.to_string() } else { format!("0x{:02x}", (letter as u32).min(255)) }
}

/// The client's memory of one conversation.
#[derive(Clone, Debug)]
pub struct ClientScram {
    password: String,
    nonce: String,
    first_bare: String,
    gs2: String,
    verdict: Option<Key>,
}

impl ClientScram {
    /// A conversation with this nonce. `gs2` is `n,,`, or `y,,` where the client could bind to a channel and believes that
    /// the server cannot. PostgreSQL ignores `user`, and libpq leaves it out.
    pub fn new(password: &str, user: &str, nonce: &str, gs2: &str) -> Self {
        Self {
            password: password.to_owned(),
            nonce: nonce.to_owned(),
            first_bare: format!("n={user},r={nonce}"),
            gs2: gs2.to_owned(),
            verdict: None,
        }
    }

    /// client-first-message.
    pub fn first(&self) -> String {
        format!("{}{}", self.gs2, self.first_bare)
    }

    /// Reads server-first-message and gives client-final-message, or what libpq says.
    pub fn last(&mut self, message: &[u8]) -> Result<String, String> {
        let text = std::str::from_utf8(message).map_err(|_| "malformed SCRAM message".to_owned())?;
        if text.is_empty() {
            return Err("malformed SCRAM message (empty message)".to_owned());
        }
        let mut rest = text;
        let nonce = taken(&mut rest, 'r')?;
        if !nonce.starts_with(&self.nonce) {
            return Err("invalid SCRAM response (nonce mismatch)".to_owned());
        }
        let salt = taken(&mut rest, 's')?;
        let salt = STANDARD.decode(salt).map_err(|_| "malformed SCRAM message (invalid salt)".to_owned())?;
        let iterations: u32 = taken(&mut rest, 'i')?
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or("malformed SCRAM message (invalid iteration count)")?;
        if !rest.is_empty() {
            return Err("malformed SCRAM message (garbage at end of server-first-message)".to_owned());
        }
        // A damaged count must not keep this thread busy for minutes, as it would keep libpq.
        if iterations > MOST_ITERATIONS {
            return Err(format!("the simulated client does not hash {iterations} times"));
        }
        let key = salted(&self.password, &salt, iterations);
        let without_proof = format!("c={},r={nonce}", STANDARD.encode(&self.gs2));
        let transcript = format!("{},{text},{without_proof}", self.first_bare);
        let client_key = hmac(&key, &[b"Client Key"]);
        let stored_key: Key = Sha256::digest(client_key).into();
        let proof = xor(&client_key, &hmac(&stored_key, &[transcript.as_bytes()]));
        self.verdict = Some(hmac(&hmac(&key, &[b"Server Key"]), &[transcript.as_bytes()]));
        Ok(format!("{without_proof},p={}", STANDARD.encode(proof)))
    }

    /// Whether server-final-message proves that the server knows the password too.
    pub fn verify(&self, message: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(message).map_err(|_| "malformed SCRAM message".to_owned())?;
        if let Some(error) = text.strip_prefix("e=") {
            return Err(format!("error received from server in SCRAM exchange: {error}"));
        }
        let mut rest = text;
        let verdict = taken(&mut rest, 'v')?;
        if !rest.is_empty() {
            return Err("malformed SCRAM message (garbage at end of server-final-message)".to_owned());
        }
        let verdict = STANDARD.decode(verdict).ok().filter(|verdict| verdict.len() == 32);
        match verdict {
            None => Err("malformed SCRAM message (invalid server signature)".to_owned()),
            Some(verdict) if Some(verdict.as_slice()) == self.verdict.as_ref().map(Key::as_slice) => Ok(()),
            Some(_) => Err("incorrect server signature".to_owned()),
        }
    }
}

/// How many iterations of the hash a client here takes part in.
const MOST_ITERATIONS: u32 = 1_000_000;

fn taken<'a>(rest: &mut &'a str, letter: char) -> Result<&'a str, String> {
    let Some(behind) = rest.strip_prefix(letter) else {
        return Err(format!("malformed SCRAM message (attribute \"{letter}\" expected)"));
    };
    let Some(behind) = behind.strip_prefix('=') else {
        return Err(format!("malformed SCRAM message (expected character \"=\" for attribute \"{letter}\")"));
    };
    let (value, after) = behind.split_once(',').unwrap_or((behind, ""));
    *rest = after;
    Ok(value)
}
