//! Measures the current arithmetic peak of the machine.

use std::sync::Mutex;
use std::time::Instant;

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::CpuEngine;
use super::isa::with_simd;

/// Independent sums: enough to fill two pipelines of latency four, and few enough for 16 registers.
const SUMS: usize = 12;
/// Rounds of [`SUMS`] multiply-adds. They take a few milliseconds.
const ROUNDS: usize = 2_000_000;

/// Operations per second of all threads together, the best of several bursts.
pub(super) fn measure(engine: &CpuEngine) -> f64 {
    let Some(token) = engine.instruction_set().token() else { return 0.0 };
    let burst = || {
        let total = Mutex::new(0.0);
        engine.pool.broadcast(|_| {
            let speed = with_simd!(token, simd => speed(simd));
            *total.lock().unwrap_or_else(|e| e.into_inner()) += speed;
        });
        total.into_inner().unwrap_or_else(|e| e.into_inner())
    };
    (0..5).map(|_| burst()).fold(0.0, f64::max)
}

/// Operations per second of one thread.
fn speed<S: Simd>(simd: S) -> f64 {
    let start = Instant::now();
    let sum = simd.vectorize(
        #[inline(always)]
        || {
            let mut sums: [S::f32s; SUMS] = core::array::from_fn(|i| S::f32s::splat(simd, i as f32));
            // Opaque, so that the compiler cannot compute the sums in advance.
            let (a, b) = (core::hint::black_box(0.999f32), core::hint::black_box(0.001f32));
            let (a, b) = (S::f32s::splat(simd, a), S::f32s::splat(simd, b));
            for _ in 0..ROUNDS {
                for sum in &mut sums {
                    *sum = sum.mul_add(a, b);
                }
            }
            sums.iter().fold(0.0, |total, sum| total + sum.as_slice()[0])
        },
    );
    core::hint::black_box(sum);
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    2.0 * (SUMS * ROUNDS * lanes) as f64 / start.elapsed().as_secs_f64()
}
