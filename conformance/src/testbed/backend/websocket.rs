use futures_util::{SinkExt, StreamExt};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::{Body, answer};

pub(super) fn handle(suffix: &str, mut request: hyper::Request<Incoming>) -> hyper::Response<Body> {
    let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) else {
        return answer(400, "not a WebSocket handshake");
    };
    let accept = derive_accept_key(key.as_bytes());
    let suffix = suffix.to_owned();
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        if let Ok(upgraded) = upgrade.await {
            converse(upgraded, &suffix).await;
        }
    });
    let mut response = answer(101, "");
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(CONNECTION, "Upgrade");
    set(UPGRADE, "websocket");
    set(SEC_WEBSOCKET_ACCEPT, &accept);
    response
}

/// Until the client goes.
async fn converse(upgraded: Upgraded, suffix: &str) {
    let mut stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message
            && stream.send(Message::text(format!("{text} {suffix}"))).await.is_err()
        {
            return;
        }
    }
}
