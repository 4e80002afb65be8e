//! Faults of the wire in a lesson: what can be broken at a message, and how it is written, in links and for a simulator.
//!
//! A fault names bytes as they are sent. What arrived is elsewhere where bytes were lost or added before: [`sent`] finds it.

use pgscope_proto::{Direction, Message};
use serde::{Deserialize, Serialize};

use crate::Indexed;

/// So many bytes are lost where nothing more is sent.
const FOREVER: usize = 0x7fff_ffff;
/// How much later late bytes arrive, in milliseconds.
const LATE: u32 = 50;
/// A Query that is sent before its time: `SELECT 1`.
const EARLY: &[u8] = b"Q\0\0\0\x0dSELECT 1\0";

/// A length that counts itself alone.
const NO_LENGTH: [u8; 4] = [0, 0, 0, 4];

/// Something that goes wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Whose bytes.
    pub is_frontend: bool,
    /// Which of them, the first one that is sent being 0.
    pub at: usize,
    /// What becomes of it.
    pub kind: FaultKind,
}

/// What becomes of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FaultKind {
    /// It becomes this.
    Byte(u8),
    /// So many from it on are lost.
    Lost(usize),
    /// Behind it arrive these.
    Added(Vec<u8>),
    /// It and what follows arrives so many milliseconds later.
    Late(u32),
    /// The connection breaks before it.
    Cut,
}

/// A fault that can be tried at a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    /// What it is, in the words of somebody who makes this mistake.
    pub label: String,
    /// The fault.
    pub fault: Fault,
}

impl Fault {
    fn side(&self) -> &'static str {
        if self.is_frontend { Direction::Frontend.name() } else { Direction::Backend.name() }
    }

    /// As a line of a scenario's wire.
    pub fn line(&self) -> String {
        let (side, at) = (self.side(), self.at);
        match &self.kind {
            FaultKind::Byte(value) => format!("damage {side} {at}={value:02x}"),
            FaultKind::Lost(count) => format!("damage {side} drop {at} {count}"),
            FaultKind::Added(bytes) => format!("damage {side} insert {at} {}", hex(bytes)),
            FaultKind::Late(by) => format!("damage {side} delay {at} {by}ms"),
            FaultKind::Cut => format!("damage {side} cut {at}"),
        }
    }

    /// As it stands in links: `F12-3f`, `B480-lost-6`.
    pub fn to_link(&self) -> String {
        let side = if self.is_frontend { 'F' } else { 'B' };
        let kind = match &self.kind {
            FaultKind::Byte(value) => format!("{value:02x}"),
            FaultKind::Lost(count) => format!("lost-{count}"),
            FaultKind::Added(bytes) => format!("added-{}", hex(bytes)),
            FaultKind::Late(by) => format!("late-{by}"),
            FaultKind::Cut => "cut".to_owned(),
        };
        format!("{side}{}-{kind}", self.at)
    }

    /// The fault that stands so in a link.
    pub fn from_link(text: &str) -> Option<Self> {
        let (head, kind) = text.split_once('-')?;
        let (is_frontend, at) = match head.split_at_checked(1)? {
            ("F", at) => (true, at),
            ("B", at) => (false, at),
            _ => return None,
        };
        let kind = match kind.split_once('-') {
            Some(("lost", count)) => FaultKind::Lost(count.parse().ok()?),
            Some(("added", bytes)) => FaultKind::Added(unhex(bytes)?),
            Some(("late", by)) => FaultKind::Late(by.parse().ok()?),
            None if kind == "cut" => FaultKind::Cut,
            None => FaultKind::Byte(unhex(kind).filter(|bytes| bytes.len() == 1)?.first().copied()?),
            Some(_) => return None,
        };
        Some(Self { is_frontend, at: at.parse().ok()?, kind })
    }

    /// In words.
    pub fn words(&self) -> String {
        let (whose, at) = (if self.is_frontend { "client" } else { "server" }, self.at);
        match &self.kind {
            FaultKind::Byte(value) => format!("byte {at} of the {whose} arrives as {value:02x}"),
            FaultKind::Lost(FOREVER) => format!("all of the {whose} from byte {at} on is never sent"),
            FaultKind::Lost(1) => format!("byte {at} of the {whose} is lost"),
            FaultKind::Lost(count) => format!("{count} bytes of the {whose} from byte {at} on are lost"),
            FaultKind::Added(bytes) => format!("behind byte {at} of the {whose} comes {} too", hex(bytes)),
            FaultKind::Late(by) => format!("from byte {at} on, the {whose}’s bytes come {by} ms later"),
            FaultKind::Cut => format!("the connection breaks before byte {at} of the {whose}"),
        }
    }
}

