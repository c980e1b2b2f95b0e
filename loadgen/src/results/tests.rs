//! Results as they are made, read, merged and compared, on runs whose truth is known.

mod comparing;
mod loading;
mod make;
mod merging;
mod searching;
