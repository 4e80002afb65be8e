//! Healthy recordings, broken in the conversation: a message is left out, said twice, exchanged with the next, put in where it
//! does not belong, or made to contradict another. Each must be found, under a rule that it breaks and where it stands.

use std::collections::BTreeMap;

use pgscope_proto::{Direction, Exchange, Severity, Sides, Stream, Tree};
use pgscope_view::Indexed;

use crate::captures::all;

#[derive(Clone, Debug, PartialEq)]
struct Said {
    direction: Direction,
    name: &'static str,
    bytes: Vec<u8>,
}

/// What was done, which rules that breaks, and the messages it leaves; the number is the first that differs.
struct Broken {
    kind: String,
    rules: &'static [&'static str],
    said: Vec<Said>,
    at: usize,
}

/// How often one kind is tried in one recording.
const EACH: usize = 3;
/// How far from the change the finding may stand.
const NEAR: usize = 3;

fn server(name: &'static str, bytes: &[u8]) -> Said {
    Said { direction: Direction::Backend, name, bytes: bytes.to_vec() }
}

/// Answers that cannot be left out, nor said twice, and what that breaks.
const LEFT_OUT: &[&str] = &[
    "L57", "L21", "L22", "L25", "L27", "L56", "L23", "L19", "L61", "L34", "L26", "L35", "L36", "L47", "L55", "L62",
    "L63",
];

fn has_to_be_said(said: &Said) -> bool {
    let names = [
        "ReadyForQuery",
        "CommandComplete",
        "EmptyQueryResponse",
        "ParseComplete",
        "BindComplete",
        "CloseComplete",
        "RowDescription",
        "NoData",
        "ParameterDescription",
        "PortalSuspended",
        "CopyInResponse",
        "CopyOutResponse",
        "CopyBothResponse",
        "FunctionCallResponse",
        "AuthenticationOk",
        "AuthenticationSASL",
        "AuthenticationSASLContinue",
    ];
    said.direction == Direction::Backend && names.contains(&said.name)
}

fn drop(said: &[Said], at: usize) -> Option<Broken> {
    let one = said.get(at).filter(|one| has_to_be_said(one))?;
    // Behind it the server must say something else, or nobody can know.
    let by_itself = ["NoticeResponse", "NotificationResponse", "ParameterStatus"];
    said.iter().skip(at + 1).find(|next| next.direction == Direction::Backend && !by_itself.contains(&next.name))?;
    let mut left = said.to_vec();
    left.remove(at);
    Some(Broken { kind: format!("drop {}", one.name), rules: LEFT_OUT, said: left, at })
}

fn repeat(said: &[Said], at: usize) -> Option<Broken> {
    let one = said.get(at).filter(|one| has_to_be_said(one))?;
    let mut left = said.to_vec();
    left.insert(at, one.clone());
    Some(Broken { kind: format!("repeat {}", one.name), rules: LEFT_OUT, said: left, at: at + 1 })
}

fn swap(said: &[Said], at: usize) -> Option<Broken> {
    let (one, next) = (said.get(at)?, said.get(at + 1)?);
    let both = has_to_be_said(one) && has_to_be_said(next) && one.name != next.name;
    let mut left = said.to_vec();
    left.swap(at, at + 1);
    both.then(|| Broken { kind: format!("swap {} and {}", one.name, next.name), rules: LEFT_OUT, said: left, at })
}

/// What is said where nothing is asked, or where something else is awaited.
fn insert(said: &[Said], at: usize) -> Vec<Broken> {
    let strangers = [
        server("ParseComplete", b"1\0\0\0\x04"),
        server("BindComplete", b"2\0\0\0\x04"),
        server("CloseComplete", b"3\0\0\0\x04"),
        server("NoData", b"n\0\0\0\x04"),
        server("PortalSuspended", b"s\0\0\0\x04"),
        server("EmptyQueryResponse", b"I\0\0\0\x04"),
        server("CommandComplete", b"C\0\0\0\x0bDELETE\0"),
        server("DataRow", b"D\0\0\0\x06\0\0"),
        server("CopyData", b"d\0\0\0\x05x"),
        server("CopyDone", b"c\0\0\0\x04"),
        server("ReadyForQuery", b"Z\0\0\0\x05I"),
        server("NegotiateProtocolVersion", b"v\0\0\0\x0c\0\x03\0\0\0\0\0\0"),
        server("AuthenticationOk", b"R\0\0\0\x08\0\0\0\0"),
        server("ParameterDescription", b"t\0\0\0\x06\0\0"),
        server("FunctionCallResponse", b"V\0\0\0\x08\xff\xff\xff\xff"),
    ];
    // Behind a ReadyForQuery that the client hears before it goes on.
    let is_idle = at > 0
        && said.get(at - 1).is_some_and(|before| before.name == "ReadyForQuery")
        && said.get(at).is_some_and(|next| next.direction == Direction::Frontend);
    let mut broken = Vec::new();
    for stranger in strangers.into_iter().filter(|_| is_idle) {
        let mut left = said.to_vec();
        let kind = format!("{} while idle", stranger.name);
        left.insert(at, stranger);
        let rules: &[&str] = &["L56", "L23", "L22", "L57", "L26", "L25", "L58", "L19", "L27", "L34", "L36", "L35"];
        broken.push(Broken { kind, rules, said: left, at });
    }
    broken
}

