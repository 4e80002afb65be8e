//! The words for what the follower noted.

use pgscope_proto::conversation::{Asks, GRAMMAR};
use pgscope_proto::messages::{authentication, copy, errors, simple_query};
use pgscope_proto::schema::Head;
use pgscope_proto::{Closing, Direction, Problem, Span};

use super::{Case, awaited, head, linked, misplaced};
use crate::follow::{Broken, Letters, NONE, Noted};

/// How long the header of a message is.
const HEADER: usize = 5;

pub(super) fn told(case: &Case, noted: &Noted) -> Problem {
    let (rule, message, expected) = words(case, noted);
    let problem = Problem::error(rule, place(case, noted), message, expected);
    let problem = if noted.is_certain { problem } else { problem.note() };
    mended(linked(problem, case, noted), case, noted)
}

fn words(case: &Case, noted: &Noted) -> (&'static str, String, String) {
    let name = case.entry.message.name();
    let expected = awaited(case, noted);
    let asked = case.index.asked(noted.because as usize);
    let letters = Letters::named(noted.detail);
    let count = noted.detail;
    match noted.broken {
        Broken::Misplaced if GRAMMAR.messages(noted.awaited) == [&errors::ERROR_RESPONSE] => {
            ("L65", format!("{name} answers a COPY that the client gave up with CopyFail: the client believes that nothing of it is stored, and is told that all is well"), expected)
        }
        Broken::Misplaced if asked == Some(Asks::Cancel) => {
            ("L42", format!("{name} answers a CancelRequest: a server says nothing to it, whether the key was right or not, and closes"), "the end of the connection".to_owned())
        }
        Broken::Misplaced if is_encryption(asked) && !matches!(case.entry.message.head, Head::Reply(_)) => {
            let request = asked.map_or("", |asks| asks.request().name);
            ("L09", format!("{name} answers {request}: that is answered by one bare byte, and the server seems to have taken it for a StartupMessage. libpq says “received invalid response to SSL negotiation”"), expected)
        }
        Broken::LeftOut if is_encryption(asked) => {
            let request = asked.map_or("", |asks| asks.request().name);
            ("L08", format!("{name} answers what came later: {request} got no answer, and a client waits for that before it says anything else"), expected)
        }
        Broken::Misplaced => {
            let row = misplaced::of(case.entry.message, asked);
            (row.rule, format!("{name} may not come here: {}", row.words), expected)
        }
        Broken::LeftOut => {
            let many = if count & 0xffff == 1 { "an answer was".to_owned() } else { format!("{} answers were", count & 0xffff) };
            ("L57", format!("{name} answers a later request: {many} left out before it, and a client takes each later answer for another"), expected)
        }
        Broken::NotReady => {
            ("L21", format!("{name} answers the next request, but the round before it was not ended by ReadyForQuery: a client waits for that, and psql hangs"), expected)
        }
        Broken::EarlyReady if GRAMMAR.messages(noted.awaited).contains(&&authentication::AUTHENTICATION_OK) => {
            ("L61", format!("{name} comes before AuthenticationOk: libpq says “expected authentication request from server”"), expected)
        }
        Broken::EarlyReady => {
            ("L57", "ReadyForQuery comes before everything that was asked is answered: a client believes that the rest will not come".to_owned(), expected)
        }
        Broken::ReadyAgain => {
            ("L23", "a second ReadyForQuery for one request: each Query and each Sync is answered by exactly one, and a client takes this one for the answer to what it asks next".to_owned(), expected)
        }
        Broken::ReadyBetween => {
            ("L23", "ReadyForQuery comes before the answers to the rest of the text: a Query with several statements is answered by exactly one, behind the last, and a client takes what follows for answers to what it asks next".to_owned(), "the results of the other statements, then ReadyForQuery".to_owned())
        }
        Broken::ReadyWithoutSync => {
            ("L22", "one ReadyForQuery too many behind an error: in the extended protocol it waits for the client's Sync, and answers that alone".to_owned(), "nothing, until the client's Sync".to_owned())
        }
        Broken::BehindError if matches!(asked, Some(Asks::Query | Asks::FunctionCall)) => {
            ("L21", format!("{name} comes where the ReadyForQuery is due that ends a failed {}: an error is the end of all its answer, and a client waits for ReadyForQuery behind it", asked.map_or("", |asks| asks.request().name)), expected)
        }
        Broken::BehindError => {
            ("L22", format!("{name} comes between an error and the ReadyForQuery of its round: after an error everything up to Sync is thrown away, and nothing of it is answered"), expected)
        }
        Broken::Unasked => ("L56", format!("{name} comes while nothing is asked: libpq prints that it “arrived from server while idle”"), expected),
        Broken::Status => {
            let why = match letters {
                "T" => "a transaction block is open",
                "E" => "the transaction block failed",
                _ => "no transaction block is open",
            };
            ("L43", format!("the status says {}, but {why}", letter(case)), letters.to_owned())
        }
        Broken::BeyondLimit => {
            ("L55", format!("Execute asked for {} at most, and here is one more", rows(count)), "PortalSuspended".to_owned())
        }
        Broken::NotSuspended => {
            ("L55", format!("the limit of {} was reached: whether there are more is found out by the next Execute", rows(count)), "PortalSuspended".to_owned())
        }
        Broken::Suspended if count == 0 => {
            ("L34", "PortalSuspended, but Execute set no limit: all rows were asked for".to_owned(), "CommandComplete".to_owned())
        }
        Broken::Suspended => {
            ("L34", format!("PortalSuspended comes before the limit of {} was reached", rows(count)), "DataRow or CommandComplete".to_owned())
        }
        Broken::CountOfRows => {
            ("L44", format!("the tag does not count what came: here came {}", rows(count)), format!("SELECT {count}"))
        }
        Broken::BehindEnd if count == 1 => {
            ("L62", format!("{name} comes behind an error that ends the connection: nobody reads it"), "the end of the connection".to_owned())
        }
        Broken::BehindEnd => {
            ("L62", format!("{name} comes behind the end of the conversation: the server does not read it"), "the end of the connection".to_owned())
        }
        Broken::BeforeLetIn => {
            ("L61", format!("{name} comes before AuthenticationOk: libpq says “expected authentication request from server”"), expected)
        }
        Broken::NoProof => {
            ("L17", format!("{name} comes where the server waits for an answer to its authentication request: it ends the connection"), expected)
        }
        Broken::Stuffed => {
            ("L10", format!("{name} was sent before the server answered the request for encryption: a server says “received unencrypted data after SSL request”, since anybody on the way could have put it there"), expected)
        }
        Broken::InCopy => {
            let rule = if awaits_fail(noted) { "L52" } else { "L49" };
            (rule, format!("{name} comes inside a COPY: the server takes it for an error and ends the COPY"), expected)
        }
        Broken::NoCopyResponse => {
            ("L57", "the client has sent data and this ends the COPY, but no CopyInResponse has asked for them: most clients wait for that before they send".to_owned(), "CopyInResponse before it".to_owned())
        }
        Broken::RowsWithoutData => {
            ("L25", "a row, though the answer to Describe said that there are none: libpq says “server sent data (\"D\" message) without prior row description”".to_owned(), "CommandComplete, or a RowDescription in place of NoData".to_owned())
        }
        Broken::Outlived => {
            ("L34", "the portal went with its transaction, which ended before this: the server says “portal does not exist” (34000)".to_owned(), "Bind again, or BEGIN before the first".to_owned())
        }
        Broken::Unfinished if count == 0 => {
            ("L54", "the recording ends, and nothing was pushed: behind a batch without Sync or Flush the server keeps its answers, and both ends wait for ever".to_owned(), "Sync or Flush of the client".to_owned())
        }
        Broken::Unfinished if GRAMMAR.messages(noted.awaited).iter().all(|message| **message == simple_query::READY_FOR_QUERY) => {
            ("L21", "the recording ends before the ReadyForQuery that the client waits for".to_owned(), expected)
        }
        Broken::Unfinished => {
            let who = if GRAMMAR.said_by(Direction::Backend, noted.awaited) == 0 { "the client" } else { "the server" };
            let end = match case.exchange.closing() {
                Closing { reset: Some(one), .. } => {
                    format!("the {} broke the connection off here, and it was {who}'s turn", one.end())
                }
                Closing { first: Some(one), is_over: true, .. } => {
                    format!("the {} closed the connection here, and it was {who}'s turn", one.end())
                }
                Closing { is_over: true, .. } => {
                    format!("the connection was closed here, and it was {who}'s turn")
                }
                Closing { first: Some(one), .. } if who.ends_with(one.end()) => {
                    format!("{who} has closed its side here, and it was its turn")
                }
                Closing { .. } => format!("the recording ends here, and it is {who}'s turn"),
            };
            ("D07", end, expected)
        }
        Broken::UnaskedProof => {
            ("L63", format!("{name} comes though no authentication is under way: the server ends the connection"), "a request".to_owned())
        }
    }
}

