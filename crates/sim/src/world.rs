//! What a simulated server knows: its edition, its roles and databases, and the answers that a scenario carries.

use crate::report::Report;
use crate::sql;
use crate::types::Type;

/// As which PostgreSQL a server behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edition {
    /// PostgreSQL 15: protocol 3.0 alone.
    Fifteen,
    /// PostgreSQL 18: protocols 3.0 and 3.2.
    #[default]
    Eighteen,
}

impl Edition {
    /// The newest version of the protocol that it speaks.
    pub(crate) const fn newest_protocol(self) -> u32 {
        match self {
            Edition::Fifteen => 3 << 16,
            Edition::Eighteen => (3 << 16) | 2,
        }
    }

    /// The settings that it reports, in its order.
    pub(crate) const fn reported(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Edition::Fifteen => &[
                ("application_name", ""),
                ("client_encoding", "UTF8"),
                ("DateStyle", "ISO, MDY"),
                ("default_transaction_read_only", "off"),
                ("in_hot_standby", "off"),
                ("integer_datetimes", "on"),
                ("IntervalStyle", "postgres"),
                ("is_superuser", "off"),
                ("server_encoding", "UTF8"),
                ("server_version", "15.18"),
                ("session_authorization", ""),
                ("standard_conforming_strings", "on"),
                ("TimeZone", "UTC"),
            ],
            Edition::Eighteen => &[
                ("in_hot_standby", "off"),
                ("integer_datetimes", "on"),
                ("TimeZone", "UTC"),
                ("IntervalStyle", "postgres"),
                ("search_path", "\"$user\", public"),
                ("is_superuser", "off"),
                ("application_name", ""),
                ("default_transaction_read_only", "off"),
                ("scram_iterations", "4096"),
                ("DateStyle", "ISO, MDY"),
                ("standard_conforming_strings", "on"),
                ("session_authorization", ""),
                ("client_encoding", "UTF8"),
                ("server_version", "18.4"),
                ("server_encoding", "UTF8"),
            ],
        }
    }
}

/// What a server answers to a request for encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encryption {
    /// `N`.
    #[default]
    Refused,
    /// `S` or `G`.
    Accepted,
    /// A whole ErrorResponse: it takes the request for a version of the protocol that it does not know.
    Error,
    /// The same in the form of protocol 2.0, a text without a length.
    OldError,
    /// Some other byte, which no server should answer.
    Bad(u8),
}

/// Where the author of a server forgot to send what was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forgets {
    /// Nowhere.
    #[default]
    Nothing,
    /// Behind the byte that answers a request for encryption.
    Byte,
    /// At the end of start-up.
    StartUp,
    /// At the end of an answer.
    Answer,
}

/// What a server asks of a role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// Nothing.
    #[default]
    Trust,
    /// The password in the clear.
    Clear,
    /// Its MD5 hash.
    Md5,
    /// SCRAM-SHA-256.
    Scram,
}

/// Someone who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The name.
    pub name: String,
    /// The password, if there is one.
    pub password: Option<String>,
    /// What is asked of this role.
    pub asks: Asks,
    /// Whether it may do everything.
    pub superuser: bool,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name.
    pub name: String,
    /// The type.
    pub of: Type,
    /// The table and the number in it, where it is a table's column.
    pub origin: Option<(u32, i16)>,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// It gives rows; `$1` in a value stands for the parameter.
    Rows {
        /// The columns.
        columns: Vec<Column>,
        /// The rows.
        rows: Vec<Vec<Option<String>>>,
        /// The tag of CommandComplete, where it is not `SELECT` and the number of rows.
        tag: Option<String>,
    },
    /// It gives nothing but a tag.
    Command(String),
    /// It fails.
    Error(Report),
    /// It gives some rows, then fails.
    RowsThenError {
        /// The columns.
        columns: Vec<Column>,
        /// The rows before the failure.
        rows: Vec<Vec<Option<String>>>,
        /// The failure.
        report: Report,
    },
    /// COPY FROM STDIN.
    CopyIn {
        /// The table.
        table: String,
        /// The columns.
        columns: Vec<Column>,
        /// How rows are written.
        form: CopyForm,
    },
    /// COPY TO STDOUT.
    CopyOut {
        /// The columns.
        columns: Vec<Column>,
        /// The rows.
        rows: Vec<Vec<Option<String>>>,
        /// How rows are written.
        form: CopyForm,
    },
    /// Streaming replication: what the server sends in CopyData, each payload whole.
    Stream(Vec<Vec<u8>>),
}

