//! Gives the files of a built site names that carry a hash of their content, so that a browser may keep each for ever.
//!
//! Only pages and the loader keep their names. A file's hash covers the hashed names in it, so it changes with
//! whatever it leads to: a loader of one version can never meet the WebAssembly of another.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::run::{Outcome, Problem, Run, about};
use crate::shrink::shrink;
use crate::site::CONTENT_SECURITY_POLICY;
use crate::split::split;

/// The loader keeps its name, as all pages do: a browser asks for them anew each time.
const LOADER: &str = "pgscope.js";
/// The folder of the reference, and what makes its pages, given the folder's path.
const REFERENCE: &str = "messages";
const REFERENCE_BY: &str = "run --quiet --package pgscope-cli -- messages --format html --out";
/// Folders of the site whose files get a hash; `""` is the site's own. Others are copied as they are.
const HASHED: [&str; 3] = ["", "snippets", REFERENCE];
/// What can name other files.
const TEXTS: [&str; 4] = ["css", "html", "js", "webmanifest"];
const DIGITS: usize = 16;

/// The folder of the docs of all messages, and what writes them, given the folder's path.
const DOCS: &str = "docs";
const DOCS_BY: &str = "run --quiet --package pgscope-cli -- messages --docs";

/// Splits the page's WebAssembly and shrinks what is around it; writes the docs that the page fetches and the pages of the reference, unless they are
/// there; renames the files in `folder`, and their names in one another.
pub(crate) fn finish_site(folder: &Path) -> Outcome {
    split(folder)?;
    let docs = folder.join(DOCS);
    if !docs.is_dir() {
        Run::cargo(DOCS_BY).args([docs]).run()?;
    }
    let reference = folder.join(REFERENCE);
    if !reference.join("index.html").is_file() {
        Run::cargo(REFERENCE_BY).args([reference]).run()?;
    }
    list_rest(folder)?;
    shrink(folder)?;
    rename(folder)
}

/// The folders of texts that the page fetches when they are wanted, and the file that names all of these: the page fetches
/// them when it is idle.
const FETCHED: [&str; 3] = [DOCS, "samples", "scenarios"];
const REST: &str = "rest.txt";

fn list_rest(folder: &Path) -> Outcome {
    let mut names = Vec::new();
    for part in FETCHED {
        for entry in about(&folder.join(part), fs::read_dir(folder.join(part)))? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !name.starts_with("README") {
                names.push(format!("./{part}/{name}\n"));
            }
        }
    }
    names.sort();
    let path = folder.join(REST);
    about(&path, fs::write(&path, names.concat()))
}

fn rename(folder: &Path) -> Outcome {
    let index = folder.join("index.html");
    about(&index, fs::write(&index, page(&about(&index, fs::read_to_string(&index))?)?))?;
    let mut files = Vec::new();
    for part in HASHED {
        collect(folder, Path::new(part), part == "snippets", &mut files)?;
    }
    let files = hash(files);
    for (old, (new, content)) in &files {
        if old != new {
            let path = folder.join(old);
            about(&path, fs::remove_file(&path))?;
        }
        let path = folder.join(new);
        about(&path, fs::write(&path, content))?;
    }
    Ok(())
}

/// Whether a file's name carries a hash: `pgscope-ui_bg-0123456789abcdef.wasm`.
pub(crate) fn is_hashed(name: &str) -> bool {
    plain_name(name) != name
}

/// A file's name without its hash.
pub(crate) fn plain_name(name: &str) -> String {
    let Some((stem, extension)) = name.rsplit_once('.') else { return name.to_owned() };
    match stem.rsplit_once('-') {
        Some((plain, hash)) if hash.len() == DIGITS && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            format!("{plain}.{extension}")
        }
        _ => name.to_owned(),
    }
}

/// A short digest of content, to tell versions apart (FNV-1a; nothing here defends against forgery).
pub(crate) fn digest(content: &[u8]) -> String {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", content.iter().fold(0xcbf2_9ce4_8422_2325, step))
}

