//! The residual rows of a system and their derivatives with respect to every unknown.

use super::{Differentiator, Jets, Rows, System};
use crate::field::Number;

/// Receives the residual rows r of a system and their derivative `J = ∂r/∂θ` at one θ.
///
/// θ is the vector of all unknowns of a fit. The system may depend on a part of them.
#[derive(Debug)]
pub struct Jacobian<'a> {
    /// The rows, `(points, width)`.
    pub rows: &'a mut [f64],
    /// J: `columns` numbers for each row. Zero on entry. Columns of unknowns that the system does not depend on stay
    /// zero.
    pub derivatives: &'a mut [f64],
    /// The number of unknowns.
    pub columns: usize,
    /// The column of the first parameter of every field of the system.
    pub fields: &'a [usize],
    /// The column of the first trainable scalar. The scalars are the last unknowns.
    pub scalars: usize,
}

impl Jacobian<'_> {
    /// Checks the sizes against those of the system.
    ///
    /// # Panics
    /// If the number of rows, derivatives or fields does not match.
    pub(super) fn check<N>(&self, system: &dyn System<N>, rows: &dyn Rows<N>, fields: usize) {
        assert_eq!(self.rows.len(), system.points() * rows.width(), "rows of another system");
        assert_eq!(self.derivatives.len(), self.rows.len() * self.columns, "derivatives of another size");
        assert_eq!(self.fields.len(), fields, "fields of another system");
    }

    /// The parts of one row of J for every field, of the given lengths, and for the scalars.
    pub(super) fn parts<'r>(
        row: &'r mut [f64],
        fields: &[usize],
        lengths: impl Iterator<Item = usize>,
        scalars: usize,
    ) -> (Vec<&'r mut [f64]>, &'r mut [f64]) {
        let (mut rest, scalars) = row.split_at_mut(scalars);
        let (mut parts, mut passed) = (Vec::with_capacity(fields.len()), 0);
        for (start, length) in fields.iter().zip(lengths) {
            let (_, from) = rest.split_at_mut(start - passed);
            let (part, after) = from.split_at_mut(length);
            parts.push(part);
            (rest, passed) = (after, start + length);
        }
        (parts, scalars)
    }
}

/// Computes the Jacobian by one gradient for each row. An engine may have a faster way.
pub(super) fn by_gradients<N: Number>(
    differentiator: &mut (impl Differentiator<N> + ?Sized),
    parameters: &[&[N]],
    (system, rows): (&dyn System<N>, &dyn Rows<N>),
    out: &mut Jacobian<'_>,
) {
    out.check(system, rows, parameters.len());
    let mut gradients: Vec<Vec<N>> = parameters.iter().map(|of| vec![N::zero(); of.len()]).collect();
    let mut scalars = vec![0.0; out.columns - out.scalars];
    for (at, (value, row)) in
        out.rows.iter_mut().zip(out.derivatives.chunks_exact_mut(out.columns.max(1))).enumerate()
    {
        let (point, component) = (at / rows.width(), at % rows.width());
        let one = OneRow { system, rows, point, component };
        let mut slices: Vec<&mut [N]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
        *value = differentiator.gradient(parameters, &one, &mut slices, &mut scalars);
        let lengths = parameters.iter().map(|of| of.len());
        let (parts, scalar_part) = Jacobian::parts(row, out.fields, lengths, out.scalars);
        for (part, gradient) in parts.into_iter().zip(&gradients) {
            part.iter_mut().zip(gradient).for_each(|(to, from)| *to = (*from).into());
        }
        scalar_part.copy_from_slice(&scalars);
    }
}

/// One row of a system, as a system whose loss is that row.
struct OneRow<'a, N> {
    system: &'a dyn System<N>,
    rows: &'a dyn Rows<N>,
    point: usize,
    component: usize,
}

impl<N: Number> System<N> for OneRow<'_, N> {
    fn points(&self) -> usize {
        1
    }

    fn coordinates(&self, field: usize, _: usize, out: &mut [f64]) {
        self.system.coordinates(field, self.point, out);
    }

    fn residual(
        &self,
        _: usize,
        jets: &[Jets<'_, N>],
        cotangents: &mut [&mut [N]],
        scalars: &mut [f64],
    ) -> f64 {
        let mut values = vec![N::nan(); self.rows.width()];
        self.rows.values(self.point, jets, &mut values);
        let mut bars = vec![N::zero(); values.len()];
        bars[self.component] = N::one();
        self.rows.pull_back(self.point, jets, &bars, cotangents, scalars);
        values[self.component].into()
    }
}
