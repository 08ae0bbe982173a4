//! Scalars of YAML by the rules of `kubectl` (sigs.k8s.io/yaml over go-yaml 2), on purpose: see the crate's words.

use crate::Problem;
use granit_parser::Tag;
use serde_json::Number;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar {
    Null,
    Bool(bool),
    Number(Number),
    /// The text itself.
    Text,
}

/// What a plain scalar without a tag means.
///
/// # Errors
/// A number that JSON can't hold: infinite, not a number, or an integer beyond 64 bits.
pub(crate) fn resolve(text: &str) -> Result<Scalar, String> {
    if is_null(text) {
        return Ok(Scalar::Null);
    }
    if let Some(boolean) = boolean(text) {
        return Ok(Scalar::Bool(boolean));
    }
    if is_special_float(text) {
        return Err(format!("invalid number `{text}`: JSON can't hold it, quote it if it is text"));
    }
    Ok(number(text)?.map_or(Scalar::Text, Scalar::Number))
}

/// What a scalar means that says so by its tag.
pub(crate) fn tagged(text: &str, tag: &Tag) -> Result<Scalar, Problem> {
    if is_text(tag) {
        return Ok(Scalar::Text);
    }
    let number = || number(text).map_err(Problem::Scalar);
    let scalar = match tag.core_suffix() {
        Some("null") => is_null(text).then_some(Scalar::Null),
        Some("bool") => boolean(text).map(Scalar::Bool),
        Some("int") => number()?.filter(|number| !number.is_f64()).map(Scalar::Number),
        Some("float") => number()?.map(Scalar::Number),
        Some(_) | None => return Err(Problem::Tag(tag_text(tag))),
    };
    scalar.ok_or_else(|| Problem::Scalar(format!("invalid value `{text}` of the tag `{}`", tag_text(tag))))
}

/// Whether it makes any scalar a text.
pub(crate) fn is_text(tag: &Tag) -> bool {
    tag.core_suffix() == Some("str") || is_non_specific(tag)
}

/// A lone `!`: as the value's own kind says, never by resolving its text.
pub(crate) fn is_non_specific(tag: &Tag) -> bool {
    matches!(tag.parts(), ("", "!") | ("!", ""))
}

/// The tag as people write it.
pub(crate) fn tag_text(tag: &Tag) -> String {
    match tag.handle() {
        "tag:yaml.org,2002:" => format!("!!{}", tag.suffix()),
        handle => format!("{handle}{}", tag.suffix()),
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn is_special_float(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// An integer (decimal, `0x`, `0o`, `0b`, octal by a leading zero; `_` between digits) or a decimal float.
fn number(text: &str) -> Result<Option<Number>, String> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Ok(None);
    }
    let text = text.replace('_', "");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(&text)),
    };
    if let Some((radix, digits)) = integer(digits) {
        let magnitude = u64::from_str_radix(digits, radix).ok();
        let number = match negative {
            false => magnitude.map(Number::from),
            true => magnitude.and_then(|value| 0_i64.checked_sub_unsigned(value)).map(Number::from),
        };
        let too_large =
            || format!("invalid integer `{text}`: it does not fit 64 bits, quote it if it is text");
        return number.ok_or_else(too_large).map(Some);
    }
    if !is_decimal(digits) {
        return Ok(None);
    }
    let too_large = || format!("invalid number `{text}`: JSON can't hold it, quote it if it is text");
    text.parse().ok().and_then(Number::from_f64).ok_or_else(too_large).map(Some)
}

/// The radix and the digits of an integer.
fn integer(text: &str) -> Option<(u32, &str)> {
    let (radix, digits) = match (text.get(..2).unwrap_or_default(), text.get(2..).unwrap_or_default()) {
        ("0x" | "0X", digits) => (16, digits),
        ("0o" | "0O", digits) => (8, digits),
        ("0b" | "0B", digits) => (2, digits),
        // Go, and so kubectl: a leading zero means octal; `08` is then no integer but the decimal float 8.
        _ => match text.strip_prefix('0') {
            Some(digits) if !digits.is_empty() => (8, digits),
            _ => (10, text),
        },
    };
    (!digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))).then_some((radix, digits))
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
