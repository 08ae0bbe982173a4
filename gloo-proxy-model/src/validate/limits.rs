use crate::regex::DEFAULT_MAX_PROGRAM_SIZE;

/// Limits of [`Proxy::validate_with`](crate::Proxy::validate_with) that Gloo's settings can change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ValidationLimits {
    /// The maximum number of instructions of a regular expression's program: `settings.gloo.regexMaxProgramSize`. Envoy's own default is
    /// [`DEFAULT_MAX_PROGRAM_SIZE`]; Gloo's Helm chart sets 1024.
    pub max_program_size: u32,
}

impl ValidationLimits {
    /// Sets [`max_program_size`](Self::max_program_size).
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
