//! A message made by a form: what its description asks for, with its bytes as one fills it in; put into the exchange.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::compose::{Ask, Change, Form, Row, known};
use pgscope_view::engine::{Apart, ApartReply, Compose, Request};
use pgscope_view::proto::schema::Sender;
use web_sys::{Event, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

use crate::ask::ask_apart;
use crate::dialog::{choice, dialog, option};
use crate::docs;
use crate::dom::{El, copy, counted, effect, el, grouped};
use crate::learn::Learn;
use crate::page::Page;

/// What is begun with.
const FIRST: &str = "Query";
/// More bytes than this are not shown.
const SHOWN: usize = 4096;

/// The form, and what is done with it.
#[derive(Clone, Copy)]
struct Composer {
    page: Page,
    is_open: RwSignal<bool>,
    form: RwSignal<Form>,
    /// The name of the message that is chosen.
    name: RwSignal<String>,
    side: RwSignal<String>,
    /// The message of the exchange that it is, if it is one.
    of: RwSignal<Option<usize>>,
    /// What was refused, and of which field.
    wrong: RwSignal<(String, String)>,
    /// The bytes of the field that is looked at.
    lit: RwSignal<Option<String>>,
    /// Grows when docs have come.
    told: RwSignal<usize>,
    /// Who says it to a peer, if it is not put into an exchange.
    talks: Option<Learn>,
}

/// The dialog, while `is_open`.
pub(crate) fn pane(page: Page, is_open: RwSignal<bool>) -> El {
    Composer::new(page, is_open, RwSignal::default(), RwSignal::new("frontend".to_owned()), None).pane()
}

/// The same, to say a message to a peer: the one with this name, from this side, is begun with.
pub(crate) fn to_say(learn: Learn, is_open: RwSignal<bool>, name: RwSignal<String>, side: RwSignal<String>) -> El {
    Composer::new(learn.page, is_open, name, side, Some(learn)).pane()
}

impl Composer {
    fn new(
        page: Page,
        is_open: RwSignal<bool>,
        name: RwSignal<String>,
        side: RwSignal<String>,
        talks: Option<Learn>,
    ) -> Self {
        Self {
            page,
            is_open,
            form: RwSignal::default(),
            name,
            side,
            of: RwSignal::default(),
            wrong: RwSignal::default(),
            lit: RwSignal::default(),
            told: RwSignal::default(),
            talks,
        }
    }

    /// Both dialogs may be on the page.
    fn id(self) -> &'static str {
        if self.talks.is_some() { "compose-said" } else { "compose" }
    }

    fn pane(self) -> El {
        effect(move || {
            if self.is_open.get() && self.name.with_untracked(String::is_empty) {
                self.name.set(FIRST.to_owned());
            }
        });
        effect(move || self.begin());
        let chapter = Memo::new(move |_| self.form.with(|form| form.chapter.to_string()));
        effect(move || {
            let chapter = chapter.get();
            if !chapter.is_empty() {
                docs::fetch(chapter, move || self.told.update(|told| *told += 1));
            }
        });
        // Fields keep their elements, and with them the focus, while nothing but what they say has changed.
        let shape = Memo::new(move |_| {
            self.form.with(|form| {
                form.rows
                    .iter()
                    .map(|row| Row { value: String::new(), start: 0, end: 0, ..row.clone() })
                    .collect::<Vec<_>>()
            })
        });
        let fields = el("div")
            .class("compose-fields")
            .attr("role", "group")
            .attr("aria-label", "Fields")
            .live(move || shape.with(|rows| rows.iter().map(|row| self.field(row)).collect()));
        let made = el("div").class("compose-made").child(self.bytes()).child(self.doc());
        dialog(
            self.id(),
            "Compose a message",
            self.is_open,
            vec![self.head(), el("div").class("compose-panes").child(fields).child(made), self.actions()],
        )
    }

    /// Begins the message whose name is chosen.
    fn begin(self) {
        let (name, direction) = (self.name.get(), self.side.get());
        // One that was taken from the exchange is chosen, and not begun.
        let is_taken = self.of.with_untracked(Option::is_some)
            && self.form.with_untracked(|form| form.name == name && form.direction == direction);
        if !name.is_empty() && !is_taken {
            self.of.set(None);
            self.ask(Compose::New { name, direction, is_blank: false }, String::new());
        }
    }

    /// Begins the message again, with nothing filled in.
    fn blank(self) {
        let (name, direction) = (self.name.get_untracked(), self.side.get_untracked());
        self.of.set(None);
        self.ask(Compose::New { name, direction, is_blank: true }, String::new());
    }

    /// Asks for the form; what is refused is told at the field of this place.
    fn ask(self, compose: Compose, place: String) {
        ask_apart(&Apart::Compose(compose), move |reply| match reply {
            ApartReply::Composed(form) => {
                self.wrong.set(Default::default());
                self.form.set(form);
            }
            ApartReply::Refused(why) => self.wrong.set((place, why)),
            _ => {}
        });
    }

    fn change(self, place: &str, change: Change) {
        self.ask(Compose::Change { place: place.to_owned(), change }, place.to_owned());
    }

    /// Which message it is.
    fn head(self) -> El {
        let choices = || {
            let mut groups: Vec<(&str, Vec<El>)> = Vec::new();
            for message in known() {
                let who = match message.sender {
                    Sender::Frontend => "frontend",
                    Sender::Backend => "backend",
                    Sender::Both => "both",
                };
                let option = option(message.name(), &format!("{} ({who})", message.name()));
                let chapter = message.chapter.id();
                match groups.iter_mut().find(|(name, _)| *name == chapter) {
                    Some((_, own)) => own.push(option),
                    None => groups.push((chapter, vec![option])),
                }
            }
            let group =
                |(name, own): (&str, Vec<El>)| el("optgroup").attr("label", &name.replace('-', " ")).children(own);
            groups.into_iter().map(group).collect()
        };
        let says_both =
            move || self.name.with(|name| known().any(|one| one.name() == name && one.sender == Sender::Both));
        let sides = || vec![option("frontend", "the frontend"), option("backend", "the backend")];
        let of = move || self.page.message.get();
        let take = el("button")
            .class("button")
            .live_text(move || of().map_or(String::new(), |number| format!("Edit message {}", grouped(number + 1))))
            .live_flag("hidden", move || of().is_none())
            .on_click(move || self.take());
        el("div")
            .class("choices compose-head")
            .child(choice("Message", self.name, choices))
            .child(el("div").child(choice("Said by", self.side, sides)).live_flag("hidden", move || !says_both()))
            .child(take)
            .child(el("button").class("button").text("Empty the form").on_click(move || self.blank()))
    }

    /// The selected message as a form.
    fn take(self) {
        let Some(number) = self.page.message.get_untracked() else { return };
        ask_apart(&Apart::Compose(Compose::Of(number)), move |reply| match reply {
            ApartReply::Composed(form) => {
                let (name, side) = (form.name.to_string(), form.direction.to_string());
                self.wrong.set(Default::default());
                self.form.set(form);
                self.of.set(Some(number));
                self.side.set(side);
                self.name.set(name);
            }
            ApartReply::Refused(why) => self.wrong.set((String::new(), why)),
            _ => {}
        });
    }

    fn value(self, place: &str) -> String {
        self.form
            .with(|form| form.rows.iter().find(|row| row.place == place).map_or(String::new(), |row| row.value.clone()))
    }

    /// A field: its name, and what one says of it.
    fn field(self, row: &Row) -> El {
        let id = format!("{}-{}", self.id(), row.place.replace('.', "-"));
        let line = el("div")
            .class("compose-field")
            .style("--depth", &row.depth.to_string())
            .child(el("label").attr("for", &id).text(&row.name));
        let place = row.place.clone();
        let looked = move || Some(place.clone());
        let (over, focus) = (looked.clone(), looked);
        let line = line
            .on("mouseenter", move |_: Event| self.lit.set(over()))
            .on("focusin", move |_: Event| self.lit.set(focus()));
        let asked = self.asked(row, &id);
        let place = row.place.clone();
        let remove = el("button")
            .class("button sign")
            .text("−")
            .attr("aria-label", &format!("Remove {}", row.name))
            .attr("title", "Remove this entry");
        let own = row.place.clone();
        let line = line.children(asked);
        let line = match row.is_entry {
            true => line.child(remove.on_click(move || self.change(&own, Change::Remove))),
            false => line,
        };
        let wrong = move || self.wrong.with(|(of, why)| if *of == place { why.clone() } else { String::new() });
        line.child(el("p").class("bad").attr("role", "alert").live_text(wrong))
    }

    fn asked(self, row: &Row, id: &str) -> Vec<El> {
        let place = row.place.clone();
        match &row.ask {
            Ask::Nothing => {
                let value = move || self.value(&place);
                vec![el("span").class("compose-fixed").attr("id", id).live_text(value)]
            }
            Ask::Computed(is_said) => {
                let field = self.input(row, id);
                let words = if *is_said { "said by you" } else { "computed" };
                let own = row.place.clone();
                let back = el("button").class("link").text("compute it").live_flag("hidden", {
                    let is_said = *is_said;
                    move || !is_said
                });
                vec![
                    field,
                    el("span").class("compose-note").text(words),
                    back.on_click(move || self.change(&own, Change::Say(String::new()))),
                ]
            }
            Ask::Number => vec![self.input(row, id)],
            Ask::Text => vec![self.area(row, id)],
            Ask::Bytes { nullable, is_null } => {
                let own = row.place.clone();
                let mut asked = if *is_null { Vec::new() } else { vec![self.area(row, id)] };
                if *nullable {
                    let field = el("input").attr("type", "checkbox");
                    field.of::<HtmlInputElement>().set_checked(*is_null);
                    let changed = field.clone();
                    let field = field.on("change", move |_: Event| {
                        self.change(&own, Change::Null(changed.of::<HtmlInputElement>().checked()));
                    });
                    asked.push(el("label").class("compose-null").child(field).text("NULL"));
                }
                asked
            }
            Ask::Code(codes) => vec![self.select(row, id, codes.clone(), true)],
            Ask::Choice(choices) => vec![self.select(row, id, choices.clone(), false)],
            Ask::List => {
                let label = format!("One more of {}", row.name);
                let add = el("button").class("button").attr("id", id).attr("aria-label", &label).text("+ one more");
                vec![add.on_click(move || self.change(&place, Change::Add))]
            }
            Ask::Optional(is_there) => {
                let field = el("input").attr("type", "checkbox").attr("id", id);
                field.of::<HtmlInputElement>().set_checked(*is_there);
                let changed = field.clone();
                vec![field.on("change", move |_: Event| {
                    self.change(&place, Change::Have(changed.of::<HtmlInputElement>().checked()));
                })]
            }
        }
    }

    /// What is typed, on one line.
    fn input(self, row: &Row, id: &str) -> El {
        let field = el("input").attr("id", id).attr("spellcheck", "false").attr("autocomplete", "off");
        let (shown, typed) = (field.clone(), field.clone());
        let (place, own) = (row.place.clone(), row.place.clone());
        effect(move || {
            let value = self.value(&place);
            if !shown.has_focus() {
                shown.of::<HtmlInputElement>().set_value(&value);
            }
        });
        field.on("input", move |_: Event| self.change(&own, Change::Say(typed.of::<HtmlInputElement>().value())))
    }

    /// What is typed, on as many lines as it has.
    fn area(self, row: &Row, id: &str) -> El {
        let field = el("textarea")
            .attr("id", id)
            .attr("rows", "1")
            .attr("spellcheck", "false")
            .attr("placeholder", if row.ask == Ask::Text { "" } else { "text, or \\x and hex" });
        let (shown, typed) = (field.clone(), field.clone());
        let (place, own) = (row.place.clone(), row.place.clone());
        effect(move || {
            let value = self.value(&place);
            let lines = value.split('\n').count().clamp(1, 8).to_string();
            shown.set("rows", Some(&lines));
            if !shown.has_focus() {
                shown.of::<HtmlTextAreaElement>().set_value(&value);
            }
        });
        field.on("input", move |_: Event| self.change(&own, Change::Say(typed.of::<HtmlTextAreaElement>().value())))
    }

    /// One of these; another number where `is_free`.
    fn select(self, row: &Row, id: &str, choices: Vec<(String, String)>, is_free: bool) -> El {
        let list = el("select").class("button").attr("id", id);
        let (filled, chosen) = (list.clone(), list.clone());
        let (place, own) = (row.place.clone(), row.place.clone());
        effect(move || {
            let value = self.value(&place);
            filled.clear();
            if is_free && choices.iter().all(|(known, _)| *known != value) {
                filled.insert(&option(&value, &format!("{value} (none of these)")), None);
            }
            choices.iter().for_each(|(value, words)| filled.insert(&option(value, words), None));
            filled.of::<HtmlSelectElement>().set_value(&value);
        });
        list.on("change", move |_: Event| self.change(&own, Change::Say(chosen.of::<HtmlSelectElement>().value())))
    }

    /// The bytes, those of the field that is looked at lit; what they say, and what is wrong with that.
    fn bytes(self) -> El {
        let lit = Memo::new(move |_| {
            let place = self.lit.get()?;
            self.form.with(|form| form.rows.iter().find(|row| row.place == place).map(|row| (row.start, row.end)))
        });
        let grid = move || {
            let (start, end) = lit.get().unwrap_or_default();
            self.form.with(|form| {
                let one = |(at, byte): (usize, &u8)| {
                    let byte = el("span").text(&format!("{byte:02x}"));
                    if (start..end).contains(&at) { byte.attr("data-lit", "") } else { byte }
                };
                form.bytes.iter().take(SHOWN).enumerate().map(one).collect()
            })
        };
        let sum = move || {
            self.form.with(|form| {
                let says = if form.says.is_empty() { String::new() } else { format!(": {}", form.says) };
                format!("{}{says}", counted(form.bytes.len(), "byte"))
            })
        };
        let problems = move || {
            let own = |problem: &String| el("li").text(problem);
            self.form.with(|form| form.problems.iter().map(own).collect())
        };
        el("div")
            .child(
                el("div")
                    .class("compose-bytes")
                    .attr("tabindex", "0")
                    .attr("role", "group")
                    .attr("aria-label", "Its bytes")
                    .live(grid),
            )
            .child(el("p").class("compose-sum").attr("role", "status").live_text(sum))
            .child(el("ul").class("compose-problems").live(problems))
    }

    /// What the field means that is looked at.
    fn doc(self) -> El {
        let words = move || {
            self.told.track();
            let Some(place) = self.lit.get() else {
                return "Type, lengths and counts are computed. Say them otherwise, and the message is wrong on purpose.".to_owned();
            };
            self.form.with(|form| {
                form.rows.iter().find(|row| row.place == place).map_or(String::new(), |row| docs::of(&row.doc_name))
            })
        };
        el("p").class("compose-doc").live_text(words)
    }

    fn actions(self) -> El {
        let insert =
            |words: &str, behind: bool| el("button").class("button").text(words).on_click(move || self.insert(behind));
        let has_messages = move || self.page.loaded.with(|loaded| loaded.messages > 0);
        let near = move |behind: &str| {
            self.page.message.get().map_or(String::new(), |number| format!("{behind} {}", grouped(number + 1)))
        };
        let replace = el("button")
            .class("button main")
            .live_text(move || {
                self.of.get().map_or(String::new(), |number| format!("Put it in the place of {}", grouped(number + 1)))
            })
            .live_flag("hidden", move || self.of.get().is_none())
            .on_click(move || self.replace());
        let copied = el("button").class("button").text("Copy as hex").on_click(move || {
            let hex = self
                .form
                .with_untracked(|form| form.bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>());
            copy(hex.join(" "), "the message as hex");
        });
        let wrong = move || self.wrong.with(|(of, why)| if of.is_empty() { why.clone() } else { String::new() });
        let actions =
            el("div").class("compose-actions").child(el("p").class("bad").attr("role", "alert").live_text(wrong));
        if let Some(learn) = self.talks {
            let say = el("button").class("button main").text("Say it").on_click(move || {
                let hex: Vec<String> =
                    self.form.with_untracked(|form| form.bytes.iter().map(|byte| format!("{byte:02x}")).collect());
                self.is_open.set(false);
                learn.say(format!("hex {}", hex.join(" ")));
            });
            return actions.child(el("div").class("embed-ways").child(say).child(copied));
        }
        actions.child(
            el("div")
                .class("embed-ways")
                .child(replace)
                .child(insert("", true).live_text(move || {
                    if has_messages() { near("Insert behind") } else { "Begin an exchange with it".to_owned() }
                }))
                .child(
                    insert("", false)
                        .live_text(move || near("Insert before"))
                        .live_flag("hidden", move || !has_messages()),
                )
                .child(copied),
        )
    }

    fn insert(self, behind: bool) {
        let form = self.form.get_untracked();
        let number = self.page.message.get_untracked().unwrap_or(0);
        let said = format!("Inserted {}", form.name);
        let place = number + usize::from(behind && self.page.loaded.with_untracked(|loaded| loaded.messages > 0));
        let request = Request::Insert { number, behind, direction: form.direction.to_string(), bytes: form.bytes };
        self.is_open.set(false);
        self.page.editor().write(request, said, place, 0);
    }

    fn replace(self) {
        let Some(number) = self.of.get_untracked() else { return };
        let form = self.form.get_untracked();
        let said = format!("Message {} is another {}", grouped(number + 1), form.name);
        let end = self.page.sheet.with_untracked(|sheet| sheet.as_ref().map_or(0, |sheet| sheet.row.length));
        let request = Request::Write { number, start: 0, end, bytes: form.bytes };
        self.is_open.set(false);
        self.of.set(None);
        self.page.editor().write(request, said, number, 0);
    }
}
