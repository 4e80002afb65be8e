//! `pgscope talk`: be one end yourself, against the simulated other.
//!
//! `--send` is for scripts. `--listen` and `--connect` put the simulated end on a loopback socket. With neither, lines of
//! standard input are said one after the other.

use std::io::{BufRead, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use clap::ValueEnum;
use pgscope_view::proto::make;
use pgscope_view::sim::{Heard, Random, Scenario, Talk, What};

use crate::simulate::{self, Format};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Which end you are
    #[arg(long = "as", value_name = "END")]
    side: Side,
    /// Say the raw bytes of a file, close your side, and print the whole exchange
    #[arg(long, value_name = "FILE", conflicts_with_all = ["listen", "connect"])]
    send: Option<PathBuf>,
    /// Put the simulated server on this port of loopback (--as client)
    #[arg(long, value_name = "PORT", conflicts_with = "connect")]
    listen: Option<u16>,
    /// Let the simulated client connect to your server (--as server)
    #[arg(long, value_name = "HOST:PORT")]
    connect: Option<String>,
    /// End after so many connections to --listen
    #[arg(long, value_name = "N")]
    connections: Option<usize>,
    /// What the simulated end knows: a scenario's name, or a file
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

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let scenario = simulate::scenario(&arguments.scenario, &arguments.set)?;
    match (&arguments.send, arguments.listen, &arguments.connect, arguments.side) {
        (Some(file), ..) => send(arguments, &scenario, file)?,
        (None, Some(port), _, Side::Client) => listen(arguments, &scenario, port)?,
        (None, None, Some(address), Side::Server) => connect(arguments, &scenario, address)?,
        (None, Some(_), ..) => {
            return Err("--listen puts a simulated server there: it goes with --as client".to_owned());
        }
        (None, _, Some(_), _) => {
            return Err("--connect sends the simulated client there: it goes with --as server".to_owned());
        }
        (None, None, None, _) => lines(arguments, &scenario)?,
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

fn send(arguments: &Arguments, scenario: &Scenario, file: &PathBuf) -> Result<(), String> {
    let bytes = std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
    let mut talk = peer(arguments.side, scenario, 0, Random::seeded(scenario.seed));
    let mut told = talk.connect(0).told;
    told.extend(talk.give(&bytes, STEP_US).told);
    let mut heard = talk.end(2 * STEP_US);
    told.append(&mut heard.told);
    while let (false, Some(at)) = (heard.closed, heard.wake_at_us) {
        heard = talk.wake(at);
        told.append(&mut heard.told);
    }
    simulate::print(&[talk.exchange()], arguments.format)?;
    told.iter().for_each(|text| eprintln!("the client says: {text}"));
    eprintln!("{}", rest(&talk));
    Ok(())
}

fn rest(talk: &Talk) -> String {
    format!("the {} is {}; it waits for {}", talk.side().name(), talk.state(), talk.awaits().words())
}

/// Nonces and keys on a real socket differ each time.
fn chance() -> Random {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Random::seeded(now.as_nanos() as u64 ^ u64::from(std::process::id()))
}

fn listen(arguments: &Arguments, scenario: &Scenario, port: u16) -> Result<(), String> {
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    eprintln!("pgscope: a simulated server listens on {address}");
    for number in 0..arguments.connections.unwrap_or(usize::MAX) {
        let (socket, from) = listener.accept().map_err(|error| error.to_string())?;
        eprintln!("pgscope: connection {} from {from}", number + 1);
        let talk = converse(socket, peer(Side::Client, scenario, number, chance()))?;
        simulate::print(&[talk.exchange()], arguments.format)?;
    }
    Ok(())
}

fn connect(arguments: &Arguments, scenario: &Scenario, address: &str) -> Result<(), String> {
    let socket = TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))?;
    let local = socket.peer_addr().is_ok_and(|address| address.ip().is_loopback());
    if !local {
        return Err(format!("{address} is not this machine: a simulated client speaks on loopback only"));
    }
    let talk = converse(socket, peer(Side::Server, scenario, 0, chance()))?;
    simulate::print(&[talk.exchange()], arguments.format)
}

