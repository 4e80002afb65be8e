//! Writes a capture file of so many megabytes with so many connections at a time: `recording 100 50 large.pcap`; with `short` behind it one
//! whose queries ask for one row each.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (megabytes, connections, file, rows) = match arguments.as_slice() {
        [megabytes, connections, file] => (megabytes, connections, file, pgscope_bench::ROWS),
        [megabytes, connections, file, short] if short == "short" => (megabytes, connections, file, pgscope_bench::ROW),
        _ => return Err("what is wanted: MEGABYTES CONNECTIONS FILE [short]".into()),
    };
    let bytes = pgscope_bench::recording(megabytes.parse::<usize>()? * 1_000_000, connections.parse()?, rows);
    std::fs::write(file, bytes)?;
    Ok(())
}
