//! `C = Aᵀ B` or `C += Aᵀ B` over the rows of a tile: the weight gradient `W̄ = z̄ᵀ h`.
//!
//! Both factors are row-major, so a walk down a column touches a new line at every step. That costs nothing while the
//! hardware prefetches the rows. In a wide layer every step also touches a new page. The factors are then first copied
//! into the order in which the product reads them: A in groups of as many columns as a register tile has rows, B one
//! panel at a time.

use fearless_simd::Simd;

use super::number::{CpuNumber, lanes_of};
use super::product::{Into, Left, PANEL, Right, Size, Target, groups, most_rows, product};

/// Rows further apart than this many bytes are copied. Current x86 cores prefetch strided loads up to 2 KiB apart.
const FAR_APART: usize = 2048;

/// A factor: `rows` rows, `row` floats apart.
#[derive(Clone, Copy)]
pub(super) struct Factor<'a, N> {
    pub data: &'a [N],
    pub row: usize,
}

/// Memory for the copies.
#[derive(Default)]
pub(super) struct Copies<N> {
    left: Vec<N>,
    right: Vec<N>,
}

/// The offset of the entry of C at `row`, `column`, for `m` rows and panels `wide` floats wide.
pub(super) fn entry(m: usize, wide: usize, row: usize, column: usize) -> usize {
    column / wide * (m * wide) + row * wide + column % wide
}

/// Stores `Aᵀ B` in C if `fresh`, or else adds it: `size.m` columns of A by `size.n` of B, over `size.k` rows.
///
/// C consists of panels, one after the other (see [`entry`]). A register tile therefore visits one contiguous range of
/// memory for any width.
pub(super) fn outer<S: Simd, N: CpuNumber>(
    simd: S,
    size: Size,
    a: Factor<N>,
    b: Factor<N>,
    c: &mut [N],
    fresh: bool,
    copies: &mut Copies<N>,
) {
    let into = || if fresh { Into::Set } else { Into::Add };
    let Size { m, n, k } = size;
    let wide = PANEL * lanes_of::<S, N>();
    if a.row.max(b.row) * size_of::<N>() <= FAR_APART {
        let left = Left::Columns { data: a.data, step: a.row };
        let right = Right { data: b.data, panel: wide, row: b.row };
        let c = Target { data: c, panel: m * wide, row: wide };
        return product(simd, size, left, right, c, into());
    }
    let most = most_rows::<S, N>();
    let step = most.next_multiple_of(4);
    copies.left.resize(m.div_ceil(most) * step * k, N::zero());
    copies.right.resize(wide * k, N::zero());
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
fn copy_columns<S: Simd, N: CpuNumber>(
    simd: S,
    from: Factor<N>,
    first: usize,
    end: usize,
    step: usize,
    to: &mut [N],
) {
    simd.vectorize(
        #[inline(always)]
        || match step {
            16 => copy_runs::<N, 16>(from, first, end, to),
            32 => copy_runs::<N, 32>(from, first, end, to),
            8 => copy_runs::<N, 8>(from, first, end, to),
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
fn copy_runs<N: CpuNumber, const RUN: usize>(from: Factor<N>, first: usize, end: usize, to: &mut [N]) {
    for (row, to) in from.data.chunks(from.row).zip(to.as_chunks_mut::<RUN>().0) {
        match row.get(first..first + RUN).and_then(|run| run.first_chunk::<RUN>()) {
            Some(run) => *to = *run,
            None => to[..end - first].copy_from_slice(&row[first..end]),
        }
    }
}
