//! The narration of a scenario: Markdown beside it, in chapters and steps.
//!
//! What stands before the first heading introduces the scenario. A heading of the first level opens a chapter. One of the
//! second level names the message that its text belongs to: `## F Query` or `## B ReadyForQuery 2` for the second, and behind that
//! with which choices it is told, if not always: `## F Query 2 ?exit=commit`. The last one is `## Questions`: what one can answer now,
//! and which message shows it.

use super::ScenarioError;
use super::lines::{CONDITION, holds};
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
    /// With which choices of a knob it is told, as in a line of the scenario.
    pub conditions: Vec<String>,
    /// Markdown.
    pub text: String,
}

/// What one can answer at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The question, in Markdown.
    pub question: String,
    /// The answer, in Markdown.
    pub answer: String,
    /// Which message shows it.
    pub anchor: Anchor,
}

/// All texts of a scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Narration {
    /// What is said before the first step.
    pub introduction: String,
    /// The steps.
    pub steps: Vec<Step>,
    /// The questions.
    pub questions: Vec<Question>,
}

/// The heading of the last section.
const QUESTIONS: &str = "Questions";

impl Narration {
    /// Reads the Markdown; a heading that names no message, and a question without an answer, are errors with their places.
    pub fn read(text: &str) -> Result<Self, ScenarioError> {
        let mut narration = Self::default();
        let mut chapter = None;
        let mut lines = text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if line.strip_prefix("## ").is_some_and(|heading| heading.trim() == QUESTIONS) {
                narration.questions = questions(&mut lines)?;
            } else if let Some(heading) = line.strip_prefix("## ") {
                let mut parts = heading.split(" ?");
                let anchor = parts.next().and_then(|anchor| Anchor::read(anchor.trim()));
                let anchor = anchor.ok_or_else(|| wrong(number, 4, "a step is `## F Message` or `## B Message 2`"))?;
                let conditions: Vec<String> = parts.map(|condition| condition.trim().to_owned()).collect();
                if let Some(odd) = conditions.iter().find(|condition| !condition.contains('=')) {
                    let column =
                        heading.find(&format!("?{odd}")).map_or(4, |at| heading.split_at(at).0.chars().count() + 4);
                    return Err(wrong(number, column, CONDITION));
                }
                narration.steps.push(Step { chapter: chapter.clone(), anchor, conditions, text: String::new() });
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

    /// Nothing is left of what is not told where knobs are set so.
    ///
    /// # Errors
    ///
    /// In words, where a condition names a knob that is not there.
    pub fn told(mut self, set: &[(String, String)]) -> Result<Self, String> {
        let mut wrong = None;
        self.steps.retain(|step| {
            step.conditions.iter().all(|condition| {
                holds(condition, set).unwrap_or_else(|why| {
                    wrong = Some(why);
                    false
                })
            })
        });
        wrong.map_or(Ok(self), Err)
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

/// The questions, up to the end of the text.
fn questions<'a>(lines: impl Iterator<Item = (usize, &'a str)>) -> Result<Vec<Question>, ScenarioError> {
    const FORM: &str = "a question is `? What …`, and below it `= The answer. [F Message]`";
    let mut questions = Vec::new();
    let mut open: Option<(usize, String, Option<String>)> = None;
    for (number, line) in lines {
        if let Some(asked) = line.strip_prefix("? ").filter(|_| open.is_none()) {
            open = Some((number, asked.trim().to_owned(), None));
            continue;
        }
        if line.trim().is_empty() && open.is_none() {
            continue;
        }
        let Some((_, question, answer)) = &mut open else { return Err(wrong(number, 1, FORM)) };
        let more = match line.strip_prefix("= ") {
            Some(begun) if answer.is_none() => {
                *answer = Some(String::new());
                begun
            }
            _ if line.trim().is_empty() || ["? ", "= ", "#"].iter().any(|sign| line.starts_with(sign)) => {
                return Err(wrong(number, 1, FORM));
            }
            _ => line,
        };
        let (more, shown) = match more.trim_end().strip_suffix(']').and_then(|more| more.rsplit_once('[')) {
            Some((more, shown)) if answer.is_some() => (more, Some(shown)),
            _ => (more, None),
        };
        let text = answer.as_mut().unwrap_or(question);
        text.push_str(if text.is_empty() { "" } else { " " });
        text.push_str(more.trim());
        let Some(shown) = shown else { continue };
        let column = line.rfind('[').map_or(1, |at| line.split_at(at).0.chars().count() + 2);
        let anchor = Anchor::read(shown)
            .ok_or_else(|| wrong(number, column, "what shows it is `[F Message]` or `[B Message 2]`"))?;
        let (_, question, answer) = open.take().unwrap_or_default();
        questions.push(Question { question, answer: answer.unwrap_or_default().trim().to_owned(), anchor });
    }
    match open {
        Some((number, ..)) => Err(wrong(number, 1, FORM)),
        None => Ok(questions),
    }
}

fn wrong(number: usize, column: usize, message: &str) -> ScenarioError {
    ScenarioError { line: number + 1, column, message: message.to_owned() }
}
