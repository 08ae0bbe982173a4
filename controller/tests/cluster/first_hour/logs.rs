//! What a kubelet serves for `kubectl logs`: the API server asks it for `/containerLogs/NAMESPACE/POD/CONTAINER`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The file with what a pod has printed.
pub fn file(directory: &Path, pod: &str) -> PathBuf {
    directory.join(pod).join("log")
}

/// Serves the logs of `directory` until the test ends. Returns the port.
pub async fn serve(ip: IpAddr, directory: PathBuf) -> u16 {
    let listener = TcpListener::bind((ip, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor();
    let directory = Arc::new(directory);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let (acceptor, directory) = (acceptor.clone(), Arc::clone(&directory));
            tokio::spawn(async move {
                // Whoever goes away before the end has asked for nothing.
                let Ok(socket) = acceptor.accept(socket).await else { return };
                let service = service_fn(move |request| {
                    let answer = answer(&request, &directory);
                    async move { answer }
                });
                let _ = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    port
}

fn answer(
    request: &Request<Incoming>,
    directory: &Path,
) -> Result<Response<Full<Bytes>>, hyper::http::Error> {
    let parts: Vec<&str> = request.uri().path().split('/').collect();
    let log = match parts.as_slice() {
        ["", "containerLogs", _, pod, _] => std::fs::read(file(directory, pod)).ok(),
        _ => None,
    };
    let status = if log.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
    Response::builder().status(status).body(Full::from(log.unwrap_or_default()))
}

/// With a certificate that nobody has signed: the API server doesn't look unless it is told to.
fn acceptor() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["node".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
