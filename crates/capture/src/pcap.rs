//! Capture files, pcap and pcapng, in either order of bytes: the TCP connections in them, while they come.

use std::collections::BTreeMap;

use pcap_parser::{
    Block, InterfaceStatisticsBlock, OptionCode, PcapError, PcapHeader, parse_block_be, parse_block_le,
    parse_pcap_frame, parse_pcap_frame_be, parse_pcap_frame_modified, parse_pcap_header,
};
use pgscope_proto::{Exchange, Recorded, Span, Stream};

use crate::frames::{self, Datagram, Fragment, Link};
use crate::gathered::{self, Gathered};
use crate::heads::{HEAD, PCAPNG, goes_on_behind, head_in, is_head, may_be_next};
use crate::keeper::{Keeper, is_remark};
use crate::lines::Problems;
use crate::others::Others;
use crate::tcp::{Connections, Each, Event, Packet, Payload, part};
use crate::{Capture, Form, Options};

const MICROSECONDS: u64 = 1_000_000;
/// How many packets wait for the rest of their fragments at most.
const MOST_FRAGMENTED: usize = 1024;
/// In how many fragments a packet comes at most.
const MOST_FRAGMENTS: usize = 1024;
/// How long a record may be: what is longer is none.
pub(crate) const LONGEST: usize = 64 << 20;

/// Reads a capture file at once; `magic` says in words which kind it is.
pub(crate) fn read(input: &[u8], magic: &'static str, options: &Options) -> Capture {
    let mut recording = Recording::new(magic, options);
    recording.more(input);
    recording.finish()
}

/// What was said on a connection since it was last asked for.
#[derive(Debug)]
pub struct News {
    /// The connection's number in the file, in which those of other protocols are counted, too.
    pub connection: usize,
    /// What was said: only this, and no more what was said before.
    pub exchange: Exchange,
    /// Whether nothing more will be said on it.
    pub is_over: bool,
}

/// A capture file that is read while it comes.
#[derive(Debug)]
pub struct Recording {
    magic: &'static str,
    options: Options,
    packets: Packets,
    gathered: Gathered,
    problems: Problems,
    /// How many connections were taken before the end, and those of other protocols that were left out then.
    taken: usize,
    others: Others,
}

impl Recording {
    pub(crate) fn new(magic: &'static str, options: &Options) -> Self {
        Recording {
            magic,
            options: *options,
            packets: Packets::default(),
            gathered: Gathered::new(options.direction),
            problems: Problems::default(),
            taken: 0,
            others: Others::default(),
        }
    }

    /// The next bytes of the file.
    pub fn more(&mut self, bytes: &[u8]) {
        let Recording { packets, gathered, problems, .. } = self;
        packets.more(bytes, &mut |connection, event| gathered.take(connection, event, problems));
    }

    /// What comes now is another file: of a recording that has several. A record that was not whole stays so.
    pub fn begin_file(&mut self) {
        let Packets { reached, rest, lost, .. } = &mut self.packets;
        let unread = lost.take().unwrap_or(rest.len());
        if unread > 0 {
            not_whole(&mut self.problems, Span::new(*reached, *reached + unread));
        }
        *reached += unread;
        rest.clear();
        self.packets.dropped = self.packets.dropped();
        self.packets.kind = None;
    }

    /// When the first packet was recorded, in microseconds since 1970.
    pub fn begin_us(&self) -> Option<i64> {
        self.packets.begin_us
    }

    /// The connections that are over, each once, with its number in the file: who does not want all at once takes them, and they
    /// cost nothing any more. Those of other protocols are left out.
    pub fn closed(&mut self) -> Vec<(usize, Exchange)> {
        let Self { gathered, problems, others, .. } = self;
        let mut ours = gathered.closed(problems);
        ours.retain(|(_, on_port, exchange)| *on_port || !others.take(exchange));
        self.taken += ours.len();
        ours.into_iter().map(|(number, _, exchange)| (number, self.told(exchange))).collect()
    }

    /// From now on what is said is given out by [`Recording::news`] while the connections go on, and is not kept.
    pub fn gives_news(&mut self) {
        self.gathered.gives_news();
    }

    /// Only every so many connections are of interest, from which on, by their numbers in the file: of the others nothing is kept.
    pub fn hears(&mut self, from: usize, every: usize) {
        self.gathered.hears(from, every);
    }

    /// What was said since this was last called, connection by connection.
    pub fn news(&mut self) -> Vec<News> {
        self.news_of(false)
    }

    /// The last news, and what is to be told of the whole.
    pub fn finish_news(mut self) -> (Vec<News>, Capture) {
        let Recording { packets, gathered, problems, .. } = &mut self;
        packets.end(&mut |connection, event| gathered.take(connection, event, problems));
        packets.connections.finish(&mut |connection, event| gathered.take(connection, event, problems));
        let news = self.news_of(true);
        (news, self.finish())
    }

    fn news_of(&mut self, is_end: bool) -> Vec<News> {
        let news = self.gathered.news(is_end, &mut self.others, &mut self.problems);
        self.taken += news.len();
        let said = |one: gathered::News| News {
            connection: one.number,
            exchange: self.told(one.exchange),
            is_over: one.is_over || is_end,
        };
        news.into_iter().map(said).collect()
    }

