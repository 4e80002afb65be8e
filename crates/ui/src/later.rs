//! The parts of the page that are fetched when they are first wanted.
//!
//! `cargo xtask` splits the WebAssembly at these functions: what only they lead to is a file of its own, and calling one
//! fetches it. Off the web they are plain functions. Once somebody moves the pointer or presses a key, or nothing happens
//! for some seconds, all of them are fetched, so that nobody waits for them, with a network or without.

use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use pgscope_signal::computed::Memo;
use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::Window;
use pgscope_view::engine::{Desk, Landmark, Reply, Request};
use wasm_bindgen_futures::spawn_local;
use wasm_split_helpers::{SplitLoaderError, wasm_split};
use web_sys::{Event, File, FileSystemEntry, HtmlInputElement};

use crate::address::Address;
use crate::ask::Lost;
use crate::dom::{El, by_id, effect, el, fetch_styles, on_window, say};
use crate::editor::{Editor, Noted};
use crate::field_menu::FieldMenu;
use crate::find::Seek;
use crate::gallery::Gallery;
use crate::goto::Goto;
use crate::hex::Grid;
use crate::learn::Learn;
use crate::learn_address::OWN;
use crate::list::List;
use crate::load::Begun;
use crate::page::{Chosen, Page};
use crate::paste::{Pasted, Where};
use crate::share::Share;
use crate::source::Source;
use crate::unpack::Unpacking;
use crate::{
    ask, borders, candidates, course, exchange, experiments, failure, field_menu, find, gallery, header, hex, hexbar,
    input, language, layout, legend, list, load, long_text, map, more, overview, own, pieces, player, problems,
    programs, progress, proof, rows, said, source, story, talk, together, told, unpack, worker,
};

/// A part could not be fetched. It is tried again when it is wanted again.
#[derive(Debug)]
pub(crate) struct Missing;

impl Missing {
    pub(crate) const WORDS: &str = "A part of the page could not be fetched. Try again when the network is back; if there is a newer version of the page, reload it.";
}

impl From<SplitLoaderError> for Missing {
    fn from(_: SplitLoaderError) -> Self {
        Missing
    }
}

/// Runs it as far as it goes at once: to its end, where its part is here already. The rest runs later.
fn start(run: impl Future<Output = ()> + 'static) {
    let mut run = Box::pin(run);
    if run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        spawn_local(run);
    }
}

/// Answers what is not asked at a first look.
#[wasm_split(engine, preload(fetch_engine), fallible)]
fn answer(request: Request) -> Result<Reply, Missing> {
    Ok(ask::answer_rare(request))
}

/// Answers now: the engine is here as a whole.
pub(crate) fn answer_rare(request: Request, then: Box<dyn FnOnce(Reply)>) {
    start(async move {
        if let Ok(reply) = answer(request).await {
            then(reply);
        }
    });
}

/// Fetches the rest of the engine; `then` is told whether it is here.
pub(crate) fn with_engine(then: impl FnOnce(bool) + 'static) {
    start(async move { then(fetch_engine().await.is_ok()) });
}

/// Answers what few ever ask, and who looks at a whole file.
#[wasm_split(apart, preload(fetch_apart), fallible)]
fn answer_alone(desk: Desk, letters: Vec<u8>) -> Result<Vec<u8>, Missing> {
    Ok(if desk == Desk::Survey { ask::answer_survey(&letters) } else { ask::answer_apart(&letters) })
}

/// Answers a screen that teaches.
#[wasm_split(learn, preload(fetch_learn), fallible)]
fn answer_lessons(letters: Vec<u8>) -> Result<Vec<u8>, Missing> {
    Ok(ask::answer_lessons(&letters))
}

/// Answers who tries it oneself.
#[wasm_split(talk, preload(fetch_talk), fallible)]
fn answer_practice(letters: Vec<u8>) -> Result<Vec<u8>, Missing> {
    Ok(ask::answer_practice(&letters))
}

/// Answers it when what does is here; with nothing where that cannot be fetched.
pub(crate) fn answer_apart(desk: Desk, letters: Vec<u8>, then: Box<dyn FnOnce(Vec<u8>)>) {
    spawn_local(async move {
        let answer = match desk {
            Desk::Lessons => answer_lessons(letters).await,
            Desk::Practice => answer_practice(letters).await,
            desk => answer_alone(desk, letters).await,
        };
        then(answer.unwrap_or_default());
    });
}