/// Whether somebody asked for encryption.
fn is_encryption(asked: Option<Asks>) -> bool {
    matches!(asked, Some(Asks::Tls | Asks::Gss))
}

fn awaits_fail(noted: &Noted) -> bool {
    GRAMMAR.takes(Direction::Frontend, &copy::COPY_FAIL) & noted.awaited != 0
}

fn rows(count: u32) -> String {
    if count == 1 { "1 row".to_owned() } else { format!("{count} rows") }
}

fn letter(case: &Case) -> char {
    case.bytes.get(HEADER).map_or('?', |letter| *letter as char)
}

/// Which bytes the finding is about.
fn place(case: &Case, noted: &Noted) -> Span {
    match noted.broken {
        Broken::Status => Span::new(HEADER, HEADER + 1),
        Broken::CountOfRows => Span::new(HEADER, case.bytes.len().max(HEADER)),
        _ => head(case.bytes),
    }
}

/// What mends it, where that can be computed: what was left out is put in, what is too much is taken out.
fn mended(problem: Problem, case: &Case, noted: &Noted) -> Problem {
    let whole = Span::new(0, case.bytes.len());
    let letters = Letters::named(noted.detail >> 16);
    match noted.broken {
        Broken::Status if matches!(Letters::named(noted.detail), "I" | "T" | "E") => {
            let letter = Letters::named(noted.detail);
            problem.fix(format!("write {letter}"), Span::new(HEADER, HEADER + 1), letter.as_bytes())
        }
        Broken::NotReady if letters.len() == 1 => {
            let ready = [b"Z\0\0\0\x05".as_slice(), letters.as_bytes()].concat();
            problem.fix(format!("put ReadyForQuery with {letters} before it"), Span::new(0, 0), ready)
        }
        Broken::LeftOut if noted.detail & 0xffff == 1 => match bodyless(case, noted) {
            Some((name, bytes)) => problem.fix(format!("put {name} before it"), Span::new(0, 0), bytes),
            None => problem,
        },
        Broken::ReadyAgain | Broken::ReadyBetween | Broken::ReadyWithoutSync => problem.fix("take it out", whole, []),
        Broken::Misplaced if problem.rule == "L27" && case.bytes.first() == Some(&b't') => {
            problem.fix("take it out", whole, [])
        }
        _ => problem,
    }
}

/// The answer that was left out, if it is one message without a body.
fn bodyless(case: &Case, noted: &Noted) -> Option<(&'static str, Vec<u8>)> {
    let (name, tag) = match case.index.asked(noted.because as usize).filter(|_| noted.because != NONE)? {
        Asks::Parse => ("ParseComplete", b'1'),
        Asks::Bind => ("BindComplete", b'2'),
        Asks::Close => ("CloseComplete", b'3'),
        _ => return None,
    };
    Some((name, vec![tag, 0, 0, 0, 4]))
}
