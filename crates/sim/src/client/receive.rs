//! The receive loop: a tag, a length, a body, and what each message obliges the client to do.

use pgscope_proto::{Direction, messages};

use super::read::{self, Reader};
use super::{Asked, Client, State};

/// Message types that libpq lets be longer than 30000 bytes.
const MAY_BE_LONG: &[u8] = b"dDEVNAT";
const MOST_SHORT: u32 = 30_000;

/// What became of a message.
enum Outcome {
    /// It was read.
    Read,
    /// libpq believes that not all of it has come, and waits.
    Waits,
    /// It is not as its type and length say.
    Wrong(String),
}

impl Client {
    /// Reads all messages that are there; says whether there was one.
    pub(super) fn read_all(&mut self) -> bool {
        let mut any = false;
        while self.read_one() {
            any = true;
        }
        any
    }

    fn read_one(&mut self) -> bool {
        match self.state {
            State::New | State::Closed | State::Tls => false,
            State::AskedGss | State::AskedTls => self.read_answer(),
            State::Cancelling => {
                if self.inbox.is_ended() {
                    self.close();
                }
                false
            }
            State::Authenticating(_) => self.read_authentication(),
            _ => self.read_tagged(),
        }
    }

    /// Nothing whole is there: wait, or the server is gone.
    pub(super) fn end_of_input(&mut self) -> bool {
        let expects = !matches!(self.state, State::Ready) || !self.asked.is_empty() || !self.inbox.unread().is_empty();
        let waits = !matches!(self.wait, None | Some(super::Wait::Until(_)));
        if self.inbox.is_ended() && (expects || waits) {
            let text = "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.";
            self.give_up(text.to_owned());
        }
        false
    }

    fn read_tagged(&mut self) -> bool {
        let (Some(tag), Some(length)) = (self.inbox.tag(), self.inbox.length()) else { return self.end_of_input() };
        if length as i32 > MOST_SHORT as i32 && !MAY_BE_LONG.contains(&tag) || (length as i32) < 4 {
            let tag = char::from(tag);
            let length = length as i32;
            self.give_up(format!("lost synchronization with server: got message type \"{tag}\", length {length}"));
            return false;
        }
        let whole = length as usize + 1;
        if self.inbox.unread().len() < whole {
            return self.end_of_input();
        }
        // While it sends COPY data, libpq looks at nothing but what may come at any time.
        if matches!(self.state, State::CopyIn) && !matches!(tag, b'A' | b'N' | b'S') {
            return false;
        }
        let Some(message) = self.inbox.take(whole) else { return self.end_of_input() };
        let beyond = self.inbox.lend();
        let outcome = self.take(tag, &message, beyond.unread());
        self.inbox.take_back(beyond);
        match outcome {
            Outcome::Read => {}
            Outcome::Waits => {
                self.inbox.put_back(whole);
                return self.end_of_input();
            }
            Outcome::Wrong(why) if matches!(self.state, State::Starting) => {
                self.note_read(name(tag));
                self.give_up(why);
            }
            Outcome::Wrong(why) => {
                self.failed = true;
                if tag == b'Z' {
                    // libpq reports it as a result of its own, and waits for another ReadyForQuery.
                    self.asked.push_front(Asked::Query);
                }
                self.note_read(name(tag));
                self.tell(why);
            }
        }
        true
    }

    fn take(&mut self, tag: u8, message: &[u8], beyond: &[u8]) -> Outcome {
        let mut reader = Reader::with(message, beyond);
        if self.is_copying() && !matches!(tag, b'd' | b'c' | b'A' | b'N' | b'S' | b'K' | b'E') {
            // libpq takes anything else for the end of the data, and reads it as an answer.
            self.state = State::Ready;
        }
        let outcome = match tag {
            b'A' | b'N' | b'S' | b'K' | b'E' => self.take_any_time(tag, message, &mut reader),
            _ if matches!(self.state, State::Starting) && tag != b'Z' => self.take_at_start(tag, &mut reader),
            b'd' | b'c' if self.is_copying() => self.take_copy(tag, &mut reader),
            _ if self.asked.is_empty() && tag != b'Z' => {
                reader.skip_rest();
                self.note_read(name(tag));
                self.tell(format!("message type 0x{tag:02x} arrived from server while idle"));
                Outcome::Read
            }
            _ => self.take_answer(tag, &mut reader),
        };
        match outcome {
            Outcome::Read if !reader.agrees() => Outcome::Wrong(format!(
                "message contents do not agree with length in message type \"{}\"",
                char::from(tag)
            )),
            other => other,
        }
    }

