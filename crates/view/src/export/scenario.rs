//! An exchange as a scenario: what the client does, and what the server answers to each statement. It is played before it is given
//! away: where the simulated ends would say other messages, it is refused. Who has no simulator in the same build has it played
//! elsewhere.

use std::fmt::Write;

use pgscope_proto::{Direction, Exchange, Reads, Tree, read, types};
use pgscope_session::Entry;

use crate::Indexed;

/// The scenario's text.
///
/// # Errors
///
/// What no scenario can say, or what the simulated ends would say in its place.
#[cfg(feature = "sim")]
pub fn scenario(indexed: &Indexed) -> Result<String, String> {
    use pgscope_sim::{Choices, Scenario};

    let text = unplayed(indexed)?;
    let scenario = Scenario::read(&text, &Choices::default())
        .map_err(|error| format!("it has something that no scenario can say: {error}"))?;
    is_said_again(indexed, &scenario.play().main().exchange)?;
    Ok(text)
}

/// The scenario's text, which is to be played before it is given away.
pub(crate) fn unplayed(indexed: &Indexed) -> Result<String, String> {
    let mut making = Making::new(indexed);
    let mut tree = Tree::new();
    for number in 0..indexed.index.len() {
        let Some((entry, _)) = indexed.check(number, &mut tree) else { break };
        match entry.direction {
            Direction::Frontend => making.client(&entry, &tree)?,
            Direction::Backend => making.server(&entry, &tree)?,
        }
    }
    Ok(making.text())
}

/// Holds what was played against what was said: in each direction the same messages, but for settings, of which each server
/// reports its own.
pub(crate) fn is_said_again(indexed: &Indexed, played: &Exchange) -> Result<(), String> {
    let again = Indexed::new(played.clone());
    for direction in Direction::BOTH {
        let (was, is) = (said(indexed, direction), said(&again, direction));
        let same = was.iter().zip(&is).take_while(|(was, is)| was.1 == is.1).count();
        if same < was.len().max(is.len()) {
            let wanted = was
                .get(same)
                .map_or("nothing more".to_owned(), |(number, name)| format!("message {}, {name}", number + 1));
            let given = is.get(same).map_or("nothing more", |(_, name)| name);
            return Err(format!("the simulated {} would say {given} where this one says {wanted}", direction.end()));
        }
    }
    Ok(())
}

fn said(indexed: &Indexed, direction: Direction) -> Vec<(usize, &'static str)> {
    let entries = (0..indexed.index.len()).filter_map(|number| indexed.index.entry(number));
    let own = entries.filter(|entry| entry.direction == direction && entry.message.field.id != "parameterstatus");
    own.map(|entry| (entry.number, entry.message.name())).collect()
}

/// What the server answers to a statement.
#[derive(Default)]
struct Answer {
    sql: String,
    lines: Vec<String>,
    /// How many columns it has, and whether they are described.
    columns: Option<usize>,
    is_done: bool,
}

struct Making<'a> {
    indexed: &'a Indexed,
    settings: String,
    actions: String,
    login: &'static str,
    user: String,
    database: String,
    edition: &'static str,
    answers: Vec<Answer>,
    /// Names of statements and what they are.
    statements: Vec<(String, String)>,
    /// Which statements were asked and are not yet answered, by their places among the answers.
    asked: Vec<usize>,
}

/// A password that is as good as any: only the simulated ends know it.
const PASSWORD: &str = "secret";

/// Statements that the simulated server understands by itself.
const UNDERSTOOD: [&str; 14] = [
    "begin",
    "start",
    "commit",
    "end",
    "rollback",
    "abort",
    "savepoint",
    "release",
    "set",
    "show",
    "listen",
    "unlisten",
    "notify",
    "deallocate",
];

impl<'a> Making<'a> {
    fn new(indexed: &'a Indexed) -> Self {
        Self {
            indexed,
            settings: String::new(),
            actions: String::new(),
            login: "trust",
            user: "alice".to_owned(),
            database: String::new(),
            edition: "18",
            answers: Vec::new(),
            statements: Vec::new(),
            asked: Vec::new(),
        }
    }