/// Starts an engine in a thread of its own.
#[wasm_split(engine, fallible)]
pub(crate) fn start_worker(number: usize) -> Result<(), Missing> {
    ask::start(number);
    Ok(())
}

/// Is such an engine.
#[wasm_split(engine, fallible)]
pub(crate) fn serve() -> Result<(), Missing> {
    worker::serve();
    Ok(())
}

/// A file that Zstandard has packed, to be unpacked.
#[wasm_split(zstandard, fallible)]
pub(crate) fn unpacking(packed: Vec<u8>) -> Result<Unpacking, Missing> {
    Ok(unpack::begin(packed))
}

/// Says what stands on the page in other words.
#[wasm_split(rest, fallible)]
fn speak_words() -> Result<(), Missing> {
    language::speak();
    Ok(())
}

/// Says what stands on the page, and what comes, in the chosen language.
pub(crate) fn speak() {
    start(async {
        if speak_words().await.is_err() {
            say(Missing::WORDS);
        }
    });
}

/// Some more of it.
#[wasm_split(zstandard, fallible)]
pub(crate) fn unpack(unpacking: Unpacking) -> Result<std::io::Result<Vec<u8>>, Missing> {
    Ok(unpack::next(&unpacking))
}

/// A pane that is built when it is first wanted.
#[derive(Clone, Copy)]
#[allow(clippy::large_enum_variant, reason = "each is made once")]
pub(crate) enum Pane {
    Gallery(Gallery),
    Keys(Page),
    Legend(Page),
    Borders(Page),
    Failure(Page),
    Errors(Page),
    Map(List),
    Layout(Page, RwSignal<bool>),
    Connections(Page),
    Overview(Page),
    Share(Share),
    Pasted(Editor),
    Together(Editor),
    Senders(Page),
    Beginnings(Page),
    Pieces(Page),
    Unread(Source),
    InputProblems(Editor),
    Partial(Editor),
    Kept(Address),
    OpenedFile(Editor),
    LongText(Page),
    Progress(Page),
    Said(Editor),
    Find(Seek),
    Filter(Seek),
    More(Seek, Gallery, RwSignal<bool>),
    GoTo(Page, Goto),
    GoToByte(Page, Goto),
    Problems(Page, RwSignal<bool>),
    Proof(Page),
    Told(Page),
    FieldMenu(FieldMenu),
    HexEdit(Page, Memo<Option<Chosen>>, RwSignal<bool>),
    Learn(Lesson, Learn),
}

/// A pane of the door Learn.
#[derive(Clone, Copy)]
pub(crate) enum Lesson {
    /// In the place of the input: the course, what one says, or what one writes.
    Side,
    Player,
    /// The story, and both programs.
    Story,
    Experiments,
    /// Both programs of an exchange that no scenario tells, where one does not look at its bytes.
    AtWork(RwSignal<bool>),
}

#[wasm_split(learn, fallible)]
fn build_lesson(lesson: Lesson, learn: Learn) -> Result<El, Missing> {
    Ok(match lesson {
        Lesson::Side => {
            let page = learn.page;
            el("div")
                .class("contents")
                .child(course::pane(learn))
                .child(talk_pane(false, learn, Box::new(move || page.talk.with(|side| !side.is_empty()))))
                .child(talk_pane(true, learn, Box::new(move || page.scenario.with(|name| name == OWN))))
        }
        Lesson::Player => player::player(learn),
        Lesson::Story => el("div").class("contents").child(story::pane(learn)).child(programs::pane(learn)),
        Lesson::Experiments => experiments::pane(learn),
        Lesson::AtWork(shows_bytes) => programs::of_any(learn, shows_bytes),
    })
}

/// Where one says something oneself.
#[wasm_split(talk, fallible)]
fn build_talk(is_own: bool, learn: Learn) -> Result<El, Missing> {
    Ok(if is_own { own::pane(learn) } else { talk::pane(learn) })
}

/// The place of that, which is empty until it is wanted.
fn talk_pane(is_own: bool, learn: Learn, is_wanted: Box<dyn Fn() -> bool>) -> El {
    let place = el("span").flag("hidden", true);
    put(Box::new(move || Box::pin(build_talk(is_own, learn))), true, None, place.clone(), is_wanted);
    place
}

