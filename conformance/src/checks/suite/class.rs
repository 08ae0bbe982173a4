use std::collections::BTreeMap;

use knative_ingress_model::keys::INGRESS_CLASS;

use super::context::{Context, PortName};
use super::{TestResult, shape_1};
use crate::checks::failure::ensure;

/// An Ingress of another class, or of none, is left exactly as it is.
pub(super) async fn ingress_class(context: Context) -> TestResult {
    let class = |class: &str| Some(BTreeMap::from([(INGRESS_CLASS.to_owned(), class.to_owned())]));
    for annotations in [None, Some(BTreeMap::new()), class("incorrect"), class("")] {
        let service = context.echo(PortName::Http1).await?;
        let host = context.host(&service.name);
        let mut ingress = context.build(&context.unique(), shape_1(&host, &service))?;
        ingress.metadata.annotations = annotations;
        let created = context.cluster.apply(ingress).await?;
        let reference = created.reference();
        let now = context.cluster.get_after_a_while(reference).await?;
        let annotations = &created.metadata.annotations;
        ensure!(now.as_ref() == Some(&created), "an Ingress with {annotations:?} was changed");
    }
    Ok(())
}
