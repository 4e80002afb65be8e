//! A proxy on loopback that writes down who sent what, in the pieces in which it came.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use pgscope_proto::Direction;

/// What one `read` gave; nothing at all is the end of a direction.
pub(crate) struct Piece {
    /// In the order in which the connections were made.
    pub(crate) connection: usize,
    pub(crate) direction: Direction,
    pub(crate) at_us: u64,
    pub(crate) bytes: Vec<u8>,
}

#[derive(Default)]
struct Shared {
    pieces: Mutex<Vec<Piece>>,
    is_over: AtomicBool,
    open: AtomicUsize,
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// One that passes everything on to a server.
    pub(crate) fn to(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let shared = Arc::new(Shared::default());
        let accepting = {
            let shared = shared.clone();
            std::thread::spawn(move || accept(&listener, server, &shared))
        };
        Self { port, shared, accepting }
    }

    /// What was said, once all connections have ended; those that have not after some time are left alone.
    pub(crate) fn end(self) -> Vec<Piece> {
        let began = Instant::now();
        while self.shared.open.load(Ordering::SeqCst) > 0 && began.elapsed() < Duration::from_secs(3) {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.shared.is_over.store(true, Ordering::SeqCst);
        // It waits for a connection: this is the last.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.accepting.join().expect("the proxy");
        std::mem::take(&mut *self.shared.pieces.lock().expect("no panic"))
    }
}

fn accept(listener: &TcpListener, server: u16, shared: &Arc<Shared>) {
    let began = Instant::now();
    for connection in 0.. {
        let Ok((client, _)) = listener.accept() else { return };
        if shared.is_over.load(Ordering::SeqCst) {
            return;
        }
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
        for socket in [&client, &server] {
            let _ = socket.set_nodelay(true);
        }
        let back = (server.try_clone().expect("a socket"), client.try_clone().expect("a socket"));
        for (direction, (from, to)) in Direction::BOTH.into_iter().zip([(client, server), back]) {
            let shared = shared.clone();
            shared.open.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || {
                pass(from, to, |bytes| {
                    let at_us = began.elapsed().as_micros() as u64;
                    shared.pieces.lock().expect("no panic").push(Piece { connection, direction, at_us, bytes });
                });
                shared.open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }
}

/// Notes a piece before it is passed on, so that no answer is noted before what it answers.
fn pass(mut from: TcpStream, mut to: TcpStream, note: impl Fn(Vec<u8>)) {
    let mut buffer = vec![0; 32_768];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        note(buffer[..count].to_vec());
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    note(Vec::new());
    let _ = to.shutdown(Shutdown::Write);
}
