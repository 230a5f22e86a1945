//! The image of the comparison: its values, its discrete derivatives, and the task of fitting them.

use std::path::Path;
use std::sync::Arc;

use sinefield::fit::Task;
use sinefield::recipe::derivatives::{Derivatives, Target};
use sinefield::recipe::sampled::{Batch, Sampled};
use sinefield_media::{Depth, Resize, laplace5, sobel};

use super::Supervision;
use crate::JobError;
use crate::settings::Reading;

/// The image and the targets of the fits.
pub struct Sought {
    /// The file's name, without folders.
    pub name: String,
    pub sides: (usize, usize),
    /// The task of fitting the values, from which all fields and the other tasks are made.
    pub picture: Sampled,
    /// The image in grey.
    pub value: Vec<f32>,
    /// Sobel's derivatives down the rows and along the columns, `(pixels, 2)`, per pixel.
    pub gradient: Vec<f32>,
    /// The five-point Laplacian, per pixel squared.
    pub laplacian: Vec<f32>,
}

impl Sought {
    /// Reads the image and differentiates it.
    pub fn read(path: &Path, size: Resize) -> Result<Self, JobError> {
        let image = Reading::grey(path, (size, "`size`"))?;
        let (rows, columns) = (image.rows, image.columns);
        let range = match image.depth {
            Depth::U8 | Depth::U16 => Some((0.0, 1.0)),
            Depth::F32 => None,
        };
        let failed = |error| JobError::fault(path.display(), error);
        let picture = Sampled::picture((rows, columns, 1), image.data.clone(), range).map_err(failed)?;
        let picture = picture.with_batch(Batch::Full, 0).map_err(failed)?;
        let (down, right) = sobel(&image.data, rows, columns);
        Ok(Self {
            name: path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
            sides: (rows, columns),
            gradient: down.iter().zip(&right).flat_map(|(down, right)| [*down, *right]).collect(),
            laplacian: laplace5(&image.data, rows, columns),
            value: image.data,
            picture,
        })
    }

    /// The task of fitting the quantity that `supervise` selects.
    pub fn task(&self, supervise: Supervision) -> Result<Arc<dyn Task>, JobError> {
        let target = match supervise {
            Supervision::Value => return Ok(Arc::new(self.picture.clone())),
            Supervision::Gradient => Target::Gradient {
                down: self.gradient.iter().step_by(2).copied().collect(),
                right: self.gradient.iter().skip(1).step_by(2).copied().collect(),
            },
            Supervision::Laplacian => Target::Laplacian(self.laplacian.clone()),
        };
        let failed = |error| JobError::fault(&self.name, format!("{error}; fit its values"));
        Ok(Arc::new(Derivatives::new(&self.picture, target).map_err(failed)?))
    }

    /// The smallest and the largest value that the image could have.
    pub fn range(&self) -> (f32, f32) {
        let map = self.picture.value_map();
        (map.signal(-1.0) as f32, map.signal(1.0) as f32)
    }

    /// The peaks of the PSNRs of value, gradient and Laplacian: the ranges of the targets.
    pub fn peaks(&self) -> [f64; 3] {
        [2.0 * self.picture.value_map().scale, range(&self.gradient), range(&self.laplacian)]
    }
}

/// The largest number minus the smallest.
fn range(numbers: &[f32]) -> f64 {
    let (low, high) =
        numbers.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    f64::from(high) - f64::from(low)
}
