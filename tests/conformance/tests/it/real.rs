//! Every scenario that a real server can play is played by one, with the simulated client: the same messages, SQLSTATEs and
//! transaction states.

use std::time::Duration;

use pgscope_proto::Direction;
use pgscope_sim::client::Settings;
use pgscope_sim::{Action, Asks, Choices, Client, Edition, Encryption, Random, Scenario, shipped};

use crate::postgres::Postgres;
use crate::socket;
use crate::worlds::{Said, said};

const SILENCE: Duration = Duration::from_millis(250);

pub(crate) fn run(port: u16, database: &str, sql: &str) {
    let settings = Settings { user: "postgres".to_owned(), database: database.to_owned(), ..Settings::default() };
    let actions = vec![Action::Query { sql: sql.to_owned(), waits: true }, Action::Terminate];
    let heard = socket::client(port, Client::new(settings, actions, Random::seeded(1)), Duration::from_secs(10));
    let errors: Vec<_> =
        heard.told.iter().filter(|text| !text.starts_with("NOTICE") && !text.starts_with("WARNING")).collect();
    assert!(errors.is_empty(), "{sql}: {errors:?}");
}

pub(crate) fn variants(text: &str) -> Vec<Choices> {
    let scenario = Scenario::read(text, &Choices::default()).expect("a scenario");
    scenario.knobs.iter().fold(vec![Choices::default()], |variants, knob| {
        let with = |choices: &Choices| {
            let one = |choice: &String| {
                let mut choices = choices.clone();
                choices.0.push((knob.name.clone(), choice.clone()));
                choices
            };
            knob.choices.iter().map(one).collect::<Vec<_>>()
        };
        variants.iter().flat_map(with).collect()
    })
}

/// Why this variant cannot be played by the real server that the tests start; None if it can.
fn not_playable(scenario: &Scenario, edition: Edition) -> Option<&'static str> {
    let world = &scenario.world;
    if scenario.not_real.is_some() {
        return Some("the scenario says so");
    }
    if world.tls != Encryption::Refused {
        return Some("the server that is started has no TLS");
    }
    if scenario.settings.gss && edition == Edition::Fifteen {
        return Some("Debian's build of 15 answers G, and needs a ticket");
    }
    if world.refuses.is_some() {
        return Some("all connections would have to be taken");
    }
    None
}

fn shown(said: &[Said]) -> String {
    let one = |message: &Said| match (&message.report, message.status) {
        (Some((severity, code, _)), _) => format!("{}({severity} {code})", message.tag),
        (_, Some(status)) => format!("{}{status}", message.tag),
        _ => message.tag.clone(),
    };
    said.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn database(scenario: &Scenario) -> &'static str {
    let asks = scenario.world.role(&scenario.settings.user).map_or(scenario.world.asks_strangers, |role| role.asks);
    match asks {
        Asks::Trust => "shop",
        Asks::Clear => "shop_clear",
        Asks::Md5 => "shop_md5",
        Asks::Scram => "shop_scram",
    }
}

fn against(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    for database in ["shop", "shop_clear", "shop_md5", "shop_scram"] {
        run(server.port, "postgres", &format!("CREATE DATABASE {database}"));
    }
    run(server.port, "postgres", "CREATE ROLE alice LOGIN");
    let (mut equal, mut skipped, mut wrong) = (0, 0, Vec::new());
    for shipped in shipped::ALL {
        for choices in variants(shipped.text) {
            let mut scenario = Scenario::read(shipped.text, &choices).expect("a scenario");
            if scenario.world.edition != Edition::Eighteen && edition == Edition::Eighteen {
                continue;
            }
            scenario.world.edition = edition;
            if not_playable(&scenario, edition).is_some() {
                skipped += 1;
                continue;
            }
            let played = scenario.play();
            let ours = &played.main().exchange.stream(Direction::Backend).bytes;
            let mut settings = scenario.settings.clone();
            if settings.database == "shop" {
                settings.database = database(&scenario).to_owned();
            }
            let fresh = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO alice;";
            let setup = format!("SET client_min_messages = error; {fresh} {}", scenario.setup);
            let takes = scenario.world.answers.iter().map(|answer| answer.takes_us).max().unwrap_or_default();
            let silence = SILENCE + Duration::from_micros(takes);
            let hear = |silence| {
                run(server.port, database(&scenario), &setup);
                let client = Client::new(settings.clone(), scenario.actions.clone(), Random::seeded(scenario.seed));
                socket::client(server.port, client, silence).bytes
            };
            let asked = usize::from(settings.gss) + usize::from(settings.tls != pgscope_sim::client::TlsWish::Disable);
            let ours = said(ours, asked);
            let mut theirs = said(&hear(silence), asked);
            if shown(&ours) != shown(&theirs) {
                // A busy machine may be slow: what differs is asked again, with patience.
                theirs = said(&hear(silence * 10), asked);
            }
            if shown(&ours) == shown(&theirs) {
                equal += 1;
            } else {
                wrong.push(format!(
                    "{} {:?}\n  simulated {}\n  real      {}",
                    shipped.name,
                    choices.0,
                    shown(&ours),
                    shown(&theirs)
                ));
            }
        }
    }
    eprintln!("PostgreSQL {edition:?}: {equal} variants equal, {skipped} not playable");
    assert!(wrong.is_empty(), "{} differ, {equal} are equal:\n{}", wrong.len(), wrong.join("\n"));
    assert!(equal >= 60, "only {equal}");
}

#[test]
fn postgresql_15_plays_the_scenarios_as_the_simulated_server_does() {
    against(Edition::Fifteen);
}

#[test]
fn postgresql_18_plays_the_scenarios_as_the_simulated_server_does() {
    against(Edition::Eighteen);
}
