//! A whole file above its messages: a time line, and tables of its connections, its statements and its numbers.
//!
//! It asks the engine for the rows that are seen, ordered and sifted, and holds no more. What leads to a message turns the page to its
//! connection and to it.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Request, Since, Survey, Surveyed, Wanted};
use pgscope_view::overview::{Connection, Occurrence, Statement, Statistics, Stretch, duration, size};
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent, PointerEvent};

use crate::ask::{ask, ask_survey};
use crate::dom::{El, aria, by_id, counted, effect, el, grouped, key_of, on_resize, px, svg, window};
use crate::page::{Page, Then};
use crate::times;

/// So many rows are shown before somebody wants more.
const ROWS: usize = 200;
/// How wide a stretch of the time line is, in pixels.
const STRETCH: f64 = 6.0;
/// How much room there is beside the time line.
const BESIDE: f64 = 32.0;
/// How many colours connections have.
const COLOURS: usize = 8;

/// What is shown in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connections,
    Statements,
    Statistics,
}

const KINDS: [(Kind, &str); 3] =
    [(Kind::Connections, "Connections"), (Kind::Statements, "Statements"), (Kind::Statistics, "Statistics")];

/// The columns of the tables: their names, and whether numbers stand in them.
type Columns = &'static [(&'static str, bool)];
const OF_CONNECTIONS: Columns = &[
    ("client", false),
    ("user", false),
    ("database", false),
    ("application", false),
    ("begin", true),
    ("lasted", true),
    ("messages", true),
    ("bytes", true),
    ("queries", true),
    ("errors", true),
    ("findings", true),
    ("slowest", true),
    ("end", false),
];
const OF_STATEMENTS: Columns = &[
    ("statement", false),
    ("runs", true),
    ("errors", true),
    ("rows", true),
    ("total", true),
    ("median", true),
    ("p95", true),
    ("worst", true),
    ("first row", true),
];

