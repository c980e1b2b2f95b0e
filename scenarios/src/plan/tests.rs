//! What makes plans of use: each kind stands for itself, everything ends in time, and everything occurs.

use super::*;
use proptest::prelude::*;

const SPAN: Range<Duration> = Duration::from_millis(500)..Duration::from_secs(12);

fn ground(replicas: usize, clients: usize) -> Ground {
    let replicas: Vec<_> = (0..replicas).map(|i| format!("r{i}")).collect();
    Ground {
        upstreams: vec![replicas.clone()],
        named: vec![("u".into(), replicas.clone())],
        replicas,
        clients,
        reloads: vec!["other".into(), "broken".into()],
    }
}

fn of_kind(plan: &[Fault], kind: FaultKind) -> Vec<Fault> {
    let same = plan.iter().filter(|fault| fault.what.kind() == kind);
    same.cloned().collect()
}

fn some_kinds() -> impl Strategy<Value = Vec<FaultKind>> {
    proptest::sample::subsequence(FaultKind::ALL.to_vec(), 0..=FaultKind::ALL.len()).prop_shuffle()
}

proptest! {
    #[test]
    fn a_kind_does_not_know_which_others_there_are(seed: u64, kinds in some_kinds(), most in 1..=OCCURRENCES_MAX) {
        let ground = ground(3, 2);
        let all = generate(Seed(seed), &ground, FaultKind::ALL, SPAN, most);
        let some = generate(Seed(seed), &ground, &kinds, SPAN, most);
        prop_assert_eq!(&some, &generate(Seed(seed), &ground, &kinds, SPAN, most));
        for kind in FaultKind::ALL {
            let expected = if kinds.contains(kind) { of_kind(&all, *kind) } else { Vec::new() };
            prop_assert_eq!(of_kind(&some, *kind), expected);
        }
    }

    #[test]
    fn plans_are_in_order_within_their_span_and_bounded(
        seed: u64,
        replicas in 0..5_usize,
        clients in 0..4_usize,
        from_ms in 0..5_000_u64,
        length_ms in 0..20_000_u64,
        most in 0..100_u64,
    ) {
        let span = Duration::from_millis(from_ms)..Duration::from_millis(from_ms + length_ms);
        let plan = generate(Seed(seed), &ground(replicas, clients), FaultKind::ALL, span.clone(), most);
        prop_assert!(plan.is_sorted_by_key(|fault| fault.at));
        prop_assert!(plan.iter().all(|fault| span.start <= fault.at && fault.end() <= span.end));
        let per_kind = OCCURRENCES_MAX as usize * SWIZZLED_MAX;
        for kind in FaultKind::ALL {
            let of_kind = of_kind(&plan, *kind);
            let most = match kind {
                FaultKind::Hold => per_kind,
                FaultKind::UpstreamSlow => OCCURRENCES_MAX as usize * replicas.max(1),
                _ => OCCURRENCES_MAX as usize,
            };
            prop_assert!(of_kind.len() <= most, "{} of {}", of_kind.len(), kind.name());
        }
    }
}

/// `replica`, `gateway`, `client`.
fn role(host: &str) -> &str {
    host.trim_end_matches(|c: char| c.is_ascii_digit())
}

#[test]
fn every_kind_occurs_and_lies_on_every_host_it_can_lie_on() {
    let mut seen: Vec<(FaultKind, Option<String>, Option<String>)> = Vec::new();
    for seed in 0..200 {
        for fault in generate(Seed(seed), &ground(2, 2), FaultKind::ALL, SPAN, 3) {
            let (a, b) = fault.what.hosts();
            let sight = (
                fault.what.kind(),
                a.map(|a| role(a).to_owned()),
                b.map(|b| role(b).to_owned()),
            );
            if !seen.contains(&sight) {
                seen.push(sight);
            }
        }
    }
    let mut expected = Vec::new();
    let mut add = |kinds: &[FaultKind], roles: &[(&str, &str)]| {
        for kind in kinds {
            let owned = |role: &str| (!role.is_empty()).then(|| role.to_owned());
            expected.extend(roles.iter().map(|(a, b)| (*kind, owned(a), owned(b))));
        }
    };
    use FaultKind::*;
    add(&[Crash, Bounce, PowerLoss], &[("r", ""), ("gateway", "")]);
    add(&[Slow, Clock], &[("r", ""), ("gateway", ""), ("client", "")]);
    add(
        &[
            UpstreamSlow,
            UpstreamErrors,
            UpstreamTruncates,
            UpstreamResets,
            UpstreamSick,
        ],
        &[("r", "")],
    );
    add(
        &[Partition, Hold, Latency],
        &[("gateway", "r"), ("gateway", "client")],
    );
    let ways = [
        ("gateway", "r"),
        ("r", "gateway"),
        ("gateway", "client"),
        ("client", "gateway"),
    ];
    add(&[Cut], &ways);
    add(&[Reload, Stop], &[("gateway", "")]);
    add(&[Fragment, NamesFail, NamesChange], &[("", "")]);
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn holds_come_in_groups_that_are_released_in_another_order() {
    let swizzled = |seed: &u64| {
        let plan = generate(Seed(*seed), &ground(3, 2), &[FaultKind::Hold], SPAN, 1);
        let ends: Vec<_> = plan.iter().map(Fault::end).collect();
        plan.len() > 1 && !ends.is_sorted()
    };
    assert!((0..20).filter(swizzled).count() > 3);
}
