//! Videos: y4m files, folders of frames, and all formats of ffmpeg.

mod container;
mod encoder;
mod error;
mod ffmpeg;
mod ffmpeg_log;
mod frames;
mod rate;
mod reel;
mod spool;
mod staging;
mod writer;
mod y4m;
mod yuv;

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

pub use error::VideoError;
pub use ffmpeg::ffmpeg_program;
use reel::{Layout, Request};
pub use staging::abandon_videos;
pub use writer::VideoWriter;

use crate::input::Input;
use crate::{MediaError, Signal};

/// The rate of frames without a stated rate.
const USUAL_FPS: f64 = 25.0;

/// The first bytes of y4m files.
const Y4M: &[u8] = b"YUV4MPEG2";

/// The options of reading a video.
#[derive(Clone, Debug)]
pub struct VideoOptions {
    /// Frames per second, in place of the stated rate. The frames do not change.
    pub fps: Option<f64>,
    /// The ffmpeg program.
    pub ffmpeg: PathBuf,
    /// The folder of the temporary file with the decoded frames.
    pub spool_folder: PathBuf,
}

impl Default for VideoOptions {
    /// The stated rate, the program of [`ffmpeg_program`], and the system's folder for temporary files.
    fn default() -> Self {
        Self { fps: None, ffmpeg: ffmpeg_program(), spool_folder: std::env::temp_dir() }
    }
}

/// Reads a video as a signal over `time` (in seconds from 0), `row` and `column`, with values in `[0, 1]`.
///
/// The frames are decoded once into an unnamed temporary file, from which the samples of the signal are read. Memory
/// therefore holds only a few frames. The file takes a byte for each value: a second with 25 frames of 1920x1080 pixels
/// takes 156 MB. It is in the system's folder for temporary files, which the environment variable `TMPDIR` sets, and is
/// deleted with the last copy of the signal.
///
/// `progress` is called after each frame with the number of frames so far, and with the total number if it is known.
/// The total of a container may be approximate.
///
/// `fps` replaces the stated rate. Without a stated rate, the video has 25 frames per second.
///
/// # Sources
///
/// - **y4m** with any file name: 8 bits in 4:2:0, 4:2:2, 4:4:4 or mono. The colours are those of BT.601, which the
///   format implies. Their range is limited (black at 16, white at 235) unless the header has `XCOLORRANGE=FULL`. The
///   range of mono is full, as in ffmpeg, unless the header has `XCOLORRANGE=LIMITED`. Chroma is interpolated linearly
///   between its samples. These are in the middle of four pixels for `420jpeg` (and plain `420`), in the columns of the
///   left pixels for `420mpeg2` and 4:2:2, and on the upper left pixels for `420paldv`. Interlaced frames are read
///   without a change. There are 3 channels, RGB, or 1 for mono.
/// - **A folder of frames**: every file that [`Image::read`](crate::Image::read) supports, in the order of the numbers
///   in their names, so that `frame10` follows `frame9`. Files whose name starts with a dot are ignored. All frames
///   must have the same size, channels and depth. They keep their channels, and a depth of 16 bits or float.
/// - **All other files** with ffmpeg, see [`ffmpeg_program`]: the first video stream that is not a cover picture, as
///   8-bit RGB (1 channel if ffmpeg decodes it to grey), rotated as the file says, at the constant rate that ffmpeg
///   reports. Chroma is interpolated from its positions in MPEG. Pixels that are not square are not resampled. A
///   damaged file is refused.
///
/// # Errors
/// A [`MediaError`], usually [`MediaError::Video`], that names the file or the frame and the fault.
pub fn read_video(
    path: impl AsRef<Path>,
    fps: Option<f64>,
    progress: &mut dyn FnMut(usize, Option<usize>),
) -> Result<Signal, MediaError> {
    read_video_with(path, &VideoOptions { fps, ..VideoOptions::default() }, progress)
}

/// Whether `path` is a folder, or a file that starts like a video: y4m, MP4 and related formats, Matroska and WebM,
/// AVI, MPEG or FLV.
///
/// # Errors
/// If the file cannot be read.
pub fn is_video(path: impl AsRef<Path>) -> Result<bool, MediaError> {
    let path = path.as_ref();
    if path.is_dir() {
        return Ok(true);
    }
    let start = Input::open(path)?.beginning(12)?;
    // Pictures in an MP4 container have their own brands.
    let pictures: [&[u8]; 4] = [b"avif", b"heic", b"heix", b"mif1"];
    let is = |magic: &[u8]| start.starts_with(magic);
    let mp4 =
        start.get(4..8) == Some(b"ftyp") && !pictures.iter().any(|brand| start.get(8..12) == Some(*brand));
    let avi = is(b"RIFF") && start.get(8..12) == Some(b"AVI ");
    Ok(mp4 || avi || is(Y4M) || is(b"\x1a\x45\xdf\xa3") || is(b"\0\0\x01\xba") || is(b"FLV\x01"))
}

/// Like [`read_video`], with another ffmpeg program or temporary folder.
///
/// # Errors
/// As [`read_video`].
pub fn read_video_with(
    path: impl AsRef<Path>,
    options: &VideoOptions,
    progress: &mut dyn FnMut(usize, Option<usize>),
) -> Result<Signal, MediaError> {
    let path = path.as_ref();
    if let Some(fps) = options.fps {
        rate::check(fps)?;
    }
    let request = Request { path, options, progress };
    if path.is_dir() {
        return frames::read(request);
    }
    let refused = |source| Input::refused(path, source);
    let mut file = File::open(path).map_err(refused)?;
    let metadata = file.metadata().map_err(refused)?;
    let mut start = Vec::new();
    (&mut file).take(Y4M.len() as u64).read_to_end(&mut start).map_err(refused)?;
    if start == Y4M || path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("y4m")) {
        let length = metadata.is_file().then_some(metadata.len());
        return y4m::read(request, BufReader::new(Cursor::new(start).chain(file)), length);
    }
    if !metadata.is_file() {
        return Err(VideoError::NotAFile { path: path.into() }.into());
    }
    container::read(request)
}
