//! Whatever a wire and the world outside do to a scenario, both ends come to rest in states that have names.

use pgscope_view::proto::Direction;
use pgscope_view::sim::{Choices, Damage, Event, Scenario, client, server, shipped};

use crate::session;

/// How long a scenario may go on, in microseconds of its own clock.
const LONGEST_US: u64 = 600_000_000;
const MOST_OPERATIONS: usize = 16;

/// Plays a scenario that is interfered with.
///
/// The first byte chooses the scenario. Operations of four bytes follow: what is done, where (two bytes), and how.
pub fn simulation(input: &[u8]) {
    let Some((number, operations)) = input.split_first() else { return };
    let Some(shipped) = shipped::ALL.get(usize::from(*number) % shipped::ALL.len()) else { return };
    let mut scenario = Scenario::read(shipped.text, &Choices::default()).expect("shipped scenarios can be read");
    scenario.world.iterations = 2;
    let (operations, _) = operations.as_chunks::<4>();
    for [what, high, low, how] in operations.iter().take(MOST_OPERATIONS) {
        let direction = crate::direction(what >> 7);
        let offset = usize::from(u16::from_be_bytes([*high, *low])) % 2048;
        let at = offset as u64 * 10;
        match what & 7 {
            0 | 1 => scenario.wire.damages.push(Damage::Byte { direction, offset, value: *how }),
            2 => scenario.wire.damages.push(Damage::Cut { direction, offset }),
            3 => scenario.wire.damages.push(Damage::Drop { direction, offset, count: usize::from(*how) }),
            4 => scenario.wire.damages.push(Damage::Delay { direction, offset, by_us: u64::from(*how) * 1000 }),
            5 => scenario.wire.segment = Some(usize::from(*how).max(1)),
            6 => scenario.events.push((at, Event::Cancel)),
            _ => scenario.events.push((at, if how & 1 == 0 { Event::Terminate } else { Event::Crash })),
        }
    }
    let mut simulation = scenario.simulation();
    simulation.connect(scenario.settings.clone(), scenario.actions.clone());
    let played = simulation.run_until(LONGEST_US);
    assert!(played.at_rest, "{} does not come to rest", shipped.name);
    let main = played.main();
    let [its_client, its_server] = main.states;
    assert!(client::STATES.contains(&its_client), "{its_client}");
    assert!(server::STATES.contains(&its_server), "{its_server}");
    for direction in Direction::BOTH {
        let stream = main.exchange.stream(direction);
        let received: usize = main
            .exchange
            .segments
            .iter()
            .filter(|segment| segment.direction == direction)
            .map(|segment| segment.span.len())
            .sum();
        assert_eq!(received, stream.len(), "segments cover the stream");
    }
    session::indexed(&pgscope_view::Indexed::new(main.exchange.clone()));
}
