//! Whether a value fits its type, as far as the table does not say: what PostgreSQL's receive functions refuse.
//!
//! Each check tells why, or nothing. What depends on the command that gets the value, such as how long a varchar(10) may be, is
//! not looked at.

use super::{ARRAY_HEAD, Known, oid};
use crate::cursor::{signed, unsigned};
use crate::messages::unknown::EXTRA;
use crate::problem::{self, Problem, Severity};
use crate::schema::{Kind, Show};
use crate::tree::Node;
use crate::{Span, types};

/// The rule that such a value breaks.
pub(crate) const RULE: &str = "L33";

/// What is wrong with a value.
pub(crate) struct Verdict {
    span: Span,
    why: String,
    expected: String,
    severity: Severity,
    /// Whether only bytes behind it are wrong.
    is_excess: bool,
}

impl Verdict {
    pub(crate) fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    fn warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// The same for the bound of a range: a server takes what it needs of it, and does not look whether more stands there.
    pub(crate) fn of_bound(self) -> Self {
        if self.is_excess { self.warning() } else { self }
    }
}

/// The nodes of a value, the first of which is its type, and the bytes that they count in.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    nodes: &'a [Node],
    bytes: &'a [u8],
}

type Found = Option<Verdict>;

impl<'a> Parts<'a> {
    pub(crate) fn new(nodes: &'a [Node], bytes: &'a [u8]) -> Self {
        Self { nodes, bytes }
    }

    fn span(&self) -> Span {
        self.nodes.first().map(Node::span).unwrap_or_default()
    }

    fn node(&self, id: &str) -> Option<&'a Node> {
        self.nodes.iter().skip(1).find(|node| node.field.id == id)
    }

    fn of(&self, node: &Node) -> &'a [u8] {
        node.span().of(self.bytes)
    }

    /// The number of the first field with this id.
    fn number(&self, id: &str) -> Option<i64> {
        let node = self.node(id)?;
        let is_unsigned = matches!(node.field.kind, Kind::Int(_, show) if show != Show::Signed);
        Some(if is_unsigned { unsigned(self.of(node)) as i64 } else { signed(self.of(node)) })
    }

    /// The entries of its own list that have this id.
    fn entries(&self, id: &'static str) -> impl Iterator<Item = &'a Node> {
        let depth = self.nodes.first().map_or(0, |node| node.depth) + 2;
        self.nodes.iter().filter(move |node| node.depth == depth && node.field.id == id)
    }

    fn wrong(&self, id: &str, why: impl Into<String>, expected: impl Into<String>) -> Found {
        let span = self.node(id).map_or(self.span(), Node::span);
        wrong(span, why, expected)
    }
}

fn wrong(span: Span, why: impl Into<String>, expected: impl Into<String>) -> Found {
    Some(Verdict { span, why: why.into(), expected: expected.into(), severity: Severity::Error, is_excess: false })
}

/// What was met when the value was read, told of the value.
pub(crate) fn as_met(met: &Problem) -> Verdict {
    let why = met.message.replace("the message", "the value");
    Verdict { span: met.span, why, expected: met.expected.clone(), severity: met.severity, is_excess: false }
}

/// The verdict as a problem that names the type.
pub(crate) fn problem(known: Known, span: Span, bytes: &[u8], verdict: Verdict) -> Problem {
    let Verdict { span: place, why, expected, severity, .. } = verdict;
    let hint =
        text_in(known, span.of(bytes)).map(|text| format!(". Its bytes are the text “{text}”, whose format is 0"));
    let message = format!("this is no {} in binary format: {why}{}", known.name(), hint.unwrap_or_default());
    // An empty span cannot be shown: the value can, or else its length.
    let place = [place, span].into_iter().find(|span| !span.is_empty());
    let place = place.unwrap_or(Span::new(span.start.saturating_sub(4), span.end));
    Problem { severity, section: Some(known.message.section), ..Problem::error(RULE, place, message, expected) }
}

const LONGEST_TEXT: usize = 40;

