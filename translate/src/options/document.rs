use serde::{Deserialize, Deserializer, de::Error};

use crate::{AllowedNamespaces, BindPorts, ClassFilter, Dialect, HostPorts, Options, ServiceRef};

/// [`Options`] as a file has them: the document `kind: TranslateOptions`, whose fields are those of [`Options`] in camelCase.
///
/// What it doesn't say stays as it was, so that one can be [applied to](Self::apply_to) another.
///
/// ```
/// use knative_gloo_translate::{BindPorts, Options, OptionsDocument};
///
/// let document: OptionsDocument = serde_json::from_str(r#"{
///     "apiVersion": "knative-gloo-translate/v1",
///     "kind": "TranslateOptions",
///     "bindPorts": {"http": 8080, "https": 8443},
///     "regexMaxProgramSize": 1024
/// }"#)?;
/// let options = document.apply_to(Options::default());
/// assert_eq!(options.bind_ports, Some(BindPorts { http: 8080, https: 8443 }));
/// assert_eq!(options.cluster_domain, "cluster.local");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[non_exhaustive]
pub struct OptionsDocument {
    #[serde(default, rename = "apiVersion", deserialize_with = "api_version")]
    _api_version: (),
    #[serde(default, rename = "kind", deserialize_with = "kind")]
    _kind: (),
    /// [`Options::dialect`]. More than one only where something is to be shown in each, as in a fixture: the first counts.
    #[serde(default, rename = "dialect", deserialize_with = "one_or_several")]
    pub dialects: Vec<Dialect>,
    /// [`Options::class`]: a class, or `any`.
    #[serde(default, deserialize_with = "class")]
    pub class: Option<ClassFilter>,
    /// [`Options::cluster_domain`].
    pub cluster_domain: Option<String>,
    /// [`Options::proxy_namespace`].
    pub proxy_namespace: Option<String>,
    /// [`Options::host_ports`]: `standard`, `any`, or `{http: PORT, https: PORT}`.
    #[serde(default, deserialize_with = "host_ports")]
    pub host_ports: Option<HostPorts>,
    /// [`Options::bind_ports`]: `{http: PORT, https: PORT}`.
    #[serde(default, deserialize_with = "bind_ports")]
    pub bind_ports: Option<BindPorts>,
    /// [`Options::probe`].
    pub probe: Option<bool>,
    /// [`Options::gateways`]: a list of `{namespace: NAMESPACE, name: NAME}`.
    #[serde(default, deserialize_with = "gateways")]
    pub gateways: Option<Vec<ServiceRef>>,
    /// [`Options::regex_max_program_size`].
    pub regex_max_program_size: Option<u32>,
    /// [`Options::allow_foreign_backends`].
    pub allow_foreign_backends: Option<bool>,
    /// [`Options::allow_foreign_secrets`].
    pub allow_foreign_secrets: Option<bool>,
    /// [`Options::allow_foreign_cluster_hosts`].
    pub allow_foreign_cluster_hosts: Option<bool>,
    /// [`Options::allow_catch_all`]: `true`, `false`, or a list of namespaces.
    #[serde(default, deserialize_with = "allowed_namespaces")]
    pub allow_catch_all: Option<AllowedNamespaces>,
    /// [`Options::max_output_bytes`].
    pub max_output_bytes: Option<usize>,
}

impl OptionsDocument {
    /// `apiVersion` of the document. It may be left out.
    pub const API_VERSION: &str = "knative-gloo-translate/v1";
    /// `kind` of the document. It may be left out.
    pub const KIND: &str = "TranslateOptions";

