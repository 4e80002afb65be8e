//! `pgscope mask`: an input as it can be shown to strangers.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use pgscope_view::capture;
use pgscope_view::mask::{self, Key, Kinds, Written};
use pgscope_view::proto::privacy::Secret;

use crate::input::Reading;
use crate::pieces;
use crate::{stdout, written};

/// Every length is kept: the masked exchange has the same messages with the same fields in the same places, and the same findings.
///
/// Letters become other letters, digits other digits, and a value in binary format another value of its type. Equal values
/// stay equal. Of SQL the key words, the operators and the names that come with every server stay; other names belong to
/// `names`, texts, numbers and comments to `literals`. Public are: types, lengths, counts, oids, formats, process ids,
/// positions in the log, times in messages and packets, ports, command tags, severity, SQLSTATE and source line of errors,
/// and settings such as client_encoding and server_version.
///
/// The input is written in its own form. What that form holds beside the bytes is blotted out; a capture file keeps the
/// packets of its connections, with other addresses and without comments, names, secrets and options. Where a form has no
/// room for that, the exchange is written anew, as hex or as pcapng, which is said.
///
/// A mask cannot be undone: it depends on a key of chance, which is forgotten.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file to mask; `-` reads standard input
    input: PathBuf,
    /// Where to write it; `-` or nothing writes standard output
    output: Option<PathBuf>,
    /// Overwrite OUT where it is there already
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    reading: Reading,
}

/// What is masked, and with which key.
#[derive(clap::Args)]
pub(crate) struct Choice {
    /// Leave values of these kinds as they are, with commas between
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',')]
    keep: Vec<Kind>,
    /// Mask values of these kinds alone
    #[arg(long, value_name = "KINDS", value_enum, value_delimiter = ',', conflicts_with = "keep")]
    only: Vec<Kind>,
    /// Give the same masks each time, for documentation: who knows the seed can try values
    #[arg(long)]
    seed: Option<String>,
}

impl Choice {
    /// Whether anything was said of it.
    pub(crate) fn is_made(&self) -> bool {
        self.seed.is_some() || !(self.keep.is_empty() && self.only.is_empty())
    }

    pub(crate) fn kinds(&self) -> Kinds {
        let secrets = |kinds: &[Kind]| kinds.iter().map(|kind| kind.0).collect::<Vec<_>>();
        match self.only.as_slice() {
            [] => Kinds::ALL.without(&secrets(&self.keep)),
            only => Kinds::only(&secrets(only)),
        }
    }

    pub(crate) fn key(&self) -> Result<Key, String> {
        if let Some(seed) = &self.seed {
            return Ok(Key::of_seed(seed));
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|error| format!("this machine gives no random numbers: {error}"))?;
        Ok(Key::new(random))
    }
}

/// A kind of values, as the library names it.
#[derive(Clone, Copy)]
struct Kind(Secret);

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        const KINDS: [Kind; Secret::ALL.len()] = {
            let mut kinds = [Kind(Secret::Other); Secret::ALL.len()];
            let mut at = 0;
            while at < kinds.len() {
                kinds[at] = Kind(Secret::ALL[at]);
                at += 1;
            }
            kinds
        };
        &KINDS
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.id()).help(self.0.doc()))
    }
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, String> {
    let kinds = arguments.choice.kinds();
    let bytes = pieces::read(&arguments.input)?;
    let options = arguments.reading.options()?;
    let name = arguments.input.display();
    let mut read = capture::read(&bytes, &options);
    read.problems.iter().for_each(|problem| eprintln!("pgscope: {name}: {problem}"));
    arguments.reading.turn(&mut read.exchanges)?;
    let masked = mask::input(&bytes, read, &options, kinds, &arguments.choice.key()?)
        .map_err(|refusal| format!("{name}: {refusal}"))?;
    if let Some(how) = how(masked.written) {
        eprintln!(
            "pgscope: {name} is written anew, {how}: its own form has no room for what is masked, or holds more than bytes"
        );
    }
    write(arguments.output.as_deref(), &masked.bytes, arguments.force)?;
    Ok(ExitCode::SUCCESS)
}

fn how(written: Written) -> Option<&'static str> {
    match written {
        Written::InPlace => None,
        Written::Anew => Some("in the same form"),
        Written::Hex => Some("as hex"),
        Written::Pcapng => Some("as a capture file (pcapng)"),
    }
}

fn write(output: Option<&std::path::Path>, bytes: &[u8], is_forced: bool) -> Result<(), String> {
    match output.filter(|path| *path != std::path::Path::new("-")) {
        Some(path) if !is_forced && path.exists() => {
            Err(format!("{} is there already: --force overwrites it", path.display()))
        }
        Some(path) => written::file(path, bytes),
        None if std::io::stdout().is_terminal() && std::str::from_utf8(bytes).is_err() => {
            Err("the result is no text, and this is a terminal: name a file".to_owned())
        }
        None => stdout::print(bytes),
    }
}
