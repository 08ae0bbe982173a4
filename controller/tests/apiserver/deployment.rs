//! `deploy.yaml` and what stands beside it, on a cluster that enforces Pod Security's level `restricted`.

use knative_gloo_manifests::{Limits, read};
use kube::Error;
use serde_json::{Value, json};

use crate::request::send;
use crate::restart::deploy;
use crate::server::{KubeApiServer, User};

/// The documents of a file of the controller's.
pub fn documents(file: &str) -> Vec<Value> {
    let path = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap();
    read(file, &bytes, &Limits::default()).map(|document| document.unwrap().into_value()).collect()
}

/// All of it is accepted strictly, and so are its pods. Without any one of the settings that the level asks for they are not.
#[tokio::test]
#[ignore = "needs a kube-apiserver, which takes minutes to build"]
async fn deployment_satisfies_pod_security_restricted() {
    let server = KubeApiServer::start().await;
    let admin = server.client(User::Admin).await;
    deploy(&admin).await;
    let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": "gloo-system", "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
    }});
    let path = "/api/v1/namespaces/gloo-system?fieldManager=test&force=true";
    send(&admin, "APPLY", path, &namespace).await.unwrap();
    let deployment =
        documents("deploy.yaml").into_iter().find(|object| object["kind"] == "Deployment").unwrap();
    let template = &deployment["spec"]["template"];
    let create = async |name: &str, spec: &Value| {
        let mut metadata = template["metadata"].clone();
        metadata["name"] = json!(name);
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
        send(&admin, "POST", "/api/v1/namespaces/gloo-system/pods?fieldValidation=Strict", &pod).await
    };
    let pod = create("as-deployed", &template["spec"]).await.unwrap();
    assert_eq!(pod["spec"]["containers"][0]["securityContext"]["readOnlyRootFilesystem"], json!(true));
    let container = "/containers/0/securityContext";
    for (place, field) in [
        ("/securityContext", "runAsNonRoot"),
        ("/securityContext", "seccompProfile"),
        (container, "allowPrivilegeEscalation"),
        (container, "capabilities"),
    ] {
        let mut spec = template["spec"].clone();
        let removed = spec.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(field);
        assert!(removed.is_some(), "{place}/{field}");
        match create(&field.to_lowercase(), &spec).await {
            Err(Error::Api(status)) => assert_eq!(status.code, 403, "{field}: {status:?}"),
            other => panic!("{field}: expected a refusal, found {other:?}"),
        }
    }
    // The Service of the ServiceMonitor; its own kind is the Prometheus operator's.
    let service = documents("deploy/service-monitor.yaml").remove(0);
    let path = "/api/v1/namespaces/gloo-system/services?fieldValidation=Strict";
    send(&admin, "POST", path, &service).await.unwrap();
}
