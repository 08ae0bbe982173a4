use crate::{
    ClassFilter, EXTERNAL_PROXY, HostPorts, INTERNAL_PROXY, Options, Scheme, ServiceRef,
    options::dialect::{Contract, Ports},
};

/// The options, with what follows from them worked out once.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) options: Options,
    pub(crate) contract: &'static Contract,
    pub(crate) class: ClassFilter,
    /// The cluster's domain, lower-case and without dots around it.
    pub(crate) cluster_domain: String,
    /// `.svc.` and the cluster's domain.
    pub(crate) service_suffix: String,
    pub(crate) bind_ports: Ports,
    /// The gateways' own Services.
    pub(crate) gateways: Vec<ServiceRef>,
    /// What follows a host on `http`, as `:80`.
    http_suffix: String,
    https_suffix: String,
}

impl Settings {
    pub(crate) fn new(options: Options) -> Self {
        let contract = options.dialect.contract();
        let class = match &options.class {
            Some(class) => class.clone(),
            None if contract.class_required => ClassFilter::named(ClassFilter::GLOO),
            None => ClassFilter::Any,
        };
        let cluster_domain = options.cluster_domain.trim_matches('.').to_ascii_lowercase();
        let bind_ports = match options.bind_ports {
            Some(ports) => Ports { http: ports.http, https: ports.https },
            None => contract.bind_ports,
        };
        let (http_suffix, https_suffix) = match options.host_ports {
            // Gloo wrote the port that it bound, whether or not a client ever meets it.
            _ if !contract.validates => (format!(":{}", bind_ports.http), format!(":{}", bind_ports.https)),
            HostPorts::Standard => (":80".to_owned(), ":443".to_owned()),
            HostPorts::Fixed { http, https } => (format!(":{http}"), format!(":{https}")),
            HostPorts::Any => (":*".to_owned(), ":*".to_owned()),
        };
        let gateways = options.gateways.clone().unwrap_or_else(|| {
            [EXTERNAL_PROXY, INTERNAL_PROXY]
                .map(|name| ServiceRef::new(options.proxy_namespace.clone(), name))
                .into()
        });
        let service_suffix = format!(".svc.{cluster_domain}");
        Self {
            contract,
            class,
            cluster_domain,
            service_suffix,
            bind_ports,
            gateways,
            http_suffix,
            https_suffix,
            options,
        }
    }

    /// What follows a host in the twins of its domain that have a port.
    pub(crate) fn port_suffixes(&self, scheme: Scheme, host: &str) -> impl Iterator<Item = &str> {
        let suffix = match scheme {
            Scheme::Http => &self.http_suffix,
            Scheme::Https => &self.https_suffix,
        };
        // Envoy knows one wildcard in a domain, and a wildcard host has spent it: it gets the standard port. And since Envoy
        // looks at `*.x:80` before `a.x:*`, every other host needs that too, or a neighbour's wildcard would take its requests.
        let standard = (suffix == ":*").then_some(match scheme {
            Scheme::Http => ":80",
            Scheme::Https => ":443",
        });
        let own = (suffix != ":*" || !host.starts_with('*')).then_some(suffix.as_str());
        standard.into_iter().chain(own)
    }

    pub(crate) const fn bind_port(&self, scheme: Scheme) -> u16 {
        match scheme {
            Scheme::Http => self.bind_ports.http,
            Scheme::Https => self.bind_ports.https,
        }
    }
}
