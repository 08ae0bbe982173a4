use std::{env, error::Error, fs, net::SocketAddr, num::NonZeroU16, path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};
use knative_gloo_controller::{Config, GatewayServices, LeaseConfig};
use knative_gloo_manifests::{Limits, read};
use knative_gloo_translate::{ClassFilter, Dialect, Options, ServiceRef};
use knative_ingress_model::GatewayAddresses;

/// Translates the cluster's Knative Ingresses to Gloo's Proxies, and keeps both up to date.
///
/// The cluster is the one of the current kubeconfig, or the one that it runs in.
#[derive(Debug, Parser)]
#[command(version, after_help = variables())]
pub(crate) struct Arguments {
    /// A file with a document `kind: TranslateOptions` (apiVersion `knative-gloo-translate/v1`), which sets any option of the
    /// translation. What the flags below say wins.
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,
    /// Class of the Ingresses that are translated, or `any` [default: gloo.ingress.networking.knative.dev].
    #[arg(long)]
    class: Option<ClassFilter>,
    /// Whose contract the Proxies follow: knative, gloo-1.3 or gloo-1.22 [default: knative].
    #[arg(long)]
    dialect: Option<Dialect>,
    /// The cluster's DNS domain [default: cluster.local].
    #[arg(long, value_name = "DOMAIN")]
    cluster_domain: Option<String>,
    /// Namespace of both Proxies [default: gloo-system].
    #[arg(long, value_name = "NAMESPACE")]
    proxy_namespace: Option<String>,
    /// Bytes up to which a Proxy is stored plain. A larger one is compressed, and plain again when it is down to three
    /// quarters of that; with 0 every Proxy is compressed.
    #[arg(long, value_name = "BYTES", default_value_t = 131_072)]
    max_plain_bytes: u32,
    /// Bytes that a Proxy may have, compressed or not: less than etcd takes (--max-request-bytes). Where all Ingresses
    /// together fill more, the newest are left out.
    #[arg(long, value_name = "BYTES", default_value_t = 1_441_792, value_parser = clap::value_parser!(u32).range(65_536..))]
    max_proxy_bytes: u32,
    /// Where Knative reaches the external gateway, for the statuses [default: knative-external-proxy in the Proxies' namespace].
    #[arg(long, value_name = "DOMAIN", requires = "internal_address", conflicts_with = "leave_waiting")]
    external_address: Option<String>,
    /// Where Knative reaches the internal gateway, for the statuses [default: knative-internal-proxy in the Proxies' namespace].
    #[arg(long, value_name = "DOMAIN", requires = "external_address", conflicts_with = "leave_waiting")]
    internal_address: Option<String>,
    /// Never call an Ingress ready: something else probes the gateways, and what that says of an Ingress stays.
    #[arg(long)]
    leave_waiting: bool,
    /// Don't watch TLS Secrets, where the right to is not granted: each is taken for usable, and one that Envoy refuses stops
    /// every change of https.
    #[arg(long)]
    no_secrets: bool,
    /// Milliseconds for which changes are collected before they are written.
    #[arg(long, alias = "gather", value_name = "MILLISECONDS", default_value_t = 50, value_parser = clap::value_parser!(u64).range(..=60_000))]
    debounce: u64,
    /// Milliseconds for which the first ready endpoint of a Service must have been there before traffic moves to it.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 3000, value_parser = clap::value_parser!(u64).range(..=60_000))]
    settle: u64,
    /// Write without holding a Lease: this is the only replica.
    #[arg(long, conflicts_with_all = ["lease", "lease_duration"])]
    no_lease: bool,
    /// Name of the Lease, in the Proxies' namespace, whose holder is the replica that writes.
    #[arg(long, value_name = "NAME", default_value = "knative-gloo-controller")]
    lease: String,
    /// Seconds for which another replica waits for the holder of the Lease before it takes over.
    #[arg(long, value_name = "SECONDS", default_value = "15")]
    lease_duration: NonZeroU16,
    /// Where /livez, /readyz and /metrics are served.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:9090")]
    pub(crate) listen: SocketAddr,
    /// How lines of the log are written.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) log_format: LogFormat,
}

/// An environment variable that is read.
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) default: &'static str,
    pub(crate) decides: &'static str,
}

/// What this replica is called. In a cluster it is the pod's name.
const HOSTNAME: &str = "HOSTNAME";

