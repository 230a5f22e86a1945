//! Recovers pictures from derivatives: from gradients, a Laplacian, blended gradients or seamless clones.
//!
//! [`Samples`] hold the known data of a picture: values, first derivatives or Laplacians at pixels, or
//! differences, which are derivatives half-way between pixels. [`GradientDomain`] is the task of fitting a
//! field to samples. [`Cloning`] makes the samples of a seamless clone. [`align`] adds the constant that
//! derivatives do not determine. [`Recovery`] has the default settings of each problem.
//!
//! Coordinates are those of a picture: see [`crate::recipe::sampled`]. Derivatives are in signal units per
//! pixel, so the fitted field has the right scale.

mod align;
mod cloning;
mod divergence;
mod recovery;
mod samples;
mod sites;
mod spectrum;
mod task;
mod weighted;

pub use align::{AlignError, Alignment, align};
pub use cloning::Cloning;
pub use divergence::LARGEST_WEIGHTED;
pub use recovery::Recovery;
pub use samples::{Samples, samples_psnr};
pub use sites::SampleKind;
pub use task::GradientDomain;

use thiserror::Error;

use crate::problem::ProblemError;

#[cfg(test)]
mod tests;

/// The reason that a gradient-domain task cannot be built.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum GradientDomainError {
    /// The problem is not valid.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// A side or the number of channels is zero.
    #[error("the picture is {rows} x {columns} with {channels} channels: there is nothing to fit")]
    Empty {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// Channels.
        channels: usize,
    },
    /// The length of an array does not match its sites.
    #[error("the {name} has {found} numbers where its sizes make {expected}")]
    Length {
        /// The quantity in the array.
        name: &'static str,
        /// The length that the sizes require.
        expected: usize,
        /// The length of the array.
        found: usize,
    },
    /// A number is NaN or infinite.
    #[error("the {name} at row {row}, column {column} is not a finite number")]
    NotFinite {
        /// The quantity in the array.
        name: &'static str,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// A chosen site does not exist.
    #[error("site {site} of the {name} does not exist; there are {all}")]
    NoSite {
        /// The quantity of the samples.
        name: &'static str,
        /// The chosen index, counted from 0.
        site: u32,
        /// The number of sites.
        all: usize,
    },
    /// The samples belong to a picture of another size.
    #[error("the picture is {picture:?} in rows, columns and channels, but samples are of one of {other:?}")]
    OtherPicture {
        /// The size of the task's picture.
        picture: (usize, usize, usize),
        /// The size of the samples' picture.
        other: (usize, usize, usize),
    },
    /// Two samples do not form a gradient.
    #[error(
        "{} and {} are not a gradient; give all samples of both directions, either between pixels or at pixels",
        kinds[0].name(),
        kinds[1].name()
    )]
    NoGradient {
        /// The kinds of the first and the second.
        kinds: [SampleKind; 2],
    },
    /// There are no samples to fit.
    #[error("a picture of a single pixel has no derivatives")]
    NoSamples,
    /// The batch is empty.
    #[error("the batch is 0 pixels; a step needs at least 1")]
    NoBatch,
    /// The picture has no interior pixel.
    #[error(
        "the picture has {rows} x {columns} pixels, all of them at its edge; it must have at least 3 x 3"
    )]
    NoInside {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// The picture is too large for steps over all pixels.
    #[error("{rows} x {columns} pixels are too many for errors weighted by frequency; {most} are the most")]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The largest number of pixels.
        most: usize,
    },
    /// The mask is empty or lies outside the target.
    #[error(
        "no masked pixel of the source, {} x {} at row {}, column {}, lies in the target",
        .sides.0, .sides.1, .at.0, .at.1
    )]
    NothingInside {
        /// The row and column of the target for the source's first pixel.
        at: (i64, i64),
        /// The source's rows and columns.
        sides: (usize, usize),
    },
}

/// A hash of a tag and of numbers.
fn fingerprint<'a>(of: &[u8], numbers: impl IntoIterator<Item = &'a f32>) -> u64 {
    numbers.into_iter().fold(crate::field::file::fnv(of.iter().copied()), |all, value| {
        (all ^ u64::from(value.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
    })
}
