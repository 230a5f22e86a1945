//! The matrix product `C = A B` for the sizes of one tile. Most of the time of a step is spent here.
//!
//! ```text
//! for each block of k                  so that a panel of B stays in the nearest caches
//!   for each panel of B, 2 registers wide
//!     for each group of M rows of A    M x 2 registers of C are held for the whole block of k
//!       C[m] += A[m, k] B[k]           one broadcast and two fused multiply-adds a row and k
//! ```
//!
//! A and B are read through strides. One kernel therefore computes activations times packed weights, cotangents times
//! packed weights, and (packed by [`super::outer`]) transposed cotangents times activations. Rows are divided evenly
//! among register tiles (18 rows with 14 a tile become 9 + 9), so that no tile is nearly empty. If B is too large for
//! the L2 cache, the first groups of rows that pass over a panel prefetch the next panel.
//!
//! `unsafe` is confined to this file. Once per call, [`product`] checks that every address of the loops lies inside the
//! slices.

use fearless_simd::{Simd, SimdBase, SimdFloat};

use super::number::{CpuNumber, lanes_of, line_of};

/// Registers of C in a row: the width of a panel of B.
pub(super) const PANEL: usize = 2;
/// The longest run of k between two visits to C. A panel of 512 rows is 64 KiB with the widest registers.
const LONGEST_RUN: usize = 512;
/// A B with at least this many bytes does not fit the L2 cache, and neither does most of C. Prefetching then
/// gains a tenth. With a smaller B it costs a hundredth.
const LARGE: usize = 1 << 20;

/// How the product is stored in C.
pub(super) enum Into<'a, N> {
    /// `C = A B`.
    Set,
    /// `C = C + A B`.
    Add,
    /// `C = C ∘ (A B)`, element by element. The sums of the columns of the new C are added to these `n` numbers or more.
    Scale(&'a mut [N]),
}

/// [`Into`], for one register tile.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Store {
    Set,
    Add,
    Scale,
}

/// A of an `m x k` product.
#[derive(Clone, Copy)]
pub(super) enum Left<'a, N> {
    /// Row-major, rows `row` floats apart.
    Rows {
        /// All rows.
        data: &'a [N],
        /// Floats between rows.
        row: usize,
    },
    /// Column-major, columns `step` floats apart.
    Columns {
        /// All columns.
        data: &'a [N],
        /// Floats between columns.
        step: usize,
    },
    /// The groups of rows from [`groups`], one after the other. Each group has `k` runs of `step` floats, which begin
    /// with the rows of the group.
    Groups {
        /// All groups.
        data: &'a [N],
        /// Floats of a run.
        step: usize,
    },
}

impl<N> Left<'_, N> {
    /// The offset of the first element of row `first` or group `group`, and the strides along rows and along k.
    #[inline(always)]
    fn strides(self, group: usize, first: usize, k: usize) -> (usize, usize, usize) {
        match self {
            Left::Rows { row, .. } => (first * row, row, 1),
            Left::Columns { step, .. } => (first, 1, step),
            Left::Groups { step, .. } => (group * step * k, 1, step),
        }
    }

    /// An upper bound of the offsets of the elements of an `m x k` matrix.
    fn last(self, m: usize, k: usize, most: usize) -> usize {
        match self {
            Left::Rows { row, .. } => (m - 1) * row + k - 1,
            Left::Columns { step, .. } => (k - 1) * step + m - 1,
            Left::Groups { step, .. } => m.div_ceil(most) * step * k - (step - most.min(step)) - 1,
        }
    }

    #[inline(always)]
    fn data(&self) -> &[N] {
        match self {
            Left::Rows { data, .. } | Left::Columns { data, .. } | Left::Groups { data, .. } => data,
        }
    }
}

/// B of a `k x n` product: `k` rows. Panel `p` starts at `p * panel`, and its rows are `row` apart.
///
/// For packed weights, `row` is the width of a panel. For a plain row-major matrix, `panel` is the width of a panel and
/// `row` is the width of the matrix.
#[derive(Clone, Copy)]
pub(super) struct Right<'a, N> {
    pub data: &'a [N],
    pub panel: usize,
    pub row: usize,
}

/// C of an `m x n` product. Panel `p` starts at `p * panel`, and its rows are `row` apart. For a plain row-major
/// matrix, `panel` is the width of a panel.
pub(super) struct Target<'a, N> {
    pub data: &'a mut [N],
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

/// The number of rows of C that fit in registers beside a row of B and a broadcast.
#[inline(always)]
pub(super) const fn most_rows<S: Simd, N: CpuNumber>() -> usize {
    // 32 bytes means AVX2, with 16 registers. NEON and AVX-512 have 32. Scalar code spills in any case and is fastest
    // with few rows. So does WebAssembly in some engines: six rows are 4 % faster in V8 14 and 60 % slower in V8 11.
    match lanes_of::<S, N>() * size_of::<N>() {
        64 => 14,
        32 => 6,
        _ => {
            if cfg!(target_arch = "aarch64") {
                14
            } else {
                4
            }
        }
    }
}

