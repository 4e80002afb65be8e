//! The narration of a scenario: Markdown beside it, in chapters and steps.
//!
//! What stands before the first heading introduces the scenario. A heading of the first level opens a chapter. One of the
//! second level names the message that its text belongs to: `## F Query` or `## B ReadyForQuery 2` for the second.

use pgscope_proto::Direction;

/// Which message a step is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Who says it.
    pub direction: Direction,
    /// Its name.
    pub message: String,
    /// The how-manieth of that name and direction, from 1.
    pub nth: usize,
}

/// The text of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The chapter, if one was opened.
    pub chapter: Option<String>,
    /// Which message it is about.
    pub anchor: Anchor,
    /// Markdown.
    pub text: String,
}

/// All texts of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narration {
    /// What is said before the first step.
    pub introduction: String,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Narration {
    /// Reads the Markdown; a heading that names no message is an error with its line.
    pub fn read(text: &str) -> Result<Self, super::ScenarioError> {
        let mut narration = Self::default();
        let mut chapter = None;
        for (number, line) in text.lines().enumerate() {
            if let Some(heading) = line.strip_prefix("## ") {
                let wrong = || super::ScenarioError {
                    line: number + 1,
                    column: 4,
                    message: "a step is `## F Message` or `## B Message 2`".to_owned(),
                };
                let anchor = Anchor::read(heading.trim()).ok_or_else(wrong)?;
                narration.steps.push(Step { chapter: chapter.clone(), anchor, text: String::new() });
            } else if let Some(title) = line.strip_prefix("# ") {
                chapter = Some(title.trim().to_owned());
            } else {
                let text = narration.steps.last_mut().map_or(&mut narration.introduction, |step| &mut step.text);
                text.push_str(line);
                text.push('\n');
            }
        }
        for step in &mut narration.steps {
            step.text = step.text.trim().to_owned();
        }
        narration.introduction = narration.introduction.trim().to_owned();
        Ok(narration)
    }

    /// The step about this message.
    pub fn step(&self, direction: Direction, message: &str, nth: usize) -> Option<&Step> {
        self.steps
            .iter()
            .find(|step| step.anchor.direction == direction && step.anchor.message == message && step.anchor.nth == nth)
    }
}

impl Anchor {
    fn read(heading: &str) -> Option<Self> {
        let (side, name) = heading.split_once(' ')?;
        let direction = match side {
            "F" => Direction::Frontend,
            "B" => Direction::Backend,
            _ => return None,
        };
        let (message, nth) = match name.rsplit_once(' ') {
            Some((message, nth)) if nth.bytes().all(|byte| byte.is_ascii_digit()) => (message, nth.parse().ok()?),
            _ => (name, 1),
        };
        Some(Self { direction, message: message.to_owned(), nth })
    }
}