/// All of them. `RUST_LOG` is tracing's, the others but `HOSTNAME` are kube's.
pub(crate) const VARIABLES: [Variable; 5] = [
    Variable {
        name: "RUST_LOG",
        default: "`info`",
        decides: "What is logged: a level, or levels by module, as `info,knative_gloo_controller=debug`",
    },
    Variable {
        name: HOSTNAME,
        default: "the pod's name, in a cluster",
        decides: "Who this replica is in the Lease, before a random number",
    },
    Variable {
        name: "KUBECONFIG",
        default: "the pod's account",
        decides: "Which cluster, by files of kubectl's",
    },
    Variable {
        name: "KUBERNETES_SERVICE_HOST",
        default: "set by the kubelet",
        decides: "Where the pod's own cluster has its API server",
    },
    Variable {
        name: "KUBERNETES_SERVICE_PORT",
        default: "set by the kubelet",
        decides: "The port of that API server",
    },
];

/// What `--help` says of them.
fn variables() -> String {
    let line = |Variable { name, default, decides }: &Variable| {
        format!("  {name}\n          {decides} [default: {default}]\n")
    };
    format!("Environment:\n{}", VARIABLES.iter().map(line).collect::<String>())
}

/// How lines of the log are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// An object of JSON in each line.
    Json,
}

impl Arguments {
    /// What the controller goes by, as they say.
    pub(crate) fn config(self) -> Result<Config, Box<dyn Error>> {
        let Self {
            options: file,
            class,
            dialect,
            cluster_domain,
            proxy_namespace,
            max_plain_bytes,
            max_proxy_bytes,
            external_address,
            internal_address,
            leave_waiting,
            no_secrets,
            debounce,
            settle,
            no_lease,
            lease: name,
            lease_duration: duration_seconds,
            listen: _,
            log_format: _,
        } = self;
        let mut options = match file {
            Some(file) => options(&file, &Config::default().options)?,
            None => Config::default().options,
        };
        options.class = class.or(options.class);
        options.dialect = dialect.unwrap_or(options.dialect);
        options.cluster_domain = cluster_domain.unwrap_or(options.cluster_domain);
        options.proxy_namespace = proxy_namespace.unwrap_or(options.proxy_namespace);
        let [debounce, settle] = [debounce, settle].map(Duration::from_millis);
        let mut config = Config { debounce, settle, ..Config::new(options) };
        if let (Some(external), Some(internal)) = (external_address, internal_address) {
            let service = |address: &str| service(address, &config.options.cluster_domain);
            let services = service(&external).zip(service(&internal));
            if let Some((external, internal)) = services {
                config.gateway_services = GatewayServices { external, internal };
            }
            config.addresses = Some(GatewayAddresses::internal(external, internal));
        }
        if leave_waiting {
            config.addresses = None;
        }
        config.max_plain_bytes = usize::try_from(max_plain_bytes)?;
        config.max_proxy_bytes = usize::try_from(max_proxy_bytes)?;
        config.watch_secrets = !no_secrets;
        if !no_lease {
            let host = env::var(HOSTNAME).unwrap_or_else(|_| env!("CARGO_PKG_NAME").to_owned());
            config.lease = Some(LeaseConfig { name, duration_seconds, ..LeaseConfig::new(&host) });
        }
        Ok(config)
    }
}

/// The Service whose name inside the cluster this is.
fn service(address: &str, cluster_domain: &str) -> Option<ServiceRef> {
    let of_cluster = address.strip_suffix(cluster_domain).and_then(|rest| rest.strip_suffix('.'));
    let (name, namespace) = of_cluster.unwrap_or(address).strip_suffix(".svc")?.split_once('.')?;
    (!namespace.contains('.')).then(|| ServiceRef::new(namespace, name))
}

