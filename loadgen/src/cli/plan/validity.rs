//! What the generator is held to, and what the target is.

use super::errors::Errors;
use crate::cli::args::{Pacer, ValidityArgs};
use loadgen::{LagLimit, Limits, Slo};
use std::time::Duration;

#[derive(Debug)]
pub(in crate::cli) struct Validity {
    pub(in crate::cli) pacer: Pacer,
    pub(in crate::cli) limits: Limits,
    pub(in crate::cli) allow_invalid: bool,
    pub(in crate::cli) slos: Vec<Slo>,
    pub(in crate::cli) abort_on_fail: bool,
}

pub(super) fn apply(args: &ValidityArgs, errors: &mut Errors) -> Validity {
    let lags = args.max_send_lag.split(',').map(lag_limit);
    let send_lag = lags.filter_map(|limit| errors.take("--max-send-lag", limit.map_err(Some)));
    let send_lag = send_lag.collect();
    let ratio: f64 = errors.parse(
        "--min-send-ratio",
        &args.min_send_ratio,
        "a share from 0 to 1",
        0.0,
    );
    if !(0.0..=1.0).contains(&ratio) {
        errors.add(format!("--min-send-ratio: {ratio} is not a share from 0 to 1"));
    }
    let slos: Vec<Slo> = args
        .slo
        .iter()
        .filter_map(|slo| errors.take("--slo", slo.parse().map_err(Some)))
        .collect();
    if let Some(late) = slos
        .iter()
        .find(|slo| args.abort_on_fail && !slo.can_be_watched())
    {
        errors.add(format!(
            "--abort-on-fail: {late} is judged at the end only; response times, errors and rate can be watched"
        ));
    }
    Validity {
        pacer: args.pacer,
        limits: Limits {
            send_lag,
            sent_ratio_min: ratio,
            ..Limits::default()
        },
        allow_invalid: args.allow_invalid,
        slos,
        abort_on_fail: args.abort_on_fail,
    }
}

/// `p99=200us`, or a time alone for p99.
fn lag_limit(text: &str) -> Result<LagLimit, String> {
    let wrong = || format!("{text:?} is no limit: write p99=200us, or a time alone for p99");
    let (percent, time) = match text.trim().split_once('=') {
        Some((quantile, time)) => {
            let percent = quantile.trim().strip_prefix('p').and_then(|p| p.parse().ok());
            (percent.ok_or_else(wrong)?, time)
        }
        None => (99.0_f64, text),
    };
    let most = humantime::parse_duration(time.trim()).map_err(|_| wrong())?;
    if !(percent > 0.0 && percent < 100.0) || most > Duration::from_secs(3_600) {
        return Err(wrong());
    }
    Ok(LagLimit {
        quantile: percent / 100.0,
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_name_a_quantile() {
        let check = |text, quantile: f64, micros| {
            let limit = lag_limit(text).expect(text);
            assert!((limit.quantile - quantile).abs() < 1e-12, "{text}");
            assert_eq!(limit.most, Duration::from_micros(micros), "{text}");
        };
        check("200us", 0.99, 200);
        check("p99.9 = 1ms", 0.999, 1_000);
        for text in ["", "p99", "p99=", "p0=1ms", "p100=1ms", "99=1ms", "p99=5h"] {
            assert!(lag_limit(text).is_err(), "{text}");
        }
    }
}
