//! `spec.compressedSpec`: the JSON of the spec, compressed with zlib and encoded as base64.

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

/// The largest spec to decompress, because a small text can expand to a thousand times its size.
const MAX_SPEC_BYTES: u64 = 256 << 20;

impl Proxy {
    /// Compresses the spec and sets [`COMPRESS_ANNOTATION`], as Gloo since 1.5 with `gateway.compressedProxySpec`: Go's JSON with
    /// sorted keys, zlib, base64. The status doesn't change.
    ///
    /// To compress a Proxy again after each change, use a [`SpecCompressor`], which writes the same bytes faster.
    ///
    /// # Errors
    /// When the spec can't be written. This doesn't happen to a spec that was read from JSON.
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

    /// Decompresses the spec, as Gloo does after reading: the fields beside `compressedSpec` are dropped, and [`COMPRESS_ANNOTATION`] is
    /// set even if it was missing. A Proxy without `compressedSpec` doesn't change.
    ///
    /// # Errors
    /// When `compressedSpec` isn't a spec as JSON, compressed with zlib and encoded as base64.
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
