//! Which kinds of values are masked: a list that is folded away, since all of them are unless somebody wants it otherwise.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::Masking;
use pgscope_view::proto::privacy::Secret;

use crate::dialog::checks;
use crate::dom::{El, window};

/// The kinds that are masked.
#[derive(Clone, Copy)]
pub(crate) struct Masked(RwSignal<Vec<&'static str>>);

impl Masked {
    /// Everything is.
    pub(crate) fn all() -> Self {
        Self(RwSignal::new(Secret::ALL.map(Secret::id).to_vec()))
    }

    /// How to mask with this key.
    pub(crate) fn masking(self, random: [u8; 32]) -> Masking {
        let masked = self.0.get();
        let kept = Secret::ALL.map(Secret::id).into_iter().filter(|kind| !masked.contains(kind));
        Masking { kept: kept.map(str::to_owned).collect(), random }
    }

    /// What to choose from.
    pub(crate) fn list(self) -> El {
        let sum = move || match Secret::ALL.len() - self.0.with(Vec::len) {
            0 => "What is masked: everything that is not known to be public".to_owned(),
            kept => format!("What is masked: all but {kept} of {} kinds", Secret::ALL.len()),
        };
        checks(sum, &Secret::ALL.map(|kind| (kind.id(), kind.doc())), self.0)
    }
}

/// Bytes of chance; nothing where the browser has none.
pub(crate) fn chance() -> Option<[u8; 32]> {
    let mut random = [0; 32];
    window()?.crypto().ok()?.get_random_values_with_u8_array(&mut random).ok()?;
    Some(random)
}
