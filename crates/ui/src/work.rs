//! What a person brought survives a reload: it is kept in this browser, and nowhere else.
//!
//! It is kept twice, as a link is written: for this tab, whose reload brings back its own, and for the next visit, where
//! the last that was kept by any tab comes back.

use pgscope_view::link::{Content, Link};
use web_sys::Storage;

use crate::dom::window;
use crate::page::Said;

const KEY: &str = "pgscope.work";
/// More bytes than this are not kept.
pub(crate) const MOST: usize = 1 << 20;

/// What became of the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Fate {
    /// There is nothing that is worth it.
    #[default]
    Nothing,
    /// It is kept.
    Kept,
    /// It was found, and came back.
    CameBack,
    /// It waits behind a sample, a link or a scenario.
    Waits,
    /// It is too long.
    TooLong,
    /// The browser's room is full.
    Full,
    /// The browser keeps nothing for this page.
    Refused,
    /// It was cleared.
    Cleared,
    /// Another tab kept something else since.
    Displaced,
}

impl Fate {
    /// In words for a person; empty where there is nothing to say.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Fate::Nothing => "",
            Fate::Kept => "Kept for your next visit, in this browser only.",
            Fate::CameBack => "Back from your last visit: it was kept in this browser only.",
            Fate::Waits => "Your own bytes wait for you:",
            Fate::TooLong => "Not kept: with more than 1 MB it would be gone after a reload.",
            Fate::Full => "Not kept: this browser has no more room for it. It would be gone after a reload.",
            Fate::Refused => "Not kept: this browser keeps nothing for this page. It would be gone after a reload.",
            Fate::Cleared => "Gone: nothing is kept any more.",
            Fate::Displaced => {
                "Another tab kept something else for your next visit; a reload of this tab brings this back."
            }
        }
    }
}

fn rooms() -> Option<[Option<Storage>; 2]> {
    let window = window()?;
    Some([window.session_storage().ok().flatten(), window.local_storage().ok().flatten()])
}

/// Keeps a text as a link by hand would say it: what writes links may not be here yet, and the page may go.
pub(crate) fn keep_plainly(text: &str, said: &Said) {
    if text.trim().is_empty() || text.len() > MOST {
        return;
    }
    let escaped = |value: &str| String::from(js_sys::encode_uri_component(value));
    let mut written = format!("hex={}", escaped(text));
    for (name, value) in [("form", &said.form), ("from", &said.direction), ("begins", &said.beginning)] {
        if let Some(value) = value {
            written += &format!("&{name}={}", escaped(value));
        }
    }
    for which in &said.turn {
        written += &format!("&turn={}", escaped(which));
    }
    for room in rooms().into_iter().flatten().flatten() {
        let _ = room.set_item(KEY, &written);
    }
}

/// Keeps the work, and what was done to it, as letters.
pub(crate) fn keep(link: &Link, past: &str) -> Fate {
    let length = match &link.content {
        Content::Text(text) => text.len(),
        Content::Bytes(bytes) => bytes.len(),
        _ => 0,
    };
    if length > MOST {
        forget();
        return Fate::TooLong;
    }
    let Some([own, shared]) = rooms() else { return Fate::Refused };
    let written = link.write();
    // No link has an end of line in it. Where there is no room for both, the work is worth more than its past.
    let both = [&written, "\n", past].concat();
    let put = |room: Option<Storage>| {
        room.map(|room| room.set_item(KEY, &both).is_ok() || room.set_item(KEY, &written).is_ok())
    };
    match (put(own), put(shared)) {
        (_, Some(true)) => Fate::Kept,
        (_, Some(false)) => Fate::Full,
        (_, None) => Fate::Refused,
    }
}

fn found() -> Option<String> {
    rooms()?.into_iter().flatten().find_map(|room| room.get_item(KEY).ok().flatten())
}

/// Whether something was kept.
pub(crate) fn is_kept() -> bool {
    found().is_some()
}

/// What was kept: by this tab, or else by any; and what had been done to it.
pub(crate) fn kept() -> Option<(Link, String)> {
    let found = found()?;
    let (link, past) = found.split_once('\n').unwrap_or((&found, ""));
    let link = Link::read(link);
    let is_empty = match &link.content {
        Content::Text(text) => text.trim().is_empty(),
        Content::Bytes(bytes) => bytes.is_empty(),
        _ => true,
    };
    (!is_empty).then(|| (link, past.to_owned()))
}

/// Clears what is kept.
pub(crate) fn forget() {
    for room in rooms().into_iter().flatten().flatten() {
        let _ = room.remove_item(KEY);
    }
}

/// Whether a change of what is kept is about the work.
pub(crate) fn is_about(key: Option<String>) -> bool {
    key.as_deref() == Some(KEY)
}
