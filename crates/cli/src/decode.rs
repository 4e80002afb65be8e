//! `pgscope decode`: bytes in, messages out.

use std::io::{IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture, Form, Options};
use pgscope_view::print::{self, Colour, json, pqtrace};
use pgscope_view::proto::{Beginning, Direction, Tree};

use crate::password::{Given, Password};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files to read; `-` or none reads standard input
    files: Vec<PathBuf>,
    /// The form of the input, where its recognition is wrong: `--from list` names all forms
    #[arg(long, value_name = "FORM")]
    from: Option<String>,
    /// Raw bytes that the client sent, to be read together with --backend
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from", "direction"])]
    frontend: Option<PathBuf>,
    /// Raw bytes that the server sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from", "direction"])]
    backend: Option<PathBuf>,
    /// Who sent the bytes, where the input does not say it
    #[arg(long)]
    direction: Option<Side>,
    /// Where in a connection's life the bytes begin, where they do not show it
    #[arg(long, value_name = "WHERE", value_parser = beginning)]
    begins: Option<Beginning>,
    /// How to print
    #[arg(long, value_enum, default_value_t = Format::Tree)]
    format: Format,
    /// Whose dialect of PQtrace, for --format pqtrace
    #[arg(long, value_enum, default_value_t = Dialect::V18)]
    libpq: Dialect,
    /// When to use colour
    #[arg(long, value_enum, default_value_t = When::Auto)]
    color: When,
    #[command(flatten)]
    password: Given,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Frontend,
    Backend,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Every message with its bytes and fields, for people
    Tree,
    /// One line a message
    List,
    /// For programs: an array of messages
    Json,
    /// The grammar of libpq's PQtrace, without timestamps
    Pqtrace,
}

#[derive(Clone, Copy, ValueEnum)]
enum Dialect {
    #[value(name = "15")]
    V15,
    #[value(name = "18")]
    V18,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.from.as_deref() == Some("list") {
        list_forms();
        return Ok(ExitCode::SUCCESS);
    }
    let captures = captures(arguments)?;
    let mut found = Found::default();
    let mut out = Output::new(arguments, arguments.password.read()?);
    for (name, capture) in captures {
        report_input(&name, &capture);
        found.input_problems += capture.problems.len();
        for exchange in capture.exchanges {
            let indexed = Indexed::new(exchange);
            found.problems += out.exchange(&indexed);
            found.messages += indexed.index.len();
        }
    }
    out.finish();
    out.password.as_ref().inspect(|password| password.finish());
    found.status()
}

fn beginning(id: &str) -> Result<Beginning, String> {
    let known = Beginning::ALL.map(Beginning::id).join(", ");
    Beginning::from_id(id).ok_or_else(|| format!("known are {known}"))
}

#[derive(Default)]
struct Found {
    messages: usize,
    problems: usize,
    input_problems: usize,
}

impl Found {
    fn status(&self) -> Result<ExitCode, String> {
        match self {
            Found { messages: 0, .. } => Err("there are no bytes in the input".to_owned()),
            Found { problems: 0, input_problems: 0, .. } => Ok(ExitCode::SUCCESS),
            _ => Ok(ExitCode::from(1)),
        }
    }
}

fn list_forms() {
    for form in Form::ALL {
        println!("{:<18} {}", form.id(), form.doc());
    }
}

fn captures(arguments: &Arguments) -> Result<Vec<(String, Capture)>, String> {
    if arguments.frontend.is_some() || arguments.backend.is_some() {
        let frontend = arguments.frontend.as_deref().map(read).transpose()?.unwrap_or_default();
        let backend = arguments.backend.as_deref().map(read).transpose()?.unwrap_or_default();
        return Ok(vec![("input".to_owned(), capture::read_two(&frontend, &backend))]);
    }
    let direction = arguments.direction.map(Side::direction);
    let beginning = arguments.begins.unwrap_or_default();
    let options = Options { form: form(arguments)?, direction, beginning };
    let files = if arguments.files.is_empty() { vec![PathBuf::from("-")] } else { arguments.files.clone() };
    files.iter().map(|file| Ok((file.display().to_string(), capture::read(&read(file)?, &options)))).collect()
}

impl Side {
    fn direction(self) -> Direction {
        match self {
            Side::Frontend => Direction::Frontend,
            Side::Backend => Direction::Backend,
        }
    }
}

