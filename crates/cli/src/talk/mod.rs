//! `pgscope talk`: be one end yourself, against the simulated other.
//!
//! `--send` and `--say` are for scripts. `--listen` and `--connect` put the simulated end on a loopback socket. With none of
//! them, lines of standard input are said one after the other.

mod help;
mod lines;
mod socket;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use pgscope_view::proto::Direction;
use pgscope_view::sim::{Heard, Random, Scenario, Talk, What};

use crate::simulate::{self, Format, Told};

#[derive(clap::Args)]
#[command(after_long_help = help::LONG_HELP)]
pub(crate) struct Arguments {
    /// Which end you are
    #[arg(long = "as", value_name = "END")]
    side: Side,
    /// Say the raw bytes of a file, close your side, and print the whole exchange
    #[arg(long, value_name = "FILE", conflicts_with_all = ["say", "listen", "connect"])]
    send: Option<PathBuf>,
    /// Say the lines of a file (- for standard input) on a clock of their own, close your side, and print the whole exchange
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "connect"])]
    say: Option<PathBuf>,
    /// Put the simulated server on this port of loopback; 0 takes a free one (--as client)
    #[arg(long, value_name = "PORT", conflicts_with = "connect")]
    listen: Option<u16>,
    /// Let the simulated client connect to your server (--as server)
    #[arg(long, value_name = "HOST:PORT")]
    connect: Option<String>,
    /// End after so many connections to --listen
    #[arg(long, value_name = "N", requires = "listen")]
    connections: Option<usize>,
    /// What the simulated end knows: a scenario's name, a file, or talk: what the page's Talk knows
    #[arg(long, default_value = "handshake")]
    scenario: String,
    /// Set a knob of the scenario
    #[arg(long, value_name = "KNOB=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// How to print what was said
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// You are the client: the server is simulated
    Client,
    /// You are the server: the client is simulated
    Server,
}

impl Side {
    const fn direction(self) -> Direction {
        match self {
            Side::Client => Direction::Frontend,
            Side::Server => Direction::Backend,
        }
    }
}

/// What the one is called whom one talks to on the page, and what that knows.
const PEER: &str = "talk";
const THE_PEER: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/talk/peer.scenario"));

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let scenario = match arguments.scenario.as_str() {
        PEER => simulate::read(THE_PEER, &arguments.set)?,
        name => simulate::scenario(name, &arguments.set)?,
    };
    match (arguments.listen, &arguments.connect, arguments.side) {
        (Some(port), _, Side::Client) => socket::listen(arguments, &scenario, port)?,
        (_, Some(address), Side::Server) => socket::connect(arguments, &scenario, address)?,
        (Some(_), ..) => return Err("--listen puts a simulated server there: it goes with --as client".to_owned()),
        (_, Some(_), _) => {
            return Err("--connect sends the simulated client there: it goes with --as server".to_owned());
        }
        (None, None, _) => match (&arguments.send, &arguments.say) {
            (Some(file), _) => send(arguments, &scenario, file)?,
            (_, Some(file)) => lines::script(arguments, &scenario, file)?,
            _ => lines::stand_in(arguments, &scenario)?,
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn peer(side: Side, scenario: &Scenario, number: usize, random: Random) -> Talk {
    match side {
        Side::Client => Talk::with_server(scenario.world.clone(), 4711 + number as u32, random),
        Side::Server => Talk::with_client(scenario.settings.clone(), scenario.actions.clone(), random),
    }
}

/// One step of the clock of a conversation that nobody waits in.
const STEP_US: u64 = 1000;

fn send(arguments: &Arguments, scenario: &Scenario, file: &Path) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let mut talk = peer(arguments.side, scenario, 0, Random::seeded(scenario.seed));
    let mut told = talk.connect(0).told;
    told.extend(talk.give(&bytes, STEP_US).told);
    finish(arguments, talk, told, 2 * STEP_US)
}

/// Closes the person's side, lets the peer do what it still has to do, and prints the whole exchange.
fn finish(arguments: &Arguments, mut talk: Talk, mut told: Vec<String>, now_us: u64) -> Result<(), String> {
    let mut heard = talk.end(now_us);
    told.append(&mut heard.told);
    while let (false, Some(at)) = (heard.closed, heard.wake_at_us) {
        heard = talk.wake(at);
        told.append(&mut heard.told);
    }
    simulate::print(&[Told::new(talk.exchange())], arguments.format)?;
    told.iter().for_each(|text| eprintln!("the client says: {text}"));
    eprintln!("{}", rest(&talk));
    Ok(())
}

fn rest(talk: &Talk) -> String {
    let who = simulate::end_name(talk.side());
    match talk.state() {
        "closed" => format!("the {who} has closed"),
        state => format!("the {who} is {state}; it waits for {}", talk.awaits().words()),
    }
}

/// Nonces and keys on a real socket differ each time.
fn chance() -> Random {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Random::seeded(now.as_nanos() as u64 ^ u64::from(std::process::id()))
}

/// What the simulated end did, in words, on standard error.
fn tell(before: &str, heard: &Heard, talk: &Talk) {
    for what in &heard.did {
        let line = match what {
            What::Read(name, _) => format!("read {name}"),
            What::Said(name, _) => format!("said {name}"),
            What::Noted(text) => format!("thought: {text}"),
            What::Reported(report) => format!("{}: {} ({})", report.severity, report.message, report.code),
            What::Blocked => format!("blocked: it waits for {}", talk.awaits().words()),
            What::Closed => "closed".to_owned(),
            What::Woke => continue,
        };
        eprintln!("  {before}{line}");
    }
}
