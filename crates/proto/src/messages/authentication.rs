//! Who are you? All messages with tag R, and the client's answers with tag p.

use super::common::*;
use crate::privacy::{Privacy, Secret};
use crate::schema::*;

const FLOW: Section = Chapter::Startup.flow();

const fn authentication(doc: &'static str) -> Field {
    const KINDS: &[Code] = &[
        code(0, "Ok", "Let in."),
        code(1, "KerberosV4", "A relic: no server of today asks for it."),
        code(2, "KerberosV5", "A relic: no server of today asks for it."),
        code(3, "CleartextPassword", "Send the password."),
        code(4, "CryptPassword", "A relic: no server of today asks for it."),
        code(5, "MD5Password", "Send an MD5 hash of the password."),
        code(6, "SCMCredential", "A relic: no server of today asks for it."),
        code(7, "GSS", "Begin GSSAPI."),
        code(8, "GSSContinue", "Go on with GSSAPI or SSPI."),
        code(9, "SSPI", "Begin SSPI."),
        code(10, "SASL", "Choose a SASL mechanism."),
        code(11, "SASLContinue", "Go on with SASL."),
        code(12, "SASLFinal", "The server's last SASL word."),
    ];
    coded("code", "authentication code", Width::Four, KINDS, Unlisted::Future, doc)
}

const PLAIN_CODE: Field =
    authentication("Which authentication message this is: all share the tag R and are told apart by this number.");

const fn request(id: &'static str, name: &'static str, doc: &'static str) -> Field {
    message(id, name, doc)
}

macro_rules! bare_request {
    ($static:ident, $doc_line:literal, $id:literal, $name:literal, $code:literal, $since:literal, $section:expr, $doc:literal, $sample:literal) => {
        #[doc = $doc_line]
        pub static $static: Message = Message {
            field: request($id, $name, $doc),
            sender: Sender::Backend,
            head: Head::Authentication(b'R', $code),
            chapter: Chapter::Authentication,
            since: $since,
            section: $section,
            fields: &[TAG, LENGTH, PLAIN_CODE],
            sample: sample($sample),
        };
    };
}

bare_request!(
    AUTHENTICATION_OK,
    "You are in.",
    "authenticationok",
    "AuthenticationOk",
    0,
    "protocol 3.0",
    formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONOK"),
    "The server is satisfied: the client is who it says. Not yet time to query: ParameterStatus messages, BackendKeyData and the first ReadyForQuery still follow, and an error may come instead, for a database that does not exist for instance.",
    b"R\0\0\0\x08\0\0\0\0"
);
bare_request!(
    AUTHENTICATION_KERBEROS_V4,
    "Kerberos 4, long gone.",
    "authenticationkerberosv4",
    "AuthenticationKerberosV4",
    1,
    "protocol 3.0, gone since PostgreSQL 8.1",
    FLOW,
    "Asked for Kerberos version 4. No server sends it any more; a client may only refuse.",
    b"R\0\0\0\x08\0\0\0\x01"
);
bare_request!(
    AUTHENTICATION_KERBEROS_V5,
    "Kerberos 5 without GSSAPI, gone.",
    "authenticationkerberosv5",
    "AuthenticationKerberosV5",
    2,
    "protocol 3.0, gone since PostgreSQL 9.4",
    formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONKERBEROSV5"),
    "Asked for Kerberos version 5 outside GSSAPI. No longer supported; GSSAPI took its place.",
    b"R\0\0\0\x08\0\0\0\x02"
);
bare_request!(
    AUTHENTICATION_CLEARTEXT_PASSWORD,
    "Send your password.",
    "authenticationcleartextpassword",
    "AuthenticationCleartextPassword",
    3,
    "protocol 3.0",
    formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONCLEARTEXTPASSWORD"),
    "The server wants the password itself. The client answers with a PasswordMessage; without TLS anybody on the way can read it, so a careful client refuses.",
    b"R\0\0\0\x08\0\0\0\x03"
);
bare_request!(
    AUTHENTICATION_SCM_CREDENTIAL,
    "Credentials over a Unix socket, gone.",
    "authenticationscmcredential",
    "AuthenticationSCMCredential",
    6,
    "protocol 3.0, gone since PostgreSQL 9.1",
    FLOW,
    "Asked the client for an SCM credentials message over a Unix-domain socket. Only servers before 9.1 on a few systems sent it; peer authentication needs no message.",
    b"R\0\0\0\x08\0\0\0\x06"
);
bare_request!(
    AUTHENTICATION_GSS,
    "Begin GSSAPI.",
    "authenticationgss",
    "AuthenticationGSS",
    7,
    "PostgreSQL 8.3",
    formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONGSS"),
    "The server wants GSSAPI authentication (Kerberos). The client sends its first token in a GSSResponse, and both go on until the server is satisfied.",
    b"R\0\0\0\x08\0\0\0\x07"
);
bare_request!(
    AUTHENTICATION_SSPI,
    "Begin SSPI.",
    "authenticationsspi",
    "AuthenticationSSPI",
    9,
    "PostgreSQL 8.3",
    formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONSSPI"),
    "The server wants SSPI authentication, Windows' counterpart of GSSAPI. It goes on with the same messages as GSSAPI.",
    b"R\0\0\0\x08\0\0\0\x09"
);

