//! Errors of our own making, given to real servers and to the simulated one: the same messages, severity, SQLSTATE, text and
//! closing.

use std::time::Duration;

use pgscope_proto::Direction;
use pgscope_sim::{Edition, Encryption, Random, Raw, Simulation, Wire};

use crate::postgres::Postgres;
use crate::socket::{self, message};
use crate::worlds::{recorded, said};

fn query(sql: &str) -> Vec<u8> {
    message(b'Q', format!("{sql}\0").as_bytes())
}

fn parse(name: &str, sql: &str) -> Vec<u8> {
    message(b'P', format!("{name}\0{sql}\0\0\0").as_bytes())
}

fn sync() -> Vec<u8> {
    message(b'S', b"")
}

fn startup(pairs: &[u8]) -> Vec<u8> {
    let length = (pairs.len() as u32 + 8).to_be_bytes();
    [length.as_slice(), b"\0\x03\0\0", pairs].concat()
}

fn begin() -> Vec<u8> {
    startup(b"user\0postgres\0database\0postgres\0\0")
}

/// Asks for a setting.
fn with(name: &str, value: &str) -> Vec<u8> {
    startup(format!("user\0postgres\0database\0postgres\0{name}\0{value}\0\0").as_bytes())
}

fn user(name: &str) -> Vec<u8> {
    startup(format!("user\0{name}\0database\0cap\0\0").as_bytes())
}

fn one() -> Vec<u8> {
    parse("", "SELECT $1::int")
}

/// Bind to the unnamed statement: formats, parameters, results.
fn bind(body: &[u8]) -> Vec<u8> {
    message(b'B', &[b"\0\0", body].concat())
}

fn sasl(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u32).to_be_bytes();
    message(b'p', &[b"SCRAM-SHA-256\0", length.as_slice(), data].concat())
}

