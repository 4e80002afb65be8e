//! Both programs at work: their states, the reads at which they are, what lies before them, and their code with the line
//! that runs.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Further, Lessons, Line, Row, Taught, Words};
use pgscope_view::programs::{self, Cells, Listed, Mark, Program};
use pgscope_view::proto::Direction;
use pgscope_view::units::decimal;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlSelectElement};

use crate::ask::ask_lessons;
use crate::dom::{El, after, counted, effect, el, keep_in_view};
use crate::later::Missing;
use crate::learn::Learn;
use crate::line::one_line;
use crate::machine::whole;
use crate::page::Then;
use crate::remembered;
use crate::samples::fetched;

/// In which languages the code is shown: how their files end, and their names.
const LANGUAGES: [(&str, &str); 6] =
    [("txt", "pseudo-code"), ("zig", "Zig"), ("cs", "C#"), ("rs", "Rust"), ("go", "Go"), ("py", "Python")];
const REMEMBERED: &str = "pgscope.language";

/// How many cells an inbox has room for.
const MOST_CELLS: usize = 36;

/// Below the story: what is shown there, both ends or bytes and fields.
pub(crate) fn pane(learn: Learn) -> El {
    at_work(learn, learn.shows_bytes)
        .live_flag("data-whole", move || !learn.shows_bytes.get())
        .live_flag("hidden", move || !learn.is_open() || learn.stops.with(Vec::is_empty))
}

/// The same of an exchange that somebody has, in the place of bytes and fields.
pub(crate) fn of_any(learn: Learn, shows_bytes: RwSignal<bool>) -> El {
    let page = learn.page;
    effect(move || {
        page.revision.track();
        let number = page.message.get().filter(|_| !shows_bytes.get() && !learn.is_open());
        let Some(number) = number else { return };
        ask_lessons(&Lessons::Moment { number, read: None, aside: None }, move |taught| match taught {
            Some(Taught::Moment(moment)) if page.message.get_untracked() == Some(number) => learn.moment.set(*moment),
            Some(_) => {}
            None => page.notice.set(Missing::WORDS.to_owned()),
        });
    });
    at_work(learn, shows_bytes)
        .class("at-work at-work-of-any")
        .live_flag("hidden", move || shows_bytes.get() || learn.is_open() || page.message.with(Option::is_none))
}

fn at_work(learn: Learn, shows_bytes: RwSignal<bool>) -> El {
    // Whoever goes to a byte sees it.
    effect(move || {
        if learn.page.pinned.with(Option::is_some) {
            shows_bytes.set(true);
        }
    });
    let tab = move |is_bytes: bool, words: &str| {
        el("button")
            .class("tab")
            .attr("role", "tab")
            .live_attr("aria-selected", move || Some((shows_bytes.get() == is_bytes).to_string()))
            .text(words)
            .on_click(move || shows_bytes.set(is_bytes))
    };
    let language = RwSignal::new(chosen_before());
    let tabs = el("div")
        .class("learn-tabs")
        .child(
            el("div")
                .attr("role", "tablist")
                .attr("aria-label", "What is shown of this message")
                .child(tab(false, "Both programs"))
                .child(tab(true, "Bytes and fields")),
        )
        .child(el("span").class("spacer"))
        .child(el("span").class("chip").live_text(move || learn.moment.with(|moment| clock(&moment.both))))
        .child(languages(language));
    let sides = [("frontend", "client"), ("backend", "server")];
    let boxes = sides
        .into_iter()
        .fold(el("div").class("programs"), |boxes, (side, name)| boxes.child(program(learn, language, side, name)));
    el("div").class("at-work").child(tabs).child(
        el("div")
            .class("at-work-body")
            .child(further(learn))
            .child(first(learn))
            .child(boxes)
            .child(facts(learn))
            .live_flag("hidden", move || shows_bytes.get()),
    )
}

/// When it is, and how long nothing had come before.
fn clock(both: &programs::Both) -> String {
    let Some(at) = both.at_us else { return String::new() };
    let after = both.after_us.filter(|after| *after > 0).map(|after| format!(", after {}", time(after)));
    format!("{}{}", time(at), after.unwrap_or_default())
}