/// The `crypt()` of old.
pub static AUTHENTICATION_CRYPT_PASSWORD: Message = Message {
    field: request(
        "authenticationcryptpassword",
        "AuthenticationCryptPassword",
        "Asked for the password passed through the Unix crypt() function. No server since 8.4 sends it.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 4),
    chapter: Chapter::Authentication,
    since: "protocol 3.0, gone since PostgreSQL 8.4",
    section: FLOW,
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "salt",
            "salt",
            Kind::Fixed(2, Inside::Text),
            Role::Secret,
            "Two characters that went into crypt(), so that the same password gave another hash each time. Two were enough in the 1980s.",
        ).hides(Secret::Proof),
    ],
    sample: sample(b"R\0\0\0\x0a\0\0\0\x04ab"),
};

/// Send an MD5 hash of your password.
pub static AUTHENTICATION_MD5_PASSWORD: Message = Message {
    field: request(
        "authenticationmd5password",
        "AuthenticationMD5Password",
        "The server wants 'md5' followed by md5(md5(password + user) + salt) in hexadecimal, in a PasswordMessage. The salt makes each answer different. MD5 is deprecated since PostgreSQL 18: SCRAM-SHA-256 replaced it in 10.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 5),
    chapter: Chapter::Authentication,
    since: "protocol 3.0 (PostgreSQL 7.4); deprecated since 18",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONMD5PASSWORD"),
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "salt",
            "salt",
            Kind::Fixed(4, Inside::Opaque),
            Role::Secret,
            "Four random bytes that go into the hash as they are, not as hexadecimal text.",
        )
        .hides(Secret::Proof),
    ],
    sample: sample(b"R\0\0\0\x0c\0\0\0\x05\x9a\x01\xfe\x22"),
};

/// Go on with GSSAPI or SSPI.
pub static AUTHENTICATION_GSS_CONTINUE: Message = Message {
    field: request(
        "authenticationgsscontinue",
        "AuthenticationGSSContinue",
        "The next token of a GSSAPI or SSPI dialogue. The client gives it to its library and sends what comes out, if anything, in a GSSResponse.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 8),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 8.3",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONGSSCONTINUE"),
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "token",
            "token",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "The server's next token, to be handed to the GSSAPI or SSPI library as it is. It fills the rest of the message: there is no inner length and no zero byte.",
        ).hides(Secret::Proof),
    ],
    sample: sample(b"R\0\0\0\x0a\0\0\0\x08\x60\x02"),
};

