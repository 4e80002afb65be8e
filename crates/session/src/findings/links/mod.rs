//! What two messages say against each other, a short function a rule: it looks at one message, and at those that the follower
//! ties it to.

mod commands;
mod names;
mod proofs;
mod rows;
mod scram;
mod statements;
mod tags;
mod versions;

#[cfg(any(feature = "whole", not(feature = "strict")))]
use pgscope_proto::Message;
use pgscope_proto::{Problem, Reads, Tree};

use super::Case;

type Check = fn(&Case) -> Option<Problem>;

/// Rules, by the id of the message at which they look.
pub(super) type Rules = &'static [(&'static str, &'static [Check])];

/// Those that look at what asks, answers and carries rows.
pub(super) static TALK: Rules = &[
    ("datarow", &[rows::count, rows::zero_byte]),
    ("rowdescription", &[rows::description, names::of_nothing]),
    ("nodata", &[names::of_nothing]),
    ("bindcomplete", &[names::of_nothing]),
    ("bind", &[statements::parameter_count, statements::result_formats, statements::zero_byte]),
    ("parameterdescription", &[statements::declared, names::of_nothing]),
    ("parse", &[commands::prepared, names::parsed_again]),
    ("commandcomplete", &[tags::not_a_tag, commands::completed]),
    ("readyforquery", &[commands::ready]),
    ("copydone", &[rows::copy_cut]),
    ("errorresponse", &[versions::fields]),
    ("noticeresponse", &[versions::fields]),
];

/// Those that look at how a connection begins, and at who is let in.
pub(super) static START: Rules = &[
    ("startup", &[versions::in_the_clear]),
    ("sslrequest", &[versions::asked_again]),
    ("gssencrequest", &[versions::asked_again]),
    ("authenticationkerberosv4", &[proofs::unsupported]),
    ("authenticationkerberosv5", &[proofs::unsupported]),
    ("authenticationcryptpassword", &[proofs::unsupported]),
    ("authenticationscmcredential", &[proofs::unsupported]),
    ("backendkeydata", &[versions::key_length]),
    ("negotiateprotocolversion", &[versions::nothing_negotiated, versions::no_such_version, versions::odd_option]),
    ("passwordmessage", &[proofs::not_hashed, proofs::hashed_unasked]),
    ("saslinitialresponse", &[proofs::not_offered, proofs::flag_though_plus, scram::first_of_client]),
    ("authenticationsaslcontinue", &[proofs::inner_length, proofs::nonce_not_extended, scram::first_of_server]),
    ("authenticationsaslfinal", &[scram::last_of_server]),
    ("authenticationok", &[proofs::no_last_word]),
    ("saslresponse", &[proofs::nonce_not_the_servers, proofs::binding_not_the_flag, scram::last_of_client]),
];

/// Whether a connection begins with such a message: [`START`] looks at it, and [`TALK`] does not.
#[cfg(any(feature = "whole", not(feature = "strict")))]
pub(super) fn begins(message: &Message) -> bool {
    matches!(message.tag(), None | Some(b'R' | b'p' | b'v' | b'K'))
}

/// The ids of rules alone, which lead to no rule.
#[cfg(all(feature = "strict", not(feature = "whole")))]
#[allow(clippy::indexing_slicing, reason = "a wrong index does not compile")]
pub(super) const fn looked_at<const COUNT: usize>(rules: Rules) -> [&'static str; COUNT] {
    let mut ids = [""; COUNT];
    let mut at = 0;
    while at < COUNT {
        ids[at] = rules[at].0;
        at += 1;
    }
    ids
}

/// What some rules find.
pub(super) fn of(case: &Case, rules: Rules) -> Vec<Problem> {
    let id = case.entry.message.field.id;
    let Some((_, checks)) = rules.iter().find(|(own, _)| *own == id) else { return Vec::new() };
    // Of a message that cannot be read, what it says against others is nothing.
    if case.entry.fault.is_some() || !case.tree.problems.is_empty() {
        return Vec::new();
    }
    if !case.index.is_sure(case.entry.number) && !case.index.is_one_sided() {
        return Vec::new();
    }
    checks.iter().filter_map(|check| check(case)).collect()
}

/// What is wrong with a message that looks odd at a glance. A program that is fetched in parts has it where one does.
#[cfg(any(feature = "whole", not(feature = "strict")))]
fn odd(case: &Case) -> Option<Problem> {
    of_odd(case)
}

#[cfg(all(feature = "strict", not(feature = "whole")))]
fn odd(case: &Case) -> Option<Problem> {
    crate::later::odd(case)
}

/// The same, now that it has come.
pub(super) fn of_odd(case: &Case) -> Option<Problem> {
    match case.entry.message.field.id {
        "datarow" => rows::odd_row(case),
        "rowdescription" => rows::odd_description(case).or_else(|| names::told(case)),
        "parameterdescription" => statements::fewer_than_declared(case).or_else(|| names::told(case)),
        "errorresponse" => versions::missing_field(case).or_else(|| versions::refused_newer(case)),
        "noticeresponse" => versions::missing_field(case),
        "bind" => statements::other_count(case),
        "parse" => commands::several_prepared(case).or_else(|| names::taken(case)),
        "readyforquery" => commands::results_left_out(case),
        "commandcomplete" => {
            let command = || commands::of_another_command(case).or_else(|| commands::in_failed_transaction(case));
            let copied = || commands::copied_unannounced(case);
            commands::of_blank(case).or_else(command).or_else(copied).or_else(|| names::told(case))
        }
        _ => names::told(case),
    }
}

/// The nodes of a list of a message, without its count.
fn entries<'a>(tree: &'a Tree, list: &str) -> impl Iterator<Item = usize> + 'a {
    let list = tree.find(list);
    list.into_iter()
        .flat_map(|list| tree.children(list))
        .filter(|child| tree.nodes.get(*child).is_some_and(|node| node.ordinal.is_some()))
}

/// The integers of a list.
fn numbers(tree: &Tree, bytes: &[u8], list: &str) -> Vec<i64> {
    entries(tree, list).map(|node| number(tree, bytes, node)).collect()
}

fn number(tree: &Tree, bytes: &[u8], node: usize) -> i64 {
    match tree.reads(node, bytes) {
        Reads::Unsigned(number) => number as i64,
        Reads::Signed(number) => number,
        _ => 0,
    }
}

/// `1 value`, `2 values`.
fn some(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// The format of each of so many values: none given stands for text, one for all.
fn format_of(formats: &[i64], nth: usize) -> i64 {
    match formats {
        [] => 0,
        [one] => *one,
        _ => formats.get(nth).copied().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use pgscope_proto::messages;

    use super::{START, TALK, begins};

    #[test]
    fn each_rule_is_asked_for_its_message() {
        for (rules, begin) in [(TALK, false), (START, true)] {
            for (id, _) in rules {
                let message = messages::ALL.iter().find(|message| message.field.id == *id);
                assert_eq!(message.map(|message| begins(message)), Some(begin), "{id}");
            }
        }
    }
}
