//! The page of a rule: what is wrong, why it is that bad, what programs say, and how an exchange looks with it and without.

use pgscope_proto::{Direction, Exchange, Tree};
use pgscope_session::rules::{self, Evidence, Rule, exchange};

use super::message::section;
use super::{Neighbours, Page, aside, example, first_sentence, frame, page_name};
use crate::Indexed;
use crate::manual;
use crate::print::conversation::is_about;
use crate::print::explain::told;
use crate::print::html::{element, link, prose, text};

/// What the chapters of the catalogue are called, in their order.
pub(super) const CHAPTERS: [&str; 8] =
    ["Framing", "Start-up", "Authentication", "Simple query", "Extended query", "Values", "COPY", "Replication"];

/// How many bytes of a message are shown.
const MOST_BYTES: usize = 48;

/// The name of its page.
pub(super) fn name(rule: &Rule) -> String {
    format!("rule-{}.html", rule.id)
}

pub(super) fn page(rule: &'static Rule, at: usize) -> Page {
    let trail = element("p", &[("class", "ref-trail")], &format!("{} › {}", link("./", "Messages"), "Mistakes"));
    let severity = rule.severity.name();
    let chip = element("span", &[("class", "chip"), ("data-severity", severity)], severity);
    let heading = element("h1", &[], &format!("{} {} {chip}", rule.id, text(rule.title)));
    let mend = format!(
        "{}{}",
        paragraph("", rule.mend),
        paragraph("ref-note", &format!("To be sure, record: {}", rule.record))
    );
    let all: Vec<&'static Rule> = rules::all().collect();
    let article = [
        trail,
        heading,
        element("p", &[("class", "ref-lead")], &prose(rule.doc)),
        facts(rule),
        section("mend", "How to mend it", &mend),
        section("exchanges", "Wrong and right", &exchanges(rule)),
        said(rule),
        Neighbours::of(&all, at, |rule| (name(rule), format!("{} {}", rule.id, rule.title))),
    ];
    let file = name(rule);
    let main = element("main", &[("class", "ref-article"), ("id", "main")], &article.concat());
    let body = element("div", &[("class", "ref-page")], &format!("{}{main}", aside(&groups(), &file)));
    let title = format!("{} {}: a mistake in PostgreSQL’s protocol", rule.id, rule.title);
    Page { name: file, content: frame(&title, first_sentence(rule.doc), &body) }
}

/// All rules, for the list beside a page.
fn groups() -> Vec<(&'static str, Vec<(String, String)>)> {
    let entry = |rule: &Rule| (name(rule), format!("{} {}", rule.id, rule.title));
    CHAPTERS.iter().zip(rules::ALL).map(|(title, chapter)| (*title, chapter.iter().map(entry).collect())).collect()
}

fn paragraph(class: &str, words: &str) -> String {
    let attributes = [("class", class)];
    element("p", if class.is_empty() { &[] } else { &attributes }, &prose(words))
}

fn facts(rule: &'static Rule) -> String {
    let because = match rule.evidence {
        Evidence::Refused(why) | Evidence::Manual(why) => text(why),
        Evidence::None => "It is worth knowing, and breaks nothing by itself.".to_owned(),
    };
    let messages: Vec<String> = pgscope_proto::messages::ALL
        .iter()
        .filter(|message| is_about(rule, message))
        .map(|message| link(&page_name(message), message.name()))
        .collect();
    let list = [
        ("Why", because),
        ("Whose bytes", format!("the {}’s", rule.by.end())),
        ("Messages", messages.join(", ")),
        ("Seen in", text(&rule.seen.join(", "))),
        ("Manual", link(&manual(rule.section), rule.section.title)),
        ("Find it", element("code", &[], &format!("pgscope lint --deny {} FILE", rule.id))),
    ];
    let row = |(name, words): &(&str, String)| format!("{}{}", element("dt", &[], name), element("dd", &[], words));
    let rows: String = list.iter().filter(|(_, words)| !words.is_empty()).map(row).collect();
    element("dl", &[("class", "ref-facts")], &rows)
}

fn said(rule: &Rule) -> String {
    if rule.says.is_empty() {
        return String::new();
    }
    let items: String = rule.says.iter().map(|says| element("li", &[], &text(&told(says)))).collect();
    section("says", "What programs say to it", &element("ul", &[("class", "ref-said")], &items))
}

