//! What a server says: messages, and what stands before each ReadyForQuery.

use pgscope_proto::Message;
use pgscope_proto::encode::Value;
use pgscope_proto::messages::{asynchronous, errors, simple_query};

use super::{Server, State};
use crate::end::{Logged, Output, What};
use crate::report::Report;
use crate::world::Forgets;

impl Server {
    /// ReadyForQuery: what changed is told first, and all is sent.
    pub(super) fn ready(&mut self) {
        if self.session.transaction == b'I' {
            self.session.portals.clear();
            self.commit_notifications();
            self.say_notifications();
        }
        self.say_changed_settings();
        let forgotten = if matches!(self.state, State::Starting) { Forgets::StartUp } else { Forgets::Answer };
        self.state = State::Idle;
        let status = i64::from(self.session.transaction);
        self.say(&simple_query::READY_FOR_QUERY, &[Value::Int(status)]);
        if self.world.forgets != forgotten {
            self.flush();
        }
    }

    pub(super) fn commit_notifications(&mut self) {
        let pid = self.session.pid;
        for (channel, payload) in std::mem::take(&mut self.session.to_notify) {
            if self.session.listens.contains(&channel) {
                self.session.notifications.push((pid, channel, payload));
            }
        }
    }

    pub(super) fn say_notifications(&mut self) {
        for (pid, channel, payload) in std::mem::take(&mut self.session.notifications) {
            let values = [Value::Int(i64::from(pid)), channel.as_str().into(), payload.as_str().into()];
            self.say(&asynchronous::NOTIFICATION_RESPONSE, &values);
        }
    }

    pub(super) fn say_changed_settings(&mut self) {
        for name in std::mem::take(&mut self.session.changed) {
            self.say_setting(&name);
        }
    }

    pub(super) fn say_setting(&mut self, name: &str) {
        if let Some(value) = self.session.settings.get(name).cloned() {
            self.say(&asynchronous::PARAMETER_STATUS, &[name.into(), value.as_str().into()]);
        }
    }

    /// Changes a setting, and remembers to tell it if it is one of those that are told.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        let known = self.session.settings.keys().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        let name = known.unwrap_or_else(|| name.to_owned());
        let reported = self.world.edition.reported().iter().any(|(reported, _)| *reported == name);
        let before = self.session.settings.insert(name.clone(), value.to_owned());
        if reported && before.as_deref() != Some(value) && !self.session.changed.contains(&name) {
            self.session.changed.push(name);
        }
    }

    pub(super) fn say(&mut self, message: &'static Message, values: &[Value]) {
        self.outbox.message(message, values);
        self.write(What::Said(message.name(), self.outbox.said_so_far()));
    }

    pub(super) fn say_report(&mut self, report: &Report) {
        let is_error = matches!(report.severity.as_str(), "ERROR" | "FATAL" | "PANIC");
        self.write(What::Reported(report.clone()));
        self.say(if is_error { &errors::ERROR_RESPONSE } else { &errors::NOTICE_RESPONSE }, &report.values());
    }

    pub(super) fn flush(&mut self) {
        let bytes = self.outbox.flush();
        self.send(bytes);
    }

    pub(super) fn send(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let wire = match &mut self.tls {
            Some(tls) if tls.is_established() => tls.wrap(&bytes),
            _ => bytes,
        };
        self.outputs.push(Output::Send(wire));
    }

    pub(super) fn close(&mut self) {
        self.state = State::Closed;
        self.write(What::Closed);
        let reset = self.unread_beyond_buffer && !self.inbox.is_ended();
        self.outputs.push(Output::Close { reset });
    }

    pub(super) fn vanish(&mut self) -> Vec<Output> {
        self.state = State::Closed;
        self.write(What::Closed);
        Vec::new()
    }

    pub(super) fn read(&mut self, name: &'static str) {
        self.write(What::Read(name, self.inbox.read_so_far()));
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.write(What::Noted(text.into()));
    }

    pub(super) fn write(&mut self, what: What) {
        let line = Logged {
            at_us: self.now_us,
            what,
            state: self.state.name(),
            transaction: self.session.transaction,
            awaits: self.awaits(),
        };
        self.log.lines.push(line);
    }
}
