//! The story of a scenario: what is told at this step, the message of the step as one line of bytes, and at the end what one can answer.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{
    FieldRow, Further, Lesson, Lessons, Moment, QuestionRow, Reply, Request, Row, Sheet, Taught,
};
use pgscope_view::markdown::{Piece, Style, paragraphs};
use web_sys::MouseEvent;

use crate::ask::{ask_lessons, ask_newest};
use crate::course::{self, ToldAs};
use crate::dom::{El, effect, el, grouped, number_at};
use crate::learn::Learn;

/// How many fields the line of bytes shows, and how many bytes of each.
const MOST_FIELDS: usize = 14;
/// What is told of a play in which a person broke something.
const UNBROKEN: &str = "This is told of the exchange as it is meant, not of what you broke: what becomes of that, the two programs and the line above the messages say.";
const MOST_BYTES: usize = 8;

/// Above both programs: what is told about this step, and its bytes.
pub(crate) fn pane(learn: Learn) -> El {
    let told = move || {
        let problem = learn.problem.get();
        let mut told = Vec::new();
        if !problem.is_empty() {
            told.push(el("p").class("bad").attr("role", "alert").text(&problem));
        }
        let notice = learn.page.notice.get();
        if !notice.is_empty() {
            told.push(el("p").text(&notice));
        }
        let stopped = learn.lesson.with(|lesson| lesson.stopped.clone());
        if !stopped.is_empty() {
            told.push(el("p").class("bad").text(&stopped));
        }
        let is_first = learn.page.message.get() == Some(learn.begins.get());
        if learn.lesson.with(|lesson| !lesson.title.is_empty()) {
            let sheet = learn.page.sheet.get();
            let told_as = course::told_as(learn);
            let telling = |moment: &Moment| {
                learn.lesson.with(|lesson| telling(lesson, told_as.as_ref(), moment, sheet.as_ref(), is_first))
            };
            told.extend(learn.moment.with(telling));
            if learn.faults.with(|faults| !faults.is_empty()) {
                told.push(el("p").class("story-title").text(UNBROKEN));
            }
        }
        if learn.page.message.with(Option::is_none) && !learn.page.talk.with(String::is_empty) {
            told.push(el("p").text("Say something at the left: the other end reads it, and what it makes of it is seen here. The client speaks first."));
        }
        told
    };
    let text = el("div").class("story-text").attr("aria-live", "polite").live(told);
    let story = el("div").class("story");
    let scroller = el("div")
        .class("story-scroll")
        .attr("tabindex", "0")
        .attr("role", "group")
        .attr("aria-label", "What is told")
        .child(text)
        .child(questions(learn, story.clone()))
        .child(course::next(learn));
    let scrolled = scroller.clone();
    // A new text is read from its beginning.
    effect(move || {
        learn.page.message.track();
        scrolled.of::<web_sys::Element>().set_scroll_top(0);
    });
    story
        .attr("role", "region")
        .attr("aria-label", "The story")
        .attr("tabindex", "-1")
        .child(scroller)
        .child(line_of_bytes(learn))
        .live_flag("hidden", move || !learn.is_open())
}

/// Below the text of the last step: what one can answer now. An answer leads to the step that shows it.
fn questions(learn: Learn, story: El) -> El {
    let is_asked = Memo::new(move |_| {
        let end = learn.stops.with(|stops| stops.last().map(|stop| stop.number));
        let is_end = learn.page.message.get().zip(end).is_some_and(|(message, end)| message >= end);
        is_end && learn.faults.with(Vec::is_empty) && learn.lesson.with(|lesson| !lesson.questions.is_empty())
    });
    let list = move || {
        if !is_asked.get() {
            return Vec::new();
        }
        let lang = course::told_as(learn).map(|told| told.lang);
        let head = el("h3").text("Three questions to end with");
        let item = |row: &QuestionRow| question(learn, row, lang.as_deref(), story.clone());
        let rows = learn.lesson.with(|lesson| lesson.questions.iter().map(item).collect::<Vec<_>>());
        [head].into_iter().chain(rows).collect()
    };
    el("div").class("story-questions").live(list).live_flag("hidden", move || !is_asked.get())
}

fn question(learn: Learn, row: &QuestionRow, lang: Option<&str>, story: El) -> El {
    let asked = paragraphs(&row.question).iter().fold(el("summary"), |summary, pieces| set(summary, pieces));
    let answer = markdown(&row.answer);
    [&asked].into_iter().chain(&answer).for_each(|told| told.set("lang", lang));
    let details = el("details").child(asked).children(answer);
    let Some(number) = row.number else {
        let words = "With these settings the message that shows it is not said.";
        return details.child(el("p").class("story-says").text(words));
    };
    let see = el("button").class("link").text(&format!("See message {}", grouped(number + 1)));
    details.child(see.on_click(move || {
        learn.read.set(None);
        learn.page.turn_to(number);
        // The question goes, and what had the focus with it.
        story.focus();
    }))
}