fn time(us: i64) -> String {
    match u64::try_from(us) {
        Ok(us @ 1_000_000..) => decimal(us, 1_000_000, 2) + " s",
        Ok(us @ 1_000..) => decimal(us, 1_000, 2) + " ms",
        _ => format!("{us} µs"),
    }
}

fn languages(language: RwSignal<String>) -> El {
    let list = el("select").class("chip").attr("aria-label", "Language of the code");
    let chosen = list.clone();
    let now = language.get_untracked();
    let options =
        LANGUAGES.iter().map(|(end, name)| el("option").attr("value", end).text(name).flag("selected", *end == now));
    list.children(options.collect()).on("change", move |_: Event| {
        let end = chosen.of::<HtmlSelectElement>().value();
        remembered::set(REMEMBERED, &end);
        language.set(end);
    })
}

fn chosen_before() -> String {
    let known = remembered::get(REMEMBERED).filter(|kept| LANGUAGES.iter().any(|(end, _)| end == kept));
    known.unwrap_or_else(|| LANGUAGES[0].0.to_owned())
}

/// One of them.
fn program(learn: Learn, language: RwSignal<String>, side: &'static str, name: &'static str) -> El {
    let own = Memo::new(move |_| {
        learn
            .moment
            .with(|moment| if side == "frontend" { moment.both.client.clone() } else { moment.both.server.clone() })
    });
    let is_stuck = move || learn.moment.with(|moment| moment.both.is_stuck);
    let head = el("div")
        .class("program-head")
        .child(el("h3").class("end-name").attr("data-side", side).text(name))
        .child(el("span").class("program-state").live(move || own.with(state)));
    let sign = el("p")
        .class("program-sign")
        .live_flag("data-blocked", move || own.with(|own| own.is_blocked))
        .live_flag("data-stuck", is_stuck)
        .live_text(move || own.with(sign_words));
    let holds = move || {
        own.with(|own| {
            let words = || format!("not flushed yet: the answers to {}", own.holds.join(", "));
            if own.holds.is_empty() { own.takes.clone() } else { words() }
        })
    };
    el("section")
        .class("program")
        .attr("data-side", side)
        .attr("aria-label", &format!("The {name}"))
        .child(head)
        .child(sign)
        .child(el("div").class("inbox").live(move || own.with(|own| inbox(&own.inbox))))
        .child(
            el("p")
                .class("program-holds")
                .live_text(holds)
                .live_flag("hidden", move || own.with(|own| own.holds.is_empty() && own.takes.is_empty())),
        )
        .child(code(own, language, name))
        .child(ways(own, learn.states()))
        .child(whole(own, if side == "frontend" { Direction::Frontend } else { Direction::Backend }))
}

/// The state of an end, and what led there.
fn state(own: &Program) -> Vec<El> {
    if own.state.is_empty() {
        return Vec::new();
    }
    let chip = el("a")
        .class("chip state")
        .attr("translate", "no")
        .attr("href", &format!("messages/{}", own.page))
        .text(&own.state);
    let from = (!own.before.is_empty())
        .then(|| el("span").class("program-moved").text(&format!("{} → ", own.before)).attr("title", &own.by));
    let by = (!own.by.is_empty()).then(|| el("span").class("program-moved").text(&format!(" {}", own.by)));
    from.into_iter().chain([chip]).chain(by).collect()
}

fn sign_words(own: &Program) -> String {
    format!("{}{}", if own.is_blocked { "‖ " } else { "" }, own.does)
}

