//! Reading the gateway's metrics (Prometheus text format 0.0.4).

/// The sum over all series of `name` whose labels contain each of `labels` (as `key="value"`); `None` if
/// there is no such series.
pub fn sum_of(text: &str, name: &str, labels: &[&str]) -> Option<f64> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (series, value) = line.rsplit_once(' ')?;
            let (found, found_labels) = series.split_once('{').unwrap_or((series, ""));
            let wanted = found == name && labels.iter().all(|label| found_labels.contains(label));
            wanted.then(|| value.parse::<f64>().ok())?
        })
        .fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_summed_by_name_and_label() {
        let text = "# HELP requests_total Requests.\n# TYPE requests_total counter\n\
                    requests_total{route=\"a\",class=\"2xx\"} 10\n\
                    requests_total{route=\"b\",class=\"2xx\"} 5\n\
                    requests_total{route=\"b\",class=\"5xx\"} 1\n\
                    in_flight 3\n";
        assert_eq!(sum_of(text, "requests_total", &[]), Some(16.0));
        assert_eq!(sum_of(text, "requests_total", &["class=\"2xx\""]), Some(15.0));
        assert_eq!(
            sum_of(text, "requests_total", &["class=\"2xx\"", "route=\"b\""]),
            Some(5.0)
        );
        assert_eq!(sum_of(text, "in_flight", &[]), Some(3.0));
        assert_eq!(sum_of(text, "requests", &[]), None);
    }
}
