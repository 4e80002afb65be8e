//! What was asked on a connection, and what of what the server says answers it. Where something is missing in the recording, nothing is
//! counted for what it may not answer.

use pgscope_proto::conversation::Asks;
use pgscope_proto::{Direction, read};

use super::sort::Sort;
use super::{Asked, BLOCK, HEADER, Heard, NEVER, Survey, seen};
use crate::index::Index;

/// Whether it is not known what the server answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Lost {
    #[default]
    Nothing,
    /// Not even whether one has ended since.
    Answers,
    /// One has: what is asked next is answered next.
    UntilAsked,
}

/// In which formats the columns of an answer come, as a Bind chose.
#[derive(Clone, Debug, Default)]
pub(super) struct Formats {
    /// What the request that is answered runs, and which that is; of most rows it is that of the row before.
    pub(super) bind: Option<usize>,
    pub(super) request: Option<u32>,
    are_binary: Vec<bool>,
}

impl Survey {
    pub(super) fn ask(&mut self, number: usize, text: u32, at: Option<i64>) {
        self.about.queries += 1;
        // Whoever asks behind a ReadyForQuery has heard all of it.
        if self.lost == Lost::UntilAsked {
            self.lost = Lost::Nothing;
        }
        if self.lost == Lost::Nothing {
            self.waiting.push_back(self.asked.len() as u32);
        }
        self.asked.push(Asked {
            message: self.forgotten + number as u32,
            text,
            at_us: at.unwrap_or(i64::MIN),
            first: NEVER,
            done: NEVER,
            rows: 0,
            bytes: 0,
            failed: false,
            skipped: false,
        });
    }

    /// Something of what the server said is missing before this. Where the client has asked for more than one thing meanwhile, nobody
    /// knows what comes answers which of them.
    pub(super) fn pass_gaps(&mut self, heard: &Heard<'_>) {
        let gaps = heard.exchange.gaps(Direction::Backend);
        let passed = gaps.partition_point(|gap| gap.at < heard.entry.span.end);
        if passed > self.gaps && self.waiting.len() > 1 {
            self.waiting.clear();
            self.awaited_from = self.answered_at;
            (self.lost, self.was_lost) = (Lost::Answers, true);
        }
        self.gaps = passed;
    }

    /// A statement that was prepared to be run later, and could not be: that counts as a run of it.
    pub(super) fn fail_parse(&mut self, heard: &Heard<'_>, frame: u32, text: u32) {
        let message = self.forgotten + frame;
        let place = self.asked.partition_point(|asked| asked.message < message);
        for waiting in self.waiting.iter_mut().filter(|waiting| **waiting as usize >= place) {
            *waiting += 1;
        }
        if let Some((slowest, _)) = self.about.slowest.as_mut().filter(|(nth, _)| *nth >= place) {
            *slowest += 1;
        }
        self.about.queries += 1;
        let block = self.clock.blocks.get((self.forgotten + frame) as usize / BLOCK);
        let from = block.and_then(|segment| (*segment as usize).checked_sub(self.clock.forgotten)).unwrap_or(0);
        let prepared = heard.index.entry(frame as usize).and_then(|parse| seen(heard.exchange, &parse, from).1);
        let at_us = prepared.unwrap_or(i64::MIN);
        let begin = at_us.max(self.answered_at.unwrap_or(i64::MIN));
        let passed = prepared.and(heard.at).and_then(|at| u32::try_from(at.checked_sub(begin)?).ok());
        let done = passed.map_or(NEVER, |passed| passed.min(NEVER - 1));
        let failed =
            Asked { message, text, at_us, first: NEVER, done, rows: 0, bytes: 0, failed: true, skipped: false };
        self.asked.insert(place, failed);
        self.answered_at = heard.at.or(self.answered_at);
        self.awaited_from = self.answered_at;
    }

    /// What the answer to a query says; whether it is one.
    pub(super) fn answer(&mut self, heard: &Heard<'_>, request: u32, frame: Option<u32>) -> bool {
        while let Some(first) = self.first_waiting()
            && first.message < request
        {
            self.end_answer();
        }
        let is_error = heard.sort == Sort::Error;
        let Some(number) = self.waiting.front().copied() else { return false };
        let Some(message) = self.first_waiting().map(|asked| asked.message) else { return false };
        // Behind an answer that is missing the follower may be one behind: where one thing alone is awaited, that comes.
        let is_alone = self.was_lost && self.waiting.len() == 1;
        // Where Parse or Bind fails, what they were for is not run.
        if message != request && !is_alone && !(is_error && self.is_skipped(heard.index, message)) {
            return false;
        }
        let Some(asked) = self.asked.get_mut(number as usize) else { return false };
        // Where the client said more that is not here, nobody knows whether this answers it.
        let own = asked.message.checked_sub(self.forgotten).filter(|_| heard.exchange.has_gaps());
        let is_known = own.and_then(|own| heard.index.entry(own as usize)).is_none_or(|own| {
            !heard.index.is_gap_between(own.number, heard.entry.number)
                || heard.exchange.gap_from(Direction::Frontend, own.span.end).is_none()
        });
        // What was asked while another answer was awaited is answered from then on.
        let begin = asked.at_us.max(self.awaited_from.unwrap_or(i64::MIN));
        let passed = match heard.at {
            // A clock that was set back tells nothing; what took longer than can be counted took at least as long.
            Some(at) if at >= begin && asked.at_us != i64::MIN && is_known => {
                u32::try_from(at.saturating_sub(begin)).unwrap_or(NEVER).min(NEVER - 1)
            }
            _ => NEVER,
        };
        asked.bytes = asked.bytes.saturating_add(heard.bytes.len() as u32);
        if heard.sort == Sort::Row {
            asked.has_row(passed);
            self.weigh_values(heard, frame);
            return true;
        }
        match heard.sort {
            Sort::CopyData if heard.is_of_table() => asked.has_row(passed),
            Sort::Done | Sort::Error => {
                asked.done = passed;
                self.answered_at = heard.at.or(self.answered_at);
                // As many as it changed or copied, where it says so.
                if let Some(rows) = Some(heard.bytes).filter(|_| !is_error).and_then(changed) {
                    asked.rows = rows;
                }
                asked.failed |= is_error;
                asked.skipped = false;
                if passed != NEVER && self.about.slowest.is_none_or(|(_, slowest)| passed > slowest) {
                    self.about.slowest = Some((number as usize, passed));
                }
            }
            // What comes behind it answers something else, whose request may be missing in the recording.
            Sort::Ready => self.end_answer(),
            _ => {}
        }
        if is_error {
            self.skip(heard);
        }
        true
    }

