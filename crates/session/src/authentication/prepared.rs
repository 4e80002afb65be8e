//! A password as both ends hash it for SCRAM: prepared by SASLprep (RFC 4013), or as it is where that cannot be.

use std::borrow::Cow;

/// The bytes to hash, and what is to be said of them.
pub(super) struct Prepared<'a> {
    pub(super) bytes: Cow<'a, [u8]>,
    pub(super) note: &'static str,
    /// Whether both ends may have hashed something else, because the tables of SASLprep are not here.
    pub(super) is_uncertain: bool,
}

fn as_it_is<'a>(password: &'a [u8], note: &'static str) -> Prepared<'a> {
    Prepared { bytes: password.into(), note, is_uncertain: false }
}

/// As `pg_saslprep` does it: ASCII needs none, and what SASLprep forbids is hashed as it is.
pub(super) fn prepared(password: &[u8]) -> Prepared<'_> {
    if password.is_ascii() {
        return as_it_is(password, "");
    }
    match std::str::from_utf8(password) {
        Ok(text) => prepare(text),
        Err(_) => as_it_is(password, "the password is not UTF-8: it is used as it is, as PostgreSQL does"),
    }
}

#[cfg(feature = "saslprep")]
fn prepare(text: &str) -> Prepared<'_> {
    match stringprep::saslprep(text) {
        Ok(prepared) if prepared == text => as_it_is(text.as_bytes(), ""),
        Ok(prepared) if !prepared.is_empty() => Prepared {
            bytes: prepared.into_owned().into_bytes().into(),
            note: "SASLprep changed the password before it was hashed",
            is_uncertain: false,
        },
        _ => as_it_is(text.as_bytes(), "SASLprep forbids this password: it is used as it is, as PostgreSQL does"),
    }
}

#[cfg(not(feature = "saslprep"))]
fn prepare(text: &str) -> Prepared<'_> {
    let note = "the password has letters outside ASCII, which SASLprep may change: it is used as it is";
    Prepared { is_uncertain: true, ..as_it_is(text.as_bytes(), note) }
}
