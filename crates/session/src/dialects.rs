//! What other servers of this family say in forms of their own: no mistakes, but not PostgreSQL's either. A message that is
//! known to be one of these has a note in place of what would be wrong with it, and is read where its form is known.

use pgscope_proto::messages::{authentication, copy, simple_query, startup, unknown};
use pgscope_proto::{Context, CopyContent, Direction, Exchange, Message, Problem, Span, Tree, decode, frame, read};

use crate::index::{Entry, Index};

/// Which dialect a message is of, in a sentence, and the bytes that show it.
type Known = (Span, &'static str);

/// A message of an exchange.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) index: &'a Index,
    pub(crate) exchange: &'a Exchange,
    pub(crate) entry: &'a Entry,
}

/// Where the body of a tagged message begins, and that of an authentication request behind its code.
const BODY: usize = 5;
const REQUEST: usize = 9;
/// So many messages before one are looked at for what it answers, or how the connection began.
const NEAR: usize = 8;

impl<'a> Said<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.entry.span.of(&self.exchange.stream(self.entry.direction).bytes)
    }

    fn body(&self) -> Span {
        Span::new(BODY, self.bytes().len().max(BODY))
    }

    fn known(&self) -> Option<Known> {
        self.of_login().or_else(|| self.of_pool())
    }

    /// Bytes that do not begin as PostgreSQL's messages do, if they are whole messages and begin with YugabyteDB's.
    fn of_pool(&self) -> Option<Known> {
        let is_unknown = [&unknown::UNREADABLE, &unknown::UNKNOWN_MESSAGE].contains(&self.entry.message);
        let bytes = Some(self.bytes()).filter(|_| is_unknown)?;
        let (mut rest, mut first) = (bytes, None);
        while !rest.is_empty() {
            let word = frame::length_word(rest)?;
            let length = word as usize + 1;
            let (least, most) = frame::limits(self.entry.direction, *rest.first()?);
            // What PostgreSQL has too may stand between them.
            let is_ours = first.is_some() && most > 0 && (least..=most).contains(&word);
            match yugabyte(self.entry.direction, rest.get(..length)?) {
                Some(words) => first = first.or(Some(words)),
                None if is_ours => {}
                None => return None,
            }
            rest = rest.get(length..)?;
        }
        Some((Span::new(0, bytes.len()), first?))
    }

    fn of_login(&self) -> Option<Known> {
        let bytes = self.bytes();
        match self.entry.direction {
            Direction::Backend if bytes.first() == Some(&b'R') => {
                Some((self.body(), asked(self.entry.message, bytes)?))
            }
            Direction::Frontend if matches!(bytes.first(), Some(b'p' | b'd' | b'i')) => self.answer(),
            Direction::Frontend if *self.entry.message == startup::UNKNOWN_STARTUP => dispatcher(bytes),
            _ => None,
        }
    }

    /// The answer to an authentication request of a dialect.
    fn answer(&self) -> Option<Known> {
        let before = (self.entry.number.saturating_sub(NEAR)..self.entry.number).rev();
        let asks =
            before.filter_map(|number| self.index.entry(number)).find(|entry| entry.direction == Direction::Backend)?;
        let asks = Said { entry: &asks, ..*self };
        let words = match (asked(asks.entry.message, asks.bytes())?, self.bytes().first()?) {
            (SHA256 | MD5_SHA256 | SM3, b'p') => "openGauss: the proof of the password, as hex digits",
            (DIGEST, b'd') => {
                "Redshift: a digest of the password with both nonces, and the client's nonce, each behind its length"
            }
            (TOKEN, b'i' | b'p') => "Redshift or openGauss: the token of an identity provider",
            _ => return None,
        };
        Some((self.body(), words))
    }
}

