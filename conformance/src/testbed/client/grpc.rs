use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::stream;
use hyper::Uri;
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper::http::uri::PathAndQuery;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};

use super::{ClientError, tls};
use crate::testbed::grpc::{PING_STREAM, PingCodec};

/// How long an answer may take: what the suite gives a whole test.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// A plaintext channel: one HTTP/2 connection for any number of streams.
pub struct GrpcChannel {
    client: Grpc<Http2>,
}

/// A stream of pings.
pub struct PingStream {
    messages: mpsc::UnboundedSender<String>,
    answers: tonic::Streaming<String>,
}

impl GrpcChannel {
    /// Connects. `authority` is what the server sees as host, port included: gRPC clients send `name:80`.
    ///
    /// # Errors
    /// When nothing listens there.
    pub async fn open(address: SocketAddr, authority: &str) -> Result<Self, ClientError> {
        let grpc = |error: &dyn std::fmt::Display| ClientError::Grpc(error.to_string());
        let io = TokioIo::new(tls::dial(address).await?);
        let mut builder = http2::Builder::new(TokioExecutor::new());
        let (sender, connection) =
            builder.timer(TokioTimer::new()).handshake(io).await.map_err(|error| grpc(&error))?;
        tokio::spawn(connection);
        let origin = Uri::builder().scheme("http").authority(authority).path_and_query("/").build();
        let origin = origin.map_err(|error| grpc(&error))?;
        Ok(Self { client: Grpc::with_origin(Http2 { sender }, origin) })
    }

    /// Opens a stream.
    ///
    /// # Errors
    /// When the gateway or the backend answers with an error status.
    pub async fn ping_stream(&mut self) -> Result<PingStream, ClientError> {
        self.client.ready().await.map_err(|error| ClientError::Grpc(error.to_string()))?;
        let (messages, mut queue) = mpsc::unbounded_channel();
        let outgoing = stream::poll_fn(move |context| queue.poll_recv(context));
        let path = PathAndQuery::from_static(PING_STREAM);
        let call = self.client.streaming(tonic::Request::new(outgoing), path, PingCodec);
        let response = timeout(TIME_LIMIT, call).await.map_err(|_| ClientError::TimedOut)?.map_err(status)?;
        Ok(PingStream { messages, answers: response.into_inner() })
    }
}

impl PingStream {
    /// Sends a message and waits for one.
    ///
    /// # Errors
    /// When the stream ends.
    pub async fn exchange(&mut self, message: &str) -> Result<String, ClientError> {
        self.messages
            .send(message.to_owned())
            .map_err(|_| ClientError::Grpc("the stream has ended".to_owned()))?;
        let answer = timeout(TIME_LIMIT, self.answers.message()).await.map_err(|_| ClientError::TimedOut)?;
        answer.map_err(status)?.ok_or_else(|| ClientError::Grpc("the stream has ended".to_owned()))
    }
}

fn status(status: tonic::Status) -> ClientError {
    ClientError::Grpc(format!("{:?}: {}", status.code(), status.message()))
}

/// hyper's connection as tonic wants it.
struct Http2 {
    sender: http2::SendRequest<Body>,
}

impl GrpcService<Body> for Http2 {
    type ResponseBody = Incoming;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<hyper::Response<Incoming>, hyper::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), hyper::Error>> {
        self.sender.poll_ready(context)
    }

    fn call(&mut self, request: hyper::Request<Body>) -> Self::Future {
        Box::pin(self.sender.send_request(request))
    }
}
