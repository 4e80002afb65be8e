//! From the first byte to the first ReadyForQuery.

use pgscope_proto::encode::Value;
use pgscope_proto::messages::{authentication, startup};

use super::read::{self, Reader};
use super::{Client, State, TlsWish, nonce};
use crate::end::{Output, What};
use crate::md5;
use crate::scram::ClientScram;
use crate::tls::Tls;

impl Client {
    pub(super) fn begin(&mut self) {
        if self.settings.raw {
            self.state = State::Ready;
        } else if self.settings.gss {
            self.state = State::AskedGss;
            let code = Value::Int(i64::from(startup::GSSENC_REQUEST_CODE));
            self.say(&startup::GSSENC_REQUEST, &[code]);
            self.flush();
        } else {
            self.ask_tls();
        }
    }

    fn ask_tls(&mut self) {
        match self.settings.tls {
            TlsWish::Disable => self.startup(),
            TlsWish::Direct => self.begin_tls(),
            TlsWish::Prefer | TlsWish::Require => {
                self.state = State::AskedTls;
                self.say(&startup::SSL_REQUEST, &[Value::Int(i64::from(startup::SSL_REQUEST_CODE))]);
                self.flush();
            }
        }
    }

    fn begin_tls(&mut self) {
        self.state = State::Tls;
        let (tls, hello) = Tls::client(self.random.fork());
        self.tls = Some(tls);
        self.outputs.push(Output::Send(hello));
    }

    /// StartupMessage, or the CancelRequest that the connection is there for.
    pub(super) fn startup(&mut self) {
        if let Some(packet) = self.settings.cancels.take() {
            self.state = State::Cancelling;
            self.outbox.raw(&packet);
            self.write(What::Said(startup::CANCEL_REQUEST.name(), self.outbox.said_so_far()));
            return self.flush();
        }
        self.state = State::Authenticating(None);
        let named = [("user", &self.settings.user), ("database", &self.settings.database)];
        let named = named.into_iter().filter(|(_, value)| !value.is_empty());
        let pairs = named.map(|(name, value)| Value::List(vec![name.into(), value.as_str().into()]));
        let further = self.settings.parameters.iter();
        let further = further.map(|(name, value)| Value::List(vec![name.as_str().into(), value.as_str().into()]));
        let pairs = Value::List(pairs.chain(further).collect());
        self.say(&startup::STARTUP_MESSAGE, &[Value::Int(i64::from(self.settings.protocol)), pairs]);
        self.flush();
    }

    /// The one byte that answers a request for encryption.
    pub(super) fn read_answer(&mut self) -> bool {
        let Some(byte) = self.inbox.tag() else { return self.end_of_input() };
        let asked_gss = matches!(self.state, State::AskedGss);
        if !matches!((byte, asked_gss), (b'S' | b'N', false) | (b'G' | b'N', true)) {
            let (name, what) = if asked_gss { ("GSSAPI", "GSS encryption") } else { ("SSL", "SSL") };
            let text = match byte {
                b'E' => format!("server sent an error response during {what} exchange"),
                _ => format!("received invalid response to {name} negotiation: {}", char::from(byte)),
            };
            self.give_up(text);
            return false;
        }
        self.inbox.take(1);
        let name = match byte {
            b'S' => startup::SSL_ACCEPTED.name(),
            b'G' => startup::GSS_ACCEPTED.name(),
            _ => startup::ENCRYPTION_REFUSED.name(),
        };
        if byte != b'N' && !self.inbox.unread().is_empty() {
            let what = if byte == b'G' { "GSSAPI encryption" } else { "SSL" };
            self.note_read(name);
            self.give_up(format!("received unencrypted data after {what} response"));
            return false;
        }
        match byte {
            b'S' => self.state = State::Tls,
            b'G' => {
                self.note_read(name);
                self.give_up("GSSAPI encryption is not simulated: it needs a ticket".to_owned());
                return false;
            }
            _ => {}
        }
        self.note_read(name);
        match byte {
            b'S' => self.begin_tls(),
            _ if asked_gss => self.ask_tls(),
            _ if self.settings.tls == TlsWish::Require => {
                self.give_up("server does not support SSL, but SSL was required".to_owned());
            }
            _ => self.startup(),
        }
        true
    }

