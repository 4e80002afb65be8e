//! Where the fences of a document are: in Markdown of all kinds, in AsciiDoc and in reStructuredText.

/// A block of a document that is Pgscope's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The line of the document in which it opens, from 1.
    pub line: usize,
    /// The last line that belongs to it.
    pub last: usize,
    /// What stands in it, without the indentation of the block.
    pub lines: Vec<String>,
}

/// All fences, in order.
pub fn find(document: &str) -> Vec<Fence> {
    let lines: Vec<&str> = document.lines().collect();
    let mut fences = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let block = markdown(&lines, at).or_else(|| asciidoc(&lines, at)).or_else(|| restructured(&lines, at));
        match block {
            Some(Block { from, to, next, is_ours }) => {
                if is_ours {
                    let indent = line.len() - line.trim_start().len();
                    let own = lines.get(from..to).unwrap_or_default();
                    let least = own.iter().filter(|line| !line.trim().is_empty()).map(|line| indent_of(line)).min();
                    let cut = indent.min(least.unwrap_or(0)).max(if from > at + 1 { least.unwrap_or(0) } else { 0 });
                    let lines = own.iter().map(|line| line.get(cut..).unwrap_or_default().to_owned()).collect();
                    // Lines are counted from the one before the first that stands in it.
                    fences.push(Fence { line: from, last: next, lines });
                }
                at = next.max(at + 1);
            }
            None => at += 1,
        }
    }
    fences
}

/// A block: which lines stand in it, the first line behind it, and whether it is Pgscope's.
struct Block {
    from: usize,
    to: usize,
    next: usize,
    is_ours: bool,
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// Whether the words behind a fence name Pgscope: `pgscope`, `{pgscope}`, `{.pgscope #id}`, `pgscope title="…"`.
fn is_ours(info: &str) -> bool {
    let info = info.trim().trim_start_matches(['{', '.']);
    let word = info.split(|letter: char| letter.is_whitespace() || "},{".contains(letter)).next();
    word == Some("pgscope")
}

fn markdown(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines.get(at)?.trim_start().trim_start_matches("> ");
    let mark = line.chars().next().filter(|mark| "`~:".contains(*mark))?;
    let count = line.chars().take_while(|letter| *letter == mark).count();
    let info = line.get(count..)?;
    if count < 3 || (mark == '`' && info.contains('`')) {
        return None;
    }
    let closes = |line: &&str| {
        let line = line.trim();
        line.chars().all(|letter| letter == mark) && line.len() >= count
    };
    let from = at + 1;
    let to = lines.get(from..)?.iter().position(closes).map_or(lines.len(), |length| from + length);
    Some(Block { from, to, next: to + 1, is_ours: is_ours(info) })
}

/// `[source,pgscope]` or `[pgscope]`, and a block between equal lines.
fn asciidoc(lines: &[&str], at: usize) -> Option<Block> {
    let inside = lines.get(at)?.trim().strip_prefix('[')?.strip_suffix(']')?;
    if !inside.split(',').take(2).any(|word| word.trim() == "pgscope") {
        return None;
    }
    let mark = lines.get(at + 1)?.trim();
    let is_mark = mark.len() >= 4 && ["-", ".", "="].iter().any(|sign| mark.replace(sign, "").is_empty());
    let from = at + 2;
    let length = lines.get(from..)?.iter().position(|line| line.trim() == mark).filter(|_| is_mark)?;
    Some(Block { from, to: from + length, next: from + length + 1, is_ours: true })
}

/// `.. code-block:: pgscope` or `.. pgscope::`, and what is indented below it.
fn restructured(lines: &[&str], at: usize) -> Option<Block> {
    let line = lines.get(at)?;
    let directive = line.trim().strip_prefix("..")?.trim();
    let is_ours = directive == "pgscope::"
        || ["code-block::", "code::", "sourcecode::", "highlight::"]
            .iter()
            .any(|name| directive.strip_prefix(name).is_some_and(|language| language.trim() == "pgscope"));
    if !is_ours {
        return None;
    }
    let own = indent_of(line);
    let is_inside = |line: &&str| line.trim().is_empty() || indent_of(line) > own;
    let mut to = at + 1 + lines.get(at + 1..)?.iter().take_while(|line| is_inside(line)).count();
    // Options stand directly below, and a blank line ends them.
    let is_option = |line: &&str| line.trim().starts_with(':');
    let mut from = at + 1 + lines.get(at + 1..to)?.iter().take_while(|line| is_option(line)).count();
    while from < to && lines.get(from).is_some_and(|line| line.trim().is_empty()) {
        from += 1;
    }
    while to > from && lines.get(to - 1).is_some_and(|line| line.trim().is_empty()) {
        to -= 1;
    }
    Some(Block { from, to, next: to, is_ours: true })
}
