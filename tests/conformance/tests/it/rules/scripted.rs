//! A server that knows nothing but one exchange: it waits for as many messages as the client says there, answers with what
//! the server says there, and holds the connection until the client goes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pgscope_proto::{Direction, Exchange};

/// What one end says before the other says something: its messages.
pub(crate) type Turn = (Direction, Vec<Vec<u8>>);

/// The turns of an exchange whose segments are messages.
pub(crate) fn turns(exchange: &Exchange) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for segment in &exchange.segments {
        let bytes = segment.span.of(&exchange.stream(segment.direction).bytes).to_vec();
        match turns.last_mut() {
            Some((direction, messages)) if *direction == segment.direction => messages.push(bytes),
            _ => turns.push((segment.direction, vec![bytes])),
        }
    }
    turns
}

/// How long a client may take for what it says next.
const PATIENCE: Duration = Duration::from_secs(6);

/// Plays the server of these turns on a port of its own, to the first that comes.
pub(crate) fn play(turns: Vec<Turn>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let thread = std::thread::spawn(move || {
        let Some(socket) = accepted(&listener) else { return };
        // A client that tries again finds nobody.
        drop(listener);
        serve(socket, &turns);
    });
    (port, thread)
}

/// The first connection, if somebody comes.
fn accepted(listener: &TcpListener) -> Option<TcpStream> {
    listener.set_nonblocking(true).expect("it can be asked");
    let began = Instant::now();
    while began.elapsed() < 4 * PATIENCE {
        if let Ok((socket, _)) = listener.accept() {
            socket.set_nonblocking(false).expect("it can be waited for");
            return Some(socket);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    None
}

fn serve(mut socket: TcpStream, turns: &[Turn]) {
    let _ = socket.set_read_timeout(Some(Duration::from_millis(50)));
    let mut client = Client { received: Vec::new(), started: false };
    for (direction, messages) in turns {
        let went_on = match direction {
            Direction::Frontend => (0..messages.len()).all(|_| client.message(&mut socket)),
            Direction::Backend => socket.write_all(&messages.concat()).is_ok(),
        };
        if !went_on {
            break;
        }
    }
    while client.more(&mut socket, Instant::now()) {
        client.received.clear();
    }
}

/// What a client said, and whether it has sent its StartupMessage.
struct Client {
    received: Vec<u8>,
    started: bool,
}

impl Client {
    /// Waits for one more message; false if it does not come.
    fn message(&mut self, socket: &mut TcpStream) -> bool {
        let began = Instant::now();
        loop {
            if let Some(length) = self.length().filter(|length| self.received.len() >= *length) {
                self.started |=
                    self.received.get(4..8) == Some(b"\0\x03\0\0") || self.received.get(4..8) == Some(b"\0\x03\0\x02");
                self.received.drain(..length);
                return true;
            }
            if !self.more(socket, began) {
                return false;
            }
        }
    }

    fn length(&self) -> Option<usize> {
        let at = usize::from(self.started);
        // A record of TLS is not taken apart.
        if !self.started && self.received.first() == Some(&0x16) {
            return Some(self.received.len());
        }
        let word = self.received.get(at..at + 4)?;
        Some(at + word.iter().fold(0, |number, byte| (number << 8) | usize::from(*byte)))
    }

    fn more(&mut self, socket: &mut TcpStream, began: Instant) -> bool {
        let mut buffer = [0; 65_536];
        while began.elapsed() < PATIENCE {
            match socket.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => {
                    self.received.extend_from_slice(&buffer[..count]);
                    return true;
                }
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                Err(_) => return false,
            }
        }
        false
    }
}