    pub(super) fn note_read(&mut self, name: &'static str) {
        self.write(What::Read(name, self.inbox.read_so_far()));
    }

    /// What comes before AuthenticationOk.
    pub(super) fn read_authentication(&mut self) -> bool {
        let Some(tag) = self.inbox.tag() else { return self.end_of_input() };
        if !matches!(tag, b'R' | b'E' | b'v') {
            let tag = char::from(tag);
            self.give_up(format!("expected authentication request from server, but received {tag}"));
            return false;
        }
        let Some(length) = self.inbox.length() else { return self.end_of_input() };
        let is_short = (8..=2000).contains(&length);
        match tag {
            b'R' if !is_short => {
                self.give_up("received invalid authentication request".to_owned());
                return false;
            }
            b'v' if !is_short => {
                self.give_up("received invalid protocol negotiation message".to_owned());
                return false;
            }
            b'E' if !(8..=30_000).contains(&length) => return self.old_error(),
            _ => {}
        }
        let Some(message) = self.inbox.take(length as usize + 1) else { return self.end_of_input() };
        match tag {
            b'E' => {
                self.note_read("ErrorResponse");
                let text = read::report(&message).map_or_else(
                    || "message contents do not agree with length in message type \"E\"".to_owned(),
                    |report| read::printed(&report),
                );
                self.give_up(text);
                return false;
            }
            b'v' => self.negotiated(&message),
            _ => self.asked_to_authenticate(&message),
        }
        true
    }

    /// A server before PostgreSQL 14 may send an error without a length.
    fn old_error(&mut self) -> bool {
        let behind = self.inbox.unread().get(1..).unwrap_or_default();
        let Some(zero) = behind.iter().position(|byte| *byte == 0) else { return self.end_of_input() };
        let text = String::from_utf8_lossy(behind.get(..zero).unwrap_or_default()).trim_end().to_owned();
        self.inbox.take(zero + 2);
        self.note_read("Error of protocol 2.0");
        self.give_up(text);
        false
    }

    fn negotiated(&mut self, message: &[u8]) {
        self.note_read("NegotiateProtocolVersion");
        if let Err(why) = self.accept_negotiation(message) {
            self.give_up(why);
        }
    }

    fn accept_negotiation(&mut self, message: &[u8]) -> Result<(), String> {
        let invalid = |what: String| format!("received invalid protocol negotiation message: {what}");
        let short = || "received invalid protocol negotiation message".to_owned();
        if self.negotiated.is_some() {
            return Err("received duplicate protocol negotiation message".to_owned());
        }
        let mut reader = Reader::of(message);
        let version = reader.u32().ok_or_else(short)?;
        let count = reader.u32().ok_or_else(short)? as i32;
        let asked = self.settings.protocol;
        let word = |version: u32| format!("{}.{}", version >> 16, version & 0xffff);
        if version > asked {
            return Err(invalid("server requested downgrade to a higher-numbered version".to_owned()));
        }
        if version < 3 << 16 {
            return Err(invalid("server requested downgrade to pre-3.0 protocol version".to_owned()));
        }
        if version == (3 << 16) | 1 {
            return Err(invalid("server requested downgrade to non-existent 3.1 protocol version".to_owned()));
        }
        if count < 0 {
            return Err(invalid("server reported negative number of unsupported parameters".to_owned()));
        }
        if version == asked && count == 0 {
            return Err(invalid("server negotiated but asks for no changes".to_owned()));
        }
        for _ in 0..count {
            let name = reader.text().ok_or_else(short)?;
            if !name.starts_with("_pq_.") {
                return Err(invalid(format!(
                    "server reported unsupported parameter name without a \"_pq_.\" prefix (\"{name}\")"
                )));
            }
            if !self.settings.parameters.iter().any(|(known, _)| *known == name) {
                return Err(invalid(format!(
                    "server reported an unsupported parameter that was not requested (\"{name}\")"
                )));
            }
        }
        self.write(What::Noted(format!("the server speaks {}", word(version))));
        self.negotiated = Some(version);
        Ok(())
    }

