//! What ties a message to others of its exchange: the statement of a Bind, the portal of an Execute, what describes a row.
//!
//! The follower of `session` knows it; here it has names that a screen and a program can use. It knows nothing of either.

use pgscope_proto::{Direction, Reads, Tree};
use pgscope_session::Entry;

use crate::exchange::Indexed;

/// The messages that one refers to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ties {
    /// The request that it answers.
    pub(crate) answers: Option<usize>,
    /// The Parse of its statement.
    pub(crate) statement: Option<usize>,
    /// The Bind of its portal.
    pub(crate) portal: Option<usize>,
    /// What gives its values their names and types.
    pub(crate) described_by: Option<usize>,
    /// What it describes: a Parse, a Bind or a Query.
    pub(crate) describes: Option<usize>,
    /// The demand of the server that it meets, in an authentication.
    pub(crate) asked_by: Option<usize>,
}

/// How far back the demand of an authentication is looked for, in messages.
const FAR: usize = 64;

/// What a message refers to.
pub(crate) fn of(indexed: &Indexed, entry: &Entry) -> Ties {
    let (index, number) = (&indexed.index, entry.number);
    let answers = index.request(number);
    let ties = Ties { answers, ..Ties::default() };
    match entry.message.field.id {
        "bind" => {
            let statement = index.parse_of(number);
            // Where nothing else is known, the Parse itself gives the types.
            let described_by = index.parameter_description(number).filter(|by| Some(*by) != statement);
            Ties { statement, described_by, ..ties }
        }
        "execute" | "describe" => {
            let portal = index.bind_of(number);
            let statement = portal.map_or_else(|| index.parse_described(number), |bind| index.parse_of(bind));
            Ties { portal, statement, ..ties }
        }
        "datarow" => {
            let description = index.row_description(number);
            let portal = description.and_then(|description| description.bind).map(|bind| bind as usize);
            let portal = portal.or_else(|| index.bind_of(answers?));
            Ties { described_by: description.map(|description| description.by as usize), portal, ..ties }
        }
        "rowdescription" | "parameterdescription" | "nodata" => {
            Ties { describes: answers.map(|request| described(indexed, request)), ..ties }
        }
        _ if entry.direction == Direction::Frontend && entry.message.tag() == Some(b'p') => {
            Ties { asked_by: demand(indexed, number), ..ties }
        }
        _ => ties,
    }
}

/// What the answer to a request describes.
fn described(indexed: &Indexed, request: usize) -> usize {
    let index = &indexed.index;
    index.bind_of(request).or_else(|| index.parse_described(request)).unwrap_or(request)
}

/// The last thing that the server asked for before a message with which a client shows who it is.
fn demand(indexed: &Indexed, number: usize) -> Option<usize> {
    let before = (number.saturating_sub(FAR)..number).rev().filter_map(|number| indexed.index.entry(number));
    let asks = before.into_iter().find(|entry| entry.direction == Direction::Backend)?;
    let id = asks.message.field.id;
    (id.starts_with("authentication") && id != "authenticationok").then_some(asks.number)
}

/// The message that has the SQL of a request.
pub(crate) fn with_sql(indexed: &Indexed, request: usize) -> Option<usize> {
    let index = &indexed.index;
    match index.entry(request)?.message.field.id {
        "query" | "parse" => Some(request),
        "bind" => index.parse_of(request),
        _ => match index.bind_of(request) {
            Some(bind) => index.parse_of(bind),
            None => index.parse_described(request),
        },
    }
}

/// The SQL of a Query or a Parse.
pub(crate) fn sql(indexed: &Indexed, number: usize) -> Option<String> {
    let entry = indexed.index.entry(number).filter(|entry| matches!(entry.message.field.id, "query" | "parse"))?;
    let mut tree = Tree::new();
    indexed.index.tree(&indexed.exchange, number, &mut tree);
    let node = tree.nodes.iter().rposition(|node| node.field.id == "query" && node.depth > 0)?;
    match tree.reads(node, indexed.bytes(&entry)) {
        Reads::Text(sql) => Some(sql.to_owned()),
        _ => None,
    }
}
