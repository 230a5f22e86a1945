//! Files and signals for sinefield: images, sounds, volumes, surfaces, tables and points.
//!
//! [`Signal::read`] reads an image, a sound or a volume of any supported format as 32-bit floats. [`Image::read`],
//! [`read_sound`] and [`read_volume`] read one kind. [`write_image`], [`write_sound`], [`write_volume`] and
//! [`write_npy`] write floats. [`Surface::read`] reads a triangle mesh or a cloud of points, and [`write_mesh`] writes
//! one. [`psnr`] and [`ssim`] compare two images. A fault of a file gives a [`MediaError`] that names the file. Files are
//! written atomically.
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
//! // Rounded to 8 bits.
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
mod markup;
mod mesh_write;
mod metrics;
mod nifti;
mod nifti_header;
mod nifti_space;
mod nifti_write;
mod npy;
mod npy_write;
mod npz;
mod number;
mod openexr;
mod operators;
mod order;
mod orientation;
mod points;
mod resize;
mod signal;
mod signal_array;
mod signal_read;
mod sound;
mod sound_samples;
mod sound_write;
mod surface;
mod tiff_read;
mod tiff_write;
mod video;
mod volume;
mod volume_write;
mod vti_write;
mod watch;
mod wav;

pub use crate::arrays::{Array, read_arrays};
pub use crate::differences::{Differences, by_channel, divergence, forward_differences};
pub use crate::encode::{OutputFormat, Pixels, output_format, png_bytes, write_image};
pub use crate::error::MediaError;
pub use crate::image::{Depth, Image};
pub use crate::markup::escaped;
pub use crate::mesh_write::{MeshFormat, MeshView, mesh_format, write_mesh};
pub use crate::metrics::{psnr, ssim};
pub use crate::npy_write::{ArrayData, NamedArray, write_npy, write_npz};
pub use crate::openexr::write_exr;
pub use crate::operators::{laplace5, sobel};
pub use crate::points::{Points, read_points};
pub use crate::resize::{Resize, parse_size};
pub use crate::signal::{SampleReader, Samples, Signal, SignalAxis, SignalKind};
pub use crate::sound::read_sound;
pub use crate::sound_write::{SoundWritten, write_sound};
pub use crate::surface::{Surface, is_surface};
pub use crate::video::{
    VideoError, VideoOptions, VideoWriter, abandon_videos, ffmpeg_program, is_video, read_video,
    read_video_with,
};
pub use crate::volume::read_volume;
pub use crate::volume_write::write_volume;
pub use crate::vti_write::{ImageData, PointArray, write_vti};

/// The formats that [`Image::read`] supports, as a list for messages.
pub const READ_FORMATS: &str = "PNG, JPEG, TIFF, WebP, OpenEXR, PNM, Radiance HDR, .npy";

/// The formats that [`read_sound`] supports, as a list for messages.
pub const SOUND_FORMATS: &str = "WAV, FLAC, MP3, Ogg Vorbis";

/// The formats that [`read_volume`] supports, as a list for messages.
pub const VOLUME_FORMATS: &str = "NIfTI, .npy, .npz";

/// The formats that [`Surface::read`] supports, as a list for messages.
pub const SURFACE_FORMATS: &str = "PLY, OBJ, STL, text (.xyz, .pts, .txt), LAS, .npz with points or vertices";

/// The formats that [`is_video`] recognises, as a list for messages. Folders of images are videos too, and
/// [`read_video`] reads every container that ffmpeg reads.
pub const VIDEO_FORMATS: &str = "y4m, MP4, Matroska, WebM, AVI, MPEG, FLV";

/// The extensions that [`write_mesh`] supports, as a list for messages.
pub const MESH_EXTENSIONS: &str = ".ply, .obj, .stl, .glb";

/// The extensions that [`write_image`] supports, as a list for messages.
pub const WRITE_EXTENSIONS: &str = ".png, .jpg, .tif, .exr, .npy";
