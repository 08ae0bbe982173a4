//! Which Ingresses depend on an object that is given beside them.

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

use crate::incremental::entries::Slot;

/// The Ingresses that depend on each object, whether that is known or not.
#[derive(Clone, Debug)]
pub(crate) struct Dependents<K> {
    by_object: HashMap<K, BTreeSet<Slot>>,
}

impl<K> Default for Dependents<K> {
    fn default() -> Self {
        Self { by_object: HashMap::new() }
    }
}

impl<K: Clone + Eq + Hash> Dependents<K> {
    /// Notes that the Ingress in `slot` depends on `objects`.
    pub(crate) fn add(&mut self, slot: Slot, objects: &[K]) {
        for object in objects {
            self.by_object.entry(object.clone()).or_default().insert(slot);
        }
    }

    /// Takes that back.
    pub(crate) fn remove(&mut self, slot: Slot, objects: &[K]) {
        for object in objects {
            if let Some(dependents) = self.by_object.get_mut(object) {
                dependents.remove(&slot);
                if dependents.is_empty() {
                    self.by_object.remove(object);
                }
            }
        }
    }

    /// The Ingresses that depend on any of `objects`.
    pub(crate) fn on<'a>(&self, objects: impl IntoIterator<Item = &'a K>) -> BTreeSet<Slot>
    where
        K: 'a,
    {
        objects.into_iter().filter_map(|object| self.by_object.get(object)).flatten().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nothing is left of what depends no more: else it would grow for as long as the program runs.
    #[test]
    fn removed_dependents_leave_nothing() {
        let mut dependents = Dependents::default();
        let (one, other) = (Slot::new(0), Slot::new(1));
        dependents.add(one, &["a", "b"]);
        dependents.add(other, &["b"]);
        dependents.remove(one, &["a", "b"]);
        assert_eq!(dependents.on(&["a", "b"]), BTreeSet::from([other]));
        dependents.remove(other, &["b"]);
        assert!(dependents.by_object.is_empty());
    }
}
