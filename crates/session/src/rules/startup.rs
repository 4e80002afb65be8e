//! Before the first query: encryption, versions, the start-up packet, keys and cancelling.

use pgscope_proto::Direction::{Backend, Frontend};
use pgscope_proto::Severity::{Error, Note, Warning};
use pgscope_proto::messages::{asynchronous, startup};
use pgscope_proto::schema::Chapter;

use super::Evidence::{self, Manual, Refused};
use super::Program::*;
use super::{CLOSES, Rule, WAITS, heard, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L08",
        title: "An SSLRequest that is not answered",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq waits until its time for connecting is over."),
        doc: "Most clients begin with an SSLRequest: eight bytes without a type, the number 80877103 in the place of a version. A server that reads it as a StartupMessage finds a strange version, or waits for parameters that do not come. The client waits for one byte, and both wait for ever. The same holds for a GSSENCRequest, which libpq sends first where it has a ticket.",
        mend: "Look at the number behind the length before anything else, answer S or N with one bare byte, and read the next packet anew.",
        record: "Both directions from the first byte on.",
        seen: &["pglite 989"],
        says: &[heard(Libpq, WAITS)],
        wrong: r#"
F SSLRequest
"#,
        right: r#"
F SSLRequest
B SSLResponseN
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::SSL_REQUEST.section,
    },
    Rule {
        id: "L09",
        title: "An answer to SSLRequest that is no answer",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "An SSLRequest is answered with the one byte S or N, without type and length. An H is the beginning of HTTP: somebody listens on this port who is no PostgreSQL server. An R means that the request was taken for a StartupMessage. An E may be the error of a very old server, or of one that is full; its text must not be shown, since anybody on the way could have written it.",
        mend: "Answer S or N; after N read the StartupMessage that the client sends next.",
        record: "The first bytes of both directions; of a proxy, on both of its sides.",
        seen: &["pgadmin4 4531", "boxen 25", "npgsql 6600", "encore PR 544"],
        says: &[
            heard(Libpq, "received invalid response to SSL negotiation: {}"),
            heard(Libpq, "expected authentication request from server, but received"),
            heard(Psql, "expected authentication request from server, but received"),
            heard(Libpq, "server sent an error response during SSL exchange"),
            read(Npgsql, "Received unknown response {} for SSLRequest (expecting S or N)"),
            read(NodePostgres, "There was an error establishing an SSL connection"),
            read(Pgjdbc, "An error occurred while setting up the SSL connection."),
        ],
        wrong: r#"
F SSLRequest
B \x 485454502f312e3120343030204261642052657175657374 0d0a0d0a
"#,
        right: r#"
F SSLRequest
B SSLResponseN
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::SSL_REQUEST.section,
    },
    Rule {
        id: "L10",
        title: "Plain bytes where encryption begins",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses what was sent before its answer."),
        doc: "A client sends nothing behind an SSLRequest until it has the answer, and a server nothing behind its S until the handshake is done. Bytes in the clear at these places could have been put there by somebody on the way, and a program that keeps them in its buffer would later take them for the encrypted peer's. That was CVE-2021-23214 of the server and CVE-2021-23222 of libpq. The server refuses them at once, whatever it answers, libpq when the handshake is done.",
        mend: "Wait for the one byte of the answer before anything else is sent; keep no plain bytes in the buffer of the encrypted stream.",
        record: "Both directions from the first byte to the first record of TLS.",
        seen: &["PostgreSQL CVE-2021-23222", "ponylang PR 79"],
        says: &[
            refused("08P01", "received unencrypted data after SSL request"),
            heard(Libpq, WAITS),
            read(Libpq, "received unencrypted data after SSL response"),
        ],
        wrong: r#"
F SSLRequest
F StartupMessage 3.0 [(user alice) (database shop)]
B SSLResponseN
"#,
        right: r#"
F SSLRequest
B SSLResponseN
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::SSL_REQUEST.section,
    },
    Rule {
        id: "L11",
        title: "A start-up packet that does not end in a zero byte",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the connection."),
        doc: "A StartupMessage is names and values, each with a zero byte behind it, and one more zero where the next name would be. That zero must be the very last byte of the packet, since a server reads names until it finds it and then looks whether it stands at the end. A name without a value, an empty name in between or a length that is one off all end in the same refusal.",
        mend: "Write one zero byte behind the last value's own, and let the length end there.",
        record: "The first packet of the client, and the server's answer.",
        seen: &["pgbouncer PR 1407"],
        says: &[refused("08P01", "invalid startup packet layout: expected terminator as last byte")],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop)] {less 1}
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "08P01") ("M" "invalid startup packet layout: expected terminator as last byte")]
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::STARTUP_MESSAGE.section,
    },
    Rule {
        id: "L12",
        title: "A start-up packet of an impossible length",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL closes; only its log says why."),
        doc: "A connection begins with a packet without a type: four bytes of length, four of version or request. A server takes between 8 and some 10000 bytes. Anything else is another protocol at the wrong port, a health check, or a message with a type before there may be one. The server closes without a word, since it cannot know in which language to answer, and writes a line into its log.",
        mend: "Begin with the length of the whole packet, itself included, and the version; put no type before it.",
        record: "The first bytes of the client; the server's log says the rest.",
        seen: &["gpdb PR 14926", "pgwire PR 112", "neon PR 6032"],
        says: &[heard(PostgreSQL, CLOSES), heard(PostgreSQLLog, "invalid length of startup packet")],
        wrong: r#"
F \x 00000007 00030000
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::STARTUP_MESSAGE.section,
    },
    Rule {
        id: "L13",
        title: "A StartupMessage without a user",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL refuses the connection."),
        doc: "The user is the one parameter that a StartupMessage must have, and an empty name is none. The database may be left out and is then the user's name. The packet ends at the first empty name, so that parameters behind an early zero byte are not seen either.",
        mend: "Send the pair user and its name.",
        record: "The first packet of the client.",
        seen: &[],
        says: &[refused("28000", "no PostgreSQL user name specified in startup packet")],
        wrong: r#"
F StartupMessage 3.0 [(database shop)]
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "28000") ("M" "no PostgreSQL user name specified in startup packet")]
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::STARTUP_MESSAGE.section,
    },
    Rule {
        id: "L14",
        title: "A newer version or option refused instead of negotiated",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq that asks for the newest version cannot connect."),
        doc: "A client may ask for a newer minor version than the server has, and for options whose names begin with _pq_. A server that does not know them goes on in the version it has and says so in a NegotiateProtocolVersion, with the options it did not take. Refusing keeps newer clients out for no reason; ignoring lets them believe that they have what they asked for. To find servers that do either, libpq 19 asked for version 3.9999 and an option that nobody has while it was in beta.",
        mend: "Answer with NegotiateProtocolVersion, your newest minor version and the names of the options that you do not know, and go on.",
        record: "The StartupMessage and everything up to the first ReadyForQuery.",
        seen: &["crate 18333", "cockroach 153163", "pgwire 455", "psql-wire PR 147", "pgagroal 971", "pgdog 578"],
        says: &[
            heard(Libpq, "unsupported frontend protocol {}"),
            refused("0A000", "unsupported frontend protocol {}: server supports {} to {}"),
            read(Libpq, "server incorrectly accepted \"grease\" protocol version {} without negotiation"),
            read(Libpq, "did not report the unsupported \"_pq_.test_protocol_negotiation\" parameter"),
            read(Pgwire, "unknown protocol version {}"),
        ],
        wrong: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "0A000") ("M" "unsupported frontend protocol 3.2: server supports 3.0 to 3.0")]
