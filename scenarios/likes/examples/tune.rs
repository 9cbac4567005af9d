use likewise_sim_likes::system;
use likewise_world::run::run as run_of;
fn run(
    plan: &likewise_world::plan::Plan,
) -> Result<likewise_world::record::RunRecord, likewise_world::RunError> {
    run_of(system(), plan)
}
use likewise_world::plan::generate;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args[0] == "seeds" {
        let (from, to): (u64, u64) = (args[1].parse().unwrap(), args[2].parse().unwrap());
        for seed in from..to {
            let plan = generate(system(), seed);
            if plan.operators == 0 {
                continue;
            }
            match run(&plan) {
                Ok(r) => {
                    let ex: Vec<_> = r
                        .properties
                        .iter()
                        .filter(|p| p.name.contains("order") || p.name.contains("paused"))
                        .map(|p| p.exercised)
                        .collect();
                    let v: Vec<_> = r
                        .violations
                        .iter()
                        .map(|v| format!("{}: {}", v.property, v.detail))
                        .collect();
                    println!("{seed} ops={} ex={ex:?} {v:?}", plan.operators);
                }
                Err(e) => println!("{seed} ERROR {e}"),
            }
        }
        return;
    }
    for bug in &args {
        for noise in 1..25 {
            let mut plan = system().plan_of_bug(bug).unwrap();
            plan.noise = noise;
            let names = |plan: &likewise_world::plan::Plan| match run(plan) {
                Ok(r) => format!(
                    "{:?}",
                    r.violations
                        .iter()
                        .map(|v| v.property.clone())
                        .collect::<Vec<_>>()
                ),
                Err(e) => format!("ERR {e}"),
            };
            let with = names(&plan);
            plan.system = "likewise".to_owned();
            println!("{bug} noise {noise}: {with} product {}", names(&plan));
        }
    }
}
