//! What the server does: what it reads of what has come, and what its answers say about it.

use pgscope_proto::conversation::Reads;
use pgscope_proto::{Message, read};

use super::{Ends, Request};
use crate::follow::is_final;

impl Ends {
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
            "parsecomplete" | "bindcomplete" | "closecomplete" => self.owes = false,
            "parameterstatus" | "notificationresponse" => self.answering = None,
            "readyforquery" => self.transaction = read::first_byte(bytes).unwrap_or_default(),
            _ => {}
        }
        let Some(step) = self.server.says(message, ends_session(message, bytes)) else { return };
        self.server = step.to.unwrap_or(self.server);
        // A negotiation of the version answers nothing yet; a notice that the session ends, nothing more.
        if !matches!(id, "negotiateprotocolversion" | "noticeresponse") {
            self.owes = false;
        }
    }
}

/// Whether the session ends with what a server says: an error that is FATAL, or the notice of a crash.
fn ends_session(message: &'static Message, bytes: &[u8]) -> bool {
    match message.field.id {
        "errorresponse" | "legacyerror" => is_final(message, bytes),
        "noticeresponse" => read::error_field(bytes, b'C') == Some(b"57P02"),
        _ => false,
    }
}
