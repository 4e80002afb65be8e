//! The corpora of the fuzz targets, and what fuzzing once found, on stable Rust.

use std::path::Path;

#[test]
fn every_input_of_the_corpora_passes_its_check() {
    for (target, check) in pgscope_checks::ALL {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
        let files: Vec<_> = std::fs::read_dir(&folder).expect("each target has a corpus").flatten().collect();
        assert!(!files.is_empty(), "the corpus of {target} is empty");
        for file in files {
            let input = std::fs::read(file.path()).expect("it can be read");
            // The test's output is shown if it fails: the last line names the input.
            println!("{target}: {}", file.path().display());
            check(&input);
        }
    }
}
