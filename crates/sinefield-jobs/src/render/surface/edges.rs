//! Smooth edges: pixels at the outline of a surface, at its creases and where a part stands before another have many rays.

use sinefield::surface::{Ray, SurfaceError, View};

use super::paint::Painter;
use super::scene::{Sample, Scene};
use crate::Told;

/// Rays along each side of a pixel at an edge.
const FINER: usize = 4;
/// Pixels that are traced again at once.
const BATCH: usize = 1 << 11;
/// The cosine of the angle between the normals of neighbours at a crease.
const CREASE: f32 = 0.9;
/// How far a neighbour is off the plane of a pixel at an edge, in pixels.
const OFF: f64 = 1.5;

/// Red, green, blue and opacity of all pixels.
pub fn smoothed(
    scene: &mut Scene,
    painter: &Painter,
    samples: &[Sample],
    told: Told<'_>,
) -> Result<Vec<u8>, SurfaceError> {
    let view = *scene.view();
    let mut pixels: Vec<u8> =
        samples.iter().flat_map(|sample| mean(painter, std::slice::from_ref(sample))).collect();
    let edges = edges(&view, samples);
    let part = |at: usize| (at as f64 + 0.5) / FINER as f64;
    for (done, batch) in edges.chunks(BATCH).enumerate() {
        let finer = |pixel: &usize| {
            let (row, column) = (pixel / view.columns, pixel % view.columns);
            (0..FINER * FINER)
                .map(move |at| view.ray(row as f64 + part(at / FINER), column as f64 + part(at % FINER)))
        };
        let rays: Vec<Ray> = batch.iter().flat_map(finer).collect();
        let found = scene.samples(&rays)?;
        for (pixel, samples) in batch.iter().zip(found.chunks_exact(FINER * FINER)) {
            pixels[4 * pixel..][..4].copy_from_slice(&mean(painter, samples));
        }
        told((done * BATCH + batch.len()).min(edges.len()), Some(edges.len()));
    }
    Ok(pixels)
}

/// The mean colour of the samples that are hits, and their part of all.
fn mean(painter: &Painter, samples: &[Sample]) -> [u8; 4] {
    let hits = samples.iter().filter(|sample| sample.is_hit());
    let (mut sum, mut count) = ([0.0f32; 3], 0);
    for colour in hits.map(|sample| painter.colour(sample)) {
        (0..3).for_each(|c| sum[c] += colour[c]);
        count += 1;
    }
    if count == 0 {
        return [0; 4];
    }
    let [red, green, blue] = sum.map(|sum| (255.0 * sum / count as f32).round() as u8);
    [red, green, blue, (255.0 * count as f32 / samples.len() as f32).round() as u8]
}

/// The pixels that differ from a neighbour.
fn edges(view: &View, samples: &[Sample]) -> Vec<usize> {
    let mut at_edge = vec![false; samples.len()];
    for pixel in 0..samples.len() {
        let right = (pixel + 1) % view.columns != 0;
        let below = pixel + view.columns < samples.len();
        let neighbours = [(right, pixel + 1), (below, pixel + view.columns)];
        for (_, other) in neighbours.into_iter().filter(|(exists, _)| *exists) {
            if differ(view, samples, (pixel, other)) {
                at_edge[pixel] = true;
                at_edge[other] = true;
            }
        }
    }
    (0..samples.len()).filter(|pixel| at_edge[*pixel]).collect()
}

/// Whether there is an edge between two neighbours.
fn differ(view: &View, samples: &[Sample], (one, other): (usize, usize)) -> bool {
    let (a, b) = (&samples[one], &samples[other]);
    if !(a.is_hit() && b.is_hit()) {
        return a.is_hit() != b.is_hit();
    }
    let cosine: f32 = (0..3).map(|axis| a.normal[axis] * b.normal[axis]).sum();
    if cosine < CREASE {
        return true;
    }
    let place = |pixel: usize, sample: &Sample| {
        let ray = view.ray((pixel / view.columns) as f64 + 0.5, (pixel % view.columns) as f64 + 0.5);
        ray.at(f64::from(sample.depth))
    };
    let (from, to) = (place(one, a), place(other, b));
    let off = |normal: [f32; 3]| (0..3).map(|i| f64::from(normal[i]) * (to[i] - from[i])).sum::<f64>().abs();
    off(a.normal).min(off(b.normal)) > OFF * view.pixel * f64::from(a.depth.min(b.depth))
}
