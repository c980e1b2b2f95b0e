//! One command per question: the stand that boots the parts, statistics, claims, provenance and reports.

pub mod claims;
pub mod failure;
pub mod measure;
pub mod provenance;
pub mod scale;
pub mod stand;
pub mod stats;
pub mod workspace;