    /// `options`, but for what the document says. The Services and Secrets are no part of it.
    #[must_use]
    pub fn apply_to(self, options: Options) -> Options {
        let Self {
            _api_version: (),
            _kind: (),
            dialects,
            class,
            cluster_domain,
            proxy_namespace,
            host_ports,
            bind_ports,
            probe,
            gateways,
            regex_max_program_size,
            allow_foreign_backends,
            allow_foreign_secrets,
            allow_foreign_cluster_hosts,
            allow_catch_all,
            max_output_bytes,
        } = self;
        Options {
            dialect: dialects.first().copied().unwrap_or(options.dialect),
            class: class.or(options.class),
            cluster_domain: cluster_domain.unwrap_or(options.cluster_domain),
            proxy_namespace: proxy_namespace.unwrap_or(options.proxy_namespace),
            host_ports: host_ports.unwrap_or(options.host_ports),
            bind_ports: bind_ports.or(options.bind_ports),
            probe: probe.unwrap_or(options.probe),
            gateways: gateways.or(options.gateways),
            services: options.services,
            secrets: options.secrets,
            regex_max_program_size: regex_max_program_size.unwrap_or(options.regex_max_program_size),
            allow_foreign_backends: allow_foreign_backends.unwrap_or(options.allow_foreign_backends),
            allow_foreign_secrets: allow_foreign_secrets.unwrap_or(options.allow_foreign_secrets),
            allow_foreign_cluster_hosts: allow_foreign_cluster_hosts
                .unwrap_or(options.allow_foreign_cluster_hosts),
            allow_catch_all: allow_catch_all.unwrap_or(options.allow_catch_all),
            max_output_bytes: max_output_bytes.unwrap_or(options.max_output_bytes),
        }
    }
}

fn api_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(OptionsDocument::API_VERSION, deserializer)
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    exactly(OptionsDocument::KIND, deserializer)
}

fn exactly<'de, D: Deserializer<'de>>(wanted: &str, deserializer: D) -> Result<(), D::Error> {
    let found = String::deserialize(deserializer)?;
    if found == wanted { Ok(()) } else { Err(D::Error::custom(format!("{found:?}: expected {wanted:?}"))) }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a dialect or a list of dialects")]
enum Words {
    One(String),
    Several(Vec<String>),
}

fn one_or_several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Dialect>, D::Error> {
    let words = match Words::deserialize(deserializer)? {
        Words::One(word) => vec![word],
        Words::Several(words) if words.is_empty() => {
            return Err(D::Error::custom("an empty list of dialects"));
        }
        Words::Several(words) => words,
    };
    words.iter().map(|word| word.parse().map_err(D::Error::custom)).collect()
}

fn class<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ClassFilter>, D::Error> {
    let class = Option::<String>::deserialize(deserializer)?;
    Ok(class.map(|class| match class.parse() {
        Ok(class) => class,
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    http: u16,
    https: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum PortsWord {
    Standard,
    Any,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`standard`, `any`, or `{http: PORT, https: PORT}`")]
enum Ports {
    Word(PortsWord),
    Fixed(Pair),
}

fn host_ports<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<HostPorts>, D::Error> {
    Ok(Option::<Ports>::deserialize(deserializer)?.map(|ports| match ports {
        Ports::Word(PortsWord::Standard) => HostPorts::Standard,
        Ports::Word(PortsWord::Any) => HostPorts::Any,
        Ports::Fixed(Pair { http, https }) => HostPorts::Fixed { http, https },
    }))
}

fn bind_ports<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<BindPorts>, D::Error> {
    Ok(Option::<Pair>::deserialize(deserializer)?.map(|Pair { http, https }| BindPorts { http, https }))
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`true`, `false`, or a list of namespaces")]
enum Allowed {
    Everybody(bool),
    Namespaces(Vec<String>),
}

fn allowed_namespaces<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<AllowedNamespaces>, D::Error> {
    Ok(Option::<Allowed>::deserialize(deserializer)?.map(|allowed| match allowed {
        Allowed::Everybody(false) => AllowedNamespaces::Nobody,
        Allowed::Everybody(true) => AllowedNamespaces::All,
        Allowed::Namespaces(namespaces) => AllowedNamespaces::only(namespaces),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    namespace: String,
    name: String,
}

fn gateways<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<ServiceRef>>, D::Error> {
    let services = Option::<Vec<Service>>::deserialize(deserializer)?;
    let reference = |Service { namespace, name }| ServiceRef::new(namespace, name);
    Ok(services.map(|services| services.into_iter().map(reference).collect()))
}
