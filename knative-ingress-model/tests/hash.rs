//! The probe hash against digests that Knative's own code gives, in both ages.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use knative_ingress_model::{GoDuration, Ingress};
use serde_json::{Value, json};

fn ingress(namespace: &str, name: &str, spec: Value) -> Ingress {
    let object = json!({"metadata": {"namespace": namespace, "name": name}, "spec": spec});
    Ingress::from_value(&object).unwrap()
}

fn plain(split_headers: Value) -> Ingress {
    let split = json!({"serviceName": "blah", "appendHeaders": split_headers});
    ingress("", "", json!({"rules": [{"hosts": ["example.com"], "http": {"paths": [{"splits": [split]}]}}]}))
}

/// The digests of knative/networking's and knative/serving's own unit tests.
#[test]
fn upstream_constants() {
    let bare = plain(Value::Null);
    assert_eq!(bare.hash(), "a25000a350642c8abef53078b329bd043e18758f6063c1172d53b04e14fcf5c1");
    assert_eq!(bare.hash_legacy(), "b90f793b72c245476c6b4060967121ef");
    let with_header = plain(json!({"Foo": "bar"}));
    assert_eq!(with_header.hash(), "6b652c7abed871354affd4a9cb699d33816f24541fac942149b91ad872fe63ca");
    assert_eq!(with_header.hash_legacy(), "061575cdf950105126a81d6da83cda8b");
}

#[test]
fn plain_service_of_today() {
    let spec = json!({
        "httpOption": "Enabled",
        "rules": [{
            "visibility": "ExternalIP",
            "hosts": ["shop.team-a.example.com"],
            "http": {"paths": [{"splits": [{
                "serviceName": "shop-00002", "serviceNamespace": "team-a", "servicePort": 80, "percent": 100,
                "appendHeaders": {
                    "Knative-Serving-Revision": "shop-00002", "Knative-Serving-Namespace": "team-a",
                },
            }]}]},
        }],
    });
    let hash = "6d995da97205f742370aaf6cbddc55bcabdc6acce9ccb21ac35b48dde57e8d89";
    assert_eq!(ingress("team-a", "shop", spec).hash(), hash);
}

/// Every field of today's, the bytes that Go escapes for HTML, and map keys sorted as bytes.
#[test]
fn every_field_of_today() {
    let spec = json!({
        "tls": [{"hosts": ["a.example.com"], "secretName": "a-cert", "secretNamespace": "team-a"}],
        "rules": [{
            "hosts": ["a.example.com"],
            "visibility": "ExternalIP",
            "http": {"paths": [{
                "path": "/x<y&z",
                "rewriteHost": "b.team-a.svc.cluster.local",
                "headers": {"a-header": {"exact": "1>2"}, "B-Header": {"exact": ""}},
                "splits": [
                    {"serviceNamespace": "team-a", "serviceName": "b", "servicePort": "http", "percent": 60,
                     "appendHeaders": {"X": "é"}},
                    {"serviceNamespace": "team-a", "serviceName": "c", "servicePort": 81, "percent": 40},
                ],
                "appendHeaders": {"Q": "\"q\""},
            }]},
        }],
        "httpOption": "Redirected",
    });
    let hash = "684e507d84cfd42db3965578273db348926c218b4929e27e5a2c373fc17f3364";
    assert_eq!(ingress("team-a", "a", spec).hash(), hash);
}

/// A missing list is `null` and counts otherwise than an empty one.
#[test]
fn missing_lists() {
    let no_paths = ingress("ns", "n", json!({"rules": [{"hosts": ["a"], "http": {}}]}));
    assert_eq!(no_paths.hash(), "76fe7a46642697b7fb6b9163c1392fe3a1eaa8ebbf26134313a65911ffa85972");
    let empty_paths = ingress("ns", "n", json!({"rules": [{"hosts": ["a"], "http": {"paths": []}}]}));
    assert_ne!(empty_paths.hash(), no_paths.hash());
    let nothing = ingress("ns", "n", json!({}));
    assert_eq!(nothing.hash(), "e322e51a285043af0051871baa64f59b036ed3f02a12e0380f410fe46042daf0");
}

/// The Ingress of January 2020, from what a Route wrote to what was hashed: defaults included.
#[test]
fn plain_service_of_2020() {
    let mut shop = ingress(
        "team-a",
        "shop",
        json!({"rules": [{
            "hosts": ["shop.team-a.svc.cluster.local", "shop.team-a.example.com"],
            "visibility": "ExternalIP",
            "http": {"paths": [{"splits": [{
                "serviceNamespace": "team-a", "serviceName": "shop-abcde", "servicePort": 80,
                "appendHeaders": {
                    "Knative-Serving-Namespace": "team-a", "Knative-Serving-Revision": "shop-abcde",
                },
            }]}]},
        }]}),
    );
    shop.set_defaults_legacy(GoDuration::from_secs(600));
    let hash = "8fe16cfa1f8f7819d9755a3a73f08b53";
    assert_eq!(shop.hash_legacy(), hash);

    let (probed, probe_hash) = shop.insert_probe_legacy().unwrap();
    assert_eq!(probe_hash, hash);
    let paths = probed.spec.rules.first().and_then(|rule| rule.http.as_ref()?.paths.clone()).unwrap();
    let appended: Vec<_> =
        paths.iter().map(|path| path.append_headers.get("K-Network-Hash").unwrap()).collect();
    assert_eq!(appended, [hash]);
}

/// What one age doesn't know doesn't change its hash, and what it knows does.
#[test]
fn each_era_hashes_its_own_fields() {
    let with = |path: Value, spec: Value| {
        let mut whole = json!({"rules": [{"http": {"paths": [path]}}]});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        ingress("ns", "n", whole)
    };
    let bare = with(json!({}), json!({}));
    let early = [
        with(json!({"timeout": "5s"}), json!({})),
        with(json!({"retries": {}}), json!({})),
        with(json!({}), json!({"visibility": "ClusterLocal"})),
        with(json!({}), json!({"generation": 3})),
    ];
    for ingress in early {
        assert_eq!(ingress.hash(), bare.hash(), "{ingress:?}");
        assert_ne!(ingress.hash_legacy(), bare.hash_legacy(), "{ingress:?}");
    }
    let today = [
        with(json!({"rewriteHost": "a"}), json!({})),
        with(json!({"headers": {"a": {"exact": "b"}}}), json!({})),
        with(json!({}), json!({"httpOption": "Enabled"})),
    ];
    for ingress in today {
        assert_ne!(ingress.hash(), bare.hash(), "{ingress:?}");
        assert_eq!(ingress.hash_legacy(), bare.hash_legacy(), "{ingress:?}");
    }
    let typo = with(json!({"timout": "5s"}), json!({"unheard": [1]}));
    assert_eq!((typo.hash(), typo.hash_legacy()), (bare.hash(), bare.hash_legacy()));
}
