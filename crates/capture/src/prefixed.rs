//! A dump each of whose rows stands behind something: the name of a container and a bar, a time, signs of a quoted letter, of a comment
//! or of a list. What stands there is the same for both ends, or says nothing; without it the dump is read as any other.

use crate::lines::{Line, is_blank, lines};
use crate::recognise::is_row;
use crate::words;

/// So many words stand before a row at most.
const MOST_WORDS: usize = 12;
/// A shorter number may be anything.
const OFFSET: usize = 4;

/// The same text with blanks in place of what stands before rows, where something does before all of them: offsets stay the same.
pub(crate) fn without(text: &str) -> Option<String> {
    let (mut bare, mut rows) = (String::with_capacity(text.len()), 0);
    for line in text.split_inclusive('\n') {
        let at = row_in(line);
        // Rows that stand by themselves, indented or not.
        if at.and_then(|at| line.get(..at)).is_some_and(|before| before.trim().is_empty()) {
            return None;
        }
        let at = at.unwrap_or(0);
        rows += usize::from(at > 0);
        bare.extend(std::iter::repeat_n(' ', at));
        bare.push_str(line.get(at..)?);
    }
    (rows > 1).then_some(bare)
}

/// What quotes a line, lists it, or makes a comment of it.
const SIGNS: [char; 7] = ['>', '#', '*', '|', '+', '/', ';'];

/// The same text with blanks in place of the sign that stands before each line with bytes.
pub(crate) fn without_signs(text: &str) -> Option<String> {
    let first = lines(text).map(Line::trimmed).find(|line| line.text.starts_with(SIGNS))?;
    let sign = first.text.chars().next()?;
    let mut bare = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let is_mark = |c: char| is_blank(c) || c == sign;
        let trimmed = line.trim_start_matches(is_blank);
        // What has no blank behind it may be a letter of what follows; alone it may say that a row is repeated.
        let behind = trimmed.trim_start_matches(sign);
        let is_alone = sign == '*' && behind.trim().is_empty();
        let is_signed = trimmed.starts_with(sign) && (sign == '>' || behind.starts_with(is_blank)) && !is_alone;
        let own = Line { text: line, start: 0 };
        if !is_signed && (words::is_all(own) || words::has_runs(line)) {
            return None;
        }
        let at = if is_signed { line.len() - line.trim_start_matches(is_mark).len() } else { 0 };
        let (before, rest) = line.split_at_checked(at)?;
        bare.extend(before.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        bare.push_str(rest);
    }
    Some(bare)
}

/// Where a row of a dump begins in a line.
fn row_in(line: &str) -> Option<usize> {
    let mut at = 0;
    for _ in 0..MOST_WORDS {
        let rest = line.get(at..)?;
        at += rest.len() - rest.trim_start_matches(is_blank).len();
        let rest = line.get(at..)?.trim_end();
        let offset = rest.strip_prefix("0x").unwrap_or(rest).bytes().take_while(u8::is_ascii_hexdigit).count();
        if offset >= OFFSET && is_row(rest) {
            return Some(at);
        }
        at += rest.find(is_blank)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_before_all_lines_with_bytes_are_left_out() {
        let text = "Hi,\n> 45 00 00 00 04\n>\n> > 5a 00 00 00 05 49\n";
        let bare = without_signs(text).expect("a quoted letter");
        assert_eq!(bare, "Hi,\n  45 00 00 00 04\n \n    5a 00 00 00 05 49\n");
        assert_eq!(without_signs("> 51 00 00 00 04\n51 00 00 00 04\n"), None);
    }

    #[test]
    fn what_stands_before_all_rows_is_left_out() {
        let text =
            "proxy-1  | received:\nproxy-1  | 00000000  5a 00 00 00  |Z...|\nproxy-1  | 00000004  05 49        |.I|\n";
        let bare = without(text).expect("a dump");
        assert_eq!(bare.len(), text.len());
        assert_eq!(bare.lines().map(str::trim_start).nth(1), Some("00000000  5a 00 00 00  |Z...|"));
        assert_eq!(without("00000000  5a 00\n  00000002  00 00\n"), None);
        assert_eq!(without("> 51 00 00 00 04\n> 5a 00 00 00 05 49\n"), None);
    }
}
