//! The reference as pages: one for each message, each request, each state and each mistake, and an index of all. They work
//! without scripts.
//!
//! All that they say comes from the tables, from their samples and exchanges, and from the scenarios played.

mod answer;
mod example;
mod fields;
mod index;
mod message;
mod neighbours;
mod railroad;
mod rule;
mod seen;
mod standing;
mod state;
mod svg;
mod versions;

use pgscope_proto::conversation::REQUESTS;
use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Head, Sender};
use pgscope_proto::{Direction, Message};
use pgscope_session::rules;

use super::moves::Stands;
use super::page_name;
use crate::print::html::{element, link, text};

/// A file of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its name in the folder of the reference.
    pub name: String,
    /// Its HTML.
    pub content: String,
}

/// All pages of the reference.
pub fn pages() -> Vec<Page> {
    let seen = seen::seen();
    let of_message = |(at, message): (usize, &&'static Message)| Page {
        name: page_name(message),
        content: message::page(message, at, seen.get(at)),
    };
    let of_request = REQUESTS.iter().enumerate().map(|(at, request)| answer::page(request, at));
    let of_state = Stands::all().enumerate().map(|(at, stands)| state::page(stands, at));
    let of_rule = rules::all().enumerate().map(|(at, rule)| rule::page(rule, at));
    let of_message = ALL.iter().enumerate().map(of_message);
    let first = [index::page(), versions::page()];
    first.into_iter().chain(of_message).chain(of_request).chain(of_state).chain(of_rule).collect()
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// A whole page around its main part.
fn frame(title: &str, description: &str, main: &str) -> String {
    let style = |file: &str| format!("<link rel=\"stylesheet\" href=\"{file}\">\n");
    let styles: String =
        ["../tokens.css", "../page.css", "../layout.css", "../parts.css", "./reference.css"].map(style).concat();
    let theme = "<button class=\"button\" id=\"theme\" hidden></button>";
    let doors = format!(
        "<nav class=\"doors\" aria-label=\"Doors\">{}{}{}{}</nav>",
        link("../", "Decode"),
        link("../#learn=", "Learn"),
        link("../#talk=client", "Talk"),
        element("a", &[("href", "./"), ("aria-current", "page")], "Messages")
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{}</title>\n<meta name=\"description\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <link rel=\"icon\" href=\"../icon.svg\" type=\"image/svg+xml\">\n{styles}\
         <script src=\"./reference.js\"></script>\n</head>\n<body class=\"reference\">\n\
         <a class=\"skip\" href=\"#main\">To the content</a>\n\
         <header class=\"head-bar\"><a class=\"brand\" href=\"../\">{LENS}<span>pgscope</span></a>{doors}\
         <span class=\"spacer\"></span>{theme}</header>\n{main}\n</body>\n</html>\n",
        text(title),
        text(description),
    )
}

/// The mark of the site, as the page draws it.
const LENS: &str = "<svg width=\"20\" height=\"20\" viewBox=\"0 0 20 20\" aria-hidden=\"true\">\
    <circle cx=\"8.5\" cy=\"8.5\" r=\"6\"/><path d=\"M13 13l5 5M5 8.5h2l1-2.5 1.5 5 1-2.5h1.5\"/></svg>";

/// Who may send it, as a word for style sheets.
fn side(message: &Message) -> &'static str {
    match message.sender {
        Sender::Frontend => Direction::Frontend.name(),
        Sender::Backend => Direction::Backend.name(),
        Sender::Both => "both",
    }
}

/// Its letter in a small box, or a dot.
fn badge(message: &Message) -> String {
    let letter = message.tag().map_or("·".to_owned(), |tag| (tag as char).to_string());
    element(
        "span",
        &[("class", "tag"), ("data-side", side(message)), ("aria-hidden", "true")],
        &element("i", &[], &text(&letter)),
    )
}

/// What tells it from others, in words.
fn head(message: &Message) -> String {
    let byte = |byte: u8| format!("‘{}’ (0x{byte:02x})", byte as char);
    match message.head {
        Head::Tag(tag) => byte(tag),
        Head::Authentication(tag, code) => format!("{} with the code {code}", byte(tag)),
        Head::Startup(code) => format!("no type byte; the code {code} behind the length"),
        Head::Reply(tag) => format!("the single byte {}", byte(tag)),
        Head::Inner(carrier, tag) => format!("{}, {}", byte(tag), carrier.place()),
        Head::Structure(carrier) => format!("no type byte; its place tells what it is, {}", carrier.place()),
        Head::Any => "told by what is around it".to_owned(),
    }
}

/// Titles, and below each of them pages by file and name.
type Groups = Vec<(&'static str, Vec<(String, String)>)>;

/// All messages by chapter.
fn of_messages() -> Groups {
    let entry = |message: &&'static Message| (page_name(message), message.name().to_owned());
    let chapters = ALL.chunk_by(|one, next| one.chapter == next.chapter);
    chapters.filter_map(|part| Some((part.first()?.chapter.title(), part.iter().map(entry).collect()))).collect()
}

/// All requests and states.
fn of_conversation() -> Groups {
    let states = |end: &'static str| {
        let of_end = Stands::all().filter(move |stands| stands.end() == end);
        of_end.map(|stands| (state::name(stands), stands.name())).collect()
    };
    let answers = REQUESTS.iter().map(|request| (answer::name(request), request.name.to_owned()));
    vec![
        ("What answers", answers.collect()),
        ("States of the client", states("client")),
        ("States of the server", states("server")),
        ("Versions", vec![(versions::NAME.to_owned(), versions::TITLE.to_owned())]),
    ]
}

/// The list beside a page, which is marked in it.
fn aside(groups: &Groups, now: &str) -> String {
    let mut out = String::new();
    for (title, pages) in groups {
        let item = |(file, name): &(String, String)| {
            let attributes = [("href", file.as_str()), ("aria-current", "page")];
            let shown = if file == now { 2 } else { 1 };
            element("li", &[], &element("a", attributes.get(..shown).unwrap_or_default(), &text(name)))
        };
        out.push_str(&element("p", &[], &text(title)));
        out.push_str(&element("ul", &[], &pages.iter().map(item).collect::<String>()));
    }
    element("nav", &[("class", "ref-contents"), ("aria-label", "Pages beside this one")], &out)
}

/// The links to the page before and the page behind.
struct Neighbours;

impl Neighbours {
    /// Those of a page among others: `page` says their files and names.
    fn of<T>(all: &[T], at: usize, page: impl Fn(&T) -> (String, String)) -> String {
        let beside = |at: Option<usize>, rel: &str| {
            let (file, name) = all.get(at?).map(&page)?;
            let words = if rel == "prev" { format!("← {name}") } else { format!("{name} →") };
            Some(element("a", &[("rel", rel), ("href", &file)], &text(&words)))
        };
        let previous = beside(at.checked_sub(1), "prev").unwrap_or_else(|| "<span></span>".to_owned());
        let next = beside(Some(at + 1), "next").unwrap_or_default();
        element("nav", &[("class", "ref-neighbours"), ("aria-label", "Neighbours")], &format!("{previous}{next}"))
    }
}

/// The first sentence of a doc.
fn first_sentence(doc: &str) -> &str {
    let end = doc.match_indices(['.', '?']).map(|(at, _)| at + 1);
    let end = end.into_iter().find(|end| doc.get(*end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    end.and_then(|end| doc.get(..end)).unwrap_or(doc)
}

#[cfg(test)]
mod tests;
