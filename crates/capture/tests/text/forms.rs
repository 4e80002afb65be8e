//! Small inputs by hand: every way in which people write bytes down, and what is wrong with some of them.

use pgscope_capture::{Form, Kind, Options, Reading, kind, read, read_text};
use pgscope_proto::{Direction, Order, Sides};

use crate::{hex, plain};

/// The input, the form that is recognised, and the bytes; a bar parts the two directions.
const READ: [(&str, Form, &str); 126] = [
    // Hex.
    ("51 00 00 00 04", Form::Hex, "5100000004"),
    ("5100000004", Form::Hex, "5100000004"),
    ("51:00:00:00:0D", Form::Hex, "510000000d"),
    ("51-00-00-00-04", Form::Hex, "5100000004"),
    ("51,00,00,00,0d", Form::Hex, "510000000d"),
    ("0x51 0x00 0x00 0x00 0x04", Form::Hex, "5100000004"),
    ("0x51, 0x00, 0x00, 0x00, 0x04,", Form::Hex, "5100000004"),
    ("0x5100000004", Form::Hex, "5100000004"),
    ("5100 0000 04", Form::Hex, "5100000004"),
    ("510\n000\n0004", Form::Hex, "5100000004"),
    ("51\u{a0}00 “00” 00\u{2003}04", Form::Hex, "5100000004"),
    ("\u{feff}51 00\r\n00 00 04\r\n", Form::Hex, "5100000004"),
    ("51 00 00 00 04 # Query 04", Form::Hex, "5100000004"),
    ("51 00 /* ff\nff */ 00 00 04 // 05", Form::Hex, "5100000004"),
    ("# Query\n51 00 00 00 04", Form::Hex, "5100000004"),
    ("<Buffer 51 00 00 00 04>", Form::Hex, "5100000004"),
    ("Q51", Form::Hex, ""),
    ("bytes.fromhex('51 00 00 00 04')", Form::Hex, "5100000004"),
    ("hex!(\"5100000004\")", Form::Hex, "5100000004"),
    ("Buffer.from('5100000004', 'hex')", Form::Hex, "5100000004"),
    ("decode('5100000004', 'hex')", Form::Hex, "5100000004"),
    ("X'5100000004'", Form::Hex, "5100000004"),
    ("|51|00|00|00|04|", Form::Hex, "5100000004"),
    ("51 00\n\n\n00 00 04", Form::Hex, "5100000004"),
    // PostgreSQL.
    ("\\x5100000004", Form::ByteaHex, "5100000004"),
    ("'\\x5100000004'::bytea", Form::ByteaHex, "5100000004"),
    ("E'\\\\x5100000004'", Form::ByteaHex, "5100000004"),
    ("SELECT '\\x5100000004'::bytea;", Form::ByteaHex, "5100000004"),
    (" \\x5100000004\n", Form::ByteaHex, "5100000004"),
    ("'Q\\000\\000\\000\\004'::bytea", Form::EscapedString, "5100000004"),
    ("E'Q\\\\000\\\\000\\\\000\\\\004'::bytea", Form::EscapedString, "5100000004"),
    ("Q\\000\\000\\000\\004", Form::EscapedString, "5100000004"),
    // Strings.
    ("\"Q\\x00\\x00\\x00\\x04\"", Form::EscapedString, "5100000004"),
    ("\\x51\\x00\\x00\\x00\\x04", Form::EscapedString, "5100000004"),
    ("b'Q\\x00\\x00\\x00\\x04'", Form::EscapedString, "5100000004"),
    ("let query = b\"Q\\x00\\0\\0\\x04\";", Form::EscapedString, "5100000004"),
    ("let zeros = b\"\\012\";", Form::EscapedString, "003132"),
    ("const char p[] = \"Q\\0\\0\\0\\4\";", Form::EscapedString, "5100000004"),
    ("\"\\x51\\x00\\x00\" \\\n\"\\x00\\x04\"", Form::EscapedString, "5100000004"),
    ("\"\\x51\\x00\\\n   \\x00\\x00\\x04\"", Form::EscapedString, "5100000004"),
    ("\"Q\\u0000\\u0000\\u0000\\u0004\"", Form::EscapedString, "5100000004"),
    ("\"Q\\u00ff\"", Form::EscapedString, "51ff"),
    ("\"\\u{e9}\"", Form::EscapedString, "c3a9"),
    ("\"\\x{51}\\x{00}\"", Form::EscapedString, "5100"),
    ("~c\"Q\\x00\\x00\\x00\\x04\"", Form::EscapedString, "5100000004"),
    ("<<\"Q\\x00\\x00\\x00\\x04\">>", Form::EscapedString, "5100000004"),
    ("[]byte(\"Q\\x00\\x00\\x00\\x04\")", Form::EscapedString, "5100000004"),
    ("“Q\\x00\\x00\\x00\\x04”", Form::EscapedString, "5100000004"),
    ("Q\\x00\\x00\\x00\\x0aSELECT", Form::EscapedString, "510000000a53454c454354"),
    ("\"caf\\xc3\\xa9 é\\x00\"", Form::EscapedString, "636166c3a920c3a900"),
    ("\"a\\tb\\n\\\"\\\\\\r\"", Form::EscapedString, "6109620a225c0d"),
    ("'hello'", Form::EscapedString, "68656c6c6f"),
    ("x = (b'Q\\x00'\n     b'\\x00\\x00\\x04')", Form::EscapedString, "5100000004"),
    // Arrays.
    ("static const unsigned char packet[5] = {\n  0x51, 0x00, 0x00, 0x00, 0x04\n};", Form::Array, "5100000004"),
    ("static const unsigned char packet[] = {0x51, 0, 0, 0, 4};", Form::Array, "5100000004"),
    ("unsigned char p[] = {\n 0x51, 0x00 };\nunsigned int p_len = 2;", Form::Array, "5100"),
    ("[0x51, 0, 0, 0, 4]", Form::Array, "5100000004"),
    ("&[0x51u8, 0, 0, 0, 4]", Form::Array, "5100000004"),
    ("let p: [u8; 5] = [0x51, 0, 0, 0, 4];", Form::Array, "5100000004"),
    ("vec![81u8, 0, 0, 0, 4]", Form::Array, "5100000004"),
    ("[]byte{0x51, 0x00, 0x00, 0x00, 0x04}", Form::Array, "5100000004"),
    ("[5]byte{81, 0, 0, 0, 4}", Form::Array, "5100000004"),
    ("new byte[] {(byte)0xff, -1, 81, 'Q'}", Form::Array, "ffff5151"),
    ("new byte[5] { 0x51, 0x00, 0x00, 0x00, 0x04 };", Form::Array, "5100000004"),
    ("[_]u8{ 81, 0, 0, 0, 4 }", Form::Array, "5100000004"),
    ("bytes([81, 0, 0, 0, 4])", Form::Array, "5100000004"),
    ("Buffer.from([81, 0, 0, 0, 4])", Form::Array, "5100000004"),
    ("new Uint8Array([81, 0, 0, 0, 4])", Form::Array, "5100000004"),
    ("{'Q', 0, 0, 0, 4}", Form::Array, "5100000004"),
    ("{'Q', '\\0', '\\0', '\\0', '\\4'}", Form::Array, "5100000004"),
    ("[b'Q', 0, 0, 0, 0x04]", Form::Array, "5100000004"),
    ("{ 0b01010001, 0x00 }", Form::Array, "5100"),
    // Decimal.
    ("[81, 0, 0, 0, 4]", Form::Decimal, "5100000004"),
    ("<<81, 0, 0, 0, 4>>", Form::Decimal, "5100000004"),
    // One object of JSON is no table of its keys.
    (
        "{\"dir\":\"client\",\"data\":\"Q\\u0000\\u0000\\u0000\\rselect 1\\u0000\"}",
        Form::EscapedString,
        "510000000d73656c656374203100",
    ),
    // What is typed at a prompt may hold bytes.
    (
        ">>> s.send(b\"Q\\x00\\x00\\x00\\rselect 1\\x00\")\n14\n>>> s.recv(9)\nb\"I\\x00\\x00\\x00\\x04Z\\x00\\x00\\x00\\x05I\"",
        Form::EscapedString,
        "510000000d73656c65637420310049000000045a0000000549",
    ),
    // Binaries of Elixir and Erlang: letters, sizes in bits, types.
    ("<<?Q, 0, 0, 0, 14, \"SELECT 1;\", 0>>", Form::Array, "510000000e53454c45435420313b00"),
    ("<<?Q, 14::32, \"SELECT 1;\", 0>>", Form::Array, "510000000e53454c45435420313b00"),
    ("<<$Q, 14:32/big, \"SELECT 1;\"/utf8, 0:8>>", Form::Array, "510000000e53454c45435420313b00"),
    ("<<?S, 4::size(32)>>", Form::Array, "5300000004"),
    ("<<?E, 9::big-32, 0, -1::32>>", Form::Array, "450000000900ffffffff"),
    ("<<?C, 6:4/unit:8, 80, 0>>", Form::Array, "43000000065000"),
    ("<< 12:00:01 [90, 0, 0, 0, 5, 73]", Form::Array, "5a0000000549"),
    // An array as PHP prints it.
    ("Array\n(\n    [1] => 81\n    [2] => 0\n    [3] => 0\n    [4] => 0\n    [5] => 4\n)\n", Form::Array, "5100000004"),
    ("81 0 0 0 4", Form::Decimal, "5100000004"),
    ("81,0,0,0,4", Form::Decimal, "5100000004"),
    ("[-1, -128, 127, 255]", Form::Decimal, "ff807fff"),
    // Base64.
    ("UQAAAAQ=", Form::Base64, "5100000004"),
    ("UQAAAAQ", Form::Base64, "5100000004"),
    ("UQAA\r\nAAQ=\r\n", Form::Base64, "5100000004"),
    ("AAD_-w==", Form::Base64, "0000fffb"),
    ("base64.b64decode('UQAAAAQ=')", Form::Base64, "5100000004"),
    // Its letters are those of a comment, too.
    ("//8AAAAB", Form::Base64, "ffff00000001"),
    ("----AAAB", Form::Base64, "fbefbe000001"),
    ("UQAAABNT\nRf/wAP//\n////////\n/wA=", Form::Base64, "51000000135345fff000ffffffffffffffffff00"),
    ("UQAAABNT\n// a note\nRf/wAP//\n////////\n//wA", Form::Base64, "51000000135345fff000fffffffffffffffffffc00"),
    ("//UQAAABNT\nUQAAAAQ=\n//note", Form::Base64, "5100000004"),
    // Dumps whose characters look like hex, and short ones.
    ("00000000: 6162 6364  abcd", Form::Xxd, "61626364"),
    ("00000000: 5100 0000 04  Q....", Form::Xxd, "5100000004"),
    ("00000000: 3131 3131 3131 3131  11111111\n00000008: 3232  22", Form::Xxd, "31313131313131313232"),
    ("0000   61 61 61 61   aaaa", Form::WiresharkDump, "61616161"),
    ("0000  51 00 00 00 04 20 20 20  20 41                    Q....    A", Form::WiresharkDump, "51000000042020202041"),
    ("00000000  51 00 00 00 04                                    |Q....|\n00000005", Form::Hexdump, "5100000004"),
    ("0000000 000121 000000 000004\n0000005", Form::Od, "5100000004"),
    // What stands around the bytes in a log, a shell, a debugger, an editor or a letter.
    ("2026-11-21T10:22:31.002Z DEBUG app::net: read 5 bytes: [81, 0, 0, 0, 4]", Form::Decimal, "5100000004"),
    (
        "2026-11-21 10:22:31 app: read: [81, 0, 0, 0, 14, 83, 69, 76, 69, 67, 84, 32, 49, 59, 0, 88, 1\n05]",
        Form::Decimal,
        "510000000e53454c45435420313b005869",
    ),
    (
        "Nov 21 10:22:31 web-1 app[22]: [88, 0, 0, 0,\nNov 21 10:22:31 web-1 app[22]: 4, 1, 2, 3, 5]",
        Form::Array,
        "580000000401020305",
    ),
    ("[src/main.rs:42] &buf[..n] = [\n    81,\n    0,\n    0,\n    0,\n    4,\n]", Form::Array, "5100000004"),
    ("2026/11/21 10:00:00 got []byte{0x51, 0x0, 0x0, 0x0, 0x4}", Form::Array, "5100000004"),
    ("2026/11/21 10:00:00 got [81 0 0 0 4]", Form::Decimal, "5100000004"),
    ("<<81,0,0,0,14,\"SELECT 1;\",0>>", Form::Array, "510000000e53454c45435420313b00"),
    (
        ">>> print(repr(d))\nd = (\n    b'Q\\x00\\x00\\x00\\x0cf(1,'\n    b'3)\\x00'\n)",
        Form::EscapedString,
        "510000000c6628312c332900",
    ),
    ("bytearray(b'Q\\x00\\x00\\x00\\x0cf(1,3)\\x00')", Form::EscapedString, "510000000c6628312c332900"),
    ("b'Q\\x00\\x00\\x00\\x0cf(1\n,3)\\x00'", Form::EscapedString, "510000000c6628312c332900"),
    ("b'Q\\x00\\x00\\\nx00\\x0\n4'", Form::EscapedString, "5100000004"),
    ("sent: 51 00 00 00 04\nreceived (6 bytes): 5a 00 00 00 05 49", Form::Hex, "5100000004|5a0000000549"),
    ("['0x51', '0x0', '0x0', '0x0', '0x4']", Form::Array, "5100000004"),
    ("buf: [51, 0, 0, 0, e, 53, 4c]", Form::Array, "510000000e534c"),
    ("{\"ts\":\"2026-11-21T10:00:00Z\",\"hex\":\"5100000004\"}", Form::Hex, "5100000004"),
    (
        "10:22:31.002 [main] DEBUG LoggingHandler - [id: 0x1, L:/127.0.0.1:1 - R:db/127.0.0.1:5432] WRITE: 5B\n         +----\n         |  0  1  2  3  4  5 |\n+--------+----\n|00000000| 51 00 00 00 04    |Q....|\n+--------+----\n10:22:31.003 [main] DEBUG LoggingHandler - [id: 0x1, L:/127.0.0.1:1 - R:db/127.0.0.1:5432] READ: 6B\n|00000000| 5a 00 00 00 05 49 |Z....I|",
        Form::Hexdump,
        "5100000004|5a0000000549",
    ),
    ("The server says 45 00 00 00 05 and hangs.\nWhy?", Form::Hex, "4500000005"),
    (
        "Hi,\n\nour proxy sends\n\n```\n5000000028 0073656c\n0000\n```\n\nThanks, Bob",
        Form::Hex,
        "50000000280073656c0000",
    ),
    ("2026-11-21 10:00:01.1 UTC [9] WARNING C-0x5: bad packet header: '00000804d2162f'", Form::Hex, "00000804d2162f"),
    ("0x7ffe0000d000:\t0x51\t0x00\n0x7ffe0000d002:\t0x00\t0x00\n0x7ffe0000d004:\t0x04", Form::Xxd, "5100000004"),
    (
        "   Offset Bytes                    Ascii\n          00 01 02 03 04 05\n   ------ -----------------\n0000000000 51 00 00 00 04  Q",
        Form::Od,
        "5100000004",
    ),
    ("00000000: 5100 0000 04  Q....\n~\n~\n\"q.bin\" 1L, 5B", Form::Xxd, "5100000004"),
];

