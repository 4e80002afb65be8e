//! A figure for somebody's page: an exchange or a scenario, what is shown of it, and where it opens in Pgscope.
//!
//! Documentation has it in many ways: as a file that `pgscope render` writes, in a fence, as an element. They are all this.

use pgscope_capture::{self as capture, Options};
use pgscope_proto::Exchange;
#[cfg(feature = "sim")]
use pgscope_sim::{Choices, Scenario, shipped};

use crate::Indexed;
use crate::elsewhere::frame;
use crate::link::{Content, Link, Selected, escaped};
use crate::print::hex_of;
use crate::print::html::text;
use crate::print::sequence::{Frame, Panes, html};
use crate::sequence::{Choice, Sequence};

/// What a page can show.
#[derive(Debug)]
pub struct Figure {
    /// What it is called, for who does not see it.
    pub title: String,
    /// Its connections; those in which nothing is said are left out.
    pub connections: Vec<Indexed>,
    /// Which messages are shown, and which is lit.
    pub choice: Choice,
    /// What of each message is shown.
    pub panes: Panes,
    /// The scenario that it is, and its knobs.
    scenario: Option<(String, Vec<(String, String)>)>,
}

/// What plays a scenario, by its name and its knobs.
pub type Play = fn(&str, &[(String, String)]) -> Result<Figure, String>;

/// What figures are made with. A program that is fetched in parts has its own of each.
#[derive(Clone, Copy, Debug)]
pub struct Makers {
    /// Reads bytes in any form.
    pub read: fn(&[u8], &Options) -> capture::Capture,
    /// Plays a scenario that is shipped, with its knobs.
    pub play: Play,
}

#[cfg(feature = "sim")]
impl Makers {
    /// Those of a program that is one.
    pub const WHOLE: Self = Self { read: capture::read, play: Figure::of_scenario };
}

/// The exchange of a figure is in its link up to so many bytes.
const MOST_LINKED: usize = 24 << 10;

/// How much higher than the diagram a frame is: the bar of steps and the last line.
const FRAME: i32 = 96;

/// A figure in an element. Around it stands what every dialect of Markdown knows as a block: in a paragraph a browser would take
/// the figure out of its element.
pub fn in_element(name: &str, figure: &str) -> String {
    format!("<div class=\"pgscope-element\"><{name}>{figure}</{name}></div>")
}

/// An address up to its last folder, whatever stands behind `#`.
fn folder(site: &str) -> String {
    let site = site.split('#').next().unwrap_or_default();
    if site.ends_with('/') { site.to_owned() } else { format!("{}/", site.trim_end_matches("/index.html")) }
}

impl Figure {
    /// Of what was read.
    pub fn of(title: &str, exchanges: Vec<Exchange>) -> Self {
        let connections = exchanges.into_iter().map(Indexed::new).filter(|indexed| !indexed.is_empty()).collect();
        Self {
            title: title.to_owned(),
            connections,
            choice: Choice::default(),
            panes: Panes::default(),
            scenario: None,
        }
    }

    /// Of bytes in any form that can be read; of what cannot be read it is said where and why.
    pub fn of_bytes(bytes: &[u8], options: &Options) -> Result<Self, String> {
        Self::of_read(capture::read(bytes, options))
    }

    /// The same of what was read.
    pub fn of_read(read: capture::Capture) -> Result<Self, String> {
        let figure = Self::of("an exchange", read.exchanges);
        match read.problems.first() {
            Some(problem) if figure.connections.is_empty() => Err(problem.to_string()),
            None if figure.connections.is_empty() => Err("there is no message in it, and nothing to draw".to_owned()),
            _ => Ok(figure),
        }
    }

    /// Of a scenario that is shipped, by its name, with its knobs.
    #[cfg(feature = "sim")]
    pub fn of_scenario(name: &str, set: &[(String, String)]) -> Result<Self, String> {
        let known = shipped::find(name).ok_or_else(|| {
            let names: Vec<&str> = shipped::ALL.iter().map(|scenario| scenario.name).collect();
            format!("there is no scenario {name}; known are {}", names.join(", "))
        })?;
        let scenario = Scenario::read(known.text, &Choices(set.to_vec())).map_err(|error| error.message)?;
        let exchanges = scenario.play().connections.into_iter().map(|connection| connection.exchange).collect();
        let figure = Self::of(&known.name.replace('-', " "), exchanges);
        Ok(Self { scenario: Some((name.to_owned(), set.to_vec())), ..figure })
    }

