//! Where in an exchange somebody proves a password: the messages that belong together, and their bytes.

use pgscope_proto::frame::Fault;
use pgscope_proto::messages::{authentication, errors, simple_query, startup};
use pgscope_proto::{Exchange, Message, Span, read};

use super::Place;
use crate::{Entry, Index};

/// Logins stand at the beginning: so many messages are looked at, and so many dialogues found.
const MOST_MESSAGES: usize = 1000;
const MOST_DIALOGUES: usize = 16;
/// PostgreSQL reads no longer answer to an authentication request.
const LONGEST: usize = 65_535;

/// How the password is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Clear,
    Md5,
    Sasl,
}

/// What the server said in the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Outcome {
    #[default]
    Unseen,
    LetIn,
    /// With this SQLSTATE.
    Refused(String),
}

/// Bytes of a message that mean something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    number: usize,
    /// Where they begin in the message.
    from: usize,
    pub(super) bytes: &'a [u8],
}

impl<'a> Said<'a> {
    fn new(number: usize, message: &'a [u8], from: usize, length: usize) -> Option<Self> {
        let bytes = message.get(from..from.checked_add(length)?)?;
        (length <= LONGEST).then_some(Self { number, from, bytes })
    }

    pub(super) fn place(&self) -> Place {
        Place { number: self.number, span: Span::new(self.from, self.from + self.bytes.len()) }
    }

    /// A part of them.
    pub(super) fn part(&self, from: usize, to: usize) -> Option<Self> {
        Some(Self { number: self.number, from: self.from + from, bytes: self.bytes.get(from..to)? })
    }

    /// The value of the first attribute of this letter: what is between `r=` and a comma.
    pub(super) fn attribute(&self, letter: u8) -> Option<Self> {
        let mut at = 0;
        for part in self.bytes.split(|byte| *byte == b',') {
            if part.first() == Some(&letter) && part.get(1) == Some(&b'=') {
                return self.part(at + 2, at + part.len());
            }
            at += part.len() + 1;
        }
        None
    }
}

/// The messages of SCRAM.
#[derive(Clone, Debug, Default)]
pub(super) struct Scram<'a> {
    pub(super) chosen: &'a [u8],
    pub(super) client_first: Option<Said<'a>>,
    pub(super) server_first: Option<Said<'a>>,
    pub(super) client_final: Option<Said<'a>>,
    pub(super) server_final: Option<Said<'a>>,
}

impl Scram<'_> {
    pub(super) fn mechanism(&self) -> &'static str {
        match self.chosen {
            b"" | b"SCRAM-SHA-256" => "SCRAM-SHA-256",
            b"SCRAM-SHA-256-PLUS" => "SCRAM-SHA-256-PLUS",
            b"OAUTHBEARER" => "OAUTHBEARER",
            _ => "another SASL mechanism",
        }
    }

    /// Whether it is none that uses a password as SCRAM-SHA-256 does.
    pub(super) fn is_other(&self) -> bool {
        !self.mechanism().starts_with("SCRAM-")
    }
}

/// What belongs together.
#[derive(Clone, Debug)]
pub(super) struct Dialogue<'a> {
    pub(super) way: Way,
    pub(super) messages: Vec<usize>,
    /// As the StartupMessage names the user.
    pub(super) user: Option<&'a [u8]>,
    pub(super) salt: Option<Said<'a>>,
    /// A PasswordMessage's text.
    pub(super) response: Option<Said<'a>>,
    pub(super) scram: Scram<'a>,
    pub(super) outcome: Outcome,
}

/// All dialogues of an exchange in which a password is proved.
pub(super) fn all<'a>(exchange: &'a Exchange, index: &Index) -> Vec<Dialogue<'a>> {
    let mut finding = Finding::default();
    for entry in (0..index.len().min(MOST_MESSAGES)).map_while(|number| index.entry(number)) {
        let is_lost = matches!(entry.fault, Some(Fault::Cut { .. } | Fault::Unreadable));
        if !is_lost && !finding.take(&entry, entry.span.of(&exchange.stream(entry.direction).bytes)) {
            break;
        }
    }
    finding.found
}

#[derive(Default)]
struct Finding<'a> {
    found: Vec<Dialogue<'a>>,
    user: Option<&'a [u8]>,
    /// Whether the last dialogue may go on.
    is_open: bool,
}

