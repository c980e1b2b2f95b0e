//! A plan as YAML that loads to an equal plan: what is in force, with every default written out.
//!
//! Written by hand rather than serialised: keys come in the order in which a person reads them, durations
//! and sizes in the units that the config takes, and all text is quoted, so that no name turns into a
//! number or a boolean on its way back. Comments and anchors of the original are gone.

use std::fmt;

use super::masked;
use super::plan::{Breaker, LogTarget, Plan, Route, Shutdown, Upstream};
use super::quoted::Quoted;
use super::scalar::format_size;
use super::write_fallback::write_fallback;
use super::write_headers;
use super::write_retries::write_retries;
use super::write_rule::{write_action, write_rewrite, write_rule};
use super::write_trace::{write_sample, write_trace};
use crate::balance::{HashKey, Kind};
use crate::health;
use crate::limit;
use crate::route::Action;

/// `{:#}` masks what may be secret: see [`super::masked`].
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "listen:")?;
        writeln!(f, "  http: {}", Quoted(&self.listen.http.to_string()))?;
        if let Some(admin) = self.listen.admin {
            writeln!(f, "  admin: {}", Quoted(&admin.to_string()))?;
            if !admin.ip().to_canonical().is_loopback() {
                writeln!(f, "  admin_public: true")?;
            }
        }
        writeln!(f, "  proxy_protocol: {}", self.listen.proxy_protocol)?;
        writeln!(f, "upstreams:")?;
        for upstream in &self.upstreams {
            write_upstream(f, upstream)?;
        }
        writeln!(f, "routes:")?;
        for route in &self.routes {
            write_route(f, route, &self.upstreams)?;
            if let Some(trace) = &self.trace {
                write_sample(f, route.trace, trace.sample)?;
            }
        }
        if let Some(log) = &self.access_log {
            let path = match &log.target {
                LogTarget::Stdout => "stdout".into(),
                LogTarget::File(path) => path.to_string_lossy(),
            };
            writeln!(f, "access_log:\n  path: {}", Quoted(&path))?;
        }
        if let Some(trace) = &self.trace {
            write_trace(f, trace)?;
        }
        if !self.trusted_proxies.is_empty() {
            writeln!(f, "trusted_proxies:")?;
            for range in &self.trusted_proxies {
                writeln!(f, "  - {}", Quoted(&range.to_string()))?;
            }
        }
        let server = &self.server;
        writeln!(f, "server:")?;
        for (key, deadline) in [
            ("first_byte_timeout", server.first_byte_timeout),
            ("header_timeout", server.header_timeout),
            ("idle_timeout", server.idle_timeout),
            ("body_timeout", server.body_timeout),
            ("write_timeout", server.write_timeout),
        ] {
            writeln!(f, "  {key}: {}", humantime::format_duration(deadline))?;
        }
        writeln!(f, "  body_rate_min: {}", format_size(server.body_rate_min))?;
        writeln!(f, "  headers_max: {}", server.headers_max)?;
        writeln!(
            f,
            "  header_bytes_max: {}",
            format_size(server.header_bytes_max as u64)
        )?;
        writeln!(f, "  connections_max: {}", server.connections_max)?;
        if let Some(most) = server.connections_per_ip_max {
            writeln!(f, "  connections_per_ip_max: {most}")?;
        }
        let Shutdown { lead, deadline } = self.shutdown;
        writeln!(f, "shutdown:")?;
        writeln!(f, "  lead: {}", humantime::format_duration(lead))?;
        writeln!(f, "  deadline: {}", humantime::format_duration(deadline))
    }
}

