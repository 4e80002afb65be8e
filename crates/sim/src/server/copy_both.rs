//! Streaming replication: both ends send CopyData, and both must end it.

use pgscope_proto::encode::Value;
use pgscope_proto::messages::{copy, replication};

use super::{Server, State};

/// What a server says of its position.
const KEEPALIVE_TAG: u8 = b'k';

impl Server {
    /// CopyBothResponse, and what there is to stream.
    pub(super) fn begin_stream(&mut self, payloads: &[Vec<u8>]) {
        self.state = State::CopyBoth;
        self.say(&copy::COPY_BOTH_RESPONSE, &[Value::Int(0), Value::List(Vec::new())]);
        self.flush();
        for payload in payloads {
            self.say(&copy::COPY_DATA, &[Value::Bytes(payload.clone())]);
        }
        self.flush();
    }

    /// A message of the client while the server streams.
    pub(super) fn copy_both(&mut self, name: &'static str, tag: u8, message: &[u8]) {
        match tag {
            b'd' => {
                self.read(name);
                self.standby_said(message.get(5..).unwrap_or_default());
            }
            b'c' => {
                self.state = State::Query;
                self.read(name);
                self.say(&copy::COPY_DONE, &[]);
                self.say_complete("COPY 0");
                self.say_complete("START_REPLICATION");
                self.run = None;
                self.ready();
            }
            _ => {
                self.read(name);
                self.close();
            }
        }
    }

    /// A status update may ask for an answer at once.
    fn standby_said(&mut self, payload: &[u8]) {
        let asks = payload.first() == Some(&b'r') && payload.get(33) == Some(&1);
        if asks {
            let flushed = payload.get(9..17).unwrap_or_default();
            let at = flushed.iter().fold(0i64, |number, byte| (number << 8) | i64::from(*byte));
            let values = [Value::Int(at), Value::Int(0), Value::Int(0)];
            let mut inner = Vec::new();
            if pgscope_proto::encode::encode(&replication::PRIMARY_KEEPALIVE, &values, &mut inner).is_ok() {
                debug_assert_eq!(inner.first(), Some(&KEEPALIVE_TAG));
                self.say(&copy::COPY_DATA, &[Value::Bytes(inner)]);
                self.flush();
            }
        }
    }
}
