//! Text on its way into YAML: always quoted, so that no name turns into a number or a boolean on its way back.

use std::fmt;

/// A double-quoted YAML scalar.
pub(super) struct Quoted<'a>(pub(super) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(f, "\\{letter}")?,
                // what YAML may not hold as it is, or would fold
                _ if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    write!(f, "\\U{:08X}", u32::from(letter))?;
                }
                _ => write!(f, "{letter}")?,
            }
        }
        f.write_str("\"")
    }
}
