use std::fmt::{self, Write};

/// A text of the input in a message: quoted, escaped, and cut where it gets long, since whoever wrote it may have written a
/// megabyte, and messages end up in statuses and logs.
#[derive(Clone, Copy)]
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

/// Characters that are shown.
const SHOWN: usize = 80;

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", Shown(self.0))
    }
}

/// The same without the quotes.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        for character in characters.by_ref().take(SHOWN) {
            match character {
                '\'' => f.write_char(character)?,
                _ => write!(f, "{}", character.escape_debug())?,
            }
        }
        if characters.next().is_some() {
            write!(f, "… ({} bytes)", self.0.len())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Quoted;

    #[test]
    fn long_values_are_truncated() {
        assert_eq!(Quoted("it's \"é\"\n").to_string(), r#""it's \"é\"\n""#);
        assert_eq!(Quoted(&"x".repeat(100)).to_string(), format!("\"{}… (100 bytes)\"", "x".repeat(80)));
        assert!(Quoted(&"\u{10ffff}".repeat(100_000)).to_string().len() < 1000);
    }
}
