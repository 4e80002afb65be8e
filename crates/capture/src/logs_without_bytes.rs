//! Logs that hold no bytes of the protocol: whose they are, and what to record instead.

use pgscope_proto::Span;

use crate::lines::{Line, lines};
use crate::table;

/// A log that tells of messages, or of statements, but has no bytes.
pub(crate) struct Log {
    /// Whose it is, and what it tells.
    pub name: &'static str,
    /// What to record instead, as the end of a sentence that begins with *expected*.
    pub instead: &'static str,
    fits: fn(&str) -> bool,
}

const ON_THE_WIRE: &str =
    "bytes: record the connection with “tcpdump -i any -s 0 -w pg.pcap port 5432” and open the file pg.pcap here";

/// What TLS libraries write for SSLKEYLOGFILE: secrets of sessions as hex, which are no bytes of a connection either.
pub(crate) const KEY_LOG: Log = Log {
    name: "a key log of TLS (SSLKEYLOGFILE): secrets of its sessions, and no bytes of a connection",
    instead: "a capture of the connection: with it, Wireshark reads what is inside the TLS; save that and open it here",
    fits: is_secret_of_tls,
};

/// Whether a line is of a key log: a label, the client's random number, and a secret.
fn is_secret_of_tls(line: &str) -> bool {
    let is_hex = |word: &str| word.len().is_multiple_of(2) && word.bytes().all(|digit| digit.is_ascii_hexdigit());
    let words: Vec<&str> = line.split_whitespace().take(4).collect();
    let [label, random, secret] = words[..] else { return false };
    let is_label = |letter: u8| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'_';
    let is_known = label == "RSA" || label == "CLIENT_RANDOM" || label.contains("SECRET");
    is_known
        && label.bytes().all(is_label)
        && random.len() >= 16
        && is_hex(random)
        && secret.len() >= 32
        && is_hex(secret)
}

/// Whether a text is a key or a log of keys: their digits and letters would be read as bytes.
pub(crate) fn is_of_keys(text: &str) -> bool {
    let mut told = lines(text).map(|line| line.text.trim()).filter(|line| !line.is_empty() && !line.starts_with('#'));
    told.next().is_some_and(|line| LOGS.iter().take(2).any(|log| (log.fits)(line)))
}

/// Values that something exported, which are no bytes either.
static VALUES: Log = Log {
    name: "rows of values as CSV, as COPY … CSV writes them, and no bytes of the protocol here",
    instead: "bytes: record the connection with “tcpdump -i any -s 0 -w pg.pcap port 5432” while the rows are sent, and open the file pg.pcap here; or give a table one of whose columns has the bytes as hex or with escapes",
    fits: |_| false,
};

/// Rows of values of which none holds bytes, and their first line.
pub(crate) fn values(text: &str) -> Option<(&'static Log, Span)> {
    let first = lines(text).map(Line::trimmed).find(|line| !line.text.is_empty())?;
    table::is_of_values(text).then(|| (&VALUES, first.span()))
}

