//! Other protocols that turn up on a PostgreSQL port.
//!
//! ```
//! assert!(pgscope_proto::foreign::recognise(b"HTTP/1.1 400 Bad Request").is_some());
//! ```

/// How a protocol begins, what it is called, and what to say about it.
const BEGINNINGS: &[(&[u8], &str)] = &[
    (b"HTTP/", "this is an answer of an HTTP server, not of PostgreSQL: wrong port, or a proxy in between"),
    (b"GET ", "this is an HTTP request: a browser or health check on PostgreSQL's port"),
    (b"POST ", "this is an HTTP request: a web client on PostgreSQL's port"),
    (b"HEAD ", "this is an HTTP request: a health check on PostgreSQL's port"),
    (b"PUT ", "this is an HTTP request: a web client on PostgreSQL's port"),
    (b"OPTIONS ", "this is an HTTP request: a web client on PostgreSQL's port"),
    (b"PRI * HTTP/2", "this is HTTP/2: a web client, perhaps gRPC, on PostgreSQL's port"),
    (b"SSH-", "this is SSH: wrong port"),
    (
        b"PROXY ",
        "this is the PROXY protocol header of a load balancer: PostgreSQL does not understand it, take it off before",
    ),
    (
        b"\r\n\r\n\0\r\nQUIT\n",
        "this is the PROXY protocol (version 2) header of a load balancer: PostgreSQL does not understand it, take it off before",
    ),
    (b"\xef\xbb\xbf", "this begins with a byte order mark: it is a text file, not what went over the wire"),
    (b"\x1f\x8b", "this is a gzip file: unpack it first"),
    (b"\xd4\xc3\xb2\xa1", "this is a pcap file: it is read unless it is said to be raw bytes"),
    (b"\xa1\xb2\xc3\xd4", "this is a pcap file: it is read unless it is said to be raw bytes"),
    (b"\x0a\x0d\x0d\x0a", "this is a pcapng file: it is read unless it is said to be raw bytes"),
    (b"\x89PNG", "this is a PNG picture, not what went over the wire"),
    (b"\xff\xd8\xff", "this is a JPEG picture, not what went over the wire"),
    (b"%PDF", "this is a PDF document, not what went over the wire"),
    (b"PK\x03\x04", "this is a zip archive: unpack it first"),
    (b"\x7fELF", "this is a program (ELF), not what went over the wire"),
    (b"RFB ", "this is VNC: wrong port"),
    (b"AMQP", "this is AMQP: wrong port"),
    (b"*1\r\n", "this is Redis: wrong port"),
    (b"220 ", "this is a mail or FTP server: wrong port"),
];

/// Recognises what is no PostgreSQL at all, and says what it is.
pub fn recognise(bytes: &[u8]) -> Option<String> {
    let known =
        BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, words)| (*words).to_owned());
    known.or_else(|| tls(bytes)).or_else(|| mysql(bytes)).or_else(|| zeros(bytes))
}

fn tls(bytes: &[u8]) -> Option<String> {
    let is_record = matches!(bytes, [20..=23, 3, 0..=4, ..]);
    is_record.then(|| "this is TLS: what is inside cannot be read without the keys of the session".to_owned())
}

fn mysql(bytes: &[u8]) -> Option<String> {
    let is_greeting = matches!(bytes, [_, 0, 0, 0, 10, b'0'..=b'9', ..]);
    is_greeting.then(|| "this looks like the greeting of a MySQL server: wrong port".to_owned())
}

fn zeros(bytes: &[u8]) -> Option<String> {
    (bytes.len() > 8 && bytes.iter().all(|byte| *byte == 0)).then(|| {
        format!("nothing but zero bytes, {} of them: an empty buffer, or a read past what arrived", bytes.len())
    })
}
