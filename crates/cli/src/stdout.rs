//! Standard output. A closed pipe is how `head` says that it has seen enough; anything else that keeps a result from its reader is an error.

use std::io::{BufWriter, ErrorKind, StdoutLock, Write};

/// What is printed, piece by piece.
pub(crate) struct Stdout {
    out: BufWriter<StdoutLock<'static>>,
    failed: Option<std::io::Error>,
}

impl Stdout {
    pub(crate) fn new() -> Self {
        Self { out: BufWriter::new(std::io::stdout().lock()), failed: None }
    }

    /// Prints something; says whether somebody reads it.
    pub(crate) fn print(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        if self.failed.is_none() {
            self.failed = self.out.write_all(bytes.as_ref()).err();
        }
        self.failed.is_none()
    }

    /// Lets go what was printed.
    pub(crate) fn flush(&mut self) -> bool {
        if self.failed.is_none() {
            self.failed = self.out.flush().err();
        }
        self.failed.is_none()
    }

    /// All is printed.
    pub(crate) fn end(&mut self) -> Result<(), String> {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(format!("the output cannot be written: {error}"))
            }
            _ => Ok(()),
        }
    }
}

/// Prints a whole result.
pub(crate) fn print(bytes: impl AsRef<[u8]>) -> Result<(), String> {
    let mut out = Stdout::new();
    out.print(bytes);
    out.end()
}
