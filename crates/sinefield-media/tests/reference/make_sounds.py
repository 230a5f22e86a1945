"""Makes the sounds for the tests of `read_sound`, with libsndfile (soundfile) and ffmpeg.

Run it in its own folder: it rewrites sounds/ and sounds.txt. A line of sounds.txt has the name of a file, its sample
rate, its numbers of samples and channels, the tolerance for another decoder, and the values that the program reads:
all of them, or every STRIDE-th of a longer sound.
"""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import soundfile

FILES = Path("sounds")
LINES = []
STRIDE = 37


def wave(samples, channels):
    """A sum of sines that differs between channels, within [-0.9, 0.9]."""
    time = np.arange(samples)[:, None]
    channel = np.arange(channels)[None, :]
    return 0.6 * np.sin(0.05 * time * (1 + channel % 5)) + 0.3 * np.sin(0.31 * time + channel)


def expect(name, rate, values, tolerance):
    values = np.asarray(values, np.float64)
    samples, channels = values.shape
    stride = 1 if values.size < 600 else STRIDE
    text = " ".join(repr(float(np.float32(v))) for v in values.ravel()[::stride])
    LINES.append(f"{name} {rate} {samples} {channels} {tolerance} {text}")


def by_soundfile(name, data, rate, subtype, tolerance=0.0, **more):
    soundfile.write(FILES / name, data, rate, subtype=subtype, **more)
    values, read_rate = soundfile.read(FILES / name, always_2d=True)
    assert read_rate == rate
    expect(name, rate, values, tolerance)


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *map(str, words)], check=True)


def by_ffmpeg(name, source, channels, rate, *words, tolerance):
    ffmpeg("-i", FILES / source, "-map_metadata", "-1", *words, FILES / name)
    ffmpeg("-i", FILES / name, "-f", "f32le", "raw.tmp")
    expect(name, rate, np.fromfile("raw.tmp", "<f4").reshape(-1, channels), tolerance)
    Path("raw.tmp").unlink()


shutil.rmtree(FILES, ignore_errors=True)
FILES.mkdir()
for subtype in ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ALAW", "ULAW", "FLOAT", "DOUBLE"]:
    by_soundfile(f"{subtype.lower()}.wav", wave(57, 2), 8000, subtype)
by_soundfile("loud.wav", 3 * wave(17, 1), 44100, "FLOAT")
by_soundfile("extensible.wav", wave(17, 3), 48000, "PCM_24", format="WAVEX")
by_soundfile("32channels.wav", wave(17, 32), 22050, "PCM_16")
by_soundfile("one.wav", wave(1, 1) + 0.5, 11025, "PCM_16")
by_soundfile("mono.flac", wave(257, 1), 16000, "PCM_16")
by_soundfile("stereo.flac", wave(4200, 2), 44100, "PCM_16")
by_soundfile("eight.flac", wave(257, 8), 96000, "PCM_24")
by_soundfile("stereo.ogg", wave(3000, 2), 44100, "VORBIS", 1e-5)
by_soundfile("mono.ogg", wave(1023, 1), 16000, "VORBIS", 1e-5)
soundfile.write(FILES / "source.wav", wave(3000, 2), 44100, subtype="PCM_16")
soundfile.write(FILES / "source1.wav", wave(1023, 1), 16000, subtype="PCM_16")
by_ffmpeg("stereo.mp3", "source.wav", 2, 44100, "-b:a", "64k", tolerance=2e-5)
by_ffmpeg("mono.mp3", "source1.wav", 1, 16000, "-b:a", "16k", tolerance=2e-5)
by_ffmpeg("bare.mp3", "source1.wav", 1, 16000, "-b:a", "16k", "-id3v2_version", "0", tolerance=2e-5)
# A file without a count of samples.
words = ["-b:a", "64k", "-id3v2_version", "0", "-write_xing", "0"]
by_ffmpeg("uncounted.mp3", "source.wav", 2, 44100, *words, tolerance=2e-5)
# ffmpeg writes to a pipe, so it does not know the sizes for the header.
piped = subprocess.run(
    ["ffmpeg", "-v", "error", "-i", FILES / "source1.wav", "-f", "wav", "-map_metadata", "-1", "-"],
    check=True,
    capture_output=True,
).stdout
(FILES / "piped.wav").write_bytes(piped)
expect("piped.wav", 16000, soundfile.read(FILES / "source1.wav", always_2d=True)[0], 0.0)
# Files that must be refused.
for name, channels in [("empty.wav", 2), ("empty.flac", 1)]:
    soundfile.write(FILES / name, np.zeros((0, channels)), 8000)
soundfile.write(FILES / "nan.wav", np.array([[0.5, 0.25], [np.nan, 0.0], [0.0, np.inf]]), 8000, subtype="FLOAT")
ffmpeg("-i", FILES / "source1.wav", "-c:a", "libopus", FILES / "opus.ogg")
ffmpeg("-i", FILES / "source1.wav", "-c:a", "adpcm_ms", FILES / "adpcm.wav")
(FILES / "source.wav").unlink()
(FILES / "source1.wav").unlink()
Path("sounds.txt").write_text("\n".join(LINES) + "\n")
