//! Lists that are kept in order one by one: they are short, and what sorts long ones weighs 4 KB.

/// Puts a short list in order.
pub(crate) fn sort<T, Key: Ord>(list: &mut [T], key: impl Fn(&T) -> Key) {
    for end in 1..list.len() {
        let before = |list: &[T], at: usize| {
            let pair = at.checked_sub(1).and_then(|before| list.get(before..=at));
            matches!(pair, Some([left, right]) if key(right) < key(left))
        };
        let mut at = end;
        while before(list, at) {
            list.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Names, each with something that belongs to it, in the order of the names.
#[derive(Default)]
pub(super) struct Named<T>(Vec<(Vec<u8>, T)>);

impl<T> Named<T> {
    pub(super) fn put(&mut self, name: &[u8], its: T) {
        match self.place(name) {
            Ok(at) => {
                if let Some((_, old)) = self.0.get_mut(at) {
                    *old = its;
                }
            }
            Err(at) => self.0.insert(at, (name.to_vec(), its)),
        }
    }

    pub(super) fn remove(&mut self, name: &[u8]) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&T> {
        self.0.get(self.place(name).ok()?).map(|(_, its)| its)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(name, _)| name.as_slice())
    }

    fn place(&self, name: &[u8]) -> Result<usize, usize> {
        self.0.binary_search_by(|(own, _)| own.as_slice().cmp(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_sorts_as_the_library_does(mut list in prop::collection::vec((0_u8..8, 0_u8..8), 0..20)) {
            let mut other = list.clone();
            sort(&mut list, |(first, _)| *first);
            other.sort_by_key(|(first, _)| *first);
            prop_assert_eq!(list, other);
        }

        #[test]
        fn names_are_kept_as_in_a_map(steps in prop::collection::vec((0_u8..6, any::<Option<u8>>()), 0..40)) {
            let (mut named, mut map) = (Named::default(), std::collections::BTreeMap::new());
            for (name, its) in steps {
                match its {
                    Some(its) => {
                        named.put(&[name], its);
                        map.insert(vec![name], its);
                    }
                    None => {
                        named.remove(&[name]);
                        map.remove([name].as_slice());
                    }
                }
                prop_assert_eq!(named.get(&[name]), map.get([name].as_slice()));
                prop_assert_eq!(named.len(), map.len());
                prop_assert!(named.names().eq(map.keys().map(Vec::as_slice)));
            }
        }
    }
}