/// Divides `m` rows as evenly as possible into groups of at most `most`.
#[inline(always)]
pub(super) fn groups(m: usize, most: usize) -> impl Iterator<Item = core::ops::Range<usize>> {
    let count = m.div_ceil(most);
    (0..count).map(move |group| group * m / count..(group + 1) * m / count)
}

/// Stores `A B` in C.
pub(super) fn product<S: Simd, N: CpuNumber>(
    simd: S,
    size: Size,
    a: Left<N>,
    b: Right<N>,
    c: Target<N>,
    into: Into<N>,
) {
    let Size { m, n, k } = size;
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    let lanes = lanes_of::<S, N>();
    assert_eq!(n % lanes, 0, "n is whole registers");
    let wide = lanes * PANEL;
    // Every panel except the last is whole, so the ends of the last two panels bound all others.
    let last_panel = (n - 1) / wide;
    let last_width = n - last_panel * wide;
    let fits = |rows: usize, row: usize, panel: usize, length: usize| {
        let before_last = last_panel.saturating_sub(1);
        last_panel * panel + (rows - 1) * row + last_width <= length
            && (last_panel == 0 || before_last * panel + (rows - 1) * row + wide <= length)
    };
    assert!(a.last(m, k, most_rows::<S, N>()) < a.data().len(), "A holds m x k");
    assert!(fits(k, b.row, b.panel, b.data.len()), "B holds k x n");
    assert!(fits(m, c.row, c.panel, c.data.len()), "C holds m x n");
    let (store, sums) = match into {
        Into::Set => (Store::Set, &mut [][..]),
        Into::Add => (Store::Add, &mut [][..]),
        Into::Scale(sums) => (Store::Scale, sums),
    };
    assert!(store != Store::Scale || n <= sums.len(), "a sum for each column");
    simd.vectorize(
        #[inline(always)]
        || blocks(simd, size, a, b, c, store, sums),
    );
}

#[inline(always)]
fn blocks<S: Simd, N: CpuNumber>(
    simd: S,
    size: Size,
    a: Left<N>,
    b: Right<N>,
    c: Target<N>,
    store: Store,
    sums: &mut [N],
) {
    let Size { m, n, k } = size;
    let wide = PANEL * lanes_of::<S, N>();
    // Scaling cannot be split into runs.
    let runs = if store == Store::Scale { 1 } else { k.div_ceil(LONGEST_RUN) };
    let panels = n.div_ceil(wide);
    let large = k * n * size_of::<N>() >= LARGE;
    for run in 0..runs {
        let (k0, k1) = (run * k / runs, (run + 1) * k / runs);
        for panel in 0..panels {
            let width = wide.min(n - panel * wide);
            // The last panel is followed by the first panel of the next run.
            let next = if panel + 1 < panels { (panel + 1) * b.panel + k0 * b.row } else { k1 * b.row };
            for (group, rows) in groups(m, most_rows::<S, N>()).enumerate() {
                let (start, a_row, a_step) = a.strides(group, rows.start, k);
                // SAFETY: rows.end <= m, k1 <= k, and panel < panels; `product` has checked that
                // every (row, k) of A, (k, column) of B and (row, column) of C is inside its slice.
                unsafe {
                    let at = Addresses {
                        a: a.data().as_ptr().add(start + k0 * a_step),
                        a_row,
                        a_step,
                        b: b.data.as_ptr().add(panel * b.panel + k0 * b.row),
                        b_row: b.row,
                        // Each group prefetches one line of every row, until all lines are prefetched.
                        next: b.data.as_ptr().wrapping_add(next + group * line_of::<N>()),
                        next_row: if group * line_of::<N>() < wide { b.row } else { 0 },
                        c: c.data.as_mut_ptr().add(panel * c.panel + rows.start * c.row),
                        c_row: c.row,
                        k: k1 - k0,
                        store: if run > 0 { Store::Add } else { store },
                        sums: sums.as_mut_ptr().wrapping_add(panel * wide),
                    };
                    match (width == wide, large) {
                        (true, true) => group_of::<S, N, PANEL, true>(simd, rows.len(), at),
                        (true, false) => group_of::<S, N, PANEL, false>(simd, rows.len(), at),
                        (false, _) => group_of::<S, N, 1, false>(simd, rows.len(), at),
                    }
                }
            }
        }
    }
}

