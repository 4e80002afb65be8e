//! What the client does: what it says, and what it makes of what it hears.

use pgscope_proto::conversation::Client;
use pgscope_proto::{Message, read};

use super::Ends;
use super::receiver::MOST_WAITING;

/// How many messages may come while COPY data is sent.
const MOST_HELD: usize = 1 << 10;
/// The bytes of a ReadyForQuery.
const READY: usize = 6;

impl Ends {
    pub(super) fn client_says(&mut self, message: &'static Message) {
        match message.field.id {
            "sslrequest" | "gssencrequest" => self.client = Client::AskedForEncryption,
            "tlsrecord" | "gsspacket" => self.client = Client::Encryption,
            "startup" | "startupunknown" | "startup2" => self.client = Client::Authentication,
            "terminate" => self.client = Client::Closed,
            "cancelrequest" => self.client = Client::Cancelling,
            "copydone" | "copyfail" if self.client == Client::CopyIn => {
                self.client = Client::Busy;
                for (message, bytes) in std::mem::take(&mut self.held) {
                    self.client_hears(message, &bytes);
                }
            }
            "copydone" if self.client == Client::CopyBoth => self.client = Client::CopyOut,
            "query" | "functioncall" | "parse" | "bind" | "describe" | "execute" | "close" | "sync" => {
                self.asked.extend(message.tag().filter(|_| self.asked.len() < MOST_WAITING));
                // One that was believed to be gone is not.
                if matches!(self.client, Client::Ready | Client::Closed) {
                    self.client = Client::Busy;
                }
            }
            _ => {}
        }
    }

    pub(super) fn client_hears(&mut self, message: &'static Message, bytes: &[u8]) {
        let id = message.field.id;
        if self.client == Client::CopyIn && !matches!(id, "noticeresponse" | "notificationresponse" | "parameterstatus")
        {
            self.held.push_back((message, bytes.to_vec()));
            // So many come only if the end of the data was not seen.
            if self.held.len() > MOST_HELD {
                self.held.clear();
                self.client = Client::Busy;
            }
            return;
        }
        let ends_copy = !matches!(
            id,
            "copydata" | "copydone" | "errorresponse" | "noticeresponse" | "notificationresponse" | "parameterstatus"
        );
        if matches!(self.client, Client::CopyOut | Client::CopyBoth) && ends_copy {
            self.client = Client::Busy;
        }
        if self.client == Client::Starting && ends_start(id) {
            self.client = Client::Closed;
            return;
        }
        match id {
            "sslaccepted" | "gssaccepted" => self.client = Client::Encryption,
            "authenticationok" => self.client = Client::Starting,
            "errorresponse" | "legacyerror" => self.client_hears_error(bytes),
            "readyforquery" => {
                while self.asked.pop_front().is_some_and(is_step) {}
                // libpq does not believe one of another length: it waits for the next.
                if bytes.len() != READY {
                    self.asked.push_front(b'Q');
                }
                self.client = if self.asked.is_empty() { Client::Ready } else { Client::Busy };
            }
            "copyinresponse" => self.client = Client::CopyIn,
            "copyoutresponse" => self.client = Client::CopyOut,
            "copybothresponse" => self.client = Client::CopyBoth,
            "copydone" if matches!(self.client, Client::CopyOut | Client::CopyBoth) => self.client = Client::Busy,
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
        if self.client == Client::Busy && self.asked.is_empty() {
            self.client = Client::Ready;
        }
    }

    fn client_hears_error(&mut self, bytes: &[u8]) {
        let fatal = read::error_field(bytes, b'V') == Some(b"FATAL");
        let is_starting = matches!(self.client, Client::Authentication | Client::Starting | Client::AskedForEncryption);
        if is_starting || (fatal && self.client != Client::Ready) {
            self.client = Client::Closed;
            return;
        }
        if matches!(self.client, Client::CopyOut | Client::CopyBoth) {
            self.client = Client::Busy;
        }
        while self.asked.front().is_some_and(|tag| is_step(*tag)) {
            self.asked.pop_front();
        }
        if self.client == Client::Busy && self.asked.is_empty() {
            self.client = Client::Ready;
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
