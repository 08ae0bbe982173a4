//! The Ingress as an object of the Kubernetes API.

use std::fmt::Debug;

use k8s_openapi::{ListableResource, Metadata, NamespaceResourceScope, Resource};
use knative_ingress_model::{Ingress, ObjectMeta};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// All that `kube::Api::<K>::namespaced` and its `get`, `list`, `patch` and `watch` ask of `K`.
fn address<K>() -> String
where
    K: Resource<Scope = NamespaceResourceScope> + ListableResource + Metadata<Ty = ObjectMeta>,
    K: Clone + Debug + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    format!("/apis/{}/namespaces/{{namespace}}/{}", K::API_VERSION, K::URL_PATH_SEGMENT)
}

#[test]
fn kube_resource_metadata() {
    let address = address::<Ingress>();
    assert_eq!(address, "/apis/networking.internal.knative.dev/v1alpha1/namespaces/{namespace}/ingresses");
    assert_eq!(Ingress::API_VERSION, format!("{}/{}", Ingress::GROUP, Ingress::VERSION));
    assert_eq!(Ingress::LIST_KIND, format!("{}List", Ingress::KIND));

    let mut ingress = Ingress::default();
    ingress.metadata_mut().name = Some("shop".to_owned());
    assert_eq!(ingress.metadata().name.as_deref(), Some(ingress.name()));
}