/// The bytes as the text that somebody may have sent by mistake.
fn text_in(known: Known, bytes: &[u8]) -> Option<&str> {
    let is_text = bytes.len() > 1 && bytes.iter().all(|byte| (b' '..=b'~').contains(byte));
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_text && known.message.field.id != "name")?;
    Some(text.get(..LONGEST_TEXT).unwrap_or(text))
}

/// What is wrong with a value of this type.
pub(crate) fn of_value(known: Known, parts: Parts<'_>) -> Found {
    let found = of_size(known, parts).or_else(|| of_type(known, parts));
    if found.as_ref().is_some_and(Verdict::is_error) { found } else { left_over(parts).or(found) }
}

/// Of a type whose parts have a fixed size each.
fn of_size(known: Known, parts: Parts<'_>) -> Found {
    let size = known.message.fields.iter().try_fold(0, |size, field| Some(size + fixed(&field.kind)?))?;
    let (span, given) = (parts.span(), parts.span().len());
    let whole = format!("exactly {}", problem::bytes(size));
    let found = wrong(span, format!("it has {}", problem::bytes(given)), whole).filter(|_| given != size)?;
    Some(Verdict { is_excess: given > size, ..found })
}

fn fixed(kind: &Kind) -> Option<usize> {
    match kind {
        Kind::Int(width, _) | Kind::Code(width, ..) => Some(width.bytes()),
        Kind::Fixed(count, _) => Some(*count),
        Kind::Group(fields) => fields.iter().try_fold(0, |size, field| Some(size + fixed(&field.kind)?)),
        _ => None,
    }
}

fn left_over(parts: Parts<'_>) -> Found {
    let depth = parts.nodes.first()?.depth + 1;
    let node = parts.nodes.last().filter(|node| node.depth == depth && std::ptr::eq(node.field, &EXTRA))?;
    let why = format!("{} too many stand behind its last part", problem::bytes(node.span().len()));
    let found = wrong(node.span(), why, "the value to end there")?;
    Some(Verdict { is_excess: true, ..found })
}

fn of_type(known: Known, parts: Parts<'_>) -> Found {
    match known.message.field.id {
        "bool" => bool(parts),
        "numeric" => numeric(parts),
        "bit" => bits(parts),
        "date" => date(parts),
        "time" | "timetz" => time(parts),
        "timestamp" | "timestamptz" => timestamp(parts),
        "inet" => inet(known, parts),
        "macaddr8" => mac(parts),
        "name" => text(parts).or_else(|| name(parts)),
        "text" | "json" | "jsonb" | "jsonpath" => text(parts),
        "array" => array(parts).or_else(|| expected_element(known, parts)),
        "int2vector" | "oidvector" => array(parts).or_else(|| vector(known, parts)),
        "range" => range(known, parts),
        "multirange" => count(parts).or_else(|| null(parts)),
        "record" => count(parts),
        "line_type" => line(parts),
        "path" | "polygon" => points(parts),
        "circle" => circle(parts),
        "tsvector" => tsvector(parts),
        "tsquery" => tsquery(parts),
        "snapshot" => snapshot(parts),
        _ => None,
    }
}

/// A server takes any byte but 0 for true, and sends 1.
fn bool(parts: Parts<'_>) -> Found {
    let byte = parts.of(parts.nodes.first()?).first().copied().filter(|byte| *byte > 1)?;
    let why = format!(
        "a server takes the byte {byte:02x} for true, but never sends it, and other readers may take it for false"
    );
    let found = wrong(parts.span(), why, "00 (false) or 01 (true)")?;
    Some(found.warning())
}

const NUMERIC_BASE: i64 = 10_000;
const MOST_SCALE: i64 = 0x3fff;
const SIGNS: [i64; 5] = [0, 0x4000, 0xc000 - 0x1_0000, 0xd000 - 0x1_0000, 0xf000 - 0x1_0000];

