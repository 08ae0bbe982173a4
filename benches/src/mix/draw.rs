use super::Mix;

/// What was drawn for one Ingress.
pub(super) struct Draw {
    pub(super) of_2020: bool,
    pub(super) share: Share,
    pub(super) managed: bool,
    pub(super) reported: bool,
    /// `metadata.generation`.
    pub(super) generation: i64,
    /// Seconds after 1 January of its year at which it was made.
    pub(super) second: i64,
}

pub(super) enum Share {
    Route(Route),
    Mapping(Mapping),
}

pub(super) struct Route {
    pub(super) of_2020: bool,
    /// Written by a release that notes the state of rollouts and the hosts of tags.
    pub(super) recent: bool,
    pub(super) private: bool,
    pub(super) tags: Vec<Tag>,
    /// Tags are also chosen by a header.
    pub(super) tag_header: bool,
    pub(super) tls: bool,
    pub(super) challenged: bool,
    /// HTTP/2 without TLS, for gRPC.
    pub(super) h2c: bool,
    /// Percent of each revision of the main target, oldest first; the last one's is the newest.
    pub(super) shares: Vec<u32>,
    /// The newest revision.
    pub(super) revision: u32,
}

pub(super) struct Tag {
    pub(super) name: &'static str,
    pub(super) private: bool,
    /// How many revisions before the newest.
    pub(super) back: u32,
}

pub(super) struct Mapping {
    pub(super) tls: bool,
    pub(super) conflicting: bool,
}

const TAGS: [&str; 3] = ["canary", "next", "stable"];

impl Draw {
    pub(super) fn new(mix: &Mix, number: usize) -> Self {
        // Numbers beside each other must not draw alike.
        let mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ mix.seed.rotate_left(32);
        let mut random = fastrand::Rng::with_seed(mixed);
        let mut chance = |thousandths: u32| random.u32(0..1000) < thousandths;
        let mapped = chance(mix.mapped);
        let conflicting = mapped && number > 0 && chance_of(mix.conflicting, mix.mapped, &mut chance);
        let of_2020 = !mapped && chance(mix.of_2020);
        let tls = chance(mix.tls);
        let managed = chance(mix.managed);
        let reported = chance(mix.reported);
        let share = if mapped {
            Share::Mapping(Mapping { tls, conflicting })
        } else {
            let private = chance(mix.private);
            let tags = if chance(mix.tagged) { tags(of_2020, &mut random) } else { Vec::new() };
            Share::Route(route(mix, of_2020, private, tls, tags, &mut random))
        };
        Self {
            of_2020,
            share,
            managed,
            reported,
            generation: i64::from(random.u8(1..30)),
            second: i64::from(random.u32(0..300 * 24 * 3600)),
        }
    }
}

/// A chance among all, given that something of another chance has come true already.
fn chance_of(thousandths: u32, given: u32, chance: &mut impl FnMut(u32) -> bool) -> bool {
    given > 0 && chance((thousandths * 1000 / given).min(1000))
}

fn tags(of_2020: bool, random: &mut fastrand::Rng) -> Vec<Tag> {
    // One tag is usual, three are rare; in 2020 one.
    let count = if of_2020 {
        1
    } else {
        [1, 1, 1, 1, 1, 2, 2, 2, 3, 3].get(random.usize(0..10)).copied().unwrap_or(1)
    };
    TAGS.iter()
        .take(count)
        .enumerate()
        .map(|(index, name)| Tag { name, private: random.u8(0..10) == 0, back: index as u32 })
        .collect()
}

fn route(
    mix: &Mix,
    of_2020: bool,
    private: bool,
    tls: bool,
    tags: Vec<Tag>,
    random: &mut fastrand::Rng,
) -> Route {
    let mut chance = |thousandths: u32| random.u32(0..1000) < thousandths;
    let shares = if !of_2020 && chance(mix.rolling_out) {
        vec![20, 55, 24, 1]
    } else if !tags.is_empty() && chance(200) {
        vec![90, 10]
    } else {
        vec![100]
    };
    Route {
        of_2020,
        recent: !of_2020 && chance(700),
        private,
        tag_header: !of_2020 && !tags.is_empty() && chance(100),
        tls: tls && !private,
        challenged: !private && !tls && chance(mix.challenged),
        h2c: chance(50),
        revision: shares.len() as u32 + random.u32(0..40),
        shares,
        tags,
    }
}
