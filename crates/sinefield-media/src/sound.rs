//! Reads sound files: WAV, FLAC, MP3 and Ogg Vorbis.

use std::io::{self, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::errors::Error;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};
use symphonia::default::formats::{FlacReader, MpaReader, OggReader};

use crate::input::{Input, Source};
use crate::sound_samples::{Sound, corrupt, explain};
use crate::{MediaError, Signal, wav};

/// A format of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SoundFormat {
    Wav,
    Flac,
    Mp3,
    Ogg,
}

impl SoundFormat {
    /// The common name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wav => "WAV",
            Self::Flac => "FLAC",
            Self::Mp3 => "MP3",
            Self::Ogg => "Ogg",
        }
    }

    /// The format of a file with these first bytes: at least 12 of them unless the file is shorter.
    pub fn of(start: &[u8]) -> Option<Self> {
        match start {
            [b'R', b'I' | b'F', b'F' | b'6', b'F' | b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => {
                Some(Self::Wav)
            }
            [b'f', b'L', b'a', b'C', ..] => Some(Self::Flac),
            [b'O', b'g', b'g', b'S', ..] => Some(Self::Ogg),
            // A metadata tag. It rarely occurs before FLAC too, so `read_sound` looks at the bytes after it.
            [b'I', b'D', b'3', ..] => Some(Self::Mp3),
            // The start of an MPEG frame: the version and the sample rate are valid, and the layer is III.
            [0xff, second, third, ..] => {
                let valid = second & 0xe6 == 0xe2 && second & 0x18 != 0x08;
                (valid && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c).then_some(Self::Mp3)
            }
            _ => None,
        }
    }
}

/// The number of bytes that identify a format.
const START: u64 = 12;

/// Reads a sound file: WAV, FLAC, MP3 or Ogg Vorbis.
///
/// The content of the file determines its format, not its name. The signal has one axis, `time`, in seconds from 0, and
/// any number of channels. Integer samples are divided by the full scale of their width, so that they are in `[-1, 1]`.
/// Floats are not scaled and may be outside. The `range` of the signal is `None`, because a sound may exceed the
/// largest value in its file. The silence that an MP3 encoder adds at both ends is removed if the file states its
/// length.
///
/// # Errors
/// A [`MediaError`] that names the file and the fault. A file is refused if it has more or fewer samples than it
/// states, if its rate or its channels change, or if a float is not finite. An MP3 file without a sample count may be
/// truncated at a frame without an error.
pub fn read_sound(path: impl AsRef<Path>) -> Result<Signal, MediaError> {
    read(Input::open(path.as_ref())?)
}

/// Like [`read_sound`], from an open file.
pub(crate) fn read(mut input: Input<'_>) -> Result<Signal, MediaError> {
    let path = input.path;
    let not_a_sound = || MediaError::NotASound { path: path.into() };
    let mut format = SoundFormat::of(&input.beginning(START)?).ok_or_else(not_a_sound)?;
    let begin = after_tags(&mut input.source).map_err(|error| Input::refused(path, error))?;
    if begin > 0 {
        let mut start = Vec::new();
        let read = (&mut input.source).take(START).read_to_end(&mut start);
        read.and_then(|_| input.source.seek(SeekFrom::Start(begin)))
            .map_err(|error| Input::refused(path, error))?;
        format = SoundFormat::of(&start).ok_or_else(not_a_sound)?;
    }
    let sound = match format {
        SoundFormat::Wav => wav::read(input)?,
        // symphonia has unchecked overflows, which damaged files can reach. In a build with overflow checks these
        // panic.
        _ => catch_unwind(AssertUnwindSafe(|| compressed(input, format, begin)))
            .unwrap_or_else(|_| Err(corrupt(path, format, "its decoder gives up".into())))?,
    };
    sound.signal()
}

