//! Capture files against the bytes that were recorded beside them, and what of them is odd on purpose.

use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Exchange};
use pgscope_view::Indexed;
use pgscope_view::capture::{Capture, read};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures").join(name)
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn capture(name: &str) -> Capture {
    read(&file(name), &Default::default())
}

/// What was recorded of a connection: what the client sent, and what the server.
fn recorded(name: &str) -> [Vec<u8>; 2] {
    [file(&format!("{name}.client.bin")), file(&format!("{name}.server.bin"))]
}

/// Both directions of all connections; where the file does not say who the server is, as it is guessed.
fn streams(capture: &Capture) -> Vec<[Vec<u8>; 2]> {
    let of = |exchange: &Exchange| {
        let indexed = Indexed::new(exchange.clone());
        Direction::BOTH.map(|direction| indexed.exchange.stream(direction).bytes.clone())
    };
    capture.exchanges.iter().map(of).collect()
}

/// Every byte is where the file says that it is.
fn assert_sources(name: &str, capture: &Capture) {
    let bytes = file(name);
    for stream in capture.exchanges.iter().flat_map(|exchange| &exchange.streams) {
        for (at, byte) in stream.bytes.iter().enumerate() {
            let source = stream.map.source(at).unwrap_or_else(|| panic!("{name}: no source of byte {at}"));
            assert_eq!(bytes.get(source.start..source.end), Some([*byte].as_slice()), "{name}: byte {at}");
        }
    }
}

#[test]
fn whatever_the_file_and_the_link_are_the_bytes_are_those_that_were_sent() {
    let same = ["any_sll.pcap", "ipv6.pcap", "base.pcap"].map(|name| (name, name.trim_end_matches(".pcap")));
    let of_base = [
        "big_endian.pcap",
        "conflicting_retransmit.pcap",
        "ip_fragments.pcap",
        "ng_big_endian_spb.pcapng",
        "out_of_order.pcap",
        "overlap_retransmit.pcap",
        "port5432.pcap",
        "qinq.pcap",
        "retransmit_exact.pcap",
        "seq_wraparound.pcap",
    ];
    for (name, beside) in same.into_iter().chain(of_base.map(|name| (name, "base"))) {
        let name = format!("pcap-odd/{name}");
        let capture = capture(&name);
        assert_eq!(streams(&capture), [recorded(&format!("pcap-odd/{beside}"))], "{name}");
        assert!(capture.problems.is_empty(), "{name}: {:?}", capture.problems);
        assert_sources(&name, &capture);
    }
}

#[test]
fn several_connections_and_interfaces_are_told_apart() {
    let two = "pcap-odd/dumpcap_ng_two_ifaces";
    // The client's connection to what recorded it, and that to the server, on two interfaces each.
    assert_eq!(streams(&capture(&format!("{two}.pcapng"))), [recorded(two), recorded(two)]);
    let bench = streams(&capture("pgbench/tpcb_prepared_c2.pcap"));
    let mut recorded: Vec<_> = ["", ".c2", ".c3"].map(|nth| recorded(&format!("pgbench/tpcb_prepared_c2{nth}"))).into();
    recorded.sort();
    assert_eq!(sorted(bench), recorded);
    assert_eq!(streams(&capture("pcap-odd/merged.pcapng")).len(), 7);
}

fn sorted(mut streams: Vec<[Vec<u8>; 2]>) -> Vec<[Vec<u8>; 2]> {
    streams.sort();
    streams
}

#[test]
fn segments_keep_their_sizes_and_times() {
    let capture = capture("psql/chunk1.pcap");
    assert_eq!(streams(&capture), [recorded("psql/chunk1")]);
    let segments = &capture.exchanges[0].segments;
    let single = segments.iter().filter(|segment| segment.span.len() == 1).count();
    assert!(single > 100 && single * 2 > segments.len(), "{single} of {}", segments.len());
    let times: Vec<_> = segments.iter().filter_map(|segment| segment.at_us).collect();
    assert!(times.len() == segments.len() && times.is_sorted() && times.last() > times.first());
}

#[test]
fn what_is_missing_is_told_and_the_rest_is_there() {
    let [client, server] = recorded("pcap-odd/base");
    let gap = capture("pcap-odd/lost_segment_client.pcap");
    let told = "byte 1342: met a gap of 34 bytes behind this segment, from 127.0.0.1:54506 to 127.0.0.1:54321, expected every segment of the connection";
    assert_eq!(gap.problems[0].to_string(), told);
    let [[lost, whole]] = streams(&gap).try_into().expect("one connection");
    assert_eq!((lost.len() + 34, whole), (client.len(), server.clone()));

    let cut = capture("pcap-odd/truncated_file.pcap");
    assert!(cut.problems[0].met == "a record that is not whole", "{:?}", cut.problems);
    assert_eq!(streams(&cut), [[client.clone(), server]]);

    assert_eq!(streams(&capture("pcap-odd/one_direction.pcap")), [[client, Vec::new()]]);

    let short = capture("pcap-odd/snaplen96.pcap");
    let told: Vec<String> = short.problems.iter().map(|problem| problem.met.clone()).collect();
    assert!(matches!(told.as_slice(), [one] if one.contains("cut off by the snap length")), "{told:?}");

    let [[_, early]] = streams(&capture("pcap-odd/ended_early.pcap")).try_into().expect("one connection");
    assert!(recorded("pcap-odd/ended_early")[1].starts_with(&early) && early.len() > 500);
}

#[test]
fn a_capture_that_begins_in_a_message_is_part_of_what_was_sent() {
    let [[_, server]] = streams(&capture("pcap-odd/mid_message.pcap")).try_into().expect("one connection");
    let all = &recorded("pcap-odd/mid_message")[1];
    assert!(server.len() > 100_000 && all.ends_with(&server));
}

/// No bytes make it panic, and none come out of nothing.
#[test]
fn whatever_is_in_a_file_is_read() {
    for name in ["pcap-odd/ip_fragments.pcap", "pcap-odd/ng_big_endian_spb.pcapng", "pcap-odd/qinq.pcap"] {
        let whole = file(name);
        let mut seed = 7_usize;
        let mut next = |below: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        for _ in 0..600 {
            let mut bytes = whole.clone();
            for _ in 0..=next(6) {
                let at = next(bytes.len());
                bytes[at] = [0, 0xff, bytes[at] ^ (1 << next(8)), next(256) as u8][next(4)];
            }
            bytes.truncate(1 + next(bytes.len()));
            let capture = read(&bytes, &Default::default());
            let found: usize = capture.exchanges.iter().flat_map(|one| &one.streams).map(|stream| stream.len()).sum();
            assert!(found <= bytes.len());
        }
    }
}
