//! What the numbers of a file say could be spared: sentences, each with its numbers.

use pgscope_session::survey::{Asked, NEVER, Survey, Texts};

use super::{Statistics, duration};
use crate::separated;

/// So many of the same in a row are a loop that asks one by one.
const LOOP: usize = 20;
/// A part of the whole that is worth a sentence, in percent.
const WORTH: usize = 10;
const LONGEST: usize = 60;

pub(super) fn of<'a>(
    all: &Statistics,
    surveys: impl Iterator<Item = &'a Survey> + Clone,
    texts: &Texts,
) -> Vec<String> {
    let mut said = Vec::new();
    let number = |count: usize| separated(&count.to_string());
    let [parses, repeated] = all.parses;
    if repeated > LOOP && percent(repeated, parses) >= WORTH {
        said.push(format!(
            "{} % of all Parse messages ({} of {}) prepare a text that was prepared on the same connection before: prepare it once under a name, and send Bind and Execute.",
            percent(repeated, parses), number(repeated), number(parses)
        ));
    }
    let let_in = surveys.clone().filter(|survey| survey.about.user.is_some() && survey.was_let_in());
    let (let_in, short) =
        let_in.fold((0, 0), |(let_in, short), survey| (let_in + 1, short + usize::from(survey.about.queries <= 1)));
    if let_in > LOOP && percent(short, let_in) >= WORTH {
        said.push(format!(
            "{} of {} connections ran one query or none: a pool spares their log-ins.",
            number(short),
            number(let_in)
        ));
    }
    if let Some((length, text)) =
        surveys.clone().filter_map(|survey| longest_loop(&survey.asked)).max_by_key(|(length, _)| *length)
        && length >= LOOP
    {
        let sql = texts.get(text);
        let cut: String = sql.chars().take(LONGEST).collect();
        let dots = if cut.len() < sql.len() { "…" } else { "" };
        said.push(format!(
            "One connection runs the same statement {} times in a row, each with a round trip: “{cut}{dots}”. One statement for all of them, or a pipeline, spares the waiting.",
            number(length)
        ));
    }
    let spent = all.server_us + all.client_us;
    if spent > 0 && all.in_transaction_us * 100 / spent >= WORTH as u64 {
        said.push(format!(
            "{} % of the time ({}) a transaction was open and the server waited for its client: locks are held that long.",
            all.in_transaction_us * 100 / spent, duration(all.in_transaction_us)
        ));
    }
    let queries = all.queries.saturating_sub(all.carried);
    if queries > LOOP && percent(all.failed, queries) >= WORTH {
        said.push(format!("{} of {} queries failed.", number(all.failed), number(queries)));
    }
    said
}

fn percent(part: usize, whole: usize) -> usize {
    (part * 100).checked_div(whole).unwrap_or(0)
}

/// The longest row of runs of one statement, each asked when the one before was answered.
fn longest_loop(asked: &[Asked]) -> Option<(usize, u32)> {
    let mut longest = None;
    let mut length = 0;
    let mut last: Option<&Asked> = None;
    for asked in asked {
        let goes_on = last.is_some_and(|last| {
            let answered = last.at_us.saturating_add(i64::from(last.done));
            last.text == asked.text && asked.rows <= 1 && last.done != NEVER && asked.at_us >= answered
        });
        length = if goes_on { length + 1 } else { 1 };
        last = Some(asked);
        if longest.is_none_or(|(most, _)| length > most) {
            longest = Some((length, asked.text));
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_waits_for_the_answer_before_is_a_loop() {
        let asked = |at_us, done| Asked {
            message: 0,
            text: 7,
            at_us,
            first: NEVER,
            done,
            rows: 1,
            bytes: 0,
            failed: false,
            skipped: false,
        };
        let of = |asked: Vec<Asked>| longest_loop(&asked);
        assert_eq!(of((0..30).map(|nth| asked(nth * 100, 90)).collect()), Some((30, 7)));
        // A pipeline, and what nobody saw the times of.
        assert_eq!(of((0..30).map(|_| asked(0, 90)).collect()), Some((1, 7)));
        assert_eq!(of((0..30).map(|_| asked(i64::MIN, NEVER)).collect()), Some((1, 7)));
        assert_eq!(of(Vec::new()), None);
    }
}
