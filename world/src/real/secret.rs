//! Entropy of the operating system.

use crate::SECRET_BYTES;
use std::io;
use std::sync::OnceLock;

/// Drawn once, so that what one worker signs another can check.
pub(super) fn of_this_process() -> io::Result<[u8; SECRET_BYTES]> {
    static SECRET: OnceLock<[u8; SECRET_BYTES]> = OnceLock::new();
    if let Some(secret) = SECRET.get() {
        return Ok(*secret);
    }
    let mut drawn = [0; SECRET_BYTES];
    fill(&mut drawn)?;
    Ok(*SECRET.get_or_init(|| drawn))
}

pub(super) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    // so few bytes come whole or not at all, getrandom(2)
    let read = rustix::rand::getrandom(&mut *bytes, rustix::rand::GetRandomFlags::empty())?;
    if read < bytes.len() {
        return Err(io::Error::other("the kernel gave too little randomness"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_secret_for_all_threads_and_not_an_empty_one() {
        let here = of_this_process().unwrap();
        let there = std::thread::spawn(of_this_process).join().unwrap().unwrap();
        assert_eq!(here, there);
        let mut other = [0; SECRET_BYTES];
        fill(&mut other).unwrap();
        assert!(here != other && here != [0; SECRET_BYTES]);
    }
}
