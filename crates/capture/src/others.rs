//! Connections of other protocols in a capture file: they are left out, and counted.

use pgscope_proto::{Exchange, foreign};

/// How much of a connection's beginning is searched for what it asks TLS for.
const GREETING: usize = 2048;

/// Connections of other protocols: how many, and which protocols.
#[derive(Clone, Debug, Default)]
pub(crate) struct Others {
    count: usize,
    /// Each once.
    names: Vec<String>,
}

impl Others {
    /// Whether this is one; then it counts.
    pub(crate) fn take(&mut self, exchange: &Exchange) -> bool {
        let Some(name) = other(exchange) else { return false };
        self.count += 1;
        if !self.names.contains(&name) {
            self.names.push(name);
        }
        true
    }

    /// Those of this file that are left out, in words.
    pub(crate) fn words(&self) -> String {
        let names = self.names.join("; ");
        match self.count {
            0 => String::new(),
            1 => format!("1 connection of another protocol ({names})"),
            count => format!("{count} connections of other protocols ({names})"),
        }
    }
}

/// Which other protocol it begins as, if it does. A client that begins with TLS at once says there what for.
fn other(exchange: &Exchange) -> Option<String> {
    let asks_for_ours = |bytes: &[u8]| {
        let greeting = bytes.get(..GREETING).unwrap_or(bytes);
        greeting.windows(ALPN.len()).any(|part| part == ALPN)
    };
    let [one, two] = &exchange.streams;
    let name = [one, two].iter().find_map(|stream| foreign::name(&stream.bytes))?;
    (!asks_for_ours(&one.bytes) && !asks_for_ours(&two.bytes)).then_some(name)
}

/// The protocol's name, as TLS is asked for it.
const ALPN: &[u8] = b"postgresql";
