//! What a sub-command reads: files, standard input or two raw streams, in whatever form they are.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use pgscope_view::Indexed;
use pgscope_view::capture::{self, Capture, Form, Kind, News, Options};
use pgscope_view::print::Colour;
use pgscope_view::proto::{Beginning, Direction, Exchange, Origin};

use crate::cores::Give;
use crate::opened::{Opened, each_in_order};
use crate::parts::{Part, joined, parts};
use crate::pieces::{HEADER, Pieces, read};

#[derive(clap::Args)]
pub(crate) struct Input {
    /// Files to read, or folders of files; `-` or none reads standard input. What tcpflow has written is read as connections
    files: Vec<PathBuf>,
    /// The files are pieces of one recording, as `tcpdump -C`, `-G` and ring buffers write them: connections go on from one to the next.
    /// They are read in the order of their first packets
    #[arg(long, requires = "files", conflicts_with_all = ["frontend", "backend"])]
    join: bool,
    /// Raw bytes that the client sent, to be read together with --backend
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from", "direction", "turn"])]
    frontend: Option<PathBuf>,
    /// Raw bytes that the server sent
    #[arg(long, value_name = "FILE", conflicts_with_all = ["files", "from", "direction", "turn"])]
    backend: Option<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// How an input is read, where it does not say it.
#[derive(clap::Args)]
pub(crate) struct Reading {
    /// The form of the input, where its recognition is wrong: `--from list` names all forms
    #[arg(long, value_name = "FORM")]
    from: Option<String>,
    /// Who sent the bytes, where the input does not say it
    #[arg(long)]
    direction: Option<Side>,
    /// Turn round who sent it: what the input calls so, or the piece with this number; may be given again
    #[arg(long, value_name = "LABEL|NUMBER")]
    turn: Vec<String>,
    /// Where in a connection's life the bytes begin, where they do not show it
    #[arg(long, value_name = "WHERE", value_parser = beginning)]
    begins: Option<Beginning>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Side {
    Frontend,
    Backend,
}

/// When to use colour.
#[derive(clap::Args)]
pub(crate) struct Colours {
    /// When to use colour
    #[arg(long, value_enum, default_value_t = When::Auto)]
    color: When,
}

#[derive(Clone, Copy, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

/// One input that was read.
pub(crate) struct Source {
    /// The file that each end's bytes come from: one for both, unless two were given.
    pub(crate) names: [String; 2],
    /// The files of a recording that has several, and where each begins in it.
    pub(crate) files: Vec<(usize, String)>,
    pub(crate) capture: Capture,
}

impl Source {
    pub(crate) fn of(file: &Path, capture: Capture) -> Self {
        Self { names: named(file), files: Vec::new(), capture }
    }
}

impl Input {
    /// Whether the forms are asked for, and not an input.
    pub(crate) fn asks_for_forms(&self) -> bool {
        self.reading.from.as_deref() == Some("list")
    }

    /// The files that were named.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// How bytes are read that come from no file.
    pub(crate) fn options(&self) -> Result<Options, String> {
        self.reading.options()
    }

    /// Reads everything, and says on standard error what was recognised and what could not be read: beside the result,
    /// not in it.
    pub(crate) fn read(&self) -> Result<Vec<Source>, String> {
        let mut sources = self.sources()?;
        let exchanges = sources.iter_mut().flat_map(|source| &mut source.capture.exchanges);
        self.reading.turn(exchanges)?;
        sources.iter().for_each(report);
        Ok(sources)
    }

    /// The same, but that what a capture file holds is read again when its connections are given out.
    pub(crate) fn open(&self) -> Result<Vec<Opened>, String> {
        if !self.is_plain() {
            return Ok(self.read()?.into_iter().map(Opened::from).collect());
        }
        let (options, mut opened) = (self.options()?, Vec::new());
        for part in self.parts()? {
            let kept = part.alone().and_then(|paths| Opened::of_recording(&paths, &options));
            let one = match kept {
                Some(one) => Some(one),
                None => self.source(part, &options)?.map(Opened::from),
            };
            one.iter().for_each(|one| report(&one.source));
            opened.extend(one);
        }
        Ok(opened)
    }

