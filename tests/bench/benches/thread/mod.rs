//! The time that this thread has had, whatever else the machine does.

use rustix::time::{ClockId, clock_gettime};

/// A clock of seconds.
pub(crate) fn clock() -> impl Fn() -> f64 {
    || {
        let at = clock_gettime(ClockId::ThreadCPUTime);
        at.tv_sec as f64 + at.tv_nsec as f64 / 1e9
    }
}
