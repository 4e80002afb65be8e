//! The headers around a TCP payload: Ethernet, Linux cooked, loopback, IPv4, IPv6 and TCP.
//!
//! ```text
//! link?   0, 4, 14, 16, 18 or 20 bytes, told by the EtherType before an IP header that fits
//! IP      version, length, protocol 6, addresses
//! TCP     ports, sequence numbers, flags, options
//! ```

use std::ops::Range;

use pgscope_proto::Stream;

use crate::tcp::part;

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
    /// Where the header of IP begins in the bytes that were parsed.
    pub ip_at: usize,
    /// Where that of TCP does.
    pub tcp_at: usize,
    /// Where the payload stands in the bytes that were parsed.
    pub payload: Range<usize>,
    /// How many bytes of payload there were on the wire.
    pub length: usize,
}

/// Finds the TCP segment in a packet, whatever link it was taken from.
pub(crate) fn parse(bytes: &[u8]) -> Option<Tcp> {
    ip_starts(bytes).find_map(|start| ip(bytes, start))
}

/// Where an IP header may begin, behind the header of each kind of link.
fn ip_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    [(0, None), (4, None), (14, Some(12)), (16, Some(14)), (20, Some(0)), (18, Some(16)), (22, Some(20))]
        .into_iter()
        .filter(|(_, type_at)| type_at.is_none_or(|at| matches!(word(bytes, at), Some(0x0800 | 0x86dd))))
        .filter(|(start, _)| *start != 4 || loopback(bytes))
        .map(|(start, _)| start)
}

/// Where the IPv4 header of a packet of TCP begins, whole or a fragment.
fn ip_start(bytes: &[u8]) -> Option<usize> {
    let is_tcp =
        |start: &usize| bytes.get(*start).is_some_and(|first| first >> 4 == 4) && bytes.get(*start + 9) == Some(&6);
    ip_starts(bytes).find(is_tcp)
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
    tcp(bytes, [start, start + header], end, address(start + 12)?, address(start + 16)?)
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
    tcp(bytes, [start, start + 40], start + 40 + length, address(start + 8)?, address(start + 24)?)
}

fn tcp(bytes: &[u8], [ip_at, start]: [usize; 2], end: usize, from: String, to: String) -> Option<Tcp> {
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
        ip_at,
        tcp_at: start,
        payload: first.min(bytes.len())..end.min(bytes.len()).max(first.min(bytes.len())),
        length: end - first,
    })
}

/// Which packet a fragment is a part of: addresses, protocol and identification.
pub(crate) type Datagram = [u8; 11];

/// A part of an IPv4 packet that was sent in several.
#[derive(Clone, Debug)]
pub(crate) struct Fragment {
    pub of: Datagram,
    /// Where its data belong in the packet's.
    offset: usize,
    /// Whether more follow it.
    more: bool,
    header: Range<usize>,
    data: Range<usize>,
}

impl Fragment {
    /// Where the header of IP stands.
    pub(crate) fn header(&self) -> Range<usize> {
        self.header.clone()
    }

    /// Whether it is the part with the header of TCP.
    pub(crate) fn is_first(&self) -> bool {
        self.offset == 0
    }
}

/// Finds the part of a packet that was sent in several.
pub(crate) fn fragment(bytes: &[u8]) -> Option<Fragment> {
    let start = ip_start(bytes)?;
    let header = usize::from(bytes.get(start)? & 15) * 4;
    let flags = word(bytes, start + 6)?;
    let (more, offset) = (flags & 0x2000 != 0, usize::from(flags & 0x1fff) * 8);
    if bytes.get(start)? >> 4 != 4 || header < 20 || !(more || offset > 0) {
        return None;
    }
    let end = (start + usize::from(word(bytes, start + 2)?)).min(bytes.len());
    let mut of = [*bytes.get(start + 9)?; 11];
    of.get_mut(1..3)?.copy_from_slice(bytes.get(start + 4..start + 6)?);
    of.get_mut(3..)?.copy_from_slice(bytes.get(start + 12..start + 20)?);
    let data = start + header..end.max(start + header);
    Some(Fragment { of, offset, more, header: start..start + header, data })
}

/// The packet of these fragments as if it had been sent in one, if all are there.
pub(crate) fn joined(fragments: &mut [(Fragment, Stream)]) -> Option<Stream> {
    // What is not whole yet costs no more than a look.
    if fragments.iter().all(|(fragment, _)| fragment.more) {
        return None;
    }
    fragments.sort_by_key(|(fragment, _)| fragment.offset);
    let (first, piece) = fragments.first()?;
    let mut fresh = Vec::with_capacity(fragments.len());
    let mut reached = 0_usize;
    for (fragment, _) in fragments.iter() {
        let known = reached.checked_sub(fragment.offset)?;
        fresh.push((fragment.data.start + known).min(fragment.data.end)..fragment.data.end);
        reached = reached.max(fragment.offset + fragment.data.len());
    }
    let mut whole = part(piece, first.header.clone());
    fragments.iter().zip(fresh).for_each(|((_, piece), fresh)| whole.append(&part(piece, fresh)));
    let length = u16::try_from(whole.len()).ok()?;
    whole.bytes.get_mut(2..4)?.copy_from_slice(&length.to_be_bytes());
    whole.bytes.get_mut(6..8)?.fill(0);
    Some(whole)
}
