//! The engine's own thread: it answers one request after the other, and knows nothing of the page.
//!
//! ```text
//! page                         worker
//!   the compiled module  ──▶     starts (web/worker.js)
//!                        ◀──   nothing: it runs
//!   a request, serialised ─▶
//!   or a piece of the input ─▶
//!                        ◀──   the reply, serialised
//! ```

use js_sys::{Array, ArrayBuffer, Uint8Array};
use pgscope_view::engine::{Reply, Request};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use crate::dom::listen;
use crate::{ask, later};

/// Answers until the page ends this thread.
pub(crate) fn serve() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let page = scope.clone();
    listen(&scope, "message", move |event: MessageEvent| {
        let Some(request) = request(&event.data()) else { return };
        let page = page.clone();
        let send = move |reply: Reply| {
            let bytes = Uint8Array::from(postcard::to_allocvec(&reply).unwrap_or_default().as_slice());
            let _ = page.post_message_with_transfer(&bytes, &Array::of1(&bytes.buffer()));
        };
        match ask::answer_here(request) {
            Reply::Apart(desk, letters) => {
                later::answer_apart(desk, letters, Box::new(move |letters| send(Reply::Apart(desk, letters))));
            }
            reply => send(reply),
        }
    });
    let _ = scope.post_message(&JsValue::NULL);
}

fn request(data: &JsValue) -> Option<Request> {
    let bytes = Uint8Array::new(data).to_vec();
    match data.is_instance_of::<ArrayBuffer>() {
        true => Some(Request::Piece(bytes)),
        false => postcard::from_bytes(&bytes).ok(),
    }
}