fn write_upstream(f: &mut fmt::Formatter<'_>, upstream: &Upstream) -> fmt::Result {
    writeln!(f, "  {}:", Quoted(&upstream.name))?;
    writeln!(f, "    replicas:")?;
    for replica in &upstream.replicas {
        let name = Quoted(&replica.name);
        match replica.weight {
            1 => writeln!(f, "      - {name}")?,
            weight => writeln!(f, "      - {{ addr: {name}, weight: {weight} }}")?,
        }
    }
    if let Some(every) = upstream.resolve_every {
        writeln!(f, "    resolve:")?;
        writeln!(f, "      every: {}", humantime::format_duration(every))?;
    }
    write_balancing(f, upstream)?;
    let pool = &upstream.pool;
    writeln!(f, "    pool:")?;
    writeln!(f, "      idle_max: {}", pool.idle_max)?;
    writeln!(
        f,
        "      idle_timeout: {}",
        humantime::format_duration(pool.idle_timeout)
    )?;
    if let Some(age) = pool.age_max {
        writeln!(f, "      age_max: {}", humantime::format_duration(age))?;
    }
    if let Some(requests) = pool.requests_max {
        writeln!(f, "      requests_max: {requests}")?;
    }
    writeln!(f, "      connections_max: {}", pool.connections_max)?;
    writeln!(f, "      in_flight_max: {}", pool.in_flight_max)?;
    writeln!(f, "      pending_max: {}", pool.pending_max)?;
    writeln!(
        f,
        "      pending_timeout: {}",
        humantime::format_duration(pool.pending_timeout)
    )?;
    writeln!(
        f,
        "      connect_timeout: {}",
        humantime::format_duration(pool.connect_timeout)
    )?;
    if let Some(timeout) = upstream.first_byte_timeout {
        writeln!(
            f,
            "    first_byte_timeout: {}",
            humantime::format_duration(timeout)
        )?;
    }
    write_health(f, &upstream.health)?;
    if let Some(breaker) = &upstream.breaker {
        write_breaker(f, breaker)?;
    }
    match &upstream.concurrency {
        Some(limit) => write_concurrency(f, limit),
        None => Ok(()),
    }
}

fn write_balancing(f: &mut fmt::Formatter<'_>, upstream: &Upstream) -> fmt::Result {
    match &upstream.lb {
        Kind::P2c { ewma: true } => writeln!(f, "    lb: {{ p2c: {{ ewma: true }} }}")?,
        Kind::RingHash { key, load_factor } => {
            write!(f, "    lb: {{ ring-hash: {{ key: ")?;
            match key {
                HashKey::Header(name) => write!(f, "{{ header: {} }}", Quoted(name))?,
                HashKey::Cookie(name) => write!(f, "{{ cookie: {} }}", Quoted(name))?,
                HashKey::Ip => write!(f, "ip")?,
                HashKey::Path => write!(f, "path")?,
            }
            if let Some(factor) = load_factor {
                write!(f, ", load_factor: {factor}")?;
            }
            writeln!(f, " }} }}")?;
        }
        lb => writeln!(f, "    lb: {lb}")?,
    }
    if let Some(sticky) = &upstream.sticky {
        writeln!(f, "    sticky:")?;
        writeln!(f, "      cookie: {}", Quoted(&sticky.cookie))?;
        writeln!(f, "      ttl: {}", humantime::format_duration(sticky.ttl))?;
        if let Some(path) = &sticky.key_file {
            writeln!(f, "      key_file: {}", Quoted(&path.to_string_lossy()))?;
        }
    }
    if let Some(window) = upstream.slow_start {
        writeln!(f, "    slow_start: {}", humantime::format_duration(window))?;
    }
    writeln!(f, "    panic: {}", upstream.panic)
}

fn write_health(f: &mut fmt::Formatter<'_>, health: &health::Params) -> fmt::Result {
    if *health == health::Params::default() {
        return Ok(());
    }
    writeln!(f, "    health:")?;
    if let Some(active) = &health.active {
        let path = if f.alternate() {
            masked::path(&active.path)
        } else {
            active.path.clone()
        };
        writeln!(f, "      path: {}", Quoted(&path))?;
        if let Some(port) = active.port {
            writeln!(f, "      port: {port}")?;
        }
        if let Some(host) = &active.host {
            writeln!(f, "      host: {}", Quoted(host))?;
        }
        for (key, duration) in [("interval", active.interval), ("timeout", active.timeout)] {
            writeln!(f, "      {key}: {}", humantime::format_duration(duration))?;
        }
        writeln!(f, "      unhealthy_after: {}", active.unhealthy_after)?;
        writeln!(f, "      healthy_after: {}", active.healthy_after)?;
        writeln!(f, "      status: {}", active.status)?;
        if let Some(body) = &active.body {
            writeln!(f, "      body: {}", Quoted(body))?;
        }
        let initially = if active.initially_unhealthy {
            "unhealthy"
        } else {
            "healthy"
        };
        writeln!(f, "      initially: {initially}")?;
    }
    let Some(passive) = &health.passive else {
        return writeln!(f, "      passive: false");
    };
    writeln!(f, "      passive:")?;
    writeln!(f, "        errors: {}", passive.errors)?;
    writeln!(f, "        connect_failures: {}", passive.connect_failures)?;
    writeln!(f, "        error_ratio: {}", passive.error_ratio)?;
    writeln!(f, "        min_requests: {}", passive.min_requests)?;
    writeln!(f, "        statuses: {}", passive.statuses)?;
    for (key, duration) in [
        ("window", passive.window),
        ("cooldown", passive.cooldown),
        ("cooldown_max", passive.cooldown_max),
    ] {
        writeln!(f, "        {key}: {}", humantime::format_duration(duration))?;
    }
    writeln!(f, "        ejected_max: {}", passive.ejected_max)
}

