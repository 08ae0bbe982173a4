//! Errors as they are logged: with the causes, which many leave to [`Error::source`].

use std::{error::Error, fmt};

/// Shows an error and each of its sources in turn, but for one that repeats what has been shown already.
#[derive(Clone, Copy, Debug)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.to_string();
        let mut source = self.0.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            if !shown.contains(&text) {
                shown.push_str(": ");
                shown.push_str(&text);
            }
            source = cause.source();
        }
        f.write_str(&shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Layer(&'static str, Option<Box<Layer>>);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Layer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|source| source as &(dyn Error + 'static))
        }
    }

    #[test]
    fn error_chain_shows_each_cause_once() {
        let refused = Layer("connection refused", None);
        let repeated = Layer("connect: connection refused", Some(Box::new(refused)));
        let client = Layer("client error", Some(Box::new(repeated)));
        assert_eq!(ErrorChain(&client).to_string(), "client error: connect: connection refused");
        assert_eq!(ErrorChain(&Layer("alone", None)).to_string(), "alone");
    }
}
