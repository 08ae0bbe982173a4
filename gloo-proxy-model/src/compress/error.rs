use crate::ParseProxyError;

/// Why a spec can't be compressed or read from its compressed form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompressError {
    /// `compressedSpec` isn't standard base64.
    #[error("invalid spec.compressedSpec: expected base64: {0}")]
    Base64(#[from] base64::DecodeError),
    /// It isn't a valid zlib stream.
    #[error("invalid spec.compressedSpec: expected a zlib stream: {0}")]
    Zlib(#[from] std::io::Error),
    /// The decompressed spec is larger than 256 MiB.
    #[error("invalid spec.compressedSpec: expected at most 256 MiB of JSON")]
    TooLarge,
    /// The decompressed text isn't a spec.
    #[error("invalid spec.compressedSpec: expected a spec: {0}")]
    Spec(#[from] ParseProxyError),
    /// The spec can't be written.
    #[error("can't write the spec: {0}")]
    Json(#[from] serde_json::Error),
}
