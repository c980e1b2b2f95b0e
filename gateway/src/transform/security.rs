//! The fields by which an answer tells browsers to be careful.
//!
//! One table drives the config's keys, their defaults, their checks and what is written. With `security: true` there are those
//! that break no honest site. What is left to the operator may break one: `Strict-Transport-Security` binds a host for as long as it
//! says, whatever happens to its certificate (RFC 6797 §11), and policies for content are different for each page.

use super::lines::Line;

/// One key of `headers.security`.
#[derive(Debug)]
pub struct SecurityField {
    pub key: &'static str,
    /// In lower case.
    pub name: &'static str,
    /// What `true` stands for; `None`: it has to be written out.
    pub default: Option<&'static str>,
    /// Whether `security: true` has it.
    pub on: bool,
    /// Values that browsers know, where these are few; in any case.
    pub values: &'static [&'static str],
}

/// Values as recommended by the OWASP Secure Headers project.
pub const SECURITY: [SecurityField; 6] = [
    SecurityField {
        key: "content_type_options",
        name: "x-content-type-options",
        default: Some("nosniff"),
        on: true,
        values: &["nosniff"],
    },
    SecurityField {
        key: "frame_options",
        name: "x-frame-options",
        default: Some("DENY"),
        on: true,
        values: &["DENY", "SAMEORIGIN"],
    },
    SecurityField {
        key: "referrer_policy",
        name: "referrer-policy",
        default: Some("strict-origin-when-cross-origin"),
        on: true,
        values: &[
            "no-referrer",
            "no-referrer-when-downgrade",
            "origin",
            "origin-when-cross-origin",
            "same-origin",
            "strict-origin",
            "strict-origin-when-cross-origin",
            "unsafe-url",
        ],
    },
    SecurityField {
        key: "hsts",
        name: "strict-transport-security",
        // a year, as preload lists ask for at least; without subdomains, which may not speak TLS
        default: Some("max-age=31536000"),
        on: false,
        values: &[],
    },
    SecurityField {
        key: "content_security_policy",
        name: "content-security-policy",
        default: None,
        on: false,
        values: &[],
    },
    SecurityField {
        key: "permissions_policy",
        name: "permissions-policy",
        default: None,
        on: false,
        values: &[],
    },
];

/// The values in force, by the place of their field in [`SECURITY`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Security([Option<Box<str>>; SECURITY.len()]);

impl Security {
    /// What `security: true` stands for.
    pub fn usual() -> Self {
        let value = |field: &SecurityField| field.default.filter(|_| field.on).map(Box::from);
        Self(SECURITY.each_ref().map(value))
    }

    pub fn set(&mut self, place: usize, value: Option<Box<str>>) {
        if let Some(own) = self.0.get_mut(place) {
            *own = value;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    /// Each key with its value.
    pub fn values(&self) -> impl Iterator<Item = (&'static SecurityField, Option<&str>)> {
        SECURITY.iter().zip(self.0.iter().map(Option::as_deref))
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line> {
        self.values().filter_map(|(field, value)| {
            Some(Line {
                name: field.name.into(),
                value: value?.into(),
            })
        })
    }
}
