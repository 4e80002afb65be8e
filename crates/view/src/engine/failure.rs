//! What an ErrorResponse says, and the SQL that it is about: the place marked that it tells, or the statement that failed.

use pgscope_proto::Tree;
use pgscope_proto::codes::sqlstate::sqlstate;
use pgscope_session::Entry;
use pgscope_session::sql::{Kind, tokens};

use super::ties::cut;
use super::{Engine, Failure, Sql, Words};
use crate::Indexed;
use crate::meaning::lettered;
use crate::outline::is_error;
use crate::ties::{sql, with_sql};

/// How much SQL is shown, in characters: before the place of an error, and behind it or all together.
const BEFORE: usize = 300;
const SHOWN: usize = 2000;
/// How far back results are counted, in messages.
const FAR: usize = 100_000;

/// What else an error says for a person: the letters of its fields, and what they are called.
const MORE: [(u8, &str); 3] = [(b'D', "Detail"), (b'H', "Hint"), (b'W', "Context")];

impl Engine {
    pub(super) fn failure(&mut self, number: usize) -> Option<Failure> {
        self.open(number)?;
        let (open, indexed) = (self.open.as_ref()?, self.indexed()?);
        let (entry, tree) = (&open.entry, &open.tree);
        let field = |letter: u8| lettered(tree, indexed.bytes(entry), letter).map(str::to_owned);
        if !is_error(entry.message) {
            return None;
        }
        let code = field(b'C').unwrap_or_default();
        let known = sqlstate(code.as_bytes()).filter(|known| !known.is_class());
        let internal = field(b'q');
        let told = |(letter, name): (u8, &'static str)| Some((Words::from(name), field(letter)?));
        Some(Failure {
            number,
            severity: field(b'V').or_else(|| field(b'S')).unwrap_or_default(),
            code: known.map_or(code.clone(), |known| format!("{code} {}", known.name)),
            // Before version 3 of the protocol there were no fields.
            says: field(b'M').unwrap_or_else(|| indexed.says(entry, tree)),
            more: MORE.into_iter().filter_map(told).collect(),
            is_internal: internal.is_some(),
            sql: match internal {
                Some(internal) => Some(placed(&internal, position(field(b'p')), number)),
                None => asked(indexed, entry, position(field(b'P'))),
            },
        })
    }
}

/// A position from 0; messages count from 1.
fn position(told: Option<String>) -> Option<usize> {
    told?.parse::<usize>().ok()?.checked_sub(1)
}

/// The SQL that the message answers.
fn asked(indexed: &Indexed, entry: &Entry, position: Option<usize>) -> Option<Sql> {
    let of = with_sql(indexed, indexed.index.request(entry.number)?)?;
    let whole = sql(indexed, of)?;
    Some(match position {
        Some(_) => placed(&whole, position, of),
        None => placed(failed_of(indexed, entry, &whole), None, of),
    })
}

fn placed(sql: &str, position: Option<usize>, of: usize) -> Sql {
    let marked = position.and_then(|position| marked(sql, position));
    Sql { of, ..marked.unwrap_or_else(|| Sql { before: cut(sql, SHOWN), ..Sql::default() }) }
}

/// The statement that failed of those that an error answers, with one blank wherever there is white space; nothing where
/// it is not known.
pub(crate) fn failed(indexed: &Indexed, error: &Entry) -> Option<String> {
    let whole = sql(indexed, with_sql(indexed, indexed.index.request(error.number)?)?)?;
    let mut tree = Tree::new();
    indexed.index.tree(&indexed.exchange, error.number, &mut tree);
    let at = position(lettered(&tree, indexed.bytes(error), b'P').map(str::to_owned));
    let at = at.and_then(|at| whole.char_indices().nth(at)).map(|(at, _)| at);
    let own = at.and_then(|at| statements(&whole).into_iter().find(|(_, to)| *to > at));
    let own = own.and_then(|(from, to)| whole.get(from..to)).unwrap_or_else(|| failed_of(indexed, error, &whole));
    Some(crate::says::squeezed(&crate::value::visible(own)))
}

/// Of the statements of a Query the one behind those that gave a result; all of it where that cannot be told.
fn failed_of<'a>(indexed: &Indexed, error: &Entry, whole: &'a str) -> &'a str {
    let index = &indexed.index;
    let Some(request) = index.request(error.number) else { return whole };
    let is_result = |number: &usize| {
        index.request(*number) == Some(request)
            && index.entry(*number).is_some_and(|entry| matches!(entry.message.field.id, "commandcomplete"))
    };
    let results = (request.max(error.number.saturating_sub(FAR))..error.number).filter(is_result).count();
    let all = statements(whole);
    // The first may also be refused because a later one cannot be read.
    match all.get(results) {
        Some((from, to)) if results > 0 => whole.get(*from..*to).unwrap_or(whole),
        _ => whole,
    }
}

/// Where each statement begins and ends, its semicolon included.
fn statements(sql: &str) -> Vec<(usize, usize)> {
    let mut all = Vec::new();
    let mut from = None;
    for token in tokens(sql.as_bytes()) {
        let start = *from.get_or_insert(token.span.start);
        let ends = token.kind == Kind::Mark && sql.as_bytes().get(token.span.start) == Some(&b';');
        // A semicolon alone is no statement.
        if ends && start < token.span.start {
            all.push((start, token.span.end));
        }
        if ends {
            from = None;
        }
    }
    all.extend(from.map(|from| (from, sql.trim_end().len())));
    all
}

/// SQL with the word marked that begins at a character, from 0.
fn marked(sql: &str, position: usize) -> Option<Sql> {
    let at = sql.char_indices().map(|(at, _)| at).chain([sql.len()]).nth(position)?;
    let (before, rest) = sql.split_at_checked(at)?;
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let word = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
    let length = if word > 0 { word } else { rest.chars().next().map_or(0, char::len_utf8) };
    let (marked, behind) = rest.split_at_checked(length)?;
    let skipped = before.chars().count().saturating_sub(BEFORE);
    let near: String = before.chars().skip(skipped).collect();
    let before = if skipped > 0 { format!("…{near}") } else { near };
    let (marked, behind) = (cut(marked, SHOWN), cut(behind, SHOWN));
    Some(Sql { is_marked: true, before, marked, behind, ..Sql::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_at_a_position_is_marked() {
        let check = |sql: &str, position, expected: &str| {
            let sql = marked(sql, position).unwrap_or_default();
            assert_eq!(format!("{}[{}]{}", sql.before, sql.marked, sql.behind), expected);
        };
        check("SELECT * FROM nothing WHERE a", 14, "SELECT * FROM [nothing] WHERE a");
        check("SELECT 'ä' +* 1", 12, "SELECT 'ä' +[*] 1");
        check("SELECT (", 8, "SELECT ([]");
        check("SELECT 1", 99, "[]");
        check(&"x".repeat(400), 400, &format!("…{}[]", "x".repeat(300)));
    }

    #[test]
    fn statements_end_where_the_scanner_meets_their_semicolons() {
        let check = |sql: &str, expected: &[&str]| {
            let found = statements(sql).into_iter().map(|(from, to)| &sql[from..to]);
            assert_eq!(found.collect::<Vec<_>>(), expected);
        };
        check("SELECT 1", &["SELECT 1"]);
        check(" SELECT ';' ; -- ;\n SELECT 2;", &["SELECT ';' ;", "SELECT 2;"]);
        check(";; SELECT 1 ;;", &["SELECT 1 ;"]);
        check("DO $$ a; b $$; SELEC  ", &["DO $$ a; b $$;", "SELEC"]);
        check("", &[]);
    }
}