/// The message with some bytes changed and its length right again.
fn edited(one: &Said, edit: impl FnOnce(&mut Vec<u8>)) -> Said {
    let mut bytes = one.bytes.clone();
    edit(&mut bytes);
    let length = (bytes.len() as u32 - 1).to_be_bytes();
    bytes[1..5].copy_from_slice(&length);
    Said { bytes, ..one.clone() }
}

fn replaced(said: &[Said], at: usize, kind: &str, rules: &'static [&'static str], by: Said) -> Broken {
    let mut left = said.to_vec();
    left[at] = by;
    Broken { kind: kind.to_owned(), rules, said: left, at }
}

/// The last message before `at` with this name.
fn before<'a>(said: &'a [Said], at: usize, name: &str) -> Option<&'a Said> {
    said[..at].iter().rev().find(|one| one.name == name)
}

fn change(said: &[Said], at: usize) -> Vec<Broken> {
    let one = &said[at];
    let mut broken = Vec::new();
    let mut add = |kind: &str, rules, by| broken.push(replaced(said, at, kind, rules, by));
    match one.name {
        "DataRow" if is_described(said, at) => {
            let count = u16::from_be_bytes([one.bytes[5], one.bytes[6]]);
            let more = edited(one, |bytes| {
                bytes[5..7].copy_from_slice(&(count + 1).to_be_bytes());
                bytes.extend([0xff; 4]);
            });
            add("a row with a value more", &["L28"], more);
        }
        "ReadyForQuery" => {
            let letter = one.bytes[5];
            let begins = before(said, at, "CommandComplete")
                .is_some_and(|tag| tag.bytes.ends_with(b"BEGIN\0") && said[at - 1].name == "CommandComplete");
            if letter == b'T' && begins {
                add("BEGIN that ends idle", &["L43"], edited(one, |bytes| bytes[5] = b'I'));
            }
            let is_failed = said[..at].iter().rev().find(|one| one.direction == Direction::Backend);
            if letter == b'E' && is_failed.is_some_and(|one| one.name == "ErrorResponse") {
                let open = said[..at].iter().rev().find(|one| one.name == "ReadyForQuery");
                if open.is_some_and(|before| before.bytes[5] == b'T') {
                    add("an error that leaves the block sound", &["L43"], edited(one, |bytes| bytes[5] = b'T'));
                }
            }
        }
        "CommandComplete" if one.bytes.starts_with(b"C") => {
            let tag = String::from_utf8_lossy(&one.bytes[5..one.bytes.len() - 1]).into_owned();
            let said_rows = at > 0 && said[at - 1].name == "DataRow";
            if let Some(rows) =
                tag.strip_prefix("SELECT ").and_then(|rows| rows.parse::<u64>().ok()).filter(|_| said_rows)
            {
                let text = format!("SELECT {}\0", rows + 1);
                add(
                    "a tag that counts too many",
                    &["L44"],
                    edited(one, |bytes| {
                        bytes.truncate(5);
                        bytes.extend(text.bytes());
                    }),
                );
            }
            if let Some(rows) = tag.strip_prefix("INSERT 0 ") {
                let text = format!("INSERT {rows}\0");
                add(
                    "INSERT without its oid",
                    &["L44"],
                    edited(one, |bytes| {
                        bytes.truncate(5);
                        bytes.extend(text.bytes());
                    }),
                );
            }
            add(
                "a tag that is the whole text",
                &["L44"],
                edited(one, |bytes| {
                    bytes.truncate(5);
                    bytes.extend(b"begin; select 1\0");
                }),
            );
        }
        "RowDescription" if before(said, at, "Query").is_some() => {
            let asked = said[..at].iter().rposition(|one| one.direction == Direction::Frontend);
            let is_query = asked.is_some_and(|asked| {
                let sql = String::from_utf8_lossy(&said[asked].bytes).to_lowercase();
                said[asked].name == "Query" && !["fetch", "execute", "binary"].iter().any(|word| sql.contains(word))
            });
            let end = one.bytes.len();
            if is_query && end > 7 && one.bytes[5..7] != [0, 0] {
                add("a binary column in a Query", &["L46"], edited(one, |bytes| bytes[end - 1] = 1));
            }
        }
        "ErrorResponse" | "NoticeResponse" => {
            // Takes the field C out.
            if let Some(from) = one.bytes.windows(2).position(|two| two == b"\0C") {
                let end = one.bytes[from + 1..].iter().position(|byte| *byte == 0).map(|end| from + 1 + end);
                if let Some(end) = end.filter(|end| end - from == 7) {
                    add(
                        "an error without its SQLSTATE",
                        &["L45"],
                        edited(one, |bytes| {
                            bytes.drain(from + 1..=end);
                        }),
                    );
                }
            }
        }
        "AuthenticationSASLContinue" => {
            if let Some(r) = one.bytes.windows(2).position(|two| two == b"r=") {
                add("a nonce that does not go on", &["L19"], edited(one, |bytes| bytes[r + 2] ^= 1));
            }
        }
        "SASLResponse" => {
            if let Some(r) = one.bytes.windows(3).position(|three| three == b",r=") {
                add("another nonce in the proof", &["L60"], edited(one, |bytes| bytes[r + 3] ^= 1));
            }
        }
        "PasswordMessage" if before(said, at, "AuthenticationMD5Password").is_some() => {
            add(
                "a password in the clear",
                &["L60"],
                edited(one, |bytes| {
                    bytes.truncate(5);
                    bytes.extend(b"secret\0");
                }),
            );
        }
        "Bind" => {
            let described = before(said, at, "ParameterDescription").is_some();
            let is_bare = one.bytes.ends_with(&[0, 0, 0, 0, 0, 0]) && one.bytes.len() == 13;
            if described && is_bare {
                add(
                    "a Bind with a value too many",
                    &["L31"],
                    edited(one, |bytes| {
                        bytes.truncate(7);
                        bytes.extend([0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0]);
                    }),
                );
            }
        }
        "BackendKeyData" if one.bytes.len() == 13 => {
            let is_3_0 =
                said.iter().any(|one| one.name == "StartupMessage" && one.bytes.get(4..8) == Some(&[0, 3, 0, 0]));
            if is_3_0 {
                add("a long key under 3.0", &["L16"], edited(one, |bytes| bytes.extend([7; 28])));
            }
        }
        _ => {}
    }
    broken
}

