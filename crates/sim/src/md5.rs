//! The answer to AuthenticationMD5Password.

use md5::{Digest, Md5};

/// `md5` and the hash of the hash: what goes over the wire.
pub(crate) fn answer(user: &str, password: &str, salt: &[u8]) -> String {
    let stored = hex(&[password.as_bytes(), user.as_bytes()]);
    format!("md5{}", hex(&[stored.as_bytes(), salt]))
}

fn hex(parts: &[&[u8]]) -> String {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