async fn build_pane(pane: Pane) -> Result<El, Missing> {
    match pane {
        Pane::Learn(lesson, learn) => build_lesson(lesson, learn).await,
        pane => build(pane).await,
    }
}

/// Builds a pane.
#[wasm_split(rest, fallible)]
fn build(pane: Pane) -> Result<El, Missing> {
    Ok(match pane {
        Pane::Gallery(gallery) => gallery::dialog(gallery),
        Pane::Keys(page) => header::help(page),
        Pane::Legend(page) => legend::dialog(page),
        Pane::Borders(page) => borders::borders(page),
        Pane::Failure(page) => failure::pane(page),
        Pane::Errors(page) => problems::errors(page),
        Pane::Map(list) => map::pane(list),
        Pane::Layout(page, open) => layout::pane(page, open),
        Pane::Connections(page) => exchange::connections(page),
        Pane::Share(share) => share.outcome(),
        Pane::Pasted(editor) => editor.pasted(),
        Pane::Together(editor) => together::pane(editor),
        Pane::Senders(page) => candidates::senders(page),
        Pane::Beginnings(page) => candidates::beginnings(page),
        Pane::Pieces(page) => pieces::pane(page),
        Pane::Unread(source) => source::unread(source),
        Pane::InputProblems(editor) => input::problems(editor),
        Pane::Partial(editor) => input::partial(editor),
        Pane::Kept(address) => input::kept(address),
        Pane::OpenedFile(editor) => input::opened_file(editor),
        Pane::LongText(page) => long_text::pane(page),
        Pane::Progress(page) => progress::pane(page),
        Pane::Said(editor) => said::pane(editor),
        Pane::Find(seek) => find::bar(seek),
        Pane::Filter(seek) => find::filter(seek),
        Pane::More(seek, gallery, open) => more::pane(seek, gallery, open),
        Pane::GoTo(page, goto) => exchange::go_to(page, goto),
        Pane::GoToByte(page, goto) => hex::go_to(page, goto),
        Pane::Problems(page, open) => problems::list(page, open),
        Pane::Proof(page) => proof::form(page),
        Pane::Told(page) => told::pane(page),
        Pane::FieldMenu(menu) => menu.element(),
        Pane::HexEdit(page, chosen, open) => hexbar::editing(page, chosen, open),
        Pane::Overview(page) => overview::pane(page),
        // Built by [`build_lesson`].
        Pane::Learn(..) => el("span"),
    })
}

/// A style sheet of what is shown later.
type Sheet = RwSignal<Styles>;

/// Whether it is here.
#[derive(Clone, Copy, PartialEq)]
enum Styles {
    Unasked,
    Asked,
    Here,
}

thread_local! {
    static STYLED: Cell<Option<[Sheet; 2]>> = const { Cell::new(None) };
}

/// What is shown later has styles of its own: from now on it is known whether they are here.
pub(crate) fn begin() {
    STYLED.set(Some([Styles::Unasked; 2].map(RwSignal::new)));
}

/// Whether the styles of what is shown later are here; fetches them. What a lesson does not show has a sheet of its own.
fn is_styled(is_lesson: bool) -> bool {
    let Some([later, rest]) = STYLED.get() else { return true };
    // Both come at once.
    let (is_later, is_rest) = (is_here(later, "data-later"), is_lesson || is_here(rest, "data-rest"));
    is_later && is_rest
}

fn is_here(sheet: Sheet, called: &'static str) -> bool {
    if sheet.get_untracked() == Styles::Unasked {
        sheet.set(Styles::Asked);
        fetch_styles(called, move |is_here| {
            sheet.set(if is_here { Styles::Here } else { Styles::Unasked });
            if !is_here {
                say(Missing::WORDS);
            }
        });
    }
    sheet.get() == Styles::Here
}

/// The place of a pane, which is empty until it is wanted.
pub(crate) fn pane(pane: Pane, is_wanted: impl Fn() -> bool + 'static) -> El {
    let place = el("span").flag("hidden", true);
    let is_lesson = matches!(pane, Pane::Learn(..));
    put(Box::new(move || Box::pin(build_pane(pane))), is_lesson, field_of(pane), place.clone(), Box::new(is_wanted));
    place
}

