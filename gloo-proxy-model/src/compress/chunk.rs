//! Cutting a list of virtual hosts into chunks.

use std::sync::Arc;

use flate2::Crc;

use crate::VirtualHost;

/// The minimum number of virtual hosts in a chunk, except for the last one. Each chunk is compressed without history, which costs
/// about 500 bytes.
pub(super) const MIN_HOSTS: usize = 32;

/// The maximum number. A change costs at most writing and compressing this many again.
const MAX_HOSTS: usize = 256;

/// One in this many names ends a chunk.
const ONE_IN: u32 = 64;

/// Cuts `hosts` after names selected by their hash. So the cuts depend only on the list, not on its history, and an added or removed
/// host moves only the cuts next to it.
pub(super) fn chunks(mut hosts: &[Arc<VirtualHost>]) -> impl Iterator<Item = &[Arc<VirtualHost>]> {
    std::iter::from_fn(move || {
        let (chunk, rest) = hosts.split_at_checked(length(hosts))?;
        hosts = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

/// The number of hosts in the first chunk.
fn length(hosts: &[Arc<VirtualHost>]) -> usize {
    let candidates = hosts.iter().take(MAX_HOSTS).enumerate().skip(MIN_HOSTS.saturating_sub(1));
    let end = candidates.into_iter().find(|(_, host)| ends_chunk(&host.name));
    end.map_or(MAX_HOSTS, |(place, _)| place.saturating_add(1)).min(hosts.len())
}

fn ends_chunk(name: &str) -> bool {
    let mut hash = Crc::new();
    hash.update(name.as_bytes());
    hash.sum().is_multiple_of(ONE_IN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(numbers: impl Iterator<Item = usize>) -> Vec<Arc<VirtualHost>> {
        let host = |number| VirtualHost { name: format!("team-{number:05}"), ..VirtualHost::default() };
        numbers.map(|number| Arc::new(host(number))).collect()
    }

    fn names(hosts: &[Arc<VirtualHost>]) -> Vec<Vec<&str>> {
        chunks(hosts).map(|chunk| chunk.iter().map(|host| host.name.as_str()).collect()).collect()
    }

    #[test]
    fn chunks_are_the_list_and_bounded() {
        for count in [0, 1, MIN_HOSTS, MAX_HOSTS, 5_000] {
            let hosts = hosts(0..count);
            let chunks: Vec<_> = chunks(&hosts).collect();
            assert_eq!(chunks.concat().len(), count);
            assert!(chunks.iter().rev().skip(1).all(|chunk| (MIN_HOSTS..=MAX_HOSTS).contains(&chunk.len())));
        }
        let same: Vec<_> = std::iter::repeat_with(Arc::default).take(1_000).collect();
        assert!(chunks(&same).all(|chunk| chunk.len() <= MAX_HOSTS));
    }

    #[test]
    fn a_host_that_goes_changes_few_chunks() {
        let all = hosts(0..5_000);
        let before = names(&all);
        for gone in (0..5_000).step_by(97) {
            let rest = hosts((0..5_000).filter(|number| *number != gone));
            let after = names(&rest);
            let is_new = |chunk: &&Vec<&str>| !before.contains(chunk);
            assert!(after.iter().filter(is_new).count() <= 8, "without {gone}");
        }
    }
}