fn numeric(parts: Parts<'_>) -> Found {
    let (count, scale) = (parts.number("digit_count")?, parts.number("scale").unwrap_or_default());
    let given = parts.entries("digit").count() as i64;
    if given < count {
        let negative =
            if count >= 0x8000 { format!(", which is {} with a sign", count - 0x1_0000) } else { String::new() };
        let why = format!("the digit count says {count}{negative}, but only {given} digits follow");
        return parts.wrong("digit_count", why, given.to_string());
    }
    let sign = parts.number("sign")?;
    if !SIGNS.contains(&sign) {
        let expected = "00 00 (+), 40 00 (-), c0 00 (NaN), d0 00 (Infinity) or f0 00 (-Infinity)";
        return parts.wrong("sign", format!("{:02x} {:02x} is no sign", sign >> 8 & 0xff, sign & 0xff), expected);
    }
    if scale > MOST_SCALE {
        return parts.wrong("scale", format!("its scale is {scale}"), format!("0 to {MOST_SCALE}"));
    }
    let digit =
        parts.entries("digit").find(|digit| signed(parts.of(digit)) < 0 || signed(parts.of(digit)) >= NUMERIC_BASE)?;
    let why = format!("a digit is {}, and a digit of base 10000 is less than that", unsigned(parts.of(digit)));
    wrong(digit.span(), why, "0 to 9999")
}

const MOST_BITS: i64 = i32::MAX as i64;

fn bits(parts: Parts<'_>) -> Found {
    let count = parts.number("bit_count")?;
    if !(0..=MOST_BITS).contains(&count) {
        return parts.wrong("bit_count", format!("it says that it has {count} bits"), "0 or more");
    }
    let (given, needed) = (parts.node("bits").map_or(0, |node| node.span().len()), (count as usize).div_ceil(8));
    let why = format!("{count} bits take {}, and there are {}", problem::bytes(needed), problem::bytes(given));
    if given == needed { None } else { parts.wrong("bit_count", why, format!("{} bits at most", given * 8)) }
}

/// Days between 2000-01-01 and the first and last date there is.
const DATES: std::ops::Range<i64> = -2_451_545..2_145_031_949;

fn date(parts: Parts<'_>) -> Found {
    let days = parts.number("days")?;
    let is_one = DATES.contains(&days) || days == i64::from(i32::MIN) || days == i64::from(i32::MAX);
    let why = format!("{days} days from 2000-01-01 are out of range");
    if is_one { None } else { parts.wrong("days", why, "a day from 4714-11-24 BC to 5874897-12-31") }
}

const DAY: i64 = 86_400_000_000;
/// A time zone is less than 16 hours from UTC.
const MOST_ZONE: i64 = 16 * 3600;

fn time(parts: Parts<'_>) -> Found {
    let time = parts.number("microseconds")?;
    if !(0..=DAY).contains(&time) {
        let why = format!("{time} microseconds are no time of a day");
        return parts.wrong("microseconds", why, format!("0 to {DAY} (24:00)"));
    }
    let zone = parts.number("zone").filter(|zone| zone.abs() >= MOST_ZONE)?;
    parts.wrong(
        "zone",
        format!("a zone of {zone} seconds is 16 hours from UTC or more"),
        "less than 57600, with either sign",
    )
}

/// Microseconds between 2000-01-01 and the first and last time there is.
const TIMESTAMPS: std::ops::Range<i64> = -211_813_488_000_000_000..9_223_371_331_200_000_000;

fn timestamp(parts: Parts<'_>) -> Found {
    let time = parts.number("microseconds")?;
    let why = format!("{time} microseconds from 2000-01-01 are out of range");
    let is_one = TIMESTAMPS.contains(&time) || time == i64::MIN || time == i64::MAX;
    if is_one { None } else { parts.wrong("microseconds", why, "a time from 4714-11-24 BC to 294276-12-31") }
}

