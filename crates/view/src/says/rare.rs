//! What less common messages say.

use pgscope_proto::codes::functions::function_of;
use pgscope_proto::messages as m;
use pgscope_proto::schema::{Chapter, Inside, Kind, Show};
use pgscope_proto::{Message, Reads, Tree};

#[cfg(feature = "whole")]
use pgscope_proto::codes::sqlstate::sqlstate as condition;

use super::{Decoded, MOST_ENTRIES, Table, listed, or, short, squeezed};
#[cfg(not(feature = "whole"))]
use crate::later::condition;
use crate::value::{quoted, unread, visible};

/// How many bytes of what cannot be read are shown.
const UNREADABLE: usize = 24;

pub(crate) const TABLE: Table = &[
    ("cancelrequest", |d| format!("pid {}", d.field("pid"))),
    ("negotiateprotocolversion", negotiate),
    ("authenticationcleartextpassword", |_| "asks for the password itself".to_owned()),
    ("authenticationmd5password", |d| format!("asks for the password’s MD5, salt {}", d.field("salt"))),
    ("authenticationgss", |_| "asks for a GSSAPI token".to_owned()),
    ("authenticationsspi", |_| "asks for an SSPI token".to_owned()),
    ("authenticationgsscontinue", |d| format!("token of {}", bytes_in_words(d.length_of("token")))),
    ("gssresponse", |d| format!("token of {}", bytes_in_words(d.length_of("token")))),
    ("authenticationsasl", |d| d.entries("mechanisms").join(", ")),
    ("saslinitialresponse", |d| format!("{} {}", d.bare("mechanism"), d.sasl())),
    ("authenticationsaslcontinue", |d| d.sasl()),
    ("authenticationsaslfinal", |d| d.sasl()),
    ("saslresponse", |d| d.sasl()),
    ("passwordmessage", password),
    ("parse", |d| named(&d.bare("statement"), &squeezed(&d.bare("query")))),
    ("bind", bind),
    ("describe", |d| format!("{} {}", d.code("kind"), name(&d.bare("name")))),
    ("close", |d| format!("{} {}", d.code("kind"), name(&d.bare("name")))),
    ("execute", execute),
    ("parameterdescription", |d| or(listed(d.types()), "no parameters")),
    ("nodata", |_| "gives no rows".to_owned()),
    ("portalsuspended", |_| "there may be more rows".to_owned()),
    ("emptyqueryresponse", |_| "there was nothing to run".to_owned()),
    ("functioncall", function_call),
    ("functioncallresponse", function_result),
    ("errorresponse", error),
    ("noticeresponse", error),
    ("legacyerror", |d| squeezed(&d.bare("message"))),
    ("notificationresponse", notification),
    ("copyinresponse", copy_response),
    ("copyoutresponse", copy_response),
    ("copybothresponse", copy_response),
    ("copydata", copy_data),
    ("copyfail", |d| d.bare("reason")),
    ("tlsrecord", |d| format!("{}, {}", d.code("type"), bytes_in_words(d.length_of("payload")))),
    ("gsspacket", |d| bytes_in_words(d.length_of("token"))),
    ("startup2", |d| format!("2.0 user={} database={}", d.bare("user"), d.bare("database"))),
    ("unreadable", unreadable),
];

impl Decoded<'_> {
    /// A code's name, a time without its number, and else as [`Decoded::bare_at`].
    fn plain_at(&self, node: usize) -> String {
        if let Some(code) = self.tree.code(node, self.bytes) {
            return code.name.to_owned();
        }
        let shown = self.bare_at(node);
        let is_time =
            self.tree.nodes.get(node).is_some_and(|node| matches!(node.field.kind, Kind::Int(_, Show::Timestamp)));
        let time = shown.split_once('(').map(|(_, time)| time.trim_end_matches(')').to_owned());
        time.filter(|_| is_time).unwrap_or(shown)
    }

    /// The texts of a list.
    fn entries(&self, id: &str) -> Vec<String> {
        let entries = self.children(id).into_iter().filter(|node| self.ordinal(*node));
        entries.take(MOST_ENTRIES).map(|node| self.bare_at(node)).collect()
    }

    fn types(&self) -> Vec<String> {
        let entries = self.children("types").into_iter().filter(|node| self.ordinal(*node));
        entries.take(MOST_ENTRIES + 1).map(|node| self.type_at(node, -1)).collect()
    }

    /// SASL data as text.
    fn sasl(&self) -> String {
        let node = self.node("data").and_then(|node| self.tree.nodes.get(node));
        node.map(|node| visible(&String::from_utf8_lossy(node.span().of(self.bytes)))).unwrap_or_default()
    }
}

