#![allow(missing_docs, clippy::disallowed_methods)]
use likewise_sim::{plan, run};
fn main() {
    let arg = std::env::args().nth(1).unwrap_or("single".into());
    core_affinity::set_for_current(core_affinity::get_core_ids().unwrap()[0]);
    if arg == "exhaust" {
        for base in likewise_sim::exhaust::bases() {
            let t = std::time::Instant::now();
            let cases = likewise_sim::exhaust::cases(&base).unwrap();
            let mut missed = 0;
            for case in &cases {
                match run::run(&case.plan) {
                    Err(e) => println!("{} ERR {e}", case.plan.name),
                    Ok(r) => {
                        if !r.struck[0] {
                            missed += 1;
                            println!("MISSED {}", case.plan.name);
                        }
                        if !r.is_green() {
                            println!("{} {:?}", case.plan.name, r.violations);
                        }
                    }
                }
            }
            println!(
                "{} cases {} missed {missed} {:?}",
                base.name,
                cases.len(),
                t.elapsed()
            );
        }
        return;
    }
    let plan = match arg.as_str() {
        "single" => plan::single(plan::Action::Like, false),
        n if n.parse::<u64>().is_ok() => plan::generate(n.parse().unwrap()),
        n => likewise_sim::scenario::plan(n).unwrap(),
    };
    let reps: u32 = std::env::args().nth(2).map_or(1, |n| n.parse().unwrap());
    let mut hash = String::new();
    let t = std::time::Instant::now();
    for i in 0..reps {
        let plan = if reps > 1 && arg.parse::<u64>().is_ok() {
            plan::generate(plan.seed.unwrap() + u64::from(i))
        } else {
            plan.clone()
        };
        match run::run(&plan) {
            Err(e) => println!("{:?} ERR {e}", plan.seed),
            Ok(r) => {
                if reps == 1 {
                    for e in &r.events {
                        println!("{}", serde_json::to_string(e).unwrap());
                    }
                    for p in &r.properties {
                        println!("{:?}", p);
                    }
                }
                if reps == 1 || !r.is_green() {
                    println!(
                        "{:?} {:?} {:?} struck {:?} sim {}ms conv {:?} {:?}",
                        plan.seed,
                        r.violations,
                        r.sagas,
                        r.struck,
                        r.simulated_micros / 1000,
                        r.converged_after_micros,
                        r.operations
                    );
                }
                hash = r.hash;
            }
        }
    }
    println!("{hash} {:?} per run", t.elapsed() / reps);
}
