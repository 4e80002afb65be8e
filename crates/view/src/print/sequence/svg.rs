//! As a picture that stands by itself: SVG, in the colours of the page, light or dark as its reader likes it.

use std::fmt::Write;

use super::{markdown, named};
use crate::print::html::text;
use crate::sequence::{ARROW, CLIENT, FINDING, HEAD, ROW, Row, Sequence, TEXT, TIE};

/// In whose light it is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As its reader likes it.
    #[default]
    Auto,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// The colours of a theme: the ground, lines, what is lit, three inks, both ends, what stands on their colours, what is wrong.
struct Colours {
    ground: &'static str,
    line: &'static str,
    lit: &'static str,
    inks: [&'static str; 3],
    ends: [&'static str; 2],
    on: &'static str,
    wrong: [&'static str; 2],
}

const LIGHT: Colours = Colours {
    ground: "#fff",
    line: "#d8dee6",
    lit: "#eef1f5",
    inks: ["#12181f", "#4a5664", "#5d6a79"],
    ends: ["#0a58ca", "#9a4d00"],
    on: "#fff",
    wrong: ["#b3261e", "#8a5a00"],
};
const DARK: Colours = Colours {
    ground: "#151a21",
    line: "#2a333f",
    lit: "#1c232c",
    inks: ["#e8edf3", "#a9b5c3", "#8b98a7"],
    ends: ["#7fb2ff", "#ffb866"],
    on: "#12181f",
    wrong: ["#ff9a90", "#f2c04d"],
};

/// What does not depend on the theme.
const SHAPES: &str = "\
.pgscope text{font:12px ui-monospace,Menlo,\"DejaVu Sans Mono\",\"Liberation Mono\",monospace}\
.pgscope .name{font:600 13px system-ui,\"Segoe UI\",\"Liberation Sans\",\"DejaVu Sans\",sans-serif}\
.pgscope .end{font:600 12px system-ui,\"Segoe UI\",\"Liberation Sans\",\"DejaVu Sans\",sans-serif}\
.pgscope .small{font-size:11px}.pgscope line,.pgscope path{fill:none}.pgscope .works{opacity:.35}.pgscope .waits{opacity:.5}";

/// The style of the picture. Nothing of it reaches anything else, and no variables are in it: not all that draws SVG knows them.
fn style(theme: Theme) -> String {
    match theme {
        Theme::Light => format!("{SHAPES}{}", coloured(&LIGHT)),
        Theme::Dark => format!("{SHAPES}{}", coloured(&DARK)),
        Theme::Auto => {
            format!("{SHAPES}{}@media(prefers-color-scheme:dark){{{}}}", coloured(&LIGHT), coloured(&DARK))
        }
    }
}

fn coloured(colours: &Colours) -> String {
    let Colours {
        ground,
        line,
        lit,
        inks: [ink, faint, fainter],
        ends: [frontend, backend],
        on,
        wrong: [error, warning],
    } = colours;
    let end = |side: &str, colour: &str| {
        format!(
            ".pgscope .{side} .in,.pgscope .{side} .works,.pgscope .{side} .tip{{fill:{colour};stroke:none}}.pgscope .{side} .arrow{{stroke:{colour}}}"
        )
    };
    format!(
        ".pgscope .ground{{fill:{ground}}}.pgscope text{{fill:{faint}}}.pgscope .name{{fill:{ink}}}.pgscope .small{{fill:{fainter}}}\
         .pgscope line,.pgscope path{{stroke:{line}}}.pgscope .stripe{{stroke:{fainter}}}.pgscope .lit{{fill:{lit}}}\
         .pgscope .mark{{fill:{frontend}}}{}{}.pgscope .on{{fill:{on}}}.pgscope .error{{fill:{error}}}.pgscope .warning{{fill:{warning}}}",
        end("frontend", frontend),
        end("backend", backend),
    )
}

/// The picture. `source` is what it was made from, as text that Pgscope reads: it is kept in the picture's metadata, so that
/// the picture opens as the exchange.
pub fn svg(sequence: &Sequence, title: &str, source: &str, theme: Theme) -> String {
    let (width, height) = sequence.size;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"pgscope\" role=\"img\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" aria-labelledby=\"pgscope-title pgscope-desc\">\n\
         <title id=\"pgscope-title\">{}</title>\n<desc id=\"pgscope-desc\">{}</desc>\n\
         <metadata><pgscope xmlns=\"urn:pgscope\">\n{}</pgscope></metadata>\n<style>{}</style>\n\
         <defs><pattern id=\"pgscope-waits\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
         <line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"5\" stroke-width=\"3\"/></pattern></defs>\n\
         <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n",
        text(title),
        text(&described(sequence)),
        text(source),
        style(theme),
    );
    if let Some(row) = sequence.lit.and_then(|lit| sequence.rows.get(lit)) {
        let (y, height) = row.y;
        let _ = writeln!(
            out,
            "<rect class=\"lit\" x=\"57\" y=\"{y}\" width=\"{}\" height=\"{height}\"/><rect class=\"mark\" x=\"57\" y=\"{y}\" width=\"3\" height=\"{height}\"/>",
            width - 57
        );
    }
    bands(&mut out, sequence);
    lifelines(&mut out, sequence);
    for tie in &sequence.ties {
        ties(&mut out, sequence, tie.request, tie.answer, tie.depth);
    }
    sequence.rows.iter().for_each(|row| self::row(&mut out, sequence, row));
    out.push_str("</svg>\n");
    out
}

/// The picture in words, for who does not see it.
fn described(sequence: &Sequence) -> String {
    let who = |row: &Row| if row.direction == "frontend" { "client" } else { "server" };
    let line = |row: &Row| {
        let says = if row.says_all.is_empty() { String::new() } else { format!(", {}", row.says_all) };
        format!("{}: {} says {}{says}.", row.number, who(row), named(row))
    };
    let mut lines: Vec<String> = sequence.rows.iter().map(line).collect();
    lines.push(format!("{}.", markdown::capital(&sequence.ending)));
    lines.join(" ")
}

fn bands(out: &mut String, sequence: &Sequence) {
    let (width, height) = sequence.size;
    let _ = writeln!(out, "<line x1=\"56.5\" y1=\"{HEAD}\" x2=\"56.5\" y2=\"{}\"/>", height - 8);
    for band in &sequence.bands {
        let (from, to) = band.y;
        let _ = writeln!(out, "<line x1=\"0\" y1=\"{from}\" x2=\"{width}\" y2=\"{from}\"/>");
        let name = band.name.to_uppercase();
        // Upright where there is room for it, else along the line.
        if to - from > 8 * name.chars().count() as i32 {
            let (x, y) = (32, (from + to) / 2);
            let _ = writeln!(
                out,
                "<text class=\"small\" text-anchor=\"middle\" transform=\"translate({x} {y}) rotate(-90)\">{}</text>",
                text(&name)
            );
        } else {
            let short = if band.name == "authentication" { "AUTH" } else { &name };
            let _ = writeln!(out, "<text class=\"small\" x=\"4\" y=\"{}\">{}</text>", from + 20, text(short));
        }
    }
}

fn lifelines(out: &mut String, sequence: &Sequence) {
    let bottom = sequence.size.1 - 8;
    for lifeline in &sequence.lifelines {
        let (x, side) = (lifeline.x, lifeline.side);
        let _ = writeln!(
            out,
            "<g class=\"{side}\"><text class=\"end in\" text-anchor=\"middle\" x=\"{x}\" y=\"22\">{}</text>\
             <line x1=\"{x}.5\" y1=\"{HEAD}\" x2=\"{x}.5\" y2=\"{bottom}\"/>",
            text(&lifeline.name)
        );
        for stretch in &lifeline.stretches {
            let (from, to) = stretch.y;
            let (class, what) = match stretch.waits_for {
                Some("") => ("waits", "waits".to_owned()),
                Some(what) => ("waits", format!("{}: blocked in read(), waits for {what}", stretch.state)),
                None if stretch.state.is_empty() => ("works", "works".to_owned()),
                None => ("works", format!("{}: works", stretch.state)),
            };
            let fill = if class == "waits" { " fill=\"url(#pgscope-waits)\"" } else { "" };
            let _ = writeln!(
                out,
                "<rect class=\"{class}\"{fill} x=\"{}\" y=\"{}\" width=\"10\" height=\"{}\" rx=\"2\"><title>{}</title></rect>",
                x - 5,
                from + 1,
                (to - from - 2).max(2),
                text(&what)
            );
        }
        out.push_str("</g>\n");
    }
}

/// A bracket beside the server, from the arrow of a request to that of the last of its answers.
fn ties(out: &mut String, sequence: &Sequence, request: usize, answer: usize, depth: usize) {
    let (Some(from), Some(to)) = (sequence.rows.get(request), sequence.rows.get(answer)) else { return };
    let x = sequence.lifelines.get(from.to).map_or(0, |lifeline| lifeline.x) + 9;
    let out_to = x + 4 + TIE * depth as i32;
    let _ = writeln!(out, "<path class=\"tie\" d=\"M{x} {} H{out_to} V{} H{x}\"/>", from.y.0 + ARROW, to.y.0 + ARROW);
}

fn row(out: &mut String, sequence: &Sequence, row: &Row) {
    let (top, _) = row.y;
    let at = |end: usize| sequence.lifelines.get(end).map_or(CLIENT, |lifeline| lifeline.x);
    let inward = if at(row.from) < at(row.to) { 6 } else { -6 };
    let (from, to, y) = (at(row.from) + inward, at(row.to) - inward, top + ARROW);
    let count = if row.count > 1 { format!(" × {}", row.count) } else { String::new() };
    let _ = writeln!(
        out,
        "<g class=\"{}\"><title>{}</title><text class=\"small\" text-anchor=\"end\" x=\"{}\" y=\"{}\">{}</text>\
         <rect class=\"in\" x=\"{}\" y=\"{}\" width=\"18\" height=\"18\" rx=\"4\"/>\
         <text class=\"on\" text-anchor=\"middle\" x=\"{}\" y=\"{}\" font-weight=\"600\">{}</text>\
         <text x=\"{TEXT}\" y=\"{}\" xml:space=\"preserve\"><tspan class=\"name\">{}{count}</tspan>  {}</text>\
         <line class=\"arrow\" x1=\"{from}\" y1=\"{y}.5\" x2=\"{to}\" y2=\"{y}.5\"/>\
         <path class=\"tip\" d=\"M{to} {y}.5 l{} -4 v8 z\"/>",
        row.direction,
        text(&format!("{} {}", named(row), row.says_all)),
        CLIENT - 14,
        top + 20,
        row.number,
        TEXT - 24,
        top + 5,
        TEXT - 15,
        top + 18,
        text(&row.tag),
        top + 18,
        text(row.name),
        text(&row.says),
        -inward,
    );
    let whole: usize = row.segments.iter().sum();
    let mut sent = 0;
    for bytes in row.segments.iter().take(row.segments.len().saturating_sub(1)) {
        sent += bytes;
        let x = from + (i64::from(to - from) * sent as i64 / whole.max(1) as i64) as i32;
        let _ = write!(out, "<line class=\"arrow\" x1=\"{x}.5\" y1=\"{}\" x2=\"{x}.5\" y2=\"{}\"/>", y - 3, y + 4);
    }
    for (nth, finding) in row.findings.iter().enumerate() {
        let words = crate::sequence::cut(&format!("▲ {} {}", finding.rule, finding.message), 82);
        let y = top + ROW + 10 + FINDING * nth as i32;
        let _ = write!(out, "<text class=\"{}\" x=\"{TEXT}\" y=\"{y}\">{}</text>", finding.severity, text(&words));
    }
    out.push_str("</g>\n");
}
