//! Images as commands take them: read, in grey if asked for, resized.

use std::path::Path;

use clap::Args;
use sinefield_media::{Image, Resize};

use crate::failure::Failure;
use crate::values;

/// What becomes of every image that is read.
#[derive(Args, Clone, Copy, Debug)]
pub struct ImageOptions {
    /// Resize every image first: N for its longer side, or WxH.
    #[arg(long, value_name = "N|WxH", value_parser = values::size, allow_negative_numbers = true)]
    pub resize: Option<Resize>,
    /// Take every image in grey (Rec. 601 luma, no alpha).
    #[arg(long, visible_alias = "grey")]
    pub gray: bool,
}

impl ImageOptions {
    /// Reads the image `path` as the options say.
    pub fn read(&self, path: &Path) -> Result<Image, Failure> {
        read(path, self.gray, self.resize.map(|size| (size, "--resize")))
    }
}

/// Reads the image `path`, in grey or as it is; a size comes with the option that asked for it.
pub fn read(path: &Path, gray: bool, size: Option<(Resize, &str)>) -> Result<Image, Failure> {
    let mut image = Image::read(path)?;
    if gray {
        image = image.to_grey();
    }
    let Some((size, option)) = size else { return Ok(image) };
    let (rows, columns) = size.apply((image.rows, image.columns));
    image.resize(rows, columns).map_err(|error| Failure::usage(option, error))
}
