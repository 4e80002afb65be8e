//! The drivers of this machine at its servers.
//!
//! In the short form each does few tasks, in the long one (`cargo xtask record`) all of them: then `PGSCOPE_RECORD` names
//! the folder into which the recordings go, and `PGSCOPE_RECORD_ONLY` the drivers, if not all are wanted.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use pgscope_sim::Edition;

use super::check::{self, Findings};
use super::pcap;
use super::proxy::{Piece, Proxy};
use super::table::{Driver, drivers, folder};
use crate::postgres::{Postgres, cache};
use crate::real::run;

/// What the short form does at 18: where names and types have to be found.
const SHORT: &[&str] = &["parameters", "reuse", "batch", "cursor", "types", "pipeline", "logical"];
/// And at 15.
const SHORTER: &[&str] = &["reuse", "restore"];
/// The status of a program that says that its driver cannot do the task.
const NOT_OFFERED: i32 = 77;
const PATIENCE: Duration = Duration::from_secs(180);

const SCHEMA: &[&str] = &["CREATE ROLE u_scram LOGIN SUPERUSER PASSWORD 'secret'", "CREATE DATABASE shop"];

fn setup(server: &Postgres) {
    for sql in SCHEMA {
        run(server.port, "postgres", sql);
    }
    let schema = std::fs::read_to_string(folder().join("schema.sql")).expect("the schema");
    run(server.port, "shop", &schema);
}

/// How a driver is run.
struct Course {
    rows: usize,
    record: Option<PathBuf>,
    tasks: Option<&'static [&'static str]>,
}

/// A line of the shell in the folder of the drivers, with one more argument.
fn shell(line: &str, argument: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("exec {line} \"$@\""), "sh", argument]).current_dir(folder());
    let installed = cache().expect("a cache").join("drivers");
    command.env("NODE_PATH", installed.join("node/node_modules")).env("DRIVERS", installed);
    command.env("LC_ALL", "C").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What stands between a driver and the server, with a proxy on its other side.
struct Between {
    child: Child,
    port: u16,
    proxy: Proxy,
}

impl Between {
    fn start(line: &str, server: u16) -> Self {
        let proxy = Proxy::to(server);
        let free = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
        let mut command = shell(line, "");
        command.env("PGPORT", proxy.port.to_string()).env("LISTEN", free.to_string());
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a shell");
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", free)).is_err() {
            assert!(began.elapsed() < PATIENCE, "{line} does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, port: free, proxy }
    }

    /// What it and the server said to each other.
    fn end(mut self) -> Vec<Piece> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.proxy.end()
    }
}

/// Runs a program to its end, or ends it when it takes too long.
fn finished(mut command: Command) -> std::io::Result<Output> {
    let child = command.spawn()?;
    let id = child.id().to_string();
    let (done, finished) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        if finished.recv_timeout(PATIENCE).is_err() {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
        }
    });
    let output = child.wait_with_output();
    let _ = done.send(());
    watch.join().expect("the watch");
    output
}

/// The version that a driver tells, if it is on this machine.
fn version(driver: &Driver) -> Result<String, String> {
    let last = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().lines().last().unwrap_or_default().to_owned();
    let ask = |line: &str| match finished(shell(line, "version")) {
        Ok(output) if output.status.success() => Ok(last(&output.stdout)),
        Ok(output) => Err(last(&output.stderr)),
        Err(error) => Err(error.to_string()),
    };
    let own = ask(&driver.run)?;
    match &driver.behind {
        Some(behind) => Ok(format!("{own} behind {}", ask(behind)?)),
        None => Ok(own),
    }
}

/// What came of a task.
enum Done {
    Recorded(Findings),
    NotOffered,
    Failed(String),
}

