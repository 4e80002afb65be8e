//! What the conversation says of a message: who says it in which state, what answers it, what it answers, what may follow.

use pgscope_proto::Message;

use super::message::section;
use super::{answer, page_name, rule, state};
use crate::print::conversation::{Standing, remark, requests, rules_about, standings};
use crate::print::html::{element, link, text};
use crate::print::moves::{Stands, steps};

/// Its place in the conversation, and the mistakes that are made with it.
pub(super) fn standing(message: &'static Message) -> String {
    let mut items: Vec<String> = requests(message)
        .map(|request| link(&answer::name(request), &format!("What answers {}", request.name)))
        .collect();
    items.extend(remark(message).map(text));
    items.extend(standings(message).iter().map(answers));
    for (words, is_said) in [("It is said in the state ", true), ("It is read in the state ", false)] {
        let states = states(message, is_said);
        if !states.is_empty() {
            items.push(format!("{words}{}.", states.join(", ")));
        }
    }
    let list: String = items.iter().map(|item| element("li", &[], item)).collect();
    let list = if items.is_empty() {
        String::new()
    } else {
        section("conversation", "In the conversation", &element("ul", &[("class", "ref-standing")], &list))
    };
    list + &rule::section_of(&rules_about(message))
}

/// The answer in which it stands, and what may come behind it there.
fn answers(standing: &Standing) -> String {
    let names: Vec<String> = standing.behind.iter().map(|message| link(&page_name(message), message.name())).collect();
    let place = link(&answer::name(standing.request), &format!("the answer to {}", standing.request.name));
    let behind = match (names.is_empty(), standing.may_end) {
        (true, _) => "that ends with it".to_owned(),
        (false, true) => format!("that may end with it, or go on with {}", names.join(", ")),
        (false, false) => format!("behind it may come {}", names.join(", ")),
    };
    format!("It stands in {place}: {behind}.")
}

fn states(message: &'static Message, is_said: bool) -> Vec<String> {
    let stands = |stands: Stands| {
        steps().iter().any(|step| step.from == stands && step.is_said == is_said && *step.message == *message)
    };
    Stands::all().filter(|one| stands(*one)).map(|one| link(&state::name(one), &state::title(one))).collect()
}
