//! What simulating costs, and inferring what both ends do, beside framing the same bytes.

#![allow(clippy::expect_used, reason = "a bench that cannot measure is to stop")]

use std::hint::black_box;
use std::time::Instant;

use pgscope_proto::frame::{Framer, Next, Shape};
use pgscope_proto::{Direction, Exchange, Stream};
use pgscope_session::{Course, Index};
use pgscope_sim::{Action, Choices, Scenario, shipped};

const MESSAGES: usize = 1_000_000;
const QUERIES: usize = 4_000;

fn main() {
    let scenario = Scenario::read(shipped::ALL[0].text, &Choices::default()).expect("the handshake");
    let mut actions =
        vec![Action::Query { sql: "SELECT id, name FROM fruit ORDER BY id".to_owned(), waits: true }; QUERIES];
    actions.push(Action::Terminate);
    let begin = Instant::now();
    let mut simulation = scenario.simulation();
    simulation.connect(scenario.settings.clone(), actions);
    let played = simulation.run();
    let seconds = begin.elapsed().as_secs_f64();
    let exchange = &played.main().exchange;
    let messages = Index::new(exchange).len();
    println!("simulated: {messages} messages in {seconds:.2} s, {:.0} a second", messages as f64 / seconds);

    let long = repeated(exchange, messages);
    let index = Index::new(&long);
    let framing = framing(&long);
    let begin = Instant::now();
    black_box(Course::new(&long, &index));
    let course = begin.elapsed().as_secs_f64() / index.len() as f64 * 1e9;
    println!(
        "states of {} messages: {course:.1} ns a message, {:.1} times framing ({framing:.1} ns)",
        index.len(),
        course / framing
    );
    println!("simulating: {:.0} times framing", seconds / messages as f64 * 1e9 / framing);
}

/// The queries of an exchange again and again, up to a million messages.
fn repeated(exchange: &Exchange, messages: usize) -> Exchange {
    let mut long = Exchange::default();
    for _ in 0..MESSAGES.div_ceil(messages) {
        for segment in &exchange.segments {
            let bytes = segment.span.of(&exchange.stream(segment.direction).bytes);
            // Start-up and end belong to a connection once: the queries alone are repeated.
            let once = matches!(bytes.first(), Some(0 | b'R' | b'X')) || bytes == b"N";
            if !once || long.streams.iter().all(|stream| stream.len() < 1000) {
                long.push(segment.direction, &Stream::raw(bytes.to_vec()), segment.at_us);
            }
        }
    }
    long
}

/// Nanoseconds a message of the server.
fn framing(exchange: &Exchange) -> f64 {
    let bytes = &exchange.stream(Direction::Backend).bytes;
    // Behind the one byte that answers SSLRequest.
    let bytes = bytes.get(1..).unwrap_or_default();
    let mut framer = Framer::new(Direction::Backend);
    let begin = Instant::now();
    let mut met = 0;
    while let Next::Frame(frame) = framer.next(Shape::Tagged, bytes.get(framer.position()..).unwrap_or_default(), true)
    {
        black_box(frame);
        met += 1;
    }
    begin.elapsed().as_secs_f64() * 1e9 / f64::from(met)
}
