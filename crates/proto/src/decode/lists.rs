//! Fields that are made of others: values with a length, lists, choices, and what is not always there.

use super::*;
use crate::privacy::Privacy;

/// The letter of a choice whose fields follow.
static CHOICE: Field =
    documented("kind", "kind", Kind::Fixed(1, Inside::Text), Role::Code, "The letter that says what follows.")
        .is(Privacy::Public);

impl Walk<'_, '_> {
    pub(super) fn sized(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        (length, value, nullable): (&'static Field, &'static Field, bool),
    ) -> Step {
        let node = self.open(field, ordinal, depth);
        let step = self.sized_inside(field, depth, (length, value, nullable));
        self.close_with(node, step)
    }

    fn sized_inside(
        &mut self,
        field: &'static Field,
        depth: u8,
        (length, value, nullable): (&'static Field, &'static Field, bool),
    ) -> Step {
        let start = self.cursor.at();
        let count = signed(self.number(length, None, depth + 1, 4)?);
        if nullable && count == -1 {
            return Ok(());
        }
        let word = self.cursor.span_from(start);
        let left = self.cursor.left();
        let Some(count) = usize::try_from(count).ok().filter(|count| *count <= left) else {
            return Err(self.bad_length(field, word, count, left));
        };
        self.value(value, depth + 1, count)
    }

