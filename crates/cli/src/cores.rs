//! Work on several cores, whose results come in the order in which the work was given, piece by piece.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

/// So many pieces of a result wait at most until those before them are taken.
const WAITING: usize = 8;

/// Gives out work; its answer to each is whether more is wanted.
pub(crate) type Give<'a, T> = dyn FnMut(T) -> bool + 'a;

/// Does `work` with whatever `give` gives out, and hands what comes of it to `take`, which says whether it wants more. On one core all
/// happens in this thread; where there are more, this thread takes, one gives, and the others work. What waits is bounded.
pub(crate) fn in_order<T: Send, P: Send>(
    give: impl FnOnce(&mut Give<'_, T>) -> Result<(), String> + Send,
    work: impl Fn(T, &mut dyn FnMut(P) -> bool) + Sync,
    mut take: impl FnMut(P) -> bool,
) -> Result<(), String> {
    let cores = available_parallelism().map_or(1, usize::from);
    if cores == 1 {
        return give(&mut |one| {
            let mut wants_more = true;
            work(one, &mut |piece| {
                wants_more = wants_more && take(piece);
                wants_more
            });
            wants_more
        });
    }
    let (jobs, waiting) = sync_channel::<(T, SyncSender<P>)>(cores);
    let (order, results) = channel::<Receiver<P>>();
    let waiting = Mutex::new(waiting);
    let (waiting, work) = (&waiting, &work);
    scope(|threads| {
        for _ in 0..cores {
            threads.spawn(move || {
                let _all_or_none = EndsAll;
                loop {
                    let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((one, say)) = job else { return };
                    work(one, &mut |piece| say.send(piece).is_ok());
                }
            });
        }
        let giving = threads.spawn(move || {
            let _all_or_none = EndsAll;
            give(&mut |one| hand_out(one, &jobs, &order))
        });
        'all: for result in results {
            for piece in result {
                if !take(piece) {
                    // Whoever still gives or works finds nobody who listens.
                    break 'all;
                }
            }
        }
        giving.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// A panic of one thread ends the program, as on one core: the others would wait for what it was to give.
struct EndsAll;

impl Drop for EndsAll {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::exit(PANICKED);
        }
    }
}

/// The exit status of a Rust program that panics.
const PANICKED: i32 = 101;

fn hand_out<T, P>(one: T, jobs: &SyncSender<(T, SyncSender<P>)>, order: &Sender<Receiver<P>>) -> bool {
    let (say, result) = sync_channel(WAITING);
    order.send(result).is_ok() && jobs.send((one, say)).is_ok()
}

/// Numbers that go on from one result to the next: how many there were before, however many cores work.
#[derive(Default)]
pub(crate) struct Counts {
    /// How many there are up to and with each, in order.
    ends: Mutex<Vec<usize>>,
    more: Condvar,
}

impl Counts {
    /// How many there were before the one with this number, which has so many itself. It waits until that is known of all before.
    pub(crate) fn before(&self, nth: usize, own: usize) -> usize {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ends = self.more.wait_while(ends, |ends| ends.len() < nth).unwrap_or_else(PoisonError::into_inner);
        let before = ends.last().copied().unwrap_or_default();
        ends.push(before + own);
        self.more.notify_all();
        before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_whatever_takes_longest() {
        let counts = Counts::default();
        let mut taken = Vec::new();
        let given = in_order(
            |give| {
                assert!((0..50_usize).all(give));
                Ok(())
            },
            |one, say: &mut dyn FnMut((usize, usize, usize)) -> bool| {
                let before = counts.before(one, 2);
                std::thread::sleep(std::time::Duration::from_millis((50 - one as u64) % 7));
                for piece in 0..20 {
                    assert!(say((one, piece, before)));
                }
            },
            |piece| {
                taken.push(piece);
                true
            },
        );
        assert_eq!(given, Ok(()));
        let expected: Vec<_> = (0..50).flat_map(|one| (0..20).map(move |piece| (one, piece, 2 * one))).collect();
        assert_eq!(taken, expected);
    }

    #[test]
    fn it_ends_when_no_more_is_wanted_and_when_giving_fails() {
        let mut taken = 0;
        let endless = |give: &mut Give<'_, usize>| {
            while give(1) {}
            Ok(())
        };
        let work = |one: usize, say: &mut dyn FnMut(usize) -> bool| while say(one) {};
        let all = in_order(endless, work, |piece| {
            taken += piece;
            taken < 100
        });
        assert_eq!((all, taken), (Ok(()), 100));
        let failed =
            in_order(|_: &mut Give<'_, ()>| Err("no".to_owned()), |(), _: &mut dyn FnMut(()) -> bool| {}, |()| true);
        assert_eq!(failed, Err("no".to_owned()));
    }
}
