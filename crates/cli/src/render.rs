//! `pgscope render`: an exchange as a picture or a piece of a page, for documentation.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::figure::{Figure, in_element};
use pgscope_view::print::sequence::{Panes, Theme, html_page, markdown, mermaid, plantuml, sheet, svg, terminal};
use pgscope_view::print::{Colour, layout};
use pgscope_view::proto::{Message, messages};
use pgscope_view::sequence::{Choice, Sequence, Step, ranges};
use pgscope_view::sim::shipped;

use crate::input::{Input, remark};
use crate::simulate::pairs;
use crate::stdout;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Files, the name of a scenario, bytes as hex, or the name of a message for its layout; `-` or nothing reads standard input
    #[command(flatten)]
    input: Input,
    /// What to make of it
    #[arg(long, value_enum, default_value_t = To::Html)]
    to: To,
    /// Where to write it, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// What it is called, for who does not see it
    #[arg(long)]
    title: Option<String>,
    /// Set a knob of a scenario
    #[arg(long, value_name = "KNOB=VALUE", num_args = 1..)]
    set: Vec<String>,
    /// Which messages, by their numbers: `3-9`, `1,4-`
    #[arg(long, value_name = "RANGES")]
    messages: Option<String>,
    /// Leave out messages of these names, with commas between
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    hide: Vec<String>,
    /// The message that is lit: its number, or better its name, `BindComplete` or `Query 2`
    #[arg(long)]
    step: Option<Step>,
    /// What is shown of each message, in HTML: diagram, bytes, fields, words
    #[arg(long, value_name = "PANES", value_parser = Panes::read)]
    panes: Option<Panes>,
    /// Show in how many segments a message came
    #[arg(long)]
    segments: bool,
    /// Leave out what is wrong
    #[arg(long)]
    no_findings: bool,
    /// Let equal messages that follow each other be rows of their own
    #[arg(long)]
    unfolded: bool,
    /// The colours of a picture
    #[arg(long, value_enum, default_value_t = Colours::Auto)]
    theme: Colours,
    /// Where Pgscope is: HTML leads there with the exchange
    #[arg(long, value_name = "ADDRESS")]
    link: Option<String>,
    /// The address of its picture, for programs that show a link
    #[arg(long, value_name = "ADDRESS")]
    image: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum To {
    /// A page that stands by itself, without scripts
    Html,
    /// The same to be put into another page, which needs the sheet
    Fragment,
    /// The same in its element, which the loader makes live
    Element,
    /// The sheet for both
    Sheet,
    /// A frame with it, for any page; --link says where Pgscope is
    Frame,
    /// What oEmbed wants of it, for hosts that make frames of links
    Oembed,
    /// The lines of HTML by which programs show a link to it
    Opengraph,
    /// A picture, with what it was made from inside
    Svg,
    /// The same as pixels, twice as large
    Png,
    /// A diagram for Mermaid
    Mermaid,
    /// A diagram for PlantUML
    Plantuml,
    /// A diagram of letters, for a terminal
    Text,
    /// Numbered sentences
    Markdown,
    /// The picture as data: what is said, and where everything stands
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Colours {
    Auto,
    Light,
    Dark,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    if arguments.to == To::Sheet {
        return write(arguments, sheet().as_bytes());
    }
    if let Some(message) = message(arguments) {
        return layout_of(arguments, message);
    }
    let figure = figure(arguments)?;
    figure.connections.iter().for_each(|indexed| remark(indexed, None));
    if figure.connections.len() > 1 && (arguments.to == To::Svg || arguments.link.is_some()) {
        let count = figure.connections.len();
        eprintln!("pgscope: all {count} connections are drawn; opened again, it is the first of them");
    }
    let sequence = figure.sequence()?;
    let title = &figure.title;
    let html = || figure.html(&sequence, arguments.link.as_deref());
    let made = match arguments.to {
        To::Html => html_page(&html(), title),
        To::Fragment => html() + "\n",
        To::Element => figure.element(&sequence, arguments.link.as_deref()) + "\n",
        To::Frame => frame(&figure, &sequence, arguments)? + "\n",
        To::Oembed => oembed(&figure, &sequence, arguments)?,
        To::Opengraph => figure.open_graph(&sequence, site(arguments)?, arguments.image.as_deref()),
        To::Svg => svg(&sequence, title, &figure.source(), theme(arguments.theme)),
        To::Png => return write(arguments, &png(&svg(&sequence, title, "", theme(arguments.theme)))?),
        To::Mermaid => mermaid(&sequence),
        To::Plantuml => plantuml(&sequence),
        To::Text => terminal(&sequence, Colour::Never),
        To::Markdown => markdown(&sequence),
        To::Json => serde_json::to_string_pretty(&sequence).map_err(|error| error.to_string())? + "\n",
        To::Sheet => String::new(),
    };
    write(arguments, made.as_bytes())
}

fn site(arguments: &Arguments) -> Result<&str, String> {
    arguments.link.as_deref().ok_or_else(|| "--link is wanted, too: where Pgscope is".to_owned())
}

fn frame(figure: &Figure, sequence: &Sequence, arguments: &Arguments) -> Result<String, String> {
    let frame = figure.frame(sequence, site(arguments)?);
    frame.ok_or_else(|| "it is too large for an address: --to element has room for it".to_owned())
}

fn oembed(figure: &Figure, sequence: &Sequence, arguments: &Arguments) -> Result<String, String> {
    let told = serde_json::json!({
        "version": "1.0",
        "type": "rich",
        "provider_name": "Pgscope",
        "provider_url": site(arguments)?,
        "title": figure.title,
        "width": sequence.size.0,
        "height": sequence.size.1,
        "html": frame(figure, sequence, arguments)?,
    });
    Ok(serde_json::to_string_pretty(&told).map_err(|error| error.to_string())? + "\n")
}

/// The message whose layout is asked for: its name stands alone, and is that of no file.
fn message(arguments: &Arguments) -> Option<&'static Message> {
    let [name] = arguments.input.files() else { return None };
    messages::by_name(name.to_str()?).filter(|_| !name.exists())
}

