//! The forms in which messages are handed on, as data: what a person chooses from, in the command and in the page.

use pgscope_proto::Tree;

use super::{Run, bytes, exchange, fixture, markdown};
use crate::Indexed;
use crate::overview::Overview;
use crate::print::messages::{csv_head, csv_line};
use crate::print::sequence::{Theme, html, html_page, mermaid, plantuml, svg};
use crate::print::{self, Colour, json, pcapng};
use crate::sequence::{Choice, Sequence};

/// A form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// How it is called in options.
    pub id: &'static str,
    /// How a person calls it.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// How the name of a file of it ends.
    pub extension: &'static str,
    /// To which kind it belongs.
    pub kind: Kind,
}

/// A kind of forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The bytes, for a program or a text.
    Bytes,
    /// What they say, for people and programs.
    Words,
    /// For other tools.
    Tools,
    /// A test, which says what the client said and expects what the server said.
    Test,
    /// A picture, as [`crate::sequence`] lays it out.
    Picture,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 5] = [Kind::Bytes, Kind::Words, Kind::Tools, Kind::Test, Kind::Picture];

    /// How a person calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Bytes => "Bytes",
            Kind::Words => "Words",
            Kind::Tools => "Other tools",
            Kind::Test => "A test",
            Kind::Picture => "A picture",
        }
    }
}

const fn form(kind: Kind, id: &'static str, extension: &'static str, name: &'static str, about: &'static str) -> Form {
    Form { id, name, about, extension, kind }
}

/// All of them.
pub const FORMS: [Form; 29] = [
    form(Kind::Bytes, "hex", "txt", "hex", "Hex digits; what both ends say with F: and B: before it"),
    form(Kind::Bytes, "base64", "txt", "base64", "Base64"),
    form(Kind::Bytes, "xxd", "txt", "xxd", "As xxd prints it"),
    form(Kind::Bytes, "escaped", "txt", "escaped string", "A string with escapes"),
    form(Kind::Bytes, "bytea", "sql", "bytea of SQL", "A literal of SQL's bytea"),
    form(Kind::Bytes, "c", "c", "C", "An array in C"),
    form(Kind::Bytes, "rust", "rs", "Rust", "A constant in Rust"),
    form(Kind::Bytes, "go", "go", "Go", "A slice in Go"),
    form(Kind::Bytes, "python", "py", "Python", "A bytes literal in Python"),
    form(Kind::Bytes, "java", "java", "Java", "An array in Java"),
    form(Kind::Bytes, "javascript", "js", "JavaScript", "A Uint8Array in JavaScript"),
    form(Kind::Bytes, "csharp", "cs", "C#", "An array in C#"),
    form(Kind::Bytes, "zig", "zig", "Zig", "An array in Zig"),
    form(Kind::Bytes, "raw", "bin", "the bytes themselves", "The bytes themselves"),
    form(Kind::Words, "text", "txt", "text", "Every message with its bytes and fields, as decode prints it"),
    form(Kind::Words, "markdown", "md", "Markdown", "Every message as a table of its fields"),
    form(Kind::Words, "json", "json", "JSON", "Every message for programs, as decode prints it"),
    form(Kind::Words, "jsonl", "jsonl", "JSON Lines", "The same objects, one on each line"),
    form(Kind::Words, "csv", "csv", "CSV", "A line for each message, for spreadsheets"),
    form(Kind::Tools, "pcapng", "pcapng", "capture file", "A capture file, which Wireshark opens"),
    form(Kind::Tools, "scenario", "scenario", "scenario", "A scenario, which `simulate` plays to the same messages"),
    form(
        Kind::Test,
        "fixture-rust",
        "rs",
        "test in Rust",
        "A test in Rust that says the client's bytes to a server and expects the server's messages",
    ),
    form(Kind::Test, "fixture-go", "go", "test in Go", "The same in Go"),
    form(Kind::Test, "fixture-python", "py", "test in Python", "The same in Python"),
    form(Kind::Test, "fixture-javascript", "mjs", "test in JavaScript", "The same in JavaScript, for Node"),
    form(Kind::Picture, "svg", "svg", "SVG", "The diagram, which Pgscope opens again"),
    form(Kind::Picture, "html", "html", "HTML", "A page without scripts, with every byte"),
    form(Kind::Picture, "mermaid", "mmd", "Mermaid", "Text from which Mermaid draws the diagram"),
    form(Kind::Picture, "plantuml", "puml", "PlantUML", "Text from which PlantUML draws the diagram"),
];