/// Lets a simulated end speak over a socket until one of the two closes, and tells what it makes of each piece.
fn converse(mut socket: TcpStream, mut talk: Talk) -> Result<Talk, String> {
    let began = Instant::now();
    let now = || began.elapsed().as_micros() as u64;
    let mut heard = talk.connect(0);
    let mut buffer = vec![0; 65_536];
    loop {
        tell(&heard, &talk);
        if socket.write_all(&heard.bytes).is_err() || heard.closed {
            return Ok(talk);
        }
        let left = heard.wake_at_us.map(|at| Duration::from_micros(at.saturating_sub(now()).max(1000)));
        socket.set_read_timeout(left).map_err(|error| error.to_string())?;
        heard = match socket.read(&mut buffer) {
            Ok(0) => {
                let heard = talk.end(now());
                tell(&heard, &talk);
                return Ok(talk);
            }
            Ok(count) => talk.give(buffer.get(..count).unwrap_or_default(), now()),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                talk.wake(now())
            }
            Err(error) => {
                eprintln!("pgscope: {error}");
                return Ok(talk);
            }
        };
    }
}

/// What the simulated end did, in words, on standard error.
fn tell(heard: &Heard, talk: &Talk) {
    for what in &heard.did {
        match what {
            What::Read(name, _) => eprintln!("  read {name}"),
            What::Said(name, _) => eprintln!("  said {name}"),
            What::Noted(text) => eprintln!("  thought: {text}"),
            What::Reported(report) => eprintln!("  {}: {} ({})", report.severity, report.message, report.code),
            What::Blocked => eprintln!("  blocked: it waits for {}", talk.awaits().words()),
            What::Closed => eprintln!("  closed"),
            What::Woke => {}
        }
    }
}

const HELP: &str = "say: startup USER DATABASE | sql STATEMENT | password TEXT | sync | terminate | hex 51 00 … | end";

/// One line of standard input after the other.
fn lines(arguments: &Arguments, scenario: &Scenario) -> Result<(), String> {
    eprintln!("pgscope: {HELP}");
    let mut talk = peer(arguments.side, scenario, 0, chance());
    let began = Instant::now();
    let now = || began.elapsed().as_micros() as u64;
    tell(&talk.connect(0), &talk);
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let heard = match said(line.trim()) {
            Ok(Some(bytes)) => talk.give(&bytes, now()),
            Ok(None) => talk.end(now()),
            Err(why) => {
                eprintln!("pgscope: {why}");
                continue;
            }
        };
        tell(&heard, &talk);
        if heard.closed {
            break;
        }
    }
    simulate::print(&[talk.exchange()], arguments.format)
}

/// The bytes that a line says; None closes this side.
fn said(line: &str) -> Result<Option<Vec<u8>>, String> {
    use pgscope_view::proto::messages as m;
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let made = match word {
        "end" => return Ok(None),
        "hex" => {
            let digits: String = rest.chars().filter(|letter| !letter.is_whitespace()).collect();
            let pairs = digits.as_bytes().chunks(2).map(|pair| {
                let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2);
                text.and_then(|text| u8::from_str_radix(text, 16).ok())
            });
            return pairs
                .collect::<Option<Vec<u8>>>()
                .map(Some)
                .ok_or_else(|| "two hexadecimal digits a byte".to_owned());
        }
        "startup" => {
            let (user, database) = rest.split_once(' ').unwrap_or((rest, rest));
            make::startup(m::startup::VERSION_3_0, &[("user", user), ("database", database)])
        }
        "sql" => make::query(rest),
        "password" => make::message(&m::authentication::PASSWORD_MESSAGE, &[rest.into()]),
        "sync" => make::message(&m::extended_query::SYNC, &[]),
        "terminate" => make::message(&m::simple_query::TERMINATE, &[]),
        _ => return Err(HELP.to_owned()),
    };
    made.map(Some).map_err(|error| error.to_string())
}
