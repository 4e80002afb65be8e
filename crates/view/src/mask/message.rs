//! One message, field by field: what its table does not mark as public is masked, and what no field covers too.

use pgscope_proto::messages::copy;
use pgscope_proto::privacy::{self, Privacy, Secret};
use pgscope_proto::schema::{Inside, Kind};
use pgscope_proto::{CopyContent, Node, Span, Tree, foreign};
use pgscope_session::Entry;

use super::text::Style;
use super::{Masker, sql, words};
use crate::typing::{Typed, entry_of};
use crate::{Indexed, carried, copied};

/// A message that is masked.
pub(super) struct Masking<'a> {
    pub(super) indexed: &'a Indexed,
    pub(super) entry: &'a Entry,
    pub(super) tree: &'a Tree,
    pub(super) bytes: &'a [u8],
}

impl Masking<'_> {
    /// The bytes of the message, masked.
    pub(super) fn masked(&self, masker: &mut Masker<'_>) -> Vec<u8> {
        let mut out: Vec<u8> = Vec::with_capacity(self.bytes.len());
        for (index, node) in self.tree.nodes.iter().enumerate() {
            let span = node.span();
            let typed = self.tree.type_of(index);
            if span.start < out.len() || typed.is_none() && !self.tree.is_leaf(index) {
                continue;
            }
            self.pass(span.start, masker, &mut out);
            let was = span.of(self.bytes);
            match typed {
                Some(oid) => out.extend(masker.value(self.secret(node), oid, was)),
                None => out.extend(self.leaf(index, node, was, masker)),
            }
        }
        self.pass(self.bytes.len(), masker, &mut out);
        out
    }

    /// What no field covers, up to there.
    fn pass(&self, to: usize, masker: &mut Masker<'_>, out: &mut Vec<u8>) {
        let rest = Span::new(out.len(), to).of(self.bytes);
        if !rest.is_empty() {
            out.extend(masker.bytes(Secret::Other, rest));
        }
    }

    fn secret(&self, node: &Node) -> Secret {
        match node.field.privacy {
            Privacy::Hidden(secret) => secret,
            _ => Secret::Column,
        }
    }

    fn leaf(&self, index: usize, node: &Node, was: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        // The zero byte that ends a text is no part of it.
        let text = if matches!(node.field.kind, Kind::Str) { was.strip_suffix(b"\0").unwrap_or(was) } else { was };
        let mut out = self.inside(index, node, text, masker);
        out.extend_from_slice(was.get(text.len()..).unwrap_or_default());
        out
    }

    fn inside(&self, index: usize, node: &Node, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        match node.field.privacy {
            Privacy::Public => self.public(node, text, masker),
            Privacy::Setting if privacy::is_public_setting(text.strip_suffix(b"=").unwrap_or(text)) => text.to_vec(),
            Privacy::Setting => self.setting(text, masker),
            Privacy::SettingValue => self.setting_value(index, text, masker),
            Privacy::ErrorText => self.error_text(node, text, masker),
            Privacy::CommandTag if privacy::is_public_command(text) => text.to_vec(),
            Privacy::CommandTag => masker.text(Secret::Other, text, Style::Text),
            Privacy::Mechanism if privacy::is_public_mechanism(text) => text.to_vec(),
            Privacy::Mechanism => masker.text(Secret::Other, text, Style::Text),
            Privacy::Sql => masked_sql(text, masker),
            Privacy::Hidden(secret) => self.hidden(secret, index, node, text, masker),
        }
    }

    /// Structure stays; of a text among it only what is known to be such.
    fn public(&self, node: &Node, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let known = text.strip_prefix(b"p=tls-");
        match (node.field.id, known) {
            ("gs2_flag", Some(b"server-end-point" | b"unique" | b"exporter")) => text.to_vec(),
            ("gs2_flag", Some(kind)) => [b"p=tls-", masker.text(Secret::Other, kind, Style::Text).as_slice()].concat(),
            ("value", _) if matches!(node.field.kind, Kind::Rest(_)) && !text.iter().all(u8::is_ascii_digit) => {
                masker.text(Secret::Other, text, Style::Text)
            }
            _ => text.to_vec(),
        }
    }

    /// The name of a setting, or of an option of the protocol, which begins as they all do.
    fn setting(&self, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let own = text.strip_prefix(b"_pq_.").unwrap_or(text);
        let own = masker.name(own, true);
        [text.get(..text.len() - own.len()).unwrap_or_default(), &own].concat()
    }

    fn setting_value(&self, index: usize, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let before = index.checked_sub(1).and_then(|before| self.tree.nodes.get(before));
        let name = before.map(|node| node.span().of(self.bytes)).unwrap_or_default();
        let name = name.strip_suffix(b"\0").unwrap_or(name);
        match name.to_ascii_lowercase().as_slice() {
            _ if privacy::is_public_value(name, text) => text.to_vec(),
            b"user" | b"database" | b"session_authorization" => masker.name(text, false),
            _ => masker.text(Secret::Other, text, Style::Text),
        }
    }

    fn error_text(&self, node: &Node, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let letter = node.span().start.checked_sub(1).and_then(|at| self.bytes.get(at)).copied().unwrap_or_default();
        match letter {
            _ if privacy::is_public_error_text(letter, text) => text.to_vec(),
            b's' | b't' | b'c' | b'd' | b'n' => masker.name(text, true),
            b'q' => masked_sql(text, masker),
            _ => masker.text(Secret::Other, text, Style::Text),
        }
    }

    fn hidden(&self, secret: Secret, index: usize, node: &Node, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        match (secret, &node.field.kind) {
            (Secret::Password, _) => password(text, masker),
            (Secret::Proof, Kind::Rest(Inside::Text)) => self.proof(index, text, masker),
            (Secret::Proof | Secret::Key, _) => masker.random(secret, text),
            (Secret::Name, _) => self.name(node, text, masker),
            _ if std::ptr::eq(node.field, &copy::TEXT_COLUMN) => self.copied(index, text, masker),
            (_, Kind::Rest(Inside::Value)) => self.untyped(secret, index, text, masker),
            (_, Kind::Rest(Inside::Text)) if self.entry.context().copy == CopyContent::Text => {
                masker.text(secret, text, Style::Escaped)
            }
            (_, Kind::Rest(Inside::Opaque)) if self.entry.message.field.id == "copydata" => self.archived(text, masker),
            (_, Kind::Str | Kind::Fixed(_, Inside::Text | Inside::PaddedText) | Kind::Rest(Inside::Text)) => {
                masker.text(secret, text, Style::Text)
            }
            _ if self.entry.message.field.id == "unreadable" => foreign_bytes(secret, text, masker),
            _ => masker.bytes(secret, text),
        }
    }

    /// Names of archives say which part of a backup they are; all others are somebody's.
    fn name(&self, node: &Node, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        match node.field.id {
            "file" if privacy::is_public_archive(text) => text.to_vec(),
            "authzid" => {
                let own = text.strip_prefix(b"a=").unwrap_or(text);
                let own = masker.name(own, false);
                [text.get(..text.len() - own.len()).unwrap_or_default(), &own].concat()
            }
            _ => masker.name(text, true),
        }
    }

    /// A part of a login in SCRAM: what is base64 stays so, and a nonce still goes on with the one before.
    fn proof(&self, index: usize, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let attribute = self.tree.parent(index).and_then(|parent| self.tree.nodes.get(parent));
        match attribute.map(|node| node.field.id) {
            Some("nonce") => masker.nonce(text),
            Some("binding") => {
                let header = BINDINGS.iter().find(|known| text.starts_with(known)).map_or(0, |known| known.len());
                let (header, data) = text.split_at_checked(header).unwrap_or((&[], text));
                [header, &masker.base64(data)].concat()
            }
            _ => masker.base64(text),
        }
    }

    /// A column of a line of COPY. What stands for NULL is written as its SQL says it.
    fn copied(&self, index: usize, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let column = copied::column(self.indexed, self.entry, self.tree, index);
        match column {
            Some(column) if column.value.is_none() && sql::keeps_null(text) => text.to_vec(),
            Some(column) if column.value.is_none() => masker.text(Secret::Literal, text, Style::Text),
            _ => masker.text(Secret::Column, text, Style::Escaped),
        }
    }

    /// A value in text format, or of a type that nobody told.
    fn untyped(&self, secret: Secret, index: usize, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let typed = self.typed(index);
        let oid = typed.as_ref().map_or(0, |typed| typed.oid);
        let is_binary = typed.is_some_and(|typed| typed.is_binary == Some(true));
        let is_text = |byte: &u8| *byte >= b' ' || matches!(byte, b'\t' | b'\n' | b'\r');
        if is_binary || !text.iter().all(is_text) {
            masker.bytes(secret, text)
        } else {
            masker.typed_text(secret, text, oid)
        }
    }

    fn typed(&self, index: usize) -> Option<Typed> {
        if self.entry.message.field.id == "copydata" {
            return carried::column(self.indexed, self.entry, self.tree, index);
        }
        self.indexed.typing(self.entry).get(entry_of(self.tree, index)?).cloned()
    }

    /// A piece of a backup: of the headers of an archive's files only the names are masked, so that the files are still found.
    fn archived(&self, text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
        let mut out = masker.bytes(Secret::Other, text);
        let mut followed = self.indexed.followed();
        let piece = followed.backups().piece(&self.indexed.exchange, &self.indexed.index, self.entry.number);
        let Some(piece) = piece.filter(|_| self.entry.context().copy == CopyContent::BaseBackup) else { return out };
        for member in piece.members {
            for (from, to) in HEADER_KEPT {
                for at in from..to {
                    let place =
                        (member.start + at).checked_sub(piece.offset).and_then(|place| usize::try_from(place).ok());
                    let Some(place) = place else { continue };
                    if let (Some(byte), Some(was)) = (out.get_mut(place), text.get(place)) {
                        *byte = *was;
                    }
                }
            }
        }
        out
    }
}