    fn text(&self) -> String {
        let mut out = "title   = An exchange\nsummary = What two ends said, as a scenario\nshows   = the messages of a recording\n\n[client]\n".to_owned();
        let _ = writeln!(out, "user = {}", self.user);
        let database = if self.database.is_empty() { &self.user } else { &self.database };
        let _ = writeln!(out, "database = {database}");
        if self.login != "trust" {
            let _ = writeln!(out, "password = {PASSWORD}");
        }
        out += &self.settings;
        out += &self.actions;
        let password = if self.login == "trust" { String::new() } else { format!(" {PASSWORD}") };
        let _ = write!(
            out,
            "\n[server]\nedition = {}\nrole {} {}{password}\ndatabase {database}\n",
            self.edition, self.user, self.login
        );
        for answer in self.answers.iter().filter(|answer| !answer.lines.is_empty() && !is_understood(&answer.sql)) {
            let _ = writeln!(out, "answer {}", escaped(&answer.sql));
            answer.lines.iter().for_each(|line| out += &format!("  {line}\n"));
        }
        out
    }

    fn refused(entry: &Entry, why: &str) -> String {
        format!("message {}, {}: {why}", entry.number + 1, entry.message.name())
    }

    fn act(&mut self, line: &str) {
        self.actions += line.trim_end();
        self.actions.push('\n');
    }

    fn client(&mut self, entry: &Entry, tree: &Tree) -> Result<(), String> {
        let bytes = self.indexed.bytes(entry);
        let text = |id: &str| text(tree, bytes, id);
        let name = |id: &str| Some(text(id)).filter(|name| !name.is_empty()).unwrap_or("-".to_owned());
        let kind = || if bytes.get(5) == Some(&b'P') { "portal" } else { "statement" };
        match entry.message.field.id {
            "sslrequest" => self.settings += "tls = prefer\n",
            "startup" => self.startup(bytes),
            "query" => {
                let sql = text("query");
                self.act(&format!("query {}", escaped(&sql)));
                self.ask(sql);
            }
            "parse" => {
                let (statement, sql) = (text("statement"), text("query"));
                let own: Vec<String> = types_of(tree, bytes);
                let given = if own.is_empty() { String::new() } else { format!("types {} : ", own.join(", ")) };
                self.act(&format!("parse {} {given}{}", name("statement"), escaped(&sql)));
                self.statements.retain(|(known, _)| *known != statement);
                self.statements.push((statement, sql));
            }
            "bind" => self.bind(tree, bytes),
            "describe" => self.act(&format!("describe {} {}", kind(), name("name"))),
            "close" => self.act(&format!("close {} {}", kind(), name("name"))),
            "execute" => self.act(&format!("execute {} {}", name("portal"), number(tree, bytes, "max_rows"))),
            "flush" => self.act("flush"),
            "sync" => self.act("sync"),
            "terminate" => self.act("terminate"),
            "passwordmessage" | "saslinitialresponse" | "saslresponse" => {}
            _ => {
                return Err(Self::refused(
                    entry,
                    "what a scenario's client says for it depends on more than the message",
                ));
            }
        }
        Ok(())
    }

    fn startup(&mut self, bytes: &[u8]) {
        let parameter =
            |name: &str| read::startup_parameter(bytes, name).map(|value| String::from_utf8_lossy(value).into_owned());
        self.user = parameter("user").unwrap_or_default();
        self.database = parameter("database").unwrap_or_default();
        if bytes.get(4..8) == Some(&[0, 3, 0, 2]) {
            self.settings += "protocol = 3.2\n";
        }
    }

    fn ask(&mut self, sql: String) {
        let known = self.answers.iter().position(|answer| answer.sql == sql);
        let place = known.unwrap_or(self.answers.len());
        if known.is_none() {
            self.answers.push(Answer { sql, ..Answer::default() });
        }
        self.asked.push(place);
    }