    /// An exchange, with what is said of the input, and what the file keeps beside the packets.
    fn told(&mut self, exchange: Exchange) -> Exchange {
        let beginning = self.options.beginning;
        let recorded = match self.packets.keeper.all() {
            Some(kept) => Some(Box::new(Recorded { kept: Some(kept), ..*exchange.recorded.unwrap_or_default() })),
            None => exchange.recorded,
        };
        Exchange { beginning, recorded, ..exchange }
    }

    /// What was read and not taken before, with the numbers of its connections.
    pub fn finish_numbered(mut self) -> (Vec<usize>, Capture) {
        let Recording { packets, gathered, problems, .. } = &mut self;
        packets.end(&mut |connection, event| gathered.take(connection, event, problems));
        packets.connections.finish(&mut |connection, event| gathered.take(connection, event, problems));
        let gathered = std::mem::take(&mut self.gathered);
        let silent = gathered.silent();
        let told = gathered.into_told(&mut self.problems);
        let told = self.ours(told);
        let told: Vec<_> = told.into_iter().map(|(number, exchange)| (number, self.told(exchange))).collect();
        let Recording { magic, options, packets, mut problems, taken, others, .. } = self;
        let (reached, rest) = (packets.reached, packets.lost.unwrap_or(packets.rest.len()));
        packets.unwhole.iter().for_each(|span| not_whole(&mut problems, *span));
        if rest > 0 {
            not_whole(&mut problems, Span::new(reached, reached + rest));
        }
        let (numbers, exchanges): (Vec<usize>, Vec<Exchange>) = told.into_iter().unzip();
        if exchanges.is_empty() && rest == 0 && taken == 0 {
            let none = match (others.words(), silent.as_str()) {
                (none, "") if none.is_empty() => "no connection with bytes in it".to_owned(),
                (none, silent) if none.is_empty() => silent.to_owned(),
                (others, _) => format!("only {others}"),
            };
            let met = format!("{} packets, {} of TCP, and {none}", packets.count, packets.tcp);
            problems.add(Span::new(0, reached), met, "packets of a connection to a server");
        }
        let is_any = !exchanges.is_empty() || taken > 0;
        let left_out: Vec<String> = [others.words(), silent].into_iter().filter(|words| !words.is_empty()).collect();
        let left_out = match left_out.join("; ") {
            words if words.is_empty() || !is_any => String::new(),
            words => format!("left out: {words}"),
        };
        let dropped = match packets.dropped() {
            0 => String::new(),
            dropped => format!("; the recorder itself dropped {dropped}"),
        };
        if let Some((at, id)) = packets.strange {
            let met = format!("a packet of interface {id}, which the file has not described: it has no time");
            problems.add(Span::new(at, at + 1), met, "a description of every interface before its packets");
        }
        let beside = packets.keeper.words();
        let told = if left_out.is_empty() { String::new() } else { format!("; {left_out}") };
        let reason = format!("{}: {magic}, {} packets{told}{dropped}{beside}", Form::Pcap.name(), packets.count);
        let (guessed, problems) = (options.form.is_none(), problems.in_file());
        (numbers, Capture { form: Form::Pcap, reason, guessed, exchanges, problems, left_out })
    }

    /// Those that are on PostgreSQL's port or do not begin as another protocol does; all, where there is no other and was none.
    fn ours(&mut self, told: Vec<(usize, bool, Exchange)>) -> Vec<(usize, Exchange)> {
        let mut others = self.others.clone();
        let is_ours = told.iter().map(|(_, on_port, exchange)| *on_port || !others.take(exchange)).collect::<Vec<_>>();
        let has_ours = self.taken > 0 || is_ours.contains(&true);
        if has_ours {
            self.others = others;
        }
        let ours = told.into_iter().zip(is_ours).filter(|(_, is_ours)| *is_ours || !has_ours);
        ours.map(|((number, _, exchange), _)| (number, exchange)).collect()
    }

    /// What was read, where nothing more comes.
    pub fn finish(self) -> Capture {
        self.finish_numbered().1
    }
}

/// What is told of a record that is cut.
fn not_whole(problems: &mut Problems, span: Span) {
    problems.add(span, "a record that is not whole", "the file's end, or one more record");
}

/// How an interface counts time: units a second, and seconds to be added; and what its packets begin with.
#[derive(Clone, Copy, Debug)]
struct Interface {
    link: Link,
    resolution: u64,
    offset: i64,
    /// How many packets were lost before they could be written down.
    dropped: u64,
}

impl Interface {
    fn read(self, high: u32, low: u32) -> i64 {
        let units = u64::from(high) << 32 | u64::from(low);
        let since = match self.resolution {
            MICROSECONDS => units,
            resolution => (u128::from(units) * u128::from(MICROSECONDS) / u128::from(resolution.max(1))) as u64,
        };
        i64::try_from(since).unwrap_or(i64::MAX).saturating_add(self.offset.saturating_mul(MICROSECONDS as i64))
    }
}

/// Into how many units a second is divided: a power of ten, or of two if the highest bit is set.
fn units(resolution: u8) -> u64 {
    let (base, exponent) = if resolution & 0x80 == 0 { (10_u64, resolution) } else { (2, resolution & 0x7f) };
    base.checked_pow(exponent.into()).unwrap_or(MICROSECONDS)
}

/// How the records of a file are read.
#[derive(Debug)]
enum Kind {
    Pcap(PcapHeader),
    Pcapng { is_big_endian: bool, interfaces: Vec<Interface> },
}

