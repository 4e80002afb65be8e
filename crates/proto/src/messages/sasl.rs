//! The parts of SASL payloads: SCRAM attributes (RFC 5802) and OAUTHBEARER pairs (RFC 7628).
//!
//! They are text with separators, not binary fields, so [`crate::decode()`] splits them by a small grammar of its own and
//! takes names and docs from here.

use crate::privacy::{Privacy, Secret};
use crate::schema::*;

const fn part(id: &'static str, name: &'static str, role: Role, doc: &'static str) -> Field {
    field(id, name, Kind::Rest(Inside::Text), role, doc)
}

/// The header with which a client's first message begins.
pub(crate) static GS2_FLAG: Field = part(
    "gs2_flag",
    "channel binding flag",
    Role::Code,
    "n: the client does not support channel binding. y: it does, but thinks that the server does not. p=tls-server-end-point: it uses it. A man in the middle who removes SCRAM-SHA-256-PLUS from the list is found out by this letter.",
).is(Privacy::Public);
pub(crate) static AUTHZID: Field = part(
    "authzid",
    "authorization identity",
    Role::String,
    "Who to act as, if not as oneself. PostgreSQL refuses anything here, so it is empty; the comma behind it must be there all the same.",
).hides(Secret::Name);
pub(crate) static SEPARATOR: Field = part(
    "separator",
    "separator",
    Role::Length,
    "Parts two attributes: a comma in SCRAM, the byte 01 in OAUTHBEARER. There is no length: what stands between two of them is the attribute.",
).is(Privacy::Public);
pub(crate) static OTHER: Field =
    part("text", "text", Role::Secret, "Not in the form of the mechanism.").hides(Secret::Password);
pub(crate) static JSON: Field = part(
    "json",
    "JSON",
    Role::String,
    "The server's answer to a missing or refused token: a status, the scope that is needed, and the address where the client can find out how to get a token (openid-configuration).",
);
pub(crate) static ATTRIBUTE_NAME: Field =
    part("name", "name", Role::Code, "The attribute's letter and an equals sign.").is(Privacy::Public);
pub(crate) static PAIR_NAME: Field =
    part("name", "name", Role::Code, "The name and an equals sign.").is(Privacy::Setting);

/// A SCRAM attribute and the field of its value.
pub(crate) struct Attribute {
    pub(crate) letter: u8,
    pub(crate) field: Field,
    pub(crate) value: Field,
}

const fn attribute(letter: u8, id: &'static str, name: &'static str, role: Role, doc: &'static str) -> Attribute {
    let privacy = match letter {
        b'i' => Privacy::Public,
        b'n' => Privacy::Hidden(Secret::Name),
        b'e' | b'm' | 0 => Privacy::Hidden(Secret::Other),
        _ => Privacy::Hidden(Secret::Proof),
    };
    Attribute { letter, field: part(id, name, role, doc), value: part("value", "value", role, doc).is(privacy) }
}

pub(crate) static ATTRIBUTES: &[Attribute] = &[
    attribute(
        b'n',
        "user",
        "user name",
        Role::String,
        "The user; PostgreSQL ignores it and takes the one of the StartupMessage, so libpq leaves it empty.",
    ),
    attribute(
        b'r',
        "nonce",
        "nonce",
        Role::Secret,
        "Random text that makes each login unique. The server's nonce begins with the client's and adds its own; a client must check that.",
    ),
    attribute(
        b's',
        "salt",
        "salt",
        Role::Secret,
        "The salt of the stored password, in base64. It is not random for each login: it belongs to the password, and the server makes one up for users that do not exist, so that nobody can tell.",
    ),
    attribute(
        b'i',
        "iterations",
        "iterations",
        Role::Integer,
        "How often the password is hashed: 4096 by default. More makes guessing dearer, and each login too.",
    ),
    attribute(
        b'c',
        "binding",
        "channel binding",
        Role::Secret,
        "The client's header again, and the channel binding data if there are any, in base64: `biws` is `n,,`. It proves that nobody changed the header on its way.",
    ),
    attribute(
        b'p',
        "proof",
        "client proof",
        Role::Secret,
        "The proof that the client knows the password, in base64. It cannot be used again: it depends on both nonces.",
    ),
    attribute(
        b'v',
        "signature",
        "server signature",
        Role::Secret,
        "The proof that the server knows the password, too, in base64. A client that does not check it may be talking to anybody.",
    ),
    attribute(
        b'e',
        "error",
        "error",
        Role::String,
        "Why the server refused, such as invalid-proof. PostgreSQL sends an ErrorResponse instead.",
    ),
    attribute(
        b'm',
        "mandatory",
        "mandatory extension",
        Role::String,
        "An extension that must be understood; none exists, so both ends must refuse.",
    ),
];

pub(crate) static UNKNOWN_ATTRIBUTE: Attribute = attribute(
    0,
    "attribute",
    "attribute",
    Role::String,
    "An attribute that the mechanism does not name: to be ignored.",
);

/// The pairs of OAUTHBEARER.
pub(crate) static PAIRS: &[(&[u8], Field, Field)] = &[
    (
        b"auth",
        part(
            "auth",
            "authorization",
            Role::Secret,
            "Bearer and the token, as in an HTTP header. Empty asks the server where a token can be had.",
        ),
        part("value", "value", Role::Secret, "Bearer and the token.").hides(Secret::Password),
    ),
    (
        b"host",
        part("host", "host", Role::String, "The server's name, as the client knows it."),
        part("value", "value", Role::String, "The host.").hides(Secret::Name),
    ),
    (
        b"port",
        part("port", "port", Role::String, "The server's port."),
        part("value", "value", Role::String, "The port.").hides(Secret::Name),
    ),
];
pub(crate) static UNKNOWN_PAIR: (Field, Field) = (
    part("pair", "pair", Role::String, "A pair that the mechanism does not name."),
    part("value", "value", Role::String, "Its value."),
);

/// All fields that a payload may have, each with those that lie in it.
pub(crate) fn all_parts() -> impl Iterator<Item = (&'static Field, [Option<&'static Field>; 2])> {
    let alone = [&GS2_FLAG, &AUTHZID, &SEPARATOR, &OTHER, &JSON].into_iter().map(|field| (field, [None; 2]));
    let attributes = ATTRIBUTES.iter().chain([&UNKNOWN_ATTRIBUTE]);
    let attributes = attributes.map(|one| (&one.field, [Some(&ATTRIBUTE_NAME), Some(&one.value)]));
    let (pair, value) = (&UNKNOWN_PAIR.0, &UNKNOWN_PAIR.1);
    let pairs = PAIRS.iter().map(|(_, field, value)| (field, value)).chain([(pair, value)]);
    alone.chain(attributes).chain(pairs.map(|(field, value)| (field, [Some(&PAIR_NAME), Some(value)])))
}
