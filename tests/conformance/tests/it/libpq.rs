//! Real clients and simulated ends: libpq 18 and psql speak to the simulated server, and libpq 18 says of damaged server
//! streams what the simulated client says of them. libpq comes in PyPI's `psycopg_binary`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use pgscope_proto::Direction;
use pgscope_sim::client::Settings;
use pgscope_sim::{
    Action, Choices, Edition, Encryption, Random, Raw, Scenario, Simulation, What, Wire, World, shipped,
};

use crate::postgres::cache;
use crate::socket;
use crate::worlds::{recorded, rows};

/// A Python that has psycopg; the variable says where, if it is somewhere else.
pub(crate) fn python() -> Option<PathBuf> {
    let usual = cache()?.join("psycopg-3.3.9/bin/python");
    let python = std::env::var_os("PGSCOPE_PYTHON").map_or(usual, PathBuf::from);
    let works = Command::new(&python)
        .args(["-c", "from psycopg import pq; assert pq.__impl__ == 'binary'"])
        .output()
        .is_ok_and(|done| done.status.success());
    if !works {
        eprintln!("SKIPPED: there is no Python with psycopg_binary on this machine");
    }
    works.then_some(python)
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], (body.len() as u32 + 4).to_be_bytes().as_slice(), body].concat()
}

/// A message with a length that is not its own.
fn lying(tag: u8, length: u32, body: &[u8]) -> Vec<u8> {
    [&[tag], length.to_be_bytes().as_slice(), body].concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

fn started() -> Vec<u8> {
    [message(b'R', b"\0\0\0\0"), message(b'K', b"\0\0\0\x01\0\0\0\x02"), ready()].concat()
}

fn columns() -> Vec<u8> {
    message(b'T', b"\0\x01a\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0")
}

fn row() -> Vec<u8> {
    message(b'D', b"\0\x01\0\0\0\x011")
}

fn done() -> Vec<u8> {
    message(b'C', b"SELECT 1\0")
}

fn copy_out() -> Vec<u8> {
    [message(b'H', b"\0\0\x01\0\0"), message(b'd', b"1\n")].concat()
}

/// Name, what answers the StartupMessage, what answers the Query. Then the server closes.
fn cases() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let at_start = |name, bytes: Vec<u8>| (name, bytes, Vec::new());
    let in_query = |name, parts: &[Vec<u8>]| (name, started(), parts.concat());
    let sasl = |body: &[u8]| message(b'R', &[b"\0\0\0\x0a", body].concat());
    vec![
        at_start("closes at once", Vec::new()),
        at_start("a letter", b"H".to_vec()),
        at_start("HTTP", b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()),
        at_start("request too short", lying(b'R', 7, b"\0\0\0\0")),
        at_start("request too long", lying(b'R', 3000, b"\0\0\0\0")),
        at_start("unknown request", message(b'R', b"\0\0\0\x63")),
        at_start("Kerberos 5", message(b'R', b"\0\0\0\x02")),
        at_start("SASL continue first", message(b'R', b"\0\0\0\x0br=x")),
        at_start("unknown mechanism", sasl(b"PLAIN\0\0")),
        at_start("error of version 2", b"EFATAL:  no such thing\n\0".to_vec()),
        at_start("error", message(b'E', b"SFATAL\0VFATAL\0C28000\0Mgo away\0DI said so.\0HTry elsewhere.\0\0")),
        at_start("negotiation to 2.0", message(b'v', b"\0\x02\0\0\0\0\0\0")),
        at_start("negotiation of a bare minor", message(b'v', b"\0\0\0\0\0\0\0\0")),
        at_start("negotiation upwards", message(b'v', b"\0\x03\0\x07\0\0\0\0")),
        at_start("negotiation of nothing", message(b'v', b"\0\x03\0\0\0\0\0\0")),
        at_start("negotiation, odd option", message(b'v', b"\0\x03\0\0\0\0\0\x01nothing\0")),
        at_start("negotiation, option not asked", message(b'v', b"\0\x03\0\0\0\0\0\x01_pq_.x\0")),
        at_start("negotiation too short", lying(b'v', 6, b"\0\0")),
        at_start(
            "error after AuthenticationOk",
            [message(b'R', b"\0\0\0\0"), message(b'E', b"SFATAL\0VFATAL\0C3D000\0Mno such database\0\0")].concat(),
        ),
        at_start("unknown type at start", [message(b'R', b"\0\0\0\0"), message(0x7f, b"x"), ready()].concat()),
        at_start("CommandComplete at start", [message(b'R', b"\0\0\0\0"), done(), ready()].concat()),
        at_start("AuthenticationOk twice", [message(b'R', b"\0\0\0\0"), message(b'R', b"\0\0\0\0"), ready()].concat()),
        at_start(
            "ParameterStatus with more",
            [message(b'R', b"\0\0\0\0"), message(b'S', b"a\0b\0xx"), ready()].concat(),
        ),
        at_start("ends after AuthenticationOk", message(b'R', b"\0\0\0\0")),
        in_query("closes in a query", &[]),
        in_query("FATAL in a query", &[message(b'E', b"SFATAL\0VFATAL\0C57P01\0Mgo away\0\0")]),
        in_query("closes in a row", &[columns(), row()[..8].to_vec()]),
        in_query("length 3", &[lying(b'T', 3, b"")]),
        in_query("length counts too much", &[lying(b'C', 40_000, b"SELECT 1\0")]),
        in_query("negative length", &[lying(b'D', 0xffff_ffff, b"")]),
        in_query("ReadyForQuery of 90000", &[lying(b'Z', 90_000, b"I")]),
        in_query("row without columns", &[row(), done(), ready()]),
        in_query(
            "two values for one column",
            &[columns(), message(b'D', b"\0\x02\0\0\0\x011\0\0\0\x011"), done(), ready()],
        ),
        in_query("value too long", &[columns(), message(b'D', b"\0\x01\0\0\x99\x011"), done(), ready()]),
        in_query("row with more", &[columns(), message(b'D', b"\0\x01\0\0\0\x011xx"), done(), ready()]),
        in_query("columns with more", &[message(b'T', b"\0\0xx"), done(), ready()]),
        in_query("tag with more", &[columns(), row(), message(b'C', b"SELECT 1\0x"), ready()]),
        in_query("ReadyForQuery with more", &[columns(), row(), done(), message(b'Z', b"Ix")]),
        in_query("COPY out", &[copy_out(), message(b'c', b""), message(b'C', b"COPY 1\0"), ready()]),
        in_query("unknown type in COPY", &[copy_out(), message(b'b', b""), message(b'C', b"COPY 1\0"), ready()]),
        in_query("COPY without CopyDone", &[copy_out(), message(b'C', b"COPY 1\0"), ready()]),
        in_query("COPY with nothing behind its data", &[copy_out(), ready()]),
        in_query("DataRow in COPY", &[copy_out(), row(), message(b'c', b""), message(b'C', b"COPY 1\0"), ready()]),
        in_query("closes in COPY", &[copy_out()]),
        in_query("unknown type", &[message(b'!', b"x"), ready()]),
        in_query("error", &[message(b'E', b"SERROR\0VERROR\0C22012\0Mdivision by zero\0\0"), ready()]),
    ]
}