    fn asked_to_authenticate(&mut self, message: &[u8]) {
        let mut reader = Reader::of(message);
        let code = reader.u32().unwrap_or_default();
        let name = pgscope_proto::messages::authentication_request(code).name();
        if code == 0 {
            self.state = State::Starting;
        }
        self.note_read(name);
        let done = match code {
            0 => Ok(()),
            3 => self.password(|_, password| password.to_owned()),
            5 => match reader.rest().get(..4).map(<[u8]>::to_vec) {
                Some(salt) => self.password(|user, password| md5::answer(user, password, &salt)),
                None => Err("message contents do not agree with length in message type \"R\"".to_owned()),
            },
            10 => self.sasl_initial(&mut reader),
            11 => self.sasl_continue(reader.rest()),
            12 => self.sasl_final(reader.rest()),
            2 => Err("Kerberos 5 authentication not supported".to_owned()),
            7 | 8 => Err("GSSAPI authentication not supported".to_owned()),
            9 => Err("SSPI authentication not supported".to_owned()),
            other => Err(format!("authentication method {other} not supported")),
        };
        if let Err(why) = done {
            self.give_up(why);
        }
    }

    fn given_password(&self) -> Result<String, String> {
        let given = self.settings.password.clone().filter(|password| !password.is_empty());
        given.ok_or_else(|| "fe_sendauth: no password supplied".to_owned())
    }

    fn password(&mut self, answer: impl Fn(&str, &str) -> String) -> Result<(), String> {
        let password = self.given_password()?;
        let answer = answer(&self.settings.user, &password);
        self.say(&authentication::PASSWORD_MESSAGE, &[answer.as_str().into()]);
        self.flush();
        Ok(())
    }

    fn sasl_initial(&mut self, reader: &mut Reader<'_>) -> Result<(), String> {
        if matches!(self.state, State::Authenticating(Some(_))) {
            return Err("duplicate SASL authentication request".to_owned());
        }
        let mut offered = Vec::new();
        loop {
            let invalid =
                "fe_sendauth: invalid authentication request from server: invalid list of authentication mechanisms";
            match reader.text().ok_or(invalid)? {
                name if name.is_empty() => break,
                name => offered.push(name),
            }
        }
        if !offered.iter().any(|name| name == "SCRAM-SHA-256") {
            return Err("none of the server's SASL authentication mechanisms are supported".to_owned());
        }
        let password = self.given_password()?;
        let nonce = nonce(&mut self.random);
        let scram = ClientScram::new(&password, "", &nonce, &format!("{},,", self.settings.binding_flag));
        let first = scram.first();
        self.state = State::Authenticating(Some(Box::new(scram)));
        let values = ["SCRAM-SHA-256".into(), Value::Bytes(first.into_bytes())];
        self.say(&authentication::SASL_INITIAL_RESPONSE, &values);
        self.flush();
        Ok(())
    }

    fn scram(&mut self) -> Result<&mut ClientScram, String> {
        match &mut self.state {
            State::Authenticating(Some(scram)) => Ok(scram),
            _ => {
                Err("fe_sendauth: invalid authentication request from server: AUTH_REQ_SASL_CONT without AUTH_REQ_SASL"
                    .to_owned())
            }
        }
    }

    fn sasl_continue(&mut self, data: &[u8]) -> Result<(), String> {
        let answer = self.scram()?.last(data)?;
        self.say(&authentication::SASL_RESPONSE, &[Value::Bytes(answer.into_bytes())]);
        self.flush();
        Ok(())
    }

    fn sasl_final(&mut self, data: &[u8]) -> Result<(), String> {
        self.scram()?.verify(data)
    }
}
