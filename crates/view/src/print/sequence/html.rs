//! As a piece of HTML that stands by itself: no script, one small sheet. Messages open and close as the browser does it, a byte
//! and its field light up together by style alone.

use std::fmt::Write;

use pgscope_proto::Tree;
#[cfg(not(feature = "docs"))]
use pgscope_proto::docs::Names;

use super::markdown::{capital, left_out};
use super::{named, time};
use crate::Indexed;
#[cfg(not(feature = "docs"))]
use crate::docs::WORDS;
use crate::print::html::{element, hex_lines, prose, text};
use crate::sequence::{Row, Sequence};
use crate::value::{kind, name, value};

/// What is shown of each message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes {
    /// Who says what to whom.
    pub diagram: bool,
    /// The bytes.
    pub bytes: bool,
    /// The fields with their values.
    pub fields: bool,
    /// What the fields mean.
    pub words: bool,
}

impl Default for Panes {
    fn default() -> Self {
        Self { diagram: true, bytes: true, fields: true, words: false }
    }
}

impl Panes {
    /// Reads names of panes with commas between.
    pub fn read(names: &str) -> Result<Self, String> {
        let mut panes = Self { diagram: false, bytes: false, fields: false, words: false };
        for name in names.split(',').map(str::trim) {
            let pane = match name {
                "diagram" => &mut panes.diagram,
                "bytes" => &mut panes.bytes,
                "fields" => &mut panes.fields,
                "words" => &mut panes.words,
                other => return Err(format!("there is no pane {other}; known are diagram, bytes, fields, words")),
            };
            *pane = true;
        }
        Ok(panes)
    }
}

/// How many bytes and fields of a message are written at most.
const MOST_BYTES: usize = 1024;
const MOST_FIELDS: usize = 256;
/// So many fields of a message light up with their bytes.
const LIT: usize = 64;

/// The sheet that the piece needs. It names nothing but what begins with `pgscope`.
pub fn sheet() -> String {
    let mut out = include_str!("static.css").to_owned();
    for nth in 0..LIT {
        let _ = writeln!(
            out,
            ".pgscope-sheet:has(.pgscope-f{nth}:is(:hover,:focus)) .pgscope-f{nth}{{--pgscope-on:var(--pgscope-focus)}}"
        );
    }
    out
}

/// What stands around the rows of a figure.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What it is called, for who does not see it.
    pub title: &'a str,
    /// What stands behind `#` where Pgscope shows the same, if it has a place there.
    pub fragment: Option<&'a str>,
    /// Where Pgscope is, if the figure leads there.
    pub site: Option<&'a str>,
}

/// The exchange as a figure.
pub fn html(sequence: &Sequence, connections: &[&Indexed], panes: Panes, frame: &Frame<'_>) -> String {
    let mut rows = String::new();
    let mut phase = "";
    for (at, row) in sequence.rows.iter().enumerate() {
        let begins = row.phase != phase;
        phase = row.phase;
        if panes.diagram && begins {
            rows.push_str(&element("li", &[("class", "pgscope-phase")], &text(phase)));
        }
        let is_lit = sequence.lit == Some(at);
        let marks = Marks { is_lit, matters: begins || row.name == "ErrorResponse" || !row.findings.is_empty() };
        rows.push_str(&item(sequence, row, connections, panes, marks));
    }
    if sequence.left_out > 0 {
        rows.push_str(&element("li", &[("class", "pgscope-phase")], &text(&left_out(sequence.left_out))));
    }
    let ends: String = sequence
        .lifelines
        .iter()
        .map(|lifeline| {
            element("span", &[("class", "pgscope-end"), ("data-side", lifeline.side)], &text(&lifeline.name))
        })
        .collect();
    let ends = if panes.diagram {
        element("div", &[("class", "pgscope-ends"), ("aria-hidden", "true")], &ends)
    } else {
        String::new()
    };
    let list = element("ol", &[("class", "pgscope-rows")], &rows);
    let open = opens(frame);
    let ending = element("span", &[], &text(&format!("{}.", capital(&sequence.ending))));
    let caption = element(
        "figcaption",
        &[("class", "pgscope-foot")],
        &format!("{}{open}", if panes.diagram { ending } else { String::new() }),
    );
    let mut attributes = vec![("class", "pgscope"), ("aria-label", frame.title)];
    attributes.extend(frame.fragment.map(|fragment| ("data-fragment", fragment)));
    element("figure", &attributes, &format!("{ends}{list}{caption}"))
}

/// The link to the same in Pgscope.
fn opens(frame: &Frame<'_>) -> String {
    let (Some(site), Some(fragment)) = (frame.site, frame.fragment) else { return String::new() };
    let link = format!("{}#{fragment}", site.split('#').next().unwrap_or_default());
    element("a", &[("class", "pgscope-open"), ("href", &link)], "Open in Pgscope")
}

/// How a row stands out.
#[derive(Clone, Copy)]
struct Marks {
    is_lit: bool,
    /// Whether a phase begins with it, or something is wrong: what plays stops there by a key.
    matters: bool,
}

