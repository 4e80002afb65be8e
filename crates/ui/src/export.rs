//! Messages in a form in which they are used elsewhere: which, in which form, with a look at it; copied or saved.

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::{Apart, ApartReply, Export, Exported, Which};
use pgscope_view::export::{FORMS, Form, Kind};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CanvasRenderingContext2d, Event, HtmlCanvasElement, HtmlImageElement, HtmlInputElement};

use crate::ask::ask_apart;
use crate::dialog::{choice, dialog, option};
use crate::dom::{El, copy, counted, effect, el, from_base64, grouped, listen, save, say, window};
use crate::find::Seek;
use crate::masking::{Masked, chance};
use crate::own;
use crate::simulator::{self, Told};

/// So many letters are shown of what is made.
const SHOWN: usize = 20_000;
/// A picture in pixels has so many for each of its own.
const SCALE: f64 = 2.0;
/// The name of what is saved, without its end.
const NAME: &str = "pgscope";

/// What is wanted.
#[derive(Clone, Copy)]
struct Wanted {
    seek: Seek,
    which: RwSignal<String>,
    side: RwSignal<String>,
    form: RwSignal<String>,
    is_masked: RwSignal<bool>,
    masked: Masked,
    random: RwSignal<[u8; 32]>,
}

/// The dialog, while `is_open`.
pub(crate) fn pane(seek: Seek, is_open: RwSignal<bool>) -> El {
    let wanted = Wanted {
        seek,
        which: RwSignal::new("all".to_owned()),
        side: RwSignal::default(),
        form: RwSignal::new("hex".to_owned()),
        is_masked: RwSignal::default(),
        masked: Masked::all(),
        random: RwSignal::default(),
    };
    let made: Made = RwSignal::new(Ok(Exported::default()));
    effect(move || {
        if is_open.get() {
            wanted.begin();
        }
    });
    effect(move || {
        if !is_open.get() {
            return made.set(Ok(Exported::default()));
        }
        let export = wanted.export();
        ask_apart(&Apart::Export(export.clone()), move |reply| match reply {
            ApartReply::ToBePlayed(text) => spawn_local(play(wanted, export, text, made)),
            reply => show(reply, made),
        });
    });
    let is_made = Memo::new(move |_| made.with(Result::is_ok));
    let form = move || Form::of(&wanted.form.get_untracked());
    let with = move |run: fn(&Form, &Exported)| {
        move || {
            made.with_untracked(|made| form().zip(made.as_ref().ok()).into_iter().for_each(|(form, it)| run(form, it)))
        }
    };
    let has_letters = Memo::new(move |_| wanted.form.with(|form| Form::of(form).is_some_and(Form::is_text)));
    let actions = el("div")
        .class("embed-ways")
        .child(
            el("button")
                .class("button main")
                .text("Copy")
                .live_flag("disabled", move || !is_made.get() || !has_letters.get())
                .on_click(with(|form, it| {
                    copy(letters(&it.bytes), &format!("{} as {}", counted(it.messages, "message"), form.name))
                })),
        )
        .child(
            el("button")
                .class("button")
                .text("Save")
                .live_flag("disabled", move || !is_made.get())
                .on_click(with(|form, it| save(&format!("{NAME}.{}", form.extension), &it.bytes))),
        )
        .child(
            el("button")
                .class("button")
                .text("Save as PNG")
                .attr("title", "In twice the size")
                .live_flag("hidden", move || wanted.form.with(|form| form != "svg"))
                .live_flag("disabled", move || !is_made.get())
                .on_click(with(|_, it| save_png(&letters(&it.bytes)))),
        )
        .child(
            el("button")
                .class("button")
                .text("Play it in Learn")
                .live_flag("hidden", move || !wanted.form.with(|form| Form::of(form).is_some_and(Form::is_played)))
                .live_flag("disabled", move || !is_made.get())
                .on_click(move || {
                    with(|_, it| own::go(&letters(&it.bytes)))();
                    is_open.set(false);
                }),
        );
    let outcome = move || {
        made.with(|made| match made {
            Ok(it) => format!("{}, {} bytes in this form", counted(it.messages, "message"), grouped(it.bytes.len())),
            Err(why) => why.clone(),
        })
    };
    let look = move || {
        made.with(|made| match made {
            Ok(it) if has_letters.get() => letters(it.bytes.get(..SHOWN).unwrap_or(&it.bytes)),
            Ok(_) => "This form is no text: save it.".to_owned(),
            Err(_) => String::new(),
        })
    };
    dialog(
        "export",
        "Export",
        is_open,
        vec![
            wanted.choices(),
            wanted.masks(),
            el("p")
                .class("embed-about")
                .attr("role", "status")
                .live_text(outcome)
                .live_flag("data-bad", move || !is_made.get()),
            el("pre")
                .class("made")
                .attr("role", "region")
                .attr("tabindex", "0")
                .attr("aria-label", "How it looks")
                .live_text(look),
            actions,
        ],
    )
}

type Made = RwSignal<Result<Exported, String>>;

fn show(reply: ApartReply, made: Made) {
    match reply {
        ApartReply::Exported(exported) => made.set(Ok(exported)),
        ApartReply::Refused(why) => made.set(Err(why)),
        _ => {}
    }
}

