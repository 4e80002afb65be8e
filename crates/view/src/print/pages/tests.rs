use std::collections::HashSet;
use std::sync::LazyLock;

use pgscope_proto::schema::Chapter;

use super::*;
use crate::engine::{Engine, Input, Load, Reply, Request};
use crate::link::{Content, Link};

/// All pages, made once for all tests.
fn pages() -> &'static [Page] {
    static PAGES: LazyLock<Vec<Page>> = LazyLock::new(super::pages);
    &PAGES
}

/// The values of an attribute, in order.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    html.split(&opening).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_message_has_a_page_of_its_own() {
    let names: Vec<String> = pages().iter().map(|page| page.name.clone()).collect();
    assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    for message in ALL {
        assert!(names.contains(&page_name(message)), "{}", message.name());
    }
}

#[test]
fn every_request_state_and_mistake_has_one_too_and_the_index_names_all() {
    let pages = pages();
    let titles = REQUESTS.iter().map(|request| (answer::name(request), request.doc));
    let titles = titles.chain(Stands::all().map(|stands| (state::name(stands), stands.state().doc)));
    let all: Vec<(String, &str)> = titles.chain(rules::all().map(|rule| (rule::name(rule), rule.doc))).collect();
    assert_eq!(pages.len(), 2 + ALL.len() + all.len());
    for (name, doc) in all {
        let page = pages.iter().find(|page| page.name == name).unwrap_or_else(|| panic!("{name}"));
        assert!(page.content.contains(&crate::print::html::prose(doc)), "{name}");
    }
    let index = pages.first().expect("the index");
    let mut listed: Vec<&str> =
        values(&index.content, "href").into_iter().filter(|file| file.ends_with(".html")).collect();
    listed.sort_unstable();
    let mut names: Vec<&str> = pages.iter().skip(1).map(|page| page.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(listed, names);
    assert_eq!(rule::CHAPTERS.len(), rules::ALL.len());
}

#[test]
fn a_picture_has_words_and_fits_into_itself() {
    let mut pictures = 0;
    for page in pages() {
        for picture in page.content.split("<svg class=\"ref-picture\"").skip(1) {
            let picture = picture.split("</svg>").next().unwrap_or_default();
            let number = |text: &str| text.parse::<i32>().unwrap_or_else(|_| panic!("{}: {text}", page.name));
            let size = |name| values(picture, name).first().map(|text| number(text)).unwrap_or_default();
            let (width, height) = (size("width"), size("height"));
            assert!(picture.contains("<title id=") && picture.contains("<desc id="), "{}", page.name);
            for rect in picture.split("<rect").skip(1) {
                let rect = rect.split('>').next().unwrap_or_default();
                let [x, y, wide, high] = ["x", "y", "width", "height"].map(|name| number(values(rect, name)[0]));
                assert!(x >= 0 && y >= 0 && x + wide <= width && y + high <= height, "{}: {rect}", page.name);
            }
            pictures += 1;
        }
    }
    assert_eq!(pictures, REQUESTS.len() + Stands::all().count());
}

#[test]
fn both_exchanges_of_a_mistake_open_in_the_page() {
    for page in pages().iter().filter(|page| page.name.starts_with("rule-")) {
        let links: Vec<&str> = values(&page.content, "href").into_iter().filter(|link| link.contains("../#")).collect();
        let own: Vec<&&str> = links.iter().filter(|link| link.contains("in=")).collect();
        assert_eq!(own.len(), 2, "{}", page.name);
        for link in own {
            let link = Link::read(&link.replace("../#", "").replace("&amp;", "&"));
            assert_eq!(link.trouble, None, "{}", page.name);
            let Content::Text(text) = link.content else { panic!("{} has bytes", page.name) };
            let load = Load { input: Input::Text(text), ..Load::default() };
            let Reply::Loaded(loaded) = Engine::default().answer(Request::Load(load)) else { panic!("it loads") };
            assert_eq!(loaded.problems, [], "{}", page.name);
        }
    }
}

#[test]
fn every_link_leads_to_a_page_and_to_a_place_on_it() {
    let pages = pages();
    let shared = [
        "",
        "./",
        "../",
        "../tokens.css",
        "../page.css",
        "../layout.css",
        "../parts.css",
        "../icon.svg",
        "./reference.css",
    ];
    for page in pages {
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
            assert!(page.content.contains(&crate::print::html::prose(field.doc)), "{}: {}", page.name, field.name);
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
        let load = Load { input, direction: link.direction, ..Load::default() };
        let Reply::Loaded(loaded) = engine.answer(Request::Load(load)) else { panic!("it loads") };
        assert_eq!(loaded.problems, [], "{}", message.name());
        let number = link.selected.step.map_or(0, |step| step - 1);
        let Reply::Message(sheet) = engine.answer(Request::Message(number)) else { panic!("{}", message.name()) };
        // What CopyData carries of replication is the message to a reader; lines and rows of a COPY are not.
        let is_carried =
            matches!(message.chapter, Chapter::Replication | Chapter::BaseBackup | Chapter::LogicalReplication);
        let expected = if is_carried || example.node == 0 { message } else { example.entry.message };
        assert_eq!(sheet.row.name, expected.name(), "{}", message.name());
    }
}