    /// The bytes of a sized field: a leaf, or what is inside them.
    fn value(&mut self, value: &'static Field, depth: u8, count: usize) -> Step {
        match &value.kind {
            Kind::Rest(Inside::Sasl) => {
                let outer = self.cursor;
                self.cursor = outer.limited(count);
                self.sasl(value, None, depth);
                self.cursor = outer;
                self.cursor.take(count);
            }
            Kind::Rest(Inside::Value) if self.by_type.is_some() => return self.by_type(value, None, depth, count),
            _ => self.leaf(value, None, depth, count, Reading::Whole),
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn bad_length(&mut self, field: &'static Field, word: Span, count: i64, left: usize) -> Stopped {
        self.mark_wrong();
        self.problem_about("L29", word, Some(word), &|| match count {
            ..0 => (not_a_length(count, field), "0 or more, or ff ff ff ff (-1) for NULL".to_owned()),
            _ => (
                format!(
                    "the {} says it has {count} bytes, but the message has only {} left",
                    field.name,
                    problem::bytes(left)
                ),
                format!("at most {left}"),
            ),
        });
        Stopped
    }

    pub(super) fn counted(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        count: &'static Field,
        of: &'static Field,
    ) -> Step {
        let node = self.open(field, ordinal, depth);
        let step = self.counted_inside(depth, count, of);
        self.close_with(node, step)
    }

    fn counted_inside(&mut self, depth: u8, count: &'static Field, of: &'static Field) -> Step {
        let start = self.cursor.at();
        let width = if let Kind::Int(width, _) = count.kind { width.bytes() } else { 2 };
        let number = unsigned(self.number(count, None, depth + 1, width)?) as usize;
        self.entries(count, self.cursor.span_from(start), number, of, depth)
    }

    /// So many entries; `count` says so, in these bytes.
    pub(super) fn entries(
        &mut self,
        count: &'static Field,
        word: Span,
        number: usize,
        of: &'static Field,
        depth: u8,
    ) -> Step {
        let left = self.cursor.left();
        if number > left {
            self.mark_wrong();
            self.problem_about("D05", word, Some(word), &|| {
                (
                    format!("the {} says {number}, but the message has only {} left", count.name, problem::bytes(left)),
                    format!("at most {left}"),
                )
            });
            // Said once, in terms of the count: that an entry is then cut off is no news.
            self.context.incomplete = true;
        }
        (0..number).try_for_each(|entry| {
            self.is_full(depth + 1)?;
            self.field(of, Some(entry as u32), depth + 1)
        })
    }

    /// Stops before an entry if the tree is as large as it may be: what is left is one leaf.
    #[inline]
    pub(super) fn is_full(&mut self, depth: u8) -> Step {
        if self.tree.nodes.len() < self.most_nodes {
            return Ok(());
        }
        self.abridged = true;
        self.leaf(&unknown::MORE, None, depth, self.cursor.left(), Reading::Part);
        Err(Stopped)
    }

    pub(super) fn until_zero(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        of: &'static Field,
        end: &'static Field,
    ) -> Step {
        let node = self.open(field, ordinal, depth);
        let step = self.until_zero_inside(field, depth, of, end);
        self.close_with(node, step)
    }

    fn until_zero_inside(&mut self, field: &'static Field, depth: u8, of: &'static Field, end: &'static Field) -> Step {
        let mut entry = 0;
        loop {
            match self.cursor.peek() {
                Some(0) => return self.number(end, None, depth + 1, 1).map(drop),
                Some(_) => {
                    self.is_full(depth + 1)?;
                    self.field(of, Some(entry), depth + 1)?;
                }
                None => return Err(self.no_terminator(field)),
            }
            entry += 1;
        }
    }

    #[cold]
    #[inline(never)]
    fn no_terminator(&mut self, field: &'static Field) -> Stopped {
        let rule = if self.message.chapter == Chapter::Startup { "L11" } else { "L06" };
        let (end, name, length) = (self.cursor.end(), self.message.name(), self.length);
        self.problem_about(rule, Span::new(end.saturating_sub(1), end), length, &|| {
            (
                format!("the zero byte that ends the {} of {name} is missing", field.name),
                "one more zero byte behind the last entry".to_owned(),
            )
        });
        Stopped
    }

    pub(super) fn repeat(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        of: &'static Field,
    ) -> Step {
        self.open_ended = true;
        let node = self.open(field, ordinal, depth);
        let mut step = Ok(());
        let mut entry = 0;
        while step.is_ok() && !self.cursor.is_at_end() {
            step = self.is_full(depth + 1).and_then(|()| self.field(of, Some(entry), depth + 1));
            entry += 1;
        }
        self.close_with(node, step)
    }

    pub(super) fn choice(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        choices: &'static [Choice],
    ) -> Step {
        let Some(byte) = self.cursor.peek() else { return Err(self.cut(field, 1)) };
        let start = self.cursor.at();
        let Some(choice) = choices.iter().find(|choice| choice.code.value == i64::from(byte)) else {
            self.leaf(field, ordinal, depth, 1, Reading::Wrong);
            self.wrong_code(field, start, i64::from(byte), &mut choices.iter().map(|choice| &choice.code));
            return Err(Stopped);
        };
        if choice.fields.is_empty() {
            return self.number(field, ordinal, depth, 1).map(drop);
        }
        let node = self.open(field, ordinal, depth);
        self.leaf(&CHOICE, None, depth + 1, 1, Reading::Whole);
        let step = self.fields(choice.fields, depth + 1);
        self.close_with(node, step)
    }

    pub(super) fn when(
        &mut self,
        field: &'static Field,
        ordinal: Option<u32>,
        depth: u8,
        condition: Condition,
        fields: &'static [Field],
    ) -> Step {
        let is_there = match condition {
            Condition::MoreBytes => !self.cursor.is_at_end(),
            Condition::InStreamedTransaction => self.context.streamed,
        };
        if !is_there {
            return Ok(());
        }
        let node = self.open(field, ordinal, depth);
        let step = self.fields(fields, depth + 1);
        self.close_with(node, step)
    }
}

/// Why a length cannot be. Two bytes of ones were most likely meant to be the -1 that takes four.
fn not_a_length(count: i64, field: &Field) -> String {
    let is_half = (-0x1_0000..-0x8000).contains(&count);
    let hint = if is_half { ": ff ff is -1 in two bytes, and a length has four" } else { "" };
    format!("{count} is no length of the {}{hint}", field.name)
}
