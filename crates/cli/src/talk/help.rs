//! Help for who talks in lines.

use pgscope_view::print::message_page;
use pgscope_view::proto::Direction;
use pgscope_view::proto::messages::ALL;
use pgscope_view::proto::written::{self, show, word};

pub(super) const LONG_HELP: &str = "\
A line says a message, by its name and its fields:

  Query \"SELECT 1\"
  Bind portal=c statement=find parameters=[\"2\" NULL \\x0007] result_formats=[binary]
  StartupMessage 3.0 [(user alice) (database shop)]
  ErrorResponse [(S ERROR) (C 42601) (M \"syntax error\")]
  CopyData StandbyStatusUpdate(0/16B3748 0/16B3748 0/16B3748 0 1)

Fields stand in their order or have a name. A value is a word, a \"quoted text\" (\\n \\t \\\" \\\\ \\x00), bytes as \\x and
digits, a number, a code by its name or letter, NULL, a [list], or (fields that belong together). What is left out is
empty or 0; lengths are filled in. Shorter, and for what is no message:

  startup USER DATABASE   a StartupMessage of version 3.0
  sql STATEMENT           a Query
  password TEXT           a PasswordMessage
  hex 51 00 …             bytes as they are, right or wrong, whole or in pieces
  beside MESSAGE          the same on a connection of its own: beside CancelRequest …
  wait 2s                 nothing, for so long (10ms, 500us)
  end                     close your side
  help, help MESSAGE      the messages that you can say; the fields of one
  # …                     a comment";

/// With all that can be said, or with the message of a name.
pub(super) fn help(side: Direction, name: &str) -> Result<String, String> {
    if name.is_empty() {
        return Ok(overview(side));
    }
    let wanted = name.replace([' ', '-', '_'], "");
    let is_it = |word: String| word.eq_ignore_ascii_case(&wanted);
    let message = ALL.iter().find(|message| message.sender.allows(side) && is_it(word(&message.field)));
    let message = message.ok_or_else(|| format!("there is no message {name} to help with; help lists them"))?;
    let example = show(message, message.sample).map(|line| format!("As a line\n  {line}\n")).unwrap_or_default();
    Ok(format!("{}{example}", message_page(message)))
}

/// All messages of a side, with the first sentence about each.
fn overview(side: Direction) -> String {
    let mut text = format!("{LONG_HELP}\n\nThe messages:\n\n");
    for message in written::said_by(side) {
        let doc = message.field.doc;
        let first = doc.split_once(". ").map_or(doc, |(first, _)| first).trim_end_matches('.');
        text.push_str(&format!("  {:<32} {first}.\n", word(&message.field)));
    }
    text
}
