//! How many connections each address holds, over all workers.
//!
//! Exact, so one map under one lock: it is taken when a connection opens and when it closes, and by nobody if no bound is set.
//! A client of IPv6 has a /64 to itself and may use a new address for each connection, so these count as one.
//!
//! Bounded by the server's `connections_max`: an address is in the map while it holds a connection. A tree and not a hash map,
//! because clients choose the keys.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An address, or the first half of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Network {
    V4(u32),
    V6(u64),
}

impl Network {
    fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            IpAddr::V4(ip) => Self::V4(ip.to_bits()),
            IpAddr::V6(ip) => Self::V6((ip.to_bits() >> 64) as u64),
        }
    }
}

#[derive(Debug, Default)]
pub(crate) struct PerIp(Mutex<BTreeMap<Network, usize>>);

impl PerIp {
    /// One more of this address, unless it holds `limit` already.
    pub(crate) fn try_hold(self: &Arc<Self>, ip: IpAddr, limit: usize) -> Option<HeldIp> {
        let network = Network::of(ip);
        let mut map = self.lock();
        let held = map.get(&network).copied().unwrap_or(0);
        if held >= limit {
            return None;
        }
        map.insert(network, held + 1);
        Some(HeldIp {
            of: Arc::clone(self),
            network,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Network, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of an address, given back on drop.
#[derive(Debug)]
pub(crate) struct HeldIp {
    of: Arc<PerIp>,
    network: Network,
}

impl Drop for HeldIp {
    fn drop(&mut self) {
        let mut map = self.of.lock();
        match map.get_mut(&self.network) {
            Some(held) if *held > 1 => *held -= 1,
            _ => drop(map.remove(&self.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_that_count_as_one() {
        let one = |a: &str, b: &str| {
            let per_ip = Arc::new(PerIp::default());
            let ip = |text: &str| text.parse().expect("an address");
            let _held = per_ip.try_hold(ip(a), 1).expect("the first");
            per_ip.try_hold(ip(b), 1).is_none()
        };
        for (a, b, expected) in [
            ("1.2.3.4", "1.2.3.4", true),
            ("1.2.3.4", "1.2.3.5", false),
            ("1.2.3.4", "::ffff:1.2.3.4", true),
            ("2001:db8::1", "2001:db8::ffff:0:0:1", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::1.2.3.4", "1.2.3.4", false),
        ] {
            assert_eq!(one(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn never_grants_more_than_the_limit_under_two_threads() {
        let per_ip = Arc::new(PerIp::default());
        let held = std::sync::atomic::AtomicUsize::new(0);
        let ip = IpAddr::from([10, 0, 0, 1]);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        let Some(_one) = per_ip.try_hold(ip, 1) else {
                            continue;
                        };
                        let before = held.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0, "two at once");
                        held.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(per_ip.lock().is_empty(), "nothing is left behind");
    }

    proptest! {
        /// As a list of who holds how many would have it, under any sequence of opening and closing.
        #[test]
        fn a_plain_count(steps in prop::collection::vec((0_u8..4, any::<bool>()), 0..100), limit in 1_usize..4) {
            let per_ip = Arc::new(PerIp::default());
            let mut open: Vec<(u8, HeldIp)> = Vec::new();
            for (who, opens) in steps {
                let before = open.iter().filter(|(other, _)| *other == who).count();
                if opens {
                    let held = per_ip.try_hold([10, 0, 0, who].into(), limit);
                    prop_assert_eq!(held.is_some(), before < limit);
                    open.extend(held.map(|held| (who, held)));
                } else if let Some(place) = open.iter().position(|(other, _)| *other == who) {
                    open.swap_remove(place);
                }
                let addresses: std::collections::BTreeSet<u8> = open.iter().map(|(who, _)| *who).collect();
                prop_assert_eq!(per_ip.lock().len(), addresses.len());
            }
        }
    }
}