/// How COPY writes rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CopyForm {
    /// Tabs between values, `\N` for NULL.
    #[default]
    Text,
    /// Commas between values.
    Csv,
    /// Counts and lengths.
    Binary,
}

/// A statement that the server knows, and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The statement, brought into one form.
    pub sql: String,
    /// The types of its parameters.
    pub parameters: Vec<Type>,
    /// What the server remarks before it answers.
    pub notices: Vec<Report>,
    /// How long it takes, in microseconds.
    pub takes_us: u64,
    /// What it does.
    pub does: Does,
    /// Whether it is refused when it is parsed, not when it is run: a syntax error.
    pub fails_to_parse: bool,
    /// Whether its error is raised when it is planned, by Bind: what is constant is computed then.
    pub fails_to_plan: bool,
}

impl Answer {
    /// A statement with this answer.
    pub fn new(sql: &str, does: Does) -> Self {
        let fails_to_parse = matches!(&does, Does::Error(report) if report.code.starts_with("42"));
        let (parameters, notices) = (Vec::new(), Vec::new());
        let is_constant = !sql.contains('$') && !sql.to_ascii_uppercase().contains("FROM");
        let fails_to_plan = is_constant && matches!(&does, Does::Error(report) if report.code.starts_with("22"));
        Self { sql: sql::normal(sql), parameters, notices, takes_us: 0, does, fails_to_parse, fails_to_plan }
    }
}

/// A function that FunctionCall can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its OID.
    pub oid: u32,
    /// The types of its arguments.
    pub arguments: Vec<Type>,
    /// The type of its result.
    pub result: Type,
    /// Results by arguments, as text; `None` is NULL.
    pub results: Vec<(Vec<Option<String>>, Option<String>)>,
}

/// Everything a server knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct World {
    /// As which PostgreSQL it behaves.
    pub edition: Edition,
    /// What it answers to SSLRequest.
    pub tls: Encryption,
    /// What it answers to GSSENCRequest.
    pub gss: Encryption,
    /// Who may log in.
    pub roles: Vec<Role>,
    /// What is asked of a role that does not exist.
    pub asks_strangers: Asks,
    /// Which databases there are.
    pub databases: Vec<String>,
    /// Why it takes nobody in, if so.
    pub refuses: Option<Report>,
    /// What it answers to statements.
    pub answers: Vec<Answer>,
    /// What FunctionCall can reach.
    pub functions: Vec<Function>,
    /// Settings of its own.
    pub settings: Vec<(String, String)>,
    /// Which flush it forgets.
    pub forgets: Forgets,
    /// How often SCRAM hashes.
    pub iterations: u32,
    /// How long it waits for start-up and authentication, in microseconds.
    pub authentication_timeout_us: u64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            edition: Edition::Eighteen,
            tls: Encryption::Refused,
            gss: Encryption::Refused,
            roles: Vec::new(),
            asks_strangers: Asks::Trust,
            databases: Vec::new(),
            refuses: None,
            answers: Vec::new(),
            functions: Vec::new(),
            settings: Vec::new(),
            forgets: Forgets::Nothing,
            iterations: 4096,
            authentication_timeout_us: 60_000_000,
        }
    }
}

impl World {
    /// The role of this name.
    pub fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    pub(crate) fn answer(&self, sql: &str) -> Option<&Answer> {
        let sql = sql::normal(sql);
        self.answers.iter().find(|answer| answer.sql == sql)
    }

    pub(crate) fn function(&self, oid: u32) -> Option<&Function> {
        self.functions.iter().find(|function| function.oid == oid)
    }
}
