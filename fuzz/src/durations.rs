//! Bytes read as a duration, and as a number of nanoseconds.

use gloo_proxy_model::ProtoDuration;
use knative_ingress_model::GoDuration;

/// Every number of nanoseconds is written and read back. Both crates read the same texts as the same time, and so does a
/// reading by exact fractions: to the nanosecond without a fraction, and within one for each fraction, since Go rounds these
/// by floating point.
pub fn check(data: &[u8]) {
    if let Some(bytes) = data.first_chunk() {
        comes_back(i64::from_le_bytes(*bytes));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let go = text.parse::<GoDuration>();
    let proto = text.parse::<ProtoDuration>();
    assert_eq!(
        go.as_ref().ok().map(|go| go.as_nanos()),
        proto.as_ref().ok().map(|duration| duration.as_nanos()),
        "{text:?}: {go:?}, {proto:?}"
    );
    let json = serde_json::to_vec(text).expect("a text is written");
    assert_eq!(serde_json::from_slice::<GoDuration>(&json).ok(), go.as_ref().ok().copied());
    assert_eq!(serde_json::from_slice::<ProtoDuration>(&json).ok(), proto.ok());
    match (go.map(GoDuration::as_nanos), exact(text)) {
        (Ok(nanos), Some(Exact { nanos: wanted, fractions })) => {
            assert!(i128::from(nanos).abs_diff(wanted) <= fractions, "{text:?}: {nanos} and not {wanted}");
            comes_back(nanos);
        }
        (Ok(nanos), None) => panic!("{text:?}: {nanos}, and it is no duration"),
        (Err(error), Some(Exact { nanos, fractions })) => {
            assert!(!error.to_string().is_empty());
            // At the end of the range the rounding decides.
            let end = if nanos < 0 { i128::from(i64::MIN) } else { i128::from(i64::MAX) };
            assert!(
                nanos.unsigned_abs().saturating_add(fractions) > end.unsigned_abs(),
                "{text:?}: {error}, and it is {nanos}"
            );
        }
        (Err(error), None) => assert!(!error.to_string().is_empty()),
    }
}

fn comes_back(nanos: i64) {
    let go = GoDuration::from_nanos(nanos);
    let proto = ProtoDuration::from_nanos(nanos);
    for text in [go.to_string(), proto.to_string()] {
        assert_eq!(text.parse(), Ok(go), "{text}");
        assert_eq!(text.parse(), Ok(proto), "{text}");
        let wanted = exact(&text).expect("what was written is a duration");
        // What is written has no more digits than the nanoseconds have.
        assert_eq!(wanted.nanos, i128::from(nanos), "{text}");
    }
}

/// The nanoseconds of a duration, rounded towards zero, and how many fractions were rounded.
struct Exact {
    nanos: i128,
    fractions: u128,
}

/// What no number of 64 bits reaches, and whose multiples still fit in 128.
const FAR: u128 = 1 << 80;

/// Reads `[-+]?(0|([0-9]*(\.[0-9]*)?[a-zµμ]+)+)` by whole numbers alone.
fn exact(text: &str) -> Option<Exact> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1 } else { 1 };
    if unsigned == "0" {
        return Some(Exact { nanos: 0, fractions: 0 });
    }
    let (mut total, mut fractions) = (0_u128, 0_u128);
    let mut characters = unsigned.chars().peekable();
    characters.peek()?;
    while characters.peek().is_some() {
        let (mut whole, mut digits) = (0_u128, 0_u32);
        while let Some(digit) = characters.peek().and_then(|character| character.to_digit(10)) {
            whole = whole.saturating_mul(10).saturating_add(digit.into()).min(FAR);
            digits = digits.saturating_add(1);
            characters.next();
        }
        let (mut part, mut scale) = (0_u128, 1_u128);
        if characters.next_if_eq(&'.').is_some() {
            while let Some(digit) = characters.peek().and_then(|character| character.to_digit(10)) {
                // Twenty digits are far below a nanosecond of the largest unit.
                if scale < 100_000_000_000_000_000_000 {
                    part = part.saturating_mul(10).saturating_add(digit.into());
                    scale = scale.saturating_mul(10);
                }
                digits = digits.saturating_add(1);
                characters.next();
            }
        }
        if digits == 0 {
            return None;
        }
        let mut unit = String::new();
        while let Some(letter) =
            characters.next_if(|character| *character != '.' && !character.is_ascii_digit())
        {
            unit.push(letter);
        }
        let unit: u128 = match unit.as_str() {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let rounded = part.saturating_mul(unit).checked_div(scale).unwrap_or_default();
        total = total.saturating_add(whole.saturating_mul(unit)).saturating_add(rounded).min(FAR);
        fractions = fractions.saturating_add(u128::from(part > 0));
    }
    let nanos = i128::try_from(total).ok()?.saturating_mul(sign);
    Some(Exact { nanos, fractions })
}