fn layout_of(arguments: &Arguments, message: &'static Message) -> Result<ExitCode, String> {
    let title = arguments.title.clone().unwrap_or_else(|| format!("{} on the wire", message.name()));
    let figure = layout::figure(message, &title, arguments.link.as_deref());
    match arguments.to {
        To::Html => write(arguments, html_page(&figure, &title).as_bytes()),
        To::Fragment => write(arguments, (figure + "\n").as_bytes()),
        To::Element => write(arguments, (in_element("pgscope-reference", &figure) + "\n").as_bytes()),
        _ => Err(format!("the layout of {} can be html or a fragment", message.name())),
    }
}

/// What is asked for, with what is chosen of it.
fn figure(arguments: &Arguments) -> Result<Figure, String> {
    let mut figure = found(&arguments.input, &arguments.set)?;
    if figure.connections.is_empty() {
        return Err("there is no message in it, and nothing to draw".to_owned());
    }
    figure.choice = Choice {
        messages: arguments.messages.as_deref().map(ranges).transpose()?.unwrap_or_default(),
        hidden: arguments.hide.clone(),
        step: arguments.step.clone(),
        folds: !arguments.unfolded,
        segments: arguments.segments,
        findings: !arguments.no_findings,
    };
    figure.panes = arguments.panes.unwrap_or_default();
    figure.title = arguments.title.clone().unwrap_or(figure.title);
    Ok(figure)
}

/// A scenario if its name is given and no such file is there, bytes if that is what the words are, else files.
pub(crate) fn found(input: &Input, set: &[String]) -> Result<Figure, String> {
    let words: Vec<String> = input.files().iter().map(|file| file.display().to_string()).collect();
    let is_file = |word: &String| word == "-" || Path::new(word).exists();
    if let ([name], false) = (words.as_slice(), words.iter().any(is_file))
        && shipped::find(name).is_some()
    {
        return Figure::of_scenario(name, &pairs(set)?);
    }
    if !set.is_empty() {
        return Err(format!("--set is for scenarios, and {} is none", words.join(" ")));
    }
    let hex: String = words.concat();
    if !words.is_empty() && !words.iter().any(is_file) && hex.chars().all(|letter| letter.is_ascii_hexdigit()) {
        return Figure::of_bytes(hex.as_bytes(), &input.options()?);
    }
    let sources = input.read()?;
    let named = sources.first().map(|source| source.names[0].clone()).filter(|name| name != "-");
    let title = named.unwrap_or_else(|| "an exchange".to_owned());
    Ok(Figure::of(&title, sources.into_iter().flat_map(|source| source.capture.exchanges).collect()))
}

fn theme(colours: Colours) -> Theme {
    match colours {
        Colours::Auto => Theme::Auto,
        Colours::Light => Theme::Light,
        Colours::Dark => Theme::Dark,
    }
}

#[cfg(not(feature = "png"))]
fn png(_: &str) -> Result<Vec<u8>, String> {
    Err("this pgscope was built without its feature png; --to svg is there".to_owned())
}

/// The picture as pixels, drawn with the fonts of the machine.
#[cfg(feature = "png")]
fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = resvg::usvg::Options::default();
    options.fontdb_mut().load_system_fonts();
    if options.fontdb.is_empty() {
        return Err("there is no font on this machine to draw letters with; --to svg needs none".to_owned());
    }
    let families: Vec<String> =
        options.fontdb.faces().flat_map(|face| face.families.first()).map(|(name, _)| name.clone()).collect();
    let first = |wanted: &[&str]| {
        wanted.iter().find(|name| families.iter().any(|family| family == *name)).map(|name| (*name).to_owned())
    };
    let sans = first(&["Segoe UI", "Inter", "Liberation Sans", "DejaVu Sans", "Arial", "Helvetica"]);
    let mono = first(&["Menlo", "DejaVu Sans Mono", "Liberation Mono", "Consolas", "Courier New"]);
    let any = families.first().cloned().unwrap_or_default();
    let fonts = options.fontdb_mut();
    fonts.set_sans_serif_family(sans.unwrap_or_else(|| any.clone()));
    fonts.set_monospace_family(mono.unwrap_or(any));
    let tree =
        resvg::usvg::Tree::from_str(svg, &options).map_err(|error| format!("the picture cannot be drawn: {error}"))?;
    let size = tree.size().to_int_size().scale_by(2.0).ok_or("the picture is too large")?;
    let mut pixels = resvg::tiny_skia::Pixmap::new(size.width(), size.height()).ok_or("the picture is too large")?;
    resvg::render(&tree, resvg::tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| format!("the picture cannot be written: {error}"))
}

fn write(arguments: &Arguments, bytes: &[u8]) -> Result<ExitCode, String> {
    match &arguments.output {
        Some(file) => {
            std::fs::write(file, bytes).map_err(|error| format!("{} cannot be written: {error}", file.display()))?
        }
        // A closed pipe is how `head` says that it has seen enough.
        None => stdout::print(bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}
