//! How the likes of a load are distributed over its articles.

use clap::ValueEnum;

/// How likes are distributed over the articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ArticleDistribution {
    /// Every article is equally likely
    Uniform,
    /// The first is twice as likely as the second, three times as likely as the third …
    Zipf,
    /// Every like is for one article
    Hot,
}

impl ArticleDistribution {
    /// The relative probability of the article of this rank; ranks start at 1.
    pub(crate) fn weight(self, rank: u32) -> f64 {
        match self {
            Self::Uniform => 1.0,
            Self::Zipf => 1.0 / f64::from(rank),
            Self::Hot => f64::from(u8::from(rank == 1)),
        }
    }
}
