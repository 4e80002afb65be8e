//! Unpacks files that Zstandard has packed, which browsers cannot do: a piece at a time, so that the page stays responsive.

use std::cell::RefCell;
use std::io::{Cursor, Read};
use std::rc::Rc;

use js_sys::{Array, Promise, Uint8Array};
use pgscope_view::capture::zstandard::Zstandard;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::dom::window;
use crate::files::bytes;
use crate::later;

/// So many bytes are unpacked at once.
const PIECE: usize = 1 << 20;

/// A file that is being unpacked.
pub(crate) type Unpacking = Rc<RefCell<Box<dyn Read>>>;

/// What is packed in a file: nothing where it cannot be unpacked to its end, or is more than so many bytes.
pub(crate) async fn zstandard(file: &Blob, most: f64) -> Option<Blob> {
    let unpacking = later::unpacking(bytes(file).await.ok()?).await.ok()?;
    // The pieces are given to the browser.
    let (pieces, mut size) = (Array::new(), 0.0);
    loop {
        let piece = later::unpack(Rc::clone(&unpacking)).await.ok()?.ok()?;
        if piece.is_empty() {
            return Blob::new_with_u8_array_sequence(&pieces).ok();
        }
        size += piece.len() as f64;
        if size > most {
            return None;
        }
        pieces.push(&Uint8Array::from(piece.as_slice()));
        pause().await;
    }
}

/// A file that is to be unpacked.
pub(crate) fn begin(packed: Vec<u8>) -> Unpacking {
    Rc::new(RefCell::new(Box::new(Zstandard::new(Cursor::new(packed)))))
}

/// The next piece of it; empty at its end.
pub(crate) fn next(unpacking: &Unpacking) -> std::io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE);
    unpacking.borrow_mut().by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
    Ok(piece)
}

/// Lets the browser do what waits.
async fn pause() {
    let wait = Promise::new(&mut |done, _| {
        if let Some(window) = window() {
            let _ = window.set_timeout_with_callback(&done);
        }
    });
    let _ = JsFuture::from(wait).await;
}
