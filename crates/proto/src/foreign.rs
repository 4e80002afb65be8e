//! Other protocols that turn up on a PostgreSQL port, and files that hold no bytes of a connection.
//!
//! ```
//! use pgscope_proto::foreign;
//!
//! assert!(foreign::recognise(b"HTTP/1.1 400 Bad Request").is_some());
//! assert_eq!(foreign::file(b"%PDF-1.7").map(|file| file.name), Some("a PDF document"));
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
    (b"\xd4\xc3\xb2\xa1", "this is a pcap file: it is read unless it is said to be raw bytes"),
    (b"\xa1\xb2\xc3\xd4", "this is a pcap file: it is read unless it is said to be raw bytes"),
    (b"\x0a\x0d\x0d\x0a", "this is a pcapng file: it is read unless it is said to be raw bytes"),
    (b"RFB ", "this is VNC: wrong port"),
    (b"AMQP", "this is AMQP: wrong port"),
    (b"*1\r\n", "this is Redis: wrong port"),
    (b"220 ", "this is a mail or FTP server: wrong port"),
];

/// Recognises what is no PostgreSQL at all, and says what it is.
pub fn recognise(bytes: &[u8]) -> Option<String> {
    let known =
        BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, words)| (*words).to_owned());
    let known = known.or_else(|| file(bytes).map(|file| ["this is ", file.name, ": ", file.instead.words()].concat()));
    known.or_else(|| tls(bytes)).or_else(|| mysql(bytes)).or_else(|| zeros(bytes))
}

/// What such bytes are, without what is to be done about it: `an HTTP request`, `TLS`.
pub fn name(bytes: &[u8]) -> Option<String> {
    let words = recognise(bytes)?;
    let said = ["this is ", "this looks like "].iter().find_map(|begin| words.strip_prefix(begin));
    said.unwrap_or(&words).split([':', ',']).next().map(str::to_owned)
}

/// A kind of file that holds no bytes of a connection, or none that can be read as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct File {
    /// What it is.
    pub name: &'static str,
    /// What can be done about it.
    pub instead: Instead,
    /// Where the bytes stand by which it is known.
    at: usize,
    magic: &'static [u8],
}

/// What is to be read instead of such a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// What is packed in it.
    Unpacked,
    /// The same recording in another form.
    Converted,
    /// Something else: it never went over a wire.
    Recorded,
}

impl Instead {
    /// In words for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Instead::Unpacked => "unpack it first, and open what is packed in it",
            Instead::Converted => "make a pcap file of it with “editcap -F pcap”, and open that",
            Instead::Recorded => "it never went over a connection",
        }
    }
}

const fn kind(at: usize, magic: &'static [u8], name: &'static str, instead: Instead) -> File {
    File { name, instead, at, magic }
}

/// No message begins like these: what would be its length is larger than any message.
const FILES: &[File] = &[
    kind(0, b"\x89PNG\r\n", "a PNG picture", Instead::Recorded),
    kind(0, b"\xff\xd8\xff", "a JPEG picture", Instead::Recorded),
    kind(0, b"GIF8", "a GIF picture", Instead::Recorded),
    kind(8, b"WEBP", "a WebP picture", Instead::Recorded),
    kind(8, b"WAVE", "a sound file (WAV)", Instead::Recorded),
    kind(0, b"II*\0", "a TIFF picture", Instead::Recorded),
    kind(0, b"MM\0*", "a TIFF picture", Instead::Recorded),
    kind(0, b"OggS", "a sound file (Ogg)", Instead::Recorded),
    kind(0, b"fLaC", "a sound file (FLAC)", Instead::Recorded),
    kind(0, b"ID3", "a sound file (MP3)", Instead::Recorded),
    kind(4, b"ftyp", "a film (MP4)", Instead::Recorded),
    kind(0, b"\x1aE\xdf\xa3", "a film (Matroska)", Instead::Recorded),
    kind(0, b"%PDF", "a PDF document", Instead::Recorded),
    kind(0, b"%!PS", "a PostScript document", Instead::Recorded),
    kind(0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of old Microsoft Office", Instead::Recorded),
    kind(0, b"PK\x03\x04", "a ZIP archive, or a document that is one inside", Instead::Unpacked),
    kind(0, b"PK\x05\x06", "an empty ZIP archive", Instead::Unpacked),
    kind(0, b"\x1f\x8b\x08", "a file compressed by gzip", Instead::Unpacked),
    kind(0, b"BZh", "a file compressed by bzip2", Instead::Unpacked),
    kind(0, b"\xfd7zXZ\0", "a file compressed by xz", Instead::Unpacked),
    kind(0, b"\x28\xb5\x2f\xfd", "a file compressed by zstd", Instead::Unpacked),
    kind(0, b"\x04\x22\x4d\x18", "a file compressed by lz4", Instead::Unpacked),
    kind(0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", Instead::Unpacked),
    kind(0, b"Rar!\x1a\x07", "a RAR archive", Instead::Unpacked),
    kind(257, b"ustar", "a tar archive", Instead::Unpacked),
    kind(0, b"\x7fELF", "a program, a library or a core dump (ELF)", Instead::Recorded),
    kind(0, b"\xcf\xfa\xed\xfe", "a program of macOS", Instead::Recorded),
    kind(0, b"\xca\xfe\xba\xbe", "a program of macOS, or a Java class", Instead::Recorded),
    kind(0, b"\0asm\x01\0\0\0", "a WebAssembly module", Instead::Recorded),
    kind(0, b"SQLite format 3\0", "a SQLite database", Instead::Recorded),
    kind(0, b"PGDMP", "an archive of pg_dump", Instead::Recorded),
    kind(0, b"PAR1", "a Parquet file", Instead::Recorded),
    kind(0, b"snoop\0\0\0", "a capture of snoop", Instead::Converted),
    kind(0, b"GMBU", "a capture of Microsoft Network Monitor", Instead::Converted),
    kind(0, b"TRSNIFF data", "a capture of Sniffer", Instead::Converted),
];

/// The kind of file that these bytes are, where it is known to hold none of a connection.
pub fn file(bytes: &[u8]) -> Option<&'static File> {
    let is_it = |file: &&File| bytes.get(file.at..).is_some_and(|rest| rest.starts_with(file.magic));
    FILES.iter().find(is_it).filter(|file| file.at != 8 || bytes.starts_with(b"RIFF"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_what_they_are() {
        let tar = [&[b'a'; 257][..], b"ustar\0", &[0; 250]].concat();
        for (bytes, name) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "PNG"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
            (b"%PDF-1.7", "PDF"),
            (b"PK\x03\x04\x14\0", "ZIP"),
            (b"\x7fELF\x02\x01", "ELF"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"\0\0\0\x20ftypisom", "MP4"),
            (b"PGDMP\x01\x0e", "pg_dump"),
            (&tar, "tar"),
        ] {
            assert!(file(bytes).is_some_and(|file| file.name.contains(name)), "{name}");
            assert!(recognise(bytes).is_some_and(|words| words.contains(name)), "{name}");
        }
        assert_eq!(file(b"\0\0\0\x08\x04\xd2\x16\x2f"), None);
        assert_eq!(file(b"WEBPWEBPWEBP"), None);
    }

    #[test]
    fn no_message_of_the_protocol_is_taken_for_a_file() {
        for message in crate::messages::ALL {
            assert_eq!(file(message.sample), None, "{}", message.name());
        }
    }
}
