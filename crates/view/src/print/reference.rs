//! The reference, from the table: all messages in a list, or one as a page.

use std::fmt::Write;

use pgscope_proto::Message;
use pgscope_proto::messages::ALL;
use pgscope_proto::schema::{Code, Field, Head, Kind, Sender, Show, Unlisted};

use crate::layout::letter;
use crate::manual;

/// Every message, one a line, by chapter.
pub fn message_table() -> String {
    let mut out = String::new();
    let mut chapter = None;
    for message in ALL {
        if chapter != Some(message.chapter) {
            let _ = writeln!(out, "{}{}", if chapter.is_some() { "\n" } else { "" }, message.chapter.title());
            chapter = Some(message.chapter);
        }
        let _ = writeln!(
            out,
            "  {} {:<3} {:<34} {}",
            sender(message),
            tag(message),
            message.name(),
            first_sentence(message.field.doc)
        );
    }
    out
}

/// The name of a message's page in the folder of the reference.
pub fn page_name(message: &Message) -> String {
    format!("{}.html", message.field.id)
}

/// The name of a rule's page there.
pub fn rule_page_name(rule: &str) -> String {
    format!("rule-{rule}.html")
}

fn sender(message: &Message) -> &'static str {
    match message.sender {
        Sender::Frontend => "F ",
        Sender::Backend => "B ",
        Sender::Both => "FB",
    }
}

fn tag(message: &Message) -> String {
    message.tag().map_or("·".to_owned(), |tag| (tag as char).to_string())
}

pub(super) fn first_sentence(doc: &str) -> &str {
    doc.split_inclusive(['.', '?']).next().unwrap_or(doc)
}

/// One message with all its fields.
pub fn message_page(message: &Message) -> String {
    let mut out = String::new();
    let who = match message.sender {
        Sender::Frontend => "sent by the frontend (client)",
        Sender::Backend => "sent by the backend (server)",
        Sender::Both => "sent by either end",
    };
    let _ = writeln!(out, "{}\n\n{}\n", message.name(), wrapped(message.field.doc, 0));
    let _ = writeln!(out, "  {who}; {}", head(message));
    let _ = writeln!(out, "  since: {}", message.since);
    let _ = writeln!(out, "  manual: {}, {}\n", message.section_title(), manual(message.section));
    fields(message.fields, 1, &mut out);
    let sample: Vec<String> = message.sample.iter().map(|byte| format!("{byte:02x}")).collect();
    let _ = writeln!(out, "\nExample\n{}", wrapped(&sample.join(" "), 2));
    out
}

fn head(message: &Message) -> String {
    match message.head {
        Head::Tag(tag) | Head::Inner(_, tag) => format!("type ‘{}’", tag as char),
        Head::Authentication(tag, code) => format!("type ‘{}’ with code {code}", tag as char),
        Head::Startup(code) => format!("no type byte; code {code}"),
        Head::Reply(byte) => format!("the single byte ‘{}’", byte as char),
        Head::Structure(_) => "no type byte; told by its place in the data".to_owned(),
        Head::Any => "told by what is around it".to_owned(),
    }
}

fn fields(list: &[Field], depth: usize, out: &mut String) {
    for field in list {
        one_field(field, depth, out);
    }
}

fn one_field(field: &Field, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let _ = writeln!(out, "{indent}{} ({})\n{}", field.name, shape(&field.kind), wrapped(field.doc, 2 * depth + 4));
    match &field.kind {
        Kind::Code(_, codes, unlisted) => code_list(codes, *unlisted, depth, out),
        Kind::Counted { count, of } => {
            one_field(count, depth + 1, out);
            one_field(of, depth + 1, out);
        }
        Kind::Sized { length, value, .. } => {
            one_field(length, depth + 1, out);
            one_field(value, depth + 1, out);
        }
        Kind::UntilZero { of, end } => {
            one_field(of, depth + 1, out);
            one_field(end, depth + 1, out);
        }
        Kind::Repeat(of) => one_field(of, depth + 1, out),
        Kind::Times(times) => one_field(times.of, depth + 1, out),
        Kind::Unless(unless) => fields(unless.fields, depth + 1, out),
        Kind::Group(list) | Kind::When(_, list) => fields(list, depth + 1, out),
        Kind::Choice(choices) => {
            for choice in *choices {
                one_code(&choice.code, depth, out);
                fields(choice.fields, depth + 2, out);
            }
        }
        _ => {}
    }
}

fn code_list(codes: &[Code], unlisted: Unlisted, depth: usize, out: &mut String) {
    codes.iter().for_each(|code| one_code(code, depth, out));
    if unlisted == Unlisted::Future {
        let _ = writeln!(out, "{}others may come", "  ".repeat(depth + 2));
    }
}

fn one_code(code: &Code, depth: usize, out: &mut String) {
    let _ = writeln!(out, "{}{} {}: {}", "  ".repeat(depth + 2), letter(code), code.name, code.doc);
}

pub(super) fn shape(kind: &Kind) -> String {
    match kind {
        Kind::Tag => "Byte1".to_owned(),
        Kind::Length | Kind::Following => "Int32".to_owned(),
        Kind::Int(width, Show::Float) => format!("Float{}", 8 * width.bytes()),
        Kind::Int(width, _) | Kind::Code(width, ..) => format!("Int{}", 8 * width.bytes()),
        Kind::Str => "String".to_owned(),
        Kind::Fixed(count, _) => format!("Byte{count}"),
        Kind::Rest(_) => "Byten: all that is left".to_owned(),
        Kind::Sized { nullable: true, .. } => "length and bytes, or NULL".to_owned(),
        Kind::Sized { .. } => "length and bytes".to_owned(),
        Kind::Counted { .. } => "a counted list".to_owned(),
        Kind::UntilZero { .. } => "a list that a zero byte ends".to_owned(),
        Kind::Repeat(_) => "a list up to the end of the message".to_owned(),
        Kind::Times(times) => format!("a list as long as the {} says", times.by.replace('_', " ")),
        Kind::Unless(unless) => format!("only if the {} have it", unless.by.replace('_', " ")),
        Kind::Group(_) => "these together".to_owned(),
        Kind::Choice(_) => "Byte1, and what it says".to_owned(),
        Kind::When(..) => "not always there".to_owned(),
    }
}

const LINE: usize = 96;

pub(super) fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = vec![" ".repeat(indent)];
    for word in text.split_whitespace() {
        let fits = lines.last().is_some_and(|line| line.chars().count() + word.chars().count() < LINE);
        if !fits {
            lines.push(" ".repeat(indent));
        }
        if let Some(line) = lines.last_mut() {
            if line.chars().any(|letter| letter != ' ') {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
