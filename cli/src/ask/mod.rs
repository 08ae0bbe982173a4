//! `knative-gloo ask`: who answers a request, and why.

mod explanation;
mod hints;
mod request;
mod text;

use clap::{Args, ValueEnum};
use knative_gloo_simulator::Simulator;
use knative_gloo_translate::{Gateway, Translation};

use crate::Status;
use crate::input::Input;
use crate::input_arguments;
use crate::output::Failure;
use explanation::Explanation;

#[derive(Args, Debug)]
pub(crate) struct Ask {
    #[command(flatten)]
    input: input_arguments::Input,
    #[command(flatten)]
    request: request::Arguments,
    /// Which gateway gets the request: that for everybody, or that for clients inside the cluster.
    #[arg(long, value_enum, default_value_t, value_name = "GATEWAY")]
    via: Via,
    /// Text for people, or JSON.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Via {
    #[default]
    External,
    Internal,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
}

impl From<Via> for Gateway {
    fn from(via: Via) -> Self {
        match via {
            Via::External => Self::External,
            Via::Internal => Self::Internal,
        }
    }
}

/// The Proxies of a translation, ready to be asked.
pub(crate) struct Gateways {
    translation: Translation,
    simulators: [Simulator; 2],
}

impl Gateways {
    pub(crate) fn new(translation: Translation) -> Self {
        let simulators = Gateway::ALL.map(|gateway| Simulator::new(translation.proxy(gateway)));
        Self { translation, simulators }
    }

    fn simulator(&self, gateway: Gateway) -> &Simulator {
        let [external, internal] = &self.simulators;
        match gateway {
            Gateway::External => external,
            Gateway::Internal => internal,
        }
    }
}

/// Explains the answer. Status 0: somebody answers; 1: nobody serves the request.
pub(crate) fn run(arguments: &Ask) -> Result<(String, Status), Failure> {
    let Ask { input, request, via, output } = arguments;
    let request = request.to_request().map_err(Failure::new)?;
    let loaded = Input::load_with_locations(&input.files, &input.services)?;
    let options = input.apply_to(loaded.options());
    let gateways = Gateways::new(loaded.translate(&options));
    let explanation =
        Explanation::new(&gateways, (*via).into(), request, &loaded.objects, &options.cluster_domain);
    let status = if explanation.is_served() { Status::Good } else { Status::Bad };
    let text = match output {
        Format::Text => explanation.to_string(),
        Format::Json => {
            let json = serde_json::to_string_pretty(&explanation);
            json.map_err(|error| Failure::new(error.to_string()))? + "\n"
        }
    };
    Ok((text, status))
}

#[cfg(test)]
mod tests;
