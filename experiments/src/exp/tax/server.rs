//! A booted server that answers by itself, with nothing behind it: our stub, and nginx's `return 200`.

use super::arms::{Arm, BODY_BYTES};
use crate::exp::Context;
use crate::exp::real::{Way as _, end};
use crate::failure::Failure;
use crate::stand::{Layout, NginxTask, Part, Stub, Wrapper, boot_nginx, boot_stub};
use std::net::SocketAddr;
use std::path::PathBuf;

pub(super) struct Server {
    /// Where requests are sent.
    pub(super) target: SocketAddr,
    /// Where its files are.
    pub(super) directory: PathBuf,
    running: Running,
}

enum Running {
    /// Whole, because its stdout must stay open.
    Stub(Stub),
    Nginx(Part),
}

impl Server {
    /// Boots it on the core that the proxy has in other arms.
    pub(super) async fn boot(
        ctx: &mut Context,
        arm: Arm,
        layout: &Layout,
        wrapper: &Wrapper,
    ) -> Result<Self, Failure> {
        let directory = ctx.scratch()?;
        if arm == Arm::Stub {
            let (binary, seed) = (&ctx.binaries()?.stub, ctx.seed_of("tax/parts"));
            let stub = boot_stub(
                binary,
                1,
                arm.behaviour(),
                &directory,
                layout.gateway,
                seed,
                Some(wrapper),
            )
            .await?;
            return Ok(Self {
                target: stub.replica(),
                directory,
                running: Running::Stub(stub),
            });
        }
        let program = ctx
            .tool("nginx", "-v")
            .ok_or_else(|| Failure::run("find nginx on the PATH"))?;
        let task = NginxTask::Answer("a".repeat(BODY_BYTES));
        let nginx = boot_nginx(&program, &task, &directory, layout.gateway, Some(wrapper)).await?;
        ctx.config(&format!("nginx.conf of {}", arm.key()), &nginx.config);
        Ok(Self {
            target: nginx.http,
            directory,
            running: Running::Nginx(nginx.part),
        })
    }

    /// `traced`: it is the child of a tracer, which must end by itself.
    pub(super) async fn stop(self, traced: bool) -> Result<(), Failure> {
        match self.running {
            Running::Stub(stub) => end(stub.part, traced).await,
            Running::Nginx(part) => end(part, traced).await,
        }
    }
}