/// What lies before an end: what of the present message it has taken, what it has not, and what is to come.
fn inbox(cells: &Cells) -> Vec<El> {
    let cell = |kind: &str, text: &str| el("span").class("inbox-cell").attr("data-is", kind).text(text);
    let here = cells.unread.len() + cells.more;
    let words = match (here, cells.missing) {
        (0, 0) => "inbox: empty".to_owned(),
        (0, missing) => format!("inbox: empty, {} wanted", counted(missing, "byte")),
        (here, 0) => format!("inbox: {} unread", counted(here, "byte")),
        (here, missing) => format!("inbox: {} unread, {missing} to come", counted(here, "byte")),
    };
    let mut drawn: Vec<El> = Vec::new();
    drawn.extend(cells.taken.iter().map(|byte| cell("taken", &format!("{byte:02x}"))));
    drawn.extend(cells.unread.iter().map(|byte| cell("unread", &format!("{byte:02x}"))));
    drawn.truncate(MOST_CELLS);
    let cut = cells.taken.len() + here - drawn.len();
    if cut > 0 {
        drawn.push(cell("more", &format!("+{cut}")));
    } else {
        let room = MOST_CELLS.saturating_sub(drawn.len());
        let on_the_way = cells.under_way.max(cells.missing);
        drawn.extend(
            (0..on_the_way.min(room)).map(|nth| cell(if nth < cells.under_way { "coming" } else { "wanted" }, "")),
        );
        if on_the_way > room {
            drawn.push(cell("more", &format!("+{}", on_the_way - room)));
        }
    }
    vec![
        el("p").class("inbox-words").text(&words),
        el("div").class("inbox-cells").attr("aria-hidden", "true").children(drawn),
    ]
}

/// Its code: the line that has just run, and the one that runs or blocks.
fn code(own: Memo<Program>, language: RwSignal<String>, name: &'static str) -> El {
    let lines = RwSignal::<Vec<Listed>>::default();
    effect(move || {
        let end = language.get();
        spawn_local(async move {
            let listing = fetched(&format!("code/{name}.{end}")).await;
            if language.get_untracked() == end {
                lines.set(listing.map(|text| programs::listing(&text)).unwrap_or_default());
            }
        });
    });
    let marks = Memo::new(move |_| own.with(|own| (own.marks.clone(), own.is_blocked)));
    let drawn = move || {
        let (marks, is_blocked) = marks.get();
        lines.with(|lines| lines.iter().map(|line| code_line(line, &marks, is_blocked, name)).collect())
    };
    let list =
        el("ol").class("code").attr("tabindex", "0").attr("aria-label", &format!("Code of the {name}")).live(drawn);
    // The line that runs stays in sight.
    let shown = list.clone();
    effect(move || {
        marks.track();
        lines.track();
        let shown = shown.clone();
        after(0, move || keep_in_view(&shown, &format!("{name}-now")));
    });
    list
}

fn code_line(line: &Listed, marks: &[(Words, Mark)], is_blocked: bool, name: &str) -> El {
    let has =
        |mark: Mark| marks.iter().any(|(place, own)| *own == mark && line.places.iter().any(|known| *known == **place));
    let (mark, words) = match () {
        () if has(Mark::Now) && is_blocked => (Some("now"), Some("blocks here")),
        () if has(Mark::Now) => (Some("now"), Some("runs now")),
        () if has(Mark::Calls) => (Some("calls"), None),
        () if has(Mark::Ran) => (Some("ran"), Some("has just run")),
        () => (None, None),
    };
    let element = el("li").text(&line.text);
    element.set("data-mark", mark);
    element.set("id", (mark == Some("now")).then(|| format!("{name}-now")).as_deref());
    element.set("aria-current", (mark == Some("now")).then_some("true"));
    match words {
        Some(words) => element
            .child(el("span").class("code-now").text(if mark == Some("now") && is_blocked { "  ‖" } else { "" }))
            .child(el("span").class("visually-hidden").text(&format!(" ({words})"))),
        None => element,
    }
}

/// What a state is: of a file with all of them.
pub(crate) fn doc_of(docs: RwSignal<String>, page: &str) -> String {
    let of = |line: &str| line.split_once('\t').filter(|(own, _)| *own == page).map(|(_, doc)| doc.to_owned());
    docs.with(|docs| docs.lines().find_map(of)).unwrap_or_default()
}

