//! What the clients ask for: which article, and whether to like, to unlike or to look.

use clap::ValueEnum;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::options::Load;

/// How likes spread over the articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Spread {
    /// Every article is as likely
    Uniform,
    /// The first twice as likely as the second, three times as likely as the third …
    Zipf,
    /// All of one article
    Hot,
}

/// What one request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    Like,
    Unlike,
    Count,
    Membership,
}

/// Draws requests.
#[derive(Debug, Clone)]
pub(crate) struct Mix {
    /// The chance of each article and all before it; the last is 1.
    upto: Vec<f64>,
    weights: [u32; 3],
}

impl Mix {
    pub(crate) fn of(load: &Load) -> Self {
        let weight = |rank: u32| match load.mix {
            Spread::Uniform => 1.0,
            Spread::Zipf => 1.0 / f64::from(rank),
            Spread::Hot => f64::from(u8::from(rank == 1)),
        };
        let total: f64 = (1..=load.articles).map(weight).sum();
        let mut sum = 0.0;
        let upto = (1..=load.articles).map(|rank| {
            sum += weight(rank) / total;
            sum
        });
        Self {
            upto: upto.collect(),
            weights: [load.likes, load.unlikes, load.reads],
        }
    }

    /// The place of an article.
    pub(crate) fn article(&self, random: &mut Pcg64Mcg) -> usize {
        let drawn: f64 = random.random();
        let place = self.upto.partition_point(|upto| *upto <= drawn);
        place.min(self.upto.len() - 1)
    }

    pub(crate) fn ask(&self, random: &mut Pcg64Mcg) -> Ask {
        let [likes, unlikes, reads] = self.weights;
        if unlikes == 0 && reads == 0 {
            return Ask::Like;
        }
        match random.random_range(0..likes + unlikes + reads) {
            drawn if drawn < likes => Ask::Like,
            drawn if drawn < likes + unlikes => Ask::Unlike,
            _ if random.random() => Ask::Count,
            _ => Ask::Membership,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rand::SeedableRng;

    use super::*;
    use crate::options::{Cli, Command};

    fn drawn(mix: &str) -> Vec<u32> {
        let line = ["load", "run", "--articles", "4", "--mix", mix];
        let Command::Run(run) = Cli::parse_from(line).command else {
            panic!("another command");
        };
        let mix = Mix::of(&run.load);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut times = vec![0; 4];
        for _ in 0..10_000 {
            times[mix.article(&mut random)] += 1;
        }
        times
    }

    #[test]
    fn hot_is_always_the_first() {
        assert_eq!(drawn("hot"), [10_000, 0, 0, 0]);
    }

    #[test]
    fn zipf_prefers_the_first_and_uniform_nobody() {
        let zipf = drawn("zipf");
        assert!(
            zipf[0] > 4_500 && zipf[3] > 1_000 && zipf[0] > 3 * zipf[3],
            "{zipf:?}"
        );
        assert!(
            drawn("uniform")
                .iter()
                .all(|times| (2_300..2_700).contains(times))
        );
    }
}