    /// What is read as one, one after the other.
    fn parts(&self) -> Result<Vec<Part>, String> {
        if self.join { joined(&self.files, &self.options()?).map(|joined| vec![joined]) } else { parts(&self.files) }
    }

    /// Whether it is files, read as they are.
    fn is_plain(&self) -> bool {
        self.frontend.is_none() && self.backend.is_none() && self.reading.turn.is_empty()
    }

    fn sources(&self) -> Result<Vec<Source>, String> {
        if self.frontend.is_some() || self.backend.is_some() {
            return self.two_streams();
        }
        let options = self.options()?;
        self.parts()?.into_iter().filter_map(|part| self.source(part, &options).transpose()).collect()
    }

    fn source(&self, part: Part, options: &Options) -> Result<Option<Source>, String> {
        if part.is_joined() {
            return self.joined(&part, options).map(Some);
        }
        match whole(&part, options) {
            Ok(first) => part.read(first, options),
            Err(why) => part.left_out(why).map(|()| None),
        }
    }

    /// The files of one recording, which are held: they cannot be read again, or are packed.
    fn joined(&self, part: &Part, options: &Options) -> Result<Source, String> {
        let mut pieces = part.pieces()?;
        let mut piece = pieces.some(HEADER)?;
        let recording = capture::recording(&piece, options);
        let mut recording =
            recording.ok_or_else(|| format!("{} is no capture file: --join joins these", part.first.display()))?;
        while !piece.is_empty() {
            recording.more(&piece);
            piece = pieces.next()?;
            if pieces.has_turned() {
                recording.begin_file();
            }
        }
        Ok(Source { files: pieces.begins(), ..Source::of(&part.first, recording.finish()) })
    }

    /// Reads everything, and gives out one connection after the other, with its place among all, until no more is wanted. Of a capture
    /// file a connection is given out when it is over, and then is not kept.
    pub(crate) fn each(&self, each: &mut Give<'_, (usize, Exchange)>) -> Result<(), String> {
        let (is_plain, mut places) = (self.is_plain(), 0);
        for part in if is_plain { self.parts()? } else { Vec::new() } {
            let opened = part.pieces().and_then(|mut pieces| Ok((pieces.next()?, pieces)));
            let (first, mut pieces) = match opened {
                Ok(opened) => opened,
                Err(why) => {
                    part.left_out(why)?;
                    continue;
                }
            };
            let mut most = 0;
            let mut give = |(place, exchange)| {
                most = most.max(place + 1);
                each((places + place, exchange))
            };
            let wants_more = match capture::recording(&first, &self.options()?) {
                Some(recording) => streamed(&part.first, recording, first, &mut pieces, &mut give)?,
                None => {
                    let is_one_of_several = part.is_one_of_several();
                    let Some(source) = part.read(pieces.rest(first)?, &self.options()?)? else { continue };
                    report(&source);
                    if is_one_of_several && source.capture.exchanges.is_empty() {
                        note_unread();
                    }
                    source.capture.exchanges.into_iter().enumerate().all(give)
                }
            };
            if !wants_more {
                return Ok(());
            }
            places += most;
        }
        if is_plain { Ok(()) } else { self.each_in_order(each) }
    }

