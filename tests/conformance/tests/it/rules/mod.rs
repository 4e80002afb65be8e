//! The catalogue of mistakes held against the programs it quotes: wrong servers are played to libpq 18 and psql, wrong
//! clients to PostgreSQL 15 and 18, and what is said to be right to both.
//!
//! `PGSCOPE_SHOW_RULES=1 cargo test -p pgscope-conformance rules -- --nocapture` prints what each of them said.

mod halves;
mod libpq;
mod live;
mod scripted;

use std::path::PathBuf;

use pgscope_proto::{Direction, Exchange};
use pgscope_session::rules::{self, CLOSES, Program, Rule, Says, WAITS};
use pgscope_sim::Edition;

use crate::postgres::Postgres;

/// An exchange with a mistake, or a rule's right one.
struct Case {
    name: String,
    rule: &'static Rule,
    by: Direction,
    exchange: Exchange,
}

fn exchange(name: &str, text: &str) -> Exchange {
    rules::exchange(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The wrong exchange of each rule, and the variants in `tests/fixtures/wrong`, each of which begins with its rule and
/// whose mistake it is: `# L01 server: every length counts the type`.
fn wrong() -> Vec<Case> {
    let of_rule = |rule: &'static Rule| Case {
        name: rule.id.to_owned(),
        rule,
        by: rule.by,
        exchange: exchange(rule.id, rule.wrong),
    };
    rules::all().map(of_rule).chain(variants()).collect()
}

fn variants() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/wrong");
    let files = std::fs::read_dir(folder).expect("the variants").map(|file| file.expect("a file").path());
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    files.sort();
    files.iter().map(|path| variant(path)).collect()
}

fn variant(path: &std::path::Path) -> Case {
    let text = std::fs::read_to_string(path).expect("text");
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let (id, rest) = text.strip_prefix("# ").and_then(|text| text.split_once(' ')).expect("# L01 server: words");
    let by = if rest.starts_with("server:") { Direction::Backend } else { Direction::Frontend };
    assert!(rest.starts_with("server:") || rest.starts_with("client:"), "{name}");
    let rule = rules::by_id(id).unwrap_or_else(|| panic!("{name}: there is no rule {id}"));
    Case { exchange: exchange(&name, &text), name: format!("{id} {name}"), rule, by }
}

fn right() -> Vec<Case> {
    let of_rule = |rule: &'static Rule| Case {
        name: format!("{} right", rule.id),
        rule,
        by: rule.by,
        exchange: exchange(rule.id, rule.right),
    };
    let mut cases: Vec<Case> = Vec::new();
    for case in rules::all().map(of_rule) {
        // Many rules have the same.
        if !cases.iter().any(|other| other.exchange == case.exchange) {
            cases.push(case);
        }
    }
    cases
}

/// The nonces of SCRAM are new each time: what was recorded of one conversation cannot be played in another.
fn is_scram(exchange: &Exchange) -> bool {
    exchange.stream(Direction::Backend).bytes.windows(13).any(|part| part == b"SCRAM-SHA-256")
}

fn shows() -> bool {
    std::env::var_os("PGSCOPE_SHOW_RULES").is_some()
}

/// Whether these words are what the rule quotes.
fn fits(says: &Says, text: &str) -> bool {
    if says.text == WAITS || says.text == CLOSES { says.text == text } else { rules::holds(says.text, text) }
}

/// What differs between what a rule quotes and what was heard: words that are quoted and were not said by any of its
/// exchanges, and words that were said and are not quoted.
fn differences(
    rule: &Rule,
    program: Program,
    heard: &[(String, Vec<String>)],
    of: &[(String, Vec<String>)],
) -> Vec<String> {
    let quoted = |says: &&Says| says.program == program;
    let mut wrong = Vec::new();
    for says in rule.says.iter().filter(quoted).filter(|says| says.provoked) {
        // What the rule's own exchange provokes; the variants may say more.
        if !of.iter().any(|(_, said)| said.iter().any(|text| fits(says, text))) {
            wrong.push(format!("{}: {} did not say {:?}", rule.id, program.name(), says.text));
        }
    }
    for (name, said) in heard {
        // What is said behind the first words is what comes of them.
        for text in said.iter().take(1).filter(|text| !rule.says.iter().filter(quoted).any(|says| fits(says, text))) {
            wrong.push(format!("{name}: {} said {text:?}", program.name()));
        }
    }
    wrong
}

