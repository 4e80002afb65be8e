//! Base backups as a person sees them: the files that a piece carries, and how far the whole is. A page fetches this with what
//! comes later.

use pgscope_proto::Reads;
use pgscope_session::Entry;
use pgscope_session::backups::Piece;

use crate::Indexed;
use crate::cycle::separated;
use crate::value::visible;

/// How many files of a piece are named.
const MOST_FILES: usize = 3;
/// How many messages before the data are looked at for the sizes of the tablespaces.
const NEAR: usize = 200;

/// What a piece belongs to: `base.tar, 32,768 bytes: … base/1/1259, base/1/1260 …`.
pub(crate) fn piece(indexed: &Indexed, entry: &Entry, length: usize) -> Option<String> {
    let mut followed = indexed.followed();
    let piece = followed.backups().piece(&indexed.exchange, &indexed.index, entry.number)?;
    let bytes = separated(&length.to_string());
    let Some(archive) = piece.archive else { return Some(format!("backup_manifest, {bytes} bytes")) };
    let files = files(&piece, length);
    let files = if files.is_empty() { files } else { format!(": {files}") };
    Some(format!("{}, {bytes} bytes{files}", visible(archive)))
}

/// The files of which it carries something.
fn files(piece: &Piece, length: usize) -> String {
    let end = piece.offset.saturating_add(length as u64);
    let mut names: Vec<String> = piece.members.iter().take(MOST_FILES).map(|member| visible(&member.name)).collect();
    if piece.members.len() > MOST_FILES {
        names.push(format!("{} more", piece.members.len() - MOST_FILES));
    }
    let from_before = piece.members.first().is_some_and(|first| first.start < piece.offset);
    let goes_on = piece.members.last().is_some_and(|last| last.end() > end);
    let (before, behind) = (if from_before { "… " } else { "" }, if goes_on { " …" } else { "" });
    if names.is_empty() { String::new() } else { format!("{before}{}{behind}", names.join(", ")) }
}

/// How much is done, and of how much where the server has said that before: `1,024 of about 4,096 bytes, 25 %`.
pub(crate) fn progress(indexed: &Indexed, entry: &Entry, done: u64) -> String {
    let told = separated(&done.to_string());
    match total(indexed, entry).filter(|total| *total > 0) {
        // What is written meanwhile is counted too.
        Some(total) => {
            let percent = (u128::from(done) * 100 / u128::from(total)).min(100);
            format!("{told} of about {} bytes, {percent} %", separated(&total.max(done).to_string()))
        }
        None => format!("{told} bytes"),
    }
}

/// The sizes of all tablespaces together, as the rows before the data say them.
fn total(indexed: &Indexed, entry: &Entry) -> Option<u64> {
    let request = indexed.index.request(entry.number)?;
    let rows = (request..request + NEAR).map_while(|number| indexed.index.entry(number));
    let rows = rows.take_while(|entry| entry.message.field.id != "copyoutresponse");
    rows.filter_map(|row| size(indexed, &row)).reduce(u64::saturating_add)
}

/// The size that a row gives, which counts kilobytes.
fn size(indexed: &Indexed, row: &Entry) -> Option<u64> {
    let nth = indexed.typing(row).iter().position(|typed| typed.name == "size")?;
    let (tree, bytes) = indexed.decoded(row.number)?;
    let column = tree.children(tree.find("columns")?).skip(1).nth(nth)?;
    let value = tree.children(column).nth(1)?;
    let Reads::Text(kilobytes) = tree.reads(value, bytes) else { return None };
    kilobytes.parse::<u64>().ok()?.checked_mul(1024)
}
