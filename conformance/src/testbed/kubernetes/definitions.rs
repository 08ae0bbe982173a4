use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use tokio::time::{Instant, sleep};

use super::KubernetesError;
use super::api_server::{PATIENCE, POLL};

/// Defines the kinds of both models, and waits until they are served.
///
/// # Errors
/// When the API server does not take a definition.
pub async fn define(client: &Client) -> Result<(), KubernetesError> {
    let models =
        [knative_ingress_model::custom_resource_definition(), gloo_proxy_model::custom_resource_definition()];
    define_all(client, &models).await
}

/// Defines kinds, and waits until they are served.
///
/// # Errors
/// When the API server does not take a definition.
pub async fn define_all(
    client: &Client,
    definitions: &[CustomResourceDefinition],
) -> Result<(), KubernetesError> {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    for definition in definitions {
        let name = definition.metadata.name.as_deref().unwrap_or_default();
        let parameters = PatchParams::apply("conformance").validation_strict();
        api.patch(name, &parameters, &Patch::Apply(definition)).await?;
        let started = Instant::now();
        while !is_established(&api.get(name).await?) {
            if started.elapsed() > PATIENCE {
                let what = format!("{name} to be established");
                return Err(KubernetesError::TimedOut { seconds: PATIENCE.as_secs(), what });
            }
            sleep(POLL).await;
        }
    }
    Ok(())
}

fn is_established(definition: &CustomResourceDefinition) -> bool {
    let conditions = definition.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|found| found.type_ == "Established" && found.status == "True")
}
