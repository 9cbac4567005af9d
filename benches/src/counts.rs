//! Runs one of the pure parts so many times and does nothing else: `cargo xtask counts` runs it under valgrind.
//!
//! What a part costs is the difference of two runs, so what surrounds it does not count.

use std::process::ExitCode;

use likewise_benches::parts::PARTS;

/// The product's: what allocating costs is its, and the same with every C library.
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
        _ => wrong(),
    }
}

fn run(name: &str, times: &str) -> ExitCode {
    let part = PARTS.iter().find(|(known, _)| *known == name);
    let (Some((_, ready)), Ok(times)) = (part, times.parse::<u32>()) else {
        return wrong();
    };
    let part = ready();
    for _ in 0..times {
        part();
    }
    ExitCode::SUCCESS
}

fn wrong() -> ExitCode {
    eprintln!("give a part and how often, or nothing to list the parts");
    ExitCode::from(2)
}
