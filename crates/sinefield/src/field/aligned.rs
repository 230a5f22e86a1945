//! A vector of numbers that starts on a cache line, so that vector loads never straddle two lines.

use core::marker::PhantomData;

use bytemuck::{Pod, Zeroable};

use super::number::Number;

/// One cache line.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A fixed-length slice of numbers aligned to 64 bytes. Dereferences to the slice.
#[derive(Clone, Default)]
pub struct AlignedVec<N = f32> {
    lines: Vec<Line>,
    len: usize,
    number: PhantomData<N>,
}

impl<N: Number> AlignedVec<N> {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Self {
        let lines = len.div_ceil(size_of::<Line>() / size_of::<N>());
        Self { lines: vec![Line([0; 64]); lines], len, number: PhantomData }
    }

    /// A copy of `values`.
    pub fn from_slice(values: &[N]) -> Self {
        let mut out = Self::zeros(values.len());
        out.copy_from_slice(values);
        out
    }
}

impl<N: Number> core::ops::Deref for AlignedVec<N> {
    type Target = [N];
    fn deref(&self) -> &[N] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl<N: Number> core::ops::DerefMut for AlignedVec<N> {
    fn deref_mut(&mut self) -> &mut [N] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

impl<N: Number> core::fmt::Debug for AlignedVec<N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "AlignedVec of {} {}", self.len, N::PRECISION)
    }
}

impl<N: Number> PartialEq for AlignedVec<N> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}
