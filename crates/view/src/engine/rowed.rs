//! Messages of the list as text, each as its row says it: to be copied.

use super::{Engine, Reply, Row};
use crate::outline::What;

/// How many messages are copied at once.
const MOST: usize = 200_000;

impl Engine {
    pub(super) fn copied_lines(&self, from: usize, to: usize) -> Reply {
        let (mut text, mut count, mut left) = (String::new(), 0, 0);
        for line in from..to.min(self.lines_count()) {
            let (first, end) = self.messages_of(line);
            let taken = (end - first).min(MOST - count);
            for number in first..first + taken {
                self.rows(number, number + 1).iter().for_each(|row| text.push_str(&one_line(row)));
            }
            count += taken;
            left += end - first - taken;
        }
        Reply::Rowed(text, count, left)
    }

    /// The messages that a line stands for by itself: those inside what is open have lines of their own.
    pub(super) fn messages_of(&self, line: usize) -> (usize, usize) {
        if let Some(hits) = self.seek.filtered() {
            return hits.get(line).map_or((0, 0), |hit| (*hit as usize, *hit as usize + 1));
        }
        match self.list.item(line) {
            Some(item) if item.what != What::Message && item.open => (item.from, item.from),
            Some(item) => (item.from, item.to),
            None => (0, 0),
        }
    }
}

/// Number, direction, type, name and what it says, with tabs between them.
fn one_line(row: &Row) -> String {
    let fields = [&*(row.number + 1).to_string(), &*row.direction, &row.tag, &*row.name, &row.says];
    fields.join("\t").trim_end().to_owned() + "\n"
}