/// Connects as often as there are cases, asks SELECT 1, and prints what libpq said, one JSON text a line.
const SCRIPT: &str = r#"
import json, sys
from psycopg import pq
port, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    said = []
    conn = pq.PGconn.connect(f"host=127.0.0.1 port={port} user=alice dbname=shop password=secret sslmode=disable gssencmode=disable connect_timeout=5".encode())
    if conn.status == pq.ConnStatus.BAD:
        text = conn.error_message.decode()
        head = text.find("failed: ")
        said.append(text[head + 8:] if text.startswith("connection to server") else text)
    else:
        conn.notice_handler = lambda result: said.append(result.error_message.decode())
        # Not exec_(): it forgets all results but the last.
        conn.send_query(b"SELECT 1")
        while result := conn.get_result():
            if result.error_message:
                said.append(result.error_message.decode())
            if result.status == pq.ExecStatus.COPY_OUT:
                try:
                    while conn.get_copy_data(0)[0] > 0:
                        pass
                except Exception:
                    said.append(conn.error_message.decode())
            # A program that asks on after the connection is lost gets "invalid socket" for it.
            if conn.status == pq.ConnStatus.BAD:
                break
    print(json.dumps("\n".join(part.strip() for part in said)), flush=True)
    conn.finish()
"#;

