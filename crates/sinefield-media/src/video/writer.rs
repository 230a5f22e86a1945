//! Writes videos frame by frame, atomically.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf, is_separator};

use sinefield_files::WriteError;

use super::encoder::{Container, Encoder};
use super::rate::Rate;
use super::staging::{Staging, failed};
use super::{VideoError, ffmpeg_program, yuv};
use crate::npy_write::check_length;
use crate::{MediaError, Pixels, write_image};

/// The longest side of a frame for ffmpeg, which is the limit of H.264 and VP9.
const LONGEST_ENCODED: usize = 16384;

/// The size of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
}

/// The format of a video, from its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Y4m,
    Folder,
    Container(Container),
}

impl Format {
    fn of(path: &Path) -> Result<Self, VideoError> {
        let Some(extension) = path.extension().filter(|_| !path.to_string_lossy().ends_with(is_separator))
        else {
            return Ok(Self::Folder);
        };
        let extension = extension.to_string_lossy().to_ascii_lowercase();
        if extension == "y4m" {
            return Ok(Self::Y4m);
        }
        Container::named(&extension)
            .map(Self::Container)
            .ok_or_else(|| VideoError::Extension { path: path.into() })
    }

    /// Refuses frames that the format cannot hold.
    fn check(self, path: &Path, frame: Frame) -> Result<(), VideoError> {
        const ANY: usize = i32::MAX as usize;
        let (format, longest, takes) = match self {
            Self::Y4m => ("y4m", ANY, "1 or 3 channels"),
            Self::Folder => ("a folder of PNG frames", ANY, "1 to 4 channels"),
            Self::Container(_) => {
                ("this video", LONGEST_ENCODED, "1 or 3 channels and sides of at most 16384")
            }
        };
        let Frame { rows, columns, channels } = frame;
        let fits = |side| (1..=longest).contains(&side);
        let holds = matches!((self, channels), (_, 1 | 3) | (Self::Folder, 2 | 4));
        if fits(rows) && fits(columns) && holds {
            return Ok(());
        }
        Err(VideoError::Frames { path: path.into(), format, rows, columns, channels, takes })
    }
}

/// Writes a video frame by frame. The complete video appears after [`finish`](Self::finish). A writer that fails or is
/// dropped leaves nothing behind and keeps an existing file. To check in advance whether a video could be written,
/// create a writer and drop it.
///
/// The name determines the format:
///
/// - `.y4m`: 4:4:4 in the colours of BT.601 and limited range, which every program reads. Colours are read back with an
///   error of at most 2 of 255 levels. One channel is written as mono in full range and is read back unchanged.
/// - no extension, or a separator at the end: a folder of PNG frames, `frame-00001.png` and so on. An existing folder
///   must be empty. Values are rounded to 8 bits.
/// - `.mp4`, `.m4v`, `.mov`, `.mkv`: H.264, 4:2:0, `crf` 18, with ffmpeg (see [`ffmpeg_program`]). 4:2:0 needs even
///   sides, so the last row or column is repeated if a side is odd.
/// - `.webm`: VP9, 4:2:0, `crf` 24, with ffmpeg. Sides may be odd.
///
/// Containers have the colours of BT.709 and record that. One channel becomes grey in three.
///
/// A program that a signal ends should call [`abandon_videos`](super::abandon_videos).
///
/// # Examples
///
/// ```
/// use sinefield_media::{VideoWriter, read_video};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("fade.y4m");
/// let mut writer = VideoWriter::create(&path, (3, 5), 25.0, 3)?;
/// for step in 0..10 {
///     writer.frame(&[step as f32 / 9.0; 3 * 5 * 3])?;
/// }
/// writer.finish()?;
///
/// let video = read_video(&path, None, &mut |_, _| {})?;
/// assert_eq!((video.shape(), video.channels), (vec![10, 3, 5], 3));
/// assert_eq!(video.axes[0].step, 1.0 / 25.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct VideoWriter {
    path: PathBuf,
    frame: Frame,
    frames: usize,
    /// `None` after a failure.
    work: Option<Work>,
}

/// An unfinished video.
#[derive(Debug)]
struct Work {
    sink: Sink,
    staging: Staging,
}

#[derive(Debug)]
enum Sink {
    Y4m { file: BufWriter<File>, planes: Vec<u8> },
    Folder,
    Encoder(Encoder),
}

impl VideoWriter {
    /// Starts a video with frames of `(rows, columns)` pixels, 1 or 3 channels (1 to 4 for a folder) and `fps` frames
    /// per second.
    ///
    /// # Errors
    /// A [`MediaError`] that names the file and the fault: its name, its folder, the size of the frames, the rate, or a
    /// missing ffmpeg.
    pub fn create(
        path: impl AsRef<Path>,
        size: (usize, usize),
        fps: f64,
        channels: usize,
    ) -> Result<Self, MediaError> {
        Self::create_with(&ffmpeg_program(), path, size, fps, channels)
    }

