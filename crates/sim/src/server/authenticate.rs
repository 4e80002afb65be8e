//! What the client answers to an authentication request.

use pgscope_proto::encode::Value;
use pgscope_proto::messages::authentication;

use super::body::{Body, protocol};
use super::{Server, State};
use crate::md5;
use crate::report::Report;
use crate::scram::{ServerScram, Verifier};

impl Server {
    /// Goes on with the conversation, or refuses the client.
    pub(super) fn authenticate(&mut self, message: &[u8]) {
        let body = message.get(5..).unwrap_or_default();
        let done = match self.state.clone() {
            State::ClearPassword => self.password(body, |_, password| password.to_owned()),
            State::Md5Password(salt) => self.password(body, |user, password| md5::answer(user, password, &salt)),
            State::SaslInitial => self.sasl_initial(message),
            State::SaslFinal(scram) => self.sasl_final(&scram, body),
            _ => Ok(()),
        };
        if let Err(report) = done {
            self.fail(report);
        }
        self.flush();
    }

    fn password(&mut self, body: &[u8], expected: impl Fn(&str, &str) -> String) -> Result<(), Report> {
        let zero = body.iter().position(|byte| *byte == 0);
        if zero.is_none_or(|zero| zero + 1 != body.len()) {
            return Err(protocol("invalid password packet size"));
        }
        if body.len() == 1 {
            return Err(Report::fatal("28P01", "empty password returned by client"));
        }
        let given = body.strip_suffix(b"\0").unwrap_or(body);
        let user = &self.session.user;
        let password = self.world.role(user).and_then(|role| role.password.as_deref());
        if password.is_none_or(|password| expected(user, password).as_bytes() != given) {
            return Err(self.wrong_password());
        }
        self.let_in();
        Ok(())
    }

    pub(super) fn wrong_password(&self) -> Report {
        Report::fatal("28P01", format!("password authentication failed for user \"{}\"", self.session.user))
    }

    fn sasl_initial(&mut self, message: &[u8]) -> Result<(), Report> {
        let mut body = Body::of(message);
        let mechanism = body.raw_text()?;
        if mechanism != b"SCRAM-SHA-256" {
            return Err(protocol("client selected an invalid SASL authentication mechanism"));
        }
        let data = body.value()?;
        body.end()?;
        let Some(data) = data else {
            // A mechanism without its first message: the server asks for it with an empty challenge.
            let empty = [Value::Int(11), Value::Bytes(Vec::new())];
            self.say(&authentication::AUTHENTICATION_SASL_CONTINUE, &empty);
            return Ok(());
        };
        let salt = self.random.bytes(16);
        let nonce = crate::client::nonce(&mut self.random);
        let password = self.world.role(&self.session.user).and_then(|role| role.password.as_deref());
        let verifier = Verifier { password, salt: &salt, iterations: self.world.iterations };
        let (scram, answer) = ServerScram::first(data, &verifier, &nonce)?;
        self.state = State::SaslFinal(Box::new(scram));
        let values = [Value::Int(11), Value::Bytes(answer.into_bytes())];
        self.say(&authentication::AUTHENTICATION_SASL_CONTINUE, &values);
        Ok(())
    }

    fn sasl_final(&mut self, scram: &ServerScram, body: &[u8]) -> Result<(), Report> {
        let verdict = scram.last(body)?.ok_or_else(|| self.wrong_password())?;
        self.state = State::Starting;
        let values = [Value::Int(12), Value::Bytes(verdict.into_bytes())];
        self.say(&authentication::AUTHENTICATION_SASL_FINAL, &values);
        self.let_in();
        Ok(())
    }
}
