//! What is static of the site, put together as web/index.html tells: styles, scripts, pictures, and folders of texts.
//!
//! The lines that tell it are Trunk's (`<link data-trunk rel="css" href="…">`), so that Trunk understands them too.

use std::fs;
use std::path::Path;

use crate::run::{Outcome, Problem, about};

const INDEX: &str = "index.html";

/// Puts the static files of the site whose sources lie in `web` into `folder`, and the page that names them.
pub(crate) fn stage(web: &Path, folder: &Path) -> Outcome {
    let source = web.join(INDEX);
    let page = about(&source, fs::read_to_string(&source))?;
    let mut lines = String::new();
    for line in page.lines() {
        let line = if is_directive(line) { staged(line, web, folder)? } else { Some(line.to_owned()) };
        lines.extend(line.map(|line| line + "\n"));
    }
    let index = folder.join(INDEX);
    about(&index, fs::write(&index, lines))
}

/// Whether a line of the page tells what belongs to the site.
pub(crate) fn is_directive(line: &str) -> bool {
    line.contains("data-trunk")
}

/// Does what a line tells, and gives what stands in the page instead.
fn staged(line: &str, web: &Path, folder: &Path) -> Outcome<Option<String>> {
    let not_known =
        || Problem(format!("web/{INDEX}: crates/xtask/src/stage.rs does not know how to do “{}”.", line.trim()));
    let (kind, href) = (attribute(line, "rel").ok_or_else(not_known)?, attribute(line, "href").ok_or_else(not_known)?);
    let from = web.join(href);
    let name = href.rsplit('/').next().unwrap_or(href);
    let to = folder.join(attribute(line, "data-target-path").unwrap_or(name));
    let blanks = &line[..line.len() - line.trim_start().len()];
    match kind {
        // The modules are made by themselves: see parts.rs.
        "rust" => Ok(None),
        "copy-dir" => copy_folder(&from, &to).map(|()| None),
        "copy-file" => copy(&from, &to).map(|()| None),
        "css" => copy(&from, &to).map(|()| Some(format!("{blanks}<link rel=\"stylesheet\" href=\"./{name}\"/>"))),
        "icon" => copy(&from, &to).map(|()| Some(format!("{blanks}<link rel=\"icon\" href=\"./{name}\"/>"))),
        _ => Err(not_known()),
    }
}

/// The value of `name="value"`.
fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split('"').next()
}

fn copy(from: &Path, to: &Path) -> Outcome {
    about(from, fs::copy(from, to)).map(drop)
}

/// Copies a folder with all that is in it, into one that may be there already.
pub(crate) fn copy_folder(from: &Path, to: &Path) -> Outcome {
    about(to, fs::create_dir_all(to))?;
    for entry in about(from, fs::read_dir(from))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_page_say_what_is_copied_and_what_it_is_called() {
        let place = std::env::temp_dir().join(format!("pgscope-stage-{}", std::process::id()));
        let (web, folder) = (place.join("web"), place.join("site"));
        for folder in [&web.join("styles"), &web.join("texts/deep"), &folder] {
            fs::create_dir_all(folder).unwrap();
        }
        fs::write(web.join("styles/a.css"), "a {}").unwrap();
        fs::write(web.join("texts/deep/b.txt"), "b").unwrap();
        let page = "<p>\n  <link data-trunk rel=\"css\" href=\"styles/a.css\">\n\
            <link data-trunk rel=\"copy-dir\" href=\"texts\" data-target-path=\"words\">\n\
            <link data-trunk rel=\"rust\" href=\"../x/Cargo.toml\">\n";
        fs::write(web.join(INDEX), page).unwrap();
        stage(&web, &folder).unwrap();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read(INDEX), "<p>\n  <link rel=\"stylesheet\" href=\"./a.css\"/>\n");
        assert_eq!((read("a.css"), read("words/deep/b.txt")), ("a {}".to_owned(), "b".to_owned()));
        fs::write(web.join(INDEX), "<link data-trunk rel=\"sass\" href=\"a\">\n").unwrap();
        assert!(stage(&web, &folder).unwrap_err().0.contains("“<link data-trunk rel=\"sass\" href=\"a\">”"));
        fs::remove_dir_all(place).unwrap();
    }
}