impl<'a> Finding<'a> {
    /// Takes the next message; says whether there may be more to find.
    fn take(&mut self, entry: &Entry, bytes: &'a [u8]) -> bool {
        let is = |message: &Message| *entry.message == *message;
        let number = entry.number;
        if is(&startup::STARTUP_MESSAGE) {
            self.user = read::startup_parameter(bytes, "user");
            self.is_open = false;
        } else if is(&authentication::AUTHENTICATION_CLEARTEXT_PASSWORD) {
            self.begin(Way::Clear, number);
        } else if is(&authentication::AUTHENTICATION_MD5_PASSWORD) {
            let salt = Said::new(number, bytes, 9, 4);
            self.begin(Way::Md5, number).into_iter().for_each(|dialogue| dialogue.salt = salt);
        } else if is(&authentication::PASSWORD_MESSAGE) {
            self.password(number, bytes);
        } else if is(&authentication::AUTHENTICATION_SASL) {
            self.begin(Way::Sasl, number);
        } else if is(&authentication::SASL_INITIAL_RESPONSE) {
            self.sasl_initial(number, bytes);
        } else if is(&authentication::AUTHENTICATION_SASL_CONTINUE) {
            self.sasl(number, bytes, 9, |scram| &mut scram.server_first);
        } else if is(&authentication::SASL_RESPONSE) {
            self.sasl(number, bytes, 5, |scram| &mut scram.client_final);
        } else if is(&authentication::AUTHENTICATION_SASL_FINAL) {
            self.sasl(number, bytes, 9, |scram| &mut scram.server_final);
        } else if is(&authentication::AUTHENTICATION_OK) {
            self.end(Outcome::LetIn);
        } else if is(&errors::ERROR_RESPONSE) {
            let code = read::error_field(bytes, b'C').unwrap_or_default().iter().take(5);
            // It is printed as it is.
            let code = code.filter(|letter| letter.is_ascii_alphanumeric()).map(|letter| char::from(*letter));
            self.end(Outcome::Refused(code.collect()));
        }
        !is(&simple_query::READY_FOR_QUERY)
    }

    fn begin(&mut self, way: Way, number: usize) -> Option<&mut Dialogue<'a>> {
        self.is_open = self.found.len() < MOST_DIALOGUES;
        if !self.is_open {
            return None;
        }
        self.found.push(Dialogue {
            way,
            messages: vec![number],
            user: self.user,
            salt: None,
            response: None,
            scram: Scram::default(),
            outcome: Outcome::Unseen,
        });
        self.found.last_mut()
    }

    /// The dialogue to which a message of this way belongs: the last one, or a new one where its begin was not heard.
    fn going_on(&mut self, is_it: impl Fn(&Dialogue) -> bool, way: Way, number: usize) -> Option<&mut Dialogue<'a>> {
        if !self.is_open || !self.found.last().is_some_and(is_it) {
            return self.begin(way, number);
        }
        let dialogue = self.found.last_mut()?;
        dialogue.messages.push(number);
        Some(dialogue)
    }

    fn password(&mut self, number: usize, bytes: &'a [u8]) {
        // Without its zero byte.
        let Some(text) = Said::new(number, bytes, 5, bytes.len().saturating_sub(6)) else { return };
        // Where the request was not heard, the form tells what was asked for.
        let way = if hash_of(text.bytes).is_some() { Way::Md5 } else { Way::Clear };
        let awaits = |dialogue: &Dialogue| dialogue.way != Way::Sasl && dialogue.response.is_none();
        if let Some(dialogue) = self.going_on(awaits, way, number) {
            dialogue.response = Some(text);
        }
    }

    fn sasl_initial(&mut self, number: usize, bytes: &'a [u8]) {
        let body = bytes.get(5..).unwrap_or_default();
        let Some(name) = body.iter().position(|byte| *byte == 0) else { return };
        let from = 5 + name + 1 + 4;
        let length = bytes.get(from - 4..from).and_then(|length| length.try_into().ok()).map_or(-1, i32::from_be_bytes);
        let awaits = |dialogue: &Dialogue| dialogue.way == Way::Sasl && dialogue.messages.len() == 1;
        let Some(dialogue) = self.going_on(awaits, Way::Sasl, number) else { return };
        dialogue.scram.chosen = body.get(..name).unwrap_or_default();
        dialogue.scram.client_first =
            usize::try_from(length).ok().and_then(|length| Said::new(number, bytes, from, length));
    }

    fn sasl(
        &mut self,
        number: usize,
        bytes: &'a [u8],
        from: usize,
        of: for<'b> fn(&'b mut Scram<'a>) -> &'b mut Option<Said<'a>>,
    ) {
        let is_sasl = |dialogue: &Dialogue| dialogue.way == Way::Sasl;
        let Some(dialogue) = self.going_on(is_sasl, Way::Sasl, number) else { return };
        let place = of(&mut dialogue.scram);
        if place.is_none() {
            *place = Said::new(number, bytes, from, bytes.len().saturating_sub(from));
        }
    }

    fn end(&mut self, outcome: Outcome) {
        if let Some(dialogue) = self.found.last_mut().filter(|_| self.is_open) {
            dialogue.outcome = outcome;
        }
        self.is_open = false;
    }
}

/// The digits of `md5` and 32 hexadecimal digits.
pub(super) fn hash_of(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"md5").filter(|digits| digits.len() == 32 && digits.iter().all(u8::is_ascii_hexdigit))
}
