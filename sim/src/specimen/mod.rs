//! Specimens: deliberately wrong systems that the harness must catch.
//!
//! Each makes one mistake that is easy to make, by replacing one part of the product at a seam;
//! the product carries no trace of them. Each comes with the small plan that shows it.

mod abort_without_seal;
mod absolute_undo;
mod double_undo;
mod memory_log;
mod no_tombstone;
mod reset_is_refusal;

use likewise::service::Parts;

use crate::plan::{PRODUCT, Plan};

/// A deliberately wrong system.
pub struct Specimen {
    /// Its name; also what a plan calls the system.
    pub name: &'static str,
    /// What is wrong with it, in one sentence.
    pub about: &'static str,
    /// The properties of which at least one must catch it.
    pub caught_by: &'static [&'static str],
    parts: fn() -> Parts,
    plan: fn() -> Plan,
}

/// All of them.
#[must_use]
pub fn all() -> &'static [Specimen] {
    &[
        absolute_undo::SPECIMEN,
        double_undo::SPECIMEN,
        memory_log::SPECIMEN,
        no_tombstone::SPECIMEN,
        abort_without_seal::SPECIMEN,
        reset_is_refusal::SPECIMEN,
    ]
}

/// The parts of the system of this name.
#[must_use]
pub fn parts(system: &str) -> Option<Parts> {
    if system == PRODUCT {
        return Some(Parts::default());
    }
    find(system).map(|specimen| (specimen.parts)())
}

/// The small plan that shows what is wrong.
#[must_use]
pub fn plan(name: &str) -> Option<Plan> {
    let specimen = find(name)?;
    let mut plan = (specimen.plan)();
    plan.name = format!("specimen {name}");
    plan.system = name.to_owned();
    Some(plan)
}

fn find(name: &str) -> Option<&'static Specimen> {
    all().iter().find(|specimen| specimen.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::run;

    #[test]
    fn every_specimen_is_caught_by_the_property_that_should() {
        for specimen in all() {
            let record = run(&plan(specimen.name).unwrap()).unwrap();
            let by: Vec<_> = record
                .violations
                .iter()
                .map(|violation| violation.property.as_str())
                .collect();
            let caught = specimen
                .caught_by
                .iter()
                .all(|property| by.contains(property));
            assert!(caught, "{}: caught by {by:?}", specimen.name);
            assert!(
                record.struck.iter().all(|struck| *struck),
                "{}: a fault did not strike",
                specimen.name
            );
        }
    }

    #[test]
    fn the_product_passes_where_the_specimens_fail() {
        for specimen in all() {
            let mut plan = plan(specimen.name).unwrap();
            plan.system = PRODUCT.to_owned();
            let record = run(&plan).unwrap();
            assert!(
                record.is_green(),
                "{}: {:?}",
                specimen.name,
                record.violations
            );
            assert!(
                record.struck.iter().all(|struck| *struck),
                "{}: a fault did not strike",
                specimen.name
            );
        }
    }
}
