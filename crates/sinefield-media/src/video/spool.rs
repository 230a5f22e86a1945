//! Decoded frames in an unnamed temporary file. Samples are read from it by number.
//!
//! A decoded minute of video takes gigabytes, and every step of a fit reads samples from all parts of it. The video is
//! therefore decoded once and stored in its decoded form (usually 8 bits for each value). Memory holds only the samples
//! that are being read. The system deletes the file with its last reader, even if the program is killed.

use std::fs::File;
use std::hash::Hasher;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use twox_hash::XxHash3_64;

use super::{Layout, VideoError};
use crate::{Depth, MediaError, SampleReader};

/// Samples at most this many bytes apart are read together: copying that much costs about as much as a second call.
const NEAR: usize = 4096;

/// The largest number of bytes in one read.
const BLOCK: usize = 1 << 18;

/// A spool that is being filled.
pub(super) struct Recorder {
    file: File,
    folder: PathBuf,
    layout: Layout,
    /// The bytes of all frames, if their number is known.
    expected: Option<u64>,
    written: u64,
    hash: XxHash3_64,
}

impl Recorder {
    /// An empty spool in `folder`, for `total` frames if their number is known.
    pub fn new(folder: &Path, layout: Layout, total: Option<usize>) -> Result<Self, MediaError> {
        let frame = layout.frame_bytes() as u64;
        let expected = total.map(|frames| frame.saturating_mul(frames as u64));
        let file = tempfile::tempfile_in(folder)
            .map_err(|source| VideoError::Spool { folder: folder.into(), source })?;
        if let (Some(needed), Some(room)) = (expected, free_bytes(&file))
            && needed > room
        {
            let full =
                VideoError::SpoolFull { folder: folder.into(), needed, at_least: false, room, source: None };
            return Err(full.into());
        }
        let hash = XxHash3_64::with_seed(0);
        Ok(Self { file, folder: folder.into(), layout, expected, written: 0, hash })
    }

    /// Appends a frame with the number of bytes of the layout.
    pub fn frame(&mut self, bytes: &[u8]) -> Result<(), MediaError> {
        self.hash.write(bytes);
        self.file.write_all(bytes).map_err(|source| self.refused(source, bytes.len() as u64))?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn refused(&self, source: io::Error, more: u64) -> VideoError {
        let full = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
        let folder = self.folder.clone();
        if !full.contains(&source.kind()) {
            return VideoError::Spool { folder, source };
        }
        let least = self.written + more;
        let needed = self.expected.unwrap_or(least).max(least);
        let (at_least, room) = (self.expected.is_none(), self.written);
        VideoError::SpoolFull { folder, needed, at_least, room, source: Some(source) }
    }

    /// The samples of the frames so far.
    pub fn finish(mut self) -> Spool {
        let layout = self.layout;
        for size in [layout.rows, layout.columns, layout.channels] {
            self.hash.write(&(size as u64).to_le_bytes());
        }
        self.hash.write(&[bytes_each(layout.depth) as u8]);
        // On a 32-bit system, the number of samples is limited to this type.
        let samples = self.written / layout.sample_bytes() as u64;
        let count = usize::try_from(samples).unwrap_or(usize::MAX);
        Spool { file: Positioned::new(self.file), layout, count, fingerprint: self.hash.finish() }
    }
}

/// The number of bytes that a user may still write to the disk of a file; `None` if the system does not report it.
#[cfg(unix)]
fn free_bytes(file: &File) -> Option<u64> {
    let disk = rustix::fs::fstatvfs(file).ok()?;
    // Some network disks report that they have no blocks.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_file: &File) -> Option<u64> {
    None
}

/// The bytes of one value.
pub(super) fn bytes_each(depth: Depth) -> usize {
    match depth {
        Depth::U8 => 1,
        Depth::U16 => 2,
        Depth::F32 => 4,
    }
}

/// Appends values in the format of a spool: `[0, 1]` in 8 or 16 bits, or floats.
pub(super) fn pack(values: &[f32], depth: Depth, bytes: &mut Vec<u8>) {
    match depth {
        Depth::U8 => bytes.extend(values.iter().map(|v| (v * 255.0).round() as u8)),
        Depth::U16 => bytes.extend(values.iter().flat_map(|v| ((v * 65535.0).round() as u16).to_le_bytes())),
        Depth::F32 => bytes.extend(values.iter().flat_map(|v| v.to_le_bytes())),
    }
}

fn unpack(bytes: &[u8], depth: Depth, values: &mut [f32]) {
    match depth {
        Depth::U8 => values.iter_mut().zip(bytes).for_each(|(value, &byte)| *value = f32::from(byte) / 255.0),
        Depth::U16 => values.iter_mut().zip(bytes.as_chunks().0).for_each(|(value, &pair)| {
            *value = f32::from(u16::from_le_bytes(pair)) / 65535.0;
        }),
        Depth::F32 => values.iter_mut().zip(bytes.as_chunks().0).for_each(|(value, &four)| {
            *value = f32::from_le_bytes(four);
        }),
    }
}

/// The samples of decoded frames, in a temporary file.
#[derive(Debug)]
pub(super) struct Spool {
    file: Positioned,
    layout: Layout,
    count: usize,
    fingerprint: u64,
}

impl Spool {
    fn check(&self, numbers: &[usize], out: &[f32]) -> io::Result<()> {
        let refuse = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        if Some(out.len()) != numbers.len().checked_mul(self.layout.channels) {
            let (samples, channels) = (numbers.len(), self.layout.channels);
            return refuse(format!("{samples} samples of {channels} channels into {} values", out.len()));
        }
        match numbers.iter().find(|&&number| number >= self.count) {
            Some(number) => refuse(format!("sample {number} of {}", self.count)),
            None => Ok(()),
        }
    }

