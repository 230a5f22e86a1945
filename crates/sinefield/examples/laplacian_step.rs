//! One gradient step of a loss on the Laplacian over 1,024 x 1,024 points, and the memory it took.
//!
//! `cargo run --release --example laplacian_step`

use sinefield::engine::cpu::CpuEngine;
use sinefield::engine::{Jets, Objective};
use sinefield::field::{Field, FieldConfig, UniformGrid};
use sinefield::jet::JetSpec;

const SIDE: usize = 1024;

/// The mean square of `ΔΦ - sin(6 x0) cos(4 x1)` over a grid.
struct Poisson(JetSpec);

impl Objective for Poisson {
    fn spec(&self) -> &JetSpec {
        &self.0
    }

    fn points(&self) -> usize {
        SIDE * SIDE
    }

    fn coordinates(&self, start: usize, out: &mut [f64]) {
        let axis = UniformGrid::inclusive(SIDE);
        for (point, x) in (start..).zip(out.chunks_exact_mut(2)) {
            x[0] = axis.coordinate((point / SIDE) as f64);
            x[1] = axis.coordinate((point % SIDE) as f64);
        }
    }

    fn residual(&self, _start: usize, jets: &Jets<'_>, cotangents: &mut [f32]) -> f64 {
        let share = 1.0 / (SIDE * SIDE) as f64;
        // Channels are the value, two first derivatives, the Laplacian.
        let bars = cotangents.chunks_exact_mut(jets.points).nth(3).unwrap_or_default();
        let mut sum = 0.0;
        for ((laplacian, x), bar) in jets.channel(3).iter().zip(jets.coordinates.chunks_exact(2)).zip(bars) {
            let error = laplacian - (6.0 * x[0]).sin() * (4.0 * x[1]).cos();
            *bar = 2.0 * share as f32 * error;
            sum += f64::from(error) * f64::from(error);
        }
        sum * share
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let field = Field::new(&FieldConfig::new(2, 1), 0)?;
    let poisson = Poisson(JetSpec::laplacian(2));
    let engine = CpuEngine::new(None)?;
    let mut stepper = engine.stepper(field.architecture(), poisson.spec())?;
    let mut gradient = vec![0.0; field.parameters().len()];
    let start = std::time::Instant::now();
    let loss = stepper.gradient(field.parameters(), &poisson, &mut gradient);
    println!("loss {loss:.4e} in {:.1} s on {} threads", start.elapsed().as_secs_f64(), engine.threads());
    match std::fs::read_to_string("/proc/self/status") {
        Ok(status) => {
            status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"))
        }
        Err(_) => println!("the peak of memory is only told on Linux"),
    }
    Ok(())
}
