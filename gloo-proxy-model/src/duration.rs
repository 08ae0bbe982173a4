use std::fmt;
use std::str::FromStr;

use serde::de::{self, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::Wire;

/// `google.protobuf.Duration`: `600s`, `0.250s`.
///
/// Whole nanoseconds in the range of `i64`. Written as in proto3 JSON: seconds, if needed with a fraction of three, six or nine digits.
/// Read as in Gloo: anything that Go's `time.ParseDuration` accepts (`10m`, `1h30m`, `1.5s`).
///
/// ```
/// # use gloo_proxy_model::ProtoDuration;
/// let duration: ProtoDuration = "1m0.25s".parse()?;
/// assert_eq!(duration.as_nanos(), 60_250_000_000);
/// assert_eq!(duration.to_string(), "60.250s");
/// # Ok::<(), gloo_proxy_model::ParseProtoDurationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProtoDuration(i64);

impl ProtoDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The duration of this many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Its length in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}

impl fmt::Display for ProtoDuration {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        const SECOND: u64 = 1_000_000_000;
        let sign = if self.0 < 0 { "-" } else { "" };
        let nanos = self.0.unsigned_abs();
        let (seconds, fraction) = (nanos / SECOND, nanos % SECOND);
        if fraction == 0 {
            write!(formatter, "{sign}{seconds}s")
        } else if fraction % 1_000_000 == 0 {
            write!(formatter, "{sign}{seconds}.{:03}s", fraction / 1_000_000)
        } else if fraction % 1_000 == 0 {
            write!(formatter, "{sign}{seconds}.{:06}s", fraction / 1_000)
        } else {
            write!(formatter, "{sign}{seconds}.{fraction:09}s")
        }
    }
}

/// Why a text isn't a [`ProtoDuration`]: Go's `time.ParseDuration` refuses it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseProtoDurationError {
    /// There is no number where one is expected: `""`, `s`, `+-5s`.
    #[error("expected a number before each unit")]
    MissingNumber,
    /// A number without a unit: `5`, `1h30`.
    #[error("expected a unit after each number")]
    MissingUnit,
    /// A unit that Go doesn't have: `5d`, `1h-5m`.
    #[error("invalid unit {0:?}: expected ns, us, ms, s, m or h")]
    UnknownUnit(String),
    /// More than fits in 64 bits of nanoseconds, about 292 years.
    #[error("expected at most 2562047h47m16.854775807s")]
    OutOfRange,
}

/// Reads what Go's `time.ParseDuration` reads, with its limits and its rounding.
impl FromStr for ProtoDuration {
    type Err = ParseProtoDurationError;

    fn from_str(text: &str) -> Result<Self, ParseProtoDurationError> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(ParseProtoDurationError::MissingNumber);
        }
        // Go allows one more nanosecond for negative durations.
        let limit = i64::MIN.unsigned_abs();
        let mut nanos: u64 = 0;
        while !rest.is_empty() {
            let part;
            (part, rest) = read_part(rest)?;
            nanos = nanos
                .checked_add(part)
                .filter(|sum| *sum <= limit)
                .ok_or(ParseProtoDurationError::OutOfRange)?;
        }
        let signed = if negative { 0i64.checked_sub_unsigned(nanos) } else { i64::try_from(nanos).ok() };
        signed.map(Self).ok_or(ParseProtoDurationError::OutOfRange)
    }
}

/// Reads one number and its unit. Returns the nanoseconds and the rest of the text.
fn read_part(text: &str) -> Result<(u64, &str), ParseProtoDurationError> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(ParseProtoDurationError::MissingNumber);
    }
    let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let unit = match name {
        "" => return Err(ParseProtoDurationError::MissingUnit),
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return Err(ParseProtoDurationError::UnknownUnit(name.to_owned())),
    };
    let whole: u64 =
        if whole.is_empty() { 0 } else { whole.parse().map_err(|_| ParseProtoDurationError::OutOfRange)? };
    let nanos = whole.checked_mul(unit).and_then(|nanos| nanos.checked_add(fraction_of(fraction, unit)));
    nanos.map(|nanos| (nanos, rest)).ok_or(ParseProtoDurationError::OutOfRange)
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// `0.<digits>` of a unit, rounded down with floating point numbers as in Go.
fn fraction_of(digits: &str, unit: u64) -> u64 {
    let mut value: u64 = 0;
    let mut scale: f64 = 1.0;
    for digit in digits.bytes() {
        // Go ignores the digits from the first one that doesn't fit.
        let next =
            value.checked_mul(10).and_then(|tens| tens.checked_add(u64::from(digit.saturating_sub(b'0'))));
        let Some(next) = next.filter(|next| *next <= i64::MAX.unsigned_abs()) else { break };
        value = next;
        scale *= 10.0;
    }
    (value as f64 * (unit as f64 / scale)) as u64
}

impl Serialize for ProtoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProtoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl Visitor<'_> for Text {
            type Value = ProtoDuration;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a duration such as \"600s\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ProtoDuration, E> {
                text.parse().map_err(|error: ParseProtoDurationError| {
                    E::invalid_value(
                        Unexpected::Str(text),
                        &format!("a duration such as \"600s\" ({error})").as_str(),
                    )
                })
            }
        }

        deserializer.deserialize_str(Text)
    }
}

impl Wire for ProtoDuration {
    fn is_unset(&self) -> bool {
        *self == Self::ZERO
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    #[cfg(feature = "schemars")]
    fn schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^[-+]?(0|(([0-9]+(\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$",
        })
    }
}
