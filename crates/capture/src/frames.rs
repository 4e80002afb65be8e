//! The headers around a TCP payload: Ethernet, Linux cooked, loopback, IPv4, IPv6 and TCP.
//!
//! ```text
//! link?   0, 4, 14, 16, 18 or 20 bytes, told by the EtherType before an IP header that fits
//! IP      version, length, protocol 6, addresses
//! TCP     ports, sequence numbers, flags, options
//! ```

use std::ops::Range;

/// An address with a port, as text.
pub(crate) type End = (String, u16);

/// What the headers of a TCP segment say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tcp {
    pub from: End,
    pub to: End,
    pub seq: u32,
    pub ack: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    /// Where the payload stands in the bytes that were parsed.
    pub payload: Range<usize>,
    /// How many bytes of payload there were on the wire.
    pub length: usize,
}

/// Finds the TCP segment in a packet, whatever link it was taken from.
pub(crate) fn parse(bytes: &[u8]) -> Option<Tcp> {
    [(0, None), (4, None), (14, Some(12)), (16, Some(14)), (20, Some(0)), (18, Some(16)), (22, Some(20))]
        .into_iter()
        .filter(|(_, type_at)| type_at.is_none_or(|at| matches!(word(bytes, at), Some(0x0800 | 0x86dd))))
        .filter(|(start, _)| *start != 4 || loopback(bytes))
        .find_map(|(start, _)| ip(bytes, start))
}

/// The family of BSD's loopback, in either order of bytes.
fn loopback(bytes: &[u8]) -> bool {
    matches!(bytes.get(..4), Some([2 | 24 | 28 | 30, 0, 0, 0] | [0, 0, 0, 2 | 24 | 28 | 30]))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at + 2)?.try_into().ok()?;
    Some(u16::from_be_bytes(pair))
}

fn long(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four))
}

fn ip(bytes: &[u8], start: usize) -> Option<Tcp> {
    match bytes.get(start)? >> 4 {
        4 => ipv4(bytes, start),
        6 => ipv6(bytes, start),
        _ => None,
    }
}

fn ipv4(bytes: &[u8], start: usize) -> Option<Tcp> {
    let header = usize::from(bytes.get(start)? & 15) * 4;
    let total = usize::from(word(bytes, start + 2)?);
    let fragment = word(bytes, start + 6)? & 0x1fff;
    if header < 20 || *bytes.get(start + 9)? != 6 || fragment != 0 {
        return None;
    }
    let address = |at: usize| bytes.get(at..at + 4).map(|four| dotted(four, "."));
    // Segmentation offload leaves the total length at zero.
    let end = if total == 0 && start > 0 { bytes.len() } else { start + total };
    tcp(bytes, start + header, end, address(start + 12)?, address(start + 16)?)
}

fn dotted(parts: &[u8], separator: &str) -> String {
    parts.iter().map(u8::to_string).collect::<Vec<_>>().join(separator)
}

fn ipv6(bytes: &[u8], start: usize) -> Option<Tcp> {
    let length = usize::from(word(bytes, start + 4)?);
    if *bytes.get(start + 6)? != 6 {
        return None;
    }
    let address = |at: usize| {
        let sixteen: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
        Some(std::net::Ipv6Addr::from(sixteen).to_string())
    };
    tcp(bytes, start + 40, start + 40 + length, address(start + 8)?, address(start + 24)?)
}

fn tcp(bytes: &[u8], start: usize, end: usize, from: String, to: String) -> Option<Tcp> {
    let header = usize::from(bytes.get(start + 12)? >> 4) * 4;
    let flags = *bytes.get(start + 13)?;
    let first = start + header;
    if header < 20 || first > end {
        return None;
    }
    let ack = long(bytes, start + 8)?;
    Some(Tcp {
        from: (from, word(bytes, start)?),
        to: (to, word(bytes, start + 2)?),
        seq: long(bytes, start + 4)?,
        ack: (flags & 0x10 != 0).then_some(ack),
        syn: flags & 2 != 0,
        fin: flags & 1 != 0,
        payload: first.min(bytes.len())..end.min(bytes.len()).max(first.min(bytes.len())),
        length: end - first,
    })
}
