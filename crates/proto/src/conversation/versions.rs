//! What depends on the version: of the protocol, which both ends agree on in the StartupMessage, and of the server, which it
//! tells in a ParameterStatus.

use crate::Message;
use crate::messages::startup::{VERSION_2_0, VERSION_3_0, VERSION_3_2};
use crate::messages::{asynchronous, authentication, base_backup, copy, errors, pgoutput, replication, startup};
use crate::schema::Section;

/// A version of the protocol.
#[derive(Debug)]
pub struct Version {
    /// Its word in a StartupMessage: the major version in the upper half, the minor in the lower.
    pub word: u32,
    /// What it is called: `3.2`.
    pub name: &'static str,
    /// Whether a server may speak it. Others are asked for, and come down to one of these.
    pub is_spoken: bool,
    /// How many bytes a key to cancel with has at least and at most.
    pub key: (usize, usize),
    /// Who speaks it, and what is different in it.
    pub doc: &'static str,
}

/// The word that tries whether a server negotiates, which no server speaks.
pub const VERSION_TO_TRY: u32 = (3 << 16) | 9999;

/// Every version of the protocol that is or was spoken or asked for, the oldest first.
pub static VERSIONS: [Version; 5] = [
    Version {
        word: VERSION_2_0,
        name: "2.0",
        is_spoken: true,
        key: (4, 4),
        doc: "Spoken by servers from 6.4 to 13. Messages have no length there. Servers since 14 answer its StartupMessage with an error in its own form, so that an old client can read it.",
    },
    Version {
        word: VERSION_3_0,
        name: "3.0",
        is_spoken: true,
        key: (4, 4),
        doc: "Spoken since PostgreSQL 7.4, and what nearly every client asks for. The key to cancel with has four bytes.",
    },
    Version {
        word: VERSION_3_0 + 1,
        name: "3.1",
        is_spoken: false,
        key: (4, 4),
        doc: "There is none. Old releases of pgbouncer took it for 3.0, so the number was left out. libpq refuses a server that offers it.",
    },
    Version {
        word: VERSION_3_2,
        name: "3.2",
        is_spoken: true,
        key: (4, 256),
        doc: "Spoken since PostgreSQL 18, by clients that ask for it (libpq with `max_protocol_version`). The key to cancel with may have up to 256 bytes; PostgreSQL's has 32. All else is as in 3.0.",
    },
    Version {
        word: VERSION_TO_TRY,
        name: "3.9999",
        is_spoken: false,
        key: (4, 256),
        doc: "Asked for only to try whether the server negotiates, as libpq's development versions do: it must come down to one that it speaks, with NegotiateProtocolVersion.",
    },
];

impl Version {
    /// The row of this word.
    pub fn of(word: u32) -> Option<&'static Version> {
        VERSIONS.iter().find(|version| version.word == word)
    }
}

/// Something that servers of different versions say differently.
#[derive(Debug)]
pub struct Difference {
    /// The major version from which on it is so.
    pub since: &'static str,
    /// What it is about, in a few words.
    pub what: &'static str,
    /// The messages that it changes.
    pub messages: &'static [&'static Message],
    /// What was before, what is since.
    pub doc: &'static str,
    /// Where the manual tells it.
    pub section: Section,
}

const STARTUP: Section = Section::new("Start-up", "protocol-flow.html#PROTOCOL-FLOW-START-UP");
const REPLICATION: Section = Section::new("Streaming Replication Protocol", "protocol-replication.html");
const LOGICAL: Section = Section::new("Logical Streaming Replication Protocol", "protocol-logical-replication.html");
const ASYNCHRONOUS: Section = Section::new("Asynchronous Operations", "protocol-flow.html#PROTOCOL-ASYNC");