"#,
        right: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B NegotiateProtocolVersion 3.0 []
B AuthenticationOk
B ParameterStatus server_version "15.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: asynchronous::NEGOTIATE_PROTOCOL_VERSION.section,
    },
    Rule {
        id: "L15",
        title: "A NegotiateProtocolVersion that negotiates nothing",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "The version in a NegotiateProtocolVersion is a whole version code, 3.0 as 00 03 00 00, though the manual speaks of the newest minor version. A bare 0 or 2 is read as version 0.0 or 0.2. The answer must be a version that exists, 3.1 does not, no higher than what was asked, and lower than it or with an option that was asked for and is not known: an answer that changes nothing is refused as well.",
        mend: "Write the whole version code, lower than what was asked, or name an option that the client asked for.",
        record: "The StartupMessage and the answer.",
        seen: &["pgbouncer PR 1007"],
        says: &[
            heard(
                Libpq,
                "received invalid protocol negotiation message: server requested downgrade to pre-3.0 protocol version",
            ),
            heard(
                Libpq,
                "received invalid protocol negotiation message: server requested downgrade to non-existent 3.1 protocol version",
            ),
            heard(Libpq, "received invalid protocol negotiation message: server negotiated but asks for no changes"),
            heard(
                Libpq,
                "received invalid protocol negotiation message: server requested downgrade to a higher-numbered version",
            ),
            heard(
                Libpq,
                "received invalid protocol negotiation message: server reported unsupported parameter name without a \"_pq_.\" prefix (\"{}\")",
            ),
            heard(
                Libpq,
                "received invalid protocol negotiation message: server reported an unsupported parameter that was not requested (\"{}\")",
            ),
        ],
        wrong: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B NegotiateProtocolVersion 0.2 []
B AuthenticationOk
B ParameterStatus server_version "15.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B NegotiateProtocolVersion 3.0 []
B AuthenticationOk
B ParameterStatus server_version "15.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: asynchronous::NEGOTIATE_PROTOCOL_VERSION.section,
    },
    Rule {
        id: "L16",
        title: "A key for cancelling of the wrong length",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq refuses the key."),
        doc: "In version 3.0 the key that cancels a query has four bytes. In 3.2 it may have up to 256, and ends where the message ends. Longer keys under 3.0 do not fit into what older clients keep, and shorter ones protect nothing. A proxy that passes on a server's long key to a client that asked for 3.0 makes the same mistake.",
        mend: "Send four bytes of key unless the connection speaks 3.2, and no more than 256 then.",
        record: "The StartupMessage and everything up to the first ReadyForQuery.",
        seen: &["pgjdbc QueryExecutorImpl", "pgwire"],
        says: &[
            heard(
                Libpq,
                "received invalid BackendKeyData message: cancel key with length {} not allowed in protocol version {} (must be 4 bytes)",
            ),
            heard(
                Libpq,
                "received invalid BackendKeyData message: cancel key with length {} is too short (minimum 4 bytes)",
            ),
            heard(
                Libpq,
                "received invalid BackendKeyData message: cancel key with length {} is too long (maximum 256 bytes)",
            ),
            heard(Psql, "message contents do not agree with length in message type \"K\""),
            read(Pgjdbc, "Protocol error. Cancel Key should be 4 bytes for protocol version {}"),
            read(Pgwire, "Secret key length must be in [4, 256]"),
        ],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a51c80b64
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: asynchronous::BACKEND_KEY_DATA.section,
    },
    Rule {
        id: "L42",
        title: "A CancelRequest that is answered",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Cancelling (Message Flow): the server handles the request and closes without any reply, so that nobody can try keys.",
        ),
        doc: "A CancelRequest comes on a connection of its own, as its first and only packet. The server looks for the process with that key, and closes without a word, whether it found one or not: an answer would tell somebody who guesses keys that one is right. What became of the query is told on the query's own connection. A CancelRequest on a connection that is already in use is not one; there a server takes its first byte for a type.",
        mend: "Close the connection of a CancelRequest without sending a byte.",
        record: "Both directions of the connection that carries the request, and of the one that it is about.",
        seen: &["risingwave 22626"],
        says: &[],
        wrong: r#"
