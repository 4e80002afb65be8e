//! The page of one message.

use pgscope_proto::Message;
use pgscope_proto::conversation::versions::differences;
use pgscope_proto::messages::ALL;

use super::example::Example;
use super::seen::Seen;
use super::{
    Neighbours, aside, badge, fields, first_sentence, frame, head, of_messages, page_name, side, standing, versions,
};
use crate::manual;
use crate::print::html::{element, hex_lines, link, prose, text};
use crate::print::layout::picture;
use crate::print::pqtrace::{self, Libpq};
use crate::value::{kind, name, value};

pub(super) fn page(message: &'static Message, at: usize, seen: Option<&Seen>) -> String {
    let title = format!("{}, a message of PostgreSQL’s protocol", message.name());
    let parts = [
        heading(message),
        element("p", &[("class", "ref-lead")], &prose(message.field.doc)),
        facts(message, seen),
        standing::standing(message),
        section("layout", "Layout", &picture(message, "")),
        section("fields", "Fields", &fields::fields(message)),
        Example::of(message).map(|example| section("example", "Example", &example_of(&example))).unwrap_or_default(),
        seen.map(scenarios).unwrap_or_default(),
        Neighbours::of(ALL, at, |message| (page_name(message), message.name().to_owned())),
    ];
    let article = element("main", &[("class", "ref-article"), ("id", "main")], &parts.concat());
    let beside = aside(&of_messages(), &page_name(message));
    let body = element("div", &[("class", "ref-page")], &format!("{beside}{article}"));
    frame(&title, first_sentence(message.field.doc), &body)
}

fn heading(message: &Message) -> String {
    let trail = format!("{} › {}", link("./", "Messages"), text(message.chapter.title()));
    let trail = element("p", &[("class", "ref-trail")], &trail);
    let who = match side(message) {
        "frontend" => "frontend → backend",
        "backend" => "backend → frontend",
        _ => "both ways",
    };
    let chip = element("span", &[("class", "chip"), ("data-side", side(message))], who);
    format!("{trail}{}", element("h1", &[], &format!("{}{} {chip}", badge(message), text(message.name()))))
}

fn facts(message: &'static Message, seen: Option<&Seen>) -> String {
    let mut list = vec![
        ("Type", text(&head(message))),
        ("Since", since(message)),
        ("Manual", {
            let flow = message.chapter.flow();
            let own = link(&manual(message.section), &message.section_title());
            let flow = Some(flow).filter(|flow| *flow != message.section);
            own + &flow.map(|flow| format!("<br>{}", link(&manual(flow), flow.title))).unwrap_or_default()
        }),
    ];
    if let Some(seen) = seen {
        let names = |messages: &[&'static Message]| {
            let links: Vec<String> = messages.iter().map(|other| link(&page_name(other), other.name())).collect();
            links.join(", ")
        };
        list.push(("Phase", text(&seen.phases().join(", "))));
        list.push(("Answers", names(&seen.answers)));
        list.push(("Answered by", names(&seen.answered_by)));
    }
    let row = |(name, words): &(&str, String)| format!("{}{}", element("dt", &[], name), element("dd", &[], words));
    let rows: String = list.iter().filter(|(_, words)| !words.is_empty()).map(row).collect();
    element("dl", &[("class", "ref-facts")], &rows)
}

/// Since when it is said, and what of it depends on the server's version.
fn since(message: &'static Message) -> String {
    let told = differences(message)
        .map(|difference| format!("<br>{}: {}", text(difference.since), link(versions::NAME, &text(difference.what))));
    format!("{}{}", text(message.since), told.collect::<String>())
}

pub(super) fn section(id: &str, title: &str, inside: &str) -> String {
    let heading = element("h2", &[], &element("a", &[("href", &format!("#{id}"))], title));
    element("section", &[("id", id)], &format!("{heading}{inside}"))
}

fn example_of(example: &Example) -> String {
    let Example { indexed, entry, tree, .. } = example;
    let bytes = indexed.bytes(entry);
    let says = indexed.says(entry, tree);
    let note = match example.before() {
        0 => String::new(),
        _ if example.node > 0 => {
            format!("It is carried by {}, whose other bytes are shown with it.", entry.message.name())
        }
        _ => {
            "Its bytes alone do not tell what it is: the link opens what must have been said before it, too.".to_owned()
        }
    };
    let line = pqtrace::line(entry, indexed.index.phase(entry.number), tree, bytes, Libpq::default());
    let open = element(
        "a",
        &[("class", "button"), ("href", &format!("../#{}", example.link()))],
        "Open these bytes in the playground",
    );
    let paragraph = |class: &str, words: &str| {
        if words.is_empty() { String::new() } else { element("p", &[("class", class)], &text(words)) }
    };
    let trace = element("pre", &[("class", "ref-trace"), ("tabindex", "0")], &text(&line));
    [
        paragraph("ref-says", &says),
        paragraph("ref-note", &note),
        hex(example),
        rows(example),
        element("p", &[("class", "ref-caption")], "The same as libpq’s PQtrace prints it:"),
        trace,
        element("p", &[], &open),
    ]
    .concat()
}

/// The bytes, one run of colour for each field.
fn hex(example: &Example) -> String {
    let bytes = example.indexed.bytes(&example.entry);
    let lines = hex_lines(&example.tree, bytes, "ref", |_| "run".to_owned());
    element(
        "div",
        &[("class", "ref-hex"), ("tabindex", "0"), ("role", "group"), ("aria-label", "Bytes of the example")],
        &lines,
    )
}

/// The fields with their values.
fn rows(example: &Example) -> String {
    let bytes = example.indexed.bytes(&example.entry);
    let mut rows = String::new();
    for (index, node) in example.tree.nodes.iter().enumerate().skip(1) {
        let dot = element("span", &[("class", "dot"), ("data-role", node.field.role.name())], "");
        let depth = node.depth.to_string();
        let name = element("th", &[("scope", "row"), ("data-depth", &depth)], &format!("{dot}{}", text(&name(node))));
        let value = element("td", &[("class", "ref-value")], &text(&value(&example.tree, index, bytes)));
        let kind = element("td", &[("class", "ref-kind")], &text(&kind(node)));
        rows.push_str(&element("tr", &[], &format!("{name}{value}{kind}")));
    }
    let head = "<thead class=\"visually-hidden\"><tr><th scope=\"col\">Field</th><th scope=\"col\">Value</th><th scope=\"col\">Kind</th></tr></thead>";
    element("table", &[("class", "ref-values")], &format!("{head}<tbody>{rows}</tbody>"))
}

fn scenarios(seen: &Seen) -> String {
    if seen.scenarios.is_empty() {
        return String::new();
    }
    let item = |(name, title): &(&str, String)| element("li", &[], &link(&format!("../#learn={name}"), title));
    let list: String = seen.scenarios.iter().map(item).collect();
    section("scenarios", "See it happen", &element("ul", &[("class", "ref-scenarios")], &list))
}
