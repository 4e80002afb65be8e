//! Messages as a person writes them.

use pgscope_proto::Direction::{self, Backend, Frontend};
use pgscope_proto::messages::{ALL, by_name};
use pgscope_proto::schema::Head;
use pgscope_proto::written::{bytes, said_by, show, word};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes are those of the manual's layouts, written down by hand.
#[test]
fn a_line_gives_the_bytes_of_the_manual() {
    let cases: &[(Direction, &str, &[u8])] = &[
        (Frontend, "Sync", b"S\0\0\0\x04"),
        (Frontend, "  sync ", b"S\0\0\0\x04"),
        (Frontend, "Query \"SELECT 1\"", b"Q\0\0\0\x0dSELECT 1\0"),
        (Frontend, "query query=\"SELECT 1\"", b"Q\0\0\0\x0dSELECT 1\0"),
        (Frontend, "Describe S find", b"D\0\0\0\x0aSfind\0"),
        (Frontend, "Describe kind=statement name=find", b"D\0\0\0\x0aSfind\0"),
        (Frontend, "Execute c 2", b"E\0\0\0\x0ac\0\0\0\0\x02"),
        (Frontend, "SSLRequest", b"\0\0\0\x08\x04\xd2\x16\x2f"),
        (Frontend, "CancelRequest 4711 \\x01020304", b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\x12\x67\x01\x02\x03\x04"),
        (Frontend, "StartupMessage [(user a)]", b"\0\0\0\x10\0\x03\0\0user\0a\0\0"),
        (Frontend, "StartupMessage 3.2 [(user a)]", b"\0\0\0\x10\0\x03\0\x02user\0a\0\0"),
        (
            Frontend,
            "Bind portal=c statement=s parameters=[\"2\", NULL, \\x0007] result_formats=[binary]",
            b"B\0\0\0\x1fc\0s\0\0\0\0\x03\0\0\0\x012\xff\xff\xff\xff\0\0\0\x02\0\x07\0\x01\0\x01",
        ),
        (Frontend, "CopyData \"1\\tpear\\n\"", b"d\0\0\0\x0b1\tpear\n"),
        (
            Frontend,
            "CopyData StandbyStatusUpdate(0/10 1/20 0 0 1)",
            b"d\0\0\0\x26r\0\0\0\0\0\0\0\x10\0\0\0\x01\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01",
        ),
        (Backend, "AuthenticationOk", b"R\0\0\0\x08\0\0\0\0"),
        (Backend, "AuthenticationMD5Password \\x01020304", b"R\0\0\0\x0c\0\0\0\x05\x01\x02\x03\x04"),
        (Backend, "ReadyForQuery idle", b"Z\0\0\0\x05I"),
        (Backend, "ReadyForQuery T", b"Z\0\0\0\x05T"),
        (Backend, "SSLResponseS", b"S"),
        (Backend, "DataRow [\"\" NULL]", b"D\0\0\0\x0e\0\x02\0\0\0\0\xff\xff\xff\xff"),
        (
            Backend,
            "ErrorResponse [(S ERROR) (C \"42601\") (M \"no \\\"x\\\"\")]",
            b"E\0\0\0\x1bSERROR\0C42601\0Mno \"x\"\0\0",
        ),
    ];
    for (side, line, expected) in cases {
        assert_eq!(bytes(*side, line).map(|bytes| hex(&bytes)), Ok(hex(expected)), "{line}");
    }
}

#[test]
fn every_sample_of_the_table_is_shown_and_written_again() {
    let mut count = 0;
    for message in ALL.iter().filter(|message| !matches!(message.head, Head::Any)) {
        let Some(line) = show(message, message.sample) else { continue };
        let side = if message.sender.allows(Backend) { Backend } else { Frontend };
        match message.head {
            Head::Inner(..) | Head::Structure(_) => {
                let (name, fields) = line.split_once(' ').unwrap_or((&line, ""));
                let carried = bytes(side, &format!("CopyData {name}({fields})")).map(|bytes| hex(&bytes[5..]));
                assert_eq!(carried, Ok(hex(message.sample)), "{line}");
            }
            _ => assert_eq!(bytes(side, &line).map(|bytes| hex(&bytes)), Ok(hex(message.sample)), "{line}"),
        }
        count += 1;
    }
    assert!(count > 80, "only {count}");
}

#[test]
fn each_side_has_its_messages_under_names_of_their_own() {
    for side in [Frontend, Backend] {
        let mut words: Vec<String> = said_by(side).map(|message| word(&message.field)).collect();
        assert!(words.len() > 20);
        words.sort();
        words.dedup();
        assert_eq!(words.len(), said_by(side).count());
    }
    assert_eq!(by_name("bind").map(|bind| word(&bind.field)).as_deref(), Some("Bind"));
}

#[test]
fn a_mistake_is_located_and_explained() {
    for (side, line, part, said) in [
        (Frontend, "", "", "begins with the name"),
        (Frontend, "Bnid", "Bnid", "no message of a client is called Bnid"),
        (Frontend, "Cancel", "Cancel", "near it are CancelRequest"),
        (Frontend, "ReadyForQuery I", "ReadyForQuery", "is what a server says"),
        (Frontend, "Bind portl=x", "portl", "it has portal, statement, parameter_formats, parameters, result_formats"),
        (Frontend, "Query SELECT 1", "1", "a text with spaces stands in \"quotes\""),
        (Frontend, "Query \"SELECT 1", "\"SELECT 1", "its closing \" is missing"),
        (Frontend, "Query \"\\q\"", "\\q", "behind \\ stands"),
        (Frontend, "Bind parameters=[1", "[1", "its ] is missing"),
        (Frontend, "Bind parameters=2", "2", "a list in [brackets]"),
        (Frontend, "Bind parameters=[x=2]", "x", "have no names"),
        (Frontend, "Execute c many", "many", "row_limit needs a number"),
        (Frontend, "Execute c 1 portal=d", "d", "portal was given already"),
        (Frontend, "Describe find", "find", "one of statement, portal"),
        (Frontend, "Describe", "Describe", "Describe needs kind"),
        (Frontend, "Sync now", "now", "it has none"),
        (Frontend, "Query =", "=", "= stands alone"),
        (Frontend, "Query query=", "query", "is given nothing"),
        (Frontend, "CancelRequest 1 \\x0", "0", "two hexadecimal digits"),
        (Frontend, "Execute c 99999999999", "Execute c 99999999999", "does not fit"),
        (Frontend, "Query \"a\\x00b\"", "Query \"a\\x00b\"", "does not fit into query"),
        (Frontend, "CopyData Nothing(1)", "Nothing", "no message inside CopyData"),
        (Backend, "ReadyForQuery perhaps", "perhaps", "status needs one of idle"),
    ] {
        let error = bytes(side, line).expect_err(line);
        assert!(error.message.contains(said), "{line}: {}", error.message);
        assert_eq!(&line[error.span.start..error.span.end], part, "{line}: {}", error.message);
    }
}
