use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::context::echo_of;
use crate::checks::Failure;
use crate::testbed::client::{Connection, Request};

/// How often each value of a header came, over `count` requests, `workers` at a time, each over a connection of its
/// own that it keeps. A request without the header counts as the empty value; any status but 200 is a failure.
pub(super) async fn observe(
    request: &Request,
    header: &str,
    count: usize,
    workers: usize,
) -> Result<BTreeMap<String, u32>, Failure> {
    let each = count.checked_div(workers).unwrap_or_default();
    let work = (0..workers).map(|_| async move {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        let mut connection = Connection::open(request).await?;
        for _ in 0..each {
            let echo = echo_of(request, &connection.send(request).await?)?;
            let times = seen.entry(echo.header(header).unwrap_or_default().to_owned()).or_default();
            *times = times.saturating_add(1);
        }
        Ok::<_, Failure>(seen)
    });
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    for (value, times) in try_join_all(work).await?.into_iter().flatten() {
        let sum = all.entry(value).or_default();
        *sum = sum.saturating_add(times);
    }
    Ok(all)
}

/// Whether `seen` of `count` requests is `wanted` percent, within so many points; 0 percent is none at all.
pub(crate) fn is_share(seen: u32, count: u32, wanted: i64, margin: f64) -> bool {
    if wanted == 0 {
        return seen == 0;
    }
    let percent = f64::from(seen) / f64::from(count) * 100.0;
    i32::try_from(wanted).is_ok_and(|wanted| (percent - f64::from(wanted)).abs() <= margin)
}
