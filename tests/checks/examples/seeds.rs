//! Writes the table's samples as inputs of the corpora: `cargo run -p pgscope-checks --example seeds`.
//!
//! Run it again when the table has grown or its order has changed. What else the corpora hold is kept.

use std::path::PathBuf;

use pgscope_view::proto::messages::ALL;
use pgscope_view::proto::schema::{Carrier, Chapter, Head};
use pgscope_view::proto::{Direction, Message};

fn main() -> std::io::Result<()> {
    for (index, message) in ALL.iter().enumerate() {
        let direction = if message.sender.allows(Direction::Frontend) { 0 } else { 1 };
        let bits = direction | copy_content(message) << 4;
        write("decode", message, &[&[index as u8, bits], message.sample])?;
    }
    for (direction, name) in Direction::BOTH.into_iter().zip(["frontend", "backend"]) {
        let tagged = ALL.iter().filter(|message| message.sender.allows(direction));
        let tagged = tagged.filter(|message| matches!(message.head, Head::Tag(_) | Head::Authentication(..)));
        let stream = tagged.flat_map(|message| message.sample).copied().collect::<Vec<_>>();
        let input = [&[direction as u8, 7], stream.as_slice()].concat();
        std::fs::write(folder("framing")?.join(format!("table-{name}")), input)?;
    }
    Ok(())
}

fn copy_content(message: &Message) -> u8 {
    match (message.chapter, message.head) {
        (_, Head::Inner(Carrier::BaseBackup, _)) => 6,
        (Chapter::Replication, _) => 3,
        (Chapter::LogicalReplication, _) => 4,
        _ => 0,
    }
}

fn write(target: &str, message: &Message, parts: &[&[u8]]) -> std::io::Result<()> {
    std::fs::write(folder(target)?.join(format!("table-{}", message.field.id)), parts.concat())
}

fn folder(target: &str) -> std::io::Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