/// What is wanted and what came: a handle.
#[derive(Clone, Copy)]
struct Overview {
    page: Page,
    kind: RwSignal<Kind>,
    is_folded: RwSignal<bool>,
    /// Whether only the connection that is shown counts.
    is_of_one: RwSignal<bool>,
    has: RwSignal<String>,
    /// By which column, and whether what is most comes first: of connections, and of statements.
    order: [RwSignal<(&'static str, bool)>; 2],
    limit: RwSignal<usize>,
    found: RwSignal<Option<Survey>>,
    /// Which statement's runs are shown, and these.
    runs: RwSignal<Option<(u32, Vec<Occurrence>)>>,
    /// The stretch of time that is shown; all where it is nothing.
    span: RwSignal<Option<(i64, i64)>>,
    line: RwSignal<Option<TimeLine>>,
    stretches: RwSignal<usize>,
}

#[derive(Clone, PartialEq)]
struct TimeLine {
    span: (i64, i64),
    begin_us: i64,
    line: Vec<Stretch>,
}

/// The pane.
pub(crate) fn pane(page: Page) -> El {
    let overview = Overview {
        page,
        kind: RwSignal::new(Kind::Connections),
        // Where there is room for one pane only, it is the messages that one came for.
        is_folded: RwSignal::new(is_narrow()),
        is_of_one: RwSignal::new(false),
        has: RwSignal::default(),
        order: [RwSignal::new(("", false)), RwSignal::new(("", false))],
        limit: RwSignal::new(ROWS),
        found: RwSignal::new(None),
        runs: RwSignal::new(None),
        span: RwSignal::new(None),
        line: RwSignal::new(None),
        stretches: RwSignal::new(0),
    };
    // Another input: nothing of what was chosen for the one before holds.
    effect(move || {
        page.inputs.track();
        overview.has.set(String::new());
        overview.order.iter().for_each(|order| order.set(("", false)));
        overview.span.set(None);
        overview.is_of_one.set(false);
        overview.kind.set(Kind::Connections);
    });
    effect(move || overview.ask());
    effect(move || overview.ask_line());
    let body = el("div").class("overview-body").attr("id", "overview-body").child(overview.time_line()).child(
        el("div")
            .class("overview-table")
            .attr("tabindex", "0")
            .attr("role", "region")
            .attr("aria-label", "Rows")
            .live(move || overview.table()),
    );
    let section = el("section").class("overview").attr("aria-label", "The whole file");
    let measured = section.clone();
    on_resize(&section, move || {
        let width = f64::from(measured.of::<Element>().client_width()) - BESIDE;
        overview.stretches.set((width / STRETCH).max(0.0) as usize);
    });
    section.child(overview.head()).child(body.live_flag("hidden", move || overview.is_folded.get()))
}

/// As in page.css.
fn is_narrow() -> bool {
    window().and_then(|window| window.inner_width().ok()?.as_f64()).is_some_and(|width| width <= 900.0)
}

impl Overview {
    fn connection(self) -> Option<usize> {
        let shown = self.page.loaded.with(|loaded| loaded.connection);
        self.is_of_one.get().then_some(shown)
    }

    fn order_of(self, kind: Kind) -> RwSignal<(&'static str, bool)> {
        let [connections, statements] = self.order;
        if kind == Kind::Statements { statements } else { connections }
    }

    /// Asks for what is shown in the table.
    fn ask(self) {
        self.page.inputs.track();
        // The connection that is shown says nothing of the rows but where only it counts.
        let is_here = self.page.loaded.with(|loaded| loaded.connections > 0);
        let (kind, connection) = (self.kind.get(), if self.is_of_one.get() { self.connection() } else { None });
        let (by, descending) = self.order_of(kind).get();
        let wanted = Wanted { by: by.to_owned(), descending, has: self.has.get(), from: 0, to: self.limit.get() };
        self.runs.set(None);
        if !is_here {
            return self.found.set(None);
        }
        let asked = match kind {
            Kind::Connections => Surveyed::Connections(wanted),
            Kind::Statements => Surveyed::Statements { connection, wanted },
            Kind::Statistics => Surveyed::Statistics { connection },
        };
        ask_survey(&asked, move |survey| self.found.set(survey));
    }

    fn ask_line(self) {
        self.page.inputs.track();
        let stretches = self.stretches.get();
        let connection = if self.is_of_one.get() { self.connection() } else { None };
        if stretches == 0 || self.page.loaded.with(|loaded| loaded.connections == 0) {
            return;
        }
        ask_survey(&Surveyed::TimeLine { span: self.span.get(), stretches, connection }, move |survey| {
            let line = match survey {
                Some(Survey::TimeLine { span, begin_us, line }) => Some(TimeLine { span, begin_us, line }),
                _ => None,
            };
            self.line.set(line);
        });
    }

    /// Turns the page to a message of a connection; both from 0.
    fn turn_to(self, connection: usize, message: usize) {
        let page = self.page;
        if page.loaded.with_untracked(|loaded| loaded.connection) == connection {
            return page.turn_to(message);
        }
        ask(Request::Connection(connection), move |reply| page.show(reply, Then::Message(message)));
    }

    fn head(self) -> El {
        let page = self.page;
        let chips = move || {
            let connections = page.loaded.with(|loaded| loaded.connections);
            vec![el("span").class("chip").text(&counted(connections, "connection"))]
        };
        let fold = el("button")
            .class("button")
            .attr("aria-controls", "overview-body")
            .live_attr("aria-expanded", move || aria(!self.is_folded.get()))
            .live_text(move || if self.is_folded.get() { "Unfold" } else { "Fold" }.to_owned())
            .on_click(move || self.is_folded.update(|folded| *folded = !*folded));
        el("div")
            .class("pane-head overview-head")
            .child(el("h2").text("The whole file"))
            .child(el("span").class("chips").live(chips))
            .child(self.bar().live_flag("hidden", move || self.is_folded.get()))
            .child(el("span").class("spacer"))
            .child(times::choice(page))
            .child(fold)
    }

    /// Which table, of what, and what its rows have.
    fn bar(self) -> El {
        let tab = move |(kind, name): (Kind, &'static str)| {
            el("button")
                .attr("role", "tab")
                .text(name)
                .live_attr("aria-selected", move || aria(self.kind.get() == kind))
                .live_attr("tabindex", move || Some(if self.kind.get() == kind { "0" } else { "-1" }.to_owned()))
                .on_click(move || self.choose(kind))
        };
        let keys = move |event: KeyboardEvent| {
            let step = match key_of(&event).as_str() {
                "ArrowRight" => 1,
                "ArrowLeft" => KINDS.len() - 1,
                _ => return,
            };
            event.prevent_default();
            let now = self.kind.get_untracked();
            let at = KINDS.iter().position(|(kind, _)| *kind == now).unwrap_or(0);
            if let Some((kind, _)) = KINDS.get((at + step) % KINDS.len()) {
                self.choose(*kind);
                if let Some(tab) = by_id("overview-tabs")
                    .and_then(|tabs| tabs.of::<Element>().query_selector("[aria-selected=true]").ok()?)
                {
                    let _ = wasm_bindgen::JsCast::dyn_into::<HtmlElement>(tab).map(|tab| tab.focus());
                }
            }
        };
        let tabs = el("div")
            .class("overview-tabs")
            .attr("role", "tablist")
            .attr("id", "overview-tabs")
            .attr("aria-label", "What is listed");
        let tabs = tabs.children(KINDS.into_iter().map(tab).collect()).on("keydown", keys);
        let field = el("input")
            .class("field-input")
            .attr("type", "search")
            .attr("placeholder", "Only rows with …")
            .attr("aria-label", "Only rows with");
        let (typed, emptied) = (field.clone(), field.clone());
        effect(move || {
            if self.has.get().is_empty() {
                emptied.of::<HtmlInputElement>().set_value("");
            }
        });
        let field = field
            .on("input", move |_: Event| {
                self.limit.set(ROWS);
                self.has.set(typed.of::<HtmlInputElement>().value());
            })
            .live_flag("hidden", move || self.kind.get() == Kind::Statistics);
        let one = el("input").attr("type", "checkbox");
        let (checked, shown) = (one.clone(), one.clone());
        effect(move || shown.of::<HtmlInputElement>().set_checked(self.is_of_one.get()));
        let one = one.on("change", move |_: Event| self.is_of_one.set(checked.of::<HtmlInputElement>().checked()));
        let one = el("label").class("overview-one").child(one).text(" only the one shown below");
        el("div").class("overview-bar").child(tabs).child(field).child(one)
    }

    fn choose(self, kind: Kind) {
        self.limit.set(ROWS);
        self.has.set(String::new());
        self.kind.set(kind);
    }

    fn table(self) -> Vec<El> {
        self.found.with(|found| match found {
            Some(Survey::Connections { count, begin_us, rows }) => {
                let row = |row: &Connection| self.connection_row(row, *begin_us);
                self.rows_of(OF_CONNECTIONS, rows.iter().map(row).collect(), *count, "connection")
            }
            Some(Survey::Statements { count, rows }) => {
                let runs = self.runs.get();
                let all = rows.iter().flat_map(|row| {
                    let runs = runs.as_ref().filter(|(id, _)| *id == row.id).map(|(_, runs)| runs);
                    [Some(self.statement_row(row, runs.is_some())), runs.map(|runs| self.run_rows(runs))]
                });
                self.rows_of(OF_STATEMENTS, all.flatten().collect(), *count, "statement")
            }
            Some(Survey::Statistics(all)) => statistics(all),
            _ => vec![el("p").class("overview-none").text("Nothing is known of this input yet.")],
        })
    }

    fn rows_of(self, columns: Columns, rows: Vec<El>, count: usize, what: &str) -> Vec<El> {
        let kind = self.kind.get_untracked();
        let order = self.order_of(kind);
        let (by, descending) = order.get_untracked();
        let head = |(name, is_number): &(&'static str, bool)| {
            let (name, is_number) = (*name, *is_number);
            let sorted = match (by == name, descending) {
                (false, _) => "none",
                (true, true) => "descending",
                (true, false) => "ascending",
            };
            let turn = move || {
                // Numbers: what is most is looked for.
                let (by, descending) = order.get_untracked();
                let next = if by == name { !descending } else { is_number };
                order.set((name, next));
            };
            el("th")
                .attr("scope", "col")
                .attr("aria-sort", sorted)
                .flag("data-number", is_number)
                .child(el("button").text(name).on_click(turn))
        };
        let head = el("thead").child(el("tr").children(columns.iter().map(head).collect()));
        let shown = self.limit.get_untracked();
        let more = (count > shown).then(|| {
            el("button")
                .class("button")
                .text(&format!("Show {} more of {}", grouped(ROWS.min(count - shown)), counted(count, what)))
                .on_click(move || self.limit.update(|limit| *limit += ROWS))
        });
        let none = (count == 0).then(|| el("p").class("overview-none").text(&format!("No {what} has that.")));
        let table = el("table").child(head).child(el("tbody").children(rows));
        std::iter::once(table).chain(more).chain(none).collect()
    }

    fn connection_row(self, row: &Connection, begin_us: Option<i64>) -> El {
        let number = row.number - 1;
        let name = if row.client.is_empty() { format!("connection {}", row.number) } else { row.client.clone() };
        let go = el("button")
            .class("overview-go")
            .attr(
                "title",
                &format!(
                    "connection {}, to {}",
                    row.number,
                    if row.server.is_empty() { "a server" } else { &row.server }
                ),
            )
            .child(
                el("i").class("dot").attr("data-colour", &(number % COLOURS).to_string()).attr("aria-hidden", "true"),
            )
            .text(&name)
            .on_click(move || self.page.connect(number));
        let begin = row.begin_us.zip(begin_us).map(|(at, begin)| format!("{:.3} s", (at - begin) as f64 / 1e6));
        let slowest = row.slowest_us.zip(row.slowest_message).map(|(slowest, message)| {
            el("button")
                .class("link")
                .text(&duration(slowest.into()))
                .attr("title", &format!("message {}", grouped(message)))
                .on_click(move || self.turn_to(number, message - 1))
        });
        let end = match row.cancels {
            Some(other) => {
                el("td").child(el("button").class("link").text(&row.end).on_click(move || self.page.connect(other - 1)))
            }
            None => el("td").text(&row.end),
        };
        let page = self.page;
        let is_shown = Memo::new(move |_| page.loaded.with(|loaded| loaded.connection == number));
        el("tr")
            .live_attr("aria-current", move || is_shown.get().then(|| "true".to_owned()))
            .child(el("td").child(go))
            .child(text(&row.user))
            .child(text(&row.database))
            .child(text(&row.application))
            .child(value(begin))
            .child(value(row.lasted_us.map(duration)))
            .child(value(Some(grouped(row.messages))))
            .child(value(Some(size(row.bytes.iter().sum()))))
            .child(value(Some(grouped(row.queries))))
            .child(value(Some(grouped(row.errors))).flag("data-bad", row.errors > 0))
            .child(value(Some(grouped(row.findings))).flag("data-bad", row.findings > 0))
            .child(slowest.map_or_else(|| value(None), |slowest| el("td").flag("data-number", true).child(slowest)))
            .child(end)
    }

    fn statement_row(self, row: &Statement, is_open: bool) -> El {
        let id = row.id;
        let toggle = move || {
            if self.runs.with_untracked(|runs| runs.as_ref().is_some_and(|(open, _)| *open == id)) {
                return self.runs.set(None);
            }
            let connection = if self.is_of_one.get_untracked() {
                Some(self.page.loaded.with_untracked(|loaded| loaded.connection))
            } else {
                None
            };
            ask_survey(&Surveyed::Runs { id, connection }, move |survey| {
                if let Some(Survey::Runs(runs)) = survey {
                    self.runs.set(Some((id, runs)));
                }
            });
        };
        let done = |of: fn(&pgscope_view::overview::Durations) -> u32| {
            value(row.done.as_ref().map(|done| duration(of(done).into())))
        };
        let go = el("button").class("overview-go overview-sql").attr("title", &row.text).text(&row.text);
        let go = go.live_attr("aria-expanded", move || aria(is_open)).on_click(toggle);
        el("tr")
            .child(el("td").child(go))
            .child(value(Some(grouped(row.count))))
            .child(value(Some(grouped(row.errors))).flag("data-bad", row.errors > 0))
            .child(value(Some(grouped(usize::try_from(row.rows).unwrap_or(usize::MAX)))))
            .child(value(Some(duration(row.total_us))))
            .child(done(|done| done.median))
            .child(done(|done| done.p95))
            .child(done(|done| done.worst))
            .child(value(row.first.map(|first| duration(first.median.into()))))
    }

    /// The runs of a statement, the slowest first.
    fn run_rows(self, runs: &[Occurrence]) -> El {
        let one = |run: &Occurrence| {
            let (connection, message) = (run.connection - 1, run.message - 1);
            let took = run.done_us.map_or_else(|| "no answer".to_owned(), |done| duration(done.into()));
            let failed = if run.failed { ", failed" } else { "" };
            el("button")
                .class("chip")
                .flag("data-bad", run.failed)
                .text(&format!("{took}, {}{failed}", counted(run.rows as usize, "row")))
                .attr("title", &format!("connection {}, message {}", run.connection, grouped(run.message)))
                .on_click(move || self.turn_to(connection, message))
        };
        let chips = el("div").class("chips").children(runs.iter().take(60).map(one).collect());
        let columns = OF_STATEMENTS.len().to_string();
        el("tr").class("overview-runs").child(el("td").attr("colspan", &columns).child(chips))
    }

    /// Bars of what happened when, to be clicked, and zoomed into by dragging over a stretch.
    fn time_line(self) -> El {
        let place = el("div").class("timeline").attr("role", "img");
        let dragged = RwSignal::new(None::<(f64, f64)>);
        let at = move |event: &PointerEvent| f64::from(event.offset_x());
        let time = move |x: f64| {
            self.line.with_untracked(|line| {
                let TimeLine { span: (from, to), line, .. } = line.as_ref()?;
                let part = (x / (line.len() as f64 * STRETCH)).clamp(0.0, 1.0);
                Some(from + ((to - from) as f64 * part) as i64)
            })
        };
        let down = move |event: PointerEvent| dragged.set(Some((at(&event), at(&event))));
        let moves = move |event: PointerEvent| {
            dragged.update(|dragged| {
                if let Some((_, to)) = dragged {
                    *to = at(&event);
                }
            });
        };
        let up = move |event: PointerEvent| {
            let Some((from, _)) = dragged.get_untracked() else { return };
            dragged.set(None);
            let to = at(&event);
            let (Some(first), Some(last)) = (time(from.min(to)), time(from.max(to))) else { return };
            if (from - to).abs() > STRETCH {
                return self.span.set(Some((first, last.max(first + 1))));
            }
            let page = self.page;
            ask_survey(&Surveyed::At(first), move |survey| {
                if let Some(Survey::At(number)) = survey {
                    page.turn_to(number);
                }
            });
        };
        let words = move || {
            self.line.with(|line| {
                let line = line.as_ref()?;
                let errors: usize = line.line.iter().map(|stretch| stretch.errors).sum();
                Some(format!(
                    "Time line: {}, {}",
                    duration((line.span.1 - line.span.0).unsigned_abs()),
                    counted(errors, "error")
                ))
            })
        };
        let place = place
            .live_attr("aria-label", words)
            .live(move || self.line.with(|line| line.as_ref().map(|line| vec![drawn(line)]).unwrap_or_default()))
            .on("pointerdown", down)
            .on("pointermove", moves)
            .on("pointerup", up)
            .on("pointerleave", move |_: PointerEvent| dragged.set(None));
        let over = move || {
            dragged
                .get()
                .filter(|(from, to)| (from - to).abs() > STRETCH)
                .map(|(from, to)| (from.min(to), (from - to).abs()))
        };
        let veil = el("div").class("timeline-veil").attr("aria-hidden", "true");
        let veiled = veil.clone();
        effect(move || {
            let (left, width) = over().unwrap_or_default();
            veiled.set_style("left", &px(left));
            veiled.set_style("width", &px(width));
        });
        let scale = move || self.line.with(|line| line.as_ref().map(scale).unwrap_or_default());
        let whole = el("button")
            .class("button")
            .text("Show all of the time")
            .live_flag("hidden", move || self.span.get().is_none())
            .on_click(move || self.span.set(None));
        el("div")
            .class("timeline-box")
            .live_flag("hidden", move || self.line.with(Option::is_none))
            .child(el("div").class("timeline-frame").child(place).child(veil))
            .child(el("div").class("timeline-scale").attr("aria-hidden", "true").live(scale))
            .child(el("div").class("timeline-foot").child(legend()).child(el("span").class("spacer")).child(whole))
    }
}

fn legend() -> El {
    let sign = |kind: &str, words: &str| {
        el("span").class("timeline-sign").child(el("i").attr("data-kind", kind).attr("aria-hidden", "true")).text(words)
    };
    el("span")
        .class("chips")
        .child(sign("server", "servers at work"))
        .child(sign("transaction", "idle in a transaction"))
        .child(sign("error", "errors"))
        .child(el("span").class("timeline-hint").text("A click goes there; dragging shows a stretch."))
}

/// How tall the time line is drawn.
const TALL: f64 = 48.0;

fn drawn(time_line: &TimeLine) -> El {
    let TimeLine { span: (from, to), line, .. } = time_line;
    let width = line.len() as f64 * STRETCH;
    let length = ((to - from) as f64 / line.len().max(1) as f64).max(1.0);
    let most = line.iter().map(|stretch| stretch.server_us + stretch.in_transaction_us).max().unwrap_or(0) as f64;
    let tall = |microseconds: u64| (microseconds as f64 / most.max(length / 20.0).max(1.0) * TALL).min(TALL);
    let box_of = |kind: &str, x: f64, bottom: f64, height: f64| {
        svg("rect")
            .attr("data-kind", kind)
            .attr("x", &format!("{x:.1}"))
            .attr("y", &format!("{:.1}", TALL - bottom - height))
            .attr("width", &format!("{:.1}", STRETCH - 1.0))
            .attr("height", &format!("{height:.1}"))
    };
    let mut bars = Vec::new();
    for (nth, stretch) in line.iter().enumerate() {
        let x = nth as f64 * STRETCH;
        let (server, open) = (tall(stretch.server_us), tall(stretch.in_transaction_us));
        if stretch.connections > 0 {
            bars.push(box_of("here", x, 0.0, 1.5));
        }
        if server > 0.0 {
            bars.push(box_of("server", x, 0.0, server.max(1.5)));
        }
        if open > 0.0 {
            bars.push(box_of("transaction", x, server, open));
        }
        if stretch.errors > 0 {
            bars.push(box_of("error", x, 0.0, TALL).attr("width", "2"));
        }
    }
    svg("svg")
        .attr("viewBox", &format!("0 0 {width:.0} {TALL}"))
        .attr("width", &format!("{width:.0}"))
        .attr("height", &format!("{TALL}"))
        .children(bars)
}

/// Some times below the time line.
fn scale(line: &TimeLine) -> Vec<El> {
    let (from, to) = line.span;
    let places = 5;
    let at = |nth: i64| {
        let time = from + (to - from) * nth / (places - 1);
        el("span").text(&duration((time - line.begin_us).unsigned_abs()))
    };
    (0..places).map(at).collect()
}

fn text(words: &str) -> El {
    if words.is_empty() { el("td").class("faint").text("–") } else { el("td").text(words) }
}

fn value(words: Option<String>) -> El {
    let cell = el("td").flag("data-number", true);
    match words {
        Some(words) => cell.text(&words),
        None => cell.text("–"),
    }
}

fn statistics(all: &Statistics) -> Vec<El> {
    let [frontend, backend] = all.messages;
    let [sent, received] = all.bytes;
    let [parses, again] = all.parses;
    let [in_text, binary] = all.values;
    let rows = usize::try_from(all.rows).unwrap_or(usize::MAX);
    let facts = [
        ("connections", grouped(all.connections)),
        ("lasted", all.lasted_us.map_or_else(|| "–".to_owned(), duration)),
        ("messages", format!("{} by clients, {} by servers", grouped(frontend), grouped(backend))),
        ("bytes", format!("{} by clients, {} by servers", size(sent), size(received))),
        ("queries", format!("{}, {}", grouped(all.queries), counted(rows, "row"))),
        ("round trips", grouped(all.round_trips)),
        (
            "Parse and Bind",
            format!("{} and {}; {} texts prepared again", grouped(parses), grouped(all.binds), grouped(again)),
        ),
        ("values", format!("{} as text, {} in binary format", size(in_text), size(binary))),
        ("errors", format!("{}, and {}", grouped(all.errors), counted(all.notices, "notice"))),
        ("servers at work", duration(all.server_us)),
        (
            "clients had the word",
            format!("{}, {} of that in a transaction", duration(all.client_us), duration(all.in_transaction_us)),
        ),
    ];
    let list =
        facts.iter().fold(el("dl"), |list, (name, value)| list.child(el("dt").text(name)).child(el("dd").text(value)));
    let advice = (!all.advice.is_empty()).then(|| {
        let points = all.advice.iter().map(|advice| el("li").text(advice)).collect();
        el("div").child(el("h3").text("What could be spared")).child(el("ul").children(points))
    });
    let kind = |kind: &pgscope_view::overview::Kind| {
        el("tr")
            .child(el("td").child(el("b").class(&kind.direction).text(&kind.direction)))
            .child(el("td").text(&kind.name))
            .child(value(Some(grouped(kind.count))))
            .child(value(Some(size(kind.bytes))))
    };
    let head = [("sent by", false), ("message", false), ("count", true), ("bytes", true)];
    let head = head.map(|(name, is_number)| el("th").attr("scope", "col").flag("data-number", is_number).text(name));
    let table = el("table")
        .child(el("thead").child(el("tr").children(head.into_iter().collect())))
        .child(el("tbody").children(all.kinds.iter().map(kind).collect()));
    let facts = el("div").class("overview-facts").child(list).children(advice.into_iter().collect());
    vec![el("div").class("overview-statistics").child(facts).child(table)]
}

/// The words of a choice of times.
pub(crate) const TIMES: [(&str, Option<Since>); 5] = [
    ("no times", None),
    ("since the beginning", Some(Since::File)),
    ("since the message before", Some(Since::Before)),
    ("since the request", Some(Since::Request)),
    ("time of day, UTC", Some(Since::Day)),
];

/// A list of these choices; `chosen` gets the number of the one that is taken.
pub(crate) fn choices(chosen: RwSignal<usize>) -> El {
    let list = el("select").class("button").attr("aria-label", "Times of messages");
    let list = list.children(TIMES.iter().map(|(words, _)| el("option").text(words)).collect());
    let (changed, shown) = (list.clone(), list.clone());
    effect(move || shown.of::<HtmlSelectElement>().set_selected_index(chosen.get() as i32));
    list.on("change", move |_: Event| chosen.set(changed.of::<HtmlSelectElement>().selected_index().max(0) as usize))
}
