//! What a password says of the logins of a connection.

use serde::{Deserialize, Serialize};

use super::{Reply, Words};

/// A login that was computed anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Proof {
    /// `MD5`, `SCRAM-SHA-256`, …
    pub mechanism: Words,
    /// The messages of the dialogue.
    pub messages: Vec<usize>,
    /// The computation, in its order.
    pub steps: Vec<ProofStep>,
    /// What comes out of it, in a sentence or two.
    pub conclusion: String,
}

/// A step of the computation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProofStep {
    /// What its bytes are called.
    pub name: Words,
    /// How they are computed.
    pub formula: String,
    /// What is special in this case; often empty.
    pub note: String,
    /// The bytes as hex, or a text in quotation marks; empty where they could not be computed.
    pub value: String,
    /// The same of what was sent, where that is compared.
    pub sent: String,
    /// The message, the first byte and one past the last: where the bytes were read, or those that they are compared with.
    pub place: Option<(usize, usize, usize)>,
    /// `right`, `wrong`, `cannot be told`, or empty where nothing is compared.
    pub verdict: Words,
    /// Why it cannot be told.
    pub why: String,
}

impl super::Engine {
    /// Computes the logins of the connection anew. The password is not kept.
    #[cfg(feature = "authentication")]
    pub(super) fn proofs(&self, password: &str) -> Reply {
        let Some(indexed) = self.indexed() else { return Reply::Nothing };
        let checked = indexed.check_password(password.as_bytes());
        Reply::Proofs(checked.iter().map(crate::proof::proof).collect())
    }

    /// What checks passwords was not built in.
    #[cfg(not(feature = "authentication"))]
    pub(super) fn proofs(&self, _: &str) -> Reply {
        Reply::Nothing
    }
}
