//! Images as jobs take them: read, in grey if asked for, resized.

use std::path::Path;

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield_media::{Image, Resize};

use super::{entry, values};
use crate::JobError;

/// What becomes of every image that is read.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Resize every image first: N for its longer side, or WxH.
    #[arg(long, value_name = "N|WxH", value_parser = values::size, allow_negative_numbers = true)]
    #[serde(with = "entry::size", skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// Take every image in grey (Rec. 601 luma, no alpha).
    #[arg(long, visible_alias = "grey")]
    pub gray: bool,
}

impl Reading {
    /// Reads the image `path` in grey, of the size that a setting asks for.
    pub(crate) fn grey(path: &Path, size: (Resize, &str)) -> Result<Image, JobError> {
        read(path, true, Some(size))
    }

    /// The image as the settings say.
    pub(crate) fn apply(&self, image: Image) -> Result<Image, JobError> {
        change(image, self.gray, self.resize.map(|size| (size, "`resize`")))
    }

    /// Reads the image `path` as the settings say.
    pub(crate) fn read(&self, path: &Path) -> Result<Image, JobError> {
        self.apply(Image::read(path)?)
    }
}

/// Reads the image `path`, in grey or as it is; a size comes with the setting that asked for it.
fn read(path: &Path, gray: bool, size: Option<(Resize, &str)>) -> Result<Image, JobError> {
    change(Image::read(path)?, gray, size)
}

/// The image in grey or as it is, and resized.
fn change(image: Image, gray: bool, size: Option<(Resize, &str)>) -> Result<Image, JobError> {
    let image = if gray { image.to_grey() } else { image };
    let Some((size, setting)) = size else { return Ok(image) };
    let (rows, columns) = size.apply((image.rows, image.columns));
    image.resize(rows, columns).map_err(|error| JobError::asked(setting, error))
}