fn write_breaker(f: &mut fmt::Formatter<'_>, breaker: &Breaker) -> fmt::Result {
    let params = &breaker.params;
    writeln!(f, "    breaker:")?;
    writeln!(f, "      error_ratio: {}", params.error_ratio)?;
    writeln!(f, "      statuses: {}", breaker.statuses)?;
    if let Some(slow) = params.slow {
        writeln!(f, "      slow_after: {}", humantime::format_duration(slow.after))?;
        writeln!(f, "      slow_ratio: {}", slow.ratio)?;
    }
    writeln!(f, "      min_requests: {}", params.min_requests)?;
    for (key, duration) in [
        ("window", params.window),
        ("open_for", params.open_for),
        ("open_for_max", params.open_for_max),
    ] {
        writeln!(f, "      {key}: {}", humantime::format_duration(duration))?;
    }
    writeln!(f, "      probes: {}", params.probes)?;
    writeln!(f, "      per_replica: {}", breaker.per_replica)
}

fn write_concurrency(f: &mut fmt::Formatter<'_>, limit: &limit::Params) -> fmt::Result {
    writeln!(f, "    concurrency:")?;
    for (key, count) in [("min", limit.min), ("max", limit.max), ("start", limit.start)] {
        writeln!(f, "      {key}: {count}")?;
    }
    writeln!(
        f,
        "      tolerance: {}",
        f64::from(limit.tolerance_percent) / 100.0
    )
}

fn write_route(f: &mut fmt::Formatter<'_>, route: &Route, upstreams: &[Upstream]) -> fmt::Result {
    writeln!(f, "  - name: {}", Quoted(&route.name))?;
    write_rule(f, &route.rule)?;
    write_action(f, &route.action, upstreams)?;
    if let Some(rewrite) = &route.rewrite {
        writeln!(f, "    rewrite:")?;
        write_rewrite(f, rewrite)?;
    }
    let answers_itself = matches!(route.action, Action::Redirect(_) | Action::Respond(_));
    if !answers_itself {
        writeln!(f, "    timeout: {}", humantime::format_duration(route.timeout))?;
        let idle = humantime::format_duration(route.idle_timeout);
        writeln!(f, "    idle_timeout: {idle}")?;
        writeln!(f, "    priority: {}", route.priority.name())?;
    }
    write_retries(f, route)?;
    if let Some(name) = &route.deadline_header {
        writeln!(f, "    deadline_header: {}", Quoted(name))?;
    }
    if let Some(name) = &route.priority_header {
        writeln!(f, "    priority_header: {}", Quoted(name))?;
    }
    writeln!(f, "    server_timing: {}", route.server_timing)?;
    writeln!(f, "    request_id: {}", route.request_id)?;
    writeln!(f, "    forwarded: {}", route.forwarded)?;
    writeln!(f, "    real_ip: {}", route.real_ip)?;
    write_headers::headers(f, &route.headers)?;
    if let Some(bytes) = route.body_max {
        writeln!(f, "    body_max: {}", format_size(bytes))?;
    }
    writeln!(f, "    trailers: {}", route.trailers)?;
    if let Some(upgrade) = &route.upgrade {
        writeln!(f, "    upgrade:")?;
        if !upgrade.protocols.is_empty() {
            let protocols: Vec<_> = upgrade
                .protocols
                .iter()
                .map(|name| Quoted(name).to_string())
                .collect();
            writeln!(f, "      protocols: [{}]", protocols.join(", "))?;
        }
        let idle = humantime::format_duration(upgrade.idle_timeout);
        writeln!(f, "      idle_timeout: {idle}")?;
    }
    if let Some(fallback) = &route.fallback {
        write_fallback(f, fallback, upstreams)?;
    }
    let Some(mirror) = &route.mirror else {
        return Ok(());
    };
    let upstream = upstreams.get(mirror.upstream);
    let upstream = upstream.map_or("", |upstream| &upstream.name);
    writeln!(f, "    mirror:")?;
    writeln!(f, "      upstream: {}", Quoted(upstream))?;
    writeln!(f, "      share: {}", mirror.share)?;
    writeln!(f, "      body_max: {}", format_size(mirror.body_max))?;
    writeln!(f, "      in_flight_max: {}", mirror.in_flight_max)?;
    writeln!(f, "      timeout: {}", humantime::format_duration(mirror.timeout))
}