/// Takes packets as they come.
#[derive(Debug, Default)]
struct Packets {
    kind: Option<Kind>,
    /// How many bytes of the file are read.
    reached: usize,
    /// What has come and is no whole record.
    rest: Vec<u8>,
    /// Behind a record that cannot be read there is nothing: how many bytes that is.
    lost: Option<usize>,
    /// Records that are not whole, behind which another file begins.
    unwhole: Vec<Span>,
    connections: Connections,
    fragmented: BTreeMap<Datagram, Vec<(Fragment, Stream)>>,
    count: usize,
    tcp: usize,
    /// When the first one was recorded.
    begin_us: Option<i64>,
    /// How many packets were lost in the sections before this one.
    dropped: u64,
    /// Where the first packet stands that is of no interface which is known, and of which one it says it is.
    strange: Option<(usize, u32)>,
    keeper: Keeper,
}

/// Why there is no record.
enum No {
    /// It is not whole yet.
    More,
    Record,
}

impl<I> From<pcap_parser::nom::Err<PcapError<I>>> for No {
    fn from(error: pcap_parser::nom::Err<PcapError<I>>) -> Self {
        match error {
            pcap_parser::nom::Err::Incomplete(_) => No::More,
            _ => No::Record,
        }
    }
}

/// How many packets an interface has lost, as its statistics say: what the card had no room for, and what the system had none for.
fn dropped(told: &InterfaceStatisticsBlock<'_>, is_big_endian: bool) -> u64 {
    let number = |wanted: OptionCode| {
        let option = told.options.iter().find(|option| option.code == wanted)?;
        let bytes = *option.value().first_chunk()?;
        Some(if is_big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    };
    [OptionCode::IsbIfDrop, OptionCode::IsbOsDrop].into_iter().filter_map(number).fold(0, u64::saturating_add)
}

impl Packets {
    /// How many packets were lost before they could be written down.
    fn dropped(&self) -> u64 {
        let now = match &self.kind {
            Some(Kind::Pcapng { interfaces, .. }) => interfaces.as_slice(),
            _ => &[],
        };
        now.iter().map(|interface| interface.dropped).fold(self.dropped, u64::saturating_add)
    }

    fn more(&mut self, bytes: &[u8], each: &mut Each<'_>) {
        if let Some(lost) = &mut self.lost {
            // Where it cannot be read on is told; what is behind that is not kept.
            *lost += bytes.len();
        } else if self.rest.is_empty() {
            let used = self.walk(bytes, each);
            self.rest.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut rest = std::mem::take(&mut self.rest);
            rest.extend_from_slice(bytes);
            let used = self.walk(&rest, each);
            rest.drain(..used);
            self.rest = rest;
        }
        if self.lost.is_some() {
            self.rest = Vec::new();
        }
    }

    /// Reads all records that are whole; says how many bytes they have.
    fn walk(&mut self, bytes: &[u8], each: &mut Each<'_>) -> usize {
        let mut used = 0;
        while self.lost.is_none()
            && let Some(rest) = bytes.get(used..).filter(|rest| !rest.is_empty())
        {
            let length = match self.record(rest, each) {
                Ok(length) => length,
                Err(No::More) if rest.len() < LONGEST => break,
                Err(_) => match head_in(rest.get(1..).unwrap_or_default(), usize::MAX) {
                    // What is cut here goes on in no file: another one begins.
                    Some(at) => self.cut_short(at + 1),
                    None => {
                        self.lost = Some(rest.len());
                        break;
                    }
                },
            };
            used += length;
            self.reached += length;
        }
        used
    }

    /// Nothing more comes: what seemed to be a record that is not whole may have another file behind its beginning.
    fn end(&mut self, each: &mut Each<'_>) {
        while self.lost.is_none()
            && let Some(at) = head_in(self.rest.get(1..).unwrap_or_default(), usize::MAX)
        {
            let rest = std::mem::take(&mut self.rest);
            self.reached += self.cut_short(at + 1);
            let rest = rest.get(at + 1..).unwrap_or_default();
            let used = self.walk(rest, each);
            if self.lost.is_none() {
                self.rest = rest.get(used..).unwrap_or_default().to_vec();
            }
        }
    }

    /// Of a record only so many bytes are here, and then another file begins. They are told, and read no further.
    fn cut_short(&mut self, bytes: usize) -> usize {
        self.unwhole.push(Span::new(self.reached, self.reached + bytes));
        self.dropped = self.dropped();
        self.kind = None;
        bytes
    }

    /// Reads one record, and says how many bytes it has.
    fn record(&mut self, rest: &[u8], each: &mut Each<'_>) -> Result<usize, No> {
        // A section of pcapng is a block among others.
        let is_section = matches!(self.kind, Some(Kind::Pcapng { .. })) && rest.starts_with(&PCAPNG);
        if self.kind.is_some() && !is_section && is_head(rest).ok_or(No::More)? {
            // One file behind another: recorders write a new one when the last is full.
            self.dropped = self.dropped();
            self.kind = None;
        }
        match &mut self.kind {
            None if rest.len() < PCAPNG.len() => Err(No::More),
            None if rest.starts_with(&PCAPNG) => {
                self.kind = Some(Kind::Pcapng { is_big_endian: false, interfaces: Vec::new() });
                Ok(0)
            }
            None => {
                let (behind, header) = parse_pcap_header(rest)?;
                self.kind = Some(Kind::Pcap(header));
                Ok(rest.len() - behind.len())
            }
            Some(Kind::Pcap(header)) => {
                let parse = match (header.is_modified_format(), header.is_bigendian()) {
                    (true, _) => parse_pcap_frame_modified,
                    (_, true) => parse_pcap_frame_be,
                    (_, false) => parse_pcap_frame,
                };
                let (link, per_microsecond) =
                    (Link::of(header.network.0 as u32), if header.is_nanosecond_precision() { 1000 } else { 1 });
                let (behind, record) = parse(rest)?;
                let data = start(rest, record.data);
                // All that is missing of it may be as long as what a file begins with.
                let behind_it = data + record.data.len();
                let head = rest.get(behind_it.saturating_sub(HEAD).max(data)..behind_it).unwrap_or_default();
                if head.len() == HEAD && is_head(head) == Some(true) {
                    return Ok(self.cut_short(behind_it - HEAD));
                }
                let is_odd = record.origlen as usize > LONGEST;
                if (is_odd || !may_be_next(behind, record.ts_sec, header.is_bigendian()))
                    && let Some(at) = head_in(rest.get(1..).unwrap_or_default(), behind_it).map(|at| at + 1)
                    && (is_odd || goes_on_behind(rest.get(at..).unwrap_or_default(), behind_it.saturating_sub(at)))
                {
                    return Ok(self.cut_short(at));
                }
                let at_us =
                    i64::from(record.ts_sec) * MICROSECONDS as i64 + i64::from(record.ts_usec / per_microsecond);
                // A time of nothing is none: nobody recorded in 1970.
                let at_us = Some(at_us).filter(|at| *at != 0);
                self.take(record.data, self.reached + start(rest, record.data), link, at_us, each);
                Ok(rest.len() - behind.len())
            }
            Some(Kind::Pcapng { is_big_endian, interfaces }) => {
                let (behind, block) = if *is_big_endian { parse_block_be(rest) } else { parse_block_le(rest) }?;
                match block {
                    Block::SectionHeader(header) => {
                        *is_big_endian = header.big_endian();
                        let lost = interfaces.drain(..).map(|interface| interface.dropped);
                        self.dropped = lost.fold(self.dropped, u64::saturating_add);
                        self.keeper.remark(&header.options, None);
                    }
                    Block::DecryptionSecrets(told) => {
                        let bytes = captured(told.data, told.secrets_len);
                        self.keeper.secrets(told.secrets_type.0, bytes);
                    }
                    Block::InterfaceStatistics(told) => {
                        if let Some(interface) = interfaces.get_mut(told.if_id as usize) {
                            interface.dropped = dropped(&told, *is_big_endian);
                        }
                    }
                    Block::InterfaceDescription(interface) => {
                        self.keeper.remark(&interface.options, None);
                        interfaces.push(Interface {
                            link: Link::of(interface.linktype.0 as u32),
                            resolution: units(interface.if_tsresol),
                            offset: interface.ts_offset(),
                            dropped: 0,
                        });
                    }
                    Block::EnhancedPacket(packet) => {
                        let interface = interfaces.get(packet.if_id as usize).copied();
                        if interface.is_none() {
                            self.strange.get_or_insert((self.reached, packet.if_id));
                        }
                        let at_us = interface.map(|one| one.read(packet.ts_high, packet.ts_low));
                        let link = interface.map(|one| one.link).unwrap_or_default();
                        let data = captured(packet.data, packet.caplen);
                        let at = self.reached + start(rest, data);
                        if packet.options.iter().any(is_remark) {
                            let place = self.take_new(data, at, link, at_us, each);
                            self.keeper.remark(&packet.options, place);
                        } else {
                            self.take(data, at, link, at_us, each);
                        }
                    }
                    Block::SimplePacket(packet) => {
                        let link = interfaces.first().map(|one| one.link).unwrap_or_default();
                        let data = captured(packet.data, packet.origlen);
                        self.take(data, self.reached + start(rest, data), link, None, each);
                    }
                    _ => {}
                }
                Ok(rest.len() - behind.len())
            }
        }
    }

    /// One packet, which stands there in the file; says where its payload does.
    fn take(
        &mut self,
        data: &[u8],
        source: usize,
        link: Link,
        at_us: Option<i64>,
        each: &mut Each<'_>,
    ) -> Option<Span> {
        self.count += 1;
        self.begin_us = self.begin_us.or(at_us);
        match frames::find(link, data) {
            Some(frames::Found::Tcp(tcp)) => {
                let bytes = data.get(tcp.payload.clone()).unwrap_or_default();
                let at = source + tcp.payload.start;
                let place = (!bytes.is_empty()).then(|| Span::new(at, at + bytes.len()));
                let payload = Payload::of_file(bytes, at);
                self.tcp += 1;
                self.connections.add(Packet { tcp, payload, at_us, numbered: true }, each);
                return place;
            }
            Some(frames::Found::Fragment(fragment)) => {
                let mut piece = Stream::default();
                piece.push_run(data, source);
                self.take_fragment(fragment, piece, at_us, each);
            }
            None => {}
        }
        None
    }

    /// The same; where it says what was said before, nothing of it is in a stream, and it has no place.
    fn take_new(
        &mut self,
        data: &[u8],
        source: usize,
        link: Link,
        at_us: Option<i64>,
        each: &mut Each<'_>,
    ) -> Option<Span> {
        let (mut is_said, held) = (false, self.connections.held());
        let place = self.take(data, source, link, at_us, &mut |connection, event| {
            is_said |= matches!(event, Event::Said { .. });
            each(connection, event);
        });
        place.filter(|_| is_said || self.connections.held() > held)
    }

    /// A part of a packet: the packet is taken when all of it is there.
    fn take_fragment(&mut self, fragment: Fragment, piece: Stream, at_us: Option<i64>, each: &mut Each<'_>) {
        if self.fragmented.len() >= MOST_FRAGMENTED {
            self.fragmented.clear();
        }
        let key = fragment.of;
        let pieces = self.fragmented.entry(key).or_default();
        if pieces.len() >= MOST_FRAGMENTS {
            pieces.clear();
        }
        pieces.push((fragment, piece));
        let Some(whole) = frames::joined(pieces) else { return };
        self.fragmented.remove(&key);
        if let Some(tcp) = frames::parse(&whole.bytes) {
            let payload = part(&whole, tcp.payload.clone()).into();
            self.tcp += 1;
            self.connections.add(Packet { tcp, payload, at_us, numbered: true }, each);
        }
    }
}

/// Where a part of the input begins in it.
pub(crate) fn start(input: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr().saturating_sub(input.as_ptr().addr())
}

/// What was captured of a packet: without what fills its block up, and never more than there is.
pub(crate) fn captured(data: &[u8], length: u32) -> &[u8] {
    data.get(..length as usize).unwrap_or(data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_proto::Secrets;

    /// A record of raw IPv4 for each packet: source port, what the fragment field says, and what follows the IP header.
    fn file(packets: &[(u16, Vec<u8>)]) -> Vec<u8> {
        let mut file = [0xa1b2_c3d4_u32, 0x0002_0004, 0, 0, 65_535, 101].map(u32::to_be_bytes).concat();
        for (nth, (fragment, data)) in packets.iter().enumerate() {
            let length = 20 + data.len() as u16;
            let ip = [0x4500, length, 7, *fragment, 0x4006, 0, 0x7f00, 1, 0x7f00, 1].map(u16::to_be_bytes).concat();
            file.extend(
                [1_700_000_000 + nth as u32, 0, u32::from(length), u32::from(length)].map(u32::to_be_bytes).concat(),
            );
            file.extend(ip);
            file.extend(data);
        }
        file
    }

    fn tcp(from: u16, to: u16, seq: u32, payload: &[u8]) -> Vec<u8> {
        let ports = [from, to].map(u16::to_be_bytes).concat();
        [ports, [seq, 0].map(u32::to_be_bytes).concat(), vec![0x50, 0x18, 1, 0, 0, 0, 0, 0], payload.to_vec()].concat()
    }

    fn flagged(from: u16, to: u16, seq: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet = tcp(from, to, seq, payload);
        packet[13] = flags;
        packet
    }

    const FIN: u8 = 0x11;

    fn streamed(packets: Vec<Vec<u8>>) -> (Vec<usize>, Capture) {
        let file = file(&packets.into_iter().map(|packet| (0, packet)).collect::<Vec<_>>());
        let mut recording = Recording::new("a pcap file", &Options::default());
        let mut numbers = Vec::new();
        for piece in file.chunks(50) {
            recording.more(piece);
            numbers.extend(recording.closed().into_iter().map(|(number, _)| number));
        }
        let (rest, capture) = recording.finish_numbered();
        numbers.extend(rest);
        (numbers, capture)
    }

    #[test]
    fn what_is_left_when_others_were_taken_is_judged_like_them() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let (numbers, capture) = streamed(vec![
            flagged(4002, 80, 1, 0x18, b"GET / HTTP/1.1\r\n\r\n"),
            flagged(4001, 5432, 0, 2, b""),
            flagged(4001, 5432, 1, 0x18, query),
            flagged(4001, 5432, 16, FIN, b""),
            flagged(5432, 4001, 1, FIN, b""),
        ]);
        assert_eq!(numbers, [1]);
        assert!(capture.exchanges.is_empty() && capture.problems.is_empty(), "{:?}", capture.problems);
        assert_eq!(
            capture.reason,
            "capture file: a pcap file, 5 packets; left out: 1 connection of another protocol (an HTTP request)"
        );
    }

    #[test]
    fn a_connection_is_over_when_all_before_its_end_is_here() {
        let (one, two) = (b"Q\0\0\0\x0e".as_slice(), b"SELECT 1;\0".as_slice());
        let (numbers, _) = streamed(vec![
            flagged(4001, 5432, 0, 2, b""),
            flagged(5432, 4001, 0, 0x12, b""),
            flagged(4001, 5432, 1, 0x18, one),
            flagged(5432, 4001, 1, FIN, b""),
            flagged(4001, 5432, 16, FIN, b""),
            // It was recorded late.
            flagged(4001, 5432, 6, 0x18, two),
            flagged(4001, 5432, 6, 0x18, two),
        ]);
        assert_eq!(numbers, [0]);
        let whole = file(&[(0, flagged(4001, 5432, 1, 0x18, one)), (0, flagged(4001, 5432, 6, 0x18, two))]);
        assert_eq!(read(&whole, "", &Options::default()).exchanges[0].streams[0].bytes, [one, two].concat());
    }

    #[test]
    fn a_file_that_is_cut_hides_none_behind_it() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let at = |seq: u32| (0, flagged(4001, 5432, seq, 0x18, query));
        let (mut first, second) = (file(&[at(1), at(16)]), file(&[at(16), at(31)]));
        let whole = first.len();
        let record = (whole - HEAD) / 2;
        for cut in 1..record {
            first.truncate(whole - cut);
            let both = [first.clone(), second.clone()].concat();
            // Where a piece of the file ends right behind what is cut, what follows cannot be looked at yet.
            for piece in [both.len(), 1000] {
                let mut recording = Recording::new("", &Options::default());
                both.chunks(piece).for_each(|piece| recording.more(piece));
                let capture = recording.finish();
                let told: Vec<&str> = capture.problems.iter().map(|problem| problem.met.as_str()).collect();
                assert_eq!(told, ["a record that is not whole"], "{cut}");
                assert_eq!(capture.exchanges[0].streams[0].bytes, query.repeat(3), "{cut}");
            }
        }
    }

    /// A file within a packet is what was said, whatever comes behind it.
    #[test]
    fn a_file_in_a_packet_is_no_file_behind_it() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let carried = file(&[(0, flagged(4001, 5432, 1, 0x18, query))]);
        let mut outer = file(&[(0, flagged(4001, 5432, 1, 0x18, &carried))]);
        let later = file(&[(0, flagged(4001, 5432, 1 + carried.len() as u32, 0x18, query))]);
        // Two days later.
        let mut record = later[24..].to_vec();
        record[..4].copy_from_slice(&(1_700_000_000_u32 + 172_800).to_be_bytes());
        outer.extend(record);
        let capture = read(&outer, "", &Options::default());
        assert!(capture.problems.is_empty(), "{:?}", capture.problems);
        assert_eq!(capture.exchanges[0].streams[0].bytes, [carried.as_slice(), query].concat());
    }

    #[test]
    fn files_one_behind_the_other_are_one_recording() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let at = |seq: u32| vec![(0, flagged(4001, 5432, seq, 0x18, query))];
        let (first, mut second) = (file(&at(1)), file(&at(16)));
        let both = [first.clone(), second.clone()].concat();
        let whole = read(&both, "", &Options::default());
        assert!(whole.problems.is_empty(), "{:?}", whole.problems);
        assert_eq!(whole.exchanges.len(), 1);
        assert_eq!(whole.exchanges[0].streams[0].bytes, [query.as_slice(), query].concat());
        // In pieces of any size, and with the numbers of the second in the other order of bytes.
        for size in [1, 3, 7, 24, 100] {
            let mut recording = Recording::new("a pcap file", &Options::default());
            both.chunks(size).for_each(|piece| recording.more(piece));
            assert_eq!(recording.finish().exchanges, whole.exchanges, "{size}");
        }
        for from in [0, 4, 6, 8, 12, 16, 20, 24, 28, 32, 36] {
            let width = if matches!(from, 4 | 6) { 2 } else { 4 };
            second[from..from + width].reverse();
        }
        let other = read(&[first, second].concat(), "", &Options::default());
        assert_eq!(other.exchanges[0].streams[0].bytes, [query.as_slice(), query].concat());
    }

    #[test]
    fn who_ends_a_connection_is_told_and_when() {
        use pgscope_proto::{Closing, Direction};
        let (query, rst) = (b"Q\0\0\0\x0eSELECT 1;\0", 0x14);
        let (client, server) = (Some(Direction::Frontend), Some(Direction::Backend));
        let opened = [flagged(4001, 5432, 0, 2, b""), flagged(5432, 4001, 0, 0x12, b"")];
        let says = flagged(4001, 5432, 1, 0x18, query);
        let far = flagged(5432, 4001, 0x3000_0000, rst, b"");
        let ends = |from: u16, to: u16, flags: u8| flagged(from, to, if from == 4001 { 16 } else { 1 }, flags, b"");
        // The time of a packet is its number, in seconds.
        for (packets, first, reset, is_over, at) in [
            // Where the recording ends is known, too.
            (vec![], None, None, false, Some(2)),
            (vec![ends(4001, 5432, FIN)], client, None, false, Some(3)),
            (vec![ends(5432, 4001, FIN), ends(4001, 5432, FIN)], server, None, true, Some(3)),
            // Said once more, and what comes behind the end, change nothing.
            (
                vec![ends(4001, 5432, FIN), ends(4001, 5432, FIN), ends(5432, 4001, FIN), ends(5432, 4001, rst)],
                client,
                None,
                true,
                Some(3),
            ),
            (vec![ends(4001, 5432, FIN), ends(5432, 4001, rst)], client, server, true, Some(3)),
            (vec![ends(4001, 5432, rst), ends(5432, 4001, rst)], None, client, true, Some(3)),
            // The client's end is not in the recording, and the server has seen it.
            (
                vec![{
                    let mut end = ends(5432, 4001, FIN);
                    end[8..12].copy_from_slice(&17u32.to_be_bytes());
                    end
                }],
                server,
                None,
                true,
                Some(3),
            ),
            // What is far from all that was said breaks nothing off.
            (vec![far], None, None, false, Some(3)),
            // What stands before the end is missing in the recording, and it is the end all the same.
            (vec![flagged(4001, 5432, 116, FIN, b""), ends(5432, 4001, FIN)], client, None, true, Some(3)),
        ] {
            let packets: Vec<Vec<u8>> = opened.iter().chain([&says]).chain(&packets).cloned().collect();
            let file = file(&packets.into_iter().map(|packet| (0, packet)).collect::<Vec<_>>());
            let [exchange] = read(&file, "", &Options::default()).exchanges.try_into().expect("one connection");
            let closing = exchange.closing();
            let begin = exchange.segments[0].at_us.expect("a time");
            let after = closing.at_us.map(|at| (at - begin) / 1_000_000 + 2);
            assert_eq!(Closing { at_us: None, ..closing }, Closing { first, reset, is_over, at_us: None });
            assert_eq!(after, at);
            let swapped = exchange.swapped().closing();
            assert_eq!(swapped.first, first.map(Direction::other));
            assert_eq!(swapped.reset, reset.map(Direction::other));
        }
    }

    #[test]
    fn what_was_acknowledged_and_does_not_come_is_a_gap_while_the_recording_goes_on() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let answer = b"Z\0\0\0\x05I";
        let acknowledging = |seq: u32, ack: u32| {
            let mut packet = flagged(4001, 5432, seq, 0x18, query);
            packet[8..12].copy_from_slice(&ack.to_be_bytes());
            packet
        };
        // A second from packet to packet. Of the server's answers the first is not here.
        let packets = [
            flagged(4001, 5432, 0, 2, b""),
            flagged(5432, 4001, 0, 0x12, b""),
            acknowledging(1, 1),
            acknowledging(16, 7),
            flagged(5432, 4001, 7, 0x18, answer),
            acknowledging(31, 13),
        ];
        let file = file(&packets.map(|packet| (0, packet)));
        let mut recording = Recording::new("a pcap file", &Options::default());
        recording.gives_news();
        recording.more(&file);
        let news = recording.news();
        let [one] = news.as_slice() else { panic!("{}", news.len()) };
        let lengths = one.exchange.streams.each_ref().map(|stream| stream.len());
        assert_eq!(lengths, [3 * query.len(), answer.len()]);
        let gaps = &one.exchange.recorded.as_ref().expect("it was recorded").gaps;
        assert_eq!(gaps.each_ref().map(|gaps| gaps.iter().map(|gap| gap.bytes).sum::<u64>()), [0, 6]);
    }

    #[test]
    fn what_the_recorder_lost_is_told_whatever_its_statistics_say() {
        let block = |kind: u32, body: &[u8]| {
            let length = (body.len() as u32 + 12).to_le_bytes();
            [&kind.to_le_bytes()[..], &length, body, &length].concat()
        };
        let section = block(0x0a0d_0d0a, &[&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat());
        let interface = block(1, &[101, 0, 0, 0, 0, 0, 0, 0]);
        let lost = |count: u64| {
            let option = [&5_u16.to_le_bytes()[..], &8_u16.to_le_bytes(), &count.to_le_bytes(), &[0; 4]].concat();
            block(5, &[&[0; 12][..], &option].concat())
        };
        for (counts, told) in [([3, 4], "dropped 7"), ([u64::MAX, 4], "dropped 18446744073709551615")] {
            let file = counts.map(|count| [section.clone(), interface.clone(), lost(count)].concat()).concat();
            let reason = read(&file, "a pcapng file", &Options::default()).reason;
            assert!(reason.ends_with(told), "{reason}");
        }
    }

    #[test]
    fn what_stands_beside_the_packets_is_kept_with_its_place() {
        let block = |kind: u32, body: &[u8]| {
            let length = (body.len() as u32 + 12).to_le_bytes();
            [&kind.to_le_bytes()[..], &length, body, &length].concat()
        };
        let comment = |text: &str| {
            let mut option = [&[1, 0][..], &(text.len() as u16).to_le_bytes(), text.as_bytes()].concat();
            option.resize(option.len().next_multiple_of(4), 0);
            option
        };
        let said = |texts: &[&str]| texts.iter().flat_map(|text| comment(text)).chain([0; 4]).collect::<Vec<u8>>();
        let section = |about: &str| {
            let head = [&0x1a2b_3c4d_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xff; 8]].concat();
            block(0x0a0d_0d0a, &[head, said(&[about])].concat())
        };
        let interface = block(1, &[101, 0, 0, 0, 0, 0, 0, 0]);
        let packet = |tcp: &[u8], about: &[&str]| {
            let ip =
                [0x4500, 20 + tcp.len() as u16, 7, 0, 0x4006, 0, 0x7f00, 1, 0x7f00, 1].map(u16::to_be_bytes).concat();
            let mut data = [&ip, tcp].concat();
            let length = (data.len() as u32).to_le_bytes();
            data.resize(data.len().next_multiple_of(4), 0);
            block(6, &[&[0; 12][..], &length, &length, &data, &said(about)].concat())
        };
        let secrets = |kind: u32, log: &[u8]| {
            let mut body = [&kind.to_le_bytes()[..], &(log.len() as u32).to_le_bytes(), log].concat();
            body.resize(body.len().next_multiple_of(4), 0);
            block(10, &body)
        };
        let (query, answer) = (b"Q\0\0\0\x0eSELECT 1;\0", b"Z\0\0\0\x05I");
        let file = [
            section("made by hand\u{1b}[2J"),
            interface.clone(),
            secrets(0x544c_534b, b"CLIENT_RANDOM 00 11"),
            packet(&flagged(4001, 5432, 0, 2, b""), &["it begins"]),
            packet(&flagged(4001, 5432, 1, 0x18, &query[..7]), &["the first half"]),
            packet(&flagged(4001, 5432, 8, 0x18, &query[7..]), &["the second", "and more"]),
            packet(&flagged(5432, 4001, 1, 0x18, answer), &[]),
            packet(&flagged(4001, 5432, 8, 0x18, &query[7..]), &["once more"]),
        ]
        .concat();
        let whole = read(&file, "a pcapng file", &Options::default());
        assert!(whole.problems.is_empty(), "{:?}", whole.problems);
        let about = "; 3 comments on packets; a block of decryption secrets; its comment: “made by hand\\u{1b}[2J”; its comment: “it begins”; its comment: “once more”";
        assert!(whole.reason.ends_with(about), "{}", whole.reason);
        use pgscope_proto::Direction::{Backend, Frontend};
        let of = |exchange: &Exchange, direction, from, to| exchange.remarks(direction, Span::new(from, to));
        let [one] = whole.exchanges.as_slice() else { panic!("{}", whole.exchanges.len()) };
        assert_eq!(of(one, Frontend, 0, 15), ["the first half", "the second", "and more"]);
        assert_eq!(of(one, Frontend, 7, 15), ["the second", "and more"]);
        assert_eq!(of(one, Frontend, 1, 7), Vec::<String>::new());
        assert_eq!(of(one, Backend, 0, 6), Vec::<String>::new());
        let kept = one.kept().expect("it is kept").kept();
        assert_eq!(kept.secrets, [Secrets { kind: 0x544c_534b, bytes: b"CLIENT_RANDOM 00 11".to_vec() }]);
        // However it comes, and whoever is taken for the client.
        let mut recording = Recording::new("a pcapng file", &Options::default());
        recording.gives_news();
        let mut together = Exchange::default();
        let mut shelved: Option<crate::Shelved> = None;
        let mut note = |news: Vec<News>| {
            for News { exchange, .. } in news {
                shelved.get_or_insert_with(|| crate::Shelved::of(&Exchange::default())).put(&exchange);
                together.append(&exchange);
            }
        };
        for piece in file.chunks(30) {
            recording.more(piece);
            note(recording.news());
        }
        note(recording.finish_news().0);
        assert_eq!(together.kept(), one.kept());
        assert_eq!(of(&together.swapped(), Backend, 0, 15), ["the first half", "the second", "and more"]);
        assert_eq!(shelved.expect("it came").shell().kept(), one.kept());
    }

    #[test]
    fn a_second_is_divided_by_powers_of_ten_and_of_two() {
        assert_eq!([6, 9, 0, 0x80 | 10].map(units), [1_000_000, 1_000_000_000, 1, 1024]);
        // More than fits is nothing that anybody records with.
        assert_eq!([200, 0xff].map(units), [MICROSECONDS; 2]);
    }

    #[test]
    fn behind_a_record_that_cannot_be_read_nothing_is_kept() {
        let mut file = file(&[(0, tcp(4001, 5432, 1, b"Q"))]);
        let whole = file.len();
        // A record of half a gigabyte, which nobody has captured.
        file.extend([0, 0, 1 << 29, 1 << 29].map(u32::to_be_bytes).concat());
        let mut recording = Recording::new("a pcap file", &Options::default());
        recording.more(&file);
        for _ in 0..400 {
            recording.more(&[0; 1 << 18]);
        }
        assert!(recording.packets.rest.len() < LONGEST + (1 << 19));
        let capture = recording.finish();
        assert_eq!(capture.problems[0].span.start, whole);
        assert_eq!(capture.exchanges.len(), 1);
    }

    const HELLO: &[u8] = b"\x16\x03\x01\x00\x20\x01\x00\x00\x1c\x03\x03........";

    #[test]
    fn connections_of_other_protocols_are_left_out_but_not_ours_in_tls() {
        let query = b"Q\0\0\0\x0eSELECT 1;\0";
        let asks_for_ours = [HELLO, b"\x0apostgresql"].concat();
        let packets = [
            tcp(4001, 6432, 1, query),
            tcp(4002, 80, 1, b"GET / HTTP/1.1\r\n\r\n"),
            tcp(4003, 443, 1, HELLO),
            tcp(4004, 6432, 1, &asks_for_ours),
            tcp(4005, 5432, 1, HELLO),
        ];
        let capture = read(&file(&packets.map(|packet| (0, packet))), "a pcap file", &Options::default());
        let firsts: Vec<&[u8]> = capture.exchanges.iter().map(|one| one.streams[0].bytes.as_slice()).collect();
        assert_eq!(firsts, [query.as_slice(), &asks_for_ours, HELLO]);
        assert_eq!(
            capture.reason,
            "capture file: a pcap file, 5 packets; left out: 2 connections of other protocols (an HTTP request; TLS)"
        );
        let only = read(&file(&[(0, tcp(4002, 80, 1, b"GET / HTTP/1.1\r\n\r\n"))]), "", &Options::default());
        assert_eq!(only.exchanges.len(), 1);
    }

    #[test]
    fn fragments_that_never_become_a_packet_cost_little() {
        let packets = vec![(0x2000, tcp(4001, 5432, 1, b"never whole.")); 200_000];
        let capture = read(&file(&packets), "a pcap file", &Options::default());
        assert!(capture.exchanges.is_empty());
        let last = (0x0004, b"end.".to_vec());
        let mut packets = vec![(0x2000, tcp(4001, 5432, 1, b"begins, and ")); 3];
        packets.push(last);
        let capture = read(&file(&packets), "a pcap file", &Options::default());
        assert_eq!(capture.exchanges[0].streams[0].bytes, b"begins, and end.");
    }
}
