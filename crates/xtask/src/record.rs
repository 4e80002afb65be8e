//! Drivers of many languages at real servers, recorded: installs and builds what `tests/drivers/drivers.txt` names, and runs
//! the test that lets all of them do their tasks (`tests/conformance/tests/it/drivers`).
//!
//! What is installed for them lies in the user's cache, but for packages of the system.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::Arguments;
use crate::run::{Outcome, Run, about};
use crate::setup;

const FOLDER: &str = "tests/drivers";
const KEPT: &str = "tests/fixtures/drivers";
/// How large a recording may be that is kept, in bytes.
const LARGEST: u64 = 25_000;
/// How many rows a large result has, and how many in what is kept.
const ROWS: [usize; 2] = [40, 20_000];

/// Records everything: into `drivers` of the target folder, or with `--keep` what is small into the fixtures.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let only = arguments.option("--only")?.unwrap_or_default();
    let keep = arguments.flag("--keep");
    let rows: usize = arguments.number("--rows", if keep { ROWS[0] } else { ROWS[1] })?;
    arguments.end()?;
    setup::oracles()?;
    prepare(true)?;
    let folder = crate::run::target_dir().join("drivers");
    let folder = std::path::absolute(&folder)?;
    let _ = std::fs::remove_dir_all(&folder);
    Run::cargo("test -p pgscope-conformance -p pgscope-cli --test it drivers::live -- --nocapture --test-threads 1")
        .env("PGSCOPE_RECORD", &folder)
        .env("PGSCOPE_RECORD_ROWS", rows.to_string())
        .env("PGSCOPE_RECORD_ONLY", only.replace(',', " "))
        .run()?;
    if keep { keep_small(&folder) } else { Ok(()) }
}

/// Installs and builds the drivers, those that take long if `all`. What cannot be had is told, and the tests skip it.
pub(crate) fn prepare(all: bool) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let drivers: Vec<Driver> = drivers()?.into_iter().filter(|driver| all || !driver.is_slow).collect();
    let told = |what: &str, outcome: Outcome| {
        if let Err(problem) = outcome {
            eprintln!("Set-up: {what} could not be had, and the tests skip them: {problem}");
        }
    };
    told("some drivers of the system's packages", system_packages(&drivers));
    told("the drivers of Node.js", node());
    told("the drivers of Python", python());
    for driver in drivers.iter().filter(|driver| !driver.build.is_empty()) {
        told(&driver.name, build(driver));
    }
    Ok(())
}

struct Driver {
    name: String,
    packages: Vec<String>,
    build: String,
    is_slow: bool,
}

fn drivers() -> Outcome<Vec<Driver>> {
    let table = Path::new(FOLDER).join("drivers.txt");
    let text = about(&table, std::fs::read_to_string(&table))?;
    Ok(driver_lines(&text))
}

fn driver_lines(text: &str) -> Vec<Driver> {
    let mut drivers: Vec<Driver> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (key, value) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match drivers.last_mut().filter(|_| line.starts_with(' ')) {
            None => {
                let name = line.to_owned();
                drivers.push(Driver { name, packages: Vec::new(), build: String::new(), is_slow: false });
            }
            Some(driver) => match key {
                "apt" => driver.packages = value.split_whitespace().map(str::to_owned).collect(),
                "build" => value.clone_into(&mut driver.build),
                "slow" => driver.is_slow = true,
                _ => {}
            },
        }
    }
    drivers
}

/// Where everything of the drivers is, but for the system's packages.
fn installed() -> Outcome<PathBuf> {
    setup::cache_folder("drivers")
}

fn system_packages(drivers: &[Driver]) -> Outcome {
    let is_there = |package: &&String| {
        let asked = Run::new("dpkg-query").args(["-W", "-f=${Status}"]).args([package]).asked();
        asked.is_some_and(|status| status.ends_with(" installed"))
    };
    let mut missing: Vec<&str> =
        drivers.iter().flat_map(|driver| &driver.packages).filter(|one| !is_there(one)).map(String::as_str).collect();
    missing.sort_unstable();
    missing.dedup();
    match missing.as_slice() {
        [] => Ok(()),
        missing => setup::system_packages("drivers", "what they say is held against what is known of it", missing),
    }
}