/// Where an end can go from its state.
fn ways(own: Memo<Program>, docs: RwSignal<String>) -> El {
    let list = move || {
        own.with(|own| {
            let way = |exit: &programs::Exit| {
                el("li").text(&format!("{} → ", exit.on)).child(el("b").attr("translate", "no").text(&exit.to))
            };
            own.exits.iter().map(way).collect()
        })
    };
    el("details")
        .class("program-ways")
        .child(el("summary").text("Ways out of this state"))
        .child(el("p").live_text(move || doc_of(docs, own.with(|own| own.page.clone()).as_str())))
        .child(el("ul").live(list))
}

/// Other connections, each with its own lifelines and both its ends, as they are when this step is made.
fn further(learn: Learn) -> El {
    let all = Memo::new(move |_| learn.moment.with(|moment| (moment.further.clone(), moment.elsewhere)));
    let drawn = move || {
        all.with(|(all, elsewhere)| {
            all.iter().map(|one| connection(learn, one, *elsewhere == Some(one.connection))).collect()
        })
    };
    el("div").class("further").live(drawn).live_flag("hidden", move || all.with(|(all, _)| all.is_empty()))
}

/// Where there are others, the first one has its name, too.
fn first(learn: Learn) -> El {
    let is_alone = move || learn.moment.with(|moment| moment.further.is_empty());
    el("h3")
        .class("further-first")
        .text("connection 1")
        .live_flag("hidden", move || is_alone() || learn.page.loaded.with(|loaded| loaded.connection > 0))
}

fn connection(learn: Learn, one: &Further, is_now: bool) -> El {
    let (connection, number) = (one.connection, one.rows.last().map_or(0, |row| row.number));
    let open = el("button").class("chip").text("Show its bytes").on_click(move || {
        let page = learn.page;
        learn.aside.set(None);
        page.connect_to(connection, Then::Message(number));
    });
    let line = |row: &Row| {
        let line = one_line(&Line { row: row.clone(), ..Line::default() }, "");
        // It stands in no tree, and is none of the messages of the list.
        ["id", "data-row", "aria-level", "aria-posinset", "aria-setsize"].iter().for_each(|name| line.set(name, None));
        line.attr("role", "listitem").flag("data-now", is_now && row.number == number)
    };
    let rows = el("div")
        .class("further-rows")
        .attr("role", "list")
        .attr("aria-label", "Messages")
        .attr("tabindex", "0")
        .children(one.rows.iter().map(line).collect());
    let (both, shown) = (&one.both, rows.clone());
    // The last message is in sight.
    after(0, move || shown.of::<web_sys::Element>().set_scroll_top(i32::MAX));
    el("section")
        .class("further-one")
        .attr("aria-label", &one.name)
        .flag("data-now", is_now)
        .child(el("div").class("further-head").child(el("h3").text(&one.name)).child(open))
        .child(rows)
        .child(small(&both.client, both.is_stuck, "frontend", "client"))
        .child(small(&both.server, both.is_stuck, "backend", "server"))
}

/// An end of another connection: its state, its read, and what lies before it.
fn small(own: &Program, is_stuck: bool, side: &str, name: &str) -> El {
    let sign = el("p")
        .class("program-sign")
        .flag("data-blocked", own.is_blocked)
        .flag("data-stuck", is_stuck)
        .text(&sign_words(own));
    el("div")
        .class("program small")
        .attr("data-side", side)
        .child(
            el("div")
                .class("program-head")
                .child(el("h4").class("end-name").attr("data-side", side).text(name))
                .child(el("span").class("program-state").children(state(own))),
        )
        .child(sign)
        .child(el("div").class("inbox").children(inbox(&own.inbox)))
}

/// What both know.
fn facts(learn: Learn) -> El {
    let rows = move || {
        learn.moment.with(|moment| {
            let row = |fact: &programs::Fact| {
                let value = el("dd").text(&fact.value).flag("data-new", fact.is_new);
                let said = fact.is_new.then(|| el("span").class("visually-hidden").text(" (changed now)"));
                [el("dt").text(&fact.name), value.children(said.into_iter().collect())]
            };
            moment.both.facts.iter().flat_map(row).collect()
        })
    };
    el("dl").class("both-know").attr("aria-label", "What both ends know").live(rows)
}