/// Prefetches a line. It is a hint and reads nothing.
#[inline(always)]
fn fetch_line<N>(line: *const N) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch has no visible effect at any address; x86-64 has SSE.
    unsafe {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T1>(line.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// The addresses that one register tile reads and writes.
#[derive(Clone, Copy)]
struct Addresses<N> {
    a: *const N,
    a_row: usize,
    a_step: usize,
    b: *const N,
    b_row: usize,
    /// Lines to prefetch, one at each k.
    next: *const N,
    next_row: usize,
    c: *mut N,
    c_row: usize,
    k: usize,
    store: Store,
    /// With `Scale`, the sums of the columns of the panel. Else they are not touched.
    sums: *mut N,
}

/// Chooses the register tile of `rows` rows.
///
/// # Safety
/// As [`register_tile`], with `M = rows`, at most [`most_rows`].
#[inline(always)]
unsafe fn group_of<S: Simd, N: CpuNumber, const V: usize, const AHEAD: bool>(
    simd: S,
    rows: usize,
    at: Addresses<N>,
) {
    macro_rules! choose {
        ($($m:literal)*) => {
            match rows {
                // Tiles larger than the registers never occur. The constant condition keeps them from being compiled.
                // SAFETY: the contract of the caller.
                $($m if $m <= most_rows::<S, N>() => unsafe { register_tile::<S, N, $m, V, AHEAD>(simd, at) },)*
                _ => {}
            }
        };
    }
    choose!(1 2 3 4 5 6 7 8 9 10 11 12 13 14)
}

/// `C (+)= A B` for `M` rows and `V` registers of columns. C is held in registers throughout. With `AHEAD`, the loop
/// prefetches `next`.
///
/// # Safety
/// `at.a + m * a_row + k * a_step`, and `V` registers from `at.b + k * b_row` and from
/// `at.c + m * c_row`, must be inside their allocations for every `m < M` and `k < at.k`, and C
/// must be borrowed mutably, and `at.k` must not be 0. With `Scale`, the same holds for `V` registers from `at.sums`.
#[inline(always)]
unsafe fn register_tile<S: Simd, N: CpuNumber, const M: usize, const V: usize, const AHEAD: bool>(
    simd: S,
    at: Addresses<N>,
) {
    let lanes = lanes_of::<S, N>();
    let zero = N::Register::<S>::splat(simd, N::zero());
    let mut sums = [[zero; V]; M];
    if AHEAD || at.store != Store::Set {
        for m in 0..M {
            for line in (0..V * lanes).step_by(line_of::<N>()) {
                fetch_line(at.c.wrapping_add(m * at.c_row + line));
            }
        }
    }
    // SAFETY: the contract of the caller. Otherwise the compiler also keeps the sums in memory, for a loop of no turns.
    unsafe { core::hint::assert_unchecked(at.k > 0) };
    let (mut a, mut b, mut next) = (at.a, at.b, at.next);
    for _ in 0..at.k {
        // SAFETY: k < at.k, so these are inside A and B by the contract of the caller.
        unsafe {
            let mut row = [zero; V];
            for (v, register) in row.iter_mut().enumerate() {
                let source = core::slice::from_raw_parts(b.add(v * lanes), lanes);
                *register = N::Register::<S>::from_slice(simd, source);
            }
            for (m, sum) in sums.iter_mut().enumerate() {
                let factor = N::Register::<S>::splat(simd, *a.add(m * at.a_row));
                for v in 0..V {
                    sum[v] = factor.mul_add(row[v], sum[v]);
                }
            }
            // After the last step both may point one past the data, where they are not read.
            a = a.wrapping_add(at.a_step);
            b = b.wrapping_add(at.b_row);
            if AHEAD {
                fetch_line(next);
                next = next.wrapping_add(at.next_row);
            }
        }
    }
    // One loop for each way to store, so that the compiler unrolls it and keeps the sums in registers.
    match at.store {
        Store::Set => {
            for (m, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    // SAFETY: m < M and v < V, so this is inside C by the contract of the caller.
                    let target = unsafe { register_at(at.c, m * at.c_row + v * lanes, lanes) };
                    sum.store_slice(target);
                }
            }
        }
        Store::Add => {
            for (m, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    // SAFETY: as above.
                    let target = unsafe { register_at(at.c, m * at.c_row + v * lanes, lanes) };
                    (*sum + N::Register::<S>::from_slice(simd, target)).store_slice(target);
                }
            }
        }
        Store::Scale => {
            let mut totals = [zero; V];
            for (m, sums) in sums.iter().enumerate() {
                for (v, sum) in sums.iter().enumerate() {
                    // SAFETY: as above.
                    let target = unsafe { register_at(at.c, m * at.c_row + v * lanes, lanes) };
                    let scaled = *sum * N::Register::<S>::from_slice(simd, target);
                    scaled.store_slice(target);
                    totals[v] += scaled;
                }
            }
            for (v, total) in totals.iter().enumerate() {
                // SAFETY: v < V, so this is inside the sums by the contract of the caller.
                let target = unsafe { register_at(at.sums, v * lanes, lanes) };
                (*total + N::Register::<S>::from_slice(simd, target)).store_slice(target);
            }
        }
    }
}

/// The `lanes` numbers from `offset`.
///
/// # Safety
/// They must be inside the allocation of `base`, which is borrowed mutably.
#[inline(always)]
unsafe fn register_at<'a, N>(base: *mut N, offset: usize, lanes: usize) -> &'a mut [N] {
    // SAFETY: the contract of the caller. Without the assertion the compiler tests every address.
    unsafe {
        let start = base.add(offset);
        core::hint::assert_unchecked(!start.is_null());
        core::slice::from_raw_parts_mut(start, lanes)
    }
}