fn inet(known: Known, parts: Parts<'_>) -> Found {
    let (family, bits, length) = (parts.number("family")?, parts.number("mask")?, parts.number("length")?);
    let (whole, name) = match family {
        2 => (32, "IPv4"),
        3 => (128, "IPv6"),
        _ => return parts.wrong("family", format!("{family} is no address family"), "2 (IPv4) or 3 (IPv6)"),
    };
    if bits > whole {
        return parts.wrong("mask", format!("an {name} address has no {bits} bits"), format!("0 to {whole}"));
    }
    let address = parts.node("address").map(|node| parts.of(node)).unwrap_or_default();
    if length * 8 != whole || address.len() as i64 * 8 != whole {
        let why = format!("its length says {length}, and {} follow", problem::bytes(address.len()));
        return parts.wrong("length", why, format!("{} bytes for {name}", whole / 8));
    }
    let is_network =
        (bits..whole).all(|bit| address.get(bit as usize / 8).is_none_or(|byte| byte >> (7 - bit % 8) & 1 == 0));
    if known.oid != oid::CIDR || is_network {
        return None;
    }
    parts.wrong("address", format!("a network has zeros behind its {bits} bits, and here are ones"), "zeros")
}

fn mac(parts: Parts<'_>) -> Found {
    let count = parts.span().len();
    let why = format!("it has {}", problem::bytes(count));
    if count == 6 || count == 8 { None } else { wrong(parts.span(), why, "8 bytes, or the 6 of a macaddr") }
}

fn text(parts: Parts<'_>) -> Found {
    let bytes = parts.of(parts.nodes.first()?);
    let at = parts.span().start + bytes.iter().position(|byte| *byte == 0)?;
    wrong(Span::new(at, at + 1), "a text of PostgreSQL has no zero byte in it, and none behind it", "no 00")
}

/// With a zero byte behind it, which is not sent.
const NAME_LENGTH: usize = 64;

fn name(parts: Parts<'_>) -> Found {
    let count = parts.span().len();
    let why = format!("a name has less than {NAME_LENGTH} bytes, and this has {count}");
    if count < NAME_LENGTH { None } else { wrong(parts.span(), why, format!("at most {}", NAME_LENGTH - 1)) }
}

const MOST_DIMENSIONS: i64 = 6;
/// What takes a gigabyte as pointers.
const MOST_ELEMENTS: u64 = 0x3fff_ffff / 8;

fn array(parts: Parts<'_>) -> Found {
    let count = parts.number("dimension_count")?;
    if !(0..=MOST_DIMENSIONS).contains(&count) {
        let why = format!("it says that it has {count} dimensions");
        return parts.wrong("dimension_count", why, format!("0 to {MOST_DIMENSIONS}"));
    }
    let flags = parts.number("has_null")?;
    if flags != 0 && flags != 1 {
        return parts.wrong("has_null", format!("its flags are {flags}"), "0, or 1 if a NULL is in it");
    }
    let dimensions = Parts { nodes: parts.nodes.get(..parts.nodes.len().min(ARRAY_HEAD)).unwrap_or_default(), ..parts };
    dimension(dimensions, count).or_else(|| elements(parts, count as usize))
}

fn lengths(parts: Parts<'_>) -> impl Iterator<Item = &Node> {
    parts.nodes.iter().filter(|node| node.field.id == "dimension_length")
}

/// A length that is none, or a lower bound from which the elements cannot be counted.
fn dimension(parts: Parts<'_>, count: i64) -> Found {
    if let Some(node) = lengths(parts).find(|node| signed(parts.of(node)) < 0) {
        return wrong(node.span(), format!("a dimension has {} elements", signed(parts.of(node))), "0 or more");
    }
    if (lengths(parts).count() as i64) < count {
        return None;
    }
    let product = lengths(parts).try_fold(1u64, |product, node| product.checked_mul(unsigned(parts.of(node))));
    if product.is_none_or(|product| product > MOST_ELEMENTS) {
        return parts.wrong(
            "dimensions",
            "its dimensions make more elements than an array can have",
            format!("at most {MOST_ELEMENTS}"),
        );
    }
    let bounds = parts.nodes.iter().filter(|node| node.field.id == "lower_bound");
    let far =
        |(length, bound): &(&Node, &Node)| signed(parts.of(length)) + signed(parts.of(bound)) > i64::from(i32::MAX);
    let (_, bound) = lengths(parts).zip(bounds).find(far)?;
    wrong(
        bound.span(),
        "its last element would have no number: the lower bound is too large",
        "a bound from which all elements can be counted",
    )
}

