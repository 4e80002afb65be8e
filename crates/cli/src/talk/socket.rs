//! Simulated ends on real sockets of loopback, each connection in a thread of its own, as a server's processes are.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pgscope_view::sim::client::Settings;
use pgscope_view::sim::{Event, Heard, Scenario, Talk};

use super::{Arguments, Side, chance, peer, tell};
use crate::simulate::{self, Format, Told};

/// What comes to an end.
enum Came {
    Bytes(Vec<u8>),
    End,
    Broken(String),
    Event(Event),
}

/// A server that a CancelRequest can reach.
struct Known {
    pid: u32,
    key: Vec<u8>,
    door: Sender<Came>,
}

/// What the threads share.
#[derive(Default)]
struct Desk {
    known: Mutex<Vec<Known>>,
    printing: Mutex<()>,
}

impl Desk {
    fn introduce(&self, talk: &Talk, door: &Sender<Came>) {
        let Some((pid, key)) = talk.cancel_key() else { return };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.iter().any(|known| known.pid == pid) {
            known.push(Known { pid, key: key.to_vec(), door: door.clone() });
        }
    }

    fn forget(&self, talk: &Talk) {
        let pid = talk.cancel_key().map(|(pid, _)| pid);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| Some(known.pid) != pid);
    }

    /// Lets a CancelRequest reach the server whose key it carries. As a real server does, it tells the client nothing.
    fn cancel(&self, pid: u32, key: &[u8]) {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.iter().find(|known| known.pid == pid) {
            Some(known) if known.key == key => {
                let _ = known.door.send(Came::Event(Event::Cancel));
            }
            Some(_) => eprintln!("pgscope: wrong key in cancel request for process {pid}"),
            None => eprintln!("pgscope: PID {pid} in cancel request did not match any process"),
        }
    }

    fn print(&self, talk: &Talk, format: Format) {
        let _one_at_a_time = self.printing.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = simulate::print(&[Told::new(talk.exchange())], format) {
            eprintln!("pgscope: {error}");
        }
    }
}

/// A simulated server for everybody who connects.
pub(super) fn listen(arguments: &Arguments, scenario: &Scenario, port: u16) -> Result<(), String> {
    let listener = TcpListener::bind(("127.0.0.1", port)).map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    eprintln!("pgscope: a simulated server listens on {address}");
    let desk = Arc::new(Desk::default());
    let format = arguments.format;
    let mut threads = Vec::new();
    for number in 0..arguments.connections.unwrap_or(usize::MAX) {
        let (socket, from) = listener.accept().map_err(|error| error.to_string())?;
        eprintln!("pgscope: connection {} from {from}", number + 1);
        let talk = peer(Side::Client, scenario, number, chance());
        let desk = desk.clone();
        let thread = std::thread::spawn(move || {
            let talk = Conversation { before: format!("{}: ", number + 1), peer: None, desk: &desk }.hold(socket, talk);
            desk.print(&talk, format);
        });
        if arguments.connections.is_some() {
            threads.push(thread);
        }
    }
    threads.into_iter().for_each(|thread| drop(thread.join()));
    Ok(())
}

/// A simulated client for a server that somebody is writing.
pub(super) fn connect(arguments: &Arguments, scenario: &Scenario, address: &str) -> Result<(), String> {
    let socket = TcpStream::connect(address).map_err(|error| format!("{address}: {error}"))?;
    let local = socket.peer_addr().is_ok_and(|address| address.ip().is_loopback());
    if !local {
        return Err(format!("{address} is not this machine: a simulated client speaks on loopback only"));
    }
    let desk = Desk::default();
    let talk = peer(Side::Server, scenario, 0, chance());
    let talk = Conversation { before: String::new(), peer: Some(address), desk: &desk }.hold(socket, talk);
    desk.print(&talk, arguments.format);
    Ok(())
}

/// A simulated end on a socket.
struct Conversation<'a> {
    /// What stands before each line that is told.
    before: String,
    /// Where a client connects to again, to cancel.
    peer: Option<&'a str>,
    desk: &'a Desk,
}

impl Conversation<'_> {
    /// Lets the end speak until one of the two closes, and tells what it makes of each piece.
    fn hold(&self, mut socket: TcpStream, mut talk: Talk) -> Talk {
        let began = Instant::now();
        let now = || began.elapsed().as_micros() as u64;
        let (door, came) = channel();
        if let Ok(socket) = socket.try_clone() {
            let door = door.clone();
            std::thread::spawn(move || read(socket, &door));
        }
        let mut heard = talk.connect(0);
        let mut ended = false;
        loop {
            tell(&self.before, &heard, &talk);
            heard.told.iter().for_each(|text| eprintln!("  {}tells its user: {text}", self.before));
            self.desk.introduce(&talk, &door);
            let written = socket.write_all(&heard.bytes);
            self.pass_on(&socket, &heard);
            if written.is_err() || heard.closed || (ended && heard.wake_at_us.is_none()) {
                break;
            }
            let left = heard.wake_at_us.map(|at| Duration::from_micros(at.saturating_sub(now())));
            heard = match next(&came, left) {
                Ok(Came::Bytes(bytes)) => talk.give(&bytes, now()),
                Ok(Came::Event(event)) => talk.event(event, now()),
                Ok(Came::End) => {
                    ended = true;
                    talk.end(now())
                }
                Ok(Came::Broken(why)) => {
                    eprintln!("  {}{why}", self.before);
                    break;
                }
                Err(_) => talk.wake(now()),
            };
        }
        self.desk.forget(&talk);
        let _ = socket.shutdown(Shutdown::Both);
        talk
    }

    /// What is not for this connection: the end of one direction, and requests to cancel.
    fn pass_on(&self, socket: &TcpStream, heard: &Heard) {
        if heard.shut {
            let _ = socket.shutdown(Shutdown::Write);
        }
        if let Some((pid, key)) = &heard.cancelled {
            self.desk.cancel(*pid, key);
        }
        if let (Some((packet, asks_tls)), Some(peer)) = (&heard.cancels, self.peer) {
            let talk = Talk::with_client(Settings::cancelling(packet.clone(), *asks_tls), Vec::new(), chance());
            match TcpStream::connect(peer) {
                Ok(socket) => {
                    let before = "cancels: ".to_owned();
                    Conversation { before, peer: None, desk: self.desk }.hold(socket, talk);
                }
                Err(error) => eprintln!("  cancels: {error}"),
            }
        }
    }
}

/// What comes next, or a time that has come.
fn next(came: &Receiver<Came>, left: Option<Duration>) -> Result<Came, RecvTimeoutError> {
    match left {
        Some(left) => came.recv_timeout(left),
        None => came.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

fn read(mut socket: TcpStream, door: &Sender<Came>) {
    let mut buffer = vec![0; 65_536];
    loop {
        let came = match socket.read(&mut buffer) {
            Ok(0) => Came::End,
            Ok(count) => Came::Bytes(buffer.get(..count).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => Came::Broken(error.to_string()),
        };
        let is_last = !matches!(came, Came::Bytes(_));
        if door.send(came).is_err() || is_last {
            return;
        }
    }
}
