//! What a page without docs fetches is what a page with docs has.

use std::collections::BTreeMap;

use pgscope_view::engine::*;
use pgscope_view::sim::shipped;
use pgscope_view::{ALONE, Docs, docs_files, play};

use crate::{Asked, text};

#[test]
fn every_message_of_every_scenario_gets_its_docs_from_the_chapters_that_it_names() {
    let files: BTreeMap<String, String> = docs_files().into_iter().collect();
    for shipped in shipped::ALL {
        let performance = play(shipped.text, shipped.narration, Vec::new()).expect("it is shipped");
        let mut asked = text("");
        let Taught::Played(played) =
            asked.teach(Lessons::Play { performance: performance.to_bytes(), undamaged: None })
        else {
            panic!("not played")
        };
        for number in 0..played.loaded.messages {
            let sheet = asked.sheet(number);
            let mut docs = Docs::default();
            sheet.doc_chapters.iter().for_each(|chapter| docs.add(&files[&**chapter]));
            // What is looked at first has its own alone.
            if sheet.doc_chapters.len() == 1 && sheet.flow_name.is_empty() {
                let mut alone = Docs::default();
                alone.add(&files[&format!("{ALONE}/{}", sheet.doc_name)]);
                assert_told(&mut asked, sheet.clone(), &alone);
            }
            assert_told(&mut asked, sheet, &docs);
        }
    }
}

/// The docs that are fetched give back what the engine knows itself.
fn assert_told(asked: &mut Asked, sheet: Sheet, docs: &Docs) {
    assert!(!sheet.manual.is_empty());
    let mut without = Sheet { doc: "".into(), manual: Vec::new(), ..sheet.clone() };
    docs.tell_sheet(&mut without);
    assert_eq!(without, sheet);
    let number = sheet.row.number;
    let Reply::Fields(rows) = asked.ask(Request::Fields { number, from: 0, to: 500 }) else { panic!("no fields") };
    for row in rows {
        let mut without = FieldRow { doc: "".into(), code_doc: "".into(), ..row.clone() };
        docs.tell_rows(std::slice::from_mut(&mut without));
        if without.doc.is_empty() {
            // Few docs are always built in, under names that no chapter has.
            let is_built_in = ["sasl", ".line", ".kind"].iter().any(|part| row.doc_name.contains(part));
            assert!(is_built_in, "{}", row.doc_name);
            without.doc = row.doc.clone();
        }
        assert_eq!(without, row);
    }
}
