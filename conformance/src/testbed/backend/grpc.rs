use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::{Stream, StreamExt};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tonic::server::StreamingService;
use tonic::{Request, Response, Status, Streaming};

use super::{Body, answer};
use crate::testbed::grpc::{PING_STREAM, PingCodec};

pub(super) async fn handle(suffix: &str, request: hyper::Request<Incoming>) -> hyper::Response<Body> {
    if request.uri().path() != PING_STREAM {
        return answer(404, "");
    }
    let service = Ping { suffix: suffix.to_owned() };
    let response = tonic::server::Grpc::new(PingCodec).streaming(service, request).await;
    response.map(|body| body.map_err(Into::into).boxed_unsync())
}

struct Ping {
    suffix: String,
}

impl StreamingService<String> for Ping {
    type Response = String;
    type ResponseStream = Answers;
    type Future = BoxFuture<'static, Result<Response<Answers>, Status>>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Self::Future {
        let answers = Answers { messages: request.into_inner(), suffix: self.suffix.clone() };
        async move { Ok(Response::new(answers)) }.boxed()
    }
}

/// Each message with the suffix behind it.
struct Answers {
    messages: Streaming<String>,
    suffix: String,
}

impl Stream for Answers {
    type Item = Result<String, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let message = self.messages.poll_next_unpin(context);
        message.map(|next| next.map(|message| message.map(|text| format!("{text}{}", self.suffix))))
    }
}
