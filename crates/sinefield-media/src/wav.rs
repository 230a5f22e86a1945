//! Parses WAV files. symphonia decodes the samples, but its container parser stops at 26 channels and does not detect a
//! truncated file.

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use symphonia::core::audio::Channels;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_ALAW, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S16LE,
    CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_U8,
};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters, AudioDecoderOptions};
use symphonia::core::packet::PacketRef;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::codecs::PcmDecoder;

use crate::MediaError;
use crate::input::{Input, Source};
use crate::sound::SoundFormat;
use crate::sound_samples::{Sound, corrupt, explain};

/// The smallest number of bytes in one decoding.
const CHUNK: usize = 1 << 14;

/// The length that some programs write while it is unknown. It means the rest of the file.
const UNKNOWN: u32 = u32::MAX;

/// The relevant bytes of the chunk `fmt `.
const FORMAT_BYTES: usize = 40;

/// The end of the identifiers of the usual codes, after the two bytes that distinguish them.
const GUID_END: [u8; 14] = *b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71";

/// Reads a WAV file from its start.
pub(crate) fn read(mut input: Input<'_>) -> Result<Sound<'_>, MediaError> {
    let path = input.path;
    let bad = |detail: &str| corrupt(path, SoundFormat::Wav, detail.into());
    let mut riff = [0; 12];
    let begun = input.source.seek(SeekFrom::Start(0)).and_then(|_| input.source.read_exact(&mut riff));
    begun.map_err(|error| fault(path, error))?;
    if riff[..4] != *b"RIFF" {
        return Err(unsupported(path, "sizes of 64 bits".into()));
    }
    let mut place = riff.len() as u64;
    let mut format = None;
    loop {
        let (mut name, mut size) = ([0; 4], [0; 4]);
        let read = input.source.read_exact(&mut name).and_then(|()| input.source.read_exact(&mut size));
        read.map_err(|error| fault(path, error))?;
        let size = u32::from_le_bytes(size);
        place += 8;
        match &name {
            b"fmt " if format.is_some() => return Err(bad("it describes its format twice")),
            b"fmt " => format = Some(Format::read(path, &mut input.source, size)?),
            b"data" => {
                let format = format.ok_or_else(|| bad("its format is not described before its samples"))?;
                return format.samples(&mut input, place, size);
            }
            _ => {}
        }
        // A chunk with an odd length is followed by a padding byte.
        place += u64::from(size) + u64::from(size % 2);
        input.source.seek(SeekFrom::Start(place)).map_err(|error| fault(path, error))?;
    }
}

/// The content of the chunk `fmt `.
struct Format {
    codec: AudioCodecId,
    channels: u16,
    rate_hz: u32,
    /// Bytes of one sample of all channels.
    sample_bytes: usize,
}

impl Format {
    fn read(path: &Path, source: &mut dyn Source, size: u32) -> Result<Self, MediaError> {
        let mut bytes = [0; FORMAT_BYTES];
        let held = FORMAT_BYTES.min(size as usize);
        source.read_exact(&mut bytes[..held]).map_err(|error| fault(path, error))?;
        let two = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let (channels, bits) = (two(2), two(14));
        let rate_hz = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
        let extensible = two(0) == 0xfffe && held == FORMAT_BYTES && bytes[26..] == GUID_END;
        let code = if extensible { two(24) } else { two(0) };
        let codec = match (code, bits) {
            (1, 8) => CODEC_ID_PCM_U8,
            (1, 16) => CODEC_ID_PCM_S16LE,
            (1, 24) => CODEC_ID_PCM_S24LE,
            (1, 32) => CODEC_ID_PCM_S32LE,
            (3, 32) => CODEC_ID_PCM_F32LE,
            (3, 64) => CODEC_ID_PCM_F64LE,
            (6, 8) => CODEC_ID_PCM_ALAW,
            (7, 8) => CODEC_ID_PCM_MULAW,
            _ => return Err(unsupported(path, format!("samples of the code {code:#x} with {bits} bits"))),
        };
        let sample_bytes = usize::from(channels) * usize::from(bits / 8);
        if usize::from(two(12)) != sample_bytes {
            let detail = format!("its header says {channels} channels of {bits} bits in {} bytes", two(12));
            return Err(corrupt(path, SoundFormat::Wav, detail));
        }
        Ok(Self { codec, channels, rate_hz, sample_bytes })
    }

    /// Reads the `size` bytes of samples from `place` on.
    fn samples<'a>(&self, input: &mut Input<'a>, place: u64, size: u32) -> Result<Sound<'a>, MediaError> {
        let (path, format) = (input.path, SoundFormat::Wav);
        let spec = (self.rate_hz, usize::from(self.channels));
        let mut sound = Sound::new(path, format, input.length, spec)?;
        let follow = input.length.saturating_sub(place);
        let size = if size == UNKNOWN { follow } else { u64::from(size) };
        if size > follow {
            let detail = format!("its header promises {size} bytes of samples and {follow} follow");
            return Err(corrupt(path, format, detail));
        }
        if !size.is_multiple_of(self.sample_bytes as u64) {
            let detail = format!("{size} bytes are no whole number of samples of {}", self.sample_bytes);
            return Err(corrupt(path, format, detail));
        }
        let mut parameters = AudioCodecParameters::new();
        parameters.for_codec(self.codec).with_sample_rate(self.rate_hz);
        parameters.with_channels(Channels::Discrete(self.channels));
        let options = AudioDecoderOptions::default();
        let mut decoder =
            PcmDecoder::try_new(&parameters, &options).map_err(|error| explain(path, format, error))?;
        let mut bytes = vec![0; CHUNK.next_multiple_of(self.sample_bytes)];
        let mut left = size;
        while left > 0 {
            let length = left.min(bytes.len() as u64) as usize;
            input.source.read_exact(&mut bytes[..length]).map_err(|error| fault(path, error))?;
            let duration = Duration::from((length / self.sample_bytes) as u64);
            let packet = PacketRef::new(0, Timestamp::ZERO, duration, &bytes[..length]);
            sound.decode(&mut decoder, &packet)?;
            left -= length as u64;
        }
        sound.check_samples(size / self.sample_bytes as u64)?;
        Ok(sound)
    }
}

fn unsupported(path: &Path, detail: String) -> MediaError {
    MediaError::Unsupported { path: path.into(), format: SoundFormat::Wav.name(), detail }
}

fn fault(path: &Path, error: io::Error) -> MediaError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => corrupt(path, SoundFormat::Wav, "it ends too early".into()),
        _ => Input::refused(path, error),
    }
}
