//! What a follower leaves behind: who asked what, what answers it, which description holds for which rows. It only grows.

use std::ops::Range;

use pgscope_proto::conversation::Asks;

use super::NONE;
use super::names::Names;
use super::noted::Noted;
use super::sketch::Sketch;

/// What describes the values of a run of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// The RowDescription or ParameterDescription that gives names and types.
    pub by: u32,
    /// The Bind that chose the formats, where the description could not know them.
    pub bind: Option<u32>,
}

/// A request of the client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Its message.
    pub(crate) frame: u32,
    /// The first frame that can answer it: from then on it is the first that is not answered. [`NONE`] before.
    pub(crate) from: u32,
    /// Which request it is, in the upper four bits, and which version, portal or SQL it means.
    packed: u32,
}

/// What stands for no version in an [`Asked`].
const NOTHING: u32 = (1 << 28) - 1;

impl Asked {
    fn new(asks: Asks, frame: u32, means: u32) -> Self {
        Self { frame, from: NONE, packed: ((asks as u32) << 28) | means.min(NOTHING) }
    }

    pub(crate) fn asks(&self) -> Asks {
        Asks::from_number((self.packed >> 28) as u8).unwrap_or(Asks::Query)
    }

    /// The version, the portal or the SQL that it means.
    pub(crate) fn means(&self) -> u32 {
        match self.packed & NOTHING {
            NOTHING => NONE,
            means => means,
        }
    }

    /// Of a Close: whether it is a portal, and the version.
    pub(crate) fn closes(&self) -> (bool, u32) {
        match self.means() {
            NONE => (false, NONE),
            means => (means & 1 == 1, means >> 1),
        }
    }

    /// Of a Query: its SQL.
    pub(crate) fn sketch(&self) -> Sketch {
        Sketch::from_bits(self.packed & NOTHING)
    }
}

/// Of more requests it is not looked for whether they are one round.
const LONGEST_ROUND: usize = 4096;

/// Everything that was found.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    asked: Vec<Asked>,
    pub(crate) names: Names,
    /// From which frame on which description holds, for DataRow: the description and the Bind.
    rows: Vec<(u32, u32, u32)>,
    /// Frames of the server that answer nothing.
    unasked: Vec<u32>,
    noted: Vec<Noted>,
    /// From which frame on it is sure, or not, what answers what.
    sure: Vec<(u32, bool)>,
    /// Behind how many requests the client ended a COPY that was not under way: it may be yet to begin.
    copy_ends: Vec<u32>,
    /// For each Query that dropped the nameless statement or portal: its request, and the versions that stand for that.
    dropped: Vec<(u32, u32, u32)>,
    /// How many rows an Execute wants at most, where it says so.
    limits: Vec<(u32, u32)>,
    /// Before which frames something is not in the recording.
    gaps: Vec<u32>,
    /// How many findings may be because of that.
    doubts: u32,
    /// From which frame on, and before which, no SQL and no missing beginning may have made or dropped names.
    named: Range<u32>,
}

impl Log {
    pub(crate) fn size_in_bytes(&self) -> usize {
        size_of_val(self.asked.as_slice())
            + size_of_val(self.rows.as_slice())
            + size_of_val(self.unasked.as_slice())
            + size_of_val(self.noted.as_slice())
            + size_of_val(self.limits.as_slice())
            + size_of_val(self.copy_ends.as_slice())
            + size_of_val(self.dropped.as_slice())
            + size_of_val(self.gaps.as_slice())
            + self.names.size_in_bytes()
    }

    /// From this frame on it is known what all names stand for, or not any more.
    pub(super) fn names_are_known(&mut self, number: u32, are_known: bool) {
        match are_known {
            true if self.named.is_empty() => self.named = number..NONE,
            false => self.named.end = self.named.end.min(number),
            true => {}
        }
    }

    /// Whether it was known at this frame.
    pub(crate) fn knows_names(&self, number: u32) -> bool {
        self.named.contains(&number)
    }

    /// How many requests there are.
    pub(super) fn len(&self) -> u32 {
        self.asked.len() as u32
    }

    pub(super) fn push(&mut self, asks: Asks, frame: u32, means: u32) -> u32 {
        self.asked.push(Asked::new(asks, frame, means));
        self.len() - 1
    }

    pub(super) fn asked(&self, at: u32) -> Option<Asked> {
        self.asked.get(at as usize).copied()
    }

    /// The request is the first that is not answered, from this frame on.
    pub(super) fn is_first_from(&mut self, at: u32, frame: u32) {
        self.asked.get_mut(at as usize).into_iter().for_each(|asked| asked.from = frame);
    }

    pub(super) fn limit(&mut self, at: u32, rows: u32) {
        self.limits.push((at, rows));
    }

    /// How many rows the Execute with this number wants; 0 for all.
    pub(super) fn limit_of(&self, at: u32) -> u32 {
        let found = self.limits.binary_search_by_key(&at, |(at, _)| *at).ok();
        found.and_then(|found| self.limits.get(found)).map_or(0, |(_, rows)| *rows)
    }

    /// The request that is asked next drops these.
    pub(super) fn drops(&mut self, (statement, portal): (u32, u32)) {
        if (statement, portal) != (NONE, NONE) {
            self.dropped.push((self.len(), statement, portal));
        }
    }

