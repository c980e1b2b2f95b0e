//! A trace for people: one line per event, and the first difference of two traces.

use super::kind::Kind;
use super::record::{DecodeError, Reader, Record};
use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::io::BufRead;

/// The longest host name that fits a [`Kind::Host`] record.
pub const NAME_BYTES_MAX: usize = 32;

/// The fields of a [`Kind::Host`] record. Longer names are cut.
pub fn name_to_values(name: &str) -> [u64; 5] {
    let mut bytes = [0_u8; NAME_BYTES_MAX];
    let length = name.len().min(NAME_BYTES_MAX);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    let mut values = [length as u64, 0, 0, 0, 0];
    for (value, word) in values[1..].iter_mut().zip(bytes.chunks_exact(8)) {
        *value = word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
    }
    values
}

/// The name in a [`Kind::Host`] record.
pub fn name_from_values(values: &[u64]) -> String {
    let bytes: Vec<u8> = values
        .iter()
        .skip(1)
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let length = values
        .first()
        .map_or(0, |length| usize::try_from(*length).unwrap_or(usize::MAX));
    String::from_utf8_lossy(&bytes[..length.min(bytes.len())]).into_owned()
}

/// The most hosts whose names are kept: far more than a simulation can have.
pub const HOSTS_MAX: usize = 4_096;

/// What the hosts of a simulation are called; the next one begins without any.
#[derive(Debug, Default)]
pub struct Names {
    all: BTreeMap<u64, String>,
}

impl Names {
    /// To be shown every record.
    pub fn see(&mut self, record: &Record) {
        match record.kind {
            Kind::Run => self.all.clear(),
            Kind::Host if self.all.len() < HOSTS_MAX || self.all.contains_key(&record.host) => {
                self.all.insert(record.host, name_from_values(record.values()));
            }
            _ => {}
        }
    }

    /// The name of a host that has one.
    pub fn get(&self, host: u64) -> Option<&str> {
        self.all.get(&host).map(String::as_str)
    }

    /// What any host is called.
    pub fn name(&self, host: u64) -> String {
        match self.get(host) {
            Some(name) => name.to_owned(),
            None if host == 0 => "driver".into(),
            None => format!("host{host}"),
        }
    }

    /// Every host that has a name, by its number.
    pub fn hosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.all.keys().copied()
    }
}

/// Renders events one after the other; it learns the hosts' names on the way.
#[derive(Default)]
pub struct Renderer {
    names: Names,
}

impl Renderer {
    /// One line, without its end: `seconds #sequence host event field=value …`.
    pub fn line(&mut self, record: &Record) -> String {
        self.learn(record);
        let (seconds, micros) = (record.at_us / 1_000_000, record.at_us % 1_000_000);
        let host = self.name(record.host);
        let mut line = format!(
            "{seconds:>5}.{micros:06} #{:<7} {host:<10} {:<20}",
            record.sequence, record.kind
        );
        if record.kind == Kind::Host {
            let _ = write!(line, " number={}", record.host);
            return line;
        }
        for (name, value) in record.kind.fields().iter().zip(record.values()) {
            let _ = write!(line, " {name}={value}");
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// Takes in what later lines need, without a line of its own.
    pub fn learn(&mut self, record: &Record) {
        self.names.see(record);
    }

    /// What a host is called.
    pub fn name(&self, host: u64) -> String {
        self.names.name(host)
    }
}

/// The first place where two traces are not the same, with both events in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// How many events are the same before it.
    pub same: u64,
    /// `None`: that trace ends here.
    pub left: Option<String>,
    pub right: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = "(the trace ends)";
        let [left, right] = [&self.left, &self.right].map(|line| line.as_deref().unwrap_or(end));
        write!(f, "{} equal events, then\n- {left}\n+ {right}", self.same)
    }
}

/// Compares the records of two traces; `None` when they are equal.
pub fn first_difference(left: impl BufRead, right: impl BufRead) -> Result<Option<Difference>, DecodeError> {
    let (mut lefts, mut rights) = (Reader::new(left)?, Reader::new(right)?);
    let (mut left_text, mut right_text) = (Renderer::default(), Renderer::default());
    let mut same = 0;
    loop {
        let (l, r) = (lefts.next().transpose()?, rights.next().transpose()?);
        let (l, r) = match (l, r) {
            (None, None) => return Ok(None),
            (l, r) if l != r => (l, r),
            (Some(record), _) | (_, Some(record)) => {
                left_text.learn(&record);
                right_text.learn(&record);
                same += 1;
                continue;
            }
        };
        let left = l.map(|record| left_text.line(&record));
        let right = r.map(|record| right_text.line(&record));
        return Ok(Some(Difference { same, left, right }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Recorder;
    use super::*;

    fn trace(bytes_of_second: u64, events: usize) -> Vec<u8> {
        let mut recorder = Recorder::in_memory();
        recorder.record(0, 1, Kind::Host, &name_to_values("gateway"));
        for i in 0..events {
            recorder.record(
                1_500_000,
                1,
                Kind::Out,
                &[1, if i == 1 { bytes_of_second } else { 10 }],
            );
        }
        recorder.finish().expect("memory").bytes.expect("memory")
    }

    #[test]
    fn names_survive() {
        for name in ["", "r0", "12345678", "a name of exactly 32 bytes, yes!"] {
            assert_eq!(name_from_values(&name_to_values(name)), name);
        }
    }

    #[test]
    fn names_of_hosts_are_the_last_given_and_have_a_bound() {
        let mut renderer = Renderer::default();
        let mut call = |host: u64, name: &str| {
            let record = Record::new(0, 0, host, Kind::Host, &name_to_values(name));
            renderer.learn(&record);
        };
        let beyond = HOSTS_MAX as u64;
        (0..=beyond).for_each(|host| call(host, "first"));
        call(7, "last");
        assert_eq!(
            [7, 8, beyond].map(|host| renderer.name(host)),
            ["last".to_owned(), "first".to_owned(), format!("host{beyond}")]
        );
        renderer.learn(&Record::new(0, 0, 0, Kind::Run, &[0, 1]));
        assert_eq!([0, 7].map(|host| renderer.name(host)), ["driver", "host7"]);
    }

    #[test]
    fn first_difference_is_shown_in_words() {
        assert_eq!(first_difference(&*trace(7, 3), &*trace(7, 3)), Ok(None));
        let found = first_difference(&*trace(7, 3), &*trace(8, 3))
            .expect("decodes")
            .expect("differs");
        assert_eq!(found.same, 2);
        let line = found.left.expect("there");
        assert_eq!(
            line,
            "    1.500000 #2       gateway    out                  connection=1 bytes=7"
        );
        assert!(found.right.expect("there").ends_with("bytes=8"));
    }

    #[test]
    fn shorter_trace_differs_at_its_end() {
        let found = first_difference(&*trace(7, 3), &*trace(7, 2))
            .expect("decodes")
            .expect("differs");
        assert_eq!((found.same, found.right), (3, None));
    }
}
