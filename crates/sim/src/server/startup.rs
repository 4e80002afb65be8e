//! The start-up packets: encryption, cancelling, and the StartupMessage.

use pgscope_proto::encode::Value;
use pgscope_proto::frame::{Header, Shape, header};
use pgscope_proto::messages::{asynchronous, authentication, startup};
use pgscope_proto::{Direction, Message, messages, read};

use super::body::protocol;
use super::{Server, State, settings};
use crate::end::Output;
use crate::report::Report;
use crate::tls::Tls;
use crate::world::{Asks, Edition, Encryption, Forgets};

impl Server {
    /// Reads a packet of the start-up family, if a whole one is there.
    pub(super) fn read_packet(&mut self) -> bool {
        if self.inbox.tag() == Some(TLS_HANDSHAKE) {
            return self.direct_tls();
        }
        let length = match header(Shape::Packet, Direction::Frontend, self.inbox.unread()) {
            Header::Length(length) => length,
            Header::More => return self.end_of_input(),
            Header::Impossible => {
                self.note("invalid length of startup packet");
                return self.lost();
            }
        };
        let Some(packet) = self.inbox.take(length) else { return self.end_of_input() };
        let code = read::startup_code(&packet).unwrap_or_default();
        let State::StartUp { asked_tls, asked_gss } = self.state else { return false };
        match code {
            startup::CANCEL_REQUEST_CODE => self.cancel_request(&packet),
            startup::SSL_REQUEST_CODE if !asked_tls => self.tls_request(asked_gss),
            startup::GSSENC_REQUEST_CODE if !asked_gss => self.gss_request(asked_tls),
            _ => self.startup_message(code, &packet),
        }
        !matches!(self.state, State::Closed)
    }

    fn direct_tls(&mut self) -> bool {
        let accepts = self.world.edition >= Edition::Eighteen && self.world.tls == Encryption::Accepted;
        if !accepts || !matches!(self.state, State::StartUp { asked_tls: false, .. }) {
            self.note("invalid length of startup packet");
            return self.lost();
        }
        self.state = State::Tls;
        self.tls = Some(Tls::server(self.random.fork()));
        let hello = self.inbox.give_back();
        self.received(&hello);
        !matches!(self.state, State::Closed)
    }

    fn tls_request(&mut self, asked_gss: bool) {
        self.read(startup::SSL_REQUEST.name());
        let stuffed = !self.inbox.unread().is_empty();
        match self.world.tls {
            Encryption::Accepted => {
                self.state = State::Tls;
                self.reply(&startup::SSL_ACCEPTED, b'S');
                self.tls = Some(Tls::server(self.random.fork()));
                let rest = self.inbox.give_back();
                if stuffed && self.world.edition >= Edition::Eighteen {
                    self.received(&rest);
                }
            }
            Encryption::Refused => {
                self.state = State::StartUp { asked_tls: true, asked_gss };
                self.reply(&startup::ENCRYPTION_REFUSED, b'N');
                self.refuse_stuffed(stuffed, "SSL");
            }
            Encryption::Error | Encryption::OldError => {
                self.unknown_request(startup::SSL_REQUEST_CODE, self.world.tls == Encryption::OldError);
            }
            Encryption::Bad(byte) => {
                self.state = State::StartUp { asked_tls: true, asked_gss };
                self.reply(&messages::unknown::UNREADABLE, byte);
            }
        }
    }

    fn gss_request(&mut self, asked_tls: bool) {
        self.read(startup::GSSENC_REQUEST.name());
        let stuffed = !self.inbox.unread().is_empty();
        match self.world.gss {
            Encryption::Accepted => {
                self.state = State::Gss;
                self.reply(&startup::GSS_ACCEPTED, b'G');
            }
            Encryption::Refused => {
                self.state = State::StartUp { asked_tls, asked_gss: true };
                self.reply(&startup::ENCRYPTION_REFUSED, b'N');
            }
            Encryption::Error | Encryption::OldError => {
                return self.unknown_request(startup::GSSENC_REQUEST_CODE, self.world.gss == Encryption::OldError);
            }
            Encryption::Bad(byte) => {
                self.state = State::StartUp { asked_tls, asked_gss: true };
                self.reply(&messages::unknown::UNREADABLE, byte);
            }
        }
        self.refuse_stuffed(stuffed, "GSSAPI encryption");
    }

    /// A request for encryption as it looks to who knows none: a version of the protocol that does not exist.
    fn unknown_request(&mut self, code: u32, is_old: bool) {
        let report = self.unsupported(code);
        if is_old { self.fail_of_old(&report) } else { self.fail(report) }
    }