F CancelRequest 4242 \x3e119a7a
B ErrorResponse [("S" "ERROR") ("V" "ERROR") ("C" "57014") ("M" "canceling statement due to user request")]
"#,
        right: r#"
F CancelRequest 4242 \x3e119a7a
"#,
        section: startup::CANCEL_REQUEST.section,
    },
    Rule {
        id: "L58",
        title: "A second NegotiateProtocolVersion",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "A NegotiateProtocolVersion comes at most once, before the first authentication request. A second one would change what both ends have agreed on. Proxies make this mistake when they answer a client themselves and then pass on what their server answered to them.",
        mend: "Answer the client's own start-up once, and keep what the server behind you says to yours.",
        record: "Everything up to the first ReadyForQuery; of a proxy, on both of its sides.",
        seen: &["pgbouncer 1459"],
        says: &[heard(Libpq, "received duplicate protocol negotiation message")],
        wrong: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B NegotiateProtocolVersion 3.0 []
B NegotiateProtocolVersion 3.0 []
B AuthenticationOk
B ParameterStatus server_version "15.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.2 [(user alice) (database shop)]
B NegotiateProtocolVersion 3.0 []
B AuthenticationOk
B ParameterStatus server_version "15.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: asynchronous::NEGOTIATE_PROTOCOL_VERSION.section,
    },
    Rule {
        id: "L59",
        title: "The answer to another request for encryption",
        by: Backend,
        severity: Error,
        evidence: Refused("libpq gives the connection up."),
        doc: "An SSLRequest is answered S or N, a GSSENCRequest G or N, and nothing else. A server that does not tell the two numbers apart answers S to both, and the client that asked for GSSAPI cannot know what comes next. Proxies that answer before they have read the number make this mistake.",
        mend: "Tell 80877103 (TLS) from 80877104 (GSSAPI), and answer N to what you do not have.",
        record: "The first bytes of both directions.",
        seen: &["supabase 29856"],
        says: &[
            heard(Libpq, "received invalid response to SSL negotiation: {}"),
            read(Libpq, "received invalid response to GSSAPI negotiation: {}"),
        ],
        wrong: r#"
F SSLRequest
B \x 47
"#,
        right: r#"
F SSLRequest
B SSLResponseN
F StartupMessage 3.0 [(user alice) (database shop)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
"#,
        section: startup::GSSENC_REQUEST.section,
    },
    Rule {
        id: "L62",
        title: "Something said behind the end",
        by: Backend,
        severity: Warning,
        evidence: Manual(
            "Message Flow: behind such an ErrorResponse, and behind Terminate, the server closes the connection.",
        ),
        doc: "An ErrorResponse whose severity is FATAL or PANIC, any error before the client was let in, and a Terminate are the last words of a connection: who said them closes, and the other end does not read on. A message behind them is lost in the best case. A ReadyForQuery behind a FATAL error makes poolers keep a connection that is about to go, and requests behind Terminate are never run.",
        mend: "Close the connection behind the last words; give errors after which the session goes on the severity ERROR.",
        record: "Both directions up to the end of the connection, with which end closed it.",
        seen: &[],
        says: &[],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database nowhere)]
