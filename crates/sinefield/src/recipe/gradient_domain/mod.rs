//! Pictures from their derivatives: from gradients, from a Laplacian, blended, cloned into one another.
//!
//! What is known of a picture is given as [`Samples`]: values, first derivatives or Laplacians at its
//! pixels, or differences, which are derivatives half-way between them. [`GradientDomain`] is the task
//! of a field that has them all; [`Cloning`] makes the samples of a seamless clone; [`align`] adds the
//! constant that derivatives do not know; [`Recovery`] has the settings that suit each.
//!
//! Coordinates are a picture's: see [`crate::recipe::sampled`]. Derivatives are in units of the signal per
//! pixel, and so the field comes out at the right scale by itself.

mod align;
mod cloning;
mod divergence;
mod recovery;
mod samples;
mod sites;
mod spectrum;
mod task;
mod weighed;

pub use align::{AlignError, Alignment, align};
pub use cloning::Cloning;
pub use divergence::LARGEST_WEIGHED;
pub use recovery::Recovery;
pub use samples::{Samples, samples_psnr};
pub use sites::Kind;
pub use task::GradientDomain;

use thiserror::Error;

use crate::problem::ProblemError;

#[cfg(test)]
mod tests;

/// Why a picture cannot be made of derivatives.
#[derive(Clone, Debug, Error, PartialEq)]
pub enum GradientDomainError {
    /// The problem cannot be stated.
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
    /// An array's length is not that of its sites.
    #[error("the {name} has {found} numbers where its sizes make {expected}")]
    Length {
        /// What it is of.
        name: &'static str,
        /// By the sizes.
        expected: usize,
        /// In the array.
        found: usize,
    },
    /// A number is NaN or infinite.
    #[error("the {name} at row {row}, column {column} is not a finite number")]
    NotFinite {
        /// What it is of.
        name: &'static str,
        /// Its row.
        row: usize,
        /// Its column.
        column: usize,
    },
    /// A site was chosen that there is not.
    #[error("site {site} of the {name} was chosen of {all}")]
    NoSite {
        /// What is asked there.
        name: &'static str,
        /// The number chosen, counted from 0.
        site: u32,
        /// How many there are.
        all: usize,
    },
    /// Samples of a picture of another size.
    #[error("the picture is {picture:?} in rows, columns and channels, but samples are of one of {other:?}")]
    OtherPicture {
        /// The task's.
        picture: (usize, usize, usize),
        /// The samples'.
        other: (usize, usize, usize),
    },
    /// Samples that do not make a gradient.
    #[error(
        "{} and {} are no gradient; give all of both directions, half-way between pixels or at them",
        kinds[0].name(),
        kinds[1].name()
    )]
    NoGradient {
        /// The first's kind and the second's.
        kinds: [Kind; 2],
    },
    /// Nothing is known of the picture.
    #[error("nothing is known of the picture: a single pixel has no derivatives")]
    NoSamples,
    /// Steps would see no pixel.
    #[error("the batch is 0 pixels; a step needs at least 1")]
    NoBatch,
    /// No pixel has all its neighbours.
    #[error("the picture is {rows} x {columns} pixels, of which none lies inside; 3 x 3 are the fewest")]
    NoInside {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
    },
    /// Too many pixels for steps that see them all.
    #[error("{rows} x {columns} pixels are more than the {most} of which a step can weigh frequencies")]
    TooLarge {
        /// Rows.
        rows: usize,
        /// Columns.
        columns: usize,
        /// The most pixels.
        most: usize,
    },
    /// The mask is empty, or lies beside the target.
    #[error(
        "no masked pixel of the source, {} x {} at row {}, column {}, lies in the target",
        .sides.0, .sides.1, .at.0, .at.1
    )]
    NothingInside {
        /// Where the source's first pixel lies in the target.
        at: (i64, i64),
        /// The source's rows and columns.
        sides: (usize, usize),
    },
}

/// A number that differs between such numbers.
fn fingerprint<'a>(of: &[u8], numbers: impl IntoIterator<Item = &'a f32>) -> u64 {
    numbers.into_iter().fold(crate::field::file::fnv(of.iter().copied()), |all, value| {
        (all ^ u64::from(value.to_bits())).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(23)
    })
}
