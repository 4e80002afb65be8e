//! The samples that the page offers: each is what its index says, and what was recorded.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Tree};
use pgscope_view::Indexed;
use pgscope_view::capture;

struct Sample {
    name: String,
    client: String,
    bytes: usize,
    messages: [usize; 2],
    recording: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/samples")
}

fn samples() -> Vec<Sample> {
    let index = std::fs::read_to_string(folder().join("index.txt")).expect("the index");
    let samples: Vec<Sample> = index.lines().map(sample).collect();
    assert!(samples.len() > 80, "{} samples", samples.len());
    samples
}

fn sample(line: &str) -> Sample {
    let parts: Vec<&str> = line.split('\t').collect();
    let [name, client, topics, title, look, bytes, frontend, backend, recording] = parts.as_slice() else {
        panic!("nine parts: {line}");
    };
    assert!([name, client, topics, title, look].iter().all(|part| !part.trim().is_empty()), "{line}");
    assert!(look.ends_with('.') && !title.ends_with('.'), "a sentence and a title: {line}");
    Sample {
        name: (*name).to_owned(),
        client: (*client).to_owned(),
        bytes: bytes.parse().expect("a count"),
        messages: [frontend, backend].map(|count| count.parse().expect("a count")),
        recording: (*recording).to_owned(),
    }
}

fn indexed(name: &str) -> Indexed {
    let text = std::fs::read(folder().join(format!("{name}.txt"))).expect("the sample");
    let mut capture = capture::read(&text, &Default::default());
    assert!(capture.problems.is_empty(), "{name}: {:?}", capture.problems);
    assert_eq!(capture.exchanges.len(), 1, "{name}: one connection");
    Indexed::new(capture.exchanges.remove(0))
}

fn problems(indexed: &Indexed) -> usize {
    let mut tree = Tree::new();
    let all = 0..indexed.index.len();
    all.filter_map(|number| indexed.open(number, &mut tree)).map(|(_, problems)| problems.len()).sum()
}

#[test]
fn every_sample_has_the_messages_and_bytes_that_its_index_says() {
    for sample in samples() {
        let indexed = indexed(&sample.name);
        assert_eq!(indexed.reached(), sample.bytes, "{}", sample.name);
        let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
        let mut counts = [0; 2];
        entries.for_each(|entry| counts[entry.direction.index()] += 1);
        assert_eq!(counts, sample.messages, "{}", sample.name);
        let is_broken = problems(&indexed) > 0;
        assert_eq!(is_broken, sample.client == "broken", "{}", sample.name);
    }
}

/// What client and server said in a recording: of a driver's on all its connections.
fn recorded(captures: &Path, name: &str) -> [Vec<u8>; 2] {
    if let Some(driver) = name.strip_prefix("drivers/") {
        let file = captures.with_file_name("drivers").join(format!("{driver}.pcap"));
        let capture = capture::read(&std::fs::read(file).expect("a recording"), &Default::default());
        let of = |side| capture.exchanges.iter().flat_map(|one| one.stream(side).bytes.clone()).collect();
        return Direction::BOTH.map(of);
    }
    let read = |suffix: &str| std::fs::read(captures.join(format!("{name}.{suffix}")));
    let client = read("client.bin").expect("a recording");
    let server = read("server.bin").or_else(|_| read("pg15.server.bin")).expect("a recording");
    [client, server]
}

#[test]
fn every_sample_holds_the_bytes_that_were_recorded() {
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures");
    let mut compared = 0;
    // PQtrace tells messages and not bytes; the first sample is a session of its own.
    for sample in samples().iter().filter(|sample| !["scram", "psql"].contains(&sample.name.as_str())) {
        if sample.recording.is_empty() {
            continue;
        }
        let [client, server] = recorded(&captures, &sample.recording);
        let indexed = indexed(&sample.name);
        for (direction, recorded) in [(Direction::Frontend, client), (Direction::Backend, server)] {
            let bytes = &indexed.exchange.stream(direction).bytes;
            let holds = bytes.is_empty() || recorded.windows(bytes.len()).any(|window| window == bytes);
            assert!(holds, "{}: {}", sample.name, direction.name());
            compared += bytes.len();
        }
    }
    assert!(compared > 100_000, "{compared} bytes");
}

#[test]
fn the_index_lists_every_file_once() {
    let samples = samples();
    let listed: BTreeSet<String> = samples.iter().map(|sample| format!("{}.txt", sample.name)).collect();
    assert_eq!(listed.len(), samples.len());
    let files: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the samples")
        .flatten()
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| !["index.txt", "README.txt"].contains(&name.as_str()))
        .collect();
    assert_eq!(listed, files);
    for sample in samples {
        let is_plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.".contains(letter);
        assert!(sample.name.chars().all(is_plain), "{} in an address", sample.name);
    }
}
