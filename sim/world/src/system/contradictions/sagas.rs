//! Kinds of sagas whose steps nobody executes, or that are not what the product makes of them.

use likewise_saga::{coordinator::Product, protocol::Definition, service::KitParts};

use super::Found;
use crate::{ServiceSpec, System, SystemParts, check::SagaSpec, plan::Name};

/// The services of a system, and the parts that they are made of.
type Services<'a> = (&'a [ServiceSpec], &'a dyn SystemParts);
/// One step: its place, its name in brackets if the product knows it, and its service.
type Step = (usize, String, &'static str);

impl Found {
    /// Contradictions of the declared sagas with the product and with the services.
    pub(super) fn sagas(&mut self, system: &dyn System) {
        let sagas = system.sagas();
        if sagas.is_empty() {
            let what = "there are none: list each kind, or no saga may complete";
            self.add("sagas", what);
        }
        self.once("saga", sagas.iter().map(|saga| saga.kind));
        let parts = system.parts(KitParts::default());
        for saga in sagas {
            self.saga(system.product(), (system.services(), parts.as_ref()), saga);
        }
    }

    fn saga(&mut self, product: &Product, services: Services<'_>, saga: &SagaSpec) {
        let defined = self.defined(product, saga);
        for (place, name, service) in steps(saga, defined.as_ref()) {
            if let Some(what) = nobody_executes(services, service) {
                self.add(format!("saga {}, step {place}{name}", saga.kind), what);
            }
        }
    }

    /// What the product makes of a saga, if it is what the saga declares.
    fn defined(&mut self, product: &Product, saga: &SagaSpec) -> Option<Definition> {
        let item = format!("saga {}", saga.kind);
        let Some(definition) = (product.define)(saga.kind, &(saga.args)()) else {
            let what = "the product derives no steps from its `args`: let `Product::define` know this kind, and let the \
                        arguments be those of such a saga";
            self.add(&item, what);
            return None;
        };
        let steps = definition.steps().iter();
        let services: Vec<&str> = steps.map(|step| step.service).collect();
        if services != saga.steps {
            let what = format!(
                "the product sends its steps to {}, and it declares {}: mend one of them",
                services.join(", "),
                saga.steps.join(", ")
            );
            self.add(&item, what);
        }
        let up_to_pivot = definition.shape().until_pivot().len();
        if up_to_pivot != saga.steps_up_to_pivot() {
            let what = format!(
                "the product can undo {up_to_pivot} of its steps, and it declares {}: mend `pivot`",
                saga.steps_up_to_pivot()
            );
            self.add(&item, what);
        }
        Some(definition)
    }
}

/// Why nobody executes a step at this service, and the cure. `None` if the service does.
fn nobody_executes((services, parts): Services<'_>, service: &'static str) -> Option<String> {
    let name = Name::new(service);
    if name == Name::COORDINATOR {
        let what = "a coordinator executes no steps: let the step name another service";
        return Some(what.to_owned());
    }
    if !services.iter().any(|spec| spec.name == name) {
        return Some(format!(
            "there is no service `{service}`: add it to `services`, or let the step name another one"
        ));
    }
    parts.effect(name).is_none().then(|| {
        format!(
            "the service `{service}` has no participant: let `SystemParts::effect` return its actions and compensations, \
             for example with `KitServices::with_effect`"
        )
    })
}

/// The steps of a saga: those that the product makes, or else those that it declares.
fn steps(saga: &SagaSpec, defined: Option<&Definition>) -> Vec<Step> {
    match defined {
        Some(definition) => {
            let steps = definition.steps().iter().enumerate();
            let named = steps.map(|(place, it)| (place, format!(" ({})", it.name), it.service));
            named.collect()
        }
        None => {
            let steps = saga.steps.iter().enumerate();
            let named = steps.map(|(place, service)| (place, String::new(), *service));
            named.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use likewise_saga::protocol::{Document, StepDefinition};

    use super::*;
    use crate::{
        KitServices,
        testing::{SERVICES, SHOP, Take},
    };

    fn shop() -> &'static dyn System {
        &SHOP
    }

    fn found(product: &Product, parts: &dyn SystemParts, saga: &SagaSpec) -> Vec<String> {
        let mut found = Found::default();
        found.saga(product, (&SERVICES, parts), saga);
        found.0.iter().map(ToString::to_string).collect()
    }

    /// An order that is paid at the service that its arguments name.
    fn paid_at(service: &'static str) -> Vec<String> {
        let define = |_: &str, args: &Document| {
            let mut services = ["bank", "coordinator"].into_iter();
            let at = services.find(|service| args.text().contains(service))?;
            let pay = StepDefinition::new("pay", at, Document::default());
            Definition::builder().step(pay).build().ok()
        };
        let product = Product {
            define,
            ..*shop().product()
        };
        let (args, steps): (fn() -> Document, &[&str]) = match service {
            "bank" => (|| Document::of("bank"), &["bank"]),
            _ => (|| Document::of("coordinator"), &["coordinator"]),
        };
        let kind = "order";
        let saga = SagaSpec {
            kind,
            args,
            steps,
            pivot: None,
        };
        found(&product, shop().parts(KitParts::default()).as_ref(), &saga)
    }

    #[test]
    fn a_step_at_a_service_that_does_not_exist_is_named_with_its_cure() {
        let cure = "add it to `services`, or let the step name another one";
        let named = format!("saga order, step 0 (pay): there is no service `bank`: {cure}");
        assert_eq!(paid_at("bank"), [named]);
        let at_coordinator = paid_at("coordinator");
        assert!(
            at_coordinator[0].contains("a coordinator executes no steps"),
            "{at_coordinator:?}"
        );
    }

    #[test]
    fn a_step_at_a_service_without_a_participant_is_named_with_its_cure() {
        let nobody = KitServices::new(shop().product(), &SERVICES, |_| Router::new());
        let nobody = nobody.with_effect("store", Take);
        let found = found(shop().product(), &nobody, &shop().sagas()[0]);
        assert_eq!(found.len(), 1, "{found:?}");
        let named = "saga order, step 1 (pay): the service `till` has no participant";
        assert!(found[0].starts_with(named), "{found:?}");
        assert!(found[0].contains("`KitServices::with_effect`"), "{found:?}");
    }

    /// The checks would judge other steps than those that run.
    #[test]
    fn a_saga_that_is_not_what_the_product_makes_of_it_is_named() {
        let parts = shop().parts(KitParts::default());
        let order = &shop().sagas()[0];
        let wrong = [
            (
                SagaSpec {
                    kind: "refund",
                    ..*order
                },
                "the product derives no steps",
            ),
            (
                SagaSpec {
                    steps: &["store", "till"],
                    ..*order
                },
                "the product sends its steps to store, till, store",
            ),
            (
                SagaSpec {
                    pivot: None,
                    ..*order
                },
                "the product can undo 2 of its steps",
            ),
        ];
        for (saga, what) in wrong {
            let found = found(shop().product(), parts.as_ref(), &saga);
            assert!(found[0].contains(what), "{found:?}");
        }
        assert_eq!(found(shop().product(), parts.as_ref(), order), [""; 0]);
    }
}
