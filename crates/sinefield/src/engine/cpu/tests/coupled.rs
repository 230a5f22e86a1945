//! A system with several fields and trainable scalars, for tests of whole steps.

use super::*;
use crate::engine::System;

/// One field of the system: its network, its jet, and how its coordinates are drawn.
pub struct Part {
    pub field: Field,
    pub spec: JetSpec,
}

/// `Σ_points r² / points` with `r = 0.3 + Σ_fields s_f Σ w · jet_f`: each field has a trainable scalar. The weights and
/// coordinates depend only on the index of the point.
pub struct Coupled<'a> {
    pub parts: &'a [Part],
    pub points: usize,
    pub scalars: Vec<f32>,
}

impl<'a> Coupled<'a> {
    pub fn new(parts: &'a [Part], points: usize) -> Self {
        let scalars = (0..parts.len()).map(|f| 0.4 + 0.3 * f as f32).collect();
        Self { parts, points, scalars }
    }

    /// The weight of number `at` in the jet of field `field` at one point.
    fn weight(&self, field: usize, point: usize, at: usize) -> f32 {
        scatter(point * 97 + at, 11 + field)
    }

    /// `Σ w · jet_f` at a point of the tile.
    fn dot(&self, field: usize, start: usize, point: usize, jets: &Jets<'_>) -> f32 {
        let numbers = jets.data.len() / jets.points;
        (0..numbers).map(|at| self.weight(field, start + point, at) * jets.data[place(jets, point, at)]).sum()
    }

    /// The loss and all gradients by one differentiator: those of the fields, then those of the scalars.
    pub fn gradient(&self, by: &mut dyn Differentiator) -> (f64, Vec<f64>) {
        let parameters: Vec<&[f32]> = self.parts.iter().map(|part| part.field.parameters()).collect();
        let mut gradients: Vec<Vec<f32>> = parameters.iter().map(|of| vec![f32::NAN; of.len()]).collect();
        let mut slices: Vec<&mut [f32]> = gradients.iter_mut().map(Vec::as_mut_slice).collect();
        let mut scalars = vec![f64::NAN; self.scalars.len()];
        let loss = by.gradient(&parameters, self, &mut slices, &mut scalars);
        let numbers = gradients.concat().into_iter().map(f64::from).chain(scalars);
        (loss, numbers.collect())
    }

    pub fn differentiator(&self, engine: &dyn Engine) -> Box<dyn Differentiator> {
        let parts: Vec<_> = self.parts.iter().map(|part| (part.field.architecture(), &part.spec)).collect();
        engine.differentiator(&parts).unwrap()
    }
}

/// The offset of number `at` of a point's jet, `(channels, outputs)`, in the jets of a tile.
fn place(jets: &Jets<'_>, point: usize, at: usize) -> usize {
    let (channel, output) = (at / jets.outputs, at % jets.outputs);
    (channel * jets.points + point) * jets.outputs + output
}

impl System for Coupled<'_> {
    fn points(&self) -> usize {
        self.points
    }

    fn coordinates(&self, field: usize, start: usize, out: &mut [f64]) {
        let first = start * self.parts[field].spec.inputs();
        out.iter_mut().enumerate().for_each(|(i, x)| *x = f64::from(scatter(first + i, 1 + field)));
    }

    fn residual(
        &self,
        start: usize,
        jets: &[Jets<'_>],
        cotangents: &mut [&mut [f32]],
        scalars: &mut [f64],
    ) -> f64 {
        let mut loss = 0.0;
        for point in 0..jets[0].points {
            let dots: Vec<f32> =
                jets.iter().enumerate().map(|(field, jets)| self.dot(field, start, point, jets)).collect();
            let r = 0.3 + dots.iter().zip(&self.scalars).map(|(dot, s)| dot * s).sum::<f32>();
            let bar = 2.0 * r / self.points as f32;
            for (field, (jets, bars)) in jets.iter().zip(&mut *cotangents).enumerate() {
                for at in 0..jets.data.len() / jets.points {
                    bars[place(jets, point, at)] +=
                        bar * self.scalars[field] * self.weight(field, start + point, at);
                }
                scalars[field] += f64::from(bar * dots[field]);
            }
            loss += f64::from(r * r) / self.points as f64;
        }
        loss
    }
}

/// Two fields with different coordinates, outputs and jets. One uses the forward method, the other the reverse method.
pub fn two_fields(hidden: usize) -> [Part; 2] {
    let part = |config, spec, seed| Part { field: Field::new(&config, seed).unwrap(), spec };
    [
        part(gentle(Activation::Sine, hidden, 1, 2, 2), JetSpec::laplacian(2), 1),
        part(gentle(Activation::Sine, hidden + 2, 1, 3, 1), JetSpec::gradient(3), 2),
    ]
}