fn form(arguments: &Arguments) -> Result<Option<Form>, String> {
    let Some(id) = &arguments.from else { return Ok(None) };
    let known = Form::from_id(id);
    let names = || Form::ALL.iter().map(|form| form.id()).collect::<Vec<_>>().join(", ");
    known.map(Some).ok_or_else(|| format!("there is no form {id}; known are {}", names()))
}

fn read(file: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| format!("{} cannot be read: {error}", file.display()))
}

/// What was recognised, and what could not be read, on standard error: beside the result, not in it.
fn report_input(name: &str, capture: &Capture) {
    let guessed = if capture.guessed { " (recognised)" } else { "" };
    if std::io::stderr().is_terminal() {
        eprintln!("pgscope: {name} is {}{guessed}: {}", capture.form.name(), capture.reason);
    }
    for problem in &capture.problems {
        eprintln!("pgscope: {name}: {problem}");
    }
}

/// Where the result goes.
struct Output {
    format: Format,
    libpq: pqtrace::Libpq,
    colour: Colour,
    is_first: bool,
    /// How many messages of earlier connections were printed: in JSON all are numbered in one row.
    printed: usize,
    /// What logins are computed anew with.
    password: Option<Password>,
}

impl Output {
    fn new(arguments: &Arguments, password: Option<Password>) -> Self {
        let terminal = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let colour = match arguments.color {
            When::Always => Colour::Ansi,
            When::Auto if terminal => Colour::Ansi,
            _ => Colour::Never,
        };
        let libpq = match arguments.libpq {
            Dialect::V15 => pqtrace::Libpq::V15,
            Dialect::V18 => pqtrace::Libpq::V18,
        };
        Self { format: arguments.format, libpq, colour, is_first: true, printed: 0, password }
    }

    /// Prints an exchange and counts its problems.
    fn exchange(&mut self, indexed: &Indexed) -> usize {
        self.remark(indexed);
        let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
        let mut tree = Tree::new();
        let checked = self.password.as_mut().map(|password| password.check(indexed)).unwrap_or_default();
        let mut problems = checked.iter().filter(|checked| checked.is_wrong()).count();
        for number in 0..indexed.index.len() {
            let Some((entry, found)) = indexed.open(number, &mut tree) else { break };
            problems += found.len();
            let ended = checked.iter().find(|checked| checked.last() == Some(number));
            let proof = ended.map(|checked| print::proof_of(checked, self.colour)).unwrap_or_default();
            let text = match self.format {
                Format::Tree => {
                    let mut text = print::tree_of(indexed, &entry, &tree, &found, self.colour);
                    // Before the empty line at its end.
                    text.pop();
                    text + &proof + "\n"
                }
                Format::List => print::list_of(indexed, &entry, &tree, &found, self.colour) + &proof,
                Format::Json => {
                    let checked = ended.map(|checked| json::checked(indexed, checked));
                    let message = json::message(indexed, &entry, &tree, found);
                    self.json(&json::Message { checked, ..message }.behind(self.printed))
                }
                Format::Pqtrace => {
                    let phase = indexed.index.phase(number);
                    pqtrace::line(&entry, phase, &tree, indexed.bytes(&entry), self.libpq) + "\n"
                }
            };
            self.is_first = false;
            // A closed pipe is how `head` says that it has seen enough.
            if stdout.write_all(text.as_bytes()).is_err() {
                break;
            }
        }
        self.printed += indexed.index.len();
        problems
    }

    fn json(&self, message: &json::Message) -> String {
        let text = serde_json::to_string(message).unwrap_or_default();
        if self.is_first { format!("[\n{text}") } else { format!(",\n{text}") }
    }

    /// What was inferred is said.
    fn remark(&self, indexed: &Indexed) {
        if let Some(sides) = indexed.guess.sides.filter(|sides| !sides.said) {
            let [frontend, backend] = sides.scores.map(|score| (score * 100.0).round());
            eprintln!(
                "pgscope: who sent this is a guess: {} (it reads to {frontend} % well as the frontend's, to {backend} % as the backend's); --direction says it",
                sides.taken.name()
            );
        }
        let beginning = indexed.guess.beginning.filter(|one| !one.said && one.taken != Beginning::Queries);
        if let Some(beginning) = beginning.filter(|one| one.taken != Beginning::Start) {
            let id = beginning.taken.id();
            eprintln!("pgscope: where this begins in the life of a connection is a guess: {id}; --begins says it");
        }
        if indexed.index.order_is_inferred {
            eprintln!("pgscope: the order of the two streams is inferred from who waits for whom");
        }
    }

    fn finish(&self) {
        if self.format == Format::Json {
            println!("{}", if self.is_first { "[]" } else { "\n]" });
        }
    }
}
