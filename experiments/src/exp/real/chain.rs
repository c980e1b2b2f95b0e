//! A booted way: a stub, and what stands before it.

use super::way::{Before, Way};
use crate::exp::Context;
use crate::failure::Failure;
use crate::measure::{CpuTime, Footprint, cpu_time, footprint};
use crate::stand::{
    Foreign, Gateway, Layout, NginxTask, Part, Stub, Wrapper, boot_caddy, boot_gateway, boot_haproxy,
    boot_nginx, boot_stub,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub(in crate::exp) struct Chain {
    pub(in crate::exp) stub: Stub,
    proxy: Proxy,
    /// Where the parts' files are.
    pub(in crate::exp) directory: PathBuf,
}

enum Proxy {
    None,
    Gateway(Gateway),
    Foreign(Foreign),
}

/// How a way is booted, beyond the way itself.
#[derive(Clone, Copy, Default)]
pub(in crate::exp) struct How<'a> {
    /// Runs the proxy and watches it.
    pub(in crate::exp) wrapper: Option<&'a Wrapper>,
    /// Instead of the shipped gateway.
    pub(in crate::exp) gateway: Option<&'a Path>,
}

impl Chain {
    pub(in crate::exp) async fn boot<W: Way>(
        ctx: &mut Context,
        way: W,
        layout: &Layout,
        how: How<'_>,
    ) -> Result<Self, Failure> {
        let directory = ctx.scratch()?;
        let seed = ctx.seed_of(&format!("{}/parts", W::EXPERIMENT));
        let binaries = ctx.binaries()?;
        let behaviour = way.behaviour();
        let stub = {
            let (binary, replicas) = (&binaries.stub, way.replicas());
            boot_stub(binary, replicas, behaviour, &directory, layout.stub, seed, None).await?
        };
        ctx.config("upstream-stub --behaviour", behaviour);
        let core = layout.gateway;
        let proxy = match way.before() {
            Before::Nothing => Proxy::None,
            Before::Gateway => {
                let config = way.gateway_config(&stub.replicas);
                let binary = how.gateway.unwrap_or(&binaries.gateway);
                let gateway = boot_gateway(binary, &config, &directory, core, seed, how.wrapper).await?;
                ctx.config(&format!("gateway.yaml of {}", way.key()), &config);
                Proxy::Gateway(gateway)
            }
            before => {
                Proxy::Foreign(foreign(ctx, before, stub.replica(), &directory, core, how.wrapper).await?)
            }
        };
        Ok(Self {
            stub,
            proxy,
            directory,
        })
    }

    /// Where requests are sent.
    pub(in crate::exp) fn target(&self) -> SocketAddr {
        match &self.proxy {
            Proxy::None => self.stub.replica(),
            Proxy::Gateway(gateway) => gateway.http,
            Proxy::Foreign(foreign) => foreign.http,
        }
    }

    /// Admin port of our gateway.
    pub(in crate::exp) fn admin(&self) -> Result<SocketAddr, Failure> {
        match &self.proxy {
            Proxy::Gateway(gateway) => Ok(gateway.admin),
            Proxy::None | Proxy::Foreign(_) => {
                Err(Failure::run("find the admin port of a gateway: there is none"))
            }
        }
    }

    /// Of the part before the stub.
    pub(in crate::exp) fn proxy_pid(&self) -> Option<u32> {
        match &self.proxy {
            Proxy::None => None,
            Proxy::Gateway(gateway) => Some(gateway.part.pid()),
            Proxy::Foreign(foreign) => Some(foreign.part.pid()),
        }
    }

    /// Zero where there is no proxy.
    pub(in crate::exp) fn proxy_cpu(&self) -> Result<CpuTime, Failure> {
        self.proxy_pid()
            .map_or(Ok(CpuTime::default()), |pid| read_cpu("proxy", pid))
    }

    pub(in crate::exp) fn stub_cpu(&self) -> Result<CpuTime, Failure> {
        read_cpu("upstream-stub", self.stub.part.pid())
    }

    pub(in crate::exp) fn proxy_footprint(&self) -> Footprint {
        self.proxy_pid().and_then(footprint).unwrap_or(Footprint {
            rss_kib: 0,
            open_files: 0,
        })
    }

    /// Ends all parts in order. `traced`: the proxy is the child of a tracer, which must end by itself.
    pub(in crate::exp) async fn stop(self, traced: bool) -> Result<(), Failure> {
        let proxy = match self.proxy {
            Proxy::None => None,
            Proxy::Gateway(gateway) => Some(gateway.part),
            Proxy::Foreign(foreign) => Some(foreign.part),
        };
        if let Some(part) = proxy {
            end(part, traced).await?;
        }
        self.stub.part.stop().await.map(drop)
    }
}

/// Boots somebody else's proxy and keeps its config for the report.
async fn foreign(
    ctx: &mut Context,
    before: Before,
    upstream: SocketAddr,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Foreign, Failure> {
    let (name, version) = match before {
        Before::Haproxy => ("haproxy", "-v"),
        Before::Caddy => ("caddy", "version"),
        Before::Nothing | Before::Gateway | Before::Nginx => ("nginx", "-v"),
    };
    let program = ctx
        .tool(name, version)
        .ok_or_else(|| Failure::run(format!("find {name} on the PATH")))?;
    let booted = match before {
        Before::Haproxy => boot_haproxy(&program, upstream, directory, core, wrapper).await?,
        Before::Caddy => boot_caddy(&program, upstream, directory, core, wrapper).await?,
        Before::Nothing | Before::Gateway | Before::Nginx => {
            boot_nginx(&program, &NginxTask::Proxy(upstream), directory, core, wrapper).await?
        }
    };
    ctx.config(booted.config_name, &booted.config);
    Ok(booted)
}

/// Ends a part in order, or the one that it traces.
pub(in crate::exp) async fn end(part: Part, traced: bool) -> Result<(), Failure> {
    let ended = if traced {
        part.stop_target().await
    } else {
        part.stop().await
    };
    ended.map(drop)
}

fn read_cpu(name: &str, pid: u32) -> Result<CpuTime, Failure> {
    cpu_time(pid).ok_or_else(|| Failure::run(format!("read the CPU time of {name}: it is gone")))
}
