//! What holds for any two streams at all.

use pgscope_proto::{Beginning, Direction, Exchange, Order, Problem, Sides, Stream, Tree};
use pgscope_session::{Course, Index};
use proptest::prelude::*;

/// Some bytes, and now and then something that looks like a message.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let samples: Vec<&'static [u8]> = pgscope_proto::messages::ALL.iter().map(|message| message.sample).collect();
    let sample = (0..samples.len()).prop_map(move |index| samples[index].to_vec());
    let noise = prop::collection::vec(any::<u8>(), 0..20);
    let damaged = (sample.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut bytes, at, byte)| {
        let at = at.index(bytes.len());
        bytes[at] = byte;
        bytes
    });
    prop::collection::vec(prop_oneof![8 => sample, 2 => damaged, 1 => noise], 0..12).prop_map(|parts| parts.concat())
}

fn exchange() -> impl Strategy<Value = Exchange> {
    (stream(), stream(), any::<bool>(), 1..60usize).prop_map(|(frontend, backend, ordered, chunk)| {
        if !ordered {
            return Exchange::two_streams(Stream::raw(frontend), Stream::raw(backend));
        }
        let mut exchange = Exchange { order: Order::Recorded, ..Exchange::default() };
        let (mut client, mut server) = (frontend.chunks(chunk), backend.chunks(chunk));
        loop {
            let (from_client, from_server) = (client.next(), server.next());
            if from_client.is_none() && from_server.is_none() {
                return exchange;
            }
            exchange.push(Direction::Frontend, &Stream::raw(from_client.unwrap_or_default().to_vec()), None);
            exchange.push(Direction::Backend, &Stream::raw(from_server.unwrap_or_default().to_vec()), None);
        }
    })
}

fn rules(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.rule).collect()
}

/// Types whose reading counts, nests or refers.
const TYPES: &[u32] = &[
    16, 18, 23, 30, 602, 604, 869, 1000, 1007, 1016, 1186, 1231, 1560, 1700, 2249, 2287, 2970, 3614, 3615, 3802, 3904,
    4451,
];

/// Some more than the parts of a value may have: 1 MiB, and 64 letters for each byte.
const LONGEST: usize = 2 << 20;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn frames_tile_both_streams_and_leaves_tile_every_frame(exchange in exchange()) {
        let index = Index::new(&exchange);
        let mut ends = [0, 0];
        let mut tree = Tree::new();
        for number in 0..index.len() {
            let entry = index.entry(number).expect("it is there");
            prop_assert_eq!(entry.span.start, ends[entry.direction.index()]);
            ends[entry.direction.index()] = entry.span.end;
            index.tree(&exchange, number, &mut tree);
            let mut at = 0;
            for (_, leaf) in tree.leaves() {
                prop_assert_eq!(leaf.start as usize, at);
                at = leaf.end as usize;
            }
            prop_assert_eq!(at, entry.span.len());
            let plain = index.problems(&exchange, number, &tree);
            let mended = index.problems_with_mends(&exchange, number, &tree);
            prop_assert_eq!(rules(&mended), rules(&plain));
            for problem in mended {
                prop_assert!(problem.span.end <= entry.span.len(), "{:?}", problem);
                let edits = problem.fix.map(|fix| fix.edits).unwrap_or_default();
                prop_assert!(edits.iter().all(|edit| edit.span.end <= entry.span.len()), "{:?}", edits);
                prop_assert!(edits.windows(2).all(|pair| pair[0].span.end <= pair[1].span.start), "{:?}", edits);
            }
            prop_assert_eq!(index.frame_at(entry.direction, entry.span.start).map(|found| found.number), Some(number));
        }
        prop_assert_eq!(ends, Direction::BOTH.map(|side| exchange.stream(side).len()));
    }

    #[test]
    fn slices_find_what_one_pass_finds(exchange in exchange(), slice in 1usize..400) {
        let (whole, mut sliced, mut course) = (Index::new(&exchange), Index::begin(&exchange), Course::default());
        let mut reached = 0;
        while sliced.more(&exchange, slice) {
            let now = sliced.reached().expect("it is not done");
            prop_assert!(now > reached, "each slice goes on");
            reached = now;
            course.more(&exchange, &sliced);
        }
        course.more(&exchange, &sliced);
        let entries = |index: &Index| format!("{:?}", (0..index.len()).map(|number| index.entry(number)).collect::<Vec<_>>());
        prop_assert_eq!(entries(&sliced), entries(&whole));
        let ends = |course: &Course| (0..whole.len()).map(|number| course.after(&exchange, &whole, number)).collect::<Vec<_>>();
        prop_assert_eq!(ends(&course), ends(&Course::new(&exchange, &whole)));
    }

    #[test]
    fn any_bytes_are_a_value_or_none(of_type in 0..TYPES.len(), bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(1), Just(255), any::<u8>()], 0..120)) {
        let text = pgscope_session::values::text_of(TYPES[of_type], &bytes);
        prop_assert!(text.is_none_or(|text| text.len() < LONGEST));
    }
}

