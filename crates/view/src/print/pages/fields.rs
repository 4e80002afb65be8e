//! The fields of a message as a list in a list: each with its kind, what it means, its codes, and a place to link to.

use pgscope_proto::Message;
use pgscope_proto::schema::{Code, Condition, Field, Kind, Unlisted};

use crate::layout::{cases, letter};
use crate::print::html::{element, prose, text};
use crate::print::reference::shape;

pub(super) fn fields(message: &'static Message) -> String {
    list(message.fields.iter(), message.field.id)
}

fn list(fields: impl Iterator<Item = &'static Field>, outer: &str) -> String {
    let items: String = fields.map(|field| one(field, outer, false)).collect();
    element("ol", &[("class", "ref-fields")], &items)
}

/// A field. Entries of a list add nothing to the paths of what they hold.
fn one(field: &'static Field, outer: &str, is_entry: bool) -> String {
    described(field, &shape(&field.kind), outer, is_entry)
}

fn described(field: &'static Field, shape: &str, outer: &str, is_entry: bool) -> String {
    let id = format!("{outer}.{}", field.id);
    let dot = element("span", &[("class", "dot"), ("data-role", field.role.name())], "");
    let anchor = element("a", &[("class", "ref-id"), ("href", &format!("#{id}"))], &text(&id));
    let name = element("span", &[("class", "ref-field-name")], &text(field.name));
    let kind = element("span", &[("class", "ref-kind")], &text(shape));
    let heading = element("p", &[("class", "ref-field-head")], &format!("{dot}{name}{kind}{anchor}"));
    let doc = element("p", &[("class", "ref-doc")], &prose(field.doc));
    let inside = inside(field, if is_entry { outer } else { &id });
    element("li", &[("id", &id)], &format!("{heading}{doc}{inside}"))
}

fn inside(field: &'static Field, outer: &str) -> String {
    let entry = |entry: &'static Field| one(entry, outer, true);
    let parts = |parts: String| element("ol", &[("class", "ref-fields")], &parts);
    match &field.kind {
        Kind::Code(_, codes, unlisted) => codes_of(codes, *unlisted),
        Kind::Counted { count, of } => parts(one(count, outer, false) + &entry(of)),
        Kind::Sized { length, value, .. } => {
            parts(one(length, outer, false) + &described(value, "Byten: n is the length", outer, false))
        }
        Kind::UntilZero { of, end } => parts(entry(of) + &one(end, outer, false)),
        Kind::Repeat(of) => parts(entry(of)),
        Kind::Times(times) => parts(entry(times.of)),
        Kind::Unless(unless) => list(unless.fields.iter(), outer),
        Kind::Group(fields) => list(fields.iter(), outer),
        Kind::When(condition, fields) => {
            let when = match condition {
                Condition::MoreBytes => "It is there only if bytes of the message are left.",
                Condition::InStreamedTransaction => "It is there only between Stream Start and Stream Stop.",
            };
            element("p", &[("class", "ref-when")], when) + &list(fields.iter(), outer)
        }
        Kind::Choice(choices) => cases(choices).iter().map(|(codes, fields)| case(codes, fields, outer)).collect(),
        _ => String::new(),
    }
}

fn case(codes: &[&'static Code], fields: &'static [Field], outer: &str) -> String {
    let rows: String = codes.iter().map(|code| code_row(code)).collect();
    let codes = element("table", &[("class", "ref-codes")], &rows);
    if fields.is_empty() {
        return codes;
    }
    let then = element("p", &[("class", "ref-when")], "Then follows:");
    format!("{codes}{then}{}", list(fields.iter(), outer))
}

fn codes_of(codes: &'static [Code], unlisted: Unlisted) -> String {
    let rows: String = codes.iter().map(code_row).collect();
    let more = match unlisted {
        Unlisted::Future => "<tr><td colspan=\"3\">Others may come: a reader must not fail on one.</td></tr>",
        Unlisted::Wrong => "",
    };
    element("table", &[("class", "ref-codes")], &format!("{rows}{more}"))
}

fn code_row(code: &Code) -> String {
    let value = element("th", &[("scope", "row")], &text(&letter(code)));
    let name = element("td", &[], &text(code.name));
    let doc = element("td", &[], &prose(code.doc));
    element("tr", &[], &format!("{value}{name}{doc}"))
}
