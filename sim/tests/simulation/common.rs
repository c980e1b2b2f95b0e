//! Simple hosts for tests of the simulated world: an echo server, and slots to look into a host from outside.

use sim::trace::{Reader, Record, Recorder};
use sim::world::{Driver, Settings, SimWorld};
use std::cell::RefCell;
use std::future::Future;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{ListenAddr, Listener, World};

pub(crate) const PORT: u16 = 80;

/// A value that a host's program fills and the test reads.
pub(crate) type Slot<T> = Rc<RefCell<T>>;

pub(crate) fn driver(settings: Settings) -> Driver {
    Driver::new(settings, Recorder::in_memory()).expect("settings are good")
}

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Adds a host whose program runs once and never fails.
pub(crate) fn run_on<F, Fut>(driver: &mut Driver, name: &str, program: F) -> std::net::IpAddr
where
    F: Fn(SimWorld) -> Fut + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let added = driver.host(name, move |world| {
        let running = program(world);
        async move {
            running.await;
            Ok(())
        }
    });
    added.expect("host fits")
}

/// Answers every byte with itself, each connection in a task of its own.
pub(crate) async fn echo(world: SimWorld) {
    let any = ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], PORT)));
    let listener = world.listen(&any).await.expect("port is free");
    loop {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        tokio::task::spawn_local(async move {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..n]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Connects to `name`, which is known by then.
pub(crate) async fn dial(world: &SimWorld, name: &str) -> std::io::Result<sim::world::SimStream> {
    let to = world.resolve(&format!("{name}:{PORT}")).await?;
    world.connect(to.addrs[0]).await
}

pub(crate) fn records(driver: Driver) -> Vec<Record> {
    let bytes = bytes(driver);
    Reader::new(bytes.as_slice())
        .expect("a trace")
        .map(|record| record.expect("decodes"))
        .collect()
}

pub(crate) fn bytes(driver: Driver) -> Vec<u8> {
    driver.finish().finish().expect("memory").bytes.expect("memory")
}
