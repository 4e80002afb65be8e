//! What the server does: what it reads of what has come, and what its answers say about it.

use pgscope_proto::conversation::Reads;
use pgscope_proto::{Message, read};

use super::{Ends, Request};
use crate::follow::is_final;

impl Ends {
    /// Names and SQL are needed when the answer comes.
    pub(super) fn remember(&mut self, number: usize, id: &str, bytes: &[u8]) {
        let text = |text: Option<&[u8]>| String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
        match id {
            "parse" | "bind" => {
                self.texts.push_back((number, text(read::first_text(bytes)), text(read::second_text(bytes))));
            }
            "close" => {
                let kind = read::first_byte(bytes).unwrap_or_default();
                let name = text(read::first_text(bytes)).chars().skip(1).collect();
                self.texts.push_back((number, char::from(kind).to_string(), name));
            }
            _ => {}
        }
    }

    /// Whether its state is one in which a server reads.
    pub(super) fn is_reading(&self) -> bool {
        self.server.state().reads != Reads::Nothing
    }

    pub(super) fn server_reads(&mut self) {
        while !self.owes
            && self.is_reading()
            && let Some(request) = self.unread.pop_front()
        {
            self.server_reads_one(request);
        }
    }

    fn server_reads_one(&mut self, request: Request) {
        self.current = Some(request);
        if let Some(step) = self.server.reads(request.message) {
            self.server = step.to.unwrap_or(self.server);
            self.owes |= step.owes;
        }
    }

    pub(super) fn server_says(&mut self, message: &'static Message, bytes: &[u8]) {
        self.answering = self.current.map(|request| request.number);
        let id = message.field.id;
        match id {
            "parsecomplete" | "bindcomplete" | "closecomplete" => self.done(id),
            "parameterstatus" => {
                let text = |text: Option<&[u8]>| String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
                self.settings.insert(text(read::first_text(bytes)), text(read::second_text(bytes)));
                self.answering = None;
            }
            "notificationresponse" => self.answering = None,
            "readyforquery" => self.server_is_ready(read::first_byte(bytes).unwrap_or_default()),
            _ => {}
        }
        let Some(step) = self.server.says(message, ends_session(message, bytes)) else { return };
        self.server = step.to.unwrap_or(self.server);
        // A negotiation of the version answers nothing yet; a notice that the session ends, nothing more.
        if !matches!(id, "negotiateprotocolversion" | "noticeresponse") {
            self.owes = false;
        }
    }

    fn server_is_ready(&mut self, status: u8) {
        self.transaction = status;
        if status == b'I' {
            self.portals.clear();
        }
    }

    fn done(&mut self, id: &str) {
        self.owes = false;
        let Some(number) = self.current.map(|request| request.number) else { return };
        while self.texts.front().is_some_and(|(of, ..)| *of < number) {
            self.texts.pop_front();
        }
        let Some((_, first, second)) = self.texts.pop_front().filter(|(of, ..)| *of == number) else { return };
        match id {
            "parsecomplete" => drop(self.statements.insert(first, second)),
            "bindcomplete" => drop(self.portals.insert(first, second)),
            _ if first == "S" => drop(self.statements.remove(&second)),
            _ => drop(self.portals.remove(&second)),
        }
    }
}

/// Whether the session ends with what a server says: an error that is FATAL, or the notice of a crash.
fn ends_session(message: &'static Message, bytes: &[u8]) -> bool {
    match message.field.id {
        "errorresponse" => is_final(message, bytes),
        "noticeresponse" => read::error_field(bytes, b'C') == Some(b"57P02"),
        _ => false,
    }
}
