//! Passwords in the clear, and MD5: `"md5" ‖ hex(md5(hex(md5(password ‖ user)) ‖ salt))`.

use md5::{Digest, Md5};

use super::dialogue::{Dialogue, hash_of};
use super::{Step, Verdict};

/// A password that was sent as it is.
pub(super) fn clear(dialogue: &Dialogue, password: &[u8]) -> Vec<Step> {
    let step = Step { name: "password", formula: "password, as it is".to_owned(), ..Step::default() };
    let Some(sent) = dialogue.response else {
        let why = "the client's PasswordMessage is missing".to_owned();
        return vec![Step { verdict: Some(Verdict::Unknown(why)), ..step }];
    };
    // The password itself goes nowhere: where it was sent, it stands there.
    let is_right = sent.bytes == password;
    vec![Step {
        bytes: if is_right { sent.bytes.to_vec() } else { Vec::new() },
        place: Some(sent.place()),
        sent: Some(sent.bytes.to_vec()),
        verdict: Some(Verdict::of(is_right)),
        ..step
    }]
}

/// Both hashes, and what the client sent.
pub(super) fn md5(dialogue: &Dialogue, password: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let salt = dialogue.salt;
    steps.extend(salt.map(|salt| Step {
        name: "salt",
        formula: "four bytes of AuthenticationMD5Password".to_owned(),
        bytes: salt.bytes.to_vec(),
        place: Some(salt.place()),
        ..Step::default()
    }));
    let inner = dialogue.user.map(|user| digest(&[password, user]));
    steps.extend(inner.as_ref().map(|inner| step("inner hash", "MD5(password ‖ user)", inner.to_vec())));
    let outer = inner.zip(salt).map(|(inner, salt)| digest(&[hex(&inner).as_bytes(), salt.bytes]));
    steps.extend(outer.as_ref().map(|outer| step("outer hash", "MD5(hex(inner hash) ‖ salt)", outer.to_vec())));
    steps.push(response(dialogue, outer.map(|outer| format!("md5{}", hex(&outer)))));
    steps
}

fn response(dialogue: &Dialogue, computed: Option<String>) -> Step {
    let mut response = step("response", "\"md5\" ‖ hex(outer hash)", computed.clone().unwrap_or_default().into_bytes());
    let sent = dialogue.response;
    response.place = sent.map(|sent| sent.place());
    response.sent = sent.map(|sent| sent.bytes.to_vec());
    let unknown = |why: &str| Verdict::Unknown(why.to_owned());
    response.verdict = Some(match (computed, sent) {
        (_, None) => unknown("the client's PasswordMessage is missing"),
        (None, _) if dialogue.user.is_none() => {
            unknown("the user's name goes into the hash, and the StartupMessage is missing")
        }
        (None, _) => unknown("the salt is missing: AuthenticationMD5Password was not heard"),
        (Some(computed), Some(sent)) => Verdict::of(computed.as_bytes() == sent.bytes),
    });
    if sent.is_some_and(|sent| hash_of(sent.bytes).is_none()) {
        response.note = "what was sent is not md5 and 32 hexadecimal digits".to_owned();
    }
    response
}

fn step(name: &'static str, formula: &str, bytes: Vec<u8>) -> Step {
    Step { name, formula: formula.to_owned(), bytes, ..Step::default() }
}

fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
