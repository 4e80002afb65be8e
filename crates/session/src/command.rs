//! What a replication command says about the CopyData that will answer it.
//!
//! Only the words that matter are read: this is no parser of SQL.

use pgscope_proto::CopyContent;

/// What CopyData will carry if the server answers `sql` with it; `Unknown` for ordinary SQL.
pub(crate) fn content_of(sql: &[u8]) -> CopyContent {
    let begin = sql.iter().position(|&byte| is_of_word(byte)).unwrap_or(sql.len());
    let sql = sql.get(begin..).unwrap_or_default();
    let (word, options) = sql.split_at(sql.iter().position(|&byte| !is_of_word(byte)).unwrap_or(sql.len()));
    // Every query comes along here, and next to none is a command.
    if word.eq_ignore_ascii_case(b"BASE_BACKUP") {
        CopyContent::BaseBackup
    } else if word.eq_ignore_ascii_case(b"START_REPLICATION") {
        content_of_replication(options.get(..LONGEST).unwrap_or(options))
    } else {
        CopyContent::Unknown
    }
}

fn content_of_replication(options: &[u8]) -> CopyContent {
    let options = options.to_ascii_uppercase();
    // Names of slots stand in double quotes, values in single ones: neither is a keyword.
    let mut words = options
        .split(|byte| b"\"'".contains(byte))
        .step_by(2)
        .flat_map(|unquoted| unquoted.split(|&byte| !is_of_word(byte)));
    const OPTION: &[u8] = b"PROTO_VERSION";
    if !words.any(|word| word == b"LOGICAL") {
        CopyContent::Physical
    } else if options.windows(OPTION.len()).any(|words| words == OPTION) {
        CopyContent::Logical
    } else {
        CopyContent::OtherPlugin
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
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
