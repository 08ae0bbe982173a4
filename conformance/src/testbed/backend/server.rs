use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::{App, Certificate, probe};

/// A running backend. It ends when it is dropped, its connections with it.
#[derive(Debug)]
pub struct Backend {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Backend {
    /// Starts one on a free port of loopback. `name` is what it says of itself; with a certificate it speaks TLS.
    ///
    /// # Errors
    /// When there is no free port, or the certificate is none.
    pub async fn start(name: &str, app: App, certificate: Option<&Certificate>) -> std::io::Result<Self> {
        Self::start_on(IpAddr::from([127, 0, 0, 1]), name, app, certificate).await
    }

    /// Starts one on a free port of this address.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(
        ip: IpAddr,
        name: &str,
        app: App,
        certificate: Option<&Certificate>,
    ) -> std::io::Result<Self> {
        let tls = certificate.map(acceptor).transpose().map_err(std::io::Error::other)?;
        let listener = TcpListener::bind((ip, 0)).await?;
        let address = listener.local_addr()?;
        let site = Arc::new(Site { name: name.to_owned(), app });
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let _ = stream.set_nodelay(true);
                let (site, tls) = (Arc::clone(&site), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => site.serve(stream).await,
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(stream).await {
                                site.serve(stream).await;
                            }
                        }
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Site {
    name: String,
    app: App,
}

impl Site {
    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let site = Arc::clone(&self);
            async move {
                Ok::<_, Infallible>(match probe::handle(&mut request) {
                    Some(answer) => answer,
                    None => site.app.handle(&site.name, request).await,
                })
            }
        });
        let builder = auto::Builder::new(TokioExecutor::new());
        // A connection that breaks concerns its client alone.
        let _ = builder.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
    }
}

fn acceptor(certificate: &Certificate) -> Result<TlsAcceptor, tokio_rustls::rustls::Error> {
    let wrong = |error: &dyn std::fmt::Display| tokio_rustls::rustls::Error::General(error.to_string());
    let secret = &certificate.secret;
    let chain: Vec<_> = CertificateDer::pem_slice_iter(secret.certificate.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| wrong(&error))?;
    let key = PrivateKeyDer::from_pem_slice(secret.private_key.as_bytes()).map_err(|error| wrong(&error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
