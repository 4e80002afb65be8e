//! Server halves walked at random from the table of the conversation, played to libpq: it finds nothing to complain of, and
//! the results that it makes of them are those that were said.
//!
//! `PGSCOPE_HALVES` says how many, `PGSCOPE_WALK_SEED` from which seed on.

use pgscope_proto::conversation::{ANYTIME, Answer, Asks, Failure};
use pgscope_proto::messages::{asynchronous, authentication, copy, errors, extended_query, simple_query};
use pgscope_proto::{Direction, Exchange, Message, Severity, Tree};
use pgscope_sim::Random;
use pgscope_view::Indexed;

use super::libpq;
use crate::walks::given;

/// How many are played; the variable says otherwise.
const HALVES: u64 = 200;
const SEED: u64 = 31_000;

/// What libpq has no function for, or what takes more than one exchange of bytes that are known before.
const LEFT_OUT: &[&Message] = &[
    &copy::COPY_BOTH_RESPONSE,
    &extended_query::PORTAL_SUSPENDED,
    &authentication::AUTHENTICATION_CRYPT_PASSWORD,
    &authentication::AUTHENTICATION_KERBEROS_V4,
    &authentication::AUTHENTICATION_KERBEROS_V5,
    &authentication::AUTHENTICATION_SCM_CREDENTIAL,
    &authentication::AUTHENTICATION_SASL,
    &authentication::AUTHENTICATION_GSS,
    &authentication::AUTHENTICATION_SSPI,
];

/// The password “secret” of alice, with the salt 01020304.
const HASHED: &str = "F PasswordMessage \"md598a0412b9c31436fc53776e863350083\"";