/// As many as the dimensions make.
fn elements(parts: Parts<'_>, count: usize) -> Found {
    let dimensions: Vec<u64> = lengths(parts).take(count).map(|node| unsigned(parts.of(node))).collect();
    if dimensions.len() < count {
        return None;
    }
    let one = u64::from(count > 0);
    let wanted = dimensions.iter().try_fold(one, |product, length| product.checked_mul(*length))?;
    let given = parts.entries("element").count() as u64;
    if wanted == given {
        return None;
    }
    parts.wrong(
        "dimensions",
        format!("its dimensions make {wanted} elements, and {given} follow"),
        format!("{wanted} elements"),
    )
}

/// A server checks the element's type where both are of those that come with it.
fn expected_element(known: Known, parts: Parts<'_>) -> Found {
    let given = parts.number("element_type")? as u32;
    if given == known.inside || given >= oid::FIRST_OF_CATALOGUE || known.inside == 0 {
        return None;
    }
    let name =
        |oid: u32| types::known(oid).map_or_else(|| format!("type {oid}"), |known| format!("{oid} ({})", known.name()));
    parts.wrong("element_type", format!("its elements say that they are of type {}", name(given)), name(known.inside))
}

fn vector(known: Known, parts: Parts<'_>) -> Found {
    if parts.number("dimension_count")? != 1 {
        return parts.wrong("dimension_count", "a vector has one dimension", "1");
    }
    if parts.number("lower_bound").is_some_and(|bound| bound != 0) {
        return parts.wrong("lower_bound", "the elements of a vector are counted from 0", "0");
    }
    expected_element(known, parts)
}

/// All bits of a range's flags that mean something.
const RANGE_FLAGS: i64 = 0x1f;

/// A server passes over the other bits, and does not send them. Bounds out of order are refused.
fn range(known: Known, parts: Parts<'_>) -> Found {
    let flags = parts.number("flags")?;
    if flags & !RANGE_FLAGS != 0 {
        let found = parts.wrong(
            "flags",
            format!("its flags are {flags:02x}, with bits that mean nothing"),
            "bits 0 to 4 alone",
        )?;
        return Some(found.warning());
    }
    if let Some(found) = null(parts) {
        return Some(found);
    }
    let numbers = |id: &str| {
        let at = parts.nodes.iter().position(|node| node.field.id == id)?;
        let value = parts.nodes.get(at..)?.iter().find(|node| node.field.id == "bound_value")?;
        Some(signed(parts.of(value)))
    };
    let is_number = [oid::INT4, oid::INT8, oid::DATE, oid::TIMESTAMP, oid::TIMESTAMPTZ].contains(&known.inside);
    let (lower, upper) = (numbers("lower")?, numbers("upper")?);
    if !is_number || lower <= upper {
        return None;
    }
    parts.wrong(
        "lower",
        format!("its lower bound ({lower}) is above its upper one ({upper})"),
        "a lower bound that is not above the upper one",
    )
}

/// A bound, or a range in a multirange, has a length that is one.
fn null(parts: Parts<'_>) -> Found {
    let depth = parts.nodes.first()?.depth + 3;
    let mut lengths = parts.nodes.iter().filter(|node| node.depth == depth && node.field.id == "length");
    let node = lengths.find(|node| signed(parts.of(node)) < 0)?;
    wrong(node.span(), format!("{} is no length, and nothing in it can be NULL", signed(parts.of(node))), "0 or more")
}

fn count(parts: Parts<'_>) -> Found {
    let count = parts.node("count").map(|node| signed(parts.of(node))).filter(|count| *count < 0)?;
    parts.wrong("count", format!("its count is {count}"), "0 or more")
}

