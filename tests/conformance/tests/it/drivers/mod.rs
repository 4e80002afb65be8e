//! Many drivers do the same dozen tasks (`tests/drivers`) at real servers, through a proxy that records them: nothing of
//! it is an error or a warning, and every row has its columns' names and types. What was recorded of each is kept in
//! `tests/fixtures/drivers`, and is read here on machines without the driver, too.

mod check;
mod live;
mod pcap;
mod proxy;
mod table;

use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Exchange};

use check::Findings;

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/drivers")
}

/// `pgx/reuse` and its file, in the order of the names.
fn recordings() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for driver in std::fs::read_dir(fixtures()).expect("the recordings").flatten() {
        for file in std::fs::read_dir(driver.path()).into_iter().flatten().flatten() {
            let path = file.path();
            let task = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let name = format!("{}/{task}", driver.file_name().to_string_lossy());
            found.push((name, std::fs::read(&path).expect("a recording")));
        }
    }
    found.sort();
    found
}

fn read(change: impl Fn(&Exchange) -> Vec<Exchange>) -> Findings {
    let mut all = Findings::default();
    for (name, file) in recordings() {
        for exchange in check::connections(&name, &file) {
            for changed in change(&exchange) {
                all.add(check::of(&name, changed));
            }
        }
    }
    eprintln!(
        "{} connections, {:?} messages, {} rows named, {} not; notes: {:?}",
        all.connections,
        all.messages,
        all.named,
        all.unnamed.len(),
        all.notes
    );
    assert!(all.bad.is_empty(), "{} errors and warnings:\n{}", all.bad.len(), all.bad.join("\n"));
    all
}

#[test]
fn what_every_driver_said_is_in_order_and_every_row_has_its_columns() {
    let all = read(|exchange| vec![exchange.clone()]);
    assert!(all.unnamed.is_empty(), "{} rows without columns:\n{}", all.unnamed.len(), all.unnamed.join("\n"));
    assert!(all.connections > 300 && all.named > 2000, "only {} connections, {} rows", all.connections, all.named);
}

#[test]
fn as_two_streams_without_a_clock() {
    let all = read(|exchange| vec![check::two_streams(exchange)]);
    assert!(all.unnamed.is_empty(), "{} rows without columns:\n{}", all.unnamed.len(), all.unnamed.join("\n"));
}

#[test]
fn each_direction_alone() {
    read(|exchange| Direction::BOTH.map(|side| check::one_direction(exchange, side)).into());
}

#[test]
fn nothing_of_the_machine_is_in_a_recording() {
    let told = ["/tmp/", "/home/", "/root", "/work", "/usr/local"];
    for (name, file) in recordings() {
        let found = told.iter().find(|word| file.windows(word.len()).any(|part| part == word.as_bytes()));
        assert_eq!(found, None, "{name}");
    }
}
