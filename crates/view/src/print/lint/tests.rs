use pgscope_session::rules::{self, exchange};

use super::*;
use crate::print::Colour;

fn indexed(text: &str) -> Indexed {
    Indexed::new(exchange(text).unwrap_or_else(|error| panic!("{error}")))
}

fn connection(indexed: &Indexed) -> Connection<'_> {
    Connection { indexed, files: ["dump.txt"; 2], number: (1, 1) }
}

/// What is told of an exchange, and how much it is.
fn told(text: &str, levels: &Levels, is_all: bool) -> (String, Counts) {
    let indexed = indexed(text);
    let (mut printer, mut counts, mut out) = (Text::new(Colour::Never, is_all), Counts::default(), String::new());
    let mut found = Vec::new();
    connection(&indexed).findings(
        levels,
        |_| true,
        |finding| {
            found.push(finding);
            true
        },
    );
    for finding in &found {
        counts.add(finding.problem.severity);
        out.push_str(&printer.finding(finding));
    }
    (out + &printer.rest(), counts)
}

const SHORT: &str = "F \\x51 0000000d 53454c45435420313b 00";

#[test]
fn a_wrong_length_is_told_with_its_bytes_underlined() {
    let (text, counts) = told(SHORT, &Levels::default(), false);
    let expected = "\
error[L01]: the length of Query says 13, but its fields end at byte 15: the length is one short
  --> dump.txt, message 1, F → Query, at byte 1 of the client's stream
   | 00000000  51 00 00 00 0d 53 45 4c  45 43 54 20 31 3b 00     Q····SELECT 1;·
   |              ^^^^^^^^^^^
   = expected: 14 (00 00 00 0e)
   = mend: write 00 00 00 0e for the length
";
    assert!(text.starts_with(expected), "{text}");
    assert!(text.contains("   = manual: ") && text.contains("https://www.postgresql.org/docs/current/protocol-"));
    assert_eq!(counts, Counts { errors: 1, ..Counts::default() });
}

#[test]
fn what_explains_it_is_named_and_what_it_says() {
    let wrong = rules::by_id("L28").map_or("", |rule| rule.wrong);
    let (text, _) = told(wrong, &Levels::default(), false);
    assert!(text.contains("error[L28]: ") && text.contains("   = because: message "), "{text}");
    assert!(text.contains(" RowDescription, "), "{text}");
}

#[test]
fn what_repeats_is_told_once_and_counted() {
    let rows = "B DataRow [\"1\" \"2\"]\n".repeat(3);
    let text = format!(
        "(started)\nF Query \"SELECT 1\"\nB RowDescription [(a 0 0 23 4 -1 0)]\n{rows}B CommandComplete \"SELECT 3\"\nB ReadyForQuery idle\n"
    );
    let (once, counts) = told(&text, &Levels::default(), false);
    assert_eq!(counts.errors, 3, "{once}");
    assert_eq!(once.matches("error[L28]: ").count(), 1, "{once}");
    assert!(once.contains("error[L28] … and 2 more of L28\n"), "{once}");
    let (all, _) = told(&text, &Levels::default(), true);
    assert_eq!(all.matches("error[L28]: ").count(), 3, "{all}");
    assert!(!all.contains(" more of "), "{all}");
}

#[test]
fn what_is_denied_is_an_error_and_what_is_allowed_is_left_out() {
    let wrong = rules::by_id("L43").map_or("", |rule| rule.wrong);
    let count = |levels: &Levels| told(wrong, levels, false).1;
    assert!(count(&Levels::default()).warnings > 0);
    for name in ["warning", "note", "L43", "l43"] {
        let mut levels = Levels::default();
        levels.deny(name).expect("a name");
        assert!(count(&levels).errors > 0 && count(&levels).warnings == 0, "{name}");
    }
    let mut levels = Levels::default();
    levels.allow("L43").expect("a rule");
    assert_eq!(count(&levels), Counts::default());
    assert_eq!(Levels::default().allow("25").map_err(|error| error.near), Err(vec!["L25"]));
    assert_eq!(
        Levels::default().deny("L99").map_err(|error| error.to_string()).err().as_deref(),
        Some("there is no rule L99; near it are L09, L19, L29, L39, L49")
    );
}

