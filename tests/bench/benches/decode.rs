//! `cargo xtask bench`: Pgscope beside the libraries that programs read messages with, on the same bytes in the same run.
//!
//! Like is compared with like: framing with a loop over headers, spans with parsing and a look at each field. Time is that of
//! the thread, bytes are read for the first time, and a ratio stands with its least and its most over all rounds.
//!
//! With `--beside FILE`, Pgscope natively beside itself in a browser, whose table is in that file. With `--only LOAD` one
//! load alone is measured, and with `--only LOAD CONTENDER TIMES` one
//! contender goes through one load so many times: for a program that counts instructions, of which those for none are taken off.

#![allow(clippy::expect_used, reason = "a bench that cannot measure is to stop")]

mod peers;
mod thread;

use bytes::BytesMut;
use pgscope_bench::{ALL, Clock, Contender, FRAMING, Figure, INDEX, Load, ROUNDS, SPANS, measure, own, table, times};

const OPTIONS: [&str; 2] = ["--beside", "--only"];
const HEADERS: &str = "headers";
const PARSED: &str = "parse-and-walk";
const PGWIRE: &str = "pgwire";
/// What is compared: whose work, beside whose, and how many times its time it may take.
const PAIRS: [(&str, &str, f64); 8] = [
    (FRAMING, HEADERS, 1.1),
    ("framing-in-pieces", "headers-in-pieces", 1.1),
    (SPANS, PARSED, 1.0),
    ("spans-in-pieces", "parse-and-walk-in-pieces", 1.0),
    (SPANS, PGWIRE, 1.0),
    ("spans-in-pieces", "pgwire-in-pieces", 1.0),
    (INDEX, FRAMING, 4.0),
    (INDEX, PARSED, 1.0),
];

fn main() {
    let clock = thread::clock();
    let arguments = std::env::args().skip(1).skip_while(|argument| !OPTIONS.contains(&argument.as_str()));
    match arguments.collect::<Vec<String>>().as_slice() {
        [beside, file, ..] if beside == "--beside" => {
            beside_browser(&clock, &std::fs::read_to_string(file).expect("the browser's table"));
        }
        [_, load] => beside_peers(&clock, &named(load)),
        [_, load, contender, count] => some_times(load, contender, count.parse().expect("a number")),
        _ => ALL.iter().for_each(|load| beside_peers(&clock, &load())),
    }
}

fn contenders(load: &Load) -> Vec<Contender<'_>> {
    let copy = |bytes: &[u8]| BytesMut::from(bytes);
    let mut contenders = own(load);
    contenders.extend([
        Contender::new(HEADERS, load, <[u8]>::to_vec, |bytes| peers::headers(bytes)),
        Contender::new("headers-in-pieces", load, <[u8]>::to_vec, |bytes| peers::headers_in_pieces(bytes)),
        Contender::new(PARSED, load, copy, peers::parsed),
        Contender::new("parse-and-walk-in-pieces", load, <[u8]>::to_vec, |bytes| {
            peers::in_pieces(bytes, peers::parsed)
        }),
        Contender::new(PGWIRE, load, copy, peers::pgwire),
        Contender::new("pgwire-in-pieces", load, <[u8]>::to_vec, |bytes| peers::in_pieces(bytes, peers::pgwire)),
    ]);
    contenders
}

fn beside_peers(clock: Clock<'_>, load: &Load) {
    let figures = measure(clock, ROUNDS, &mut contenders(load));
    print!("{}", table(load, &figures));
    let of = |name: &str| figures.iter().find(|figure| figure.name == name);
    for (own, peer, aim) in PAIRS {
        let Some((own, peer)) = of(own).zip(of(peer)) else { continue };
        println!("  {} takes {} {} (aim: {aim})", own.name, times(own.beside(peer)), peer.name);
    }
    println!();
}

fn named(name: &str) -> Load {
    ALL.iter().map(|load| load()).find(|load| load.name == name).expect("a load of this name")
}

fn some_times(load: &str, contender: &str, count: usize) {
    let load = named(load);
    let mut contenders = contenders(&load);
    let found = contenders.iter_mut().find(|found| found.name == contender).expect("a contender of this name");
    // Without the time of the thread, which not all such programs know.
    for _ in 0..count {
        (found.run)(&|| 0.0);
    }
    println!("{} messages", load.messages);
}

fn beside_browser(clock: Clock<'_>, browser: &str) {
    for load in ALL.iter().map(|load| load()) {
        for figure in measure(clock, ROUNDS, &mut own(&load)) {
            let native = nanoseconds(&figure, &load);
            let Some(wasm) = read(browser, load.name, figure.name) else { continue };
            let (name, share) = (figure.name, native / wasm);
            println!(
                "{:<6} {name:<18} native {native:>7.1} ns, wasm {wasm:>7.1} ns: {share:.2} of native (aim: 0.5)",
                load.name
            );
        }
    }
}

fn nanoseconds(figure: &Figure, load: &Load) -> f64 {
    figure.median() * 1e9 / load.messages as f64
}

/// A figure out of a table of [`table`].
fn read(tables: &str, load: &str, name: &str) -> Option<f64> {
    let below = tables.lines().skip_while(|line| !line.starts_with(&format!("{load}:")));
    let line = below.map(str::trim_start).find(|line| line.starts_with(&format!("{name} ")))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
