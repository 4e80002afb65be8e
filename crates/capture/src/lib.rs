//! Pgscope: capture.
