//! Both ends of a connection: how long the index takes over framing alone, with requests and answers followed and what is wrong
//! found on the way; and what it weighs. The ratio is what counts: both are measured in turns, in the same run, over a copy that
//! nobody has read yet.

#![allow(clippy::expect_used, reason = "a bench that cannot measure is to stop")]

mod thread;

use std::hint::black_box;

use pgscope_bench::{Contender, ROUNDS, measure, times};
use pgscope_proto::frame::{Framer, Next, Shape};
use pgscope_proto::{Direction, Exchange, Sides, Stream};
use pgscope_session::Index;

fn main() {
    let clock = thread::clock();
    let rounds = if std::env::args().any(|argument| argument == "--long") { 1_000_000 } else { 100_000 };
    for (name, exchange) in [("simple", simple(rounds)), ("extended", extended(rounds)), ("rows", rows(rounds / 10))] {
        let index = Index::new(&exchange);
        let frames = index.len();
        let copy = || exchange.clone();
        let mut contenders = [
            Contender::counting("framing", frames, copy, |exchange| {
                Direction::BOTH.into_iter().map(|side| framed(exchange, side)).sum()
            }),
            Contender::counting("index", frames, copy, |exchange| Index::new(exchange).len()),
        ];
        let figures = measure(&clock, ROUNDS, &mut contenders);
        let [framing, indexed] = figures.as_slice() else { continue };
        let each = |seconds: f64| seconds * 1e9 / frames as f64;
        println!(
            "{name:<9} {frames:>9} frames: framing {:>5.1} ns, index {:>6.1} ns, {}; {:.1} bytes a frame",
            each(framing.median()),
            each(indexed.median()),
            times(indexed.beside(framing)),
            index.size_in_bytes() as f64 / frames as f64
        );
    }
}

fn framed(exchange: &Exchange, side: Direction) -> usize {
    let bytes = &exchange.stream(side).bytes;
    let mut framer = Framer::new(side);
    let mut met = 0;
    while let Next::Frame(frame) = framer.next(Shape::Tagged, bytes.get(framer.position()..).unwrap_or_default(), true)
    {
        black_box(frame);
        met += 1;
    }
    met
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag], (body.len() as u32 + 4).to_be_bytes().as_slice(), body].concat()
}

/// The same words of both ends, so many times.
fn exchange(rounds: usize, client: &[u8], server: &[u8]) -> Exchange {
    let mut exchange = Exchange { sides: Sides::Given, ..Exchange::default() };
    for _ in 0..rounds {
        exchange.push(Direction::Frontend, &Stream::raw(client.to_vec()), None);
        exchange.push(Direction::Backend, &Stream::raw(server.to_vec()), None);
    }
    exchange
}

const COLUMN: &[u8] = b"\0\x01abalance\0\0\0\x40\x01\0\x03\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0";

fn simple(rounds: usize) -> Exchange {
    let client = message(b'Q', b"SELECT abalance FROM pgbench_accounts WHERE aid = 42;\0");
    let server = [
        message(b'T', COLUMN),
        message(b'D', b"\0\x01\0\0\0\x0212"),
        message(b'C', b"SELECT 1\0"),
        message(b'Z', b"I"),
    ];
    exchange(rounds, &client, &server.concat())
}

fn extended(rounds: usize) -> Exchange {
    let client = [
        message(b'P', b"P0_1\0SELECT abalance FROM pgbench_accounts WHERE aid = $1;\0\0\0"),
        message(b'B', b"\0P0_1\0\0\0\0\x01\0\0\0\x0242\0\0"),
        message(b'D', b"P\0"),
        message(b'E', b"\0\0\0\0\0"),
        message(b'C', b"SP0_1\0"),
        message(b'S', b""),
    ];
    let server = [
        message(b'1', b""),
        message(b'2', b""),
        message(b'T', COLUMN),
        message(b'D', b"\0\x01\0\0\0\x0212"),
        message(b'C', b"SELECT 1\0"),
        message(b'3', b""),
        message(b'Z', b"I"),
    ];
    exchange(rounds, &client.concat(), &server.concat())
}

fn rows(rounds: usize) -> Exchange {
    let client = message(b'Q', b"TABLE pgbench_accounts;\0");
    let row = message(b'D', b"\0\x01\0\0\0\x0212");
    let server = [message(b'T', COLUMN), row.repeat(100), message(b'C', b"SELECT 100\0"), message(b'Z', b"I")].concat();
    exchange(rounds, &client, &server)
}
