//! The recordings in `tests/fixtures/captures`.

use std::path::{Path, PathBuf};

use pgscope_proto::{Direction, Exchange, Span, Stream};
use pgscope_view::Indexed;
use serde::Deserialize;

/// One recorded connection.
pub(crate) struct Recording {
    /// `psql/errors`, `psql/cancel.c2`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

#[derive(Deserialize)]
struct Received {
    dir: char,
    off: usize,
    len: usize,
    ms: f64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/captures")
}

/// All recorded connections, in the order of their names.
pub(crate) fn all() -> Vec<Recording> {
    let mut found = Vec::new();
    for group in std::fs::read_dir(folder()).expect("the fixtures are there").flatten() {
        let group_name = group.file_name().to_string_lossy().into_owned();
        for file in std::fs::read_dir(group.path()).into_iter().flatten().flatten() {
            let file_name = file.file_name().to_string_lossy().into_owned();
            if group_name != "damaged"
                && let Some(name) = file_name.strip_suffix(".client.bin")
            {
                found.push(Recording { name: format!("{group_name}/{name}"), path: group.path().join(name) });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(found.len() > 250, "only {} recordings", found.len());
    found
}

impl Recording {
    pub(crate) fn file(&self, suffix: &str) -> Option<Vec<u8>> {
        std::fs::read(PathBuf::from(format!("{}.{suffix}", self.path.display()))).ok()
    }

    pub(crate) fn bytes(&self, direction: Direction) -> Vec<u8> {
        let side = if direction == Direction::Frontend { "client.bin" } else { "server.bin" };
        self.file(side).unwrap_or_default()
    }

    /// Both directions in the order in which they were received.
    pub(crate) fn exchange(&self) -> Option<Exchange> {
        let log = String::from_utf8(self.file("jsonl")?).expect("text");
        let both = Direction::BOTH.map(|direction| self.bytes(direction));
        let mut exchange = Exchange::default();
        for line in log.lines() {
            let received: Received = serde_json::from_str(line).expect("a line of the log");
            let direction = if received.dir == 'F' { Direction::Frontend } else { Direction::Backend };
            let part = Span::new(received.off, received.off + received.len).of(&both[direction.index()]).to_vec();
            exchange.push(direction, &Stream::raw(part), Some((received.ms * 1000.0) as i64));
        }
        Some(exchange)
    }

    /// Both directions as two files without a common clock.
    pub(crate) fn two_streams(&self) -> Exchange {
        let [frontend, backend] = Direction::BOTH.map(|direction| Stream::raw(self.bytes(direction)));
        Exchange::two_streams(frontend, backend)
    }

    pub(crate) fn indexed(&self) -> Indexed {
        Indexed::new(self.exchange().unwrap_or_else(|| self.two_streams()))
    }
}
