use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Unexpected, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::go_value::{GoValue, View};

/// A length of time as Go writes it: `10m0s`, `1.5s`, `-300ms`.
///
/// The type of [`HttpIngressPath::timeout`](crate::HttpIngressPath::timeout) and
/// [`HttpRetry::per_try_timeout`](crate::HttpRetry::per_try_timeout), which Knative releases up to 0.25 wrote. Whole nanoseconds
/// in the range of `i64`, as in Go.
///
/// ```
/// use knative_ingress_model::GoDuration;
///
/// let timeout: GoDuration = "600s".parse()?;
/// assert_eq!(timeout.to_string(), "10m0s");
/// assert!("+-5s".parse::<GoDuration>().is_err());
/// # Ok::<(), knative_ingress_model::ParseGoDurationError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoDuration(i64);

/// Why a text isn't a [`GoDuration`]: Go's `time.ParseDuration` refuses it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ParseGoDurationError {
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

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Go allows this magnitude for negative durations only, and checks the sign last.
const MAX_MAGNITUDE: u64 = 1 << 63;

impl GoDuration {
    /// The duration of this many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// The duration of this many seconds, or the nearest one in range.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Its length in nanoseconds.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }
}

impl FromStr for GoDuration {
    type Err = ParseGoDurationError;

    fn from_str(text: &str) -> Result<Self, ParseGoDurationError> {
        let (negative, unsigned) = match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => (false, text),
        };
        // The one number that needs no unit.
        if unsigned == "0" {
            return Ok(Self(0));
        }
        let mut rest = unsigned;
        let mut magnitude = 0_u64;
        loop {
            let (term, after) = parse_term(rest)?;
            magnitude = at_most_max(magnitude.checked_add(term))?;
            if after.is_empty() {
                break;
            }
            rest = after;
        }
        let nanos = if negative {
            0_i64.checked_sub_unsigned(magnitude)
        } else {
            0_i64.checked_add_unsigned(magnitude)
        };
        nanos.map(Self).ok_or(ParseGoDurationError::OutOfRange)
    }
}

/// One number with its unit (`1.5h`) from the head of `text`, in nanoseconds, and what follows it.
fn parse_term(text: &str) -> Result<(u64, &str), ParseGoDurationError> {
    let (whole_digits, after_whole) = split_digits(text);
    let (fraction_digits, after_number) = match after_whole.strip_prefix('.') {
        Some(after_point) => split_digits(after_point),
        None => ("", after_whole),
    };
    if whole_digits.is_empty() && fraction_digits.is_empty() {
        return Err(ParseGoDurationError::MissingNumber);
    }
    let unit_end = after_number.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after_number.len());
    let (unit_name, after) = after_number.split_at_checked(unit_end).unwrap_or((after_number, ""));
    let unit = match unit_name {
        "" => return Err(ParseGoDurationError::MissingUnit),
        "ns" => 1,
        // Both the micro sign and the Greek letter, as in Go.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        other => return Err(ParseGoDurationError::UnknownUnit(other.to_owned())),
    };
    let mut whole = 0_u64;
    for digit in digits(whole_digits) {
        whole = at_most_max(whole.checked_mul(10).and_then(|tens| tens.checked_add(digit)))?;
    }
    let nanos = at_most_max(whole.checked_mul(unit))?;
    let nanos = at_most_max(nanos.checked_add(fraction_nanos(fraction_digits, unit)))?;
    Ok((nanos, after))
}

/// The nanoseconds of `0.<digits>` units. Go ignores the digits that 63 bits can't hold, and so must this:
/// the last nanosecond depends on it.
fn fraction_nanos(fraction_digits: &str, unit: u64) -> u64 {
    let mut fraction = 0_u64;
    let mut scale = 1_f64;
    for digit in digits(fraction_digits) {
        let next = fraction.checked_mul(10).and_then(|tens| tens.checked_add(digit));
        match next {
            Some(next) if next <= MAX_MAGNITUDE => {
                fraction = next;
                scale *= 10.0;
            }
            _ => break,
        }
    }
    (fraction as f64 * (unit as f64 / scale)) as u64
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn digits(text: &str) -> impl Iterator<Item = u64> {
    text.bytes().map(|byte| u64::from(byte.saturating_sub(b'0')))
}

fn at_most_max(magnitude: Option<u64>) -> Result<u64, ParseGoDurationError> {
    magnitude.filter(|&value| value <= MAX_MAGNITUDE).ok_or(ParseGoDurationError::OutOfRange)
}

impl fmt::Display for GoDuration {
    /// Go's canonical form: `1h0m0s`, `10m0s`, `1.5s`, `300ms`, `1µs`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        match magnitude {
            0 => f.write_str("0s"),
            1..MICROSECOND => write!(f, "{magnitude}ns"),
            MICROSECOND..MILLISECOND => write_decimal(f, magnitude, MICROSECOND, "\u{b5}s"),
            MILLISECOND..SECOND => write_decimal(f, magnitude, MILLISECOND, "ms"),
            SECOND.. => {
                let (hours, minutes) = (magnitude / HOUR, magnitude % HOUR / MINUTE);
                if hours > 0 {
                    write!(f, "{hours}h")?;
                }
                if hours > 0 || minutes > 0 {
                    write!(f, "{minutes}m")?;
                }
                write_decimal(f, magnitude % MINUTE, SECOND, "s")
            }
        }
    }
}

/// `value / unit` with as many digits after the point as it needs.
fn write_decimal(f: &mut fmt::Formatter<'_>, value: u64, unit: u64, name: &str) -> fmt::Result {
    let (whole, mut fraction) = (value.checked_div(unit).unwrap_or(0), value.checked_rem(unit).unwrap_or(0));
    if fraction == 0 {
        return write!(f, "{whole}{name}");
    }
    let mut width = unit.checked_ilog10().map_or(0, |digits| digits as usize);
    while fraction % 10 == 0 {
        fraction /= 10;
        width = width.saturating_sub(1);
    }
    write!(f, "{whole}.{fraction:0width$}{name}")
}

impl Serialize for GoDuration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GoDuration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct DurationVisitor;

        impl Visitor<'_> for DurationVisitor {
            type Value = GoDuration;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a duration such as \"10m0s\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<GoDuration, E> {
                text.parse().map_err(|reason| {
                    let expected = format!("a duration such as \"10m0s\" ({reason})");
                    E::invalid_value(Unexpected::Str(text), &expected.as_str())
                })
            }
        }

        deserializer.deserialize_str(DurationVisitor)
    }
}

impl GoValue for GoDuration {
    fn zero() -> Self {
        Self::default()
    }

    fn is_zero(&self, _: View) -> bool {
        self.as_nanos() == 0
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn write<S: Serializer>(&self, _: View, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }
}
