//! `pgscope talk`, as scripts, drivers and servers meet it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::{err, out, run};

#[test]
fn lines_of_a_script_are_said_by_name_and_fields() {
    let script = b"# who, then a portal that is suspended\nstartup alice shop\n\
        Parse find \"SELECT id, name FROM fruit ORDER BY id\"\nBind portal=c statement=find result_formats=[binary]\n\
        Execute c 2\nSync\nend\n";
    let args = ["talk", "--as", "client", "--say", "-", "--format", "json"];
    let first = run(&args, script);
    assert!(first.status.success(), "{}", err(&first));
    let json: serde_json::Value = serde_json::from_str(&out(&first)).unwrap();
    let names: Vec<&str> = json.as_array().unwrap().iter().map(|step| step["name"].as_str().unwrap()).collect();
    let behind = names.iter().rposition(|name| *name == "Sync").unwrap();
    let answers = ["ParseComplete", "BindComplete", "DataRow", "DataRow", "PortalSuspended", "ReadyForQuery"];
    assert_eq!(names[behind + 1..], answers);
    assert_eq!(run(&args, script).stdout, first.stdout, "it is the same each time");
}

#[test]
fn a_script_can_wait_for_what_takes_time() {
    let said = |wait: &str| {
        let script = format!("startup alice shop\nsql SELECT pg_sleep(2)\nwait {wait}\nQuery \"SHOW TimeZone\"\n");
        let args = ["talk", "--as", "client", "--scenario", "cancel", "--format", "list"];
        out(&run(&args, script.as_bytes()))
    };
    let order = |text: &str| text.find("SHOW TimeZone") > text.find("CommandComplete");
    assert!(order(&said("3s")) && !order(&said("10ms")));
}

#[test]
fn a_server_is_played_by_its_messages() {
    let script =
        b"SSLResponseN\nAuthenticationOk\nReadyForQuery idle\nErrorResponse [(S ERROR) (C 42P01) (M \"no fruit\")]\n\
        ReadyForQuery idle\n";
    let done = run(&["talk", "--as", "server", "--format", "list"], script);
    assert!(done.status.success());
    assert!(err(&done).contains("the client says: ERROR:  no fruit"), "{}", err(&done));
    assert!(out(&done).contains("Terminate"), "{}", out(&done));
}

#[test]
fn a_wrong_line_is_shown_with_its_place() {
    let done = run(&["talk", "--as", "client"], b"startup alice shop\nBind portl=c\n");
    assert_eq!(done.status.code(), Some(2));
    assert!(err(&done).contains("line 2:\nBind portl=c\n     ^^^^^ Bind has no field portl"), "{}", err(&done));
    let help = err(&run(&["talk", "--as", "client"], b"help Execute\n"));
    assert!(help.contains("row limit") && help.contains("Execute portal="), "{help}");
    let all = err(&run(&["talk", "--as", "server"], b"help\n"));
    assert!(all.contains("  ParameterStatus ") && !all.contains("  Terminate "), "{all}");
}

/// A server on a free port, and what it tells.
struct Server {
    child: Child,
    port: u16,
    told: Receiver<String>,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgscope"))
            .args(["talk", "--as", "client", "--listen", "0", "--format", "list"])
            .args(arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let first = lines.next().expect("where it listens");
        let port = first.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let (sender, told) = channel();
        std::thread::spawn(move || lines.for_each(|line| drop(sender.send(line))));
        Self { child, port, told }
    }

