//! Tests of cotangents that are pulled back to jets, against differences of the naive evaluation.
//!
//! A polynomial added to a field changes its jet at one point by known numbers. The change of the residuals
//! must agree with the pulled-back cotangents times these numbers.

use super::super::graph::Derivative;
use super::super::lines::Direction;
use super::compile;
use super::naive::{Bump, Place, evaluate};
use super::tile::{HIGHER, RESIDUALS, Tile, WIDTHS, channels};
use crate::expr::Expr;
use crate::jet::JetSpec;

/// The value of a channel for the polynomial `Π (x_i - middle_i)` over `axes`, at `middle`.
fn jet_of_bump(axes: &[usize], derivative: Derivative, spec: &JetSpec) -> f64 {
    let square = |i: usize| if *axes == [i, i] { 2.0 } else { 0.0 };
    // Along a line, the polynomial is the product of the direction's parts times a power of the distance.
    let along = |line: Direction, order: usize| {
        let vector = line.vector(spec.inputs());
        let product: f64 = axes.iter().map(|&i| vector[i]).product();
        if axes.len() == order { product * (1..=order).product::<usize>() as f64 } else { 0.0 }
    };
    match derivative {
        Derivative::Value => f64::from(axes.is_empty()),
        Derivative::First(i) => f64::from(*axes == [i]),
        Derivative::Second(i, j) if i == j => square(i),
        Derivative::Second(i, j) => f64::from(*axes == [i, j]),
        Derivative::ThirdAlong(line) => along(line, 3),
        Derivative::FourthAlong(line) => along(line, 4),
        Derivative::Third(_) | Derivative::Fourth(_) => panic!("no channel of a jet"),
        Derivative::Laplacian => {
            let weights = spec.laplacian_weights().unwrap().iter().enumerate();
            weights.map(|(i, w)| w * square(i)).sum()
        }
    }
}

/// All products of at most `degree` axes, each ascending.
fn products(axes: usize, degree: usize) -> Vec<Vec<usize>> {
    let (mut all, mut last) = (vec![vec![]], vec![vec![]]);
    for _ in 0..degree {
        let longer = |of: &Vec<usize>| {
            let from = of.last().copied().unwrap_or(0);
            (from..axes).map(|i| [of.as_slice(), &[i]].concat()).collect::<Vec<_>>()
        };
        last = last.iter().flat_map(longer).collect();
        all.extend(last.clone());
    }
    all
}

/// Compares for all polynomials up to `degree`, with differences of spacing `step`.
fn check(text: &str, count: usize, degree: usize, step: f64) {
    let (program, e, scale) = (compile(text), Expr::parse(text).unwrap(), 0.7);
    let (tile, width) = (Tile::new(&program, count), program.width());
    let bars: Vec<f32> = (0..count * width).map(|i| (1.7 * i as f64 + 0.4).sin() as f32).collect();
    let mut cotangents: Vec<Vec<f32>> = tile.jets.iter().map(|j| vec![0.0; j.len()]).collect();
    let mut scalars = vec![0.0; 2];
    tile.with(|at| {
        let mut to: Vec<&mut [f32]> = cotangents.iter_mut().map(Vec::as_mut_slice).collect();
        program.pull_back(at, &bars, scale, &mut to, &mut scalars);
    });
    let product = |point: usize, at: &Place| -> f64 {
        let bars = bars[point * width..][..width].iter();
        scale * bars.zip(evaluate(&e, at)).map(|(bar, r)| f64::from(*bar) * r).sum::<f64>()
    };
    let slope = |moved: &dyn Fn(f64) -> f64| (moved(step) - moved(-step)) / (2.0 * step);
    // The tape's arithmetic is float32.
    let close = |got: f64, want: f64, what: &dyn std::fmt::Debug| {
        assert!((got - want).abs() <= 2e-4 * (1.0 + want.abs()), "{text} {what:?}: {got} for {want}");
    };
    let entering: Vec<usize> = (0..2).filter(|&f| tile.specs[f].is_some()).collect();
    // Only some points of a large tile are checked, including the last.
    for point in (0..count).rev().step_by(count.div_ceil(19)) {
        let at = &tile.points[point];
        for (&field, bars) in entering.iter().zip(&cotangents) {
            let spec = tile.specs[field].as_ref().unwrap();
            for axes in products([2, 3][field], degree) {
                for output in 0..WIDTHS[field] {
                    let want = slope(&|amount| {
                        let bump = Bump { field, output, middle: at.x, axes: axes.clone(), amount };
                        product(point, &Place { bump: Some(bump), ..at.clone() })
                    });
                    let share = |(channel, derivative): (usize, Derivative)| {
                        let bar = bars[(channel * count + point) * WIDTHS[field] + output];
                        f64::from(bar) * jet_of_bump(&axes, derivative, spec)
                    };
                    let got = channels(spec).into_iter().enumerate().map(share).sum();
                    close(got, want, &(field, output, &axes));
                }
            }
        }
    }
    for (scalar, got) in scalars.into_iter().enumerate() {
        let want = slope(&|by| {
            let moved = |mut at: Place| {
                at.trainable[scalar] += by;
                at
            };
            tile.points.iter().enumerate().map(|(point, at)| product(point, &moved(at.clone()))).sum()
        });
        close(got, want, &scalar);
    }
}

#[test]
fn cotangents_are_pulled_back() {
    for (which, text) in RESIDUALS.into_iter().enumerate() {
        check(text, [1, 3, 17, 255, 257][which % 5], 2, 1e-6);
    }
}

/// Differences of polynomials of second degree are exact at any spacing. A wide one keeps the rounding of the naive
/// walk's differences small.
#[test]
fn cotangents_of_higher_derivatives_are_pulled_back() {
    for (which, text) in HIGHER.into_iter().enumerate() {
        check(text, [1, 3, 17][which % 3], 4, 0.5);
    }
}
