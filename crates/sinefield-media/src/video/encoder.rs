//! Writes containers with ffmpeg, which receives RGB frames through a pipe.

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::thread;
use std::time::Duration;

use super::ffmpeg::{End, Ffmpeg, argument};
use super::rate::Rate;
use super::staging::{Staging, failed};
use super::{VideoError, writer::Frame};
use crate::MediaError;

/// The interval of checks whether ffmpeg has ended.
const POLL: Duration = Duration::from_millis(2);

/// A container and its codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Container {
    /// ffmpeg's name for the container.
    muxer: &'static str,
    codec: &'static [&'static str],
    /// Whether the codec accepts only frames with even sides.
    even: bool,
}

/// H.264 with hardly visible losses. Every player supports it.
const H264: &[&str] = &["-c:v", "libx264", "-crf", "18", "-preset", "medium"];

/// The same with the index at the start of the file, so that it plays during download.
const H264_INDEX_FIRST: &[&str] =
    &["-c:v", "libx264", "-crf", "18", "-preset", "medium", "-movflags", "+faststart"];

/// VP9 with about the same quality.
const VP9: &[&str] = &["-c:v", "libvpx-vp9", "-crf", "24", "-b:v", "0", "-row-mt", "1", "-cpu-used", "4"];

/// Converts to BT.709 in limited range and records that in the file. Without it, players guess from the size. Chroma is
/// where MPEG has it, in the columns of the left pixels, as players assume.
const COLOURS: [&str; 12] = [
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv:out_h_chr_pos=0:out_v_chr_pos=128:\
     flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,format=yuv420p",
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
    "-color_range",
    "tv",
    "-chroma_sample_location",
    "left",
];

impl Container {
    /// The container for a lower-case extension.
    pub fn named(extension: &str) -> Option<Self> {
        let (muxer, codec, even) = match extension {
            "mp4" | "m4v" => ("mp4", H264_INDEX_FIRST, true),
            "mov" => ("mov", H264_INDEX_FIRST, true),
            "mkv" => ("matroska", H264, true),
            "webm" => ("webm", VP9, false),
            _ => return None,
        };
        Some(Self { muxer, codec, even })
    }
}

/// An ffmpeg process that writes a container into a [`Staging`].
#[derive(Debug)]
pub(super) struct Encoder {
    stdin: ChildStdin,
    frame: Frame,
    even: bool,
    bytes: Vec<u8>,
}

impl Encoder {
    pub fn start(
        program: &Path,
        path: &Path,
        staging: &Staging,
        container: Container,
        frame: Frame,
        rate: Rate,
    ) -> Result<Self, MediaError> {
        let even = |side: usize| if container.even { side.next_multiple_of(2) } else { side };
        let size = format!("{}x{}", even(frame.columns), even(frame.rows));
        let rate = format!("{}/{}", rate.frames, rate.seconds);
        let input = ["-f", "rawvideo", "-pixel_format", "rgb24", "-video_size", &size, "-framerate", &rate];
        let output = COLOURS.iter().chain(container.codec).copied().chain(["-f", container.muxer]);
        // Without the last of these, versions before 7 report success even if the disk was full.
        let global = ["-y", "-loglevel", "error", "-xerror"];
        let words = global.into_iter().chain(input).chain(["-i", "pipe:0"]).chain(output);
        staging.with(|part, slot| {
            let part = argument(part);
            let arguments = words.map(OsStr::new).chain([part.as_os_str()]);
            let mut ffmpeg = Ffmpeg::start(program, path, arguments, (Stdio::piped(), Stdio::null()))?;
            let stdin = ffmpeg.stdin().ok_or_else(|| failed(path, io::Error::other("ffmpeg has no pipe")))?;
            *slot = Some(ffmpeg);
            Ok(Self { stdin, frame, even: container.even, bytes: Vec::new() })
        })
    }

    /// Sends a frame to ffmpeg. An error may be due to an earlier frame; `finish` has ffmpeg's message.
    pub fn frame(&mut self, values: &[f32]) -> io::Result<()> {
        self.bytes.clear();
        let Frame { rows, columns, channels } = self.frame;
        let byte = |value: f32| (value * 255.0).round() as u8;
        for line in values.chunks_exact(columns * channels) {
            match channels {
                1 => self.bytes.extend(line.iter().flat_map(|&value| [byte(value); 3])),
                _ => self.bytes.extend(line.iter().map(|&value| byte(value))),
            }
            if self.even && columns % 2 == 1 {
                self.bytes.extend_from_within(self.bytes.len() - 3..);
            }
        }
        if self.even && rows % 2 == 1 {
            // No row is empty, and every frame has rows.
            let line = self.bytes.len() / rows;
            self.bytes.extend_from_within(self.bytes.len() - line..);
        }
        self.stdin.write_all(&self.bytes)
    }

    /// Waits until ffmpeg ends, and checks its result.
    pub fn finish(self, path: &Path, staging: &Staging) -> Result<(), MediaError> {
        // ffmpeg ends at the end of the pipe.
        drop(self.stdin);
        let end = loop {
            let end = staging.with(|_, ffmpeg| try_end(ffmpeg).map_err(|source| failed(path, source)))?;
            match end {
                Some(end) => break end,
                None => thread::sleep(POLL),
            }
        };
        if end.is_success() {
            return Ok(());
        }
        let detail = staging.with(|part, _| Ok(end.words(part)))?;
        Err(VideoError::Encode { path: path.into(), detail }.into())
    }
}

fn try_end(ffmpeg: &mut Option<Ffmpeg>) -> io::Result<Option<End>> {
    match ffmpeg {
        Some(ffmpeg) => ffmpeg.try_end(),
        None => Err(io::Error::other("ffmpeg is gone")),
    }
}
