/// Where a generator's choices come from: a seed, or a list of numbers, which proptest can shrink.
#[derive(Clone, Debug)]
pub enum Choices {
    /// Without end, the same for the same seed.
    Seeded(fastrand::Rng),
    /// From these numbers, and 0 for ever after. Small numbers make small things.
    Listed(std::vec::IntoIter<u16>),
}

impl Choices {
    /// The choices of a seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(fastrand::Rng::with_seed(seed))
    }

    /// The choices of a list.
    pub fn listed(numbers: Vec<u16>) -> Self {
        Self::Listed(numbers.into_iter())
    }

    /// A number below `end`; 0 if that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        match self {
            Self::Seeded(rng) if end > 0 => rng.usize(..end),
            Self::Seeded(_) => 0,
            Self::Listed(numbers) => {
                usize::from(numbers.next().unwrap_or_default()).checked_rem(end).unwrap_or_default()
            }
        }
    }

    /// Yes in `percent` of a hundred cases; no for the smallest choice.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) >= 100_usize.saturating_sub(percent)
    }

    /// One of a list.
    pub fn pick<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> Option<&'a T> {
        list.get(self.below(list.len())).copied()
    }

    /// One of a list of texts; `""` of none.
    pub fn word<'a>(&mut self, list: &[&'a str]) -> &'a str {
        self.pick(list).unwrap_or_default()
    }
}