impl Fault {
    /// What one learns from it, where that is the same at any message.
    pub fn lesson(&self) -> Option<&'static str> {
        match &self.kind {
            FaultKind::Added(bytes) if bytes == EARLY => Some(
                "It lies in the server's inbox until that reads messages. But a server that asks for a password takes it for the \
                 password, and ends the connection: wait for ReadyForQuery.",
            ),
            FaultKind::Added(bytes) if *bytes == NO_LENGTH => Some(
                "The answer to SSLRequest is a single byte and no message: what comes behind it is taken for the next one.",
            ),
            FaultKind::Lost(FOREVER) => Some("What is not flushed was never sent: the other end waits."),
            FaultKind::Late(_) => {
                Some("A read may end anywhere in a message: read on until all of its length is there.")
            }
            FaultKind::Cut => Some("The next read gives nothing, and half a message is none."),
            FaultKind::Byte(_) | FaultKind::Lost(_) | FaultKind::Added(_) => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    (rest.is_empty() && !pairs.is_empty()).then(|| pairs.iter().map(pair).collect()).flatten()
}

/// Which byte was sent, of the one that has arrived there: before these faults.
pub fn sent(faults: &[Fault], is_frontend: bool, arrived: usize) -> usize {
    let own = faults.iter().filter(|fault| fault.is_frontend == is_frontend);
    let mut shifts: Vec<(usize, usize, usize)> = own
        .filter_map(|fault| match &fault.kind {
            FaultKind::Lost(count) => Some((fault.at, *count, 0)),
            FaultKind::Added(bytes) => Some((fault.at + 1, 0, bytes.len())),
            _ => None,
        })
        .collect();
    shifts.sort_unstable();
    // So much was sent, and so much has arrived of it, before each of them.
    let mut sent = arrived;
    for (at, lost, added) in shifts {
        if at <= sent {
            sent = sent.saturating_add(lost).saturating_sub(added).max(at.saturating_sub(1));
        }
    }
    sent
}

/// What can be broken at a message.
pub(super) fn offered(indexed: &Indexed, number: usize) -> Vec<Offered> {
    let Some(entry) = indexed.index.entry(number) else { return Vec::new() };
    let bytes = indexed.bytes(&entry);
    let (start, end) = (entry.span.start, entry.span.end);
    let is_frontend = entry.direction == Direction::Frontend;
    let offer = |label: &str, at: usize, kind: FaultKind| Offered {
        label: label.to_owned(),
        fault: Fault { is_frontend, at, kind },
    };
    let mut offered = Vec::new();
    match entry.message.field.id {
        "encryptionrefused" => {
            offered.push(offer("answer N as a message: with a length", start, FaultKind::Added(NO_LENGTH.to_vec())));
        }
        "startup" => offered.push(offer("send the query early", end - 1, FaultKind::Added(EARLY.to_vec()))),
        "readyforquery" => offered.push(offer("no ReadyForQuery", start, FaultKind::Lost(end - start))),
        _ => {}
    }
    offered.extend(
        miscounted(entry.message, bytes).map(|(label, at, value)| offer(label, start + at, FaultKind::Byte(value))),
    );
    if !is_frontend {
        offered.push(offer("forget the flush from here on", start, FaultKind::Lost(FOREVER)));
    }
    if bytes.len() > 3 {
        let label = format!("cut in the third byte: the rest {LATE} ms later");
        offered.push(offer(&label, start + 2, FaultKind::Late(LATE)));
    }
    offered.push(offer("lose this message", start, FaultKind::Lost(end - start)));
    offered.push(offer("the connection breaks in the middle", start + bytes.len() / 2, FaultKind::Cut));
    offered
}

/// The length counted wrong in the two ways in which people do: the byte of it that becomes another, and what it becomes.
fn miscounted(message: &'static Message, bytes: &[u8]) -> Option<(&'static str, usize, u8)> {
    message.tag()?;
    let low = bytes.get(4)?;
    match low.checked_add(1) {
        Some(more) => Some(("count the type in the length", 4, more)),
        None => Some(("forget to count one byte", 4, low - 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Fault {
        Fault::from_link(text).expect(text)
    }

    #[test]
    fn links_go_round() {
        for text in ["F12-3f", "B480-lost-6", "F0-added-00000004", "B3-late-50", "F7-cut"] {
            assert_eq!(fault(text).to_link(), text);
        }
        for text in ["", "F", "F12", "X1-cut", "F1-zz", "F1-3f3f", "F-cut", "F1-added-", "B1-lost-x", "F1-torn-1"] {
            assert_eq!(Fault::from_link(text), None, "{text}");
        }
    }

    #[test]
    fn what_has_arrived_leads_to_what_was_sent() {
        let faults = [fault("F10-lost-5"), fault("F20-added-0102"), fault("B0-lost-1")];
        let pairs = [(0, 0), (9, 9), (10, 15), (15, 20), (16, 20), (17, 20), (18, 21), (30, 33)];
        for (arrived, wanted) in pairs {
            assert_eq!(sent(&faults, true, arrived), wanted, "{arrived}");
        }
        assert_eq!(sent(&faults, false, 0), 1);
    }

    /// Everything that is offered is a line that the simulator takes, and changes what is said.
    #[cfg(feature = "sim")]
    #[test]
    fn what_is_offered_can_be_played() {
        use pgscope_sim::{Choices, Scenario, shipped};
        let mut tried = 0;
        for shipped in shipped::ALL {
            let plain = Scenario::read(shipped.text, &Choices::default()).expect("it is shipped").play();
            let indexed = Indexed::new(plain.connections[0].exchange.clone());
            for number in (0..indexed.index.len()).step_by(5) {
                for offered in offered(&indexed, number) {
                    assert_eq!(Fault::from_link(&offered.fault.to_link()).as_ref(), Some(&offered.fault));
                    let text = format!("{}\n[wire]\n{}\n", shipped.text, offered.fault.line());
                    let broken = Scenario::read(&text, &Choices::default()).expect(&text).play();
                    assert_ne!(broken.connections[0].exchange, plain.connections[0].exchange, "{offered:?}");
                    tried += 1;
                }
            }
        }
        assert!(tried > 500, "only {tried}");
    }

    /// A length that is one too long takes a byte of the next message, and what is read then is no message that was said.
    #[cfg(feature = "sim")]
    #[test]
    fn what_the_other_end_takes_a_message_for_is_told() {
        use pgscope_session::{Course, instant_after};
        use pgscope_sim::{Choices, Scenario, shipped};
        let text = shipped::find("extended-query").expect("it is shipped").text;
        let plain = Scenario::read(text, &Choices::default()).expect("it is shipped").play();
        let parse = (0..40).find_map(|number| {
            let indexed = Indexed::new(plain.connections[0].exchange.clone());
            indexed.index.entry(number).filter(|entry| entry.message.name() == "Parse")
        });
        let parse = parse.expect("there is one");
        let told = |wrong: i32| {
            let line = format!("damage frontend {}={:02x}", parse.span.start + 4, parse.span.len() as i32 - 1 + wrong);
            let broken = Scenario::read(&format!("{text}\n[wire]\n{line}\n"), &Choices::default()).expect(&line).play();
            let indexed = Indexed::new(broken.connections[0].exchange.clone());
            let course = Course::new(&indexed.exchange, &indexed.index);
            let at = |number| instant_after(&indexed.exchange, &indexed.index.entry(number).expect("it was said"));
            let takes = |number| crate::programs::both(&indexed, &course, &at(number)).server.takes;
            [takes(parse.number), takes(parse.number + 1)]
        };
        assert_eq!(told(0), ["", ""]);
        let [first, next] = told(1);
        assert_eq!(first, "");
        let bytes = parse.span.len();
        assert!(
            next.ends_with(&format!("it reads what begins {bytes} bytes before, by the length that stands there.")),
            "{next}"
        );
        // One too short leaves a zero, which is no type: the server has closed then, and takes nothing for anything.
        assert_eq!(told(-1), ["", ""]);
        // A client takes any type, and reads on where it believes that the next message begins.
        let indexed = Indexed::new(plain.connections[0].exchange.clone());
        let answers = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
        let answer = answers.into_iter().find(|entry| entry.message.name() == "ParseComplete").expect("there is one");
        let line = format!("damage backend {}=05", answer.span.start + 4);
        let broken = Scenario::read(&format!("{text}\n[wire]\n{line}\n"), &Choices::default()).expect(&line).play();
        let indexed = Indexed::new(broken.connections[0].exchange.clone());
        let course = Course::new(&indexed.exchange, &indexed.index);
        let at = instant_after(&indexed.exchange, &indexed.index.entry(answer.number + 1).expect("it was said"));
        let takes = crate::programs::both(&indexed, &course, &at).client.takes;
        let wanted =
            "the first byte belongs to what begins 5 bytes before, by the length that stands there; it reads the rest";
        assert!(takes.contains(wanted), "{takes}");
    }
}