/// The page without what was only meant for Trunk.
fn page(text: &str) -> Outcome<String> {
    if !text.contains(CONTENT_SECURITY_POLICY) {
        let problem = "web/index.html and crates/xtask/src/site.rs name different Content-Security-Policies.";
        return Err(Problem(problem.to_owned()));
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.contains("data-trunk"));
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// Path within the site, with slashes, and content.
type Files = Vec<(String, Vec<u8>)>;
/// By old name: new name and content.
type Done = BTreeMap<String, (String, Vec<u8>)>;

fn collect(site: &Path, part: &Path, deep: bool, files: &mut Files) -> Outcome {
    let Ok(entries) = fs::read_dir(site.join(part)) else { return Ok(()) };
    for entry in entries {
        let name = part.join(entry?.file_name());
        let path = site.join(&name);
        if path.is_file() {
            files.push((name.to_string_lossy().replace('\\', "/"), about(&path, fs::read(&path))?));
        } else if deep {
            collect(site, &name, deep, files)?;
        }
    }
    Ok(())
}

/// The new name and content of each file: those first that name no other, then those that name only these, and so on.
fn hash(mut waiting: Files) -> Done {
    let mut done = Done::new();
    waiting.sort();
    while !waiting.is_empty() {
        let names: Vec<String> = waiting.iter().map(|(name, _)| name.clone()).collect();
        // What keeps its name changes nobody else's.
        let changing: Vec<&String> = names.iter().filter(|name| !is_stable(name)).collect();
        let is_ready = |file: &(String, Vec<u8>)| !changing.iter().any(|name| **name != file.0 && mentions(file, name));
        let (ready, later): (Files, Files) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            waiting = hash_circle(later, &mut done);
            continue;
        }
        for (name, content) in ready {
            let content = renamed(&name, content, &done);
            let digest = digest(&content);
            done.insert(name.clone(), (hashed_name(&name, &digest), content));
        }
        waiting = later;
    }
    done
}

fn is_stable(name: &str) -> bool {
    name == LOADER || name.ends_with(".html")
}

/// Files that name one another get one hash, of all of them. Gives back the files that are not among these.
fn hash_circle(waiting: Files, done: &mut Done) -> Files {
    let circles = waiting.iter().map(|file| reached(&waiting, file));
    let circle = circles.min_by_key(Vec::len).unwrap_or_default();
    let (circle, later): (Files, Files) = waiting.into_iter().partition(|(name, _)| circle.contains(name));
    let circle: Files =
        circle.into_iter().map(|(name, content)| (name.clone(), renamed(&name, content, done))).collect();
    let digest = digest(&circle.iter().flat_map(|(_, content)| content.clone()).collect::<Vec<u8>>());
    let names: Done = circle.iter().map(|(name, _)| (name.clone(), (hashed_name(name, &digest), Vec::new()))).collect();
    for (name, content) in circle {
        let content = renamed(&name, content, &names);
        done.insert(name.clone(), (hashed_name(&name, &digest), content));
    }
    later
}

/// The names of all files to which a file leads, itself among them.
fn reached(files: &Files, from: &(String, Vec<u8>)) -> Vec<String> {
    let mut reached = vec![from.0.clone()];
    let mut next = 0;
    while let Some(file) = reached.get(next).and_then(|name| files.iter().find(|(known, _)| known == name)) {
        let named = files.iter().map(|(name, _)| name).filter(|name| !is_stable(name) && mentions(file, name));
        let new: Vec<String> = named.filter(|name| !reached.contains(name)).cloned().collect();
        reached.extend(new);
        next += 1;
    }
    reached
}

fn hashed_name(name: &str, digest: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !is_stable(name) => format!("{stem}-{digest}.{extension}"),
        _ => name.to_owned(),
    }
}

fn mentions((own, content): &(String, Vec<u8>), name: &str) -> bool {
    text(own, content).is_some_and(|text| !places(text, &reference(own, name)).is_empty())
}

fn renamed(own: &str, content: Vec<u8>, done: &Done) -> Vec<u8> {
    let Some(text) = text(own, &content) else { return content };
    let mut text = text.to_owned();
    for (old, (new, _)) in done {
        let (old, new) = (reference(own, old), reference(own, new));
        for at in places(&text, &old).into_iter().rev() {
            text.replace_range(at..at + old.len(), &new);
        }
    }
    text.into_bytes()
}

fn text<'a>(name: &str, content: &'a [u8]) -> Option<&'a str> {
    let (_, extension) = name.rsplit_once('.')?;
    TEXTS.contains(&extension).then(|| std::str::from_utf8(content).ok())?
}

