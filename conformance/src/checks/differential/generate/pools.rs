//! The words that arbitrary Ingresses are made of. The pools are small, so that conflicts are frequent, and full of neighbours:
//! words that differ in a byte, in case, in a dot.

pub(super) const NAMESPACES: &[&str] = &["team-a", "team-b", "team-a", "1234", "team-c"];
pub(super) const NAMES: &[&str] = &["a", "b", "c", "a.b", "shop"];
pub(super) const BAD_NAMES: &[&str] = &["", "A", "a_b", ".a", "a b"];
pub(super) const AGES: &[&str] =
    &["", "2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z", "2020-01-01T00:00:00.5Z"];

/// `{ns}` is the Ingress's namespace, `{other}` another, `{cd}` the cluster's domain.
pub(super) const HOSTS: &[&str] = &[
    "shop.example.com",
    "api.example.com",
    "shop.{ns}.svc.{cd}",
    "*.example.com",
    "x.shop.example.com",
    "*.shop.example.com",
    "shop.{ns}.svc",
    "shop.{ns}",
    "SHOP.Example.com",
    "shop.example.com.",
    "example.com",
    "xshop.example.com",
    "api.{ns}.svc.{cd}",
    "www.{ns}.example.com",
    "shop.{other}",
    "a-b.c-d.example.com",
    "shop.{ns}.{cd}",
    "api.{cd}.example.com",
];
/// Names over which it is easy to stumble, most of them errors.
pub(super) const ODD_HOSTS: &[&str] = &[
    "",
    "*",
    "*.com",
    "a..b",
    "10.0.0.1",
    "10.0.0",
    "shop.example.com:80",
    "shop",
    "a_b.example.com",
    "sh*p.example.com",
    "*.*.example.com",
    "{cd}",
    "svc.{cd}",
    "{ns}.svc.{cd}",
    "{ns}.svc",
    "*.{ns}.svc.{cd}",
    "*.{ns}.svc",
    "*.{ns}",
    "*.svc.{cd}",
    "*.{cd}",
    "*.svc",
    "shop.{other}.svc.{cd}",
    "shop.{other}.svc",
    "SHOP.{other}.SVC.{cd}.",
    "x.shop.{ns}.svc.{cd}",
    "x.shop.{other}.svc",
    "-a.example.com",
    "exämple.com",
    "shop.1234",
    "x.shop.1234",
    "*.shop.1234",
    "shop.1234.svc.{cd}",
    "a.b..",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.com",
    "shop.svc",
    "k8s.test",
    "*.k8s.test",
    "*.a.k8s.test",
    "svc.svc",
    "a b.example.com",
];

/// Names out of the cluster, or that look so: colluding tenants list each other's short names, as anybody may.
pub(super) const FRONT_HOSTS: &[&str] = &[
    "ping.team-a",
    "ping.team-b",
    "ping.team-c",
    "ping.example.com",
    "pong.example.com",
    "*.example.com",
    "*.x.team-a",
    "deep.ping.team-a",
    "PING.team-b.",
    "ping.{ns}.{cd}",
];
/// In-cluster names of their own, and those of a namespace of digits.
pub(super) const INNER_HOSTS: &[&str] = &[
    "ping.{ns}.svc.{cd}",
    "ping.{ns}.svc.{cd}",
    "ping.{ns}.svc",
    "*.{ns}.svc.{cd}",
    "*.{ns}.svc",
    "deep.ping.{ns}.svc.{cd}",
    "ping.{ns}",
    "ping.1234",
];
/// Authorities that a gateway may be sent.
pub(super) const INNER_REWRITES: &[&str] = &[
    "ping.{ns}.svc.{cd}",
    "ping.{ns}.svc",
    "PING.{ns}.SVC.{cd}.",
    "deep.ping.{ns}.svc.{cd}",
    "{ns}.svc.{cd}",
];
/// Authorities with which requests would go round.
pub(super) const FRONT_REWRITES: &[&str] = &[
    "ping.team-a",
    "ping.team-b",
    "ping.team-c",
    "ping.1234",
    "ping.team-a.svc.{cd}",
    "ping.team-b.svc.{cd}",
    "ping.team-c.svc",
    "ping.example.com",
    "pong.example.com",
    "deep.ping.team-a",
    "ping.{ns}.{cd}",
    "",
];
/// ExternalNames of [`super::sets`] that lead to a gateway.
pub(super) const GATEWAYS: &[&str] =
    &["gateway", "gateway", "public-gateway", "gateway-by-alias", "gateway-by-short-name"];