#[test]
fn what_people_write_is_read() {
    let mut bad = Vec::new();
    for (text, form, bytes) in READ {
        let capture = plain(text);
        let clean = capture.problems.is_empty() || bytes.is_empty();
        if (capture.form, hex(&capture).as_str(), clean) != (form, bytes, true) {
            let problem = capture.problems.first().map(ToString::to_string);
            bad.push(format!("{text:?}\n    {} -> {} {problem:?}", capture.reason, hex(&capture)));
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

/// Inputs that say who sent what: frontend, bar, backend.
const DIRECTED: [(&str, &str); 24] = [
    ("//backend\n//8AAAAB\n// client\n//8AAAAB", "ffff00000001|ffff00000001"),
    (
        "2026-11-21 10:00:00.001 client -> server: 51 00 00 00 04\n2026-11-21 10:00:00.002 server -> client: 5a 00 00 00 05 49",
        "5100000004|5a0000000549",
    ),
    ("10:00:00.001 --> 5100000004\n10:00:00.002 <-- 5a00 00000549", "5100000004|5a0000000549"),
    (
        "[\n  {\n    \"direction\": \"frontend\",\n    \"ts\": 1732700000.5,\n    \"data\": \"UQAAAAQAAAA=\"\n  },\n  {\n    \"direction\": \"backend\",\n    \"data\": \"WgAAAAVJAAA=\"\n  }\n]",
        "5100000004000000|5a00000005490000",
    ),
    ("F: 51 00\nB: 5a 00", "5100|5a00"),
    ("> 51 00\n< 5a 00", "5100|5a00"),
    ("-> 51 00\n<- 5a 00", "5100|5a00"),
    ("C: 51 00\nS: 5a 00", "5100|5a00"),
    ("client: 51 00\nserver: 5a 00", "5100|5a00"),
    ("frontend 51 00\nbackend 5a 00", "5100|5a00"),
    ("C->S 51 00\nS->C 5a 00", "5100|5a00"),
    ("# psql → server\n51 00\n# server → psql\n5a 00", "5100|5a00"),
    ("// client to server\n51 00\n// server to client\n5a 00", "5100|5a00"),
    ("# frontend\n51\n00\n# backend\n5a 00\n", "5100|5a00"),
    ("/* client */ 51 00", "5100"),
    ("F: 51\n   00\nB: 5a 00\nF: 58", "510058|5a00"),
    ("F: b\"Q\\x00\"\nB: b\"Z\\x00\"", "5100|5a00"),
    ("F: [81, 0]\nB: [90, 0]", "5100|5a00"),
    ("F: {0x51, 0}\nB: {0x5a, 0}", "5100|5a00"),
    ("F: UQAAAAQ=\nB: WgAAAAQ=", "5100000004|5a00000004"),
    ("client:\n00000000: 5100  Q.\nserver:\n00000000: 5a00  Z.", "5100|5a00"),
    ("00000000  51 00   Q.\n    00000000  5a 00   Z.\n00000002  58   X", "510058|5a00"),
    ("char peer0_0[] = { /* Packet 4 */\n0x51, 0x00 };\nchar peer1_0[] = { /* Packet 5 */\n0x5a, 0x00 };", "5100|5a00"),
    (
        "> 2026/11/21 11:11:55.000358709  length=2 from=0 to=1\n 51 00\n< 2026/11/21 11:11:55.0  length=1 from=0 to=0\n 5a",
        "5100|5a",
    ),
];

#[test]
fn directions_are_taken_from_the_text() {
    let mut bad = Vec::new();
    for (text, bytes) in DIRECTED {
        let capture = plain(text);
        // Wireshark's follow tells who took turns, and not who was the server.
        let is_silent = ["/*", "00000000  51", "char peer0"].iter().any(|begin| text.starts_with(begin));
        let given = is_silent || capture.exchanges.iter().all(|exchange| exchange.sides == Sides::Given);
        if hex(&capture) != bytes || !given || !capture.problems.is_empty() {
            let problem = capture.problems.first().map(ToString::to_string);
            bad.push(format!("{text:?}\n    {} -> {} {problem:?}", capture.reason, hex(&capture)));
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

/// The input, what could be read, and the first problem.
const WRONG: [(&str, &str, &str); 24] = [
    ("51 00 0", "5100", "line 1, column 7: met half a byte, “0”, expected two hex digits for each byte"),
    (
        "510000000e0",
        "510000000e",
        "line 1, column 11: met half a byte, “0”, expected two hex digits for each byte: one is missing, here or anywhere before",
    ),
    ("51 0g 04", "5104", "line 1, column 5: met “g”, expected a hex digit"),
    ("51 00\n00 ünï 04", "51000004", "line 2, column 4: met “ü”, expected a hex digit"),
    ("\\x51000", "5100", "line 1, column 7: met half a byte, “0”, expected two hex digits for each byte"),
    ("[81, 256, 300]", "51", "line 1, column 6: met “256”, expected a number from -128 to 255"),
    ("[81, -129]", "51", "line 1, column 6: met “-129”, expected a number from -128 to 255"),
    ("{0x51, 0xzz}", "51", "line 1, column 8: met “0xzz”, expected a number from -128 to 255"),
    ("[81, foo, 4]", "5104", "line 1, column 6: met “foo”, expected a number"),
    (
        "b'Q\\x00\\q\\x00'",
        "510000",
        "line 1, column 8: met “\\q”, expected an escape such as \\x00, \\0, \\u0000 or \\n",
    ),
    ("b'Q\\x00", "5100", "line 1, column 3: met the end of the line, expected a closing quote"),
    ("UQAAAAQ=\nAAAA!AAA", "51000000040000000000", "line 2, column 5: met “!”, expected a character of base64"),
    (
        "00000000: 5100 000  Q..",
        "510000",
        "line 1, column 18: met half a byte, “0”, expected two hex digits for each byte",
    ),
    ("00000000: 5100 zz\n00000010: 00", "510000", "line 1, column 16: met “z”, expected a hex digit"),
    ("", "", "line 1, column 1: met no bytes, expected bytes as hex, numbers, an escaped string, base64 or a dump"),
    (
        "# nothing\n",
        "",
        "line 1, column 1: met no bytes, expected bytes as hex, numbers, an escaped string, base64 or a dump",
    ),
    (
        "   \n",
        "",
        "line 1, column 1: met no bytes, expected bytes as hex, numbers, an escaped string, base64 or a dump",
    ),
    (
        "Hello, this is no dump.\r\nGoodbye\r\n",
        "",
        "line 1, column 1: met “Hello, this is no dump.\\r…”, expected bytes as hex, numbers, an escaped string, base64 or a dump",
    ),
    ("51 0O 04", "5104", "line 1, column 5: met “O”, expected a hex digit: a zero, not the letter"),
    (
        "<Buffer 51 00 00 00 0e 53 ... 12 more bytes>",
        "510000000e53",
        "line 1, column 31: met 12 more bytes, which are not here, expected all bytes: print buffer.toString('hex')",
    ),
    (
        "\t0x0040:  0070 6f73  .pos\n10:00:01.5 IP a.1 > b.2: x\n\t0x0000:  5100 0000 04  Q....",
        "5100000004",
        "line 1, column 4: met offset 0040: the packet's beginning is missing, expected offset 0000; this packet is passed over",
    ),
    (
        "====\nFollow: tcp,ascii\nFilter: x\n8\nQ....",
        "",
        "line 2, column 1: met “Follow: tcp,ascii”, expected the stream as Hex Dump, C Arrays, YAML or Raw: as text it has lost its bytes",
    ),
    (
        "2026-11-21 10:00:01 UTC [4312] LOG:  statement: SELECT f(1, 3);\n2026-11-21 10:00:01 UTC [4312] ERROR:  invalid byte sequence for encoding \"UTF8\": 0xc3 0x28",
        "",
        "line 1, column 1: met the log of a PostgreSQL server, or what psql prints, which tells statements and errors and no bytes, expected bytes: record the connection with “tcpdump -i any -s 0 -w pg.pcap port 5432” and open the file pg.pcap here",
    ),
    ("F: 51 00\n5z 04", "510004", "line 2, column 2: met “z”, expected a hex digit"),
];

#[test]
fn what_is_wrong_is_located_and_the_rest_is_read() {
    let mut bad = Vec::new();
    for (text, bytes, problem) in WRONG {
        let capture = plain(text);
        let told = capture.problems.first().map(ToString::to_string).unwrap_or_default();
        if hex(&capture) != bytes || told != problem {
            bad.push(format!("{text:?}\n    {} -> {} {told}", capture.reason, hex(&capture)));
        }
    }
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

#[test]
fn a_person_can_overrule() {
    let options = Options { form: Some(Form::Decimal), direction: Some(Direction::Backend), ..Options::default() };
    let capture = read_text("10, 20", &options);
    let exchange = &capture.exchanges[0];
    assert_eq!((exchange.stream(Direction::Backend).bytes.as_slice(), exchange.sides), (&[10, 20][..], Sides::Said));
    assert!(!capture.guessed);
    let raw = read_text("10", &Options { form: Some(Form::Raw), ..Options::default() });
    assert_eq!(hex(&raw), "3130");
}

#[test]
fn a_form_without_bytes_is_told_as_a_part_of_a_sentence() {
    let options = Options { form: Some(Form::Decimal), ..Options::default() };
    let told = read_text("nothing", &options).problems.first().map(ToString::to_string);
    assert!(told.as_ref().is_some_and(|told| told.contains("met no bytes, expected a number a byte")), "{told:?}");
}

#[test]
fn bytes_that_are_not_text_are_raw() {
    for input in [&b"Q\0\0\0\x04"[..], b"GET / HTTP/1.1\r\n", &[0x16, 3, 1, 0xff], b"\x05\x06 text with controls"] {
        let capture = read(input, &Options::default());
        assert_eq!(capture.form, Form::Raw);
        assert_eq!(capture.exchanges[0].streams[0].bytes, input);
    }
}

#[test]
fn lines_are_read_one_after_the_other_so_that_a_person_can_stop() {
    let array = format!("[\n{}]", "81, 0, 0, 0, 4,\n".repeat(100));
    let strings = "\"Q\\x00\\x00\\x00\\x04\"\n".repeat(100);
    let follow = "00000000  51 00 00 00 04   Q....\n    00000000  5a 00   Z.\n".repeat(100);
    for (text, form) in [(array, Form::Decimal), (strings, Form::EscapedString), (follow, Form::WiresharkFollow)] {
        let mut reading = Reading::begin(&text, &Options::default()).unwrap();
        assert!(reading.more(&text, 64));
        assert!((64..200).contains(&reading.reached()), "{form:?}: {}", reading.reached());
        let part = reading.finish(&text);
        assert_eq!(part.form, form);
        assert!((5..40).contains(&(hex(&part).len() / 2)), "{form:?}");
    }
}

#[test]
fn text_of_two_bytes_a_character_is_text() {
    let words = "00000000: 5100 0000 04  Q....\r\n";
    let units: Vec<u16> = words.encode_utf16().collect();
    let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
    for input in [little.clone(), [vec![0xff, 0xfe], little].concat(), [vec![0xfe, 0xff], big].concat()] {
        let capture = read(&input, &Options::default());
        assert_eq!((capture.form, hex(&capture).as_str()), (Form::Xxd, "5100000004"));
    }
}

#[test]
fn files_in_which_nothing_can_be_read_are_known() {
    for (magic, met, expected) in [
        (&[0xd4, 0xc3, 0xb2, 0xa1, 2][..], "", "record"),
        (&[0x0a, 0x0d, 0x0d, 0x0a, 0], "", "record"),
        (&[0x1f, 0x8b, 8, 0], "gzip", "unpack"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG", "never went over"),
        (b"PK\x03\x04\x14\0\0\0", "ZIP", "unpack"),
        (b"%PDF-1.7\n%\xe2\xe3", "PDF", "never went over"),
        (b"%PDF-1.7\nall of it is text", "PDF", "never went over"),
        (b"\x7fELF\x02\x01\x01\0", "ELF", "never went over"),
        (b"PGDMP\x01\x0e\0", "pg_dump", "never went over"),
        (b"snoop\0\0\0\0\0\0\x02", "snoop", "editcap"),
    ] {
        let capture = read(magic, &Options::default());
        assert!(matches!(capture.form, Form::Pcap | Form::Other) && capture.exchanges.is_empty());
        let [problem] = capture.problems.as_slice() else { panic!("one problem") };
        assert!(problem.met.contains(met) && problem.expected.contains(expected), "{problem}");
    }
    // Who says that these are bytes of a connection gets them.
    let options = Options { form: Some(Form::Raw), ..Options::default() };
    assert_eq!(read(b"\x89PNG\r\n\x1a\n", &options).exchanges.len(), 1);
}

#[test]
fn keys_are_named_and_kept_out_of_the_bytes() {
    let line = |label: &str, secret: usize| format!("{label} {} {}\n", "0f".repeat(32), "a1".repeat(secret));
    let log = format!(
        "# SSL/TLS secrets log file\n{}{}",
        line("CLIENT_HANDSHAKE_TRAFFIC_SECRET", 32),
        line("EXPORTER_SECRET", 32)
    );
    let pem = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYx1kUQAAAA5TRUxFQ1QgMTsA\n-----END CERTIFICATE-----\n";
    for (text, name) in [(log.as_str(), "key log"), (&line("CLIENT_RANDOM", 48), "key log"), (pem, "PEM")] {
        let capture = read(text.as_bytes(), &Options::default());
        assert!(capture.exchanges.is_empty(), "{text}");
        let [problem] = capture.problems.as_slice() else { panic!("one problem: {text}") };
        assert!(problem.met.contains(name), "{problem}");
    }
}

#[test]
fn two_raw_streams_are_one_connection_whose_sides_are_open() {
    let (client, server) = (b"Q\0\0\0\x0eSELECT 1;\0", b"Z\0\0\0\x05I");
    let input = [&client[..], server].concat();
    let split = Some(client.len());
    let capture = read(&input, &Options { split, ..Options::default() });
    let [exchange] = capture.exchanges.as_slice() else { panic!("one connection") };
    assert_eq!((exchange.sides, exchange.order), (Sides::Unknown, Order::Unknown));
    assert_eq!(exchange.streams.each_ref().map(|stream| stream.bytes.as_slice()), [&client[..], server]);
    let direction = Some(Direction::Backend);
    let said = read(&input, &Options { split, direction, ..Options::default() });
    assert_eq!(said.exchanges[0].streams.each_ref().map(|stream| stream.bytes.as_slice()), [&server[..], client]);
}

#[test]
fn what_a_file_is_shows_in_its_beginning() {
    let keys = format!("CLIENT_RANDOM {} {}\n", "0f".repeat(32), "a1".repeat(48));
    for (beginning, expected) in [
        (&[0xd4, 0xc3, 0xb2, 0xa1, 2][..], Kind::Capture),
        (b"51 00 00 00 04", Kind::Text),
        ("51 00 00 00 04 süß".as_bytes(), Kind::Text),
        (&"ü".as_bytes()[..1], Kind::Text),
        (b"X\0\0\0\x04", Kind::Raw),
        (&[0xff, 0xee, 0x51], Kind::Raw),
        (keys.as_bytes(), Kind::Keys),
    ] {
        assert_eq!(kind(beginning), expected, "{beginning:?}");
    }
    assert!(matches!(kind(b"%PDF-1.4"), Kind::Other(name) if name.contains("PDF")));
}

#[test]
fn the_order_of_bytes_in_words_is_what_reads_well_or_is_said_not_to_be_known() {
    let big = plain("0000000 5a00 0000 0549\n0000006\n");
    assert_eq!((hex(&big).as_str(), big.reason.contains("high byte first")), ("5a0000000549", true), "{}", big.reason);
    let little = plain("0000000 005a 0000 4905\n0000006\n");
    assert_eq!((hex(&little).as_str(), little.reason.contains(';')), ("5a0000000549", false), "{}", little.reason);
    // Text shows no order.
    let unknown = plain("0000000 6854 7369 6920 2073 6f6e 2074 7375\n0000016\n");
    assert!(unknown.reason.contains("nothing shows which byte of a word is the first"), "{}", unknown.reason);
}

/// A Query in two pieces, and a ReadyForQuery between them: whatever a table says of a row.
const TABLES: [(&str, &str); 22] = [
    // Columns in any order, with any names; what is given twice is read once.
    (
        "| Offset | Hex | Text |\n|---|---|---|\n| 0000 | 51 00 00 00 | Q... |\n| 0004 | 04 58 00 | .X. |\n| 0007 | 00 00 04 | ... |",
        "f51000000045800000004",
    ),
    (
        "text | bytes | pos\n:-- | :-: | --:\n`Q...` | `51 00 00 00` | 0\n`.X.` | `04 58 00` | 4\n`...` | `00 00 04` | 7",
        "f51000000045800000004",
    ),
    (
        "| at | 0 | 1 | 2 | 3 | chars |\n|--|--|--|--|--|--|\n| 00 | 51 | 00 | 00 | 00 | Q... |\n| 04 | 04 |  |  |  | . |",
        "f5100000004",
    ),
    (
        " dir | payload\n-----+--------\n out | \\x5100000004\n in  | \\x5a0000000549\n(2 rows)",
        "f5100000004 b5a0000000549",
    ),
    (
        "Client:\n\n| # | hex |\n|---|---|\n| 1 | 5100000004 |\n\nServer:\n\n| # | hex |\n|---|---|\n| 1 | 5a0000000549 |",
        "f5100000004 b5a0000000549",
    ),
    ("| client | server |\n|---|---|\n| 51 00 00 00 04 | |\n| | 5a 00 00 00 05 49 |", "f5100000004 b5a0000000549"),
    // CSV.
    ("ts,who,data\n10:00:01,client,5100000004\n10:00:02,server,5a0000000549", "f5100000004 b5a0000000549"),
    ("1;5a 00 00 00 05 49;S\n2;51 00 00 00 04;C", "b5a0000000549 f5100000004"),
    ("seq\tpayload\tto\n1\tUQAAAAQ=\tserver\n2\tWgAAAAVJ\tclient", "f5100000004 b5a0000000549"),
    ("is_client,raw\ntrue,\"Q\\x00\\x00\\x00\\x04\"\nfalse,\"Z\\x00\\x00\\x00\\x05I\"", "f5100000004 b5a0000000549"),
    (
        "src,dst,hex\n10.0.0.1:40000,10.0.0.2:5432,5100000004\n10.0.0.2:5432,10.0.0.1:40000,5a0000000549",
        "f5100000004 b5a0000000549",
    ),
    // Tuples and objects, on one line or on many.
    ("[(b'Q\\x00\\x00\\x00\\x04', 'F'), (b'Z\\x00\\x00\\x00\\x05I', 'B')]", "f5100000004 b5a0000000549"),
    ("[(\"F\", \"51 00 00 00 04\"), (\"B\", \"5a 00 00 00 05 49\")]", "f5100000004 b5a0000000549"),
    (
        ">>> msgs = [(0.25, '->', bytearray(b'Q\\x00\\x00\\x00\\x04')), (0.5, '<-', bytearray(b'Z\\x00\\x00\\x00\\x05I'))]",
        "f5100000004 b5a0000000549",
    ),
    ("const log = [[\"recv\", \"5a0000000549\"], [\"send\", \"5100000004\"]];", "b5a0000000549 f5100000004"),
    (
        "[{\"data\":[81,0,0,0,4],\"from\":\"client\"},{\"data\":[90,0,0,0,5,73],\"from\":\"server\"}]",
        "f5100000004 b5a0000000549",
    ),
    (
        "[{\"data\":{\"type\":\"Buffer\",\"data\":[81,0,0,0,4]},\"dir\":\"out\"},{\"data\":{\"type\":\"Buffer\",\"data\":[90,0,0,0,5,73]},\"dir\":\"in\"}]",
        "f5100000004 b5a0000000549",
    ),
    (
        "[{\n  data: <Buffer 51 00 00 00 04>,\n  side: 'frontend'\n}, {\n  data: <Buffer 5a 00 00 00 05 49>,\n  side: 'backend'\n}]",
        "f5100000004 b5a0000000549",
    ),
    (
        "{\"messages\": [{\"b64\": \"WgAAAAVJ\", \"n\": 6, \"sender\": \"server\"}, {\"b64\": \"UQAAAAQ=\", \"n\": 5, \"sender\": \"client\"}]}",
        "b5a0000000549 f5100000004",
    ),
    ("(b'Q\\x00\\x00\\x00\\x04', 'client')\n(b'Z\\x00\\x00\\x00\\x05I', 'server')", "f5100000004 b5a0000000549"),
    ("{\"data\":\"5100000004\",\"dir\":\"C\"}\n{\"data\":\"5a0000000549\",\"dir\":\"S\"}", "f5100000004 b5a0000000549"),
    (
        "&[(Side::Client, &[0x51, 0, 0, 0, 4][..]), (Side::Server, &[0x5a, 0, 0, 0, 5, 0x49][..])]",
        "f5100000004 b5a0000000549",
    ),
];

#[test]
fn tables_and_lists_are_read_with_who_sent_each_row() {
    let mut bad = Vec::new();
    for (text, expected) in TABLES {
        let capture = plain(text);
        let [exchange] = capture.exchanges.as_slice() else {
            bad.push(format!("{text}\n{} {:?}", capture.reason, capture.problems));
            continue;
        };
        let piece = |segment: &pgscope_proto::Segment| {
            let bytes = &exchange.stream(segment.direction).bytes[segment.span.start..segment.span.end];
            let side = if segment.direction == Direction::Frontend { "f" } else { "b" };
            side.to_owned() + &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let read = exchange.segments.iter().map(piece).collect::<Vec<_>>().join(" ");
        if read != expected || !capture.problems.is_empty() {
            bad.push(format!("{text}\n{read} {} {:?}", capture.reason, capture.problems));
        }
    }
    assert!(bad.is_empty(), "{}", bad.join("\n\n"));
}

#[test]
fn rows_without_who_sent_them_are_pieces() {
    for text in [
        "[b'Q\\x00\\x00\\x00\\x04', b'Z\\x00\\x00\\x00\\x05I']",
        "[[81,0,0,0,4],[90,0,0,0,5,73]]",
        "n,hex\n1,5100000004\n2,5a0000000549",
        "| hex |\n|---|\n| 5100000004 |\n| 5a0000000549 |",
    ] {
        let capture = plain(text);
        assert_eq!(capture.exchanges[0].segments.len(), 2, "{text} {}", capture.reason);
        assert_eq!(hex(&capture), "51000000045a0000000549", "{text}");
    }
}

#[test]
fn rows_of_values_are_no_bytes() {
    for text in [
        "id,name,amount\n1,Ada,12.50\n2,Bob,7.25",
        "1,10,20\n2,11,21\n3,12,22",
        "42,abe,12,ff\n43,bad,13,fe",
        "id,hash\n1,d41d8cd98f00b204e9800998ecf8427e\n2,0cc175b9c0f1b6a831c399e269772661",
        "1;2026-01-02 10:00:01;12.5;t\n2;2026-01-03 11:00:01;13.5;f",
        "id,note\n1,\"hello, \"\"you\"\"\"\n2,\"a\\nb\"",
    ] {
        let capture = plain(text);
        assert!(capture.exchanges.is_empty() && capture.reason.contains("CSV"), "{text}: {}", capture.reason);
    }
}

/// What a text writes may be a file: a capture in base64 is read as the capture, and its bytes have their places in the text.
#[test]
fn a_capture_file_that_a_text_writes_is_read_as_one() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/drivers/psqlodbc/simple.pcap"))
        .unwrap();
    let expected = read(&file, &Options::default());
    let base64 = crate::tools::base64(&file);
    let wrapped: String =
        base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap().to_owned() + "\n").collect();
    let digits: String = file.iter().map(|byte| format!("{byte:02x}")).collect();
    let texts = [
        base64.clone(),
        wrapped,
        base64.trim_end_matches('=').replace('+', "-").replace('/', "_"),
        format!("data:application/vnd.tcpdump.pcap;base64,{base64}"),
        format!("{{\"name\": \"a.pcap\", \"content\": \"{base64}\"}}"),
        format!("x = base64.b64decode('{base64}')"),
        digits,
    ];
    for text in texts {
        let capture = plain(&text);
        let about = format!("{}: {}", &text[..60], capture.reason);
        assert!(capture.reason.contains("capture file: a pcap file"), "{about}");
        assert_eq!(capture.exchanges.len(), expected.exchanges.len(), "{about}");
        for (one, other) in capture.exchanges.iter().zip(&expected.exchanges) {
            assert_eq!(
                one.streams.each_ref().map(|stream| &stream.bytes),
                other.streams.each_ref().map(|stream| &stream.bytes)
            );
            assert_eq!(one.segments, other.segments, "{about}");
            let within = |span: pgscope_proto::Span| span.start < span.end && span.end <= text.len();
            assert!(
                one.streams.iter().all(|stream| (0..stream.len()).all(|at| stream.map.source(at).is_some_and(within)))
            );
        }
    }
}

/// Files that somebody opens by mistake: what looks like bytes in them is a small part, or text.
#[test]
fn what_is_no_dump_is_not_read_as_one() {
    let lock = (0..12).map(|nth: u32| {
        let half = format!("{:032x}", u128::from(nth + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        let sum = [half.as_str(); 2].concat();
        format!("[[package]]\nname = \"crate-{nth}\"\nversion = \"1.{nth}.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{sum}\"\n\n")
    });
    let lines = "/// Tells \\p whether \\p a value is in the \\c list of what is allowed, and why it is not.\nbool is_allowed(int);\n";
    let strings = "fn greet(name: &str) -> String {\n    format!(\"Hello, \\\"{name}\\\"!\\n\")\n}\n".repeat(16);
    for text in [lock.collect(), lines.repeat(12), strings] {
        let capture = plain(&text);
        let met = capture.problems.first().map(|problem| problem.met.clone()).unwrap_or_default();
        assert!(capture.exchanges.is_empty() && capture.problems.len() == 1, "{}: {}", capture.reason, hex(&capture));
        assert!(met.contains("could be “") || met.contains('“'), "{met}");
    }
    // Alone they are shown, whatever they are.
    let alone = "9e3779b97f4a7c15f39cc0605cedc8349e3779b97f4a7c15f39cc0605cedc834".repeat(20);
    assert_eq!(hex(&plain(&alone)), alone);
}
