//! The matrix product that everything else waits for: `C (+)= A B`, for the sizes of one tile.
//!
//! ```text
//! for each block of k                  so that a panel of B stays in the L1 cache
//!   for each panel of B, 2 registers wide
//!     for each group of M rows of A    M x 2 registers of C are held for the whole block of k
//!       C[m] += A[m, k] B[k]           one broadcast and two fused multiply-adds a row and k
//! ```
//!
//! A and B are read through strides, so that one kernel serves the three products of a layer:
//! activations by packed weights, cotangents by packed weights, and cotangents transposed by
//! activations, which is the weights' gradient. Rows are shared out evenly among register tiles
//! (18 rows of 14 become 9 + 9), so that no tile is nearly empty.
//!
//! `unsafe` is confined to [`register_tile`]; [`product`] checks, once per call, that every address
//! which the loops can form lies inside the slices.

use fearless_simd::{Simd, SimdBase, SimdFloat};

/// Registers of C across: the width of a panel of B.
pub(super) const PANEL: usize = 2;
/// The longest run of k between two visits to C. 256 x 32 floats are 32 KiB of panel.
const LONGEST_RUN: usize = 320;

/// `A` of an `m x k` product: element `(i, j)` is at `i * row + j * step`.
#[derive(Clone, Copy)]
pub(super) struct Left<'a> {
    pub data: &'a [f32],
    pub row: usize,
    pub step: usize,
}

/// `B` of a `k x n` product: `k` rows, panel `p` starting at `p * panel`, its rows `row` apart.
///
/// Packed weights have `row` = the panel's width; a plain row-major matrix has `panel` = the
/// panel's width and `row` = its own.
#[derive(Clone, Copy)]
pub(super) struct Right<'a> {
    pub data: &'a [f32],
    pub panel: usize,
    pub row: usize,
}

/// The sizes of a product. `n` counts floats and is a multiple of the register width.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub m: usize,
    pub n: usize,
    pub k: usize,
}

/// The most rows of C that fit in registers beside a row of B and a broadcast.
#[inline(always)]
const fn most_rows<S: Simd>() -> usize {
    // 8 lanes means AVX2, with 16 registers; every other set has 32 (the scalar one is spilled
    // whatever is done, and is fastest small).
    match <S::f32s as SimdBase<S>>::LEN {
        16 => 14,
        8 => 6,
        _ => {
            if cfg!(target_arch = "aarch64") {
                14
            } else {
                4
            }
        }
    }
}

/// `C = A B`, or `C += A B` where `add`. C's rows are `c_row` floats apart.
pub(super) fn product<S: Simd>(
    simd: S,
    size: Size,
    a: Left,
    b: Right,
    c: &mut [f32],
    c_row: usize,
    add: bool,
) {
    let Size { m, n, k } = size;
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 {
        if !add {
            c.chunks_mut(c_row).take(m).for_each(|row| row[..n].fill(0.0));
        }
        return;
    }
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    assert_eq!(n % lanes, 0, "n is whole registers");
    let wide = lanes * PANEL;
    let last_panel = (n - 1) / wide;
    let last_width = n - last_panel * wide;
    assert!((m - 1) * a.row + (k - 1) * a.step < a.data.len(), "A holds m x k");
    assert!((m - 1) * c_row + n <= c.len(), "C holds m x n");
    let panels_before_last = last_panel.saturating_sub(1);
    assert!(
        last_panel * b.panel + (k - 1) * b.row + last_width <= b.data.len()
            && (last_panel == 0 || panels_before_last * b.panel + (k - 1) * b.row + wide <= b.data.len()),
        "B holds k x n"
    );
    simd.vectorize(
        #[inline(always)]
        || blocks(simd, size, a, b, c, c_row, add),
    );
}

