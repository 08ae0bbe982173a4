//! What an operator sees from outside: `metrics`, `health`, and the small server that tells both.

mod health;
mod latency;
mod metrics;
mod server;
mod tally;

pub(crate) use health::LeaseStanding;
pub(crate) use latency::Latency;
pub(crate) use metrics::ObjectKind;
pub(crate) use tally::Tally;

pub use health::Health;
pub use metrics::Metrics;
pub use server::serve_telemetry;

/// What a controller tells of itself. Clones share it: one goes to [`run`](crate::run), with the [`Config`](crate::Config),
/// another to [`serve_telemetry`].
#[derive(Clone, Debug, Default)]
pub struct Telemetry {
    /// Counters, gauges and histograms.
    pub metrics: Metrics,
    /// Whether it lives and is ready.
    pub health: Health,
}
