//! The residual rows of a term at the points of a step, without derivatives by the unknowns.

use super::precise::Precise;
use super::task::{Moment, Task, TaskError, Term, TermField};
use crate::engine::{Jets, Rows, System};
use crate::field::Number;

/// The number of points evaluated at a time.
const TILE: usize = 256;

/// The residual rows of a term.
#[derive(Clone, Debug, PartialEq)]
pub struct TermRows {
    /// The name of the term.
    pub name: String,
    /// Rows for each point.
    pub width: usize,
    /// The rows, `(points, width)`. Their squares add up to the loss of the term.
    pub values: Vec<f64>,
}

/// The residual rows of a term, or `None` if it has no rows. The fields of `moment` have the precision of `N`.
pub(crate) fn rows_of<N: Precise>(
    task: &dyn Task,
    (index, term): (usize, &Term),
    moment: &Moment<'_>,
) -> Result<Option<TermRows>, TaskError> {
    let system = N::system(task, index, moment)?;
    let Some(rows) = system.rows() else { return Ok(None) };
    let width = rows.width();
    let values = residuals_of((system.as_ref(), rows), term, moment)?;
    Ok(Some(TermRows { name: term.name.clone(), width, values }))
}

/// The rows of a system of `term`, `(points, width)`. The fields of `moment` have the precision of `N`.
pub(crate) fn residuals_of<N: Precise>(
    (system, rows): (&dyn System<N>, &dyn Rows<N>),
    term: &Term,
    moment: &Moment<'_>,
) -> Result<Vec<f64>, TaskError> {
    let mut parts = Vec::new();
    for TermField { field, jet, .. } in &term.fields {
        let field = &moment.fields[*field];
        parts.push((field, jet.channels(), N::evaluator(moment.engine, field.architecture(), jet)?));
    }
    let width = rows.width();
    let mut values = vec![N::nan(); system.points() * width];
    for (tile, out) in values.chunks_mut(TILE * width).enumerate() {
        let (start, points) = (tile * TILE, out.len() / width);
        let mut jets = Vec::new();
        for (at, (field, channels, evaluator)) in parts.iter_mut().enumerate() {
            let (inputs, outputs) = (field.architecture().inputs, evaluator.outputs());
            let mut coordinates = vec![0.0; points * inputs];
            system.coordinates(at, start, &mut coordinates);
            let place = |from: usize, x: &mut [f64]| {
                x.copy_from_slice(&coordinates[from * inputs..from * inputs + x.len()]);
            };
            let mut by_point = vec![N::zero(); points * *channels * outputs];
            let per_point = *channels * outputs;
            let write = |_: usize, jets: &Jets<'_, N>, out: &mut [N]| {
                for (point, out) in out.chunks_exact_mut(per_point).enumerate() {
                    for (channel, out) in out.chunks_exact_mut(outputs).enumerate() {
                        out.copy_from_slice(&jets.channel(channel)[point * outputs..][..outputs]);
                    }
                }
            };
            evaluator.evaluate(N::parameters(field), place, &mut by_point, per_point, write);
            let narrow: Vec<N> = coordinates.iter().map(|x| N::of(*x)).collect();
            jets.push((by_channel(&by_point, *channels, outputs), narrow, outputs));
        }
        let jets: Vec<Jets<'_, N>> = jets
            .iter()
            .map(|(data, coordinates, outputs)| Jets { data, coordinates, points, outputs: *outputs })
            .collect();
        rows.values(start, &jets, out);
    }
    Ok(values.into_iter().map(N::into).collect())
}

/// Reorders `(points, channels, outputs)` to `(channels, points, outputs)`.
fn by_channel<N: Number>(numbers: &[N], channels: usize, outputs: usize) -> Vec<N> {
    let channel = |channel: usize| {
        numbers.chunks_exact(channels * outputs).flat_map(move |point| &point[channel * outputs..][..outputs])
    };
    (0..channels).flat_map(channel).copied().collect()
}
