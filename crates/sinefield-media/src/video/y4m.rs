//! y4m files: a header line, then each frame as a line and its planes.

use std::io::{BufRead, Read};
use std::path::Path;

use super::rate::Rate;
use super::reel::{Layout, Reel, Request};
use super::yuv::{Chroma, Planes, ToRgb};
use super::{VideoError, Y4M};
use crate::input::{Input, count};
use crate::{Depth, MediaError, Signal};

/// The longest header line. A file with a longer one is not valid.
const LONGEST_LINE: u64 = 4096;

/// The header of a y4m file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Header {
    pub planes: Planes,
    rate: Option<Rate>,
    /// The bytes of the header.
    length: u64,
}

impl Header {
    /// Reads the first line of a file.
    pub fn read(path: &Path, source: &mut impl BufRead) -> Result<Self, MediaError> {
        let line = line(path, source)?;
        let corrupt = |detail: String| corrupt(path, detail);
        let Some(words) = line.strip_prefix(Y4M).filter(|rest| rest.starts_with(b" ")) else {
            return Err(corrupt("it does not begin with YUV4MPEG2 and its sizes".into()));
        };
        let Some(words) = words.strip_suffix(b"\n") else {
            return Err(corrupt(format!("its header does not end within {} bytes", line.len())));
        };
        let mut found = Words::default();
        for word in String::from_utf8_lossy(words).split(' ').filter(|word| !word.is_empty()) {
            found.take(word).map_err(corrupt)?;
        }
        let (Some(columns), Some(rows)) = (found.columns, found.rows) else {
            return Err(corrupt("its header does not say how wide and how high it is".into()));
        };
        let chroma = found.chroma(path)?;
        // The default for mono is that of ffmpeg. The specification has none.
        let full_range = found.full_range.unwrap_or(chroma.is_none());
        let planes = Planes { rows, columns, chroma, full_range };
        count(path, &[rows, columns, planes.channels()])?;
        Ok(Self { planes, rate: found.rate, length: line.len() as u64 })
    }

    /// Seconds from one frame to the next, if the header has a rate.
    pub fn step(&self) -> Option<f64> {
        self.rate.map(Rate::step)
    }
}

/// The supported words of a header.
#[derive(Default)]
struct Words {
    columns: Option<usize>,
    rows: Option<usize>,
    rate: Option<Rate>,
    colours: Option<String>,
    full_range: Option<bool>,
}

impl Words {
    fn take(&mut self, word: &str) -> Result<(), String> {
        let wrong = || format!("its header says {word:?}");
        // The first letter may be longer than one byte. That must not cause a panic.
        let (tag, value) = word.split_at_checked(1).ok_or_else(wrong)?;
        match tag {
            "W" => self.columns = Some(value.parse().map_err(|_| wrong())?),
            "H" => self.rows = Some(value.parse().map_err(|_| wrong())?),
            "F" => {
                let (frames, seconds) = value.split_once(':').ok_or_else(wrong)?;
                let frames = frames.parse().map_err(|_| wrong())?;
                let seconds = seconds.parse().map_err(|_| wrong())?;
                // 0:0 means that the rate is unknown.
                self.rate = (frames > 0 && seconds > 0).then_some(Rate { frames, seconds });
            }
            "C" => self.colours = Some(value.into()),
            "X" if value.starts_with("COLORRANGE=") => match value {
                "COLORRANGE=FULL" => self.full_range = Some(true),
                "COLORRANGE=LIMITED" => self.full_range = Some(false),
                _ => return Err(wrong()),
            },
            // Interlacing, the aspect ratio of pixels and comments do not change the samples.
            _ => {}
        }
        Ok(())
    }

    fn chroma(&self, path: &Path) -> Result<Option<(Chroma, Chroma)>, VideoError> {
        use Chroma::{Each, HalfBetween, HalfOnFirst};
        Ok(match self.colours.as_deref() {
            None | Some("420" | "420jpeg") => Some((HalfBetween, HalfBetween)),
            Some("420mpeg2") => Some((HalfBetween, HalfOnFirst)),
            Some("420paldv") => Some((HalfOnFirst, HalfOnFirst)),
            Some("422") => Some((Each, HalfOnFirst)),
            Some("444") => Some((Each, Each)),
            Some("mono") => None,
            Some(other) => {
                let detail = format!("its chroma and depth are {other:?}");
                return Err(VideoError::Unsupported { path: path.into(), detail });
            }
        })
    }
}

/// Reads a y4m file with `length` bytes, if the length is known.
pub(super) fn read(
    request: Request<'_>,
    mut source: impl BufRead,
    length: Option<u64>,
) -> Result<Signal, MediaError> {
    let path = request.path;
    let header = Header::read(path, &mut source)?;
    let planes = header.planes;
    let too_large = || corrupt(path, format!("its frames are of {}x{} pixels", planes.columns, planes.rows));
    let bytes = planes.bytes().ok_or_else(too_large)?;
    let line_and_frame = bytes as u64 + b"FRAME\n".len() as u64;
    let total = length.map(|length| (length.saturating_sub(header.length) / line_and_frame) as usize);
    let layout =
        Layout { rows: planes.rows, columns: planes.columns, channels: planes.channels(), depth: Depth::U8 };
    let mut reel = Reel::start(request, layout, total)?;
    let (mut frame, mut pixels, mut converter) = (Vec::new(), Vec::new(), None);
    while next_frame(path, &mut source, bytes, reel.frames() + 1, &mut frame)? {
        pixels.clear();
        converter.get_or_insert_with(|| ToRgb::new(planes)).convert(&frame, &mut pixels);
        reel.frame(&pixels)?;
    }
    reel.finish(header.step())
}

/// Reads the planes of the next frame. Memory grows only as they arrive. `false` at the end.
fn next_frame(
    path: &Path,
    source: &mut impl BufRead,
    bytes: usize,
    number: usize,
    frame: &mut Vec<u8>,
) -> Result<bool, MediaError> {
    let line = line(path, source)?;
    if line.is_empty() {
        return Ok(false);
    }
    let sound = line.strip_suffix(b"\n").and_then(|line| line.strip_prefix(b"FRAME"));
    if !sound.is_some_and(|words| words.is_empty() || words.starts_with(b" ")) {
        let start = String::from_utf8_lossy(&line[..line.len().min(16)]).into_owned();
        return Err(corrupt(path, format!("frame {number} begins with {start:?}, not with FRAME")));
    }
    frame.clear();
    source.take(bytes as u64).read_to_end(frame).map_err(|source| Input::refused(path, source))?;
    if frame.len() < bytes {
        let detail = format!("frame {number} has {} of {bytes} bytes", frame.len());
        return Err(corrupt(path, detail));
    }
    Ok(true)
}

/// The bytes up to and including the next end of line, within the limit.
fn line(path: &Path, source: &mut impl BufRead) -> Result<Vec<u8>, MediaError> {
    let mut line = Vec::new();
    source.take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|source| Input::refused(path, source))?;
    Ok(line)
}

fn corrupt(path: &Path, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: "y4m", detail }
}