const SHA256: &str = "openGauss asks for a hash of its own under code 10: how the password is stored, a random salt, a token and the number of rounds, where PostgreSQL lists mechanisms";
const MD5_SHA256: &str = "openGauss asks under code 11 for an MD5 of the password that it has stored as SHA-256: the salt of that as 64 hex digits, and one of four bytes, where PostgreSQL goes on with SASL";
const SM3: &str = "openGauss asks under code 13 for an SM3 hash of the password: how it is stored, a salt and a token as hex digits, and the number of rounds";
const DIGEST: &str = "Redshift asks under code 13 for a digest of the password: the algorithm, and a salt and a nonce behind their lengths";
const TOKEN: &str = "code 14 asks for the token of an identity provider: Redshift and openGauss use it";

/// What a server of this family asks for.
fn asked(message: &'static Message, bytes: &[u8]) -> Option<&'static str> {
    let body = bytes.get(REQUEST..)?;
    let digits = |from: usize, count: usize| {
        body.get(from..from + count).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    };
    match read::authentication_code(bytes)? {
        10 if *message == authentication::AUTHENTICATION_SASL && body.len() > 4 && body.starts_with(&[0, 0, 0]) => {
            Some(SHA256)
        }
        11 if body.len() >= 68 && digits(0, 64) => Some(MD5_SHA256),
        13 if digits(4, 64) => Some(SM3),
        13 => Some(DIGEST),
        14 => Some(TOKEN),
        _ => None,
    }
}

/// What YugabyteDB's server and its connection manager, a fork of Odyssey, say to each other under letters that PostgreSQL has not.
fn yugabyte(side: Direction, bytes: &[u8]) -> Option<&'static str> {
    let body = bytes.get(BODY..)?;
    let are_texts = |count: usize| body.ends_with(&[0]) && body.split(|byte| *byte == 0).count() == count + 1;
    // The kind of the client's connection: encrypted, not, or on a local socket.
    let is_login = body.is_empty() || matches!(body, [.., 0, b'E' | b'U' | b'L', _, _, _]);
    match (side, bytes.first()?) {
        (Direction::Backend, b'F') if body.is_empty() => Some(
            "YugabyteDB: its server tells the connection manager that the warning which follows ends the client's connection, and not this one",
        ),
        (Direction::Backend, b'O') if body.len() == OID_DETAILS => Some(
            "YugabyteDB: its server tells the connection manager an OID: a letter for what it is of, d for the database, and the OID",
        ),
        (Direction::Backend, b'r') if are_texts(2) => {
            Some("YugabyteDB: a parameter's name and value for the connection manager alone, which does not hand it on")
        }
        (Direction::Backend, b'5') if are_texts(1) => Some(
            "YugabyteDB: the server has closed the prepared statement of this name, and tells the connection manager",
        ),
        (Direction::Backend, b'6') if body.is_empty() => {
            Some("YugabyteDB: the answer to the connection manager's own Parse")
        }
        (Direction::Backend, b'Y') if body.is_empty() => {
            Some("YugabyteDB: the server tells the connection manager that it has seen a Sync")
        }
        (Direction::Frontend, b'A') if is_login => Some(
            "YugabyteDB: its connection manager asks the server to check a client's login: user, database, host, and how the client is connected; newer versions ask without them",
        ),
        (Direction::Frontend, b's') if body.len() == CLIENT => {
            Some("YugabyteDB: its connection manager says which client's settings hold from now on, by a number")
        }
        (Direction::Frontend, b'g') if body.is_empty() => {
            Some("YugabyteDB: its connection manager resets all settings, and what they fall back to")
        }
        (Direction::Frontend, b'G') if body.ends_with(&[0]) => {
            Some("YugabyteDB: its connection manager says what settings fall back to")
        }
        _ => None,
    }
}

/// A letter and an OID; the number of a client.
const OID_DETAILS: usize = 5;
const CLIENT: usize = 4;

fn dispatcher(bytes: &[u8]) -> Option<Known> {
    let words =
        "Greenplum: its dispatcher connects to a segment, with 0x70 in front of the version. PostgreSQL refuses it";
    matches!(bytes.get(4), Some(0x70..=0x7f)).then(|| (Span::new(4, 8.min(bytes.len())), words))
}