    fn bind(&mut self, tree: &Tree, bytes: &[u8]) {
        let (portal, statement) = (text(tree, bytes, "portal"), text(tree, bytes, "statement"));
        let dash = |name: &str| if name.is_empty() { "-".to_owned() } else { name.to_owned() };
        let is_binary =
            |list: &str| entries(tree, list).iter().any(|node| tree.reads(*node, bytes) == Reads::Signed(1));
        let formats = [("parameter_formats", " parameters=binary"), ("result_formats", " results=binary")];
        let formats: String = formats.iter().filter(|(list, _)| is_binary(list)).map(|(_, words)| *words).collect();
        let values: Vec<String> = entries(tree, "parameters")
            .iter()
            .map(|node| value(tree, bytes, *node, is_binary("parameter_formats")))
            .collect();
        let values = if values.is_empty() { String::new() } else { format!(" : {}", values.join(" | ")) };
        self.act(&format!("bind {} {}{formats}{values}", dash(&portal), dash(&statement)));
        let sql = self.statements.iter().find(|(known, _)| *known == statement).map(|(_, sql)| sql.clone());
        self.ask(sql.unwrap_or_default());
    }

    /// The answer to what was asked first.
    fn answer(&mut self) -> Option<&mut Answer> {
        let place = *self.asked.first()?;
        self.answers.get_mut(place).filter(|answer| !answer.is_done)
    }

    fn answered(&mut self) {
        if let Some(answer) = self.answer() {
            answer.is_done = true;
        }
        if !self.asked.is_empty() {
            self.asked.remove(0);
        }
    }

    fn server(&mut self, entry: &Entry, tree: &Tree) -> Result<(), String> {
        let indexed = self.indexed;
        let bytes = indexed.bytes(entry);
        match entry.message.field.id {
            "parameterstatus" if text(tree, bytes, "name") == "server_version" => {
                let major = text(tree, bytes, "value").split('.').next().and_then(|major| major.parse::<u32>().ok());
                self.edition = if major.is_some_and(|major| major < 16) { "15" } else { "18" };
            }
            "authenticationcleartextpassword" => self.login = "clear",
            "authenticationmd5password" => self.login = "md5",
            "authenticationsasl" => self.login = "scram",
            "parameterdescription" => {
                let line = format!("parameters {}", types_of(tree, bytes).join(", "));
                self.describe(|answer| {
                    let is_new = !answer.lines.iter().any(|line| line.starts_with("parameters"));
                    if is_new && line.len() > "parameters ".len() {
                        answer.lines.insert(0, line.clone());
                    }
                });
            }
            "rowdescription" => {
                let columns = columns(tree, bytes);
                let (count, line) = (columns.len(), format!("columns {}", columns.join(", ")));
                self.describe(|answer| {
                    if answer.columns.is_none() {
                        answer.columns = Some(count);
                        answer.lines.push(line.clone());
                    }
                });
            }
            "datarow" => {
                let typing = indexed.typing(entry);
                let cells: Vec<String> = entries(tree, "columns")
                    .iter()
                    .enumerate()
                    .map(|(nth, node)| cell(tree, bytes, *node, typing.get(nth)))
                    .collect();
                if let Some(answer) = self.answer() {
                    if answer.columns.is_none() {
                        answer.columns = Some(cells.len());
                        let names: Vec<String> = (1..=cells.len()).map(|nth| format!("c{nth} text")).collect();
                        answer.lines.push(format!("columns {}", names.join(", ")));
                    }
                    answer.lines.push(format!("row {}", cells.join(" | ")));
                }
            }
            "commandcomplete" => {
                let tag = text(tree, bytes, "command");
                if let Some(answer) = self.answer() {
                    answer.lines.push(format!("tag {tag}"));
                }
                self.answered();
            }
            "emptyqueryresponse" | "portalsuspended" => self.answered(),
            "errorresponse" => {
                let field = |letter| {
                    read::error_field(bytes, letter).map(String::from_utf8_lossy).unwrap_or_default().into_owned()
                };
                let line = format!("error {} {}", field(b'C'), field(b'M').replace('\n', " "));
                if let Some(answer) = self.answer() {
                    answer.lines.push(line);
                }
                self.answered();
                self.asked.clear();
            }
            "copyinresponse" | "copyoutresponse" | "copybothresponse" => {
                return Err(Self::refused(
                    entry,
                    "a scenario knows the table that a COPY is of, and this does not say it",
                ));
            }
            _ => {}
        }
        Ok(())
    }