/// Lets the simulator play a scenario, and hands it on if the same is said again.
async fn play(wanted: Wanted, export: Export, text: String, made: Made) {
    made.set(Err("The two simulated ends play it, to see whether they say the same …".to_owned()));
    let played = simulator::play(Told { name: "", own: Some(&text) }, &[], "").await;
    if wanted.export() != export {
        return;
    }
    match played {
        Ok(performance) => ask_apart(&Apart::Played(export, performance), move |reply| show(reply, made)),
        Err(why) => made.set(Err(format!("It has something that no scenario can say: {why}"))),
    }
}

fn letters(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Wanted {
    /// What is likely to be meant: what is selected, or what the filter shows.
    fn begin(self) {
        let list = self.seek.list;
        let which = match list.chosen.get_untracked() {
            Some((from, to)) if from != to => "rows",
            _ if self.is_filtered() => "filter",
            _ => "all",
        };
        self.which.set(which.to_owned());
        self.is_masked.set(list.page.loaded.with_untracked(|loaded| loaded.form == "pcap"));
        chance().into_iter().for_each(|random| self.random.set(random));
    }

    fn is_filtered(self) -> bool {
        self.seek.sought.with(|sought| sought.filter.is_some())
    }

    fn export(self) -> Export {
        let list = self.seek.list;
        let which = match self.which.get().as_str() {
            "message" => list.page.message.get_untracked().map_or(Which::All, Which::Message),
            "filter" => Which::Lines(0, list.listed.get_untracked().lines),
            "rows" => list
                .chosen
                .get_untracked()
                .map_or(Which::All, |(from, to)| Which::Lines(from.min(to), from.max(to) + 1)),
            _ => Which::All,
        };
        let masking = self.masked.masking(self.random.get());
        let masking = self.is_masked.get().then_some(masking);
        Export { which, side: self.side.get(), form: self.form.get(), masking }
    }

    fn choices(self) -> El {
        let list = self.seek.list;
        let which = move || {
            let all = list.page.loaded.with(|loaded| loaded.messages);
            let mut which = vec![option("all", &format!("all of this connection ({})", grouped(all)))];
            if self.is_filtered() {
                which.push(option("filter", "what the filter shows"));
            }
            if list.chosen.with(|chosen| chosen.is_some_and(|(from, to)| from != to)) {
                which.push(option("rows", "the selected rows"));
            }
            if let Some(number) = list.page.message.get() {
                which.push(option("message", &format!("the selected message ({})", grouped(number + 1))));
            }
            which
        };
        let sides =
            || vec![option("", "both ends"), option("frontend", "the frontend"), option("backend", "the backend")];
        let of_kind = |kind: &Kind| {
            let own = FORMS.iter().filter(|form| form.kind == *kind);
            let own = own.map(|form| option(form.id, form.name).attr("title", form.about)).collect();
            el("optgroup").attr("label", kind.name()).children(own)
        };
        el("div")
            .class("choices")
            .child(choice("Messages", self.which, which))
            .child(choice("Said by", self.side, sides))
            .child(choice("As", self.form, move || Kind::ALL.iter().map(of_kind).collect()))
    }

    fn masks(self) -> El {
        let field = el("input").attr("type", "checkbox");
        let (shown, changed) = (field.clone(), field.clone());
        effect(move || shown.of::<HtmlInputElement>().set_checked(self.is_masked.get()));
        let field = field.on("change", move |_: Event| self.is_masked.set(changed.of::<HtmlInputElement>().checked()));
        let words = "Masked: each value has another in its place, of the same length";
        let kinds = el("div").child(self.masked.list()).live_flag("hidden", move || !self.is_masked.get());
        el("div").class("masks").child(el("label").child(field).child(el("span").text(words))).child(kinds)
    }
}

/// Lets the browser draw a picture, and saves its pixels.
fn save_png(picture: &str) {
    let Some(document) = window().and_then(|window| window.document()) else { return };
    let Ok(image) = HtmlImageElement::new() else { return };
    let canvas = document.create_element("canvas").ok().and_then(|canvas| canvas.dyn_into::<HtmlCanvasElement>().ok());
    let Some(canvas) = canvas else { return };
    let drawn = image.clone();
    let failed = || say("The browser could not draw it: it may be too large. SVG has no such limit");
    listen(&image, "load", move |_: Event| match pixels(&drawn, &canvas) {
        Some(bytes) => save(&format!("{NAME}.png"), &bytes),
        None => failed(),
    });
    listen(&image, "error", move |_: Event| failed());
    image.set_src(&format!("data:image/svg+xml,{}", String::from(js_sys::encode_uri_component(picture))));
}

/// The picture as a file of PNG.
fn pixels(image: &HtmlImageElement, canvas: &HtmlCanvasElement) -> Option<Vec<u8>> {
    let (width, height) = (f64::from(image.natural_width()) * SCALE, f64::from(image.natural_height()) * SCALE);
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d").ok()??.dyn_into::<CanvasRenderingContext2d>().ok()?;
    context.draw_image_with_html_image_element_and_dw_and_dh(image, 0.0, 0.0, width, height).ok()?;
    let address = canvas.to_data_url_with_type("image/png").ok()?;
    from_base64(address.strip_prefix("data:image/png;base64,")?)
}
