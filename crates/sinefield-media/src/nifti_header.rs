//! The header of a NIfTI file, version 1 (348 bytes) or 2 (540 bytes).

use std::path::Path;

use crate::MediaError;
use crate::number::Number;

/// The length of a version 1 header. These bytes also identify version 2.
pub(crate) const BYTES_1: usize = 348;

/// The length of a version 2 header.
pub(crate) const BYTES_2: usize = 540;

/// The largest number of axes of a file.
const MOST_AXES: usize = 7;

/// The entries of a header that sinefield uses.
#[derive(Debug)]
pub(crate) struct NiftiHeader {
    /// Samples along each axis. The first axis is the fastest in the file.
    pub sizes: Vec<usize>,
    /// The type of the numbers.
    pub number: Number,
    pub big_endian: bool,
    /// The offset of the numbers, in bytes.
    pub offset: u64,
    /// The factor of each number, and the offset that is added after it.
    pub scale: (f64, f64),
    /// `pixdim`: the sign of the third axis under `qform`, and then the step of each axis.
    pub steps: [f64; 8],
    /// The time of the first sample of the fourth axis.
    pub time_start: f64,
    /// The units of space (the lowest three bits) and of time (the next three).
    pub units: u8,
    /// A rotation and a translation, if the file has them: `b, c, d` of the quaternion, and `x, y, z`.
    pub qform: Option<[[f64; 3]; 2]>,
    /// Three rows of an affine map, if the file has one.
    pub sform: Option<[[f64; 4]; 3]>,
}

/// Whether a file with these first bytes may be a NIfTI file.
pub(crate) fn begins(start: &[u8]) -> bool {
    version(start).is_some()
}

/// The length of the header, and whether numbers are big-endian.
fn version(start: &[u8]) -> Option<(usize, bool)> {
    let size = start.first_chunk::<4>()?;
    [(BYTES_1, false), (BYTES_1, true), (BYTES_2, false), (BYTES_2, true)].into_iter().find(|(bytes, big)| {
        let wanted = *bytes as u32;
        *size == if *big { wanted.to_be_bytes() } else { wanted.to_le_bytes() }
    })
}

/// The length of the header of a file with these first bytes.
pub(crate) fn length(start: &[u8]) -> usize {
    version(start).map_or(0, |(bytes, _)| bytes)
}

impl NiftiHeader {
    /// Parses the `length` bytes of a header.
    pub fn parse(path: &Path, bytes: &[u8]) -> Result<Self, MediaError> {
        let Some((length, big_endian)) = version(bytes).filter(|(length, _)| bytes.len() == *length) else {
            return Err(corrupt(path, "its header has no valid length"));
        };
        let fields = Fields { bytes, big_endian };
        if length == BYTES_1 { fields.first(path) } else { fields.second(path) }
    }
}

