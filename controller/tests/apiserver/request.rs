use kube::{Client, Error};
use serde_json::Value;

/// Sends a request as it is, the one way to ask for what the client has no method for. `APPLY` is a server-side apply;
/// `null` is no body.
pub async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Result<Value, Error> {
    let (method, content_type) = match method {
        "APPLY" => ("PATCH", "application/apply-patch+yaml"),
        method => (method, "application/json"),
    };
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let request = http::Request::builder().method(method).uri(path);
    let request = request.header(http::header::CONTENT_TYPE, content_type).body(body).unwrap();
    client.request(request).await
}
