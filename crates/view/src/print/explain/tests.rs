use super::*;

fn told(what: &str) -> String {
    explain(what, Colour::Never).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_rule_is_told_with_its_two_exchanges() {
    let text = told("l25");
    assert!(text.starts_with("L25  Rows without a description  error\n"), "{text}");
    for words in [
        "an error because: ",
        "whose bytes: the server's",
        "mend: ",
        "What programs say to it",
        "Wrong  ",
        "  Right\n",
        "▲",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 170));
}

#[test]
fn every_rule_state_request_and_message_is_explained() {
    for rule in pgscope_session::rules::all() {
        assert!(told(rule.id).contains(rule.title));
    }
    for stands in Stands::all() {
        let text = told(&format!("{} {}", stands.end(), stands.name()));
        assert!(text.contains(&format!("a state of the {}", stands.end())), "{text}");
        assert_eq!(told(&stands.state().id()), told(&format!("{} {}", stands.end(), stands.state().name)));
    }
    for request in &REQUESTS {
        assert!(told(request.id).contains(&format!("What answers {}", request.name)));
    }
    for message in pgscope_proto::messages::ALL {
        assert!(told(message.name()).contains(message.name()));
    }
}

#[test]
fn a_message_says_what_answers_it_and_where_it_stands() {
    let text = told("Execute");
    assert!(text.contains("What answers Execute") && text.contains("any number of DataRow"), "{text}");
    assert!(text.contains("CommandComplete or PortalSuspended or EmptyQueryResponse"), "{text}");
    let row = told("DataRow");
    assert!(
        row.contains("In the answer to Execute: behind it may come DataRow, CommandComplete, PortalSuspended"),
        "{row}"
    );
    assert!(told("query").contains("A state has this name, too: pgscope explain server query"));
}

#[test]
fn a_state_says_where_its_messages_lead() {
    let skipping = told("skipping");
    assert!(skipping.contains("Sync") && skipping.contains("then: sync"), "{skipping}");
    let ready = told("client ready");
    assert!(ready.contains("Query") && ready.contains("then: busy"), "{ready}");
    let both = told("encryption");
    assert!(both.contains("a state of the client") && both.contains("a state of the server"), "{both}");
}

#[test]
fn what_a_program_said_leads_to_the_rules_it_comes_from() {
    let text = told("psql: error: lost synchronization with server: got message type \"Z\", length 1515870810");
    assert!(text.starts_with("This may come from ") && text.contains("\nL01  "), "{text}");
    assert!(text.contains("libpq says “lost synchronization with server") && text.contains("(provoked)"), "{text}");
    assert!(text.contains("  and then: pgscope lint --deny L01 FILE\n"), "{text}");
    assert!(
        told("FATAL: no PostgreSQL user name specified in startup packet")
            .starts_with("This comes from one mistake.\n\nL13")
    );
}

#[test]
fn an_sqlstate_is_told_with_the_mistakes_that_end_in_it() {
    let text = told("42P05");
    assert!(text.starts_with("42P05  duplicate_prepared_statement\n") && text.contains("L53"), "{text}");
    assert!(told("42ZZZ").starts_with("42ZZZ  of class 42"));
}

#[test]
fn what_is_not_known_has_near_names() {
    let near = |what: &str| explain(what, Colour::Never).err().map(|error| error.near).unwrap_or_default();
    assert!(near("Exceute").contains(&"Execute".to_owned()), "{:?}", near("Exceute"));
    assert!(near("skiping").is_empty() || near("skiping").iter().any(|name| name.contains("skipping")));
    assert!(near("L99").contains(&"L09".to_owned()));
    assert!(near("nothing like this was ever said by a program").is_empty());
}
