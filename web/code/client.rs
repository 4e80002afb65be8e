// The program that asks. Rust 2024, std only.
// client PORT SQL...
use std::io::{Error, Read, Result, Write};
use std::net::TcpStream;

const PASSWORD: &str = "";

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}
type Socket = Box<dyn Stream>;

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

fn startup(user: &str) -> Vec<u8> {
    let body = [&ints(&[3 << 16])[..], b"user\0", user.as_bytes(), b"\0\0"].concat();
    [&ints(&[4 + body.len() as i32])[..], &body].concat()
}

/// Std has no TLS: a library of it goes here.
fn start_tls(_: Socket) -> Result<Socket> {
    Err(Error::other("no TLS"))
}

/// What the server wants to see; nothing once it is content.
fn proof(m: &Message) -> Result<Vec<u8>> {
    match m.body.get(..4).map(int32) {
        Some(0) => Ok(Vec::new()),
        Some(3) => Ok(message(b'p', format!("{PASSWORD}\0").as_bytes())),
        kind => Err(Error::other(format!("authentication {kind:?}"))),
    }
}

fn copy_data() -> Vec<u8> {
    [message(b'd', b"1\tone\n"), message(b'c', b"")].concat()
}

fn report(m: &Message) {
    println!("error: {}", m.body.escape_ascii());
}

fn handle(m: &Message) {
    println!("{} {}", m.tag as char, m.body.escape_ascii());
}

type Program = dyn Iterator<Item = Vec<u8>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let addr = format!("127.0.0.1:{}", arguments.next().expect("a port"));
    talk(&addr, &mut arguments.map(|sql| message(b'Q', format!("{sql}\0").as_bytes())))
}

// >>>
fn read_message(r: &mut impl Read) -> Result<Message> {
    let tag = read(r, 1)?[0]; // @tag
    let length = int32(&read(r, 4)?); // @length
    Ok(Message { tag, body: read(r, length - 4)? }) // @body
}

fn talk(to: &str, plan: &mut Program) -> Result<()> {
    let mut s: Socket = Box::new(TcpStream::connect(to)?); // @connect
    s.write_all(&ints(&[8, 80877103]))?; // @ask
    let answer = read(&mut s, 1)?[0]; // @byte
    if answer == b'S' { s = start_tls(s)?; } // @tls
    s.write_all(&startup("me"))?; // @startup
    loop {
        let m = read_message(&mut s)?; // @message
        match m.tag { // @dispatch
            b'R' => s.write_all(&proof(&m)?)?, // @proof
            b'Z' => {
                let Some(q) = plan.next() else { break }; // @next
                s.write_all(&q)?; // @request
            }
            b'G' => s.write_all(&copy_data())?, // @data
            b'E' => report(&m), // @report
            _ => handle(&m), // @handle
        }
    }
    s.write_all(&message(b'X', b""))?; // @terminate
    drop(s); // @close
    Ok(())
}
// <<<
