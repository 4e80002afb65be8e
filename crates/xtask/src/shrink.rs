//! Makes the site's styles and scripts small: one style sheet for the page and two for what it shows later, and no blank or long
//! name that only people need.

use std::fs;
use std::path::Path;

use crate::parts::names;
use crate::run::{Outcome, Run, about};
use crate::setup;

/// The style sheets of the page as one.
const STYLES: &str = "pgscope.css";
/// Those that a first look does not need, and as one: `data-later` in index.html names it, and the page fetches it with its parts.
const LATER: [&str; 5] = ["print.css", "learn.css", "programs.css", "parts.css", "later.css"];
const LATER_STYLES: &str = "pgscope-later.css";
/// The same of what no lesson shows: `data-rest`.
const REST: [&str; 3] = ["gallery.css", "told.css", "overview.css"];
const REST_STYLES: &str = "pgscope-rest.css";
/// What else has styles of the site: the pages of the reference.
const REFERENCE: &str = "messages/index.html";

/// Shrinks the scripts and styles of the site at `folder`, unless that was done.
pub(crate) fn shrink(folder: &Path) -> Outcome {
    let index = folder.join("index.html");
    let page = about(&index, fs::read_to_string(&index))?;
    let (page, sheets) = bundled(&page);
    if sheets.len() < 2 {
        return Ok(());
    }
    let read = |name: &String| about(&folder.join(name), fs::read_to_string(folder.join(name)));
    let bundle = |name: &str| match name {
        _ if LATER.contains(&name) => LATER_STYLES,
        _ if REST.contains(&name) => REST_STYLES,
        _ => STYLES,
    };
    for name in [STYLES, LATER_STYLES, REST_STYLES] {
        let sheets = sheets.iter().filter(|sheet| bundle(sheet) == name);
        let styles: String = sheets.map(read).collect::<Outcome<_>>()?;
        about(&folder.join(name), fs::write(folder.join(name), styles))?;
    }
    about(&index, fs::write(&index, page))?;
    let reference = fs::read_to_string(folder.join(REFERENCE)).unwrap_or_default();
    for sheet in sheets.iter().filter(|sheet| !reference.contains(&format!("../{sheet}"))) {
        about(&folder.join(sheet), fs::remove_file(folder.join(sheet)))?;
    }
    let files = names(folder)?.into_iter().filter(|name| name.ends_with(".js") || name.ends_with(".css"));
    Run::new(setup::esbuild()?.join("esbuild"))
        // What a script has to warn of is said to who made it, not to who reads the page.
        .args(["--minify", "--log-level=error", "--allow-overwrite", "--pure:console.warn"])
        .arg_path("--outdir=", folder)
        .args(files.map(|name| folder.join(name)))
        .run()
}

/// The page with one style sheet in the place of all, and the names of those.
fn bundled(page: &str) -> (String, Vec<String>) {
    let (mut lines, mut sheets) = (String::new(), Vec::new());
    for line in page.lines() {
        match sheet(line) {
            Some(name) if sheets.is_empty() => {
                lines.push_str(&line.replace(name, STYLES));
                lines.push('\n');
                sheets.push(name.to_owned());
            }
            Some(name) => sheets.push(name.to_owned()),
            None => {
                lines.push_str(line);
                lines.push('\n');
            }
        }
    }
    (lines, sheets)
}

/// The style sheet that a line of the page names.
fn sheet(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("rel=\"stylesheet\"")?;
    let (_, rest) = rest.split_once("href=\"./")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sheet_takes_the_place_of_all() {
        let page = "<link rel=\"stylesheet\" href=\"./a.css\"/>\n<link rel=\"stylesheet\" href=\"./b.css\"/>\n<p>\n";
        let (page, sheets) = bundled(page);
        assert_eq!(page, "<link rel=\"stylesheet\" href=\"./pgscope.css\"/>\n<p>\n");
        assert_eq!(sheets, ["a.css", "b.css"]);
    }
}
