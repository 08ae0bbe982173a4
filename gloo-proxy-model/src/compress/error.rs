use crate::ParseProxyError;

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
    Spec(#[from] ParseProxyError),
    /// The spec can't be written.
    #[error("the spec can't be written: {0}")]
    Json(#[from] serde_json::Error),
}
