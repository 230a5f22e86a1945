//! A system for tests that uses only the rows of another system.
//!
//! Its loss is the sum of the squared rows, and its cotangents are the pull-back of `2 r`. An engine must therefore
//! find the same loss and gradient as for the other system.

use super::{Jets, System};

pub(crate) struct ByRows<'a>(pub &'a dyn System);

impl System for ByRows<'_> {
    fn points(&self) -> usize {
        self.0.points()
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        self.0.coordinates(field, start, out);
    }

    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_>],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        let rows = self.0.rows().expect("the system has rows");
        let mut r = vec![f32::NAN; jets[0].points * rows.width()];
        rows.values(start, jets, &mut r);
        let bars: Vec<f32> = r.iter().map(|r| 2.0 * r).collect();
        rows.pull_back(start, jets, &bars, cotangents, scalars);
        r.iter().map(|r| f64::from(*r).powi(2)).sum()
    }
}