type Building = Pin<Box<dyn Future<Output = Result<El, Missing>>>>;
/// The id and the name of the field that has the focus when a pane is shown.
type Field = (&'static str, &'static str);

fn put(
    build: Box<dyn Fn() -> Building>,
    is_lesson: bool,
    field: Option<Field>,
    place: El,
    is_wanted: Box<dyn Fn() -> bool>,
) {
    let is_asked = RwSignal::new(false);
    effect(move || {
        if !is_wanted() || is_asked.get_untracked() {
            return;
        }
        // What one types into is shown at once.
        if !is_styled(is_lesson) && field.is_none() {
            return;
        }
        is_asked.set(true);
        let (place, mut building) = (place.clone(), build());
        // Not now: what is made while an effect runs goes when it runs again.
        spawn_local(async move {
            let is_here = building.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            let (built, typed) = match is_here {
                Poll::Ready(built) => (built, None),
                Poll::Pending => {
                    let typed = field.map(|field| (field, stand_in(&place, field)));
                    (building.await, typed)
                }
            };
            match built {
                Ok(built) => {
                    place.give_way_to(&built);
                    typed.into_iter().for_each(|((id, _), stand_in)| hand_over(&stand_in, id));
                }
                Err(Missing) => {
                    place.clear();
                    place.set("hidden", Some(""));
                    // When it is wanted again.
                    is_asked.set(false);
                    say(Missing::WORDS);
                }
            }
        });
    });
}

fn field_of(pane: Pane) -> Option<Field> {
    match pane {
        Pane::Find(_) => Some(("find-text", "Find in the exchange")),
        Pane::GoTo(..) => Some(("goto-text", "Go to")),
        Pane::GoToByte(..) => Some(("hex-goto-text", "Go to")),
        _ => None,
    }
}

/// Takes what is typed while the pane is still fetched.
fn stand_in(place: &El, (_, name): (&str, &str)) -> El {
    let input = el("input").class("field-input").attr("aria-label", name);
    place.insert(&el("div").class("bar").child(input.clone()), None);
    place.set("hidden", None);
    input.focus();
    input
}

/// Puts what was typed where it belongs.
fn hand_over(stand_in: &El, id: &str) {
    let typed = stand_in.of::<HtmlInputElement>().value();
    if let (Some(field), Ok(event), false) = (by_id(id), Event::new("input"), typed.is_empty()) {
        field.of::<HtmlInputElement>().set_value(&typed);
        let _ = field.of::<HtmlInputElement>().dispatch_event(&event);
    }
}

/// Fetches all parts as soon as somebody begins to do something, or when the loader says that the page is idle.
pub(crate) fn fetch_when_needed(page: Page) {
    on_window("pgscopeidle", move |_: Event| {
        fetch_parts(page);
        spawn_local(async { drop(fetch_apart().await.and(fetch_learn().await).and(fetch_talk().await)) });
    });
    for sign in ["pointermove", "pointerdown", "keydown", "dragover", "paste"] {
        on_window(sign, move |_: Event| {
            if !page.begun.get_untracked() {
                page.begun.set(true);
                fetch_parts(page);
            }
        });
    }
}

thread_local! {
    static ARE_PARTS_HERE: Cell<bool> = const { Cell::new(false) };
}

/// What cannot be fetched is told when it is wanted.
fn fetch_parts(page: Page) {
    spawn_local(async move {
        if fetch_engine().await.is_ok() && !ARE_PARTS_HERE.replace(true) && !ask::is_away() {
            page.look_again();
        }
    });
    spawn_local(async { drop(fetch_rest().await.and(fetch_arrive().await)) });
    is_styled(false);
}

