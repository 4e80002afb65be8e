//! A capture file that a text writes, as base64 or in any other form: it is read as the file is, and each byte keeps the place in the
//! text that it was read from.

use pgscope_proto::{Exchange, SourceMap, Span, Stream};

use crate::form::Form;
use crate::lines::{InputProblem, Problems};
use crate::{Capture, Options, file_form, pcap};

/// The capture that the bytes of a text are, if they are one.
pub(crate) fn capture(read: &[Exchange], options: &Options) -> Option<Capture> {
    let [exchange] = read else { return None };
    let first = exchange.segments.first()?;
    let beginning = exchange.stream(first.direction).bytes.get(first.span.start..)?;
    let (Form::Pcap, magic) = file_form(beginning)? else { return None };
    let mut file = Stream::default();
    exchange.segments.iter().for_each(|segment| file.append(&exchange.stream(segment.direction).part(segment.span)));
    let mut capture = pcap::read(&file.bytes, magic, options);
    for stream in capture.exchanges.iter_mut().flat_map(|exchange| &mut exchange.streams) {
        stream.map = placed(stream, &file.map);
    }
    capture.problems.iter_mut().for_each(|problem| problem.span = source(&file.map, problem.span));
    Some(capture)
}

/// Where in the text the bytes of a stream stand, whose sources are places in the file.
fn placed(stream: &Stream, file: &SourceMap) -> SourceMap {
    let mut map = SourceMap::default();
    for at in 0..stream.len() {
        map.push(source(file, stream.map.source(at).unwrap_or_default()));
    }
    map
}

/// Where some bytes of the file stand in the text.
fn source(file: &SourceMap, span: Span) -> Span {
    let last = file.len().saturating_sub(1);
    let first = file.source(span.start.min(last)).unwrap_or_default();
    let end =
        file.source(span.end.saturating_sub(1).clamp(span.start, last.max(span.start)).min(last)).unwrap_or(first);
    Span::new(first.start, end.end.max(first.end))
}

/// What could not be read, with lines and columns of the text.
pub(crate) fn located(found: Vec<InputProblem>, text: &str) -> Vec<InputProblem> {
    let mut problems = Problems::default();
    found.into_iter().for_each(|problem| problems.add(problem.span, problem.met, problem.expected));
    problems.located(text)
}