fn assert_none(wrong: &[String], count: usize) {
    assert!(wrong.is_empty(), "{} differences in {count} exchanges:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn libpq_18_says_of_wrong_servers_what_the_catalogue_quotes() {
    let Some(python) = crate::libpq::python() else { return };
    let cases: Vec<Case> = wrong()
        .into_iter()
        .filter(|case| case.by == Direction::Backend && libpq::is_asked_by_libpq(&case.exchange))
        .collect();
    let heard = libpq::libpq(&python, &cases.iter().map(|case| &case.exchange).collect::<Vec<_>>());
    if shows() {
        for (case, heard) in cases.iter().zip(&heard) {
            println!("libpq {}: {:?} {:?}", case.name, heard.said, heard.results);
        }
    }
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let mine = || cases.iter().zip(&heard).filter(|(case, _)| case.rule.id == rule.id);
        let own: Vec<_> =
            mine().map(|(case, heard)| (case.name.clone(), libpq::own_words(&case.exchange, &heard.said))).collect();
        let all: Vec<_> = mine().map(|(case, heard)| (case.name.clone(), heard.said.clone())).collect();
        wrong.extend(differences(rule, Program::Libpq, &own, &all));
    }
    assert!(cases.len() >= 60, "{} wrong servers", cases.len());
    assert_none(&wrong, cases.len());
    eprintln!("libpq 18: {} wrong servers, each answered as quoted", cases.len());
}

/// What psql says to each, several at a time; None where it cannot ask.
fn psql(cases: &[Case]) -> Vec<Option<Vec<String>>> {
    let mut heard = Vec::new();
    for some in cases.chunks(6) {
        std::thread::scope(|scope| {
            let asked: Vec<_> = some.iter().map(|case| scope.spawn(|| libpq::psql(&case.exchange))).collect();
            heard.extend(asked.into_iter().map(|thread| thread.join().expect("heard")));
        });
    }
    heard
}

fn has_psql() -> bool {
    let is_here = std::process::Command::new("psql").arg("--version").output().is_ok();
    if !is_here {
        eprintln!("SKIPPED: there is no psql on this machine");
    }
    is_here
}

#[test]
fn psql_says_of_wrong_servers_what_the_catalogue_quotes() {
    if !has_psql() {
        return;
    }
    let cases: Vec<Case> = wrong().into_iter().filter(|case| case.by == Direction::Backend).collect();
    let heard = psql(&cases);
    let mut wrong = Vec::new();
    let mut count = 0;
    for (case, said) in cases.iter().zip(&heard).filter_map(|(case, said)| Some((case, said.as_ref()?))) {
        count += 1;
        if shows() {
            println!("psql {}: {said:?}", case.name);
        }
        let quoted = |text: &String| {
            let says = case.rule.says.iter().filter(|says| matches!(says.program, Program::Libpq | Program::Psql));
            says.clone().any(|says| fits(says, text))
        };
        let own = libpq::own_words(&case.exchange, said);
        let unquoted = own.iter().take(1).filter(|text| !quoted(text));
        wrong.extend(unquoted.map(|text| format!("{}: psql said {text:?}", case.name)));
    }
    for rule in rules::all() {
        let mine = || cases.iter().zip(&heard).filter(|(case, _)| case.rule.id == rule.id);
        let said: Vec<&String> = mine().filter_map(|(_, said)| said.as_ref()).flatten().collect();
        let quoted = rule.says.iter().filter(|says| says.program == Program::Psql && says.provoked);
        let unheard = quoted.filter(|says| !said.iter().any(|text| fits(says, text)));
        wrong.extend(unheard.map(|says| format!("{}: psql did not say {:?}", rule.id, says.text)));
    }
    assert_none(&wrong, count);
    eprintln!("psql: {count} wrong servers, each answered as quoted");
}

