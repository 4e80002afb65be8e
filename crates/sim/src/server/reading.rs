//! Finds messages in what was received, and hands each to the state that it belongs to.

use pgscope_proto::messages::authentication;
use pgscope_proto::{Direction, Message, messages};

use super::{Server, State, synchronization_lost};
use crate::report::Report;

impl Server {
    /// Reads one message, if a whole one is there.
    pub(super) fn read_one(&mut self) -> bool {
        match &self.state {
            State::StartUp { .. } => self.read_packet(),
            State::Gss => self.read_gss(),
            State::Tls => self.end_of_input(),
            _ => self.read_tagged(),
        }
    }

    pub(super) fn read_tagged(&mut self) -> bool {
        let Some(tag) = self.inbox.tag() else { return self.end_of_input() };
        let most = match self.most(tag) {
            Ok(most) => most,
            Err(report) => {
                // The type byte alone is read: what follows it cannot be trusted.
                self.inbox.take(1);
                self.fail(report);
                return false;
            }
        };
        let Some(length) = self.inbox.length() else { return self.end_of_input() };
        if length < 4 || length > most {
            self.note("invalid message length");
            if matches!(self.state, State::SaslInitial | State::SaslFinal(_)) {
                let report = self.wrong_password();
                self.fail(report);
                return false;
            }
            return self.lost();
        }
        let Some(message) = self.inbox.take(length as usize + 1) else { return self.end_of_input() };
        self.take(tag, &message);
        !matches!(self.state, State::Closed)
    }

    /// The longest message of this type that may come now, or the complaint that it may not.
    pub(super) fn most(&self, tag: u8) -> Result<u32, Report> {
        const LARGE: u32 = 0x3fff_ffff;
        const SMALL: u32 = 10_000;
        match &self.state {
            State::ClearPassword | State::Md5Password(_) if tag == b'p' => Ok(65_535),
            State::SaslInitial | State::SaslFinal(_) if tag == b'p' => Ok(1024),
            State::ClearPassword | State::Md5Password(_) => {
                Err(Report::fatal("08P01", format!("expected password response, got message type {tag}")))
            }
            State::SaslInitial | State::SaslFinal(_) => {
                Err(Report::fatal("08P01", format!("expected SASL response, got message type {tag}")))
            }
            State::CopyIn(_) => match tag {
                b'd' => Ok(LARGE),
                b'c' | b'f' | b'H' | b'S' => Ok(SMALL),
                _ => Err(Report::error("08P01", format!("unexpected message type 0x{tag:02X} during COPY from stdin"))),
            },
            State::CopyBoth => match tag {
                b'd' => Ok(LARGE),
                b'c' | b'X' => Ok(SMALL),
                _ => Err(Report::fatal("08P01", format!("invalid standby message type \"{}\"", char::from(tag)))),
            },
            _ => match tag {
                b'Q' | b'F' | b'B' | b'P' | b'd' => Ok(LARGE),
                b'X' | b'C' | b'D' | b'E' | b'H' | b'S' | b'c' | b'f' => Ok(SMALL),
                _ => Err(Report::fatal("08P01", format!("invalid frontend message type {tag}"))),
            },
        }
    }

    /// No whole message is there: wait, or the client is gone.
    pub(super) fn end_of_input(&mut self) -> bool {
        if self.inbox.is_ended() {
            return self.lost();
        }
        false
    }

    /// The client is gone, or what it says cannot be followed any more. Nothing is said, except inside a COPY.
    pub(super) fn lost(&mut self) -> bool {
        if matches!(self.state, State::CopyIn(_)) {
            let text = "unexpected EOF on client connection with an open transaction";
            self.say_report(&Report::error("08006", text));
            self.say_report(&synchronization_lost());
            self.flush();
        }
        self.close();
        false
    }

    /// What to do with a whole message.
    pub(super) fn take(&mut self, tag: u8, message: &[u8]) {
        let name = match &self.state {
            State::ClearPassword | State::Md5Password(_) => authentication::PASSWORD_MESSAGE.name(),
            State::SaslInitial => authentication::SASL_INITIAL_RESPONSE.name(),
            State::SaslFinal(_) => authentication::SASL_RESPONSE.name(),
            _ => messages::by_tag(Direction::Frontend, tag).map_or("unknown", Message::name),
        };
        match &self.state {
            State::ClearPassword | State::Md5Password(_) | State::SaslInitial | State::SaslFinal(_) => {
                self.read(name);
                self.authenticate(message);
            }
            State::CopyIn(_) => self.copy_in(name, tag, message),
            State::CopyBoth => self.copy_both(name, tag, message),
            State::Skipping if !matches!(tag, b'S' | b'X') => self.read(name),
            _ => self.command(name, tag, message),
        }
    }

    pub(super) fn command(&mut self, name: &'static str, tag: u8, message: &[u8]) {
        match tag {
            b'X' => {
                self.read(name);
                self.close();
            }
            b'Q' => {
                self.state = State::Query;
                self.read(name);
                self.simple_query(message);
            }
            b'F' => {
                self.state = State::Function;
                self.read(name);
                self.function_call(message);
            }
            b'S' => {
                self.state = State::Syncing;
                self.read(name);
                self.sync(message);
            }
            b'd' | b'c' | b'f' => self.read(name),
            _ => {
                self.state = State::Extended;
                self.read(name);
                self.extended(tag, message);
            }
        }
    }
}
