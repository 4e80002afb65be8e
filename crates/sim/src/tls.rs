//! TLS as the protocol sees it: records whose borders can be seen and whose payload cannot be read.
//!
//! This is no TLS: the keys come from the two randoms that both ends send in the clear, so nothing is secret. What is true to
//! life is what an observer sees: a ClientHello with its ALPN, a ServerHello, then records of type application data, sixteen
//! bytes longer than what they carry, that a damaged byte turns into an alert.

use hmac::{Hmac, KeyInit, Mac};
use pgscope_proto::Direction;
use pgscope_proto::frame::{Header, Shape, header};
use sha2::{Digest, Sha256};

use crate::random::Random;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
const APPLICATION: u8 = 23;
const TAG: usize = 16;
const HELLO_RANDOM: std::ops::Range<usize> = 11..43;
/// `00 10`, length, length, length, name: the extension that names the protocol inside.
const ALPN: &[u8] = b"\0\x10\0\x0d\0\x0b\x0apostgresql";
/// No record may carry more.
const MOST: usize = 16_384;

/// One end's half of an encrypted connection.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    side: Direction,
    random: Vec<u8>,
    inbox: Vec<u8>,
    key: Option<[u8; 32]>,
    sent: u64,
    received: u64,
    established: bool,
    opening: Random,
}

/// What came of some bytes.
pub(crate) enum Received {
    /// Plain bytes, and what is to be sent in return.
    Plain { plain: Vec<u8>, answer: Vec<u8> },
    /// The connection cannot go on.
    Broken { alert: Vec<u8>, why: &'static str },
}

impl Tls {
    pub(crate) fn server(random: Random) -> Self {
        Self::new(Direction::Backend, random)
    }

    /// The client's half, and its ClientHello.
    pub(crate) fn client(random: Random) -> (Self, Vec<u8>) {
        let this = Self::new(Direction::Frontend, random);
        let hello = this.hello(1);
        (this, hello)
    }

    fn new(side: Direction, mut opening: Random) -> Self {
        let random = opening.bytes(32);
        Self { side, random, inbox: Vec::new(), key: None, sent: 0, received: 0, established: false, opening }
    }

    pub(crate) fn is_established(&self) -> bool {
        self.established
    }

    /// ClientHello (1) or ServerHello (2): version, random, an empty session id, one suite, extensions.
    fn hello(&self, kind: u8) -> Vec<u8> {
        let mut body = vec![3, 3];
        body.extend_from_slice(&self.random);
        body.push(0);
        body.extend_from_slice(if kind == 1 { b"\0\x02\x13\x01\x01\0".as_slice() } else { b"\x13\x01\0" });
        body.extend_from_slice(&(ALPN.len() as u16).to_be_bytes());
        body.extend_from_slice(ALPN);
        let length = (body.len() as u32).to_be_bytes();
        let mut handshake = vec![kind];
        handshake.extend_from_slice(length.get(1..).unwrap_or_default());
        handshake.extend_from_slice(&body);
        record(HANDSHAKE, &handshake)
    }

    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Received {
        self.inbox.extend_from_slice(bytes);
        let (mut plain, mut answer) = (Vec::new(), Vec::new());
        loop {
            match header(Shape::TlsRecord, self.side.other(), &self.inbox) {
                Header::Length(length) if length > MOST + 256 + 5 => return self.broken("a record is too long"),
                Header::Length(length) if length <= self.inbox.len() => {
                    let whole: Vec<u8> = self.inbox.drain(..length).collect();
                    if let Err(why) = self.record(&whole, &mut plain, &mut answer) {
                        return self.broken(why);
                    }
                }
                Header::Impossible => return self.broken("wrong version number"),
                _ => return Received::Plain { plain, answer },
            }
        }
    }

    fn broken(&mut self, why: &'static str) -> Received {
        // Before the keys are agreed on, servers close without an alert that anybody could read.
        let alert = if self.established { self.seal(ALERT, &[2, 20]) } else { Vec::new() };
        Received::Broken { alert, why }
    }

