//! The requests of a load: which operation, on which article.

use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::options::Load;

/// The operation of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    Like,
    Unlike,
    /// Reads an article's like count.
    ReadCount,
    /// Reads whether a user likes an article.
    ReadMembership,
}

/// Draws random requests.
#[derive(Debug, Clone)]
pub(crate) struct RequestMix {
    /// The cumulative probability of each article; the last is 1.
    cumulative: Vec<f64>,
    /// The weights of likes, unlikes and reads.
    weights: [u32; 3],
}

impl RequestMix {
    pub(crate) fn of(load: &Load) -> Self {
        let weight = |rank: u32| load.mix.weight(rank);
        let total: f64 = (1..=load.articles).map(weight).sum();
        let mut sum = 0.0;
        let cumulative = (1..=load.articles).map(|rank| {
            sum += weight(rank) / total;
            sum
        });
        Self {
            cumulative: cumulative.collect(),
            weights: [load.likes, load.unlikes, load.reads],
        }
    }

    /// Draws the index of an article.
    pub(crate) fn article(&self, random: &mut Pcg64Mcg) -> usize {
        let drawn: f64 = random.random();
        let index = self.cumulative.partition_point(|upto| *upto <= drawn);
        index.min(self.cumulative.len() - 1)
    }

    /// Draws an operation. Half of the reads are of counts, half of memberships.
    pub(crate) fn operation(&self, random: &mut Pcg64Mcg) -> Operation {
        let [likes, unlikes, reads] = self.weights;
        // Without other operations nothing is drawn, so that the articles of a seed stay the same.
        if unlikes == 0 && reads == 0 {
            return Operation::Like;
        }
        match random.random_range(0..likes + unlikes + reads) {
            drawn if drawn < likes => Operation::Like,
            drawn if drawn < likes + unlikes => Operation::Unlike,
            _ if random.random() => Operation::ReadCount,
            _ => Operation::ReadMembership,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use rand::SeedableRng;

    use super::*;
    use crate::options::{Cli, Command};

    /// How often each of four articles is drawn in 10,000 draws.
    fn drawn(mix: &str) -> Vec<u32> {
        let line = ["load", "run", "--articles", "4", "--mix", mix];
        let Command::Run(run) = Cli::parse_from(line).command else {
            panic!("another command");
        };
        let mix = RequestMix::of(&run.load);
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let mut times = vec![0; 4];
        for _ in 0..10_000 {
            times[mix.article(&mut random)] += 1;
        }
        times
    }

    #[test]
    fn hot_always_draws_the_first_article() {
        assert_eq!(drawn("hot"), [10_000, 0, 0, 0]);
    }

    #[test]
    fn zipf_prefers_the_first_article_and_uniform_none() {
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
