//! A rule of the conversation that was broken, as the follower notes it: small, since there may be as many as messages. Its
//! words are found when somebody looks at it.

/// Which rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A message of the server stands where another was awaited.
    Misplaced,
    /// An answer, or several, were left out before this message.
    LeftOut,
    /// The ReadyForQuery of a round was left out before this message.
    NotReady,
    /// ReadyForQuery came before everything of its round was answered.
    EarlyReady,
    /// The server says something though nothing is asked.
    Unasked,
    /// A second ReadyForQuery for one round.
    ReadyAgain,
    /// A ReadyForQuery between two results of one Query.
    ReadyBetween,
    /// After an error, before the ReadyForQuery of its round, something else was answered.
    BehindError,
    /// ReadyForQuery though the round that failed was not ended by Sync.
    ReadyWithoutSync,
    /// The letter of ReadyForQuery contradicts what was done.
    Status,
    /// More rows than the limit of Execute.
    BeyondLimit,
    /// CommandComplete though the limit was reached.
    NotSuspended,
    /// PortalSuspended though the limit was not reached.
    Suspended,
    /// The tag's count is not the number of rows that came.
    CountOfRows,
    /// Something is said behind FATAL, or behind Terminate.
    BehindEnd,
    /// Something other than an authentication request before the client is let in.
    BeforeLetIn,
    /// The client says something else where a proof of who it is was asked.
    NoProof,
    /// The client says something before the answer to its request for encryption.
    Stuffed,
    /// The client says something in COPY that is no part of it.
    InCopy,
    /// A COPY was ended that the server never began.
    NoCopyResponse,
    /// Rows, though the description said that there are none.
    RowsWithoutData,
    /// A portal is used whose transaction has ended.
    Outlived,
    /// The recording ends, and the server owes an answer.
    Unfinished,
    /// A proof of who the client is, though none was asked.
    UnaskedProof,
}

/// A rule that was broken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted {
    /// In which message.
    pub(crate) frame: u32,
    pub(crate) broken: Broken,
    /// Whether nothing else can explain it: from the middle of a connection, much can.
    pub(crate) is_certain: bool,
    /// What was awaited: positions of the grammar.
    pub(crate) awaited: u64,
    /// The message that made it so; [`super::NONE`] if there is none.
    pub(crate) because: u32,
    /// How many, or which.
    pub(crate) detail: u32,
}
