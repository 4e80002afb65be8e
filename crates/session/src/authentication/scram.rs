//! SCRAM-SHA-256, as RFC 5802 and RFC 7677 have it: all keys from the password, both proofs from the messages.

use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine, alphabet};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::dialogue::{Said, Scram};
use super::prepared::{Prepared, prepared};
use super::{MOST_ITERATIONS, Step, Verdict};

type Key = [u8; 32];

/// Base64 as PostgreSQL reads it: what is left over in the last letter does not matter.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&alphabet::STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

/// The whole computation, as far as the messages are there.
pub(super) fn steps(scram: &Scram, password: &[u8], iterations: &mut u32) -> Vec<Step> {
    let prepared = prepared(password);
    let mut steps = Vec::new();
    let keys = keys(scram, &prepared, iterations, &mut steps);
    let text = auth_message(scram, &mut steps);
    let both = keys.as_ref().map_err(String::clone).and_then(|keys| Ok((keys, text.as_ref().map_err(String::clone)?)));
    let client = both.clone().map(|(keys, text)| hmac(&keys.stored, text));
    let signed = client.as_ref().ok().map(|client| client.to_vec());
    steps.extend(signed.map(|client| step("ClientSignature", "HMAC(StoredKey, AuthMessage)", client)));
    let proof = both.clone().and_then(|(keys, _)| Ok(xor(&keys.client, &client?)));
    let proof = compared(client_proof(scram), proof, "the client's proof is missing", &prepared);
    steps.push(Step { name: "ClientProof", formula: "ClientKey XOR ClientSignature".to_owned(), ..proof });
    let server = keys.as_ref().ok().map(|keys| keys.server.to_vec());
    steps.extend(server.map(|server| step("ServerKey", "HMAC(SaltedPassword, \"Server Key\")", server)));
    let signature = both.map(|(keys, text)| hmac(&keys.server, text));
    let signature = compared(server_signature(scram), signature, "the server sent no signature", &prepared);
    steps.push(Step { name: "ServerSignature", formula: "HMAC(ServerKey, AuthMessage)".to_owned(), ..signature });
    steps
}

struct Keys {
    client: Key,
    stored: Key,
    server: Key,
}

/// What comes from the password and the server's first message.
fn keys(scram: &Scram, prepared: &Prepared, left: &mut u32, steps: &mut Vec<Step>) -> Result<Keys, String> {
    if scram.is_other() {
        return Err(format!("{} is not SCRAM", scram.mechanism()));
    }
    let first = scram.server_first.ok_or("the server's first message is missing")?;
    let said = first.attribute(b's').ok_or("the server's first message has no salt")?;
    let salt = BASE64.decode(said.bytes).map_err(|_| "the salt is not base64")?;
    let place = Some(said.place());
    steps.push(Step { place, ..step("salt", "base64 of s= in server-first-message", salt.clone()) });
    let count = iterations(&first, left)?;
    let salted = salted(&prepared.bytes, &salt, count);
    let formula = format!("Hi(password, salt, {count})");
    steps.push(Step { note: prepared.note.to_owned(), ..step("SaltedPassword", &formula, salted.to_vec()) });
    let client = hmac(&salted, b"Client Key");
    steps.push(step("ClientKey", "HMAC(SaltedPassword, \"Client Key\")", client.to_vec()));
    let stored: Key = Sha256::digest(client).into();
    steps.push(step("StoredKey", "H(ClientKey)", stored.to_vec()));
    Ok(Keys { client, stored, server: hmac(&salted, b"Server Key") })
}

/// How often the hash is taken, if that is not too often.
fn iterations(first: &Said, left: &mut u32) -> Result<u32, String> {
    let said = first.attribute(b'i').ok_or("the server's first message has no iteration count")?;
    let digits = Some(said.bytes).filter(|digits| !digits.is_empty() && digits.iter().all(u8::is_ascii_digit));
    let digits = digits.ok_or("the iteration count is not a number")?;
    let too_many = format!("the hash would be taken more than {MOST_ITERATIONS} times");
    let count: u32 = String::from_utf8_lossy(digits).parse().map_err(|_| too_many.clone())?;
    if count == 0 {
        return Err("the iteration count is 0".to_owned());
    }
    *left = left.checked_sub(count).ok_or(too_many)?;
    Ok(count)
}

