//! What one can be asked to try, as either end: judged by what was said, and by where the ends are then.

use pgscope_proto::conversation::{Client, Server};
use pgscope_proto::messages::{errors, simple_query};
use pgscope_proto::{Direction, read};
use pgscope_session::{Course, Ends, Entry};
use serde::{Deserialize, Serialize};

use crate::Indexed;

/// Something to try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mission {
    /// Its name in links and in what is remembered.
    pub id: String,
    /// What is to be done.
    pub title: String,
    /// A hint.
    pub hint: String,
    /// Whether it is done.
    pub is_done: bool,
}

struct Kind {
    id: &'static str,
    is_client: bool,
    title: &'static str,
    hint: &'static str,
    is_done: fn(&Scene) -> bool,
}

/// What was said, and where it led.
struct Scene<'a> {
    indexed: &'a Indexed,
    entries: Vec<Entry>,
    /// The ends after each message.
    ends: Vec<Ends>,
}

impl Scene<'_> {
    /// Whether a message of this name was said by that end.
    fn has(&self, side: Direction, id: &str) -> bool {
        self.entries.iter().any(|entry| entry.direction == side && entry.message.field.id == id)
    }

    /// What the ReadyForQuery messages say of the transaction.
    fn statuses(&self) -> impl Iterator<Item = u8> {
        let ready = self.entries.iter().filter(|entry| *entry.message == simple_query::READY_FOR_QUERY);
        ready.filter_map(|entry| read::first_byte(self.indexed.bytes(entry)))
    }

    /// Whether it is an error of this class.
    fn is_error(&self, entry: &Entry, class: &[u8]) -> bool {
        let code = || read::error_field(self.indexed.bytes(entry), b'C');
        *entry.message == errors::ERROR_RESPONSE && code().is_some_and(|code| code.starts_with(class))
    }

    fn fails_with(&self, class: &[u8]) -> bool {
        self.entries.iter().any(|entry| self.is_error(entry, class))
    }

    fn last(&self) -> Option<&Ends> {
        self.ends.last()
    }

    /// The ids of the messages, with who sent them, in order.
    fn ids(&self) -> impl Iterator<Item = (Direction, &'static str)> {
        self.entries.iter().map(|entry| (entry.direction, entry.message.field.id))
    }

    /// Whether the client asked for that in a Query or a Parse.
    fn has_asked_for(&self, word: &str) -> bool {
        let texts = self.entries.iter().filter(|entry| entry.direction == Direction::Frontend).filter_map(|entry| {
            let bytes = self.indexed.bytes(entry);
            match entry.message.field.id {
                "query" => read::first_text(bytes),
                "parse" => read::second_text(bytes),
                _ => None,
            }
        });
        texts.into_iter().any(|text| String::from_utf8_lossy(text).to_ascii_lowercase().contains(word))
    }
}

/// Whether that end has closed the connection.
pub fn is_closed(indexed: &Indexed, course: &Course, side: Direction) -> bool {
    let last = indexed.index.len().checked_sub(1).map(|last| course.after(&indexed.exchange, &indexed.index, last));
    last.is_some_and(|ends| match side {
        Direction::Frontend => ends.client == Client::Closed,
        Direction::Backend => ends.server == Server::Closed,
    })
}

