//! `cargo xtask bench`: Pgscope beside `postgres-protocol`, which parses the same bytes in the same run.
//!
//! With `--beside FILE`, Pgscope natively beside itself in a browser, whose table is in that file.

#![allow(clippy::expect_used, reason = "a bench that cannot measure is to stop")]

use std::hint::black_box;
use std::time::Instant;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use pgscope_bench::{Clock, Contender, Figure, Load, ROUNDS, large, measure, own, small, table};
use postgres_protocol::message::backend::Message;

fn main() {
    let begin = Instant::now();
    let clock = || begin.elapsed().as_secs_f64();
    let mut arguments = std::env::args().skip_while(|argument| argument != "--beside");
    match arguments.nth(1) {
        Some(file) => beside_browser(&clock, &std::fs::read_to_string(&file).expect("the browser's table")),
        None => [small(), large()].iter().for_each(|load| beside_peer(&clock, load)),
    }
}

fn beside_peer(clock: Clock<'_>, load: &Load) {
    let mut contenders = own(load);
    let copy = || BytesMut::from(load.bytes.as_slice());
    contenders.push(Contender::new("postgres-protocol", load, 1, copy, parse));
    contenders.push(Contender::new("postgres-protocol, with columns", load, 1, copy, parse_with_columns));
    let figures = measure(clock, ROUNDS, &mut contenders);
    print!("{}", table(load, &figures));
    let [framing, index, spans, peer, columns] = figures.as_slice() else { return };
    println!("  framing is {} (aim: 2.5), {} with columns", times(peer, framing), times(columns, framing));
    println!("  index   is {}, {} with columns", times(peer, index), times(columns, index));
    println!("  spans   is {} (aim: 1), {} with columns\n", times(peer, spans), times(columns, spans));
}

fn times(peer: &Figure, own: &Figure) -> String {
    format!("{:.2} times as fast as the peer", peer.seconds / own.seconds)
}

fn parse(bytes: &mut BytesMut) -> usize {
    let mut met = 0;
    while let Some(message) = Message::parse(bytes).expect("well-formed messages") {
        black_box(&message);
        met += 1;
    }
    met
}

fn parse_with_columns(bytes: &mut BytesMut) -> usize {
    let mut met = 0;
    while let Some(message) = Message::parse(bytes).expect("well-formed messages") {
        if let Message::DataRow(row) = &message {
            row.ranges()
                .for_each(|range| {
                    black_box(range);
                    Ok(())
                })
                .expect("well-formed rows");
        }
        met += 1;
    }
    met
}

fn beside_browser(clock: Clock<'_>, browser: &str) {
    for load in [small(), large()] {
        for figure in measure(clock, ROUNDS, &mut own(&load)) {
            let native = figure.seconds * 1e9 / load.messages as f64;
            let Some(wasm) = nanoseconds(browser, load.name, figure.name) else { continue };
            let (name, share) = (figure.name, native / wasm);
            println!(
                "{:<6} {name:<8} native {native:>7.1} ns, wasm {wasm:>7.1} ns: {share:.2} of native (aim: 0.5)",
                load.name
            );
        }
    }
}

/// A figure out of a table of [`table`].
fn nanoseconds(tables: &str, load: &str, name: &str) -> Option<f64> {
    let below = tables.lines().skip_while(|line| !line.starts_with(&format!("{load}:")));
    let line = below.map(str::trim_start).find(|line| line.starts_with(&format!("{name} ")))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
