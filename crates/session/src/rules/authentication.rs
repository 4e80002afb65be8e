//! Who the client is: passwords, SCRAM, and requests that nobody answers.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::Error;
use pgscope_proto::messages::authentication;
use pgscope_proto::schema::Chapter;

use super::Evidence::Refused;
use super::Program::*;
use super::{Rule, heard, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L17",
        title: "Something else where a password was asked for",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the connection."),
        doc: "After a request for a password, for SASL or for GSSAPI the server reads one message of type p and nothing else. A Terminate in its place, which is type 88, nearly always means that the client had no password, or none that it could use, and gave up politely. The server's complaint is then the symptom, and the client's own error the cause.",
        mend: "Give the client a password; in a client, close without a Terminate while the server waits for an answer.",
        record: "Everything from the first authentication request on, and what the client said to its user.",
        seen: &["node-postgres 3210"],
        says: &[
            refused("08P01", "expected password response, got message type {}"),
            refused("08P01", "expected SASL response, got message type {}"),
            read(PostgreSQL, "expected GSS response, got message type {}"),
            read(NodePostgres, "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop_clear)]
B AuthenticationCleartextPassword
F Terminate
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop_clear)]
B AuthenticationCleartextPassword
F PasswordMessage "secret"
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: Chapter::Authentication.flow(),
    },
    Rule {
        id: "L18",
        title: "A length or a zero byte inside the messages of SASL",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq cannot read the server's message."),
        doc: "Of the messages of SASL only SASLInitialResponse has a length of its own inside, because two fields follow each other there. SASLResponse, AuthenticationSASLContinue and AuthenticationSASLFinal hold the mechanism's bytes up to the end of the message, without a length and without a zero byte. The list of mechanisms is different again: each name ends with a zero, and one more zero ends the list. A length that is written all the same becomes part of the SCRAM text, which then does not begin with r=, and its zero bytes seem to end it.",
        mend: "Write the mechanism's bytes alone, with the attributes that are expected here; end the list of mechanisms with an empty name.",
        record: "Everything from the first authentication request to AuthenticationOk.",
        seen: &["jackc/pgproto3 PR 4", "pgcat PR 317"],
        says: &[
            heard(Libpq, "malformed SCRAM message (length mismatch)"),
            heard(Libpq, "invalid list of authentication mechanisms"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop_scram)]
B AuthenticationSASL ["SCRAM-SHA-256"]
F SASLInitialResponse "SCRAM-SHA-256" "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
B AuthenticationSASLContinue "\x00\x00\x00\x54r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop_scram)]
B AuthenticationSASL ["SCRAM-SHA-256"]
F SASLInitialResponse "SCRAM-SHA-256" "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
B AuthenticationSASLContinue "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
F SASLResponse "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
B AuthenticationSASLFinal "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: authentication::AUTHENTICATION_SASL_CONTINUE.section,
    },
    Rule {
        id: "L19",
        title: "Steps of SCRAM left out or in the wrong order",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses steps in another order and a nonce that is not its own."),
        doc: "SCRAM has four steps: the client's nonce, the server's nonce and salt, the client's proof, the server's signature; only then comes AuthenticationOk. The signature proves to the client that the server knows the password too, and who skips it proves nothing. libpq takes an early AuthenticationOk in silence unless require_auth asks for more; other clients stop. The server's nonce must begin with the client's, and the signature must fit the whole conversation, or the client refuses.",
        mend: "Send what is expected here: the nonce of the client with more behind it, then AuthenticationSASLFinal with v= and the signature, and AuthenticationOk once.",
        record: "Everything from the first authentication request to AuthenticationOk.",
        seen: &["node-postgres 3222", "npgsql 3477", "jackc/pgx pgconn"],
        says: &[
            heard(Libpq, "malformed SCRAM message (attribute \"{}\" expected)"),
            heard(Libpq, "invalid SCRAM response (nonce mismatch)"),
            heard(Libpq, "invalid authentication request from server: AUTH_REQ_SASL_CONT without AUTH_REQ_SASL"),
            read(NodePostgres, "SASL: Last message was not SASLResponse"),
            read(NodePostgres, "SASL: SCRAM-SERVER-FIRST-MESSAGE: server nonce does not start with client nonce"),
            read(Pgx, "expected AuthenticationSASLFinal message but received unexpected message {}"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop_scram)]
B AuthenticationSASL ["SCRAM-SHA-256"]
F SASLInitialResponse "SCRAM-SHA-256" "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
B AuthenticationSASLFinal "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop_scram)]
B AuthenticationSASL ["SCRAM-SHA-256"]
F SASLInitialResponse "SCRAM-SHA-256" "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
B AuthenticationSASLContinue "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
F SASLResponse "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
B AuthenticationSASLFinal "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: authentication::AUTHENTICATION_SASL_FINAL.section,
    },
    Rule {
        id: "L20",
        title: "An authentication request that the client does not know",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "An authentication request says with a number how the client shall prove who it is, and then the server waits. A client that does not know the number cannot go on and must say so to its user. Some clients skip the message as if it were a notice: then both ends wait for each other until somebody loses patience.",
        mend: "In a server, ask for what clients know: 0, 3, 5, 7 or 9 to 12; in a client, end with an error that names the number.",
        record: "Everything from the StartupMessage on.",
        seen: &["ponylang PR 97", "arenadotio PR 122"],
        says: &[
            heard(Libpq, "authentication method {} not supported"),
            heard(Libpq, "Kerberos 5 authentication not supported"),
            read(Pgjdbc, "The authentication type {} is not supported."),
            read(NodePostgres, "Unknown authenticationOk message type {}"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B \x52 00000008 00000063
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: Chapter::Authentication.flow(),
    },
    Rule {
        id: "L60",
        title: "A password in another form than was asked for",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the password."),
        doc: "Which request was sent decides what the answer must hold: the password itself, or md5 and 32 hexadecimal digits of a hash with the salt of this very request, or the messages of SCRAM. The server compares what it gets with what it asked for, and can only say that the password is wrong. In SCRAM the c= of the last message must be the flag that was sent first, in base64, the r= the server's nonce unchanged, and a client that could bind to the channel must not say y where the server offers PLUS. The attributes of both messages stand in one order, without a zero byte behind them, and the proof is the base64 of 32 bytes.",
        mend: "Answer in the form of the request that came last: the clear password, a hash that begins with md5, or SCRAM's attributes as they are expected here.",
        record: "Everything from the first authentication request on; a password can be changed afterwards.",
        seen: &["ejabberd 4322"],
        says: &[
            refused("28P01", "password authentication failed for user \"{}\""),
            refused("08P01", "unexpected SCRAM channel-binding attribute in client-final-message"),
            refused("08P01", "invalid SCRAM response"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop_clear)]
B AuthenticationCleartextPassword
F PasswordMessage "md5b6d24a2d2d1c3a4f0d5e0bb1b0d3c2ff"
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "28P01") ("M" "password authentication failed for user \"alice\"")]
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop_clear)]
B AuthenticationCleartextPassword
F PasswordMessage "secret"
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: authentication::PASSWORD_MESSAGE.section,
    },
    Rule {
        id: "L61",
        title: "Something else before AuthenticationOk",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "Behind the StartupMessage a client reads an authentication request, a negotiation of the version, or an error, and nothing else. Settings, the key for cancel requests and ReadyForQuery come when the client was let in, so they stand behind AuthenticationOk. A server that reports its settings first, or leaves AuthenticationOk out where no password is wanted, is taken for something that is no PostgreSQL.",
        mend: "Send AuthenticationOk first, also where no password is asked for.",
        record: "Everything from the StartupMessage to the first ReadyForQuery.",
        seen: &[],
        says: &[heard(Libpq, "expected authentication request from server, but received {}")],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B ParameterStatus server_version "18.0"
B AuthenticationOk
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: Chapter::Startup.flow(),
    },
    Rule {
        id: "L63",
        title: "A password that nobody asked for",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL ends the connection."),
        doc: "A message of type p answers an authentication request, and each request is answered once. A server that has let the client in knows no message of that type any more: it ends the connection. That happens to clients that send the password at once behind the StartupMessage, as a server without a password for them shows, and to those that answer AuthenticationSASLFinal, which wants no answer.",
        mend: "Send a password only in answer to a request for one; read the request first.",
        record: "Everything from the StartupMessage on.",
        seen: &[],
        says: &[refused("08P01", "invalid frontend message type {}")],
        wrong: r#"
(started)
F PasswordMessage "secret"
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "08P01") ("M" "invalid frontend message type 112")]
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop_clear)]
B AuthenticationCleartextPassword
F PasswordMessage "secret"
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: Chapter::Authentication.flow(),
    },
];