/// Both exchanges, side by side where there is room. The messages with which both begin are shown once, folded.
fn exchanges(rule: &Rule) -> String {
    let [wrong, right] = [rule.wrong, rule.right].map(|text| exchange(text).unwrap_or_default());
    let [wrong_said, right_said] = [said_in(&wrong), said_in(&right)];
    let step = found(rule, &wrong);
    let [wrong, right] = [wrong, right].map(|exchange| messages(rule, exchange));
    let same = wrong.iter().zip(&right).take_while(|(one, other)| one == other).count();
    let folded = if same > FEW { same } else { 0 };
    let column = |title: &str, said: &[(Direction, Vec<u8>)], items: &[String], step: Option<usize>| {
        let link = example::link_of(said, step);
        let words = format!("Open the {} bytes in the playground", title.to_lowercase());
        let open = element("a", &[("class", "button"), ("href", &format!("../#{link}"))], &words);
        let list = list(items.get(folded..).unwrap_or_default());
        element("div", &[("class", "ref-exchange")], &format!("{}{list}{open}", element("h3", &[], title)))
    };
    let columns = [column("Wrong", &wrong_said, &wrong, step), column("Right", &right_said, &right, None)];
    let columns = element("div", &[("class", "ref-exchanges")], &columns.concat());
    let common = wrong.get(..folded).filter(|common| !common.is_empty());
    common.map(same_in_both).unwrap_or_default() + &columns
}

/// Up to how many messages with which both exchanges begin are shown in both.
const FEW: usize = 2;

fn same_in_both(items: &[String]) -> String {
    let summary = element("summary", &[], &format!("Both begin with the same {} messages", items.len()));
    element("details", &[("class", "ref-same")], &format!("{summary}{}", list(items)))
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return element("p", &[("class", "ref-note")], "Nothing more is said.");
    }
    element("ol", &[("class", "ref-messages")], &items.concat())
}

/// Who said what, a segment a message.
fn said_in(exchange: &Exchange) -> Vec<(Direction, Vec<u8>)> {
    let bytes = |segment: &pgscope_proto::Segment| segment.span.of(&exchange.stream(segment.direction).bytes).to_vec();
    exchange.segments.iter().map(|segment| (segment.direction, bytes(segment))).collect()
}

/// The first message in which the rule is found.
fn found(rule: &Rule, exchange: &Exchange) -> Option<usize> {
    let indexed = Indexed::new(exchange.clone());
    let mut tree = Tree::new();
    (0..indexed.index.len()).find(|number| {
        let problems = indexed.check(*number, &mut tree).map(|(_, problems)| problems).unwrap_or_default();
        problems.iter().any(|problem| problem.rule == rule.id)
    })
}

/// The messages of an exchange, each with what it says and its bytes.
fn messages(rule: &Rule, exchange: Exchange) -> Vec<String> {
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let item = |number| {
        let (entry, problems) = indexed.check(number, &mut tree)?;
        let arrow = if entry.direction == Direction::Frontend { "F →" } else { "B ←" };
        let arrow = element("span", &[("class", "ref-side"), ("data-side", entry.direction.name())], arrow);
        let name = link(&page_name(entry.message), entry.message.name());
        let says = element("span", &[("class", "ref-line")], &text(&indexed.says(&entry, &tree)));
        let hex = element("code", &[("class", "ref-bytes")], &hex(indexed.bytes(&entry)));
        let mine = problems.iter().find(|problem| problem.rule == rule.id);
        let wrong =
            mine.map(|problem| element("span", &[("class", "ref-wrong")], &text(&format!("▲ {}", problem.message))));
        Some(element("li", &[], &format!("{arrow} {name} {says}{hex}{}", wrong.unwrap_or_default())))
    };
    (0..indexed.index.len()).filter_map(item).collect()
}

fn hex(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > MOST_BYTES { format!(" … {} more", bytes.len() - MOST_BYTES) } else { String::new() };
    format!("{}{more}", shown.join(" "))
}

/// Rules as a section of another page.
pub(super) fn section_of(rules: &[&'static Rule]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let item = |rule: &&'static Rule| {
        let severity = rule.severity.name();
        let chip = element("span", &[("class", "chip"), ("data-severity", severity)], severity);
        element("li", &[], &format!("{} {chip}", link(&name(rule), &format!("{} {}", rule.id, rule.title))))
    };
    let list: String = rules.iter().map(item).collect();
    section("mistakes", "Mistakes that are made with it", &element("ul", &[("class", "ref-mistakes")], &list))
}
