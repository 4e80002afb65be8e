//! The input without what is nobody else's business: the same messages, and none of the values of those who spoke.

use pgscope_capture as capture;

use pgscope_proto::privacy::Secret;

use super::{Engine, Input, Kept, Masking, Reply};
use crate::mask::{Key, Kinds, Output, Written, input};

/// Larger inputs are for the command.
const MOST: usize = 4 << 20;

impl Masking {
    /// What is masked.
    pub(super) fn kinds(&self) -> Kinds {
        let kept: Vec<Secret> = self.kept.iter().filter_map(|id| Secret::from_id(id)).collect();
        Kinds::ALL.without(&kept)
    }
}

impl Engine {
    /// The input, masked; why not, if that cannot be done.
    pub(super) fn masked(&self, masking: &Masking) -> Reply {
        let kept = self.kept();
        if kept.len() > MOST || matches!(self.input, Kept::Elsewhere(_)) {
            return Reply::Refused("this is too much to be masked in a page: pgscope mask IN OUT does it".to_owned());
        }
        let mut capture = capture::read(kept, &self.options);
        for which in &self.turn {
            for exchange in &mut capture.exchanges {
                exchange.turn(which);
            }
        }
        match input(kept, capture, &self.options, masking.kinds(), &Key::new(masking.random)) {
            Ok(Output { bytes, written }) => Reply::Masked {
                input: match String::from_utf8(bytes) {
                    Ok(text) => Input::Text(text),
                    Err(error) => Input::Bytes(error.into_bytes()),
                },
                in_place: written == Written::InPlace,
            },
            Err(refusal) => Reply::Refused(refusal.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, Input, Load, Masking, Reply, Request};

    #[test]
    fn what_is_masked_reads_alike_and_says_nothing() {
        let text = "F: 70 00 00 00 0b 73 65 63 72 65 74 00\nB: 52 00 00 00 08 00 00 00 00\n";
        let mut engine = Engine::default();
        engine.answer(Request::Load(Load { input: Input::Text(text.to_owned()), ..Load::default() }));
        let reply = engine.answer(Request::Masked(Masking { random: [7; 32], ..Masking::default() }));
        let Reply::Masked { input: Input::Text(masked), in_place: true } = reply else {
            panic!("it is masked as text")
        };
        assert_eq!((masked.len(), masked.get(..17)), (text.len(), text.get(..17)));
        assert!(!masked.contains("73 65 63 72"), "{masked}");
    }
}
