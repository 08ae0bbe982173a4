use std::io;

use serde::Serialize;

use crate::go_json;
use crate::sorted::write_sorted_up_to;
use crate::{Proxy, ProxySpec, SslConfig, VirtualHost};

/// What etcd takes in one request unless told otherwise (`--max-request-bytes`): 1.5 MiB.
pub const ETCD_REQUEST_LIMIT: usize = 1_572_864;

/// What a request holds besides the object: its key up to three times, at most 348 bytes each, and a frame.
const REQUEST_FRAME: usize = 2048;

/// How large a [`Proxy`] is where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxySize {
    /// The bytes of the object as the API server stores it: compact JSON with `<`, `>` and `&` escaped, and a line break.
    /// What the server itself adds (`uid`, `creationTimestamp`, `managedFields` …) counts if it is there.
    pub plain: usize,
    /// The bytes of the object with its spec compressed.
    #[cfg(feature = "compress")]
    pub compressed: usize,
}

impl ProxySize {
    /// Whether the object fits into etcd as it is.
    pub const fn fits_etcd(self) -> bool {
        self.plain <= ETCD_REQUEST_LIMIT.saturating_sub(REQUEST_FRAME)
    }

    /// Whether the object fits into etcd with its spec compressed.
    #[cfg(feature = "compress")]
    pub const fn fits_etcd_compressed(self) -> bool {
        self.compressed <= ETCD_REQUEST_LIMIT.saturating_sub(REQUEST_FRAME)
    }
}

impl Proxy {
    /// How large the Proxy is where it is stored, and so whether etcd takes it.
    ///
    /// With the feature `compress` this also compresses the spec to find out what that saves; without it, it
    /// writes the Proxy once, and nothing is kept in memory.
    ///
    /// ```
    /// let size = gloo_proxy_model::Proxy::default().size();
    /// assert!(size.fits_etcd());
    /// ```
    pub fn size(&self) -> ProxySize {
        ProxySize {
            plain: plain_size(self),
            #[cfg(feature = "compress")]
            compressed: self.clone().compressed().map_or(usize::MAX, |compressed| plain_size(&compressed)),
        }
    }

    /// Whether the Proxy, stored as it is, has at most so many bytes ([`ProxySize::plain`]). It is written no further than that.
    ///
    /// ```
    /// let proxy = gloo_proxy_model::Proxy::default();
    /// let size = proxy.size().plain;
    /// assert!(proxy.fits(size) && !proxy.fits(size - 1));
    /// ```
    pub fn fits(&self, bytes: usize) -> bool {
        // The line break behind it counts.
        let Some(most) = bytes.checked_sub(1) else { return false };
        go_json::write(self, &mut AtMost(most)).is_ok()
    }
}

impl ProxySpec {
    /// The spec as an API server stores it and sends it back: compact JSON with sorted keys, in which `<`, `>` and `&` are escaped.
    /// `None` if that has more than `at_most` bytes; it is written no further than that.
    ///
    /// So the text of what was sent tells whether what comes back is the same, without reading it.
    ///
    /// ```
    /// use gloo_proxy_model::{Listener, ProxySpec};
    ///
    /// let listener = Listener { name: "a<b".to_owned(), bind_port: 80, ..Listener::default() };
    /// let spec = ProxySpec { listeners: vec![listener], ..ProxySpec::default() };
    /// let json = r#"{"listeners":[{"bindPort":80,"name":"a\u003cb"}]}"#;
    /// assert_eq!(spec.to_stored_json(json.len()).as_deref(), Some(json));
    /// assert_eq!(spec.to_stored_json(json.len() - 1), None);
    /// ```
    pub fn to_stored_json(&self, at_most: usize) -> Option<String> {
        let mut json = Vec::new();
        write_sorted_up_to(at_most, self, &mut json).ok()?;
        String::from_utf8(json).ok()
    }
}

impl VirtualHost {
    /// Bytes of its JSON, as a part of a Proxy that an API server stores.
    ///
    /// ```
    /// use gloo_proxy_model::VirtualHost;
    ///
    /// let host = VirtualHost { name: "a<b".to_owned(), ..VirtualHost::default() };
    /// assert_eq!(host.json_size(), r#"{"name":"a\u003cb"}"#.len());
    /// ```
    pub fn json_size(&self) -> usize {
        json_size(self)
    }
}

impl SslConfig {
    /// Bytes of its JSON, as a part of a Proxy that an API server stores.
    pub fn json_size(&self) -> usize {
        json_size(self)
    }
}

pub(crate) fn plain_size(proxy: &Proxy) -> usize {
    json_size(proxy).saturating_add(1)
}

fn json_size(value: &impl Serialize) -> usize {
    let mut count = Count(0);
    // A Proxy is maps, lists and texts, and counting does not fail.
    let _ = go_json::write(value, &mut count);
    count.0
}

/// Counts what is written.
struct Count(usize);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes so many bytes and no more.
struct AtMost(usize);

impl io::Write for AtMost {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
