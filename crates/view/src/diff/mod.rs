//! What two exchanges say differently: aligned by what is said and not where it stands, and told down to the field.
//!
//! Messages that are the same in all but what always differs belong together; between them, messages of one kind that say the same
//! of what matters most (a statement, a name, a code); and between these, messages of one kind. It is plain data, which a page or a
//! terminal draws.

mod align;
mod fields;

use pgscope_proto::privacy::{Privacy, Secret};
use pgscope_proto::schema::{Kind, Show};
use pgscope_proto::{Direction, Node, Tree};
use serde::Serialize;

use crate::Indexed;
use align::align;

/// What always differs, and is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// Process ids and the keys of cancel requests.
    pub keys: bool,
    /// What a login makes of chance: nonces, salts, proofs, and what is encrypted.
    pub nonces: bool,
    /// Oids that a database gives when something is made: from 16384 on.
    pub oids: bool,
    /// Clocks.
    pub times: bool,
    /// Positions in the write-ahead log, and transaction ids.
    pub positions: bool,
}

/// What can be ignored, by its name in options, with what it is; all of it is, unless something else is said.
pub const IGNORED: [(&str, &str); 5] = [
    ("keys", "process ids and the keys of cancel requests"),
    ("nonces", "nonces, salts and proofs of a login, and what is encrypted"),
    ("oids", "oids from 16384 on, which each database gives anew"),
    ("times", "clocks in messages"),
    ("positions", "positions in the write-ahead log, and transaction ids"),
];

impl Default for Ignore {
    fn default() -> Self {
        Self { keys: true, nonces: true, oids: true, times: true, positions: true }
    }
}

impl Ignore {
    /// Nothing: each byte is looked at.
    pub const NOTHING: Ignore = Ignore { keys: false, nonces: false, oids: false, times: false, positions: false };

    /// What is named, as in [`IGNORED`].
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut ignore = Ignore::NOTHING;
        for name in names {
            match name {
                "keys" => ignore.keys = true,
                "nonces" => ignore.nonces = true,
                "oids" => ignore.oids = true,
                "times" => ignore.times = true,
                "positions" => ignore.positions = true,
                "none" | "" => {}
                _ => {
                    let known = IGNORED.map(|(name, _)| name).join(", ");
                    return Err(format!("{name} is nothing that can be ignored: known are {known}, and none"));
                }
            }
        }
        Ok(ignore)
    }

    /// Whether this leaf of a message is not looked at.
    fn passes(self, node: &Node, bytes: &[u8]) -> bool {
        let is_secret = |secret| node.field.privacy == Privacy::Hidden(secret);
        match &node.field.kind {
            Kind::Int(_, Show::Oid) if self.oids => oid(node.span().of(bytes)) >= FIRST_OF_USERS,
            Kind::Int(_, Show::Timestamp) => self.times,
            Kind::Int(_, Show::Lsn | Show::FullXid) => self.positions,
            Kind::Int(..) if node.field.id == "xid" => self.positions,
            Kind::Int(..) if node.field.id == "pid" => self.keys,
            _ if is_secret(Secret::Key) => self.keys,
            _ if is_secret(Secret::Proof) => self.nonces,
            _ => false,
        }
    }
}

/// Below it are the oids that come with a server.
const FIRST_OF_USERS: u32 = 16_384;

fn oid(bytes: &[u8]) -> u32 {
    bytes.try_into().map(u32::from_be_bytes).unwrap_or_default()
}

/// Two inputs beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Diff {
    /// Their connections, the first with the first.
    pub connections: Vec<Connection>,
}

/// Two connections beside each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Connection {
    /// What they say, in its order.
    pub items: Vec<Item>,
}

/// A stretch of two connections.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Item {
    /// So many messages that say the same, from these on.
    Same {
        /// The number of the first on the left, from 0.
        left: usize,
        /// The same on the right.
        right: usize,
        /// How many they are.
        count: usize,
    },
    /// A message that says something else.
    Changed {
        /// On the left.
        left: Said,
        /// On the right.
        right: Said,
        /// The fields that differ.
        fields: Vec<Change>,
    },
    /// A message that only the left has.
    Left {
        /// What it is.
        left: Said,
    },
    /// A message that only the right has.
    Right {
        /// What it is.
        right: Said,
    },
}

/// A message, and what it says in short.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Said {
    /// Its number, from 0.
    pub index: usize,
    /// `frontend` or `backend`.
    pub direction: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it says, in a line.
    pub says: String,
}

/// A field that differs: on one side alone if the other has none there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Its stable path, such as `bind.parameters.length`.
    pub id: String,
    /// What a person calls it, with what it lies in.
    pub name: String,
    /// What it is on the left.
    pub left: Option<Value>,
    /// What it is on the right.
    pub right: Option<Value>,
}

/// What a field says, and where it stands in its message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Value {
    /// As it is shown.
    pub shown: String,
    /// Its first byte.
    pub start: usize,
    /// One past its last.
    pub end: usize,
}

