//! The number types of files, and their conversion to 64-bit floats.

use std::io::{self, Read};

use half::f16;

/// Numbers in one conversion.
const CHUNK: usize = 1 << 14;

/// The supported number types, as an `.npy` header writes them after the byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Bool,
    U1,
    U2,
    U4,
    U8,
    I1,
    I2,
    I4,
    I8,
    F2,
    F4,
    F8,
}

impl Number {
    /// The type of a numpy type string, and whether it is big-endian.
    pub fn named(spelling: &str) -> Option<(bool, Self)> {
        let order = spelling.chars().next().filter(|first| "<>|=".contains(*first))?;
        let number = match &spelling[1..] {
            "b1" => Self::Bool,
            "u1" => Self::U1,
            "u2" => Self::U2,
            "u4" => Self::U4,
            "u8" => Self::U8,
            "i1" => Self::I1,
            "i2" => Self::I2,
            "i4" => Self::I4,
            "i8" => Self::I8,
            "f2" => Self::F2,
            "f4" => Self::F4,
            "f8" => Self::F8,
            _ => return None,
        };
        Some((order == '>', number))
    }

    /// The number of bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::Bool | Self::U1 | Self::I1 => 1,
            Self::U2 | Self::I2 | Self::F2 => 2,
            Self::U4 | Self::I4 | Self::F4 => 4,
            Self::U8 | Self::I8 | Self::F8 => 8,
        }
    }

    /// Reads `count` numbers and passes each to `take` with its index in the file.
    pub fn each(
        self,
        source: &mut impl Read,
        big_endian: bool,
        count: usize,
        mut take: impl FnMut(usize, f64),
    ) -> io::Result<()> {
        let mut bytes = vec![0; CHUNK.min(count) * self.size()];
        let mut chunk = Vec::with_capacity(CHUNK.min(count));
        let mut place = 0;
        while place < count {
            let length = CHUNK.min(count - place);
            let raw = &mut bytes[..length * self.size()];
            source.read_exact(raw)?;
            chunk.clear();
            self.decode(raw, big_endian, &mut chunk);
            for &number in &chunk {
                take(place, number);
                place += 1;
            }
        }
        Ok(())
    }

    /// Appends the numbers in `raw`.
    fn decode(self, raw: &[u8], big_endian: bool, into: &mut Vec<f64>) {
        macro_rules! numbers {
            ($kind:ty, $number:ident => $value:expr) => {{
                let (groups, _) = raw.as_chunks::<{ size_of::<$kind>() }>();
                if big_endian {
                    into.extend(groups.iter().map(|&g| <$kind>::from_be_bytes(g)).map(|$number| $value));
                } else {
                    into.extend(groups.iter().map(|&g| <$kind>::from_le_bytes(g)).map(|$number| $value));
                }
            }};
        }
        match self {
            Self::Bool => numbers!(u8, v => f64::from(v != 0)),
            Self::U1 => numbers!(u8, v => f64::from(v)),
            Self::U2 => numbers!(u16, v => f64::from(v)),
            Self::U4 => numbers!(u32, v => f64::from(v)),
            Self::U8 => numbers!(u64, v => v as f64),
            Self::I1 => numbers!(i8, v => f64::from(v)),
            Self::I2 => numbers!(i16, v => f64::from(v)),
            Self::I4 => numbers!(i32, v => f64::from(v)),
            Self::I8 => numbers!(i64, v => v as f64),
            Self::F2 => numbers!(f16, v => f64::from(v)),
            Self::F4 => numbers!(f32, v => f64::from(v)),
            Self::F8 => numbers!(f64, v => v),
        }
    }
}
