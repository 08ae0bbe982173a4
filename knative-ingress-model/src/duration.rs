/// A length of time as Go writes it: `10m0s`, `1.5s`, `-300ms`.
///
/// Knative releases up to 0.25 wrote [`HttpIngressPath::timeout`](crate::HttpIngressPath::timeout) and
/// [`HttpRetry::per_try_timeout`](crate::HttpRetry::per_try_timeout) so. Whole nanoseconds; the range is that of `i64`, as in Go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(i64);

impl GoDuration {
    /// The duration of so many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its length in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}
