//! The `sinefield` command.
mod bench;
use clap::Parser;
#[derive(Parser)]
struct Args {
    cmd: String,
    #[arg(long)]
    workload: Option<String>,
    #[arg(long, default_value_t = 3)]
    steps: usize,
    #[arg(long)]
    json: bool,
    #[arg(long)]
    threads: Option<usize>,
}
fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let engine = sinefield::engine::cpu::CpuEngine::new(args.threads)?;
    for w in bench::workloads::WORKLOADS {
        if args.workload.as_ref().is_some_and(|n| !n.split(',').any(|x| x == w.name)) {
            continue;
        }
        let r = bench::measure(&engine, w, args.steps)?;
        println!("{}", serde_json::to_string(&r)?);
    }
    let _ = args.cmd;
    let _ = args.json;
    Ok(())
}
