//! What a replication command says about the CopyData that will answer it.
//!
//! Only the words that matter are read: this is no parser of SQL.

use pgscope_proto::CopyContent;

/// What CopyData will carry if the server answers `sql` with it; `Unknown` for ordinary SQL.
pub(crate) fn content_of(sql: &[u8]) -> CopyContent {
    let sql = String::from_utf8_lossy(sql.get(..LONGEST).unwrap_or(sql)).to_ascii_uppercase();
    const OPTION: &[u8] = b"PROTO_VERSION";
    let options = sql.as_bytes().windows(OPTION.len()).any(|words| words == OPTION);
    // Names of slots stand in double quotes, values in single ones: neither is a keyword.
    let unquoted: String = sql.split(['"', '\'']).step_by(2).collect();
    let mut words = unquoted
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .filter(|word| !word.is_empty());
    match words.next() {
        Some("BASE_BACKUP") => CopyContent::BaseBackup,
        Some("START_REPLICATION") if !words.any(|word| word == "LOGICAL") => CopyContent::Physical,
        Some("START_REPLICATION") if options => CopyContent::Logical,
        Some("START_REPLICATION") => CopyContent::OtherPlugin,
        _ => CopyContent::Unknown,
    }
}

/// Replication commands are short; a longer text is no such command.
const LONGEST: usize = 4096;

/// Whether the value of the start-up parameter `replication` asks for a replication connection: `database`, or true in
/// any spelling that the server's parse_bool takes.
pub(crate) fn asks_for_replication(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    let is_prefix = |word: &[u8]| !value.is_empty() && word.starts_with(&value);
    value == b"database" || is_prefix(b"true") || is_prefix(b"yes") || value == b"on" || value == b"1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_tell_what_follows() {
        for (sql, content) in [
            ("START_REPLICATION 0/1500028 TIMELINE 1", CopyContent::Physical),
            ("start_replication slot \"logical\" physical 0/0", CopyContent::Physical),
            (
                "START_REPLICATION SLOT s LOGICAL 0/0 (\"proto_version\" '4', \"publication_names\" 'p')",
                CopyContent::Logical,
            ),
            ("START_REPLICATION SLOT \"s\" LOGICAL 0/0", CopyContent::OtherPlugin),
            ("BASE_BACKUP ( LABEL 'x' )", CopyContent::BaseBackup),
            ("COPY t TO STDOUT", CopyContent::Unknown),
            ("", CopyContent::Unknown),
        ] {
            assert_eq!(content_of(sql.as_bytes()), content, "{sql}");
        }
    }

    #[test]
    fn replication_is_any_true_boolean_or_database() {
        for yes in ["true", "t", "TRUE", "yes", "y", "on", "1", "database", "tru"] {
            assert!(asks_for_replication(yes.as_bytes()), "{yes}");
        }
        for no in ["false", "off", "0", "no", "", "o", "2", "truex"] {
            assert!(!asks_for_replication(no.as_bytes()), "{no}");
        }
    }
}
