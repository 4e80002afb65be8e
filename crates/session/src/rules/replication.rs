//! Streams of replication: what each end says inside CopyBoth, and when.

use pgscope_proto::Direction::Frontend;
use pgscope_proto::Severity::{Error, Note, Warning};
use pgscope_proto::messages::replication;
use pgscope_proto::schema::Chapter;

use super::Evidence::{self, Manual, Refused};
use super::Program::*;
use super::{Rule, read, refused};

pub(super) static RULES: &[Rule] = &[
    Rule {
        id: "L40",
        title: "A keepalive that is not answered",
        by: Frontend,
        severity: Note,
        evidence: Evidence::None,
        doc: "A keepalive with its last byte 1 asks for a Standby status update at once. A client that does not send one is taken for dead when wal_sender_timeout is over, usually after a minute, and the server closes. A client that answers but never moves the flushed position forward keeps all WAL on the server's disk. The clocks inside count microseconds from the year 2000: a client that counts from 1970 reports a lag of thirty years.",
        mend: "Answer each keepalive that asks for it with the positions that you have reached, and send them every few seconds anyway.",
        record: "Both directions of the replication connection with times, for two minutes.",
        seen: &["materialize PR 6835", "firezone PR 9828", "pgjdbc 1490"],
        says: &[read(PostgreSQLLog, "terminating walsender process due to replication timeout")],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
B CopyData PrimaryKeepalive(0/1500028 830518660984448 yes)
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
B CopyData PrimaryKeepalive(0/1500028 830518660984448 yes)
F CopyData StandbyStatusUpdate(0/1500028 0/1500028 0/1500028 830518660984500 no)
"#,
        section: replication::PRIMARY_KEEPALIVE.section,
    },
    Rule {
        id: "L49",
        title: "A message that a stream of replication does not allow",
        by: Frontend,
        severity: Error,
        evidence: Refused("PostgreSQL ends the connection."),
        doc: "While WAL is streamed a client may send CopyData with a status update or hot standby feedback, CopyDone to end, and Terminate. CopyFail and Query, which are allowed elsewhere, are not understood here, and the server closes. To ask something, end the stream with CopyDone and wait for the server's, or use another connection.",
        mend: "End the stream with CopyDone, and wait for CommandComplete and ReadyForQuery before the next query.",
        record: "Both directions of the replication connection from START_REPLICATION on.",
        seen: &["neon 458"],
        says: &[refused("08P01", "invalid standby message type \"{}\"")],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
F CopyFail "enough"
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
F CopyDone
B CopyDone
B CommandComplete "START_STREAMING"
B CommandComplete "START_REPLICATION"
B ReadyForQuery idle
"#,
        section: Chapter::Replication.flow(),
    },
    Rule {
        id: "L50",
        title: "The fields of one replication message under the letter of another",
        by: Frontend,
        severity: Warning,
        evidence: Manual(
            "Streaming Replication Protocol: r has three positions, a clock and a byte; h has a clock and two pairs of numbers.",
        ),
        doc: "The messages inside CopyData have a letter of their own: r for a Standby status update, h for hot standby feedback. A status update under the letter h is read as feedback: its positions become a clock and the numbers of transactions, and the server never learns what was written. It then keeps all its WAL. Positions of 0/0 after data were received, and a clock that counts from 1970, do the same harm under the right letter.",
        mend: "Write r before three positions, the clock in microseconds since 2000-01-01, and 0 or 1.",
        record: "The client's direction of the replication connection, with times.",
        seen: &["neon 586", "epgsql 179"],
        says: &[],
        wrong: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
F \x64 00000026 68 0000000001500028 0000000001500028 0000000001500028 0002f36034d96000 00
"#,
        right: r#"
F StartupMessage 3.0 [(user alice) (database shop) (replication database)]
B AuthenticationOk
B ParameterStatus server_version "18.0"
B BackendKeyData 4242 \x3e119a7a
B ReadyForQuery idle
F Query "START_REPLICATION 0/1000000"
B CopyBothResponse text []
F CopyData StandbyStatusUpdate(0/1500028 0/1500028 0/1500028 830518660984448 no)
"#,
        section: replication::STANDBY_STATUS_UPDATE.section,
    },
];
