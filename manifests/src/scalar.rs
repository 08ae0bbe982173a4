//! Plain YAML scalars by the rules of `kubectl` (sigs.k8s.io/yaml over go-yaml 2), on purpose: see the crate's words.

use serde_json::{Number, Value};

/// What a plain scalar without a tag means.
///
/// # Errors
/// A number that JSON can't hold: infinite, not a number, or an integer beyond 64 bits.
pub(crate) fn resolve(text: &str) -> Result<Value, String> {
    if is_null(text) {
        return Ok(Value::Null);
    }
    if let Some(boolean) = boolean(text) {
        return Ok(Value::Bool(boolean));
    }
    if is_special_float(text) {
        return Err(format!("`{text}` is not a number that JSON can hold; quote it if it is text"));
    }
    Ok(number(text)?.map_or_else(|| Value::String(text.to_owned()), Value::Number))
}

pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

pub(crate) fn is_special_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// An integer (decimal, `0x`, `0o`, `0b`, octal by a leading zero; `_` between digits) or a decimal float.
pub(crate) fn number(text: &str) -> Result<Option<Number>, String> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Ok(None);
    }
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if let Some(magnitude) = integer(digits) {
        return match (magnitude.parsed, negative) {
            (Some(value), false) => Ok(Some(Number::from(value))),
            (Some(value), true) => match 0_i64.checked_sub_unsigned(value) {
                Some(value) => Ok(Some(Number::from(value))),
                None => Err(too_large(&text)),
            },
            (None, _) => Err(too_large(&text)),
        };
    }
    if !is_decimal(digits) {
        return Ok(None);
    }
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    match Number::from_f64(value) {
        Some(value) => Ok(Some(value)),
        None => Err(format!("`{text}` is larger than any number that JSON can hold; quote it if it is text")),
    }
}

fn too_large(text: &str) -> String {
    format!("the integer `{text}` does not fit 64 bits; quote it if it is text")
}

struct Integer {
    /// None: an integer, but beyond 64 bits.
    parsed: Option<u64>,
}

fn integer(digits: &str) -> Option<Integer> {
    let prefixed = |prefixes: [&str; 2]| prefixes.iter().find_map(|prefix| digits.strip_prefix(prefix));
    let (radix, body) = if let Some(body) = prefixed(["0x", "0X"]) {
        (16, body)
    } else if let Some(body) = prefixed(["0o", "0O"]) {
        (8, body)
    } else if let Some(body) = prefixed(["0b", "0B"]) {
        (2, body)
    } else {
        match digits.strip_prefix('0') {
            // Go, and so kubectl: a leading zero means octal; `08` is then no integer but the decimal float 8.
            Some(body) if !body.is_empty() => (8, body),
            _ => (10, digits),
        }
    };
    (!body.is_empty() && body.chars().all(|c| c.is_digit(radix)))
        .then(|| Integer { parsed: u64::from_str_radix(body, radix).ok() })
}

/// `[0-9]+ [. [0-9]*]` or `. [0-9]+`, each with an optional exponent.
fn is_decimal(digits: &str) -> bool {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && all_digits(exponent)
    });
    all_digits(whole) && all_digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::resolve;
    use serde_json::json;

    #[test]
    fn plain_scalars_mean_what_kubectl_makes_of_them() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("Null", json!(null)),
            ("y", json!(true)),
            ("OFF", json!(false)),
            ("yEs", json!("yEs")),
            ("80", json!(80)),
            ("-80", json!(-80)),
            ("+80", json!(80)),
            ("0", json!(0)),
            ("-0", json!(0)),
            ("0777", json!(511)),
            ("08", json!(8.0)),
            ("0x1f", json!(31)),
            ("0o17", json!(15)),
            ("-0b11", json!(-3)),
            ("1_000", json!(1000)),
            ("18446744073709551615", json!(u64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1e3", json!(1000.0)),
            ("1.", json!(1.0)),
            (".5", json!(0.5)),
            ("-1.5E-7", json!(-1.5e-7)),
            (".", json!(".")),
            ("-", json!("-")),
            ("1e", json!("1e")),
            ("0x", json!("0x")),
            ("1.2.3", json!("1.2.3")),
            ("10m0s", json!("10m0s")),
            ("12:30:45", json!("12:30:45")),
            ("2026-01-02", json!("2026-01-02")),
            ("infinity", json!("infinity")),
        ] {
            assert_eq!(resolve(text), Ok(value), "{text:?}");
        }
        for text in [".inf", "-.INF", ".nan", "18446744073709551616", "-9223372036854775809", "1e999"] {
            assert!(resolve(text).is_err(), "{text:?}");
        }
    }
}
