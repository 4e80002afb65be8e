//! The index of all messages, by chapter.

use pgscope_proto::conversation::REQUESTS;
use pgscope_proto::messages::ALL;
use pgscope_proto::{Direction, Message};
use pgscope_session::rules::{self, Rule};

use super::{Page, answer, badge, first_sentence, frame, page_name, rule, side, state, versions};
use crate::print::html::{element, prose, text};
use crate::print::moves::Stands;

pub(super) fn page() -> Page {
    let description =
        "Every message of PostgreSQL’s protocol: layout, fields, examples, and what breaks when they are wrong.";
    let lead = format!(
        "All {} messages of PostgreSQL’s protocol, with their layout, fields and an example of each: what goes over the wire, \
         what replication and COPY carry inside, and what has no name in the manual. Below them stand \
         <a href=\"#answers\">what answers what</a>, the <a href=\"#states\">{} states of both ends</a>, and \
         <a href=\"#mistakes\">{} mistakes</a> that people make. All of it is generated from the tables that decode your bytes.",
        ALL.len(),
        Stands::all().count(),
        rules::all().count(),
    );
    // The script that filters shows it.
    let filter = "<p class=\"ref-filter\" id=\"filter\" hidden><label>Filter <input type=\"search\" \
        placeholder=\"Bind, 0x42, B, frontend …\"></label> <span role=\"status\"></span></p>";
    let mut chapters = String::new();
    for part in ALL.chunk_by(|one, next| one.chapter == next.chapter) {
        let Some(first) = part.first() else { continue };
        let rows: String = part.iter().map(|message| row(message)).collect();
        let heading = element("h2", &[], first.chapter.title());
        let list = element("ul", &[("class", "ref-list")], &rows);
        chapters.push_str(&element("section", &[], &format!("{heading}{list}")));
    }
    chapters.push_str(&others());
    let main = format!("<h1>Messages</h1>{}{filter}{chapters}", element("p", &[("class", "ref-lead")], &lead));
    let main = element("main", &[("class", "ref-article ref-index"), ("id", "main")], &main);
    let title = "Messages of PostgreSQL’s protocol";
    Page { name: "index.html".to_owned(), content: frame(title, description, &main) }
}

fn row(message: &'static Message) -> String {
    // What the filter looks at beside the words: the tag as a letter and in hexadecimal.
    let tag = message.tag().map(|tag| format!("{} 0x{tag:02x}", tag as char)).unwrap_or_default();
    let before = format!("{}{}", badge(message), arrow(side(message)));
    line(&tag, &before, (&page_name(message), message.name()), message.field.doc)
}

/// Who says it, as an arrow.
fn arrow(side: &str) -> String {
    let (who, arrow) = match side {
        "frontend" => ("frontend", "F →"),
        "backend" => ("backend", "← B"),
        _ => ("both ends", "F ↔ B"),
    };
    let from = element("span", &[("class", "visually-hidden")], &format!("from {who}"));
    let arrow = element("span", &[("aria-hidden", "true")], arrow);
    element("span", &[("class", "ref-side"), ("data-side", side)], &format!("{arrow}{from}"))
}

/// A line of a list: a sign, who, the page, and what it is about.
fn line(tag: &str, before: &str, (file, name): (&str, &str), doc: &str) -> String {
    let name = element("a", &[("href", file)], &text(name));
    let doc = element("span", &[("class", "ref-line")], &prose(first_sentence(doc)));
    element("li", &[("data-tag", tag)], &format!("{before}{name}{doc}"))
}

/// What is no message: what answers what, states, mistakes.
fn others() -> String {
    let answers = REQUESTS.iter().map(|request| {
        let before = format!("{}{}", badge(request.by), arrow("frontend"));
        line(request.id, &before, (&answer::name(request), &format!("What answers {}", request.name)), request.doc)
    });
    let states = Stands::all().map(|stands| {
        let before = format!("{}{}", sign("·", ("data-side", stands.state().end.name())), whose(stands.state().end));
        line(&stands.id(), &before, (&state::name(stands), &state::title(stands)), stands.state().doc)
    });
    let mut out = group("answers", "What answers what", &answers.collect::<String>());
    let versions =
        line("versions", &sign("·", ("data-side", "both")), (versions::NAME, versions::TITLE), versions::LEAD);
    out.push_str(&group("versions", "Versions", &versions));
    out.push_str(&group("states", "States", &states.collect::<String>()));
    for (nth, (title, chapter)) in rule::CHAPTERS.iter().zip(rules::ALL).enumerate() {
        let rows: String = chapter.iter().map(of_rule).collect();
        let id = if nth == 0 { "mistakes".to_owned() } else { format!("mistakes-{}", nth + 1) };
        out.push_str(&group(&id, &format!("Mistakes: {title}"), &rows));
    }
    out
}

fn of_rule(rule: &'static Rule) -> String {
    let severity = rule.severity.name();
    let letter = severity.get(..1).unwrap_or_default().to_uppercase();
    let named = element("span", &[("class", "visually-hidden")], severity);
    let before = format!("{}{named}{}", sign(&letter, ("data-severity", severity)), whose(rule.by));
    line(rule.id, &before, (&rule::name(rule), &format!("{} {}", rule.id, rule.title)), rule.doc)
}

fn group(id: &str, title: &str, rows: &str) -> String {
    let list = element("ul", &[("class", "ref-list")], rows);
    element("section", &[("id", id)], &format!("{}{list}", element("h2", &[], title)))
}

/// A letter in a small box.
fn sign(letter: &str, of: (&str, &str)) -> String {
    element("span", &[("class", "tag"), of, ("aria-hidden", "true")], &element("i", &[], letter))
}

/// Whose state or mistake it is.
fn whose(end: Direction) -> String {
    let word = if end == Direction::Frontend { "client" } else { "server" };
    element("span", &[("class", "ref-side"), ("data-side", end.name())], word)
}
