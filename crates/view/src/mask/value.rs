//! Values in binary format that stay values of their type: the parts that say how it is built stay, numbers become numbers and
//! texts texts. What comes out is held to the type's own rules and drawn again where it breaks one.

use pgscope_proto::schema::{Inside, Kind, Role, Show, Width};
use pgscope_proto::{Node, Tree, types};

use super::draw::Draw;
use super::text::{self, Style};

/// How often a value is drawn until it fits.
pub(super) const ATTEMPTS: u32 = 64;
/// From here on all numbers of a value move by the same, so that their order stays.
const MOVED: u32 = 32;

/// The value as another one of its type; nothing if none was found, or the type is not known.
pub(super) fn masked(oid: u32, bytes: &[u8], draws: &mut dyn FnMut(u32) -> Draw) -> Option<Vec<u8>> {
    let mut tree = Tree::new();
    if !types::decode(oid, bytes, &mut tree) {
        return None;
    }
    let mut again = Tree::new();
    // Of some values nothing is anybody's: an array without elements, a number that is none.
    let mut is_bare = true;
    let found = (0..ATTEMPTS).find_map(|attempt| {
        let mut drawing = Drawing { tree: &tree, bytes, oid, draw: draws(attempt), moved: attempt >= MOVED };
        let drawn = drawing.value();
        is_bare &= drawn == bytes;
        types::decode(oid, &drawn, &mut again);
        (is_alike(&tree, &again) && (drawn != bytes || bytes.len() < 2)).then_some(drawn)
    });
    found.or_else(|| is_bare.then(|| bytes.to_vec()))
}

/// The same fields in the same places, with the same wrong with them.
pub(super) fn is_alike(one: &Tree, two: &Tree) -> bool {
    let nodes = |tree: &Tree| {
        tree.nodes.iter().map(|node| (node.start, node.end, node.depth, node.reading)).collect::<Vec<_>>()
    };
    let problems = |tree: &Tree| tree.problems.iter().map(|problem| (problem.rule, problem.span)).collect::<Vec<_>>();
    nodes(one) == nodes(two) && problems(one) == problems(two)
}

struct Drawing<'a> {
    tree: &'a Tree,
    bytes: &'a [u8],
    oid: u32,
    draw: Draw,
    moved: bool,
}

/// Numbers that say how a value is built.
const BUILT: &[&str] = &[
    "lower_bound",
    "element_type",
    "member_type",
    "weight",
    "scale",
    "mask",
    "position",
    "weights",
    "distance",
    "prefix",
    "is_prefix",
];

