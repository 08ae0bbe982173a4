//! Durations as Go's `time` package reads and writes them.
#![allow(clippy::unwrap_used)]

use knative_ingress_model::{GoDuration, ParseGoDurationError};
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;

/// What Go 1.26.8's `time.ParseDuration` said of each text: nanoseconds, or null.
#[test]
fn recorded_durations_parse_like_go() {
    let recorded = include_str!("../../gloo-proxy-model/tests/go-durations.jsonl");
    for line in recorded.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = line["text"].as_str().unwrap();
        let read = text.parse::<GoDuration>().ok().map(GoDuration::as_nanos);
        assert_eq!(read, line["nanos"].as_i64(), "{text:?}");
    }
}

/// The valid lines of the table in Go's own `time_test.go`.
#[test]
fn durations_parse_like_go() {
    let table = [
        ("0", 0),
        ("5s", 5 * SECOND),
        ("30s", 30 * SECOND),
        ("1478s", 1478 * SECOND),
        ("-5s", -5 * SECOND),
        ("+5s", 5 * SECOND),
        ("-0", 0),
        ("+0", 0),
        ("5.0s", 5 * SECOND),
        ("5.6s", 5_600_000_000),
        ("5.s", 5 * SECOND),
        (".5s", 500_000_000),
        ("1.0s", SECOND),
        ("1.00s", SECOND),
        ("1.004s", 1_004_000_000),
        ("1.0040s", 1_004_000_000),
        ("100.00100s", 100_001_000_000),
        ("10ns", 10),
        ("11us", 11_000),
        ("12µs", 12_000),
        ("12μs", 12_000),
        ("13ms", 13_000_000),
        ("14s", 14 * SECOND),
        ("15m", 900 * SECOND),
        ("16h", 57_600 * SECOND),
        ("3h30m", 12_600 * SECOND),
        ("10.5s4m", 250_500_000_000),
        ("-2m3.4s", -123_400_000_000),
        ("1h2m3s4ms5us6ns", 3_723_004_005_006),
        ("39h9m14.425s", 140_954_425_000_000),
        ("52763797000ns", 52_763_797_000),
        ("0.3333333333333333333h", 1200 * SECOND),
        ("9007199254740993ns", (1 << 53) + 1),
        ("9223372036854775807ns", i64::MAX),
        ("9223372036854775.807us", i64::MAX),
        ("9223372036s854ms775us807ns", i64::MAX),
        ("-9223372036854775808ns", i64::MIN),
        ("-9223372036854775.808us", i64::MIN),
        ("-9223372036s854ms775us808ns", i64::MIN),
        ("-2562047h47m16.854775808s", i64::MIN),
        ("0.100000000000000000000h", 360 * SECOND),
        ("0.830103483285477580700h", 2_988_372_539_827),
    ];
    for (text, nanos) in table {
        assert_eq!(text.parse(), Ok(GoDuration::from_nanos(nanos)), "{text}");
    }
}

/// The invalid lines of the same table, and what only careless readers take.
#[test]
fn invalid_durations_are_rejected_like_go() {
    use ParseGoDurationError::{MissingNumber, MissingUnit, OutOfRange, UnknownUnit};
    let table = [
        ("", MissingNumber),
        ("3", MissingUnit),
        ("-", MissingNumber),
        ("s", MissingNumber),
        (".", MissingNumber),
        ("-.", MissingNumber),
        (".s", MissingNumber),
        ("+.s", MissingNumber),
        ("1d", UnknownUnit("d".to_owned())),
        ("\u{85}\u{85}", MissingNumber),
        ("+-5s", MissingNumber),
        ("--5s", MissingNumber),
        ("1h-5m", UnknownUnit("h-".to_owned())),
        ("1h30", MissingUnit),
        (" 5s", MissingNumber),
        ("5s ", UnknownUnit("s ".to_owned())),
        ("5 s", UnknownUnit(" s".to_owned())),
        ("5S", UnknownUnit("S".to_owned())),
        ("٣s", MissingNumber),
        ("9223372036854775810ns", OutOfRange),
        ("9223372036854775808ns", OutOfRange),
        ("-9223372036854775809ns", OutOfRange),
        ("9223372036854776us", OutOfRange),
        ("3000000h", OutOfRange),
        ("9223372036854775.808us", OutOfRange),
        ("9223372036854ms775us808ns", OutOfRange),
        ("9223372036854775808ns9223372036854775808ns", OutOfRange),
    ];
    for (text, reason) in table {
        assert_eq!(text.parse::<GoDuration>(), Err(reason), "{text}");
    }
}

/// The table of Go's `Duration.String`.
#[test]
fn durations_format_like_go() {
    let table = [
        ("0s", 0),
        ("1ns", 1),
        ("1.1µs", 1100),
        ("2.2ms", 2_200_000),
        ("3.3s", 3_300_000_000),
        ("4m5s", 245 * SECOND),
        ("4m5.001s", 245_001_000_000),
        ("5h6m7.001s", 18_367_001_000_000),
        ("8m0.000000001s", 480_000_000_001),
        ("1h0m0s", 3600 * SECOND),
        ("10m0s", 600 * SECOND),
        ("1µs", 1000),
        ("-300ms", -300_000_000),
        ("2562047h47m16.854775807s", i64::MAX),
        ("-2562047h47m16.854775808s", i64::MIN),
    ];
    for (text, nanos) in table {
        assert_eq!(GoDuration::from_nanos(nanos).to_string(), text);
    }
}

proptest! {
    /// Fractions of a second are read through floating point, as in Go; whatever was written comes back.
    #[test]
    fn duration_round_trip(nanos: i64) {
        let duration = GoDuration::from_nanos(nanos);
        prop_assert_eq!(duration.to_string().parse(), Ok(duration));
    }

    /// No text makes it panic.
    #[test]
    fn arbitrary_text_does_not_panic(text in r"[+-]?([0-9.]{0,22}(ns|us|µs|ms|s|m|h|x|)){0,4}") {
        drop(text.parse::<GoDuration>());
    }
}
