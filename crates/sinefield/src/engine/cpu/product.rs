//! The matrix product that everything else waits for: `C = A B`, for the sizes of one tile.
//!
//! ```text
//! for each block of k                  so that a panel of B stays in the nearest caches
//!   for each panel of B, 2 registers wide
//!     for each group of M rows of A    M x 2 registers of C are held for the whole block of k
//!       C[m] += A[m, k] B[k]           one broadcast and two fused multiply-adds a row and k
//! ```
//!
//! A and B are read through strides, so that one kernel serves activations by packed weights,
//! cotangents by packed weights, and (packed by [`super::outer`]) cotangents transposed by
//! activations. Rows are shared out evenly among register tiles (18 rows of 14 become 9 + 9), so that
//! no tile is nearly empty.
//!
//! `unsafe` is confined to this file: [`product`] checks, once per call, that every address which the
//! loops can form lies inside the slices.

use fearless_simd::{Simd, SimdBase, SimdFloat};

/// Registers of C across: the width of a panel of B.
pub(super) const PANEL: usize = 2;
/// The longest run of k between two visits to C: a panel of 512 x 32 floats is 64 KiB.
const LONGEST_RUN: usize = 512;
/// Floats of a cache line.
const LINE: usize = 16;

/// What becomes of C.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    /// `C = A B`.
    Set,
    /// `C = C + A B`.
    Add,
    /// `C = C ∘ (A B)`, element by element.
    Scale,
}

/// `A` of an `m x k` product.
#[derive(Clone, Copy)]
pub(super) enum Left<'a> {
    /// Row-major, rows `row` floats apart.
    Rows {
        /// Every row.
        data: &'a [f32],
        /// Floats between them.
        row: usize,
    },
    /// Column-major, columns `step` floats apart.
    Columns {
        /// Every column.
        data: &'a [f32],
        /// Floats between them.
        step: usize,
    },
    /// The groups that [`groups`] shares the rows out among, one after the other; in each, `k` runs
    /// of `step` floats of which the first are the group's rows.
    Groups {
        /// Every group.
        data: &'a [f32],
        /// Floats of a run.
        step: usize,
    },
}

impl Left<'_> {
    /// The offset of row `first`'s, and group `group`'s, first element, and the strides along rows
    /// and along k.
    #[inline(always)]
    fn strides(self, group: usize, first: usize, k: usize) -> (usize, usize, usize) {
        match self {
            Left::Rows { row, .. } => (first * row, row, 1),
            Left::Columns { step, .. } => (first, 1, step),
            Left::Groups { step, .. } => (group * step * k, 1, step),
        }
    }

    /// An offset that no element of an `m x k` matrix lies beyond.
    fn last(self, m: usize, k: usize, most: usize) -> usize {
        match self {
            Left::Rows { row, .. } => (m - 1) * row + k - 1,
            Left::Columns { step, .. } => (k - 1) * step + m - 1,
            Left::Groups { step, .. } => m.div_ceil(most) * step * k - (step - most.min(step)) - 1,
        }
    }

    #[inline(always)]
    fn data(&self) -> &[f32] {
        match self {
            Left::Rows { data, .. } | Left::Columns { data, .. } | Left::Groups { data, .. } => data,
        }
    }
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
pub(super) const fn most_rows<S: Simd>() -> usize {
    // 8 lanes means AVX2, with 16 registers; NEON and AVX-512 have 32. The scalar set is spilled
    // whatever is done, and is fastest small.
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

/// The groups of at most `most` rows that `m` rows are shared out among, as even as can be.
#[inline(always)]
pub(super) fn groups(m: usize, most: usize) -> impl Iterator<Item = core::ops::Range<usize>> {
    let count = m.div_ceil(most);
    (0..count).map(move |group| group * m / count..(group + 1) * m / count)
}

/// `A B` into C, whose rows are `c_row` floats apart.
pub(super) fn product<S: Simd>(
    simd: S,
    size: Size,
    a: Left,
    b: Right,
    c: &mut [f32],
    c_row: usize,
    into: Into,
) {
    let Size { m, n, k } = size;
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    let lanes = <S::f32s as SimdBase<S>>::LEN;
    assert_eq!(n % lanes, 0, "n is whole registers");
    let wide = lanes * PANEL;
    let last_panel = (n - 1) / wide;
    let last_width = n - last_panel * wide;
    assert!(a.last(m, k, most_rows::<S>()) < a.data().len(), "A holds m x k");
    assert!((m - 1) * c_row + n <= c.len(), "C holds m x n");
    let before_last = last_panel.saturating_sub(1);
    assert!(
        last_panel * b.panel + (k - 1) * b.row + last_width <= b.data.len()
            && (last_panel == 0 || before_last * b.panel + (k - 1) * b.row + wide <= b.data.len()),
        "B holds k x n"
    );
    simd.vectorize(
        #[inline(always)]
        || blocks(simd, size, a, b, c, c_row, into),
    );
}

#[inline(always)]
fn blocks<S: Simd>(simd: S, size: Size, a: Left, b: Right, c: &mut [f32], c_row: usize, into: Into) {
    let Size { m, n, k } = size;
    let wide = PANEL * <S::f32s as SimdBase<S>>::LEN;
    // Scaling cannot be done in parts.
    let runs = if into == Into::Scale { 1 } else { k.div_ceil(LONGEST_RUN) };
    for run in 0..runs {
        let (k0, k1) = (run * k / runs, (run + 1) * k / runs);
        for panel in 0..n.div_ceil(wide) {
            let column = panel * wide;
            let width = wide.min(n - column);
            for (group, rows) in groups(m, most_rows::<S>()).enumerate() {
                let (start, a_row, a_step) = a.strides(group, rows.start, k);
                // SAFETY: rows.end <= m, k1 <= k, and column + width <= n; `product` has checked that
                // every (row, k) of A, (k, column) of B and (row, column) of C is inside its slice.
                unsafe {
                    let at = Addresses {
                        a: a.data().as_ptr().add(start + k0 * a_step),
                        a_row,
                        a_step,
                        b: b.data.as_ptr().add(panel * b.panel + k0 * b.row),
                        b_row: b.row,
                        c: c.as_mut_ptr().add(rows.start * c_row + column),
                        c_row,
                        k: k1 - k0,
                        into: if run > 0 { Into::Add } else { into },
                    };
                    if width == wide {
                        group_of::<S, PANEL>(simd, rows.len(), at);
                    } else {
                        group_of::<S, 1>(simd, rows.len(), at);
                    }
                }
            }
        }
    }
}

/// Asks for a line to be brought near. A hint: it reads nothing.
#[inline(always)]
fn fetch_line(line: &[f32]) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no effect that a program can see, at any address; x86-64 has SSE.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.as_ptr().cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
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
    into: Into,
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
    if at.into != Into::Set {
        for m in 0..M {
            // SAFETY: as for the stores below.
            let row = unsafe { core::slice::from_raw_parts(at.c.add(m * at.c_row), V * lanes) };
            row.chunks(LINE).for_each(fetch_line);
        }
    }
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
            let value = match at.into {
                Into::Set => *register,
                Into::Add => *register + S::f32s::from_slice(simd, target),
                Into::Scale => *register * S::f32s::from_slice(simd, target),
            };
            value.store_slice(target);
        }
    }
}
