//! What the programs of the drivers have in common.

/// The task that is asked for, and how many rows a large result has.
pub(crate) fn asked(version: &str) -> (String, i32) {
    let task = std::env::args().nth(1).unwrap_or_default();
    if task == "version" {
        println!("{version}");
        std::process::exit(0);
    }
    (task, std::env::var("ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100))
}

/// This driver cannot do the task.
pub(crate) fn not_offered() -> ! {
    std::process::exit(77)
}
