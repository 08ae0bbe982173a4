use std::{borrow::Borrow, collections::BTreeMap, fmt, marker::PhantomData};

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};

use crate::go_value::{GoValue, InView, Nullable, View};

/// Headers by name: a map sorted by its keys, like `BTreeMap`.
///
/// In memory it is a sorted list, because an Ingress has many maps with few headers each, and even a `BTreeMap` of one entry has
/// room for eleven. Inserting one header costs time in proportion to the number of headers; collect many at once instead.
///
/// ```
/// use knative_ingress_model::Headers;
///
/// let mut headers: Headers = [("X-Tag", "blue"), ("X-Team", "a")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
/// headers.insert("X-Tag".to_owned(), "green".to_owned());
/// assert_eq!(headers.get("X-Tag").map(String::as_str), Some("green"));
/// assert_eq!(headers.keys().collect::<Vec<_>>(), ["X-Tag", "X-Team"]);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Headers<V = String>(Vec<(String, V)>);

impl<V> Headers<V> {
    /// No headers.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The number of headers.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no headers.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn find<Q: Ord + ?Sized>(&self, name: &Q) -> Result<usize, usize>
    where
        String: Borrow<Q>,
    {
        self.0.binary_search_by(|(known, _)| known.borrow().cmp(name))
    }

    /// The value of the header with this name. Names are case-sensitive.
    pub fn get<Q: Ord + ?Sized>(&self, name: &Q) -> Option<&V>
    where
        String: Borrow<Q>,
    {
        self.0.get(self.find(name).ok()?).map(|(_, value)| value)
    }

    /// Whether there is a header with this name. Names are case-sensitive.
    pub fn contains_key<Q: Ord + ?Sized>(&self, name: &Q) -> bool
    where
        String: Borrow<Q>,
    {
        self.find(name).is_ok()
    }

    /// Sets a header and returns its previous value.
    pub fn insert(&mut self, name: String, value: V) -> Option<V> {
        match self.find(&name) {
            Ok(place) => self.0.get_mut(place).map(|(_, known)| std::mem::replace(known, value)),
            Err(place) => {
                self.0.insert(place, (name, value));
                None
            }
        }
    }

    /// Removes a header and returns its value.
    pub fn remove<Q: Ord + ?Sized>(&mut self, name: &Q) -> Option<V>
    where
        String: Borrow<Q>,
    {
        let place = self.find(name).ok()?;
        Some(self.0.remove(place).1)
    }

    /// Removes all headers.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All names and values, sorted by name.
    pub fn iter(&self) -> Iter<'_, V> {
        self.0.iter().map(|(name, value)| (name, value))
    }

    /// All names, sorted.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &String> + ExactSizeIterator + Clone {
        self.0.iter().map(|(name, _)| name)
    }

    /// All values, sorted by the names of their headers.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }
}

/// The iterator of a borrowed map.
type Iter<'a, V> =
    std::iter::Map<std::slice::Iter<'a, (String, V)>, fn(&'a (String, V)) -> (&'a String, &'a V)>;

/// The last of several headers with the same name wins.
impl<V> From<Vec<(String, V)>> for Headers<V> {
    fn from(mut list: Vec<(String, V)>) -> Self {
        if !list.is_sorted_by(|(a, _), (b, _)| a < b) {
            // The sort is stable, so after reversing the last header of each name comes first, and `dedup_by` keeps it.
            list.sort_by(|(a, _), (b, _)| a.cmp(b));
            list.reverse();
            list.dedup_by(|(a, _), (b, _)| a == b);
            list.reverse();
        }
        Self(list)
    }
}

impl<V> FromIterator<(String, V)> for Headers<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(headers: I) -> Self {
        headers.into_iter().collect::<Vec<_>>().into()
    }
}

impl<V> Extend<(String, V)> for Headers<V> {
    fn extend<I: IntoIterator<Item = (String, V)>>(&mut self, headers: I) {
        let mut list = std::mem::take(&mut self.0);
        list.extend(headers);
        *self = list.into();
    }
}

