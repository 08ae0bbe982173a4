//! Where a Proxy is stored: its size, and its compressed form.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::arithmetic_side_effects)]

mod support;

use gloo_proxy_model::{ETCD_REQUEST_LIMIT, HttpListener, Listener, ListenerType, Proxy, VirtualHost};
use serde_json::json;

fn with_hosts(count: usize) -> Proxy {
    let host = |number| VirtualHost {
        name: format!("host-{number}"),
        domains: vec![format!("host-{number}.example.com")],
        ..VirtualHost::default()
    };
    let virtual_hosts = (0..count).map(|number| std::sync::Arc::new(host(number))).collect();
    let http = HttpListener { virtual_hosts, ..HttpListener::default() };
    let mut proxy = Proxy::default();
    proxy.spec.listeners =
        vec![Listener { listener_type: Some(ListenerType::Http(http)), ..Listener::default() }];
    proxy
}

#[test]
fn size_equals_gos_json() {
    for (name, recorded) in support::proxies().into_iter().step_by(5) {
        let proxy = Proxy::from_value(&recorded).unwrap();
        let json = serde_json::to_string(&proxy).unwrap();
        let escaped = json.matches(['<', '>', '&']).count();
        // `<` becomes `\u003c`, and a line break ends the object.
        assert_eq!(proxy.size().plain, json.len() + 5 * escaped + 1, "{name}");
    }
    let mut proxy = Proxy::default();
    let empty = proxy.size().plain;
    proxy.spec.listeners = vec![Listener { name: "<a&b>\u{2028}é".to_owned(), ..Listener::default() }];
    let listener = r#""listeners":[{"name":"\u003ca\u0026b\u003e\u2028é"}]"#;
    assert_eq!(proxy.size().plain, empty + listener.len());
}

/// The size of each part of a Proxy is that of its JSON, and whether the whole fits is told to the byte.
#[test]
fn sizes_of_parts_are_those_of_their_json() {
    let (mut hosts, mut certificates) = (0, 0);
    for (name, recorded) in support::proxies().into_iter().step_by(5) {
        let proxy = Proxy::from_value(&recorded).unwrap();
        let plain = proxy.size().plain;
        assert!(proxy.fits(plain) && !proxy.fits(plain - 1), "{name}");
        let sorted = serde_json::to_value(&proxy.spec).unwrap();
        let stored = escaped(&sorted);
        assert_eq!(proxy.spec.to_stored_json(stored.len()).as_ref(), Some(&stored), "{name}");
        assert_eq!(proxy.spec.to_stored_json(stored.len() - 1), None, "{name}");
        for listener in &proxy.spec.listeners {
            for certificate in &listener.ssl_configurations {
                assert_eq!(certificate.json_size(), escaped(certificate).len(), "{name}");
                certificates += 1;
            }
            if let Some(ListenerType::Http(http)) = &listener.listener_type {
                for host in &http.virtual_hosts {
                    assert_eq!(host.json_size(), escaped(&**host).len(), "{name}");
                    hosts += 1;
                }
            }
        }
    }
    assert!(!Proxy::default().fits(0));
    assert!(hosts > 200 && certificates > 20, "{hosts} virtual hosts, {certificates} certificates");
}

/// The JSON as Go writes it.
fn escaped(value: &impl serde::Serialize) -> String {
    let json = serde_json::to_string(value).unwrap();
    json.replace('<', r"\u003c").replace('>', r"\u003e").replace('&', r"\u0026")
}

#[test]
fn fits_etcd_detects_a_too_large_proxy() {
    assert!(with_hosts(1_000).size().fits_etcd());
    let large = with_hosts(40_000).size();
    assert!(large.plain > ETCD_REQUEST_LIMIT && !large.fits_etcd());
    #[cfg(feature = "compress")]
    assert!(large.fits_etcd_compressed(), "{large:?}");
}

#[cfg(feature = "compress")]
mod compressed {
    use gloo_proxy_model::{COMPRESS_ANNOTATION, CompressError};

    use super::*;

    #[test]
    fn compressed_spec_round_trip() {
        for (name, recorded) in support::proxies().into_iter().step_by(5) {
            let mut proxy = Proxy::from_value(&recorded).unwrap();
            let back = proxy.clone().compressed().unwrap().decompressed().unwrap();
            proxy
                .metadata
                .annotations
                .get_or_insert_default()
                .insert(COMPRESS_ANNOTATION.to_owned(), "true".to_owned());
            assert_eq!(back, proxy, "{name}");
        }
    }

    /// Made with Python's `json`, `zlib` and `base64`, as Gloo's own documentation takes it apart.
    #[test]
    fn compressed_spec_of_another_program_is_read() {
        let spec = "eJyrVsrJLC5JzUstKlayiq5WSsrMSwnILypRsrIw0FHKS8xNVbJSyigpKVCqja0FAGwTD3c=";
        let proxy = Proxy::from_value(&json!({"spec": {"compressedSpec": spec, "other": 1}}));
        let read = proxy.unwrap().decompressed();
        let read = read.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.spec.listeners[0].name, "http");
        assert!(read.spec.unknown.is_empty());
        assert_eq!(read.metadata.annotations.unwrap()[COMPRESS_ANNOTATION], "true");
    }

    #[test]
    fn only_the_annotation_true_makes_a_proxy_stored_compressed() {
        for (value, compressed) in
            [(None, false), (Some("false"), false), (Some("True"), false), (Some("true"), true)]
        {
            let mut proxy = with_hosts(1);
            let annotation = value.map(|value| (COMPRESS_ANNOTATION.to_owned(), value.to_owned()));
            proxy.metadata.annotations = Some(annotation.into_iter().collect());
            let stored = proxy.compressed_if_annotated().unwrap();
            assert_eq!(!stored.spec.compressed_spec.is_empty(), compressed, "{value:?}");
            assert_eq!(stored.spec.listeners.is_empty(), compressed, "{value:?}");
        }
    }

    #[test]
    fn invalid_compressed_spec_is_an_error() {
        let reads = |spec: &str| {
            let proxy = Proxy::from_value(&json!({"spec": {"compressedSpec": spec}})).unwrap();
            proxy.decompressed().unwrap_err()
        };
        assert!(matches!(reads("!"), CompressError::Base64(_)));
        assert!(matches!(reads("AAAA"), CompressError::Zlib(_)));
        // zlib of `[]` and of `{`
        assert!(matches!(reads("eJyLjgUAARUAuQ=="), CompressError::Spec(_)));
        assert!(matches!(reads("eJyrBgAAfAB8"), CompressError::Spec(_)));
    }

    /// As a test of Gloo's own asks of its compression.
    #[test]
    fn hundred_equal_listeners_compress_to_a_tenth() {
        let mut proxy = with_hosts(1);
        proxy.spec.listeners = vec![proxy.spec.listeners[0].clone(); 100];
        let size = proxy.size();
        assert!(size.compressed * 10 < size.plain, "{size:?}");
    }
}
