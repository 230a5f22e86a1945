//! Maps from the unit cube to boxes, balls and spheres, and selection by size.

use std::f64::consts::{PI, TAU};

use super::Interval;

/// The running sums of numbers, for [`pick`].
pub(super) fn running_sums(sizes: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    sizes
        .map(|size| {
            sum += size;
            sum
        })
        .collect()
}

/// Selects an entry by its size, and returns the rest of the draw as a number in `[0, 1]`.
pub(super) fn pick(sums: &[f64], draw: f64) -> (usize, f64) {
    let total = sums.last().copied().unwrap_or(0.0);
    let target = draw * total;
    let at = sums.partition_point(|sum| *sum <= target).min(sums.len().saturating_sub(1));
    let before = if at == 0 { 0.0 } else { sums[at - 1] };
    let size = sums.get(at).map_or(0.0, |sum| sum - before);
    (at, if size > 0.0 { ((target - before) / size).clamp(0.0, 1.0) } else { 0.0 })
}

/// The volume of a ball: `V_d = 2 π r² / d · V_{d-2}`, with `V_0 = 1` and `V_1 = 2 r`.
pub(super) fn ball_volume(dimension: usize, radius: f64) -> f64 {
    let start = if dimension.is_multiple_of(2) { 1.0 } else { 2.0 * radius };
    let from = if dimension.is_multiple_of(2) { 2 } else { 3 };
    (from..=dimension).step_by(2).fold(start, |volume, d| volume * 2.0 * PI * radius * radius / d as f64)
}

/// The product of the lengths of the sides that have one. `without` is left out.
fn extent(sides: &[Interval], without: Option<usize>) -> f64 {
    let free = sides.iter().enumerate().filter(|(i, side)| Some(*i) != without && side.length() > 0.0);
    free.map(|(_, side)| side.length()).product()
}

/// The volume of a box.
pub(super) fn box_volume(sides: &[Interval]) -> f64 {
    extent(sides, None)
}

/// The area of the faces of a box.
pub(super) fn box_area(sides: &[Interval]) -> f64 {
    let free = (0..sides.len()).filter(|i| sides[*i].length() > 0.0);
    free.map(|face| 2.0 * extent(sides, Some(face))).sum()
}

/// A point on a face, with its outward normal. The first draw selects the face by area, the others select the
/// point.
pub(super) fn on_box(sides: &[Interval], draw: &[f64], out: &mut [f64], normal: &mut [f64]) {
    let free = |i: &usize| sides[*i].length() > 0.0;
    let area = |face: usize| -> f64 { extent(sides, Some(face)) };
    let total: f64 = box_area(sides);
    let mut left = draw[0] * total;
    let mut chosen = ((0..sides.len()).rfind(free).unwrap_or(0), 1.0);
    'found: for face in (0..sides.len()).filter(free) {
        for end in [0.0, 1.0] {
            if left < area(face) {
                chosen = (face, end);
                break 'found;
            }
            left -= area(face);
        }
    }
    for (i, (x, side)) in out.iter_mut().zip(sides).enumerate() {
        *x = if i == chosen.0 { side.at(chosen.1) } else { side.at(draw[1 + i]) };
    }
    normal.fill(0.0);
    normal[chosen.0] = 2.0 * chosen.1 - 1.0;
}

/// Writes normally distributed numbers (Box & Muller 1958), and returns the square of their length.
fn normals(pairs: &[f64], out: &mut [f64]) -> f64 {
    let mut square = 0.0;
    for (pair, out) in pairs.chunks_exact(2).zip(out.chunks_mut(2)) {
        // 1 - u lies in (0, 1], where the logarithm is finite.
        let length = (-2.0 * (1.0 - pair[0]).ln()).sqrt();
        let normal = [length * (TAU * pair[1]).cos(), length * (TAU * pair[1]).sin()];
        out.iter_mut().zip(normal).for_each(|(x, n)| {
            *x = n;
            square += n * n;
        });
    }
    square
}

/// The number of draws of [`in_ball`], and of [`on_sphere`] one more than it needs.
pub(super) fn ball_draws(dimension: usize) -> usize {
    dimension.next_multiple_of(2) + 1
}

/// A point in the ball around 0: a direction from normally distributed numbers, and a radius whose d-th power
/// is uniform.
pub(super) fn in_ball(radius: f64, draw: &[f64], out: &mut [f64]) {
    let (last, pairs) = (draw[draw.len() - 1], &draw[..draw.len() - 1]);
    let square = normals(pairs, out);
    let length = radius * last.powf(1.0 / out.len() as f64);
    let scale = if square > 0.0 { length / square.sqrt() } else { 0.0 };
    out.iter_mut().for_each(|x| *x *= scale);
}

/// A uniform direction of length 1.
pub(super) fn on_sphere(draw: &[f64], out: &mut [f64]) {
    let square = normals(draw, out);
    if square > 0.0 {
        out.iter_mut().for_each(|x| *x /= square.sqrt());
    } else {
        out.iter_mut().enumerate().for_each(|(i, x)| *x = if i == 0 { 1.0 } else { 0.0 });
    }
}
