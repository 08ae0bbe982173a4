use knative_gloo_translate::{ClassFilter, HostPorts, Options, ServiceRef};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The document `kind: TranslateOptions` of a fixture, as far as it can make a difference to a running gateway. The
/// dialect and the probe are the runner's own to choose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TranslateOptions {
    #[serde(default, rename = "apiVersion")]
    _api_version: IgnoredAny,
    #[serde(default, rename = "kind")]
    _kind: IgnoredAny,
    #[serde(default, rename = "dialect")]
    _dialect: IgnoredAny,
    #[serde(default, rename = "probe")]
    _probe: IgnoredAny,
    /// A class, or `any`.
    class: Option<String>,
    cluster_domain: Option<String>,
    host_ports: Option<AnyPort>,
    gateways: Option<Vec<Service>>,
    regex_max_program_size: Option<u32>,
    allow_foreign_backends: Option<bool>,
    allow_foreign_secrets: Option<bool>,
    allow_foreign_cluster_hosts: Option<bool>,
}

#[derive(Clone, Debug, Deserialize)]
enum AnyPort {
    #[serde(rename = "any")]
    Any,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    namespace: String,
}

impl TranslateOptions {
    /// The options with what this document says.
    #[must_use]
    pub fn apply(self, options: Options) -> Options {
        let Self {
            _api_version: _,
            _kind: _,
            _dialect: _,
            _probe: _,
            class,
            cluster_domain,
            host_ports,
            gateways,
            regex_max_program_size,
            allow_foreign_backends,
            allow_foreign_secrets,
            allow_foreign_cluster_hosts,
        } = self;
        let mut options = options;
        match class.as_deref() {
            None => {}
            Some("any") => options.class = Some(ClassFilter::Any),
            Some(class) => options.class = Some(ClassFilter::named(class)),
        }
        if let Some(AnyPort::Any) = host_ports {
            options.host_ports = HostPorts::Any;
        }
        if let Some(gateways) = gateways {
            options.gateways = gateways
                .into_iter()
                .map(|Service { name, namespace }| ServiceRef::new(namespace, name))
                .collect();
        }
        options.cluster_domain = cluster_domain.unwrap_or(options.cluster_domain);
        options.regex_max_program_size = regex_max_program_size.unwrap_or(options.regex_max_program_size);
        options.allow_foreign_backends = allow_foreign_backends.unwrap_or(options.allow_foreign_backends);
        options.allow_foreign_secrets = allow_foreign_secrets.unwrap_or(options.allow_foreign_secrets);
        options.allow_foreign_cluster_hosts =
            allow_foreign_cluster_hosts.unwrap_or(options.allow_foreign_cluster_hosts);
        options
    }
}
