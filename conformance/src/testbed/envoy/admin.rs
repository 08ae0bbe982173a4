use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

use crate::testbed::client::{self, Request};

/// Whether Envoy says that it is up.
pub(crate) async fn is_live(admin: SocketAddr) -> bool {
    get(admin, "/ready").await.is_ok_and(|body| body.trim() == "LIVE")
}

/// Counters, gauges and texts whose names match a regular expression.
pub(crate) async fn stats(
    admin: SocketAddr,
    filter: &str,
) -> Result<BTreeMap<String, Value>, client::ClientError> {
    let body = get(admin, &format!("/stats?format=json&filter={filter}")).await?;
    let parsed: Value = serde_json::from_str(&body).unwrap_or_default();
    let stats = parsed.get("stats").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let pair = |stat: &Value| Some((stat.get("name")?.as_str()?.to_owned(), stat.get("value")?.clone()));
    Ok(stats.iter().filter_map(pair).collect())
}

async fn get(admin: SocketAddr, path: &str) -> Result<String, client::ClientError> {
    let response = client::send(&Request::get("http", "admin.localhost", path).to(admin)).await?;
    Ok(String::from_utf8_lossy(&response.body).into_owned())
}