    /// What lay behind the request in the same read was sent before the client knew whether it would be encrypted.
    fn refuse_stuffed(&mut self, stuffed: bool, what: &str) {
        if stuffed {
            let report = protocol(format!("received unencrypted data after {what} request"));
            let detail =
                "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.";
            self.fail(report.detail(detail));
        }
    }

    fn reply(&mut self, message: &'static Message, byte: u8) {
        self.outbox.raw(&[byte]);
        self.write(crate::end::What::Said(message.name(), self.outbox.said_so_far()));
        if self.world.forgets != Forgets::Byte {
            let bytes = self.outbox.flush();
            self.outputs.push(Output::Send(bytes));
        }
    }

    /// GSSAPI is opaque here: a whole token ends the connection, as it does at a server without a keytab.
    pub(super) fn read_gss(&mut self) -> bool {
        let Header::Length(length) = header(Shape::GssPacket, Direction::Frontend, self.inbox.unread()) else {
            return self.end_of_input();
        };
        if self.inbox.take(length).is_none() {
            return self.end_of_input();
        }
        self.note("could not accept GSSAPI security context");
        self.lost()
    }

    fn cancel_request(&mut self, packet: &[u8]) {
        self.read(startup::CANCEL_REQUEST.name());
        let word = |at: usize| Some(u32::from_be_bytes(packet.get(at..at + 4)?.try_into().ok()?));
        if let (Some(pid), Some(key)) = (word(8), packet.get(12..).filter(|key| !key.is_empty() && key.len() <= 256)) {
            self.outputs.push(Output::Cancelled { pid, key: key.to_vec() });
        }
        self.close();
    }

    fn startup_message(&mut self, code: u32, packet: &[u8]) {
        self.read(startup::STARTUP_MESSAGE.name());
        if let Err(report) = self.accept_startup(code, packet) {
            return self.refuse(code, &report);
        }
        self.begin_authentication();
    }

    /// A client of protocol 2 gets its error in the form that it can read: without a length.
    fn refuse(&mut self, code: u32, report: &Report) {
        // Who asks for no version at all gets the form of today.
        if code >> 16 >= 3 || code == 0 {
            return self.fail(report.clone());
        }
        self.fail_of_old(report);
    }

    /// An error in the form of protocol 2.0.
    fn fail_of_old(&mut self, report: &Report) {
        let text = format!("EFATAL:  {}\n\0", report.message);
        self.outbox.raw(text.as_bytes());
        self.write(crate::end::What::Said(messages::errors::LEGACY_ERROR.name(), self.outbox.said_so_far()));
        self.flush();
        self.close();
    }

    fn unsupported(&self, code: u32) -> Report {
        let (major, minor, last) = (code >> 16, code & 0xffff, self.world.edition.newest_protocol() & 0xffff);
        let text = format!("unsupported frontend protocol {major}.{minor}: server supports 3.0 to 3.{last}");
        Report::fatal("0A000", text)
    }

    fn accept_startup(&mut self, code: u32, packet: &[u8]) -> Result<(), Report> {
        let newest = self.world.edition.newest_protocol();
        if code >> 16 != 3 {
            return Err(self.unsupported(code));
        }
        let unknown = self.read_parameters(packet)?;
        self.session.protocol = code.min(newest);
        if code > newest || !unknown.is_empty() {
            let spoken = if self.world.edition >= Edition::Eighteen { self.session.protocol } else { newest };
            let unknown = unknown.iter().map(|name| name.as_str().into()).collect();
            self.state = State::Starting;
            self.say(&asynchronous::NEGOTIATE_PROTOCOL_VERSION, &[Value::Int(i64::from(spoken)), Value::List(unknown)]);
        }
        if self.session.user.is_empty() {
            return Err(Report::fatal("28000", "no PostgreSQL user name specified in startup packet"));
        }
        if self.session.database.is_empty() {
            self.session.database.clone_from(&self.session.user);
        }
        self.world.refuses.clone().map_or(Ok(()), Err)
    }

    /// Takes the pairs, and gives the protocol options that nobody knows.
    fn read_parameters(&mut self, packet: &[u8]) -> Result<Vec<String>, Report> {
        let mut unknown = Vec::new();
        let mut used = 8;
        for (name, value) in read::startup_parameters(packet) {
            used += name.len() + value.len() + 2;
            let text = String::from_utf8_lossy(value).into_owned();
            match String::from_utf8_lossy(name).as_ref() {
                "user" => self.session.user = text,
                "database" => self.session.database = text,
                "options" => self.session.asked_settings.extend(options(&text)),
                "replication" => self.session.replication = is_replication(&text)?,
                name if name.starts_with("_pq_.") => unknown.push(name.to_owned()),
                name => self.session.asked_settings.push((name.to_owned(), text)),
            }
        }
        if packet.len() != used + 1 || packet.last() != Some(&0) {
            return Err(Report::fatal("08P01", "invalid startup packet layout: expected terminator as last byte"));
        }
        Ok(unknown)
    }

