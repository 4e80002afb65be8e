//! Capture files of growing size: what the command takes for them, beside tshark on the same file where that is installed. Times are
//! those of the processor, memory is the most that was held; all in turns, so that what disturbs one disturbs all.

use std::path::{Path, PathBuf};

use crate::run::{Outcome, Problem, Run, about, target_dir};

/// How large the files are, in megabytes, and how many connections are open at a time in them.
const SIZES: [usize; 3] = [1, 10, 100];
const LARGE: usize = 1000;
const CONNECTIONS: usize = 40;
const ROUNDS: usize = 3;
/// Runs a program, throws away what it prints, and says what it took: seconds of processor and kilobytes.
const MEASURED: &str = "import os, sys
null = os.open(os.devnull, os.O_RDWR)
silent = [(os.POSIX_SPAWN_DUP2, null, stream) for stream in range(3)]
program = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=silent)
used = os.wait4(program, 0)[2]
print(used.ru_utime + used.ru_stime, used.ru_maxrss)";

/// A program with its arguments; the file comes behind them.
struct Contender {
    name: &'static str,
    words: Vec<PathBuf>,
    taken: Vec<(f64, f64)>,
}

/// Measures the command, and tshark; with a file of a gigabyte, too, where that is wanted.
pub(crate) fn bench(with_large: bool) -> Outcome {
    Run::cargo("build --release --package pgscope-cli").run()?;
    let release = std::path::absolute(target_dir().join("release"))?;
    let has_tshark = Run::new("tshark").args(["--version"]).asked().is_some();
    if !has_tshark {
        println!("tshark is not installed: the command stands alone.");
    }
    for (size, file) in sizes(with_large).zip(files(with_large)?) {
        let mut contenders = contenders(&release.join("pgscope"), has_tshark);
        for _ in 0..ROUNDS {
            for contender in &mut contenders {
                contender.taken.push(measured(&contender.words, &file)?);
            }
        }
        print!("{}", table(size, &contenders));
    }
    Ok(())
}

fn sizes(with_large: bool) -> impl Iterator<Item = usize> {
    SIZES.into_iter().chain(with_large.then_some(LARGE))
}

/// The files, made anew.
pub(crate) fn files(with_large: bool) -> Outcome<Vec<PathBuf>> {
    Run::cargo("build --release --package pgscope-bench --example recording").run()?;
    let maker = std::path::absolute(target_dir().join("release/examples/recording"))?;
    let folder = std::path::absolute(target_dir().join("bench-captures"))?;
    about(&folder, std::fs::create_dir_all(&folder))?;
    let mut files = Vec::new();
    for size in sizes(with_large) {
        let file = folder.join(format!("{size}.pcap"));
        Run::new(&maker).args([size.to_string(), CONNECTIONS.to_string()]).args([&file]).run()?;
        files.push(file);
    }
    Ok(files)
}

fn contenders(command: &Path, has_tshark: bool) -> Vec<Contender> {
    let one = |name, program: &Path, words: &[&str]| Contender {
        name,
        words: std::iter::once(program.to_owned()).chain(words.iter().map(PathBuf::from)).collect(),
        taken: Vec::new(),
    };
    let own = [
        one("decode --format list", command, &["decode", "--format", "list"]),
        one("connections", command, &["connections"]),
        one("stats", command, &["stats"]),
        one("filter 'tag == \"E\"'", command, &["filter", "tag == \"E\""]),
    ];
    let tshark = has_tshark.then(|| one("tshark, its list", Path::new("tshark"), &["-r"]));
    own.into_iter().chain(tshark).collect()
}

/// Seconds of the processor, and megabytes.
fn measured(words: &[PathBuf], file: &Path) -> Outcome<(f64, f64)> {
    let told = Run::new("python3").args(["-c", MEASURED]).args(words).args([file]).asked();
    let told = told.ok_or_else(|| Problem("Python measures this, and python3 could not be run.".to_owned()))?;
    let mut numbers = told.split_whitespace().filter_map(|word| word.parse::<f64>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(seconds), Some(kilobytes)) => Ok((seconds, kilobytes / 1000.0)),
        _ => Err(Problem(format!("Python said {told}, and not what a program took."))),
    }
}

/// The least of each contender, and how many times faster than tshark it is.
fn table(size: usize, contenders: &[Contender]) -> String {
    let least =
        |taken: &[(f64, f64)]| taken.iter().copied().reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let peer = contenders.iter().find(|one| one.name.starts_with("tshark")).and_then(|one| least(&one.taken));
    let mut text = format!(
        "\n{:<28}{:>12}{:>12}{:>12}{:>14}\n",
        format!("{size} MB"),
        "seconds",
        "MB/s",
        "MB held",
        "beside tshark"
    );
    for contender in contenders {
        let Some((seconds, held)) = least(&contender.taken) else { continue };
        let rate = size as f64 / seconds.max(0.001);
        let beside = peer.map(|(peer, _)| format!("{:.1}", peer / seconds.max(0.001))).unwrap_or_default();
        text += &format!("{:<28}{seconds:>12.2}{rate:>12.0}{held:>12.0}{beside:>14}\n", contender.name);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_tells_the_least_and_how_it_stands_beside_the_peer() {
        let one = |name, taken: &[(f64, f64)]| Contender { name, words: Vec::new(), taken: taken.to_vec() };
        let text = table(10, &[one("list", &[(0.5, 30.0), (0.4, 31.0)]), one("tshark, its list", &[(2.0, 300.0)])]);
        assert!(text.contains("0.40") && text.contains("31") && text.contains("5.0") && text.contains("1.0"), "{text}");
    }
}
