//! A whole file above its messages: a time line, and tables of its connections, its statements, its messages in one order of time, and
//! its numbers.
//!
//! It asks the engine for the rows that are seen, ordered and sifted, and holds no more. What leads to a message turns the page to its
//! connection and to it.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Said, Since, Survey, Surveyed, Wanted};
use pgscope_view::overview::{Connection, Kind as SortOfMessage, Occurrence, Statement, Statistics, duration};
use pgscope_view::print::overview::{POOLED, RARE, Rows, UNANSWERED, facts};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlInputElement, HtmlSelectElement, KeyboardEvent};

use crate::ask::{ask_survey, soon};
use crate::dom::{El, after, aria, around, by_id, counted, effect, el, grouped, is_in, key_of, window};
use crate::page::{Page, slice};
use crate::{timeline, times};

/// So many rows are shown before somebody wants more.
const ROWS: usize = 200;
/// How many colours connections have.
const COLOURS: usize = 8;

/// What is shown in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Connections,
    Statements,
    Messages,
    Statistics,
}

const KINDS: [(Kind, &str); 4] = [
    (Kind::Connections, "Connections"),
    (Kind::Statements, "Statements"),
    (Kind::Messages, "Messages"),
    (Kind::Statistics, "Statistics"),
];
/// What one can write.
const LIKE: &str = "Words, bytes, or an expression as in the filter: tag == \"E\" && sqlstate ~ \"^23\", duration > 100ms, query contains \"update\"";
/// In so many messages problems are looked for at once.
const FINDINGS: usize = 20_000;
/// The columns of messages, and whether numbers stand in them.
const MESSAGES: [(&str, bool); 6] =
    [("connection", false), ("time", true), ("message", true), ("sent by", false), ("name", false), ("says", false)];

/// Of these columns a number above zero is a bad sign.
const BAD: [&str; 3] = ["errors", "findings", UNANSWERED];

/// The columns of a table as they stand here: what a row is about first, no number of it, and none of the rare ones in which nothing stands.
fn columns<T: Rows>(rows: &[T]) -> Vec<(&'static str, bool)> {
    let is_shown = |name: &str| !RARE.contains(&name) || rows.iter().any(|row| !cells(row)(name).is_empty());
    let shown = T::COLUMNS.iter().copied().filter(|(name, _)| !name.is_empty() && is_shown(name));
    let mut columns: Vec<_> = shown.collect();
    columns.sort_by_key(|(name, _)| *name != "statement");
    columns
}

/// What a row says, a cell each.
fn cells<T: Rows>(row: &T) -> impl Fn(&str) -> String {
    let told = row.told();
    move |column| {
        let at = T::COLUMNS.iter().position(|(name, _)| *name == column);
        at.and_then(|at| told.get(at)).cloned().unwrap_or_default()
    }
}

