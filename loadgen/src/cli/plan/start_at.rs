//! When all shards of a run on several machines start.

use std::time::Duration;

/// A moment since the Unix epoch.
pub(super) fn start_at(text: &str) -> Result<Duration, String> {
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds)
            .map_err(|_| format!("{text:?} is no time since 1970 in seconds"));
    }
    let time = humantime::parse_rfc3339(text).ok();
    time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
        .ok_or_else(|| format!("{text:?} is no time: write 2026-11-25T18:00:00Z, or seconds since 1970"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_moments() {
        assert_eq!(start_at("1.5"), Ok(Duration::from_millis(1_500)));
        assert_eq!(start_at("1970-01-02T00:00:00Z"), Ok(Duration::from_secs(86_400)));
        for text in ["", "soon", "-1", "1969-01-01T00:00:00Z", "1e300"] {
            assert!(start_at(text).is_err(), "{text}");
        }
    }
}