#[inline(always)]
fn blocks<S: Simd>(simd: S, size: Size, a: Left, b: Right, c: &mut [f32], c_row: usize, add: bool) {
    let Size { m, n, k } = size;
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    let runs = k.div_ceil(LONGEST_RUN);
    let groups = m.div_ceil(most_rows::<S>());
    for run in 0..runs {
        let (k0, k1) = (run * k / runs, (run + 1) * k / runs);
        let mut column = 0;
        let mut panel = 0;
        while column < n {
            let whole = n - column >= PANEL * lanes;
            for group in 0..groups {
                let (i0, i1) = (group * m / groups, (group + 1) * m / groups);
                // SAFETY: i1 <= m, k1 <= k, and column + width <= n; `product` has checked that
                // every (i, k) of A, (k, column) of B and (i, column) of C is inside its slice.
                unsafe {
                    let at = Addresses {
                        a: a.data.as_ptr().add(i0 * a.row + k0 * a.step),
                        a_row: a.row,
                        a_step: a.step,
                        b: b.data.as_ptr().add(panel * b.panel + k0 * b.row),
                        b_row: b.row,
                        c: c.as_mut_ptr().add(i0 * c_row + column),
                        c_row,
                        k: k1 - k0,
                        add: add || run > 0,
                    };
                    if whole {
                        group_of::<S, PANEL>(simd, i1 - i0, at);
                    } else {
                        group_of::<S, 1>(simd, i1 - i0, at);
                    }
                }
            }
            if whole {
                column += PANEL * lanes;
                panel += 1;
            } else {
                column += lanes;
            }
        }
    }
}

/// Where one register tile reads and writes.
#[derive(Clone, Copy)]
struct Addresses {
    a: *const f32,
    a_row: usize,
    a_step: usize,
    b: *const f32,
    b_row: usize,
    c: *mut f32,
    c_row: usize,
    k: usize,
    add: bool,
}

/// Chooses the register tile of `rows` rows.
///
/// # Safety
/// As [`register_tile`], with `M = rows`, at most [`most_rows`].
#[inline(always)]
unsafe fn group_of<S: Simd, const V: usize>(simd: S, rows: usize, at: Addresses) {
    macro_rules! choose {
        ($($m:literal)*) => {
            match rows {
                // Tiles larger than the registers are never asked for: the constant condition
                // keeps them from being compiled.
                // SAFETY: the caller's.
                $($m if $m <= most_rows::<S>() => unsafe { register_tile::<S, $m, V>(simd, at) },)*
                _ => {}
            }
        };
    }
    choose!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
}

/// `C (+)= A B` for `M` rows and `V` registers of columns, C held in registers throughout.
///
/// # Safety
/// `at.a + m * a_row + k * a_step`, and `V` registers from `at.b + k * b_row` and from
/// `at.c + m * c_row`, must be inside their allocations for every `m < M` and `k < at.k`, and C
/// must be borrowed mutably.
#[inline(always)]
unsafe fn register_tile<S: Simd, const M: usize, const V: usize>(simd: S, at: Addresses) {
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    let zero = S::f32s::splat(simd, 0.0);
    let mut sums = [[zero; V]; M];
    let (mut a, mut b) = (at.a, at.b);
    for _ in 0..at.k {
        // SAFETY: k < at.k, so these are inside A and B by the caller's promise.
        unsafe {
            let mut row = [zero; V];
            for (v, register) in row.iter_mut().enumerate() {
                let source = core::slice::from_raw_parts(b.add(v * lanes), lanes);
                *register = S::f32s::from_slice(simd, source);
            }
            for (m, sum) in sums.iter_mut().enumerate() {
                let factor = S::f32s::splat(simd, *a.add(m * at.a_row));
                for v in 0..V {
                    sum[v] = factor.mul_add(row[v], sum[v]);
                }
            }
            // The last step may leave both one past the data, where they are not read.
            a = a.wrapping_add(at.a_step);
            b = b.wrapping_add(at.b_row);
        }
    }
    for (m, sum) in sums.iter().enumerate() {
        for (v, register) in sum.iter().enumerate() {
            // SAFETY: m < M and v < V, so this is inside C by the caller's promise.
            let target =
                unsafe { core::slice::from_raw_parts_mut(at.c.add(m * at.c_row + v * lanes), lanes) };
            let value = if at.add { *register + S::f32s::from_slice(simd, target) } else { *register };
            value.store_slice(target);
        }
    }
}
