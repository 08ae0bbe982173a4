use std::time::Instant;

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Patch, PatchParams};
use kube::{Api, Client};
use tokio::time::sleep;

use crate::server::{KubeApiServer, PATIENCE, POLL, User};

/// The definitions that the models give of themselves.
pub fn definitions() -> [CustomResourceDefinition; 2] {
    [knative_ingress_model::custom_resource_definition(), gloo_proxy_model::custom_resource_definition()]
}

/// Defines both kinds, and waits until they are served.
pub async fn define(client: &Client) -> Vec<CustomResourceDefinition> {
    let mut established = Vec::new();
    for definition in definitions() {
        established.push(establish(client, &definition).await);
    }
    established
}

/// Defines a kind, and waits until it is served.
pub async fn establish(client: &Client, definition: &CustomResourceDefinition) -> CustomResourceDefinition {
    let api = Api::<CustomResourceDefinition>::all(client.clone());
    let name = definition.metadata.name.as_deref().unwrap();
    let parameters = PatchParams::apply("test").validation_strict();
    api.patch(name, &parameters, &Patch::Apply(definition)).await.unwrap();
    let give_up = Instant::now() + PATIENCE;
    loop {
        let found = api.get(name).await.unwrap();
        if condition(&found, "Established") == Some("True") {
            return found;
        }
        assert!(Instant::now() < give_up, "{name} isn't established: {:?}", found.status);
        sleep(POLL).await;
    }
}

fn condition<'a>(definition: &'a CustomResourceDefinition, name: &str) -> Option<&'a str> {
    let conditions = definition.status.as_ref()?.conditions.as_ref()?;
    conditions.iter().find(|condition| condition.type_ == name).map(|found| found.status.as_str())
}

/// Accepted with strict validation, established, structural by the API server's own word, and stored as they were given.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn crds_of_the_models_are_accepted_and_structural() {
    let server = KubeApiServer::start().await;
    let established = define(&server.client(User::Admin).await).await;
    assert_eq!(established.len(), definitions().len());
    for (found, given) in established.iter().zip(definitions()) {
        let name = &found.metadata.name;
        assert_eq!(condition(found, "NamesAccepted"), Some("True"), "{name:?}");
        assert_eq!(condition(found, "NonStructuralSchema"), None, "{name:?}");
        assert!(found.spec.versions == given.spec.versions, "{name:?}: not stored as it was given");
    }
}
