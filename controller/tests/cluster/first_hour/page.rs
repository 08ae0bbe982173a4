//! A page of the guide, as somebody follows it at a shell.

/// A block of commands, and what is shown of their output, if anything is.
#[derive(Debug, PartialEq)]
pub struct Block {
    /// The heading that it stands under.
    pub section: String,
    pub commands: String,
    pub shown: Option<String>,
}

impl Block {
    /// Whether it only looks: somebody who doesn't see yet what is shown looks again.
    pub fn only_looks(&self) -> bool {
        let changes = ["apply", "scale", "patch", "label"];
        !self.commands.split_whitespace().any(|word| changes.contains(&word))
    }
}

/// Each block of `sh` with the block of `text` that comes next, if that is before the next one of `sh`.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut section = String::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            heading.clone_into(&mut section);
        }
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        let text: String = inside.flat_map(|line| [line.get(indent..).unwrap_or_default(), "\n"]).collect();
        match language {
            "sh" => blocks.push(Block { section: section.clone(), commands: text, shown: None }),
            "text" => {
                let block = blocks.last_mut().unwrap_or_else(|| panic!("output before any command:\n{text}"));
                assert_eq!(block.shown.replace(text), None, "two outputs of\n{}", block.commands);
            }
            other => panic!("a block that is neither run nor shown: {other}"),
        }
    }
    blocks
}

/// Whether `printed` is as `shown`, where `…` stands for anything in a line, and in a line of its own for any lines. Blanks at the end of
/// a line don't count.
pub fn matches(shown: &str, printed: &str) -> bool {
    let [shown, printed] =
        [shown, printed].map(|text| text.trim_end().lines().map(str::trim_end).collect::<Vec<_>>());
    lines_match(&shown, &printed)
}

fn lines_match(shown: &[&str], printed: &[&str]) -> bool {
    match shown.split_first() {
        None => printed.is_empty(),
        Some((line, rest)) if line.trim() == "…" => {
            (0..=printed.len()).any(|skipped| lines_match(rest, &printed[skipped..]))
        }
        Some((line, rest)) => printed
            .split_first()
            .is_some_and(|(first, others)| line_matches(line, first) && lines_match(rest, others)),
    }
}

fn line_matches(shown: &str, printed: &str) -> bool {
    match shown.split_once('…') {
        None => shown == printed,
        Some((start, rest)) => printed.strip_prefix(start).is_some_and(|printed| {
            let starts = printed.char_indices().map(|(at, _)| at).chain([printed.len()]);
            starts.filter_map(|at| printed.get(at..)).any(|after| line_matches(rest, after))
        }),
    }
}

#[test]
fn an_output_belongs_to_the_commands_before_it() {
    let page = "# Page\n## First\n1. Do:\n   ```sh\n   one\n     two\n   ```\n   ```text\n   done\n   ```\n## Second\n```sh\nthree\n```\n";
    let block = |section: &str, commands: &str, shown: Option<&str>| Block {
        section: section.to_owned(),
        commands: commands.to_owned(),
        shown: shown.map(str::to_owned),
    };
    assert_eq!(
        blocks(page),
        [block("First", "one\n  two\n", Some("done\n")), block("Second", "three\n", None)]
    );
}

#[test]
fn only_an_ellipsis_matches_something_else() {
    for (shown, printed, is_match) in [
        ("a\nb\n", "a  \nb", true),
        ("a\nb", "a", false),
        ("a", "a\nb", false),
        ("a … c", "a b c", true),
        ("a … c", "a b d", false),
        ("a…", "ab\nc", false),
        ("…\nc", "a\nb\nc", true),
        ("…\nc", "c", true),
        ("…\nc", "c\nd", false),
        ("a\n…", "a", true),
    ] {
        assert_eq!(matches(shown, printed), is_match, "{shown:?} {printed:?}");
    }
}