/// A server that knows nothing: it answers the first two messages with given bytes, and closes.
fn dumb(cases: &[(&'static str, Vec<u8>, Vec<u8>)]) -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let answers: Vec<_> = cases.iter().map(|(_, first, second)| (first.clone(), second.clone())).collect();
    let thread = std::thread::spawn(move || {
        for (first, second) in answers {
            let (mut socket, _) = listener.accept().expect("a client");
            let mut buffer = [0; 4096];
            let _ = socket.read(&mut buffer);
            let _ = socket.write_all(&first);
            if first.ends_with(&ready()) {
                let _ = socket.read(&mut buffer);
                let _ = socket.write_all(&second);
            }
            let _ = socket.shutdown(std::net::Shutdown::Write);
            let _ = socket.set_read_timeout(Some(Duration::from_secs(5)));
            while socket.read(&mut buffer).is_ok_and(|count| count > 0) {}
        }
    });
    (port, thread)
}

/// What the simulated client tells its user.
fn simulated(first: &[u8], second: &[u8]) -> String {
    let mut simulation = Simulation::new(World::default(), Wire::default(), Random::seeded(1));
    let settings = Settings { password: Some("secret".to_owned()), ..Settings::default() };
    let actions = vec![Action::Query { sql: "SELECT 1".to_owned(), waits: true }, Action::Terminate];
    let mut pieces = vec![(0, Vec::new()), (0, first.to_vec())];
    if first.ends_with(&ready()) {
        pieces.push((0, second.to_vec()));
    }
    simulation.connect_to_raw(settings, actions, Raw::new(Direction::Backend, pieces, true).taking_turns());
    let told: Vec<String> = simulation.run().told.into_iter().map(|(_, text)| text).collect();
    told.join("\n")
}

#[test]
fn libpq_18_says_of_damaged_streams_what_the_simulated_client_says() {
    let Some(python) = python() else { return };
    let cases = cases();
    assert!(cases.len() >= 20);
    let (port, server) = dumb(&cases);
    let done = Command::new(python)
        .args(["-c", SCRIPT, &port.to_string(), &cases.len().to_string()])
        .env("PSYCOPG_IMPL", "binary")
        .output()
        .expect("python");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    server.join().expect("served");
    let lines = String::from_utf8(done.stdout).expect("text");
    let theirs: Vec<String> = lines.lines().map(|line| serde_json::from_str(line).expect("a text")).collect();
    assert_eq!(theirs.len(), cases.len());
    let mut wrong = Vec::new();
    for ((name, first, second), theirs) in cases.iter().zip(theirs) {
        let ours = simulated(first, second);
        if ours.trim() != theirs.trim() {
            wrong.push(format!("{name}\n  simulated {ours:?}\n  libpq     {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn world() -> World {
    World { databases: vec!["cap".to_owned()], ..recorded(Edition::Eighteen, Encryption::Refused) }
}

/// The names of the messages that a server read and said, without those that a client may choose.
fn names(server: &pgscope_sim::Server) -> Vec<&'static str> {
    let name = |what: &What| match what {
        What::Said(name, _) if *name != "ParameterStatus" => Some(*name),
        _ => None,
    };
    server.log().lines.iter().filter_map(|line| name(&line.what)).collect()
}

#[test]
fn psql_speaks_to_the_simulated_server() {
    let psql = Command::new("psql").arg("--version").output();
    if !psql.is_ok_and(|done| done.status.success()) {
        eprintln!("SKIPPED: there is no psql on this machine");
        return;
    }
    for (user, sql, output) in [
        ("postgres", "SELECT 'after'", "after\n"),
        ("u_clear", "SELECT 1", "1\n"),
        ("u_md5", "SELECT 1", "1\n"),
        ("u_scram", "SELECT 1; SELECT 2", "1\n2\n"),
    ] {
        let (port, server) = socket::serve(world(), 1);
        let done = Command::new("psql")
            .args(["-X", "-A", "-t", "-h", "127.0.0.1", "-p", &port.to_string(), "-U", user, "-d", "cap", "-c", sql])
            .envs([("PGPASSWORD", "secret"), ("PGGSSENCMODE", "disable")])
            .output()
            .expect("psql");
        assert_eq!(String::from_utf8_lossy(&done.stdout), output, "{}", String::from_utf8_lossy(&done.stderr));
        let served = server.join().expect("served");
        assert_eq!(served[0].state(), "closed");
        assert!(names(&served[0]).contains(&"ReadyForQuery"));
    }
}

const DRIVER: &str = r#"
import sys, psycopg
with psycopg.connect(f"host=127.0.0.1 port={sys.argv[1]} user=u_scram password=secret dbname=cap max_protocol_version=latest gssencmode=disable", autocommit=True) as conn:
    print(conn.execute("SELECT $1::int".replace("$1", "%s"), [41]).fetchone()[0])
    try:
        conn.execute("SELECT 1/0")
    except psycopg.Error as error:
        print(error.sqlstate)
    with conn.cursor().copy("COPY copy_t(id) FROM STDIN") as copy:
        copy.write("1\n2\n")
    print(conn.execute("SELECT 'after'").fetchone()[0])
"#;

#[test]
fn psycopg_speaks_to_the_simulated_server() {
    let Some(python) = python() else { return };
    let mut world = world();
    // psycopg names no type for a small integer but int2.
    let int2 = pgscope_sim::Type::named("int2").expect("known");
    let answer = rows("SELECT $1::int", &[("int4", "int4")], &[&["$1"]]);
    world.answers.insert(0, pgscope_sim::Answer { parameters: vec![int2], ..answer });
    let (port, server) = socket::serve(world, 1);
    let done = Command::new(python).args(["-c", DRIVER, &port.to_string()]).output().expect("python");
    let output = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(output, "41\n22012\nafter\n", "{}", String::from_utf8_lossy(&done.stderr));
    let served = server.join().expect("served");
    assert_eq!(served[0].state(), "closed");
}

#[test]
fn a_shipped_scenario_can_be_put_on_a_socket() {
    let scenario = Scenario::read(shipped::ALL[0].text, &Choices::default()).expect("a scenario");
    let (port, server) = socket::serve(scenario.world.clone(), 1);
    let client = pgscope_sim::Client::new(scenario.settings.clone(), scenario.actions.clone(), Random::seeded(1));
    let heard = socket::client(port, client, Duration::from_secs(5));
    let played = scenario.play();
    assert_eq!(heard.told, Vec::<String>::new());
    assert_eq!(heard.bytes.len(), played.main().exchange.stream(Direction::Backend).len());
    server.join().expect("served");
}