/// The bytes of a header. All requested offsets are inside it.
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn raw<const N: usize>(&self, at: usize) -> [u8; N] {
        let mut raw: [u8; N] = std::array::from_fn(|index| self.bytes[at + index]);
        if self.big_endian {
            raw.reverse();
        }
        raw
    }

    fn i16(&self, at: usize) -> i64 {
        i16::from_le_bytes(self.raw(at)).into()
    }

    fn i32(&self, at: usize) -> i64 {
        i32::from_le_bytes(self.raw(at)).into()
    }

    fn i64(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.raw(at))
    }

    fn f32(&self, at: usize) -> f64 {
        f32::from_le_bytes(self.raw(at)).into()
    }

    fn f64(&self, at: usize) -> f64 {
        f64::from_le_bytes(self.raw(at))
    }

    fn first(&self, path: &Path) -> Result<NiftiHeader, MediaError> {
        match &self.bytes[344..] {
            b"n+1\0" => {}
            b"ni1\0" => return Err(unsupported(path, "a header without its image (.hdr and .img)".into())),
            _ => return Err(unsupported(path, "the older format Analyze".into())),
        }
        let offset = self.f32(108);
        if !(offset.fract() == 0.0 && (0.0..1e18).contains(&offset)) {
            return Err(corrupt(path, format!("its values begin at byte {offset}")));
        }
        Ok(NiftiHeader {
            sizes: sizes(path, std::array::from_fn(|axis| self.i16(40 + 2 * axis)))?,
            number: number(path, self.i16(70))?,
            big_endian: self.big_endian,
            offset: first_value(path, offset as i64, BYTES_1)?,
            scale: (self.f32(112), self.f32(116)),
            steps: std::array::from_fn(|axis| self.f32(76 + 4 * axis)),
            time_start: self.f32(136),
            units: self.bytes[123],
            qform: (self.i16(252) > 0)
                .then(|| [256, 268].map(|row| std::array::from_fn(|column| self.f32(row + 4 * column)))),
            sform: (self.i16(254) > 0)
                .then(|| [280, 296, 312].map(|row| std::array::from_fn(|column| self.f32(row + 4 * column)))),
        })
    }

    fn second(&self, path: &Path) -> Result<NiftiHeader, MediaError> {
        match &self.bytes[4..12] {
            b"n+2\0\r\n\x1a\n" => {}
            b"ni2\0\r\n\x1a\n" => {
                return Err(unsupported(path, "a header without its image (.hdr and .img)".into()));
            }
            _ => return Err(corrupt(path, "its header lacks the mark of the format")),
        }
        Ok(NiftiHeader {
            sizes: sizes(path, std::array::from_fn(|axis| self.i64(16 + 8 * axis)))?,
            number: number(path, self.i16(12))?,
            big_endian: self.big_endian,
            offset: first_value(path, self.i64(168), BYTES_2)?,
            scale: (self.f64(176), self.f64(184)),
            steps: std::array::from_fn(|axis| self.f64(104 + 8 * axis)),
            time_start: self.f64(216),
            units: (self.i32(500) & 0xff) as u8,
            qform: (self.i32(344) > 0)
                .then(|| [352, 376].map(|row| std::array::from_fn(|column| self.f64(row + 8 * column)))),
            sform: (self.i32(348) > 0)
                .then(|| [400, 432, 464].map(|row| std::array::from_fn(|column| self.f64(row + 8 * column)))),
        })
    }
}

/// The sizes of the axes. The first number is the number of axes.
fn sizes(path: &Path, dimensions: [i64; 8]) -> Result<Vec<usize>, MediaError> {
    let [axes, sizes @ ..] = dimensions;
    let Some(axes) = usize::try_from(axes).ok().filter(|axes| (1..=MOST_AXES).contains(axes)) else {
        return Err(corrupt(path, format!("its header says that it has {axes} axes")));
    };
    sizes[..axes]
        .iter()
        .map(|&size| usize::try_from(size))
        .collect::<Result<_, _>>()
        .map_err(|_| corrupt(path, format!("its header says that its sizes are {:?}", &sizes[..axes])))
}

fn number(path: &Path, code: i64) -> Result<Number, MediaError> {
    Ok(match code {
        2 => Number::U1,
        4 => Number::I2,
        8 => Number::I4,
        16 => Number::F4,
        64 => Number::F8,
        256 => Number::I1,
        512 => Number::U2,
        768 => Number::U4,
        1024 => Number::I8,
        1280 => Number::U8,
        _ => {
            let dtype = match code {
                32 | 1792 | 2048 => "complex numbers".into(),
                128 | 2304 => "colours".into(),
                _ => format!("code {code}"),
            };
            return Err(MediaError::Type { path: path.into(), dtype });
        }
    })
}

/// The offset of the values, which must be after the header. Some programs leave it at 0. It then means the end of the
/// header plus the four bytes of the extension flag.
fn first_value(path: &Path, offset: i64, header: usize) -> Result<u64, MediaError> {
    match u64::try_from(offset) {
        Ok(0) => Ok(header as u64 + 4),
        Ok(offset) if offset >= header as u64 => Ok(offset),
        _ => Err(corrupt(path, format!("its values begin at byte {offset}"))),
    }
}

fn unsupported(path: &Path, detail: String) -> MediaError {
    MediaError::Unsupported { path: path.into(), format: "NIfTI", detail }
}

/// The error for a damaged file.
pub(crate) fn corrupt(path: &Path, detail: impl Into<String>) -> MediaError {
    MediaError::Corrupt { path: path.into(), format: "NIfTI", detail: detail.into() }
}