/// How the file `from` names the file `to`: from its own folder when it is in there too, else from the site's.
fn reference(from: &str, to: &str) -> String {
    let folder: PathBuf = Path::new(from).parent().map(Path::to_owned).unwrap_or_default();
    Path::new(to).strip_prefix(folder).unwrap_or(Path::new(to)).to_string_lossy().into_owned()
}

/// Where `name` stands in `text` as a whole address, between quotes or brackets.
fn places(text: &str, name: &str) -> Vec<usize> {
    let begins = |at: usize| text.get(..at).is_some_and(|before| before.ends_with(['"', '\'', '`', '(', '/', '=']));
    let ends = |at: usize| text.get(at..).is_some_and(|after| after.starts_with(['"', '\'', '`', ')', '?', '#']));
    let found = text.match_indices(name).map(|(at, _)| at);
    found.filter(|at| begins(*at) && ends(at + name.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<(String, String)> {
        let files = files.iter().map(|(name, text)| (name.to_string(), text.as_bytes().to_vec())).collect();
        let done = hash(files);
        done.into_values().map(|(name, content)| (name, String::from_utf8(content).unwrap())).collect()
    }

    #[test]
    fn a_change_deep_down_changes_every_name_above_it() {
        let site = |wasm: &str| {
            names(&[
                ("a.js", "fetch('a_bg.wasm')"),
                ("a_bg.wasm", wasm),
                ("index.html", "<script src=\"./pgscope.js\">"),
                ("pgscope.js", "import('./a.js')"),
            ])
        };
        let (one, two) = (site("1"), site("2"));
        assert_ne!(one[0].0, two[0].0);
        assert_eq!(one[0].1, format!("fetch('{}')", one[1].0));
        assert_eq!(one[3], ("pgscope.js".to_owned(), format!("import('./{}')", one[0].0)));
        assert_eq!(one[2], two[2]);
    }

    #[test]
    fn a_name_inside_another_name_is_left_alone() {
        let site = names(&[("a.css", ""), ("data-a.css", ""), ("index.html", "<link href=\"./data-a.css\">")]);
        assert_eq!(site[2].1, format!("<link href=\"./{}\">", site[1].0));
    }

    #[test]
    fn pages_in_a_folder_name_the_files_of_the_site_and_one_another() {
        let site = names(&[
            ("a.css", ""),
            ("messages/b.html", "<link href=\"../a.css\"><link href=\"./c.css\"><a href=\"d.html\">"),
            ("messages/c.css", "p {}"),
            ("messages/d.html", "<a href=\"b.html\">"),
        ]);
        let css = site[2].0.strip_prefix("messages/").unwrap();
        assert_eq!(site[1].0, "messages/b.html");
        assert_eq!(site[1].1, format!("<link href=\"../{}\"><link href=\"./{css}\"><a href=\"d.html\">", site[0].0));
        assert!(is_hashed(css));
    }

    #[test]
    fn directives_for_trunk_are_gone_from_the_page() {
        let line = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{CONTENT_SECURITY_POLICY}\">\n");
        assert_eq!(page(&format!("{line}\n  <link data-trunk rel=\"rust\">\n")).unwrap(), line);
        assert!(page("").is_err());
    }

    #[test]
    fn files_that_name_one_another_change_together() {
        let site = |wasm: &str| {
            names(&[
                ("a.js", "'./b.js'"),
                ("b.js", "'./a.js' './c.wasm'"),
                ("c.wasm", wasm),
                ("pgscope.js", "import('./a.js')"),
            ])
        };
        let (one, two) = (site("1"), site("2"));
        assert_eq!(one[0].1, format!("'./{}'", one[1].0));
        assert_eq!(one[1].1, format!("'./{}' './{}'", one[0].0, one[2].0));
        assert_eq!(one[3].1, format!("import('./{}')", one[0].0));
        assert!(one[0].0 != two[0].0 && one[1].0 != two[1].0 && is_hashed(&one[1].0));
    }

    #[test]
    fn hashes_are_told_from_words() {
        assert!(is_hashed("pgscope-ui_bg-0123456789abcdef.wasm"));
        assert!(!is_hashed("pgscope-ui.js"));
        assert_eq!(plain_name("tokens-0123456789abcdef.css"), "tokens.css");
    }
}
