//! The stub from outside: what clients see, how it behaves over time, and the binary on real sockets.

mod answers;
mod life;
mod protocol;
mod sockets;
mod support;
