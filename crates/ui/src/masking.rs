//! Which kinds of values are masked: a list that is folded away, since all of them are unless somebody wants it otherwise.

use pgscope_signal::signal::RwSignal;
use pgscope_signal::traits::*;
use pgscope_view::engine::Masking;
use pgscope_view::proto::privacy::Secret;
use web_sys::{Event, HtmlInputElement};

use crate::dom::{El, el, window};

/// The kinds that stay as they are.
#[derive(Clone, Copy)]
pub(crate) struct Kept(RwSignal<Vec<Secret>>);

impl Kept {
    /// Everything is masked.
    pub(crate) fn nothing() -> Self {
        Kept(RwSignal::default())
    }

    /// How to mask with this key.
    pub(crate) fn masking(self, random: [u8; 32]) -> Masking {
        Masking { kept: self.0.get().iter().map(|kind| kind.id().to_owned()).collect(), random }
    }

    /// What to choose from.
    pub(crate) fn list(self) -> El {
        let words = move || match self.0.with(Vec::len) {
            0 => "What is masked: everything that is not known to be public".to_owned(),
            kept => format!("What is masked: all but {kept} of {} kinds", Secret::ALL.len()),
        };
        let one = |kind: Secret| {
            let field = el("input").attr("type", "checkbox").attr("checked", "");
            let changed = field.clone();
            let field = field.on("change", move |_: Event| {
                let is_masked = changed.of::<HtmlInputElement>().checked();
                self.0.update(|kept| {
                    kept.retain(|other| *other != kind);
                    if !is_masked {
                        kept.push(kind);
                    }
                });
            });
            el("label").child(field).child(el("span").text(kind.doc()))
        };
        el("details")
            .class("masked-kinds")
            .child(el("summary").live_text(words))
            .children(Secret::ALL.into_iter().map(one).collect())
    }
}

/// Bytes of chance; nothing where the browser has none.
pub(crate) fn chance() -> Option<[u8; 32]> {
    let mut random = [0; 32];
    window()?.crypto().ok()?.get_random_values_with_u8_array(&mut random).ok()?;
    Some(random)
}
