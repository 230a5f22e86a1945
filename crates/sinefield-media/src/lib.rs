//! Files and signals for sinefield: images, arrays and points in, pictures and arrays out.
//!
//! [`Image::read`] takes an image file of any usual format to 32-bit floats, [`write_image`] and
//! [`write_npy`] bring floats back to disk, and [`psnr`] and [`ssim`] say how far two images are
//! apart. Whatever is wrong with a file ends in one [`MediaError`] that names it; whatever is
//! written replaces the old file whole or not at all.
//!
//! # Examples
//!
//! ```
//! use sinefield_media::{Image, Pixels, psnr, write_image};
//!
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("ramp.png");
//! let ramp: Vec<f32> = (0..64 * 64).map(|pixel| (pixel % 64) as f32 / 63.0).collect();
//! write_image(&path, 64, 64, 1, Pixels::F32(&ramp))?;
//!
//! let image = Image::read(&path)?;
//! assert_eq!((image.rows, image.columns, image.channels), (64, 64, 1));
//! // Rounded to 8 bits, and no worse.
//! assert!(psnr(&ramp, &image.data, 1.0) > 58.0);
//!
//! let small = image.resize(32, 32)?;
//! assert_eq!(small.data.len(), 32 * 32);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arrays;
mod csv;
mod decode;
mod differences;
mod encode;
mod error;
mod image;
mod input;
mod jpeg;
mod metrics;
mod npy;
mod npy_number;
mod npy_write;
mod npz;
mod openexr;
mod operators;
mod orientation;
mod points;
mod resize;
mod signal;
mod tiff_read;
mod tiff_write;
mod video;

pub use crate::arrays::{Array, read_arrays};
pub use crate::differences::{Differences, by_channel, divergence, forward_differences};
pub use crate::encode::{OutputFormat, Pixels, output_format, write_image};
pub use crate::error::MediaError;
pub use crate::image::{Depth, Image};
pub use crate::metrics::{psnr, ssim};
pub use crate::npy_write::{ArrayData, NamedArray, write_npy, write_npz};
pub use crate::openexr::write_exr;
pub use crate::operators::{laplace5, sobel};
pub use crate::points::{Points, read_points};
pub use crate::resize::{Resize, parse_size};
pub use crate::signal::{SampleReader, Samples, Signal, SignalAxis, SignalKind};
pub use crate::video::{
    VideoError, VideoOptions, VideoWriter, abandon_videos, ffmpeg_program, read_video, read_video_with,
};

/// The formats that [`Image::read`] reads, as a sentence would list them.
pub const READ_FORMATS: &str = "PNG, JPEG, TIFF, WebP, OpenEXR, PNM, Radiance HDR, .npy";

/// The extensions by which [`write_image`] tells formats, as a sentence would list them.
pub const WRITE_EXTENSIONS: &str = ".png, .jpg, .tif, .exr, .npy";
