//! The options that describe a load: how many clients, how long, which requests.

use clap::Args;

use super::values::{number, seconds};
use crate::article_distribution::ArticleDistribution;

/// The load.
#[derive(Args, Clone)]
#[command(next_help_heading = "Load")]
pub(crate) struct Load {
    /// Clients, each with its own connection; with --rate, the largest number of concurrent requests
    #[arg(long, value_name = "COUNT", default_value = "64", value_parser = number::<u32>(1..=8_000))]
    pub(crate) clients: u32,
    /// Open loop: this many requests are due every second, whatever the replies
    #[arg(long, value_name = "PER SECOND", value_parser = number::<u32>(1..=200_000))]
    pub(crate) rate: Option<u32>,
    /// Time of the measurement
    #[arg(long, value_name = "TIME", default_value = "10", value_parser = seconds(1..=3_600))]
    pub(crate) seconds: u32,
    /// Time of load before the measurement
    #[arg(long, value_name = "TIME", default_value = "2", value_parser = seconds(0..=600))]
    pub(crate) warm_up: u32,
    /// Articles to create for this load
    #[arg(long, value_name = "COUNT", default_value = "1000", value_parser = number::<u32>(1..=100_000))]
    pub(crate) articles: u32,
    /// Distribution of the likes over the articles
    #[arg(long, value_enum, default_value = "uniform")]
    pub(crate) mix: ArticleDistribution,
    /// Share of likes
    #[arg(long, value_name = "WEIGHT", default_value = "1")]
    pub(crate) likes: u32,
    /// Share of unlikes, each of a pair that was liked before
    #[arg(long, value_name = "WEIGHT", default_value = "0")]
    pub(crate) unlikes: u32,
    /// Share of reads, half of them counts and half memberships
    #[arg(long, value_name = "WEIGHT", default_value = "0")]
    pub(crate) reads: u32,
    /// Seed of the random requests
    #[arg(long, value_name = "NUMBER", default_value = "1")]
    pub(crate) seed: u64,
}

impl Load {
    /// Likes only, with a short warm-up.
    pub(crate) fn likes() -> Self {
        Self {
            clients: 64,
            rate: None,
            seconds: 10,
            warm_up: 1,
            articles: 1_000,
            mix: ArticleDistribution::Uniform,
            likes: 1,
            unlikes: 0,
            reads: 0,
            seed: 1,
        }
    }
}
