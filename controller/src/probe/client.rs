//! One request on a connection of its own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::Empty;
use hyper::{
    Request, Response,
    body::Incoming,
    client::conn::http1,
    header::{HOST, HeaderMap, LOCATION},
};
use hyper_util::rt::TokioIo;
use knative_gloo_translate::{Probe, ProbeAnswer, ProbeVerdict, Scheme};
use knative_ingress_model::keys::HASH_HEADER;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout},
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, UnixTime},
    },
};

use super::{Ask, Endpoint, Failure};

/// The most bytes of an answer that are looked at: its status and headers. The body is not read.
const MAX_HEAD: usize = 64 * 1024;

/// Asks over HTTP/1.1, follows no redirect, verifies no certificate, and keeps no connection: Envoy answers on an old one by the
/// listener that it had when that began.
#[derive(Clone)]
pub(crate) struct Client {
    /// Or why there is none.
    tls: Result<TlsConnector, Error>,
    timeout: Duration,
}

impl Client {
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { tls: trusting_nobody(), timeout }
    }

    /// A connection on which a gateway can be asked for this host.
    async fn connect(&self, address: SocketAddr, probe: &Probe) -> Result<Connection, Failure> {
        let socket = TcpStream::connect(address).await;
        let socket = socket.map_err(|error| Failure::Unreachable(format!("no connection: {error}")))?;
        match probe.scheme {
            Scheme::Http => Ok(Connection::Plain(socket)),
            Scheme::Https => {
                let name = ServerName::try_from(probe.host.clone()).map_err(|error| broken("SNI", &error))?;
                let tls = self.tls.as_ref().map_err(|error| broken("TLS", error))?;
                let socket = tls.connect(name, socket).await.map_err(|error| broken("TLS", &error))?;
                Ok(Connection::Tls(Box::new(socket)))
            }
        }
    }
}

enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Ask for Client {
    async fn ask(&self, endpoint: Endpoint, probe: Arc<Probe>) -> Result<(), Failure> {
        let request = request(&probe).map_err(|error| broken("no request can be made of it", &error))?;
        let started = Instant::now();
        let connection = timeout(self.timeout, self.connect(endpoint.address, &probe)).await;
        let connection = connection
            .map_err(|_| Failure::Unreachable(format!("no connection within {:?}", self.timeout)))??;
        let answer = async {
            match connection {
                Connection::Plain(socket) => exchange(socket, request).await,
                Connection::Tls(socket) => exchange(socket, request).await,
            }
        };
        let answer = timeout(self.timeout.saturating_sub(started.elapsed()), answer).await;
        let answer = answer.map_err(|_| Failure::Silent(self.timeout))?;
        let answer = answer.map_err(|error| broken("HTTP", &error))?;
        judge(&probe, answer.status().as_u16(), answer.headers())
    }
}

fn broken(what: &str, error: &dyn std::error::Error) -> Failure {
    Failure::Broken(format!("{what}: {error}"))
}

fn judge(probe: &Probe, status: u16, headers: &HeaderMap) -> Result<(), Failure> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let hash = header(HASH_HEADER);
    match probe.judge(&ProbeAnswer { status, hash, location: header(LOCATION.as_str()) }) {
        ProbeVerdict::Served => Ok(()),
        ProbeVerdict::NotYet => Err(Failure::Answer { status, other_hash: None }),
        ProbeVerdict::WrongHash => Err(Failure::Answer { status, other_hash: hash.map(str::to_owned) }),
    }
}

fn request(probe: &Probe) -> hyper::http::Result<Request<Empty<Bytes>>> {
    // Not a whole URI: a path that begins with `//` would be read as a host.
    let path = hyper::http::uri::PathAndQuery::try_from(&*probe.path)?;
    let request = Request::get(hyper::Uri::from(path)).header(HOST, &probe.host);
    probe.headers().fold(request, |request, (name, value)| request.header(name, value)).body(Empty::new())
}

async fn exchange(
    socket: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Empty<Bytes>>,
) -> hyper::Result<Response<Incoming>> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MAX_HEAD).handshake(TokioIo::new(socket)).await?;
    let answer = sender.send_request(request);
    tokio::pin!(connection, answer);
    tokio::select! {
        answer = &mut answer => answer,
        // What ends the connection is told by the answer, if only as a failure.
        _ = &mut connection => answer.await,
    }
}

/// TLS to whoever answers: whose certificate a gateway serves with is its Ingress's choice, and nothing secret is asked for.
fn trusting_nobody() -> Result<TlsConnector, Error> {
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = tokio_rustls::rustls::client::Resumption::disabled();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests;
