//! What a plan has to say of a config that was written so.

use super::*;

/// What the plan has to say, given the text.
pub(super) fn agrees(plan: &Plan, text: &Text) -> Result<(), TestCaseError> {
    prop_assert_eq!((plan.listen.http, plan.listen.admin), (text.http, text.admin));
    prop_assert_eq!(plan.listen.proxy_protocol, text.proxy_protocol.unwrap_or(false));
    let per_ip = text.server.map(|(_, _, connections)| connections as usize);
    prop_assert_eq!(plan.server.connections_per_ip_max, per_ip);
    prop_assert_eq!(plan.upstreams.len(), text.upstreams.len());
    for (upstream, (replicas, pool, (weight, keys))) in plan.upstreams.iter().zip(&text.upstreams) {
        prop_assert_eq!(upstream.replicas.len(), usize::from(*replicas));
        prop_assert_eq!(upstream.replicas[0].weight, weight.unwrap_or(1));
        let weighted = if weight.is_some_and(|weight| weight != 1) {
            "weighted"
        } else {
            "round-robin"
        };
        let lb = upstream.lb.to_string();
        prop_assert!(
            if keys.is_empty() {
                lb == weighted
            } else {
                keys.contains(&lb)
            },
            "{} of {}",
            lb,
            keys
        );
        prop_assert_eq!(
            (
                upstream.panic,
                upstream.slow_start.is_some(),
                upstream.sticky.is_some()
            ),
            (
                keys.contains("panic: true"),
                keys.contains("slow_start:"),
                keys.contains("sticky:")
            )
        );
        if let Some((connections, _, connect_ms, life)) = pool {
            prop_assert_eq!(upstream.pool.connections_max as u64, *connections);
            prop_assert_eq!(
                upstream.pool.connect_timeout,
                Duration::from_millis(connect_ms.unwrap_or(1_000))
            );
            let pool = &upstream.pool;
            let written = pool.age_max.zip(pool.requests_max).map(|(age, requests)| {
                let pending = pool.pending_max as u64;
                (age.as_millis() as u64, requests as u64, pending)
            });
            prop_assert_eq!(written, *life);
            let timeout = life.map(|(_, requests, _)| Duration::from_micros(requests));
            prop_assert_eq!(pool.pending_timeout, timeout.unwrap_or(Duration::from_secs(1)));
        }
        prop_assert!(upstream.pool.idle_max <= upstream.pool.connections_max);
        prop_assert!(upstream.pool.pending_max <= upstream.pool.in_flight_max);
    }
    prop_assert_eq!(plan.routes.len(), text.routes.len());
    for (place, (route, text)) in plan.routes.iter().zip(&text.routes).enumerate() {
        let (timeout, idle) = (
            text.timeout_ms.unwrap_or(30_000),
            text.idle_timeout_ns.unwrap_or(60_000_000_000),
        );
        prop_assert_eq!(route.timeout, Duration::from_millis(timeout));
        prop_assert_eq!(route.idle_timeout, Duration::from_nanos(idle));
        let (max, only) = text.retries.unwrap_or((0, None));
        prop_assert_eq!(
            (route.retry.max(), route.retry.only_idempotent()),
            (max, only.unwrap_or(true))
        );
        prop_assert_eq!(route.try_timeout, text.try_timeout());
        prop_assert_eq!(
            (route.request_id, route.real_ip),
            (text.request_id.unwrap_or(true), text.real_ip.unwrap_or(false))
        );
        let forwarded = match text.forwarded.unwrap_or("true") {
            "true" => "x-forwarded",
            "false" => "none",
            name => name,
        };
        prop_assert_eq!(route.forwarded.name(), forwarded);
        prop_assert_eq!(route.body_max, text.body_max);
        let path = match text.path {
            Path::Prefix => format!("/p/{place}/x"),
            Path::Exact => format!("/p/{place}/"),
            Path::Template => format!("/p/{place}/x/y/z"),
        };
        let host = text.host.unwrap_or("any.host").replace('*', "a.b");
        let found = plan.table.find(&Head::get(&host, &path));
        prop_assert_eq!(found.map(|id| id.index()), Ok(place));
        prop_assert_eq!(
            route.rule.conditions.methods().is_some(),
            text.conditions.contains(&CONDITIONS[0])
        );
        let says = text
            .action
            .map_or(matches!(route.action, Action::Upstream(_)), |(_, says)| {
                says(&route.action)
            });
        prop_assert!(says, "{:?}", route.action);
        prop_assert_eq!(route.rewrite.is_some(), text.rewrite().is_some());
    }
    let log = plan.access_log.as_ref().map(|log| match &log.target {
        LogTarget::Stdout => "stdout".to_owned(),
        LogTarget::File(path) => path.to_str().unwrap_or_default().to_owned(),
    });
    prop_assert_eq!(&log, &text.access_log);
    let (body, write, rate) = text.slow.unwrap_or((60_000, 60_000, 500));
    prop_assert_eq!(
        (
            plan.server.body_timeout,
            plan.server.write_timeout,
            plan.server.body_rate_min
        ),
        (Duration::from_millis(body), Duration::from_millis(write), rate)
    );
    let ranges: Vec<String> = plan.trusted_proxies.iter().map(ToString::to_string).collect();
    prop_assert_eq!(ranges, text.trusted_proxies.clone());
    Ok(())
}
