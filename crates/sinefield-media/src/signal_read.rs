//! Reads signal files of any kind. The content of a file determines how it is read.

use std::path::Path;

use crate::input::Input;
use crate::nifti::GZIP;
use crate::npy::Header;
use crate::sound::SoundFormat;
use crate::watch::watch;
use crate::{Depth, Image, MediaError, Samples, Signal, SignalAxis, SignalKind, nifti_header, sound, volume};

/// The number of bytes that identify the content.
const START: u64 = 12;

/// The largest number of channels of an array that is an image without a request: red, green, blue and alpha.
const MOST_CHANNELS: usize = 4;

/// The content of a file, according to its first bytes.
enum Content {
    /// A numpy array, which may be an image or a volume.
    Array,
    /// A volume of another format.
    Volume,
    /// A sound.
    Sound,
    /// An image, or unknown content.
    Image,
}

impl Content {
    fn of(start: &[u8]) -> Self {
        match start {
            start if start.starts_with(b"\x93NUMPY") => Self::Array,
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Volume,
            start if start.starts_with(&GZIP) || nifti_header::begins(start) => Self::Volume,
            start if SoundFormat::of(start).is_some() => Self::Sound,
            _ => Self::Image,
        }
    }
}

impl Signal {
    /// Reads a file of any supported format as a signal: an image, a sound or a volume.
    ///
    /// The content of the file determines its format, not its name. `kind` is the expected kind. It decides between an
    /// image and a volume for an `.npy` file. Without `kind`, an array with 2 axes is an image. An array with 3 axes is
    /// an image if the last has 1 to 4 samples; these are its channels. Any other array is a volume. See
    /// [`Image::read`], [`read_sound`](crate::read_sound) and [`read_volume`](crate::read_volume) for each kind.
    ///
    /// The axes of an image are `row` and `column`, counted in pixels. Its range is `(0, 1)` if its samples are
    /// integers with 8 or 16 bits.
    ///
    /// # Errors
    /// A [`MediaError`] that names the file and the fault. [`MediaError::Kind`] if the kind of the signal is not
    /// `kind`.
    ///
    /// # Examples
    ///
    /// ```
    /// use sinefield_media::{Signal, SignalKind, write_npy};
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("ramp.npy");
    /// write_npy(&path, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0])?;
    /// let image = Signal::read(&path, None)?;
    /// assert_eq!((image.kind, image.axes[0].name.as_str()), (SignalKind::Image, "row"));
    /// let volume = Signal::read(&path, Some(SignalKind::Volume))?;
    /// assert_eq!((volume.kind, volume.axes[0].name.as_str()), (SignalKind::Volume, "x0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(path: impl AsRef<Path>, kind: Option<SignalKind>) -> Result<Self, MediaError> {
        Self::read_from(Input::open(path.as_ref())?, kind)
    }

    /// Like [`Signal::read`], for the content of a file that is in memory. `name` is its name in errors.
    ///
    /// # Errors
    /// As for [`Signal::read`].
    pub fn from_bytes(
        name: impl AsRef<Path>,
        bytes: Vec<u8>,
        kind: Option<SignalKind>,
    ) -> Result<Self, MediaError> {
        Self::read_from(Input::memory(name.as_ref(), bytes), kind)
    }

    fn read_from(mut input: Input<'_>, kind: Option<SignalKind>) -> Result<Self, MediaError> {
        let path = input.path;
        let signal = match Content::of(&input.beginning(START)?) {
            Content::Array => array(input, kind)?,
            Content::Volume => volume::read(input)?,
            Content::Sound => sound::read(input)?,
            Content::Image => Image::read_from(input).map_err(|error| unknown(error, kind))?.into(),
        };
        match kind {
            Some(asked) if asked != signal.kind => {
                Err(MediaError::Kind { path: path.into(), found: name(signal.kind), asked: name(asked) })
            }
            _ => Ok(signal),
        }
    }

    /// Like [`Signal::read`]. Ten times a second, `told` receives the number of bytes that have been read and the length
    /// of the file.
    ///
    /// # Errors
    /// As for [`Signal::read`].
    pub fn read_with(
        path: impl AsRef<Path>,
        kind: Option<SignalKind>,
        told: &mut dyn FnMut(usize, Option<usize>),
    ) -> Result<Self, MediaError> {
        let path = path.as_ref();
        watch(|| Self::read(path, kind), told)
    }
}

/// Reads an array as a volume, or as an image.
fn array(mut input: Input<'_>, kind: Option<SignalKind>) -> Result<Signal, MediaError> {
    let header = Header::read(&mut input)?;
    let image = match kind {
        Some(kind) => kind == SignalKind::Image,
        None => matches!(*header.shape(), [_, _] | [_, _, 1..=MOST_CHANNELS]),
    };
    if image { Ok(Image::from_array(input, &header)?.into()) } else { volume::npy(input, &header) }
}

/// The error for an unknown format, depending on the requested kind.
fn unknown(error: MediaError, kind: Option<SignalKind>) -> MediaError {
    match (error, kind) {
        (MediaError::NotAnImage { path }, None | Some(SignalKind::Video)) => MediaError::NotASignal { path },
        (MediaError::NotAnImage { path }, Some(SignalKind::Sound)) => MediaError::NotASound { path },
        (MediaError::NotAnImage { path }, Some(SignalKind::Volume)) => MediaError::NotAVolume { path },
        (error, _) => error,
    }
}

/// A kind with its article.
fn name(kind: SignalKind) -> &'static str {
    match kind {
        SignalKind::Image => "an image",
        SignalKind::Sound => "a sound",
        SignalKind::Video => "a video",
        SignalKind::Volume => "a volume",
    }
}

impl From<Image> for Signal {
    /// A signal with the axes `row` and `column`, counted in pixels.
    fn from(image: Image) -> Self {
        Self {
            kind: SignalKind::Image,
            axes: vec![SignalAxis::counted("row", image.rows), SignalAxis::counted("column", image.columns)],
            channels: image.channels,
            samples: Samples::Memory(image.data.into()),
            range: match image.depth {
                Depth::U8 | Depth::U16 => Some((0.0, 1.0)),
                Depth::F32 => None,
            },
            affine: None,
        }
    }
}
