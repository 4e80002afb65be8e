//! Files that `tcpflow` writes: one for what each end of a connection sent, whose name says who sent it to whom.
//!
//! ```text
//! 010.000.000.002.40000-010.000.000.001.05432      what 10.0.0.2 sent to PostgreSQL
//! 010.000.000.001.05432-010.000.000.002.40000      what it answered
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use pgscope_proto::Direction;

use crate::frames::End;
use crate::tcp::POSTGRES;

/// One file, or two that are the two ends of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Together {
    /// The number of the first file among those that were named.
    pub first: usize,
    /// The number of the one that holds what the other end sent.
    pub second: Option<usize>,
    /// Who sent what is in the first, where the names say it.
    pub direction: Option<Direction>,
    /// The addresses of who sent the first, and of the other, where the names say them.
    pub ends: Option<[String; 2]>,
}

/// Who sent what is in a file, and to whom.
#[derive(Debug, PartialEq, Eq)]
struct Flow {
    from: (IpAddr, u16),
    to: (IpAddr, u16),
    /// What stands behind that, in both names of a connection.
    mark: String,
}

/// Which of the files with these names belong together: each is in the answer once, in the order of the names.
///
/// ```
/// use pgscope_capture::flows::together;
///
/// let names = ["127.000.000.001.05432-127.000.000.001.40000", "notes.txt", "127.000.000.001.40000-127.000.000.001.05432"];
/// let found = together(&names);
/// assert_eq!(found.iter().map(|one| (one.first, one.second)).collect::<Vec<_>>(), [(2, Some(0)), (1, None)]);
/// assert_eq!(found[0].ends, Some(["127.0.0.1:40000".to_owned(), "127.0.0.1:5432".to_owned()]));
/// ```
pub fn together(names: &[impl AsRef<str>]) -> Vec<Together> {
    let flows: Vec<Option<Flow>> = names.iter().map(|name| Flow::of_name(name.as_ref())).collect();
    let mut taken = vec![false; names.len()];
    let mut all = Vec::new();
    for (nth, flow) in flows.iter().enumerate() {
        if taken.get(nth).is_some_and(|taken| *taken) {
            continue;
        }
        let Some(flow) = flow else {
            all.push(Together { first: nth, second: None, direction: None, ends: None });
            continue;
        };
        let answers = |other: &Option<Flow>| other.as_ref().is_some_and(|other| other.answers(flow));
        let other = flows.iter().skip(nth + 1).position(answers).map(|at| nth + 1 + at);
        let other = other.filter(|other| taken.get(*other) == Some(&false));
        other.and_then(|other| taken.get_mut(other)).into_iter().for_each(|taken| *taken = true);
        let (direction, [from, to]) = (flow.direction(), flow.ends());
        all.push(match (other, direction) {
            // What the client sent comes first.
            (Some(other), Some(Direction::Backend)) => Together {
                first: other,
                second: Some(nth),
                direction: Some(Direction::Frontend),
                ends: Some([to, from]),
            },
            (second, direction) => Together { first: nth, second, direction, ends: Some([from, to]) },
        });
    }
    all
}

/// The two ends in the line that `tcpflow -c` writes above what one of them sent: `127.000.000.001.40000-127.000.000.001.05432: `.
pub(crate) fn heading(line: &str) -> Option<(End, End)> {
    let flow = Flow::of_name(line.trim_end().strip_suffix(':')?)?;
    let end = |(address, port): (IpAddr, u16)| (address.to_string().as_str().into(), port);
    Some((end(flow.from), end(flow.to)))
}

impl Flow {
    fn of_name(name: &str) -> Option<Self> {
        let (from, rest) = name.split_once('-')?;
        let to = rest.get(..rest.find(['-', 'c']).unwrap_or(rest.len()))?;
        let mark = rest.get(to.len()..)?;
        let is_mark = |rest: &str| rest.chars().all(|letter| letter.is_ascii_digit() || letter == '-' || letter == 'c');
        Some(Flow { from: end(from)?, to: end(to)?, mark: Some(mark).filter(|mark| is_mark(mark))?.to_owned() })
    }

    fn answers(&self, other: &Flow) -> bool {
        (&self.from, &self.to, &self.mark) == (&other.to, &other.from, &other.mark)
    }

    fn direction(&self) -> Option<Direction> {
        match (self.from.1 == POSTGRES, self.to.1 == POSTGRES) {
            (true, false) => Some(Direction::Backend),
            (false, true) => Some(Direction::Frontend),
            _ => None,
        }
    }

    fn ends(&self) -> [String; 2] {
        [&self.from, &self.to].map(|(address, port)| match address {
            IpAddr::V4(address) => format!("{address}:{port}"),
            IpAddr::V6(address) => format!("[{address}]:{port}"),
        })
    }
}

/// An address and a port, each with all its digits. Before the first one may stand when it was.
fn end(text: &str) -> Option<(IpAddr, u16)> {
    let (address, port) = text.rsplit_once('.')?;
    let port = Some(port).filter(|port| port.len() == 5)?.parse().ok()?;
    let address = address.rsplit_once('T').map_or(address, |(_, address)| address);
    if address.contains(':') {
        return Some((IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port));
    }
    let mut parts = address.split('.').map(|part| Some(part).filter(|part| part.len() == 3)?.parse::<u8>().ok());
    let address = Ipv4Addr::new(parts.next()??, parts.next()??, parts.next()??, parts.next()??);
    parts.next().is_none().then_some((IpAddr::V4(address), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Vec<(usize, Option<usize>, Option<Direction>)> {
        together(names).into_iter().map(|one| (one.first, one.second, one.direction)).collect()
    }

    #[test]
    fn names_lead_to_their_ends() {
        let (one, two) = ("010.000.000.002.40000-010.000.000.001.05432", "010.000.000.001.05432-010.000.000.002.40000");
        assert_eq!(found(&[one, two]), [(0, Some(1), Some(Direction::Frontend))]);
        assert_eq!(found(&[two, one]), [(1, Some(0), Some(Direction::Frontend))]);
        assert_eq!(found(&[two]), [(0, None, Some(Direction::Backend))]);
        // The same ends once more, in another VLAN, and when it was.
        let [again, answer] = [one, two].map(|name| format!("{name}c1"));
        assert_eq!(
            found(&[&again, one, two, &answer])[..2],
            [(0, Some(3), Some(Direction::Frontend)), (1, Some(2), Some(Direction::Frontend))]
        );
        let [vlan, answer] = [one, two].map(|name| format!("1767225600T{name}--5"));
        assert_eq!(found(&[&vlan, &answer]), [(0, Some(1), Some(Direction::Frontend))]);
        let six = ["0000:0000:0000:0000:0000:0000:0000:0001.40000-0000:0000:0000:0000:0000:0000:0000:0001.06432"; 1];
        assert_eq!(together(&six)[0].ends, Some(["[::1]:40000".to_owned(), "[::1]:6432".to_owned()]));
        assert_eq!(found(&six), [(0, None, None)]);
    }

    #[test]
    fn what_is_named_otherwise_is_a_file_of_its_own() {
        for name in [
            "",
            "-",
            "client.bin",
            "10.0.0.2.40000-10.0.0.1.5432",
            "010.000.000.002.40000-010.000.000.001.05432-HTTP.html",
        ] {
            assert_eq!(together(&[name]), [Together { first: 0, second: None, direction: None, ends: None }], "{name}");
        }
    }
}
