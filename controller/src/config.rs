use std::time::Duration;

use knative_gloo_translate::{EXTERNAL_PROXY, Gateway, INTERNAL_PROXY, Options, ServiceRef};
use knative_ingress_model::GatewayAddresses;
use kube::Client;

use crate::{LeaseConfig, ProbeSettings, Telemetry};

/// What [`run`](crate::run) goes by.
#[derive(Clone, Debug)]
pub struct Config {
    /// How Ingresses are translated. Any Services and Secrets in it are replaced by the cluster's. With [`Options::probe`] an Ingress
    /// is called ready once the gateways have answered for it; without, once the Proxies are stored.
    pub options: Options,
    /// Whether TLS Secrets are watched, so that one that a gateway can't serve with costs its own hosts their https alone. Default yes,
    /// which needs the rights to list and watch Secrets; otherwise each is taken for usable.
    pub watch_secrets: bool,
    /// Where Knative reaches the gateways, for the status of each Ingress that they serve. `None` leaves them all waiting, for
    /// something else to probe the gateways.
    pub addresses: Option<GatewayAddresses>,
    /// The gateways' Services, whose endpoints are probed.
    pub gateway_services: GatewayServices,
    /// How the gateways are probed.
    pub probe: ProbeSettings,
    /// Bytes up to which a Proxy is stored plain, by [`Proxy::fits`](gloo_proxy_model::Proxy::fits). A larger one is compressed,
    /// which Gloo reads since 1.5, and is plain again when it is down to three quarters of that. Default 128 KiB, about ninety
    /// Ingresses without probes: to store a plain one costs an API server thirty times what a compressed one costs (`docs/speed.md`).
    pub max_plain_bytes: usize,
    /// Bytes that a Proxy may have as it is written, at least 64 KiB. Where all Ingresses together fill more, even compressed, the newest
    /// are left out. Default 1.375 MiB: etcd takes 1.5 MiB in one request, and what the API server and Gloo add to the
    /// object (managed fields, Gloo's status) has to have room too.
    pub max_proxy_bytes: usize,
    /// The name that owns the fields of the Proxies.
    pub field_manager: String,
    /// How long changes are collected before they are written, so that many become one write. Default 50 ms.
    pub debounce: Duration,
    /// How long the first ready endpoint of a Service must have been there before traffic moves to it, since gateways see
    /// endpoints later than routes. Default 3 s; zero moves it at once.
    pub settle: Duration,
    /// How long Gloo may say nothing of a stored Proxy before that is told. Default 30 s.
    pub gloo_silence: Duration,
    /// How long to wait after a failure.
    pub retry: RetryPolicy,
    /// How long to wait for the answer to a write. Default 30 s.
    pub write_timeout: Duration,
    /// How many statuses are written at a time. Default 16.
    pub max_status_writes: usize,
    /// How several replicas agree on the one that writes. Default `None`: this is the only one.
    pub lease: Option<LeaseConfig>,
    /// Where it tells how it fares. Default: where nobody listens.
    pub telemetry: Telemetry,
}

/// The Services in front of the gateways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayServices {
    /// The one that serves everybody.
    pub external: ServiceRef,
    /// The one that serves clients inside the cluster.
    pub internal: ServiceRef,
}

impl GatewayServices {
    /// The Service of `gateway`.
    pub const fn of(&self, gateway: Gateway) -> &ServiceRef {
        match gateway {
            Gateway::External => &self.external,
            Gateway::Internal => &self.internal,
        }
    }
}

/// How long to wait after a failure: twice as long each time.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// The first time. Default 500 ms.
    pub initial_delay: Duration,
    /// At most. Default 30 s.
    pub max_delay: Duration,
}

impl RetryPolicy {
    pub(crate) fn delay(self, failures: u32) -> Duration {
        let times = 2_u32.saturating_pow(failures.saturating_sub(1));
        self.initial_delay.saturating_mul(times).min(self.max_delay)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { initial_delay: Duration::from_millis(500), max_delay: Duration::from_secs(30) }
    }
}

impl Config {
    /// The defaults with these options: the gateways' Services, which are their addresses too, are those that Gloo's installation names after the Proxies.
    pub fn new(options: Options) -> Self {
        let service = |name| format!("{name}.{}.svc.{}", options.proxy_namespace, options.cluster_domain);
        Self {
            addresses: Some(GatewayAddresses::internal(service(EXTERNAL_PROXY), service(INTERNAL_PROXY))),
            gateway_services: GatewayServices {
                external: ServiceRef::new(&options.proxy_namespace, EXTERNAL_PROXY),
                internal: ServiceRef::new(&options.proxy_namespace, INTERNAL_PROXY),
            },
            probe: ProbeSettings::default(),
            options,
            watch_secrets: true,
            max_plain_bytes: 128 << 10,
            max_proxy_bytes: 1408 << 10,
            field_manager: "knative-gloo-controller".to_owned(),
            debounce: Duration::from_millis(50),
            settle: Duration::from_secs(3),
            gloo_silence: Duration::from_secs(30),
            retry: RetryPolicy::default(),
            write_timeout: Duration::from_secs(30),
            max_status_writes: 16,
            lease: None,
            telemetry: Telemetry::default(),
        }
    }
}

impl Default for Config {
    /// Today's Knative contract on a cluster with the usual names, probes included.
    fn default() -> Self {
        Self::new(Options::default().with_probe(true))
    }
}

/// A client of `cluster` as [`run`](crate::run) needs it.
///
/// It tries nothing again by itself: the controller does, with its own [`RetryPolicy`], and says so in its log; kube's client would go
/// on silently, for minutes. And it gives up a connection on which nothing has come for 400 s, since a watch is silent for five
/// minutes at most: of a dead connection nobody else tells.
///
/// # Errors
///
/// Certificates or credentials that can't be used.
pub fn client(mut cluster: kube::Config) -> kube::Result<Client> {
    cluster.default_retry = false;
    cluster.read_timeout = Some(Duration::from_secs(400));
    Client::try_from(cluster)
}