    /// The request with this number drops nothing after all.
    pub(super) fn keeps(&mut self, request: u32) {
        let Ok(at) = self.dropped.binary_search_by_key(&request, |(request, ..)| *request) else { return };
        if let Some((_, statement, portal)) = self.dropped.get(at).copied() {
            self.names.statement_failed(statement);
            self.names.portal_failed(portal, NONE);
        }
    }

    /// The client ended a COPY that has not begun.
    pub(super) fn copy_ended(&mut self) {
        let behind = self.len();
        self.copy_ends.push(behind);
    }

    /// How many requests the client had made when it first ended a COPY behind this one.
    pub(super) fn copy_end_behind(&self, request: u32) -> Option<u32> {
        let at = self.copy_ends.partition_point(|behind| *behind <= request);
        self.copy_ends.get(at).copied()
    }

    pub(super) fn is_unasked(&mut self, frame: u32) {
        self.unasked.push(frame);
    }

    /// Something is not in the recording before this frame: what has no name of its own is made anew by nearly every request.
    pub(super) fn miss(&mut self, frame: u32) {
        self.gaps.push(frame);
        self.names.miss();
    }

    /// Whether something is missing between two frames.
    pub(crate) fn is_gap_between(&self, from: usize, to: usize) -> bool {
        let behind = self.gaps.partition_point(|gap| *gap as usize <= from);
        self.gaps.get(behind).is_some_and(|gap| *gap as usize <= to)
    }

    /// Something stands where it may not, which may be because of what is missing.
    pub(super) fn doubt(&mut self) {
        self.doubts += 1;
    }

    pub(super) fn doubts(&self) -> u32 {
        self.doubts
    }

    /// From this frame on it is sure what answers what, or it is not.
    pub(super) fn sure_from(&mut self, frame: u32, is_sure: bool) {
        if self.sure.last().is_none_or(|(_, last)| *last) != is_sure {
            self.sure.push((frame, is_sure));
        }
    }

    pub(crate) fn is_sure(&self, number: usize) -> bool {
        let behind = self.sure.partition_point(|(from, _)| *from as usize <= number);
        behind.checked_sub(1).and_then(|at| self.sure.get(at)).is_none_or(|(_, is_sure)| *is_sure)
    }

    pub(super) fn row(&mut self, frame: u32, by: u32, bind: u32) {
        if self.rows.last().is_none_or(|(_, last, last_bind)| (*last, *last_bind) != (by, bind)) {
            self.rows.push((frame, by, bind));
        }
    }

    /// Notes a finding where it belongs: mostly behind all others.
    pub(super) fn note(&mut self, noted: Noted) {
        let at = self.noted.partition_point(|other| other.frame <= noted.frame);
        self.noted.insert(at, noted);
    }

    pub(crate) fn noted(&self) -> &[Noted] {
        &self.noted
    }

    /// What was found in the frame with this number.
    pub(crate) fn noted_in(&self, number: usize) -> impl Iterator<Item = &Noted> {
        let from = self.noted.partition_point(|noted| (noted.frame as usize) < number);
        self.noted.iter().skip(from).take_while(move |noted| noted.frame as usize == number)
    }

    /// The request with this number, counted among all.
    pub(crate) fn request(&self, at: usize) -> Option<Asked> {
        self.asked.get(at).copied()
    }

    /// The request that the client said with this frame.
    pub(crate) fn asked_by(&self, number: usize) -> Option<(u32, Asked)> {
        let at = self.asked.binary_search_by_key(&(number as u32), |asked| asked.frame).ok()?;
        Some((at as u32, *self.asked.get(at)?))
    }

    /// Whether no Sync was asked between the requests with these frames: where the first failed, the second was thrown away, and meant it.
    pub(crate) fn is_one_round(&self, first: u32, then: usize) -> bool {
        let before = self.asked_by(then).and_then(|(at, _)| self.asked.get(..at as usize)).unwrap_or_default();
        let round = before.iter().rev().take(LONGEST_ROUND).take_while(|asked| asked.asks() != Asks::Sync);
        first != NONE && round.map(|asked| asked.frame).any(|frame| frame == first)
    }

    /// The request that the server's frame answers.
    pub(crate) fn answered_by(&self, number: usize) -> Option<Asked> {
        let number = number as u32;
        if self.unasked.binary_search(&number).is_ok() {
            return None;
        }
        let behind = self.asked.partition_point(|asked| asked.from <= number);
        self.asked.get(behind.checked_sub(1)?).copied()
    }

    /// The request that is the first without an answer behind the frame with this number.
    pub(crate) fn first_behind(&self, number: usize) -> Option<Asked> {
        let behind = self.asked.partition_point(|asked| asked.from as usize <= number + 1);
        self.asked.get(behind.checked_sub(1)?).copied()
    }

    /// What describes the columns of the DataRow with this number.
    pub(crate) fn description(&self, number: usize) -> Option<Described> {
        self.description_of_rows(number).map(|(described, _)| described)
    }

    /// The same, and of which messages all this is so.
    pub(crate) fn description_of_rows(&self, number: usize) -> Option<(Described, Range<usize>)> {
        let after = self.rows.partition_point(|(from, ..)| *from as usize <= number);
        let (from, by, bind) = *self.rows.get(after.checked_sub(1)?)?;
        // Behind the last that is known more may come.
        let end = self.rows.get(after).map_or(number + 1, |(next, ..)| *next as usize);
        let described = Described { by, bind: Some(bind).filter(|bind| *bind != NONE) };
        (by != NONE).then_some((described, from as usize..end))
    }
}
