//! The headers around a TCP payload: of the link, of tunnels, of IP and of TCP.
//!
//! ```text
//! link    as the file names it; where nobody does: 0, 4, 14, 16, 18, 20 or 22 bytes, told by the EtherType before an IP header that fits
//! tunnel  VLAN, PPPoE, MPLS, GRE, ERSPAN, VXLAN, Geneve, IP in IP: headers before the next ones
//! IP      version, length, extension headers, protocol 6, addresses
//! TCP     ports, sequence numbers, flags, options
//! ```

use std::fmt;
use std::net::IpAddr;
use std::ops::Range;

use pgscope_proto::Stream;

use crate::tcp::part;

/// A machine: by its address, or by what a text calls it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

impl Default for Host {
    fn default() -> Self {
        Host::Name(String::new())
    }
}

impl From<&str> for Host {
    fn from(text: &str) -> Self {
        let bare = text.trim_matches(['[', ']']);
        bare.parse().map_or_else(|_| Host::Name(text.to_owned()), Host::Address)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Address(IpAddr::V6(address)) => write!(out, "[{address}]"),
            Host::Address(address) => address.fmt(out),
            Host::Name(name) => out.write_str(name),
        }
    }
}

/// A machine with a port.
pub(crate) type End = (Host, u16);

/// What the headers of a TCP segment say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tcp {
    pub from: End,
    pub to: End,
    pub seq: u32,
    pub ack: Option<u32>,
    pub syn: bool,
    pub fin: bool,
    pub reset: bool,
    /// Where the header of IP begins in the bytes that were parsed.
    pub ip_at: usize,
    /// Where that of TCP does.
    pub tcp_at: usize,
    /// Where the payload stands in the bytes that were parsed.
    pub payload: Range<usize>,
    /// How many bytes of payload there were on the wire.
    pub length: usize,
}

/// What packets of a file begin with: a number of the list at tcpdump.org.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nobody says it.
    #[default]
    Unknown,
    Null,
    Ethernet,
    Raw,
    Ppp,
    Cooked,
    Cooked2,
}

impl Link {
    pub(crate) fn of(number: u32) -> Link {
        match number {
            0 | 108 => Link::Null,
            1 => Link::Ethernet,
            9 | 50 => Link::Ppp,
            12 | 14 | 101 | 228 | 229 => Link::Raw,
            113 => Link::Cooked,
            276 => Link::Cooked2,
            _ => Link::Unknown,
        }
    }
}

/// What is found in a packet.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Tcp(Tcp),
    Fragment(Fragment),
}

/// Finds the TCP segment in a packet, whatever link it was taken from.
pub(crate) fn parse(bytes: &[u8]) -> Option<Tcp> {
    match find(Link::Unknown, bytes)? {
        Found::Tcp(tcp) => Some(tcp),
        Found::Fragment(_) => None,
    }
}

/// Finds the part of a packet that was sent in several, whatever link it was taken from.
pub(crate) fn fragment(bytes: &[u8]) -> Option<Fragment> {
    match find(Link::Unknown, bytes)? {
        Found::Fragment(fragment) => Some(fragment),
        Found::Tcp(_) => None,
    }
}

/// Finds the segment of TCP in a packet, or the part of a packet that may hold one.
pub(crate) fn find(link: Link, bytes: &[u8]) -> Option<Found> {
    let headers = Headers { bytes };
    match link {
        Link::Ethernet => headers.ethernet(0, MOST_HEADERS),
        Link::Raw => headers.ip(0, MOST_HEADERS),
        Link::Null => headers.ip(4, MOST_HEADERS),
        Link::Ppp => headers.ppp(0, MOST_HEADERS),
        Link::Cooked => headers.typed(word(bytes, 14)?, 16, MOST_HEADERS),
        Link::Cooked2 => headers.typed(word(bytes, 0)?, 20, MOST_HEADERS),
        Link::Unknown => ip_starts(bytes).find_map(|start| headers.ip(start, MOST_HEADERS)),
    }
}

/// So many headers stand in one another at most.
const MOST_HEADERS: usize = 12;

