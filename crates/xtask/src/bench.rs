//! Measuring: natively by `cargo bench`, and in Chromium by the `bench()` that `pgscope-wasm` exports with its feature of
//! that name; the command on capture files (`captures`); and the page itself, with large inputs.

use crate::run::{Outcome, Problem, Run, target_dir};
use crate::{Arguments, captures, parts, setup, site, test};

const NATIVE: &str = "bench -p pgscope-bench --bench decode";

/// Runs all, or one; with `--large` a capture file of a gigabyte is among those that are read.
pub(crate) fn command(mut arguments: Arguments) -> Outcome {
    let only = arguments.option("--only")?;
    let with_large = arguments.flag("--large");
    arguments.end()?;
    match only.as_deref() {
        None => {
            native().and_then(|()| captures::bench(with_large)).and_then(|()| browser()).and_then(|()| page(with_large))
        }
        Some("native") => native(),
        Some("captures") => captures::bench(with_large),
        Some("browser") => browser(),
        Some("page") => page(with_large),
        Some(_) => Err(Problem("--only takes one of: native, captures, browser, page.".to_owned())),
    }
}

fn native() -> Outcome {
    Run::cargo(NATIVE).run()?;
    Run::cargo("bench -p pgscope-bench --bench conversation").run()?;
    Run::cargo("bench -p pgscope-bench --bench simulate").run()
}

/// The page with capture files of growing size.
fn page(with_large: bool) -> Outcome {
    let files = captures::files(with_large)?;
    site::build()?;
    test::in_browser(Run::new("node").args(["bench-captures.mjs"]).args(files))?.run()
}

/// Built as the site is, since that is what people run. The same is measured natively again, to compare.
fn browser() -> Outcome {
    setup::wasm_target()?;
    let (binder, optimiser) = (parts::binder()?, setup::wasm_opt()?);
    Run::cargo("build --profile site --target wasm32-unknown-unknown -p pgscope-wasm --features bench --lib").run()?;
    let built = target_dir().join("wasm32-unknown-unknown/site/pgscope_wasm.wasm");
    let package = std::path::absolute(target_dir().join("bench-web"))?;
    Run::new(binder).args([&built]).args(["pgscope_wasm"]).args([&package]).run()?;
    let module = package.join("pgscope_wasm_bg.wasm");
    Run::new(optimiser.join("wasm-opt")).args(["-Oz", "-o"]).args([&module, &module]).run()?;
    test::in_browser(Run::new("node").args(["bench.mjs"]).args([&package]))?.run()?;
    Run::cargo(NATIVE).args(["--", "--beside"]).args([package.join("figures.txt")]).run()?;
    site::build()?;
    test::in_browser(Run::new("node").args(["bench-page.mjs"]))?.run()
}
