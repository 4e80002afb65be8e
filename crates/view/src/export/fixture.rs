//! A regression test in a file of its own: it says these bytes to a server and expects those messages. It has a reader of frames
//! and needs nothing beyond its language.
//!
//! What a server may say at any time (ParameterStatus, notices, notifications) is passed over, and of what it says only that
//! which is the same each time is looked at: the type, the command tag, the SQLSTATE, the state of the transaction.

use pgscope_proto::{Direction, read};
use pgscope_session::Entry;

use super::Run;
use crate::Indexed;

/// A language in which such a test is written.
#[derive(Clone, Copy, Debug)]
pub struct Language {
    /// What to ask for.
    pub id: &'static str,
    template: &'static str,
    /// How a step is written: `{send}` are hex digits, `{expect}` texts.
    step: fn(&str, &[String]) -> String,
}

/// All of them.
pub const LANGUAGES: [Language; 4] = [
    Language {
        id: "rust",
        template: include_str!("templates/fixture.rs.txt"),
        step: |send, expect| format!("    (\"{send}\", &[{}]),\n", quoted(expect)),
    },
    Language {
        id: "go",
        template: include_str!("templates/fixture.go.txt"),
        step: |send, expect| format!("\t{{\"{send}\", []string{{{}}}}},\n", quoted(expect)),
    },
    Language {
        id: "python",
        template: include_str!("templates/fixture.py.txt"),
        step: |send, expect| format!("    (\"{send}\", [{}]),\n", quoted(expect)),
    },
    Language {
        id: "javascript",
        template: include_str!("templates/fixture.js.txt"),
        step: |send, expect| format!("  [\"{send}\", [{}]],\n", quoted(expect)),
    },
];

fn quoted(texts: &[String]) -> String {
    // Tags and codes are held to letters, digits and blanks below.
    texts.iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>().join(", ")
}

/// Messages whose answer depends on chance: what was said cannot be said again.
const OF_CHANCE: [&str; 8] = [
    "authenticationmd5password",
    "authenticationsasl",
    "authenticationgss",
    "authenticationsspi",
    "authenticationgsscontinue",
    "sslaccepted",
    "gssaccepted",
    "cancelrequest",
];

/// What may come at any time.
const AT_ANY_TIME: [&str; 4] =
    ["parameterstatus", "noticeresponse", "notificationresponse", "negotiateprotocolversion"];

/// The test in a language, by its id, of these runs of an exchange.
pub fn fixture(indexed: &Indexed, runs: &[Run], language: &str) -> Result<String, String> {
    let known = || LANGUAGES.map(|language| language.id).join(", ");
    let language = LANGUAGES.iter().find(|one| one.id == language).ok_or_else(|| format!("known are {}", known()))?;
    let messages = || runs.iter().flat_map(|run| &run.messages).filter_map(|number| indexed.index.entry(*number));
    for entry in messages() {
        let (number, name) = (entry.number + 1, entry.message.name());
        if OF_CHANCE.contains(&entry.message.field.id) {
            return Err(format!(
                "message {number}, {name}: what follows it depends on chance or is encrypted, so it cannot be said again to a server; record the exchange with trust or a password in the clear, and without TLS"
            ));
        }
        if entry.fault.is_some() && entry.direction == Direction::Backend {
            return Err(format!("message {number}, {name}: it is not whole, and cannot be expected"));
        }
    }
    let steps = steps(indexed, runs);
    if steps.iter().all(|(send, _)| send.is_empty()) {
        return Err("the client says nothing in it, so there is nothing to say to a server".to_owned());
    }
    let written: String = steps.iter().map(|(send, expect)| (language.step)(send, expect)).collect();
    Ok(language.template.replace("{STEPS}", &written))
}

/// What is sent, as hex digits, and what is expected then.
fn steps(indexed: &Indexed, runs: &[Run]) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    for run in runs {
        match run.direction {
            Direction::Frontend => {
                let digits = run.bytes.iter().fold(String::new(), |digits, byte| digits + &format!("{byte:02x}"));
                steps.push((digits, Vec::new()));
            }
            Direction::Backend => {
                let entries = run.messages.iter().filter_map(|number| indexed.index.entry(*number));
                let expected = entries.filter(|entry| !AT_ANY_TIME.contains(&entry.message.field.id));
                if steps.is_empty() {
                    steps.push((String::new(), Vec::new()));
                }
                if let Some((_, expect)) = steps.last_mut() {
                    expect.extend(expected.map(|entry| said(indexed, &entry)));
                }
            }
        }
    }
    steps
}

/// What is the same each time: `Z I`, `C SELECT 1`, `E 42P01`, `T`; of the one byte that answers a request for encryption, that.
fn said(indexed: &Indexed, entry: &Entry) -> String {
    let bytes = indexed.bytes(entry);
    let tag = bytes.first().map(|tag| char::from(*tag)).unwrap_or_default();
    let detail = match entry.message.field.id {
        "commandcomplete" => bytes.get(5..bytes.len().saturating_sub(1)).map(<[u8]>::to_vec),
        "errorresponse" => read::error_field(bytes, b'C').map(<[u8]>::to_vec),
        "readyforquery" => bytes.get(5..6).map(<[u8]>::to_vec),
        "encryptionrefused" => return format!("byte {tag}"),
        _ => None,
    };
    let is_plain = |text: &Vec<u8>| text.iter().all(|byte| byte.is_ascii_alphanumeric() || b" _".contains(byte));
    match detail.filter(is_plain).and_then(|text| String::from_utf8(text).ok()) {
        Some(detail) => format!("{tag} {detail}"),
        None => tag.to_string(),
    }
}