fn item(sequence: &Sequence, row: &Row, connections: &[&Indexed], panes: Panes, marks: Marks) -> String {
    let end = |at: usize| sequence.lifelines.get(at).map_or("", |lifeline| lifeline.name.as_str());
    let who = format!("{} to {}", end(row.from), end(row.to));
    let head = [
        element("span", &[("class", "pgscope-number")], &row.number.to_string()),
        element("span", &[("class", "pgscope-tag"), ("aria-hidden", "true")], &text(&row.tag)),
        element("b", &[("class", "pgscope-name")], &text(&named(row))),
        element("span", &[("class", "pgscope-says")], &text(&row.says_all)),
        element("span", &[("class", "pgscope-arrow")], &element("span", &[("class", "pgscope-hidden")], &text(&who))),
    ];
    let sheet = sheet_of(row, connections, panes);
    let head = head.concat();
    let body = if sheet.is_empty() {
        element("div", &[("class", "pgscope-line")], &head)
    } else {
        let open = if marks.is_lit || sequence.rows.len() == 1 { " open" } else { "" };
        format!("<details{open}><summary class=\"pgscope-line\">{head}</summary>{sheet}</details>")
    };
    let finding = |finding: &crate::sequence::Finding| {
        let words = format!("▲ {} {}: {}", finding.severity, finding.rule, finding.message);
        element("p", &[("class", "pgscope-finding"), ("data-severity", finding.severity)], &text(&words))
    };
    let findings: String = row.findings.iter().map(finding).collect();
    let number = row.number.to_string();
    let attributes =
        [("class", "pgscope-row"), ("data-side", row.direction), ("data-number", &number), ("data-name", row.name)];
    let (lit, mark) = ([("data-lit", "")], [("data-mark", "")]);
    let attributes =
        [&attributes[..], if marks.is_lit { &lit } else { &[] }, if marks.matters { &mark } else { &[] }].concat();
    element("li", &attributes, &format!("{body}{findings}"))
}

/// The bytes and fields of a message; of several the first ones'.
fn sheet_of(row: &Row, connections: &[&Indexed], panes: Panes) -> String {
    let mut tree = Tree::new();
    let Some(indexed) = connections.get(row.connection).filter(|_| panes.bytes || panes.fields || panes.words) else {
        return String::new();
    };
    let Some((entry, _)) = indexed.open(row.index, &mut tree) else { return String::new() };
    let bytes = indexed.bytes(&entry);
    let mut inside = String::new();
    if panes.bytes {
        inside.push_str(&hex(&tree, bytes));
    }
    if panes.fields || panes.words {
        inside.push_str(&fields(&tree, bytes, panes));
    }
    let at = row.at_us.map(|at| format!(", {}", time(at))).unwrap_or_default();
    let size = if bytes.len() == 1 { "1 byte".to_owned() } else { format!("{} bytes", bytes.len()) };
    let first = if row.count > 1 { "the first: " } else { "" };
    inside.push_str(&element("p", &[("class", "pgscope-size")], &text(&format!("{first}{size}{at}"))));
    element("div", &[("class", "pgscope-sheet")], &inside)
}

/// The class that a field shares with its bytes, if it has one.
fn shared(node: usize) -> String {
    if node < LIT { format!(" pgscope-f{node}") } else { String::new() }
}

fn hex(tree: &Tree, bytes: &[u8]) -> String {
    let shown = bytes.get(..MOST_BYTES).unwrap_or(bytes);
    let mut lines = hex_lines(tree, shown, "pgscope", |node| format!("pgscope-run{}", shared(node)));
    let rest = bytes.len() - shown.len();
    if rest > 0 {
        lines.push_str(&element("div", &[], &text(&format!("… and {rest} more bytes"))));
    }
    let attributes = [("class", "pgscope-hex"), ("role", "group"), ("aria-label", "Bytes"), ("tabindex", "0")];
    element("div", &attributes, &lines)
}

fn fields(tree: &Tree, bytes: &[u8], panes: Panes) -> String {
    let mut rows = String::new();
    #[cfg(not(feature = "docs"))]
    let mut names = Names::from(tree, 1);
    for (index, node) in tree.nodes.iter().enumerate().skip(1).take(MOST_FIELDS) {
        #[cfg(not(feature = "docs"))]
        let name_of_doc = names.next(node);
        let depth = node.depth.to_string();
        let dot = element("span", &[("class", "pgscope-dot"), ("data-role", node.field.role.name())], "");
        let mut cells =
            element("th", &[("scope", "row"), ("data-depth", &depth)], &format!("{dot}{}", text(&name(node))));
        if panes.fields {
            cells.push_str(&element("td", &[("class", "pgscope-value")], &text(&value(tree, index, bytes))));
            cells.push_str(&element("td", &[("class", "pgscope-kind")], &text(&kind(node))));
        }
        if panes.words {
            #[cfg(feature = "docs")]
            let doc = node.field.doc;
            // A field that always has its doc is in no file.
            #[cfg(not(feature = "docs"))]
            let fetched = if node.field.doc.is_empty() { WORDS.of(&name_of_doc) } else { String::new() };
            #[cfg(not(feature = "docs"))]
            let doc = if fetched.is_empty() { node.field.doc } else { &fetched };
            cells.push_str(&element("td", &[("class", "pgscope-doc")], &prose(doc)));
        }
        let class = format!("pgscope-field{}", shared(index));
        rows.push_str(&element("tr", &[("class", &class), ("tabindex", "0")], &cells));
    }
    let rest = tree.nodes.len().saturating_sub(1 + MOST_FIELDS);
    if rest > 0 {
        rows.push_str(&element("tr", &[], &element("td", &[], &text(&format!("… and {rest} more fields")))));
    }
    element("table", &[("class", "pgscope-fields"), ("aria-label", "Fields")], &element("tbody", &[], &rows))
}

/// A page around the piece, for who wants to look at it alone.
pub fn html_page(figure: &str, title: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <style>\n{}</style>\n</head>\n<body>\n<main>\n<h1 class=\"pgscope-hidden\">{}</h1>\n{figure}\n</main>\n</body>\n</html>\n",
        text(title),
        sheet(),
        text(title),
    )
}
