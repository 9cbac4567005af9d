//! The simulator on one core: sagas per second, simulated seconds per second, and single faults of a like.
//!
//! Each figure includes real SQL, the event trace and every invariant, because every run does.

use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use likewise_search::exhaustive;
use likewise_sim_likes::{Action, names::ARTICLE, operation, run, single, system};
use likewise_world::{
    plan::{Fault, Host, MessageKind, MessagePoint, Plan, generate},
    run::run_bare,
};

/// The allocator of `cargo chaos`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The number of likes in the dense run.
const LIKES: i64 = 400;
/// Faults of the dense run that never fire, but are compared with each message.
const FAULTS_THAT_NEVER_FIRE: u32 = 20;
/// The number of timed pairs of runs, one with and one without instruments.
const TIMED_PAIRS: usize = 31;
/// Seeds of the swarm's default profile.
const SEEDS: std::ops::Range<u64> = 0..20;

/// Pins the process to one core, as a campaign does. The threads that open files inherit the setting.
fn pin() {
    if let Some(core) =
        core_affinity::get_core_ids().and_then(|cores| cores.into_iter().next_back())
    {
        core_affinity::set_for_current(core);
    }
}

/// 400 users like one article within a few simulated seconds.
fn dense() -> Plan {
    let mut plan = Plan::new("dense");
    for user in 1..=LIKES {
        let at_millis = user.unsigned_abs() * 5;
        plan.workload
            .push(operation(user, Action::Like, 1, at_millis));
    }
    plan
}

/// The dense run.
fn sagas(criterion: &mut Criterion) {
    pin();
    let plan = dense();
    let record = run(&plan).expect("the plan runs");
    assert_eq!(record.sagas.completed, LIKES.unsigned_abs());
    let mut group = criterion.benchmark_group("sagas");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(LIKES.unsigned_abs()));
    group.bench_function("complete likes", |bencher| bencher.iter(|| run(&plan)));
    group.finish();
}

/// The default profile: one element is one simulated second.
fn simulated_seconds(criterion: &mut Criterion) {
    pin();
    let plans: Vec<Plan> = SEEDS.map(|seed| generate(system(), seed)).collect();
    let micros: u64 = plans
        .iter()
        .map(|plan| run(plan).expect("the plan runs").simulated_micros)
        .sum();
    let mut group = criterion.benchmark_group("simulated seconds");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(micros / 1_000_000));
    group.bench_with_input(
        BenchmarkId::new("swarm seeds", plans.len()),
        &plans,
        |bencher, plans| {
            bencher.iter(|| plans.iter().map(run).filter(Result::is_ok).count());
        },
    );
    group.finish();
}

/// Every single fault at every injection point of one like.
fn singles(criterion: &mut Criterion) {
    pin();
    let cases =
        exhaustive::cases(system(), &single(Action::Like, false)).expect("the clean run runs");
    let mut group = criterion.benchmark_group("exhaustive");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(cases.len() as u64));
    group.bench_function("all single faults of one like", |bencher| {
        bencher.iter(|| {
            cases
                .iter()
                .map(|case| run(&case.plan))
                .filter(Result::is_ok)
                .count()
        });
    });
    group.finish();
}

/// The dense run with faults that never fire, compared with its workload alone: the cost of the fault injection, the trace and the
/// checks. Both run the same likes for the same simulated time.
fn instruments(criterion: &mut Criterion) {
    pin();
    let mut plan = dense();
    for nth in 0..FAULTS_THAT_NEVER_FIRE {
        let never =
            MessagePoint::request(Host::COORDINATOR, ARTICLE, MessageKind::DO, 1_000_000 + nth);
        plan = plan.with_fault(never, Fault::LoseRequest);
    }
    let record = run(&plan).expect("the plan runs");
    let duration = Duration::from_micros(record.simulated_micros);
    let bare = || run_bare(system(), &plan, duration).expect("the plan runs");
    assert_eq!(record.operations, bare());
    assert_eq!(record.sagas.completed, LIKES.unsigned_abs());
    let mut group = criterion.benchmark_group("instruments");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(LIKES.unsigned_abs()));
    group.bench_function("all", |bencher| bencher.iter(|| run(&plan)));
    group.bench_function("none", |bencher| bencher.iter(bare));
    group.finish();
    let mut ratios: Vec<f64> = (0..TIMED_PAIRS)
        .map(|_| seconds(|| drop(run(&plan))) / seconds(|| drop(bare())))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let (least, median, most) = (
        ratios[0],
        ratios[ratios.len() / 2],
        ratios[ratios.len() - 1],
    );
    println!("instruments: {median:.2} times the workload alone ({least:.2} to {most:.2})");
}

#[allow(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn seconds(work: impl FnOnce()) -> f64 {
    let started = Instant::now();
    work();
    started.elapsed().as_secs_f64()
}

criterion_group!(benches, sagas, simulated_seconds, singles, instruments);
criterion_main!(benches);