/// Of a header of tar: mode, owner, size, time, type, and what says that it is one. The sum is not: it would tell of the name.
const HEADER_KEPT: [(u64, u64); 3] = [(100, 148), (156, 157), (257, 265)];

/// How the binding of a channel begins in base64: the header that it repeats.
const BINDINGS: [&[u8]; 3] = [b"biws", b"eSws", b"cD10bHMtc2VydmVyLWVuZC1wb2ludCws"];

fn masked_sql(sql: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(sql.len());
    sql::hidden(sql, &mut |span, part| {
        out.extend_from_slice(Span::new(out.len(), span.start).of(sql));
        let was = span.of(sql);
        out.extend(match part {
            sql::Part::Name => masker.name(was, true),
            sql::Part::Text(secret, style) => masker.text(secret, was, style),
        });
    });
    out.extend_from_slice(sql.get(out.len()..).unwrap_or_default());
    out
}

/// A password, of which only the length stays; a hash stays one.
fn password(text: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
    let hash = text.strip_prefix(b"md5").filter(|hash| hash.len() == 32 && hash.iter().all(u8::is_ascii_hexdigit));
    match (hash, text.strip_prefix(b"Bearer ")) {
        (Some(hash), _) => [b"md5", masker.text(Secret::Proof, hash, Style::Hex).as_slice()].concat(),
        (_, Some(token)) => [b"Bearer ", masker.text(Secret::Password, token, Style::Length).as_slice()].concat(),
        _ if text.contains(&0) => masker.bytes(Secret::Password, text),
        _ => masker.text(Secret::Password, text, Style::Length),
    }
}

