//! The decoded samples of a sound, and checks on them.

use std::io;
use std::path::Path;

use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error;
use symphonia::core::packet::PacketRef;

use crate::arrays::check_finite;
use crate::input::{Input, believe};
use crate::sound::SoundFormat;
use crate::{MediaError, Samples, Signal, SignalAxis, SignalKind};

/// A sound during decoding.
pub(crate) struct Sound<'a> {
    path: &'a Path,
    format: SoundFormat,
    /// The length of the file in bytes.
    length: u64,
    rate_hz: u32,
    channels: usize,
    data: Vec<f32>,
    /// Samples of a packet.
    packet: Vec<f32>,
}

impl<'a> Sound<'a> {
    /// A sound without samples yet.
    pub fn new(
        path: &'a Path,
        format: SoundFormat,
        length: u64,
        (rate_hz, channels): (u32, usize),
    ) -> Result<Self, MediaError> {
        if rate_hz == 0 || channels == 0 {
            let detail = format!("its header says {rate_hz} Hz and {channels} channels");
            return Err(corrupt(path, format, detail));
        }
        Ok(Self { path, format, length, rate_hz, channels, data: Vec::new(), packet: Vec::new() })
    }

    /// The number of samples so far.
    fn samples(&self) -> usize {
        self.data.len() / self.channels
    }

    /// Adds a decoded packet.
    fn add(&mut self, buffer: &GenericAudioBufferRef<'_>) -> Result<(), MediaError> {
        let (rate_hz, channels) = (buffer.spec().rate(), buffer.spec().channels().count());
        if (rate_hz, channels) != (self.rate_hz, self.channels) {
            return Err(self.changes());
        }
        buffer.copy_to_vec_interleaved(&mut self.packet);
        // A few bytes of a compressed file can represent many samples.
        let shape = [self.samples() + buffer.frames(), self.channels];
        if !self.packet.is_empty() {
            believe(self.path, self.length, &shape)?;
        }
        self.data.try_reserve(self.packet.len()).map_err(|_| MediaError::TooLarge {
            path: self.path.into(),
            shape: shape.into(),
            reason: "more than the memory that is free",
        })?;
        self.data.extend_from_slice(&self.packet);
        Ok(())
    }

    /// Decodes a packet and adds it.
    pub fn decode(
        &mut self,
        decoder: &mut dyn AudioDecoder,
        packet: &PacketRef<'_>,
    ) -> Result<(), MediaError> {
        let buffer = decoder.decode_ref(packet).map_err(|error| explain(self.path, self.format, error))?;
        self.add(&buffer)
    }

    /// Refuses a sound whose number of samples differs from that in its header.
    pub fn check_samples(&self, promised: u64) -> Result<(), MediaError> {
        let held = self.samples() as u64;
        if held == promised {
            return Ok(());
        }
        let detail = format!("its header promises {promised} samples and it holds {held}");
        Err(corrupt(self.path, self.format, detail))
    }

    /// The error for a sound whose format changes within the file.
    pub fn changes(&self) -> MediaError {
        let detail = format!("its sample rate or its channels change after {} samples", self.samples());
        MediaError::Unsupported { path: self.path.into(), format: self.format.name(), detail }
    }

    /// The sound as a signal.
    pub fn signal(self) -> Result<Signal, MediaError> {
        let shape = [self.samples(), self.channels];
        if self.data.is_empty() {
            return Err(MediaError::Empty { path: self.path.into(), shape: shape.into() });
        }
        check_finite(self.path, &shape, &self.data)?;
        let time = SignalAxis::time(shape[0], 1.0 / f64::from(self.rate_hz));
        Ok(Signal {
            kind: SignalKind::Sound,
            axes: vec![time],
            channels: self.channels,
            samples: Samples::Memory(self.data.into()),
            range: None,
            affine: None,
        })
    }
}

/// The error for a damaged file.
pub(crate) fn corrupt(path: &Path, format: SoundFormat, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: format.name(), detail }
}

/// Converts an error of symphonia.
pub(crate) fn explain(path: &Path, format: SoundFormat, error: Error) -> MediaError {
    let unsupported = |detail: &str| MediaError::Unsupported {
        path: path.into(),
        format: format.name(),
        detail: detail.into(),
    };
    match error {
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            corrupt(path, format, "it ends too early".into())
        }
        Error::IoError(error) if error.raw_os_error().is_some() => Input::refused(path, error),
        Error::Unsupported(detail) => unsupported(detail),
        Error::ResetRequired => unsupported("several streams one after another"),
        Error::DecodeError(detail) | Error::LimitError(detail) => corrupt(path, format, detail.into()),
        error => corrupt(path, format, error.to_string()),
    }
}