    /// Reads the file once in order, in runs of neighbouring samples.
    fn gather(&self, numbers: &[usize], out: &mut [f32]) -> io::Result<()> {
        self.check(numbers, out)?;
        let (channels, sample) = (self.layout.channels, self.layout.sample_bytes());
        let start_of = |place: usize| numbers[place] as u64 * sample as u64;
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        if !numbers.is_sorted() {
            order.sort_unstable_by_key(|&place| numbers[place]);
        }
        let mut block = Vec::new();
        let mut rest = order.as_slice();
        while let Some(&first) = rest.first() {
            let start = start_of(first);
            let mut length = sample;
            let near = rest.iter().take_while(|&&place| {
                let at = (start_of(place) - start) as usize;
                let joins = at <= length + NEAR && at + sample <= BLOCK.max(sample);
                length = if joins { at + sample } else { length };
                joins
            });
            let (run, after) = rest.split_at(near.count());
            block.resize(length, 0);
            self.file.read_exact_at(&mut block, start)?;
            for &place in run {
                let at = (start_of(place) - start) as usize;
                let values = &mut out[place * channels..(place + 1) * channels];
                unpack(&block[at..at + sample], self.layout.depth, values);
            }
            rest = after;
        }
        Ok(())
    }
}

impl SampleReader for Spool {
    fn read(&self, numbers: &[usize], out: &mut [f32]) -> Result<(), MediaError> {
        self.gather(numbers, out).map_err(|source| VideoError::Samples { source }.into())
    }

    fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// A file that several threads can read at different offsets.
#[cfg(unix)]
#[derive(Debug)]
struct Positioned(File);

#[cfg(unix)]
impl Positioned {
    fn new(file: File) -> Self {
        Self(file)
    }

    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(&self.0, bytes, place)
    }
}

/// A file that several threads can read at different offsets, one after the other.
#[cfg(not(unix))]
#[derive(Debug)]
struct Positioned(std::sync::Mutex<File>);

#[cfg(not(unix))]
impl Positioned {
    fn new(file: File) -> Self {
        Self(std::sync::Mutex::new(file))
    }

    fn read_exact_at(&self, bytes: &mut [u8], place: u64) -> io::Result<()> {
        use std::io::{Read, Seek, SeekFrom};
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.seek(SeekFrom::Start(place))?;
        file.read_exact(bytes)
    }
}