/// Reads a RowDescription that does not read as PostgreSQL's once more, as Redshift's, and keeps that if it is whole.
pub(crate) fn reread(entry: &Entry, bytes: &[u8], tree: &mut Tree) {
    let mut other = Tree::new();
    decode(&simple_query::REDSHIFT_ROW_DESCRIPTION, bytes, Context::new(entry.direction), &mut other);
    if other.problems.is_empty()
        && let Some(root) = other.nodes.first_mut()
    {
        root.field = &simple_query::ROW_DESCRIPTION.field;
        *tree = other;
    }
}

/// The fields of one report of a standby under the letter of another: its length is the other's.
fn swapped(message: &'static Message, bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let is_copy = *message == copy::COPY_DATA;
    match bytes.get(5..).filter(|_| is_copy)? {
        [b'h', rest @ ..] if rest.len() == STATUS => {
            Some(("a hot standby feedback (h)", "a standby status update (r)"))
        }
        [b'r', rest @ ..] if rest.len() == FEEDBACK => {
            Some(("a standby status update (r)", "a hot standby feedback (h)"))
        }
        _ => None,
    }
}

/// What a standby status update and a hot standby feedback have behind their letter.
const STATUS: usize = 33;
const FEEDBACK: usize = 24;

/// Puts a warning in place of what is wrong with fields that stand under the wrong letter.
fn name_swapped(entry: &Entry, bytes: &[u8], problems: &mut Vec<Problem>) {
    let is_replication =
        matches!(entry.context().copy, CopyContent::Physical | CopyContent::Logical | CopyContent::OtherPlugin);
    let found = swapped(entry.message, bytes).filter(|_| is_replication && entry.direction == Direction::Frontend);
    // One that was cut has any length.
    if let Some((letter, fields)) = found.filter(|_| entry.fault.is_none()) {
        let message = format!(
            "the letter says {letter}, but these are the fields of {fields}: the server takes positions for transactions, and keeps its log for ever"
        );
        *problems = vec![Problem::error("L50", Span::new(5, 6), message, "the letter of the fields").warning()];
    }
}