    /// Until it tells this.
    fn tells(&self, part: &str) {
        let mut told = String::new();
        while let Ok(line) = self.told.recv_timeout(Duration::from_secs(20)) {
            if line.contains(part) {
                return;
            }
            told.push_str(&line);
            told.push('\n');
        }
        panic!("it never told “{part}”, but\n{told}");
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(("127.0.0.1", self.port)).expect("a server");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        socket
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next whole message.
fn message(socket: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 5];
    socket.read_exact(&mut head).expect("a message");
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    let mut body = vec![0; length - 4];
    socket.read_exact(&mut body).expect("its body");
    [head.as_slice(), &body].concat()
}

fn until(socket: &mut TcpStream, tag: u8) -> Vec<u8> {
    loop {
        let message = message(socket);
        if message[0] == tag {
            return message;
        }
    }
}

#[test]
fn a_cancel_request_reaches_the_connection_whose_key_it_carries() {
    let server = Server::start(&["--scenario", "cancel", "--connections", "5"]);
    let mut sockets = [server.connect(), server.connect()];
    let mut keys = Vec::new();
    for socket in &mut sockets {
        socket.write_all(b"\0\0\0\x22\0\x03\0\0user\0alice\0database\0shop\0\0").unwrap();
        keys.push(until(socket, b'K')[5..].to_vec());
        until(socket, b'Z');
        socket.write_all(b"Q\0\0\0\x17SELECT pg_sleep(2)\0").unwrap();
    }
    assert_ne!(keys[0], keys[1]);
    let cancel = |key: &[u8], first: &[u8]| {
        let mut socket = server.connect();
        if !first.is_empty() {
            socket.write_all(first).unwrap();
            socket.read_exact(&mut [0]).unwrap();
        }
        socket.write_all(&[b"\0\0\0\x10\x04\xd2\x16\x2e".as_slice(), key].concat()).unwrap();
        assert_eq!(socket.read(&mut [0]).unwrap(), 0, "a cancel request gets no answer");
    };
    let mut wrong = keys[0].clone();
    wrong[7] ^= 1;
    cancel(&wrong, b"");
    server.tells("wrong key in cancel request");
    cancel(&keys[1], b"\0\0\0\x08\x04\xd2\x16\x2f");
    let error = until(&mut sockets[1], b'E');
    assert!(error.windows(6).any(|part| part == b"C57014"), "{error:?}");
    // The other one goes on and sleeps to the end.
    assert_eq!(until(&mut sockets[0], b'C'), b"C\0\0\0\x0dSELECT 1\0");
    cancel(&keys[0], b"");
    until(&mut sockets[0], b'Z');
    drop(sockets);
    let mut server = server;
    assert!(server.child.wait().unwrap().success(), "five connections were served");
}

#[test]
fn psql_cancels_with_an_interrupt() {
    if Command::new("psql").arg("--version").output().is_err() {
        eprintln!("SKIPPED: there is no psql on this machine");
        return;
    }
    let server = Server::start(&["--scenario", "cancel"]);
    let conninfo = format!("host=127.0.0.1 port={} user=alice dbname=shop gssencmode=disable", server.port);
    let psql = Command::new("psql")
        .args(["-X", "-d", &conninfo, "-c", "SELECT pg_sleep(2)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("psql");
    server.tells("read Query");
    let killed = Command::new("kill").args(["-INT", &psql.id().to_string()]).status().expect("kill");
    assert!(killed.success());
    let done = psql.wait_with_output().expect("it ends");
    assert!(err(&done).contains("canceling statement due to user request"), "{}", err(&done));
}

/// A thread sleeps in the server; another cancels with PQcancelStart of libpq 17 or later.
const CANCELS: &str = r#"
import sys, threading, psycopg
with psycopg.connect(f"host=127.0.0.1 port={sys.argv[1]} user=alice dbname=shop gssencmode=disable", autocommit=True) as conn:
    threading.Timer(0.3, lambda: conn.cancel_safe()).start()
    try:
        conn.execute("SELECT pg_sleep(2)")
    except psycopg.errors.QueryCanceled as error:
        print(error.sqlstate)
"#;

#[test]
fn psycopg_cancels_as_newer_libpq_does() {
    let usual = std::env::home_dir().map(|home| home.join(".cache/pgscope/psycopg-3.3.9/bin/python"));
    let python = std::env::var_os("PGSCOPE_PYTHON").map(Into::into).or(usual).filter(|path| path.exists());
    let Some(python) = python else {
        eprintln!("SKIPPED: there is no Python with psycopg_binary on this machine");
        return;
    };
    let server = Server::start(&["--scenario", "cancel"]);
    let done = Command::new(python).args(["-c", CANCELS, &server.port.to_string()]).output().expect("python");
    assert_eq!(out(&done), "57014\n", "{}", err(&done));
}

/// A server that somebody writes, cancelled by the simulated client.
#[test]
fn the_simulated_client_cancels_on_a_second_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().unwrap().to_string();
    let child = Command::new(env!("CARGO_BIN_EXE_pgscope"))
        .args(["talk", "--as", "server", "--connect", &address, "--scenario", "cancel", "--format", "list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut first, _) = listener.accept().unwrap();
    first.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut startup = [0; 34];
    first.read_exact(&mut startup).unwrap();
    first.write_all(b"R\0\0\0\x08\0\0\0\0K\0\0\0\x0c\0\0\x12\x67\x01\x02\x03\x04Z\0\0\0\x05I").unwrap();
    assert_eq!(message(&mut first)[0], b'Q');
    let (mut second, _) = listener.accept().unwrap();
    let mut request = [0; 16];
    second.read_exact(&mut request).unwrap();
    assert_eq!(&request, b"\0\0\0\x10\x04\xd2\x16\x2e\0\0\x12\x67\x01\x02\x03\x04");
    second.shutdown(Shutdown::Both).unwrap();
    first.write_all(b"E\0\0\0\x1dSERROR\0C57014\0Mcanceled\0\0Z\0\0\0\x05I").unwrap();
    assert_eq!(message(&mut first)[0], b'X');
    drop(first);
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    assert!(err(&done).contains("cancels: said CancelRequest"), "{}", err(&done));
}
