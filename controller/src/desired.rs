//! A Proxy as it should be, how it is written, and how it is known again without being read.

use std::{
    ops::Deref,
    sync::{Mutex, OnceLock, PoisonError},
};

use gloo_proxy_model::{COMPRESS_ANNOTATION, CompressError, Proxy, ProxySpec, SpecCompressor};

/// A Proxy as it should be.
#[derive(Debug)]
pub(crate) struct Desired {
    proxy: Proxy,
    /// Its `compressedSpec`, once it has been compressed. Another text may say the same; the same text can't say another.
    compressed_spec: OnceLock<Box<str>>,
}

impl Desired {
    pub(crate) const fn new(proxy: Proxy) -> Self {
        Self { proxy, compressed_spec: OnceLock::new() }
    }

    /// The Proxy as it is written: compressed if its annotation asks for it. Of a large one that takes long the first time, and
    /// then what has changed since `compressor` saw it last.
    pub(crate) fn to_stored(&self, compressor: &Mutex<SpecCompressor>) -> Result<Proxy, CompressError> {
        let annotation =
            self.proxy.metadata.annotations.as_ref().and_then(|all| all.get(COMPRESS_ANNOTATION));
        if annotation.is_none_or(|value| value != "true") {
            return Ok(self.proxy.clone());
        }
        // What it holds is replaced whole, so a panic leaves nothing broken.
        let mut compressor = compressor.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = compressor.compress(self.proxy.clone())?;
        self.compressed_spec.get_or_init(|| stored.spec.compressed_spec.as_str().into());
        Ok(stored)
    }

    /// What `text` holds, if it is known to be this.
    pub(crate) fn spec_of(&self, text: &str) -> Option<&ProxySpec> {
        self.compressed_spec.get().is_some_and(|known| **known == *text).then_some(&self.proxy.spec)
    }

    /// Reads an answer to a write of it; `None` if it can't be read.
    pub(crate) fn read(&self, answer: Proxy) -> Option<Proxy> {
        match self.spec_of(&answer.spec.compressed_spec) {
            Some(spec) => Some(with_spec(answer, spec.clone())),
            None => answer.decompressed().ok(),
        }
    }
}

impl Deref for Desired {
    type Target = Proxy;

    fn deref(&self) -> &Proxy {
        &self.proxy
    }
}

/// What [`Proxy::decompressed`] makes of a Proxy whose compressed spec is known to hold `spec`.
pub(crate) fn with_spec(mut stored: Proxy, spec: ProxySpec) -> Proxy {
    stored.spec = spec;
    let annotations = stored.metadata.annotations.get_or_insert_default();
    annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
    stored
}
