//! Vectors of an optimiser. They have the precision of their numbers, and sums are in float64.

use crate::field::Number;

/// The scalar product, in eight float64 sums so that the compiler can use vector registers.
pub(super) fn dot<A: Number, B: Number>(a: &[A], b: &[B]) -> f64 {
    let product = |a: &A, b: &B| -> f64 {
        let (a, b): (f64, f64) = ((*a).into(), (*b).into());
        a * b
    };
    let mut sums = [0.0f64; 8];
    let (a, a_rest) = a.as_chunks::<8>();
    let (b, b_rest) = b.as_chunks::<8>();
    for (a, b) in a.iter().zip(b) {
        for lane in 0..8 {
            sums[lane] += product(&a[lane], &b[lane]);
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(a, b)| product(a, b)).sum();
    sums.iter().sum::<f64>() + rest
}

/// `to += factor * from`.
pub(super) fn add<A: Number, B: Number>(to: &mut [A], factor: f64, from: &[B]) {
    let sum = |to: A, from: B| -> f64 {
        let (to, from): (f64, f64) = (to.into(), from.into());
        to + factor * from
    };
    to.iter_mut().zip(from).for_each(|(to, from)| *to = A::of(sum(*to, *from)));
}

/// `a - b`, in float64.
pub(super) fn apart<N: Number>(a: &[N], b: &[N]) -> Vec<f64> {
    let difference = |(a, b): (&N, &N)| -> f64 {
        let (a, b): (f64, f64) = ((*a).into(), (*b).into());
        a - b
    };
    a.iter().zip(b).map(difference).collect()
}
