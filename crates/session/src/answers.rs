//! Which message answers which, and which message describes the columns of a row.
//!
//! The server answers in the order of the requests, so a queue of what is not answered yet is enough. Statements and portals
//! are remembered by name, with the message that described their columns. Nothing is decoded but names.

use std::collections::{HashMap, VecDeque};

use pgscope_proto::messages::{asynchronous, copy, errors, extended_query, simple_query, startup};
use pgscope_proto::{Direction, Message, Span, read};

/// What stands for no frame.
const NONE: u32 = u32::MAX;

/// What describes the values of a run of frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Described {
    /// The RowDescription or ParameterDescription that gives names and types.
    pub by: u32,
    /// The Bind that chose the formats, where the description could not know them.
    pub bind: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Request {
    /// Start-up, Query, FunctionCall: ends with ReadyForQuery.
    Cycle,
    Parse,
    Bind,
    DescribeStatement,
    DescribePortal,
    Execute,
    Close,
    Sync,
    /// A request for encryption.
    Negotiation,
}

#[derive(Clone, Debug)]
struct Pending {
    frame: u32,
    request: Request,
    /// The statement or portal that it names.
    name: Vec<u8>,
}

/// What is known of a prepared statement or a portal.
#[derive(Clone, Copy, Debug, Default)]
struct Named {
    /// The Parse or the Bind that made it.
    made: Option<u32>,
    /// What tells of its parameters: the Parse, or the ParameterDescription.
    parameters: Option<u32>,
    /// Its RowDescription.
    described: Option<u32>,
}

/// Follows requests and answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answers {
    /// How many frames were followed.
    frames: u32,
    /// Whether nothing is answered because only one end is heard.
    is_one_sided: bool,
    pending: VecDeque<Pending>,
    statements: HashMap<Vec<u8>, Named>,
    portals: HashMap<Vec<u8>, Named>,
    /// Whether the server reads COPY data, and overlooks Sync.
    copying_in: bool,
    /// The last RowDescription of the Query that is being answered.
    of_query: Option<u32>,
    /// For each frame, the request that it answers; nothing where only one end is heard.
    answers: Vec<u32>,
    /// From which frame on which description holds, for DataRow.
    rows: Vec<(u32, Option<Described>)>,
    /// For each Bind what describes its parameters, and the Parse of its statement.
    binds: Vec<(u32, u32, u32)>,
}

impl Answers {
    pub(crate) fn new(is_one_sided: bool) -> Self {
        Self { is_one_sided, ..Self::default() }
    }

    /// Makes room for so many more frames.
    pub(crate) fn reserve(&mut self, frames: usize) {
        if !self.is_one_sided {
            self.answers.reserve_exact(frames);
        }
    }

    /// How much memory it takes, names and what waits for an answer left out.
    pub(crate) fn size_in_bytes(&self) -> usize {
        size_of_val(self.answers.as_slice()) + size_of_val(self.rows.as_slice()) + size_of_val(self.binds.as_slice())
    }

    /// The request that frame `number` answers.
    pub(crate) fn request(&self, number: usize) -> Option<usize> {
        self.answers.get(number).filter(|frame| **frame != NONE).map(|frame| *frame as usize)
    }

    /// What describes the columns of the DataRow with this number.
    pub(crate) fn row(&self, number: usize) -> Option<Described> {
        let after = self.rows.partition_point(|(from, _)| *from as usize <= number);
        self.rows.get(after.checked_sub(1)?)?.1
    }

    /// What describes the parameters of the Bind with this number: a ParameterDescription or a Parse.
    pub(crate) fn bind(&self, number: usize) -> Option<u32> {
        self.bound(number).map(|(_, by, _)| by)
    }

    /// The Parse of the statement that the Bind with this number is for.
    pub(crate) fn parse_of(&self, number: usize) -> Option<u32> {
        self.bound(number).map(|(_, _, parse)| parse).filter(|parse| *parse != NONE)
    }

