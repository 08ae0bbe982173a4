//! Which Ingresses depend on an object that is given beside them.

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    hash::Hash,
};

use crate::incremental::entries::Slot;

/// The Ingresses that depend on each object, whether that is known or not.
#[derive(Clone, Debug)]
pub(crate) struct Dependents<K> {
    by_object: HashMap<K, Slots>,
}

/// The Ingresses that depend on one object.
#[derive(Clone, Debug)]
enum Slots {
    /// Nearly always: a tree of one takes as much room as one of eleven.
    One(Slot),
    Many(BTreeSet<Slot>),
}

impl Slots {
    fn insert(&mut self, slot: Slot) {
        match self {
            Self::One(known) if *known == slot => {}
            Self::One(known) => *self = Self::Many([*known, slot].into()),
            Self::Many(known) => {
                known.insert(slot);
            }
        }
    }

    /// Returns whether none is left.
    fn remove(&mut self, slot: Slot) -> bool {
        match self {
            Self::One(known) => *known == slot,
            Self::Many(known) => {
                known.remove(&slot);
                known.is_empty()
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = Slot> {
        let (one, many) = match self {
            Self::One(slot) => (Some(*slot), None),
            Self::Many(slots) => (None, Some(slots)),
        };
        one.into_iter().chain(many.into_iter().flatten().copied())
    }
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
            match self.by_object.entry(object.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(Slots::One(slot));
                }
                Entry::Occupied(mut entry) => entry.get_mut().insert(slot),
            }
        }
    }

    /// Takes that back.
    pub(crate) fn remove(&mut self, slot: Slot, objects: &[K]) {
        for object in objects {
            if self.by_object.get_mut(object).is_some_and(|dependents| dependents.remove(slot)) {
                self.by_object.remove(object);
            }
        }
    }

    /// The Ingresses that depend on any of `objects`.
    pub(crate) fn on<'a>(&self, objects: impl IntoIterator<Item = &'a K>) -> BTreeSet<Slot>
    where
        K: 'a,
    {
        objects.into_iter().filter_map(|object| self.by_object.get(object)).flat_map(Slots::iter).collect()
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
        dependents.add(one, &["a", "b"]);
        assert_eq!(dependents.on(&["a"]), BTreeSet::from([one]));
        assert_eq!(dependents.on(&["b"]), BTreeSet::from([one, other]));
        dependents.remove(other, &["a"]);
        assert_eq!(dependents.on(&["a"]), BTreeSet::from([one]));
        dependents.remove(one, &["a", "b"]);
        assert_eq!(dependents.on(&["a", "b"]), BTreeSet::from([other]));
        dependents.remove(other, &["b"]);
        assert!(dependents.by_object.is_empty());
    }
}
