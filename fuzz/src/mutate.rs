//! Small damage to JSON that leaves it JSON: bytes changed at random would hardly ever get past the parser.

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

/// Texts over which readers of hosts, paths, headers, ports and durations stumble.
const TEXTS: &[&str] = &[
    "",
    " ",
    ".",
    "*",
    "/",
    "%",
    "%%",
    "100%",
    "%ENVIRONMENT(HOME)%",
    "a\r\nb: c",
    "\0",
    "\u{7f}",
    "é",
    "\u{2028}",
    "a.example.com",
    "A.example.com",
    "a.example.com.",
    "*.example.com",
    "*.a.example.com",
    "example.com:80",
    "shop.team-a",
    "shop.team-a.svc",
    "shop.team-a.svc.cluster.local",
    "*.svc.cluster.local",
    "cluster.local",
    "10.0.0.1",
    "[::1]",
    "::",
    "0.0.0.0",
    "/foo",
    "/foo/",
    "/foo/bar",
    "/a//b",
    "/a/../b",
    "/a%2fb",
    "/a?b",
    "/a#b",
    "/a.*",
    "/(",
    "[a-",
    "a{2,1}",
    "a{1000}",
    "(?P<x>a)",
    "\\C",
    "\\1",
    "http",
    "http2",
    "443",
    "-1",
    "65536",
    "99999999999999999999",
    "0s",
    "600s",
    "10m0s",
    "1.5s",
    "-1ns",
    "9223372036854775807ns",
    "2562047h47m16.854775808s",
    "x-a",
    "X-A",
    "host",
    ":authority",
    "K-Network-Hash",
    "connection",
    "team-a",
    "team-b",
    "ExternalIP",
    "ClusterLocal",
    "Enabled",
    "Redirected",
    "any",
    "knative",
    "gloo-1.3",
    "networking.knative.dev/ingress.class",
    "gloo.ingress.networking.knative.dev",
    "gloo.networking.knative.dev/ssl.secret_name",
    "2020-01-01T00:00:00Z",
];

const NUMBERS: &[i64] = &[
    0,
    1,
    -1,
    2,
    10,
    50,
    80,
    100,
    101,
    443,
    65_535,
    65_536,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    u32::MAX as i64 + 1,
    i64::MAX,
    i64::MIN,
    315_576_000_000,
    1_000_000_000,
];

/// Damages the JSON in `data[..size]` in place: one to four changes, the same for the same seed. Gives the new size, or
/// nothing if it is no JSON, or if what comes out doesn't fit into `max_size`.
pub fn in_place(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> Option<usize> {
    let value = serde_json::from_slice(data.get(..size)?).ok()?;
    let written = damaged(value, u64::from(seed)).to_string();
    let place = data.get_mut(..written.len()).filter(|place| place.len() <= max_size)?;
    place.copy_from_slice(written.as_bytes());
    Some(written.len())
}

/// The value with one to four changes, the same for the same seed.
pub fn damaged(mut value: Value, seed: u64) -> Value {
    let mut rng = Rng::with_seed(seed);
    for _ in 0..rng.usize(1..=4) {
        let nodes = count(&value);
        // What takes a place somewhere may come from elsewhere in the same value.
        let elsewhere = nth(&mut value, &mut rng.usize(..nodes)).cloned().unwrap_or_default();
        if let Some(node) = nth(&mut value, &mut rng.usize(..nodes)) {
            damage(node, elsewhere, &mut rng);
        }
    }
    value
}

fn count(value: &Value) -> usize {
    let below = match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0_usize,
    };
    below.saturating_add(1)
}

/// The `index`th value, each before what it holds.
fn nth<'a>(value: &'a mut Value, index: &mut usize) -> Option<&'a mut Value> {
    let Some(left) = index.checked_sub(1) else { return Some(value) };
    *index = left;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth(item, index)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth(field, index)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn damage(node: &mut Value, elsewhere: Value, rng: &mut Rng) {
    match (rng.u8(..16), &mut *node) {
        (0, _) => *node = elsewhere,
        (1, _) => *node = odd(rng),
        (_, Value::Array(items)) => damage_list(items, elsewhere, rng),
        (_, Value::Object(fields)) => damage_object(fields, elsewhere, rng),
        (_, Value::String(text)) => damage_text(text, elsewhere, rng),
        (_, Value::Number(number)) => damage_number(number, rng),
        (_, Value::Bool(switch)) => *switch = !*switch,
        (_, Value::Null) => *node = odd(rng),
    }
}

fn odd(rng: &mut Rng) -> Value {
    match rng.u8(..8) {
        0 => Value::Null,
        1 => Value::Bool(rng.bool()),
        2 => json!([]),
        3 => json!({}),
        4 => json!(33.5),
        5 => json!(rng.choice(NUMBERS)),
        _ => json!(rng.choice(TEXTS)),
    }
}

fn damage_list(items: &mut Vec<Value>, elsewhere: Value, rng: &mut Rng) {
    let at = if items.is_empty() { 0 } else { rng.usize(..items.len()) };
    match rng.u8(..5) {
        0 if !items.is_empty() => drop(items.remove(at)),
        1 => items.push(elsewhere),
        2 => items.push(odd(rng)),
        3 if !items.is_empty() => {
            let other = rng.usize(..items.len());
            items.swap(at, other);
        }
        _ => {
            let copy = items.get(at).cloned().unwrap_or(elsewhere);
            items.insert(at, copy);
        }
    }
}

fn damage_object(fields: &mut Map<String, Value>, elsewhere: Value, rng: &mut Rng) {
    let name = rng.choice(fields.keys()).cloned().unwrap_or_default();
    let new = match &elsewhere {
        Value::String(text) => text.clone(),
        Value::Object(fields) => rng.choice(fields.keys()).cloned().unwrap_or_default(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            rng.choice(TEXTS).copied().unwrap_or_default().to_owned()
        }
    };
    match (rng.u8(..4), fields.remove(&name)) {
        (0, _) => {}
        (1, Some(value)) => drop(fields.insert(new, value)),
        (2, kept) => {
            fields.extend(kept.map(|kept| (name, kept)));
            match elsewhere {
                Value::Object(others) => fields.extend(others),
                other @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Array(_)) => {
                    drop(fields.insert(new, other));
                }
            }
        }
        (_, _) => drop(fields.insert(name, odd(rng))),
    }
}

fn damage_text(text: &mut String, elsewhere: Value, rng: &mut Rng) {
    let at = rng.usize(..=text.chars().count());
    let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
    let mut piece = rng.choice(TEXTS).copied().unwrap_or_default().to_owned();
    if let Value::String(text) = elsewhere
        && rng.bool()
    {
        piece = text;
    }
    match rng.u8(..6) {
        0 => *text = piece,
        1 => text.insert_str(at, &piece),
        2 => text.truncate(at),
        3 => *text = if rng.bool() { text.to_ascii_uppercase() } else { text.to_ascii_lowercase() },
        4 => text.insert(at, char::from(rng.u8(..128))),
        _ if text.len() < 512 => *text = text.repeat(rng.usize(2..6)),
        _ => text.clear(),
    }
}

fn damage_number(number: &mut Number, rng: &mut Rng) {
    let near = number.as_i64().unwrap_or_default();
    *number = match rng.u8(..4) {
        0 => Number::from(near.saturating_add(1)),
        1 => Number::from(near.saturating_sub(1)),
        2 => Number::from(rng.i64(..)),
        _ => Number::from(rng.choice(NUMBERS).copied().unwrap_or_default()),
    };
}