const KINDS: &[Kind] = &[
    Kind {
        id: "let-in",
        is_client: true,
        title: "Get in",
        hint: "A client speaks first. user=alice needs no password, and the database is shop.",
        is_done: |scene| scene.statuses().next().is_some(),
    },
    Kind {
        id: "ask",
        is_client: true,
        title: "Ask for the fruit, and get rows",
        hint: "SELECT id, name FROM fruit, once you are let in.",
        is_done: |scene| {
            let has_rows = scene.has(Direction::Backend, "datarow") && scene.statuses().count() > 1;
            has_rows && scene.has_asked_for("fruit")
        },
    },
    Kind {
        id: "failed-transaction",
        is_client: true,
        title: "Make ReadyForQuery say E",
        hint: "BEGIN, and then something that fails.",
        is_done: |scene| scene.statuses().any(|status| status == b'E'),
    },
    Kind {
        id: "syntax",
        is_client: true,
        title: "Provoke an error of class 42, and stay in step",
        hint: "After the error, read up to ReadyForQuery, and ask again.",
        is_done: |scene| {
            let behind = scene.entries.iter().skip_while(|entry| !scene.is_error(entry, b"42"));
            let is_in_step = behind.into_iter().any(|entry| entry.message.field.id == "commandcomplete");
            is_in_step && scene.last().is_some_and(|ends| ends.server == Server::Idle)
        },
    },
    Kind {
        id: "prepared",
        is_client: true,
        title: "Run a prepared statement in five messages",
        hint: "Parse, Bind, Describe, Execute, Sync: answers come behind Sync.",
        is_done: |scene| {
            const FIVE: [&str; 5] = ["parse", "bind", "describe", "execute", "sync"];
            let asked: Vec<&str> =
                scene.ids().filter(|(side, _)| *side == Direction::Frontend).map(|(_, id)| id).collect();
            let behind = scene.ids().skip_while(|(_, id)| *id != "bindcomplete");
            asked.windows(FIVE.len()).any(|five| five == FIVE) && behind.into_iter().any(|(_, id)| id == "datarow")
        },
    },
    Kind {
        id: "deadlock",
        is_client: true,
        title: "Make both wait for ever",
        hint: "Something that the server answers into its buffer, and nothing that makes it send.",
        is_done: |scene| {
            scene.last().is_some_and(|ends| ends.server == Server::Extended && ends.client == Client::Busy)
        },
    },
    Kind {
        id: "skip",
        is_client: true,
        title: "Make the server skip until Sync",
        hint: "A step that fails, then steps that it throws away, then Sync.",
        is_done: |scene| {
            let skips = scene.ends.iter().any(|ends| ends.server == Server::Skipping);
            skips && scene.last().is_some_and(|ends| ends.server == Server::Idle)
        },
    },
    Kind {
        id: "cancel",
        is_client: true,
        title: "Cancel a query",
        hint: "sql SELECT pg_sleep(10), and while it runs, on a connection of its own, beside CancelRequest with what \
               BackendKeyData has told.",
        is_done: |scene| {
            let errors = scene.entries.iter().filter(|entry| *entry.message == errors::ERROR_RESPONSE);
            let mut words = errors.filter_map(|entry| read::error_field(scene.indexed.bytes(entry), b'M'));
            words.any(|words| words == b"canceling statement due to user request")
        },
    },
    Kind {
        id: "scram",
        is_client: true,
        title: "Get in with SCRAM by hand",
        hint: "startup carol shop; the password is secret. Name SCRAM-SHA-256 and a nonce of yours, and compute the proof with a \
               program of yours: the server's nonce and salt stay the same while you do.",
        is_done: |scene| scene.has(Direction::Backend, "authenticationsaslfinal") && scene.statuses().next().is_some(),
    },
    Kind {
        id: "half",
        is_client: true,
        title: "Say a message in two pieces",
        hint: "hex 53 00 00, and then hex 00 04: the server waits for the rest in between.",
        is_done: |scene| {
            let pieces = scene.indexed.exchange.segments.iter().filter(|piece| piece.direction == Direction::Frontend);
            let ends: Vec<usize> = pieces.map(|piece| piece.span.end).collect();
            let is_cut = |entry: &Entry| {
                entry.direction == Direction::Frontend
                    && entry.fault.is_none()
                    && ends.iter().any(|end| (entry.span.start + 1..entry.span.end).contains(end))
            };
            scene.entries.iter().any(is_cut)
        },
    },
    Kind {
        id: "nonsense",
        is_client: true,
        title: "Make the server hang up over your bytes",
        hint: "A type that there is not, or a length that cannot be.",
        is_done: |scene| {
            let is_polite = scene.has(Direction::Frontend, "terminate");
            // Whom it does not let in said what can be read.
            let is_turned_away = scene.has(Direction::Backend, "errorresponse") && !scene.fails_with(b"08");
            !is_polite && !is_turned_away && scene.last().is_some_and(|ends| ends.server == Server::Closed)
        },
    },
    Kind {
        id: "goodbye",
        is_client: true,
        title: "Say goodbye as one should",
        hint: "One message, and nothing comes back.",
        is_done: |scene| scene.has(Direction::Frontend, "terminate") && scene.statuses().next().is_some(),
    },
    Kind {
        id: "no-encryption",
        is_client: false,
        title: "Answer the question for encryption",
        hint: "One bare byte, and no message: hex 4e.",
        is_done: |scene| {
            let is_bare = scene.entries.iter().all(|entry| entry.fault.is_none());
            let is_answered = scene.has(Direction::Backend, "encryptionrefused");
            is_bare && is_answered && scene.has(Direction::Frontend, "startup")
        },
    },
    Kind {
        id: "welcome",
        is_client: false,
        title: "Let psql in",
        hint: "AuthenticationOk, settings as you like, BackendKeyData, ReadyForQuery idle.",
        is_done: |scene| scene.has(Direction::Frontend, "query"),
    },
    Kind {
        id: "answer",
        is_client: false,
        title: "Answer its query, and be left in peace",
        hint: "RowDescription, DataRow, CommandComplete, ReadyForQuery.",
        is_done: |scene| {
            let asked = scene.has(Direction::Frontend, "query") && scene.has(Direction::Frontend, "terminate");
            asked && scene.has(Direction::Backend, "commandcomplete")
        },
    },
    Kind {
        id: "refuse",
        is_client: false,
        title: "Turn the client away with an error",
        hint: "An ErrorResponse that is FATAL in place of AuthenticationOk.",
        is_done: |scene| {
            scene.has(Direction::Backend, "errorresponse")
                && !scene.has(Direction::Backend, "authenticationok")
                && scene.last().is_some_and(|ends| ends.client == Client::Closed)
        },
    },
];

