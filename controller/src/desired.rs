//! A Proxy as it should be, how it is written, and how it is known again without being read.

use std::{
    ops::Deref,
    sync::{Mutex, OnceLock, PoisonError},
};

use gloo_proxy_model::{COMPRESS_ANNOTATION, Proxy, ProxySpec, SpecCompressor};
use kube::Error;

use crate::room::TooLarge;

/// Which form of a Proxy is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormLimits {
    /// The largest one that is written plain where a plain one is stored.
    pub(crate) max_plain_bytes: usize,
    /// The largest one that is written.
    pub(crate) max_bytes: usize,
    /// Whether a compressed one is stored.
    pub(crate) is_compressed: bool,
}

impl FormLimits {
    /// One that is compressed becomes plain only when it has room to grow again, so that its form does not change with every
    /// change at the limit.
    const fn max_plain(self) -> usize {
        let Self { max_plain_bytes, max_bytes, is_compressed } = self;
        let most = if max_plain_bytes < max_bytes { max_plain_bytes } else { max_bytes };
        if is_compressed { (most / 4).saturating_mul(3) } else { most }
    }
}

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

    /// The Proxy as it is written: plain where `form` says so of its size, else compressed. To compress a large one takes long
    /// the first time, and then what has changed since `compressor` saw it last.
    pub(crate) fn to_stored(
        &self,
        form: FormLimits,
        compressor: &Mutex<SpecCompressor>,
    ) -> Result<Proxy, Error> {
        if self.proxy.fits(form.max_plain()) {
            return Ok(self.proxy.clone());
        }
        // What it holds is replaced whole, so a panic leaves nothing broken.
        let mut compressor = compressor.lock().unwrap_or_else(PoisonError::into_inner);
        let stored = compressor.compress(self.proxy.clone()).map_err(|error| Error::Service(error.into()))?;
        self.compressed_spec.get_or_init(|| stored.spec.compressed_spec.as_str().into());
        let max_bytes = form.max_bytes;
        if stored.fits(max_bytes) { Ok(stored) } else { Err(Error::Service(TooLarge { max_bytes }.into())) }
    }

    /// About how many bytes it had when it was written.
    pub(crate) fn written_bytes(&self) -> usize {
        self.compressed_spec.get().map_or_else(|| self.proxy.size().plain, |text| text.len())
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

#[cfg(test)]
mod tests {
    use gloo_proxy_model::{HttpListener, Listener, ListenerType};

    use super::*;

    fn sized(name_bytes: usize) -> Proxy {
        let mut proxy = Proxy::default();
        proxy.spec.listeners = vec![Listener {
            name: "x".repeat(name_bytes),
            listener_type: Some(ListenerType::Http(HttpListener::default())),
            ..Listener::default()
        }];
        proxy
    }

    /// Whether a Proxy of so many bytes is written compressed.
    fn becomes_compressed(bytes: usize, is_compressed: bool) -> bool {
        let frame = sized(0).size().plain;
        let desired = Desired::new(sized(bytes.saturating_sub(frame).saturating_sub(r#""name":"","#.len())));
        assert_eq!(desired.size().plain, bytes);
        let stored = desired
            .to_stored(
                FormLimits { max_plain_bytes: 4000, max_bytes: usize::MAX, is_compressed },
                &Mutex::default(),
            )
            .unwrap();
        assert_eq!(stored.clone().decompressed().unwrap().spec, desired.spec);
        assert_eq!(stored.spec.compressed_spec.is_empty(), !stored.spec.listeners.is_empty());
        !stored.spec.compressed_spec.is_empty()
    }

    #[test]
    fn compression_follows_proxy_size_with_hysteresis() {
        for (bytes, from_plain, from_compressed) in [
            (2999, false, false),
            (3000, false, false),
            (3001, false, true),
            (4000, false, true),
            (4001, true, true),
        ] {
            assert_eq!(becomes_compressed(bytes, false), from_plain, "{bytes}");
            assert_eq!(becomes_compressed(bytes, true), from_compressed, "{bytes}");
        }
    }
}