    /// Reads capture files while they come, and gives out what is said on their connections as it comes, until no more is wanted.
    /// Says how many problems there were with the files themselves.
    pub(crate) fn live(&self, each: &mut dyn FnMut(Vec<News>) -> bool) -> Result<usize, String> {
        if self.frontend.is_some() || self.backend.is_some() || !self.reading.turn.is_empty() {
            return Err("--live reads capture files, and turns nothing round".to_owned());
        }
        let (mut problems, options) = (0, self.options()?);
        for part in self.parts()? {
            let opened = part.pieces().and_then(|mut pieces| Ok((pieces.some(HEADER)?, pieces)));
            let recording = opened.and_then(|(piece, pieces)| match capture::recording(&piece, &options) {
                Some(recording) => Ok((piece, pieces, recording)),
                None => Err(no_recording(&part.first, &piece)),
            });
            let (mut piece, mut pieces, mut recording) = match recording {
                Ok(begun) => begun,
                Err(why) => {
                    part.left_out(why)?;
                    continue;
                }
            };
            recording.gives_news();
            while !piece.is_empty() {
                recording.more(&piece);
                if !each(recording.news()) {
                    return Ok(problems);
                }
                piece = pieces.some(1)?;
                if pieces.has_turned() {
                    recording.begin_file();
                }
            }
            let (news, capture) = recording.finish_news();
            if !each(news) {
                return Ok(problems);
            }
            problems += capture.problems.len();
            report(&Source { files: pieces.begins(), ..Source::of(&part.first, capture) });
        }
        Ok(problems)
    }

    /// The same when all is read: with its number, from 0.
    pub(crate) fn each_in_order(&self, each: &mut Give<'_, (usize, Exchange)>) -> Result<(), String> {
        each_in_order(self.open()?, each)
    }

    fn two_streams(&self) -> Result<Vec<Source>, String> {
        let bytes = |file: &Option<PathBuf>| file.as_deref().map(read).transpose().map(Option::unwrap_or_default);
        let (frontend, backend) = (bytes(&self.frontend)?, bytes(&self.backend)?);
        let name = |file: &Option<PathBuf>| file.as_ref().map_or("input".to_owned(), |file| file.display().to_string());
        let names = [name(&self.frontend), name(&self.backend)];
        let mut capture = capture::read_two(&frontend, &backend);
        let beginning = self.reading.begins.unwrap_or_default();
        capture.exchanges.iter_mut().for_each(|exchange| exchange.beginning = beginning);
        Ok(vec![Source { names, files: Vec::new(), capture }])
    }
}

/// Whether a file that was named could not be read, while others were.
static UNREAD: AtomicBool = AtomicBool::new(false);

pub(crate) fn note_unread() {
    UNREAD.store(true, Ordering::Relaxed);
}

pub(crate) fn are_some_unread() -> bool {
    UNREAD.load(Ordering::Relaxed)
}

/// Whether something of the input could not be read.
static IS_CUT: AtomicBool = AtomicBool::new(false);

/// The status of a command that sums up its input: 1 where not all of it could be read.
pub(crate) fn status() -> ExitCode {
    ExitCode::from(u8::from(IS_CUT.load(Ordering::Relaxed)))
}

impl Reading {
    /// What is said of the input.
    pub(crate) fn options(&self) -> Result<Options, String> {
        let direction = self.direction.map(Side::direction);
        Ok(Options { form: self.form()?, direction, beginning: self.begins.unwrap_or_default(), split: None })
    }

    /// Turns round what is to be turned, in all connections.
    pub(crate) fn turn<'a>(&self, exchanges: impl IntoIterator<Item = &'a mut Exchange>) -> Result<(), String> {
        if self.turn.is_empty() {
            return Ok(());
        }
        let mut exchanges: Vec<&mut Exchange> = exchanges.into_iter().collect();
        for which in &self.turn {
            let turned: usize = exchanges.iter_mut().map(|exchange| exchange.turn(which)).sum();
            if turned == 0 {
                return Err(nothing_called(which, &exchanges));
            }
        }
        Ok(())
    }

