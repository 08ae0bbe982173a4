//! Bytes read as a set of Ingresses, options, Services, and steps.

use gloo_proxy_model::ValidationLimits;
use k8s_openapi::api::core::v1::Service;
use knative_gloo_conformance::checks::differential::generate::{Case, Choices, case};
use knative_gloo_translate::{ClassFilter, Options, Services};
use knative_ingress_model::Ingress;
use serde::Deserialize;
use serde_json::Value;

/// More would only be slower.
const MOST: usize = 12;

/// What `translate` and `updates` are given.
#[derive(Clone, Debug)]
pub struct Set {
    /// The options, with the Services.
    pub options: Options,
    /// The Ingresses, of which some may have one name.
    pub ingresses: Vec<Ingress>,
    /// The Services.
    pub services: Vec<Service>,
    /// Numbers that mean steps.
    pub steps: Vec<u16>,
}

impl Set {
    /// Reads `{"options": {…}, "ingresses": […], "services": […], "steps": […]}`, where `options` are written as the command
    /// line and the fixtures write them; what of it can't be read is left out. Other bytes are the choices of the
    /// explorer's generator.
    pub fn read(data: &[u8]) -> Self {
        match serde_json::from_slice::<Value>(data) {
            Ok(value) => Self::of_json(&value),
            Err(_) => Self::of_choices(data),
        }
    }

    fn of_json(value: &Value) -> Self {
        let list = |name: &str| value.get(name).and_then(Value::as_array);
        let options = value.get("options").and_then(|options| Options::deserialize(options).ok());
        let mut options = options.unwrap_or_default();
        options.class.get_or_insert(ClassFilter::Any);
        let services: Option<Vec<Service>> = list("services").map(|services| {
            services.iter().take(MOST).filter_map(|service| Service::deserialize(service).ok()).collect()
        });
        let steps = list("steps").into_iter().flatten().filter_map(Value::as_u64);
        let ingresses = list("ingresses").into_iter().flatten().take(MOST);
        Self {
            options: match &services {
                Some(services) => options.with_services(Services::from_iter(services)),
                None => options,
            },
            ingresses: ingresses.filter_map(|ingress| Ingress::from_value(ingress).ok()).collect(),
            services: services.unwrap_or_default(),
            steps: steps.map(|step| u16::try_from(step % 65_536).unwrap_or_default()).collect(),
        }
    }

    fn of_choices(data: &[u8]) -> Self {
        let numbers: Vec<u16> =
            data.as_chunks().0.iter().map(|pair: &[u8; 2]| u16::from_le_bytes(*pair)).collect();
        let mut choices = Choices::listed(numbers.clone());
        let made = case(&mut choices);
        let options = made.translate_options();
        let Case { ingresses, services, .. } = made;
        Self { options, ingresses, services: services.unwrap_or_default(), steps: numbers }
    }

    /// Gloo's and Envoy's limits under these options.
    pub fn limits(&self) -> ValidationLimits {
        ValidationLimits::default().with_max_program_size(self.options.regex_max_program_size)
    }
}
