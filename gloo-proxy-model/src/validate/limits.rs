use crate::regex::DEFAULT_MAX_PROGRAM_SIZE;

/// Limits of [`Proxy::validate_with`] that Gloo's settings can change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationLimits {
    /// The most instructions of a regular expression's program: `settings.gloo.regexMaxProgramSize`. Envoy's own default is
    /// [`DEFAULT_MAX_PROGRAM_SIZE`]; Gloo's Helm chart says 1024.
    pub max_program_size: u32,
}

impl ValidationLimits {
    /// The default limits with another one for the programs of regular expressions.
    #[must_use]
    pub fn with_max_program_size(self, max_program_size: u32) -> Self {
        Self { max_program_size }
    }
}

impl Default for ValidationLimits {
    fn default() -> Self {
        Self { max_program_size: DEFAULT_MAX_PROGRAM_SIZE }
    }
}
