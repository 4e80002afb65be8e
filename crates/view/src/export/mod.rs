//! Messages of an exchange as something that is used elsewhere: bytes in the source code of a program, a test that says them to a
//! server, text for an issue. It knows texts, and nothing of files.

mod fixture;
mod forms;
mod message;
pub(crate) mod scenario;

use pgscope_proto::{Direction, Exchange, Stream};

use crate::Indexed;
use crate::copy::named;
pub use fixture::{LANGUAGES, Language, fixture};
pub use forms::{FORMS, Form, Kind, made};
pub use message::markdown;
#[cfg(feature = "sim")]
pub use scenario::scenario;

/// Messages of one end that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Who said them.
    pub direction: Direction,
    /// Their numbers in the exchange, from 0.
    pub messages: Vec<usize>,
    /// Their bytes.
    pub bytes: Vec<u8>,
}

/// The messages for which `is_taken`, as runs of one end each.
pub fn runs(indexed: &Indexed, is_taken: &dyn Fn(usize) -> bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for number in (0..indexed.index.len()).filter(|number| is_taken(*number)) {
        let Some(entry) = indexed.index.entry(number) else { break };
        let bytes = indexed.bytes(&entry);
        match runs.last_mut().filter(|last| last.direction == entry.direction) {
            Some(last) => {
                last.messages.push(number);
                last.bytes.extend_from_slice(bytes);
            }
            None => runs.push(Run { direction: entry.direction, messages: vec![number], bytes: bytes.to_vec() }),
        }
    }
    runs
}

/// The runs as an exchange of their own, which leaves nothing to guess about who said what.
pub fn exchange(indexed: &Indexed, runs: &[Run]) -> Exchange {
    let mut exchange = Exchange { is_partial: indexed.exchange.is_partial, ..Exchange::default() };
    exchange.between(indexed.exchange.ends());
    for run in runs {
        let at_us = run.messages.first().and_then(|number| at(indexed, *number));
        exchange.push(run.direction, &Stream::raw(run.bytes.clone()), at_us);
    }
    exchange
}

/// When the first byte of a message was seen.
fn at(indexed: &Indexed, number: usize) -> Option<i64> {
    let entry = indexed.index.entry(number)?;
    let holds = |segment: &&pgscope_proto::Segment| {
        segment.direction == entry.direction && segment.span.contains(entry.span.start)
    };
    indexed.exchange.segments.iter().find(holds)?.at_us
}

/// Forms in which each run has a name, and what begins a comment in them.
const LANGUAGES_OF_BYTES: [(&str, &str); 9] = [
    ("c", "//"),
    ("rust", "//"),
    ("go", "//"),
    ("java", "//"),
    ("javascript", "//"),
    ("csharp", "//"),
    ("zig", "//"),
    ("python", "#"),
    ("bytea", "--"),
];

/// The runs in the form with this id of [`crate::copy::FORMS`]: of one end as they are, of both under a name each, where the
/// form has names.
pub fn bytes(indexed: &Indexed, runs: &[Run], form: &str) -> Result<String, String> {
    let unknown = || format!("there is no form {form}");
    let line = |text: String| if text.ends_with('\n') { text } else { text + "\n" };
    let end = |run: &Run| run.direction.end();
    if let [only] = runs {
        return named(&only.bytes, form, end(only)).map(line).ok_or_else(unknown);
    }
    if form == "hex" {
        let of = |run: &Run| {
            format!(
                "{}: {}\n",
                run.direction.letter(),
                named(&run.bytes, form, "").unwrap_or_default().replace('\n', " ")
            )
        };
        return Ok(runs.iter().map(of).collect());
    }
    let Some((_, comment)) = LANGUAGES_OF_BYTES.iter().find(|(id, _)| *id == form) else {
        let is_one_sided = runs.windows(2).all(|two| matches!(two, [one, two] if one.direction == two.direction));
        let why = format!("{form} has no room for what both ends say: take one side alone");
        let all: Vec<u8> = runs.iter().flat_map(|run| run.bytes.clone()).collect();
        return if is_one_sided { named(&all, form, "").map(line).ok_or_else(unknown) } else { Err(why) };
    };
    let one = |(nth, run): (usize, &Run)| {
        let names: Vec<&str> = run
            .messages
            .iter()
            .filter_map(|number| indexed.index.entry(*number))
            .map(|entry| entry.message.name())
            .collect();
        let text = named(&run.bytes, form, &format!("{}{}", end(run), nth + 1)).ok_or_else(unknown)?;
        Ok(format!("{comment} {}: {}\n{text}\n", end(run), shortened(&names)))
    };
    runs.iter().enumerate().map(one).collect::<Result<Vec<_>, String>>().map(|all| all.join("\n"))
}

/// Names with what repeats told once: `DataRow × 3`.
fn shortened(names: &[&str]) -> String {
    let groups = names.chunk_by(|one, two| one == two);
    let told = groups.map(|group| match group {
        [one] => (*one).to_owned(),
        _ => format!("{} × {}", group.first().copied().unwrap_or_default(), group.len()),
    });
    told.collect::<Vec<_>>().join(", ")
}