/// Skips ID3v2 tags and returns the start of the sound.
fn after_tags(source: &mut dyn Source) -> io::Result<u64> {
    let mut begin = 0;
    loop {
        source.seek(SeekFrom::Start(begin))?;
        let mut header = [0; 10];
        match source.read_exact(&mut header) {
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            Ok(()) if header.starts_with(b"ID3") => {}
            _ => break,
        }
        let size = header[6..].iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
        let footer = if header[5] & 0x10 != 0 { 10 } else { 0 };
        begin += 10 + size + footer;
    }
    source.seek(SeekFrom::Start(begin))?;
    Ok(begin)
}

/// Reads a sound with symphonia's container parser, from byte `begin` on.
fn compressed(input: Input<'_>, format: SoundFormat, begin: u64) -> Result<Sound<'_>, MediaError> {
    let Input { path, source, length } = input;
    let fault = |error| explain(path, format, error);
    let media = Media { source, begin, length: length.saturating_sub(begin), format };
    let stream = MediaSourceStream::new(Box::new(media), MediaSourceStreamOptions::default());
    let options = FormatOptions::default();
    let mut reader: Box<dyn FormatReader> = match format {
        SoundFormat::Flac => Box::new(FlacReader::try_new(stream, options).map_err(fault)?),
        SoundFormat::Ogg => Box::new(OggReader::try_new(stream, options).map_err(fault)?),
        _ => Box::new(MpaReader::try_new(stream, options).map_err(fault)?),
    };
    let track = reader.default_track(TrackType::Audio);
    let Some((track, parameters)) = track.and_then(|track| match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Some((track, parameters)),
        _ => None,
    }) else {
        return Err(fault(Error::Unsupported("it holds no sound in a code that is read")));
    };
    let (track_id, promised) = (track.id, track.num_frames);
    let mut decoder = decoder(parameters).map_err(fault)?;
    let channels = parameters.channels.as_ref().map_or(0, |channels| channels.count());
    let spec = (parameters.sample_rate.unwrap_or(0), channels);
    let mut sound = Sound::new(path, format, length, spec)?;
    let mut first_header = None;
    while let Some(packet) = reader.next_packet().map_err(fault)? {
        if packet.track_id != track_id {
            continue;
        }
        if format == SoundFormat::Mp3
            && let Some(header) = mpeg_spec(&packet.data)
            && *first_header.get_or_insert(header) != header
        {
            return Err(sound.changes());
        }
        sound.decode(&mut *decoder, &packet.as_packet_ref())?;
    }
    if let Some(promised) = promised {
        sound.check_samples(promised)?;
    }
    if decoder.finalize().verify_ok == Some(false) {
        return Err(corrupt(path, format, "its samples are not those that its checksum is of".into()));
    }
    Ok(sound)
}

fn decoder(parameters: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>, Error> {
    let options = AudioDecoderOptions::default().verify(true);
    symphonia::default::get_codecs().make_audio_decoder(parameters, &options)
}

/// The version, the layer, the sample rate, and whether a frame of an MP3 file has one channel.
fn mpeg_spec(frame: &[u8]) -> Option<(u8, u8, bool)> {
    match frame {
        [_, second, third, fourth, ..] => Some((second & 0x1e, third & 0x0c, fourth & 0xc0 == 0xc0)),
        _ => None,
    }
}

/// The file for symphonia, without the tags before its sound.
struct Media {
    source: Box<dyn Source>,
    begin: u64,
    length: u64,
    format: SoundFormat,
}

impl Read for Media {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl Seek for Media {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        let position = match position {
            SeekFrom::Start(offset) => SeekFrom::Start(self.begin.saturating_add(offset)),
            other => other,
        };
        self.source.seek(position).map(|place| place.saturating_sub(self.begin))
    }
}

impl MediaSource for Media {
    /// For a seekable MP3 file, symphonia estimates the number of samples and truncates the sound there.
    fn is_seekable(&self) -> bool {
        self.format != SoundFormat::Mp3
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
