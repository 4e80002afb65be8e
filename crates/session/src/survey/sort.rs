//! What a message is to a survey.

use pgscope_proto::Message;

/// As far as one differs from another for it. It is looked up once for each kind of message: words are slow to compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    Startup,
    CancelRequest,
    Tls,
    Gss,
    Terminate,
    Query,
    FunctionCall,
    Parse,
    Bind,
    Describe,
    Execute,
    Close,
    Flush,
    Sync,
    CopyData,
    Row,
    /// It ends an answer well.
    Done,
    Error,
    Notice,
    Ready,
    Setting,
    Notification,
    Key,
    CopyIn,
    CopyBoth,
    /// The answer to a request for encryption.
    Encryption,
    /// It asks the client for something that shows who it is.
    AsksForLogin,
    #[default]
    Other,
}

impl Sort {
    pub(super) fn of(message: &Message) -> Self {
        match message.field.id {
            "startup" => Sort::Startup,
            "cancelrequest" => Sort::CancelRequest,
            "tlsrecord" => Sort::Tls,
            "gsspacket" => Sort::Gss,
            "terminate" => Sort::Terminate,
            "query" => Sort::Query,
            "functioncall" => Sort::FunctionCall,
            "parse" => Sort::Parse,
            "bind" => Sort::Bind,
            "describe" => Sort::Describe,
            "execute" => Sort::Execute,
            "close" => Sort::Close,
            "flush" => Sort::Flush,
            "sync" => Sort::Sync,
            "copydata" => Sort::CopyData,
            "datarow" => Sort::Row,
            "commandcomplete" | "emptyqueryresponse" | "portalsuspended" | "functioncallresponse" => Sort::Done,
            "errorresponse" => Sort::Error,
            "noticeresponse" => Sort::Notice,
            "readyforquery" => Sort::Ready,
            "parameterstatus" => Sort::Setting,
            "notificationresponse" => Sort::Notification,
            "backendkeydata" => Sort::Key,
            "copyinresponse" => Sort::CopyIn,
            "copybothresponse" => Sort::CopyBoth,
            "encryptionrefused" | "sslaccepted" | "gssaccepted" => Sort::Encryption,
            "authenticationok" | "authenticationsaslfinal" => Sort::Other,
            id if id.starts_with("authentication") => Sort::AsksForLogin,
            _ => Sort::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pgscope_proto::messages::ALL;

    /// A word that no message is called would be one that is never met.
    #[test]
    fn each_sort_is_of_some_message() {
        let sorts: Vec<Sort> = ALL.iter().map(|message| Sort::of(message)).collect();
        let last = Sort::Other as u8;
        let met = |nth: &u8| sorts.iter().any(|sort| *sort as u8 == *nth);
        assert_eq!((0..=last).filter(|nth| !met(nth)).collect::<Vec<_>>(), Vec::<u8>::new());
    }
}
