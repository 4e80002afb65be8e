//! Files that are written: packed where their names say so.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// Writes a file. What is called `….gz` is packed by gzip.
pub(crate) fn file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", path.display());
    let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
    match ending.to_str() {
        Some("gz") => {
            let mut packed = GzEncoder::new(Vec::new(), Compression::default());
            packed.write_all(bytes).map_err(failed)?;
            std::fs::write(path, packed.finish().map_err(failed)?).map_err(failed)
        }
        Some("zst" | "xz" | "bz2" | "zip") => {
            Err(format!("{} is packed in a way that is only read here: call it .gz, or write it plain", path.display()))
        }
        _ => std::fs::write(path, bytes).map_err(failed),
    }
}
