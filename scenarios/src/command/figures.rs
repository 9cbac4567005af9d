//! How soon each specimen is caught, as `sim/specimens.md` publishes it: measuring takes hours, so a campaign's report
//! shows these figures beside its own verdict. `specimens --measure` replaces them by fresh ones.

use likewise_reports::specimen::{Published, Search};

const DOCUMENT: &str = include_str!("../../../sim/specimens.md");
/// The ways of searching, in the order of the table's last columns.
const WAYS: [&str; 3] = ["exhaustive", "swarm", "fixed"];
/// Columns of the table.
const COLUMNS: usize = 6;

/// The figures of one specimen; nothing, if none are published.
pub(super) fn of(name: &str) -> Option<Published> {
    let starts = between(DOCUMENT, "--starts ", " ")?.parse().ok()?;
    let measured_on = between(DOCUMENT, "Measured on ", " ")?.to_owned();
    let row = DOCUMENT.lines().find_map(|line| row(line, name))?;
    let cells = WAYS.iter().zip(&row[COLUMNS - WAYS.len()..]);
    let searches = cells.map(|(way, cell)| search(way, cell, starts));
    Some(Published {
        measured_on,
        searches: searches.collect::<Option<_>>()?,
    })
}

/// The cells of a specimen's line in the table of figures: the other table has fewer.
fn row<'a>(line: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<&str> = inner.split('|').map(str::trim).collect();
    let is_it = cells.len() == COLUMNS && cells[0].trim_matches('`') == name;
    is_it.then_some(cells)
}

/// `33 (10–48), 1 of 20 never`: the median, the quartiles, and the starts that never caught it.
fn search(way: &str, cell: &str, starts: u64) -> Option<Search> {
    let way = way.to_owned();
    if cell == "never" {
        return Some(Search {
            way,
            starts,
            caught: 0,
            quartiles: [None; 3],
        });
    }
    let (median, rest) = cell.split_once(" (")?;
    let (quartiles, missed) = rest.split_once(')')?;
    let (low, high) = quartiles.split_once('–')?;
    let missed: u64 = match missed {
        "" => 0,
        said => between(said, ", ", " of ")?.parse().ok()?,
    };
    // What was never reached is written as infinite.
    let number = |text: &str| text.parse().ok();
    Some(Search {
        way,
        starts,
        caught: starts.checked_sub(missed)?,
        quartiles: [low, median, high].map(number),
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use likewise_sim::planted;

    #[test]
    fn every_specimen_has_published_figures() {
        for specimen in planted::all().iter().filter(|it| !it.is_control()) {
            let published = of(specimen.name);
            let published = published.unwrap_or_else(|| panic!("{} has none", specimen.name));
            assert_eq!(published.searches.len(), WAYS.len(), "{}", specimen.name);
            for search in &published.searches {
                let is_found = search.caught > 0;
                let [low, median, high] = search.quartiles;
                // Sorted as numbers are, with nothing as the largest.
                let rank = |quartile: Option<u64>| quartile.unwrap_or(u64::MAX);
                assert!(rank(low) <= rank(median) && rank(median) <= rank(high));
                assert!(is_found || low.is_none(), "{}", specimen.name);
            }
        }
        assert!(
            of("every-step-twice").is_none(),
            "there is nothing to catch"
        );
    }

    #[test]
    fn a_cell_is_read_as_it_is_written() {
        let search = |cell| search("swarm", cell, 20).unwrap();
        assert_eq!(search("never").caught, 0);
        let one = search("64 (26–123), 1 of 20 never");
        assert_eq!(
            (one.caught, one.quartiles),
            (19, [Some(26), Some(64), Some(123)])
        );
        let rare = search("∞ (159–∞), 13 of 20 never");
        assert_eq!((rare.caught, rare.quartiles), (7, [Some(159), None, None]));
    }
}