/// What both ends sign: what was said before.
fn auth_message(scram: &Scram, steps: &mut Vec<Step>) -> Result<Vec<u8>, String> {
    let first = scram.client_first.ok_or("the client's first message is missing")?;
    let bare = bare(first.bytes).ok_or("the client's first message has no header such as n,,")?;
    let challenge = scram.server_first.ok_or("the server's first message is missing")?;
    let last = scram.client_final.ok_or("the client's last message is missing")?;
    let end = proof_at(last.bytes).ok_or("the client's last message has no proof")?;
    let text = [bare, challenge.bytes, last.bytes.get(..end).unwrap_or_default()].join(&b","[..]);
    let formula = "client-first-message-bare \",\" server-first-message \",\" client-final-message-without-proof";
    steps.push(step("AuthMessage", formula, text.clone()));
    Ok(text)
}

/// What is behind the header, which ends with the second comma.
fn bare(first: &[u8]) -> Option<&[u8]> {
    let mut commas = first.iter().enumerate().filter(|(_, byte)| **byte == b',').map(|(at, _)| at);
    first.get(commas.nth(1)? + 1..)
}

/// Where `,p=` begins: the proof is the last attribute.
fn proof_at(last: &[u8]) -> Option<usize> {
    last.windows(3).rposition(|part| part == b",p=")
}

fn client_proof<'a>(scram: &Scram<'a>) -> Option<Said<'a>> {
    let last = scram.client_final?;
    last.part(proof_at(last.bytes)? + 3, last.bytes.len())
}

fn server_signature<'a>(scram: &Scram<'a>) -> Option<Said<'a>> {
    scram.server_final?.attribute(b'v')
}

/// What was sent, beside what was computed.
fn compared(said: Option<Said>, computed: Result<Key, String>, missing: &str, prepared: &Prepared) -> Step {
    let sent = said.map(|said| BASE64.decode(said.bytes));
    let is_key = |sent: &Vec<u8>| sent.len() == size_of::<Key>();
    let is_malformed = sent.as_ref().is_some_and(|sent| !sent.as_ref().is_ok_and(is_key));
    let sent = sent.and_then(Result::ok);
    let verdict = match (said, &computed) {
        (None, _) => Verdict::Unknown(missing.to_owned()),
        (_, Err(why)) => Verdict::Unknown(why.clone()),
        (Some(_), Ok(key)) if sent.as_deref() == Some(key) => Verdict::Right,
        _ if prepared.is_uncertain && !is_malformed => Verdict::Unknown(prepared.note.to_owned()),
        _ => Verdict::Wrong,
    };
    let note = if is_malformed { "what was sent is not base64 of 32 bytes" } else { "" };
    Step {
        note: note.to_owned(),
        bytes: computed.map(|key| key.to_vec()).unwrap_or_default(),
        place: said.map(|said| said.place()),
        sent,
        verdict: Some(verdict),
        ..Step::default()
    }
}

fn step(name: &'static str, formula: &str, bytes: Vec<u8>) -> Step {
    Step { name, formula: formula.to_owned(), bytes, ..Step::default() }
}

fn hmac(key: &[u8], text: &[u8]) -> Key {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return Key::default() };
    mac.update(text);
    mac.finalize().into_bytes().into()
}

fn salted(password: &[u8], salt: &[u8], iterations: u32) -> Key {
    let mut key = Key::default();
    // HMAC takes keys of any length: there is nothing that can fail.
    let _ = pbkdf2::pbkdf2::<Hmac<Sha256>>(password, salt, iterations, &mut key);
    key
}

fn xor(a: &Key, b: &Key) -> Key {
    std::array::from_fn(|at| a.get(at).copied().unwrap_or_default() ^ b.get(at).copied().unwrap_or_default())
}
