//! The server loop.

mod answers;
mod continues;
mod cuts;
mod echo;
mod gone;
mod interims;
mod keeping;
mod random;
mod received;
mod reentry;
mod refusals;
mod states;
mod unread;
mod upgrade;
mod wakers;
mod watched;
mod writes;
