//! Deflates and inflates with what the browser has. Where it has nothing, links are longer.

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

/// A link inflates to no more than this: a few letters could stand for gigabytes.
const MOST: usize = 8 << 20;

/// The bytes deflated, without any header.
pub(crate) async fn deflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let (deflated, is_whole) = through("CompressionStream", bytes).await?;
    is_whole.then_some(deflated)
}

/// What was deflated, and whether all of it is there.
pub(crate) async fn inflate(bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    through("DecompressionStream", bytes).await
}

async fn through(name: &str, bytes: &[u8]) -> Option<(Vec<u8>, bool)> {
    let class: Function = Reflect::get(&js_sys::global(), &name.into()).ok()?.dyn_into().ok()?;
    let stream = Reflect::construct(&class, &Array::of1(&"deflate-raw".into())).ok()?;
    let writer = call(&of(&stream, "writable")?, "getWriter", None)?;
    let reader = call(&of(&stream, "readable")?, "getReader", None)?;
    // Their failures are those of the reader too.
    ignore(call(&writer, "write", Some(&Uint8Array::from(bytes)))?);
    ignore(call(&writer, "close", None)?);
    let mut out = Vec::new();
    loop {
        let read: Promise = call(&reader, "read", None)?.dyn_into().ok()?;
        let Ok(read) = JsFuture::from(read).await else { return Some((out, false)) };
        if of(&read, "done")?.is_truthy() {
            return Some((out, true));
        }
        out.extend(Uint8Array::new(&of(&read, "value")?).to_vec());
        if out.len() > MOST {
            ignore(call(&reader, "cancel", None)?);
            return Some((out, false));
        }
    }
}

/// What is packed in a file by gzip: nothing where it cannot be unpacked to its end, or is more than so many bytes.
pub(crate) async fn unpacked(file: &Blob, most: f64) -> Option<Blob> {
    let class: Function = Reflect::get(&js_sys::global(), &"DecompressionStream".into()).ok()?.dyn_into().ok()?;
    let stream = Reflect::construct(&class, &Array::of1(&"gzip".into())).ok()?;
    let packed = call(file, "stream", None)?;
    let pipe: Function = of(&packed, "pipeThrough")?.dyn_into().ok()?;
    let reader = call(&pipe.call1(&packed, &stream).ok()?, "getReader", None)?;
    // The pieces stay where the browser has them.
    let (pieces, mut size) = (Array::new(), 0.0);
    loop {
        let read: Promise = call(&reader, "read", None)?.dyn_into().ok()?;
        let read = JsFuture::from(read).await.ok()?;
        if of(&read, "done")?.is_truthy() {
            return Blob::new_with_u8_array_sequence(&pieces).ok();
        }
        let piece = of(&read, "value")?;
        size += f64::from(Uint8Array::new(&piece).length());
        pieces.push(&piece);
        if size > most {
            ignore(call(&reader, "cancel", None)?);
            return None;
        }
    }
}

fn of(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok()
}

fn call(object: &JsValue, name: &str, argument: Option<&Uint8Array>) -> Option<JsValue> {
    let method: Function = of(object, name)?.dyn_into().ok()?;
    match argument {
        Some(argument) => method.call1(object, argument).ok(),
        None => method.call0(object).ok(),
    }
}

/// Nobody waits for it, and nobody is told if it fails.
fn ignore(promise: JsValue) {
    if let Ok(promise) = promise.dyn_into::<Promise>() {
        wasm_bindgen_futures::spawn_local(async move {
            let _ = JsFuture::from(promise).await;
        });
    }
}
