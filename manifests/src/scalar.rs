//! Scalars of YAML by the rules of `kubectl` (sigs.k8s.io/yaml over go-yaml 2), on purpose: see the crate's words.

use crate::error::ErrorKind;
use crate::node::Value;
use granit_parser::Tag;
use serde_json::Number;

/// What a plain scalar without a tag means; `None` if it is text.
///
/// # Errors
/// A number that JSON can't hold: infinite, not a number, or an integer beyond 64 bits.
pub(crate) fn resolve(text: &str) -> Result<Option<Value>, ErrorKind> {
    if is_null(text) {
        return Ok(Some(Value::Null));
    }
    if let Some(boolean) = boolean(text) {
        return Ok(Some(Value::Bool(boolean)));
    }
    if is_special_float(text) {
        return Err(too_large("number", text));
    }
    Ok(number(text)?.map(Value::Number))
}

/// What a scalar means that says so by its tag; `None` if it is text.
pub(crate) fn tagged(text: &str, tag: &Tag) -> Result<Option<Value>, ErrorKind> {
    if is_text(tag) {
        return Ok(None);
    }
    let value = match tag.core_suffix() {
        Some("null") => is_null(text).then_some(Value::Null),
        Some("bool") => boolean(text).map(Value::Bool),
        Some("int") => number(text)?.filter(|number| !number.is_f64()).map(Value::Number),
        Some("float") => number(text)?.map(Value::Number),
        Some(_) | None => return Err(invalid_tag(tag)),
    };
    let wrong =
        || ErrorKind::Value(format!("invalid value `{text}`: expected one of the tag `{}`", tag_text(tag)));
    value.ok_or_else(wrong).map(Some)
}

/// A plain key is text, or a scalar that every reader prints as it is written: `80` and `true`, not `on` or `0x50`.
pub(crate) fn check_plain_key(text: &str) -> Result<(), ErrorKind> {
    let printed = match resolve(text)? {
        Some(Value::Null) => "null".to_owned(),
        Some(Value::Bool(value)) => value.to_string(),
        Some(Value::Number(value)) => value.to_string(),
        Some(Value::Text(_) | Value::Sequence(_) | Value::Mapping(_)) | None => return Ok(()),
    };
    if printed == text && printed != "null" {
        return Ok(());
    }
    Err(ErrorKind::Value(format!(
        "invalid key `{text}`: expected text, found `{printed}` (quote it if it is text)"
    )))
}

/// Whether it makes any scalar a text.
pub(crate) fn is_text(tag: &Tag) -> bool {
    tag.core_suffix() == Some("str") || is_non_specific(tag)
}

/// A lone `!`: as the value's own kind says, never by resolving its text.
pub(crate) fn is_non_specific(tag: &Tag) -> bool {
    matches!(tag.parts(), ("", "!") | ("!", ""))
}

pub(crate) fn invalid_tag(tag: &Tag) -> ErrorKind {
    ErrorKind::Value(format!(
        "invalid tag `{}`: expected one of YAML's own that fits the value",
        tag_text(tag)
    ))
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

fn too_large(what: &str, text: &str) -> ErrorKind {
    ErrorKind::Value(format!(
        "invalid {what} `{text}`: expected one that JSON holds in 64 bits (quote it if it is text)"
    ))
}

/// An integer (decimal, `0x`, `0o`, `0b`, octal by a leading zero; `_` between digits) or a decimal float.
fn number(text: &str) -> Result<Option<Number>, ErrorKind> {
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
        return number.ok_or_else(|| too_large("integer", &text)).map(Some);
    }
    if !is_decimal(digits) {
        return Ok(None);
    }
    text.parse().ok().and_then(Number::from_f64).ok_or_else(|| too_large("number", &text)).map(Some)
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
