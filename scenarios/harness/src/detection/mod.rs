//! The published detection benchmark: how soon each planted bug is caught by each way to search.
//!
//! To measure takes hours. Therefore a suite publishes the result as data in one JSON file, and a campaign's report
//! shows these figures next to its own verdict. `cargo chaos planted-bugs --measure` makes new data. The page that people
//! read is generated from the data (see `page.rs`), so no figure exists twice.

mod page;

use likewise_reports::analysis::{DetectionFigures, PublishedFigures};
use serde::{Deserialize, Serialize};

use crate::suite::Suite;
pub use page::page;
pub(crate) use page::{fill, heading, row};

/// The version of the file.
pub(crate) const VERSION: u32 = 1;

/// The result of one benchmark over all planted bugs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The version of this format: 1.
    pub version: u32,
    /// The day on which the benchmark ended, as `2026-01-31`.
    pub measured_on: String,
    /// How often each search was started.
    pub starts: u64,
    /// Seeds of one start at most.
    pub seeds_max: u64,
    /// Plans of the exhaustive search: one for each single fault.
    pub single_faults: u64,
    /// One entry for each planted bug except the controls, in the order of the catalogue.
    pub planted_bugs: Vec<BugDetection>,
}

/// How soon one planted bug is caught.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BugDetection {
    /// The name of the planted bug.
    pub name: String,
    /// Faults in the plan that shows the planted bug.
    pub faults: u64,
    /// Single faults that catch it.
    pub catching_single_faults: u64,
    /// Every single fault, in a random order.
    pub exhaustive: SearchResult,
    /// Random plans of which each switches whole families of faults off.
    pub swarm: SearchResult,
    /// Random plans with every kind of fault on.
    pub fixed: SearchResult,
}

/// The result of one way to search, over all its starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchResult {
    /// Starts that caught the planted bug.
    pub caught: u64,
    /// The quartiles of the number of plans that a start needed. A quartile is missing if too few starts caught the
    /// planted bug.
    pub quartiles: [Option<u64>; 3],
}

/// Why a file is not the data of a benchmark.
#[derive(Debug, thiserror::Error)]
pub enum DetectionError {
    /// The suite publishes none.
    #[error(
        "no detection figures are published for this system: `planted-bugs --measure` makes them"
    )]
    Unpublished,
    /// It is not JSON of this shape.
    #[error("the detection figures are invalid: {0}")]
    Invalid(#[from] serde_json::Error),
    /// It has another version.
    #[error("the detection figures have version {found}, but this program reads version {VERSION}")]
    Version {
        /// The version of the file.
        found: u32,
    },
    /// The figures of a planted bug contradict each other.
    #[error("the detection figures of {name} are inconsistent: {reason}")]
    Inconsistent {
        /// The name of the planted bug.
        name: String,
        /// What is inconsistent.
        reason: &'static str,
    },
}

impl Detection {
    /// Parses and validates the data.
    ///
    /// # Errors
    /// [`DetectionError`]: the text is not the data of a benchmark. The file must be measured again.
    pub fn parse(text: &str) -> Result<Self, DetectionError> {
        let detection: Self = serde_json::from_str(text)?;
        if detection.version != VERSION {
            let found = detection.version;
            return Err(DetectionError::Version { found });
        }
        for bug in &detection.planted_bugs {
            detection.validate(bug)?;
        }
        Ok(detection)
    }

    fn validate(&self, bug: &BugDetection) -> Result<(), DetectionError> {
        let inconsistent = |reason| {
            Err(DetectionError::Inconsistent {
                name: bug.name.clone(),
                reason,
            })
        };
        if bug.catching_single_faults > self.single_faults {
            return inconsistent("more single faults catch it than there are");
        }
        for result in [bug.exhaustive, bug.swarm, bug.fixed] {
            // A missing quartile is larger than any number.
            let quartiles = result.quartiles.map(|it| it.unwrap_or(u64::MAX));
            if !quartiles.is_sorted() {
                return inconsistent("the quartiles are not in order");
            }
            if result.caught > self.starts {
                return inconsistent("more starts caught it than there were");
            }
            if result.caught == 0 && result.quartiles != [None; 3] {
                return inconsistent("it has quartiles, but no start caught it");
            }
        }
        Ok(())
    }

    /// The published data of a suite. `None` if it publishes none.
    ///
    /// # Errors
    /// [`DetectionError`]: the published data is invalid.
    pub(crate) fn published_by(suite: &Suite) -> Result<Option<Self>, DetectionError> {
        let files = suite.detection.as_ref();
        files.map(|files| Self::parse(files.data)).transpose()
    }

    /// The figures of one planted bug, as a report shows them.
    #[must_use]
    pub fn published(&self, name: &str) -> Option<PublishedFigures> {
        let bug = self.planted_bugs.iter().find(|bug| bug.name == name)?;
        let ways = [
            ("exhaustive", bug.exhaustive),
            ("swarm", bug.swarm),
            ("fixed", bug.fixed),
        ];
        let search = |(way, result): (&str, SearchResult)| DetectionFigures {
            search: way.to_owned(),
            starts: self.starts,
            caught: result.caught,
            quartiles: result.quartiles,
        };
        Some(PublishedFigures {
            measured_on: self.measured_on.clone(),
            searches: ways.map(search).into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detection(exhaustive: SearchResult) -> Detection {
        let never = SearchResult {
            caught: 0,
            quartiles: [None; 3],
        };
        Detection {
            version: VERSION,
            measured_on: "2026-01-31".to_owned(),
            starts: 4,
            seeds_max: 9,
            single_faults: 100,
            planted_bugs: vec![BugDetection {
                name: "no-unique".to_owned(),
                faults: 1,
                catching_single_faults: 2,
                exhaustive,
                swarm: never,
                fixed: never,
            }],
        }
    }

    fn parsed(detection: &Detection) -> Result<Detection, String> {
        let text = serde_json::to_string(detection).unwrap();
        Detection::parse(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_data_is_read_as_it_was_written() {
        let written = detection(SearchResult {
            caught: 3,
            quartiles: [Some(1), Some(3), None],
        });
        assert_eq!(parsed(&written).as_ref(), Ok(&written));
        let published = written.published("no-unique").unwrap();
        assert_eq!(published.searches[0].quartiles, [Some(1), Some(3), None]);
        assert_eq!(published.searches[0].starts, 4);
        assert_eq!(written.published("no-such-bug"), None);
    }

    /// The file may be edited by hand, and its figures are published.
    #[test]
    fn inconsistent_figures_are_refused() {
        for (caught, quartiles, reason) in [
            (4, [Some(3), Some(1), Some(5)], "not in order"),
            (4, [None, Some(1), Some(5)], "not in order"),
            (5, [Some(1), Some(2), Some(3)], "more starts"),
            (0, [Some(1), None, None], "no start caught it"),
        ] {
            let error = parsed(&detection(SearchResult { caught, quartiles })).unwrap_err();
            assert!(error.contains(reason), "{error}");
            assert!(error.contains("no-unique"), "{error}");
        }
    }

    #[test]
    fn another_version_and_unknown_fields_are_refused() {
        let newer = Detection {
            version: 2,
            ..detection(SearchResult {
                caught: 0,
                quartiles: [None; 3],
            })
        };
        assert!(parsed(&newer).unwrap_err().contains("version 2"));
        assert!(Detection::parse("{}").is_err());
        assert!(Detection::parse(r#"{"version": 1, "lunch": 2}"#).is_err());
    }
}
