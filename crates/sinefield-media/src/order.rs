//! The two orders of an array in a file: the last index fastest, or the first.

/// The indices in C order of the values of an array in Fortran order (the first index fastest).
pub(crate) struct Place<'a> {
    shape: &'a [usize],
    index: Vec<usize>,
    strides: Vec<usize>,
    offset: usize,
}

impl<'a> Place<'a> {
    /// Starts at the first value.
    pub fn new(shape: &'a [usize]) -> Self {
        let mut strides = vec![1; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis];
        }
        Self { shape, index: vec![0; shape.len()], strides, offset: 0 }
    }

    /// The index of the next value.
    pub fn next(&mut self) -> usize {
        let place = self.offset;
        for axis in 0..self.shape.len() {
            self.index[axis] += 1;
            self.offset += self.strides[axis];
            if self.index[axis] < self.shape[axis] {
                break;
            }
            self.offset -= self.strides[axis] * self.shape[axis];
            self.index[axis] = 0;
        }
        place
    }
}
