//! Distributions as people type them.
//!
//! What is read back from `Display` is the same value, bit for bit: durations are whole microseconds and
//! numbers print in their shortest exact form.

use super::{Dist, SAMPLE_MAX};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const FORMS: &str = "5ms, fixed:5ms, uniform:1ms..5ms, exp:5ms, lognormal:p50=5ms,p99=50ms, or \
                     pareto:min=1ms,alpha=1.5 with an optional ,max=10s";

impl FromStr for Dist {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some((kind, rest)) = text.split_once(':') else {
            return duration(text)
                .map(Self::Fixed)
                .map_err(|e| format!("{e}; a distribution is one of {FORMS}"));
        };
        match kind {
            "fixed" => Ok(Self::Fixed(duration(rest)?)),
            "uniform" => uniform(rest),
            "exp" => Ok(Self::Exp {
                mean: positive("the mean", duration(rest)?)?,
            }),
            "lognormal" => lognormal(rest),
            "pareto" => pareto(rest),
            _ => Err(format!("unknown distribution {kind:?}; write {FORMS}")),
        }
    }
}

impl TryFrom<String> for Dist {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Dist> for String {
    fn from(dist: Dist) -> Self {
        dist.to_string()
    }
}

impl fmt::Display for Dist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed(value) => write!(f, "fixed:{}", word(value)),
            Self::Uniform { low, high } => write!(f, "uniform:{}..{}", word(low), word(high)),
            Self::Exp { mean } => write!(f, "exp:{}", word(mean)),
            Self::Lognormal { p50, p99 } => write!(f, "lognormal:p50={},p99={}", word(p50), word(p99)),
            Self::Pareto { min, alpha, max } => {
                write!(f, "pareto:min={},alpha={alpha}", word(min))?;
                max.map_or(Ok(()), |max| write!(f, ",max={}", word(max)))
            }
        }
    }
}

/// A duration without the spaces that humantime puts in: it has to be one word.
fn word(value: Duration) -> String {
    humantime::format_duration(value).to_string().replace(' ', "")
}

fn duration(text: &str) -> Result<Duration, String> {
    let value = humantime::parse_duration(text)
        .map_err(|e| format!("{text:?} is not a duration ({e}); write it like 5ms or 1s"))?;
    if value.subsec_nanos() % 1_000 != 0 {
        return Err(format!(
            "{text:?} is finer than a microsecond; times here are whole microseconds"
        ));
    }
    if value > SAMPLE_MAX {
        return Err(format!(
            "{text:?} is longer than a day, the longest time allowed here"
        ));
    }
    Ok(value)
}

fn positive(name: &str, value: Duration) -> Result<Duration, String> {
    if value.is_zero() {
        Err(format!("{name} must be longer than zero"))
    } else {
        Ok(value)
    }
}

fn uniform(rest: &str) -> Result<Dist, String> {
    let (low, high) = rest
        .split_once("..")
        .ok_or_else(|| format!("uniform:{rest} has no range; write uniform:1ms..5ms"))?;
    let (low, high) = (duration(low)?, duration(high)?);
    if low > high {
        return Err(format!(
            "uniform:{rest} is upside down; write uniform:{}..{}",
            word(high),
            word(low)
        ));
    }
    Ok(Dist::Uniform { low, high })
}

fn lognormal(rest: &str) -> Result<Dist, String> {
    let [p50, p99] = named("lognormal", rest, ["p50", "p99"])?;
    let p50 = positive("p50", duration(required("lognormal", "p50", p50)?)?)?;
    let p99 = duration(required("lognormal", "p99", p99)?)?;
    if p99 < p50 {
        return Err(format!(
            "p99={} is below p50={}; the 99 % quantile is the larger one",
            word(p99),
            word(p50)
        ));
    }
    Ok(Dist::Lognormal { p50, p99 })
}

fn pareto(rest: &str) -> Result<Dist, String> {
    let [min, alpha, max] = named("pareto", rest, ["min", "alpha", "max"])?;
    let min = positive("min", duration(required("pareto", "min", min)?)?)?;
    let alpha_text = required("pareto", "alpha", alpha)?;
    let alpha = alpha_text
        .parse()
        .ok()
        .filter(|alpha: &f64| alpha.is_finite() && *alpha > 0.0)
        .ok_or_else(|| format!("alpha={alpha_text} is not a positive number; write alpha=1.5"))?;
    let max = max.map(duration).transpose()?;
    if max.is_some_and(|max| max <= min) {
        return Err(format!("max must be longer than min={}", word(min)));
    }
    Ok(Dist::Pareto { min, alpha, max })
}

/// Splits `a=1,b=2` into the values of `names`, each at most once.
fn named<'a, const N: usize>(
    kind: &str,
    rest: &'a str,
    names: [&str; N],
) -> Result<[Option<&'a str>; N], String> {
    let mut values = [None; N];
    for part in rest.split(',') {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| format!("{part:?} in {kind} is not name=value; write {FORMS}"))?;
        let at = names
            .iter()
            .position(|n| *n == name)
            .ok_or_else(|| format!("{kind} has no parameter {name:?}; it takes {}", names.join(", ")))?;
        if values[at].replace(value).is_some() {
            return Err(format!("{name} is given twice in {kind}:{rest}"));
        }
    }
    Ok(values)
}

fn required<'a>(kind: &str, name: &str, value: Option<&'a str>) -> Result<&'a str, String> {
    value.ok_or_else(|| format!("{kind} needs {name}=; write {FORMS}"))
}
