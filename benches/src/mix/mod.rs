//! Ingresses as Knative Serving writes them, from a seed.

mod draw;
mod mapping;
mod metadata;
mod names;
mod route;
mod services;
mod status;

use k8s_openapi::api::core::v1::Service;
use knative_ingress_model::{Ingress, IngressStatus};

use draw::{Draw, Share};

/// What share of the Ingresses is how, in thousandths, and the seed that says which.
///
/// The default is a cluster upgraded over the years: most services plain and public, one Ingress in seven written
/// by Knative 0.12 and never touched since, some with tags, certificates, rollouts and mapped domains. On average 1.7 kB of
/// JSON and 2.2 rules an Ingress. No domain is wanted twice.
#[derive(Clone, Debug)]
pub struct Mix {
    /// Equal seeds give equal Ingresses.
    pub seed: u64,
    /// Those of Knative 0.12, January 2020; the others are of 2026.
    pub of_2020: u32,
    /// Routes that are reachable from inside the cluster alone.
    pub private: u32,
    /// Routes with one to three tags, each of which has hosts of its own.
    pub tagged: u32,
    /// Routes and domains with certificates.
    pub tls: u32,
    /// Routes whose certificate is being obtained by an HTTP-01 challenge.
    pub challenged: u32,
    /// Routes in the middle of a gradual rollout, with several small shares.
    pub rolling_out: u32,
    /// Mapped domains.
    pub mapped: u32,
    /// Objects that come with `managedFields`.
    pub managed: u32,
    /// Objects that come with a `status`: those that a controller has reported on.
    pub reported: u32,
    /// Mapped domains that another Ingress owns already; `0` to `20`.
    pub conflicting: u32,
}

impl Default for Mix {
    fn default() -> Self {
        Self {
            seed: 0,
            of_2020: 150,
            private: 60,
            tagged: 170,
            tls: 100,
            challenged: 10,
            rolling_out: 20,
            mapped: 40,
            managed: 20,
            reported: 20,
            conflicting: 0,
        }
    }
}

impl Mix {
    /// The Ingress of that number, the same whatever others there are.
    pub fn ingress(&self, number: usize) -> Ingress {
        let draw = self.draw(number);
        let names = names::Names::of(number);
        let (name, spec) = match &draw.share {
            Share::Route(route) => (names.service.clone(), route::spec(&names, route)),
            Share::Mapping(mapping) => {
                let taken =
                    mapping.conflicting.then(|| mapping::public_host(&self.ingress(number - 1))).flatten();
                let domain = taken.unwrap_or_else(|| names.domain());
                (domain.clone(), mapping::spec(&names, mapping, &domain))
            }
        };
        Ingress {
            metadata: metadata::metadata(name, &names, &draw, &spec),
            status: if draw.reported { status::status(&draw) } else { IngressStatus::default() },
            spec,
            ..Ingress::default()
        }
    }

    /// The Ingresses of the numbers `0..count`.
    pub fn ingresses(&self, count: usize) -> Vec<Ingress> {
        (0..count).map(|number| self.ingress(number)).collect()
    }

    /// The Services that the first `count` Ingresses send requests to: one for each revision, and behind each mapped domain the
    /// placeholder that points at the gateway.
    pub fn services(&self, count: usize) -> Vec<Service> {
        (0..count).flat_map(|number| Self::services_of(&self.ingress(number))).collect()
    }

    /// The Services that `ingress`, which is one of a mix, sends requests to.
    pub fn services_of(ingress: &Ingress) -> Vec<Service> {
        services::services(ingress)
    }

    /// An Ingress that maps the first public host of `other`, `days` days older, in a namespace of its own.
    /// `None` if `other` has none.
    pub fn rival(other: &Ingress, days: i64) -> Option<Ingress> {
        mapping::rival(other, days)
    }

    fn draw(&self, number: usize) -> Draw {
        Draw::new(self, number)
    }
}
