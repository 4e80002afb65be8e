// The program that answers, one conversation after the other. Rust 2024, std only.
// server PORT
use std::io::{BufWriter, Error, Read, Result, Write};
use std::net::{TcpListener, TcpStream};

const PASSWORD: &str = "";

type Reader = Box<dyn Read>;
type Writer = BufWriter<Box<dyn Write>>;

struct Message {
    tag: u8,
    body: Vec<u8>,
}

/// Exactly `n` bytes: one read may give fewer.
fn read(r: &mut impl Read, n: i64) -> Result<Vec<u8>> {
    if !(0..1 << 30).contains(&n) {
        return Err(Error::other("a length that cannot be"));
    }
    let mut bytes = vec![0; n as usize];
    r.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn int32(bytes: &[u8]) -> i64 {
    i32::from_be_bytes(bytes.try_into().expect("four bytes")).into()
}

fn ints(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &ints(&[4 + body.len() as i32]), body].concat()
}

/// The two views of a socket.
fn views(sock: &TcpStream) -> Result<(Reader, Writer)> {
    Ok((Box::new(sock.try_clone()?), BufWriter::new(Box::new(sock.try_clone()?))))
}

/// The byte that answers SSLRequest and GSSENCRequest; 0 for any other packet.
fn encryption(packet: &[u8]) -> u8 {
    match packet.get(..4).map(int32) {
        Some(80877103 | 80877104) => b'N',
        _ => 0,
    }
}

/// The views to go on with, where `encryption` says S. Std has no TLS: a library of it goes here.
fn in_tls(_: &TcpStream) -> Result<(Reader, Writer)> {
    Err(Error::other("no TLS"))
}

/// The answer, ReadyForQuery unless it wants COPY data first, and out with it.
fn ready(w: &mut Writer, answer: &[u8]) -> Result<()> {
    w.write_all(answer)?;
    if !answer.starts_with(b"G") {
        w.write_all(&message(b'Z', b"I"))?;
    }
    w.flush()
}

/// Stands for what knows users and SQL.
#[derive(Default)]
struct Db {
    asked: bool,
    failed: Option<Vec<u8>>,
}

impl Db {
    /// Whether the user is not let in yet by this StartupMessage or proof.
    fn wants_proof(&mut self, packet: &[u8]) -> Result<bool> {
        if !self.asked {
            if packet.get(..4).map(int32).is_none_or(|version| version >> 16 != 3) {
                return Err(Error::other("no StartupMessage"));
            }
            self.asked = true;
            return Ok(!PASSWORD.is_empty());
        }
        if packet != format!("{PASSWORD}\0").as_bytes() {
            return Err(Error::other("a wrong password"));
        }
        Ok(false)
    }

    /// The AuthenticationX that asks for the proof.
    fn challenge(&self) -> Vec<u8> {
        message(b'R', &ints(&[3]))
    }

    fn welcome(&self) -> Vec<u8> {
        let encoding = message(b'S', b"client_encoding\0UTF8\0");
        let version = message(b'S', b"server_version\x0015.0\0");
        [message(b'R', &ints(&[0])), encoding, version, message(b'K', &ints(&[1, 2])), message(b'Z', b"I")].concat()
    }

    fn query(&mut self, m: &Message) -> Vec<u8> {
        if m.body.to_ascii_lowercase().starts_with(b"copy") {
            return message(b'G', &[0, 0, 0]);
        }
        let column = message(b'T', b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
        [column, message(b'D', b"\0\x01\0\0\0\x011"), message(b'C', b"SELECT 1\0")].concat()
    }

    fn step(&mut self, w: &mut Writer, m: &Message) -> Result<()> {
        if m.body.windows(4).any(|part| part == b"fail") {
            self.failed = Some(message(b'E', b"SERROR\0C42601\0Mit failed\0\0"));
            return Ok(());
        }
        w.write_all(&match m.tag {
            b'P' => message(b'1', b""),
            b'B' => message(b'2', b""),
            b'D' => message(b'n', b""),
            b'E' => message(b'C', b"SELECT 0\0"),
            _ => message(b'3', b""),
        })
    }

    fn copy(&mut self, w: &mut Writer, m: &Message) -> Result<()> {
        match m.tag {
            b'c' => ready(w, &message(b'C', b"COPY 1\0")),
            b'f' => ready(w, &message(b'E', b"SERROR\0C57014\0Mno more data\0\0")),
            _ => Ok(()),
        }
    }

    /// The ErrorResponse of a step that failed, once.
    fn failure(&mut self) -> Option<Vec<u8>> {
        self.failed.take()
    }
}

fn main() -> Result<()> {
    let port = std::env::args().nth(1).expect("a port");
    let tcp = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    loop {
        if let Err(error) = serve(&tcp, &mut Db::default()) {
            eprintln!("{error}");
        }
    }
}

// >>>
fn read_message(r: &mut impl Read) -> Result<Message> {
    let tag = read(r, 1)?[0]; // @tag
    let length = int32(&read(r, 4)?); // @length
    Ok(Message { tag, body: read(r, length - 4)? }) // @body
}

fn serve(tcp: &TcpListener, db: &mut Db) -> Result<()> {
    let (sock, _) = tcp.accept()?; // @accept
    let (r, w) = &mut views(&sock)?;
    let mut packet = loop {
        let length = int32(&read(r, 4)?); // @packet_length
        let packet = read(r, length - 4)?; // @packet
        let answer = encryption(&packet);
        if answer == 0 { break packet; }
        w.write_all(&[answer])?; w.flush()?; // @answer
        if answer == b'S' { (*r, *w) = in_tls(&sock)?; } // @tls
    };
    while db.wants_proof(&packet)? {
        w.write_all(&db.challenge())?; w.flush()?; // @challenge
        packet = read_message(r)?.body; // @proof
    }
    w.write_all(&db.welcome())?; w.flush()?; // @welcome
    loop {
        let mut m = read_message(r)?; // @message
        match m.tag { // @dispatch
            b'Q' | b'F' => ready(w, &db.query(&m))?, // @query
            b'P' | b'B' | b'D' | b'E' | b'C' =>
                db.step(w, &m)?, // @step
            b'd' | b'c' | b'f' => db.copy(w, &m)?, // @copy
            b'H' => w.flush()?, // @flush
            b'X' => return Ok(()), // @close
            _ => {}
        }
        if let Some(failure) = db.failure() {
            w.write_all(&failure)?; // @error
            while m.tag != b'S' { m = read_message(r)?; } // @skip
        }
        if m.tag == b'S' { ready(w, b"")?; } // @sync
    }
}
// <<<