B AuthenticationOk
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "3D000") ("M" "database \"nowhere\" does not exist")]
B ReadyForQuery idle
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database nowhere)]
B AuthenticationOk
B ErrorResponse [("S" "FATAL") ("V" "FATAL") ("C" "3D000") ("M" "database \"nowhere\" does not exist")]
"#,
        section: Chapter::Startup.flow(),
    },
    Rule {
        id: "D06",
        title: "A form of another server of this family",
        by: Frontend,
        severity: Note,
        evidence: Evidence::None,
        doc: "Servers that grew from PostgreSQL say some things in forms of their own: Greenplum's dispatcher puts 0x70 in front of the version when it connects to its segments, openGauss asks for hashes of its own under the codes of SASL and under 13, and Redshift for a digest or a token under 13 and 14, which its clients answer with d and i. Between their own two ends these are no mistakes. A client or server that only knows PostgreSQL does not understand them, and a proxy between must be told.",
        mend: "Nothing, where both ends are of that family; else speak PostgreSQL's form.",
        record: "Everything from the StartupMessage on, and which programs the two ends are.",
        seen: &[],
        says: &[refused("0A000", "unsupported frontend protocol {}")],
        wrong: r#"
F \x 00000022 70030000 7573657200 616c69636500 646174616261736500 73686f7000 00
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
];