impl Diff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.connections.iter().flat_map(|one| &one.items).all(|item| matches!(item, Item::Same { .. }))
    }

    /// What two inputs say differently.
    pub fn of(left: &[&Indexed], right: &[&Indexed], ignore: Ignore) -> Self {
        let empty = Indexed::default();
        let compared = |nth: usize| {
            let left = left.get(nth).copied().unwrap_or(&empty);
            let right = right.get(nth).copied().unwrap_or(&empty);
            Sides { left, right, ignore }.compared()
        };
        Self { connections: (0..left.len().max(right.len())).map(compared).collect() }
    }
}

struct Sides<'a> {
    left: &'a Indexed,
    right: &'a Indexed,
    ignore: Ignore,
}

/// What is held against each other, from all that a message says to its kind alone.
struct Keys {
    whole: Vec<u64>,
    main: Vec<u64>,
    kind: Vec<u64>,
}

/// Fields that say what a message is about.
const MAIN: [&str; 10] =
    ["query", "statement", "portal", "name", "command", "channel", "mechanism", "relation", "function", "status"];

impl Keys {
    fn of(indexed: &Indexed, ignore: Ignore) -> Self {
        let mut keys = Keys { whole: Vec::new(), main: Vec::new(), kind: Vec::new() };
        let mut tree = Tree::new();
        for number in 0..indexed.index.len() {
            let Some(entry) = indexed.index.entry(number) else { break };
            indexed.index.tree(&indexed.exchange, number, &mut tree);
            let bytes = indexed.bytes(&entry);
            let mut kind = Hash::new();
            kind.add(&[entry.direction as u8]);
            kind.add(indexed.named(&entry).field.id.as_bytes());
            let (mut whole, mut main) = (kind, kind);
            for (_, node) in tree.leaves() {
                let says = if ignore.passes(node, bytes) { &[] } else { node.span().of(bytes) };
                whole.add(node.field.id.as_bytes());
                whole.add(says);
                if MAIN.contains(&node.field.id) {
                    main.add(says);
                }
            }
            keys.whole.push(whole.0);
            keys.main.push(main.0);
            keys.kind.push(kind.0);
        }
        keys
    }
}

/// FNV-1a over parts.
#[derive(Clone, Copy)]
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, part: &[u8]) {
        let length = (part.len() as u32).to_be_bytes();
        for byte in length.iter().chain(part) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

impl Sides<'_> {
    fn compared(&self) -> Connection {
        let (left, right) = (Keys::of(self.left, self.ignore), Keys::of(self.right, self.ignore));
        let mut pairs = align(&left.whole, &right.whole);
        for (one, other) in [(&left.main, &right.main), (&left.kind, &right.kind)] {
            pairs = refined(&pairs, one, other);
        }
        self.items(&pairs, &left.whole, &right.whole)
    }

    fn items(&self, pairs: &[(usize, usize)], left: &[u64], right: &[u64]) -> Connection {
        let mut items = Vec::new();
        let (mut at_left, mut at_right) = (0, 0);
        let end = (left.len(), right.len());
        for (to_left, to_right) in pairs.iter().copied().chain([end]) {
            items.extend((at_left..to_left).filter_map(|number| Some(Item::Left { left: said(self.left, number)? })));
            items.extend(
                (at_right..to_right).filter_map(|number| Some(Item::Right { right: said(self.right, number)? })),
            );
            if (to_left, to_right) == end {
                break;
            }
            (at_left, at_right) = (to_left + 1, to_right + 1);
            let is_same = left.get(to_left) == right.get(to_right);
            match items.last_mut() {
                Some(Item::Same { left, right, count })
                    if is_same && (*left + *count, *right + *count) == (to_left, to_right) =>
                {
                    *count += 1;
                }
                _ if is_same => items.push(Item::Same { left: to_left, right: to_right, count: 1 }),
                _ => items.extend(self.changed(to_left, to_right)),
            }
        }
        Connection { items }
    }

    fn changed(&self, left: usize, right: usize) -> Option<Item> {
        let fields = fields::changes(self.left, left, self.right, right, self.ignore);
        Some(Item::Changed { left: said(self.left, left)?, right: said(self.right, right)?, fields })
    }
}

/// More pairs, between those that are there.
fn refined(pairs: &[(usize, usize)], left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let mut all = Vec::with_capacity(pairs.len());
    let (mut at_left, mut at_right) = (0, 0);
    for (to_left, to_right) in pairs.iter().copied().chain([(left.len(), right.len())]) {
        let between =
            align(left.get(at_left..to_left).unwrap_or_default(), right.get(at_right..to_right).unwrap_or_default());
        all.extend(between.into_iter().map(|(one, other)| (at_left + one, at_right + other)));
        if to_left < left.len() && to_right < right.len() {
            all.push((to_left, to_right));
        }
        (at_left, at_right) = (to_left + 1, to_right + 1);
    }
    all
}

fn said(indexed: &Indexed, number: usize) -> Option<Said> {
    let mut tree = Tree::new();
    let (entry, _) = indexed.check(number, &mut tree)?;
    let direction = if entry.direction == Direction::Frontend { "frontend" } else { "backend" };
    Some(Said { index: number, direction, name: indexed.named(&entry).name(), says: indexed.says_named(&entry, &tree) })
}
