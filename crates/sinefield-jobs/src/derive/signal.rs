//! The properties of images that these jobs need, and derivatives of images as samples.

use std::path::Path;

use sinefield::recipe::gradient_domain::{GradientDomainError, SampleKind, Samples};
use sinefield_media::{Depth, Image, by_channel, forward_differences, laplace5, sobel};

/// A file's name, without folders.
pub fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// An image's size in words, as `640 x 480 pixels of 3 channels`.
pub fn size(image: &Image) -> String {
    let Image { rows, columns, channels, .. } = image;
    let plural = if *channels == 1 { "channel" } else { "channels" };
    format!("{columns} x {rows} pixels of {channels} {plural}")
}

/// `(rows, columns, channels)`.
pub fn shape(image: &Image) -> (usize, usize, usize) {
    (image.rows, image.columns, image.channels)
}

/// The range of values that a field's outputs are scaled to.
pub fn range(image: &Image) -> (f32, f32) {
    match image.depth {
        Depth::U8 | Depth::U16 => (0.0, 1.0),
        Depth::F32 => {
            let ends = (f32::INFINITY, f32::NEG_INFINITY);
            image.data.iter().fold(ends, |(low, high), v| (low.min(*v), high.max(*v)))
        }
    }
}

/// The differences between neighbours.
pub fn differences(image: &Image) -> Result<Vec<Samples>, GradientDomainError> {
    let shape = shape(image);
    let differences = forward_differences(&image.data, shape);
    Ok(vec![
        Samples::new(SampleKind::DownBetween, shape, differences.down)?,
        Samples::new(SampleKind::RightBetween, shape, differences.right)?,
    ])
}

/// Sobel's derivatives at the pixels.
pub fn sobels(image: &Image) -> Result<Vec<Samples>, GradientDomainError> {
    let (rows, columns, channels) = shape(image);
    let down = by_channel(&image.data, channels, |plane| sobel(plane, rows, columns).0);
    let right = by_channel(&image.data, channels, |plane| sobel(plane, rows, columns).1);
    let shape = shape(image);
    Ok(vec![Samples::new(SampleKind::Down, shape, down)?, Samples::new(SampleKind::Right, shape, right)?])
}

/// The five-point Laplacian at all pixels. Only the pixels inside are used.
pub fn five_point(image: &Image) -> Vec<f32> {
    let (rows, columns, channels) = shape(image);
    by_channel(&image.data, channels, |plane| laplace5(plane, rows, columns))
}

/// The Laplacian `numbers`, given at all pixels, as samples at the pixels that have four neighbours.
pub fn laplacian(image: &Image, numbers: Vec<f32>) -> Result<Samples, GradientDomainError> {
    let inside = pixels(image, |on_edge| !on_edge);
    Samples::new(SampleKind::Laplacian, shape(image), numbers)?.chosen(inside)
}

/// The numbers of the pixels inside, `(rows - 2, columns - 2, channels)`.
pub fn inside(image: &Image, numbers: &[f32]) -> Vec<f32> {
    let channels = image.channels;
    let numbers = |pixel: &u32| &numbers[*pixel as usize * channels..(*pixel as usize + 1) * channels];
    pixels(image, |on_edge| !on_edge).iter().flat_map(numbers).copied().collect()
}

/// The values of the pixels at the edge.
pub fn edge(image: &Image) -> Result<Samples, GradientDomainError> {
    Samples::new(SampleKind::Value, shape(image), image.data.clone())?
        .chosen(pixels(image, |on_edge| on_edge))
}

fn pixels(image: &Image, wanted: impl Fn(bool) -> bool) -> Vec<u32> {
    let (rows, columns) = (image.rows, image.columns);
    let on_edge = |pixel: usize| {
        let (row, column) = (pixel / columns, pixel % columns);
        row == 0 || column == 0 || row + 1 == rows || column + 1 == columns
    };
    (0..rows * columns).filter(|pixel| wanted(on_edge(*pixel))).map(|pixel| pixel as u32).collect()
}
