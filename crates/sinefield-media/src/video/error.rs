//! The errors of reading and writing videos.

use std::io;
use std::path::PathBuf;

/// The errors of reading and writing videos, in addition to those of all files.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// The ffmpeg program was not found.
    #[error(
        "{}: this file needs ffmpeg, and the program {} was not found; install it with `apt install ffmpeg`, \
         `brew install ffmpeg` or `pip install imageio-ffmpeg`, and set the environment variable SINEFIELD_FFMPEG \
         to its path if it is not found then", .path.display(), .program.display()
    )]
    FfmpegMissing {
        /// The file.
        path: PathBuf,
        /// The program.
        program: PathBuf,
    },
    /// The ffmpeg program cannot be started.
    #[error(
        "{}: the program {} cannot be started: {source}; check the environment variable SINEFIELD_FFMPEG",
        .path.display(), .program.display()
    )]
    FfmpegStart {
        /// The file.
        path: PathBuf,
        /// The program.
        program: PathBuf,
        /// The message of the system.
        source: io::Error,
    },
    /// ffmpeg did not decode the file to its end.
    #[error("{}: ffmpeg could not read it whole: {detail}; check that it plays to its end", .path.display())]
    Decode {
        /// The file.
        path: PathBuf,
        /// How ffmpeg ended, and its last message.
        detail: String,
    },
    /// ffmpeg did not encode the file to its end.
    #[error("{}: ffmpeg could not write it: {detail}; nothing was written", .path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// How ffmpeg ended, and its last message.
        detail: String,
    },
    /// The file has sound or data, but no video.
    #[error("{}: ffmpeg finds no video in it; name a file that holds one", .path.display())]
    NoVideo {
        /// The file.
        path: PathBuf,
    },
    /// The path names a pipe or a device. ffmpeg must read the file twice.
    #[error("{}: is not a regular file; save it as one first, or send it as y4m", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The y4m file is valid but uses a feature that is not supported.
    #[error(
        "{}: this kind of y4m file is not read ({detail}); convert it with ffmpeg to yuv420p, yuv422p, yuv444p or \
         gray first", .path.display()
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The feature.
        detail: String,
    },
    /// The rate is not valid.
    #[error("{fps} frames a second is no rate; give a number from 0.000001 to 1000000")]
    Rate {
        /// The given rate.
        fps: f64,
    },
    /// The folder has no frames.
    #[error("{}: holds no frames; put an image for each frame into it", .folder.display())]
    NoFrames {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder contains a file that is not a frame.
    #[error(
        "{}: is no frame ({detail}); move it out of the folder, or convert it to PNG", .path.display()
    )]
    NotAFrame {
        /// The file or folder.
        path: PathBuf,
        /// Why it is not a frame.
        detail: &'static str,
    },
    /// A frame differs from the first one.
    #[error(
        "{}: is {found}, but the first frame, {}, is {expected}; make all frames alike", .path.display(), .first.display()
    )]
    FrameDiffers {
        /// The frame.
        path: PathBuf,
        /// Its size, channels and depth.
        found: String,
        /// The first frame.
        first: PathBuf,
        /// The size, the channels and the depth of the first frame.
        expected: String,
    },
    /// There is not enough space for the temporary copy of the decoded frames.
    #[error(
        "the decoded video needs {}{needed} bytes in {}, which has room for {room}; free some, shrink the video, or \
         set the environment variable TMPDIR to a folder with more room",
        if *.at_least { "at least " } else { "" }, .folder.display()
    )]
    SpoolFull {
        /// The folder of the temporary copy.
        folder: PathBuf,
        /// The known number of bytes that the decoded video needs.
        needed: u64,
        /// Whether it may need more, because the number of frames is unknown.
        at_least: bool,
        /// The number of bytes for which the folder has room.
        room: u64,
        /// The message of the system, if the disk became full during decoding.
        #[source]
        source: Option<io::Error>,
    },
    /// The temporary copy of the decoded frames cannot be created.
    #[error(
        "cannot keep the decoded video in {}: {source}; set the environment variable TMPDIR to another folder",
        .folder.display()
    )]
    Spool {
        /// The folder of the temporary copy.
        folder: PathBuf,
        /// The message of the system.
        source: io::Error,
    },
    /// Samples cannot be read from the temporary copy.
    #[error("samples of the decoded video cannot be read: {source}; read the video again")]
    Samples {
        /// The reason.
        source: io::Error,
    },
    /// The extension of an output video names no supported format.
    #[error(
        "{}: its name does not say what video to write; end it in .y4m, .mp4, .m4v, .mov, .mkv or .webm, or in a \
         slash for a folder of PNG frames", .path.display()
    )]
    Extension {
        /// The file.
        path: PathBuf,
    },
    /// The format cannot hold these frames.
    #[error(
        "{}: {format} cannot hold frames of {columns}x{rows} pixels and {channels} channels; it takes {takes}",
        .path.display()
    )]
    Frames {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: &'static str,
        /// The height of the frames.
        rows: usize,
        /// The width of the frames.
        columns: usize,
        /// The channels of the frames.
        channels: usize,
        /// A description of the frames that the format can hold.
        takes: &'static str,
    },
    /// The output folder is not empty.
    #[error("{}: the folder is not empty; name a new one, or empty it", .path.display())]
    FolderNotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A frame was written after the video had failed or been abandoned.
    #[error("{}: the video was given up before; nothing was written", .path.display())]
    GivenUp {
        /// The file.
        path: PathBuf,
    },
}