/// Whether the columns of the row were told since the last statement was made.
fn is_described(said: &[Said], at: usize) -> bool {
    let last = said[..at].iter().rev().find(|one| ["RowDescription", "Parse"].contains(&one.name));
    last.is_some_and(|one| one.name == "RowDescription")
}

fn exchange(said: &[Said]) -> Exchange {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    for one in said {
        exchange.push(one.direction, &Stream::raw(one.bytes.clone()), None);
    }
    exchange
}

/// The rules of all findings above a note near the change.
fn found(broken: &Broken) -> Vec<(usize, &'static str)> {
    let indexed = Indexed::new(exchange(&broken.said));
    let mut tree = Tree::new();
    // The server's next two messages, and what stands around them.
    let answers = broken.said.iter().enumerate().skip(broken.at).filter(|(_, one)| one.direction == Direction::Backend);
    let last = answers.map(|(at, _)| at).nth(1).unwrap_or(broken.at);
    let near = broken.at.saturating_sub(NEAR)..(last + NEAR + 1).min(indexed.index.len());
    let opened = near.filter_map(|number| Some((number, indexed.open(number, &mut tree)?.1)));
    let worse = |(number, problems): (usize, Vec<pgscope_proto::Problem>)| {
        let bad = problems.into_iter().filter(|problem| problem.severity >= Severity::Warning);
        bad.map(move |problem| (number, problem.rule)).collect::<Vec<_>>()
    };
    opened.flat_map(worse).collect()
}

