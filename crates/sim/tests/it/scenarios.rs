//! All shipped scenarios, with all choices of their knobs.

use std::collections::{BTreeMap, BTreeSet};

use pgscope_proto::Direction;
use pgscope_sim::scenario::Narration;
use pgscope_sim::{Choices, Played, Scenario, What, client, server, shipped};

/// Every combination of a scenario's knobs.
pub(crate) fn variants(text: &str) -> Vec<Choices> {
    let scenario = Scenario::read(text, &Choices::default()).expect("a scenario");
    let mut variants = vec![Choices::default()];
    for knob in &scenario.knobs {
        let with = |choices: &Choices| {
            knob.choices
                .iter()
                .map(|choice| {
                    let mut choices = choices.clone();
                    choices.0.push((knob.name.clone(), choice.clone()));
                    choices
                })
                .collect::<Vec<_>>()
        };
        variants = variants.iter().flat_map(with).collect();
    }
    variants
}

fn said(played: &Played) -> BTreeSet<(Direction, String, usize)> {
    let mut said = BTreeSet::new();
    for connection in &played.connections {
        for (direction, log) in [(Direction::Frontend, &connection.client), (Direction::Backend, &connection.server)] {
            let mut counts = BTreeMap::new();
            for line in &log.lines {
                if let What::Said(name, _) = &line.what {
                    let nth = counts.entry(*name).and_modify(|count| *count += 1).or_insert(1);
                    said.insert((direction, (*name).to_owned(), *nth));
                }
            }
        }
    }
    said
}

#[test]
fn there_are_enough_and_the_first_is_for_who_knows_nothing() {
    assert!(shipped::ALL.len() >= 36);
    assert_eq!(shipped::ALL[0].name, "first-hour");
}

#[test]
fn each_choice_plays_to_its_end_in_named_states() {
    for shipped in shipped::ALL {
        for choices in variants(shipped.text) {
            let scenario =
                Scenario::read(shipped.text, &choices).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
            let played = scenario.play();
            assert!(played.at_rest, "{} {choices:?}", shipped.name);
            for connection in &played.connections[..1] {
                assert!(client::STATES.contains(&connection.states[0]), "{}", shipped.name);
                assert!(server::STATES.contains(&connection.states[1]), "{}", shipped.name);
            }
            assert_eq!(played, scenario.play(), "{} is played again otherwise", shipped.name);
            let simulated = played.told.iter().find(|(_, text)| text.contains("simulated"));
            assert_eq!(simulated, None, "{} {choices:?}", shipped.name);
            // These are about ends that wait for ever.
            if ["damaged-length", "skip-until-sync", "first-loop", "two-readers", "unflushed"].contains(&shipped.name) {
                continue;
            }
            assert_eq!(
                played.main().states[1],
                "closed",
                "{} {choices:?}: {:?}",
                shipped.name,
                played.main().server.lines.last()
            );
        }
    }
}

