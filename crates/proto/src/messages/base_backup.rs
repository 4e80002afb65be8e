//! A base backup: what CopyData carries after BASE_BACKUP, since PostgreSQL 15.

use super::common::*;
use crate::privacy::Secret;
use crate::schema::*;

const SECTION: Section = Section::new(
    "Streaming Replication Protocol, BASE_BACKUP",
    "protocol-replication.html#PROTOCOL-REPLICATION-BASE-BACKUP",
);

/// A new archive begins.
pub static NEW_ARCHIVE: Message = Message {
    field: message(
        "newarchive",
        "New archive",
        "A new tar archive begins: one for the main data directory and one for each tablespace. The data messages that follow belong to it.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::BaseBackup, b'n'),
    chapter: Chapter::BaseBackup,
    since: "PostgreSQL 15",
    section: SECTION,
    fields: &[
        TAG,
        string(
            "file",
            "file name",
            "What the archive should be called: base.tar, or the tablespace's oid, with .gz and the like if it is compressed.",
        ).hides(Secret::Name),
        string(
            "path",
            "tablespace path",
            "Where the tablespace lies on the server, as a full path. Empty for the main data directory. The receiver needs it to know where to unpack, or to write a mapping of its own.",
        ).hides(Secret::Name),
    ],
    sample: sample(b"nbase.tar\0\0"),
};

/// The manifest begins.
pub static MANIFEST: Message = Message {
    field: message(
        "manifest",
        "Manifest",
        "The backup manifest begins: the data messages that follow hold a JSON text that lists every file with its checksum.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::BaseBackup, b'm'),
    chapter: Chapter::BaseBackup,
    since: "PostgreSQL 15",
    section: SECTION,
    fields: &[TAG],
    sample: sample(b"m"),
};

/// Bytes of the archive or manifest.
pub static BACKUP_DATA: Message = Message {
    field: message(
        "backupdata",
        "Archive or manifest data",
        "Bytes of the archive or the manifest that began last. Nothing in this message says which: a receiver must remember whether New archive or Manifest came before.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::BaseBackup, b'd'),
    chapter: Chapter::BaseBackup,
    since: "PostgreSQL 15",
    section: SECTION,
    fields: &[
        TAG,
        rest(
            "data",
            "data",
            Inside::Opaque,
            "A piece of a tar archive, maybe compressed, or of the manifest's JSON. The borders between pieces mean nothing.",
        ),
    ],
    sample: sample(b"d{ \"PostgreSQL-Backup-Manifest-Version\": 2"),
};

/// So much is done.
pub static PROGRESS: Message = Message {
    field: message(
        "progress",
        "Progress report",
        "How much of the backup has been done. It comes only if PROGRESS was asked for; then the sizes of the tablespaces, in kilobytes, stand in the rows before.",
    ),
    sender: Sender::Backend,
    head: Head::Inner(Carrier::BaseBackup, b'p'),
    chapter: Chapter::BaseBackup,
    since: "PostgreSQL 15",
    section: SECTION,
    fields: &[
        TAG,
        int(
            "done",
            "bytes done",
            Width::Eight,
            Show::Unsigned,
            "How many bytes have been read so far. The manual says of the current tablespace; the server counts all of them. With compression fewer are sent.",
        ),
    ],
    sample: sample(b"p\0\0\0\0\0\x10\0\0"),
};
