//! The grammar of an answer as a railroad: it is read from top to bottom, past what may be left out, and back to what may
//! come again. Pictures are made from the table alone.

use pgscope_proto::conversation::{Answer, Request};
use pgscope_proto::{Direction, Message};

use super::svg::{LINE, Picture, Points, side, width};

/// How far parts stand from each other, above and beside.
const GAP: i32 = 20;
/// How far beside a part the rails lie that go past it and back.
const RAIL: i32 = 18;

/// A part of the railroad, and where its rails come in and go out.
struct Track {
    picture: Picture,
    axis: i32,
}

/// The railroad of a request: the request itself, and then its answer.
pub(super) fn railroad(request: &'static Request) -> Picture {
    let asks = station(Direction::Frontend, &[request.name]);
    let whole = then(vec![asks, track(&request.answer)]);
    let margin = 8;
    let mut picture = Picture::sized(whole.picture.width + 2 * margin, whole.picture.height + 2 * margin + GAP);
    let (x, end) = (whole.axis + margin, whole.picture.height + margin);
    picture.place(whole.picture, margin, margin);
    picture.line(&[(x, end), (x, end + GAP)]);
    picture.line(&[(x - 8, end + GAP), (x + 8, end + GAP)]);
    picture
}

fn track(answer: &'static Answer) -> Track {
    match answer {
        Answer::Say(messages) => said(Direction::Backend, messages),
        Answer::Hear(messages) => said(Direction::Frontend, messages),
        Answer::Then(parts) => then(parts.iter().map(track).collect()),
        Answer::Any(parts) => beside(parts.iter().map(track).collect()),
        Answer::Many(of) => around(track(of), true, true),
        Answer::Some(of) => around(track(of), false, true),
        Answer::Maybe(of) => around(track(of), true, false),
        Answer::Nothing => Track { picture: Picture::sized(16, 0), axis: 8 },
    }
}

fn said(by: Direction, messages: &[&'static Message]) -> Track {
    let names: Vec<&str> = messages.iter().map(|message| message.name()).collect();
    station(by, &names)
}

/// A box with names, of which one is said.
fn station(by: Direction, names: &[&str]) -> Track {
    let widest = names.iter().map(|name| width(name)).max().unwrap_or_default();
    // An even width has a middle.
    let (wide, high) = ((widest + 24) / 2 * 2, LINE * names.len() as i32 + 12);
    let mut picture = Picture::sized(wide, high);
    let lines: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    picture.boxed((0, 0), (wide, high), lines, side(by));
    Track { picture, axis: wide / 2 }
}

/// One below the other, on one axis.
fn then(tracks: Vec<Track>) -> Track {
    let axis = tracks.iter().map(|track| track.axis).max().unwrap_or_default();
    let right = tracks.iter().map(|track| track.picture.width - track.axis).max().unwrap_or_default();
    let mut picture = Picture::sized(axis + right, 0);
    for (nth, track) in tracks.into_iter().enumerate() {
        if nth > 0 {
            picture.arrow(&[(axis, picture.height), (axis, picture.height + GAP)], Points::Down);
            picture.height += GAP;
        }
        let (x, y) = (axis - track.axis, picture.height);
        picture.height += track.picture.height;
        picture.place(track.picture, x, y);
    }
    Track { picture, axis }
}

/// One beside the other: one of them is taken.
fn beside(tracks: Vec<Track>) -> Track {
    let highest = tracks.iter().map(|track| track.picture.height).max().unwrap_or_default();
    let gaps = GAP * (tracks.len() as i32 - 1).max(0);
    let wide = tracks.iter().map(|track| track.picture.width).sum::<i32>() + gaps;
    let (axis, height) = (wide / 2, highest + 2 * GAP);
    let mut picture = Picture::sized(wide, height);
    let mut x = 0;
    for track in tracks {
        let at = x + track.axis;
        let bottom = GAP + track.picture.height;
        picture.arrow(&[(axis, 0), (axis, GAP / 4), (at, GAP / 4), (at, GAP)], Points::Down);
        picture.line(&[(at, bottom), (at, height - GAP / 4), (axis, height - GAP / 4), (axis, height)]);
        x += track.picture.width + GAP;
        let left = at - track.axis;
        picture.place(track.picture, left, GAP);
    }
    Track { picture, axis }
}

/// A part with a rail past it, on the left, and one back to it, on the right.
fn around(track: Track, may_pass: bool, may_repeat: bool) -> Track {
    let (wide, high) = (track.picture.width + 2 * RAIL, track.picture.height + 2 * GAP);
    let axis = track.axis + RAIL;
    let mut picture = Picture::sized(wide, high);
    picture.arrow(&[(axis, 0), (axis, GAP)], Points::Down);
    picture.line(&[(axis, high - GAP), (axis, high)]);
    if may_pass {
        picture.line(&[(axis, 4), (6, 4), (6, high - 4), (axis, high - 4)]);
        picture.head(6, high / 2 + 4, Points::Down);
    }
    if may_repeat {
        let right = wide - 6;
        picture.line(&[(axis, high - GAP / 2), (right, high - GAP / 2), (right, GAP / 2), (axis, GAP / 2)]);
        picture.head(right, high / 2 - 4, Points::Up);
    }
    picture.place(track.picture, RAIL, GAP);
    Track { picture, axis }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::conversation::{GRAMMAR, REQUESTS};

    use super::*;

    #[test]
    fn every_message_of_an_answer_has_its_place_in_the_picture() {
        for request in &REQUESTS {
            let picture = railroad(request);
            let drawn = picture.element("r", "title", "words");
            for message in GRAMMAR.messages(GRAMMAR.of(request.asks)) {
                assert!(drawn.contains(&format!(">{}</text>", message.name())), "{}", message.name());
            }
            assert!(picture.width < 1100 && picture.height > 60, "{}: {}", request.name, picture.width);
        }
    }
}
