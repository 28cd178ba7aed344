//! `cargo xtask bench`: measures the hub and prints a Markdown report. `--rounds N` asks for more or fewer rounds.
//!
//! Must not know what is measured.

/// Rounds that make a median worth its name.
const ROUNDS: usize = 9;

#[expect(
    clippy::print_stdout,
    reason = "the report is what this program is for"
)]
#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let rounds = match (arguments.next().as_deref(), arguments.next()) {
        (None, None) => Ok(ROUNDS),
        (Some("--rounds"), Some(number)) => {
            number.parse::<usize>().map_err(|error| error.to_string())
        }
        _ => Err("bench knows --rounds N and nothing else".to_owned()),
    };
    match rounds {
        Ok(rounds) if rounds > 0 => println!("{}", gatelodge_testkit::bench::run(rounds).await),
        Ok(_) => println!("one round is the least"),
        Err(reason) => println!("{reason}"),
    }
}
