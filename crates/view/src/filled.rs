//! SQL with the values of its parameters in their places: an aid to a reader, not what was sent.
//!
//! It finds `$1` where PostgreSQL's scanner does, and writes each value as a literal of its type. It knows nothing of
//! messages.
//!
//! ```text
//! SELECT $1, '$1' -- $1        with 42        SELECT 42, '$1' -- $1
//! ```

use pgscope_session::sql::{Kind, tokens};

/// `sql` with each `$n` replaced by the literal of that number, from 1; those without one stay.
pub(crate) fn filled(sql: &str, literals: &[String]) -> String {
    let mut made = String::with_capacity(sql.len() + literals.iter().map(String::len).sum::<usize>());
    let mut from = 0;
    for token in tokens(sql.as_bytes()) {
        let Kind::Parameter(number) = token.kind else { continue };
        let Some(literal) = number.checked_sub(1).and_then(|at| literals.get(at)) else { continue };
        made.push_str(sql.get(from..token.span.start).unwrap_or_default());
        made.push_str(literal);
        from = token.span.end;
    }
    made.push_str(sql.get(from..).unwrap_or_default());
    made
}

/// A text between quotation marks, as SQL writes it.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The literal of a value, by the name of its type; a type that is not known has no name.
pub(crate) fn literal(text: &str, type_name: Option<&str>) -> String {
    match type_name {
        Some("int2" | "int4" | "int8" | "oid" | "numeric") if is_number(text) => text.to_owned(),
        Some("bool") if text == "t" => "TRUE".to_owned(),
        Some("bool") if text == "f" => "FALSE".to_owned(),
        None | Some("text" | "varchar" | "bpchar" | "name" | "unknown") => quoted(text),
        Some(name) => format!("{}::{name}", quoted(text)),
    }
}

/// Whether it may stand without quotation marks. A sign may not: behind another one it would begin a comment.
fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
        && text.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sql: &str, expected: &str) {
        let literals: Vec<String> = (1..=10).map(|number| format!("<{number}>")).collect();
        assert_eq!(filled(sql, &literals), expected);
    }

    #[test]
    fn parameters_are_found_where_the_scanner_finds_them() {
        check("SELECT $1, $10, $1", "SELECT <1>, <10>, <1>");
        check("$1", "<1>");
        check("SELECT $1::int+$2", "SELECT <1>::int+<2>");
        check("a = ANY($3)", "a = ANY(<3>)");
        check("SELECT 'ä', $1", "SELECT 'ä', <1>");
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        check("SELECT '$1', $1", "SELECT '$1', <1>");
        check("SELECT 'it''s $1', $2", "SELECT 'it''s $1', <2>");
        check(r"SELECT E'\'$1', $2", r"SELECT E'\'$1', <2>");
        check(r"SELECT '\', $2", r"SELECT '\', <2>");
        check("SELECT note'$1'", "SELECT note'$1'");
        check("SELECT \"$1\" FROM \"a\"\"$2\", $3", "SELECT \"$1\" FROM \"a\"\"$2\", <3>");
        check("-- $1\n$2", "-- $1\n<2>");
        check("/* $1 /* $2 */ $3 */ $4", "/* $1 /* $2 */ $3 */ <4>");
        check("$$ $1 $$, $2", "$$ $1 $$, <2>");
        check("$a$ $1 $$ $2 $a$, $3", "$a$ $1 $$ $2 $a$, <3>");
        check("SELECT a$1, $2", "SELECT a$1, <2>");
        check("SELECT t1.tag$1$, $2", "SELECT t1.tag$1$, <2>");
    }

    #[test]
    fn without_a_value_or_an_end_nothing_is_lost() {
        check("SELECT $11, $0, $", "SELECT $11, $0, $");
        check("SELECT $99999999999999999999999", "SELECT $99999999999999999999999");
        for open in ["'$1", "\"$1", "/* $1", "-- $1", "$$ $1", "$x$ $1", "E'$1\\"] {
            check(open, open);
        }
        assert_eq!(filled("SELECT $1", &[]), "SELECT $1");
    }

    #[test]
    fn values_are_literals_of_their_type() {
        let check = |text, name, expected: &str| assert_eq!(literal(text, name), expected);
        check("42", Some("int4"), "42");
        check("-1", Some("int4"), "'-1'::int4");
        check("1.50", Some("numeric"), "1.50");
        check("NaN", Some("float8"), "'NaN'::float8");
        check("t", Some("bool"), "TRUE");
        check("O'Neil", Some("text"), "'O''Neil'");
        check("42", None, "'42'");
        check("{1,2}", Some("int4[]"), "'{1,2}'::int4[]");
        check("1 or 1", Some("int4"), "'1 or 1'::int4");
    }
}
