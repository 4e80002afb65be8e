//! The table of the conversation: nothing is left out, nothing is unreachable, and it says what the manual says.

use pgscope_proto::conversation::states::{self, CLIENT_HEARS, CLIENT_SAYS, SERVER_READS, SERVER_SAYS};
use pgscope_proto::conversation::{
    ANYTIME, Asks, CLIENT, END, GRAMMAR, Move, NEVER, On, Positions, REQUESTS, SERVER, UNANSWERED,
};
use pgscope_proto::messages::{ALL, by_name, errors};
use pgscope_proto::{Direction, Message};

fn is_in_a_rule(message: &'static Message) -> bool {
    GRAMMAR.all().any(|(_, position)| position.messages.contains(&message))
        || REQUESTS.iter().any(|request| *request.by == *message)
        || ANYTIME.contains(&message)
        || UNANSWERED.iter().any(|(one, _)| **one == *message)
        || *message == errors::ERROR_RESPONSE
}

#[test]
fn every_message_stands_in_a_rule_or_never_comes() {
    for message in ALL {
        assert!(is_in_a_rule(message) != NEVER.contains(message), "{}", message.name());
    }
}

#[test]
fn rows_stand_in_the_order_of_their_types() {
    for (at, request) in REQUESTS.iter().enumerate() {
        assert_eq!(request.asks as usize, at);
        assert_eq!(Asks::from_number(at as u8), Some(request.asks));
        assert!(request.doc.len() > 80 && request.doc.ends_with('.'), "{}", request.name);
    }
    assert!(CLIENT.iter().enumerate().all(|(at, (state, _))| *state as usize == at));
    assert!(SERVER.iter().enumerate().all(|(at, (state, _))| *state as usize == at));
    for state in CLIENT.iter().map(|(_, state)| state).chain(SERVER.iter().map(|(_, state)| state)) {
        assert!(state.doc.len() > 30 && state.doc.ends_with('.'), "{}", state.name);
    }
    let mut ids: Vec<_> = REQUESTS.iter().map(|request| request.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), REQUESTS.len());
}

#[test]
fn every_position_is_reached_and_every_answer_ends() {
    for request in &REQUESTS {
        let mut reached = GRAMMAR.start(request.asks);
        loop {
            let more = reached | GRAMMAR.behind(reached & !END);
            if more == reached {
                break;
            }
            reached = more;
        }
        assert_eq!(reached & !END, GRAMMAR.of(request.asks), "{}", request.name);
        assert_ne!(reached & END, 0, "{} never ends", request.name);
        // From everywhere it can still end.
        for at in Positions(reached & !END) {
            let mut ahead = GRAMMAR.behind(1 << at);
            for _ in 0..64 {
                ahead |= GRAMMAR.behind(ahead & !END);
            }
            assert_ne!(ahead & END, 0, "{} {at}", request.name);
        }
    }
}

/// Who says what, one after the other: whether that is a whole answer, and no other.
fn is_answer(asks: Asks, said: &[&str]) -> bool {
    let mut front = GRAMMAR.start(asks);
    for words in said {
        let (direction, name) = words.split_at(2);
        let direction = if direction == "F " { Direction::Frontend } else { Direction::Backend };
        let message = by_name(name).expect(name);
        let taken = GRAMMAR.takes(direction, message) & front;
        // There is never a choice.
        assert!(taken.count_ones() <= 1, "{asks:?} {said:?}");
        front = GRAMMAR.behind(taken);
    }
    front == END
}

