//! Every kind against simple models: a fleet that is a table, chance from fixed seeds.

mod every_kind;
mod load;
mod ring;
mod turns;

use super::{Balancer, Fleet, HashKey, Kind, LoadFactor, Member, REPLICAS_MAX, ReplicaSet, SHARE_FULL};
use rand_chacha::ChaCha8Rng;
use world::Seed;

/// One replica as a test wants it.
#[derive(Debug, Clone, Copy)]
struct Row {
    open: bool,
    weight: u32,
    share: u64,
    in_flight: u64,
    latency_us: u64,
}

const ROW: Row = Row {
    open: true,
    weight: 1,
    share: SHARE_FULL,
    in_flight: 0,
    latency_us: 0,
};

#[derive(Debug, Clone)]
struct Table {
    rows: Vec<Row>,
    retry: bool,
}

impl Table {
    fn of(rows: impl IntoIterator<Item = Row>) -> Table {
        Table {
            rows: rows.into_iter().collect(),
            retry: false,
        }
    }

    fn weighted(weights: &[u32]) -> Table {
        Table::of(weights.iter().map(|&weight| Row { weight, ..ROW }))
    }

    /// A balancer for it, beginning at `start`.
    fn balancer(&self, kind: &Kind, start: usize) -> Balancer {
        let names: Vec<String> = (0..self.rows.len()).map(name).collect();
        let members = self.rows.iter().zip(&names);
        let members = members.map(|(row, identity)| Member {
            identity,
            weight: row.weight,
        });
        Balancer::new(kind, members, start, false)
    }

    fn is_closed(&self) -> bool {
        self.rows.iter().all(|row| !row.open)
    }
}

impl Fleet for Table {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn is_open(&self, replica: usize) -> bool {
        self.rows[replica].open
    }

    fn is_retry(&self) -> bool {
        self.retry
    }

    fn weight(&self, replica: usize) -> u64 {
        u64::from(self.rows[replica].weight) * self.rows[replica].share
    }

    fn share(&self, replica: usize) -> u64 {
        self.rows[replica].share
    }

    fn in_flight(&self, replica: usize) -> u64 {
        self.rows[replica].in_flight
    }

    fn latency_us(&self, replica: usize) -> u64 {
        self.rows[replica].latency_us
    }
}

fn name(replica: usize) -> String {
    format!("10.0.{}.{}:8080", replica / 8, replica % 8)
}

fn chance(seed: u64) -> ChaCha8Rng {
    Seed(seed).child("balance").rng()
}

fn ring(load_factor: Option<f64>) -> Kind {
    Kind::RingHash {
        key: HashKey::Path,
        load_factor: load_factor.and_then(LoadFactor::new),
    }
}

/// Every kind, with its options.
fn kinds() -> Vec<Kind> {
    let named = Kind::KNOWN.into_iter().map(|(_, kind)| kind);
    named
        .chain([Kind::P2c { ewma: true }, ring(Some(1.25))])
        .collect()
}

/// How often each of `count` replicas is in `picks`.
fn counts(count: usize, picks: &[usize]) -> Vec<usize> {
    let mut counts = vec![0; count];
    for &picked in picks {
        counts[picked] += 1;
    }
    counts
}

#[test]
fn a_set_is_a_set_of_replicas() {
    let mut set = ReplicaSet::NONE;
    assert!(set.is_empty());
    for replica in [0, 5, 63, 5] {
        set.insert(replica);
    }
    assert_eq!(
        (0..70)
            .filter(|&replica| set.contains(replica))
            .collect::<Vec<_>>(),
        [0, 5, 63]
    );
    assert_eq!((set.count(), set.iter().collect::<Vec<_>>()), (3, vec![0, 5, 63]));
    assert_eq!(set.union(ReplicaSet::NONE.with(1)).count(), 4);
    // beyond the bound nothing is kept and nothing panics
    assert_eq!(set.with(REPLICAS_MAX).with(usize::MAX), set);
}
