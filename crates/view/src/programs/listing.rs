//! The code of a program as it is shown: what stands between `>>>` and `<<<`, without the marks that name its places.

/// A line of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The line.
    pub text: String,
    /// The places that it is.
    pub places: Vec<String>,
}

/// Reads a file of code.
///
/// ```
/// let lines = pgscope_view::programs::listing("hidden\n# >>>\ntag = read(1)  # @tag @first\n# <<<\n");
/// assert_eq!(lines[0].text, "tag = read(1)");
/// assert_eq!(lines[0].places, ["tag", "first"]);
/// ```
pub fn listing(source: &str) -> Vec<Listed> {
    let shown = source.lines().skip_while(|line| !line.contains(">>>")).skip(1);
    shown.take_while(|line| !line.contains("<<<")).map(line).collect()
}

fn line(line: &str) -> Listed {
    let marks = ["// @", "# @"].iter().find_map(|mark| line.find(mark));
    let (text, marks) = line.split_at(marks.unwrap_or(line.len()));
    let places = marks.split('@').skip(1).map(|place| place.trim().to_owned());
    Listed { text: text.trim_end().to_owned(), places: places.collect() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::programs::{CLIENT_PLACES, SERVER_PLACES};

    /// Every language shows every place of its program, once, and nothing else.
    #[test]
    fn every_listing_has_every_place() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/code");
        for (name, places) in [("client", CLIENT_PLACES), ("server", SERVER_PLACES)] {
            for end in ["txt", "zig", "cs", "rs", "go", "py"] {
                let source = std::fs::read_to_string(folder.join(format!("{name}.{end}"))).expect("it is there");
                let lines = listing(&source);
                let mut marked: Vec<&str> = lines.iter().flat_map(|line| &line.places).map(String::as_str).collect();
                let mut wanted = places.to_vec();
                marked.sort_unstable();
                wanted.sort_unstable();
                assert_eq!(marked, wanted, "{name}.{end}");
                let longest = lines.iter().map(|line| line.text.chars().count()).max();
                assert!(longest.is_some_and(|longest| longest <= 58), "{name}.{end}: {longest:?}");
            }
        }
    }
}