impl Form {
    /// The form with this id.
    pub fn of(id: &str) -> Option<&'static Form> {
        FORMS.iter().find(|form| form.id == id)
    }

    /// Whether it is text.
    pub fn is_text(&self) -> bool {
        !matches!(self.id, "raw" | "pcapng")
    }

    /// Whether it is played before it is given away: a build without the simulator has that done elsewhere.
    pub fn is_played(&self) -> bool {
        self.id == "scenario"
    }
}

/// Some messages of an exchange in the form with this id, of Markdown only the part with the path `field`. Without the simulator a
/// scenario is not played yet: [`Form::is_played`].
///
/// # Errors
///
/// Why it cannot be had, as a person is told.
pub fn made(indexed: &Indexed, runs: &[Run], form: &str, field: Option<&str>) -> Result<Vec<u8>, String> {
    let numbers = || runs.iter().flat_map(|run| run.messages.iter().copied());
    let text = match form {
        "raw" => return Ok(runs.iter().flat_map(|run| run.bytes.clone()).collect()),
        "pcapng" => return Ok(pcapng::file(&[&exchange(indexed, runs)])),
        "scenario" => scenario(indexed, numbers().count())?,
        "text" | "json" | "jsonl" | "csv" => decoded(indexed, numbers(), form),
        "markdown" => {
            let tables: Vec<String> = numbers().filter_map(|number| markdown(indexed, number, field)).collect();
            if tables.is_empty() {
                return Err(format!("no message has a field {}", field.unwrap_or_default()));
            }
            tables.join("\n")
        }
        _ => match (form.strip_prefix("fixture-"), Form::of(form).map(|form| form.kind)) {
            (Some(language), _) => fixture(indexed, runs, language)?,
            (None, Some(Kind::Picture)) => picture(indexed, runs, form)?,
            _ => bytes(indexed, runs, form)?,
        },
    };
    Ok(text.into_bytes())
}

fn scenario(indexed: &Indexed, count: usize) -> Result<String, String> {
    #[cfg(feature = "sim")]
    use super::scenario::scenario;
    #[cfg(not(feature = "sim"))]
    use super::scenario::unplayed as scenario;
    match count == indexed.index.len() {
        true => scenario(indexed),
        false => Err("a scenario is of a whole exchange: no message may be left out".to_owned()),
    }
}

fn decoded(indexed: &Indexed, numbers: impl Iterator<Item = usize>, form: &str) -> String {
    let mut tree = Tree::new();
    let mut overview = Overview::default();
    if form == "csv" {
        // Times are found by it.
        overview.add(0, &indexed.exchange, &indexed.index);
    }
    let seen = |number| overview.survey(0)?.seen_us(&indexed.exchange, &indexed.index, number);
    let mut all = Vec::new();
    for number in numbers {
        let Some((entry, problems)) = indexed.open(number, &mut tree) else { break };
        all.push(match form {
            "text" => print::tree_of(indexed, &entry, &tree, &problems, Colour::Never),
            "csv" => "1,".to_owned() + &csv_line(indexed, seen(number), &entry, &tree, &problems),
            _ => serde_json::to_string(&json::message(indexed, &entry, &tree, problems)).unwrap_or_default(),
        });
    }
    match form {
        "json" => format!("[\n{}\n]\n", all.join(",\n")),
        "jsonl" => all.into_iter().map(|line| line + "\n").collect(),
        "csv" => csv_head() + &all.concat(),
        _ => all.concat(),
    }
}

fn picture(indexed: &Indexed, runs: &[Run], form: &str) -> Result<String, String> {
    const TITLE: &str = "An exchange";
    let drawn = Indexed::new(exchange(indexed, runs));
    let sequence = Sequence::of(&[&drawn], &Choice::default()).map_err(|error| error.to_string())?;
    Ok(match form {
        "svg" => svg(&sequence, TITLE, &bytes(indexed, runs, "hex")?, Theme::Auto),
        "mermaid" => mermaid(&sequence),
        "plantuml" => plantuml(&sequence),
        _ => {
            let frame = print::sequence::Frame { title: TITLE, fragment: None, site: None };
            html_page(&html(&sequence, &[&drawn], print::sequence::Panes::default(), &frame), TITLE)
        }
    })
}
