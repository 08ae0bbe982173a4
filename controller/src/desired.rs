//! A Proxy as it should be, how it is written, and how it is known again without being read.

use std::{
    ops::Deref,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use gloo_proxy_model::{COMPRESS_ANNOTATION, Proxy, ProxySize, ProxySpec, SpecCompressor};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::Error;

use crate::{room::TooLarge, shared_proxy::SharedProxy, stored_proxy::StoredProxy};

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
    proxy: SharedProxy,
    /// Its spec as it is written, once it has been. Another text may say the same; the same text can't say another.
    written: OnceLock<WrittenSpec>,
}

/// A spec as it is written.
#[derive(Debug)]
struct WrittenSpec {
    json: Arc<str>,
    is_compressed: bool,
}

impl Desired {
    pub(crate) const fn new(proxy: SharedProxy) -> Self {
        Self { proxy, written: OnceLock::new() }
    }

    /// The Proxy as it is written: plain where `form` says so of its size, else compressed. To compress a large one takes long
    /// the first time, and then what has changed since `compressor` saw it last.
    pub(crate) fn to_stored(
        &self,
        form: FormLimits,
        compressor: &Mutex<SpecCompressor>,
    ) -> Result<StoredProxy, Error> {
        // Where a plain one is stored, to write it as far as that goes costs less than to compress it.
        if !form.is_compressed
            && let Some(plain) = self.plain(form.max_plain())
        {
            return Ok(plain);
        }
        // What it holds is replaced whole, so a panic leaves nothing broken.
        let mut compressor = compressor.lock().unwrap_or_else(PoisonError::into_inner);
        // Without the version it replaces: whether it fits must not depend on how long that is.
        let SharedProxy { metadata, spec } = &self.proxy;
        let mut proxy =
            Proxy { metadata: metadata.clone(), spec: ProxySpec::clone(spec), ..Proxy::default() };
        let version = proxy.metadata.resource_version.take();
        let mut stored = compressor.compress(proxy).map_err(|error| Error::Service(error.into()))?;
        stored.metadata.resource_version = version;
        let is_within =
            |bytes: fn(ProxySize) -> usize, most| compressor.size().is_some_and(|it| bytes(it) <= most);
        if form.is_compressed
            && is_within(|size| size.plain, form.max_plain())
            && let Some(plain) = self.plain(form.max_plain())
        {
            return Ok(plain);
        }
        let json = stored.spec.to_stored_json(usize::MAX).unwrap_or_default();
        let stored = self.as_written(stored.metadata, json, true);
        let max_bytes = form.max_bytes;
        if is_within(|size| size.compressed, max_bytes) {
            Ok(stored)
        } else {
            Err(Error::Service(TooLarge { max_bytes }.into()))
        }
    }

    /// The plain Proxy, unless it has more than `max_bytes`.
    fn plain(&self, max_bytes: usize) -> Option<StoredProxy> {
        let SharedProxy { metadata, spec } = &self.proxy;
        let frame = Proxy { metadata: metadata.clone(), ..Proxy::default() };
        let frame = frame.size().plain.saturating_sub("{}".len());
        let json = max_bytes.checked_sub(frame).and_then(|most| spec.to_stored_json(most));
        json.map(|json| self.as_written(metadata.clone(), json, false))
    }

    fn as_written(&self, metadata: ObjectMeta, json: String, is_compressed: bool) -> StoredProxy {
        let written = self.written.get_or_init(|| WrittenSpec { json: json.into(), is_compressed });
        StoredProxy { metadata, spec: Some(Arc::clone(&written.json)), status: None }
    }

    /// About how many bytes it had when it was written.
    pub(crate) fn written_bytes(&self) -> usize {
        self.written.get().map_or(0, |written| written.json.len())
    }

    /// Whether it was written compressed.
    pub(crate) fn is_compressed(&self) -> bool {
        self.written.get().is_some_and(|written| written.is_compressed)
    }

    /// What `stored` says, if it is known to be this.
    pub(crate) fn spec_of(&self, stored: &StoredProxy) -> Option<&Arc<ProxySpec>> {
        let (written, text) = (&self.written.get()?.json, stored.spec.as_ref()?);
        (Arc::ptr_eq(written, text) || written == text).then_some(&self.proxy.spec)
    }

