use std::collections::BTreeMap;

use crate::checks::Failure;
use crate::checks::suite::is_share;
use crate::testbed::backend::Echo;
use crate::testbed::client::{Connection, Request};

/// How far a share may be off, in points: what the suite allows.
const MARGIN: f64 = 10.0;

/// Sends a request many times and compares who answered how often.
pub(super) async fn check(
    request: &Request,
    repeat: usize,
    shares: &BTreeMap<String, i64>,
) -> Result<(), Failure> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut connection = Connection::open(request).await?;
    for _ in 0..repeat {
        let answer = connection.send(request).await?;
        if answer.status != 200 {
            return Err(Failure::because(format!("status {}, wanted 200", answer.status)));
        }
        let echo: Echo = serde_json::from_slice(&answer.body)?;
        let times = seen.entry(echo.host.name).or_default();
        *times = times.saturating_add(1);
    }
    let count = u32::try_from(repeat).unwrap_or(u32::MAX);
    for (backend, times) in &seen {
        if !shares.contains_key(backend) {
            return Err(Failure::because(format!("{backend} answered {times} of {repeat}")));
        }
    }
    for (backend, wanted) in shares {
        let times = seen.get(backend).copied().unwrap_or_default();
        if !is_share(times, count, *wanted, MARGIN) {
            return Err(Failure::because(format!(
                "{backend} answered {times} of {repeat}, wanted {wanted} %"
            )));
        }
    }
    Ok(())
}