/// What depends on the server's version, the oldest first.
pub static DIFFERENCES: [Difference; 14] = [
    Difference {
        since: "9.0",
        what: "replication",
        messages: &[&copy::COPY_BOTH_RESPONSE, &replication::XLOG_DATA, &replication::STANDBY_STATUS_UPDATE],
        doc: "A COPY goes both ways: the server streams its log, and a standby reports how far it is. Nothing before it begins a COPY of that kind.",
        section: REPLICATION,
    },
    Difference {
        since: "10",
        what: "SASL",
        messages: &[
            &authentication::AUTHENTICATION_SASL,
            &authentication::AUTHENTICATION_SASL_CONTINUE,
            &authentication::AUTHENTICATION_SASL_FINAL,
        ],
        doc: "Passwords are proved by SCRAM-SHA-256. Servers before know passwords in the clear and MD5; since 14 SCRAM is how a new server keeps them.",
        section: Section::new("SASL Authentication", "sasl-authentication.html"),
    },
    Difference {
        since: "10",
        what: "logical replication",
        messages: &[&pgoutput::BEGIN, &pgoutput::RELATION, &pgoutput::INSERT, &pgoutput::COMMIT],
        doc: "The plugin pgoutput is built in. Before, decoded changes came from plugins that are installed apart, in forms of their own.",
        section: LOGICAL,
    },
    Difference {
        since: "11",
        what: "negotiation",
        messages: &[&asynchronous::NEGOTIATE_PROTOCOL_VERSION],
        doc: "A server that does not speak the minor version, or does not know an option that begins with `_pq_.`, says so and goes on with what it knows. Older servers refuse the connection, but for minor releases since.",
        section: STARTUP,
    },
    Difference {
        since: "11",
        what: "channel binding",
        messages: &[&authentication::AUTHENTICATION_SASL, &authentication::SASL_INITIAL_RESPONSE],
        doc: "Over TLS, SCRAM-SHA-256-PLUS stands in front of SCRAM-SHA-256 in the list of mechanisms.",
        section: Section::new("SCRAM-SHA-256 Authentication", "sasl-authentication.html#SASL-SCRAM-SHA-256"),
    },
    Difference {
        since: "12",
        what: "GSSAPI encryption",
        messages: &[&startup::GSSENC_REQUEST, &startup::GSS_ACCEPTED],
        doc: "A client may ask for encryption by GSSAPI. An older server takes the request for a version, and refuses it with an error.",
        section: Section::new("GSSAPI Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-GSSAPI"),
    },
    Difference {
        since: "14",
        what: "no protocol 2.0",
        messages: &[&startup::STARTUP_PACKET_2, &errors::LEGACY_ERROR],
        doc: "Servers up to 13 still speak 2.0, and say an early failure in its form: E and a text, without a length. Later ones do so only to who asks for 2.0.",
        section: STARTUP,
    },
    Difference {
        since: "14",
        what: "in_hot_standby is reported",
        messages: &[&asynchronous::PARAMETER_STATUS],
        doc: "Among the settings that come after AuthenticationOk is whether the server is a standby. default_transaction_read_only is reported since then, too.",
        section: ASYNCHRONOUS,
    },
    Difference {
        since: "14",
        what: "streamed transactions",
        messages: &[&pgoutput::STREAM_START, &pgoutput::STREAM_STOP, &pgoutput::STREAM_COMMIT, &pgoutput::STREAM_ABORT],
        doc: "With `proto_version` 2, a large transaction is sent in pieces before it is over, and each message in a piece names its transaction.",
        section: LOGICAL,
    },
    Difference {
        since: "15",
        what: "base backups in one COPY",
        messages: &[
            &base_backup::NEW_ARCHIVE,
            &base_backup::BACKUP_DATA,
            &base_backup::MANIFEST,
            &base_backup::PROGRESS,
        ],
        doc: "All archives come in one COPY, each CopyData with a type of its own. Before, each archive was a COPY, and its data bare tar.",
        section: REPLICATION,
    },
    Difference {
        since: "15",
        what: "prepared transactions",
        messages: &[
            &pgoutput::BEGIN_PREPARE,
            &pgoutput::PREPARE,
            &pgoutput::COMMIT_PREPARED,
            &pgoutput::STREAM_PREPARE,
        ],
        doc: "With `proto_version` 3, transactions of two phases are told apart: Prepare, and later Commit Prepared or Rollback Prepared.",
        section: LOGICAL,
    },
    Difference {
        since: "16",
        what: "scram_iterations is reported, and aborts say where",
        messages: &[&asynchronous::PARAMETER_STATUS, &pgoutput::STREAM_ABORT],
        doc: "scram_iterations is one of the reported settings. With `proto_version` 4 and parallel streaming, Stream Abort has a position and a time.",
        section: ASYNCHRONOUS,
    },
    Difference {
        since: "17",
        what: "TLS at once",
        messages: &[&startup::TLS_RECORD, &startup::SSL_REQUEST],
        doc: "A client may begin with a ClientHello, with `postgresql` as its protocol (ALPN), and without an SSLRequest. An older server takes the first bytes for a length, and closes.",
        section: Section::new("SSL Session Encryption", "protocol-flow.html#PROTOCOL-FLOW-SSL"),
    },
    Difference {
        since: "18",
        what: "protocol 3.2, longer keys, search_path",
        messages: &[
            &startup::STARTUP_MESSAGE,
            &asynchronous::BACKEND_KEY_DATA,
            &startup::CANCEL_REQUEST,
            &asynchronous::PARAMETER_STATUS,
        ],
        doc: "Who asks for 3.2 is let in with it, and gets a key of 32 bytes. search_path is one of the reported settings. A login with a token (OAUTHBEARER) may be asked for.",
        section: Section::new("Frontend/Backend Protocol", "protocol.html"),
    },
];

/// What of the server's version changes this message.
pub fn differences(message: &'static Message) -> impl Iterator<Item = &'static Difference> {
    DIFFERENCES.iter().filter(move |difference| difference.messages.contains(&message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_order_and_each_once() {
        assert!(VERSIONS.windows(2).all(|pair| pair[0].word < pair[1].word));
        for version in &VERSIONS {
            let told = (version.word >> 16, version.word & 0xffff);
            assert_eq!(version.name, format!("{}.{}", told.0, told.1));
            assert!(std::ptr::eq(Version::of(version.word).expect("it has a row"), version));
        }
        let since = |difference: &Difference| difference.since.parse::<f64>().expect("a version");
        assert!(DIFFERENCES.windows(2).all(|pair| since(&pair[0]) <= since(&pair[1])));
        assert!(DIFFERENCES.iter().all(|difference| !difference.messages.is_empty()));
    }

    #[test]
    fn a_message_knows_what_changes_it() {
        assert_eq!(differences(&startup::GSSENC_REQUEST).map(|row| row.since).collect::<Vec<_>>(), ["12"]);
        assert_eq!(differences(&crate::messages::simple_query::QUERY).count(), 0);
    }
}
