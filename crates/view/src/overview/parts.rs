//! An overview that several make: each of some connections of the file, and one puts them together.

use std::collections::HashMap;

use pgscope_session::survey::Texts;
use serde::{Deserialize, Serialize};

use super::{One, Overview};

/// What was found of some connections of a file, by who was to look at these.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Part {
    connections: Vec<One>,
    texts: Vec<Box<str>>,
}

impl Overview {
    /// So many connections, the first of those that are left, for who puts them together with others. Nothing of them stays.
    pub fn take_part(&mut self, connections: usize) -> Part {
        let count = connections.min(self.connections.len());
        let mut connections: Vec<One> = self.connections.drain(..count).collect();
        let (mut texts, mut numbers) = (Texts::default(), HashMap::new());
        for one in &mut connections {
            renumber(one, |text| Some(*numbers.entry(text).or_insert_with(|| texts.adopt(self.texts.get(text)))));
        }
        Part { connections, texts: texts.take() }
    }

    /// What was found elsewhere of connections that are known here takes their places.
    pub fn adopt(&mut self, part: Part) {
        let numbers: Vec<u32> = part.texts.iter().map(|text| self.texts.adopt(text)).collect();
        for mut found in part.connections {
            let Ok(nth) = self.connections.binary_search_by_key(&found.place, |one| one.place) else { continue };
            renumber(&mut found, |text| numbers.get(text as usize).copied());
            if let Some(one) = self.connections.get_mut(nth) {
                *one = found;
            }
        }
    }

    /// Numbers the texts in the order in which connections ask them, one connection behind the other: whoever found them first, and when. All
    /// connections are settled.
    pub fn number_in_order(&mut self) {
        let before = self.texts.take();
        let mut numbers: Vec<Option<u32>> = vec![None; before.len()];
        let mut texts = Texts::default();
        for one in &mut self.connections {
            renumber(one, |text| {
                let number = numbers.get_mut(text as usize)?;
                Some(*number.get_or_insert_with(|| texts.adopt(before.get(text as usize).map_or("", |text| text))))
            });
        }
        self.texts = texts;
    }
}

fn renumber(one: &mut One, mut number: impl FnMut(u32) -> Option<u32>) {
    for asked in &mut one.survey.asked {
        asked.text = number(asked.text).unwrap_or(asked.text);
    }
}
