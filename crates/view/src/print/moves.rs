//! How the ends move from state to state: what a server does with what it reads, from the table of the conversation, and all
//! else as the shipped scenarios show it.

use std::sync::LazyLock;

use pgscope_proto::conversation::{CLIENT, Client, SERVER, Server, State};
use pgscope_proto::messages::ALL;
use pgscope_proto::{Direction, Message};
use pgscope_session::{Course, Ends};
use pgscope_sim::{Choices, Scenario, shipped};

use crate::Indexed;

/// One way from a state to a state, mostly another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    /// From where.
    pub(crate) from: Stands,
    /// Whether the end says the message, or has read it.
    pub(crate) is_said: bool,
    /// The message.
    pub(crate) message: &'static Message,
    /// To where.
    pub(crate) to: Stands,
    /// Whether it then owes an answer before it reads on.
    pub(crate) owes: bool,
}

/// What an end is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Client(Client),
    Server(Server),
}

impl Stands {
    /// All states: the client's, then the server's.
    pub(crate) fn all() -> impl Iterator<Item = Stands> {
        let clients = CLIENT.iter().map(|(client, _)| Stands::Client(*client));
        clients.chain(SERVER.iter().map(|(server, _)| Stands::Server(*server)))
    }

    /// Its description.
    pub(crate) fn state(self) -> &'static State {
        match self {
            Stands::Client(client) => client.state(),
            Stands::Server(server) => server.state(),
        }
    }

    /// Its name: two of the server's have the same.
    pub(crate) fn name(self) -> String {
        match self {
            Stands::Server(Server::CopyInExtended) => "copy in of an Execute".to_owned(),
            _ => self.state().name.to_owned(),
        }
    }

    /// Its id in links: `server-copy-in`.
    pub(crate) fn id(self) -> String {
        format!("{}-{}", self.end(), self.name().to_lowercase().replace(' ', "-"))
    }

    /// Whose it is, in the word of the pictures.
    pub(crate) fn end(self) -> &'static str {
        match self {
            Stands::Client(_) => "client",
            Stands::Server(_) => "server",
        }
    }
}

/// All steps that are known.
pub(crate) fn steps() -> &'static [Step] {
    static STEPS: LazyLock<Vec<Step>> = LazyLock::new(|| {
        let mut steps = Vec::new();
        shipped::ALL.iter().for_each(|scenario| watch(scenario.text, &mut steps));
        SERVER.iter().for_each(|(server, _)| read(*server, &mut steps));
        let place = |step: &Step| Stands::all().position(|one| one == step.to);
        steps.sort_by_key(|step| (step.is_said, place(step), ALL.iter().position(|known| **known == *step.message)));
        steps
    });
    &STEPS
}

/// What the table says of what a server in this state reads. Rows for everything else say nothing that is worth a line, and
/// what a server in this state does not read is left out.
fn read(server: Server, steps: &mut Vec<Step>) {
    use pgscope_proto::conversation::Reads;
    if server.state().reads != Reads::Message && server.state().reads != Reads::Packet {
        return;
    }
    for message in ALL.iter().copied().filter(|message| is_of_client(message)) {
        let is_packet = matches!(message.head, pgscope_proto::schema::Head::Startup(_));
        let is_proof = message.tag() == Some(b'p') && !matches!(server, Server::Password | Server::Sasl);
        if is_packet != (server.state().reads == Reads::Packet) || is_proof {
            continue;
        }
        let Some(row) = server.reads(message).filter(|row| !row.from.is_empty() || row.to.is_some()) else { continue };
        let to = row.to.unwrap_or(server);
        let (from, to) = (Stands::Server(server), Stands::Server(to));
        add(steps, Step { from, is_said: false, message, to, owes: row.owes });
    }
}

fn is_of_client(message: &Message) -> bool {
    use pgscope_proto::schema::Head;
    let is_whole = matches!(message.head, Head::Tag(_) | Head::Startup(_));
    is_whole && message.sender.allows(Direction::Frontend) && !message.field.id.contains("unknown")
}

fn watch(text: &str, steps: &mut Vec<Step>) {
    let Ok(scenario) = Scenario::read(text, &Choices::default()) else { return };
    // What comes of damage is no rule.
    for connection in scenario.play().connections {
        let indexed = Indexed::new(connection.exchange);
        let is_faulty = (0..indexed.index.len())
            .any(|number| indexed.index.entry(number).is_some_and(|entry| entry.fault.is_some()));
        if !is_faulty {
            follow(&indexed, steps);
        }
    }
}

fn follow(indexed: &Indexed, steps: &mut Vec<Step>) {
    let course = Course::new(&indexed.exchange, &indexed.index);
    let mut before = Ends::default();
    for number in 0..indexed.index.len() {
        let Some(entry) = indexed.index.entry(number) else { continue };
        let after = course.after(&indexed.exchange, &indexed.index, number);
        let client = (Stands::Client(before.client), Stands::Client(after.client));
        let server = (Stands::Server(before.server), Stands::Server(after.server));
        let step = |(from, to), is_said| Step { from, is_said, message: entry.message, to, owes: false };
        match entry.direction {
            Direction::Frontend => add(steps, step(client, true)),
            // What a server says may be behind requests that it has read since the last message.
            Direction::Backend => {
                add(steps, step(server, true));
                if client.0 != client.1 || before.client_waits() != pgscope_session::Waits::Not {
                    add(steps, step(client, false));
                }
            }
        }
        before = after;
    }
}

fn add(steps: &mut Vec<Step>, step: Step) {
    if !steps.contains(&step) {
        steps.push(step);
    }
}
