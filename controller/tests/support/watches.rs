//! The watches of the small API server.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hyper::{Response, body::Frame};
use serde_json::{Value, json};

use super::answer::{Body, response, status};
use super::server::{End, Shared};
use super::store::{Kind, Refused, gone};

/// After so many changes of other objects a watch is told how far it is.
pub(crate) const BOOKMARK_EVERY: u64 = 64;

/// A field, as a JSON pointer, and its value.
pub(super) type Selector = (String, String);

pub(super) fn selects(selector: Option<&Selector>, object: &Value) -> bool {
    selector.is_none_or(|(field, value)| object.pointer(field).is_some_and(|found| found == value))
}

pub(super) fn watch(
    shared: &Arc<Shared>,
    kind: Kind,
    selector: Option<Selector>,
    from: u64,
    has_bookmarks: bool,
) -> Result<Response<Body>, Refused> {
    let (answers_gone, end) = {
        let mut behaviour = shared.behaviour.lock().unwrap();
        behaviour.watches += 1;
        (behaviour.answers_gone, behaviour.end_of_watches)
    };
    let is_lost = from < shared.store.lock().unwrap().compacted;
    if (is_lost && answers_gone) || end == Some(End::Forgotten) {
        return Err(gone("too old resource version"));
    }
    if end == Some(End::Over) {
        return Ok(response(200, stream::empty().boxed()));
    }
    let (shared, mut expiry) = (Arc::clone(shared), shared.expiry.subscribe());
    expiry.mark_unchanged();
    let changed = shared.changed.subscribe();
    // `at`: what has been looked at. `told`: what the client knows to have been looked at.
    let lines = stream::unfold((shared, (from, from), changed, expiry, false), move |state| {
        let selector = selector.clone();
        async move {
            let (shared, (mut at, mut told), mut changed, mut expiry, is_over) = state;
            if is_over {
                return None;
            }
            loop {
                changed.mark_unchanged();
                let mut lines = String::new();
                let mut is_over = false;
                {
                    let store = shared.store.lock().unwrap();
                    if at < store.compacted {
                        let error = status(&gone("too old resource version"));
                        lines = event("ERROR", &error);
                        is_over = true;
                    } else if at < store.version {
                        let known = store.history.partition_point(|change| change.version <= at);
                        for change in store.history[known..].iter().filter(|change| change.kind == kind) {
                            if selects(selector.as_ref(), &change.object) {
                                let reversed = &mut shared.behaviour.lock().unwrap().reversed_events;
                                if kind == Kind::Ingress && *reversed > 0 {
                                    *reversed -= 1;
                                    let (r#type, object) = (change.r#type, &change.object);
                                    lines += &format!("{{\"object\":{object},\"type\":\"{type}\"}}\n");
                                } else {
                                    lines += &event(change.r#type, &change.object);
                                }
                            }
                        }
                        at = store.version;
                        if has_bookmarks && lines.is_empty() && at - told >= BOOKMARK_EVERY {
                            let metadata = json!({"resourceVersion": at.to_string()});
                            let object = json!({
                                "apiVersion": kind.api_version(), "kind": kind.name(), "metadata": metadata,
                            });
                            lines = event("BOOKMARK", &object);
                        }
                    }
                }
                if !lines.is_empty() {
                    told = at;
                    let frame = Ok(Frame::data(Bytes::from(lines)));
                    return Some((frame, (shared, (at, told), changed, expiry, is_over)));
                }
                tokio::select! {
                    _ = expiry.changed() => return None,
                    _ = changed.changed() => {}
                }
            }
        }
    });
    Ok(response(200, lines.boxed()))
}

/// The line of an event, its type first, as an API server writes it.
fn event(kind_of_event: &str, object: &Value) -> String {
    format!("{{\"type\":\"{kind_of_event}\",\"object\":{object}}}\n")
}
