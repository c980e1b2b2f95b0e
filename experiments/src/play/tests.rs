//! What can be said of a play without a process.