    /// The diagram of it; an error names the step that is not there, or says that nothing is left.
    pub fn sequence(&self) -> Result<Sequence, String> {
        let connections: Vec<&Indexed> = self.connections.iter().collect();
        let sequence = Sequence::of(&connections, &self.choice).map_err(|error| error.to_string())?;
        match sequence.rows.is_empty() {
            true => Err("no message is left: what is chosen leaves out all of them".to_owned()),
            false => Ok(sequence),
        }
    }

    /// The figure as a piece of HTML. `site` is where Pgscope is, if it is to lead there.
    pub fn html(&self, sequence: &Sequence, site: Option<&str>) -> String {
        let connections: Vec<&Indexed> = self.connections.iter().collect();
        let fragment = self.fragment(sequence);
        let frame = Frame { title: &self.title, fragment: fragment.as_deref(), site };
        // In Markdown a blank line ends a piece of HTML.
        html(sequence, &connections, self.panes, &frame).replace('\n', "&#10;")
    }

    /// The figure in its element, which the loader makes live.
    pub fn element(&self, sequence: &Sequence, site: Option<&str>) -> String {
        in_element("pgscope-exchange", &self.html(sequence, site))
    }

    /// The figure in a frame, which any page can have: `site` is where Pgscope is. Nothing if it is too large for an address.
    pub fn frame(&self, sequence: &Sequence, site: &str) -> Option<String> {
        let address = format!("{}embed.html#{}", folder(site), self.fragment(sequence)?);
        Some(frame(&address, &self.title, (sequence.size.0, sequence.size.1 + FRAME)))
    }

    /// The lines that tell programs which show a link what is behind it; `image` is the address of its picture.
    pub fn open_graph(&self, sequence: &Sequence, site: &str, image: Option<&str>) -> String {
        let address = self.fragment(sequence).map(|fragment| format!("{}#{fragment}", folder(site)));
        let messages: usize = sequence.rows.iter().map(|row| row.count).sum();
        let words = format!("{messages} messages between a PostgreSQL client and server; {}.", sequence.ending);
        let known = [
            ("og:type", Some("website")),
            ("og:site_name", Some("Pgscope")),
            ("og:title", Some(self.title.as_str())),
            ("og:description", Some(&words)),
            ("og:url", address.as_deref()),
            ("og:image", image),
            ("og:image:alt", image.and(Some(&words))),
            ("twitter:card", Some(if image.is_some() { "summary_large_image" } else { "summary" })),
        ];
        let line = |(name, value): (&str, Option<&str>)| {
            let value = text(value?);
            Some(format!("<meta property=\"{name}\" content=\"{value}\">\n"))
        };
        known.into_iter().filter_map(line).collect()
    }

    /// What it was made from, as text that Pgscope reads. Further connections would be read as one with the first.
    pub fn source(&self) -> String {
        self.connections.first().map(|indexed| hex_of(&indexed.exchange)).unwrap_or_default()
    }

    /// What stands behind `#` in the address at which Pgscope shows the same; nothing if that would be too long.
    pub fn fragment(&self, sequence: &Sequence) -> Option<String> {
        let lit = sequence.lit.and_then(|lit| sequence.rows.get(lit)).filter(|row| row.connection == 0);
        let step = lit.map(|row| row.index + 1);
        if let Some((name, set)) = &self.scenario {
            let knobs = set.iter().map(|(knob, value)| format!("&{}={}", escaped(knob), escaped(value)));
            let step = step.map(|step| format!("&step={step}"));
            return Some(std::iter::once(format!("learn={name}")).chain(knobs).chain(step).collect());
        }
        let bytes: usize = self.connections.first()?.exchange.streams.iter().map(|stream| stream.len()).sum();
        if bytes > MOST_LINKED {
            return None;
        }
        let selected = Selected { step, ..Selected::default() };
        Some(Link { content: Content::Text(self.source()), selected, ..Link::default() }.write())
    }
}
