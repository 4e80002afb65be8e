//! Talks in lines: of a script, on a clock of its own, or of a person, who waits for the answers.

use std::io::{BufRead, IsTerminal};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use pgscope_view::sim::{Heard, Random, Scenario, Talk};
use pgscope_view::talk::{Said, pointed, run, said};

use super::help::help;
use super::{Arguments, STEP_US, chance, finish, peer, rest, tell};
use crate::simulate::{self, Told};

/// Says the lines of a file: each a moment after the other, and the same again each time.
pub(super) fn script(arguments: &Arguments, scenario: &Scenario, file: &Path) -> Result<(), String> {
    let name = if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
    let text = match name.as_str() {
        "standard input" => std::io::read_to_string(std::io::stdin()),
        _ => std::fs::read_to_string(file),
    };
    let text = text.map_err(|error| format!("{name} cannot be read: {error}"))?;
    let mut talk = peer(arguments.side, scenario, 0, Random::seeded(scenario.seed));
    let side = arguments.side.direction();
    let helps = |name: &str| match help(side, name) {
        Ok(text) => eprint!("{text}"),
        Err(why) => eprintln!("{why}"),
    };
    let ran = run(&mut talk, &text, helps);
    let ran = ran.map_err(|(number, line, error)| format!("{name}, line {number}:\n{}", pointed(&line, &error)))?;
    if let Some(first) = ran.unheard.first() {
        let who = simulate::end_name(talk.side());
        eprintln!(
            "pgscope: {name}, line {first}: the {who} had closed the connection: what is said from here on reaches nobody"
        );
    }
    finish(arguments, talk, ran.told, ran.now_us + STEP_US)
}

/// Says each line of standard input when it comes, and tells what the other end makes of it.
pub(super) fn stand_in(arguments: &Arguments, scenario: &Scenario) -> Result<(), String> {
    if !std::io::stdin().is_terminal() {
        return script(arguments, scenario, Path::new("-"));
    }
    eprintln!("pgscope: say a message, such as Sync or sql SELECT 1; help lists them, end closes your side");
    let lines = typed();
    let mut talk = peer(arguments.side, scenario, 0, chance());
    let began = Instant::now();
    let now = || began.elapsed().as_micros() as u64;
    let mut heard = talk.connect(now());
    loop {
        tell("", &heard, &talk);
        heard.told.iter().for_each(|text| eprintln!("  tells its user: {text}"));
        if heard.closed {
            break;
        }
        let left = heard.wake_at_us.map(|at| Duration::from_micros(at.saturating_sub(now())));
        heard = match next(&lines, left) {
            Ok(line) => match answer(arguments, &mut talk, &line, now()) {
                Some(heard) => heard,
                None => Heard { wake_at_us: heard.wake_at_us, ..Heard::default() },
            },
            Err(RecvTimeoutError::Timeout) => talk.wake(now()),
            Err(RecvTimeoutError::Disconnected) => {
                tell("", &talk.end(now()), &talk);
                break;
            }
        };
    }
    eprintln!("{}", rest(&talk));
    simulate::print(&[Told::new(talk.exchange())], arguments.format)
}

fn answer(arguments: &Arguments, talk: &mut Talk, line: &str, now_us: u64) -> Option<Heard> {
    match said(arguments.side.direction(), line) {
        Ok(Said::Bytes(bytes)) => return Some(talk.give(&bytes, now_us)),
        Ok(Said::Beside(bytes)) => return Some(talk.beside(&bytes, now_us)),
        Ok(Said::End) => return Some(talk.end(now_us)),
        Ok(Said::Wait(_)) => eprintln!("pgscope: here time passes by itself"),
        Ok(Said::Help(name)) => match help(arguments.side.direction(), &name) {
            Ok(text) => eprint!("{text}"),
            Err(why) => eprintln!("{why}"),
        },
        Ok(Said::Nothing) => {}
        Err(error) => eprintln!("{}", pointed(line, &error)),
    }
    None
}

/// The next line, if it comes in time.
fn next(lines: &Receiver<String>, left: Option<Duration>) -> Result<String, RecvTimeoutError> {
    match left {
        Some(left) => lines.recv_timeout(left),
        None => lines.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

/// Lines of standard input, as they are typed.
fn typed() -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}
