//! Integers as Go reads and casts them, and Gloo with it.

use knative_ingress_model::IntOrString;

/// What Go's `IntOrString.IntValue` gives, cast to `uint32` as Gloo did: 0 for a name.
pub(crate) fn int_value(port: &IntOrString) -> u32 {
    let value = match port {
        IntOrString::Int(number) => i64::from(*number),
        IntOrString::String(text) => atoi(text),
    };
    truncated(value)
}

/// Go's `strconv.Atoi` with the error ignored: the nearest number if it is out of range, 0 if it is none.
fn atoi(text: &str) -> i64 {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return 0;
    }
    text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

/// Go's cast to `uint32`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "Gloo cast so, and so its output was"
)]
pub(crate) const fn truncated(value: i64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_ports_parse_like_go_integers() {
        let text = |text: &str| int_value(&IntOrString::String(text.to_owned()));
        assert_eq!(int_value(&IntOrString::Int(-1)), u32::MAX);
        assert_eq!((text("80"), text("+80"), text("http"), text(""), text("8_0")), (80, 80, 0, 0, 0));
        assert_eq!(
            (text("-1"), text("99999999999999999999"), text("-99999999999999999999")),
            (u32::MAX, u32::MAX, 0)
        );
    }
}