/// Choose a mechanism.
pub static AUTHENTICATION_SASL: Message = Message {
    field: request(
        "authenticationsasl",
        "AuthenticationSASL",
        "The server names the SASL mechanisms that it accepts, best first. The client picks one and answers with a SASLInitialResponse. SCRAM-SHA-256-PLUS is offered only inside TLS: it binds the login to that very TLS session.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 10),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 10; OAUTHBEARER since 18",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONSASL"),
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "mechanisms",
            "mechanisms",
            Kind::UntilZero {
                of: &string(
                    "mechanism",
                    "mechanism",
                    "The name of a mechanism: SCRAM-SHA-256, SCRAM-SHA-256-PLUS or OAUTHBEARER.",
                )
                .is(Privacy::Mechanism),
                end: &END_OF_LIST,
            },
            Role::Value,
            "Names, each ended by a zero byte, and one more zero byte at the end of the list: so the message ends in two zeros.",
        ),
    ],
    sample: sample(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"),
};

/// The server's next SASL message.
pub static AUTHENTICATION_SASL_CONTINUE: Message = Message {
    field: request(
        "authenticationsaslcontinue",
        "AuthenticationSASLContinue",
        "The server's challenge. In SCRAM it is the server-first-message: the combined nonce, the salt, and how often to hash. In OAUTHBEARER it says where to get a token, as JSON.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 11),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 10",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONSASLCONTINUE"),
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "data",
            "mechanism data",
            Kind::Rest(Inside::Sasl),
            Role::Secret,
            "What the mechanism says. It fills the rest of the message: no inner length and no zero byte, which implementers like to add.",
        ).hides(Secret::Proof),
    ],
    sample: sample(b"R\0\0\0\x32\0\0\0\x0br=abcDEF,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
};

/// The server proves itself.
pub static AUTHENTICATION_SASL_FINAL: Message = Message {
    field: request(
        "authenticationsaslfinal",
        "AuthenticationSASLFinal",
        "The mechanism's last word from the server. In SCRAM the server proves that it, too, knows the password; a client that does not check this may be talking to an impostor. AuthenticationOk follows. OAUTHBEARER does without this message.",
    ),
    sender: Sender::Backend,
    head: Head::Authentication(b'R', 12),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 10",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-AUTHENTICATIONSASLFINAL"),
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        field(
            "data",
            "mechanism data",
            Kind::Rest(Inside::Sasl),
            Role::Secret,
            "What the mechanism says: in SCRAM the server's signature, `v=` and base64.",
        )
        .hides(Secret::Proof),
    ],
    sample: sample(b"R\0\0\0\x36\0\0\0\x0cv=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="),
};

/// An authentication request of the future.
pub static AUTHENTICATION_UNKNOWN: Message = Message {
    field: request(
        "authenticationunknown",
        "Unknown authentication request",
        "A message with tag R whose code is not known: a newer way to authenticate, or damaged bytes. A client must not skip it; it can only give up, because the server now waits for an answer.",
    ),
    sender: Sender::Backend,
    head: Head::Any,
    chapter: Chapter::Authentication,
    since: "always",
    section: FLOW,
    fields: &[
        TAG,
        LENGTH,
        PLAIN_CODE,
        rest(
            "data",
            "data",
            Inside::Opaque,
            "What it means depends on the code, which is not known. All bytes up to the end of the message.",
        ),
    ],
    sample: sample(b"R\0\0\0\x09\0\0\0\x63\0"),
};

