//! Measures the current arithmetic peak of the machine.

use std::sync::Mutex;

use fearless_simd::{Simd, SimdBase, SimdFloat};
use web_time::Instant;

use super::CpuEngine;
use super::isa::with_simd;
use super::number::{CpuNumber, lanes_of};

/// Independent sums: enough to fill two pipelines of latency four, and few enough for 16 registers.
const SUMS: usize = 12;
/// Rounds of [`SUMS`] multiply-adds. They take a few milliseconds.
const ROUNDS: usize = 2_000_000;

/// Operations per second of all threads together, the best of several bursts.
pub(super) fn measure<N: CpuNumber>(engine: &CpuEngine) -> f64 {
    let Some(token) = engine.instruction_set().token() else { return 0.0 };
    let burst = || {
        let total = Mutex::new(0.0);
        engine.pool.broadcast(|_| {
            let speed = with_simd!(token, simd => speed::<_, N>(simd));
            *total.lock().unwrap_or_else(|e| e.into_inner()) += speed;
        });
        total.into_inner().unwrap_or_else(|e| e.into_inner())
    };
    (0..5).map(|_| burst()).fold(0.0, f64::max)
}

/// Operations per second of one thread.
fn speed<S: Simd, N: CpuNumber>(simd: S) -> f64 {
    let start = Instant::now();
    let sum = simd.vectorize(
        #[inline(always)]
        || {
            let mut sums: [N::Register<S>; SUMS] =
                core::array::from_fn(|i| N::Register::<S>::splat(simd, N::of(i as f64)));
            // Opaque, so that the compiler cannot compute the sums in advance.
            let (a, b) = (core::hint::black_box(N::of(0.999)), core::hint::black_box(N::of(0.001)));
            let (a, b) = (N::Register::<S>::splat(simd, a), N::Register::<S>::splat(simd, b));
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = sum.mul_add(a, b);
                }
            }
            sums.iter().fold(N::zero(), |total, sum| total + sum.as_slice()[0])
        },
    );
    core::hint::black_box(sum);
    let lanes = lanes_of::<S, N>();
    2.0 * (SUMS * ROUNDS * lanes) as f64 / start.elapsed().as_secs_f64()
}