    fn bound(&self, number: usize) -> Option<(u32, u32, u32)> {
        let at = self.binds.binary_search_by_key(&(number as u32), |(bind, ..)| *bind).ok()?;
        self.binds.get(at).copied()
    }

    pub(crate) fn step(&mut self, direction: Direction, message: &'static Message, bytes: &[u8]) {
        let frame = self.frames;
        self.frames += 1;
        let request = match direction {
            Direction::Frontend => {
                self.ask(frame, message, bytes);
                None
            }
            Direction::Backend => self.answer(frame, message),
        };
        if !self.is_one_sided {
            self.answers.push(request.unwrap_or(NONE));
        }
    }

    fn ask(&mut self, frame: u32, message: &'static Message, bytes: &[u8]) {
        let first = || read::first_text(bytes).unwrap_or_default().to_vec();
        let (request, name) = match message.field.id {
            "startup" | "query" | "functioncall" => (Request::Cycle, Vec::new()),
            "sslrequest" | "gssencrequest" => (Request::Negotiation, Vec::new()),
            "parse" => {
                self.parse(frame, first());
                (Request::Parse, first())
            }
            "bind" => {
                self.portal(frame, first(), read::second_text(bytes).unwrap_or_default());
                (Request::Bind, first())
            }
            "describe" if read::first_byte(bytes) == Some(b'S') => (Request::DescribeStatement, target(bytes)),
            "describe" => (Request::DescribePortal, target(bytes)),
            "execute" => (Request::Execute, first()),
            "close" => (Request::Close, target(bytes)),
            "sync" if self.copying_in => return,
            "sync" => (Request::Sync, Vec::new()),
            "copydone" | "copyfail" => return self.copying_in = false,
            _ => return,
        };
        if !self.is_one_sided {
            self.pending.push_back(Pending { frame, request, name });
        }
    }

    /// A new statement: what was known under its name is void.
    fn parse(&mut self, frame: u32, name: Vec<u8>) {
        self.statements.insert(name, Named { made: Some(frame), parameters: Some(frame), described: None });
    }

    fn statement(&self, name: &[u8]) -> Named {
        self.statements.get(name).copied().unwrap_or_default()
    }

    fn portal(&mut self, frame: u32, name: Vec<u8>, statement: &[u8]) {
        let statement = self.statement(statement);
        if let Some(by) = statement.parameters {
            self.binds.push((frame, by, statement.made.unwrap_or(NONE)));
        }
        self.portals.insert(name, Named { made: Some(frame), parameters: None, described: statement.described });
    }

    fn answer(&mut self, frame: u32, message: &'static Message) -> Option<u32> {
        if *message == simple_query::READY_FOR_QUERY {
            return self.ready();
        }
        if [&asynchronous::PARAMETER_STATUS, &asynchronous::NOTIFICATION_RESPONSE].contains(&message) {
            let is_startup = self.pending.front().is_some_and(|pending| pending.request == Request::Cycle);
            return self.pending.front().filter(|_| is_startup).map(|pending| pending.frame);
        }
        self.describe(frame, message);
        if *message == copy::COPY_IN_RESPONSE {
            self.copy_in();
        }
        let pending = self.pending.front()?;
        let (asked, request) = (pending.frame, pending.request);
        if *message == errors::ERROR_RESPONSE {
            self.skip_to_sync(request);
        } else if completes(request, message) {
            self.pending.pop_front();
        }
        Some(asked)
    }

    /// "The backend will ignore Flush and Sync messages received during copy-in operation": one that was sent with Execute is
    /// not answered.
    fn copy_in(&mut self) {
        self.copying_in = true;
        if self.pending.front().is_some_and(|pending| pending.request == Request::Execute) {
            self.pending.retain(|pending| pending.request != Request::Sync);
        }
    }

    /// ReadyForQuery answers the Query, Sync or start-up at which the round ends.
    fn ready(&mut self) -> Option<u32> {
        self.of_query = None;
        self.copying_in = false;
        while let Some(pending) = self.pending.pop_front() {
            if matches!(pending.request, Request::Cycle | Request::Sync) {
                return Some(pending.frame);
            }
        }
        None
    }