/// The beginning, as text if it is some.
fn unreadable(decoded: Decoded<'_>) -> String {
    let beginning = decoded.bytes.get(..UNREADABLE).unwrap_or(decoded.bytes);
    let is_text = beginning.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'));
    let shown = if is_text { visible(&String::from_utf8_lossy(beginning)) } else { unread(beginning) };
    if beginning.len() < decoded.bytes.len() { shown + "…" } else { shown }
}

fn notification(decoded: Decoded<'_>) -> String {
    let (channel, payload, pid) = (decoded.bare("channel"), decoded.bare("payload"), decoded.field("pid"));
    let payload = if payload.is_empty() { payload } else { format!(" {}", quoted(&payload)) };
    format!("{channel}{payload} from pid {pid}")
}

fn negotiate(decoded: Decoded<'_>) -> String {
    let options = decoded.entries("options");
    let unknown = if options.is_empty() { String::new() } else { format!("; unknown: {}", options.join(", ")) };
    match decoded.node("version").map(|node| decoded.tree.reads(node, decoded.bytes)) {
        Some(Reads::Unsigned(version)) => format!("I speak {}.{}{unknown}", version >> 16, version & 0xffff),
        _ => String::new(),
    }
}

fn password(decoded: Decoded<'_>) -> String {
    let password = decoded.bare("password");
    if password.starts_with("md5") { password } else { format!("in the clear: {}", quoted(&password)) }
}

fn bind(decoded: Decoded<'_>) -> String {
    let parameters = decoded.values("parameters");
    let target = match (decoded.bare("portal").as_str(), decoded.bare("statement").as_str()) {
        ("", statement) => name(statement),
        (portal, statement) => format!("{} → {}", name(statement), name(portal)),
    };
    if parameters.is_empty() { target } else { format!("{target} ({parameters})") }
}

fn function_result(decoded: Decoded<'_>) -> String {
    let mut out = String::new();
    if let Some(node) = decoded.node("result") {
        decoded.push_nullable(0, node, &mut out);
    }
    out
}

fn function_call(decoded: Decoded<'_>) -> String {
    let oid = decoded.field("function");
    let known = oid.parse().ok().and_then(function_of).map(|function| function.name.to_owned());
    let arguments = decoded.values("arguments");
    format!("{}({arguments})", known.unwrap_or_else(|| format!("function {oid} ")))
}

fn execute(decoded: Decoded<'_>) -> String {
    let limit = match decoded.field("max_rows").as_str() {
        "" => String::new(),
        "0" => "all rows".to_owned(),
        "1" => "1 row".to_owned(),
        rows => format!("{rows} rows"),
    };
    named(&decoded.bare("portal"), &limit)
}

fn error(decoded: Decoded<'_>) -> String {
    let field = |letter: &str| {
        decoded.children("fields").into_iter().find_map(|entry| {
            let code = decoded.child(entry, "code")?;
            let is_it = decoded.tree.nodes.get(code)?.span().of(decoded.bytes) == letter.as_bytes();
            is_it.then(|| decoded.child(entry, "value").map(|value| decoded.bare_at(value)))?
        })
    };
    let severity = field("V").or_else(|| field("S")).unwrap_or_default();
    let code = field("C").unwrap_or_default();
    let condition = condition(code.as_bytes()).filter(|known| !known.is_class());
    let code = condition.map_or(code, |known| format!("{} {}:", known.code, known.name));
    [severity, code, field("M").unwrap_or_default()].join(" ").trim().to_owned()
}

fn copy_response(decoded: Decoded<'_>) -> String {
    match decoded.children("columns").len().saturating_sub(1) {
        0 => decoded.code("format"),
        1 => format!("{}, 1 column", decoded.code("format")),
        columns => format!("{}, {columns} columns", decoded.code("format")),
    }
}