/// The present message, field by field: a click shows the field among bytes and fields.
fn line_of_bytes(learn: Learn) -> El {
    let page = learn.page;
    let fields = RwSignal::<(Vec<FieldRow>, Vec<u8>)>::default();
    effect(move || {
        page.sheet.track();
        let Some(number) = page.message.get().filter(|_| learn.is_open()) else {
            return fields.set(Default::default());
        };
        ask_newest("line", Request::Fields { number, from: 0, to: MOST_FIELDS * 4 }, move |reply| {
            let Reply::Fields(rows) = reply else { return };
            let rows: Vec<FieldRow> = rows.into_iter().filter(|row| row.leaf && row.end > row.start).collect();
            let end = rows.last().map_or(0, |row| row.end);
            ask_lessons(&Lessons::Bytes { number, end }, move |taught| {
                if let Some(Taught::Bytes(bytes)) = taught {
                    fields.set((rows, bytes));
                }
            });
        });
    });
    let chips = move || {
        // Another connection's: its fields are seen, and opened where the message is.
        let elsewhere = |moment: &Moment| {
            let further = here(moment)?;
            let of = |row: &FieldRow| piece(el("span").attr("role", "img"), row, &further.bytes);
            Some(further.fields.iter().map(of).chain(rest_of(further)).collect())
        };
        if let Some(chips) = learn.moment.with(elsewhere) {
            return chips;
        }
        fields.with(|(rows, bytes)| {
            let more = rows.len() > MOST_FIELDS;
            let mut chips: Vec<El> = rows.iter().take(MOST_FIELDS).map(|row| chip(learn, row, bytes)).collect();
            chips.extend(more.then(|| el("span").class("line-more").text("…")));
            chips
        })
    };
    let node_at = |event: &MouseEvent| number_at(event, "data-node");
    el("div")
        .class("line-of-bytes")
        .attr("role", "group")
        .attr("aria-label", "The bytes of this message")
        .live(chips)
        .on("mouseover", move |event: MouseEvent| match (page.message.get_untracked(), node_at(&event)) {
            (Some(number), Some(node)) => page.hover(Request::Field { number, node }),
            _ => page.unhover(),
        })
        .on("mouseleave", move |_: MouseEvent| page.unhover())
        .on("click", move |event: MouseEvent| {
            if let (Some(number), Some(node)) = (page.message.get_untracked(), node_at(&event)) {
                page.pin(Request::Field { number, node });
            }
        })
}

fn chip(learn: Learn, row: &FieldRow, bytes: &[u8]) -> El {
    let (start, end) = (row.start, row.end);
    let is_lit = move || learn.page.lit().is_some_and(|place| place.start == start && place.end == end);
    piece(el("button").attr("data-node", &row.node.to_string()), row, bytes).live_flag("data-lit", is_lit)
}

/// A field as its first bytes, in the colour of its kind; what it is, is said of it.
fn piece(element: El, row: &FieldRow, bytes: &[u8]) -> El {
    let own = bytes.get(row.start..row.end.min(bytes.len())).unwrap_or_default();
    let shown: Vec<String> = own.iter().take(MOST_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if row.end - row.start > shown.len() { " …" } else { "" };
    let words = format!("{}: {}", row.name, row.value);
    element
        .class("line-field")
        .attr("data-role", &row.role)
        .attr("title", &words)
        .attr("aria-label", &format!("{words}, {}{more}", shown.join(" ")))
        .text(&(shown.join(" ") + more))
}

/// That there are more bytes than its fields show.
fn rest_of(further: &Further) -> Option<El> {
    let end = further.fields.last().map_or(0, |row| row.end);
    (end < further.bytes.len()).then(|| el("span").class("line-more").text("…"))
}

/// What is told at a step: of the scenario at its beginning, of the message where there is something to tell, and else who says what.
fn telling(
    lesson: &Lesson,
    told_as: Option<&ToldAs>,
    moment: &Moment,
    sheet: Option<&Sheet>,
    is_first: bool,
) -> Vec<El> {
    let title = told_as.map_or(&lesson.title, |told| &told.title);
    let further = here(moment);
    let title = match (further, moment.chapter.as_str()) {
        (Some(further), _) => format!("{title}: {}", further.name),
        (None, "") => title.to_owned(),
        (None, chapter) => format!("{title}: {chapter}"),
    };
    let mut told = vec![el("h2").class("story-title").text(&title)];
    if is_first && further.is_none() {
        told.extend(markdown(&lesson.introduction));
    }
    told.extend(markdown(&moment.text));
    told.iter().for_each(|element| element.set("lang", told_as.map(|told| told.lang.as_str())));
    let row = match further {
        Some(further) => further.rows.last(),
        None => sheet.map(|sheet| &sheet.row),
    };
    if let Some(row) = row.filter(|_: &&Row| moment.text.is_empty()) {
        let who = if row.direction == "frontend" { "The client" } else { "The server" };
        let says = if row.says.is_empty() { String::new() } else { format!(": {}", row.says) };
        let end = if says.ends_with(['?', '.', '…']) { "" } else { "." };
        told.push(
            el("p")
                .class("story-says")
                .text(who)
                .text(" says ")
                .child(el("b").attr("translate", "no").text(&row.name))
                .child(el("span").attr("translate", "no").text(&(says + end))),
        );
    }
    told
}

/// The other connection that is told of, if it is one.
fn here(moment: &Moment) -> Option<&Further> {
    moment.further.iter().find(|further| Some(further.connection) == moment.elsewhere)
}

fn markdown(text: &str) -> Vec<El> {
    paragraphs(text).iter().map(|pieces| set(el("p"), pieces)).collect()
}

/// An element with a paragraph in it.
fn set(element: El, pieces: &[Piece]) -> El {
    pieces.iter().fold(element, |element, (style, text)| match style {
        Style::Plain => element.text(text),
        Style::Emphasis => element.child(el("em").text(text)),
        Style::Strong => element.child(el("strong").text(text)),
        Style::Code => element.child(el("code").text(text)),
    })
}
