//! What no controller can do without: both Proxies become bytes once.

use std::error::Error;

use gloo_proxy_model::Proxy;
use knative_gloo_translate::{BindPorts, Gateway, Options, translate};
use knative_ingress_model::Ingress;

use super::Form;
use crate::report::measure::least;

/// The cost of writing both Proxies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Floor {
    /// Milliseconds of CPU.
    pub(super) millis: f64,
    /// Bytes of both as they are stored.
    pub(super) bytes: usize,
    /// Bytes of the larger one.
    pub(super) largest: usize,
}

/// Those of the controller that is measured.
pub(super) fn options() -> Options {
    Options::default()
        .with_bind_ports(BindPorts { http: 8080, https: 8443 })
        .with_regex_max_program_size(1024)
}

/// Writes both Proxies of `ingresses` to JSON, or compresses them, each from its beginning.
pub(super) fn floor(ingresses: &[Ingress], form: Form) -> Result<Floor, Box<dyn Error>> {
    let translation = translate(ingresses, &options());
    let mut floor = Floor { millis: 0.0, bytes: 0, largest: 0 };
    for gateway in Gateway::ALL {
        let proxy = translation.proxy(gateway);
        let mut bytes = Vec::new();
        let mut fault = None;
        let nanos = match form {
            Form::Plain => least(5, || {
                bytes.clear();
                fault = serde_json::to_writer(&mut bytes, proxy).err();
            }),
            Form::Compressed => {
                let copies = std::cell::RefCell::new(vec![proxy.clone(); 3]);
                let mut written = None;
                let nanos = least(3, || written = copies.borrow_mut().pop().map(Proxy::compressed));
                serde_json::to_writer(&mut bytes, &written.ok_or("nothing was written")??)?;
                nanos
            }
        };
        fault.map_or(Ok(()), Err)?;
        floor.millis += nanos / 1e6;
        floor.bytes += bytes.len();
        floor.largest = floor.largest.max(bytes.len());
    }
    Ok(floor)
}