    fn begin_authentication(&mut self) {
        let asks = self.world.role(&self.session.user).map_or(self.world.asks_strangers, |role| role.asks);
        self.state = State::Starting;
        match asks {
            Asks::Trust => self.let_in(),
            Asks::Clear => {
                self.state = State::ClearPassword;
                self.say(&authentication::AUTHENTICATION_CLEARTEXT_PASSWORD, &[Value::Int(3)]);
            }
            Asks::Md5 => {
                let salt = self.random.bytes(4);
                self.state = State::Md5Password(salt.clone());
                self.say(&authentication::AUTHENTICATION_MD5_PASSWORD, &[Value::Int(5), Value::Bytes(salt)]);
            }
            Asks::Scram => {
                self.state = State::SaslInitial;
                let offered = Value::List(vec!["SCRAM-SHA-256".into()]);
                self.say(&authentication::AUTHENTICATION_SASL, &[Value::Int(10), offered]);
            }
        }
        if asks != Asks::Trust {
            self.flush();
        }
    }

    /// AuthenticationOk, and everything up to the first ReadyForQuery.
    pub(super) fn let_in(&mut self) {
        self.state = State::Starting;
        self.deadline_us = None;
        self.say(&authentication::AUTHENTICATION_OK, &[Value::Int(0)]);
        if let Err(report) = self.start_session() {
            return self.fail(report);
        }
        for (name, _) in self.world.edition.reported() {
            self.say_setting(name);
        }
        self.session.changed.clear();
        let is_long = self.session.protocol >= startup::VERSION_3_2;
        self.session.key = self.random.bytes(if is_long { 32 } else { 4 });
        let values = [Value::Int(i64::from(self.session.pid)), Value::Bytes(self.session.key.clone())];
        self.say(&asynchronous::BACKEND_KEY_DATA, &values);
        self.ready();
    }

    fn start_session(&mut self) -> Result<(), Report> {
        let user = self.session.user.clone();
        let Some(role) = self.world.role(&user) else {
            return Err(Report::fatal("28000", format!("role \"{user}\" does not exist")));
        };
        let superuser = role.superuser;
        let database = &self.session.database;
        let is_physical = self.session.replication && database == &user;
        if !is_physical && !self.world.databases.contains(database) {
            return Err(Report::fatal("3D000", format!("database \"{database}\" does not exist")));
        }
        let own = self.world.edition.reported().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        self.session.settings = own.chain(self.world.settings.iter().cloned()).collect();
        self.session.settings.insert("session_authorization".to_owned(), user);
        self.session.settings.insert("is_superuser".to_owned(), (if superuser { "on" } else { "off" }).to_owned());
        for (name, value) in std::mem::take(&mut self.session.asked_settings) {
            self.ask_setting(&name, &value)?;
        }
        self.session.settings_at_start.clone_from(&self.session.settings);
        Ok(())
    }

    fn ask_setting(&mut self, name: &str, value: &str) -> Result<(), Report> {
        let is_known = |known: &str| known.eq_ignore_ascii_case(name);
        if !self.session.settings.keys().any(|known| is_known(known)) && !settings::is_known(name) {
            let text = format!("unrecognized configuration parameter \"{name}\"");
            return Err(Report::fatal("42704", text));
        }
        self.take_setting(name, value).map_err(Report::made_fatal)
    }
}

/// The first byte of a TLS handshake record.
const TLS_HANDSHAKE: u8 = 0x16;

fn options(text: &str) -> Vec<(String, String)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let given = words.iter().enumerate().filter_map(|(at, word)| match (*word, words.get(at + 1)) {
        ("-c", Some(next)) => next.split_once('='),
        (word, _) => word.strip_prefix("-c").or_else(|| word.strip_prefix("--")).and_then(|rest| rest.split_once('=')),
    });
    given.map(|(name, value)| (name.replace('-', "_"), value.to_owned())).collect()
}

fn is_replication(text: &str) -> Result<bool, Report> {
    if text.eq_ignore_ascii_case("database") {
        return Ok(true);
    }
    settings::is_true(text).ok_or_else(|| {
        let report = Report::fatal("22023", format!("invalid value for parameter \"replication\": \"{text}\""));
        report.hint("Valid values are: \"false\", 0, \"true\", 1, \"database\".")
    })
}
