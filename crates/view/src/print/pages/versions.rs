//! The page of versions: of the protocol, and what servers of different versions say differently.

use pgscope_proto::conversation::versions::{DIFFERENCES, Difference, VERSIONS, Version};

use super::message::section;
use super::{Page, aside, frame, of_conversation, page_name};
use crate::manual;
use crate::print::html::{element, link, prose, text};

/// The name of the page.
pub(super) const NAME: &str = "versions.html";
/// What it is called beside others.
pub(super) const TITLE: &str = "What depends on the version";
/// What it is about.
pub(super) const LEAD: &str = "Both ends agree on a version of the protocol when they begin, and a server tells its own version in a ParameterStatus. Little depends on either: this is what is known of it here.";

pub(super) fn page() -> Page {
    let trail = element("p", &[("class", "ref-trail")], &format!("{} › {}", link("./", "Messages"), "Versions"));
    let article = [
        trail,
        element("h1", &[], TITLE),
        element("p", &[("class", "ref-lead")], &prose(LEAD)),
        table("protocol", "Versions of the protocol", "Version", &VERSIONS.iter().map(of_protocol).collect::<String>()),
        table("servers", "Versions of the server", "Since", &DIFFERENCES.iter().map(of_server).collect::<String>()),
    ];
    let main = element("main", &[("class", "ref-article"), ("id", "main")], &article.concat());
    let body = element("div", &[("class", "ref-page")], &format!("{}{main}", aside(&of_conversation(), NAME)));
    Page { name: NAME.to_owned(), content: frame("Versions of PostgreSQL’s protocol", LEAD, &body) }
}

fn table(id: &str, title: &str, first: &str, rows: &str) -> String {
    let head = format!(
        "<thead class=\"visually-hidden\"><tr><th scope=\"col\">{first}</th><th scope=\"col\">What is different</th></tr></thead>"
    );
    section(
        id,
        title,
        &element("table", &[("class", "ref-values ref-versions")], &format!("{head}<tbody>{rows}</tbody>")),
    )
}

fn row(name: &str, words: &str) -> String {
    element("tr", &[], &format!("{}{}", element("th", &[("scope", "row")], name), element("td", &[], words)))
}

fn of_protocol(version: &Version) -> String {
    let word = element("code", &[], &format!("{:08x}", version.word));
    row(&text(version.name), &format!("{word} {}", prose(version.doc)))
}

fn of_server(difference: &Difference) -> String {
    let messages: Vec<String> =
        difference.messages.iter().map(|message| link(&page_name(message), message.name())).collect();
    let what = element("b", &[], &text(difference.what));
    let manual = link(&manual(difference.section), difference.section.title);
    row(
        &text(difference.since),
        &format!("{what}. {} {}. Manual: {manual}.", prose(difference.doc), messages.join(", ")),
    )
}