/// Where an IP header may begin, behind the header of each kind of link.
fn ip_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    [(0, None), (4, None), (14, Some(12)), (16, Some(14)), (20, Some(0)), (18, Some(16)), (22, Some(20))]
        .into_iter()
        .filter(|(_, type_at)| type_at.is_none_or(|at| matches!(word(bytes, at), Some(IPV4 | IPV6))))
        .filter(|(start, _)| *start != 4 || loopback(bytes))
        .map(|(start, _)| start)
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
/// An Ethernet frame, as GRE names it.
const BRIDGED: u16 = 0x6558;
const GRE: u8 = 47;
const TCP: u8 = 6;
const UDP: u8 = 17;

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

/// Walks from header to header. `left` is how many more there may be.
#[derive(Clone, Copy)]
struct Headers<'a> {
    bytes: &'a [u8],
}

/// Where the header of IP is, and what it says of what follows it.
struct Ip {
    at: usize,
    end: usize,
    from: IpAddr,
    to: IpAddr,
}

impl Headers<'_> {
    fn ethernet(self, at: usize, left: usize) -> Option<Found> {
        match word(self.bytes, at + 12)? {
            // A length, and what follows is named behind it.
            ..0x600 => self.typed(word(self.bytes, at + 20)?, at + 22, left),
            kind => self.typed(kind, at + 14, left),
        }
    }

    /// What an EtherType names.
    fn typed(self, kind: u16, at: usize, left: usize) -> Option<Found> {
        let left = left.checked_sub(1)?;
        let bytes = self.bytes;
        match kind {
            IPV4 | IPV6 => self.ip(at, left),
            // VLAN, and VLAN in VLAN.
            0x8100 | 0x88a8 | 0x9100 => self.typed(word(bytes, at + 2)?, at + 4, left),
            // PPPoE, in a session.
            0x8864 => self.ppp(at + 6, left),
            // MPLS: the last label says so.
            0x8847 | 0x8848 if bytes.get(at + 2)? & 1 == 0 => self.typed(kind, at + 4, left),
            0x8847 | 0x8848 => self.ip(at + 4, left),
            BRIDGED => self.ethernet(at, left),
            // ERSPAN, the second and the third.
            0x88be => self.ethernet(at + 8, left),
            0x22eb if bytes.get(at + 11)? & 1 == 1 => self.ethernet(at + 20, left),
            0x22eb => self.ethernet(at + 12, left),
            _ => None,
        }
    }

    /// PPP, with its address and control bytes or without.
    fn ppp(self, at: usize, left: usize) -> Option<Found> {
        let left = left.checked_sub(1)?;
        match word(self.bytes, at)? {
            0xff03 => self.ppp(at + 2, left),
            0x0021 | 0x0057 => self.ip(at + 2, left),
            _ => None,
        }
    }

    fn ip(self, at: usize, left: usize) -> Option<Found> {
        match self.bytes.get(at)? >> 4 {
            4 => self.ipv4(at, left),
            6 => self.ipv6(at, left),
            _ => None,
        }
    }

    fn ipv4(self, at: usize, left: usize) -> Option<Found> {
        let bytes = self.bytes;
        let length = usize::from(bytes.get(at)? & 15) * 4;
        let total = usize::from(word(bytes, at + 2)?);
        let fragment = word(bytes, at + 6)?;
        if length < 20 {
            return None;
        }
        // Segmentation offload leaves the total length at zero.
        let end = if total == 0 && at > 0 { bytes.len() } else { at + total };
        let four = |at: usize| Some(IpAddr::from(<[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?));
        let ip = Ip { at, end, from: four(at + 12)?, to: four(at + 16)? };
        let protocol = *bytes.get(at + 9)?;
        let (more, offset) = (fragment & 0x2000 != 0, usize::from(fragment & 0x1fff) * 8);
        if more || offset > 0 {
            let id = u32::from(word(bytes, at + 4)?);
            let (header, data) = (at..at + length, at + length..end.min(bytes.len()).max(at + length));
            let of = Datagram { protocol, id, from: ip.from, to: ip.to };
            return (protocol == TCP).then_some(Found::Fragment(Fragment { of, offset, more, header, data }));
        }
        self.carried(protocol, at + length, ip, left)
    }

    fn ipv6(self, at: usize, left: usize) -> Option<Found> {
        let bytes = self.bytes;
        let length = usize::from(word(bytes, at + 4)?);
        let end = if length == 0 { bytes.len() } else { at + 40 + length };
        let sixteen = |at: usize| Some(IpAddr::from(<[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?));
        let ip = Ip { at, end, from: sixteen(at + 8)?, to: sixteen(at + 24)? };
        let (mut protocol, mut next) = (*bytes.get(at + 6)?, at + 40);
        for _ in 0..left {
            let follows = *bytes.get(next)?;
            match protocol {
                // Options, routing, mobility, and those like them.
                0 | 43 | 60 | 135 | 139 | 140 => next += (usize::from(*bytes.get(next + 1)?) + 1) * 8,
                // Authentication.
                51 => next += (usize::from(*bytes.get(next + 1)?) + 2) * 4,
                44 => {
                    let fragment = word(bytes, next + 2)?;
                    let (more, offset) = (fragment & 1 != 0, usize::from(fragment & 0xfff8));
                    let id = long(bytes, next + 4)?;
                    next += 8;
                    if more || offset > 0 {
                        let of = Datagram { protocol: follows, id, from: ip.from, to: ip.to };
                        let data = next..ip.end.min(bytes.len()).max(next);
                        let fragment = Fragment { of, offset, more, header: at..at + 40, data };
                        return (follows == TCP).then_some(Found::Fragment(fragment));
                    }
                }
                _ => return self.carried(protocol, next, ip, left),
            }
            protocol = follows;
        }
        None
    }

    /// What IP carries.
    fn carried(self, protocol: u8, at: usize, ip: Ip, left: usize) -> Option<Found> {
        let left = left.checked_sub(1)?;
        match protocol {
            TCP => tcp(self.bytes, at, ip).map(Found::Tcp),
            GRE => self.gre(at, left),
            4 | 41 => self.ip(at, left),
            UDP => match word(self.bytes, at + 2)? {
                // VXLAN, as registered and as Linux had it first.
                4789 | 8472 => self.ethernet(at + 16, left),
                // Geneve, behind its options.
                6081 => {
                    let options = usize::from(self.bytes.get(at + 8)? & 0x3f) * 4;
                    self.typed(word(self.bytes, at + 10)?, at + 16 + options, left)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn gre(self, at: usize, left: usize) -> Option<Found> {
        let (flags, kind) = (word(self.bytes, at)?, word(self.bytes, at + 2)?);
        // A sum, a key, a number: four bytes each.
        let optional = [0x8000, 0x2000, 0x1000].iter().filter(|bit| flags & **bit != 0).count() * 4;
        match kind {
            _ if flags & 7 != 0 => None,
            // The first ERSPAN has no number, and no header of its own.
            0x88be if flags & 0x1000 == 0 => self.ethernet(at + 4 + optional, left),
            _ => self.typed(kind, at + 4 + optional, left),
        }
    }
}

fn tcp(bytes: &[u8], at: usize, ip: Ip) -> Option<Tcp> {
    let header = usize::from(bytes.get(at + 12)? >> 4) * 4;
    let flags = *bytes.get(at + 13)?;
    let first = at + header;
    if header < 20 || first > ip.end {
        return None;
    }
    let ack = long(bytes, at + 8)?;
    Some(Tcp {
        from: (Host::Address(ip.from), word(bytes, at)?),
        to: (Host::Address(ip.to), word(bytes, at + 2)?),
        seq: long(bytes, at + 4)?,
        ack: (flags & 0x10 != 0).then_some(ack),
        syn: flags & 2 != 0,
        fin: flags & 1 != 0,
        reset: flags & 4 != 0,
        ip_at: ip.at,
        tcp_at: at,
        payload: first.min(bytes.len())..ip.end.min(bytes.len()).max(first.min(bytes.len())),
        length: ip.end - first,
    })
}

/// Which packet a fragment is a part of: addresses, protocol and identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Datagram {
    protocol: u8,
    id: u32,
    from: IpAddr,
    to: IpAddr,
}

/// A part of a packet that was sent in several.
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
    if whole.bytes.first()? >> 4 == 6 {
        whole.bytes.get_mut(4..6)?.copy_from_slice(&length.checked_sub(40)?.to_be_bytes());
        *whole.bytes.get_mut(6)? = TCP;
    } else {
        whole.bytes.get_mut(2..4)?.copy_from_slice(&length.to_be_bytes());
        whole.bytes.get_mut(6..8)?.fill(0);
    }
    Some(whole)
}
