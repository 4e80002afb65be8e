//! What must hold of every scenario, whatever the wire does.

use pgscope_proto::Direction;
use pgscope_sim::{Choices, Damage, Event, Played, Scenario, Simulation, client, server, shipped};
use proptest::prelude::*;

/// What both ends said, as bytes: with the same randomness the same messages are the same bytes.
fn streams(played: &Played) -> Vec<[Vec<u8>; 2]> {
    let both = |exchange: &pgscope_proto::Exchange| Direction::BOTH.map(|side| exchange.stream(side).bytes.clone());
    played.connections.iter().map(|connection| both(&connection.exchange)).collect()
}

fn scenario(number: usize) -> Scenario {
    let mut scenario = Scenario::read(shipped::ALL[number].text, &Choices::default()).unwrap();
    // The proofs are held to the RFC elsewhere: here they only cost time.
    scenario.world.iterations = 4;
    scenario
}

fn named(played: &Played) -> bool {
    let [client, server] = played.main().states;
    client::STATES.contains(&client) && server::STATES.contains(&server)
}

#[test]
fn any_segmentation_gives_the_same_messages() {
    for (number, shipped) in shipped::ALL.iter().enumerate() {
        // A wire that is damaged or breaks at a byte loses what else was in the segment.
        let whole = scenario(number);
        let expected = streams(&whole.play());
        for size in [1, 2, 3, 5, 7, 64, 1000] {
            let mut cut = whole.clone();
            cut.wire.segment = Some(size);
            // Two things at once come in any order.
            if !["copy-in-error", "direct-tls", "ssl-request"].contains(&shipped.name) {
                assert_eq!(streams(&cut.play()), expected, "{} in pieces of {size}", shipped.name);
            }
        }
    }
}

#[test]
fn any_damaged_byte_ends_in_named_states() {
    for (number, shipped) in shipped::ALL.iter().enumerate() {
        let whole = scenario(number);
        let played = whole.play();
        let sent = &played.main().exchange;
        for direction in Direction::BOTH {
            let bytes = &sent.stream(direction).bytes;
            for (offset, byte) in bytes.iter().enumerate() {
                let value = [0x00, 0xff, byte ^ 1, byte ^ 0x40][offset % 4];
                let mut damaged = whole.clone();
                damaged.wire.damages.push(Damage::Byte { direction, offset, value });
                let played = damaged.play();
                assert!(played.at_rest, "{}: {direction:?} {offset}", shipped.name);
                assert!(named(&played), "{}: {direction:?} {offset}", shipped.name);
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Damage(Damage),
    Event(u64, Event),
    Segment(usize),
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Frontend), Just(Direction::Backend)]
}

fn operation() -> impl Strategy<Value = Operation> {
    let at = 0..900usize;
    prop_oneof![
        (direction(), at.clone(), any::<u8>())
            .prop_map(|(direction, offset, value)| { Operation::Damage(Damage::Byte { direction, offset, value }) }),
        (direction(), at.clone()).prop_map(|(direction, offset)| Operation::Damage(Damage::Cut { direction, offset })),
        (direction(), at.clone(), 1..40usize)
            .prop_map(|(direction, offset, count)| { Operation::Damage(Damage::Drop { direction, offset, count }) }),
        (direction(), at, 0..5_000_000u64)
            .prop_map(|(direction, offset, by_us)| { Operation::Damage(Damage::Delay { direction, offset, by_us }) }),
        (0..10_000u64).prop_map(|at| Operation::Event(at, Event::Terminate)),
        (0..10_000u64).prop_map(|at| Operation::Event(at, Event::Crash)),
        (0..10_000u64).prop_map(|at| Operation::Event(at, Event::Cancel)),
        (1..50usize).prop_map(Operation::Segment),
    ]
}

fn play(scenario: &mut Scenario, operations: &[Operation]) -> Played {
    for operation in operations {
        match operation.clone() {
            Operation::Damage(damage) => scenario.wire.damages.push(damage),
            Operation::Event(at, event) => scenario.events.push((at, event)),
            Operation::Segment(size) => scenario.wire.segment = Some(size),
        }
    }
    let mut simulation: Simulation = scenario.simulation();
    simulation.connect(scenario.settings.clone(), scenario.actions.clone());
    simulation.run_until(600_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_happens_it_ends_and_happens_again(
        number in 0..shipped::ALL.len(),
        operations in prop::collection::vec(operation(), 0..5),
    ) {
        let first = play(&mut scenario(number), &operations);
        prop_assert!(first.at_rest);
        prop_assert!(named(&first));
        let again = play(&mut scenario(number), &operations);
        prop_assert_eq!(first, again);
    }

    #[test]
    fn no_bytes_bring_a_server_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let world = scenario(0).world;
        let mut talk = pgscope_sim::Talk::with_server(world, 1, pgscope_sim::Random::seeded(1));
        talk.connect(0);
        talk.give(&bytes, 1);
        talk.end(2);
        prop_assert!(server::STATES.contains(&talk.state()));
    }

    #[test]
    fn no_bytes_bring_a_client_down(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let scenario = scenario(0);
        let random = pgscope_sim::Random::seeded(1);
        let mut talk = pgscope_sim::Talk::with_client(scenario.settings, scenario.actions, random);
        talk.connect(0);
        talk.give(&bytes, 1);
        talk.end(2);
        prop_assert_eq!(talk.state(), "closed");
    }
}
