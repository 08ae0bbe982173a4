//! The small server that tells of the controller: `/livez`, `/readyz`, `/metrics`.

use std::{convert::Infallible, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::Semaphore, time::sleep};
use tracing::{debug, warn};

use super::{Metrics, Telemetry};
use crate::ErrorChain;

/// Connections at a time: a kubelet and a few Prometheus servers need one each.
const MAX_CONNECTIONS: usize = 64;

/// How long a request's head may take, so that nobody holds a connection by silence.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be accepted, as when there are no file descriptors left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves what `telemetry` tells, for ever: `/livez` and `/readyz` answer 200, or 503 with the reason in a line, and `/metrics`
/// has the metrics in OpenMetrics' text format.
pub async fn serve_telemetry(listener: TcpListener, telemetry: Telemetry) {
    let connections = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let Ok(permit) = Arc::clone(&connections).acquire_owned().await else { return };
        let socket = match listener.accept().await {
            Ok((socket, _)) => socket,
            Err(error) => {
                warn!("no connection can be accepted for health and metrics: {}", ErrorChain(&error));
                sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let telemetry = telemetry.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let response = answer(&telemetry, &request);
                async { Ok::<_, Infallible>(response) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                // Else whoever asks again and again and never reads the answers would keep the connection for ever.
                .keep_alive(false)
                .serve_connection(TokioIo::new(socket), service)
                .await;
            if let Err(error) = served {
                debug!("a connection for health and metrics has ended: {}", ErrorChain(&error));
            }
            drop(permit);
        });
    }
}

fn answer(telemetry: &Telemetry, request: &Request<Incoming>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "expected GET\n");
    }
    let health = |result: Result<(), String>| match result {
        Ok(()) => text(StatusCode::OK, "ok\n"),
        Err(reason) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
    };
    match request.uri().path() {
        "/livez" => health(telemetry.health.live()),
        "/readyz" => health(telemetry.health.ready()),
        "/metrics" => {
            let mut response = text(StatusCode::OK, telemetry.metrics.encode());
            let media_type = HeaderValue::from_static(Metrics::CONTENT_TYPE);
            response.headers_mut().insert(header::CONTENT_TYPE, media_type);
            response
        }
        _ => text(StatusCode::NOT_FOUND, "expected /livez, /readyz or /metrics\n"),
    }
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;
    use crate::telemetry::LeaseStanding;

    /// The answer to a request, head and body.
    async fn ask(listening: std::net::SocketAddr, request: &str) -> String {
        let mut stream = TcpStream::connect(listening).await.unwrap();
        let request = format!("{request} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn server_answers_health_and_metrics() {
        let telemetry = Telemetry::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve_telemetry(listener, telemetry.clone()));
        let is = |answer: &str, status: u16, body: &str| {
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
            assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
            assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{answer}");
        };
        is(&ask(address, "GET /livez").await, 200, "ok\n");
        is(&ask(address, "GET /readyz").await, 503, "the lists are not complete\n");
        telemetry.health.turned(true);
        telemetry.health.set_lease(LeaseStanding::HeldByAnother);
        is(&ask(address, "GET /readyz?verbose").await, 200, "ok\n");
        is(&ask(address, "HEAD /readyz").await, 200, "");
        is(&ask(address, "POST /readyz").await, 405, "expected GET\n");
        is(&ask(address, "GET /").await, 404, "expected /livez, /readyz or /metrics\n");
        let metrics = ask(address, "GET /metrics").await;
        assert!(metrics.contains(&format!("content-type: {}\r\n", Metrics::CONTENT_TYPE)), "{metrics}");
        assert!(metrics.starts_with("HTTP/1.1 200 ") && metrics.contains("\r\n\r\n# HELP "), "{metrics}");
        assert!(metrics.ends_with("# EOF\n"));
        server.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_do_not_block_the_server() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve_telemetry(listener, Telemetry::default()));
        let mut silent = Vec::new();
        for _ in 0..MAX_CONNECTIONS {
            silent.push(TcpStream::connect(address).await.unwrap());
        }
        assert!(ask(address, "GET /livez").await.starts_with("HTTP/1.1 200 "));
        server.abort();
    }
}
