use knative_gloo_manifests::{Limits, read};
use serde_json::{Value, json};

use super::{KubernetesError, User};

/// What the controller's `deploy.yaml` holds.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// All its objects, but with the rights given to the user that the controller is here.
    objects: Vec<Value>,
    options: String,
    arguments: Vec<String>,
}

impl Deployment {
    /// Reads it.
    ///
    /// # Errors
    /// When it has no ConfigMap with `options.yaml`, or no Deployment with arguments.
    pub fn read(yaml: &str) -> Result<Self, KubernetesError> {
        let mut objects = Vec::new();
        for document in read("deploy.yaml", yaml.as_bytes(), &Limits::default()) {
            let document = document.map_err(|error| KubernetesError::Deployment(error.to_string()))?;
            let mut object = document.into_value();
            if let Some(subjects) = object.get_mut("subjects") {
                *subjects = json!([{ "kind": "User", "name": User::Controller.name() }]);
            }
            objects.push(object);
        }
        let found = |pointer: &str| objects.iter().find_map(|object| object.pointer(pointer));
        let options = found("/data/options.yaml").and_then(Value::as_str).map(str::to_owned);
        let options = options.ok_or_else(|| KubernetesError::Deployment("no options.yaml".to_owned()))?;
        let arguments = found("/spec/template/spec/containers/0/args").and_then(Value::as_array);
        let arguments =
            arguments.ok_or_else(|| KubernetesError::Deployment("no container with args".to_owned()))?;
        let arguments = arguments.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        Ok(Self { options, arguments, objects })
    }

    /// With this line in its options, in place of the one that sets the same option.
    #[must_use]
    pub fn with_option(mut self, line: &str) -> Self {
        let name = |line: &str| line.split_once(':').map(|(name, _)| name.to_owned());
        let others = self.options.lines().filter(|other| name(other) != name(line));
        self.options = others.chain([line]).flat_map(|line| [line, "\n"]).collect();
        self
    }

    /// Where each object is created, and the object.
    pub(super) fn objects(&self) -> Vec<(String, &Value)> {
        let place = |object: &Value| {
            let field = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
            let version = field("/apiVersion").unwrap_or_default();
            let group = if version.contains('/') { "apis" } else { "api" };
            let namespace = field("/metadata/namespace")
                .map(|namespace| format!("namespaces/{namespace}/"))
                .unwrap_or_default();
            let kind = field("/kind").unwrap_or_default().to_lowercase();
            format!("/{group}/{version}/{namespace}{kind}s?fieldValidation=Strict")
        };
        self.objects.iter().map(|object| (place(object), object)).collect()
    }

    /// The options file.
    pub(super) fn options(&self) -> &str {
        &self.options
    }

    /// The container's arguments, with the options file where it is here.
    pub(super) fn arguments(&self, options: &std::path::Path) -> Vec<String> {
        let here = |argument: &String| {
            if argument.starts_with("--options=") {
                format!("--options={}", options.display())
            } else {
                argument.clone()
            }
        };
        self.arguments.iter().map(here).collect()
    }
}
