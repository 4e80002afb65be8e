//! Where in hex a digit is missing, if an odd number of digits stands there and nothing separates them.
//!
//! All that stands behind the place is read half a byte off. Where a digit more makes all messages fit, it was lost. That
//! costs a reading for each place that is tried, so it is done for short texts alone.

use pgscope_capture::{Capture, ODD, Options, read_text};
use pgscope_proto::{Severity, Span, Tree};
use pgscope_session::{Index, settle, worst};

/// The longest text that is searched.
const LONGEST: usize = 8 << 10;
/// How many places are tried.
const MOST: usize = 600;
/// How far behind the message that cannot be read: where that ends is not certain either.
const BEHIND: usize = 256;
/// The places that fit are next to each other, with few between them that do not.
const GAP: usize = 32;

/// Says of an odd number of digits where one is missing, if that can be found out.
pub(crate) fn locate(capture: &mut Capture, text: &str, options: &Options) {
    let [problem] = capture.problems.as_mut_slice() else { return };
    if problem.expected != ODD || text.len() > LONGEST || !text.is_ascii() {
        return;
    }
    let Some(span) = place(text, options) else { return };
    let before = text.get(..span.start).unwrap_or_default();
    problem.line = before.matches('\n').count() + 1;
    problem.column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
    problem.span = span;
    "an odd number of digits".clone_into(&mut problem.met);
    "one more digit here: with it, all that follows can be read".clone_into(&mut problem.expected);
}

/// The digits among which one is missing.
fn place(text: &str, options: &Options) -> Option<Span> {
    let tried = suspects(text, options)?;
    let digits = text.as_bytes().get(tried.start..tried.end)?.iter().enumerate();
    let places = digits.filter(|(_, digit)| digit.is_ascii_hexdigit()).map(|(nth, _)| tried.start + nth);
    let mut fits: Option<Span> = None;
    for at in places.take(MOST) {
        if fits.is_some_and(|fits| at > fits.end + GAP) {
            break;
        }
        if is_whole(text, at, options) {
            fits = Some(Span::new(fits.map_or(at, |fits| fits.start), at + 1));
        }
    }
    fits
}

/// The text of the first message that cannot be read and of the one before it.
fn suspects(text: &str, options: &Options) -> Option<Span> {
    let exchange = read_text(text, options).exchanges.into_iter().next()?;
    let (exchange, _) = settle(exchange);
    let index = Index::new(&exchange);
    let mut tree = Tree::new();
    let broken = (0..index.len()).find(|number| {
        index.tree(&exchange, *number, &mut tree);
        let is_odd = index.entry(*number).is_some_and(|entry| entry.fault.is_some());
        is_odd || worst(&index.problems(&exchange, *number, &tree)) == Some(Severity::Error)
    })?;
    let source = |number: usize| {
        let entry = index.entry(number)?;
        let map = &exchange.stream(entry.direction).map;
        Some((map.source(entry.span.start)?.start, map.source(entry.span.end.checked_sub(1)?)?.end))
    };
    let (start, end) = source(broken)?;
    let start = broken.checked_sub(1).and_then(source).map_or(start, |(before, _)| before.min(start));
    Some(Span::new(start, text.len().min(end + BEHIND)))
}

/// Whether all messages can be read with a digit more at this place.
fn is_whole(text: &str, at: usize, options: &Options) -> bool {
    let (before, behind) = text.split_at(at);
    let capture = read_text(&[before, "0", behind].concat(), options);
    let Some(exchange) = capture.exchanges.into_iter().next().filter(|_| capture.problems.is_empty()) else {
        return false;
    };
    let (exchange, _) = settle(exchange);
    let index = Index::new(&exchange);
    let mut tree = Tree::new();
    // A wrong border shows without a look at the fields.
    (0..index.len()).all(|number| index.entry(number).is_some_and(|entry| entry.fault.is_none()))
        && (0..index.len()).all(|number| {
            index.tree(&exchange, number, &mut tree);
            worst(&index.problems(&exchange, number, &tree)) != Some(Severity::Error)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// StartupMessage, Query, Parse, Bind, Execute, Sync, Terminate.
    const SAID: &str = "0000001000030000757365720061000051000000135345\
        4c454354202761272c20313b005000000019733100\
        53454c4543542024312b3100000100000017420000001600733100000100000001000000023432000045000000090000000000\
        53000000045800000004";

    fn located(text: &str) -> Option<(Span, String)> {
        let mut capture = read_text(text, &Options::default());
        locate(&mut capture, text, &Options::default());
        let [problem] = capture.problems.as_slice() else { panic!("{:?}", capture.problems) };
        (problem.expected != ODD).then(|| (problem.span, problem.to_string()))
    }

    #[test]
    fn a_digit_that_was_lost_is_missed_where_it_was() {
        let whole = SAID.replace(' ', "");
        assert!(read_text(&whole, &Options::default()).problems.is_empty());
        let (mut found, mut longest) = (0, 0);
        for lost in 0..whole.len() {
            let text = format!("{}{}", &whole[..lost], &whole[lost + 1..]);
            let Some((span, _)) = located(&text) else { continue };
            // Among equal digits nobody can tell which one it was.
            let same = whole[..lost].bytes().rev().take_while(|digit| *digit == whole.as_bytes()[lost]).count();
            assert!(span.start <= lost && span.end + same >= lost, "{lost}: {span:?}");
            longest = longest.max(span.len());
            found += 1;
        }
        assert!(longest <= 40, "{longest}");
        assert!(found * 10 >= whole.len() * 7, "{found} of {}", whole.len());
    }

    #[test]
    fn the_place_is_told_in_words() {
        let (_, told) = located("51000000e53454c45435420313b00530000000451000000065300").unwrap();
        assert_eq!(
            told,
            "line 1, column 3: met an odd number of digits, expected one more digit here: with it, all that follows can be read"
        );
    }
}
