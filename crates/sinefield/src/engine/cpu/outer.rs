//! `C = Aᵀ B` or `C += Aᵀ B` over the rows of a tile: the weight gradient `W̄ = z̄ᵀ h`.
//!
//! Both factors are row-major, so a walk down a column touches a new line at every step. That costs nothing while the
//! hardware prefetches the rows. In a wide layer every step also touches a new page. The factors are then first copied
//! into the order in which the product reads them: A in groups of as many columns as a register tile has rows, B one
//! panel at a time.

use fearless_simd::{Simd, SimdBase};

use super::product::{Into, Left, PANEL, Right, Size, Target, groups, most_rows, product};

/// Rows further apart than this many floats are copied. Current x86 cores prefetch strided loads up to 2 KiB apart.
const FAR_APART: usize = 512;

/// A factor: `rows` rows, `row` floats apart.
#[derive(Clone, Copy)]
pub(super) struct Factor<'a> {
    pub data: &'a [f32],
    pub row: usize,
}

/// Memory for the copies.
#[derive(Default)]
pub(super) struct Copies {
    left: Vec<f32>,
    right: Vec<f32>,
}

/// The offset of the entry of C at `row`, `column`, for `m` rows and panels `wide` floats wide.
pub(super) fn entry(m: usize, wide: usize, row: usize, column: usize) -> usize {
    column / wide * (m * wide) + row * wide + column % wide
}

/// Stores `Aᵀ B` in C if `fresh`, or else adds it: `size.m` columns of A by `size.n` of B, over `size.k` rows.
///
/// C consists of panels, one after the other (see [`entry`]). A register tile therefore visits one contiguous range of
/// memory for any width.
pub(super) fn outer<S: Simd>(
    simd: S,
    size: Size,
    a: Factor,
    b: Factor,
    c: &mut [f32],
    fresh: bool,
    copies: &mut Copies,
) {
    let into = || if fresh { Into::Set } else { Into::Add };
    let Size { m, n, k } = size;
    let wide = PANEL * <S::f32s as SimdBase<S>>::LEN;
    if a.row.max(b.row) <= FAR_APART {
        let left = Left::Columns { data: a.data, step: a.row };
        let right = Right { data: b.data, panel: wide, row: b.row };
        let c = Target { data: c, panel: m * wide, row: wide };
        return product(simd, size, left, right, c, into());
    }
    let most = most_rows::<S>();
    let step = most.next_multiple_of(4);
    copies.left.resize(m.div_ceil(most) * step * k, 0.0);
    copies.right.resize(wide * k, 0.0);
    for (packed, columns) in copies.left.chunks_exact_mut(step * k).zip(groups(m, most)) {
        copy_columns(simd, a, columns.start, columns.end, step, packed);
    }
    let left = Left::Groups { data: &copies.left, step };
    for column in (0..n).step_by(wide) {
        let width = wide.min(n - column);
        let packed = &mut copies.right[..width * k];
        copy_columns(simd, b, column, column + width, width, packed);
        let right = Right { data: packed, panel: 0, row: width };
        let c = Target { data: &mut c[column * m..], panel: 0, row: wide };
        product(simd, Size { m, n: width, k }, left, right, c, into());
    }
}

/// Copies columns `first..end` of every row to `step` floats. The floats beyond `end` are not used as columns.
fn copy_columns<S: Simd>(simd: S, from: Factor, first: usize, end: usize, step: usize, to: &mut [f32]) {
    simd.vectorize(
        #[inline(always)]
        || match step {
            16 => copy_runs::<16>(from, first, end, to),
            32 => copy_runs::<32>(from, first, end, to),
            8 => copy_runs::<8>(from, first, end, to),
            _ => {
                for (row, to) in from.data.chunks(from.row).zip(to.chunks_exact_mut(step)) {
                    to[..end - first].copy_from_slice(&row[first..end]);
                }
            }
        },
    );
}

/// Like [`copy_columns`], whole registers at a time if the row is long enough.
#[inline(always)]
fn copy_runs<const N: usize>(from: Factor, first: usize, end: usize, to: &mut [f32]) {
    for (row, to) in from.data.chunks(from.row).zip(to.as_chunks_mut::<N>().0) {
        match row.get(first..first + N).and_then(|run| run.first_chunk::<N>()) {
            Some(run) => *to = *run,
            None => to[..end - first].copy_from_slice(&row[first..end]),
        }
    }
}
