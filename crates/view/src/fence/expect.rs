//! What messages a fence must have: `Query, RowDescription, DataRow × 3, …, ReadyForQuery`.

/// Messages in order, with gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected(Vec<Item>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// So many messages of this name, in any case.
    Named(String, usize),
    /// Any messages, or none.
    Gap,
}

impl Expected {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let one = |part: &str| {
            let part = part.trim();
            if part.is_empty() {
                return Err("a name of a message is missing between two commas".to_owned());
            }
            if part == "…" || part == "..." {
                return Ok(Item::Gap);
            }
            let counted = part.rsplit_once(['×', '*']).or_else(|| part.rsplit_once(" x "));
            match counted {
                None => Ok(Item::Named(part.to_owned(), 1)),
                Some((name, count)) => match count.trim().parse() {
                    Ok(count) => Ok(Item::Named(name.trim().to_owned(), count)),
                    Err(_) => Err(format!("{part} has no number behind its ×")),
                },
            }
        };
        text.split(',').map(one).collect::<Result<_, _>>().map(Self)
    }

    /// What is not as it must be, in words; nothing if all is.
    pub(super) fn unmet(&self, names: &[&str]) -> Option<String> {
        // How far the names fit, at best: for the words.
        let mut farthest = (0, 0);
        if fits(&self.0, names, (0, 0), &mut farthest) {
            return None;
        }
        let (item, at) = farthest;
        let there = names.get(at).map_or("the end".to_owned(), |name| format!("{name} (message {})", at + 1));
        let wanted = match self.0.get(item) {
            Some(Item::Named(name, count)) if *count > 1 => format!("{count} {name}"),
            Some(Item::Named(name, _)) => name.clone(),
            Some(Item::Gap) => "any message".to_owned(),
            None => "the end".to_owned(),
        };
        Some(format!("{wanted} is expected where there is {there}"))
    }
}

/// Whether the names from `at` on are the items. A gap takes as little as it can.
fn fits(items: &[Item], names: &[&str], (item, at): (usize, usize), farthest: &mut (usize, usize)) -> bool {
    if at > farthest.1 || (at == farthest.1 && item > farthest.0) {
        *farthest = (item, at);
    }
    match items.get(item) {
        None => at == names.len(),
        Some(Item::Gap) if item + 1 == items.len() => true,
        Some(Item::Gap) => (at..=names.len()).any(|at| fits(items, names, (item + 1, at), farthest)),
        Some(Item::Named(name, count)) => {
            let Some(own) = names.get(at..at + count) else { return false };
            own.iter().all(|own| own.eq_ignore_ascii_case(name)) && fits(items, names, (item + 1, at + count), farthest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unmet(expected: &str, names: &str) -> Option<String> {
        let names: Vec<&str> = names.split_whitespace().collect();
        Expected::read(expected).expect("it reads").unmet(&names)
    }

    #[test]
    fn names_counts_and_gaps() {
        assert_eq!(unmet("a, B", "A b"), None);
        assert_eq!(unmet("a, …, c", "a b b c"), None);
        assert_eq!(unmet("…, b × 2, …", "a b b c"), None);
        assert_eq!(unmet("...", ""), None);
        assert_eq!(unmet("a, …", "a"), None);
        assert_eq!(unmet("a x 3", "a a a"), None);
        assert_eq!(unmet("a", "a b"), Some("the end is expected where there is b (message 2)".to_owned()));
        assert_eq!(unmet("a, b", "a"), Some("b is expected where there is the end".to_owned()));
        assert_eq!(unmet("a, b × 2", "a b c"), Some("2 b is expected where there is b (message 2)".to_owned()));
        assert!(Expected::read("a,,b").is_err() && Expected::read("a × b").is_err());
    }
}
