//! The index of all messages, by chapter.

use pgscope_proto::Message;
use pgscope_proto::messages::ALL;

use super::html::{element, prose, text};
use super::{Page, badge, first_sentence, frame, page_name, side};

pub(super) fn page() -> Page {
    let description =
        "Every message of PostgreSQL’s protocol: layout, fields, examples, and what breaks when they are wrong.";
    let lead = format!(
        "All {} messages of PostgreSQL’s protocol, with their layout, fields and an example of each: what goes over the wire, \
         what replication and COPY carry inside, and what has no name in the manual. All of it is generated from the table \
         that decodes your bytes.",
        ALL.len()
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
    let main = format!("<h1>Messages</h1>{}{filter}{chapters}", element("p", &[("class", "ref-lead")], &lead));
    let main = element("main", &[("class", "ref-article ref-index"), ("id", "main")], &main);
    let title = "Messages of PostgreSQL’s protocol";
    Page { name: "index.html".to_owned(), content: frame(title, description, &main) }
}

fn row(message: &'static Message) -> String {
    let arrow = match side(message) {
        "frontend" => ("frontend", "F →"),
        "backend" => ("backend", "← B"),
        _ => ("both ends", "F ↔ B"),
    };
    let from = element("span", &[("class", "visually-hidden")], &format!("from {}", arrow.0));
    let arrow = element("span", &[("aria-hidden", "true")], arrow.1);
    let direction = element("span", &[("class", "ref-side"), ("data-side", side(message))], &format!("{arrow}{from}"));
    let name = element("a", &[("href", &page_name(message))], &text(message.name()));
    let doc = element("span", &[("class", "ref-line")], &prose(first_sentence(message.field.doc)));
    // What the filter looks at beside the words: the tag as a letter and in hexadecimal.
    let tag = message.tag().map(|tag| format!("{} 0x{tag:02x}", tag as char)).unwrap_or_default();
    element("li", &[("data-tag", &tag)], &format!("{}{direction}{name}{doc}", badge(message)))
}
