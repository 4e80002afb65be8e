//! A password with which recorded logins are computed anew. It comes from a file or the environment, never from an argument:
//! everybody on the machine can read those.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use pgscope_view::Indexed;
use pgscope_view::session::authentication::Checked;

const VARIABLE: &str = "PGSCOPE_PASSWORD";

#[derive(clap::Args)]
pub(crate) struct Given {
    /// Check all logins with the password in the first line of this file, or in the environment's PGSCOPE_PASSWORD: each step of the computation is printed, and a proof that is wrong is a problem
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Given {
    pub(crate) fn read(&self) -> Result<Option<Password>, String> {
        let Some(file) = &self.password_file else {
            let bytes = std::env::var_os(VARIABLE).map(std::ffi::OsString::into_encoded_bytes);
            return Ok(bytes.map(Password::of));
        };
        let bytes = std::fs::read(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        Ok(Some(Password::of(first_line(bytes))))
    }
}

fn first_line(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    bytes.truncate(end);
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    bytes
}

pub(crate) struct Password {
    bytes: Vec<u8>,
    /// Whether there was a login.
    is_used: AtomicBool,
}

impl Password {
    fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, is_used: AtomicBool::new(false) }
    }

    pub(crate) fn check(&self, indexed: &Indexed) -> Vec<Checked> {
        let checked = indexed.check_password(&self.bytes);
        self.is_used.fetch_or(!checked.is_empty(), Ordering::Relaxed);
        checked
    }

    pub(crate) fn finish(&self) {
        if !self.is_used.load(Ordering::Relaxed) {
            eprintln!("pgscope: there is no login in the input that a password could be checked with");
        }
    }
}
