//! Who runs on which core.
//!
//! Three processes share two cores, so one must share. For latency the load generator is alone, because its
//! lateness would be read as the gateway's; for capacity the gateway is alone, because it is what must saturate.

use super::pin;
use crate::failure::Failure;

/// Cores of the parts; `None` leaves the part to the scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub gateway: Option<usize>,
    pub stub: Option<usize>,
    pub load: Option<usize>,
    /// Why the layout is not the one asked for; latency is then not judged.
    pub degraded: Option<&'static str>,
    pub name: &'static str,
}

const ONE_CORE: &str =
    "this machine gives one core: all parts share it, so latency is drawn with that in it and not judged";

impl Layout {
    /// Load generator alone on the second core, gateway and stub on the first.
    pub fn latency() -> Result<Self, Failure> {
        Ok(Self::on(&cores()?, "latency", |first, second| {
            (first, first, second)
        }))
    }

    /// Gateway alone on the first core, stub and load generator on the second.
    pub fn capacity() -> Result<Self, Failure> {
        Ok(Self::on(&cores()?, "capacity", |first, second| {
            (first, second, second)
        }))
    }

    /// The same with the cores changed over: for what is counted beside it and must not have the same core.
    #[must_use]
    pub fn mirrored(self) -> Self {
        let over = |core: Option<usize>| match core {
            core if core == self.gateway => self.load,
            _ => self.gateway,
        };
        Self {
            gateway: over(self.gateway),
            stub: over(self.stub),
            load: over(self.load),
            ..self
        }
    }

    fn on(cores: &[usize], name: &'static str, place: fn(usize, usize) -> (usize, usize, usize)) -> Self {
        match *cores {
            [first, second, ..] => {
                let (gateway, stub, load) = place(first, second);
                Self {
                    gateway: Some(gateway),
                    stub: Some(stub),
                    load: Some(load),
                    degraded: None,
                    name,
                }
            }
            _ => Self {
                gateway: None,
                stub: None,
                load: None,
                degraded: Some(ONE_CORE),
                name,
            },
        }
    }

    /// In words, for the report.
    pub fn describe(&self) -> String {
        match (self.gateway, self.stub, self.load) {
            (Some(gateway), Some(stub), Some(load)) => format!(
                "{} layout: gateway on core {gateway}, stub on core {stub}, load generator on core {load}",
                self.name
            ),
            _ => format!(
                "{} layout without pinning: {}",
                self.name,
                self.degraded.unwrap_or("no cores given")
            ),
        }
    }
}

fn cores() -> Result<Vec<usize>, Failure> {
    pin::cores().map_err(|e| Failure::run(format!("read the cores this process may use: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_keeps_the_generator_alone_and_capacity_the_gateway() {
        let latency = Layout::on(&[2, 5, 7], "latency", |a, b| (a, a, b));
        assert_eq!(
            (latency.gateway, latency.stub, latency.load),
            (Some(2), Some(2), Some(5))
        );
        let capacity = Layout::on(&[0, 1], "capacity", |a, b| (a, b, b));
        assert_eq!(
            (capacity.gateway, capacity.stub, capacity.load),
            (Some(0), Some(1), Some(1))
        );
    }

    #[test]
    fn mirrored_the_gateway_is_alone_on_the_other_core() {
        let mirrored = Layout::on(&[0, 1], "capacity", |a, b| (a, b, b)).mirrored();
        assert_eq!(
            (mirrored.gateway, mirrored.stub, mirrored.load),
            (Some(1), Some(0), Some(0))
        );
        let alone = Layout::on(&[3], "capacity", |a, b| (a, b, b)).mirrored();
        assert_eq!((alone.gateway, alone.load), (None, None));
    }

    #[test]
    fn one_core_degrades_with_a_reason() {
        let layout = Layout::on(&[3], "latency", |a, b| (a, a, b));
        assert_eq!((layout.gateway, layout.load), (None, None));
        assert!(layout.degraded.is_some());
        assert!(layout.describe().contains("one core"), "{}", layout.describe());
    }
}