fn copy(form: &str) -> Vec<u8> {
    query(&format!("COPY copy_t(id) FROM STDIN{form}"))
}

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// Each a name and the pieces that are sent, one after the other was answered.
fn cases() -> Vec<(&'static str, Vec<Vec<u8>>)> {
    let within = |rest: Vec<u8>| vec![begin(), rest, query("SELECT 'after'")];
    let extended = |parts: &[Vec<u8>]| vec![begin(), [parts.concat(), sync()].concat(), query("SELECT 'after'")];
    let int =
        |bytes: &[u8]| [b"\0\x01\0\x01\0\x01".as_slice(), &(bytes.len() as u32).to_be_bytes(), bytes, b"\0\0"].concat();
    vec![
        ("no user", vec![startup(b"database\0postgres\0\0")]),
        ("version 3.3 with options", vec![b"\0\0\0\x20\0\x03\0\x03user\0postgres\0_pq_.x\0y\0\0".to_vec()]),
        ("protocol 2", vec![b"\0\0\0\x08\0\x02\0\0".to_vec()]),
        ("length 8 and a version", vec![b"\0\0\0\x08\0\x03\0\0".to_vec()]),
        ("length 7", vec![b"\0\0\0\x07\0\x03\0\0".to_vec()]),
        ("unknown database", vec![startup(b"user\0postgres\0database\0nowhere\0\0")]),
        ("unknown role", vec![startup(b"user\0nobody_here\0database\0postgres\0\0")]),
        ("version 0", vec![b"\0\0\0\x08\0\0\0\0".to_vec()]),
        ("version 0.7", vec![b"\0\0\0\x08\0\0\0\x07".to_vec()]),
        ("version 1.0", vec![b"\0\0\0\x08\0\x01\0\0".to_vec()]),
        ("nonsense for DateStyle", vec![with("DateStyle", "nonsense")]),
        ("two orders in DateStyle", vec![with("DateStyle", "ISO, MDY, DMY")]),
        ("nonsense for TimeZone", vec![with("TimeZone", "Nowhere/Land")]),
        ("nonsense for IntervalStyle", vec![with("IntervalStyle", "x")]),
        ("nonsense for extra_float_digits", vec![with("extra_float_digits", "many")]),
        ("too many extra_float_digits", vec![with("extra_float_digits", "99")]),
        ("nonsense for statement_timeout", vec![with("statement_timeout", "soon")]),
        ("negative statement_timeout", vec![with("statement_timeout", "-2")]),
        ("nonsense for jit", vec![with("jit", "perhaps")]),
        ("nonsense for client_min_messages", vec![with("client_min_messages", "loud")]),
        ("nonsense for client_encoding", vec![with("client_encoding", "EBCDIC")]),
        ("a setting of the server's start", vec![with("server_encoding", "UTF8")]),
        ("a long application_name", vec![with("application_name", &"n".repeat(70))]),
        (
            "an application_name of control characters",
            vec![with("application_name", "a\u{1}b\u{e9}"), query("SHOW application_name")],
        ),
        ("unknown setting in options", vec![startup(b"user\0postgres\0database\0postgres\0options\0-c nothing=1\0\0")]),
        ("stuffed after SSLRequest", vec![[b"\0\0\0\x08\x04\xd2\x16\x2f".to_vec(), begin()].concat()]),
        ("password, then Terminate", vec![user("u_clear"), message(b'X', b"")]),
        ("sasl, then Query", vec![user("u_scram"), query("SELECT 1")]),
        ("clear, wrong", vec![user("u_clear"), message(b'p', b"wrong\0")]),
        ("clear, no zero", vec![user("u_clear"), message(b'p', b"secret")]),
        ("md5, in the clear", vec![user("u_md5"), message(b'p', b"secret\0")]),
        ("sasl, too long", vec![user("u_scram"), message(b'p', &[b'x'; 1100])]),
        ("sasl, empty data", vec![user("u_scram"), sasl(b"")]),
        ("sasl, flag x", vec![user("u_scram"), sasl(b"x,,n=,r=abc")]),
        ("sasl, flag p", vec![user("u_scram"), sasl(b"p=tls-unique,,n=,r=abc")]),
        ("sasl, no comma", vec![user("u_scram"), sasl(b"n;,n=,r=abc")]),
        ("sasl, identity", vec![user("u_scram"), sasl(b"n,a=me,n=,r=abc")]),
        ("sasl, odd attribute", vec![user("u_scram"), sasl(b"n,b,n=,r=abc")]),
        ("sasl, extension", vec![user("u_scram"), sasl(b"n,,m=x,n=,r=abc")]),
        ("sasl, no nonce", vec![user("u_scram"), sasl(b"n,,n=,q=abc")]),
        ("sasl, no equals", vec![user("u_scram"), sasl(b"n,,n=,r:abc")]),
        ("sasl, nonce with a control character", vec![user("u_scram"), sasl(b"n,,n=,r=a\x01b")]),
        ("sasl, zero inside", vec![user("u_scram"), sasl(b"n,,n=,r=a\0b")]),
        ("sasl, length beyond", vec![user("u_scram"), message(b'p', b"SCRAM-SHA-256\0\0\0\0\x63n,,n=,r=abc")]),
        ("sasl, other binding", vec![user("u_scram"), sasl(b"n,,n=,r=abc"), message(b'p', b"c=eSws,r=abc,p=AAAA")]),
        (
            "sasl, garbage after the proof",
            vec![
                user("u_scram"),
                sasl(b"n,,n=,r=abc"),
                message(b'p', b"c=biws,r=abc,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,x=1"),
            ],
        ),
        (
            "sasl, other nonce",
            vec![
                user("u_scram"),
                sasl(b"n,,n=,r=abc"),
                message(b'p', b"c=biws,r=abcd,p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ],
        ),
        ("empty Query body", within(message(b'Q', b""))),
        ("Query without zero", within(message(b'Q', b"SELECT 1"))),
        ("cut UTF-8", within(message(b'Q', b"SELECT '\xe2\x82'\0"))),
        ("division by zero", within(query("SELECT 1/0"))),
        ("syntax error behind a good statement", within(query("SELECT 1; SELEC 1"))),
        ("error behind a good statement", within(query("SELECT 1; SELECT * FROM nosuch; SELECT 2"))),
        ("only semicolons", within(query(" ; ;"))),
        ("savepoint outside", within(query("SAVEPOINT a"))),
        ("commit outside", within(query("COMMIT"))),
        ("begin twice", within(query("BEGIN; BEGIN; ROLLBACK"))),
        ("unknown savepoint", within(query("BEGIN; ROLLBACK TO a"))),
        ("commit of a failed transaction", vec![begin(), query("BEGIN; SELECT 1/0"), query("COMMIT")]),
        ("failed, then Parse", vec![begin(), query("BEGIN; SELECT 1/0"), [parse("", "SELECT 1"), sync()].concat()]),
        ("statement twice", extended(&[parse("a", "SELECT 1"), parse("a", "SELECT 2")])),
        ("a name that is taken, and bad SQL", extended(&[parse("a", "SELECT 1"), parse("a", "SELEC 1")])),
        (
            "names that are cut alike",
            extended(&[
                parse(&format!("{}a", "n".repeat(63)), "SELECT 1"),
                parse(&format!("{}b", "n".repeat(63)), "SELECT 2"),
            ]),
        ),
        ("SET of nonsense", within(query("SET DateStyle = 'nonsense'"))),
        ("SET of a long application_name", within(query(&format!("SET application_name = '{}'", "n".repeat(70))))),
        ("deallocate the unknown", within(query("DEALLOCATE a"))),
        ("bind to nothing", extended(&[bind(b"\0\0\0\0\0\0")])),
        ("execute of nothing", extended(&[message(b'E', b"a\0\0\0\0\0")])),
        ("describe of no portal", extended(&[message(b'D', b"Pa\0")])),
        ("close of nothing", extended(&[message(b'C', b"Sa\0")])),
        ("close of kind x", extended(&[message(b'C', b"xa\0")])),
        ("close without a zero", extended(&[message(b'C', b"Sa")])),
        ("describe of nothing at all", extended(&[message(b'D', b"")])),
        ("int4 of three bytes", extended(&[one(), bind(&int(b"\0\0\x01"))])),
        ("int4 of five bytes", extended(&[one(), bind(&int(b"\0\0\0\0\x01"))])),
        ("format 2", extended(&[one(), bind(b"\0\x01\0\x02\0\x01\0\0\0\x011\0\0")])),
        ("out of range", extended(&[one(), bind(b"\0\0\0\x01\0\0\0\x0a3000000000\0\0")])),
        ("value of length -2", extended(&[one(), bind(b"\0\0\0\x01\xff\xff\xff\xfe\0\0")])),
        ("flush with a body", extended(&[message(b'H', b"x")])),
        ("parse, execute, no bind", extended(&[one(), message(b'E', b"\0\0\0\0\0")])),
        (
            "empty statement",
            extended(&[parse("", ""), bind(b"\0\0\0\0\0\0"), message(b'D', b"P\0"), message(b'E', b"\0\0\0\0\0")]),
        ),
        (
            "negative row count",
            extended(&[parse("", "SELECT 1"), bind(b"\0\0\0\0\0\0"), message(b'E', b"\0\xff\xff\xff\xff")]),
        ),
        ("length 2 in Sync", vec![begin(), b"S\0\0\0\x02".to_vec()]),
        ("Terminate of 20000", vec![begin(), b"X\0\0\x4e\x20".to_vec()]),
        ("tag of the server", vec![begin(), message(b'Z', b"I")]),
        (
            "copy, bad number",
            vec![begin(), copy(""), [message(b'd', b"x\n"), message(b'c', b"")].concat(), query("SELECT 'after'")],
        ),
        (
            "copy, two values",
            vec![begin(), copy(""), [message(b'd', b"1\t2\n"), message(b'c', b"")].concat(), query("SELECT 'after'")],
        ),
        (
            "copy, no last newline",
            vec![begin(), copy(""), [message(b'd', b"1\n2"), message(b'c', b"")].concat(), query("SELECT 'after'")],
        ),
        (
            "copy, end marker",
            vec![
                begin(),
                copy(""),
                [message(b'd', b"1\n\\.\nrest\n"), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        ("copy, fail", vec![begin(), copy(""), message(b'f', b"no\0"), query("SELECT 'after'")]),
        (
            "copy, sync and flush inside",
            vec![
                begin(),
                copy(""),
                [sync(), message(b'H', b""), message(b'd', b"1\n"), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        ("copy, Terminate inside", vec![begin(), copy(""), message(b'X', b"")]),
        ("copy, length 3 inside", vec![begin(), copy(""), b"d\0\0\0\x03".to_vec()]),
        (
            "copy csv, quoted number",
            vec![
                begin(),
                copy(" CSV"),
                [message(b'd', b"\"1\"\n"), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        (
            "copy binary, good",
            vec![
                begin(),
                copy(" BINARY"),
                [message(b'd', &[SIGNATURE, b"\0\x01\0\0\0\x04\0\0\0\x01\xff\xff"].concat()), message(b'c', b"")]
                    .concat(),
                query("SELECT 'after'"),
            ],
        ),
        (
            "copy binary, cut",
            vec![
                begin(),
                copy(" BINARY"),
                [message(b'd', &[SIGNATURE, b"\0\x01\0\0\0\x04\0\0"].concat()), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        (
            "copy binary, after the trailer",
            vec![
                begin(),
                copy(" BINARY"),
                [message(b'd', &[SIGNATURE, b"\xff\xff\0\0"].concat()), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        (
            "copy binary, critical flag",
            vec![
                begin(),
                copy(" BINARY"),
                [message(b'd', b"PGCOPY\n\xff\r\n\0\x80\0\0\0\0\0\0\0"), message(b'c', b"")].concat(),
                query("SELECT 'after'"),
            ],
        ),
        (
            "copy binary, value of 3 bytes",
            vec![
                begin(),
                copy(" BINARY"),
                [message(b'd', &[SIGNATURE, b"\0\x01\0\0\0\x03\0\0\x01\xff\xff"].concat()), message(b'c', b"")]
                    .concat(),
                query("SELECT 'after'"),
            ],
        ),
        ("function, format 3", within(message(b'F', b"\0\0\0\xb1\0\x01\0\x03\0\x02\0\0\0\x011\0\0\0\x012\0\0"))),
        (
            "function, NULL",
            within(message(b'F', b"\0\0\0\xb1\0\x01\0\x01\0\x02\xff\xff\xff\xff\0\0\0\x04\0\0\0\x02\0\x01")),
        ),
        ("function, as text", within(message(b'F', b"\0\0\0\xb1\0\0\0\x02\0\0\0\x011\0\0\0\x012\0\0"))),
        ("function, text that is no number", within(message(b'F', b"\0\0\0\xb1\0\0\0\x02\0\0\0\x01x\0\0\0\x012\0\0"))),
        ("function, length -2", within(message(b'F', b"\0\0\0\xb1\0\0\0\x02\xff\xff\xff\xfe\0\0\0\x012\0\0"))),
        (
            "function, three formats",
            within(message(b'F', b"\0\0\0\xb1\0\x03\0\0\0\0\0\0\0\x02\0\0\0\x011\0\0\0\x012\0\0")),
        ),
    ]
}

/// What is compared, as text.
pub(crate) fn shown(bytes: &[u8], replies: usize, closed: bool) -> String {
    let said = said(bytes, replies);
    let mut parts: Vec<String> = said
        .iter()
        .map(|message| match (&message.report, message.status) {
            (Some((severity, code, text)), _) => format!("{}[{severity} {code} {text}]", message.tag),
            (_, Some(status)) => format!("{}{status}", message.tag),
            _ => message.tag.clone(),
        })
        .collect();
    parts.push((if closed { "closed" } else { "open" }).to_owned());
    parts.join(" ")
}

const BETWEEN_US: u64 = 100_000;

pub(crate) fn simulated(edition: Edition, pieces: &[Vec<u8>]) -> (Vec<u8>, bool) {
    let mut simulation = Simulation::new(recorded(edition, Encryption::Refused), Wire::default(), Random::seeded(1));
    let timed = pieces.iter().map(|piece| (BETWEEN_US, piece.clone())).collect();
    simulation.connect_raw(Raw::new(Direction::Frontend, timed, false));
    let played = simulation.run_until(BETWEEN_US * (pieces.len() as u64 + 2));
    (played.main().exchange.stream(Direction::Backend).bytes.clone(), played.main().states[1] == "closed")
}

/// Makes what the cases ask for.
pub(crate) fn prepare(port: u16) {
    let run = |sql: &str| {
        let pieces = [begin(), query(sql)];
        let heard = socket::raw(port, &pieces, false, Duration::from_millis(1500));
        assert!(said(&heard.bytes, 0).iter().all(|message| message.tag != "E"), "{sql}");
    };
    run("CREATE DATABASE cap");
    run("SET password_encryption = md5; CREATE ROLE u_md5 LOGIN PASSWORD 'secret'");
    run("CREATE ROLE u_clear LOGIN PASSWORD 'secret'; CREATE ROLE u_scram LOGIN PASSWORD 'secret'");
    run("CREATE TABLE copy_t (id int4)");
}

fn against(edition: Edition) {
    let Some(server) = Postgres::start(edition) else { return };
    prepare(server.port);
    let cases = cases();
    let count = cases.len();
    let mut wrong = Vec::new();
    for (name, pieces) in cases {
        let (ours, closed) = simulated(edition, &pieces);
        let replies = usize::from(name.contains("SSLRequest"));
        let ours = shown(&ours, replies, closed);
        let hear = |silence_ms| {
            let heard = socket::raw(server.port, &pieces, false, Duration::from_millis(silence_ms));
            shown(&heard.bytes, replies, heard.closed)
        };
        let mut theirs = hear(60);
        if ours != theirs {
            // A busy machine may be slow: what differs is asked again, with patience.
            theirs = hear(1000);
        }
        if ours != theirs {
            wrong.push(format!("{name}\n  simulated {ours}\n  real      {theirs}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("PostgreSQL {edition:?}: {count} provoked errors equal");
}

#[test]
fn postgresql_15_complains_as_the_simulated_server_does() {
    against(Edition::Fifteen);
}

#[test]
fn postgresql_18_complains_as_the_simulated_server_does() {
    against(Edition::Eighteen);
}
