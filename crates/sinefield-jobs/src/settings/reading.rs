//! Reads images, and converts them to grey and resizes them if requested.

use std::path::Path;

use clap::Args;
use serde::{Deserialize, Serialize};
use sinefield_media::{Image, Resize};

use super::{entry, values};
use crate::JobError;

/// How images are read.
#[derive(Args, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Resize every image first, to W x H pixels or to N pixels on the longer side.
    #[arg(long, value_name = "N|WxH", value_parser = values::size, allow_negative_numbers = true)]
    #[serde(with = "entry::size", skip_serializing_if = "Option::is_none")]
    pub resize: Option<Resize>,
    /// Convert every image to grey (Rec. 601 luma, without alpha).
    #[arg(long, visible_alias = "grey")]
    pub gray: bool,
}

impl Reading {
    /// Reads the image `path`, converts it to grey, and resizes it. `size` is the size and the setting that errors
    /// name.
    pub(crate) fn grey(path: &Path, size: (Resize, &str)) -> Result<Image, JobError> {
        read(path, true, Some(size))
    }

    /// Applies the settings to an image.
    pub(crate) fn apply(&self, image: Image) -> Result<Image, JobError> {
        change(image, self.gray, self.resize.map(|size| (size, "`resize`")))
    }

    /// Reads the image `path` and applies the settings.
    pub(crate) fn read(&self, path: &Path) -> Result<Image, JobError> {
        self.apply(Image::read(path)?)
    }
}

/// Reads the image `path`, and changes it as in `change`.
fn read(path: &Path, gray: bool, size: Option<(Resize, &str)>) -> Result<Image, JobError> {
    change(Image::read(path)?, gray, size)
}

/// Converts an image to grey if `gray`, and resizes it. `size` is the size and the setting that errors name.
fn change(image: Image, gray: bool, size: Option<(Resize, &str)>) -> Result<Image, JobError> {
    let image = if gray { image.to_grey() } else { image };
    let Some((size, setting)) = size else { return Ok(image) };
    let (rows, columns) = size.apply((image.rows, image.columns));
    image.resize(rows, columns).map_err(|error| JobError::asked(setting, error))
}
