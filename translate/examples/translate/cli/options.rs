//! The document `kind: TranslateOptions`, by which a file says how it is to be translated.

use knative_gloo_translate::{
    BindPorts, ClassFilter, Dialect, HostPorts, Options, ServiceRef, UnknownDialect,
};
use serde::Deserialize;
use serde::de::IgnoredAny;

pub(crate) const API_VERSION: &str = "knative-gloo-translate/v1";
pub(crate) const KIND: &str = "TranslateOptions";

/// Every option of the library that is data; what is not given stays as the library has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct TranslateOptions {
    #[serde(default)]
    api_version: IgnoredAny,
    #[serde(default)]
    kind: IgnoredAny,
    pub(crate) dialect: Option<Dialects>,
    /// A class, or `any`, which is also the default for files.
    pub(crate) class: Option<String>,
    pub(crate) cluster_domain: Option<String>,
    pub(crate) probe: Option<bool>,
    proxy_namespace: Option<String>,
    host_ports: Option<Ports>,
    bind_ports: Option<Fixed>,
    gateways: Option<Vec<Service>>,
    regex_max_program_size: Option<u32>,
    allow_foreign_backends: Option<bool>,
    allow_foreign_secrets: Option<bool>,
    allow_foreign_cluster_hosts: Option<bool>,
}

/// One dialect or, for fixtures, several.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Words")]
pub(crate) struct Dialects {
    pub(crate) first: Dialect,
    pub(crate) others: Vec<Dialect>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a dialect or a list of dialects")]
enum Words {
    One(String),
    Several(Vec<String>),
}

impl TryFrom<Words> for Dialects {
    type Error = String;

    fn try_from(words: Words) -> Result<Self, String> {
        let words = match words {
            Words::One(word) => vec![word],
            Words::Several(words) => words,
        };
        let mut dialects = Vec::new();
        for word in words {
            dialects.push(word.parse::<Dialect>().map_err(|error| error.to_string())?);
        }
        let mut dialects = dialects.into_iter();
        let first = dialects.next().ok_or("an empty list of dialects")?;
        Ok(Dialects { first, others: dialects.collect() })
    }
}

impl Dialects {
    pub(crate) fn one(word: &str) -> Result<Self, UnknownDialect> {
        Ok(Dialects { first: word.parse()?, others: Vec::new() })
    }

    #[allow(dead_code, reason = "the command line takes the first alone, the fixtures take all")]
    pub(crate) fn all(self) -> Vec<Dialect> {
        let Dialects { first, others } = self;
        std::iter::once(first).chain(others).collect()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, expecting = "`standard`, `any`, or `{http: PORT, https: PORT}`")]
enum Ports {
    Word(PortsWord),
    Fixed(Fixed),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PortsWord {
    Standard,
    Any,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixed {
    http: u16,
    https: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    namespace: String,
    name: String,
}

impl TranslateOptions {
    /// These options, but for what the flags say.
    pub(crate) fn overridden_by(self, flags: TranslateOptions) -> Self {
        TranslateOptions {
            api_version: IgnoredAny,
            kind: IgnoredAny,
            dialect: flags.dialect.or(self.dialect),
            class: flags.class.or(self.class),
            cluster_domain: flags.cluster_domain.or(self.cluster_domain),
            probe: flags.probe.or(self.probe),
            proxy_namespace: flags.proxy_namespace.or(self.proxy_namespace),
            host_ports: flags.host_ports.or(self.host_ports),
            bind_ports: flags.bind_ports.or(self.bind_ports),
            gateways: flags.gateways.or(self.gateways),
            regex_max_program_size: flags.regex_max_program_size.or(self.regex_max_program_size),
            allow_foreign_backends: flags.allow_foreign_backends.or(self.allow_foreign_backends),
            allow_foreign_secrets: flags.allow_foreign_secrets.or(self.allow_foreign_secrets),
            allow_foreign_cluster_hosts: flags
                .allow_foreign_cluster_hosts
                .or(self.allow_foreign_cluster_hosts),
        }
    }

    /// The library's options; of several dialects the first.
    pub(crate) fn into_options(self) -> Options {
        let TranslateOptions {
            api_version: IgnoredAny,
            kind: IgnoredAny,
            dialect,
            class,
            cluster_domain,
            probe,
            proxy_namespace,
            host_ports,
            bind_ports,
            gateways,
            regex_max_program_size,
            allow_foreign_backends,
            allow_foreign_secrets,
            allow_foreign_cluster_hosts,
        } = self;
        let mut options = Options::default();
        set(&mut options.dialect, dialect.map(|dialects| dialects.first));
        options.class = Some(match class {
            Some(class) if class != "any" => ClassFilter::Named(class),
            Some(_) | None => ClassFilter::Any,
        });
        set(&mut options.cluster_domain, cluster_domain);
        set(&mut options.probe, probe);
        set(&mut options.proxy_namespace, proxy_namespace);
        set(
            &mut options.host_ports,
            host_ports.map(|ports| match ports {
                Ports::Word(PortsWord::Standard) => HostPorts::Standard,
                Ports::Word(PortsWord::Any) => HostPorts::Any,
                Ports::Fixed(Fixed { http, https }) => HostPorts::Fixed { http, https },
            }),
        );
        options.bind_ports = bind_ports.map(|Fixed { http, https }| BindPorts { http, https });
        set(
            &mut options.gateways,
            gateways.map(|services| {
                services
                    .into_iter()
                    .map(|Service { namespace, name }| ServiceRef::new(namespace, name))
                    .collect()
            }),
        );
        set(&mut options.regex_max_program_size, regex_max_program_size);
        set(&mut options.allow_foreign_backends, allow_foreign_backends);
        set(&mut options.allow_foreign_secrets, allow_foreign_secrets);
        set(&mut options.allow_foreign_cluster_hosts, allow_foreign_cluster_hosts);
        options
    }
}

fn set<T>(option: &mut T, given: Option<T>) {
    if let Some(given) = given {
        *option = given;
    }
}