/// Something that a person does, and not at once.
pub(crate) enum Action {
    Keep(Address),
    Share(Share),
    OpenFiles(Editor, Vec<File>),
    /// Files and folders that were dropped.
    OpenFolders(Editor, Vec<FileSystemEntry>),
    ReadAgain(Editor),
    Note(Editor, Noted),
    Paste(Editor, Pasted, Where),
    /// A key that changes bytes among them, of a message.
    ChangeBytes(Grid, usize, String),
    PrintList(Seek, El),
    PrintBytes(Grid, El),
    Undo(Editor),
    /// By a key, and whether that is held.
    UndoByKey(Editor, bool),
    Redo(Editor),
    /// How something is to be written, what is said of it, and the byte of a message that is pinned then.
    Write(Editor, Request, String, (usize, usize)),
    Begin(Page, Begun),
    /// The background has ended.
    Lose(Page, Lost),
    /// Copies the chosen bytes in the form of this id.
    CopyBytes(Page, String),
    /// Says of the forms in a list what each looks like.
    DescribeForms(El),
    SaveBytes(Page),
    /// Copies the value of the field of this node.
    CopyValue(Page, usize),
    /// Goes to the next problem or error, or to the one before.
    NextProblem(Page, bool),
    /// Goes to the nearest of its kind, behind the selected message or before it.
    Nearest(Page, Landmark, bool),
    /// Does what a key does in the list, seen through this window; with Shift or without.
    ListKey(List, Window, String, bool),
    /// Selects the lines of the list up to this one.
    SelectTo(List, usize),
    /// Opens everything in the list, or folds it.
    FoldAll(List, bool),
}

/// Goes where the address says, which a page does at first wherever that is.
#[wasm_split(arrive, preload(fetch_arrive), fallible)]
fn arrive(address: Address, at_first: bool) -> Result<(), Missing> {
    address.arrive(at_first);
    Ok(())
}

/// Goes where the address says, at first or when it has changed; `otherwise` is done instead where that cannot be fetched.
pub(crate) fn go(address: Address, at_first: bool, otherwise: Box<dyn FnOnce()>) {
    attempt(Box::pin(arrive(address, at_first)), otherwise);
}

/// Runs it; `otherwise` is done where its part cannot be fetched.
fn attempt(run: Pin<Box<dyn Future<Output = Result<(), Missing>>>>, otherwise: Box<dyn FnOnce()>) {
    start(async move {
        if run.await.is_err() {
            otherwise();
        }
    });
}

#[wasm_split(rest, preload(fetch_rest), fallible)]
fn perform(action: Action) -> Result<(), Missing> {
    IS_REST_HERE.set(true);
    match action {
        Action::Keep(address) => address.keep_now(),
        Action::Share(share) => share.share(),
        Action::OpenFiles(editor, files) => editor.read_files(files),
        Action::OpenFolders(editor, entries) => editor.read_folders(entries),
        Action::ReadAgain(editor) => editor.read_again(),
        Action::Note(editor, noted) => editor.note(noted),
        Action::Paste(editor, pasted, to) => editor.paste(pasted, to),
        Action::ChangeBytes(grid, number, key) => grid.change(number, &key),
        Action::PrintList(seek, place) => list::print(seek.list, &seek.told_filter(), place),
        Action::PrintBytes(grid, place) => hex::print(grid, place),
        Action::Undo(editor) => editor.undo(),
        Action::UndoByKey(editor, is_held) => editor.undo_by_key(is_held),
        Action::Redo(editor) => editor.redo(),
        Action::Write(editor, request, said, (number, at)) => editor.write(request, said, number, at),
        Action::Begin(page, begun) => page.begin(begun),
        Action::Lose(page, how) => load::lose(page, how),
        Action::DescribeForms(list) => candidates::describe(&list),
        Action::CopyBytes(page, form) => hexbar::copy_chosen(page, &form),
        Action::SaveBytes(page) => hexbar::save_chosen(page),
        Action::CopyValue(page, node) => field_menu::copy_value(page, node),
        Action::NextProblem(page, forward) => problems::next_problem(page, forward),
        Action::Nearest(page, landmark, forward) => problems::nearest(page, landmark, forward),
        Action::ListKey(list, window, key, shift) => rows::key(list, window, &key, shift),
        Action::SelectTo(list, line) => rows::reach(list, line, true),
        Action::FoldAll(list, open) => rows::fold_all(list, open),
    }
    Ok(())
}

thread_local! {
    static IS_REST_HERE: Cell<bool> = const { Cell::new(false) };
}

/// Whether what a person does is done at once.
pub(crate) fn is_rest_here() -> bool {
    IS_REST_HERE.get()
}

/// Does it: now, where what does it is here.
pub(crate) fn act(action: Action) {
    act_or(action, Box::new(|| say(Missing::WORDS)));
}

/// The same; `otherwise` is done instead where that cannot be fetched.
pub(crate) fn act_or(action: Action, otherwise: Box<dyn FnOnce()>) {
    attempt(Box::pin(perform(action)), otherwise);
}