pub(super) const PATHS: &[&str] = &[
    "",
    "/",
    "/foo",
    "/foo/",
    "/foobar",
    "/foo/bar",
    "/Foo",
    "/.well-known/acme-challenge/token",
    "/a.b",
    "/a+b(c)",
    "/a%20b",
    "/.*",
    "/~x$",
];
pub(super) const ODD_PATHS: &[&str] = &[
    "foo",
    "//",
    "/a//b",
    "/a/../b",
    "/a/.",
    "/%66oo",
    "/a%2fb",
    "/a%zz",
    "/a%",
    "/foo?x=1",
    "/foo#x",
    "/{x}",
    "/é",
    "/a b",
    "/a\\b",
    "/a|b",
    "/[a]",
    "/^a",
    "/a\nb",
    "/a\u{0}b",
    "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "//aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
];

pub(super) const MATCHED: &[&str] = &["X-A", "x-b", "Knative-Serving-Tag", "K-Network-Hash", "Host", "X-C"];
pub(super) const ODD_MATCHED: &[&str] =
    &["", "x-a", "X a", ":authority", "host", "X-é", "k-network-hash", "X:"];
pub(super) const MATCHED_VALUES: &[&str] = &["1", "2", "", "override", "a,b", "1 2", "shop.example.com", "A"];
pub(super) const ODD_MATCHED_VALUES: &[&str] =
    &["%", "a\tb", "a\nb", "é", "\u{7f}", " 1", "SHOP.example.com", "shop.example.com:80", "a.*", "\u{85}"];

pub(super) const APPENDED: &[&str] =
    &["X-A", "X-B", "X-C", "Knative-Serving-Revision", "K-Original-Host", "K-Network-Hash"];
pub(super) const ODD_APPENDED: &[&str] = &[
    "Host",
    "",
    "x-a",
    ":path",
    "Connection",
    "content-length",
    "Upgrade",
    "X Y",
    "X-é",
    "TE",
    "Transfer-Encoding",
    "X:",
];
pub(super) const APPENDED_VALUES: &[&str] =
    &["v", "1", "", "100%", "%%", "%REQ(X-A)%", "%ENVIRONMENT(HOME)%"];
pub(super) const ODD_APPENDED_VALUES: &[&str] =
    &[" v ", "a\tb", "é", "a\r\nX-Evil: 1", "a\u{0}", "\u{7f}", " ", "%", "a,b", "\u{85}"];

pub(super) const SERVICES: &[&str] = &["v1", "v2", "v3", "v1", "v2"];
/// Among them those that [`super::sets`] knows as ExternalName Services.
pub(super) const ODD_SERVICES: &[&str] =
    &["alias", "gateway", "outside", "neighbour", "short", "V1", "a.b", "", "alias-port"];
pub(super) const ODD_TEXT_PORTS: &[&str] = &["http", "80", "", "grpc", "70000", "0", "http2", "8080", "-1"];
pub(super) const ODD_PORTS: &[i32] = &[0, 65_535, 65_536, -1, 81, 443, 8080];

pub(super) const SHARES: &[&[i64]] = &[
    &[100],
    &[50, 50],
    &[0],
    &[100, 0],
    &[0, 100],
    &[90, 10],
    &[33, 33, 34],
    &[0, 0, 100],
    &[1, 99],
    &[0, 60, 40],
];
pub(super) const ODD_SHARES: &[&[i64]] =
    &[&[], &[50], &[60, 60], &[-1, 101], &[0, 0], &[101], &[200, -100], &[99, 0]];

pub(super) const REWRITE_HOSTS: &[&str] =
    &["v.{ns}.svc.{cd}", "v.{ns}.svc", "v.{ns}", "b.a.example.com", "V.{ns}.Svc.{cd}."];
pub(super) const ODD_REWRITE_HOSTS: &[&str] = &[
    "example.com",
    "v.{other}",
    "v.{other}.svc.{cd}",
    "v.{other}.svc",
    "*.x.example.com",
    "a b",
    "shop",
    "10.0.0.1",
    "{cd}",
    "svc.{cd}",
    "a.b.example.com:80",
    "x.v.{ns}.svc",
    "é.example.com",
];

pub(super) const TLS_HOSTS: &[&str] = &[
    "shop.example.com",
    "*.example.com",
    "api.example.com",
    "*.shop.example.com",
    "shop.{ns}.svc.{cd}",
    "shop.{ns}",
    "SHOP.example.com.",
    "example.com",
];
pub(super) const ODD_TLS_HOSTS: &[&str] = &[
    "",
    "*",
    "a b",
    "10.0.0.1",
    "*.com",
    "shop",
    "*.{ns}.svc.{cd}",
    "*.*.example.com",
    "shop.example.com:443",
];
pub(super) const SECRETS: &[&str] = &["s1", "s2", "s1", "s3"];
pub(super) const ODD_SECRETS: &[&str] = &["", "S", "s_1", "s.1"];
