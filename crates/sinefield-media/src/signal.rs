//! Signals: samples with any number of channels on a grid with any number of axes.
//!
//! An image has two axes, a sound one, a video three, and a volume up to six. The samples are in memory, or are read
//! when needed, so that a video need not fit into memory.

use std::sync::Arc;

use crate::MediaError;

/// The kind of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalKind {
    /// Rows and columns.
    Image,
    /// Time.
    Sound,
    /// Time, rows and columns.
    Video,
    /// Any axes.
    Volume,
}

impl SignalKind {
    /// Every kind.
    pub const ALL: [SignalKind; 4] =
        [SignalKind::Image, SignalKind::Sound, SignalKind::Video, SignalKind::Volume];

    /// `image`, `sound`, `video` or `volume`.
    pub fn name(self) -> &'static str {
        match self {
            SignalKind::Image => "image",
            SignalKind::Sound => "sound",
            SignalKind::Video => "video",
            SignalKind::Volume => "volume",
        }
    }
}

impl std::fmt::Display for SignalKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One axis of a signal. In the unit of the axis, sample `i` is at `start + i * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalAxis {
    /// The name: `row`, `column`, `time`, `x`.
    pub name: String,
    /// The number of samples along it, at least 1.
    pub samples: usize,
    /// The name of the unit, such as `s` or `mm`; empty without a unit.
    pub unit: String,
    /// The position of sample 0, in that unit.
    pub start: f64,
    /// The distance between two neighbouring samples, in that unit; not 0.
    pub step: f64,
}

impl SignalAxis {
    /// An axis counted in samples: sample `i` is at `i`.
    pub fn counted(name: &str, samples: usize) -> Self {
        Self { name: name.into(), samples, unit: String::new(), start: 0.0, step: 1.0 }
    }

    /// The axis `time`, in seconds from 0.
    pub(crate) fn time(samples: usize, step: f64) -> Self {
        Self { name: "time".into(), samples, unit: "s".into(), start: 0.0, step }
    }
}

/// Samples that are read when needed.
///
/// Samples are numbered in row-major order over the axes, the last axis fastest, and each has the channels of the
/// signal. The result of a read depends only on its arguments. Several threads may read.
pub trait SampleReader: std::fmt::Debug + Send + Sync {
    /// Reads the samples with the given numbers into `out`, `(numbers, channels)`.
    ///
    /// # Errors
    /// If the file behind it can no longer be read.
    fn read(&self, numbers: &[usize], out: &mut [f32]) -> Result<(), MediaError>;

    /// A hash that identifies the samples of the reader.
    fn fingerprint(&self) -> u64;
}

/// The storage of a signal's samples.
#[derive(Clone, Debug)]
pub enum Samples {
    /// In memory, `(samples, channels)`.
    Memory(Arc<[f32]>),
    /// Read when needed.
    Reader(Arc<dyn SampleReader>),
}

/// A signal.
#[derive(Clone, Debug)]
pub struct Signal {
    /// The kind.
    pub kind: SignalKind,
    /// The axes, in the order of the array.
    pub axes: Vec<SignalAxis>,
    /// Channels of a sample.
    pub channels: usize,
    /// The samples.
    pub samples: Samples,
    /// The smallest and the largest possible value of the file's numbers: `(0, 1)` for pictures with 8 or 16 bits.
    /// `None` for floats, and for sounds and volumes, which rarely use the full range of their integers.
    pub range: Option<(f32, f32)>,
    /// The affine map from sample indices to a space, such as the millimetres of a NIfTI file. Row `r` is
    /// `[a_0, .., a_(n-1), t]`, and coordinate `r` of the sample with the indices `i` is `Σ a_k i_k + t`. `None` if the
    /// axes are enough.
    pub affine: Option<Vec<Vec<f64>>>,
}

impl Signal {
    /// The total number of samples.
    pub fn count(&self) -> usize {
        self.axes.iter().map(|axis| axis.samples).product()
    }

    /// The samples, `(samples, channels)`, if they are in memory.
    pub fn in_memory(&self) -> Option<&[f32]> {
        match &self.samples {
            Samples::Memory(data) => Some(data),
            Samples::Reader(_) => None,
        }
    }

    /// Copies the samples with the given numbers into `out`, `(numbers, channels)`. They are numbered in row-major
    /// order over the axes, the last axis fastest. A number that is not below [`Signal::count`] gives zeros.
    ///
    /// # Errors
    /// If the file with the samples can no longer be read.
    pub fn gather(&self, numbers: &[usize], out: &mut [f32]) -> Result<(), MediaError> {
        let data = match &self.samples {
            Samples::Memory(data) => data,
            Samples::Reader(reader) => return reader.read(numbers, out),
        };
        for (&number, out) in numbers.iter().zip(out.chunks_exact_mut(self.channels.max(1))) {
            let place = number.saturating_mul(self.channels);
            match data.get(place..place.saturating_add(self.channels)) {
                Some(sample) => out.copy_from_slice(sample),
                None => out.fill(0.0),
            }
        }
        Ok(())
    }

    /// The number of samples along each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.samples).collect()
    }
}
