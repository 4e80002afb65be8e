//! Whose business a value is: what may be shown to strangers, and what is hidden where an exchange is masked.
//!
//! Structure is public: tags, lengths, counts, numbers of the protocol, codes. Every text and every run of bytes is hidden
//! unless its field is marked otherwise, so what the table forgets is hidden.

use crate::codes::commands::{CommandTag, command_of};
use crate::schema::Kind;

/// What a hidden value would give away: the kinds by which masking is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Secret {
    /// A password, or a token in its place.
    Password,
    /// What proves that a password is known, and what went into that: hashes, salts, nonces.
    Proof,
    /// The key with which a query can be cancelled.
    Key,
    /// A value that the client sends apart from SQL.
    Parameter,
    /// A value of a table: columns of rows, COPY, replicated changes.
    Column,
    /// A text, a number or a comment in SQL.
    Literal,
    /// A name: of a user, a database, a host, a table, a column, a statement.
    Name,
    /// Everything else.
    Other,
}

impl Secret {
    /// All of them.
    pub const ALL: [Secret; 8] = [
        Secret::Password,
        Secret::Proof,
        Secret::Key,
        Secret::Parameter,
        Secret::Column,
        Secret::Literal,
        Secret::Name,
        Secret::Other,
    ];

    /// How it is called in options.
    pub const fn id(self) -> &'static str {
        match self {
            Secret::Password => "passwords",
            Secret::Proof => "proofs",
            Secret::Key => "keys",
            Secret::Parameter => "parameters",
            Secret::Column => "columns",
            Secret::Literal => "literals",
            Secret::Name => "names",
            Secret::Other => "other",
        }
    }

    /// What belongs to it, for who chooses.
    pub const fn doc(self) -> &'static str {
        match self {
            Secret::Password => "passwords and tokens that were sent",
            Secret::Proof => "hashes, salts, nonces and proofs of a login, and what is encrypted",
            Secret::Key => "the keys with which queries are cancelled",
            Secret::Parameter => "the values that go with a Bind or a FunctionCall",
            Secret::Column => "the values of rows, of COPY and of replicated changes",
            Secret::Literal => "texts, numbers and comments in SQL",
            Secret::Name => "users, databases, hosts, tables, columns, statements, portals, channels",
            Secret::Other => {
                "all other texts: messages of errors, settings, notifications, write-ahead log, backups, unknown bytes"
            }
        }
    }

    /// The kind that is called so.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|secret| secret.id() == id)
    }
}

/// Whether the value of a field may be shown to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// It may.
    Public,
    /// It may not.
    Hidden(Secret),
    /// SQL, of which words are judged one by one.
    Sql,
    /// The name of a setting: public if it is one that everybody has.
    Setting,
    /// The value of a setting: its name, just before it, tells.
    SettingValue,
    /// A text of an error: the letter before it tells.
    ErrorText,
    /// What CommandComplete says: public if it is a tag that PostgreSQL has.
    CommandTag,
    /// The name of a mechanism: public if it is a known one.
    Mechanism,
}

impl Privacy {
    /// What holds for a field that is not marked.
    pub(crate) const fn unmarked(kind: &Kind) -> Self {
        match kind {
            Kind::Str | Kind::Fixed(..) | Kind::Rest(_) => Privacy::Hidden(Secret::Other),
            _ => Privacy::Public,
        }
    }
}

/// Settings that say how two programs talk and nothing of whom they serve: name and value are public. In lower case, sorted.
const PUBLIC_SETTINGS: &[&str] = &[
    "bytea_output",
    "client_encoding",
    "client_min_messages",
    "crdb_version",
    "datestyle",
    "default_transaction_isolation",
    "default_transaction_read_only",
    "extra_float_digits",
    "in_hot_standby",
    "integer_datetimes",
    "intervalstyle",
    "is_superuser",
    "mz_version",
    "padb_version",
    "replication",
    "scram_iterations",
    "server_encoding",
    "server_version",
    "standard_conforming_strings",
];

/// Settings whose name is known to all, and whose value is somebody's. In lower case, sorted.
const NAMED_SETTINGS: &[&str] = &[
    "application_name",
    "auth",
    "database",
    "fallback_application_name",
    "host",
    "idle_in_transaction_session_timeout",
    "lock_timeout",
    "options",
    "port",
    "search_path",
    "session_authorization",
    "statement_timeout",
    "timezone",
    "user",
];

/// The longest value of a setting that is taken for one.
const LONGEST_VALUE: usize = 64;

/// Whether a setting of this name is known to all.
pub fn is_public_setting(name: &[u8]) -> bool {
    is_listed(PUBLIC_SETTINGS, name) || is_listed(NAMED_SETTINGS, name)
}

/// Whether the value of the setting of this name says nothing of those who speak.
pub fn is_public_value(name: &[u8], value: &[u8]) -> bool {
    is_listed(PUBLIC_SETTINGS, name) && value.len() <= LONGEST_VALUE
}

fn is_listed(list: &[&str], name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    list.binary_search_by(|known| known.as_bytes().cmp(&name)).is_ok()
}

