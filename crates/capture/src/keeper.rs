//! What stands in a capture file beside its packets: what people remarked, and what encrypted bytes can be read with.

use std::sync::{Arc, PoisonError, RwLock};

use pcap_parser::{OptionCode, PcapNGOption};
use pgscope_proto::{Beside, Kept, Remark, Secrets, Span};

/// Keeps it while the file is read.
#[derive(Debug, Default)]
pub(crate) struct Keeper {
    kept: Arc<RwLock<Kept>>,
    /// How many remarks and blocks of secrets that are.
    counts: [usize; 2],
    /// Remarks on the file, and on packets that carry nothing of a connection, as far as they are told; and how many there are.
    aside: Vec<String>,
    count: usize,
}

/// So many remarks that belong to no message are told, and so much of each.
const MOST_ASIDE: usize = 3;
const LONGEST_ASIDE: usize = 200;

impl Keeper {
    /// What is said of a packet, whose payload stands there; of one that has none, and of the file, it is told with the file.
    pub(crate) fn remark(&mut self, options: &[PcapNGOption<'_>], place: Option<Span>) {
        for option in options.iter().filter(|option| is_remark(option)) {
            let bytes = option.as_bytes().unwrap_or_default();
            let text = String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
            match place {
                Some(place) => {
                    self.counts[0] += 1;
                    self.kept.write().unwrap_or_else(PoisonError::into_inner).remarks.push(Remark { place, text });
                }
                None => {
                    self.count += 1;
                    if self.aside.len() < MOST_ASIDE {
                        self.aside.push(text.chars().take(LONGEST_ASIDE).collect());
                    }
                }
            }
        }
    }

    pub(crate) fn secrets(&mut self, kind: u32, bytes: &[u8]) {
        self.counts[1] += 1;
        let secrets = Secrets { kind, bytes: bytes.to_vec() };
        self.kept.write().unwrap_or_else(PoisonError::into_inner).secrets.push(secrets);
    }

    /// All of it, if there is any.
    pub(crate) fn all(&self) -> Option<Beside> {
        (self.counts != [0, 0]).then(|| Arc::clone(&self.kept).into())
    }

    pub(crate) fn words(&self) -> String {
        let [remarks, secrets] = self.counts;
        let counted = |count: usize, one: &str, more: &str| match count {
            0 => String::new(),
            1 => format!("; {one}"),
            count => format!("; {count} {more}"),
        };
        let mut words = counted(remarks, "a comment on a packet", "comments on packets");
        words += &counted(secrets, "a block of decryption secrets", "blocks of decryption secrets");
        let aside = self.aside.iter().map(|text| format!("; its comment: “{}”", text.escape_debug()));
        words.extend(aside);
        words + &counted(self.count - self.aside.len(), "one more comment", "more comments")
    }
}

/// Whether an option of a block is in somebody's words.
pub(crate) fn is_remark(option: &PcapNGOption<'_>) -> bool {
    option.code == OptionCode::Comment
}