/// A login, for which nothing is random but what is damaged.
fn login() -> impl Strategy<Value = Exchange> {
    let text = prop_oneof![
        Just("n,,n=,r=ab"),
        Just("p=tls-server-end-point,,r=ab"),
        Just("r=abcd,s=W22Z,i=10"),
        Just("c=biws,r=abcd,p=dHo="),
        Just("v=6rri"),
        Just(",,,p=")
    ];
    let server = (text.clone(), 10..13u8)
        .prop_map(|(text, code)| [&[b'R', 0, 0, 0, text.len() as u8 + 8, 0, 0, 0, code], text.as_bytes()].concat());
    let client = text.prop_map(|text| [&[b'p', 0, 0, 0, text.len() as u8 + 4], text.as_bytes()].concat());
    let first = Just(b"p\0\0\0\x20SCRAM-SHA-256\0\0\0\0\x0an,,n=,r=ab".to_vec());
    let md5 = Just(b"R\0\0\0\x0c\0\0\0\x05abcd".to_vec());
    let said = prop_oneof![4 => server.prop_map(|said| (Direction::Backend, said)), 4 => client.prop_map(|said| (Direction::Frontend, said)), 2 => first.prop_map(|said| (Direction::Frontend, said)), 1 => md5.prop_map(|said| (Direction::Backend, said))];
    let said = (said, any::<Option<(prop::sample::Index, u8)>>()).prop_map(|((direction, mut bytes), damage)| {
        // The first bytes are seldom what is damaged in a way that matters here.
        if let Some((at, byte)) = damage {
            let at = 5 + at.index(bytes.len() - 5);
            bytes[at] = byte;
        }
        (direction, bytes)
    });
    prop::collection::vec(said, 0..10).prop_map(|said| {
        let mut exchange = Exchange::default();
        exchange.push(Direction::Frontend, &Stream::raw(b"\0\0\0\x11\0\x03\0\0user\0me\0\0".to_vec()), None);
        said.into_iter().for_each(|(direction, bytes)| exchange.push(direction, &Stream::raw(bytes), None));
        exchange
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn any_login_can_be_checked(exchange in login(), password in prop::collection::vec(any::<u8>(), 0..12)) {
        let index = Index::new(&exchange);
        for checked in pgscope_session::authentication::check(&exchange, &index, &password) {
            prop_assert!(checked.verdicts().next().is_some() && !checked.conclusion.is_empty());
            for place in checked.steps.iter().filter_map(|step| step.place) {
                prop_assert!(checked.messages.contains(&place.number));
                let entry = index.entry(place.number).expect("it is there");
                prop_assert!(place.span.end <= entry.span.len());
            }
        }
    }
}

/// What is out of place again and again, failures of one name again and again: each costs the same.
#[test]
fn a_wrong_conversation_takes_linear_time() {
    let message = |tag: u8, body: &[u8]| [&[tag], (body.len() as u32 + 4).to_be_bytes().as_slice(), body].concat();
    let parse = message(b'P', b"s\0SELECT\0\0\0");
    let failed = message(b'E', b"SERROR\0VERROR\0C42601\0Mno\0\0");
    let each = 20_000;
    for (client, server) in [
        (
            [message(b'Q', b"COPY t FROM STDIN\0"), message(b'S', b"").repeat(each)].concat(),
            message(b'G', b"\0\0\0").repeat(each),
        ),
        (parse.repeat(each), message(b'n', b"").repeat(each)),
        (parse.repeat(each), message(b'Z', b"I").repeat(each)),
        ([parse, message(b'S', b"")].concat().repeat(each), [failed, message(b'Z', b"I")].concat().repeat(each)),
    ] {
        let mut exchange = Exchange { sides: Sides::Given, beginning: Beginning::Queries, ..Exchange::default() };
        exchange.push(Direction::Frontend, &Stream::raw(client), None);
        exchange.push(Direction::Backend, &Stream::raw(server), None);
        let index = Index::new(&exchange);
        assert!(index.len() > each);
    }
}
