//! One command per question: the stand that boots the parts, statistics, claims, provenance and reports.

pub mod stats;
