//! What a server complains of: the fields of an ErrorResponse or NoticeResponse.

use pgscope_proto::encode::Value;

/// An error, a warning or a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `ERROR`, `FATAL`, `NOTICE` …
    pub severity: String,
    /// The SQLSTATE.
    pub code: String,
    /// The message.
    pub message: String,
    /// More about it.
    pub detail: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// Where in the statement, counted in characters from 1.
    pub position: Option<usize>,
    /// What was being done.
    pub context: Option<String>,
}

impl Report {
    /// An ERROR: the statement fails, the connection lives.
    pub fn error(code: &str, message: impl Into<String>) -> Self {
        Self::new("ERROR", code, message)
    }

    /// A FATAL: the connection ends.
    pub fn fatal(code: &str, message: impl Into<String>) -> Self {
        Self::new("FATAL", code, message)
    }

    /// A report of any severity.
    pub fn new(severity: &str, code: &str, message: impl Into<String>) -> Self {
        Self { severity: severity.to_owned(), code: code.to_owned(), message: message.into(), ..Self::default() }
    }

    /// The same with a detail.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// The same with a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with a context.
    #[must_use]
    pub fn context(self, context: impl Into<String>) -> Self {
        Self { context: Some(context.into()), ..self }
    }

    /// The same, ending the connection: during authentication every error does.
    #[must_use]
    pub fn made_fatal(self) -> Self {
        Self { severity: "FATAL".to_owned(), ..self }
    }

    /// The lettered fields as they stand in a message.
    pub(crate) fn values(&self) -> Vec<Value> {
        let position = self.position.map(|at| at.to_string());
        let fields = [
            (b'S', Some(&self.severity)),
            (b'V', Some(&self.severity)),
            (b'C', Some(&self.code)),
            (b'M', Some(&self.message)),
            (b'D', self.detail.as_ref()),
            (b'H', self.hint.as_ref()),
            (b'P', position.as_ref()),
            (b'W', self.context.as_ref()),
        ];
        let given = fields.into_iter().filter_map(|(letter, text)| {
            Some(Value::List(vec![Value::Int(i64::from(letter)), text?.replace('\0', "").as_str().into()]))
        });
        vec![Value::List(given.collect())]
    }
}
