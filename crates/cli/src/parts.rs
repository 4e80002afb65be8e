//! What is read as one: a file, or the two that `tcpflow` wrote of a connection. Folders stand for all files in them.

use std::path::{Path, PathBuf};

use pgscope_view::capture::{self, Capture, Kind, Options, flows, kind};
use pgscope_view::proto::Direction;

use crate::input::{Source, named, note_unread};
use crate::pieces::{Pieces, read};

/// So many folders may lie in each other.
const DEEPEST: usize = 32;

/// A file, or two that are the two ends of a connection.
pub(crate) struct Part {
    pub(crate) first: PathBuf,
    second: Option<PathBuf>,
    /// What follows the first file in the same recording.
    rest: Vec<PathBuf>,
    direction: Option<Direction>,
    ends: Option<[String; 2]>,
    /// Whether it was named, and not found in a folder.
    is_named: bool,
    /// Whether there is nothing else.
    is_all: bool,
}

/// What these files and folders hold, or standard input where there is none.
pub(crate) fn parts(files: &[PathBuf]) -> Result<Vec<Part>, String> {
    if files.is_empty() {
        return Ok(vec![Part::of(PathBuf::from("-"))]);
    }
    let mut found: Vec<(PathBuf, bool)> = Vec::new();
    for file in files {
        match file.is_dir() {
            true => walk(file, DEEPEST, &mut found)?,
            false => found.push((file.clone(), true)),
        }
    }
    if found.is_empty() {
        return Err("there is no file in the folder".to_owned());
    }
    // Only what lies in one folder belongs together.
    let runs = found.chunk_by(|(one, _), (other, _)| one.parent() == other.parent());
    let mut parts: Vec<Part> = runs.flat_map(of_folder).collect();
    if let [only] = parts.as_mut_slice() {
        only.is_all = true;
    }
    Ok(parts)
}

/// These files as one recording, in the order of their first packets.
pub(crate) fn joined(files: &[PathBuf], options: &Options) -> Result<Part, String> {
    let mut found: Vec<(PathBuf, bool)> = Vec::new();
    for file in files {
        match file.is_dir() {
            true => walk(file, DEEPEST, &mut found)?,
            false => found.push((file.clone(), true)),
        }
    }
    // What cannot be read twice is read when it is its turn, in the order in which it was named.
    let is_plain = found.iter().all(|(path, _)| std::fs::metadata(path).is_ok_and(|about| about.is_file()));
    let mut begun: Vec<(Option<i64>, PathBuf)> = Vec::new();
    for (path, is_named) in found {
        let missing = std::fs::metadata(&path).err().filter(|_| path != Path::new("-"));
        let first = match missing {
            Some(error) => Err(format!("{} cannot be read: {error}", path.display())),
            None if is_plain => Pieces::open([path.as_path()]).and_then(|mut pieces| pieces.next()),
            None => {
                begun.push((None, path));
                continue;
            }
        };
        let why = match first {
            Ok(first) if capture::recording(&first, options).is_some() => {
                begun.push((capture::recorded_at(&first), path));
                continue;
            }
            Ok(first) if first.is_empty() => format!("{} is empty", path.display()),
            Ok(_) if is_named => return Err(format!("{} is no capture file: --join joins these", path.display())),
            Ok(_) => format!("{} is no capture file", path.display()),
            Err(why) => {
                note_unread();
                why
            }
        };
        eprintln!("pgscope: {why}, and was left out");
    }
    // What tells no time stays behind what was named before it.
    let mut known = begun.iter().find_map(|(begin, _)| *begin);
    for (begin, _) in &mut begun {
        known = begin.or(known);
        *begin = known;
    }
    begun.sort_by_key(|(begin, _)| *begin);
    let mut paths = begun.into_iter().map(|(_, path)| path);
    let first = paths.next().ok_or("there is no capture file to join")?;
    Ok(Part { rest: paths.collect(), ..Part::of(first) })
}

fn of_folder(found: &[(PathBuf, bool)]) -> Vec<Part> {
    let name = |(path, _): &(PathBuf, bool)| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let names: Vec<String> = found.iter().map(name).collect();
    let part = |one: flows::Together| {
        let (first, is_named) = found.get(one.first)?.clone();
        let second = one.second.and_then(|nth| found.get(nth)).map(|(path, _)| path.clone());
        Some(Part {
            first,
            second,
            rest: Vec::new(),
            direction: one.direction,
            ends: one.ends,
            is_named,
            is_all: false,
        })
    };
    flows::together(&names).into_iter().filter_map(part).collect()
}

