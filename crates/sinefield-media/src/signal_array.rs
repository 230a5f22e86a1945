//! Makes sounds and videos from arrays. The caller gives the sampling rate, which an array does not contain.

use crate::{Signal, SignalAxis, SignalKind};

impl Signal {
    /// The numbers of a volume as a sound with `rate_hz` samples a second. Its axes are (time) or (time, channel).
    ///
    /// `None` for other axes, or a rate that is not positive and finite.
    ///
    /// ```
    /// use sinefield_media::{Signal, SignalKind, write_npy};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("stereo.npy");
    /// write_npy(&path, &[3, 2], &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5])?;
    /// let sound = Signal::read(&path, Some(SignalKind::Volume))?.into_sound(8000.0).ok_or("not a sound")?;
    /// assert_eq!((sound.kind, sound.channels, sound.axes[0].samples), (SignalKind::Sound, 2, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn into_sound(self, rate_hz: f64) -> Option<Self> {
        let (samples, channels) = match self.shape()[..] {
            [samples] => (samples, 1),
            [samples, channels] => (samples, channels),
            _ => return None,
        };
        let time = timed(samples, rate_hz)?;
        self.renamed(SignalKind::Sound, vec![time], channels)
    }

    /// The numbers of a volume as a video with `fps` frames a second. Its axes are (frame, row, column) or (frame, row,
    /// column, channel). `range` is the smallest and the largest possible value, if they are known.
    ///
    /// `None` for other axes, or a rate that is not positive and finite.
    pub fn into_video(self, fps: f64, range: Option<(f32, f32)>) -> Option<Self> {
        let (frames, rows, columns, channels) = match self.shape()[..] {
            [frames, rows, columns] => (frames, rows, columns, 1),
            [frames, rows, columns, channels] => (frames, rows, columns, channels),
            _ => return None,
        };
        let time = timed(frames, fps)?;
        let axes = vec![time, SignalAxis::counted("row", rows), SignalAxis::counted("column", columns)];
        Some(Self { range, ..self.renamed(SignalKind::Video, axes, channels)? })
    }

    /// The same numbers with other axes. `None` if they have channels already.
    fn renamed(self, kind: SignalKind, axes: Vec<SignalAxis>, channels: usize) -> Option<Self> {
        (self.channels == 1).then_some(Self { kind, axes, channels, range: None, affine: None, ..self })
    }
}

/// The axis `time` with `samples` samples at `rate` samples a second.
fn timed(samples: usize, rate: f64) -> Option<SignalAxis> {
    (rate.is_finite() && rate > 0.0).then(|| SignalAxis::time(samples, 1.0 / rate))
}
