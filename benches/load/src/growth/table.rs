//! The figures of growth as text, for a terminal and for a Markdown page.

use std::fmt::Write as _;

use comfy_table::Table;
use indicatif::HumanCount;

use super::figures::{Cell, Figures};
use crate::{
    statistics::{median, spread},
    text,
};

/// The smallest acceptable ratio of the largest size's throughput to that of the first size.
const FLAT_MIN: f64 = 0.9;
const HEAD: [&str; 7] = [
    "likes per second",
    "ratio to first",
    "spread",
    "CPU µs per like",
    "p50 ms",
    "p99 ms",
    "WAL bytes per like",
];

impl Cell {
    /// The ratio to the first cell, round by round.
    ///
    /// Within a round, because the speed of the machine differs between rounds.
    fn ratios(&self, first: &Self) -> Vec<f64> {
        let rounds = self.likes_per_second.iter().zip(&first.likes_per_second);
        rounds.map(|(this, first)| this / first).collect()
    }

    fn cells(&self, first: &Self) -> Vec<String> {
        let ratios = self.ratios(first);
        vec![
            HumanCount(self.of).to_string(),
            HumanCount(median(&self.likes_per_second).round() as u64).to_string(),
            format!("{:.2}", median(&ratios)),
            spread(&ratios),
            format!("{:.0}", median(&self.cpu_micros)),
            format!("{:.1}", median(&self.p50_micros) / 1e3),
            format!("{:.1}", median(&self.p99_micros) / 1e3),
            match self.wal_bytes.is_empty() {
                true => String::new(),
                false => HumanCount(median(&self.wal_bytes).round() as u64).to_string(),
            },
        ]
    }
}

impl Figures {
    /// Whether the largest size is almost as fast as the first.
    pub(super) fn is_flat(&self) -> bool {
        let ratio = self.last_to_first();
        ratio.is_none_or(|ratio| ratio >= FLAT_MIN)
    }

    fn last_to_first(&self) -> Option<f64> {
        let (first, last) = (self.sizes.first()?, self.sizes.last()?);
        Some(median(&last.ratios(first)))
    }

    pub(super) fn text(&self) -> String {
        let mut text = format!("{}, {}\n", self.engine, self.conditions());
        for (name, cells) in self.tables() {
            let mut head = vec![name];
            head.extend(HEAD);
            let mut table: Table = text::table(&head);
            for cell in cells {
                table.add_row(cell.cells(&cells[0]));
            }
            let _ = write!(text, "\n{table}\n");
        }
        if let Some(ratio) = self.last_to_first() {
            let verdict = if self.is_flat() { "met" } else { "MISSED" };
            let _ = write!(
                text,
                "\nlast size to first: {ratio:.2}, threshold {FLAT_MIN}: {verdict}"
            );
        }
        text
    }

    pub(super) fn markdown(&self) -> String {
        let mut text = format!(
            "{}, {}; medians of the rounds, and the spread of the ratios.\n",
            self.engine,
            self.conditions()
        );
        for (name, cells) in self.tables() {
            let _ = write!(
                text,
                "\n| {name} | {} |\n|{}\n",
                HEAD.join(" | "),
                "---:|".repeat(HEAD.len() + 1)
            );
            for cell in cells {
                let _ = writeln!(text, "| {} |", cell.cells(&cells[0]).join(" | "));
            }
        }
        text
    }

    fn tables(&self) -> [(&'static str, &[Cell]); 2] {
        [("likes stored", &self.sizes), ("clients", &self.clients)]
    }

    fn conditions(&self) -> String {
        let wal = self.max_wal_gigabytes;
        let wal = wal.map_or(String::new(), |size| format!(", max_wal_size {size} GB"));
        format!(
            "three processes{wal}, {} round(s) of {} s; sizes with {} clients, up to {} finished sagas; clients with {} likes stored",
            self.rounds,
            self.seconds,
            self.clients_of_sizes,
            HumanCount(self.sagas_max),
            HumanCount(self.size_of_clients)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(of: u64, rates: &[f64]) -> Cell {
        Cell {
            of,
            likes_per_second: rates.to_vec(),
            cpu_micros: vec![100.0; rates.len()],
            p50_micros: vec![2_000.0; rates.len()],
            p99_micros: vec![4_000.0; rates.len()],
            wal_bytes: vec![1_234.0; rates.len()],
        }
    }

    fn figures(largest: &[f64]) -> Figures {
        Figures {
            engine: "Postgres".to_owned(),
            clients_of_sizes: 64,
            size_of_clients: 0,
            sagas_max: 1_000_000,
            max_wal_gigabytes: None,
            rounds: 3,
            seconds: 5,
            sizes: vec![cell(0, &[100.0, 200.0, 100.0]), cell(10_000_000, largest)],
            clients: vec![cell(1, &[1.0])],
            is_consistent: true,
        }
    }

    /// Ratios of medians would compare different rounds with each other.
    #[test]
    fn ratios_are_computed_round_by_round() {
        // Both are twice as fast in the second round, because the machine was.
        assert!(figures(&[95.0, 190.0, 95.0]).is_flat());
        assert!(!figures(&[80.0, 160.0, 120.0]).is_flat());
    }

    #[test]
    fn a_markdown_row_has_a_cell_for_each_column() {
        let text = figures(&[95.0, 190.0, 95.0]).markdown();
        let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
        assert_eq!(rows.len(), 2 + 2 + 2 + 1, "{text}");
        let columns = |row: &str| row.matches('|').count();
        assert!(
            rows.iter().all(|row| columns(row) == HEAD.len() + 2),
            "{text}"
        );
        assert!(
            text.contains("| 10,000,000 | 95 | 0.95 | 0.95 to 0.95 |"),
            "{text}"
        );
    }
}
