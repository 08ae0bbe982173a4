//! `spec.compressedSpec`: the whole spec as base64 of zlib of its JSON.

mod chunk;
mod compressor;
mod error;
mod stream;

use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;

use crate::Proxy;

pub use compressor::SpecCompressor;
pub use error::CompressError;

/// The annotation that asks Gloo to compress a Proxy's spec when it writes it; only `"true"` does.
pub const COMPRESS_ANNOTATION: &str = "gloo.solo.io/compress";

/// The largest spec that is read from a compressed one: a small text can hold a thousand times its size.
const MAX_SPEC_BYTES: u64 = 256 << 20;

impl Proxy {
    /// The same Proxy with its spec compressed and the annotation set, as Gloo has written it since 1.5 with
    /// `gateway.compressedProxySpec`: Go's JSON with sorted keys, zlib, base64. The status stays as it is.
    ///
    /// Who compresses one state of a Proxy after another keeps a [`SpecCompressor`], which gives the same bytes.
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
    pub fn compressed(self) -> Result<Self, CompressError> {
        SpecCompressor::default().compress(self)
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
        self.annotate_as_compressed();
        Ok(self)
    }

    /// The Proxy as Gloo stores it: compressed if [`COMPRESS_ANNOTATION`] is `"true"`, else as it is.
    ///
    /// # Errors
    /// As for [`compressed`](Self::compressed).
    pub fn compressed_if_annotated(self) -> Result<Self, CompressError> {
        let annotation = self.metadata.annotations.as_ref().and_then(|all| all.get(COMPRESS_ANNOTATION));
        if annotation.is_some_and(|value| value == "true") { self.compressed() } else { Ok(self) }
    }

    pub(crate) fn annotate_as_compressed(&mut self) {
        let annotations = self.metadata.annotations.get_or_insert_default();
        annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
    }
}
