use pgscope_capture as capture;

use super::*;
use crate::Indexed;
use crate::sequence::{Choice, Sequence, tests::played};

fn sequence(connections: &[Indexed]) -> (Vec<&Indexed>, Sequence) {
    let connections: Vec<&Indexed> = connections.iter().collect();
    let sequence = Sequence::of(&connections, &Choice::default()).expect("no step is asked for");
    (connections, sequence)
}

/// An exchange whose text is markup to everybody.
fn ugly() -> Indexed {
    let sql = "SELECT '<b>&\"`#;:{}|\\n</b>' -- é 語 ]]> %% \u{1}\n  <script>";
    let body = [sql.as_bytes(), b"\0"].concat();
    let query = [b"Q".as_slice(), &(body.len() as u32 + 4).to_be_bytes(), &body].concat();
    let hex: String = query.iter().map(|byte| format!("{byte:02x}")).collect();
    let read = capture::read(format!("F: {hex}\nB: 5a0000000549").as_bytes(), &capture::Options::default());
    Indexed::new(read.exchanges.into_iter().next().expect("an exchange"))
}

/// Whether each element that is opened is closed, in order; void elements aside.
fn is_one_tree(markup: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for piece in markup.split('<').skip(1) {
        let (tag, rest) = piece.split_once('>').expect("a tag ends");
        assert!(!rest.contains('>'), "{rest}");
        let name = tag.split([' ', '\n', '/']).find(|part| !part.is_empty()).unwrap_or_default();
        if tag.starts_with('!') || tag.ends_with('/') || name == "meta" {
            continue;
        }
        if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else {
            open.push(name);
        }
    }
    open.is_empty()
}

#[test]
fn a_picture_opens_as_what_it_was_made_from() {
    let text = "F: 51000000 0e 53454c4543542031 3b00\nB: 43000000 0d 53454c4543542031 00\nB: 5a 00000005 49\n";
    let read = |text: &str| {
        let capture = capture::read(text.as_bytes(), &capture::Options::default());
        let exchange = capture.exchanges.into_iter().next().expect("an exchange");
        (exchange.streams.clone().map(|stream| stream.bytes), exchange)
    };
    let (bytes, exchange) = read(text);
    let indexed = [Indexed::new(exchange)];
    let (_, sequence) = sequence(&indexed);
    let picture = svg(&sequence, "51 00 00 00 04 is a title", text, Theme::Auto);
    assert_eq!(read(&picture).0, bytes);
}

#[test]
fn whatever_is_said_is_text_everywhere() {
    let indexed = [ugly()];
    let (connections, sequence) = sequence(&indexed);
    let picture = svg(&sequence, "<title>", "F: 51", Theme::Dark);
    assert!(is_one_tree(&picture) && !picture.contains("<script>") && !picture.contains('\u{1}'));
    let figure = html(
        &sequence,
        &connections,
        Panes::default(),
        &Frame { title: "\"<i>", fragment: Some("a=b&c"), site: Some("https://example.org/?a=1&b") },
    );
    assert!(is_one_tree(&figure) && !figure.contains("<script>"));
    assert!(html_page(&figure, "<i>").contains("<title>&lt;i&gt;</title>"));
    let diagram = mermaid(&sequence);
    assert!(diagram.lines().all(|line| !line.contains(";:") && !line.contains("<script")), "{diagram}");
    assert_eq!(diagram.lines().filter(|line| line.contains("E0->>E1")).count(), 1);
    let diagram = plantuml(&sequence);
    assert!(diagram.ends_with("@enduml\n") && !diagram.contains("<script") && !diagram.contains("<b>"));
    assert!(markdown(&sequence).contains("``SELECT"), "{}", markdown(&sequence));
}

#[test]
fn every_scenario_is_drawn_whole_in_every_form() {
    for (name, indexed) in played() {
        let (connections, sequence) = sequence(&indexed);
        let picture = svg(&sequence, name, "", Theme::Light);
        assert!(is_one_tree(&picture), "{name}");
        assert_eq!(picture.matches("class=\"tip\"").count(), sequence.rows.len(), "{name}");
        let figure = html(
            &sequence,
            &connections,
            Panes { words: true, ..Panes::default() },
            &Frame { title: name, fragment: None, site: None },
        );
        assert!(is_one_tree(&figure), "{name}");
        assert_eq!(figure.matches("<details").count(), sequence.rows.len(), "{name}");
        let arrows = |text: &str, arrow: &str| text.lines().filter(|line| line.contains(arrow)).count();
        assert_eq!(arrows(&mermaid(&sequence), ">>E"), sequence.rows.len(), "{name}");
        assert_eq!(arrows(&plantuml(&sequence), "> E"), sequence.rows.len(), "{name}");
        assert_eq!(arrows(&markdown(&sequence), " → "), sequence.rows.len(), "{name}");
    }
}

