//! A small parser of OpenMetrics text, independent of the library that writes it. It refuses what a scraper would refuse.

use std::collections::{BTreeMap, BTreeSet};

/// One scrape.
#[derive(Debug)]
pub struct Scrape {
    /// The families, with their types.
    pub kinds: BTreeMap<String, String>,
    samples: BTreeMap<(String, Labels), f64>,
}

/// Names and values of labels.
pub type Labels = BTreeMap<String, String>;

impl Scrape {
    /// Parses the text of a scrape.
    ///
    /// # Panics
    /// If it is not OpenMetrics text.
    #[track_caller]
    pub fn parse(text: &str) -> Self {
        let body = text.strip_suffix("# EOF\n").expect("it ends with # EOF");
        let mut scrape = Self {
            kinds: BTreeMap::new(),
            samples: BTreeMap::new(),
        };
        let mut helped = BTreeSet::new();
        let mut family = String::new();
        for line in body.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, help) = rest.split_once(' ').expect("a name and a sentence");
                assert!(help.ends_with('.') && !help.ends_with(".."), "{line}");
                assert!(helped.insert(name.to_owned()), "twice: {line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a type");
                let before = scrape.kinds.insert(name.to_owned(), kind.to_owned());
                assert!(before.is_none(), "two families: {line}");
                assert!(helped.contains(name), "no help: {line}");
                name.clone_into(&mut family);
            } else {
                let (name, labels, value) = sample(line);
                let suffix = name.strip_prefix(&*family);
                let suffix = suffix.unwrap_or_else(|| panic!("not in family {family}: {line}"));
                let allowed: &[&str] = match &*scrape.kinds[&family] {
                    "counter" => &["_total"],
                    "gauge" => &[""],
                    "histogram" => &["_bucket", "_sum", "_count"],
                    "info" => &["_info"],
                    kind => panic!("type {kind}: {line}"),
                };
                assert!(allowed.contains(&suffix), "{line}");
                let before = scrape.samples.insert((name, labels), value);
                assert!(before.is_none(), "twice: {line}");
            }
        }
        scrape.check_histograms();
        scrape
    }

    /// The value with exactly these labels; 0 for one that is not there, as for a query.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let labels = labels
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let key = (name.to_owned(), labels.collect());
        self.samples.get(&key).copied().unwrap_or(0.0)
    }

    /// The sum over all label sets that have these labels.
    pub fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |found: &Labels| {
            labels
                .iter()
                .all(|(name, value)| found.get(*name).is_some_and(|it| it == value))
        };
        let fitting = self
            .samples
            .iter()
            .filter(|((found, set), _)| found == name && has(set));
        fitting.map(|(_, value)| value).sum()
    }

    /// Whether there is a sample of this name.
    pub fn has(&self, name: &str) -> bool {
        self.samples.keys().any(|(found, _)| found == name)
    }

    /// The names of all samples and their labels.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Labels)> {
        self.samples.keys().map(|(name, labels)| (&**name, labels))
    }

    /// Buckets only rise, and the last one has all values.
    fn check_histograms(&self) {
        for family in self.kinds.iter().filter(|(_, kind)| *kind == "histogram") {
            let name = family.0;
            let mut sets: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
            for ((found, labels), value) in &self.samples {
                if *found == format!("{name}_bucket") {
                    let mut labels = labels.clone();
                    let bound = labels.remove("le").expect("a bound");
                    let bound = if bound == "+Inf" {
                        f64::INFINITY
                    } else {
                        bound.parse().expect("a number")
                    };
                    sets.entry(labels).or_default().push((bound, *value));
                }
            }
            for (labels, mut buckets) in sets {
                buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
                assert!(buckets.is_sorted_by(|a, b| a.1 <= b.1), "{name} {labels:?}");
                let (bound, last) = buckets.last().expect("a bucket");
                let count = self.samples[&(format!("{name}_count"), labels)];
                assert_eq!((*bound, *last), (f64::INFINITY, count), "{name}");
            }
        }
    }
}

/// Name, labels and value of a line.
fn sample(line: &str) -> (String, Labels, f64) {
    let (head, value) = line.rsplit_once(' ').expect("a value");
    let value: f64 = value
        .parse()
        .unwrap_or_else(|_| panic!("no number: {line}"));
    let Some((name, rest)) = head.split_once('{') else {
        return (head.to_owned(), Labels::new(), value);
    };
    let mut rest = rest
        .strip_suffix('}')
        .unwrap_or_else(|| panic!("open: {line}"));
    let mut labels = Labels::new();
    while !rest.is_empty() {
        let (name, after) = rest
            .split_once("=\"")
            .unwrap_or_else(|| panic!("no label: {line}"));
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        assert!(!name.is_empty() && name.chars().all(is_name), "{line}");
        let (text, after) = quoted(after);
        assert!(
            labels.insert(name.to_owned(), text).is_none(),
            "twice: {line}"
        );
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    (name.to_owned(), labels, value)
}

/// The text up to the quote that is not escaped, and what follows.
fn quoted(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => match chars.next().expect("an escaped character").1 {
                'n' => value.push('\n'),
                c => value.push(c),
            },
            c => value.push(c),
        }
    }
    panic!("no end: {text}")
}
