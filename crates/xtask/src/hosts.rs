//! Figures on pages of other people, and the package for npm in other people's hands.

use std::path::Path;

use crate::run::{Outcome, Run, about, target_dir};
use crate::{package, parts, setup, test};

/// Where pages and projects are made, below the target folder.
const HOSTS: &str = "hosts";
const LARGE: &str = "hosts/large";
/// The generators that take minutes to install, and the plain page that theirs are to look like: as tests/hosts/hosts.mjs calls them.
const LARGE_ONES: [&str; 3] = ["plain", "docusaurus", "starlight"];

/// Makes the package, installs it elsewhere, and lets Node.js, a bundler, TypeScript and its own command use it.
pub(crate) fn package() -> Outcome {
    let archive = std::path::absolute(package::npm(false)?)?;
    let tools = setup::generators()?;
    let place = std::path::absolute(target_dir().join(HOSTS).join("package"))?;
    Run::new("node")
        .args(["--test", "tests/hosts/package.test.mjs"])
        .env("PGSCOPE_PACKAGE", archive)
        .env("PGSCOPE_TOOLS", tools)
        .env("PGSCOPE_PLACE", place)
        .run()
}

/// Lets each generator of documentation that is there make a page with figures, and tries them in a browser.
pub(crate) fn pages(rest: &[String]) -> Outcome {
    tried(&setup::generators()?, HOSTS, &[], rest)
}

/// The same with those that take minutes to install, PlantUML before them.
pub(crate) fn large_pages(rest: &[String]) -> Outcome {
    package::npm(false)?;
    plantuml()?;
    tried(&setup::large_generators()?, LARGE, &LARGE_ONES, rest)
}

/// Lets PlantUML draw what is written for it.
fn plantuml() -> Outcome {
    setup::plantuml()?;
    let place = std::path::absolute(target_dir().join(LARGE))?;
    Run::new("node")
        .args(["--test", "tests/hosts/plantuml.test.mjs"])
        .env("PGSCOPE_COMMAND", std::path::absolute(parts::command()?)?)
        .env("PGSCOPE_PLACE", place)
        .run()
}

fn tried(tools: &Path, place: &str, hosts: &[&str], rest: &[String]) -> Outcome {
    let command = parts::command()?;
    let place = std::path::absolute(target_dir().join(place))?;
    about(&place, std::fs::create_dir_all(&place))?;
    let package = target_dir().join(package::NPM_FOLDER);
    Run::new("node")
        .args(["tests/hosts/hosts.mjs"])
        .args([package.as_path(), &command, tools, &place])
        .args(hosts)
        .run()?;
    let specs = if rest.is_empty() { &["hosts.spec.mjs".to_owned()] } else { rest };
    let run = test::in_browser(Run::new("npm").args(["test", "--"]).args(specs))?;
    test::specs(run.env("PGSCOPE_HOSTS", Path::new(&place)))
}