/// Whether the text of the error field with this letter is public: severity, SQLSTATE, positions, and the place in the server's
/// source. Each is held to its form, so that nothing else goes by its letter.
pub fn is_public_error_text(letter: u8, text: &[u8]) -> bool {
    let all = |is: fn(u8) -> bool| text.iter().all(|byte| is(*byte));
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match letter {
        b'S' | b'V' => SEVERITIES.iter().any(|known| known.as_bytes() == text),
        b'C' => text.len() == 5 && all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()),
        b'P' | b'p' | b'L' => text.len() <= 10 && all(|byte| byte.is_ascii_digit()),
        b'F' => {
            let name =
                text.strip_suffix(b".c").or_else(|| text.strip_suffix(b".y")).or_else(|| text.strip_suffix(b".l"));
            name.is_some_and(|name| name.len() <= 40 && name.iter().all(|byte| is_word(*byte)))
        }
        b'R' => text.len() <= 64 && text.iter().all(|byte| is_word(*byte)),
        _ => false,
    }
}

const SEVERITIES: [&str; 8] = ["ERROR", "FATAL", "PANIC", "WARNING", "NOTICE", "DEBUG", "INFO", "LOG"];

/// Whether the tag of a CommandComplete is one of PostgreSQL's, be it with too few or too many numbers.
pub fn is_public_command(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let name = text.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == ' ');
    let numbers = text.get(name.len()..).unwrap_or_default();
    CommandTag::read(text).is_ok() || command_of(name).is_some() && numbers.len() <= LONGEST_NUMBERS
}

/// As much as an oid and a number of rows take at most.
const LONGEST_NUMBERS: usize = 32;

/// Whether this is the name of a known mechanism.
pub fn is_public_mechanism(text: &[u8]) -> bool {
    MECHANISMS.iter().any(|known| known.as_bytes() == text)
}

const MECHANISMS: [&str; 5] = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1", "OAUTHBEARER", "PLAIN"];

/// Whether this is the name of an archive of a base backup, which says which part it is: the main one, or a tablespace by its oid.
pub fn is_public_archive(text: &[u8]) -> bool {
    let packed = [b".gz".as_slice(), b".lz4", b".zst"].iter().find_map(|end| text.strip_suffix(*end)).unwrap_or(text);
    let name = packed.strip_suffix(b".tar").unwrap_or_default();
    matches!(name, b"base" | b"pg_wal") || !name.is_empty() && name.len() <= 10 && name.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::ALL;
    use crate::messages::errors::ERROR_FIELDS;
    use crate::schema::Field;

    #[test]
    fn lists_are_sorted_and_ids_lead_back() {
        assert!(PUBLIC_SETTINGS.is_sorted() && NAMED_SETTINGS.is_sorted());
        for secret in Secret::ALL {
            assert_eq!(Secret::from_id(secret.id()), Some(secret));
        }
    }

    #[test]
    fn texts_of_an_error_are_public_only_in_their_form() {
        for (letter, text, is_public) in [
            (b'C', "42P01", true),
            (b'C', "secret", false),
            (b'F', "parse_relation.c", true),
            (b'F', "/home/alice/x.c", false),
            (b'M', "ERROR", false),
            (b'P', "15", true),
            (b'P', "alice", false),
            (b'S', "FATAL", true),
            (b'S', "alice", false),
        ] {
            assert_eq!(is_public_error_text(letter, text.as_bytes()), is_public, "{} {text}", char::from(letter));
        }
        assert!(is_public_command(b"INSERT 0 1") && !is_public_command(b"INSERT secret"));
        assert!(ERROR_FIELDS.iter().any(|letter| !is_public_error_text(letter.value as u8, b"x")));
    }

    /// Texts and bytes that are shown to strangers are few enough to be named here.
    #[test]
    fn nothing_but_structure_is_public_unless_it_is_said_here() {
        fn fields(field: &'static Field, each: &mut dyn FnMut(&'static Field)) {
            each(field);
            match &field.kind {
                Kind::Sized { length, value, .. } => [length, value].iter().for_each(|field| fields(field, each)),
                Kind::Counted { count, of } => [count, of].iter().for_each(|field| fields(field, each)),
                Kind::UntilZero { of, end } => [of, end].iter().for_each(|field| fields(field, each)),
                Kind::Repeat(of) => fields(of, each),
                Kind::Times(times) => fields(times.of, each),
                Kind::Unless(unless) => unless.fields.iter().for_each(|field| fields(field, each)),
                Kind::Group(of) | Kind::When(_, of) => of.iter().for_each(|field| fields(field, each)),
                Kind::Choice(choices) => {
                    choices.iter().flat_map(|choice| choice.fields).for_each(|field| fields(field, each));
                }
                _ => {}
            }
        }
        let mut shown = Vec::new();
        for message in ALL {
            for field in message.fields {
                fields(field, &mut |field| {
                    if matches!(field.kind, Kind::Str | Kind::Fixed(..) | Kind::Rest(_))
                        && field.privacy == Privacy::Public
                    {
                        shown.push(format!("{}.{}", message.field.id, field.id));
                    }
                });
            }
        }
        assert_eq!(shown, ["header.signature"]);
    }
}