/// All that can be tried as that end, and what of it is done.
pub fn missions(indexed: &Indexed, course: &Course, is_client: bool) -> Vec<Mission> {
    let numbers = 0..indexed.index.len();
    let entries = numbers.clone().filter_map(|number| indexed.index.entry(number)).collect();
    let ends = numbers.map(|number| course.after(&indexed.exchange, &indexed.index, number)).collect();
    let scene = Scene { indexed, entries, ends };
    let told = |kind: &Kind| Mission {
        id: kind.id.to_owned(),
        title: kind.title.to_owned(),
        hint: kind.hint.to_owned(),
        is_done: (kind.is_done)(&scene),
    };
    KINDS.iter().filter(|kind| kind.is_client == is_client).map(told).collect()
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use pgscope_proto::Exchange;

    use super::*;
    use crate::talk::talk;

    const WORLD: &str = include_str!("../../../../web/talk/peer.scenario");

    /// A way to do each mission, which does it; and nothing is done before anything was said.
    #[test]
    fn each_can_be_done() {
        /// A login by SCRAM, with the proof computed from what the server says.
        fn by_hand(said: &dyn Fn(&str) -> Exchange) -> String {
            let mut scram = pgscope_sim::ClientScram::new("secret", "", "rOprNGfwEbeRWgbNEkqO", "n,,");
            let begin =
                format!("startup carol shop\nSASLInitialResponse SCRAM-SHA-256 initial_response=\"{}\"", scram.first());
            let bytes = said(&begin).streams[1].bytes.clone();
            // Behind AuthenticationSASL: tag, length and code.
            let first = 1 + u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
            let proof = scram.last(&bytes[first + 9..]).unwrap();
            format!("{begin}\nSASLResponse mechanism_data=\"{proof}\"")
        }

        /// The key that the server told.
        fn key(exchange: &Exchange) -> String {
            let bytes = &exchange.streams[1].bytes;
            let at = bytes.windows(5).position(|bytes| bytes == b"K\0\0\0\x0c").unwrap();
            bytes[at + 9..at + 13].iter().map(|byte| format!("{byte:02x}")).collect()
        }

        /// What was said is a scenario that plays to the same bytes, piece by piece.
        fn plays_again(said: &[Exchange], is_client: bool) {
            let side = if is_client { Direction::Frontend } else { Direction::Backend };
            let says = crate::talk::says(&said.iter().collect::<Vec<_>>(), side);
            if !says.contains("says") {
                return;
            }
            let text = crate::talk::scenario(WORLD, is_client, &says);
            let played = crate::play(&text, "", Vec::new()).expect(&text);
            assert_eq!(played.exchanges, said, "{text}");
        }

        let begin = "startup alice shop\n";
        let exchange = |is_client, script: &str| {
            let performance = talk(WORLD, is_client, script).expect(script);
            performance.exchanges
        };
        let scram = by_hand(&|script| exchange(true, script).swap_remove(0));
        let ways: &[(&str, &str)] = &[
            ("let-in", ""),
            ("ask", "sql SELECT id, name FROM fruit"),
            ("failed-transaction", "sql BEGIN\nsql SELECT 1/0"),
            ("syntax", "sql SELEC 1\nsql SELECT 1"),
            ("prepared", "Parse f \"SELECT id, name FROM fruit\"\nBind statement=f\nDescribe portal\nExecute\nSync"),
            ("deadlock", "Parse f \"SELECT id, name FROM fruit\"\nBind statement=f\nExecute"),
            ("skip", "Parse f \"SELEC 1\"\nBind statement=f\nExecute\nSync"),
            (
                "cancel",
                "sql SELECT pg_sleep(10)\nbeside CancelRequest request_code=80877102 process_id=4711 secret_key=\\xKEY",
            ),
            ("scram", &scram),
            ("half", "hex 53 00 00\nhex 00 04"),
            ("nonsense", "hex 51 00 00 00 00"),
            ("goodbye", "Terminate"),
            ("no-encryption", "hex 4e"),
            ("welcome", "hex 4e\nAuthenticationOk\nReadyForQuery idle"),
            (
                "answer",
                "hex 4e\nAuthenticationOk\nReadyForQuery idle\nCommandComplete \"SELECT 0\"\nReadyForQuery idle",
            ),
            ("refuse", "hex 4e\nErrorResponse [(S FATAL) (C 28000) (M \"not you\")]"),
        ];
        assert_eq!(ways.len(), KINDS.len());
        for (kind, (id, way)) in KINDS.iter().zip(ways) {
            assert_eq!(kind.id, *id);
            let done = |script: &str| {
                let said = exchange(kind.is_client, script);
                plays_again(&said, kind.is_client);
                let indexed = Indexed::new(said[0].clone());
                let course = Course::new(&indexed.exchange, &indexed.index);
                let all = missions(&indexed, &course, kind.is_client);
                all.into_iter().find(|mission| mission.id == *id).is_some_and(|mission| mission.is_done)
            };
            let begins = kind.is_client && !way.starts_with("startup");
            let script = if begins { [begin, way].concat() } else { (*way).to_owned() };
            // The key as BackendKeyData tells it.
            let script = script.replace("KEY", &key(&exchange(true, begin)[0]));
            assert!(done(&script), "{id}: {script}");
            assert!(!done(""), "{id} is done before anything is said");
        }
    }

    /// What looks like it and is something else does none of them.
    #[test]
    fn none_is_done_by_something_else() {
        let of = |script: &str| {
            let indexed = Indexed::new(talk(WORLD, true, script).expect(script).exchanges.swap_remove(0));
            let course = Course::new(&indexed.exchange, &indexed.index);
            (missions(&indexed, &course, true), is_closed(&indexed, &course, Direction::Backend))
        };
        let others: &[(&str, &str)] = &[
            ("ask", "sql SELECT 1"),
            ("syntax", "sql SELEC 1"),
            ("syntax", "sql SELECT 1/0\nsql SELECT 1\nsql SELEC 1"),
            ("prepared", "Parse f \"SELECT 1\"\nBind statement=f\nSync\nsql SELECT id, name FROM fruit"),
            ("nonsense", "Terminate"),
            ("goodbye", "sql SELECT 1"),
        ];
        for (id, way) in others {
            let script = ["startup alice shop\n", way].concat();
            let (all, _) = of(&script);
            assert!(all.into_iter().any(|mission| mission.id == *id && !mission.is_done), "{id}: {script}");
        }
        let (all, is_closed) = of("startup nobody shop");
        assert!(is_closed && all.iter().all(|mission| !mission.is_done), "{all:?}");
    }
}