    /// What nobody says before the first ReadyForQuery: libpq steps over some of it, and gives up over the rest.
    fn take_at_start(&mut self, tag: u8, reader: &mut Reader<'_>) -> Outcome {
        reader.skip_rest();
        self.note_read(name(tag));
        match tag {
            b'D' | b'1' | b'2' | b'3' | b't' | b'n' | b'd' | b'c' => {}
            b'C' | b'T' | b'I' | b'G' | b'H' | b'W' => {
                self.give_up("unexpected message from server during startup".to_owned());
            }
            _ => self.give_up(unexpected(tag)),
        }
        Outcome::Read
    }

    fn take_any_time(&mut self, tag: u8, message: &[u8], reader: &mut Reader<'_>) -> Outcome {
        match tag {
            b'A' => {
                let read = reader.u32().and_then(|pid| Some((pid, reader.text()?, reader.text()?)));
                let Some((pid, channel, payload)) = read else { return Outcome::Waits };
                self.notifications += 1;
                self.note_read(name(tag));
                let with = if payload.is_empty() { String::new() } else { format!(" with payload \"{payload}\"") };
                self.tell(format!(
                    "Asynchronous notification \"{channel}\"{with} received from server process with PID {pid}."
                ));
            }
            b'S' => {
                if reader.text().and_then(|_| reader.text()).is_none() {
                    return Outcome::Waits;
                }
                self.note_read(name(tag));
            }
            b'K' => {
                let Some(pid) = reader.u32() else { return Outcome::Waits };
                self.pid = pid;
                self.key = reader.rest().to_vec();
                reader.skip_rest();
                self.note_read(name(tag));
            }
            _ => return self.take_report(tag, message, reader),
        }
        Outcome::Read
    }

    fn take_report(&mut self, tag: u8, message: &[u8], reader: &mut Reader<'_>) -> Outcome {
        while let Some(letter) = reader.byte() {
            if letter == 0 {
                break;
            }
            if reader.text().is_none() {
                return Outcome::Waits;
            }
        }
        let text = read::report(message).map(|report| read::printed(&report)).unwrap_or_default();
        if tag == b'E' && matches!(self.state, State::Starting) {
            self.note_read(name(tag));
            self.give_up(text);
            return Outcome::Read;
        }
        if tag == b'E' {
            self.error_came();
        }
        self.note_read(name(tag));
        if !text.is_empty() {
            self.tell(text);
        }
        Outcome::Read
    }

    /// An error ends the statement, the COPY, and in the extended protocol everything up to Sync.
    fn error_came(&mut self) {
        self.failed = true;
        if self.is_copying() {
            self.state = State::Ready;
        }
        if matches!(self.asked.front(), Some(Asked::Step(_))) {
            while matches!(self.asked.front(), Some(Asked::Step(_))) {
                self.asked.pop_front();
            }
            // Without a Sync on its way nothing more will come.
        }
    }

    fn is_copying(&self) -> bool {
        matches!(self.state, State::CopyOut | State::CopyBoth)
    }

    fn take_copy(&mut self, tag: u8, reader: &mut Reader<'_>) -> Outcome {
        reader.skip_rest();
        match tag {
            b'd' => self.data += 1,
            _ => self.state = State::Ready,
        }
        self.note_read(name(tag));
        Outcome::Read
    }

