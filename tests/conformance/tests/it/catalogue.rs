//! What the catalogue of mistakes describes is what the linter finds: each wrong exchange gives its rule and nothing worse that
//! is not a consequence, each right one gives nothing.

use pgscope_proto::{Exchange, Severity, Tree};
use pgscope_session::rules::{self, Rule, exchange};
use pgscope_view::Indexed;

/// Everything that is found, as rule, severity and message.
fn found(exchange: Exchange) -> Vec<(&'static str, Severity, usize)> {
    let indexed = Indexed::new(exchange);
    let mut tree = Tree::new();
    let opened = (0..indexed.index.len()).filter_map(|number| Some((number, indexed.open(number, &mut tree)?.1)));
    let opened: Vec<_> = opened.collect();
    let told = |(number, problems): (usize, Vec<pgscope_proto::Problem>)| {
        problems.into_iter().map(move |problem| (problem.rule, problem.severity, number)).collect::<Vec<_>>()
    };
    opened.into_iter().flat_map(told).collect()
}

/// Habits of programs, which bytes do not show but by their consequence, and what needs two connections.
const NOT_SHOWN: &[&str] = &["L07", "L08", "L20", "L24", "L39", "L40", "L48", "L54"];

/// Mistakes that bytes do not tell apart from another, and under which rule they are told.
const TOLD_AS: &[(&str, &str)] = &[
    // What follows a wrong border is read as what it is not.
    ("L41", "L04"),
    ("L32", "L04"),
    ("D01", "D04"),
    ("L52", "D04"),
];

fn wrong(rule: &Rule) -> Vec<(&'static str, Severity, usize)> {
    found(exchange(rule.wrong).expect("it is an exchange"))
}

#[test]
fn each_wrong_exchange_gives_its_rule() {
    let mut missed = Vec::new();
    for rule in rules::all().filter(|rule| !NOT_SHOWN.contains(&rule.id)) {
        let found = wrong(rule);
        let told_as = TOLD_AS.iter().find(|(id, _)| *id == rule.id).map_or(rule.id, |(_, told)| told);
        let own = found.iter().filter(|(id, ..)| *id == told_as).map(|(_, severity, _)| *severity).max();
        // That nothing more comes may be the recorder's doing.
        let is_right = own == Some(rule.severity) || (rule.id == "L21" && own == Some(Severity::Note));
        if !is_right {
            missed.push(format!("{} ({:?}) {}: {found:?}", rule.id, rule.severity, rule.title));
        }
    }
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
}

/// Variants that no bytes show, with the reason.
const UNSEEN: &[(&str, &str)] = &[
    ("bind_int8_for_int4", "only the server's parser knows the type of $1 where Parse gives none"),
    ("bind_jsonb_without_version", "only the server's parser knows the type of $1 where Parse gives none"),
    ("bind_result_formats", "only the server's parser knows the columns before they are described"),
    ("flush_of_a_batch", "what does not come may come yet: a note says whose turn it is"),
    ("no_ready_after_an_extended_error", "what does not come may come yet: a note says so"),
    ("no_ready_after_rows", "what does not come may come yet: a note says so"),
    ("ssl_answered_by_an_error", "the manual has clients prepared for it"),
];

/// Ninety variants of the mistakes, which real programs complain of: each is found, and nearly all under their own rule.
#[test]
fn each_variant_is_found() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wrong");
    let (mut count, mut own, mut missed) = (0, 0, Vec::new());
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").flatten().map(|file| file.path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "txt")) {
        let text = std::fs::read_to_string(file).expect("it is there");
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let rule = text.split_whitespace().nth(1).expect("a rule");
        let least = rules::by_id(rule).map_or(Severity::Warning, |rule| rule.severity).min(Severity::Warning);
        let found = found(exchange(&text).expect("it is an exchange"));
        count += 1;
        own += usize::from(found.iter().any(|(id, ..)| *id == rule));
        let is_found =
            found.iter().any(|(_, severity, _)| *severity >= least) || UNSEEN.iter().any(|(one, _)| *one == name);
        if !is_found {
            missed.push(format!("{name} ({rule}): {found:?}"));
        }
    }
    eprintln!("{count} variants, {own} under their own rule");
    assert!(missed.is_empty(), "{} of {count} missed:\n{}", missed.len(), missed.join("\n"));
    assert!(count >= 90 && own * 10 >= count * 7, "{own} of {count}");
}

#[test]
fn each_right_exchange_gives_nothing() {
    for rule in rules::all() {
        let found = found(exchange(rule.right).expect("it is an exchange"));
        let bad: Vec<_> = found.into_iter().filter(|(_, severity, _)| *severity > Severity::Note).collect();
        assert!(bad.is_empty(), "{}: {bad:?}", rule.id);
    }
}