#[test]
fn panes_are_chosen_and_others_are_named() {
    assert_eq!(Panes::read("bytes, words"), Ok(Panes { diagram: false, bytes: true, fields: false, words: true }));
    assert_eq!(Panes::read("hex"), Err("there is no pane hex; known are diagram, bytes, fields, words".to_owned()));
    let indexed = [ugly()];
    let (connections, sequence) = sequence(&indexed);
    let only_diagram = Panes { diagram: true, bytes: false, fields: false, words: false };
    let figure = html(&sequence, &connections, only_diagram, &Frame { title: "t", fragment: None, site: None });
    assert!(!figure.contains("<details") && !figure.contains("pgscope-hex"));
}

#[test]
fn a_terminal_repeats_neither_times_nor_states() {
    let played = played();
    let (_, indexed) = played.iter().find(|(name, _)| *name == "simple-query").expect("it");
    let (_, sequence) = sequence(indexed);
    let text = terminal(&sequence, crate::print::Colour::Never);
    let count = |what: &str| text.matches(what).count();
    assert_eq!(
        (count("1.000 ms"), count("starting ⏸"), count("│   starting"), count("DataRow × 3")),
        (1, 1, 1, 1),
        "{text}"
    );
    assert_eq!(count("▶") + count("◀"), sequence.rows.len(), "{text}");
    assert!(text.ends_with("at the end the client is done, the server is done\n"), "{text}");
}

#[test]
fn a_figure_leads_to_the_same_in_pgscope() {
    use crate::figure::Figure;
    use crate::link::{Content, Link};
    let bytes = "F: 51 00 00 00 0e 53 45 4c 45 43 54 20 31 3b 00\nB: 5a 00 00 00 05 49\n";
    let mut figure = Figure::of_bytes(bytes.as_bytes(), &capture::Options::default()).expect("bytes");
    figure.choice.step = "ReadyForQuery".parse().ok();
    let sequence = figure.sequence().expect("a step that is there");
    let link = Link::read(&figure.fragment(&sequence).expect("short enough"));
    assert_eq!((&link.content, link.selected.step), (&Content::Text(figure.source()), Some(2)));
    let drawn = figure.html(&sequence, Some("https://example.org/#old"));
    assert!(
        drawn.contains("href=\"https://example.org/#v=1")
            && drawn.contains("data-number=\"2\" data-name=\"ReadyForQuery\" data-lit")
    );
    assert!(!drawn.contains('\n') && is_one_tree(&drawn), "{drawn}");
    let set = [("segments".to_owned(), "7".to_owned())];
    let scenario = Figure::of_scenario("handshake", &set).expect("it is shipped");
    let sequence = scenario.sequence().expect("no step is asked for");
    assert_eq!(scenario.fragment(&sequence).as_deref(), Some("learn=handshake&segments=7"));
    assert!(Figure::of_scenario("handshak", &[]).unwrap_err().contains("known are"));
    let none = Figure::of_bytes(b"these are words", &capture::Options::default()).unwrap_err();
    assert!(!none.is_empty());
}

#[test]
fn every_message_has_a_layout_that_stands_by_itself() {
    for message in pgscope_proto::messages::ALL {
        let figure = crate::print::layout::figure(message, "a \"title\"", Some("https://example.org/p/"));
        assert!(is_one_tree(&figure) && figure.contains("https://example.org/p/messages/"), "{figure}");
        assert!(figure.contains(&format!("data-message=\"{}\"", message.name())), "{figure}");
    }
}

#[test]
fn times_are_rounded_to_what_is_read() {
    let known = [
        (-7, "-7 µs"),
        (999, "999 µs"),
        (1_000, "1.0 ms"),
        (1_049, "1.0 ms"),
        (1_050, "1.1 ms"),
        (999_949, "999.9 ms"),
        (1_000_000, "1.00 s"),
        (61_234_999, "61.23 s"),
        (61_235_000, "61.24 s"),
    ];
    for (at_us, words) in known {
        assert_eq!(time(at_us), words);
    }
}
