//! What the client's user does, one action after the other.

use pgscope_proto::Message;
use pgscope_proto::encode::{Value, encode};
use pgscope_proto::messages::{copy, extended_query, function_call, replication, simple_query, startup};

use super::{Action, Asked, Client, State, Wait};
use crate::end::{Output, What};

impl Client {
    /// Does the next action, if it may; says whether it did.
    pub(super) fn act(&mut self) -> bool {
        if !matches!(self.state, State::Ready | State::CopyIn | State::CopyOut | State::CopyBoth) || self.waits() {
            return false;
        }
        let Some(action) = self.actions.pop_front() else { return false };
        self.perform(action);
        true
    }

    /// Whether the last action still waits.
    fn waits(&mut self) -> bool {
        let over = match self.wait {
            None => true,
            Some(Wait::Answers) => self.asked.is_empty() || matches!(self.state, State::CopyIn | State::CopyBoth),
            Some(Wait::Notification) => self.notifications > 0,
            Some(Wait::Data(count)) => {
                let streams = matches!(self.state, State::CopyBoth | State::CopyOut);
                if streams { self.data >= count } else { self.asked.is_empty() }
            }
            Some(Wait::Until(at)) => self.now_us >= at,
        };
        if over {
            if self.wait == Some(Wait::Notification) {
                self.notifications -= 1;
            }
            self.wait = None;
        }
        !over
    }

    fn perform(&mut self, action: Action) {
        match action {
            Action::Query { sql, waits } => {
                self.ask(Asked::Query, &simple_query::QUERY, &[sql.as_str().into()]);
                self.flush();
                self.wait = waits.then_some(Wait::Answers);
            }
            Action::Parse { name, sql, types } => {
                let types = types.into_iter().map(|oid| Value::Int(i64::from(oid))).collect();
                let values = [name.as_str().into(), sql.as_str().into(), Value::List(types)];
                self.ask(Asked::Step(b'P'), &extended_query::PARSE, &values);
            }
            Action::Bind { portal, statement, values, formats, results } => {
                let codes =
                    |codes: Vec<u16>| Value::List(codes.into_iter().map(|code| Value::Int(code.into())).collect());
                let values = values.into_iter().map(|value| value.map_or(Value::Null, Value::Bytes)).collect();
                let names = [portal.as_str().into(), statement.as_str().into()];
                let [portal, statement] = names;
                let values = [portal, statement, codes(formats), Value::List(values), codes(results)];
                self.ask(Asked::Step(b'B'), &extended_query::BIND, &values);
            }
            Action::Describe(kind, name) => {
                let values = [Value::Int(i64::from(kind)), name.as_str().into()];
                self.ask(Asked::Step(b'D'), &extended_query::DESCRIBE, &values);
            }
            Action::Execute(portal, most) => {
                let values = [portal.as_str().into(), Value::Int(i64::from(most))];
                self.ask(Asked::Step(b'E'), &extended_query::EXECUTE, &values);
            }
            Action::Close(kind, name) => {
                let values = [Value::Int(i64::from(kind)), name.as_str().into()];
                self.ask(Asked::Step(b'C'), &extended_query::CLOSE, &values);
            }
            Action::Flush => {
                self.say(&extended_query::FLUSH, &[]);
                self.flush();
                self.wait = Some(Wait::Answers);
            }
            Action::Sync { waits } => {
                self.ask(Asked::Sync, &extended_query::SYNC, &[]);
                self.flush();
                self.wait = waits.then_some(Wait::Answers);
            }
            other => self.perform_other(other),
        }
    }

    fn perform_other(&mut self, action: Action) {
        match action {
            Action::Await => {
                self.flush();
                self.wait = Some(Wait::Answers);
            }
            Action::AwaitNotification => self.wait = Some(Wait::Notification),
            Action::AwaitData(count) => self.wait = Some(Wait::Data(count)),
            Action::Function { oid, arguments, format } => self.call(oid, arguments, format),
            Action::Sleep(us) => {
                let until = self.now_us + us;
                self.wait = Some(Wait::Until(until));
                self.outputs.push(Output::WakeAt(until));
            }
            Action::Cancel { asks_tls, wrong_key } => self.cancel(asks_tls, wrong_key),
            Action::Raw(bytes) => self.say_bytes(&bytes),
            Action::RawQuery(bytes) => {
                self.asked.push_back(Asked::Query);
                self.say_bytes(&bytes);
                self.wait = Some(Wait::Answers);
            }
            Action::Terminate => {
                self.say(&simple_query::TERMINATE, &[]);
                self.flush();
                self.close();
            }
            Action::Drop => self.close(),
            Action::Shut => self.outputs.push(Output::Shut),
            other => self.copy(other),
        }
    }

    fn copy(&mut self, action: Action) {
        let is_both = matches!(self.state, State::CopyBoth);
        match action {
            Action::CopyData(data) => self.say(&copy::COPY_DATA, &[Value::Bytes(data)]),
            Action::Status { lsn, asks } => self.status(lsn, asks),
            Action::CopyDone => {
                self.state = if is_both { State::CopyOut } else { State::Ready };
                self.failed = false;
                self.say(&copy::COPY_DONE, &[]);
                self.wait = Some(Wait::Answers);
            }
            Action::CopyFail(reason) => {
                self.state = State::Ready;
                self.failed = false;
                self.say(&copy::COPY_FAIL, &[reason.as_str().into()]);
                self.wait = Some(Wait::Answers);
            }
            _ => {}
        }
        self.flush();
    }

    fn say_bytes(&mut self, bytes: &[u8]) {
        self.outbox.raw(bytes);
        self.write(What::Said("bytes", self.outbox.said_so_far()));
        self.flush();
    }

    fn ask(&mut self, asked: Asked, message: &'static Message, values: &[Value]) {
        self.asked.push_back(asked);
        self.say(message, values);
    }

    fn call(&mut self, oid: u32, arguments: Vec<Option<Vec<u8>>>, format: u16) {
        let arguments = arguments.into_iter().map(|value| value.map_or(Value::Null, Value::Bytes)).collect();
        let code = Value::Int(i64::from(format));
        let values = [Value::Int(i64::from(oid)), Value::List(vec![code.clone()]), Value::List(arguments), code];
        self.ask(Asked::Function, &function_call::FUNCTION_CALL, &values);
        self.flush();
        self.wait = Some(Wait::Answers);
    }

    fn cancel(&mut self, asks_tls: bool, wrong_key: bool) {
        let mut key = self.key.clone();
        if let Some(first) = key.first_mut().filter(|_| wrong_key) {
            *first ^= 1;
        }
        let code = Value::Int(i64::from(startup::CANCEL_REQUEST_CODE));
        let values = [code, Value::Int(i64::from(self.pid)), Value::Bytes(key)];
        let mut packet = Vec::new();
        let asks_tls = asks_tls || self.tls.is_some();
        if encode(&startup::CANCEL_REQUEST, &values, &mut packet).is_ok() {
            self.outputs.push(Output::Cancel { packet, asks_tls });
        }
    }

    fn status(&mut self, lsn: u64, asks: bool) {
        let at = Value::Int(lsn as i64);
        let values = [at.clone(), at.clone(), at, Value::Int(0), Value::Int(i64::from(asks))];
        let mut inner = Vec::new();
        if encode(&replication::STANDBY_STATUS_UPDATE, &values, &mut inner).is_ok() {
            self.say(&copy::COPY_DATA, &[Value::Bytes(inner)]);
        }
    }
}
