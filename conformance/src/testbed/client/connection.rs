use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::rt::{Read, Write};
use hyper::{Method, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::time::timeout;

use super::{ClientError, Protocol, Request, Response, tls};

/// A connection that is kept for further requests to the same place.
pub struct Connection {
    sender: Sender,
    certificate: Option<Vec<u8>>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    async fn over(
        io: impl Read + Write + Unpin + Send + 'static,
        protocol: Protocol,
    ) -> Result<Self, ClientError> {
        Ok(match protocol {
            Protocol::Http1 => {
                // Header names go out as they are written, as Go's client does.
                let mut builder = http1::Builder::new();
                builder.preserve_header_case(true).title_case_headers(true);
                let (sender, connection) = builder.handshake(io).await.map_err(http)?;
                tokio::spawn(connection);
                Self::Http1(sender)
            }
            Protocol::Http2 => {
                let mut builder = http2::Builder::new(TokioExecutor::new());
                let (sender, connection) =
                    builder.timer(TokioTimer::new()).handshake(io).await.map_err(http)?;
                tokio::spawn(connection);
                Self::Http2(sender)
            }
        })
    }
}

/// Sends a request over a connection of its own and reads the answer to its end.
///
/// # Errors
/// When there is no whole answer within the request's time limit.
pub async fn send(request: &Request) -> Result<Response, ClientError> {
    let exchange = async { Connection::open(request).await?.exchange(request).await };
    timeout(request.time_limit, exchange).await.map_err(|_| ClientError::TimedOut)?
}

/// Sends a request and gives the status of the answer; its body is not waited for.
///
/// # Errors
/// When no headers come within the request's time limit.
pub async fn status(request: &Request) -> Result<u16, ClientError> {
    let exchange = async { Connection::open(request).await?.begin(request).await };
    let response = timeout(request.time_limit, exchange).await.map_err(|_| ClientError::TimedOut)??;
    Ok(response.status().as_u16())
}

impl Connection {
    /// Connects to where the request goes, as it wants it: protocol, TLS, trust.
    ///
    /// # Errors
    /// When nothing listens there, or the handshake fails.
    pub async fn open(request: &Request) -> Result<Self, ClientError> {
        if request.scheme == "https" {
            let stream = tls::connect(request).await?;
            let chain = stream.get_ref().1.peer_certificates();
            let certificate = chain.and_then(|chain| chain.first()).map(|leaf| leaf.to_vec());
            let sender = Sender::over(TokioIo::new(stream), request.protocol).await?;
            Ok(Self { sender, certificate })
        } else {
            let sender =
                Sender::over(TokioIo::new(tls::dial(request.address).await?), request.protocol).await?;
            Ok(Self { sender, certificate: None })
        }
    }

    /// Sends a request and reads the answer to its end.
    ///
    /// # Errors
    /// When there is no whole answer within the request's time limit.
    pub async fn send(&mut self, request: &Request) -> Result<Response, ClientError> {
        timeout(request.time_limit, self.exchange(request)).await.map_err(|_| ClientError::TimedOut)?
    }

    async fn exchange(&mut self, request: &Request) -> Result<Response, ClientError> {
        let (parts, body) = self.begin(request).await?.into_parts();
        let body = Incoming::collect(body).await.map_err(http)?.to_bytes().to_vec();
        let certificate = self.certificate.clone();
        Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body, certificate })
    }

    async fn begin(&mut self, request: &Request) -> Result<hyper::Response<Incoming>, ClientError> {
        let message = to_http(request)?;
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                sender.ready().await.map_err(http)?;
                sender.send_request(message).await
            }
            Sender::Http2(sender) => sender.send_request(message).await,
        };
        response.map_err(http)
    }
}

fn to_http(request: &Request) -> Result<hyper::Request<Full<Bytes>>, ClientError> {
    let wrong = |error: hyper::http::Error| ClientError::Unsendable(error.to_string());
    let method: Method =
        request.method.parse().map_err(|_| ClientError::Unsendable("not a method".to_owned()))?;
    let body = Full::new(Bytes::copy_from_slice(&request.body));
    let mut builder = hyper::Request::builder().method(method);
    match request.protocol {
        Protocol::Http1 => {
            let path: Uri =
                request.path.parse().map_err(|_| ClientError::Unsendable("not a path".to_owned()))?;
            builder = builder.uri(path).header("Host", &request.host);
        }
        Protocol::Http2 => {
            let uri = Uri::builder()
                .scheme(request.scheme.as_str())
                .authority(request.host.as_str())
                .path_and_query(request.path.as_str());
            builder = builder.uri(uri.build().map_err(wrong)?).version(hyper::Version::HTTP_2);
        }
    }
    for (name, value) in &request.headers {
        builder = builder.header(name.as_str(), value.as_str());
    }
    builder.body(body).map_err(wrong)
}

fn http(error: hyper::Error) -> ClientError {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    ClientError::Http(text)
}