/// What is wanted and what came: a handle.
#[derive(Clone, Copy)]
struct Overview {
    page: Page,
    kind: RwSignal<Kind>,
    is_folded: RwSignal<bool>,
    /// Whether only the connection that is shown counts; and which that is, where it does.
    is_of_one: RwSignal<bool>,
    connection: Memo<Option<usize>>,
    /// The part of the time that the time line shows; all where it is nothing.
    span: RwSignal<Option<(i64, i64)>>,
    /// What is read and how: what is known of one reading is not known of another.
    reading: Memo<(usize, usize)>,
    has: RwSignal<String>,
    /// By which column, and whether what is most comes first: of connections, and of statements.
    order: [RwSignal<(&'static str, bool)>; 2],
    limit: RwSignal<usize>,
    found: RwSignal<Option<Survey>>,
    /// How many messages were looked at, of how many, while that goes on; and what is asked: what was asked before is of no interest.
    looked: RwSignal<Option<(usize, usize)>>,
    /// The reading of which all was looked through, and the rows asked for since.
    searched: RwSignal<Option<(usize, usize)>>,
    round: RwSignal<usize>,
    /// Which statement's runs are shown, and these.
    runs: RwSignal<Option<(u32, Vec<Occurrence>)>>,
}

/// The pane.
pub(crate) fn pane(page: Page) -> El {
    let is_of_one = RwSignal::new(false);
    let shown = move || page.loaded.with(|loaded| loaded.connection);
    let reading = move || (page.loaded.with(|loaded| loaded.connections), page.loads.get_value());
    let overview = Overview {
        page,
        connection: Memo::new(move |_| is_of_one.get().then(shown)),
        reading: Memo::new(move |_| reading()),
        kind: RwSignal::new(Kind::Connections),
        // Where there is room for one pane only, it is the messages that one came for.
        is_folded: RwSignal::new(is_narrow()),
        is_of_one,
        span: RwSignal::new(None),
        has: RwSignal::default(),
        order: [RwSignal::new(("", false)), RwSignal::new(("", false))],
        limit: RwSignal::new(ROWS),
        found: RwSignal::new(None),
        looked: RwSignal::new(None),
        searched: RwSignal::new(None),
        round: RwSignal::new(0),
        runs: RwSignal::new(None),
    };
    // Another input: nothing of what was chosen for the one before holds.
    effect(move || {
        page.inputs.track();
        overview.has.set(String::new());
        overview.order.iter().for_each(|order| order.set(("", false)));
        overview.is_of_one.set(false);
        overview.kind.set(Kind::Connections);
    });
    effect(move || overview.ask());
    let rows = el("div")
        .class("overview-table")
        .attr("tabindex", "0")
        .attr("role", "region")
        .attr("aria-label", "Rows")
        .live(move || overview.table());
    let section = el("section").class("overview").attr("aria-label", "The whole file");
    let line = timeline::line(page, overview.reading, overview.connection, overview.span, &section);
    let body = el("div").class("overview-body").attr("id", "overview-body").child(line).child(rows);
    section.child(overview.head()).child(body.live_flag("hidden", move || overview.is_folded.get()))
}

/// As in page.css.
fn is_narrow() -> bool {
    window().and_then(|window| window.inner_width().ok()?.as_f64()).is_some_and(|width| width <= 900.0)
}

/// How much each end said, and how often one waited for the other.
fn both_ways(row: &Connection) -> String {
    let [client, server] = row.bytes.map(|bytes| counted(bytes as usize, "byte"));
    format!("{client} by the client, {server} by the server, {}", counted(row.round_trips, "round trip"))
}

/// The connections on a pooler's other side.
fn pooled(page: Page, row: &Connection) -> El {
    let (words, title, others) = match row.carries.as_slice() {
        [] => ("on", "A pooler carries on there what is asked here", &row.carried_by),
        of => ("for", "A pooler carries on here what is asked there", &of.to_vec()),
    };
    if others.is_empty() {
        return el("td");
    }
    let link = |other: &usize| {
        let other = *other;
        let name = format!("connection {}", grouped(other));
        el("button")
            .class("link")
            .attr("aria-label", &name)
            .text(&grouped(other))
            .on_click(move || page.connect(other - 1))
    };
    let links = others.iter().flat_map(|other| [el("span").text(" "), link(other)]);
    el("td").attr("title", title).child(el("span").text(words)).children(links.collect())
}

impl Overview {
    fn order_of(self, kind: Kind) -> RwSignal<(&'static str, bool)> {
        let [connections, statements] = self.order;
        if kind == Kind::Statements { statements } else { connections }
    }

    /// Asks for what is shown in the table.
    fn ask(self) {
        let (connections, _) = self.reading.get();
        let (kind, connection) = (self.kind.get(), self.connection.get());
        let (by, descending) = self.order_of(kind).get();
        let wanted = Wanted {
            by: by.to_owned(),
            descending,
            has: self.has.get(),
            span: self.span.get(),
            from: 0,
            to: self.limit.get(),
        };
        self.runs.set(None);
        self.looked.set(None);
        let round = self.round.get_untracked() + 1;
        self.round.set(round);
        if connections == 0 {
            return self.found.set(None);
        }
        let asked = match kind {
            Kind::Connections => Surveyed::Connections(wanted),
            Kind::Statements => Surveyed::Statements { connection, wanted },
            Kind::Statistics => Surveyed::Statistics { connection },
            Kind::Messages => {
                let like = wanted.has.trim().to_owned();
                let (span, to) = (wanted.span, wanted.to);
                return self.look(round, Surveyed::Messages { like, span, from: 0, to, messages: slice() });
            }
        };
        ask_survey(&asked.clone(), move |survey| {
            self.found.set(survey);
            if kind == Kind::Connections {
                self.find(round, asked);
            }
        });
    }

    /// Looks for what is wrong on all connections, a slice at a time, and then asks for their rows again.
    fn find(self, round: usize, rows: Surveyed) {
        ask_survey(&Surveyed::Findings { messages: FINDINGS }, move |survey| {
            let Some(Survey::Findings { looked, all }) = survey else { return };
            if self.round.get_untracked() != round {
                return;
            }
            if looked < all {
                self.looked.set(Some((looked, all)));
                soon(move || self.find(round, rows));
                return;
            }
            self.looked.set(None);
            let reading = Some(self.reading.get_untracked());
            if self.searched.get_untracked() == reading {
                return;
            }
            self.searched.set(reading);
            ask_survey(&rows, move |survey| {
                // What is the same stays as it is, with what has the focus.
                if self.round.get_untracked() == round && self.found.with_untracked(|found| *found != survey) {
                    self.found.set(survey);
                }
            });
        });
    }

    /// Looks through the messages, a slice at a time, until there is enough to be shown, or something else is wanted.
    fn look(self, round: usize, asked: Surveyed) {
        ask_survey(&asked.clone(), move |survey| {
            let is_wanted = self.round.get_untracked() == round;
            let Some(Survey::Messages { looked, all, is_done, .. }) = survey.as_ref().filter(|_| is_wanted) else {
                return;
            };
            let progress = (!is_done).then_some((*looked, *all));
            // Rows are drawn when they change.
            if progress.is_none() || self.found.with_untracked(|found| messages_in(found) != messages_in(&survey)) {
                self.found.set(survey);
            }
            self.looked.set(progress);
            if progress.is_some() {
                soon(move || self.look(round, asked));
            }
        });
    }

    fn head(self) -> El {
        let page = self.page;
        let chips = move || {
            let connections = page.loaded.with(|loaded| loaded.connections);
            vec![el("span").class("chip").text(&counted(connections, "connection"))]
        };
        let left_out = el("span")
            .class("overview-left-out")
            .attr("translate", "no")
            .live_text(move || page.loaded.with(|loaded| loaded.left_out.clone()));
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
            .child(left_out)
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
                    let _ = tab.dyn_into::<HtmlElement>().map(|tab| tab.focus());
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
            .live_attr("placeholder", move || {
                let is_messages = self.kind.get() == Kind::Messages;
                Some(if is_messages { "Only messages like …" } else { "Only rows with …" }.to_owned())
            })
            .live_attr("title", move || (self.kind.get() == Kind::Messages).then(|| LIKE.to_owned()))
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
        let one = one.live_flag("hidden", move || self.kind.get() == Kind::Messages);
        let told = move || {
            let looked = self.looked.get();
            let what = if self.kind.get() == Kind::Connections { "looked for what is wrong in" } else { "looked at" };
            looked.map_or_else(String::new, |(now, all)| format!("{what} {} of {} …", grouped(now), grouped(all)))
        };
        let stop = el("button").class("button").text("Stop").on_click(move || {
            self.round.update(|round| *round += 1);
            self.looked.set(None);
        });
        let looking = el("span")
            .class("overview-one")
            .child(el("span").attr("role", "status").live_text(told))
            .child(stop.live_flag("hidden", move || self.looked.with(Option::is_none)));
        let then = el("span").class("chip").text("only this stretch");
        let then = then.live_flag("hidden", move || self.span.get().is_none() || self.kind.get() == Kind::Statistics);
        el("div").class("overview-bar").child(tabs).child(field).child(one).child(then).child(looking)
    }

    fn choose(self, kind: Kind) {
        self.limit.set(ROWS);
        self.has.set(String::new());
        self.kind.set(kind);
    }

    fn table(self) -> Vec<El> {
        self.found.with(|found| match found {
            Some(Survey::Connections { count, rows }) => {
                let columns = columns(rows);
                let row = |row: &Connection| self.connection_row(row, &columns);
                self.rows_of(&columns, rows.iter().map(row).collect(), *count, "connection")
            }
            Some(Survey::Statements { count, rows }) => {
                let (runs, columns) = (self.runs.get(), columns(rows));
                let all = rows.iter().flat_map(|row| {
                    let runs = runs.as_ref().filter(|(id, _)| *id == row.id).map(|(_, runs)| runs);
                    let shown = runs.map(|runs| self.run_rows(runs, columns.len()));
                    [Some(self.statement_row(row, runs.is_some(), &columns)), shown]
                });
                self.rows_of(&columns, all.flatten().collect(), *count, "statement")
            }
            Some(Survey::Messages { mistake, .. }) if !mistake.is_empty() => {
                vec![el("p").class("overview-none bad").attr("role", "alert").text(mistake)]
            }
            Some(Survey::Messages { count, rows, .. }) => {
                let row = |row: &Said| self.message_row(row);
                let head = MESSAGES
                    .into_iter()
                    .map(|(name, is_number)| el("th").attr("scope", "col").flag("data-number", is_number).text(name));
                let head = el("thead").child(el("tr").children(head.collect()));
                self.under(head, rows.iter().map(row).collect(), *count, "message")
            }
            Some(Survey::Statistics(all)) => statistics(all),
            _ => vec![el("p").class("overview-none").text("Nothing is known of this input yet.")],
        })
    }

    fn rows_of(self, columns: &[(&'static str, bool)], rows: Vec<El>, count: usize, what: &str) -> Vec<El> {
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
        self.under(el("thead").child(el("tr").children(columns.iter().map(head).collect())), rows, count, what)
    }

    /// Rows under a head, and a way to more.
    fn under(self, head: El, rows: Vec<El>, count: usize, what: &str) -> Vec<El> {
        let shown = self.limit.get_untracked();
        let more = (count > shown).then(|| {
            el("button")
                .class("button")
                .text(&format!("Show {} more of {}", grouped(ROWS.min(count - shown)), counted(count, what)))
                .on_click(move || self.limit.update(|limit| *limit += ROWS))
        });
        let none = (count == 0).then(|| el("p").class("overview-none").text(&format!("No {what} has that.")));
        let rows = el("tbody").children(rows).on("click", go_from_row);
        let table = el("table").child(head).child(rows);
        std::iter::once(table).chain(more).chain(none).collect()
    }

    fn connection_row(self, row: &Connection, columns: &[(&'static str, bool)]) -> El {
        let (page, number) = (self.page, row.number - 1);
        let said = cells(row);
        let cell = |(column, is_number): (&'static str, bool)| match (column, row.slowest_message, row.cancels) {
            ("client", ..) => el("td")
                .child(el("span").class("overview-nth").text(&grouped(row.number)))
                .child(self.to_connection(row)),
            ("slowest", Some(message), _) => el("td").flag("data-number", true).child(
                el("button")
                    .class("link")
                    .text(&said(column))
                    .attr("title", &format!("message {}", grouped(message)))
                    .on_click(move || self.page.turn_to_either(number, message - 1)),
            ),
            ("end", _, Some(other)) => {
                el("td").child(el("button").class("link").text(&row.end).on_click(move || page.connect(other - 1)))
            }
            (POOLED, ..) => pooled(page, row),
            ("end", ..) => plain(column, false, &row.end).class("overview-end").attr("title", &row.end),
            ("bytes", ..) => plain(column, is_number, &said(column)).attr("title", &both_ways(row)),
            _ => plain(column, is_number, &said(column)),
        };
        let is_shown = Memo::new(move |_| page.loaded.with(|loaded| loaded.connection == number));
        el("tr")
            .live_attr("aria-current", move || is_shown.get().then(|| "true".to_owned()))
            .children(columns.iter().copied().map(cell).collect())
    }

    fn to_connection(self, row: &Connection) -> El {
        let number = row.number - 1;
        let name = if row.client.is_empty() { format!("connection {}", row.number) } else { row.client.clone() };
        let server = if row.server.is_empty() { "a server" } else { &row.server };
        el("button")
            .class("overview-go")
            .attr("title", &format!("connection {}, to {server}", row.number))
            .child(dot(number))
            .text(&name)
            .on_click(move || self.page.connect(number))
    }

    fn message_row(self, row: &Said) -> El {
        let (page, connection, message) = (self.page, row.connection - 1, row.message - 1);
        let go = el("button")
            .class("overview-go")
            .text(&row.name)
            .on_click(move || self.page.turn_to_either(connection, message));
        let cells = vec![
            el("td").child(dot(connection)).text(&grouped(row.connection)),
            plain("time", true, &row.time),
            plain("message", true, &grouped(row.message)),
            el("td").child(el("b").class(&row.direction).text(&row.direction)),
            el("td").flag("data-bad", row.is_bad).child(go),
            el("td")
                .class("overview-rest")
                .child(el("div").class("overview-sql").attr("title", &row.says).text(&row.says)),
        ];
        let is_shown = Memo::new(move |_| {
            page.message.get() == Some(message) && page.loaded.with(|loaded| loaded.connection == connection)
        });
        el("tr").live_attr("aria-current", move || is_shown.get().then(|| "true".to_owned())).children(cells)
    }

    fn statement_row(self, row: &Statement, is_open: bool, columns: &[(&'static str, bool)]) -> El {
        let id = row.id;
        let toggle = move || {
            if self.runs.with_untracked(|runs| runs.as_ref().is_some_and(|(open, _)| *open == id)) {
                return self.runs.set(None);
            }
            let (connection, span) = (self.connection.get_untracked(), self.span.get_untracked());
            ask_survey(&Surveyed::Runs { id, connection, span }, move |survey| {
                if let Some(Survey::Runs(runs)) = survey {
                    self.runs.set(Some((id, runs)));
                }
            });
        };
        let go = el("button").class("overview-go overview-sql").attr("title", &row.text).text(&row.text);
        let go = el("td").child(go.live_attr("aria-expanded", move || aria(is_open)).on_click(toggle));
        let said = cells(row);
        let rest = columns.iter().skip(1).map(|(column, is_number)| plain(column, *is_number, &said(column)));
        el("tr").children(std::iter::once(go).chain(rest).collect())
    }

    /// The runs of a statement, the slowest first.
    fn run_rows(self, runs: &[Occurrence], columns: usize) -> El {
        let one = |run: &Occurrence| {
            let (connection, message) = (run.connection - 1, run.message - 1);
            let took = run.done_us.map_or_else(|| "no answer".to_owned(), |done| duration(done.into()));
            let failed = if run.failed { ", failed" } else { "" };
            el("button")
                .class("chip")
                .flag("data-bad", run.failed)
                .text(&format!("{took}, {}{failed}", counted(run.rows as usize, "row")))
                .attr("title", &format!("connection {}, message {}", run.connection, grouped(run.message)))
                .on_click(move || self.page.turn_to_either(connection, message))
        };
        let chips = el("div").class("chips").children(runs.iter().take(60).map(one).collect());
        el("tr").class("overview-runs").child(el("td").attr("colspan", &columns.to_string()).child(chips))
    }
}

/// A click anywhere in a row does what its name does; not where it is for a link, or marks some text.
fn go_from_row(event: Event) {
    let marks = || window()?.get_selection().ok()?.map(|selection| !selection.is_collapsed());
    if is_in(&event, "button") || marks() == Some(true) {
        return;
    }
    let Some(row) = around(&event, "tr") else { return };
    if let Ok(Some(name)) = row.query_selector(".overview-go")
        && let Ok(name) = name.dyn_into::<HtmlElement>()
    {
        // Not within this click, which that would come back to.
        after(0, move || name.click());
    }
}

/// The colour of a connection, from 0.
fn dot(connection: usize) -> El {
    let colour = (connection % COLOURS).to_string();
    el("i").class("dot").attr("data-colour", &colour).attr("aria-hidden", "true")
}

fn messages_in(survey: &Option<Survey>) -> &[Said] {
    if let Some(Survey::Messages { rows, .. }) = survey { rows } else { &[] }
}

/// A cell that says no more than its words.
fn plain(column: &str, is_number: bool, words: &str) -> El {
    let is_bad = BAD.contains(&column) && !matches!(words, "" | "0");
    el("td").flag("data-number", is_number).flag("data-bad", is_bad).text(words)
}

fn statistics(all: &Statistics) -> Vec<El> {
    let list = facts(all)
        .iter()
        .fold(el("dl"), |list, (name, value)| list.child(el("dt").text(name)).child(el("dd").text(value)));
    let advice = (!all.advice.is_empty()).then(|| {
        let points = all.advice.iter().map(|advice| el("li").text(advice)).collect();
        el("div").child(el("h3").text("What could be spared")).child(el("ul").children(points))
    });
    let columns = columns(&all.kinds);
    let head = columns
        .iter()
        .map(|(name, is_number)| el("th").attr("scope", "col").flag("data-number", *is_number).text(name));
    let row = |kind: &SortOfMessage| {
        let said = cells(kind);
        let cell = |(column, is_number): (&str, bool)| match column {
            "sent by" => el("td").child(el("b").class(&kind.direction).text(&kind.direction)),
            _ => plain(column, is_number, &said(column)),
        };
        el("tr").children(columns.iter().copied().map(cell).collect())
    };
    let table = el("table")
        .child(el("thead").child(el("tr").children(head.collect())))
        .child(el("tbody").children(all.kinds.iter().map(row).collect()));
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
