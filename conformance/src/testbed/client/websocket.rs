use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{ClientError, tls};

/// How long a handshake and each answer may take: what the suite gives the handshake.
const TIME_LIMIT: Duration = Duration::from_secs(45);

/// A WebSocket connection that exchanges text messages.
pub struct WebSocket {
    stream: WebSocketStream<TcpStream>,
}

impl WebSocket {
    /// Opens `ws://<host><path>` at an address.
    ///
    /// # Errors
    /// When nothing listens there or the upgrade is refused.
    pub async fn open(address: SocketAddr, host: &str, path: &str) -> Result<Self, ClientError> {
        let stream = tls::dial(address).await?;
        let url = format!("ws://{host}{path}");
        let handshake = tokio_tungstenite::client_async(url, stream);
        let (stream, _) = timeout(TIME_LIMIT, handshake)
            .await
            .map_err(|_| ClientError::TimedOut)?
            .map_err(|error| ClientError::WebSocket(error.to_string()))?;
        Ok(Self { stream })
    }

    /// Sends a text message and waits for one.
    ///
    /// # Errors
    /// When the connection ends or something else than text comes.
    pub async fn exchange(&mut self, text: &str) -> Result<String, ClientError> {
        let broken = |error: tokio_tungstenite::tungstenite::Error| ClientError::WebSocket(error.to_string());
        self.stream.send(Message::text(text)).await.map_err(broken)?;
        let answer = timeout(TIME_LIMIT, self.stream.next()).await.map_err(|_| ClientError::TimedOut)?;
        match answer {
            Some(Ok(Message::Text(text))) => Ok(text.as_str().to_owned()),
            Some(Ok(other)) => Err(ClientError::WebSocket(format!("not a text: {other:?}"))),
            Some(Err(error)) => Err(broken(error)),
            None => Err(ClientError::WebSocket("closed".to_owned())),
        }
    }
}
