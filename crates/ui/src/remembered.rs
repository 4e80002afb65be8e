//! What this browser keeps of how somebody wants the page, and of how somebody learns. Where it keeps nothing, nothing is said of that.

use web_sys::Storage;

use crate::dom::window;

fn storage() -> Option<Storage> {
    window()?.local_storage().ok().flatten()
}

/// What was kept under this name.
pub(crate) fn get(name: &str) -> Option<String> {
    storage()?.get_item(name).ok().flatten()
}

/// Keeps it; an empty text is forgotten.
pub(crate) fn set(name: &str, text: &str) {
    if let Some(storage) = storage() {
        let _ = if text.is_empty() { storage.remove_item(name) } else { storage.set_item(name, text) };
    }
}
