//! Which of two rows of numbers belong together: a common subsequence, found after Myers in linear memory. Where it would cost
//! too much, a good one is taken in place of the longest.

/// So many differences are searched for the best way; then the way that came furthest is taken.
const MOST: usize = 512;

/// Pairs of places with equal numbers, ascending in both rows.
pub(super) fn align(left: &[u64], right: &[u64]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    // Boxes that are still to be looked at, the first on top.
    let mut open = vec![Box { left: (0, left.len()), right: (0, right.len()) }];
    while let Some(mut one) = open.pop() {
        while one.is_open() && left.get(one.left.0) == right.get(one.right.0) {
            pairs.push((one.left.0, one.right.0));
            one.left.0 += 1;
            one.right.0 += 1;
        }
        let mut tail = Vec::new();
        while one.is_open() && left.get(one.left.1 - 1) == right.get(one.right.1 - 1) {
            one.left.1 -= 1;
            one.right.1 -= 1;
            tail.push((one.left.1, one.right.1));
        }
        if let Some((x, y)) = one.is_open().then(|| middle(part(left, one.left), part(right, one.right))).flatten() {
            let (x, y) = (one.left.0 + x, one.right.0 + y);
            let behind = Box { left: (x, one.left.1), right: (y, one.right.1) };
            let before = Box { left: (one.left.0, x), right: (one.right.0, y) };
            // What ends both is the head of a box of its own, so that pairs come in order.
            if let (Some(first), Some(last)) = (tail.last(), tail.first()) {
                open.push(Box { left: (first.0, last.0 + 1), right: (first.1, last.1 + 1) });
            }
            open.push(behind);
            open.push(before);
        } else {
            pairs.extend(tail.into_iter().rev());
        }
    }
    pairs
}

#[derive(Clone, Copy)]
struct Box {
    left: (usize, usize),
    right: (usize, usize),
}

impl Box {
    fn is_open(&self) -> bool {
        self.left.0 < self.left.1 && self.right.0 < self.right.1
    }
}

fn part(row: &[u64], (from, to): (usize, usize)) -> &[u64] {
    row.get(from..to).unwrap_or_default()
}

/// A place through which a short way leads; nothing if both rows have nothing in common, or the place would be a corner.
fn middle(left: &[u64], right: &[u64]) -> Option<(usize, usize)> {
    let (n, m) = (left.len() as isize, right.len() as isize);
    let most = (((n + m + 1) / 2) as usize).min(MOST) as isize;
    let size = (2 * most + 3) as usize;
    let place = |k: isize| (k + most + 1) as usize;
    let (mut forth, mut back) = (vec![0isize; size], vec![0isize; size]);
    let get = |ways: &[isize], k: isize| ways.get(place(k)).copied().unwrap_or(-1);
    let delta = n - m;
    let is_odd = delta % 2 != 0;
    let is_corner = |x: isize, y: isize| (x, y) == (0, 0) || (x, y) == (n, m);
    let at = |row: &[u64], index: isize| usize::try_from(index).ok().and_then(|index| row.get(index).copied());
    let mut furthest = (0isize, 0isize);
    for d in 0..=most {
        for k in (-d..=d).step_by(2) {
            let down = k == -d || k != d && get(&forth, k - 1) < get(&forth, k + 1);
            let mut x = if d == 0 {
                0
            } else if down {
                get(&forth, k + 1)
            } else {
                get(&forth, k - 1) + 1
            };
            let mut y = x - k;
            if x > n || y > m || y < 0 {
                // Outside: no way leads on from there.
                if let Some(way) = forth.get_mut(place(k)) {
                    *way = x.min(n);
                }
                continue;
            }
            while x < n && y < m && at(left, x) == at(right, y) {
                (x, y) = (x + 1, y + 1);
            }
            if let Some(way) = forth.get_mut(place(k)) {
                *way = x;
            }
            if x + y > furthest.0 + furthest.1 && !is_corner(x, y) {
                furthest = (x, y);
            }
            let other = delta - k;
            if is_odd && other.abs() < d && x + get(&back, other) >= n && !is_corner(x, y) {
                return Some((x as usize, y as usize));
            }
        }
        for k in (-d..=d).step_by(2) {
            let down = k == -d || k != d && get(&back, k - 1) < get(&back, k + 1);
            let mut x = if d == 0 {
                0
            } else if down {
                get(&back, k + 1)
            } else {
                get(&back, k - 1) + 1
            };
            let mut y = x - k;
            if x > n || y > m || y < 0 {
                if let Some(way) = back.get_mut(place(k)) {
                    *way = x.min(n);
                }
                continue;
            }
            while x < n && y < m && at(left, n - x - 1) == at(right, m - y - 1) {
                (x, y) = (x + 1, y + 1);
            }
            if let Some(way) = back.get_mut(place(k)) {
                *way = x;
            }
            let other = delta - k;
            if !is_odd && other.abs() <= d && x + get(&forth, other) >= n && !is_corner(n - x, m - y) {
                return Some(((n - x) as usize, (m - y) as usize));
            }
        }
    }
    let is_way = furthest != (0, 0) && most == MOST as isize;
    is_way.then_some((furthest.0 as usize, furthest.1 as usize))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The length of a longest common subsequence, by the table.
    fn longest(left: &[u64], right: &[u64]) -> usize {
        let mut row = vec![0; right.len() + 1];
        for one in left {
            let mut before = 0;
            for (at, other) in right.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if one == other { before + 1 } else { row[at].max(above) };
                before = above;
            }
        }
        row[right.len()]
    }

    fn assert_pairs(left: &[u64], right: &[u64], pairs: &[(usize, usize)]) {
        assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1), "{pairs:?}");
        assert!(pairs.iter().all(|(one, other)| left[*one] == right[*other]));
    }

    proptest! {
        #[test]
        fn what_is_found_is_a_longest(left in prop::collection::vec(0u64..5, 0..24), right in prop::collection::vec(0u64..5, 0..24)) {
            let pairs = align(&left, &right);
            assert_pairs(&left, &right, &pairs);
            prop_assert_eq!(pairs.len(), longest(&left, &right), "{:?}", pairs);
        }
    }

    #[test]
    fn large_rows_that_have_little_in_common_cost_no_more_than_they_may() {
        let row = |by: u64| (0..60_000u64).map(|nth| nth.wrapping_mul(by) % 977).collect::<Vec<_>>();
        let (left, right) = (row(31), row(17));
        let pairs = align(&left, &right);
        assert_pairs(&left, &right, &pairs);
        assert!(pairs.len() > 1000, "{}", pairs.len());
    }
}
