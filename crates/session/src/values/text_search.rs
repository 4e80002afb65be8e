//! tsvector and tsquery.

use super::reader::Reader;

const WEIGHTS: [&str; 4] = ["", "C", "B", "A"];

/// Lexemes with their positions; the upper two bits of a position are its weight.
pub(super) fn vector(reader: &mut Reader<'_>) -> Option<String> {
    let count = reader.u32()?;
    let lexemes: Vec<String> = (0..count).map(|_| lexeme(reader)).collect::<Option<_>>()?;
    Some(lexemes.join(" "))
}

fn lexeme(reader: &mut Reader<'_>) -> Option<String> {
    let word = quoted(reader.text()?);
    let count = reader.u16()?;
    let positions: Vec<String> = (0..count).map(|_| reader.u16().map(position)).collect::<Option<_>>()?;
    Some(if positions.is_empty() { word } else { format!("{word}:{}", positions.join(",")) })
}

fn position(word: u16) -> String {
    let weight = WEIGHTS.get(usize::from(word >> 14)).copied().unwrap_or_default();
    format!("{}{weight}", word & 0x3fff)
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

const OPERAND: u8 = 1;
const OPERATOR: u8 = 2;
const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;
/// Deeper queries are not shown: a stack is finite.
const DEEPEST: usize = 100;

/// Items in prefix order, the right operand before the left.
pub(super) fn query(reader: &mut Reader<'_>) -> Option<String> {
    if reader.u32()? == 0 {
        return Some(String::new());
    }
    item(reader, DEEPEST).map(|(text, _)| text)
}

/// The text of an operand or operation, and how tightly it binds.
fn item(reader: &mut Reader<'_>, depth: usize) -> Option<(String, u8)> {
    let depth = depth.checked_sub(1)?;
    match reader.u8()? {
        OPERAND => operand(reader).map(|text| (text, u8::MAX)),
        OPERATOR => operation(reader, depth),
        _ => None,
    }
}

fn operand(reader: &mut Reader<'_>) -> Option<String> {
    let (weights, is_prefix) = (reader.u8()?, reader.u8()?);
    let word = quoted(reader.text()?);
    let star = if is_prefix != 0 { "*" } else { "" };
    let letters: String = ['A', 'B', 'C', 'D']
        .iter()
        .zip([8, 4, 2, 1])
        .filter(|(_, bit)| weights & bit != 0)
        .map(|(letter, _)| *letter)
        .collect();
    Some(if star.is_empty() && letters.is_empty() { word } else { format!("{word}:{star}{letters}") })
}

fn operation(reader: &mut Reader<'_>, depth: usize) -> Option<(String, u8)> {
    let operator = reader.u8()?;
    let (sign, strength) = match operator {
        NOT => {
            let (inner, binds) = item(reader, depth)?;
            return Some((format!("!{}", bracketed(inner, binds < 4)), 4));
        }
        AND => (" & ".to_owned(), 2),
        OR => (" | ".to_owned(), 1),
        PHRASE => match reader.u16()? {
            1 => (" <-> ".to_owned(), 3),
            distance => (format!(" <{distance}> "), 3),
        },
        _ => return None,
    };
    let (right, right_binds) = item(reader, depth)?;
    let (left, left_binds) = item(reader, depth)?;
    Some((
        format!("{}{sign}{}", bracketed(left, left_binds < strength), bracketed(right, right_binds < strength)),
        strength,
    ))
}

fn bracketed(text: String, needs: bool) -> String {
    if needs { format!("( {text} )") } else { text }
}