/// All that are known, the most telling marks first.
const LOGS: [Log; 15] = [
    KEY_LOG,
    Log {
        name: "a key or a certificate (PEM), and no bytes of a connection",
        instead: ON_THE_WIRE,
        fits: |line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with("-----"),
    },
    Log {
        name: "rows as COPY writes them in text format, without the CopyData messages that carry them",
        instead: "messages: record the connection with “tcpdump -i any -s 0 -w pg.pcap port 5432” while COPY … TO STDOUT or FROM STDIN runs, and open the file pg.pcap here",
        fits: |line| {
            let is_row = line.contains('\t') && line.split('\t').any(|field| field == "\\N") && !line.contains('"');
            is_row || line == "\\."
        },
    },
    Log {
        name: "the log of pgbouncer -v -v, which tells types and lengths of messages and no bytes",
        instead: "bytes: record what pgbouncer gets and sends with “tcpdump -i any -s 0 -w pg.pcap port 6432 or port 5432” and open the file pg.pcap here",
        fits: |line| {
            line.contains("pkt='") && line.contains("len=")
                || ["C-0x", "S-0x"].iter().any(|id| line.contains(id))
                    && [" NOISE ", " DEBUG ", " LOG ", " WARNING ", " ERROR "].iter().any(|level| line.contains(level))
        },
    },
    Log {
        name: "the trace of pgjdbc, which tells messages in its own words and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| {
            let message =
                |mark: &str| line.split_once(mark).is_some_and(|(_, rest)| is_message_name(rest.trim_start()));
            message("FE=>") || message("<=BE") || line.contains("org.postgresql.")
        },
    },
    Log {
        name: "a list of fields of Wireshark or tshark, which tells what a packet means and no bytes",
        instead: "bytes: in Wireshark, Follow › TCP Stream shown as Hex Dump, or File › Save As and open that file here; with tshark, add -x",
        fits: |line| {
            let line = line.trim_start();
            line.starts_with("Transmission Control Protocol, Src Port")
                || line.starts_with("Frame ") && line.contains(" bytes on wire")
                || line.contains(" PGSQL ") && (line.contains(" → ") || line.contains(" -> "))
                || line.starts_with("Internet Protocol Version ")
        },
    },
    Log {
        name: "headers of packets as tcpdump prints them without -X, and no bytes",
        instead: "bytes: call tcpdump with -X, or with “-s 0 -w pg.pcap” and open the file pg.pcap here",
        fits: |line| line.contains("Flags [") && line.contains(" > ") && line.contains("length "),
    },
    Log {
        name: "the log of Npgsql, which tells commands and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| line.contains("Npgsql.") || line.starts_with("Npgsql"),
    },
    Log {
        name: "the debug log of Node.js, which tells what its sockets do and no bytes",
        instead: "bytes: print each chunk with socket.on('data', (chunk) => console.log(chunk.toString('hex'))), or record the connection with “tcpdump -i any -s 0 -w pg.pcap port 5432” and open the file pg.pcap here",
        fits: |line| {
            let numbered = |name: &str| {
                line.strip_prefix(name)
                    .and_then(|rest| rest.split_once(':'))
                    .is_some_and(|(pid, _)| !pid.is_empty() && pid.bytes().all(|c| c.is_ascii_digit()))
            };
            numbered("NET ")
                || numbered("TLS ")
                || numbered("STREAM ")
                || ["knex:", "sequelize:", "typeorm:", "pg:", "pg-pool:"]
                    .iter()
                    .any(|name| line.trim_start().starts_with(name))
        },
    },
    Log {
        name: "the log of SQLAlchemy, which tells statements and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| line.contains("sqlalchemy.engine") || line.contains("sqlalchemy.pool"),
    },
    Log {
        name: "the log of a driver in Rust, which tells statements and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| {
            ["tokio_postgres::", "sqlx::query", "sqlx::postgres", "diesel::"].iter().any(|name| line.contains(name))
        },
    },
    Log {
        name: "the log of Hibernate, which tells statements and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| line.contains("org.hibernate.") || line.starts_with("Hibernate: "),
    },
    Log {
        name: "the log of Pgpool-II, which tells statements and no bytes",
        instead: "bytes: record what Pgpool-II gets and sends with “tcpdump -i any -s 0 -w pg.pcap port 9999 or port 5432” and open the file pg.pcap here",
        fits: |line| line.contains("DB node id: ") || line.contains("pool_") && line.contains("LOG: "),
    },
    Log {
        name: "the log of Odyssey, which tells states of its clients and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| {
            line.contains("[c")
                && line.contains(" s")
                && (line.contains("(startup)") || line.contains("(setup)") || line.contains("odyssey"))
        },
    },
    Log {
        name: "the log of a PostgreSQL server, or what psql prints, which tells statements and errors and no bytes",
        instead: ON_THE_WIRE,
        fits: |line| {
            let levels = ["LOG", "ERROR", "FATAL", "PANIC", "STATEMENT", "DETAIL", "HINT", "CONTEXT", "NOTICE"];
            levels.iter().any(|level| {
                line.split_once(*level).is_some_and(|(before, rest)| {
                    rest.starts_with(":  ") && !before.ends_with(|c: char| c.is_alphanumeric())
                })
            })
        },
    },
];

/// Whether a text begins with a name such as `ReadyForQuery(I)`, and not with bytes.
fn is_message_name(text: &str) -> bool {
    let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let is_name = (4..32).contains(&length) && text.starts_with(|c: char| c.is_ascii_uppercase());
    let after = text.get(length..).unwrap_or_default();
    is_name && (after.is_empty() || after.starts_with(['(', ' ', '\r']))
}

/// The log that a text is, and the first of its lines.
pub(crate) fn known(sample: &str) -> Option<(&'static Log, Span)> {
    LOGS.iter().find_map(|log| {
        let first = lines(sample).find(|line: &Line<'_>| (log.fits)(line.text))?;
        Some((log, first.trimmed().span()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_known_by_their_lines() {
        let cases = [
            ("2022-08-27 18:08:29.401 UTC [219403] NOISE C-0xaaaac3d1e600: * read pkt='B' len=95", "pgbouncer"),
            (
                "12:00:00.123 [main] TRACE o.p.core.v3.QueryExecutorImpl -  FE=> Parse(stmt=null,query=\"SELECT 1\",oids={})",
                "pgjdbc",
            ),
            ("FINEST:  <=BE ReadyForQuery(I)", "pgjdbc"),
            ("Transmission Control Protocol, Src Port: 52441, Dst Port: 5433, Seq: 1, Ack: 1, Len: 14", "Wireshark"),
            ("    8 0.004193 127.0.0.1 → 127.0.0.1    PGSQL 84 >Q", "tshark"),
            (
                "10:00:01.5 IP 127.0.0.1.40846 > 127.0.0.1.5432: Flags [P.], seq 1:9, ack 1, win 512, length 8",
                "tcpdump",
            ),
            ("2026-11-21 10:00:01 UTC [4312] LOG:  statement: SELECT 1", "PostgreSQL"),
            ("ERROR:  relation \"x\" does not exist", "PostgreSQL"),
            ("1\tone\t\\N", "COPY"),
            ("dbug: Npgsql.Command[2000]", "Npgsql"),
            (&format!("CLIENT_RANDOM {} {}", "0f".repeat(32), "a1".repeat(48)), "key log"),
            (&format!("SERVER_TRAFFIC_SECRET_0 {} {}", "0f".repeat(32), "a1".repeat(32)), "key log"),
            ("-----BEGIN EC PRIVATE KEY-----", "PEM"),
            ("NET 4312: onread 0 [Function: onReadableStreamEnd]", "Node.js"),
        ];
        for (line, name) in cases {
            assert!(known(line).is_some_and(|(log, _)| log.name.contains(name)), "{line}");
        }
        assert!(known("51 00 00 00 04\nCATALOG: x").is_none());
    }
}