    /// The fields of the spec in an answer to a write of it that are not of this writer.
    pub(crate) fn foreign_fields(&self, answer: &StoredProxy) -> Result<Vec<String>, Error> {
        if self.spec_of(answer).is_some() {
            return Ok(Vec::new());
        }
        let mut spec = serde_json::from_str(answer.spec_text()).map_err(Error::SerdeError)?;
        Ok(self.remove_foreign_fields(&mut spec))
    }

    /// Reads an answer to a write of it, less the fields that are not of this writer; `None` if it can't be read.
    pub(crate) fn read(&self, answer: StoredProxy) -> Option<SharedProxy> {
        if let Some(spec) = self.spec_of(&answer) {
            return Some(with_spec(answer.metadata, Arc::clone(spec), self.is_compressed()));
        }
        let mut spec = serde_json::from_str(answer.spec_text()).ok()?;
        self.remove_foreign_fields(&mut spec);
        let proxy = Proxy { metadata: answer.metadata, spec, ..Proxy::default() };
        proxy.decompressed().ok().map(SharedProxy::from)
    }

    /// Takes out of `stored` the fields that it was written without, and names them.
    fn remove_foreign_fields(&self, stored: &mut ProxySpec) -> Vec<String> {
        let ProxySpec { listeners, compressed_spec, unknown } = stored;
        let mut foreign = Vec::new();
        if (self.is_compressed() || self.proxy.spec.listeners.is_empty()) && !listeners.is_empty() {
            listeners.clear();
            foreign.push("listeners".to_owned());
        }
        if !self.is_compressed() && !compressed_spec.is_empty() {
            compressed_spec.clear();
            foreign.push("compressedSpec".to_owned());
        }
        foreign.extend(std::mem::take(unknown).iter().map(|(name, _)| name.to_owned()));
        foreign
    }
}

impl Deref for Desired {
    type Target = SharedProxy;

    fn deref(&self) -> &SharedProxy {
        &self.proxy
    }
}

/// A stored Proxy whose spec is known; one that was read from a compressed one asks for that, as [`Proxy::decompressed`] has it.
pub(crate) fn with_spec(mut metadata: ObjectMeta, spec: Arc<ProxySpec>, is_compressed: bool) -> SharedProxy {
    if is_compressed {
        let annotations = metadata.annotations.get_or_insert_default();
        annotations.insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
    }
    SharedProxy { metadata, spec }
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
        let proxy = sized(bytes.saturating_sub(frame).saturating_sub(r#""name":"","#.len()));
        assert_eq!(proxy.size().plain, bytes);
        let desired = Desired::new(proxy.into());
        let stored = desired
            .to_stored(
                FormLimits { max_plain_bytes: 4000, max_bytes: usize::MAX, is_compressed },
                &Mutex::default(),
            )
            .unwrap();
        let spec: ProxySpec = serde_json::from_str(stored.spec_text()).unwrap();
        assert_eq!(spec.compressed_spec.is_empty(), !spec.listeners.is_empty());
        assert_eq!(spec.compressed_spec.is_empty(), !desired.is_compressed());
        let stored = Proxy { spec, ..Proxy::default() };
        assert_eq!(stored.decompressed().unwrap().spec, *desired.spec);
        desired.is_compressed()
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

    /// Who is left out was found without the version that is replaced.
    #[test]
    fn version_that_is_replaced_takes_no_room() {
        let mut proxy = sized(5000);
        let max_bytes = proxy.clone().compressed().unwrap().size().plain;
        proxy.metadata.resource_version = Some("1234567".to_owned());
        let form = |max_bytes| FormLimits { max_plain_bytes: 0, max_bytes, is_compressed: true };
        let stored = |most| Desired::new(proxy.clone().into()).to_stored(form(most), &Mutex::default());
        assert_eq!(stored(max_bytes).unwrap().metadata.resource_version, proxy.metadata.resource_version);
        assert!(stored(max_bytes - 1).is_err());
    }
}