    /// After an error in the extended protocol everything up to Sync is thrown away.
    fn skip_to_sync(&mut self, failed: Request) {
        if matches!(failed, Request::Cycle | Request::Sync) {
            return;
        }
        while self.pending.front().is_some_and(|pending| !matches!(pending.request, Request::Sync | Request::Cycle)) {
            self.pending.pop_front();
        }
    }

    /// Remembers descriptions, and notes which one holds for the rows from here on.
    fn describe(&mut self, frame: u32, message: &'static Message) {
        let is_row = *message == simple_query::DATA_ROW;
        let Some(pending) = self.pending.front() else {
            // The request was not seen: the last description is the best guess.
            if *message == simple_query::ROW_DESCRIPTION {
                self.of_query = Some(frame);
            }
            if is_row {
                self.note_row(frame, self.of_query.map(|by| Described { by, bind: None }));
            }
            return;
        };
        let (request, name) = (pending.request, pending.name.clone());
        if *message == simple_query::ROW_DESCRIPTION {
            self.described(frame, request, name);
        } else if *message == extended_query::PARAMETER_DESCRIPTION {
            let known = self.statement(&name);
            self.statements.insert(name, Named { parameters: Some(frame), ..known });
        } else if is_row {
            let described = self.description(request, &name);
            self.note_row(frame, described);
        }
    }

    fn described(&mut self, frame: u32, request: Request, name: Vec<u8>) {
        match request {
            Request::DescribeStatement => {
                let known = self.statement(&name);
                self.statements.insert(name, Named { described: Some(frame), ..known });
            }
            Request::DescribePortal => {
                // A portal's description has its formats.
                self.portals.insert(name, Named { described: Some(frame), ..Named::default() });
            }
            _ => self.of_query = Some(frame),
        }
    }

    fn description(&self, request: Request, name: &[u8]) -> Option<Described> {
        match request {
            Request::Execute => {
                let portal = self.portals.get(name)?;
                Some(Described { by: portal.described?, bind: portal.made })
            }
            _ => self.of_query.map(|by| Described { by, bind: None }),
        }
    }

    fn note_row(&mut self, frame: u32, described: Option<Described>) {
        if self.rows.last().is_none_or(|(_, last)| *last != described) {
            self.rows.push((frame, described));
        }
    }
}

/// The name in Describe and Close, behind the letter.
fn target(bytes: &[u8]) -> Vec<u8> {
    let name = Span::new(6, bytes.len().saturating_sub(1)).of(bytes);
    name.to_vec()
}

fn completes(request: Request, message: &'static Message) -> bool {
    let by: &[&'static Message] = match request {
        Request::Parse => &[&extended_query::PARSE_COMPLETE],
        Request::Bind => &[&extended_query::BIND_COMPLETE],
        Request::Close => &[&extended_query::CLOSE_COMPLETE],
        Request::DescribeStatement | Request::DescribePortal => {
            &[&simple_query::ROW_DESCRIPTION, &extended_query::NO_DATA]
        }
        Request::Execute => {
            &[&simple_query::COMMAND_COMPLETE, &simple_query::EMPTY_QUERY_RESPONSE, &extended_query::PORTAL_SUSPENDED]
        }
        Request::Negotiation => return message.chapter == startup::SSL_REQUEST.chapter,
        Request::Cycle | Request::Sync => return false,
    };
    by.contains(&message)
}

#[cfg(test)]
mod tests {
    use pgscope_proto::encode::Value;
    use pgscope_proto::make::message;
    use pgscope_proto::messages::ALL;

    use super::*;

