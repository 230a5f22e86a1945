//! What can be wrong with a video that is read or written.

use std::io;
use std::path::PathBuf;

/// Everything that reading and writing videos can fail with, beside what every file can fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// The ffmpeg program is not there.
    #[error(
        "{}: this file needs ffmpeg, and the program {} was not found; install it with `apt install ffmpeg`, \
         `brew install ffmpeg` or `pip install imageio-ffmpeg`, and set the environment variable SINEFIELD_FFMPEG \
         to its path if it is not found then", .path.display(), .program.display()
    )]
    FfmpegMissing {
        /// The file to be read or written.
        path: PathBuf,
        /// The program that was looked for.
        program: PathBuf,
    },
    /// The ffmpeg program cannot be started.
    #[error(
        "{}: the program {} cannot be started: {source}; check the environment variable SINEFIELD_FFMPEG",
        .path.display(), .program.display()
    )]
    FfmpegStart {
        /// The file to be read or written.
        path: PathBuf,
        /// The program that was to be started.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// ffmpeg did not decode the file to its end.
    #[error("{}: ffmpeg could not read it whole: {detail}; check that it plays to its end", .path.display())]
    Decode {
        /// The file to be read.
        path: PathBuf,
        /// How ffmpeg ended, and its last words.
        detail: String,
    },
    /// ffmpeg did not encode the file to its end.
    #[error("{}: ffmpeg could not write it: {detail}; nothing was written", .path.display())]
    Encode {
        /// The file to be written.
        path: PathBuf,
        /// How ffmpeg ended, and its last words.
        detail: String,
    },
    /// The file has sound or data, and no video.
    #[error("{}: ffmpeg finds no video in it; name a file that holds one", .path.display())]
    NoVideo {
        /// The file to be read.
        path: PathBuf,
    },
    /// The path names a pipe or a device, and ffmpeg has to read it twice.
    #[error("{}: is not a regular file; save it as one first, or send it as y4m", .path.display())]
    NotAFile {
        /// The path to be read.
        path: PathBuf,
    },
    /// The y4m file is sound but uses a feature that is not read.
    #[error(
        "{}: this kind of y4m file is not read ({detail}); convert it with ffmpeg to yuv420p, yuv422p, yuv444p or \
         gray first", .path.display()
    )]
    Unsupported {
        /// The file to be read.
        path: PathBuf,
        /// The feature in question.
        detail: String,
    },
    /// A number of frames a second is not one.
    #[error("{fps} frames a second is no rate; give a number from 0.000001 to 1000000")]
    Rate {
        /// The rate as given.
        fps: f64,
    },
    /// The folder holds no frames.
    #[error("{}: holds no frames; put an image for each frame into it", .folder.display())]
    NoFrames {
        /// The folder to be read.
        folder: PathBuf,
    },
    /// The folder holds something else among its frames.
    #[error(
        "{}: is no frame ({detail}); move it out of the folder, or convert it to PNG", .path.display()
    )]
    NotAFrame {
        /// The file or folder in question.
        path: PathBuf,
        /// Why it is none.
        detail: &'static str,
    },
    /// A frame is not like the first one.
    #[error(
        "{}: is {found}, but the first frame, {}, is {expected}; make all frames alike", .path.display(), .first.display()
    )]
    FrameDiffers {
        /// The frame in question.
        path: PathBuf,
        /// Its size, channels and depth.
        found: String,
        /// The first frame.
        first: PathBuf,
        /// The size, the channels and the depth of the first frame.
        expected: String,
    },
    /// There is no room for the temporary copy of the decoded frames.
    #[error(
        "the decoded video needs {}{needed} bytes in {}, which has room for {room}; free some, shrink the video, or \
         set the environment variable TMPDIR to a folder with more room",
        if *.at_least { "at least " } else { "" }, .folder.display()
    )]
    SpoolFull {
        /// The folder of the temporary copy.
        folder: PathBuf,
        /// The bytes that the decoded video needs, as far as is known.
        needed: u64,
        /// Whether it may need more, because the number of frames is not known.
        at_least: bool,
        /// The bytes for which there is room.
        room: u64,
        /// What the system said, if the disk became full on the way.
        #[source]
        source: Option<io::Error>,
    },
    /// The temporary copy of the decoded frames cannot be made.
    #[error(
        "cannot keep the decoded video in {}: {source}; set the environment variable TMPDIR to another folder",
        .folder.display()
    )]
    Spool {
        /// The folder of the temporary copy.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Samples that cannot be read from the temporary copy.
    #[error("samples of the decoded video cannot be read: {source}; read the video again")]
    Samples {
        /// What is wrong.
        source: io::Error,
    },
    /// The name of a video to be written ends in nothing that names a format.
    #[error(
        "{}: its name does not say what video to write; end it in .y4m, .mp4, .m4v, .mov, .mkv or .webm, or in a \
         slash for a folder of PNG frames", .path.display()
    )]
    Extension {
        /// The file to be written.
        path: PathBuf,
    },
    /// The format cannot hold frames like these.
    #[error(
        "{}: {format} cannot hold frames of {columns}x{rows} pixels and {channels} channels; it takes {takes}",
        .path.display()
    )]
    Frames {
        /// The file to be written.
        path: PathBuf,
        /// Its format.
        format: &'static str,
        /// The height of the frames.
        rows: usize,
        /// The width of the frames.
        columns: usize,
        /// The channels of the frames.
        channels: usize,
        /// What the format does hold, in words.
        takes: &'static str,
    },
    /// The folder to be written holds files.
    #[error("{}: the folder is not empty; name a new one, or empty it", .path.display())]
    FolderNotEmpty {
        /// The folder to be written.
        path: PathBuf,
    },
    /// A frame came after the video had failed or been given up.
    #[error("{}: the video was given up before; nothing was written", .path.display())]
    GivenUp {
        /// The file to be written.
        path: PathBuf,
    },
}