    fn form(&self) -> Result<Option<Form>, String> {
        let Some(id) = &self.from else { return Ok(None) };
        let known = Form::from_id(id);
        let names = || Form::ALL.iter().map(|form| form.id()).collect::<Vec<_>>().join(", ");
        known.map(Some).ok_or_else(|| format!("there is no form {id}; known are {}", names()))
    }
}

impl Colours {
    pub(crate) fn colour(&self) -> Colour {
        let terminal = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        match self.color {
            When::Always => Colour::Ansi,
            When::Auto if terminal => Colour::Ansi,
            _ => Colour::Never,
        }
    }
}

impl Side {
    fn direction(self) -> Direction {
        match self {
            Side::Frontend => Direction::Frontend,
            Side::Backend => Direction::Backend,
        }
    }
}

/// All forms, a line each.
pub(crate) fn list_forms() {
    for form in Form::ALL {
        println!("{:<18} {}", form.id(), form.doc());
    }
}

fn beginning(id: &str) -> Result<Beginning, String> {
    let known = Beginning::ALL.map(Beginning::id).join(", ");
    Beginning::from_id(id).ok_or_else(|| format!("known are {known}"))
}

pub(crate) fn named(file: &Path) -> [String; 2] {
    let name = file.display().to_string();
    [name.clone(), name]
}

/// All of a file. Who waits for the end of a capture that comes through a pipe is told how not to.
fn whole(part: &Part, options: &Options) -> Result<Vec<u8>, String> {
    let mut pieces = part.pieces()?;
    let first = pieces.some(HEADER)?;
    let comes = part.first == Path::new("-") && capture::recording(&first, options).is_some();
    if comes && std::io::stderr().is_terminal() {
        eprintln!(
            "pgscope: a capture, which is read to its end; `pgscope decode --live` prints messages while they come"
        );
    }
    pieces.rest(first)
}

/// Reads a capture file while it comes; says whether more is wanted.
fn streamed(
    file: &Path,
    mut recording: capture::Recording,
    first: Vec<u8>,
    pieces: &mut Pieces,
    each: &mut Give<'_, (usize, Exchange)>,
) -> Result<bool, String> {
    let mut piece = first;
    while !piece.is_empty() {
        recording.more(&piece);
        if !recording.closed().into_iter().all(&mut *each) {
            return Ok(false);
        }
        piece = pieces.next()?;
        if pieces.has_turned() {
            recording.begin_file();
        }
    }
    let (numbers, mut capture) = recording.finish_numbered();
    let rest = std::mem::take(&mut capture.exchanges);
    report(&Source { files: pieces.begins(), ..Source::of(file, capture) });
    Ok(numbers.into_iter().zip(rest).all(each))
}

/// Why a file cannot be looked at while it comes.
fn no_recording(file: &Path, beginning: &[u8]) -> String {
    let what = match capture::kind(beginning) {
        _ if beginning.is_empty() => "empty",
        Kind::Other(what) => what,
        Kind::Keys => "a key log of TLS",
        Kind::Capture | Kind::Text | Kind::Raw => "none",
    };
    format!("--live reads capture files, as tcpdump -U -w - writes them; {} is {what}", file.display())
}

/// Whether there is a connection with this number.
pub(crate) fn known(connection: Option<u32>, count: usize) -> Result<(), String> {
    match connection {
        Some(only) if count > 0 && only as usize > count => {
            Err(format!("there is no connection {only}: there are {count}"))
        }
        _ => Ok(()),
    }
}

/// What could have been turned.
fn nothing_called(which: &str, exchanges: &[&mut Exchange]) -> String {
    let pieces = exchanges.iter().map(|exchange| exchange.segments.len()).max().unwrap_or(0);
    let mut labels: Vec<&str> = exchanges.iter().flat_map(|exchange| &exchange.labels).map(String::as_str).collect();
    labels.sort_unstable();
    labels.dedup();
    let named = if labels.is_empty() { "no labels".to_owned() } else { format!("the labels {}", labels.join(", ")) };
    format!("nothing in the input is called {which}: there are {pieces} pieces and {named}")
}

fn report(source: &Source) {
    let Source { names: [name, other], files, capture } = source;
    let name = if name == other { name } else { "input" };
    let guessed = if capture.guessed { " (recognised)" } else { "" };
    if std::io::stderr().is_terminal() {
        eprintln!("pgscope: {name} is {}{guessed}: {}", capture.form.name(), capture.reason);
    } else if !capture.left_out.is_empty() {
        eprintln!("pgscope: {name}: {}", capture.left_out);
    }
    IS_CUT.fetch_or(!capture.problems.is_empty(), Ordering::Relaxed);
    for problem in &capture.problems {
        let nth = files.partition_point(|(begin, _)| *begin <= problem.span.start);
        match nth.checked_sub(1).and_then(|nth| files.get(nth)) {
            Some((begin, name)) => eprintln!("pgscope: {name}: {}", problem.counted_from(*begin)),
            None => eprintln!("pgscope: {name}: {problem}"),
        }
    }
}

/// So many pieces are told one by one.
const TOLD: usize = 12;

/// Whose each piece is that was guessed: `1, 3 the frontend's; 2 the backend's`.
fn pieces(exchange: &Exchange) -> String {
    let of = |direction: Direction| {
        let segments = exchange.segments.iter().enumerate();
        let guessed =
            segments.filter(|(_, segment)| segment.origin == Origin::Unknown && segment.direction == direction);
        let mut numbers: Vec<String> = guessed.map(|(nth, _)| (nth + 1).to_string()).collect();
        if numbers.len() > TOLD {
            numbers.truncate(TOLD);
            numbers.push("…".to_owned());
        }
        (!numbers.is_empty()).then(|| format!("{} the {}'s", numbers.join(", "), direction.name()))
    };
    Direction::BOTH.into_iter().filter_map(of).collect::<Vec<_>>().join("; ")
}

/// What was inferred is said; of several connections with the number of the one.
pub(crate) fn remark(indexed: &Indexed, number: Option<usize>) {
    say_remarks(&remarks(indexed), number);
}

/// What was guessed of connections, by how the remark begins, and of how many more it was.
static REMARKED: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
/// So many letters of a remark say what sort it is.
const SORT: usize = 20;

/// Says remarks: of several connections, whose numbers are given, each sort once. Of how many more the like was found is said at the end.
pub(crate) fn say_remarks(remarks: &[String], number: Option<usize>) {
    let Some(number) = number else { return remarks.iter().for_each(|remark| eprintln!("pgscope: {remark}")) };
    let mut remarked = REMARKED.lock().unwrap_or_else(PoisonError::into_inner);
    for remark in remarks {
        match remarked.entry(remark.chars().take(SORT).collect()) {
            Entry::Vacant(new) => {
                new.insert(0);
                eprintln!("pgscope: connection {number}: {remark}");
            }
            Entry::Occupied(mut known) => *known.get_mut() += 1,
        }
    }
}

/// How often more something was guessed than was said.
pub(crate) fn say_rest() {
    let remarked = REMARKED.lock().unwrap_or_else(PoisonError::into_inner);
    match remarked.values().sum() {
        0 => {}
        1 => eprintln!("pgscope: the like was guessed once more; --connection NUMBER says it of one"),
        more => eprintln!("pgscope: the like was guessed {more} times more; --connection NUMBER says it of one"),
    }
}

/// What was inferred, for who says it.
pub(crate) fn remarks(indexed: &Indexed) -> Vec<String> {
    let mut remarks = Vec::new();
    if let Some(message) = indexed.guess.body_of {
        remarks.push(format!(
            "nothing here has a type and a length: it is read as the body of {}, and they are put before it",
            message.name()
        ));
    }
    if indexed.guess.is_by_piece {
        remarks.push(format!(
            "who sent each piece is a guess: {}; --turn NUMBER turns one round",
            pieces(&indexed.exchange)
        ));
    } else if let Some(sides) = indexed.guess.sides.filter(|sides| !sides.said) {
        let [frontend, backend] = sides.scores.map(|score| (score * 100.0).round());
        remarks.push(format!(
            "who sent this is a guess: {} (it reads to {frontend} % well as the frontend's, to {backend} % as the backend's); --direction says it",
            sides.taken.name()
        ));
    }
    let beginning = indexed.guess.beginning.filter(|one| !one.said && one.taken != Beginning::Queries);
    if let Some(beginning) = beginning.filter(|one| one.taken != Beginning::Start) {
        let id = beginning.taken.id();
        remarks.push(format!("where this begins in the life of a connection is a guess: {id}; --begins says it"));
    }
    if indexed.index.order_is_inferred {
        remarks.push("the order of the two streams is inferred from who waits for whom".to_owned());
    }
    remarks
}
