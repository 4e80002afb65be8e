//! Pgscope: view.