/// A message of an answer, by whom.
type Said = (Direction, &'static Message);

/// A conversation as lines, and what libpq is to make of it.
struct Half {
    random: Random,
    lines: Vec<String>,
    results: Vec<&'static str>,
    /// The transaction's letter, in the word of ReadyForQuery.
    status: &'static str,
    /// Named statements, and whether they give rows.
    made: Vec<(String, bool)>,
    is_over: bool,
}

/// What the messages of one answer have in common.
#[derive(Default)]
struct Around {
    is_described: bool,
    rows: usize,
    /// The statements that gave the results, for a Query.
    sql: Vec<&'static str>,
    /// Whether a COPY is under way, which ends with CommandComplete.
    is_copied: bool,
    has_failed: bool,
}

impl Half {
    fn below(&mut self, most: usize) -> usize {
        (self.random.number() % most as u64) as usize
    }

    fn is_one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    /// One way through an answer; nothing where it meets what is left out.
    fn way(&mut self, answer: &Answer, asks: Asks, out: &mut Vec<Said>) -> Option<()> {
        match answer {
            Answer::Nothing => {}
            Answer::Say(messages) | Answer::Hear(messages) => {
                let message = messages[self.below(messages.len())];
                let in_pipeline = asks == Asks::Execute;
                let is_copy = [&copy::COPY_IN_RESPONSE, &copy::COPY_OUT_RESPONSE].contains(&message);
                if LEFT_OUT.contains(&message) || (in_pipeline && is_copy) {
                    return None;
                }
                let by = if matches!(answer, Answer::Say(_)) { Direction::Backend } else { Direction::Frontend };
                out.push((by, message));
            }
            Answer::Then(parts) => parts.iter().try_for_each(|part| self.way(part, asks, out))?,
            Answer::Any(parts) => {
                let one = self.below(parts.len());
                self.way(&parts[one], asks, out)?;
            }
            Answer::Many(part) => (0..self.below(4)).try_for_each(|_| self.way(part, asks, out))?,
            Answer::Some(part) => (0..1 + self.below(3)).try_for_each(|_| self.way(part, asks, out))?,
            Answer::Maybe(part) => (0..self.below(2)).try_for_each(|_| self.way(part, asks, out))?,
        }
        Some(())
    }

    fn answer(&mut self, asks: Asks) -> Vec<Said> {
        loop {
            let mut out = Vec::new();
            if self.way(&asks.request().answer, asks, &mut out).is_some() {
                return out;
            }
        }
    }

    /// Of a start-up: libpq knows what it asked for, and answers each request once.
    fn start(&mut self) {
        let is_newer = self.is_one_in(2);
        let version = if is_newer { "3.2" } else { "3.0" };
        self.lines.push(format!("F StartupMessage {version} [(user alice) (database shop)]"));
        let said = loop {
            let said = self.answer(Asks::Startup);
            let negotiates = said.iter().any(|(_, one)| **one == asynchronous::NEGOTIATE_PROTOCOL_VERSION);
            if !negotiates || is_newer {
                break said;
            }
        };
        let fails = self.is_one_in(20);
        for (by, message) in said {
            let is_request = *message == authentication::AUTHENTICATION_OK;
            if fails && is_request {
                self.lines.push("B ErrorResponse [(S FATAL) (V FATAL) (C 28000) (M \"not let in\")]".to_owned());
                self.is_over = true;
                return;
            }
            self.say(by, message, &mut Around::default());
        }
    }

    /// Fills a message with what is right where it stands.
    fn say(&mut self, by: Direction, message: &'static Message, around: &mut Around) {
        if by == Direction::Frontend {
            let line = if *message == copy::COPY_DATA {
                "F CopyData \"7\\n\""
            } else if *message == copy::COPY_FAIL {
                "F CopyFail \"enough\""
            } else if *message == copy::COPY_DONE {
                "F CopyDone"
            } else if self.lines.last().is_some_and(|asked| asked.contains("MD5")) {
                HASHED
            } else {
                "F PasswordMessage \"secret\""
            };
            return self.lines.push(line.to_owned());
        }
        let line = self.backend(message, around);
        self.lines.push(format!("B {line}"));
    }

    fn backend(&mut self, message: &'static Message, around: &mut Around) -> String {
        if *message == simple_query::READY_FOR_QUERY {
            return format!("ReadyForQuery {}", self.status);
        }
        if *message == simple_query::COMMAND_COMPLETE {
            return format!("CommandComplete \"{}\"", self.complete(around));
        }
        if *message == simple_query::ROW_DESCRIPTION {
            (around.is_described, around.rows) = (true, 0);
            return "RowDescription [(a 0 0 23 4 -1 0) (b 0 0 25 -1 -1 0)]".to_owned();
        }
        if *message == simple_query::DATA_ROW {
            around.rows += 1;
            return ["DataRow [\"1\" \"x\"]", "DataRow [\"-7\" null]"][self.below(2)].to_owned();
        }
        if *message == copy::COPY_IN_RESPONSE || *message == copy::COPY_OUT_RESPONSE {
            let is_in = *message == copy::COPY_IN_RESPONSE;
            // What goes on without a CommandComplete is one command.
            if !std::mem::replace(&mut around.is_copied, true) {
                around.sql.push(if is_in { "COPY t FROM STDIN" } else { "COPY t TO STDOUT" });
            }
            self.results.push(if is_in { "COPY_IN" } else { "COPY_OUT" });
            return format!("{} text [text]", message.name());
        }
        let plain = [
            (&copy::COPY_DATA, "CopyData \"8\\n\""),
            (&authentication::AUTHENTICATION_MD5_PASSWORD, "AuthenticationMD5Password \\x01020304"),
            (&asynchronous::PARAMETER_STATUS, "ParameterStatus application_name \"\""),
            (&asynchronous::BACKEND_KEY_DATA, "BackendKeyData 4242 \\x3e119a7a"),
            (&asynchronous::NOTIFICATION_RESPONSE, "NotificationResponse 4243 news \"\""),
            (&asynchronous::NEGOTIATE_PROTOCOL_VERSION, "NegotiateProtocolVersion 3.0 []"),
            (&errors::NOTICE_RESPONSE, "NoticeResponse [(S NOTICE) (V NOTICE) (C 00000) (M \"by the way\")]"),
            (&extended_query::PARAMETER_DESCRIPTION, "ParameterDescription []"),
        ];
        let found = plain.iter().find(|(one, _)| *one == message);
        found.map_or_else(|| message.name().to_owned(), |(_, line)| (*line).to_owned())
    }

    /// The tag that ends a result, and the statement that it is one of.
    fn complete(&mut self, around: &mut Around) -> String {
        let is_of_copy = std::mem::take(&mut around.is_copied);
        let is_copy = around.sql.last().is_some_and(|sql| sql.starts_with("COPY")) && !around.is_described;
        if is_copy && self.results.last().is_some_and(|result| result.starts_with("COPY")) {
            self.results.push("COMMAND_OK");
            return "COPY 1".to_owned();
        }
        let rows = std::mem::take(&mut around.rows);
        if std::mem::take(&mut around.is_described) {
            self.results.push("TUPLES_OK");
            // Where a backup ended: it is no command of its own.
            if is_of_copy {
                return "COPY 1".to_owned();
            }
            around.sql.push("SELECT a, b FROM t");
            return format!("SELECT {rows}");
        }
        self.results.push("COMMAND_OK");
        let (sql, tag, status) = match (self.status, self.below(6)) {
            ("idle", 0) => ("BEGIN", "BEGIN", "intransaction"),
            ("intransaction", 0) => ("COMMIT", "COMMIT", "idle"),
            ("intransaction", 1) => ("ROLLBACK", "ROLLBACK", "idle"),
            (status, 2) => ("CREATE TABLE t AS SELECT 1", "SELECT 1", status),
            (status, 3) => ("INSERT INTO t VALUES (1)", "INSERT 0 1", status),
            (status, 4) => ("DELETE FROM t", "DELETE 0", status),
            (status, _) => ("SET a.b TO 1", "SET", status),
        };
        around.sql.push(sql);
        self.status = status;
        tag.to_owned()
    }

    /// What may come at any time, now and then.
    fn besides(&mut self) {
        if self.is_one_in(9) {
            let message = ANYTIME[self.below(ANYTIME.len())];
            self.say(Direction::Backend, message, &mut Around::default());
        }
    }

    /// The answer to one request, whole or ended by an error.
    fn play(&mut self, asks: Asks, around: &mut Around) {
        let said = loop {
            let said = self.answer(asks);
            // A statement either gives rows or does not, and none of these texts is blank.
            let empty = said.iter().any(|(_, one)| **one == simple_query::EMPTY_QUERY_RESPONSE);
            let rows = said.iter().any(|(_, one)| **one == simple_query::DATA_ROW);
            if !(empty || asks == Asks::Execute && rows != around.is_described && rows) {
                break said;
            }
        };
        let fails_at = self.is_one_in(6).then(|| self.below(said.len()));
        for (at, (by, message)) in said.iter().copied().enumerate() {
            let is_server = by == Direction::Backend;
            if fails_at.is_some_and(|fails| fails <= at) && is_server && *message != simple_query::READY_FOR_QUERY {
                return self.fail(asks, around);
            }
            if is_server {
                self.besides();
            }
            self.say(by, message, around);
            if *message == copy::COPY_FAIL {
                return self.fail(asks, around);
            }
        }
    }

    fn fail(&mut self, asks: Asks, around: &mut Around) {
        self.lines.push("B ErrorResponse [(S ERROR) (V ERROR) (C 22012) (M \"division by zero\")]".to_owned());
        self.results.push("FATAL_ERROR");
        around.has_failed = true;
        // Each statement of the text was a result so far, and one more failed.
        around.sql.push("SELECT 1/0");
        if self.status == "intransaction" {
            self.status = "failedtransaction";
        }
        if asks.request().fails == Failure::Ready {
            self.lines.push(format!("B ReadyForQuery {}", self.status));
        }
    }

    fn query(&mut self) {
        let (at, first) = (self.lines.len(), self.results.len());
        let mut around = Around::default();
        // In a failed transaction nothing runs but its end.
        if self.status == "failedtransaction" {
            self.status = "idle";
            self.results.push("COMMAND_OK");
            self.lines.push("F Query \"ROLLBACK\"".to_owned());
            self.lines.push("B CommandComplete \"ROLLBACK\"".to_owned());
            self.lines.push("B ReadyForQuery idle".to_owned());
            return;
        }
        self.play(Asks::Query, &mut around);
        let sql = around.sql.join("; ");
        self.lines.insert(at, format!("F Query \"{sql}\""));
        assert!(self.results.len() > first, "{:?}", &self.lines[at..]);
    }

    /// What is asked in one round of the extended protocol: its lines, and what each step asks.
    fn round(&mut self) -> Vec<(String, Vec<Asks>)> {
        let name = format!("s{}", self.made.len());
        let run = vec![Asks::Parse, Asks::Bind, Asks::DescribePortal, Asks::Execute];
        match self.below(4) {
            0 => vec![(format!("Parse {name} \"SELECT a, b FROM t\""), vec![Asks::Parse])],
            1 if !self.made.is_empty() => {
                let one = self.below(self.made.len());
                let (name, _) = self.made[one].clone();
                vec![(format!("Describe statement {name}"), vec![Asks::DescribeStatement])]
            }
            2 => vec![("Close statement nobody".to_owned(), vec![Asks::Close])],
            _ => vec![(String::new(), run)],
        }
    }

    /// One round, or several before any is answered.
    fn extended(&mut self) {
        let groups: Vec<_> = (0..1 + self.below(3)).flat_map(|_| self.round()).collect();
        let piped = groups.len() > 1;
        let mut answers: Vec<(Asks, String)> = Vec::new();
        for (line, steps) in &groups {
            for asks in steps {
                let line = match (line.is_empty(), asks) {
                    (false, _) => line.clone(),
                    (_, Asks::Parse) => "Parse \"\" \"SELECT a, b FROM t\"".to_owned(),
                    (_, Asks::Bind) => "Bind \"\" \"\" [] [] [text]".to_owned(),
                    (_, Asks::DescribePortal) => "Describe portal \"\"".to_owned(),
                    _ => "Execute \"\" 0".to_owned(),
                };
                answers.push((*asks, line));
            }
            if piped && self.is_one_in(3) {
                answers.push((Asks::Sync, "Sync".to_owned()));
            }
        }
        if answers.last().is_none_or(|(asks, _)| *asks != Asks::Sync) {
            answers.push((Asks::Sync, "Sync".to_owned()));
        }
        let from = self.lines.len();
        self.lines.extend(answers.iter().map(|(_, line)| format!("F {line}")));
        self.rounds(&answers, piped, from);
    }

    /// Their answers; `from` is the first of their lines.
    fn rounds(&mut self, answers: &[(Asks, String)], piped: bool, from: usize) {
        let mut around = Around::default();
        let mut parse = from;
        for (nth, (asks, line)) in answers.iter().enumerate() {
            if line.starts_with("Parse \"\"") {
                parse = from + nth;
            }
            if *asks == Asks::Sync {
                if self.status == "intransaction" && around.has_failed {
                    self.status = "failedtransaction";
                }
                self.besides();
                self.lines.push(format!("B ReadyForQuery {}", self.status));
                self.results.extend(piped.then_some("PIPELINE_SYNC"));
                around = Around::default();
                continue;
            }
            // One result for what is a function of libpq: the last of its steps gives it.
            let is_last = !matches!(asks, Asks::Bind | Asks::DescribePortal) && !line.starts_with("Parse \"\"");
            if around.has_failed {
                // What failed has had its result, if it is of the same function.
                let is_of_failed = std::mem::take(&mut around.rows) > 0;
                around.rows = usize::from(is_of_failed && !is_last);
                if is_last && !is_of_failed {
                    self.results.extend(piped.then_some("PIPELINE_ABORTED"));
                }
                continue;
            }
            let before = (self.results.len(), around.sql.len());
            self.play(*asks, &mut around);
            // What was run is what was prepared.
            if let Some(sql) = around.sql.get(before.1..).and_then(<[_]>::first).filter(|_| *asks == Asks::Execute) {
                self.lines[parse] = format!("F Parse \"\" \"{sql}\"");
            }
            if around.has_failed {
                self.results.truncate(before.0);
                self.results.push("FATAL_ERROR");
                // Marks that steps of the same function are left.
                around.rows = usize::from(!is_last);
            } else if is_last && *asks != Asks::Execute {
                (around.is_described, around.rows) = (false, 0);
                self.results.push("COMMAND_OK");
            }
            if *asks == Asks::Parse && !line.starts_with("Parse \"\"") && !around.has_failed {
                self.made.push((line.split(' ').nth(1).unwrap_or_default().to_owned(), true));
            }
        }
    }
}

fn half(seed: u64) -> Half {
    let mut half = Half {
        random: Random::seeded(seed),
        lines: Vec::new(),
        results: Vec::new(),
        status: "idle",
        made: Vec::new(),
        is_over: false,
    };
    half.start();
    for _ in 0..1 + half.below(5) {
        if half.is_over {
            break;
        }
        // The letters of an extended round are those of the SQL that was seen.
        if half.status == "failedtransaction" || half.is_one_in(2) {
            half.query();
        } else {
            half.extended();
        }
    }
    half
}

fn complaints(exchange: &Exchange) -> Vec<String> {
    let indexed = Indexed::new(exchange.clone());
    let mut tree = Tree::new();
    let opened = |number| indexed.open(number, &mut tree).expect("it is there").1;
    let problems = (0..indexed.index.len()).flat_map(opened);
    let bad = problems.filter(|problem| problem.severity >= Severity::Warning);
    bad.map(|problem| format!("{} {}", problem.rule, problem.message)).collect()
}

#[test]
fn server_halves_from_the_table_are_right_to_libpq() {
    let first = given("PGSCOPE_WALK_SEED", SEED);
    let count = given("PGSCOPE_HALVES", HALVES);
    let Some(python) = crate::libpq::python() else { return };
    let halves: Vec<Half> = (first..first + count).map(half).collect();
    let exchanges: Vec<Exchange> =
        halves.iter().map(|half| super::exchange("a half", &half.lines.join("\n"))).collect();
    let mut wrong = Vec::new();
    let (mut results, mut messages) = (0, 0);
    for from in (0..exchanges.len()).step_by(64) {
        let some = &exchanges[from..exchanges.len().min(from + 64)];
        let heard = libpq::libpq(&python, &some.iter().collect::<Vec<_>>());
        for (nth, heard) in heard.iter().enumerate() {
            let (half, exchange) = (&halves[from + nth], &some[nth]);
            let mut said = libpq::own_words(exchange, &heard.said);
            said.extend(complaints(exchange).into_iter().map(|found| format!("Pgscope: {found}")));
            let made = heard.results.iter().filter(|result| !result.starts_with(['b', '['])).filter(|r| !r.is_empty());
            let made: Vec<&str> = made.filter_map(|result| result.split(' ').next()).collect();
            (results, messages) = (results + made.len(), messages + half.lines.len());
            if !half.is_over && made != half.results {
                said.push(format!("results {made:?}, not {:?}", half.results));
            }
            if !said.is_empty() {
                wrong.push(format!(
                    "seed {}: {}\n{}",
                    first + (from + nth) as u64,
                    said.join("; "),
                    half.lines.join("\n")
                ));
            }
        }
    }
    eprintln!("{count} server halves from seed {first}: {messages} messages, {results} results");
    assert!(results as u64 > count, "{results} results");
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong[..wrong.len().min(5)].join("\n\n"));
}
