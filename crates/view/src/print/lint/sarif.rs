//! SARIF 2.1.0, which editors and code hosts read: all rules of the catalogue, and a result for each finding.
//!
//! A result's region is the bytes of the file from which the wrong ones were read: of a dump, its digits.

use pgscope_proto::{Direction, Severity, Span};
use pgscope_session::rules::{Evidence, Rule, all};
use serde::Serialize;

use super::Finding;
use crate::manual;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = "https://www.postgresql.org/docs/current/protocol.html";

#[derive(Debug, Serialize)]
struct Words {
    text: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    id: &'static str,
    name: String,
    short_description: Words,
    full_description: Words,
    help: Help,
    help_uri: String,
    default_configuration: Configuration,
}

#[derive(Debug, Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: &'static str,
}

/// A finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    rule_id: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Words,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    properties: Properties,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: Physical,
    logical_locations: [Logical; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Words>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Artifact,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Debug, Serialize)]
struct Artifact {
    uri: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    byte_offset: usize,
    byte_length: usize,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Logical {
    name: &'static str,
    fully_qualified_name: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Properties {
    expected: String,
    mend: String,
    direction: &'static str,
    message: usize,
    offset: usize,
}

/// A log of one run.
#[derive(Debug, Serialize)]
pub struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
struct Run {
    tool: Tool,
    results: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Descriptor>,
}

/// The log of these results.
pub fn log(results: Vec<Outcome>) -> Log {
    let driver = Driver {
        name: "pgscope",
        semantic_version: env!("CARGO_PKG_VERSION"),
        information_uri: HOME,
        rules: all().map(descriptor).collect(),
    };
    Log { schema: SCHEMA, version: "2.1.0", runs: [Run { tool: Tool { driver }, results }] }
}

/// One result.
pub fn result(finding: &Finding) -> Outcome {
    let Finding { entry, problem, .. } = finding;
    let mend = problem.fix.as_ref().map(|fix| fix.words.clone()).unwrap_or_default();
    let expected =
        if problem.expected.is_empty() { String::new() } else { format!(". Expected: {}", problem.expected) };
    let related = finding.reasons().enumerate().map(|(nth, (because, entry, says))| Location {
        id: Some(nth + 1),
        message: Some(Words { text: format!("{}: {says}", because.words) }),
        ..location(finding, entry.number, entry.message.name(), entry.direction, entry.span)
    });
    let span = problem.span.shifted(entry.span.start);
    Outcome {
        rule_id: problem.rule,
        rule_index: all().position(|rule| rule.id == problem.rule),
        level: level(problem.severity),
        message: Words { text: format!("{}{expected}", problem.message) },
        locations: [location(finding, entry.number, entry.message.name(), entry.direction, span)],
        related_locations: related.collect(),
        properties: Properties {
            expected: problem.expected.clone(),
            mend,
            direction: entry.direction.name(),
            message: entry.number + 1,
            offset: span.start,
        },
    }
}

fn location(finding: &Finding, number: usize, name: &'static str, direction: Direction, span: Span) -> Location {
    let connection = finding.connection;
    let region = connection.source(direction, span).map(|place| Region {
        byte_offset: place.start,
        // Of a place between two bytes, nothing.
        byte_length: if span.is_empty() { 0 } else { place.len() },
    });
    let of = connection.number.0;
    let place = format!("connection {of}/message {}/{name}", number + 1);
    Location {
        id: None,
        physical_location: Physical { artifact_location: Artifact { uri: uri(connection.file(direction)) }, region },
        logical_locations: [Logical { name, fully_qualified_name: place, kind: "member" }],
        message: None,
    }
}

fn level(severity: Severity) -> &'static str {
    severity.name()
}

fn descriptor(rule: &'static Rule) -> Descriptor {
    let evidence = match rule.evidence {
        Evidence::Refused(why) | Evidence::Manual(why) => format!(" {why}"),
        Evidence::None => String::new(),
    };
    let text = format!("{}{evidence}\n\nTo mend it: {}\n\nTo be sure: {}", rule.doc, rule.mend, rule.record);
    let manual = manual(rule.section);
    let markdown = format!(
        "{}{evidence}\n\n**To mend it:** {}\n\n**To be sure:** {}\n\n[{}]({manual})",
        rule.doc, rule.mend, rule.record, rule.section.title
    );
    Descriptor {
        id: rule.id,
        name: pascal(rule.title),
        short_description: Words { text: format!("{}.", rule.title) },
        full_description: Words { text: rule.doc.to_owned() },
        help: Help { text, markdown },
        help_uri: manual,
        default_configuration: Configuration { level: level(rule.severity) },
    }
}

/// `RowsWithoutADescription`: SARIF wants a name that a program can have.
fn pascal(title: &str) -> String {
    let words = title.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()).collect()
}

/// A path as a relative address; standard input has none, and so a name.
fn uri(file: &str) -> String {
    if file == "-" {
        return "stdin".to_owned();
    }
    let file = file.replace('\\', "/");
    let mut out = if file.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(byte as char),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
