//! Everything that must hold, as a list of steps; a table and one line of counts at the end.

use std::time::{Duration, Instant};

use crate::run::{Outcome, Problem, Run, about};
use crate::{Arguments, browser, hosts, record, setup, site, size};

struct Step {
    part: &'static str,
    name: &'static str,
    run: fn(&[String]) -> Outcome,
}

/// The part that takes minutes to set up, and runs only when it is named.
const LARGE: &str = "hosts-large";

const STEPS: [Step; 12] = [
    Step { part: "lint", name: "formatting", run: |_| prepared("fmt --all --check") },
    Step { part: "lint", name: "clippy", run: |_| prepared("clippy --workspace --all-targets -- -D warnings") },
    Step { part: "lint", name: "clippy for wasm", run: |_| clippy_for_wasm() },
    Step { part: "lint", name: "documentation", run: |_| documentation() },
    Step { part: "unit", name: "Rust tests", run: |_| rust_tests() },
    Step { part: "wasm", name: "wasm in Chromium", run: |_| wasm_in_chromium() },
    Step { part: "e2e", name: "the site", run: |_| site::build() },
    Step { part: "e2e", name: "the site's size", run: |_| size::check() },
    Step { part: "e2e", name: "the page in Chromium", run: page_in_chromium },
    Step { part: "hosts", name: "the package for npm", run: |_| hosts::package() },
    Step { part: "hosts", name: "other people's pages", run: hosts::pages },
    Step { part: LARGE, name: "large generators", run: hosts::large_pages },
];

/// Runs all steps but the large ones, or those of one part.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let rest = arguments.rest();
    let only = arguments.option("--only")?;
    arguments.end()?;
    let is_chosen = |step: &&Step| only.as_deref().map_or(step.part != LARGE, |part| part == step.part);
    let chosen: Vec<&Step> = STEPS.iter().filter(is_chosen).collect();
    if chosen.is_empty() {
        return Err(Problem("--only takes one of: lint, unit, wasm, e2e, hosts, hosts-large.".to_owned()));
    }
    report(&chosen.into_iter().map(|step| Report::of(step, &rest)).collect::<Vec<_>>())
}

struct Report {
    name: &'static str,
    outcome: Outcome,
    duration: Duration,
}

impl Report {
    fn of(step: &Step, rest: &[String]) -> Self {
        eprintln!("\n== {} ==", step.name);
        let start = Instant::now();
        let outcome = (step.run)(rest);
        let duration = start.elapsed();
        match &outcome {
            Ok(()) => eprintln!("== {}: passed in {:.1} s ==", step.name, duration.as_secs_f64()),
            Err(problem) => eprintln!("{problem}\n== {}: failed after {:.1} s ==", step.name, duration.as_secs_f64()),
        }
        Report { name: step.name, outcome, duration }
    }
}

fn report(reports: &[Report]) -> Outcome {
    println!();
    for report in reports {
        let result = if report.outcome.is_ok() { "passed" } else { "FAILED" };
        println!("{:<22} {result} {:>8.1} s", report.name, report.duration.as_secs_f64());
    }
    let total: Duration = reports.iter().map(|report| report.duration).sum();
    let failed = reports.iter().filter(|report| report.outcome.is_err()).count();
    for problem in reports.iter().filter_map(|report| report.outcome.as_ref().err()) {
        println!("\n{problem}");
    }
    println!("{:<22} {:>15.1} s", "together", total.as_secs_f64());
    println!("{} passed, {failed} failed", reports.len() - failed);
    // The counts are the last line: what failed was told above.
    if failed > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn rust_tests() -> Outcome {
    setup::oracles()?;
    record::prepare(false)?;
    Run::cargo("test --workspace").run()
}

fn prepared(line: &str) -> Outcome {
    setup::rust_components()?;
    Run::cargo(line).run()
}

fn clippy_for_wasm() -> Outcome {
    setup::wasm_target()?;
    prepared("clippy --target wasm32-unknown-unknown -p pgscope-ui -p pgscope-wasm --all-targets -- -D warnings")?;
    prepared(
        "clippy --target wasm32-unknown-unknown -p pgscope-wasm --no-default-features --features parts -- -D warnings",
    )
}

fn documentation() -> Outcome {
    Run::cargo("doc --workspace --no-deps --document-private-items").env("RUSTDOCFLAGS", "-D warnings").run()
}

fn wasm_in_chromium() -> Outcome {
    setup::wasm_target()?;
    let runner = setup::wasm_test_runner()?;
    let chromium = browser::chromium()?;
    Run::cargo("test --target wasm32-unknown-unknown -p pgscope-wasm --tests")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", browser::driver()?)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", browser::driver_settings(&chromium)?)
        .run()
}

fn page_in_chromium(rest: &[String]) -> Outcome {
    site::built()?;
    specs(in_browser(Run::new("npm").args(["test", "--"]).args(rest))?)
}

/// Runs specs; a failure names those that failed, and those that passed only when tried again are told.
pub(crate) fn specs(run: Run) -> Outcome {
    std::fs::create_dir_all("target")?;
    let told = std::path::absolute("target/troubles.txt")?;
    about(&told, std::fs::write(&told, ""))?;
    let outcome = run.env("PGSCOPE_TROUBLES", &told).run();
    let troubles = std::fs::read_to_string(&told).unwrap_or_default();
    match outcome {
        Err(Problem(problem)) if !troubles.is_empty() => Err(Problem(format!("{problem}\n{troubles}"))),
        outcome => {
            eprintln!("{troubles}");
            outcome
        }
    }
}

/// A script of tests/e2e, told where the browser and this program are.
pub(crate) fn in_browser(run: Run) -> Outcome<Run> {
    setup::e2e_packages()?;
    Ok(run
        .within("tests/e2e")
        .env("PGSCOPE_CHROMIUM", browser::chromium()?)
        .env("PGSCOPE_CHROMIUM_FLAGS", browser::flags().join(" "))
        .env("PGSCOPE_XTASK", std::env::current_exe()?))
}