#[test]
fn answers_are_what_the_manual_says() {
    let ready = "B ReadyForQuery";
    for (asks, said, is_right) in [
        (Asks::Query, vec!["B RowDescription", "B DataRow", "B DataRow", "B CommandComplete", ready], true),
        (Asks::Query, vec!["B CommandComplete", "B RowDescription", "B CommandComplete", ready], true),
        (Asks::Query, vec!["B EmptyQueryResponse", ready], true),
        (Asks::Query, vec!["B EmptyQueryResponse", "B CommandComplete", ready], false),
        (Asks::Query, vec!["B DataRow", "B CommandComplete", ready], false),
        (Asks::Query, vec!["B RowDescription", "B DataRow", ready], false),
        (Asks::Query, vec![ready], false),
        (
            Asks::Query,
            vec!["B CopyInResponse", "F CopyData", "F CopyDone", "B CommandComplete", "B CommandComplete", ready],
            true,
        ),
        (Asks::Query, vec!["B CopyOutResponse", "B CopyData", "B CopyDone", "B CommandComplete", ready], true),
        (Asks::Query, vec!["B CopyOutResponse", "B CopyData", "B CommandComplete", ready], false),
        (Asks::Query, vec!["B CopyOutResponse", "B CopyData", "B CopyDone", ready], false),
        // BASE_BACKUP: two archives, and its last result.
        (
            Asks::Query,
            vec!["B RowDescription", "B DataRow", "B CommandComplete"]
                .into_iter()
                .chain(["B CopyOutResponse", "B CopyData", "B CopyDone", "B CopyOutResponse", "B CopyDone"])
                .chain(["B RowDescription", "B DataRow", "B CommandComplete", "B CommandComplete", ready])
                .collect(),
            true,
        ),
        (
            Asks::Query,
            vec!["B CopyBothResponse", "B CopyData", "F CopyData", "F CopyDone", "B CopyData", "B CopyDone"]
                .into_iter()
                .chain(["B RowDescription", "B DataRow", "B CommandComplete", "B CommandComplete", ready])
                .collect(),
            true,
        ),
        (Asks::Execute, vec!["B DataRow", "B PortalSuspended"], true),
        (Asks::Execute, vec!["B EmptyQueryResponse"], true),
        (Asks::Execute, vec!["B NoData"], false),
        (Asks::Execute, vec!["B RowDescription", "B DataRow", "B CommandComplete"], false),
        (Asks::DescribeStatement, vec!["B ParameterDescription", "B NoData"], true),
        (Asks::DescribeStatement, vec!["B RowDescription"], false),
        (Asks::DescribePortal, vec!["B RowDescription"], true),
        (Asks::DescribePortal, vec!["B ParameterDescription", "B RowDescription"], false),
        (Asks::Parse, vec!["B ParseComplete"], true),
        (Asks::Sync, vec![ready], true),
        (Asks::FunctionCall, vec!["B FunctionCallResponse", ready], true),
        (Asks::Cancel, vec![], true),
        (Asks::Tls, vec!["B SSLResponse N"], true),
        (Asks::Gss, vec!["B SSLResponse S"], false),
        (
            Asks::Startup,
            vec!["B AuthenticationSASL", "F SASLInitialResponse", "B AuthenticationSASLContinue", "F SASLResponse"]
                .into_iter()
                .chain(["B AuthenticationSASLFinal", "B AuthenticationOk", "B ParameterStatus"])
                .chain(["B BackendKeyData", "B ParameterStatus", ready])
                .collect(),
            true,
        ),
        (Asks::Startup, vec!["B AuthenticationMD5Password", "B AuthenticationOk", ready], false),
        (Asks::Startup, vec!["B NegotiateProtocolVersion", "B AuthenticationOk", ready], true),
        (
            Asks::Startup,
            vec!["B NegotiateProtocolVersion", "B NegotiateProtocolVersion", "B AuthenticationOk", ready],
            false,
        ),
    ] {
        assert_eq!(is_answer(asks, &said), is_right, "{asks:?} {said:?}");
    }
}

#[test]
fn every_state_is_reached() {
    fn check<State: Copy + PartialEq + Default>(states: &[(State, states::State)], moves: &[&[Move<State>]]) {
        for (state, row) in states {
            let is_led_to = moves.iter().copied().flatten().any(|row| row.to == Some(*state));
            assert!(is_led_to || *state == State::default(), "{}", row.name);
            let is_left =
                moves.iter().copied().flatten().any(|row| {
                    row.to.is_some_and(|to| to != *state) && (row.from.is_empty() || row.from.contains(state))
                });
            assert!(is_left, "nothing leads out of {}", row.name);
        }
    }
    check(SERVER, &[SERVER_READS, SERVER_SAYS]);
    check(CLIENT, &[CLIENT_SAYS, CLIENT_HEARS]);
}

#[test]
fn no_row_of_an_end_is_hidden_by_those_before_it() {
    fn check<State: Copy + PartialEq>(states: &[(State, states::State)], moves: &'static [Move<State>]) {
        let fits = |row: &Move<State>, state: State, message: &'static Message, is_fatal: bool| {
            (row.from.is_empty() || row.from.contains(&state))
                && match row.on {
                    On::Says(messages) | On::Reads(messages) => messages.contains(&message),
                    On::SaysFatal | On::ReadsFatal => is_fatal,
                    On::ReadsAny => true,
                }
        };
        for (at, row) in moves.iter().enumerate() {
            let is_used = states.iter().any(|(state, _)| {
                ALL.iter().any(|message| {
                    let is_error = [&errors::ERROR_RESPONSE, &errors::NOTICE_RESPONSE].contains(message);
                    [false, is_error].into_iter().any(|is_fatal| {
                        let first = moves.iter().position(|row| fits(row, *state, message, is_fatal));
                        first == Some(at)
                    })
                })
            });
            assert!(is_used, "{:?} to {}", row.on, row.to.is_some());
        }
    }
    check(SERVER, SERVER_READS);
    check(SERVER, SERVER_SAYS);
    check(CLIENT, CLIENT_SAYS);
    check(CLIENT, CLIENT_HEARS);
}