    fn take_answer(&mut self, tag: u8, reader: &mut Reader<'_>) -> Outcome {
        match tag {
            b'Z' => return self.take_ready(reader),
            b'T' => return self.take_columns(reader),
            b'D' => return self.take_row(reader),
            b'C' => {
                if reader.text().is_none() {
                    return Outcome::Waits;
                }
                self.columns = None;
                self.failed = false;
                self.step_done();
            }
            b't' => {
                let count = reader.u16().unwrap_or_default();
                if reader.bytes(usize::from(count) * 4).is_none() {
                    return Outcome::Wrong("insufficient data in \"t\" message".to_owned());
                }
            }
            b'1' | b'2' | b'3' | b'I' => self.step_done(),
            b's' => {
                self.columns = None;
                self.step_done();
            }
            b'n' => {
                self.columns = None;
                self.step_done();
            }
            b'V' => {
                let length = reader.u32().map(|length| length as i32);
                let Some(length) = length else { return Outcome::Waits };
                if length > 0 && reader.bytes(length as usize).is_none() {
                    return Outcome::Waits;
                }
            }
            b'G' | b'H' | b'W' => return self.take_copy_start(tag, reader),
            b'd' | b'c' => reader.skip_rest(),
            _ => {
                reader.skip_rest();
                self.note_read(name(tag));
                self.tell(unexpected(tag));
                return Outcome::Read;
            }
        }
        self.note_read(name(tag));
        Outcome::Read
    }

    fn take_ready(&mut self, reader: &mut Reader<'_>) -> Outcome {
        let Some(status) = reader.byte() else { return Outcome::Waits };
        self.transaction = if matches!(status, b'I' | b'T' | b'E') { status } else { b'?' };
        self.columns = None;
        self.failed = false;
        self.state = State::Ready;
        while let Some(asked) = self.asked.pop_front() {
            if !matches!(asked, Asked::Step(_)) {
                break;
            }
        }
        self.note_read(name(b'Z'));
        Outcome::Read
    }

    fn step_done(&mut self) {
        if matches!(self.asked.front(), Some(Asked::Step(_))) {
            self.asked.pop_front();
        }
    }

    fn take_columns(&mut self, reader: &mut Reader<'_>) -> Outcome {
        let wrong = |what: &str| Outcome::Wrong(format!("{what} data in \"T\" message"));
        let Some(count) = reader.u16() else { return wrong("insufficient") };
        for _ in 0..count {
            if reader.text().and_then(|_| reader.bytes(18)).is_none() {
                return wrong("insufficient");
            }
        }
        self.columns = Some(usize::from(count));
        if matches!(self.asked.front(), Some(Asked::Step(b'D'))) {
            self.asked.pop_front();
        }
        self.note_read(name(b'T'));
        Outcome::Read
    }

    fn take_row(&mut self, reader: &mut Reader<'_>) -> Outcome {
        if self.failed {
            reader.skip_rest();
            self.note_read(name(b'D'));
            return Outcome::Read;
        }
        let Some(columns) = self.columns else {
            return Outcome::Wrong(
                "server sent data (\"D\" message) without prior row description (\"T\" message)".to_owned(),
            );
        };
        let count = reader.u16().map(usize::from);
        if count != Some(columns) {
            let what = if count.is_some() { "unexpected field count" } else { "insufficient data" };
            return Outcome::Wrong(format!("{what} in \"D\" message"));
        }
        for _ in 0..columns {
            let length = reader.u32().map(|length| length as i32);
            let value = length.map(|length| usize::try_from(length).unwrap_or_default());
            if value.and_then(|length| reader.bytes(length)).is_none() {
                return Outcome::Wrong("insufficient data in \"D\" message".to_owned());
            }
        }
        self.note_read(name(b'D'));
        Outcome::Read
    }

    fn take_copy_start(&mut self, tag: u8, reader: &mut Reader<'_>) -> Outcome {
        let count = reader.byte().and_then(|_| reader.u16());
        if count.and_then(|count| reader.bytes(usize::from(count) * 2)).is_none() {
            return Outcome::Waits;
        }
        self.data = 0;
        self.state = match tag {
            b'G' => State::CopyIn,
            b'H' => State::CopyOut,
            _ => State::CopyBoth,
        };
        self.note_read(name(tag));
        Outcome::Read
    }
}

fn unexpected(tag: u8) -> String {
    format!("unexpected response from server; first received character was \"{}\"", char::from(tag))
}

fn name(tag: u8) -> &'static str {
    messages::by_tag(Direction::Backend, tag).map_or("unknown", |message| message.name())
}