    fn record(&mut self, whole: &[u8], plain: &mut Vec<u8>, answer: &mut Vec<u8>) -> Result<(), &'static str> {
        let kind = whole.first().copied().unwrap_or_default();
        match (kind, self.key) {
            (HANDSHAKE, None) => self.hello_came(whole, answer),
            (APPLICATION, Some(_)) => {
                let (kind, opened) = self.open(whole)?;
                match kind {
                    HANDSHAKE => self.finished_came(answer),
                    ALERT => return Err("alert"),
                    _ => plain.extend_from_slice(&opened),
                }
                Ok(())
            }
            (ALERT, _) => Err("alert"),
            _ => Err("unexpected message"),
        }
    }

    fn hello_came(&mut self, whole: &[u8], answer: &mut Vec<u8>) -> Result<(), &'static str> {
        let expected = if self.side == Direction::Backend { 1 } else { 2 };
        let random = whole.get(HELLO_RANDOM).filter(|_| whole.get(5) == Some(&expected)).ok_or("no hello")?;
        if !whole.windows(ALPN.len()).any(|window| window == ALPN) {
            return Err("no application protocol");
        }
        let mut hash = Sha256::new();
        let (client, server) = match self.side {
            Direction::Frontend => (self.random.as_slice(), random),
            Direction::Backend => (random, self.random.as_slice()),
        };
        hash.update(client);
        hash.update(server);
        self.key = Some(hash.finalize().into());
        if self.side == Direction::Backend {
            answer.extend(self.hello(2));
            // Certificate, its proof, Finished: a flight of about this size.
            let flight = self.opening.bytes(1100);
            answer.extend(self.seal(HANDSHAKE, &flight));
        }
        Ok(())
    }

    fn finished_came(&mut self, answer: &mut Vec<u8>) {
        if self.side == Direction::Frontend && !self.established {
            let finished = self.opening.bytes(36);
            answer.extend(self.seal(HANDSHAKE, &finished));
        }
        self.established = true;
    }

    /// Plain bytes as records.
    pub(crate) fn wrap(&mut self, plain: &[u8]) -> Vec<u8> {
        plain.chunks(MOST).flat_map(|part| self.seal(APPLICATION, part)).collect()
    }

    fn seal(&mut self, kind: u8, plain: &[u8]) -> Vec<u8> {
        let number = self.sent;
        self.sent += 1;
        let mut payload = [plain, &[kind]].concat();
        self.mask(self.side, number, &mut payload);
        let tag = self.tag(self.side, number, &payload);
        payload.extend(tag);
        record(APPLICATION, &payload)
    }

    fn open(&mut self, whole: &[u8]) -> Result<(u8, Vec<u8>), &'static str> {
        let payload = whole.get(5..).unwrap_or_default();
        let (sealed, tag) = payload.split_at_checked(payload.len().saturating_sub(TAG)).ok_or("bad record mac")?;
        let number = self.received;
        self.received += 1;
        if self.tag(self.side.other(), number, sealed) != tag {
            return Err("bad record mac");
        }
        let mut plain = sealed.to_vec();
        self.mask(self.side.other(), number, &mut plain);
        let kind = plain.pop().ok_or("bad record mac")?;
        Ok((kind, plain))
    }

    fn mask(&self, side: Direction, number: u64, bytes: &mut [u8]) {
        for (block, part) in bytes.chunks_mut(32).enumerate() {
            let stream = self.hash(b"mask", side, number, &(block as u64).to_be_bytes());
            part.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
        }
    }

    fn tag(&self, side: Direction, number: u64, bytes: &[u8]) -> Vec<u8> {
        self.hash(b"tag", side, number, bytes).into_iter().take(TAG).collect()
    }

    fn hash(&self, what: &[u8], side: Direction, number: u64, bytes: &[u8]) -> [u8; 32] {
        let key = self.key.unwrap_or_default();
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return key };
        mac.update(what);
        mac.update(&[side as u8]);
        mac.update(&number.to_be_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

fn record(kind: u8, payload: &[u8]) -> Vec<u8> {
    let minor = if kind == HANDSHAKE { 1 } else { 3 };
    let mut bytes = vec![kind, 3, minor];
    bytes.extend_from_slice(&(payload.len() as u16).to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}
