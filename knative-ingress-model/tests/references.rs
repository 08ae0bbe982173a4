//! What names an Ingress, and how that is written.

use knative_ingress_model::{Ingress, IngressKind, IngressRef};

#[test]
fn references_name_kind_namespace_and_name() {
    let shop = IngressRef::new("team-a", "shop");
    assert_eq!((shop.kind, &*shop.namespace, &*shop.name), (IngressKind::Ingress, "team-a", "shop"));
    assert_eq!(shop.to_string(), "team-a/shop");

    let cluster = IngressRef::cluster_ingress("shop");
    assert_eq!(
        (cluster.kind, &*cluster.namespace, &*cluster.name),
        (IngressKind::ClusterIngress, "", "shop")
    );
    assert_eq!(cluster.to_string(), "shop");
    // Neither is a valid object; they are told apart from those that are.
    assert_eq!(IngressRef { kind: IngressKind::Ingress, ..cluster.clone() }.to_string(), "/shop");
    assert_eq!(IngressRef { namespace: "team-a".to_owned(), ..cluster }.to_string(), "team-a/shop");

    assert_eq!(
        [IngressKind::Ingress, IngressKind::ClusterIngress].map(|kind| kind.to_string()),
        ["Ingress", "ClusterIngress"]
    );
}

#[test]
fn reference_is_that_of_the_object() {
    let mut ingress = Ingress::default();
    assert_eq!(ingress.reference(), IngressRef::new("", ""));
    ingress.metadata.namespace = Some("team-a".to_owned());
    ingress.metadata.name = Some("shop".to_owned());
    assert_eq!(ingress.reference(), IngressRef::new("team-a", "shop"));
    ingress.kind = IngressKind::ClusterIngress;
    assert_eq!(ingress.reference().kind, IngressKind::ClusterIngress);
}