#[test]
fn each_step_of_a_narration_is_about_a_message_that_is_said() {
    let mut wrong = Vec::new();
    for shipped in shipped::ALL {
        let narration = Narration::read(shipped.narration).unwrap_or_else(|error| panic!("{}: {error}", shipped.name));
        assert!(narration.introduction.len() > 80, "{}", shipped.name);
        assert!(narration.steps.len() >= 2, "{}", shipped.name);
        let mut all = BTreeSet::new();
        for choices in variants(shipped.text) {
            let played = Scenario::read(shipped.text, &choices).unwrap().play();
            all.extend(said(&played));
        }
        for step in &narration.steps {
            let anchor = &step.anchor;
            assert!(step.text.len() > 10, "{}: {anchor:?} says nothing", shipped.name);
            // Records come from the encryption below, and raw bytes are no messages to the one who says them.
            // And what nobody can read has no name to either end.
            let known = ["TLS record", "Unreadable bytes"].contains(&anchor.message.as_str())
                || shipped.name == "copy-in-wrong-message";
            if !known && !all.contains(&(anchor.direction, anchor.message.clone(), anchor.nth)) {
                wrong.push(format!("{}: {:?} {} {}", shipped.name, anchor.direction, anchor.message, anchor.nth));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn mistakes_in_a_narration_are_located() {
    let form = "a question is `? What …`";
    for (text, line, column, part) in [
        ("Hello.\n## Query\n", 2, 4, "a step is"),
        ("## F Query ?exit\n", 1, 12, "a condition is"),
        ("## Questions\nWhat?\n", 2, 1, form),
        ("## Questions\n? What?\n", 2, 1, form),
        ("## Questions\n? What?\n= That.\n", 2, 1, form),
        ("## Questions\n? What?\n? Who?\n", 3, 1, form),
        ("## Questions\n? What?\n\n= That. [F Query]\n", 3, 1, form),
        ("## Questions\n? What?\n= That.\n## F Query\n", 4, 1, form),
        ("## Questions\n? What?\n= That. [F Query]\n## F Query\n", 4, 1, form),
        ("## Questions\n? What?\n= That\nand this. [Query]\n", 4, 12, "what shows it is"),
    ] {
        let error = Narration::read(text).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_text_may_hold_for_some_choices_alone() {
    let text = "## F Query ?exit=commit\nOne.\n## F Query ?exit!=commit ?way=a/b\nOther.\n";
    let told = |exit: &str, way: &str| {
        let set = [("exit", exit), ("way", way)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let narration = Narration::read(text).unwrap().told(&set).unwrap();
        narration.steps.into_iter().map(|step| step.text).collect::<Vec<_>>()
    };
    assert_eq!(told("commit", "a"), ["One."]);
    assert_eq!(told("rollback", "b"), ["Other."]);
    assert_eq!(told("rollback", "c"), [""; 0]);
    assert!(Narration::read(text).unwrap().told(&[]).unwrap_err().contains("there is no knob exit"));
}

#[test]
fn questions_may_take_several_lines() {
    let text = "## Questions\n? What [for]\ndoes it do?\n= This,\nand that. [B ReadyForQuery 2]\n\n? Who?\n= Both. [F Query]\n";
    let questions = Narration::read(text).unwrap().questions;
    let [first, second] = questions.as_slice() else { panic!("{questions:?}") };
    assert_eq!((first.question.as_str(), first.answer.as_str()), ("What [for] does it do?", "This, and that."));
    assert_eq!((first.anchor.message.as_str(), first.anchor.nth), ("ReadyForQuery", 2));
    assert_eq!((second.answer.as_str(), second.anchor.direction), ("Both.", Direction::Frontend));
}

/// What is told in German is told of the same messages, in whole parts of the course, and nothing lies there unlisted.
#[test]
fn a_translation_has_the_anchors_of_the_original() {
    let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/de"));
    let index = std::fs::read_to_string(folder.join("index.txt")).expect("the index");
    let part = |name: &str| {
        let shipped = shipped::find(name).unwrap_or_else(|| panic!("{name} is no scenario"));
        Scenario::read(shipped.text, &Choices::default()).unwrap().part
    };
    let (mut listed, mut parts) = (Vec::new(), BTreeMap::new());
    for line in index.lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [name, title, summary, its_part, teaches, needs] = columns[..] else { panic!("{line}") };
        assert!([title, summary, its_part, teaches].iter().all(|text| !text.is_empty()), "{line}");
        let shipped = shipped::find(name).unwrap_or_else(|| panic!("{name} is no scenario"));
        let scenario = Scenario::read(shipped.text, &Choices::default()).unwrap();
        assert_eq!(scenario.needs.join(", "), needs, "{name}");
        assert_eq!(*parts.entry(scenario.part).or_insert(its_part), its_part, "{name}");
        let original = Narration::read(shipped.narration).unwrap();
        let told = std::fs::read_to_string(folder.join(name).with_extension("md")).expect("a translation");
        let told = Narration::read(&told).unwrap_or_else(|error| panic!("de/{name}: {error}"));
        let steps = |of: &Narration| {
            of.steps
                .iter()
                .map(|step| (step.anchor.clone(), step.conditions.clone(), step.chapter.is_some()))
                .collect::<Vec<_>>()
        };
        let questions = |of: &Narration| of.questions.iter().map(|asked| asked.anchor.clone()).collect::<Vec<_>>();
        let chapters = |of: &Narration| {
            let chapters: Vec<_> = of.steps.iter().map(|step| step.chapter.clone()).collect();
            chapters.chunk_by(|one, next| one == next).map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(steps(&told), steps(&original), "{name}");
        assert_eq!(chapters(&told), chapters(&original), "{name}");
        assert_eq!(questions(&told), questions(&original), "{name}");
        assert!(told.introduction.len() > 80 && told.steps.iter().all(|step| step.text.len() > 10), "{name}");
        listed.push(name.to_owned());
    }
    let whole: Vec<String> = shipped::ALL.iter().map(|shipped| shipped.name.to_owned()).collect();
    let expected: Vec<String> = whole.into_iter().filter(|name| parts.contains_key(&part(name))).collect();
    assert_eq!(listed, expected);
    // And the two lists: of these, and of the page's words.
    let lying = std::fs::read_dir(folder).expect("the folder").count();
    assert_eq!(lying, listed.len() + 2);
}

#[test]
fn mistakes_are_located() {
    let head = "title = t\nsummary = s\n";
    for (text, line, column, part) in [
        ("", 1, 1, "no title"),
        ("title = t\n", 1, 1, "no summary"),
        ("part = Nowhere\n", 3, 8, "the parts are First contact, Let in"),
        ("needs = error,, notices\n", 3, 1, "NAME, NAME"),
        ("needs = error, An error\n", 3, 16, "`An error` is no name"),
        ("[nowhere]\n", 3, 1, "sections are"),
        ("knob a = b\n", 3, 1, "a knob is"),
        ("[client]\nfly away\n", 4, 1, "an action is"),
        ("[client]\ntls = maybe\n", 4, 7, "tls is"),
        ("[client]\nsleep long\n", 4, 7, "a time is"),
        ("[server]\nanswer SELECT 1\n  columns a nothing\n", 5, 13, "type nothing"),
        ("[server]\nanswer SELECT 1\n  columns a int4\n  row 1 | 2\n", 6, 7, "2 values for 1"),
        ("[server]\n  row 1\n", 4, 3, "nothing that this line belongs to"),
        ("[client]\n?no=1 drop\n", 4, 1, "no knob"),
        ("[wire]\ndamage nobody 1=00\n", 4, 8, "damage is"),
        ("[client]\nraw 0\n", 4, 5, "two a byte"),
        ("[client]\nraw query 5\n", 4, 11, "two a byte"),
        ("[server]\nforgets = everything\n", 4, 11, "what is forgotten is"),
    ] {
        let whole = if line == 1 { text.to_owned() } else { format!("{head}{text}") };
        let error = Scenario::read(&whole, &Choices::default()).unwrap_err();
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
    let unknown = Choices(vec![("a".to_owned(), "b".to_owned())]);
    assert!(Scenario::read(head, &unknown).unwrap_err().message.contains("no knob a"));
}

/// How each end stands when nothing happens any more: the client, the server.
#[test]
fn who_waits_for_ever_waits_at_the_end() {
    for (name, choices, states) in [
        ("two-readers", "ends=nothing", ["busy", "extended"]),
        ("two-readers", "ends=flush", ["closed", "closed"]),
        ("two-readers", "ends=sync", ["closed", "closed"]),
        ("skip-until-sync", "sync=no", ["busy", "skipping"]),
        ("first-loop", "length=long", ["busy", "idle"]),
        ("first-loop", "length=short", ["ready", "closed"]),
        ("unflushed", "forgotten=start-up", ["authentication", "idle"]),
        ("unflushed", "forgotten=byte", ["closed", "closed"]),
        ("unflushed", "forgotten=answer asked=quiet", ["busy", "idle"]),
        ("unflushed", "forgotten=answer asked=notice", ["busy", "idle"]),
        ("unflushed", "forgotten=answer asked=error", ["busy", "idle"]),
        ("unflushed", "forgotten=nothing", ["closed", "closed"]),
    ] {
        let pairs = choices.split(' ').filter_map(|pair| pair.split_once('='));
        let choices = Choices(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        let played = Scenario::read(shipped::find(name).expect(name).text, &choices).unwrap().play();
        assert_eq!(played.main().states, states, "{name} {choices:?}: {:?}", played.told);
    }
}

/// An error in answer to SSLRequest is whole, in either form, and nothing of it is shown.
#[test]
fn an_error_that_answers_a_request_for_encryption_is_not_shown() {
    for (answer, begins) in [("E", &b"E\0\0\0"[..]), ("E2", b"EFATAL:  unsupported frontend protocol 1234.5679")] {
        for client in ["prefer", "require"] {
            let choices = [("answer", answer), ("client", client)];
            let choices = Choices(choices.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
            let played = Scenario::read(shipped::find("ssl-request").unwrap().text, &choices).unwrap().play();
            let said = &played.main().exchange.stream(Direction::Backend).bytes;
            assert!(said.starts_with(begins) && said.ends_with(b"\0"), "{answer}: {}", said.escape_ascii());
            let told: Vec<_> = played.told.iter().map(|(_, text)| text.as_str()).collect();
            assert_eq!(told, ["server sent an error response during SSL exchange"]);
            assert_eq!((played.main().states, played.connections.len()), (["closed", "closed"], 1));
        }
    }
}