fn float(parts: Parts<'_>, id: &str) -> Option<f64> {
    Some(f64::from_bits(unsigned(parts.of(parts.node(id)?))))
}

/// Numbers that geometry does not tell from zero.
const EPSILON: f64 = 1e-6;

fn line(parts: Parts<'_>) -> Found {
    let is_zero = |id: &str| float(parts, id).is_some_and(|number| number.abs() <= EPSILON);
    let why = "A and B are both zero, and then there is no line";
    if is_zero("a") && is_zero("b") { wrong(parts.span(), why, "A or B not zero") } else { None }
}

fn points(parts: Parts<'_>) -> Found {
    let count = parts.node("count").map(|node| signed(parts.of(node))).filter(|count| *count <= 0)?;
    parts.wrong("count", format!("it says that it has {count} points"), "1 or more")
}

fn circle(parts: Parts<'_>) -> Found {
    let radius = float(parts, "radius").filter(|radius| *radius < 0.0)?;
    parts.wrong("radius", format!("its radius is negative ({radius})"), "0 or more")
}

const LONGEST_LEXEME: usize = (1 << 11) - 1;
const MOST_POSITIONS: usize = 255;
const POSITION: u64 = 0x3fff;

fn tsvector(parts: Parts<'_>) -> Found {
    let long = parts.nodes.iter().find(|node| node.field.id == "word" && node.span().len() > LONGEST_LEXEME + 1);
    if let Some(node) = long {
        return wrong(node.span(), "a lexeme is too long", format!("at most {LONGEST_LEXEME} bytes"));
    }
    let mut before = (None, 0);
    for node in parts.nodes.iter().filter(|node| node.field.id == "position") {
        let position = unsigned(parts.of(node)) & POSITION;
        let nth = node.ordinal.unwrap_or_default();
        if nth > 0 && before.0.is_some_and(|before| before >= position) {
            return wrong(
                node.span(),
                "the positions of a lexeme do not ascend",
                "a position behind the one before it",
            );
        }
        if nth as usize > MOST_POSITIONS {
            return wrong(node.span(), "a lexeme has too many positions", format!("at most {}", MOST_POSITIONS + 1));
        }
        before = (Some(position), nth);
    }
    None
}

/// The weights A to D, a bit each.
const WEIGHTS: u64 = 0x0f;

/// Items in front of what they need: each operator needs one more than NOT does.
fn tsquery(parts: Parts<'_>) -> Found {
    let (mut needed, mut weights) = (1i64, parts.nodes.iter().filter(|node| node.field.id == "weights"));
    if let Some(node) = weights.find(|node| unsigned(parts.of(node)) & !WEIGHTS != 0) {
        return wrong(node.span(), "an operand has weights that there are not", "bits 0 to 3 alone");
    }
    let items: Vec<&Node> = parts.entries("item").collect();
    for item in &items {
        if needed == 0 {
            return wrong(
                item.span(),
                "an item stands behind the end of the query",
                "as many operands as the operators take",
            );
        }
        needed += match parts.of(item) {
            [2, 1, ..] => 0,
            [2, ..] => 1,
            _ => -1,
        };
    }
    if needed == 0 || items.is_empty() {
        return None;
    }
    wrong(parts.span(), "an operator lacks an operand", "as many operands as the operators take")
}

fn snapshot(parts: Parts<'_>) -> Found {
    let (xmin, xmax) = (parts.number("xmin")? as u64, parts.number("xmax")? as u64);
    if xmin == 0 || xmax < xmin {
        return parts.wrong("xmin", format!("xmin is {xmin} and xmax {xmax}"), "0 < xmin ≤ xmax");
    }
    let mut least = xmin;
    for node in parts.entries("xip") {
        let xid = unsigned(parts.of(node));
        if xid < least || xid >= xmax {
            return wrong(
                node.span(),
                format!("{xid} cannot run in this snapshot"),
                format!("{least} to {}", xmax - 1),
            );
        }
        least = xid;
    }
    None
}
