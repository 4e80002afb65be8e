//! Simulated ends on real sockets.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use pgscope_sim::{Client, Input, Output, Random, Server, World};

/// What came over a socket, until the other end closed or was silent for so long.
pub(crate) struct Heard {
    pub(crate) bytes: Vec<u8>,
    pub(crate) told: Vec<String>,
    pub(crate) closed: bool,
}

fn now(began: Instant) -> u64 {
    began.elapsed().as_micros() as u64
}

/// Lets a simulated client speak to a real server.
pub(crate) fn client(port: u16, mut client: Client, silence: Duration) -> Heard {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    socket.set_read_timeout(Some(Duration::from_millis(5))).expect("a timeout");
    let began = Instant::now();
    let mut heard = Heard { bytes: Vec::new(), told: Vec::new(), closed: false };
    let mut wakes = Vec::new();
    let mut outputs = client.handle(Input::Connected, 0);
    let mut last = Instant::now();
    loop {
        for output in std::mem::take(&mut outputs) {
            match output {
                Output::Send(bytes) => drop(socket.write_all(&bytes)),
                Output::Shut => drop(socket.shutdown(Shutdown::Write)),
                Output::Close { .. } => return heard,
                Output::WakeAt(at) => wakes.push(at),
                Output::Tell(text) => heard.told.push(text),
                Output::Cancel { packet, asks_tls } => cancel(port, &packet, asks_tls),
                Output::Inner(_) | Output::Cancelled { .. } => {}
            }
        }
        let mut buffer = [0; 65_536];
        match socket.read(&mut buffer) {
            Ok(0) => {
                heard.closed = true;
                outputs = client.handle(Input::End, now(began));
                if outputs.is_empty() {
                    return heard;
                }
            }
            Ok(count) => {
                last = Instant::now();
                heard.bytes.extend_from_slice(&buffer[..count]);
                outputs = client.handle(Input::Bytes(buffer[..count].to_vec()), now(began));
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                let due = wakes.iter().any(|at| *at <= now(began));
                wakes.retain(|at| *at > now(began));
                if due {
                    outputs = client.handle(Input::Timer, now(began));
                } else if wakes.is_empty() && last.elapsed() > silence {
                    return heard;
                }
            }
            Err(_) => {
                heard.closed = true;
                return heard;
            }
        }
    }
}

fn cancel(port: u16, packet: &[u8], asks_tls: bool) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    if asks_tls {
        socket.write_all(pgscope_proto::messages::startup::SSL_REQUEST.sample).expect("sent");
        socket.read_exact(&mut [0]).expect("an answer");
    }
    socket.write_all(packet).expect("sent");
    let _ = socket.read(&mut [0]);
}

/// Sends pieces of raw bytes to a real server, and hears what it says.
pub(crate) fn raw(port: u16, pieces: &[Vec<u8>], shuts: bool, silence: Duration) -> Heard {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
    let mut heard = Heard { bytes: Vec::new(), told: Vec::new(), closed: false };
    for piece in pieces {
        if socket.write_all(piece).is_err() {
            break;
        }
        hear(&mut socket, &mut heard, silence);
        if heard.closed {
            return heard;
        }
    }
    if shuts {
        let _ = socket.shutdown(Shutdown::Write);
        hear(&mut socket, &mut heard, silence);
    }
    heard
}

fn hear(socket: &mut TcpStream, heard: &mut Heard, silence: Duration) {
    let mut buffer = [0; 65_536];
    // The first byte may take longer than the next: other tests run beside this one.
    let mut patience = silence * 4;
    loop {
        socket.set_read_timeout(Some(patience)).expect("a timeout");
        patience = silence;
        match socket.read(&mut buffer) {
            Ok(0) => heard.closed = true,
            Ok(count) => {
                heard.bytes.extend_from_slice(&buffer[..count]);
                continue;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {}
            Err(_) => heard.closed = true,
        }
        return;
    }
}

/// A simulated server on a port of its own, for so many connections one after the other.
pub(crate) fn serve(world: World, connections: usize) -> (u16, std::thread::JoinHandle<Vec<Server>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let world = Arc::new(world);
    let thread = std::thread::spawn(move || {
        let mut served = Vec::new();
        for number in 0..connections {
            let Ok((socket, _)) = listener.accept() else { break };
            let server = Server::new(world.clone(), 100 + number as u32, Random::seeded(number as u64));
            served.push(serve_one(socket, server));
        }
        served
    });
    (port, thread)
}

fn serve_one(mut socket: TcpStream, mut server: Server) -> Server {
    let began = Instant::now();
    let mut outputs = server.handle(Input::Connected, 0);
    let mut wakes: Vec<u64> = Vec::new();
    let _ = socket.set_read_timeout(Some(Duration::from_millis(5)));
    loop {
        for output in std::mem::take(&mut outputs) {
            match output {
                Output::Send(bytes) => drop(socket.write_all(&bytes)),
                Output::Close { .. } => return server,
                Output::WakeAt(at) => wakes.push(at),
                _ => {}
            }
        }
        let mut buffer = [0; 65_536];
        outputs = match socket.read(&mut buffer) {
            Ok(0) => server.handle(Input::End, now(began)),
            Ok(count) => server.handle(Input::Bytes(buffer[..count].to_vec()), now(began)),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                let due = wakes.iter().any(|at| *at <= now(began));
                wakes.retain(|at| *at > now(began));
                if due { server.handle(Input::Timer, now(began)) } else { Vec::new() }
            }
            Err(_) => return server,
        };
    }
}

/// A tagged message with this body.
pub(crate) fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 4).to_be_bytes();
    [&[tag], length.as_slice(), body].concat()
}

/// A connection to a real server that lets everybody in, message by message.
pub(crate) struct Messages {
    socket: TcpStream,
    heard: Vec<u8>,
}

impl Messages {
    /// The packet that begins it.
    pub(crate) const BEGIN: &[u8] =
        b"\0\0\0\x3e\0\x03\0\0user\0postgres\0database\0postgres\0client_encoding\0UTF8\0\0";

    pub(crate) fn new(port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("a server");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        Self { socket, heard: Vec::new() }
    }

    pub(crate) fn say(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).expect("sent");
    }

    /// The server's next message.
    pub(crate) fn hear(&mut self) -> Vec<u8> {
        while self.heard.len() < 5 || self.heard.len() < self.length() {
            let mut buffer = [0; 65_536];
            let count = match self.socket.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                read => read.expect("an answer"),
            };
            assert!(count > 0, "the server is gone");
            self.heard.extend_from_slice(&buffer[..count]);
        }
        let rest = self.heard.split_off(self.length());
        std::mem::replace(&mut self.heard, rest)
    }

    fn length(&self) -> usize {
        1 + u32::from_be_bytes(self.heard[1..5].try_into().unwrap()) as usize
    }
}