/// All files of a folder, by their names; those that hide themselves are left out.
fn walk(folder: &Path, deep: usize, found: &mut Vec<(PathBuf, bool)>) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    paths.sort();
    for path in paths {
        // A link to a folder may lead in a circle.
        let is_folder = path.is_dir() && !path.is_symlink();
        let why = match std::fs::metadata(&path) {
            Ok(about) if about.is_file() => {
                found.push((path, false));
                continue;
            }
            Ok(_) if is_folder && deep > 0 => match walk(&path, deep - 1, found) {
                Ok(()) => continue,
                Err(why) => why,
            },
            Ok(_) if is_folder => format!("{} lies in more than {DEEPEST} folders", path.display()),
            Ok(_) => format!("{} is no file", path.display()),
            Err(error) => format!("{} cannot be read: {error}", path.display()),
        };
        eprintln!("pgscope: {why}; it was left out");
    }
    Ok(())
}

impl Part {
    fn of(first: PathBuf) -> Self {
        Self { first, second: None, rest: Vec::new(), direction: None, ends: None, is_named: true, is_all: true }
    }

    /// The file, if it is one that says nothing by its name, and those that follow it.
    pub(crate) fn alone(&self) -> Option<Vec<&Path>> {
        let is_alone = self.second.is_none() && self.direction.is_none() && self.ends.is_none();
        is_alone.then(|| self.files().collect())
    }

    fn files(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(&self.first).chain(&self.rest).map(PathBuf::as_path)
    }

    /// Whether it was named beside others.
    pub(crate) fn is_one_of_several(&self) -> bool {
        self.is_named && !self.is_all
    }

    /// Whether something follows it in the same recording.
    pub(crate) fn is_joined(&self) -> bool {
        !self.rest.is_empty()
    }

    /// Its bytes, piece by piece: those of the first file, and of what follows it.
    pub(crate) fn pieces(&self) -> Result<Pieces, String> {
        Pieces::open(self.files())
    }

    /// Reads it, these being the bytes of its first file. Nothing where that was found in a folder and holds no bytes of a connection,
    /// which is told.
    pub(crate) fn read(self, mut bytes: Vec<u8>, options: &Options) -> Result<Option<Source>, String> {
        if !self.is_named && self.second.is_none() && self.is_another_file(&bytes) {
            return Ok(None);
        }
        let mut names = named(&self.first);
        // What is said of an input is said of what its names do not tell.
        let mut options = Options { direction: options.direction.or(self.direction), ..*options };
        if let Some(second) = &self.second {
            options.split = Some(bytes.len());
            bytes.extend(read(second)?);
            let [_, name] = &mut names;
            *name = second.display().to_string();
        }
        let mut capture = capture::read(&bytes, &options);
        if !self.is_named && capture.exchanges.is_empty() {
            eprintln!("pgscope: {} holds no bytes of a connection, and was left out", self.first.display());
            return Ok(None);
        }
        if options.direction == Some(Direction::Backend) {
            names.reverse();
        }
        self.name_ends(&mut capture, options.direction);
        Ok(Some(Source { names, files: Vec::new(), capture }))
    }

    /// What cannot be read is told and left out where there is more to read. That something which was named could not be read is known at
    /// the end.
    pub(crate) fn left_out(&self, why: String) -> Result<(), String> {
        if self.is_named && self.is_all {
            return Err(why);
        }
        eprintln!("pgscope: {why}; it was left out");
        if self.is_named {
            note_unread();
        }
        Ok(())
    }

    fn is_another_file(&self, bytes: &[u8]) -> bool {
        let what = match kind(bytes) {
            Kind::Other(what) => what,
            Kind::Keys => "a key log of TLS",
            _ => return false,
        };
        eprintln!("pgscope: {} is {what}, and was left out", self.first.display());
        true
    }

    fn name_ends(&self, capture: &mut Capture, direction: Option<Direction>) {
        let Some(ends) = &self.ends else { return };
        for exchange in &mut capture.exchanges {
            let known = &mut exchange.recorded.get_or_insert_default().ends;
            known.clone_from(ends);
            if direction == Some(Direction::Backend) {
                known.reverse();
            }
        }
    }
}