impl Drawing<'_> {
    fn value(&mut self) -> Vec<u8> {
        let mut out = self.bytes.to_vec();
        let by = self.draw.between(1, 1000) as i64;
        for (index, node) in self.tree.leaves() {
            let drawn = self.leaf(index, node, by);
            if let Some(place) = out.get_mut(node.span().start..node.span().end) {
                place.copy_from_slice(&drawn);
            }
        }
        out
    }

    fn leaf(&mut self, index: usize, node: &Node, by: i64) -> Vec<u8> {
        let was = node.span().of(self.bytes).to_vec();
        let is_built =
            matches!(node.field.role, Role::Tag | Role::Length | Role::Count) || BUILT.contains(&node.field.id);
        match &node.field.kind {
            Kind::Code(..) if self.oid == BOOL && was.len() == 1 => vec![self.draw.byte() & 1],
            _ if is_built => was,
            Kind::Int(width, Show::Float) => self.float(*width, &was),
            Kind::Int(_, show) => self.integer(node.field.id, *show, &was, by),
            Kind::Str => {
                let text = was.strip_suffix(b"\0").unwrap_or(&was);
                let mut drawn = text::masked(text, Style::Text, &mut self.draw);
                drawn.extend_from_slice(was.get(text.len()..).unwrap_or_default());
                drawn
            }
            Kind::Rest(Inside::Text) | Kind::Fixed(_, Inside::Text | Inside::PaddedText) => {
                // jsonb has its version before its text, and is JSON all the same.
                text::masked(
                    &was,
                    if self.oid == JSONB { Style::Json } else { Style::of_type(self.oid) },
                    &mut self.draw,
                )
            }
            Kind::Rest(_) | Kind::Fixed(..) => self.opaque(index, &was),
            _ => was,
        }
    }

    /// A number of about as many bits and the same sign.
    fn integer(&mut self, id: &str, show: Show, was: &[u8], by: i64) -> Vec<u8> {
        let is_signed = !matches!(show, Show::Unsigned | Show::Oid | Show::Lsn | Show::FullXid | Show::Bits);
        let filled = if is_signed && was.first().is_some_and(|first| first & 0x80 != 0) { -1i64 } else { 0 };
        let number = was.iter().fold(filled, |number, byte| number << 8 | i64::from(*byte));
        let most =
            if was.len() >= 8 { i64::MAX as u64 } else { (1u64 << (was.len() * 8 - usize::from(is_signed))) - 1 };
        let drawn = if self.moved {
            number.wrapping_add(by)
        } else {
            let bits = (64 - number.unsigned_abs().leading_zeros()).clamp(7, 63);
            let most = if id == "digit" { 9999 } else { most.min((1 << bits) - 1) };
            let size = self.draw.between(1, most + 1) as i64;
            if number < 0 && is_signed { -size } else { size }
        };
        drawn.to_be_bytes().get(8 - was.len().min(8)..).unwrap_or_default().to_vec()
    }

    /// The same sign and exponent, another fraction. What is no number, or none that ends, stays.
    fn float(&mut self, width: Width, was: &[u8]) -> Vec<u8> {
        let (exponent, bias) = if width == Width::Four { (23, 127u64) } else { (52, 1023) };
        let bits = was.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let (fraction, special) = ((1u64 << exponent) - 1, (2 * bias + 1) << exponent);
        let kept = match bits & special {
            0 => bits & !fraction | bias << exponent,
            found if found == special => return was.to_vec(),
            _ => bits & !fraction,
        };
        let drawn = kept | self.draw.number() & fraction;
        drawn.to_be_bytes().get(8 - width.bytes()..).unwrap_or_default().to_vec()
    }

    fn opaque(&mut self, index: usize, was: &[u8]) -> Vec<u8> {
        let mut drawn: Vec<u8> = was.iter().map(|byte| self.draw.other(*byte, 1, 255)).collect();
        let number = |id: &str| {
            let node = self.tree.nodes.get(..index)?.iter().rev().find(|node| node.field.id == id)?;
            Some(node.span().of(self.bytes).iter().fold(0usize, |number, byte| number << 8 | usize::from(*byte)))
        };
        // What lies behind the last bit is zero, and so is the host in a network.
        let used = number("bit_count").or_else(|| number("mask").filter(|_| self.oid == CIDR));
        for (nth, byte) in drawn.iter_mut().enumerate() {
            let left = used.map_or(8, |used| used.saturating_sub(nth * 8).min(8));
            *byte &= (0xff00u16 >> left) as u8;
        }
        drawn
    }
}

const BOOL: u32 = 16;
const JSONB: u32 = 3802;
const CIDR: u32 = 650;

#[cfg(test)]
mod tests {
    use super::super::draw::Key;
    use super::*;

    /// Every type's sample, masked, is a value of the type with the same parts.
    #[test]
    fn samples_of_all_types_stay_values() {
        let oids = (1..10_000).filter(|oid| types::structure(*oid).is_some());
        let mut kept = Vec::new();
        for oid in oids {
            let message = types::structure(oid).expect("it is known");
            let key = Key::of_seed("types");
            let found = masked(oid, message.sample, &mut |attempt| key.draw("", attempt, &[message.sample]));
            let mut tree = Tree::new();
            types::decode(oid, message.sample, &mut tree);
            match found {
                Some(found) => assert_eq!(found.len(), message.sample.len()),
                // What is wrong with it cannot be wrong in the same way with another value.
                None if !tree.problems.is_empty() => {}
                None => kept.push((message.name(), types::name(oid))),
            }
        }
        // Nothing in these is anybody's: no bytes, or only such as say how it is built.
        kept.retain(|(name, _)| !["void", "multirange"].contains(name));
        assert_eq!(kept, []);
    }
}
