//! Header fields and cookies of an ask, read as the gateway is to read them (`docs/routing.md`).

use scenarios::Ask;
use std::time::Duration;

/// The values of all fields of this name, in their order.
pub(super) fn fields<'a>(ask: &'a Ask, name: &str) -> impl Iterator<Item = &'a str> {
    let fields = ask.headers.iter();
    let own = fields.filter(move |(own, _)| own.eq_ignore_ascii_case(name));
    own.map(|(_, value)| value.as_str())
}

/// How long its client waits, by the field of this name (`docs/retries.md`).
pub(super) fn deadline(ask: &Ask, name: &str) -> Option<Duration> {
    let text = fields(ask, name).next()?;
    if name == "grpc-timeout" {
        let whole = |digits: &str| digits.parse().ok();
        let ms = text.strip_suffix('m').and_then(whole).map(Duration::from_millis);
        return ms.or_else(|| text.strip_suffix('S').and_then(whole).map(Duration::from_secs));
    }
    let ms = text.parse().ok().map(Duration::from_millis);
    ms.or_else(|| humantime::parse_duration(text).ok())
}

/// The first cookie of this name in any field.
pub(super) fn cookie<'a>(ask: &'a Ask, name: &str) -> Option<&'a str> {
    let mut pairs = fields(ask, "cookie").flat_map(|value| value.split(';'));
    pairs.find_map(|pair| pair.trim_ascii().strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_cookie_of_all_fields_counts() {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let ask = Ask {
            headers: vec![
                field("Cookie", "a=1, a=2;  b=3 ;bb=4"),
                field("x-a", "5"),
                field("cookie", "a=6; c=7"),
            ],
            ..Ask::get("/")
        };
        let cookies = ["a", "b", "bb", "c", "d"].map(|name| cookie(&ask, name));
        assert_eq!(cookies, [Some("1, a=2"), Some("3"), Some("4"), Some("7"), None]);
        assert_eq!(fields(&ask, "COOKIE").count(), 2);
        assert_eq!(fields(&ask, "X-A").collect::<Vec<_>>(), ["5"]);
    }

    #[test]
    fn a_deadline_is_in_the_fields_own_units() {
        let waits = |name: &str, value: &str| {
            let headers = vec![(name.to_owned(), value.to_owned())];
            let ask = Ask {
                headers,
                ..Ask::get("/")
            };
            deadline(&ask, &name.to_ascii_lowercase()).map(|time| time.as_millis())
        };
        let plain = ["600", "1s", "800ms", "soon"].map(|value| waits("X-Request-Timeout", value));
        assert_eq!(plain, [Some(600), Some(1_000), Some(800), None]);
        let grpc = ["650m", "1S", "2", "m"].map(|value| waits("grpc-timeout", value));
        assert_eq!(grpc, [Some(650), Some(1_000), None, None]);
    }
}
