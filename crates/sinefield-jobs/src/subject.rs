//! A signal from a file, and the task of fitting it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sinefield::field::{Affine, Axis, Field, FieldConfig};
use sinefield::problem::{ColumnReader, ColumnValues};
use sinefield::recipe::sampled::Sampled;
use sinefield_media::{Image, SampleReader, Samples, Signal, SignalKind, is_video, read_video};

use crate::words::grouped;
use crate::{Defaults, JobError, Told};

/// The sampling rates and the range of values, which an array file does not contain.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Samples per second of a sound.
    pub rate_hz: Option<f64>,
    /// Frames per second of a video.
    pub fps: Option<f64>,
    /// The smallest and the largest possible value of a video.
    pub range: Option<(f32, f32)>,
}

/// A signal that is fitted.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Its file.
    pub path: PathBuf,
    /// The signal.
    pub signal: Signal,
}

impl Subject {
    /// Reads the signal in the file or folder `path`. The content determines the kind of the signal. `kind` decides if
    /// the content does not.
    ///
    /// # Errors
    /// If the signal cannot be read, or is of another kind than `kind`.
    pub fn read(path: &Path, kind: Option<SignalKind>, told: Told<'_>) -> Result<Self, JobError> {
        let video = match kind {
            Some(kind) => kind == SignalKind::Video,
            None => is_video(path)?,
        };
        let signal = if video { read_video(path, None, told)? } else { Signal::read_with(path, kind, told)? };
        Ok(Self { path: path.into(), signal })
    }

    /// Reads the signal in `bytes`, the content of a file called `name`. An array does not contain its sampling rate:
    /// `rate_hz` makes it a sound, `fps` a video.
    ///
    /// # Errors
    /// If the signal cannot be read, or is of another kind than `kind`.
    pub fn from_bytes(
        name: &str,
        bytes: Vec<u8>,
        kind: Option<SignalKind>,
        rates: Rates,
    ) -> Result<Self, JobError> {
        let signal = match (rates, kind) {
            (Rates { rate_hz: Some(_), fps: Some(_), .. }, _) => {
                return Err(JobError::asked("`rate`", "cannot be given together with `fps`; drop one"));
            }
            (Rates { rate_hz: Some(rate), .. }, None | Some(SignalKind::Sound)) => {
                let what = "makes a sound of an array of (samples) or (samples, channels), and is positive; correct it";
                let array = Signal::from_bytes(name, bytes, Some(SignalKind::Volume))?;
                array.into_sound(rate).ok_or_else(|| JobError::asked("`rate`", what))?
            }
            (Rates { fps: Some(fps), range, .. }, None | Some(SignalKind::Video)) => {
                let what = "makes a video of an array of (frames, rows, columns) or (frames, rows, columns, channels), \
                            and is positive; correct it";
                let array = Signal::from_bytes(name, bytes, Some(SignalKind::Volume))?;
                array.into_video(fps, range).ok_or_else(|| JobError::asked("`fps`", what))?
            }
            _ => Signal::from_bytes(name, bytes, kind)?,
        };
        Ok(Self { path: name.into(), signal })
    }

    /// An image in memory, in place of the file `path`.
    pub fn image(path: &Path, image: Image) -> Self {
        Self { path: path.into(), signal: image.into() }
    }

    /// The file's name, without folders.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The default settings for the signal.
    pub fn defaults(&self) -> Defaults {
        Defaults::of(&self.signal)
    }

    /// The task of fitting the signal, with the default batch for its size.
    ///
    /// # Errors
    /// If there is nothing to fit, or a single sample.
    pub fn task(&self) -> Result<Sampled, JobError> {
        let channels = self.signal.channels;
        // The range of a sound is symmetric, so that silence is 0.
        let range = self.peak().map(|peak| (-peak, peak)).or(self.signal.range);
        let values = match &self.signal.samples {
            Samples::Memory(values) => ColumnValues::Memory(values.clone()),
            Samples::Reader(reader) => ColumnValues::Reader(Arc::new(Column(reader.clone()))),
        };
        let axes = self.signal.axes.iter().map(|axis| self.axis(axis)).collect();
        Sampled::new(axes, channels, values, range)
            .map_err(|source| JobError::Signal { path: self.path.clone(), source: Box::new(source) })
    }