/// The password, or its hash.
pub static PASSWORD_MESSAGE: Message = Message {
    field: message(
        "passwordmessage",
        "PasswordMessage",
        "The answer to a request for a clear-text or MD5 password. It shares its tag p with three other messages: only the server's last authentication request tells which one this is.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'p'),
    chapter: Chapter::Authentication,
    since: "protocol 3.0",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-PASSWORDMESSAGE"),
    fields: &[
        TAG,
        LENGTH,
        field(
            "password",
            "password",
            Kind::Str,
            Role::Secret,
            "The password in the clear, or 'md5' and 32 hexadecimal digits, ended by a zero byte.",
        )
        .hides(Secret::Password),
    ],
    sample: sample(b"p\0\0\0\x0bsecret\0"),
};

/// The chosen mechanism and its first words.
pub static SASL_INITIAL_RESPONSE: Message = Message {
    field: message(
        "saslinitialresponse",
        "SASLInitialResponse",
        "The client chooses a SASL mechanism and, in the same message, says its first words in it.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'p'),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 10",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SASLINITIALRESPONSE"),
    fields: &[
        TAG,
        LENGTH,
        string(
            "mechanism",
            "mechanism",
            "The mechanism chosen from the server's list, spelled exactly so. SCRAM-SHA-256-PLUS may be chosen only inside TLS. Choosing one that was not offered ends the connection.",
        ).is(Privacy::Mechanism),
        field(
            "response",
            "initial response",
            Kind::Sized {
                length: &field(
                    "length",
                    "length",
                    Kind::Int(Width::Four, Show::Signed),
                    Role::Length,
                    "How many bytes the initial response has, or -1 if there is none. This is the only SASL message with an inner length.",
                ),
                value: &field(
                    "data",
                    "mechanism data",
                    Kind::Rest(Inside::Sasl),
                    Role::Secret,
                    "In SCRAM the client-first-message: a header that says whether channel binding is wanted, an empty user name (the one of the StartupMessage counts) and a random nonce.",
                ).hides(Secret::Proof),
                nullable: true,
            },
            Role::Value,
            "The mechanism's first message, after its length. A mechanism in which the server speaks first would say -1 here, and no bytes.",
        ),
    ],
    sample: sample(b"p\0\0\0\x22SCRAM-SHA-256\0\0\0\0\x0cn,,n=,r=abcd"),
};

/// The client's next SASL message.
pub static SASL_RESPONSE: Message = Message {
    field: message(
        "saslresponse",
        "SASLResponse",
        "The client's next SASL message. In SCRAM it is the client-final-message with the proof that it knows the password, without sending it. In OAUTHBEARER, after a refusal, it is a single byte 01.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'p'),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 10",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-SASLRESPONSE"),
    fields: &[
        TAG,
        LENGTH,
        field(
            "data",
            "mechanism data",
            Kind::Rest(Inside::Sasl),
            Role::Secret,
            "What the mechanism says; it fills the rest of the message, without a zero byte.",
        )
        .hides(Secret::Proof),
    ],
    sample: sample(b"p\0\0\0\x1ac=biws,r=abcDEF,p=dHo="),
};

/// A GSSAPI or SSPI token.
pub static GSS_RESPONSE: Message = Message {
    field: message(
        "gssresponse",
        "GSSResponse",
        "A token of the client's GSSAPI or SSPI library, which only the library at the other end can read. It answers AuthenticationGSS, AuthenticationSSPI or AuthenticationGSSContinue, as often as the libraries want to go on.",
    ),
    sender: Sender::Frontend,
    head: Head::Tag(b'p'),
    chapter: Chapter::Authentication,
    since: "PostgreSQL 8.3",
    section: formats("protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-GSSRESPONSE"),
    fields: &[
        TAG,
        LENGTH,
        field(
            "token",
            "token",
            Kind::Rest(Inside::Opaque),
            Role::Secret,
            "The token as the library made it; it fills the rest of the message. Sending it as a text with a zero byte, like a password, is a mistake: tokens hold zero bytes.",
        ).hides(Secret::Proof),
    ],
    sample: sample(b"p\0\0\0\x08\x60\x02\x06\0"),
};

/// Some answer to an authentication request that was not seen.
pub static AUTHENTICATION_RESPONSE: Message = Message {
    field: message(
        "authenticationresponse",
        "Authentication response",
        "A message with tag p whose authentication request was not seen: PasswordMessage, SASLInitialResponse, SASLResponse and GSSResponse share that tag, and their bytes alone do not tell which one this is.",
    ),
    sender: Sender::Frontend,
    head: Head::Any,
    chapter: Chapter::Authentication,
    since: "protocol 3.0",
    section: FLOW,
    fields: &[
        TAG,
        LENGTH,
        field("data", "data", Kind::Rest(Inside::Opaque), Role::Secret, "The answer, of a kind that cannot be told.")
            .hides(Secret::Password),
    ],
    sample: sample(b"p\0\0\0\x06??"),
};