/// What the grammar itself allows, and the manual with it: no other reason is taken.
fn is_excused(broken: &Broken) -> bool {
    let next = |from: usize| broken.said.iter().skip(from).find(|one| one.direction == Direction::Backend);
    // An error may stand in place of any answer.
    let is_error = next(broken.at).is_some_and(|one| one.name == "ErrorResponse");
    match broken.kind.as_str() {
        kind if kind.starts_with("drop ") && is_error => true,
        // How many statements a text has cannot be counted but by PostgreSQL's own parser.
        "drop CommandComplete" | "drop ReadyForQuery" if several(broken) || is_replication(broken) => true,
        // A command may end without columns, and one that has no rows looks like that.
        "drop RowDescription" => next(broken.at).is_some_and(|one| one.name == "CommandComplete"),
        // A Query of several statements has as many results.
        "repeat CommandComplete" | "repeat CopyOutResponse" | "repeat CopyInResponse" => {
            several(broken) || is_replication(broken)
        }
        _ => false,
    }
}

/// Whether the request that is answered there is a text of several statements.
fn several(broken: &Broken) -> bool {
    let asked = broken.said[..broken.at].iter().rev().find(|one| one.name == "Query" || one.name == "Sync");
    let statements = |one: &Said| {
        let pieces = one.bytes[5..].split(|byte| *byte == b';');
        pieces.filter(|piece| piece.iter().any(|byte| byte.is_ascii_graphic())).count()
    };
    asked.is_some_and(|one| statements(one) > 1)
}

/// One command of replication gives several results.
fn is_replication(broken: &Broken) -> bool {
    broken
        .said
        .iter()
        .any(|one| one.name == "StartupMessage" && one.bytes.windows(11).any(|word| word == b"replication"))
}

#[test]
fn what_is_broken_in_a_conversation_is_found() {
    let mut kinds: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut missed = Vec::new();
    let (mut trials, mut excused) = (0, 0);
    for recording in all() {
        let Some(whole) = recording.exchange().map(Indexed::new).filter(|whole| whole.index.len() < 600) else {
            continue;
        };
        let said: Vec<Said> = (0..whole.index.len())
            .filter_map(|number| whole.index.entry(number))
            .map(|entry| Said {
                direction: entry.direction,
                name: entry.message.name(),
                bytes: whole.bytes(&entry).to_vec(),
            })
            .collect();
        // A conversation that goes on in TLS, or that something is wrong with, is no ground to stand on.
        let is_plain = said.first().is_some_and(|one| one.name == "StartupMessage" || one.name == "SSLRequest")
            && !said.iter().any(|one| ["TLS record", "GSSAPI packet", "Unreadable bytes"].contains(&one.name));
        let mut tree = Tree::new();
        let is_clean = (0..whole.index.len()).all(|number| {
            let (_, problems) = whole.open(number, &mut tree).expect("it is there");
            problems.iter().all(|problem| problem.severity < Severity::Warning)
        });
        if !is_plain || !is_clean {
            continue;
        }
        let mut tried: BTreeMap<String, usize> = BTreeMap::new();
        for at in 0..said.len() {
            let all = [drop(&said, at), repeat(&said, at), swap(&said, at)].into_iter().flatten();
            for broken in all.chain(insert(&said, at)).chain(change(&said, at)) {
                let count = tried.entry(broken.kind.clone()).or_default();
                *count += 1;
                if *count > EACH {
                    continue;
                }
                if is_excused(&broken) {
                    excused += 1;
                    continue;
                }
                trials += 1;
                let found = found(&broken);
                let is_found = found.iter().any(|(_, rule)| broken.rules.contains(rule));
                let tally = kinds.entry(broken.kind.clone()).or_default();
                tally.0 += 1;
                tally.1 += usize::from(is_found);
                if !is_found {
                    missed.push(format!("{} {}: {} {found:?}", recording.name, broken.at, broken.kind));
                }
            }
        }
    }
    for (kind, (tried, found)) in &kinds {
        eprintln!("{found:>5} of {tried:>5}  {kind}");
    }
    eprintln!("{trials} trials of {} kinds, {} missed, {excused} excused", kinds.len(), missed.len());
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed[..missed.len().min(60)].join("\n"));
    assert!(kinds.len() >= 40 && trials >= 5000, "{} kinds, {trials} trials", kinds.len());
}