/// Bytes that are no message. Where they are another protocol's, those by which that is known stay.
fn foreign_bytes(secret: Secret, bytes: &[u8], masker: &mut Masker<'_>) -> Vec<u8> {
    let mut out = masker.bytes(secret, bytes);
    for at in 0..bytes.len() {
        // A type and its length, or what looks like them: no other message may begin where none does.
        if matches!(bytes.get(at..at + HEAD), Some([tag, 0, 0, ..]) if tag.is_ascii_graphic())
            && let (Some(was), Some(place)) = (bytes.get(at..at + HEAD), out.get_mut(at..at + HEAD))
        {
            place.copy_from_slice(was);
        }
    }
    let Some(known) = foreign::recognise(bytes) else { return out };
    for at in 0..MOST_MAGIC.min(bytes.len()) {
        if foreign::recognise(&out).as_ref() == Some(&known) {
            break;
        }
        if let (Some(byte), Some(was)) = (out.get_mut(at), bytes.get(at)) {
            *byte = *was;
        }
    }
    out
}

/// A type and a length.
const HEAD: usize = 5;
/// The longest beginning by which another protocol is known.
const MOST_MAGIC: usize = 12;

/// Whether a name is public, as SQL would say it.
pub(super) fn is_public_name(name: &[u8]) -> bool {
    words::is_public(name)
}
