//! The page of a state: what an end is doing, what it reads and says there, and where that leads.

use pgscope_session::Waits;

use super::message::section;
use super::{Neighbours, Page, aside, first_sentence, frame, neighbours, of_conversation, page_name};
use crate::manual;
use crate::print::explain::leads;
use crate::print::html::{element, link, prose, text};
use crate::print::moves::{Stands, Step, steps};

/// The name of its page.
pub(super) fn name(stands: Stands) -> String {
    format!("state-{}.html", stands.id())
}

/// What it is called beside others: `server: copy in`.
pub(super) fn title(stands: Stands) -> String {
    format!("{}: {}", stands.end(), stands.name())
}

pub(super) fn page(stands: Stands, at: usize) -> Page {
    let state = stands.state();
    let title = format!("{}, a state of the {}", stands.name(), stands.end());
    let trail = element("p", &[("class", "ref-trail")], &format!("{} › {}", link("./", "Messages"), "States"));
    let chip = element("span", &[("class", "chip"), ("data-side", state.end.name())], stands.end());
    let heading = element("h1", &[], &format!("{} {chip}", text(&stands.name())));
    let of = |is_said| steps().iter().filter(|step| step.from == stands && step.is_said == is_said).collect::<Vec<_>>();
    let picture = neighbours::picture(stands).element(
        "neighbours",
        &format!("{title}, and its neighbours"),
        &neighbours::described(stands),
    );
    let all: Vec<Stands> = Stands::all().collect();
    let article = [
        trail,
        heading,
        element("p", &[("class", "ref-lead")], &prose(state.doc)),
        facts(stands),
        section("neighbours", "Where it comes from, and where it goes", &picture),
        table("reads", "What it reads", &of(false)),
        table("says", "What it says", &of(true)),
        Neighbours::of(&all, at, |stands| (name(*stands), self::title(*stands))),
    ];
    let file = name(stands);
    let main = element("main", &[("class", "ref-article"), ("id", "main")], &article.concat());
    let body = element("div", &[("class", "ref-page")], &format!("{}{main}", aside(&of_conversation(), &file)));
    let content = frame(&format!("{title} in PostgreSQL’s protocol"), first_sentence(state.doc), &body);
    Page { name: file, content }
}

fn facts(stands: Stands) -> String {
    let state = stands.state();
    let waits = Waits::from(state.reads).words().unwrap_or("nothing: it works, or it is its own turn");
    let row = |name: &str, words: &str| format!("{}{}", element("dt", &[], name), element("dd", &[], words));
    let manual = link(&manual(state.section), state.section.title);
    element("dl", &[("class", "ref-facts")], &format!("{}{}", row("Waits for", waits), row("Manual", &manual)))
}

fn table(id: &str, title: &str, steps: &[&Step]) -> String {
    if steps.is_empty() {
        return String::new();
    }
    let row = |step: &&Step| {
        let message = element("th", &[("scope", "row")], &link(&page_name(step.message), step.message.name()));
        let words = leads(step);
        let to = if step.from == step.to {
            text(&words)
        } else {
            words.replacen(&step.to.name(), &link(&name(step.to), &step.to.name()), 1)
        };
        element("tr", &[], &format!("{message}{}", element("td", &[], &to)))
    };
    let head = "<thead class=\"visually-hidden\"><tr><th scope=\"col\">Message</th><th scope=\"col\">Where it leads</th></tr></thead>";
    let rows: String = steps.iter().map(row).collect();
    section(id, title, &element("table", &[("class", "ref-values")], &format!("{head}<tbody>{rows}</tbody>")))
}
