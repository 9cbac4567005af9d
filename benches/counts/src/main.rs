//! Runs one of the pure parts a given number of times. `cargo xtask counts` runs this program under valgrind.
//!
//! The cost of a part is the difference between two runs, so the start of the program does not count.

use std::process::ExitCode;

use likewise_counts::PARTS;

/// The allocator of the product. The cost of an allocation is then that of the product, and the same with every C library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => {
            PARTS.iter().for_each(|(name, _)| println!("{name}"));
            ExitCode::SUCCESS
        }
        [name, times] => run(name, times),
        _ => usage(),
    }
}

fn run(name: &str, times: &str) -> ExitCode {
    let part = PARTS.iter().find(|(known, _)| *known == name);
    let (Some((_, prepare)), Ok(times)) = (part, times.parse::<u32>()) else {
        return usage();
    };
    let part = prepare();
    for _ in 0..times {
        part();
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: likewise-counts [PART TIMES]; without arguments it lists the parts");
    ExitCode::from(2)
}
