use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::stored::write_as_go;
use crate::{ParseError, Proxy, ProxySpec};

/// The annotation that asks Gloo to compress a Proxy's spec when it writes it; only `"true"` does.
pub const COMPRESS_ANNOTATION: &str = "gloo.solo.io/compress";

/// The largest spec that is read from a compressed one: a small text can hold a thousand times its size.
const MAX_SPEC_BYTES: u64 = 256 << 20;

/// Why a spec can't be compressed or read from its compressed form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompressError {
    /// `compressedSpec` is no standard base64.
    #[error("spec.compressedSpec is not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// It holds no zlib stream, or a broken one.
    #[error("spec.compressedSpec is not zlib: {0}")]
    Zlib(#[from] std::io::Error),
    /// What it holds is larger than 256 MiB.
    #[error("spec.compressedSpec holds more than 256 MiB")]
    TooLarge,
    /// What it holds is no spec.
    #[error("spec.compressedSpec holds no spec: {0}")]
    Spec(#[from] ParseError),
    /// The spec can't be written.
    #[error("the spec can't be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Proxy {
    /// The same Proxy with its spec compressed and the annotation set, as Gloo has written it since 1.5 with
    /// `gateway.compressedProxySpec`: Go's JSON with sorted keys, zlib, base64. The status stays as it is.
    ///
    /// # Errors
    /// When the spec can't be written, which no spec read from JSON runs into.
    ///
    /// ```
    /// use gloo_proxy_model::Proxy;
    /// let proxy = Proxy::from_json(br#"{"spec": {"listeners": [{"name": "http", "bindPort": 80}]}}"#)?;
    /// let compressed = proxy.clone().compressed()?;
    /// assert!(compressed.spec.compressed_spec.starts_with("eJ"));
    /// assert_eq!(compressed.decompressed()?.spec, proxy.spec);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compressed(mut self) -> Result<Self, CompressError> {
        if self.spec.compressed_spec.is_empty() {
            let spec = serde_json::to_value(&self.spec)?;
            let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
            write_as_go(&Sorted(&spec), &mut encoder)?;
            let compressed_spec = STANDARD.encode(encoder.finish()?);
            self.spec = ProxySpec { compressed_spec, ..ProxySpec::default() };
        }
        self.ask_for_compression();
        Ok(self)
    }

    /// The same Proxy with its spec readable, as Gloo has it in memory: the annotation set even if it was
    /// missing, and any other field beside `compressedSpec` dropped. A Proxy without `compressedSpec` stays as it is.
    ///
    /// # Errors
    /// When `compressedSpec` is not base64 of zlib of the JSON of a spec.
    pub fn decompressed(mut self) -> Result<Self, CompressError> {
        if self.spec.compressed_spec.is_empty() {
            return Ok(self);
        }
        let zlib = STANDARD.decode(&self.spec.compressed_spec)?;
        let mut json = Vec::new();
        ZlibDecoder::new(zlib.as_slice()).take(MAX_SPEC_BYTES).read_to_end(&mut json)?;
        if u64::try_from(json.len()).is_ok_and(|length| length >= MAX_SPEC_BYTES) {
            return Err(CompressError::TooLarge);
        }
        self.spec = crate::parse::read(&json)?;
        self.ask_for_compression();
        Ok(self)
    }

    /// The Proxy as Gloo writes it: compressed if its annotation asks for it, else as it is.
    ///
    /// # Errors
    /// As for [`compressed`](Self::compressed).
    pub fn stored(self) -> Result<Self, CompressError> {
        let annotation = self.metadata.annotations.as_ref().and_then(|all| all.get(COMPRESS_ANNOTATION));
        if annotation.is_some_and(|value| value == "true") { self.compressed() } else { Ok(self) }
    }

    fn ask_for_compression(&mut self) {
        let annotations = self.metadata.annotations.get_or_insert_default();
        annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
    }
}

/// Writes objects with their keys sorted, as Go does, whatever order `serde_json` was built to keep.
struct Sorted<'a>(&'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_unstable_by_key(|(name, _)| *name);
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, &Sorted(value))?;
                }
                map.end()
            }
            Value::Array(elements) => serializer.collect_seq(elements.iter().map(Sorted)),
            scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
                scalar.serialize(serializer)
            }
        }
    }
}
