//! The browser of the tests: Chromium, its driver, and how both are started.

use std::path::{Path, PathBuf};

use crate::run::{Outcome, Problem, about, target_dir};
use crate::setup;

const NAMES: [&str; 5] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome"];
const WHY: &str = "the tests of the page run in it";

/// Nothing that the browser does of its own accord: no updates, no talk with anybody.
const FLAGS: [&str; 7] = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-dev-shm-usage",
];

/// The browser's program.
pub(crate) fn chromium() -> Outcome<PathBuf> {
    let find = || named_by("PGSCOPE_CHROMIUM").or_else(|| NAMES.into_iter().find_map(on_path));
    found_or_installed("Chromium", find)
}

/// The program by which wasm-bindgen's tests steer the browser.
pub(crate) fn driver() -> Outcome<PathBuf> {
    found_or_installed("Chromium's driver", || named_by("CHROMEDRIVER").or_else(|| on_path("chromedriver")))
}

/// How the browser is started, for the specs and scripts in tests/e2e.
pub(crate) fn flags() -> Vec<&'static str> {
    // Chromium refuses its sandbox to root.
    let unboxed = setup::is_root().then_some("--no-sandbox");
    unboxed.into_iter().chain(FLAGS).collect()
}

/// Writes the same for the driver, and gives the file.
pub(crate) fn driver_settings(chromium: &Path) -> Outcome<PathBuf> {
    let quoted: Vec<String> = flags().iter().chain(&["--headless"]).map(|flag| format!("{flag:?}")).collect();
    let settings = format!(
        "{{ \"goog:chromeOptions\": {{ \"binary\": {:?}, \"args\": [{}] }} }}\n",
        chromium.to_string_lossy(),
        quoted.join(", ")
    );
    let file = std::path::absolute(target_dir().join("webdriver.json"))?;
    about(&file, std::fs::write(&file, settings))?;
    Ok(file)
}

fn found_or_installed(what: &str, find: impl Fn() -> Option<PathBuf>) -> Outcome<PathBuf> {
    if let Some(program) = find() {
        return Ok(program);
    }
    setup::system_packages(what, WHY, &["chromium", "chromium-driver"])?;
    find().ok_or_else(|| Problem(format!("{what} was installed, but is not on the PATH.")))
}

fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}
