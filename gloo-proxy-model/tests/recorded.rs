//! Reading and writing a Proxy loses and adds nothing: on every Proxy that Gloo itself has printed or been given.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)]

mod support;

use gloo_proxy_model::Proxy;
use serde_json::{Value, json};

/// Takes off `recorded` the proto3 defaults that stand in it explicitly and not in `written`: Gloo leaves them out too
/// when it writes the object. A wrapper's 0 or false is no default; it is written, and so stays in both.
fn leave_out_defaults(recorded: &mut Value, written: &Value) -> usize {
    let mut left_out = 0;
    match (recorded, written) {
        (Value::Object(recorded), Value::Object(written)) => {
            let defaults = [json!(0), json!(""), json!(false), json!([]), json!("MOVED_PERMANENTLY")];
            recorded.retain(|name, value| {
                let keep = written.contains_key(name) || !defaults.contains(value);
                left_out += usize::from(!keep);
                keep
            });
            for (name, value) in recorded {
                left_out += written.get(name).map_or(0, |written| leave_out_defaults(value, written));
            }
        }
        (Value::Array(recorded), Value::Array(written)) => {
            left_out +=
                recorded.iter_mut().zip(written).map(|(r, w)| leave_out_defaults(r, w)).sum::<usize>();
        }
        _ => {}
    }
    left_out
}

#[test]
fn recorded_proxies_round_trip() {
    let proxies = support::proxies();
    assert!(proxies.len() > 600, "only {} recorded Proxies found", proxies.len());
    let mut with_defaults = 0;
    for (name, mut recorded) in proxies {
        let proxy = Proxy::from_json(recorded.to_string().as_bytes())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let written = serde_json::to_value(&proxy).unwrap();
        with_defaults += usize::from(leave_out_defaults(&mut recorded, &written) > 0);
        assert_eq!(written, recorded, "{name}");
    }
    // Hand-written inputs only: no output of Gloo holds a default.
    assert_eq!(with_defaults, 9);
}
