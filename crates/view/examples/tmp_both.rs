use pgscope_view::engine::*;
use pgscope_view::sim::shipped;
fn main() {
    let name = std::env::args().nth(1).unwrap();
    let reads = std::env::args().nth(2).is_some_and(|a| a == "reads");
    let knobs: Vec<(String, String)> =
        std::env::args().skip(3).filter_map(|a| a.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()))).collect();
    let s = shipped::find(&name).unwrap();
    let p = pgscope_view::play(s.text, s.narration, knobs).unwrap();
    let mut engine = Engine::default();
    let Taught::Played(played) = engine.teach(Lessons::Play { performance: p.to_bytes(), undamaged: None }) else {
        panic!()
    };
    let stops: Vec<(usize, Option<usize>)> = if reads {
        played.reads.iter().map(|s| (s.number, s.read)).collect()
    } else {
        (0..played.loaded.messages).map(|n| (n, None)).collect()
    };
    for (number, read) in stops {
        let Taught::Moment(m) = engine.teach(Lessons::Moment { number, read }) else { panic!() };
        let Reply::Rows(rows) = engine.answer(Request::Rows { from: number, to: number + 1 }) else { panic!() };
        println!(
            "== {number} {read:?} {} {} | {:?} +{:?} stuck={}",
            rows[0].direction, rows[0].name, m.both.at_us, m.both.after_us, m.both.is_stuck
        );
        if std::env::var("Q").is_ok() {
            if let Taught::Question(q) = engine.teach(Lessons::Question { number, read }) {
                println!("  ?? {}", q.asks);
                for c in &q.choices {
                    println!("     {:?} {} — {}", c.verdict, c.label, c.why.chars().take(110).collect::<String>());
                }
            }
        }
        for (who, p) in [("C", &m.both.client), ("S", &m.both.server)] {
            println!(
                "  {who} {:12} {} | {}->{} | inbox t{} u{}+{} miss{} way{} | holds {:?} | {:?}",
                p.state,
                p.does,
                p.before,
                p.by,
                p.inbox.taken.len(),
                p.inbox.unread.len(),
                p.inbox.more,
                p.inbox.missing,
                p.inbox.under_way,
                p.holds,
                p.marks.iter().map(|(a, b)| format!("{a}:{b:?}")).collect::<Vec<_>>().join(" ")
            );
        }
        println!(
            "  {}",
            m.both
                .facts
                .iter()
                .map(|f| format!("{}{}={}", if f.is_new { "*" } else { "" }, f.name, f.value))
                .collect::<Vec<_>>()
                .join("; ")
        );
    }
}