/// `defaults` with what the one document of a file says.
fn options(file: &PathBuf, defaults: &Options) -> Result<Options, Box<dyn Error>> {
    let name = file.display().to_string();
    let bytes = fs::read(file).map_err(|error| format!("{name}: {error}"))?;
    let mut documents = read(&name, &bytes, &Limits::default());
    match (documents.next(), documents.next()) {
        (Some(document), None) => Ok(document?.parse_with_defaults(defaults)?),
        (None, _) => Err(format!("{name}: empty: expected a document of kind {}", Options::KIND).into()),
        (Some(_), Some(_)) => Err(format!("{name}: several documents: expected one").into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{error::Error, fs};

    use clap::Parser;
    use knative_gloo_controller::{Config, GatewayServices, LeaseConfig};
    use knative_gloo_translate::{BindPorts, ClassFilter, Dialect};

    use super::Arguments;

    fn config(arguments: &[&str]) -> Result<Config, Box<dyn Error>> {
        Arguments::try_parse_from([&["controller"], arguments].concat())?.config()
    }

    fn with_file(text: &str, arguments: &[&str]) -> Result<Config, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let file = directory.path().join("options.yaml");
        fs::write(&file, text)?;
        let file = file.display().to_string();
        config(&[&["--options", &file], arguments].concat())
    }

    #[test]
    fn without_flags_the_defaults_apply() -> Result<(), Box<dyn Error>> {
        let config = config(&[])?;
        let default = Config::default();
        assert!(config.options.probe);
        assert_eq!(config.options, default.options);
        assert_eq!((config.addresses, config.debounce), (default.addresses, default.debounce));
        assert!(config.watch_secrets);
        assert!(!self::config(&["--no-secrets"])?.watch_secrets);
        assert_eq!(config.settle, default.settle);
        assert_eq!(config.max_proxy_bytes, default.max_proxy_bytes);
        assert_eq!(config.max_plain_bytes, default.max_plain_bytes);
        assert_eq!(self::config(&["--max-plain-bytes", "0"])?.max_plain_bytes, 0);
        assert!(self::config(&["--max-proxy-bytes", "65535"]).is_err());
        Ok(())
    }

    #[test]
    fn lease_is_enabled_by_default() -> Result<(), Box<dyn Error>> {
        let lease = config(&[])?.lease.ok_or("there is none")?;
        let default = LeaseConfig::new("host");
        assert_eq!((&lease.name, lease.duration_seconds), (&default.name, default.duration_seconds));
        let lease = config(&["--lease", "mine", "--lease-duration", "60"])?.lease.ok_or("there is none")?;
        assert_eq!((lease.name.as_str(), lease.duration_seconds.get()), ("mine", 60));
        assert_eq!(config(&["--no-lease"])?.lease, None);
        assert!(config(&["--no-lease", "--lease", "mine"]).is_err());
        assert!(config(&["--lease-duration", "0"]).is_err());
        Ok(())
    }

    #[test]
    fn flags_override_the_options_file() -> Result<(), Box<dyn Error>> {
        let file = "apiVersion: knative-gloo-translate/v1\nkind: TranslateOptions\nbindPorts: {http: 8080, https: 8443}\ndialect: gloo-1.3\nclass: mine\n";
        let options = with_file(file, &["--dialect", "gloo-1.22", "--class", "any"])?.options;
        assert_eq!(options.bind_ports, Some(BindPorts { http: 8080, https: 8443 }));
        assert_eq!((options.dialect, options.class), (Dialect::Gloo1_22, Some(ClassFilter::Any)));
        let config = with_file(file, &[])?;
        assert_eq!(config.options.class, Some(ClassFilter::named("mine")));
        assert!(config.options.probe, "probing is on unless the file says no");
        assert!(!with_file(&format!("{file}probe: false\n"), &[])?.options.probe);
        Ok(())
    }

    #[test]
    fn gateway_addresses_default_to_the_proxy_namespace() -> Result<(), Box<dyn Error>> {
        let told = |arguments: &[&str]| -> Result<String, Box<dyn Error>> {
            Ok(format!("{:?}", config(arguments)?.addresses))
        };
        assert!(
            told(&["--proxy-namespace", "edge"])?.contains("knative-external-proxy.edge.svc.cluster.local")
        );
        let given = told(&["--external-address", "public.example", "--internal-address", "private.example"])?;
        assert!(given.contains("public.example") && given.contains("private.example"), "{given}");
        assert_eq!(told(&["--leave-waiting"])?, "None");
        let services = |external: &str, internal: &str| -> Result<String, Box<dyn Error>> {
            let config = config(&["--external-address", external, "--internal-address", internal])?;
            let GatewayServices { external, internal } = config.gateway_services;
            Ok(format!("{external} {internal}"))
        };
        let own = "gloo-system/knative-external-proxy gloo-system/knative-internal-proxy";
        assert_eq!(services("public.example", "private.example")?, own);
        assert_eq!(services("a.b.svc.cluster.local", "c.d.svc")?, "b/a d/c");
        assert_eq!(services("a.b.c.svc.cluster.local", "c.d.svc")?, own);
        assert!(config(&["--external-address", "public.example"]).is_err());
        Ok(())
    }

    #[test]
    fn invalid_options_file_is_named() {
        let said = |text: &str| with_file(text, &[]).err().map(|error| error.to_string()).unwrap_or_default();
        let start = "apiVersion: knative-gloo-translate/v1\nkind: TranslateOptions\n";
        for (text, error) in [
            (format!("{start}bindPort: 80\n"), "line 3: bindPort: unknown field `bindPort`"),
            (
                "apiVersion: v1\nkind: TranslateOptions\n".to_owned(),
                "apiVersion: unknown variant `v1`, expected `knative-gloo-translate/v1`",
            ),
            (format!("{start}---\n{start}"), "several documents: expected one"),
            (String::new(), "empty: expected a document of kind TranslateOptions"),
        ] {
            assert!(said(&text).contains(error), "{}", said(&text));
        }
        let missing = config(&["--options", "missing.yaml"]).err().map(|error| error.to_string());
        assert!(missing.is_some_and(|error| error.starts_with("missing.yaml: ")));
    }
}