fn copy_data(decoded: Decoded<'_>) -> String {
    if let Some((message, node)) = carried(decoded.tree) {
        let is_text = |child: &usize| {
            decoded.tree.nodes.get(*child).is_some_and(|child| matches!(child.field.kind, Kind::Rest(Inside::Text)))
        };
        // What a plugin of logical decoding wrote says more than where in the log it stands.
        let written = decoded.tree.children(node).find(is_text).filter(|_| *message == m::replication::XLOG_DATA);
        if let Some(written) = written {
            return format!("{} {}", message.name(), decoded.bare_at(written));
        }
        return format!("{} {}", message.name(), inner_says(decoded, node)).trim_end().to_owned();
    }
    let payload = decoded.bytes.get(5..).unwrap_or_default();
    let parts: Vec<String> = binary_parts(decoded);
    match std::str::from_utf8(payload) {
        _ if !parts.is_empty() => parts.join(", "),
        Ok(text) => visible(text.strip_suffix('\n').unwrap_or(text)),
        Err(_) => format!("{} bytes: {}", payload.len(), short(&unread(payload))),
    }
}

/// The innermost message that CopyData carries.
pub(crate) fn carried(tree: &Tree) -> Option<(&'static Message, usize)> {
    let of_carrier = |message: &&'static Message| {
        matches!(message.chapter, Chapter::Replication | Chapter::BaseBackup | Chapter::LogicalReplication)
            || message.field.id == "inner"
    };
    let messages: Vec<&'static Message> = m::ALL.iter().copied().filter(of_carrier).collect();
    tree.nodes.iter().enumerate().skip(1).rev().find_map(|(index, node)| {
        let message = messages.iter().find(|message| std::ptr::eq(&message.field, node.field))?;
        Some((*message, index))
    })
}

/// A value with its length, of a message that is carried.
pub(crate) fn sized(tree: &Tree, bytes: &[u8], node: usize) -> String {
    Decoded { message: &m::copy::COPY_DATA, tree, bytes, typed: &[] }.sized_text(node)
}

/// A field of a message that is carried, in plain words.
pub(crate) fn plain(tree: &Tree, bytes: &[u8], node: usize) -> String {
    Decoded { message: &m::copy::COPY_DATA, tree, bytes, typed: &[] }.plain_at(node)
}

/// What a binary COPY carries here: header, rows with their values, trailer.
fn binary_parts(decoded: Decoded<'_>) -> Vec<String> {
    let nodes = decoded.tree.nodes.iter().enumerate();
    let parts = nodes.filter_map(|(index, node)| match node.field.id {
        "header" => Some("header".to_owned()),
        "tuple" if node.depth == 2 => {
            let fields = decoded.tree.children(index).next()?;
            let values = decoded.tree.children(fields).filter(|field| decoded.ordinal(*field)).take(MOST_ENTRIES + 1);
            Some(format!("({})", listed(values.map(|field| decoded.sized_text(field)))))
        }
        "trailer" => Some("trailer".to_owned()),
        _ => None,
    });
    parts.take(MOST_ENTRIES).collect()
}

/// The plain fields of a carried message, name and value.
fn inner_says(decoded: Decoded<'_>, node: usize) -> String {
    let shown = decoded.tree.children(node).filter_map(|child| {
        let field = decoded.tree.nodes.get(child)?.field;
        let skip = matches!(field.id, "tag" | "flags" | "clock" | "end_lsn") || !decoded.tree.is_leaf(child);
        (!skip).then(|| format!("{} {}", field.name, short(&decoded.plain_at(child))))
    });
    let tuples = decoded.tree.find("tuples").map(|_| format!("({})", listed(row_values(decoded))));
    shown.take(4).chain(tuples).collect::<Vec<_>>().join(", ")
}

/// The values of the rows that a change carries.
fn row_values(decoded: Decoded<'_>) -> Vec<String> {
    let columns = decoded.tree.nodes.iter().enumerate().filter(|(_, node)| node.field.id == "column");
    columns
        .take(MOST_ENTRIES + 1)
        .map(|(index, _)| match decoded.child(index, "data") {
            Some(data) => decoded.sized_text(data),
            None => decoded.tree.code(index, decoded.bytes).map(|code| code.name.to_owned()).unwrap_or_default(),
        })
        .collect()
}

fn bytes_in_words(count: usize) -> String {
    if count == 1 { "1 byte".to_owned() } else { format!("{count} bytes") }
}

fn name(name: &str) -> String {
    if name.is_empty() { "(unnamed)".to_owned() } else { name.to_owned() }
}

fn named(name: &str, what: &str) -> String {
    if name.is_empty() { what.to_owned() } else { format!("{name}: {what}") }
}
