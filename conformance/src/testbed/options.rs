use knative_gloo_translate::{Options, OptionsDocument};

/// `options` with what `document` says that can make a difference to a client of a running gateway. The dialect, the probe and
/// the ports that are bound are the runner's own to choose.
#[must_use]
pub fn with_document(options: Options, document: OptionsDocument) -> Options {
    let Options { dialect, probe, bind_ports, .. } = options;
    let mut said = document.apply_to(options);
    (said.dialect, said.probe, said.bind_ports) = (dialect, probe, bind_ports);
    said
}
