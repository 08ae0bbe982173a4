//! `ping.PingService` of the suite: one message with one text field, sent both ways.

use bytes::{Buf, BufMut};
use tonic::Status;
use tonic::codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};

/// The bidirectional method.
pub(crate) const PING_STREAM: &str = "/ping.PingService/PingStream";

/// The tag of protobuf field 1 with wire type 2 (length-delimited).
const FIELD_1: u8 = 0x0a;

/// `Request` and `Response` of the service, which look the same on the wire: `string msg = 1`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PingCodec;

impl Codec for PingCodec {
    type Encode = String;
    type Decode = String;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for PingCodec {
    type Item = String;
    type Error = Status;

    fn encode(&mut self, message: String, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put_u8(FIELD_1);
        let mut length = message.len();
        while length >= 0x80 {
            to.put_u8((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        to.put_u8(length as u8);
        to.put_slice(message.as_bytes());
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for PingCodec {
    type Item = String;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<String>, Status> {
        let malformed = || Status::internal("not a message with one text in field 1");
        let bytes = from.copy_to_bytes(from.remaining());
        let Some((&FIELD_1, rest)) = bytes.split_first() else {
            // Protobuf leaves out an empty text.
            return if bytes.is_empty() { Ok(Some(String::new())) } else { Err(malformed()) };
        };
        let length_bytes = rest.iter().take_while(|byte| **byte >= 0x80).count().saturating_add(1);
        let (_, text) = rest.split_at_checked(length_bytes).ok_or_else(malformed)?;
        String::from_utf8(text.to_vec()).map(Some).map_err(|_| malformed())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}
