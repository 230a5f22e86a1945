//! Writes the frames of any source into a spool, and makes a signal of them.

use std::path::Path;
use std::sync::Arc;

use super::spool::{Recorder, bytes_each};
use super::{USUAL_FPS, VideoOptions};
use crate::input::count;
use crate::{Depth, MediaError, Samples, Signal, SignalAxis, SignalKind};

/// A request to read a video.
pub(super) struct Request<'a> {
    pub path: &'a Path,
    pub options: &'a VideoOptions,
    /// Called after each frame with the number of frames so far and the total.
    pub progress: &'a mut dyn FnMut(usize, Option<usize>),
}

/// The common properties of the frames of a video.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub rows: usize,
    pub columns: usize,
    pub channels: usize,
    pub depth: Depth,
}

impl Layout {
    pub fn sample_bytes(self) -> usize {
        self.channels * bytes_each(self.depth)
    }

    /// The bytes of a frame, for a layout that [`Reel::start`] has accepted.
    pub fn frame_bytes(self) -> usize {
        self.rows * self.columns * self.sample_bytes()
    }
}

impl std::fmt::Display for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rows, columns, channels, depth } = self;
        let depth = match depth {
            Depth::U8 => "8 bits",
            Depth::U16 => "16 bits",
            Depth::F32 => "floats",
        };
        write!(f, "{columns}x{rows} pixels in {channels} channels of {depth}")
    }
}

/// The frames that are being written into a spool.
pub(super) struct Reel<'a> {
    request: Request<'a>,
    layout: Layout,
    recorder: Recorder,
    frames: usize,
    total: Option<usize>,
}

impl<'a> Reel<'a> {
    /// A reel for `total` frames, if their number is known.
    pub fn start(request: Request<'a>, layout: Layout, total: Option<usize>) -> Result<Self, MediaError> {
        let Layout { rows, columns, channels, .. } = layout;
        count(request.path, &[rows, columns, channels])?;
        let recorder = Recorder::new(&request.options.spool_folder, layout, total)?;
        Ok(Self { request, layout, recorder, frames: 0, total })
    }

    /// Appends a frame in the layout of the reel.
    pub fn frame(&mut self, bytes: &[u8]) -> Result<(), MediaError> {
        self.recorder.frame(bytes)?;
        self.frames += 1;
        let total = self.total.map(|total| total.max(self.frames));
        (self.request.progress)(self.frames, total);
        Ok(())
    }

    /// The number of frames so far.
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// The signal of all frames. They are `step` seconds apart unless the request has another rate.
    pub fn finish(self, step: Option<f64>) -> Result<Signal, MediaError> {
        let Layout { rows, columns, channels, depth } = self.layout;
        if self.frames == 0 {
            let shape = vec![0, rows, columns];
            return Err(MediaError::Empty { path: self.request.path.into(), shape });
        }
        let step = self.request.options.fps.map(|fps| 1.0 / fps).or(step).unwrap_or(1.0 / USUAL_FPS);
        let time = SignalAxis::time(self.frames, step);
        Ok(Signal {
            kind: SignalKind::Video,
            axes: vec![time, SignalAxis::counted("row", rows), SignalAxis::counted("column", columns)],
            channels,
            samples: Samples::Reader(Arc::new(self.recorder.finish())),
            range: (depth != Depth::F32).then_some((0.0, 1.0)),
            affine: None,
        })
    }
}
