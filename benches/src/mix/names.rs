/// What an Ingress and its neighbours are called.
pub(super) struct Names {
    pub(super) number: usize,
    pub(super) namespace: String,
    pub(super) service: String,
    pub(super) uid: String,
}

const NOUNS: [&str; 16] = [
    "shop", "cart", "mail", "news", "bank", "auth", "chat", "blog", "feed", "jobs", "maps", "pay", "tags",
    "docs", "live", "web",
];
const NAMESPACES_OF: usize = 20;

impl Names {
    pub(super) fn of(number: usize) -> Self {
        let noun = NOUNS.get(number % NOUNS.len()).copied().unwrap_or_default();
        Self {
            number,
            namespace: format!("team{}", number / NAMESPACES_OF),
            service: format!("{noun}-{number}"),
            uid: uid("6b0e6f0a", number),
        }
    }

    /// The revision of that generation, as the release calls it.
    pub(super) fn revision(&self, generation: u32, of_2020: bool) -> String {
        if of_2020 {
            // Five random letters then.
            format!("{}-xk{}lp", self.service, generation % 10)
        } else {
            format!("{}-{generation:05}", self.service)
        }
    }

    pub(super) fn prefixed(&self, tag: Option<&str>) -> String {
        match tag {
            Some(tag) => format!("{tag}-{}", self.service),
            None => self.service.clone(),
        }
    }

    /// `[tag-]service.namespace`.
    pub(super) fn short(&self, tag: Option<&str>) -> String {
        format!("{}.{}", self.prefixed(tag), self.namespace)
    }

    pub(super) fn private(&self, tag: Option<&str>) -> String {
        format!("{}.svc.cluster.local", self.short(tag))
    }

    pub(super) fn public(&self, tag: Option<&str>) -> String {
        format!("{}.example.com", self.short(tag))
    }

    /// A domain of a customer.
    pub(super) fn domain(&self) -> String {
        format!("www.customer-{}.org", self.number)
    }

    pub(super) fn secret(&self, tag: Option<&str>) -> String {
        match tag {
            Some(tag) => format!("route-{}-{}", self.uid, adler32(tag)),
            None => format!("route-{}", self.uid),
        }
    }
}

pub(super) fn uid(first: &str, number: usize) -> String {
    format!("{first}-2c6e-4a7e-8e5f-{number:012x}")
}

/// What Serving tells the certificates of tags apart by.
fn adler32(text: &str) -> u32 {
    let (low, high) = text.bytes().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    (high << 16) | low
}
