//! Signals: samples of any number of channels over a grid of any number of axes.
//!
//! An image is a signal of two axes, a sound of one, a video of three, a volume of up to six. The samples are
//! in memory, or they are read as they are needed, so that a video need not fit into memory.

use std::sync::Arc;

use crate::MediaError;

/// What a signal is.
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

/// One axis of a signal. In the signal's units, sample `i` lies at `start + i * step`.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalAxis {
    /// Its name: `row`, `column`, `time`, `x`.
    pub name: String,
    /// Samples along it, at least 1.
    pub samples: usize,
    /// The name of its unit, such as `s` or `mm`; empty for an axis without a unit.
    pub unit: String,
    /// Where sample 0 lies, in that unit.
    pub start: f64,
    /// The distance of two neighbouring samples, in that unit; not 0.
    pub step: f64,
}

impl SignalAxis {
    /// An axis counted in samples: sample `i` lies at `i`.
    pub fn counted(name: &str, samples: usize) -> Self {
        Self { name: name.into(), samples, unit: String::new(), start: 0.0, step: 1.0 }
    }
}

/// Samples that are read as they are needed.
///
/// Samples are numbered in row-major order over the axes, the last axis fastest, and each has the signal's
/// channels. Reads depend on nothing but their arguments, and come from several threads.
pub trait SampleReader: std::fmt::Debug + Send + Sync {
    /// Reads the samples of the given numbers into `out`, `(numbers, channels)`.
    ///
    /// # Errors
    /// If the file behind it can no longer be read.
    fn read(&self, numbers: &[usize], out: &mut [f32]) -> Result<(), MediaError>;

    /// A number that differs between readers of different samples, as far as a hash can.
    fn fingerprint(&self) -> u64;
}

/// Where a signal's samples are.
#[derive(Clone, Debug)]
pub enum Samples {
    /// In memory, `(samples, channels)`.
    Memory(Arc<[f32]>),
    /// Read as they are needed.
    Reader(Arc<dyn SampleReader>),
}

/// A signal.
#[derive(Clone, Debug)]
pub struct Signal {
    /// What it is.
    pub kind: SignalKind,
    /// Its axes, in the order of the array.
    pub axes: Vec<SignalAxis>,
    /// Channels of a sample.
    pub channels: usize,
    /// The samples.
    pub samples: Samples,
    /// The smallest and the largest value that the file's numbers could have: `(0, 1)` for pictures of 8 and
    /// 16 bits. `None` for floats, and for sounds and volumes, which seldom fill the range of their integers.
    pub range: Option<(f32, f32)>,
    /// From sample indices to a space of the file's own, as a NIfTI file's millimetres: row `r` is
    /// `[a_0, .., a_(n-1), t]`, and coordinate `r` of the point of the indices `i` is `Σ a_k i_k + t`. `None`
    /// where the axes say it all.
    pub affine: Option<Vec<Vec<f64>>>,
}

impl Signal {
    /// Samples along all axes together.
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

    /// Copies the samples of the given numbers into `out`, `(numbers, channels)`. They are numbered in row-major
    /// order over the axes, the last axis fastest, and a number that is not below [`Signal::count`] gives zeros.
    ///
    /// # Errors
    /// If the file that the samples are read from can no longer be read.
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

    /// Samples along each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.samples).collect()
    }
}