    fn named(name: &str) -> &'static Message {
        ALL.iter().find(|message| message.name() == name).expect("it is in the table")
    }

    /// What each message of a list answers.
    fn answers(said: &[(Direction, &str, Vec<Value>)]) -> (Answers, Vec<Option<usize>>) {
        let mut answers = Answers::default();
        for (direction, name, values) in said {
            let bytes = message(named(name), values).unwrap_or_default();
            answers.step(*direction, named(name), &bytes);
        }
        let requests = (0..said.len()).map(|frame| answers.request(frame)).collect();
        (answers, requests)
    }

    const F: Direction = Direction::Frontend;
    const B: Direction = Direction::Backend;

    fn parse(name: &str) -> (Direction, &'static str, Vec<Value>) {
        (F, "Parse", vec![name.into(), "SELECT".into(), Value::List(vec![])])
    }

    fn bind(portal: &str, statement: &str) -> (Direction, &'static str, Vec<Value>) {
        let none = || Value::List(vec![]);
        (F, "Bind", vec![portal.into(), statement.into(), none(), none(), none()])
    }

    fn describe(kind: u8, name: &str) -> (Direction, &'static str, Vec<Value>) {
        (F, "Describe", vec![Value::Int(i64::from(kind)), name.into()])
    }

    fn execute(portal: &str) -> (Direction, &'static str, Vec<Value>) {
        (F, "Execute", vec![portal.into(), Value::Int(0)])
    }

    fn say(direction: Direction, name: &'static str) -> (Direction, &'static str, Vec<Value>) {
        (direction, name, vec![])
    }

    #[test]
    fn a_pipeline_is_answered_in_order_and_an_error_skips_to_sync() {
        let (_, requests) = answers(&[
            parse(""),
            bind("", ""),
            execute(""),
            say(F, "Sync"),
            parse("s"),
            say(F, "Sync"),
            say(B, "ParseComplete"),
            say(B, "ErrorResponse"),
            say(B, "ReadyForQuery"),
            say(B, "ParseComplete"),
            say(B, "ReadyForQuery"),
        ]);
        assert_eq!(requests[6..], [Some(0), Some(1), Some(3), Some(4), Some(5)]);
    }

    #[test]
    fn a_sync_that_the_server_overlooks_in_copy_is_not_answered() {
        let (_, requests) = answers(&[
            parse(""),
            bind("", ""),
            execute(""),
            say(F, "Sync"),
            say(B, "ParseComplete"),
            say(B, "BindComplete"),
            say(B, "CopyInResponse"),
            say(F, "Sync"),
            say(F, "CopyDone"),
            say(F, "Sync"),
            say(B, "CommandComplete"),
            say(B, "ReadyForQuery"),
            say(F, "Sync"),
            say(B, "ReadyForQuery"),
        ]);
        assert_eq!(requests[4..7], [Some(0), Some(1), Some(2)]);
        assert_eq!((requests[10], requests[11], requests[13]), (Some(2), Some(9), Some(12)));
    }

    #[test]
    fn rows_find_their_description_through_statement_and_portal() {
        let (answers, _) = answers(&[
            parse("s"),
            describe(b'S', "s"),
            say(F, "Sync"),
            say(B, "ParseComplete"),
            say(B, "ParameterDescription"),
            say(B, "RowDescription"),
            say(B, "ReadyForQuery"),
            bind("", "s"),
            execute(""),
            say(F, "Sync"),
            say(B, "BindComplete"),
            say(B, "DataRow"),
            say(B, "CommandComplete"),
            say(B, "ReadyForQuery"),
        ]);
        assert_eq!(answers.row(11), Some(Described { by: 5, bind: Some(7) }));
        assert_eq!((answers.bind(7), answers.parse_of(7)), (Some(4), Some(0)));
    }

    #[test]
    fn each_statement_of_a_query_has_its_own_description() {
        let (answers, requests) = answers(&[
            (F, "Query", vec!["SELECT 1; SELECT 2".into()]),
            say(B, "RowDescription"),
            say(B, "DataRow"),
            say(B, "CommandComplete"),
            say(B, "RowDescription"),
            say(B, "DataRow"),
            say(B, "CommandComplete"),
            say(B, "ReadyForQuery"),
        ]);
        assert_eq!(requests[1..], [Some(0); 7]);
        assert_eq!(answers.row(2).map(|row| row.by), Some(1));
        assert_eq!(answers.row(5).map(|row| row.by), Some(4));
    }
}