    /// What is described is what was asked, or the statement that was parsed last.
    fn describe(&mut self, say: impl Fn(&mut Answer)) {
        if let Some(answer) = self.answer() {
            return say(answer);
        }
        let Some(sql) = self.statements.last().map(|(_, sql)| sql.clone()) else { return };
        self.ask(sql);
        if let Some(answer) = self.asked.pop().and_then(|place| self.answers.get_mut(place)) {
            say(answer);
        }
    }
}

fn is_understood(sql: &str) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default().trim_end_matches(';').to_ascii_lowercase();
    UNDERSTOOD.contains(&first.as_str())
}

fn escaped(sql: &str) -> String {
    sql.replace('\n', "\\n").replace('\t', "\\t")
}

fn text(tree: &Tree, bytes: &[u8], id: &str) -> String {
    match (1..tree.nodes.len())
        .find(|at| tree.nodes.get(*at).is_some_and(|node| node.field.id == id))
        .map(|node| tree.reads(node, bytes))
    {
        Some(Reads::Text(text)) => text.to_owned(),
        _ => String::new(),
    }
}

fn number(tree: &Tree, bytes: &[u8], id: &str) -> String {
    match tree.find(id).map(|node| tree.reads(node, bytes)) {
        Some(Reads::Unsigned(0) | Reads::Signed(0)) | None => String::new(),
        Some(Reads::Unsigned(number)) => number.to_string(),
        Some(Reads::Signed(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// The entries of a list, without its count.
fn entries(tree: &Tree, list: &str) -> Vec<usize> {
    tree.find(list).map(|list| tree.children(list).skip(1).collect()).unwrap_or_default()
}

fn types_of(tree: &Tree, bytes: &[u8]) -> Vec<String> {
    let name = |node: &usize| match tree.reads(*node, bytes) {
        Reads::Unsigned(oid) => types::name(oid as u32).unwrap_or("text".to_owned()),
        _ => "text".to_owned(),
    };
    entries(tree, "types").iter().map(name).collect()
}

fn columns(tree: &Tree, bytes: &[u8]) -> Vec<String> {
    let column = |column: &usize| {
        let part = |id: &str| {
            tree.children(*column).find(|child| tree.nodes.get(*child).is_some_and(|node| node.field.id == id))
        };
        let name = match part("name").map(|node| tree.reads(node, bytes)) {
            Some(Reads::Text(name)) => name.to_owned(),
            _ => String::new(),
        };
        let oid = match part("type").map(|node| tree.reads(node, bytes)) {
            Some(Reads::Unsigned(oid)) => oid as u32,
            _ => 0,
        };
        format!("{name} {}", types::name(oid).unwrap_or("text".to_owned()))
    };
    entries(tree, "columns").iter().map(column).collect()
}

/// A value of a list whose entries have a length.
fn inside<'a>(tree: &Tree, bytes: &'a [u8], entry: usize) -> Option<&'a [u8]> {
    match tree.reads(entry, bytes) {
        Reads::Null => None,
        _ => tree.nodes.get(entry).map(|node| node.span().of(bytes).get(4..).unwrap_or_default()),
    }
}

fn value(tree: &Tree, bytes: &[u8], entry: usize, is_binary: bool) -> String {
    match inside(tree, bytes, entry) {
        None => "\\N".to_owned(),
        Some(value) if is_binary => value.iter().fold("\\x".to_owned(), |digits, byte| digits + &format!("{byte:02x}")),
        Some([]) => "\"\"".to_owned(),
        Some(value) => String::from_utf8_lossy(value).into_owned(),
    }
}

fn cell(tree: &Tree, bytes: &[u8], entry: usize, typed: Option<&crate::Typed>) -> String {
    match inside(tree, bytes, entry) {
        None => "\\N".to_owned(),
        Some([]) => "\"\"".to_owned(),
        Some(value) => {
            let text = typed.and_then(|typed| typed.text(value));
            text.unwrap_or_else(|| String::from_utf8_lossy(value).into_owned()).replace('\n', "\\n")
        }
    }
}
