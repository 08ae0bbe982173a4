//! Times as Kubernetes writes them: a fraction of a second is read, and is gone in what is written.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use k8s_openapi::jiff::Timestamp;

/// All times that a server sets in the metadata of an object.
pub(crate) fn of_metadata(metadata: &mut ObjectMeta) {
    let managed = metadata.managed_fields.iter_mut().flatten().map(|entry| &mut entry.time);
    for time in managed.chain([&mut metadata.creation_timestamp, &mut metadata.deletion_timestamp]) {
        cut(time);
    }
}

/// The time without its fraction, towards the past as the text of it is.
pub(crate) fn cut(time: &mut Option<Time>) {
    if let Some(Time(time)) = time {
        let past = i64::from(time.subsec_nanosecond() < 0);
        *time = Timestamp::from_second(time.as_second().saturating_sub(past)).unwrap_or(*time);
    }
}