#[test]
fn a_mark_stands_below_its_bytes_in_whatever_line_they_are() {
    let long = "x".repeat(40);
    let (text, _) = told(&format!("F Query \"{long}\" {{less 1}}"), &Levels::default(), false);
    for line in text.lines().filter(|line| line.contains('^')) {
        let marks = line.find('^').unwrap_or_default();
        assert!(marks >= 15 && line.len() <= 15 + 48, "{text}");
    }
    assert!(text.contains('^'), "{text}");
}

#[test]
fn the_json_of_a_finding_is_exact() {
    let indexed = indexed(SHORT);
    let mut records = Vec::new();
    connection(&indexed).findings(
        &Levels::default(),
        |_| true,
        |finding| {
            records.push(record(&finding));
            true
        },
    );
    let made = serde_json::to_value(&records).expect("JSON");
    let first = made.get(0).expect("one");
    for (key, value) in [
        ("file", "\"dump.txt\""),
        ("connection", "1"),
        ("index", "0"),
        ("direction", "\"frontend\""),
        ("name", "\"Query\""),
        ("rule", "\"L01\""),
        ("severity", "\"error\""),
        ("start", "1"),
        ("end", "5"),
        ("hex", "\"0000000d\""),
        ("source", "{\"end\":5,\"start\":1}"),
        ("because", "[]"),
        (
            "fix",
            "{\"edits\":[{\"end\":5,\"hex\":\"0000000e\",\"start\":1}],\"words\":\"write 00 00 00 0e for the length\"}",
        ),
    ] {
        assert_eq!(first.get(key).map(ToString::to_string).as_deref(), Some(value), "{key}");
    }
}

#[test]
fn the_sarif_has_every_rule_and_a_region_for_each_result() {
    let indexed = indexed(rules::by_id("L28").map_or("", |rule| rule.wrong));
    let mut results = Vec::new();
    connection(&indexed).findings(
        &Levels::default(),
        |_| true,
        |finding| {
            results.push(result(&finding));
            true
        },
    );
    let made = serde_json::to_value(log(results)).expect("JSON");
    let run = &made["runs"][0];
    assert_eq!(made["version"], "2.1.0");
    let rules = run["tool"]["driver"]["rules"].as_array().expect("a list");
    assert_eq!(rules.len(), rules::all().count());
    for rule in rules {
        assert!(rule["name"].as_str().is_some_and(|name| name.chars().all(char::is_alphanumeric)), "{rule}");
    }
    let found = run["results"].as_array().expect("a list");
    assert!(!found.is_empty());
    for result in found {
        let index = result["ruleIndex"].as_u64().expect("a number") as usize;
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap_or_default()));
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dump.txt");
        assert!(place["region"]["byteOffset"].is_u64() && place["region"]["byteLength"].is_u64(), "{result}");
        for related in result["relatedLocations"].as_array().into_iter().flatten() {
            assert!(related["message"]["text"].is_string() && related["id"].is_u64());
        }
    }
}

#[test]
fn every_finding_of_the_catalogue_is_told_with_a_rule_of_the_catalogue() {
    for rule in rules::all() {
        let indexed = indexed(rule.wrong);
        connection(&indexed).findings(
            &Levels::default(),
            |_| true,
            |finding| {
                assert!(finding.rule().is_some(), "{}", finding.problem.rule);
                let text = Text::new(Colour::Never, false).finding(&finding);
                assert!(text.contains("   | ") && text.contains("= expected: ") && text.contains("= mend: "), "{text}");
                true
            },
        );
    }
}

#[test]
fn the_summary_counts() {
    let counts = Counts { errors: 2, warnings: 1, notes: 1 };
    assert_eq!(counts.summary(12, 3), "2 errors, 1 warning and 1 note in 12 messages of 3 connections");
    assert_eq!(Counts::default().summary(1, 1), "nothing is wrong in 1 message");
}
