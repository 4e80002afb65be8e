//! The table of drivers, `tests/drivers/drivers.txt`.

use std::path::{Path, PathBuf};

/// What every driver does that can.
pub(crate) const TASKS: &[&str] = &[
    "connect",
    "scram",
    "simple",
    "parameters",
    "reuse",
    "batch",
    "error",
    "copy",
    "notify",
    "cancel",
    "cursor",
    "types",
    "large",
];

/// A program that speaks to a server through a driver.
pub(crate) struct Driver {
    pub(crate) name: String,
    /// The shell's line that runs it, without the task.
    pub(crate) run: String,
    pub(crate) tasks: Vec<String>,
    /// Which servers it can speak to: `15`, `18`.
    pub(crate) servers: Vec<String>,
    /// What stands between it and the server: a line of the shell that begins to listen at $LISTEN.
    pub(crate) behind: Option<String>,
    /// Whether it is left out of the short form.
    pub(crate) is_slow: bool,
}

/// Where the programs are.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../drivers")
}

pub(crate) fn drivers() -> Vec<Driver> {
    let text = std::fs::read_to_string(folder().join("drivers.txt")).expect("the table");
    let mut drivers: Vec<Driver> = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        if !line.starts_with(' ') {
            let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
            let (tasks, servers) = (words(TASKS), words(&["15", "18"]));
            drivers.push(Driver {
                name: line.to_owned(),
                run: String::new(),
                tasks,
                servers,
                behind: None,
                is_slow: false,
            });
            continue;
        }
        let driver = drivers.last_mut().expect("a name comes first");
        let (key, value) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let words = || value.split_whitespace().map(str::to_owned).collect();
        match key {
            "run" => driver.run = value.trim().to_owned(),
            "tasks" => driver.tasks = words(),
            "servers" => driver.servers = words(),
            "behind" => driver.behind = Some(value.trim().to_owned()),
            "slow" => driver.is_slow = true,
            // What `cargo xtask record` does.
            "apt" | "uses" | "build" => {}
            other => panic!("{}: what is {other}?", driver.name),
        }
    }
    drivers
}
