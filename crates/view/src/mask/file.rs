//! An input that is masked in the form in which it came; where that form has no room for it, or holds what nobody knows, the
//! exchange is written anew.

use pgscope_capture::{self as capture, Capture, Form, Options, Placed};
use pgscope_proto::{Direction, Exchange, Span};

use super::dump::{Token, rewritten_text};
use super::{Key, Kinds, Refusal, difference, exchanges, whole};
use crate::Indexed;
use crate::print::{hex_of, pcapng, pqtrace};

/// How an input was written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// In its own form: each byte where it was.
    InPlace,
    /// Anew, in its own form.
    Anew,
    /// Anew, as hex.
    Hex,
    /// Anew, as a capture file.
    Pcapng,
}

/// A masked input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The file.
    pub bytes: Vec<u8>,
    /// How it was written.
    pub written: Written,
}

/// Masks what was read of an input. `options` are those with which it was read.
pub fn input(input: &[u8], capture: Capture, options: &Options, kinds: Kinds, key: &Key) -> Result<Output, Refusal> {
    let form = capture.form;
    let connections: Vec<Indexed> = capture.exchanges.into_iter().map(Indexed::new).collect();
    if connections.iter().all(Indexed::is_empty) {
        return Err(Refusal::whole(format!(
            "there are no bytes of a connection in it, and nothing to mask: {}",
            capture.reason
        )));
    }
    let masked = exchanges(&connections, kinds, key)?;
    let input = Input { bytes: input, form, options, connections: &connections, masked: &masked };
    let ways: [&dyn Fn() -> Option<Output>; 4] =
        [&|| input.in_place(), &|| input.anew(), &|| input.hex(), &|| input.pcapng()];
    let output = ways.iter().filter_map(|way| way()).find(|output| input.is_read_again(output));
    output.ok_or_else(|| {
        Refusal::whole("the masked exchange cannot be written so that it reads as this one: who sent what, or where it begins, is a guess here. --direction and --begins say it")
    })
}

struct Input<'a> {
    bytes: &'a [u8],
    form: Form,
    options: &'a Options,
    connections: &'a [Indexed],
    masked: &'a [Exchange],
}

impl Input<'_> {
    /// What was written reads as what it should.
    fn is_read_again(&self, output: &Output) -> bool {
        // Who spoke is said in what is written anew.
        let said = match output.written {
            Written::InPlace => *self.options,
            _ => Options { beginning: self.options.beginning, ..Options::default() },
        };
        let read = capture::read(&output.bytes, &said).exchanges;
        let full: Vec<_> =
            self.connections.iter().zip(self.masked).filter(|(indexed, _)| !indexed.is_empty()).collect();
        let again: Vec<Indexed> = read.into_iter().filter(|one| !one.is_empty()).map(Indexed::new).collect();
        let is_same = |((indexed, masked), again): (&(&Indexed, &Exchange), &Indexed)| {
            let same = |direction| masked.stream(direction).bytes == again.exchange.stream(direction).bytes;
            Direction::BOTH.into_iter().all(same) && difference(indexed, again).is_none()
        };
        full.len() == again.len() && full.iter().zip(&again).all(is_same)
    }

    fn in_place(&self) -> Option<Output> {
        let bytes = match self.form {
            Form::Pcap => capture::rewritten(self.bytes, &self.placed())?,
            Form::Raw | Form::CopyFile => self.placed().bytes,
            _ => self.text()?.into_bytes(),
        };
        Some(Output { bytes, written: Written::InPlace })
    }

    /// The input with all its bytes in their places, and zeros elsewhere.
    fn placed(&self) -> Placed {
        let mut placed = Placed { bytes: vec![0; self.bytes.len()], is_known: vec![false; self.bytes.len()] };
        for exchange in self.masked {
            for stream in &exchange.streams {
                let mut at = 0;
                for source in stream.map.sources(Span::new(0, stream.len())) {
                    let new = stream.bytes.get(at..at + source.len()).unwrap_or_default();
                    at += source.len();
                    if let (Some(place), Some(known)) = (
                        placed.bytes.get_mut(source.start..source.end),
                        placed.is_known.get_mut(source.start..source.end),
                    ) && place.len() == new.len()
                    {
                        place.copy_from_slice(new);
                        known.fill(true);
                    }
                }
            }
        }
        if self.form == Form::CopyFile {
            keep_signature(&mut placed, self.bytes);
        }
        placed
    }

    fn text(&self) -> Option<String> {
        let text = std::str::from_utf8(self.bytes).ok()?;
        let mut tokens = Vec::new();
        for (indexed, masked) in self.connections.iter().zip(self.masked) {
            for direction in Direction::BOTH {
                let (old, new) = (indexed.exchange.stream(direction), masked.stream(direction));
                for (at, (was, now)) in old.bytes.iter().zip(&new.bytes).enumerate() {
                    tokens.push(Token { span: old.map.source(at)?, was: *was, now: *now });
                }
            }
        }
        tokens.sort_by_key(|token| token.span.start);
        let are_apart = tokens.windows(2).all(|two| matches!(two, [one, two] if one.span.end <= two.span.start));
        are_apart.then(|| rewritten_text(text, &tokens))?
    }

    /// In its own form, if that is one that is printed here.
    fn anew(&self) -> Option<Output> {
        let ([_], Form::PqTrace) = (self.masked, self.form) else { return None };
        let indexed = whole(self.masked.first()?.clone());
        let mut tree = pgscope_proto::Tree::new();
        let mut out = String::new();
        for number in 0..indexed.index.len() {
            let (entry, _) = indexed.check(number, &mut tree)?;
            let phase = indexed.index.phase(number);
            out += &pqtrace::line(&entry, phase, &tree, indexed.bytes(&entry), pqtrace::Libpq::V18);
            out.push('\n');
        }
        Some(Output { bytes: out.into_bytes(), written: Written::Anew })
    }

    fn hex(&self) -> Option<Output> {
        let [masked] = self.masked else { return None };
        Some(Output { bytes: hex_of(masked).into_bytes(), written: Written::Hex })
    }

    fn pcapng(&self) -> Option<Output> {
        let masked: Vec<&Exchange> = self.masked.iter().filter(|exchange| !exchange.is_empty()).collect();
        Some(Output { bytes: pcapng::file(&masked), written: Written::Pcapng })
    }
}

/// A file of COPY begins with what says so.
fn keep_signature(placed: &mut Placed, input: &[u8]) {
    const SIGNATURE: usize = 11;
    for (new, old) in placed.bytes.iter_mut().zip(input).take(SIGNATURE) {
        *new = *old;
    }
}
