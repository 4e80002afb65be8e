//! Pgscope: session.
