//! Videos: y4m files, folders of frames, and whatever ffmpeg reads and writes.

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

/// The rate of frames that come without one.
const USUAL_FPS: f64 = 25.0;

/// How y4m files begin.
const Y4M: &[u8] = b"YUV4MPEG2";

/// How a video is to be read.
#[derive(Clone, Debug)]
pub struct VideoOptions {
    /// Frames a second, instead of what the video says; the frames are the same.
    pub fps: Option<f64>,
    /// The ffmpeg program.
    pub ffmpeg: PathBuf,
    /// The folder of the temporary file that holds the decoded frames.
    pub spool_folder: PathBuf,
}

impl Default for VideoOptions {
    /// The video's own rate, the program of [`ffmpeg_program`], and the system's folder for temporary files.
    fn default() -> Self {
        Self { fps: None, ffmpeg: ffmpeg_program(), spool_folder: std::env::temp_dir() }
    }
}

/// Reads a video as a signal over `time` (in seconds from 0), `row` and `column`, of values in `[0, 1]`.
///
/// The frames are decoded once into a temporary file without a name, and the signal's samples are read from
/// there, so that memory holds a few frames at most. The file takes a byte a value: a second of 25 frames of
/// 1920x1080 pixels takes 156 MB. It lies in the system's folder for temporary files, which the environment
/// variable `TMPDIR` names, and is gone when the last copy of the signal is.
///
/// `progress` is called after each frame with the number of frames done, and with the number of all frames if
/// that is known. A container may know it only roughly.
///
/// `fps` replaces the rate that the video tells. Frames that come without a rate have 25 a second.
///
/// # Sources
///
/// - **y4m**, whatever the file's name: 8 bits in 4:2:0, 4:2:2, 4:4:4 or mono. Colours are those of BT.601,
///   which the format implies, in limited range (black at 16, white at 235) except where the header
///   says `XCOLORRANGE=FULL`. Mono is in full range except where the header says `XCOLORRANGE=LIMITED`, since
///   ffmpeg reads and writes it so. Chroma is interpolated linearly between its samples, which `420jpeg` (and
///   plain `420`) has in the middle of four pixels, `420mpeg2` and 4:2:2 in the columns of the left pixels, and
///   `420paldv` on the upper left pixels. Interlaced frames are taken as they are. 3 channels, RGB; 1 for mono.
/// - **A folder of frames**: every file that [`Image::read`](crate::Image::read) reads, in the order of the
///   numbers in their names, so that `frame10` follows `frame9`. Files whose name begins with a dot are passed
///   over. All frames must be alike; they keep their channels, and a depth of 16 bits or float.
/// - **Everything else** by ffmpeg, see [`ffmpeg_program`]: the first video stream that is no cover picture, as
///   8-bit RGB (1 channel if ffmpeg decodes it to grey), turned as the file says, at the constant rate that
///   ffmpeg takes it to have. Chroma is interpolated from where MPEG has it. Pixels are not made square. A damaged
///   file is refused, not patched up.
///
/// # Errors
///
/// A [`MediaError`] that names the file or the frame and what is wrong with it, most often
/// [`MediaError::Video`].
pub fn read_video(
    path: impl AsRef<Path>,
    fps: Option<f64>,
    progress: &mut dyn FnMut(usize, Option<usize>),
) -> Result<Signal, MediaError> {
    read_video_with(path, &VideoOptions { fps, ..VideoOptions::default() }, progress)
}

/// Whether `path` is a folder, or a file that begins as a video does: y4m, MP4 and its relatives, Matroska and WebM,
/// AVI, MPEG or FLV.
///
/// # Errors
///
/// If the file cannot be read.
pub fn is_video(path: impl AsRef<Path>) -> Result<bool, MediaError> {
    let path = path.as_ref();
    if path.is_dir() {
        return Ok(true);
    }
    let start = Input::open(path)?.beginning(12)?;
    // Pictures in the container of MP4 have brands of their own.
    let pictures: [&[u8]; 4] = [b"avif", b"heic", b"heix", b"mif1"];
    let is = |magic: &[u8]| start.starts_with(magic);
    let mp4 =
        start.get(4..8) == Some(b"ftyp") && !pictures.iter().any(|brand| start.get(8..12) == Some(*brand));
    let avi = is(b"RIFF") && start.get(8..12) == Some(b"AVI ");
    Ok(mp4 || avi || is(Y4M) || is(b"\x1a\x45\xdf\xa3") || is(b"\0\0\x01\xba") || is(b"FLV\x01"))
}

/// [`read_video`] by another ffmpeg program, or by way of another folder.
///
/// # Errors
///
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
