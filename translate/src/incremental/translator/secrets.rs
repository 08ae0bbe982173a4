//! Changes of TLS Secrets.

use super::Translator;
use crate::{Change, SecretRef, SecretVerdict, Secrets};

impl Translator {
    /// Replaces the verdicts on all Secrets.
    pub fn set_secrets(&mut self, secrets: Secrets) -> Change {
        let affected = match &self.settings.options.secrets {
            Some(known) => self.by_secret.on(&known.differing(&secrets)),
            // Until now nobody asked for any.
            None => self.slots.values().copied().collect(),
        };
        self.settings.options.secrets = Some(secrets);
        self.admit_again(affected)
    }

    /// Adds the verdict on a Secret, or replaces its earlier one.
    pub fn apply_secret(&mut self, secret: &SecretRef, verdict: SecretVerdict) -> Change {
        match &mut self.settings.options.secrets {
            Some(secrets) => {
                if secrets.insert(secret.clone(), verdict) {
                    self.admit_again(self.by_secret.on([secret]))
                } else {
                    Change::default()
                }
            }
            None => self.set_secrets([(secret.clone(), verdict)].into_iter().collect()),
        }
    }

    /// Removes a Secret, which is missing from now on.
    pub fn remove_secret(&mut self, secret: &SecretRef) -> Change {
        let was_known = self.settings.options.secrets.as_mut().is_some_and(|secrets| secrets.remove(secret));
        if was_known { self.admit_again(self.by_secret.on([secret])) } else { Change::default() }
    }
}
