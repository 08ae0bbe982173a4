//! Arguments.

use knative_gloo_translate::{ClassFilter, Dialect, OptionsDocument, UnknownDialect};
use std::ffi::OsString;

pub(crate) const USAGE: &str = "translate [--dialect knative|gloo-1.3|gloo-1.22] [--class NAME|any] [--cluster-domain DOMAIN] \
    [--services FILE] [--probe] [--output yaml|json] FILE...|-";

pub(crate) const HELP: &str = "\
Translates Knative's Ingresses to Gloo's Proxies.

usage: translate [OPTION]... FILE...

FILE holds YAML or JSON: Ingresses and ClusterIngresses of Knative, alone, in streams or in Lists, mixed with Services,
whose named ports and external names are then known. Other kinds are passed over with a warning. `-` is standard input.
Both Proxies go to standard output, diagnostics to standard error.

  --dialect knative|gloo-1.3|gloo-1.22  whose contract the output follows (knative)
  --class NAME|any                      translate the Ingresses of this class only (any)
  --cluster-domain DOMAIN               the cluster's DNS domain (cluster.local)
  --services FILE                       a file of Services; can be given several times
  --probe                               add the routes that answer Knative's readiness probe
  --output yaml|json                    a YAML stream, the external Proxy first, or one JSON List (yaml)
  --help                                this text

A document `kind: TranslateOptions` (apiVersion `knative-gloo-translate/v1`) in a FILE sets the same and the library's other
options, each by its name in camelCase: dialect, class, clusterDomain, probe, proxyNamespace, hostPorts, bindPorts, gateways,
regexMaxProgramSize, allowForeignBackends, allowForeignSecrets, allowForeignClusterHosts, allowCatchAll,
maxOutputBytes. What is given above wins.

Status: 0 all translated; 1 some Ingress was rejected, the others are translated; 2 nothing is, the input can't be used.
";

/// What is asked for.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Translate(Box<Invocation>),
}

/// A translation as asked for.
#[derive(Debug, Default)]
pub(crate) struct Invocation {
    pub(crate) flags: OptionsDocument,
    pub(crate) services: Vec<OsString>,
    pub(crate) format: Format,
    pub(crate) files: Vec<OsString>,
}

/// How both Proxies are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Yaml,
    Json,
}

pub(crate) fn parse(arguments: Vec<OsString>) -> Result<Command, String> {
    let mut invocation = Invocation::default();
    let mut arguments = arguments.into_iter();
    let mut only_files = false;
    while let Some(argument) = arguments.next() {
        let Some(text) =
            argument.to_str().filter(|text| !only_files && text.starts_with('-') && *text != "-")
        else {
            invocation.files.push(argument);
            continue;
        };
        let (name, inline) = match text.split_once('=') {
            Some((name, value)) => (name, Some(OsString::from(value))),
            None => (text, None),
        };
        let mut path =
            || inline.clone().or_else(|| arguments.next()).ok_or_else(|| format!("`{name}` needs a value"));
        let flags = &mut invocation.flags;
        match name {
            "--dialect" => {
                let word = word(name, path()?)?;
                flags.dialects =
                    vec![word.parse::<Dialect>().map_err(|error: UnknownDialect| error.to_string())?];
            }
            "--class" => flags.class = Some(ClassFilter::from_word(word(name, path()?)?)),
            "--cluster-domain" => flags.cluster_domain = Some(word(name, path()?)?),
            "--services" => invocation.services.push(path()?),
            "--output" => {
                invocation.format = match word(name, path()?)?.as_str() {
                    "yaml" => Format::Yaml,
                    "json" => Format::Json,
                    other => return Err(format!("`--output {other}`: it is yaml or json")),
                }
            }
            "--probe" | "--help" | "-h" | "--" if inline.is_some() => {
                return Err(format!("`{name}` has no value"));
            }
            "--probe" => flags.probe = Some(true),
            "--help" | "-h" => return Ok(Command::Help),
            "--" => only_files = true,
            _ => return Err(format!("unknown option `{text}`")),
        }
    }
    let from_stdin = invocation.files.iter().chain(&invocation.services).filter(|file| *file == "-").count();
    if invocation.files.is_empty() {
        Err("no file is given; `-` reads standard input".to_owned())
    } else if from_stdin > 1 {
        Err("standard input (`-`) can be read only once".to_owned())
    } else {
        Ok(Command::Translate(Box::new(invocation)))
    }
}

fn word(name: &str, value: OsString) -> Result<String, String> {
    match value.into_string() {
        Ok(word) if !word.is_empty() => Ok(word),
        Ok(_) => Err(format!("`{name}` needs a value that is not empty")),
        Err(_) => Err(format!("`{name}` needs a value that is text")),
    }
}