fn play(driver: &Driver, task: &str, server: &Postgres, edition: &str, course: &Course) -> Done {
    run(server.port, "shop", "TRUNCATE notes");
    let between = driver.behind.as_ref().map(|behind| Between::start(behind, server.port));
    let proxy = Proxy::to(between.as_ref().map_or(server.port, |between| between.port));
    let user = if task == "scram" { "u_scram" } else { "postgres" };
    let mut command = shell(&driver.run, task);
    // What is not to be recorded goes to the server itself.
    command.env("DIRECT", server.port.to_string());
    command.env("PGHOST", "127.0.0.1").env("PGPORT", proxy.port.to_string()).env("PGDATABASE", "shop");
    command.env("PGUSER", user).env("PGPASSWORD", "secret").env("ROWS", course.rows.to_string());
    let output = finished(command);
    let pieces = proxy.end();
    let beyond = between.map(Between::end);
    let name = format!("{}/{task} at {edition}", driver.name);
    let output = match output {
        Ok(output) if output.status.code() == Some(NOT_OFFERED) => return Done::NotOffered,
        Ok(output) => output,
        Err(error) => return Done::Failed(format!("{name}: {error}")),
    };
    let mut findings = Findings::default();
    let tasks = [Some((task.to_owned(), pieces)), beyond.map(|pieces| (format!("{task}-server"), pieces))];
    for (task, pieces) in tasks.into_iter().flatten().filter(|(_, pieces)| !pieces.is_empty()) {
        let name = format!("{}/{task} at {edition}", driver.name);
        let file = pcap::written(&pieces);
        if let Some(folder) = &course.record {
            write(&folder.join(edition).join(&driver.name), &task, &file);
        }
        check::connections(&name, &file).into_iter().for_each(|exchange| findings.add(check::of(&name, exchange)));
    }
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Done::Failed(format!("{name}: {}: {}", output.status, said.trim().lines().last().unwrap_or_default()));
    }
    Done::Recorded(findings)
}

fn write(folder: &Path, task: &str, file: &[u8]) {
    std::fs::create_dir_all(folder).expect("a folder");
    std::fs::write(folder.join(format!("{task}.pcap")), file).expect("written");
}

/// Lets all drivers of this machine do their tasks at one server.
fn all_at(server: &Postgres, edition: &str, course: &Course) -> (usize, Vec<String>) {
    let only = std::env::var("PGSCOPE_RECORD_ONLY").unwrap_or_default();
    let (mut ran, mut skipped, mut wrong) = (0, Vec::new(), Vec::new());
    let mut total = Findings::default();
    for driver in drivers() {
        let is_asked = only.is_empty() || only.split(' ').any(|name| name == driver.name);
        let is_left_out = driver.is_slow && course.record.is_none();
        if !is_asked || is_left_out || !driver.servers.iter().any(|name| name == edition) {
            continue;
        }
        let version = match version(&driver) {
            Ok(version) => version,
            Err(why) => {
                eprintln!("SKIPPED: {} is not on this machine ({why})", driver.name);
                skipped.push(driver.name);
                continue;
            }
        };
        let began = Instant::now();
        let (mut findings, mut not_offered) = (Findings::default(), Vec::new());
        let of_course = |task: &&String| course.tasks.is_none_or(|tasks| tasks.contains(&task.as_str()));
        for task in driver.tasks.iter().filter(of_course) {
            match play(&driver, task, server, edition, course) {
                Done::Recorded(found) => findings.add(found),
                Done::NotOffered => not_offered.push(task.as_str()),
                Done::Failed(why) => wrong.push(why),
            }
        }
        eprintln!(
            "{:<18} {version:<28} {:>3} connections {:>6}+{:<6} messages {:>6} rows named {:>3} not, {} findings, notes {:?}, {:.1} s{}",
            driver.name,
            findings.connections,
            findings.messages[0],
            findings.messages[1],
            findings.named,
            findings.unnamed.len(),
            findings.bad.len(),
            findings.notes,
            began.elapsed().as_secs_f64(),
            if not_offered.is_empty() { String::new() } else { format!(", not offered: {}", not_offered.join(" ")) },
        );
        ran += usize::from(findings.connections > 0);
        total.add(findings);
    }
    eprintln!(
        "PostgreSQL {edition}: {ran} drivers ran, {} skipped; {} connections, {:?} messages, {} rows named, {} not",
        skipped.len(),
        total.connections,
        total.messages,
        total.named,
        total.unnamed.len()
    );
    wrong.extend(total.bad);
    wrong.extend(total.unnamed.into_iter().map(|row| format!("{row}: columns without name or type")));
    (ran, wrong)
}

fn check(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    let (edition, short) = if edition == Edition::Fifteen { ("15", SHORTER) } else { ("18", SHORT) };
    setup(&server);
    let record = std::env::var_os("PGSCOPE_RECORD").map(PathBuf::from);
    let rows = std::env::var("PGSCOPE_RECORD_ROWS").ok().and_then(|rows| rows.parse().ok());
    let course = Course {
        rows: rows.unwrap_or(if record.is_some() { 20_000 } else { 100 }),
        tasks: record.is_none().then_some(short),
        record,
    };
    let (ran, wrong) = all_at(&server, edition, &course);
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("{ran} drivers");
}

#[test]
fn drivers_at_postgresql_15() {
    check(Edition::Fifteen);
}

#[test]
fn drivers_at_postgresql_18() {
    check(Edition::Eighteen);
}
