//! Writes a capture file of so many megabytes with so many connections at a time: `recording 100 50 large.pcap`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [megabytes, connections, file] = arguments.as_slice() else {
        return Err("what is wanted: MEGABYTES CONNECTIONS FILE".into());
    };
    let bytes = pgscope_bench::recording(megabytes.parse::<usize>()? * 1_000_000, connections.parse()?);
    std::fs::write(file, bytes)?;
    Ok(())
}
