//! The reference as pages: one for each message of the table, and an index of all. They work without scripts.
//!
//! All that they say of a message comes from the table, from its sample, and from the scenarios played.

mod example;
mod fields;
mod html;
mod index;
mod message;
mod picture;
mod seen;

use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Head, Sender};
use pgscope_proto::{Direction, Message};

use super::page_name;
use html::{element, link, text};

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
    std::iter::once(index::page()).chain(ALL.iter().enumerate().map(of_message)).collect()
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'";

/// A whole page around its main part.
fn frame(title: &str, description: &str, main: &str) -> String {
    let style = |file: &str| format!("<link rel=\"stylesheet\" href=\"{file}\">\n");
    let styles: String = ["../tokens.css", "../page.css", "../layout.css", "./reference.css"].map(style).concat();
    let theme = "<button class=\"button\" id=\"theme\" hidden></button>";
    let doors = format!(
        "<nav class=\"doors\" aria-label=\"Doors\">{}{}{}</nav>",
        link("../", "Decode"),
        link("../#learn=", "Learn"),
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

/// All messages by chapter, the present one marked.
fn contents(now: Option<&Message>) -> String {
    let mut out = String::new();
    for part in ALL.chunk_by(|one, next| one.chapter == next.chapter) {
        let Some(first) = part.first() else { continue };
        let item = |message: &&'static Message| {
            let name = page_name(message);
            let mut attributes = vec![("href", name.as_str())];
            if now == Some(*message) {
                attributes.push(("aria-current", "page"));
            }
            element("li", &[], &element("a", &attributes, &text(message.name())))
        };
        let list: String = part.iter().map(item).collect();
        out.push_str(&element("p", &[], first.chapter.title()));
        out.push_str(&element("ul", &[], &list));
    }
    element("nav", &[("class", "ref-contents"), ("aria-label", "All messages")], &out)
}

/// The first sentence of a doc.
fn first_sentence(doc: &str) -> &str {
    let end = doc.match_indices(['.', '?']).map(|(at, _)| at + 1);
    let end = end.into_iter().find(|end| doc.get(*end..).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')));
    end.and_then(|end| doc.get(..end)).unwrap_or(doc)
}

#[cfg(test)]
mod tests;
