//! What the client does: what it says, and what it makes of what it hears.

use pgscope_proto::{Message, read};

use super::Ends;
use super::receiver::MOST_WAITING;

/// How many messages may come while COPY data is sent.
const MOST_HELD: usize = 1 << 10;
/// The bytes of a ReadyForQuery.
const READY: usize = 6;

impl Ends {
    pub(super) fn client_says(&mut self, message: &'static Message, id: &'static str) {
        match id {
            "sslrequest" | "gssencrequest" => self.client = "asked for encryption",
            "tlsrecord" | "gsspacket" => self.client = "encryption",
            "startup" | "startupunknown" | "startup2" => self.client = "authentication",
            "terminate" => self.client = "closed",
            "cancelrequest" => self.client = "cancelling",
            "copydone" | "copyfail" if self.client == "copy in" => {
                self.client = "busy";
                for (message, bytes) in std::mem::take(&mut self.held) {
                    self.client_hears(message, &bytes);
                }
            }
            "copydone" if self.client == "copy both" => self.client = "copy out",
            "query" | "functioncall" | "parse" | "bind" | "describe" | "execute" | "close" | "sync" => {
                self.asked.extend(message.tag().filter(|_| self.asked.len() < MOST_WAITING));
                // One that was believed to be gone is not.
                if matches!(self.client, "ready" | "closed") {
                    self.client = "busy";
                }
            }
            _ => {}
        }
    }

    pub(super) fn client_hears(&mut self, message: &'static Message, bytes: &[u8]) {
        let id = message.field.id;
        if self.client == "copy in" && !matches!(id, "noticeresponse" | "notificationresponse" | "parameterstatus") {
            self.held.push_back((message, bytes.to_vec()));
            // So many come only if the end of the data was not seen.
            if self.held.len() > MOST_HELD {
                self.held.clear();
                self.client = "busy";
            }
            return;
        }
        let ends_copy = !matches!(
            id,
            "copydata" | "copydone" | "errorresponse" | "noticeresponse" | "notificationresponse" | "parameterstatus"
        );
        if matches!(self.client, "copy out" | "copy both") && ends_copy {
            self.client = "busy";
        }
        if self.client == "starting" && ends_start(id) {
            self.client = "closed";
            return;
        }
        match id {
            "sslaccepted" | "gssaccepted" => self.client = "encryption",
            "authenticationok" => self.client = "starting",
            "errorresponse" | "legacyerror" => self.client_hears_error(bytes),
            "readyforquery" => {
                while self.asked.pop_front().is_some_and(is_step) {}
                // libpq does not believe one of another length: it waits for the next.
                if bytes.len() != READY {
                    self.asked.push_front(b'Q');
                }
                self.client = if self.asked.is_empty() { "ready" } else { "busy" };
            }
            "copyinresponse" => self.client = "copy in",
            "copyoutresponse" => self.client = "copy out",
            "copybothresponse" => self.client = "copy both",
            "copydone" if matches!(self.client, "copy out" | "copy both") => self.client = "busy",
            "parsecomplete" | "bindcomplete" | "closecomplete" | "commandcomplete" | "emptyqueryresponse"
            | "portalsuspended" | "nodata" => self.step_answered(),
            "rowdescription" if self.asked.front() == Some(&b'D') => self.step_answered(),
            _ => {}
        }
    }

    fn step_answered(&mut self) {
        if self.asked.front().is_some_and(|tag| is_step(*tag)) {
            self.asked.pop_front();
        }
        if self.client == "busy" && self.asked.is_empty() {
            self.client = "ready";
        }
    }

    fn client_hears_error(&mut self, bytes: &[u8]) {
        let fatal = read::error_field(bytes, b'V') == Some(b"FATAL");
        let is_starting = matches!(self.client, "authentication" | "starting" | "asked for encryption");
        if is_starting || (fatal && self.client != "ready") {
            self.client = "closed";
            return;
        }
        if matches!(self.client, "copy out" | "copy both") {
            self.client = "busy";
        }
        while self.asked.front().is_some_and(|tag| is_step(*tag)) {
            self.asked.pop_front();
        }
        if self.client == "busy" && self.asked.is_empty() {
            self.client = "ready";
        }
    }
}

/// Whether libpq gives up over this message before the first ReadyForQuery.
fn ends_start(id: &str) -> bool {
    !matches!(
        id,
        "readyforquery"
            | "parameterstatus"
            | "backendkeydata"
            | "noticeresponse"
            | "notificationresponse"
            | "errorresponse"
            | "datarow"
            | "parsecomplete"
            | "bindcomplete"
            | "closecomplete"
            | "parameterdescription"
            | "nodata"
            | "copydata"
            | "copydone"
    )
}

fn is_step(tag: u8) -> bool {
    matches!(tag, b'P' | b'B' | b'D' | b'E' | b'C')
}
