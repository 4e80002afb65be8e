//! The engine's own thread: it answers one request after the other, and knows nothing of the page.
//!
//! ```text
//! page                         worker
//!   the compiled module  ──▶     starts (web/worker.js)
//!                        ◀──   nothing: it runs
//!   a request, serialised ─▶
//!   or a piece of the input ─▶
//!   or the file itself   ──▶      which it reads again where it need not hold all
//!                        ◀──   the reply, serialised
//! ```

use js_sys::{Array, ArrayBuffer, Uint8Array};
use pgscope_view::engine::{Fetches, Reply, Request};
use pgscope_view::proto::Span;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, FileReaderSync, MessageEvent};

use crate::dom::listen;
use crate::{ask, later};

/// Answers until the page ends this thread.
pub(crate) fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let page = scope.clone();
    listen(&scope, "message", move |event: MessageEvent| {
        let (data, page) = (event.data(), page.clone());
        let send = move |reply: Reply| {
            let bytes = Uint8Array::from(postcard::to_allocvec(&reply).unwrap_or_default().as_slice());
            let _ = page.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        };
        if let Ok(blob) = data.clone().dyn_into::<Blob>() {
            if let Ok(reader) = FileReaderSync::new() {
                ask::keep_file(Box::new(File { blob, reader }));
            }
            return send(Reply::Nothing);
        }
        let Some(request) = request(&data) else { return };
        match ask::answer_here(request) {
            Reply::Apart(desk, letters) => {
                later::answer_apart(desk, letters, Box::new(move |letters| send(Reply::Apart(desk, letters))));
            }
            reply => send(reply),
        }
    });
    let _ = scope.post_message(&JsValue::NULL);
}

/// A file that is read again.
#[derive(Debug)]
struct File {
    blob: Blob,
    reader: FileReaderSync,
}

impl Fetches for File {
    fn fetch(&self, span: Span) -> Option<Vec<u8>> {
        let slice = self.blob.slice_with_f64_and_f64(span.start as f64, span.end as f64).ok()?;
        Some(Uint8Array::new(&self.reader.read_as_array_buffer(&slice).ok()?.into()).to_vec())
    }
}

fn request(data: &JsValue) -> Option<Request> {
    let bytes = Uint8Array::new(data).to_vec();
    match data.is_instance_of::<ArrayBuffer>() {
        true => Some(Request::Piece(bytes)),
        false => postcard::from_bytes(&bytes).ok(),
    }
}