    /// Like [`create`](Self::create), with another ffmpeg program.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_with(
        ffmpeg: &Path,
        path: impl AsRef<Path>,
        (rows, columns): (usize, usize),
        fps: f64,
        channels: usize,
    ) -> Result<Self, MediaError> {
        let path = path.as_ref();
        let frame = Frame { rows, columns, channels };
        let format = Format::of(path)?;
        format.check(path, frame)?;
        let rate = Rate::new(fps)?;
        let work = match format {
            Format::Folder => Work { sink: Sink::Folder, staging: Staging::folder(path)? },
            Format::Y4m => {
                let (staging, file) = Staging::file(path)?;
                let mut file = BufWriter::new(file);
                write_header(&mut file, frame, rate).map_err(|source| failed(path, source))?;
                Work { sink: Sink::Y4m { file, planes: Vec::new() }, staging }
            }
            Format::Container(container) => {
                let (staging, _) = Staging::file(path)?;
                let encoder = Encoder::start(ffmpeg, path, &staging, container, frame, rate)?;
                Work { sink: Sink::Encoder(encoder), staging }
            }
        };
        Ok(Self { path: path.into(), frame, frames: 0, work: Some(work) })
    }

    /// Writes the next frame, `(rows, columns, channels)` in `[0, 1]`. Values outside are clipped, and NaN becomes 0.
    ///
    /// # Errors
    /// [`MediaError::Length`] for a frame of another size, after which the writer can continue. After any other error
    /// the video is lost. The causes are a full disk, an ffmpeg process that ended (the error may be some frames late),
    /// or [`abandon_videos`](super::abandon_videos).
    pub fn frame(&mut self, values: &[f32]) -> Result<(), MediaError> {
        let Frame { rows, columns, channels } = self.frame;
        check_length(&self.path, &[rows, columns, channels], values.len())?;
        let work = self.work.take().ok_or_else(|| VideoError::GivenUp { path: self.path.clone() })?;
        self.work = Some(work.frame(&self.path, self.frame, self.frames + 1, values)?);
        self.frames += 1;
        Ok(())
    }

    /// Completes the video and moves it to its target.
    ///
    /// # Errors
    /// [`MediaError::Empty`] for a video without frames, and the errors of [`frame`](Self::frame) and
    /// [`create`](Self::create).
    pub fn finish(mut self) -> Result<(), MediaError> {
        let Frame { rows, columns, .. } = self.frame;
        let work = self.work.take().ok_or_else(|| VideoError::GivenUp { path: self.path.clone() })?;
        if self.frames == 0 {
            return Err(MediaError::Empty { path: self.path, shape: vec![0, rows, columns] });
        }
        work.finish(&self.path)
    }
}

impl Work {
    fn frame(mut self, path: &Path, frame: Frame, number: usize, values: &[f32]) -> Result<Self, MediaError> {
        let Self { sink, staging } = &mut self;
        match sink {
            Sink::Y4m { file, planes } => {
                planes.clear();
                planes.extend(b"FRAME\n");
                yuv::from_rgb(values, frame.channels, planes);
                file.write_all(planes).map_err(|source| failed(path, source))?;
            }
            Sink::Folder => staging.with(|folder, _| write_png(path, folder, frame, number, values))?,
            Sink::Encoder(encoder) => {
                if let Err(error) = encoder.frame(values) {
                    return Err(self.explain(path, &error));
                }
            }
        }
        Ok(self)
    }

    /// The reason why ffmpeg accepted no more frames. Its message is more specific than a broken pipe.
    fn explain(self, path: &Path, error: &io::Error) -> MediaError {
        if let Sink::Encoder(encoder) = self.sink
            && let Err(error) = encoder.finish(path, &self.staging)
        {
            return error;
        }
        let detail = format!("it took no more frames ({error})");
        VideoError::Encode { path: path.into(), detail }.into()
    }

    fn finish(self, path: &Path) -> Result<(), MediaError> {
        let Self { sink, staging } = self;
        match sink {
            Sink::Y4m { file, .. } => {
                file.into_inner().map_err(|error| failed(path, error.into_error()))?;
            }
            Sink::Folder => {}
            Sink::Encoder(encoder) => encoder.finish(path, &staging)?,
        }
        staging.settle()
    }
}

fn write_header(file: &mut impl Write, frame: Frame, rate: Rate) -> io::Result<()> {
    let Frame { rows, columns, channels } = frame;
    let Rate { frames, seconds } = rate;
    let colours =
        if channels == 1 { "Cmono XCOLORRANGE=FULL" } else { "C444 XYSCSS=444 XCOLORRANGE=LIMITED" };
    writeln!(file, "YUV4MPEG2 W{columns} H{rows} F{frames}:{seconds} Ip A1:1 {colours}")
}

/// Writes a frame into the temporary folder. Errors name the target `path`.
fn write_png(
    path: &Path,
    folder: &Path,
    frame: Frame,
    number: usize,
    values: &[f32],
) -> Result<(), MediaError> {
    let Frame { rows, columns, channels } = frame;
    let name = folder.join(format!("frame-{number:05}.png"));
    write_image(name, rows, columns, channels, Pixels::F32(values)).map_err(|error| match error {
        MediaError::Write(WriteError::DiskFull { source, .. } | WriteError::Other { source, .. }) => {
            failed(path, source)
        }
        other => other,
    })
}
