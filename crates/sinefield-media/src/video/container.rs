//! Reads containers with ffmpeg: one run for the size and the rate, one for the frames.

use std::ffi::OsStr;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::process::{ChildStdout, Stdio};

use super::ffmpeg::{End, Ffmpeg, argument};
use super::reel::{Layout, Reel, Request};
use super::{VideoError, y4m};
use crate::input::Input;
use crate::{Depth, MediaError, Signal};

/// Bytes of a pixel in ffmpeg's output.
const SENT: usize = 3;

/// One frame as y4m. Its header has the rate, and the size after the rotation that the file states. The filter keeps
/// grey unchanged, so the header also distinguishes grey from colour.
const PROBE: [&str; 8] =
    ["-frames:v", "1", "-vf", "format=pix_fmts=gray|yuv444p", "-f", "yuv4mpegpipe", "-loglevel", "info"];

/// All frames in RGB. A damaged frame ends the run.
///
/// ffmpeg's fast conversion has errors of some levels and repeats chroma. This one rounds to the nearest level and
/// interpolates chroma. Its bilinear interpolation would be half a chroma sample off, its bicubic one is not. Chroma is
/// assumed to be where MPEG has it: in the columns of the left pixels, between two rows. ffmpeg does not pass the
/// position of the file to the filter, and by default assumes the middle of four pixels.
const DECODE: [&str; 7] = [
    "-vf",
    "scale=in_h_chr_pos=0:in_v_chr_pos=128:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp,\
     format=rgb24",
    "-f",
    "rawvideo",
    "-xerror",
    "-loglevel",
    "error",
];

/// Reads the first video stream of a container.
pub(super) fn read(request: Request<'_>) -> Result<Signal, MediaError> {
    let path = request.path;
    let (header, total) = probe(&request)?;
    let planes = header.planes;
    let channels = planes.channels();
    let layout = Layout { rows: planes.rows, columns: planes.columns, channels, depth: Depth::U8 };
    let (ffmpeg, mut stdout) = start(&request, &DECODE)?;
    let mut reel = Reel::start(request, layout, total)?;
    let bytes = planes.rows as u64 * planes.columns as u64 * SENT as u64;
    let mut frame = Vec::new();
    let rest = loop {
        frame.clear();
        // Memory grows only as the bytes arrive.
        let read = (&mut stdout).take(bytes).read_to_end(&mut frame);
        let read = read.map_err(|source| Input::refused(path, source))? as u64;
        if read < bytes {
            break read;
        }
        if channels == 1 {
            frame = frame.iter().step_by(SENT).copied().collect();
        }
        reel.frame(&frame)?;
    };
    let detail = match end(ffmpeg, path)? {
        end if !end.is_success() => end.words(path),
        // Some containers may end anywhere, and ffmpeg only prints a warning.
        end if end.log.says("ended prematurely") => end.words(path),
        _ if rest > 0 => format!("the last frame has {rest} of {bytes} bytes"),
        _ => return reel.finish(header.step()),
    };
    Err(VideoError::Decode { path: path.into(), detail }.into())
}

/// The size and rate of the frames, and an estimate of their number, before decoding.
fn probe(request: &Request<'_>) -> Result<(y4m::Header, Option<usize>), MediaError> {
    let path = request.path;
    let (ffmpeg, mut stdout) = start(request, &PROBE)?;
    let header = y4m::Header::read(path, &mut stdout);
    io::copy(&mut stdout, &mut io::sink()).map_err(|source| Input::refused(path, source))?;
    let end = end(ffmpeg, path)?;
    if end.log.says("matches no streams") {
        return Err(VideoError::NoVideo { path: path.into() }.into());
    }
    let detail = match header {
        Ok(header) if end.is_success() => {
            let frames = end.log.duration().zip(header.step()).map(|(seconds, step)| seconds / step);
            return Ok((header, frames.map(|frames| frames.round() as usize).filter(|&frames| frames > 0)));
        }
        // An image beyond the size limit is not an error of ffmpeg.
        Err(error @ MediaError::TooLarge { .. }) => return Err(error),
        Err(_) if end.is_success() => "it found no frame".into(),
        _ => end.words(path),
    };
    Err(VideoError::Decode { path: path.into(), detail }.into())
}

/// Starts ffmpeg on the first video stream that is not a cover picture. Its frames arrive through a pipe.
fn start(request: &Request<'_>, output: &[&str]) -> Result<(Ffmpeg, BufReader<ChildStdout>), MediaError> {
    let Request { path, options, .. } = request;
    let name = argument(path);
    // A file, such as a playlist, must not make ffmpeg open other locations.
    let input = ["-nostdin", "-protocol_whitelist", "file", "-i"].map(OsStr::new);
    let output = ["-map", "0:V:0"].iter().chain(output).chain(&["pipe:1"]).map(OsStr::new);
    let arguments = input.into_iter().chain([name.as_os_str()]).chain(output);
    let mut ffmpeg = Ffmpeg::start(&options.ffmpeg, path, arguments, (Stdio::null(), Stdio::piped()))?;
    let stdout =
        ffmpeg.stdout().ok_or_else(|| Input::refused(path, io::Error::other("ffmpeg has no pipe")))?;
    Ok((ffmpeg, BufReader::with_capacity(1 << 16, stdout)))
}

fn end(ffmpeg: Ffmpeg, path: &Path) -> Result<End, MediaError> {
    ffmpeg.end().map_err(|source| Input::refused(path, source))
}