/// Installs again what a list names when the list has changed.
fn listed(list: &str, folder: &Path, install: impl FnOnce() -> Outcome) -> Outcome {
    let list = Path::new(FOLDER).join(list);
    let wanted = about(&list, std::fs::read(&list))?;
    let copy = folder.join("installed");
    if std::fs::read(&copy).is_ok_and(|had| had == wanted) {
        return Ok(());
    }
    about(folder, std::fs::create_dir_all(folder))?;
    install()?;
    about(&copy, std::fs::write(&copy, wanted))
}

fn node() -> Outcome {
    let folder = installed()?.join("node");
    listed("node/package-lock.json", &folder, || {
        setup::node()?;
        for name in ["package.json", "package-lock.json"] {
            let from = Path::new(FOLDER).join("node").join(name);
            about(&from, std::fs::copy(&from, folder.join(name)))?;
        }
        setup::npm("ci").args(["--ignore-scripts", "--prefix"]).args([&folder]).run()
    })
}

fn python() -> Outcome {
    let folder = installed()?.join("python");
    listed("python/requirements.txt", &folder, || {
        Run::new("python3").args(["-m", "venv"]).args([&folder]).run()?;
        let requirements = Path::new(FOLDER).join("python/requirements.txt");
        Run::new(folder.join("bin/python")).args(["-m", "pip", "install", "--quiet", "-r"]).args([requirements]).run()
    })
}

/// Builds a driver's program, if any program is newer than what was built.
fn build(driver: &Driver) -> Outcome {
    let folder = installed()?;
    for kind in ["c", "go", "haskell", "java", "built"] {
        about(&folder, std::fs::create_dir_all(folder.join(kind)))?;
    }
    let stamp = folder.join("built").join(&driver.name);
    let built = std::fs::metadata(&stamp).and_then(|file| file.modified()).ok();
    if built.is_some() && built >= newest(Path::new(FOLDER)) {
        return Ok(());
    }
    Run::new("sh").args(["-c", &driver.build]).within(FOLDER).env("DRIVERS", &folder).run()?;
    about(&stamp, std::fs::write(&stamp, ""))
}

fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let of = |path: PathBuf| match path.is_dir() {
        true => newest(&path),
        false => std::fs::metadata(&path).and_then(|file| file.modified()).ok(),
    };
    entries.filter_map(of).max()
}

/// Puts what is small into the fixtures: of the newest server that the driver spoke to.
fn keep_small(folder: &Path) -> Outcome {
    for server in ["15", "18"].map(|server| folder.join(server)) {
        for driver in std::fs::read_dir(&server).into_iter().flatten().flatten() {
            let kept = Path::new(KEPT).join(driver.file_name());
            for file in about(&driver.path(), std::fs::read_dir(driver.path()))?.flatten() {
                if file.metadata()?.len() <= LARGEST {
                    about(&kept, std::fs::create_dir_all(&kept))?;
                    about(&kept, std::fs::copy(file.path(), kept.join(file.file_name())))?;
                } else {
                    eprintln!("Too large to be kept: {}", file.path().display());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_what_is_installed_and_built() {
        let text = "# words\na\n    apt one two\n    run a\n\nb\n    build cc b.c && ./b\n    slow\n";
        let drivers = driver_lines(text);
        let told: Vec<_> = drivers.iter().map(|one| (one.name.as_str(), one.packages.len(), one.is_slow)).collect();
        assert_eq!(told, [("a", 2, false), ("b", 0, true)]);
        assert_eq!(drivers.last().map(|driver| driver.build.as_str()), Some("cc b.c && ./b"));
    }
}
