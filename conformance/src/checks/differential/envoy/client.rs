use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use knative_gloo_translate::Scheme;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};

use super::backend::read_head;
use super::observed::{Observed, Seen};
use crate::testbed::client;
use knative_gloo_simulator::{Request, SecretName};

trait Stream: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Stream for T {}

/// A client of one listener with one server name. Its connection is kept; what it sends is written byte for byte.
pub(super) struct Client {
    socket: PathBuf,
    scheme: Scheme,
    sni: Option<String>,
    secrets: Arc<Vec<(SecretName, String)>>,
    connection: Option<Connection>,
}

struct Connection {
    stream: Box<dyn Stream>,
    pending: Vec<u8>,
    certificate: Option<SecretName>,
}

/// Why there is no connection.
enum NoConnection {
    Refused,
    Handshake,
    Other(io::Error),
}

impl Client {
    pub(super) fn new(
        socket: PathBuf,
        scheme: Scheme,
        sni: Option<String>,
        secrets: Arc<Vec<(SecretName, String)>>,
    ) -> Self {
        Self { socket, scheme, sni, secrets, connection: None }
    }

    pub(super) async fn ask(&mut self, request: &Request) -> Observed {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => match self.connect().await {
                Ok(connection) => connection,
                Err(NoConnection::Refused) => return Observed::Refused,
                Err(NoConnection::Handshake) => return Observed::NoHandshake,
                Err(NoConnection::Other(error)) => return Observed::Broken(error.to_string()),
            },
        };
        match connection.exchange(request).await {
            Ok(observed) => {
                self.connection = Some(connection);
                observed
            }
            Err(error) => Observed::Broken(error.to_string()),
        }
    }

    async fn connect(&self) -> Result<Connection, NoConnection> {
        let stream = match UnixStream::connect(&self.socket).await {
            Ok(stream) => stream,
            Err(error) => {
                let absent = [io::ErrorKind::NotFound, io::ErrorKind::ConnectionRefused];
                return Err(match absent.contains(&error.kind()) {
                    true => NoConnection::Refused,
                    false => NoConnection::Other(error),
                });
            }
        };
        let (stream, certificate): (Box<dyn Stream>, _) = match self.scheme {
            Scheme::Http => (Box::new(stream), None),
            Scheme::Https => {
                let wrong =
                    |error: &dyn std::fmt::Display| NoConnection::Other(io::Error::other(error.to_string()));
                let mut config = client::tls_config(&client::Request::get("https", "", "/"))
                    .map_err(|error| wrong(&error))?;
                // A resumed session would show the certificate of another listener.
                config.resumption = Resumption::disabled();
                // No name is sent for an address.
                let name = self.sni.clone().unwrap_or_else(|| "127.0.0.1".to_owned());
                let name = ServerName::try_from(name).map_err(|error| wrong(&error))?;
                let tls = TlsConnector::from(Arc::new(config));
                let stream = tls.connect(name, stream).await.map_err(|_| NoConnection::Handshake)?;
                let (_, session) = stream.get_ref();
                let shown = session.peer_certificates().and_then(|chain| chain.first());
                let known = self
                    .secrets
                    .iter()
                    .find(|(_, pem)| CertificateDer::from_pem_slice(pem.as_bytes()).ok().as_ref() == shown);
                let secret = known.map(|(secret, _)| secret.clone());
                (Box::new(stream), secret)
            }
        };
        Ok(Connection { stream, pending: Vec::new(), certificate })
    }
}

impl Connection {
    async fn exchange(&mut self, request: &Request) -> io::Result<Observed> {
        let mut head =
            format!("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, request.path, request.authority);
        for (name, value) in &request.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.stream.write_all(head.as_bytes()).await?;
        let ended = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let head = read_head(&mut self.stream, &mut self.pending).await?.ok_or_else(ended)?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        let header = |wanted: &str| {
            head.lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| *name == wanted)
                .map(|(_, value)| value.trim().to_owned())
        };
        let length: usize =
            header("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        while self.pending.len() < length {
            if self.stream.read_buf(&mut self.pending).await? == 0 {
                return Err(ended());
            }
        }
        let rest = self.pending.split_off(length);
        let body = std::mem::replace(&mut self.pending, rest);
        Ok(Observed::Answered {
            certificate: self.certificate.clone(),
            status,
            location: header("location"),
            seen: (status == 200).then(|| Seen::read(&String::from_utf8_lossy(&body))),
        })
    }
}
