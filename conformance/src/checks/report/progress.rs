use std::fmt;

/// What is being looked at, for a person who waits.
#[derive(Clone, Debug)]
pub enum Progress {
    /// A test of the suite has ended.
    Test {
        /// The dialect.
        dialect: String,
        /// Its name.
        name: String,
        /// Whether it passes.
        passes: bool,
    },
    /// A case has ended.
    Case {
        /// Its name.
        name: String,
        /// Whether it passes.
        passes: bool,
    },
    /// So many files of the corpus are done.
    Adversarial {
        /// The dialect.
        dialect: String,
        /// How many are done.
        done: usize,
        /// How many there are.
        all: usize,
    },
    /// So many random sets are done.
    Differential {
        /// How many there are.
        all: usize,
    },
    /// The recordings are done.
    Recordings {
        /// How many there are.
        all: usize,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |passes: bool| if passes { "pass" } else { "fail" };
        match self {
            Self::Test { dialect, name, passes } => write!(f, "{} suite {dialect} {name}", word(*passes)),
            Self::Case { name, passes } => write!(f, "{} case {name}", word(*passes)),
            Self::Adversarial { dialect, done, all } => write!(f, "adversarial {dialect} {done} of {all}"),
            Self::Differential { all } => write!(f, "{all} random sets compared"),
            Self::Recordings { all } => write!(f, "{all} recordings compared"),
        }
    }
}
