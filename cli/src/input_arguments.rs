//! Arguments that several commands take.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use knative_gloo_translate::{ClassFilter, Dialect, Options};

/// What is translated, and how.
#[derive(Args, Debug)]
pub(crate) struct Input {
    /// Files of YAML or JSON, or `-` for standard input.
    ///
    /// They hold Ingresses and ClusterIngresses of Knative, alone, in streams or in Lists, mixed with Services, whose named
    /// ports and external names are then known. Other kinds are skipped with a warning.
    ///
    /// A document `kind: TranslateOptions` (apiVersion `knative-gloo-translate/v1`) sets the library's options, each by its
    /// name in camelCase. An option on the command line wins over it.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Whose contract the output follows [default: knative].
    #[arg(long, value_parser = dialect())]
    pub(crate) dialect: Option<Dialect>,
    /// Translate only Ingresses of this class, or `any` [default: any].
    #[arg(long, value_name = "NAME|any", value_parser = NonEmptyStringValueParser::new().try_map(|class| class.parse::<ClassFilter>()))]
    pub(crate) class: Option<ClassFilter>,
    /// The cluster's DNS domain [default: cluster.local].
    #[arg(long, value_name = "DOMAIN", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) cluster_domain: Option<String>,
    /// A file of Services; can be given several times.
    #[arg(long, value_name = "FILE")]
    pub(crate) services: Vec<PathBuf>,
    /// Add the routes that answer Knative's readiness probe.
    #[arg(long)]
    pub(crate) probe: bool,
}

/// Reads a dialect by its name, which shells can complete.
pub(crate) fn dialect() -> impl TypedValueParser<Value = Dialect> {
    PossibleValuesParser::new(Dialect::ALL.map(Dialect::as_str)).try_map(|word| word.parse::<Dialect>())
}

impl Input {
    /// `options` with what the command line says.
    pub(crate) fn apply_to(&self, mut options: Options) -> Options {
        let Self { files: _, dialect, class, cluster_domain, services: _, probe } = self;
        options.dialect = dialect.unwrap_or(options.dialect);
        options.class = class.clone().or(options.class);
        options.cluster_domain = cluster_domain.clone().unwrap_or(options.cluster_domain);
        options.probe |= *probe;
        options
    }
}

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    #[default]
    Yaml,
    Json,
}
