//! The forms in which people have bytes, as one plain list.

/// A form of input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Form {
    /// Hex digits with any separator or none.
    Hex,
    /// Numbers and characters of an array in source code.
    Array,
    /// A string literal with escapes, or escaped text without quotes.
    EscapedString,
    /// What PostgreSQL prints for a `bytea`.
    ByteaHex,
    /// Decimal numbers.
    Decimal,
    /// Base64, standard or for URLs.
    Base64,
    /// What `xxd` prints.
    Xxd,
    /// What `hexdump` prints, with or without `-C`.
    Hexdump,
    /// What `od` prints.
    Od,
    /// What `tcpdump -x`, `-xx`, `-X` or `-XX` prints.
    Tcpdump,
    /// What `socat -x` prints.
    Socat,
    /// What `ngrep -x` prints.
    Ngrep,
    /// Wireshark's hex dump of packets.
    WiresharkDump,
    /// Wireshark's "Follow stream" with both directions.
    WiresharkFollow,
    /// Reads and writes as `strace` prints them.
    Strace,
    /// The trace of libpq's `PQtrace` or pgx's `pgproto3`.
    PqTrace,
    /// A trace of types, lengths and bodies.
    Tagged,
    /// The bytes themselves.
    #[default]
    Raw,
    /// A pcap or pcapng file.
    Pcap,
    /// A file that COPY wrote in binary format.
    CopyFile,
    /// A file that holds no bytes of a connection, or packs them.
    Other,
}

impl Form {
    /// Every form that can be asked for.
    pub const ALL: [Form; 18] = [
        Form::Hex,
        Form::Array,
        Form::EscapedString,
        Form::ByteaHex,
        Form::Decimal,
        Form::Base64,
        Form::Xxd,
        Form::Hexdump,
        Form::Od,
        Form::Tcpdump,
        Form::Socat,
        Form::Ngrep,
        Form::WiresharkDump,
        Form::WiresharkFollow,
        Form::Strace,
        Form::PqTrace,
        Form::Tagged,
        Form::Raw,
    ];

    /// The form in words.
    pub const fn name(self) -> &'static str {
        self.entry().1
    }

    /// The form as an argument on a command line or in a link.
    pub const fn id(self) -> &'static str {
        self.entry().0
    }

    /// What the form looks like, for somebody who chooses. Apart from its name, which is shown sooner.
    pub const fn doc(self) -> &'static str {
        match self {
            Form::Hex => "Two hex digits a byte: `51 00 00`, `510000`, `51-00-00`, `0x51, 0x00`, `<Buffer 51 00>`.",
            Form::Array => {
                "The elements of an array of C, Rust, Go, Java, Zig and others: `{0x51, 0, 'S', (byte)0xff}`."
            }
            Form::EscapedString => {
                "A string literal with escapes such as `\\x00`, `\\0`, `\\u0000` or `\\n`: `b\"Q\\x00\\x00\"`."
            }
            Form::ByteaHex => "What PostgreSQL prints for a bytea: `\\x5100000004`.",
            Form::Decimal => "A number a byte, -128 to 255: `[81, 0, 0]`, `<<81, 0, 0>>`, `81 0 0`.",
            Form::Base64 => "Base64 in the standard or the URL alphabet, with or without padding.",
            Form::Xxd => "Lines of an offset with a colon, hex, and the characters: `00000000: 5100`.",
            Form::Hexdump => "The lines of `hexdump -C`, or of plain `hexdump` with its swapped words.",
            Form::Od => {
                "The lines of `od`: octal words, or hex, octal, decimal, characters and names by `-t`, several at once, and `-An`."
            }
            Form::Tcpdump => {
                "Packets as `tcpdump -x`, `-xx`, `-X` and `-XX` print them; headers of IP and TCP are taken off."
            }
            Form::Socat => "Blocks of `socat -x`, whose `>` and `<` say who sent them.",
            Form::Ngrep => "Packets of `ngrep -x`: the ports say who sent them.",
            Form::WiresharkDump => "Wireshark's \"Copy as hex dump\": `0000  51 00 00 00`.",
            Form::WiresharkFollow => {
                "Wireshark's \"Follow TCP stream\" as hex dump, raw, C arrays or YAML, with both directions."
            }
            Form::Strace => "Calls of `read`, `write`, `sendto`, `recvfrom` and their kin, by `strace -s 65535`.",
            Form::PqTrace => "The trace of libpq's PQtrace, or of pgx's pgproto3.",
            Form::Tagged => {
                "A line for each message with its type and its body as a string: `type=Q msg=\"SELECT 1\\x00\"`."
            }
            Form::Raw => "The bytes of the protocol as they are.",
            Form::Pcap => "A pcap or pcapng file.",
            Form::CopyFile => "A file that COPY wrote in binary format.",
            Form::Other => "A file that holds no bytes of a connection, or packs them.",
        }
    }

    /// The form whose [`Form::id`] is `id`.
    pub fn from_id(id: &str) -> Option<Form> {
        Form::ALL.into_iter().find(|form| form.id().eq_ignore_ascii_case(id))
    }

    const fn entry(self) -> (&'static str, &'static str) {
        match self {
            Form::Hex => ("hex", "hex"),
            Form::Array => ("array", "array in source code"),
            Form::EscapedString => ("string", "escaped string"),
            Form::ByteaHex => ("bytea", "PostgreSQL bytea"),
            Form::Decimal => ("decimal", "decimal numbers"),
            Form::Base64 => ("base64", "base64"),
            Form::Xxd => ("xxd", "xxd dump"),
            Form::Hexdump => ("hexdump", "hexdump"),
            Form::Od => ("od", "od dump"),
            Form::Tcpdump => ("tcpdump", "tcpdump -X"),
            Form::Socat => ("socat", "socat -x"),
            Form::Ngrep => ("ngrep", "ngrep -x"),
            Form::WiresharkDump => ("wireshark", "Wireshark hex dump"),
            Form::WiresharkFollow => ("follow", "Wireshark follow stream"),
            Form::Strace => ("strace", "strace"),
            Form::PqTrace => ("pqtrace", "PQtrace"),
            Form::Tagged => ("tagged", "type and body"),
            Form::Raw => ("raw", "raw bytes"),
            Form::Pcap => ("pcap", "capture file"),
            Form::CopyFile => ("copy", "COPY BINARY file"),
            Form::Other => ("other", "another kind of file"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_unique() {
        for (at, form) in Form::ALL.iter().enumerate() {
            assert_eq!(Form::from_id(form.id()), Some(*form));
            assert!(Form::ALL.iter().skip(at + 1).all(|other| other.id() != form.id() && other.name() != form.name()));
            assert!(form.doc().ends_with('.'));
        }
    }
}