impl<V, const N: usize> From<[(String, V); N]> for Headers<V> {
    fn from(headers: [(String, V); N]) -> Self {
        headers.into_iter().collect()
    }
}

impl<V> From<BTreeMap<String, V>> for Headers<V> {
    fn from(headers: BTreeMap<String, V>) -> Self {
        Self(headers.into_iter().collect())
    }
}

impl<V> IntoIterator for Headers<V> {
    type Item = (String, V);
    type IntoIter = std::vec::IntoIter<(String, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a, V> IntoIterator for &'a Headers<V> {
    type Item = (&'a String, &'a V);
    type IntoIter = Iter<'a, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, V> IntoIterator for &'a mut Headers<V> {
    type Item = (&'a String, &'a mut V);
    type IntoIter = std::iter::Map<
        std::slice::IterMut<'a, (String, V)>,
        fn(&'a mut (String, V)) -> (&'a String, &'a mut V),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut().map(|(name, value)| (&*name, value))
    }
}

impl<V> Default for Headers<V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<V: fmt::Debug> fmt::Debug for Headers<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

impl<T: GoValue> GoValue for Headers<T> {
    fn zero() -> Self {
        Self::new()
    }

    fn is_zero(&self, _: View) -> bool {
        self.is_empty()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeadersVisitor<T>(PhantomData<T>);

        impl<'de, T: GoValue> Visitor<'de> for HeadersVisitor<T> {
            type Value = Headers<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
                let Some((name, Nullable(value))) = access.next_entry()? else {
                    return Ok(Headers::new());
                };
                // Knative itself sets two headers: the namespace and the revision.
                let mut list = Vec::with_capacity(2);
                list.push((name, value));
                while let Some((name, Nullable(value))) = access.next_entry()? {
                    list.push((name, value));
                }
                // As in Go, the last of two equal names wins.
                Ok(list.into())
            }
        }

        deserializer.deserialize_map(HeadersVisitor(PhantomData))
    }

    fn write<S: Serializer>(&self, view: View, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self {
            map.serialize_entry(name, &InView(value, view))?;
        }
        map.end()
    }
}

#[cfg(feature = "schemars")]
impl<V: schemars::JsonSchema> schemars::JsonSchema for Headers<V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        BTreeMap::<String, V>::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BTreeMap::<String, V>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(names: &[&str]) -> Headers<usize> {
        names.iter().enumerate().map(|(place, name)| ((*name).to_owned(), place)).collect()
    }

    #[test]
    fn is_the_map_that_a_tree_would_be() {
        for names in [&[][..], &["a"], &["b", "a"], &["a", "b", "a"], &["c", "a", "c", "b", "a", "c"]] {
            let tree: BTreeMap<String, usize> = named(names).into_iter().collect();
            let from_pairs: BTreeMap<String, usize> =
                names.iter().enumerate().map(|(place, name)| ((*name).to_owned(), place)).collect();
            assert_eq!(tree, from_pairs, "{names:?}");
            let mut one_by_one = Headers::new();
            for (place, name) in names.iter().enumerate() {
                let known = one_by_one.get(*name).copied();
                assert_eq!(one_by_one.insert((*name).to_owned(), place), known);
            }
            assert_eq!(one_by_one, named(names));
            assert_eq!(one_by_one, Headers::from(tree));
            assert!(one_by_one.keys().is_sorted());
        }
    }

    #[test]
    fn extends_and_removes() {
        let mut headers = named(&["b", "c"]);
        headers.extend(named(&["c", "a"]));
        assert_eq!(format!("{headers:?}"), r#"{"a": 1, "b": 0, "c": 0}"#);
        assert_eq!((headers.remove("b"), headers.remove("b"), headers.len()), (Some(0), None, 2));
        assert!(headers.contains_key("a") && !headers.contains_key("A"));
    }
}
