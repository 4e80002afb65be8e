//! The product held against what nobody here wrote: recorded traffic of real clients and servers, the trace text of libpq,
//! and other people's parsers.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test may fail")]

mod authentication;
mod backups;
mod borders;
mod capture_files;
mod captures;
mod cases;
mod catalogue;
mod codes;
mod copies;
mod damaged;
mod diffs;
mod drivers;
mod ends;
mod exported;
mod guessed;
mod healthy;
mod libpq;
mod live;
mod masked;
mod mends;
mod middle;
mod mutations;
mod outline;
mod peers;
mod pieces;
mod played;
mod pooled;
mod postgres;
mod pqtrace;
mod provoked;
mod real;
mod refused;
mod rewritten;
mod rules;
mod samples;
mod socket;
mod streams;
mod values;
mod walks;
mod worlds;
mod written;
