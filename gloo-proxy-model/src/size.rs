use std::io;

use serde::Serialize;

use crate::go_json;
use crate::sorted::write_sorted_up_to;
use crate::{Proxy, ProxySpec, SslConfig, VirtualHost};

/// etcd's default for the largest request (`--max-request-bytes`): 1.5 MiB.
pub const ETCD_REQUEST_LIMIT: usize = 1_572_864;

/// The part of a request besides the object: its key up to three times, at most 348 bytes each, and a frame.
const REQUEST_FRAME: usize = 2048;

/// The size of a stored [`Proxy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProxySize {
    /// The size in bytes as the API server stores it: compact JSON with `<`, `>` and `&` escaped, and a line break.
    /// Fields that the server adds (`uid`, `creationTimestamp`, `managedFields` …) count if they are present.
    pub plain: usize,
    /// The size in bytes with the spec compressed.
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
    /// The size of the stored Proxy, and so whether it fits into etcd.
    ///
    /// This writes the Proxy once without keeping the text in memory. With the feature `compress` it also compresses the spec.
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

    /// Whether the size of the stored Proxy ([`ProxySize::plain`]) is at most this many bytes. Stops writing at that size.
    ///
    /// ```
    /// let proxy = gloo_proxy_model::Proxy::default();
    /// let size = proxy.size().plain;
    /// assert!(proxy.fits(size) && !proxy.fits(size - 1));
    /// ```
    pub fn fits(&self, bytes: usize) -> bool {
        // The line break at the end counts.
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
    /// The size in bytes of its JSON within a stored Proxy.
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
    /// The size in bytes of its JSON within a stored Proxy.
    pub fn json_size(&self) -> usize {
        json_size(self)
    }
}

pub(crate) fn plain_size(proxy: &Proxy) -> usize {
    json_size(proxy).saturating_add(1)
}

fn json_size(value: &impl Serialize) -> usize {
    let mut count = Count(0);
    // Can't fail: all keys are strings, and counting has no errors.
    let _ = go_json::write(value, &mut count);
    count.0
}

/// Counts the bytes written.
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

/// Accepts this many bytes and then fails.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_of_just_etcds_limit_fits() {
        let none = ProxySize {
            plain: 0,
            #[cfg(feature = "compress")]
            compressed: 0,
        };
        let most = ETCD_REQUEST_LIMIT.saturating_sub(REQUEST_FRAME);
        let over = most.saturating_add(1);
        assert!(ProxySize { plain: most, ..none }.fits_etcd());
        assert!(!ProxySize { plain: over, ..none }.fits_etcd());
        #[cfg(feature = "compress")]
        {
            assert!(ProxySize { compressed: most, ..none }.fits_etcd_compressed());
            assert!(!ProxySize { compressed: over, ..none }.fits_etcd_compressed());
        }
    }
}
