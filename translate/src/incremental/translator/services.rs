//! Changes of Services.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Service;

use super::Translator;
use crate::{Change, ServiceRef, Services, incremental::entries::Slot};

impl Translator {
    /// Replaces all Services.
    pub fn set_services(&mut self, services: Services) -> Change {
        let affected: BTreeSet<Slot> = match &self.settings.options.services {
            Some(known) => self.by_service.on(&known.differing(&services)),
            // What could not be known before can be now, of any of them.
            None => self.slots.values().copied().collect(),
        };
        self.settings.options.services = Some(services);
        self.admit_again(affected)
    }

    /// Adds `service`, or replaces its earlier state.
    pub fn apply_service(&mut self, service: &Service) -> Change {
        let reference = ServiceRef {
            namespace: service.metadata.namespace.clone().unwrap_or_default(),
            name: service.metadata.name.clone().unwrap_or_default(),
        };
        let was_known = self.settings.options.services.is_some();
        let changed = self.settings.options.services.get_or_insert_default().insert(service);
        match (was_known, changed) {
            (true, false) => Change::default(),
            (true, true) => self.admit_again(self.by_service.on([&reference])),
            (false, _) => self.admit_again(self.slots.values().copied().collect()),
        }
    }

    /// Removes a Service.
    pub fn remove_service(&mut self, service: &ServiceRef) -> Change {
        let was_known =
            self.settings.options.services.as_mut().is_some_and(|services| services.remove(service));
        if was_known { self.admit_again(self.by_service.on([service])) } else { Change::default() }
    }
}
