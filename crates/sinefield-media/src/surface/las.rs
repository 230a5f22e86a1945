//! Reads the points of LAS files, versions 1.0 to 1.4, without compression.
//!
//! The crate `las` is not used. A header that claims 2^60 points makes it overflow, and it allocates what a record behind
//! the points claims as its length: a file of 500 bytes ended the process. It also brings eight other crates.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::input::Input;
use crate::surface::room;
use crate::{MediaError, Surface};

/// The bytes of the header of version 1.0, and those up to the end of the number of points of version 1.4.
const SHORTEST: usize = 227;
const LONGEST: usize = 255;

/// The bytes of X, Y and Z, with which the record of a point begins.
const COORDINATES: usize = 12;

/// Points in one read.
const CHUNK: usize = 1 << 12;

/// What the header says.
struct Header {
    points: u64,
    /// The place of the first point in the file.
    offset: u64,
    /// The bytes of a point.
    record: usize,
    scale: [f64; 3],
    shift: [f64; 3],
}

/// Reads a cloud.
pub(super) fn read(mut input: Input<'_>) -> Result<Surface, MediaError> {
    let path = input.path;
    let header = Header::parse(path, &input.beginning(LONGEST as u64)?)?;
    let held = input.length.saturating_sub(header.offset);
    if header.points > held / header.record as u64 {
        let Header { points, offset, record, .. } = header;
        let detail = format!(
            "its header claims {points} points of {record} bytes, and {held} bytes follow byte {offset}"
        );
        return Err(corrupt(path, detail));
    }
    let fault = |error| Input::refused(path, error);
    input.source.seek(SeekFrom::Start(header.offset)).map_err(fault)?;
    let stated = header.points as usize;
    let mut points = room(path, stated)?;
    let mut bytes = vec![0; CHUNK.min(stated) * header.record];
    while points.len() < stated {
        let chunk = &mut bytes[..CHUNK.min(stated - points.len()) * header.record];
        input.source.read_exact(chunk).map_err(fault)?;
        points.extend(chunk.chunks_exact(header.record).map(|record| header.point(record)));
    }
    Surface { points, normals: None, faces: Vec::new() }.checked(path)
}

impl Header {
    fn parse(path: &Path, bytes: &[u8]) -> Result<Self, MediaError> {
        if bytes.len() < SHORTEST || !bytes.starts_with(b"LASF") {
            return Err(corrupt(path, "its header is not one of LAS or ends too early".into()));
        }
        let [major, minor] = array(bytes, 24);
        if major != 1 || minor > 4 {
            return Err(unsupported(path, format!("version {major}.{minor}; 1.0 to 1.4 are read")));
        }
        // The two highest bits of the point format mark compression.
        if bytes[104] & 0xc0 != 0 {
            let detail =
                "its points are compressed, as in .laz; decompress it first, for example with laszip";
            return Err(unsupported(path, detail.into()));
        }
        let mut points = u64::from(u32::from_le_bytes(array(bytes, 107)));
        if minor == 4 {
            if bytes.len() < LONGEST {
                return Err(corrupt(path, "its header ends too early".into()));
            }
            // The older field is 0 where the number does not fit in it.
            points = Some(u64::from_le_bytes(array(bytes, 247))).filter(|&count| count > 0).unwrap_or(points);
        }
        let header = Self {
            points,
            offset: u64::from(u32::from_le_bytes(array(bytes, 96))),
            record: usize::from(u16::from_le_bytes(array(bytes, 105))),
            scale: [131, 139, 147].map(|at| f64::from_le_bytes(array(bytes, at))),
            shift: [155, 163, 171].map(|at| f64::from_le_bytes(array(bytes, at))),
        };
        if header.record < COORDINATES || header.offset < SHORTEST as u64 {
            let detail =
                format!("its points have {} bytes and begin at byte {}", header.record, header.offset);
            return Err(corrupt(path, detail));
        }
        if header.scale.contains(&0.0) {
            return Err(corrupt(path, format!("its scales are {:?}; none may be 0", header.scale)));
        }
        Ok(header)
    }

    fn point(&self, record: &[u8]) -> [f64; 3] {
        [0, 1, 2].map(|axis| {
            let stored = i32::from_le_bytes(array(record, 4 * axis));
            f64::from(stored) * self.scale[axis] + self.shift[axis]
        })
    }
}

/// `N` bytes at a place that exists.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    std::array::from_fn(|byte| bytes[at + byte])
}

fn corrupt(path: &Path, detail: String) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: "LAS", detail }
}

fn unsupported(path: &Path, detail: String) -> MediaError {
    MediaError::Unsupported { path: path.into(), format: "LAS", detail }
}
