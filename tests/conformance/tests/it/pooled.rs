//! A recording of pgbouncer, its clients and its server on one machine: which connections it has put together.

use std::path::Path;

use pgscope_view::Indexed;
use pgscope_view::capture::{Options, read};
use pgscope_view::overview::Overview;

/// On which port pgbouncer listened, and on which the server.
const POOLER: &str = ":56432";
const SERVER: &str = ":55432";

#[test]
fn the_sides_of_a_pooler_are_found() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures/pooled/pgbouncer.pcap");
    let capture = read(&std::fs::read(path).expect("a recording"), &Options::default());
    let mut overview = Overview::default();
    for (nth, exchange) in capture.exchanges.into_iter().enumerate() {
        let indexed = Indexed::new(exchange);
        overview.add(nth, &indexed.exchange, &indexed.index);
    }
    let rows = overview.connections();
    let on = |port: &str| rows.iter().filter(|row| row.server.ends_with(port)).collect::<Vec<_>>();
    let (clients, servers) = (on(POOLER), on(SERVER));
    // pgbench twice, each with a connection to look at the tables first.
    assert_eq!((clients.len(), servers.len(), rows.len()), (9, 2, 11));
    for client in clients {
        assert!(!client.carried_by.is_empty() && client.carries.is_empty(), "{client:?}");
        for other in &client.carried_by {
            let server = &rows[other - 1];
            assert!(server.server.ends_with(SERVER) && server.carries.contains(&client.number), "{client:?}");
        }
    }
    assert!(servers.iter().all(|server| server.carried_by.is_empty() && server.carries.len() > 2), "{servers:?}");
}