    /// All of the answer that was awaited first has come: the next one is awaited from here on.
    fn end_answer(&mut self) {
        self.waiting.pop_front();
        self.awaited_from = self.answered_at;
    }

    /// What waits up to the next Sync is not run.
    fn skip(&mut self, heard: &Heard<'_>) {
        let log = heard.index.log();
        if !log.request(self.answering).is_some_and(|asked| asked.asks().may_wait()) {
            return;
        }
        let mut behind = (self.answering + 1..).map_while(|at| log.request(at));
        let sync = behind.find(|asked| asked.asks() == Asks::Sync).map(|sync| self.forgotten + sync.frame);
        for at in self.waiting.iter().skip(1) {
            match self.asked.get_mut(*at as usize) {
                Some(asked) if sync.is_none_or(|sync| asked.message < sync) => asked.skipped = true,
                _ => break,
            }
        }
    }

    pub(super) fn first_waiting(&self) -> Option<&Asked> {
        self.asked.get(*self.waiting.front()? as usize)
    }

    /// Whether the request with this message is skipped if the one that is answered now fails: no Sync stands between.
    fn is_skipped(&self, index: &Index, message: u32) -> bool {
        let Some(frame) = message.checked_sub(self.forgotten) else { return false };
        let later = (self.answering + 1..).map_while(|at| index.log().request(at));
        let mut between = later.take_while(|asked| asked.frame <= frame);
        between.all(|asked| asked.asks() != Asks::Sync)
    }

    /// How many bytes of a row's values are text, and how many binary.
    fn weigh_values(&mut self, heard: &Heard<'_>, frame: Option<u32>) {
        if frame.is_some() && self.formats.request != frame {
            let bind = frame.and_then(|frame| heard.index.bind_of(frame as usize));
            if self.formats.bind != bind {
                let are_binary = bind.map(|bind| result_formats(heard.bytes_of(bind))).unwrap_or_default();
                self.formats = Formats { bind, are_binary, ..Formats::default() };
            }
            self.formats.request = frame;
        }
        let all = &self.formats.are_binary;
        let [in_text, binary] = &mut self.about.values;
        let mut rest = heard.bytes.get(7..).unwrap_or_default();
        let mut column = 0;
        while let Some((length, behind)) = rest.split_first_chunk::<4>() {
            let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0).min(behind.len());
            // One format may be that of all.
            let is_binary = all.get(if all.len() == 1 { 0 } else { column }).is_some_and(|is_binary| *is_binary);
            *if is_binary { &mut *binary } else { &mut *in_text } += length as u64;
            rest = behind.get(length..).unwrap_or_default();
            column += 1;
        }
    }
}

/// How many rows a statement has changed or copied, as its CommandComplete says.
fn changed(complete: &[u8]) -> Option<u32> {
    let tag = read::first_text(complete)?;
    let is_told =
        ["INSERT ", "UPDATE ", "DELETE ", "MERGE ", "COPY "].iter().any(|verb| tag.starts_with(verb.as_bytes()));
    let count = tag.rsplit(|byte| *byte == b' ').next().filter(|_| is_told)?;
    std::str::from_utf8(count).ok()?.parse().ok()
}

/// Which columns a Bind wants in binary format: none where it says nothing, one for all where it says one.
fn result_formats(bind: &[u8]) -> Vec<bool> {
    let walk = || {
        let count = |bytes: &[u8]| Some(usize::from(u16::from_be_bytes(*bytes.first_chunk::<2>()?)));
        let names = read::first_text(bind)?.len() + read::second_text(bind)?.len() + 2;
        let mut rest = bind.get(HEADER + names..)?;
        rest = rest.get(2 + count(rest)? * 2..)?;
        let parameters = count(rest)?;
        rest = rest.get(2..)?;
        for _ in 0..parameters {
            let (length, behind) = rest.split_first_chunk::<4>()?;
            rest = behind.get(usize::try_from(i32::from_be_bytes(*length)).unwrap_or(0)..)?;
        }
        let formats = rest.get(2..2 + count(rest)? * 2)?;
        Some(formats.chunks_exact(2).map(|format| format == [0, 1]).collect())
    };
    walk().unwrap_or_default()
}
