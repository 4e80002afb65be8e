use std::collections::HashSet;

use super::*;
use crate::engine::{Engine, Input, Load, Reply, Request};
use crate::link::{Content, Link};

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_message_has_a_page_of_its_own() {
    let names: Vec<String> = pages().into_iter().map(|page| page.name).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), ALL.len() + 1);
    for message in ALL {
        assert!(names.contains(&page_name(message)), "{}", message.name());
    }
}

#[test]
fn every_link_leads_to_a_page_and_to_a_place_on_it() {
    let pages = pages();
    let shared = ["", "./", "../", "../tokens.css", "../page.css", "../layout.css", "../icon.svg", "./reference.css"];
    for page in &pages {
        for address in values(&page.content, "href") {
            let (file, place) = address.split_once('#').unwrap_or((address, ""));
            if address.starts_with("https://www.postgresql.org/docs/current/") || file == "../" {
                continue;
            }
            let of = pages.iter().find(|other| other.name == file).or((file.is_empty()).then_some(page));
            assert!(of.is_some() || shared.contains(&file), "{}: {address}", page.name);
            let ids = of.map(|page| values(&page.content, "id")).unwrap_or_default();
            assert!(place.is_empty() || ids.contains(&place), "{}: {address}", page.name);
        }
    }
}

#[test]
fn every_page_is_one_tree_of_elements_without_inline_script_or_style() {
    for page in pages() {
        let ids = values(&page.content, "id");
        let mut open = Vec::new();
        for tag in page.content.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
            let name = tag.split([' ', '/']).next().unwrap_or_default();
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "{}", page.name),
                None if ["!doctype", "meta", "link", "br", "input"].contains(&name) || tag.ends_with('/') => {}
                None => open.push(name),
            }
        }
        assert!(open.is_empty(), "{}: {open:?}", page.name);
        assert!(!page.content.contains(" style=") && !page.content.contains("<style"), "{}", page.name);
        assert!(page.content.contains("<script src=\"./reference.js\"></script>"));
        assert_eq!(page.content.matches("<script").count(), 1);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{}", page.name);
    }
}

#[test]
fn what_the_table_says_is_on_the_page() {
    let pages = pages();
    for message in ALL {
        let page = pages.iter().find(|page| page.name == page_name(message)).expect("it has one");
        for words in [message.name(), message.since, &message.section_title(), message.chapter.title()] {
            assert!(page.content.contains(&text(words)), "{}: {words}", page.name);
        }
        for field in message.fields {
            assert!(page.content.contains(&html::prose(field.doc)), "{}: {}", page.name, field.name);
            assert!(page.content.contains(&format!("id=\"{}.{}\"", message.field.id, field.id)));
        }
    }
}

#[test]
fn the_bytes_of_a_page_open_as_the_message_that_they_are_an_example_of() {
    for message in ALL {
        let example = example::Example::of(message).unwrap_or_else(|| panic!("{} has no example", message.name()));
        let link = Link::read(&example.link());
        assert_eq!(link.trouble, None);
        let mut engine = Engine::default();
        let Content::Text(text) = link.content else { panic!("it has bytes") };
        let input = Input::Text(text);
        let load = Load { input, form: None, direction: link.direction, beginning: None };
        let Reply::Loaded(loaded) = engine.answer(Request::Load(load)) else { panic!("it loads") };
        assert_eq!(loaded.problems, [], "{}", message.name());
        let number = link.selected.step.map_or(0, |step| step - 1);
        let Reply::Message(sheet) = engine.answer(Request::Message(number)) else { panic!("{}", message.name()) };
        assert_eq!(sheet.row.name, example.entry.message.name(), "{}", message.name());
        if example.node == 0 {
            assert_eq!(sheet.row.name, message.name());
        }
    }
}
