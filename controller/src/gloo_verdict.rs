//! What Gloo says of a Proxy.

use std::fmt;

use gloo_proxy_model::{ProxyStatus, State};

/// What Gloo says in the status of a Proxy, the worst of it if there are several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    pub(crate) reason: String,
}

/// How often Gloo has changed its mind, by what it said then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct VerdictCounts {
    pub(crate) pending: u64,
    pub(crate) accepted: u64,
    pub(crate) warning: u64,
    pub(crate) rejected: u64,
}

impl Verdict {
    /// `None` if Gloo has never looked at it.
    pub(crate) fn of(status: &ProxyStatus) -> Option<Self> {
        let today = status.statuses.values().map(|status| (status.state, &status.reason));
        // Until 2021 there was one Gloo at most, and no map.
        let legacy = (!status.reported_by.is_empty()).then_some((status.state, &status.reason));
        let worst = today.chain(legacy).max_by_key(|(state, _)| severity(*state))?;
        Some(Self { state: worst.0, reason: worst.1.clone() })
    }
}

impl VerdictCounts {
    pub(crate) const fn count(&mut self, state: State) {
        let count = match state {
            State::Pending => &mut self.pending,
            State::Accepted => &mut self.accepted,
            State::Warning => &mut self.warning,
            State::Rejected => &mut self.rejected,
        };
        *count = count.saturating_add(1);
    }
}

const fn severity(state: State) -> u8 {
    match state {
        State::Pending => 0,
        State::Accepted => 1,
        State::Warning => 2,
        State::Rejected => 3,
    }
}

impl fmt::Display for VerdictCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pending, accepted, warning, rejected } = self;
        write!(f, "{accepted} accepted, {warning} warning, {rejected} rejected, {pending} pending")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn verdict(status: Value) -> Option<(State, String)> {
        Verdict::of(&serde_json::from_value(status).unwrap()).map(|verdict| (verdict.state, verdict.reason))
    }

    #[test]
    fn worst_gloo_verdict_wins() {
        assert_eq!(verdict(json!({})), None);
        assert_eq!(verdict(json!({"statuses": {}})), None);
        let accepted = json!({"state": "Accepted", "reportedBy": "gloo"});
        let rejected = json!({"state": "Rejected", "reason": "bad", "reportedBy": "gloo"});
        let warning = json!({"state": 3, "reason": "so so", "reportedBy": "gloo"});
        let both = json!({"statuses": {"a": rejected, "b": warning, "c": accepted}});
        assert_eq!(verdict(both), Some((State::Rejected, "bad".to_owned())));
        assert_eq!(verdict(json!({"statuses": {"c": accepted}})), Some((State::Accepted, String::new())));
        let legacy = json!({"state": 2, "reason": "old", "reported_by": "gloo"});
        assert_eq!(verdict(legacy), Some((State::Rejected, "old".to_owned())));
    }

    #[test]
    fn every_gloo_status_is_counted() {
        let mut counts = VerdictCounts::default();
        for state in [State::Accepted, State::Accepted, State::Warning, State::Rejected, State::Pending] {
            counts.count(state);
        }
        assert_eq!(counts.to_string(), "2 accepted, 1 warning, 1 rejected, 1 pending");
    }
}
