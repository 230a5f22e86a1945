//! Compares the tree with plain addition for any order of arrival, and checks what it holds meanwhile.

use super::*;
use crate::engine::cpu::isa::InstructionSet;

const TOKEN: Token = Token::Scalar(fearless_simd::Fallback::new());
const LENGTH: usize = 48;

/// A share with numbers between 1 and 2, so that the order of additions shows in the last bits.
fn share(chunk: usize) -> Share<f32> {
    let number = |i: usize| 1.0 + ((chunk * 131 + i * 17 + 7) % 1_009) as f32 / 1_009.0;
    let mut gradient = AlignedVec::zeros(LENGTH);
    gradient.iter_mut().enumerate().for_each(|(i, g)| *g = number(i));
    Share { loss: f64::from(number(1)) / 3.0, gradient, scalars: vec![f64::from(number(2)) / 7.0; 2] }
}

fn bits(share: &Share<f32>) -> (u64, Vec<u32>, Vec<u64>) {
    let scalars = share.scalars.iter().map(|s| s.to_bits()).collect();
    (share.loss.to_bits(), share.gradient.iter().map(|g| g.to_bits()).collect(), scalars)
}

/// The sums level by level, as in the diagram of the file.
fn by_levels(chunks: usize) -> (u64, Vec<u32>, Vec<u64>) {
    let mut level: Vec<Share<f32>> = (0..chunks).map(share).collect();
    while level.len() > 1 {
        let mut above = Vec::new();
        let mut nodes = level.into_iter();
        while let Some(mut left) = nodes.next() {
            if let Some(right) = nodes.next() {
                left.loss += right.loss;
                left.gradient.iter_mut().zip(right.gradient.iter()).for_each(|(l, r)| *l += r);
                left.scalars.iter_mut().zip(&right.scalars).for_each(|(l, r)| *l += r);
            }
            above.push(left);
        }
        level = above;
    }
    bits(&level[0])
}

/// The indices of the chunks in orders in which a step could finish them.
fn orders(chunks: usize) -> Vec<Vec<usize>> {
    let straight: Vec<usize> = (0..chunks).collect();
    let back = straight.iter().rev().copied().collect();
    let stride = (1..).map(|s| s * 7 + 3).find(|s| gcd(*s, chunks) == 1).unwrap();
    let scattered = straight.iter().map(|i| i * stride % chunks).collect();
    vec![straight, back, scattered]
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[test]
fn the_sum_is_the_trees_in_any_order() {
    for set in InstructionSet::available() {
        for chunks in [1, 2, 3, 17, 64, 257] {
            let want = by_levels(chunks);
            for order in orders(chunks) {
                let (sum, spare) = (Sum::new(chunks), Spare::default());
                order.iter().for_each(|&chunk| sum.submit(set.token().unwrap(), chunk, share(chunk), &spare));
                assert!(bits(&sum.finish().unwrap()) == want, "{set}, {chunks} chunks, {order:?}");
            }
        }
    }
}

#[test]
fn no_chunks_have_no_sum() {
    assert!(Sum::<f32>::new(0).finish().is_none());
}

/// If chunks arrive in order, at most one share waits on each level. One late chunk delays one more on each level.
#[test]
fn few_shares_wait() {
    for chunks in [2usize, 17, 64, 257, 1_000] {
        let levels = chunks.next_power_of_two().ilog2() as usize;
        for late in [0, chunks / 3, chunks - 1] {
            let (sum, spare) = (Sum::new(chunks), Spare::default());
            for chunk in (0..chunks).filter(|&chunk| chunk != late) {
                sum.submit(TOKEN, chunk, share(chunk), &spare);
                let waiting = lock(&sum.waiting).len();
                let most = if chunk < late { levels } else { 2 * levels };
                assert!(waiting <= most, "{waiting} of {chunks} wait after {chunk}, {late} late");
            }
            assert!(lock(&sum.waiting).len() <= levels, "all but {late} of {chunks}");
            sum.submit(TOKEN, late, share(late), &spare);
            assert_eq!(lock(&sum.waiting).len(), 1);
        }
    }
}
