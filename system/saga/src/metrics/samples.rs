//! The values of one scrape. Sources of the same metric, such as two databases, become one family with several label sets.

use std::{collections::BTreeMap, fmt};

use prometheus_client::{
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::counter::Counter,
};

use super::{
    histogram::{Histogram, Snapshot},
    spec::{MetricKind, MetricSpec},
};

/// Something that counts and measures.
pub trait MetricSource: Send + Sync + 'static {
    /// Adds the values of this moment. It must not wait for anything outside the process.
    fn collect(&self, samples: &mut Samples);
}

/// The values of one scrape.
#[derive(Debug, Default)]
pub struct Samples(BTreeMap<&'static str, Family>);

#[derive(Debug)]
struct Family {
    spec: &'static MetricSpec,
    /// By the values of the labels.
    values: BTreeMap<Vec<String>, Value>,
}

#[derive(Debug)]
enum Value {
    Counter(u64),
    Gauge(f64),
    Histogram(Snapshot),
    Info,
}

impl Samples {
    /// Adds a counter. `labels` are the values in the order of the metric's labels. Equal label sets are added up.
    pub fn counter(&mut self, spec: &'static MetricSpec, labels: &[&str], counter: &Counter) {
        self.count(spec, labels, counter.get());
    }

    /// Adds the value of a counter.
    pub fn count(&mut self, spec: &'static MetricSpec, labels: &[&str], value: u64) {
        self.add(MetricKind::Counter, spec, labels, Value::Counter(value));
    }

    /// Adds a counter, unless it is 0. For sets of labels of which most never occur.
    pub fn count_if_any(&mut self, spec: &'static MetricSpec, labels: &[&str], counter: &Counter) {
        if counter.get() > 0 {
            self.counter(spec, labels, counter);
        }
    }

    /// Adds a state.
    pub fn gauge(&mut self, spec: &'static MetricSpec, labels: &[&str], value: f64) {
        self.add(MetricKind::Gauge, spec, labels, Value::Gauge(value));
    }

    /// Adds a number of things.
    pub fn number(&mut self, spec: &'static MetricSpec, labels: &[&str], number: usize) {
        self.gauge(spec, labels, number as f64);
    }

    /// Adds a state that is true or not.
    pub fn flag(&mut self, spec: &'static MetricSpec, labels: &[&str], is_true: bool) {
        self.gauge(spec, labels, f64::from(u8::from(is_true)));
    }

    /// Adds a histogram.
    pub fn histogram(&mut self, spec: &'static MetricSpec, labels: &[&str], values: &Histogram) {
        let snapshot = Value::Histogram(values.snapshot());
        self.add(MetricKind::Histogram, spec, labels, snapshot);
    }

    /// Adds labels that are what the metric says.
    pub fn info(&mut self, spec: &'static MetricSpec, labels: &[&str]) {
        self.add(MetricKind::Info, spec, labels, Value::Info);
    }

    fn add(&mut self, kind: MetricKind, spec: &'static MetricSpec, labels: &[&str], value: Value) {
        debug_assert_eq!((kind, labels.len()), (spec.kind, spec.labels.len()));
        let family = self.0.entry(spec.name).or_insert_with(|| Family {
            spec,
            values: BTreeMap::new(),
        });
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        match (family.values.get_mut(&labels), value) {
            (Some(Value::Counter(sum)), Value::Counter(more)) => *sum += more,
            (Some(Value::Histogram(sum)), Value::Histogram(more)) => sum.add(&more),
            (_, value) => drop(family.values.insert(labels, value)),
        }
    }

    pub(super) fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        for Family { spec, values } in self.0.values() {
            let kind = spec.kind.metric_type();
            // A sentence of the library ends with a full stop; so does this one.
            let help = format!("{}.", spec.meaning);
            let mut metric = encoder.encode_descriptor(spec.name, &help, None, kind)?;
            for (labels, value) in values {
                let names = spec.labels.iter().copied();
                let set: Vec<_> = names.zip(labels.iter().map(String::as_str)).collect();
                match set.is_empty() {
                    true => value.encode(&mut metric, &set)?,
                    false if spec.kind == MetricKind::Info => value.encode(&mut metric, &set)?,
                    false => value.encode(&mut metric.encode_family(&set)?, &set)?,
                }
            }
        }
        Ok(())
    }
}

impl Value {
    fn encode(&self, encoder: &mut MetricEncoder<'_>, labels: &Vec<(&str, &str)>) -> fmt::Result {
        match self {
            Self::Counter(value) => encoder.encode_counter::<NoLabelSet, _, u64>(value, None),
            Self::Gauge(value) => encoder.encode_gauge(value),
            Self::Histogram(Snapshot {
                sum,
                count,
                buckets,
            }) => encoder.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None),
            Self::Info => encoder.encode_info(labels),
        }
    }
}
