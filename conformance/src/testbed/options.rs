use knative_gloo_translate::Options;

/// `options` with what is `said` that can make a difference to a client of a running gateway. The dialect, the probe and the ports
/// that are bound are the runner's own to choose.
#[must_use]
pub fn with_said(options: &Options, mut said: Options) -> Options {
    (said.dialect, said.probe, said.bind_ports) = (options.dialect, options.probe, options.bind_ports);
    said
}
