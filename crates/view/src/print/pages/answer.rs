//! The page of a request: what answers it, as a picture and as a list.

use pgscope_proto::Direction;
use pgscope_proto::conversation::{REQUESTS, Request};

use super::message::section;
use super::{Neighbours, Page, aside, badge, first_sentence, frame, of_conversation, page_name, railroad, rule};
use crate::manual;
use crate::print::conversation::{Part, failure, outline, rules_about};
use crate::print::html::{element, link, prose, text};

/// The name of its page.
pub(super) fn name(request: &Request) -> String {
    format!("answer-{}.html", request.id)
}

pub(super) fn page(request: &'static Request, at: usize) -> Page {
    let title = format!("What answers {}", request.name);
    let trail =
        element("p", &[("class", "ref-trail")], &format!("{} › {}", link("./", "Messages"), "What answers what"));
    let heading = element("h1", &[], &format!("{}{}", badge(request.by), text(&title)));
    let picture = railroad::railroad(request);
    let words = "Boxes are what is said: one of the names in them. Rails on the left go past a part, rails on the right lead back to it.";
    let picture = picture.element("railroad", &format!("The answer to {}, from top to bottom", request.name), words);
    let caption = element(
        "p",
        &[("class", "ref-caption")],
        &format!("{words} What the client says is blue, what the server says is amber. The same as a list:"),
    );
    let list = parts(&outline(&request.answer));
    let article = [
        trail,
        heading,
        element("p", &[("class", "ref-lead")], &prose(request.doc)),
        facts(request),
        section("answer", "The answer", &format!("{picture}{caption}{list}")),
        section("failure", "If it fails", &element("p", &[], failure(request.fails))),
        rule::section_of(&rules_about(request.by)),
        Neighbours::of(&REQUESTS, at, |request| (name(request), request.name.to_owned())),
    ];
    let file = name(request);
    let main = element("main", &[("class", "ref-article"), ("id", "main")], &article.concat());
    let body = element("div", &[("class", "ref-page")], &format!("{}{main}", aside(&of_conversation(), &file)));
    let content = frame(&format!("{title}, in PostgreSQL’s protocol"), first_sentence(request.doc), &body);
    Page { name: file, content }
}

fn facts(request: &'static Request) -> String {
    let asked = link(&page_name(request.by), request.by.name());
    let manual = link(&manual(request.section), request.section.title);
    let row = |name: &str, words: &str| format!("{}{}", element("dt", &[], name), element("dd", &[], words));
    element("dl", &[("class", "ref-facts")], &format!("{}{}", row("Asked with", &asked), row("Manual", &manual)))
}

/// The grammar as a list in a list.
pub(super) fn parts(list: &[Part]) -> String {
    let item = |part: &Part| {
        let said = part.said.map(|(by, messages)| {
            let names: Vec<String> = messages.iter().map(|message| link(&page_name(message), message.name())).collect();
            let who = if by == Direction::Frontend { "the client says " } else { "" };
            format!("{who}{}", names.join(" or "))
        });
        let words = match (part.words, said) {
            ("", Some(said)) => said,
            (words, Some(said)) => format!("{words} {said}"),
            ("nothing", None) => "nothing: the server closes".to_owned(),
            (words, None) => format!("{words}:"),
        };
        let inside = if part.parts.is_empty() { String::new() } else { parts(&part.parts) };
        element("li", &[], &format!("{words}{inside}"))
    };
    let kind = if list.len() > 1 { "ol" } else { "ul" };
    element(kind, &[("class", "ref-grammar")], &list.iter().map(item).collect::<String>())
}