/// Puts a note in place of the problems of a message that is of a known dialect.
pub(crate) fn name(said: Said<'_>, problems: &mut Vec<Problem>) {
    name_swapped(said.entry, said.bytes(), problems);
    if let Some((span, words)) = said.known() {
        *problems = vec![Problem::error("D06", span, words, "nothing: this server understands it").note()];
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::{Sides, Stream};

    use super::*;

    /// The rules of each message, in the order in which they are said.
    fn rules(said: &[(Direction, &[u8])]) -> Vec<Vec<&'static str>> {
        let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
        said.iter().for_each(|(direction, bytes)| exchange.push(*direction, &Stream::raw(bytes.to_vec()), None));
        let index = Index::new(&exchange);
        let mut tree = Tree::new();
        let of = |number: usize| {
            index.tree(&exchange, number, &mut tree);
            index.problems_with_mends(&exchange, number, &tree).iter().map(|problem| problem.rule).collect()
        };
        (0..index.len()).map(of).collect()
    }

    fn message(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), &body].concat()
    }

    const STARTUP: &[u8] = b"\0\0\0\x12\0\x03\0\0user\0bob\0\0";
    const OPENGAUSS: &[u8] = b"\0\0\0\x12\0\x03\0\x33user\0bob\0\0";

    #[test]
    fn logins_of_other_servers_are_notes() {
        let (digits, four) = ([b'a'; 64], 4u32.to_be_bytes());
        let code = u32::to_be_bytes;
        for (startup, request, answer) in [
            (
                OPENGAUSS,
                message(b'R', &[&code(10), &code(2), &digits, b"deadbeef", &code(10_000)]),
                message(b'p', &[&digits, b"\0"]),
            ),
            (OPENGAUSS, message(b'R', &[&code(11), &digits, b"salt"]), message(b'p', &[b"md5", &digits[..32], b"\0"])),
            (
                OPENGAUSS,
                message(b'R', &[&code(13), &code(3), &digits, b"deadbeef", &code(10_000)]),
                message(b'p', &[&digits, b"\0"]),
            ),
            (
                STARTUP,
                message(b'R', &[&code(13), &code(0), &four, b"salt", &four, b"once"]),
                message(b'd', &[&four, b"hash", &four, b"1234"]),
            ),
            (STARTUP, message(b'R', &[&code(14)]), message(b'i', &[b"token"])),
        ] {
            let said = [
                (Direction::Frontend, startup),
                (Direction::Backend, &request[..]),
                (Direction::Frontend, &answer[..]),
                (
                    Direction::Backend,
                    b"R\0\0\0\x08\0\0\0\0S\0\0\0\x08a\0b\0K\0\0\0\x0c\0\0\0\x01\0\0\0\x02Z\0\0\0\x05I",
                ),
            ];
            let rules = rules(&said);
            assert_eq!(rules[1], ["D06"], "{rules:?}");
            assert!(rules[2].iter().all(|rule| *rule == "D06"), "{rules:?}");
            assert!(rules[3..].iter().all(Vec::is_empty), "{rules:?}");
        }
    }

    #[test]
    fn what_yugabytedb_says_to_its_connection_manager_is_a_note() {
        let login = b"R\0\0\0\x08\0\0\0\0".as_slice();
        let ready = b"Z\0\0\0\x05I".as_slice();
        let said = [
            (Direction::Frontend, STARTUP),
            (Direction::Backend, login),
            (Direction::Backend, b"O\0\0\0\x09d\0\0\x34\x2b"),
            (Direction::Backend, b"r\0\0\0\x08a\0b\0"),
            (Direction::Backend, ready),
            (Direction::Frontend, b"A\0\0\0\x0eu\0d\0h\0E\0\0\0"),
            (Direction::Backend, b"F\0\0\0\x04"),
            (Direction::Frontend, b"s\0\0\0\x08\0\0\0\x07"),
            (Direction::Backend, ready),
        ];
        let rules = rules(&said);
        assert!(rules.iter().flatten().all(|rule| *rule == "D06"), "{rules:?}");
        assert_eq!(rules.iter().flatten().count(), 2, "{rules:?}");
        // The same letters with another body are no dialect.
        for (side, bytes) in [(Direction::Backend, b"O\0\0\0\x06ab".as_slice()), (Direction::Frontend, b"s\0\0\0\x05a")]
        {
            let rules = self::rules(&[
                (Direction::Frontend, STARTUP),
                (Direction::Backend, login),
                (Direction::Backend, ready),
                (side, bytes),
            ]);
            assert!(!rules.iter().flatten().any(|rule| *rule == "D06"), "{rules:?}");
        }
    }

    #[test]
    fn columns_of_redshift_have_names_and_no_problem() {
        let column = |name: &[u8]| {
            [name, b"\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0public\0t\0id\0dev\0\x10\x01"].concat()
        };
        let described = message(b'T', &[&[0, 2], &column(b"a"), &column(b"b")]);
        let exchange = Exchange::one_sided(Direction::Backend, Stream::raw(described), Sides::Given);
        let index = Index::new(&exchange);
        let mut tree = Tree::new();
        index.tree(&exchange, 0, &mut tree);
        assert!(index.problems(&exchange, 0, &tree).is_empty());
        assert_eq!(tree.nodes.iter().filter(|node| node.field.id == "base_table").count(), 2);
        assert!(tree.is_of(&simple_query::ROW_DESCRIPTION));
    }

    #[test]
    fn what_postgresql_says_is_no_dialect() {
        let said = [
            (Direction::Frontend, STARTUP),
            (Direction::Backend, b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0".as_slice()),
            (Direction::Frontend, b"p\0\0\0\x04"),
        ];
        let rules = rules(&said);
        assert!(rules[1].is_empty() && !rules[2].contains(&"D06"), "{rules:?}");
    }
}