    /// A new field for `task`, the task of this subject, with the units and the affine map of the file.
    ///
    /// # Errors
    /// If a width, omega or count in `config` is out of range.
    pub fn field(&self, task: &Sampled, config: &FieldConfig, seed: u64) -> Result<Field, JobError> {
        let mut field = task.field(config, seed)?;
        field.meta.affine = self.affine();
        Ok(field)
    }

    fn axis(&self, axis: &sinefield_media::SignalAxis) -> Axis {
        let counted = axis.start == 0.0 && axis.step == 1.0 && axis.unit.is_empty();
        if counted {
            return Axis::counted(&axis.name, axis.samples);
        }
        Axis::stepped(&axis.name, axis.samples, (axis.start, axis.step), &axis.unit)
    }

    /// The affine map to the file's space, with one row for each axis. An axis that is not in the file's map, such as
    /// time, keeps its own coordinates. `None` if the file has no map, or a map with more rows than axes.
    pub fn affine(&self) -> Option<Affine> {
        let rows = self.signal.affine.as_ref()?;
        let axes = &self.signal.axes;
        if rows.len() > axes.len() {
            return None;
        }
        let mut rows = rows.clone();
        for (at, axis) in axes.iter().enumerate().skip(rows.len()) {
            let mut row = vec![0.0; axes.len() + 1];
            (row[at], row[axes.len()]) = (axis.step, axis.start);
            rows.push(row);
        }
        Some(Affine { rows, unit: axes[0].unit.clone() })
    }

    /// The duration of a sound or a video in seconds.
    pub fn seconds(&self) -> Option<f64> {
        let timed = matches!(self.signal.kind, SignalKind::Sound | SignalKind::Video);
        let time = self.signal.axes.first().filter(|_| timed)?;
        Some(time.samples as f64 * time.step)
    }

    /// The largest absolute value of a sound, 1 for silence.
    fn peak(&self) -> Option<f32> {
        let values = self.signal.in_memory().filter(|_| self.signal.kind == SignalKind::Sound)?;
        let peak = values.iter().fold(0.0f32, |peak, value| peak.max(value.abs()));
        Some(if peak > 0.0 && peak.is_finite() { peak } else { 1.0 })
    }

    /// The mean square of a sound's normalised values. Its ratio to the loss is the signal-to-noise ratio.
    pub fn power(&self) -> Option<f64> {
        let (peak, values) = (f64::from(self.peak()?), self.signal.in_memory()?);
        let sum: f64 = values.iter().map(|v| (f64::from(*v) / peak).powi(2)).sum();
        Some(sum / values.len() as f64)
    }

    /// The signal in words: `640 x 480 pixels, 3 channels`, `6.99 s at 44100 Hz, 308,207 samples, 1 channel`.
    pub fn words(&self) -> String {
        let plural = if self.signal.channels == 1 { "channel" } else { "channels" };
        let channels = format!("{} {plural}", self.signal.channels);
        let shape = self.signal.shape();
        let seconds = self.seconds().unwrap_or_default();
        let rate = self.signal.axes.first().map_or(0.0, |time| 1.0 / time.step);
        match (self.signal.kind, shape.as_slice()) {
            (SignalKind::Image, [rows, columns]) => format!("{columns} x {rows} pixels, {channels}"),
            (SignalKind::Sound, [samples]) => {
                format!("{seconds:.2} s at {rate:.0} Hz, {} samples, {channels}", grouped(*samples))
            }
            (SignalKind::Video, [frames, rows, columns]) => {
                format!(
                    "{frames} frames of {columns} x {rows} pixels, {seconds:.2} s at {rate:.2} frames/s, {channels}"
                )
            }
            _ => {
                let sizes: Vec<String> = shape.iter().map(usize::to_string).collect();
                format!("{} samples, {channels}", sizes.join(" x "))
            }
        }
    }
}

/// Adapts a reader of the media crate to the library.
#[derive(Debug)]
struct Column(Arc<dyn SampleReader>);

impl ColumnReader for Column {
    fn read(
        &self,
        points: &[usize],
        out: &mut [f32],
    ) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Ok(self.0.read(points, out)?)
    }

    fn fingerprint(&self) -> u64 {
        self.0.fingerprint()
    }
}
