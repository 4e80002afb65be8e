//! What the server does: what it reads of what has come, and what its answers say about it.

use pgscope_proto::read;

use super::{Ends, Request};

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
        !matches!(self.server, "starting" | "query" | "function call" | "sync" | "closed")
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
        let id = request.message.field.id;
        match (self.server, id) {
            (_, "terminate" | "cancelrequest") => self.server = "closed",
            // A type that cannot be is complained of, and a length that cannot be inside a dialogue.
            (_, "unknown") | ("sasl" | "copy in", "unreadable") => self.owes = true,
            (_, "unreadable") => self.server = "closed",
            ("start-up" | "password" | "sasl", _) => self.owes = true,
            ("encryption", _) => {}
            ("copy in", "copydone" | "copyfail") => {
                self.server = if self.copy_in_extended { "extended" } else { "query" };
                self.owes = self.copy_in_extended;
            }
            ("copy in", _) => {}
            ("copy both", "copydone") => self.server = "query",
            ("copy both", _) => {}
            ("skipping", "sync") | (_, "sync") => self.server = "sync",
            ("skipping", _) => {}
            (_, "query") => self.server = "query",
            (_, "functioncall") => self.server = "function call",
            (_, "parse" | "bind" | "describe" | "execute" | "close") => (self.server, self.owes) = ("extended", true),
            (_, "flush") => self.server = "extended",
            _ => {}
        }
    }

    pub(super) fn server_says(&mut self, id: &'static str, bytes: &[u8]) {
        self.answering = self.current.map(|request| request.number);
        match id {
            "sslaccepted" | "gssaccepted" => (self.server, self.owes) = ("encryption", false),
            "encryptionrefused" => self.owes = false,
            "negotiateprotocolversion" => self.server = "starting",
            "errorresponse" => self.server_complains(bytes),
            "noticeresponse" if read::error_field(bytes, b'C') == Some(b"57P02") => self.server = "closed",
            "readyforquery" => self.server_is_ready(read::first_byte(bytes).unwrap_or_default()),
            "copyinresponse" => {
                self.copy_in_extended = self.server == "extended";
                (self.server, self.owes) = ("copy in", false);
            }
            "copybothresponse" => (self.server, self.owes) = ("copy both", false),
            "parsecomplete" | "bindcomplete" | "closecomplete" => self.done(id),
            "commandcomplete" | "emptyqueryresponse" | "portalsuspended" | "nodata" if self.server == "extended" => {
                self.owes = false;
            }
            "rowdescription" if self.server == "extended" => self.owes = false,
            "parameterstatus" => {
                let text = |text: Option<&[u8]>| String::from_utf8_lossy(text.unwrap_or_default()).into_owned();
                self.settings.insert(text(read::first_text(bytes)), text(read::second_text(bytes)));
                self.answering = None;
            }
            "notificationresponse" => self.answering = None,
            _ if bytes.first() == Some(&b'R') => self.server_asks(bytes),
            _ => {}
        }
    }

    fn server_asks(&mut self, bytes: &[u8]) {
        self.owes = false;
        self.server = match read::authentication_code(bytes) {
            Some(0 | 12) => "starting",
            Some(10 | 11) => "sasl",
            _ => "password",
        };
    }

    fn server_complains(&mut self, bytes: &[u8]) {
        self.owes = false;
        let fatal = read::error_field(bytes, b'V').or_else(|| read::error_field(bytes, b'S')) == Some(b"FATAL");
        self.server = match self.server {
            _ if fatal => "closed",
            "start-up" | "password" | "sasl" | "starting" => "closed",
            "extended" => "skipping",
            "copy in" if self.copy_in_extended => "skipping",
            "copy in" | "copy both" => "query",
            other => other,
        };
    }

    fn server_is_ready(&mut self, status: u8) {
        self.transaction = status;
        self.server = "idle";
        self.owes = false;
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