#[test]
fn libpq_and_psql_take_what_is_right() {
    let Some(python) = crate::libpq::python() else { return };
    let cases: Vec<Case> = right().into_iter().filter(|case| !is_scram(&case.exchange)).collect();
    let asked: Vec<&Case> = cases.iter().filter(|case| libpq::is_asked_by_libpq(&case.exchange)).collect();
    let heard = libpq::libpq(&python, &asked.iter().map(|case| &case.exchange).collect::<Vec<_>>());
    let mut wrong = Vec::new();
    for (case, heard) in asked.iter().zip(&heard) {
        if shows() {
            println!("libpq {}: {:?} {:?}", case.name, heard.said, heard.results);
        }
        let own = libpq::own_words(&case.exchange, &heard.said);
        wrong.extend(own.iter().map(|text| format!("{}: libpq said {text:?} {:?}", case.name, heard.results)));
    }
    for (case, said) in cases.iter().zip(if has_psql() { psql(&cases) } else { Vec::new() }) {
        let own = libpq::own_words(&case.exchange, &said.unwrap_or_default());
        wrong.extend(own.iter().map(|text| format!("{}: psql said {text:?}", case.name)));
    }
    assert_none(&wrong, asked.len());
    eprintln!("libpq 18 and psql: {} right exchanges taken", asked.len());
}

/// The servers of this machine, with what the exchanges speak of.
fn servers() -> Vec<Postgres> {
    std::thread::scope(|scope| {
        let start = |edition| scope.spawn(move || Postgres::start(edition).inspect(live::prepare));
        let started = [start(Edition::Fifteen), start(Edition::Eighteen)];
        started.into_iter().filter_map(|thread| thread.join().expect("started")).collect()
    })
}

#[test]
fn postgresql_says_what_the_catalogue_quotes_and_holds_for_right() {
    let servers = servers();
    if !servers.is_empty() {
        wrong_clients(&servers);
        right_clients(&servers);
    }
}

fn wrong_clients(servers: &[Postgres]) {
    let cases: Vec<Case> = wrong().into_iter().filter(|case| case.by == Direction::Frontend).collect();
    let mut heard: Vec<(&Case, live::Answered)> = Vec::new();
    for case in &cases {
        for server in servers {
            let answered = live::answered(server, &case.exchange, 400);
            if shows() {
                println!("PostgreSQL {}: {:?} {:?}", case.name, answered.deeds, answered.outline);
            }
            heard.push((case, answered));
        }
    }
    let mut wrong = Vec::new();
    for rule in rules::all() {
        let mine = || heard.iter().filter(|(case, _)| case.rule.id == rule.id);
        for says in rule.says.iter().filter(|says| says.provoked) {
            let is_heard = match says.program {
                Program::PostgreSQL => mine().any(|(_, answered)| {
                    answered.deeds.iter().any(|(code, text)| *code == says.sqlstate && fits(says, text))
                }),
                Program::PostgreSQLLog => mine().any(|(_, answered)| rules::holds(says.text, &answered.log)),
                _ => true,
            };
            if !is_heard {
                wrong.push(format!("{}: PostgreSQL did not say {:?}", rule.id, says.text));
            }
        }
        for (case, answered) in mine() {
            let quoted =
                |text: &str| rule.says.iter().any(|says| says.program == Program::PostgreSQL && fits(says, text));
            // Silence is not told: a server may have nothing to say.
            let others = answered.deeds.iter().filter(|(_, text)| text != WAITS && !quoted(text));
            wrong.extend(others.map(|(code, text)| format!("{}: PostgreSQL said {code} {text:?}", case.name)));
        }
    }
    wrong.sort();
    wrong.dedup();
    assert_none(&wrong, cases.len());
    eprintln!("PostgreSQL: {} wrong clients at {} servers, each answered as quoted", cases.len(), servers.len());
}

fn right_clients(servers: &[Postgres]) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in right().iter().filter(|case| !is_scram(&case.exchange)) {
        count += 1;
        let replies = usize::from(case.rule.right.contains("SSLRequest"));
        let ours = live::outline(&case.exchange.stream(Direction::Backend).bytes, replies);
        let heard = |patience| {
            servers.iter().map(|server| live::answered(server, &case.exchange, patience).outline).collect::<Vec<_>>()
        };
        let mut theirs = heard(150);
        // What depends on the version is as it is written in one of them. A busy machine may be slow: what differs is
        // asked again, with patience.
        if !theirs.contains(&ours) {
            theirs = heard(1000);
        }
        if !theirs.contains(&ours) {
            wrong.push(format!("{}\n  ours   {ours:?}\n  theirs {theirs:?}", case.name));
        }
    }
    assert_none(&wrong, count);
    eprintln!("PostgreSQL: {count} right exchanges answered as written");
}
