//! A booted arm: a stub, and what stands before it.

use super::arms::{Arm, BEHAVIOUR};
use super::server::end;
use crate::exp::Context;
use crate::failure::Failure;
use crate::measure::{CpuTime, Footprint, cpu_time, footprint};
use crate::stand::{
    Gateway, Layout, Nginx, NginxTask, Stub, Wrapper, boot_gateway, boot_nginx, boot_stub, nginx_config,
};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

pub(super) struct Chain {
    pub(super) stub: Stub,
    proxy: Proxy,
    /// Where the parts' files are.
    pub(super) directory: PathBuf,
}

enum Proxy {
    None,
    Gateway(Gateway),
    Nginx(Nginx),
}

/// How an arm is booted, beyond the arm itself.
#[derive(Clone, Copy, Default)]
pub(super) struct How<'a> {
    /// Runs the proxy and watches it.
    pub(super) wrapper: Option<&'a Wrapper>,
    /// Instead of the shipped gateway.
    pub(super) gateway: Option<&'a Path>,
}

impl Chain {
    pub(super) async fn boot(
        ctx: &mut Context,
        arm: Arm,
        layout: &Layout,
        how: How<'_>,
    ) -> Result<Self, Failure> {
        let directory = ctx.scratch()?;
        let seed = ctx.seed_of("tax/parts");
        let binaries = ctx.binaries()?;
        let stub = {
            let (binary, replicas) = (&binaries.stub, arm.replicas());
            boot_stub(binary, replicas, BEHAVIOUR, &directory, layout.stub, seed, None).await?
        };
        ctx.run
            .configs
            .entry("upstream-stub --behaviour".into())
            .or_insert_with(|| BEHAVIOUR.into());
        let upstream = stub.replica();
        let proxy = match (arm.gateway_config(&stub.replicas), arm) {
            (Some(config), _) => {
                let binary = how.gateway.unwrap_or(&binaries.gateway);
                let gateway =
                    boot_gateway(binary, &config, &directory, layout.gateway, seed, how.wrapper).await?;
                ctx.run
                    .configs
                    .entry(format!("gateway.yaml of {}", arm.key()))
                    .or_insert(config);
                Proxy::Gateway(gateway)
            }
            (None, Arm::Nginx) => {
                let program = ctx
                    .tool("nginx", "-v")
                    .ok_or_else(|| Failure::run("find nginx on the PATH"))?;
                let task = NginxTask::Proxy(upstream);
                let nginx = boot_nginx(&program, &task, &directory, layout.gateway, how.wrapper).await?;
                ctx.run
                    .configs
                    .entry("nginx.conf".into())
                    .or_insert_with(|| nginx_config(nginx.http, &task));
                Proxy::Nginx(nginx)
            }
            (None, _) => Proxy::None,
        };
        Ok(Self {
            stub,
            proxy,
            directory,
        })
    }

    /// Where requests are sent.
    pub(super) fn target(&self) -> SocketAddr {
        match &self.proxy {
            Proxy::None => self.stub.replica(),
            Proxy::Gateway(gateway) => gateway.http,
            Proxy::Nginx(nginx) => nginx.http,
        }
    }

    /// Admin port of our gateway.
    pub(super) fn admin(&self) -> Option<SocketAddr> {
        match &self.proxy {
            Proxy::Gateway(gateway) => Some(gateway.admin),
            Proxy::None | Proxy::Nginx(_) => None,
        }
    }

    fn proxy_pid(&self) -> Option<u32> {
        match &self.proxy {
            Proxy::None => None,
            Proxy::Gateway(gateway) => Some(gateway.part.pid()),
            Proxy::Nginx(nginx) => Some(nginx.part.pid()),
        }
    }

    /// Zero where there is no proxy.
    pub(super) fn proxy_cpu(&self) -> Result<CpuTime, Failure> {
        self.proxy_pid()
            .map_or(Ok(CpuTime::default()), |pid| read_cpu("proxy", pid))
    }

    pub(super) fn stub_cpu(&self) -> Result<CpuTime, Failure> {
        read_cpu("upstream-stub", self.stub.part.pid())
    }

    pub(super) fn proxy_footprint(&self) -> Footprint {
        self.proxy_pid().and_then(footprint).unwrap_or(Footprint {
            rss_kib: 0,
            open_files: 0,
        })
    }

    /// Ends all parts in order. `traced`: the proxy is the child of a tracer, which must end by itself.
    pub(super) async fn stop(self, traced: bool) -> Result<(), Failure> {
        let proxy = match self.proxy {
            Proxy::None => None,
            Proxy::Gateway(gateway) => Some(gateway.part),
            Proxy::Nginx(nginx) => Some(nginx.part),
        };
        if let Some(part) = proxy {
            end(part, traced).await?;
        }
        self.stub.part.stop().await.map(drop)
    }
}

fn read_cpu(name: &str, pid: u32) -> Result<CpuTime, Failure> {
    cpu_time(pid).ok_or_else(|| Failure::run(format!("read the CPU time of {name}: it is gone")))
}
