/// `google.protobuf.Duration`: `600s`, `0.250s`.
///
/// Whole nanoseconds in the range of `i64`. Written as proto3 JSON does it: seconds with no fraction or with one of
/// three, six or nine digits. Read as Gloo does it: anything that Go's `time.ParseDuration` takes (`10m`, `1h30m`, `1.5s`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtoDuration(i64);

impl ProtoDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The duration of so many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its length in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}
